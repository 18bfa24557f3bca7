//! A symbolic link in a client's folder that leaves the repository: what the client finds there is not what was reviewed.
//!
//! Links that are agent files themselves are found as `refused-link`.

use super::{Check, Rule};
use crate::agent::Repo;
use crate::base::{EntryKind, Finding, Place, Severity, Tree};

pub(super) static RULE: Rule = Rule {
    id: "escaping-link",
    summary: "A symbolic link in the folder of a client cannot be followed inside the repository",
    severity: Severity::Warning,
    source: "https://cwe.mitre.org/data/definitions/59.html",
    since: "0.1.0",
    examples: &[],
    check: Check::Tree(check),
};

/// Folders that clients read.
const FOLDERS: [&str; 13] = [
    ".claude", ".claude-plugin", ".agents", ".codex", ".cursor", ".gemini", ".opencode", ".windsurf", ".kiro", ".clinerules", ".junie", ".roo", ".amp",
];

fn check(rule: &Rule, tree: &dyn Tree, repo: &Repo) -> Vec<Finding> {
    let links = tree.entries().iter().filter_map(|entry| match &entry.kind {
        EntryKind::BadLink { reason } => Some((entry, reason)),
        EntryKind::File | EntryKind::Link { .. } => None,
    });
    links
        .filter(|(entry, _)| entry.path.parts().any(|part| FOLDERS.contains(&part)) && repo.get(&entry.path).is_none())
        .map(|(entry, reason)| {
            let message = format!("a client that follows this link reads what nobody has reviewed: {reason}");
            rule.finding(Place::file(entry.path.clone()), message).with_help("link to a file inside the repository, or commit a copy")
        })
        .collect()
}
