//! The file table of the report: every agent file with its parts, weighed in both revisions.

use super::changes::FileChanges;
use super::inspect::Inspection;
use crate::agent::{AgentFile, Effect, Kind, Load, PartName};
use crate::base::{Count, Family, RepoPath};
use crate::report::{FileReport, FileState, PartReport};
use std::collections::BTreeMap;

/// When a part is read, over all clients: the most eager of them decides.
pub(crate) type When = BTreeMap<(RepoPath, PartName), &'static str>;

/// Collects when parts are read from the loads of several clients.
pub(crate) fn when<'a>(loads: impl IntoIterator<Item = &'a Load>) -> When {
    let rank = |words: &str| match words {
        "always" => 3,
        "on demand" => 2,
        "depends" => 1,
        _ => 0,
    };
    let mut found = When::new();
    for load in loads {
        let words = match load.effect {
            Effect::Loaded | Effect::Truncated { .. } => "always",
            Effect::OnDemand { .. } => "on demand",
            Effect::Unknown { .. } => "depends",
            Effect::Skipped { .. } | Effect::Shadowed { .. } => "never",
        };
        let slot = found.entry((load.path.clone(), load.part)).or_insert(words);
        if rank(words) > rank(slot) {
            *slot = words;
        }
    }
    found
}

/// What is true of a part that no client reads for a task at the root.
pub(crate) fn otherwise(file: &AgentFile, path: &RepoPath, when: &When) -> &'static str {
    let mut known = file.parts.iter().filter_map(|part| when.get(&(path.clone(), *part))).peekable();
    if known.peek().is_some() && known.all(|words| *words == "never") {
        // What is skipped is not listed either.
        return "never";
    }
    match file.kind {
        Kind::AgentsMd | Kind::ClaudeMd | Kind::GeminiMd | Kind::CursorRule | Kind::CopilotInstructions => {
            "in its folder"
        }
        Kind::TeamSpec | Kind::Orchestration | Kind::TeamConfig | Kind::ModelConfigs => "by your own tools",
        _ => "on demand",
    }
}

/// The file table.
pub(super) fn file_reports(
    head: &Inspection,
    base: Option<&Inspection>,
    changes: &FileChanges,
    when: &When,
    families: &[Family],
) -> Vec<FileReport> {
    let origin: BTreeMap<&RepoPath, &RepoPath> =
        changes.renames.iter().map(|(from, to)| (to, from)).collect();
    let mut reports: Vec<FileReport> = changes
        .states
        .iter()
        .filter_map(|(path, state)| {
            let now = head.repo.get(path);
            let from = origin.get(path).copied();
            let before = base.and_then(|base| base.repo.get(from.unwrap_or(path)));
            let file = now.or(before)?;
            let mut names: Vec<PartName> = file.parts.clone();
            names.extend(before.into_iter().flat_map(|before| before.parts.clone()));
            names.sort();
            names.dedup();
            // Where changed files alone are looked at, nothing is weighed.
            names.retain(|_| head.only.is_none());
            let parts = names
                .into_iter()
                .map(|part| PartReport {
                    part: part.name().to_owned(),
                    when: when
                        .get(&(path.clone(), part))
                        .copied()
                        .unwrap_or_else(|| otherwise(file, path, when))
                        .to_owned(),
                    head: counts(head, path, part, families),
                    base: match (base, before) {
                        (Some(base), Some(before)) if before.parts.contains(&part) => {
                            counts(base, &before.path, part, families)
                        }
                        _ => Vec::new(),
                    },
                })
                .collect();
            Some(FileReport {
                path: path.clone(),
                renamed_from: from.cloned(),
                kind: file.kind.name().to_owned(),
                state: *state,
                bytes: if *state == FileState::Removed { 0 } else { file.bytes },
                parts,
            })
        })
        .collect();
    reports.sort_by(|one, other| one.path.cmp(&other.path));
    reports
}

fn counts(inspection: &Inspection, path: &RepoPath, part: PartName, families: &[Family]) -> Vec<Count> {
    let weight = inspection.weights.get(&(path.clone(), part)).copied().unwrap_or_default();
    families.iter().map(|family| weight.count(*family)).collect()
}
