//! Which agent files were added, changed, moved or removed between two inspected revisions.

use super::inspect::Inspection;
use crate::agent::AgentFile;
use crate::base::RepoPath;
use crate::report::FileState;
use std::collections::{BTreeMap, BTreeSet};

/// Files of one side that are compared line by line to find moves with edits; more are matched by content only.
const MAX_CANDIDATES: usize = 200;
/// The share of common lines from which two files count as one that moved, as in git.
const SIMILAR_PERCENT: usize = 50;
/// Files larger than this are matched by content only, in bytes.
const MAX_SIMILAR_BYTES: u64 = 512 * 1024;

/// The relation of the agent files of two revisions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileChanges {
    /// The state of every path of head, and of the paths of base that are gone.
    pub states: BTreeMap<RepoPath, FileState>,
    /// Paths of base and where they are in head.
    pub renames: BTreeMap<RepoPath, RepoPath>,
}

/// Compares two revisions; without a base everything is unchanged.
pub fn changes(base: Option<&Inspection>, head: &Inspection) -> FileChanges {
    let mut found = FileChanges::default();
    let Some(base) = base else {
        found.states = head.repo.files().map(|file| (file.path.clone(), FileState::Unchanged)).collect();
        return found;
    };
    let mut added: Vec<&AgentFile> = Vec::new();
    for file in head.repo.files() {
        match base.repo.get(&file.path) {
            Some(before) => {
                let state = if before.id == file.id && before.bytes == file.bytes {
                    FileState::Unchanged
                } else {
                    FileState::Modified
                };
                found.states.insert(file.path.clone(), state);
            }
            None => added.push(file),
        }
    }
    let removed: Vec<&AgentFile> =
        base.repo.files().filter(|file| head.repo.get(&file.path).is_none()).collect();
    let mut taken: BTreeSet<&RepoPath> = BTreeSet::new();
    let mut rest = Vec::new();
    for file in added {
        let same = removed.iter().find(|before| {
            before.id == file.id && before.bytes > 0 && before.link.is_none() && !taken.contains(&before.path)
        });
        match same {
            Some(before) => {
                taken.insert(&before.path);
                found.states.insert(file.path.clone(), FileState::Renamed);
                found.renames.insert(before.path.clone(), file.path.clone());
            }
            None => rest.push(file),
        }
    }
    let candidates: Vec<&AgentFile> = removed
        .iter()
        .copied()
        .filter(|file| !taken.contains(&file.path) && file.bytes <= MAX_SIMILAR_BYTES)
        .take(MAX_CANDIDATES)
        .collect();
    let before: Vec<BTreeMap<Vec<u8>, usize>> =
        candidates.iter().map(|file| lines(base, &file.path)).collect();
    for (index, file) in rest.into_iter().enumerate() {
        let best = (index < MAX_CANDIDATES && file.bytes <= MAX_SIMILAR_BYTES && !candidates.is_empty())
            .then(|| lines(head, &file.path))
            .and_then(|now| {
                candidates
                    .iter()
                    .zip(&before)
                    .filter(|(candidate, _)| candidate.kind == file.kind && !taken.contains(&candidate.path))
                    .map(|(candidate, lines)| (similarity(lines, &now), *candidate))
                    .filter(|(percent, _)| *percent >= SIMILAR_PERCENT)
                    .max_by(|one, other| one.0.cmp(&other.0).then_with(|| other.1.path.cmp(&one.1.path)))
            });
        match best {
            Some((_, before)) => {
                taken.insert(&before.path);
                found.states.insert(file.path.clone(), FileState::Renamed);
                found.renames.insert(before.path.clone(), file.path.clone());
            }
            None => {
                found.states.insert(file.path.clone(), FileState::Added);
            }
        }
    }
    for file in removed {
        if !taken.contains(&file.path) {
            found.states.insert(file.path.clone(), FileState::Removed);
        }
    }
    found
}

fn lines(inspection: &Inspection, path: &RepoPath) -> BTreeMap<Vec<u8>, usize> {
    let mut lines = BTreeMap::new();
    if let Ok(content) = inspection.tree.read(path, MAX_SIMILAR_BYTES) {
        for line in
            content.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty())
        {
            *lines.entry(line.to_vec()).or_default() += 1;
        }
    }
    lines
}

/// Bytes in common lines, in percent of the larger file.
fn similarity(one: &BTreeMap<Vec<u8>, usize>, other: &BTreeMap<Vec<u8>, usize>) -> usize {
    let size = |lines: &BTreeMap<Vec<u8>, usize>| {
        lines.iter().map(|(line, count)| line.len() * count).sum::<usize>()
    };
    let common: usize =
        one.iter().filter_map(|(line, count)| Some(line.len() * (*count).min(*other.get(line)?))).sum();
    let larger = size(one).max(size(other));
    (common * 100).checked_div(larger).unwrap_or(0)
}
