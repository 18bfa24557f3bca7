//! The teams that are specified in a revision.

use super::inspect::Inspection;
use crate::agent::PartName;
use crate::agent::team::{self, File, Team};
use crate::base::text::{plural, thousands};
use crate::base::{Client, Entry, Finding, RepoPath};
use crate::cost::declared::{self, Claim, Verdict};
use crate::cost::prices::Book;
use crate::cost::workflow::Workflow;
use crate::cost::workflow::team::workflow;
use crate::rules::compare::Located;
use crate::rules::coordination;
use rayon::prelude::*;
use std::collections::BTreeSet;

/// Larger documents of a team are not read.
const MAX_DOCUMENT_BYTES: u64 = 1024 * 1024;

/// Reads them.
pub(super) fn teams(inspection: &Inspection) -> Vec<Team> {
    let excluded = |entry: &&Entry| inspection.excluded.is_match(entry.path.as_str());
    let entries: Vec<&Entry> = inspection.tree.entries().iter().filter(|entry| !excluded(entry)).collect();
    let folders = team::folders(entries.iter().map(|entry| &entry.path));
    folders
        .par_iter()
        .map(|folder| {
            let texts: Vec<(&RepoPath, String)> = entries
                .iter()
                .filter(|entry| team::is_wanted(&entry.path, folder))
                .filter_map(|entry| {
                    let bytes = inspection.tree.read(&entry.path, MAX_DOCUMENT_BYTES).ok()?;
                    Some((&entry.path, String::from_utf8_lossy(&bytes).into_owned()))
                })
                .collect();
            let files: Vec<File<'_>> = texts.iter().map(|(path, text)| File { path, text }).collect();
            team::read(folder, &files)
        })
        .collect()
}

/// What they cost, as far as it is written down.
pub(super) fn workflows(teams: &[Team], inspection: &Inspection, clients: &[Client]) -> Vec<Workflow> {
    let client = clients.first().copied().unwrap_or(Client::ClaudeCode);
    let weigh = |path: &RepoPath| {
        let of = |part| inspection.weights.get(&(path.clone(), part)).copied();
        of(PartName::Body).or_else(|| of(PartName::Whole))
    };
    let mut names = BTreeSet::new();
    let mut found: Vec<Workflow> = teams
        .iter()
        .filter_map(|team| Some((team, workflow(team, client, &weigh)?)))
        .map(|(team, mut found)| {
            if !names.insert(found.name.clone()) {
                found.name = format!("{} ({})", found.name, team.folder);
            }
            found
        })
        .collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

/// What is wrong with them; with prices also what they declare and is not so, and how much of that was checked.
pub(super) fn findings(teams: &[Team], book: Option<&Book<'_>>) -> (Vec<Located>, Vec<String>) {
    let (declared, notes) = book.map_or_else(Default::default, |book| declared(teams, book));
    let coordination = teams.iter().flat_map(coordination::check);
    let found = declared.into_iter().chain(coordination);
    (found.map(|finding| Located { finding, line_digest: 0, value: None }).collect(), notes)
}

/// What they declare and is not so, and of each team how much was checked.
fn declared(teams: &[Team], book: &Book<'_>) -> (Vec<Finding>, Vec<String>) {
    // A specification quotes the vendor's list, whatever this repository pays.
    let list = book.at_list_price();
    let rates = |name: &str| list.quote(name).ok().map(|quote| quote.rates.clone());
    let (mut findings, mut notes) = (Vec::new(), Vec::new());
    for team in teams {
        let claims = declared::check(team, &rates);
        notes.extend(said(team, &claims));
        findings.extend(declared::findings(&claims));
    }
    (findings, notes)
}

/// Reasons that are named in a note.
const MAX_REASONS: usize = 2;

/// `teams/x: 273 figures confirmed, 111 contradicted, 2 beyond checking (the price of `y` is not known)`.
fn said(team: &Team, claims: &[Claim]) -> Option<String> {
    let count = |wanted: &Verdict| claims.iter().filter(|claim| claim.verdict == *wanted).count() as u64;
    let (confirmed, contradicted) = (count(&Verdict::Confirmed), count(&Verdict::Contradicted));
    let mut reasons: Vec<&str> = Vec::new();
    let mut open = 0_u64;
    for claim in claims {
        if let Verdict::Unverifiable(reason) = &claim.verdict {
            open += 1;
            if !reasons.contains(&reason.as_str()) && reasons.len() <= MAX_REASONS {
                reasons.push(reason);
            }
        }
    }
    let more = if reasons.len() > MAX_REASONS { "; and more" } else { "" };
    reasons.truncate(MAX_REASONS);
    let why = if reasons.is_empty() { String::new() } else { format!(" ({}{more})", reasons.join("; ")) };
    let place = if team.folder.as_str().is_empty() { team.name.as_str() } else { team.folder.as_str() };
    (!claims.is_empty()).then(|| {
        format!(
            "{place}: {} of its documents confirmed, {} contradicted, {} beyond checking{why}",
            plural(usize::try_from(confirmed).unwrap_or(usize::MAX), "figure", "figures"),
            thousands(contradicted),
            thousands(open)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::prices::RawPrices;
    use crate::cost::prices::PriceOrigin;
    use crate::cost::prices::overrides::Overrides;

    fn team(text: &str) -> Team {
        let path = RepoPath::new("t/TEAM_SPEC.md").unwrap();
        team::read(&RepoPath::new("t").unwrap(), &[File { path: &path, text }])
    }

    #[test]
    fn what_is_declared_is_held_against_the_list() {
        let team = team(
            "| Agent | Model | Input tokens | Output tokens | Cost |\n|--|--|--|--|--|\n| Cook | claude-opus-4-6 | 100K | 20K | $1.00 |\n| Waiter | claude-opus-4-6 | 100K | 20K | $9 |\n| Guest | nobody-1 | 100K | 20K | $9 |\n",
        );
        let raw: RawPrices = serde_yaml::from_str(
            "{discount_percent: 50, region: us, models: {claude-opus-4-6: {output: 9}}}",
        )
        .unwrap();
        let now = "2026-11-21T09:00:00Z".parse().unwrap();
        let book = Book::new(now).with_layer(PriceOrigin::Repository, Overrides::new(&raw).unwrap());
        let (findings, notes) = declared(&[team], &book);
        let messages: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(messages.len(), 1, "{messages:#?}");
        assert!(
            messages[0].contains("the cost of Waiter") && messages[0].contains("cost $1.00 at list price")
        );
        assert_eq!(
            notes,
            [
                "t: 1 figure of its documents confirmed, 1 contradicted, 1 beyond checking (the price of `nobody-1` is not known)"
            ]
        );
    }
}
