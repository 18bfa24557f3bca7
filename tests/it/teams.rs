//! The teams of the corpus, read as they are.

use crate::common::{files_below, read, source_root};
use weighbridge::agent::team::{self, Team, models};
use weighbridge::base::RepoPath;
use weighbridge::cost::declared::{Verdict, check, findings};
use weighbridge::cost::rates::{PerMillion, Rates};

fn teams() -> Option<Vec<Team>> {
    let root = source_root().join("../shared/corpus/agent-foundry");
    if !root.is_dir() {
        println!("skipped: {} is not there", root.display());
        return None;
    }
    let files: Vec<(RepoPath, String)> = files_below(&root)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .filter_map(|path| Some((RepoPath::new(path.to_str()?)?, read(&root.join(&path)))))
        .collect();
    let folders = team::folders(files.iter().map(|(path, _)| path));
    let teams = folders.iter().map(|folder| {
        let of_team: Vec<team::File<'_>> =
            files.iter().map(|(path, text)| team::File { path, text }).collect();
        team::read(folder, &of_team)
    });
    Some(teams.collect())
}

fn book(name: &str) -> Option<Rates> {
    let prices = [("Opus 4.6", 5, 25), ("Sonnet 4.5", 3, 15), ("Haiku 4.5", 1, 5)];
    let (_, input, output) = prices.into_iter().find(|(model, ..)| models::same(model, name))?;
    let plain = PerMillion {
        input: input.into(),
        output: output.into(),
        cache_read: None,
        cache_write_5m: None,
        cache_write_1h: None,
    };
    Some(Rates::flat(plain))
}

#[test]
fn dump() {
    for team in teams().unwrap_or_default() {
        let claims = check(&team, &book);
        let count = |f: fn(&Verdict) -> bool| claims.iter().filter(|c| f(&c.verdict)).count();
        println!(
            "=== {} agents {} phases {} profiles {}: confirmed {} contradicted {} unverifiable {} findings {}",
            team.name,
            team.agents.len(),
            team.phases.len(),
            team.profiles.len(),
            count(|v| *v == Verdict::Confirmed),
            count(|v| *v == Verdict::Contradicted),
            count(|v| matches!(v, Verdict::Unverifiable(_))),
            findings(&claims).len()
        );
        for claim in &claims {
            let mark = match claim.verdict {
                Verdict::Confirmed => "ok ",
                Verdict::Contradicted => "BAD",
                Verdict::Unverifiable(_) => "???",
            };
            println!(
                "CLAIM {} {} {}:{} {}",
                team.name,
                mark,
                claim.place.path.name(),
                claim.place.line(),
                claim.sentence()
            );
        }
        for f in findings(&claims) {
            println!(
                "FINDING {}/{}:{} {} {}",
                team.name,
                f.place.path.name(),
                f.place.line(),
                f.rule,
                f.message
            );
        }
        for u in &team.unread {
            println!("UNREAD {} {}", u.words(), u.value);
        }
    }
}
