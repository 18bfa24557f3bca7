//! Files that look like sub-agents in folders that no client reads: they are published, or they are forgotten.

use super::{Check, Example, Rule};
use crate::agent::{Kind, Repo};
use crate::agent::front_matter;
use crate::base::text::plural;
use crate::base::{Finding, Place, RepoPath, Severity, Tree};
use std::collections::BTreeMap;

pub(super) static RULE: Rule = Rule {
    id: "unread-agents",
    summary: "Files that look like sub-agents lie where no client reads them",
    severity: Severity::Info,
    source: "https://code.claude.com/docs/en/sub-agents",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("categories/core/one.md", "---\nname: one\ndescription: Reviews changes\ntools: Read\n---\nYou review.\n")]),
        Example::good(&[(".claude/agents/one.md", "---\nname: one\ndescription: Reviews changes\ntools: Read\n---\nYou review.\n"), ("docs/agents/page.md", "---\ntitle: Agents\n---\n")]),
    ],
    check: Check::Tree(check),
};

/// Folders in which sub-agents are kept.
const FOLDERS: [&str; 5] = ["agents", "subagents", "sub-agents", "categories", "personas"];
/// Files that are looked into, and how much of each.
const MAX_FILES: usize = 300;
const MAX_BYTES: u64 = 64 * 1024;

fn check(rule: &Rule, tree: &dyn Tree, repo: &Repo) -> Vec<Finding> {
    let candidates = tree.entries().iter().map(|entry| &entry.path).filter(|path| {
        path.extension() == Some("md")
            && repo.get(path).is_none_or(|file| file.kind == Kind::Other)
            && !matches!(path.name(), "README.md" | "index.md")
            && path.parts().any(|part| FOLDERS.contains(&part))
            && !super::is_sample(path)
    });
    let mut found: BTreeMap<String, (usize, &RepoPath)> = BTreeMap::new();
    for path in candidates.take(MAX_FILES) {
        let Ok(bytes) = tree.read(path, MAX_BYTES) else { continue };
        let (header, _) = front_matter::read(&String::from_utf8_lossy(&bytes));
        let is_agent = ["name", "description"].iter().all(|key| header.text(key).is_some())
            && ["tools", "model", "disallowedTools"].iter().any(|key| header.get(key).is_some());
        if is_agent {
            let top = path.parts().take_while(|part| !FOLDERS.contains(part)).chain(path.parts().find(|part| FOLDERS.contains(part)));
            let folder = top.collect::<Vec<_>>().join("/");
            found.entry(folder).or_insert((0, path)).0 += 1;
        }
    }
    found
        .into_iter()
        .map(|(folder, (count, first))| {
            let message = format!(
                "{} below {folder} look like sub-agents and lie where no client reads them, so nothing checks them",
                plural(count, "file", "files")
            );
            let help = format!("to have them checked, add `files: {{agents: [\"{folder}/**/*.md\"]}}` to weighbridge.yaml");
            rule.finding(Place::file(first.clone()), message).with_help(help)
        })
        .collect()
}
