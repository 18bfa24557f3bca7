//! The teams that are specified in a revision.

use super::inspect::Inspection;
use crate::agent::PartName;
use crate::agent::team::{self, File, Team};
use crate::base::{Client, Finding, RepoPath};
use crate::cost::declared;
use crate::cost::prices::Book;
use crate::cost::workflow::Workflow;
use crate::cost::workflow::team::workflow;
use rayon::prelude::*;
use std::collections::BTreeSet;

/// Larger documents of a team are not read.
const MAX_DOCUMENT_BYTES: u64 = 1024 * 1024;

/// Reads them.
pub(super) fn teams(inspection: &Inspection) -> Vec<Team> {
    let entries = inspection.tree.entries();
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

/// What they declare and is not so.
pub(super) fn findings(teams: &[Team], book: &Book<'_>) -> Vec<Finding> {
    let rates = |name: &str| book.quote(name).ok().map(|quote| quote.rates.clone());
    teams.iter().flat_map(|team| declared::findings(&declared::check(team, &rates))).collect()
}
