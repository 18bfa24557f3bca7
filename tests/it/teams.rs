//! The teams of the corpus, read as they are.

use crate::common::{files_below, read, source_root};
use weighbridge::agent::team::{self, Team};
use weighbridge::base::RepoPath;

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
        let of_team: Vec<team::File<'_>> = files.iter().map(|(path, text)| team::File { path, text }).collect();
        team::read(folder, &of_team)
    });
    Some(teams.collect())
}

#[test]
fn dump() {
    for team in teams().unwrap_or_default() {
        println!("=== {} agents {} phases {} profiles {} prices {} limits {:?} volumes {:?}", team.name, team.agents.len(), team.phases.len(), team.profiles.len(), team.prices.len(), team.limits.iter().map(|l| (l.key.clone(), l.value.value.text.clone())).collect::<Vec<_>>(), team.volumes.iter().map(|v| v.value).collect::<Vec<_>>());
        for a in &team.agents {
            println!("  A {} | {:?} | {:?} | {:?} | {:?}", a.name, a.models.iter().map(|m| (m.value.as_str(), m.words())).collect::<Vec<_>>().len(), a.models[0].value, a.budgets.iter().map(|m| m.value.text.as_str()).collect::<Vec<_>>(), a.active_in.iter().map(|a| a.value).collect::<Vec<_>>());
        }
        for p in &team.phases {
            println!("  P {:?} {} par {} rows {} members {:?} active {:?}", p.number, p.name, p.parallel, p.rows.len(), p.members.iter().map(|m| m.value).collect::<Vec<_>>(), p.active.as_ref().map(|a| a.value.text.as_str()));
        }
        for p in &team.profiles {
            println!("  C {} default {} models {} cost {:?} {}", p.name, p.default, p.models.len(), p.cost.as_ref().map(|c| c.value.text.as_str()), p.place.line());
        }
        for t in &team.tables {
            println!("  T {:?} {:?} {}:{} {:?}", t.table.kind, t.topic, team.document(t).unwrap().path, t.table.span.start.line, t.table.columns.iter().map(|c| format!("{:?}", c.meaning)).collect::<Vec<_>>().join(" "));
        }
        for s in &team.strangers { println!("  stranger {}", s.value); }
        for u in &team.unread { println!("  unread {} {}", u.words(), u.value); }
    }
}
