//! What agents write while they work: locks, status, messages, transcripts. In the repository it is old the moment it is read.

use super::{Check, Example, Rule};
use crate::agent::Repo;
use crate::base::{Finding, Place, Severity, Tree};
use crate::base::RepoPath;
use crate::base::text::plural;
use std::collections::BTreeMap;

pub(super) static RULE: Rule = Rule {
    id: "versioned-runtime-state",
    summary: "Runtime state of agents is in the repository",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/requirements.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("shared-state/locks/build.lock", "1\n"), ("AGENTS.md", "x\n")]),
        Example::good(&[("shared-state/README.md", "x\n"), ("AGENTS.md", "x\n")]),
    ],
    check: Check::Tree(check),
};

/// Folders that clients and teams write to while they work.
const FOLDERS: [&str; 9] = [
    "shared-state/locks/",
    "logs/active/",
    ".claude/projects/",
    ".claude/todos/",
    ".claude/shell-snapshots/",
    ".claude/file-history/",
    ".claude/statsig/",
    ".codex/sessions/",
    ".codex/log/",
];
/// Single files.
const FILES: [&str; 7] = [
    "shared-state/agent-status.json",
    "shared-state/communication.md",
    ".claude/history.jsonl",
    ".claude/scheduled_tasks.lock",
    ".codex/history.jsonl",
    ".aider.chat.history.md",
    ".aider.input.history",
];

fn check(rule: &Rule, tree: &dyn Tree, _repo: &Repo) -> Vec<Finding> {
    let mut found: BTreeMap<&str, (usize, &RepoPath)> = BTreeMap::new();
    for entry in tree.entries() {
        let text = entry.path.as_str();
        // An empty file keeps a folder in git.
        if matches!(entry.path.name(), ".gitkeep" | ".gitignore" | "README.md") || super::is_sample(&entry.path) {
            continue;
        }
        let begins = |at: usize| text.get(..at).is_some_and(|before| before.is_empty() || before.ends_with('/'));
        let below = |folder: &&&str| text.match_indices(**folder).any(|(at, _)| begins(at));
        let is = |file: &&&str| text.strip_suffix(**file).is_some_and(|before| begins(before.len()));
        if let Some(what) = FOLDERS.iter().find(below).or_else(|| FILES.iter().find(is)) {
            found.entry(what).or_insert((0, &entry.path)).0 += 1;
        }
    }
    found
        .into_iter()
        .map(|(what, (count, first))| {
            let message = format!("`{what}` is written while agents work ({})", plural(count, "file", "files"));
            let help = format!("take it out of git and add `{what}` to .gitignore");
            rule.finding(Place::file(first.clone()), message).with_help(help)
        })
        .collect()
}
