//! Two sub-agents of one `.claude/agents` tree with one name: one is loaded, in the order of the file system.
//!
//! Takes the place of agnix's CC-AG-023, which reads every agent for every agent.

use super::{Check, Example, Rule};
use crate::agent::{Kind, Repo};
use crate::base::{Client, Finding, Place, RepoPath, Severity};
use std::collections::BTreeMap;

pub(super) static RULE: Rule = Rule {
    id: "duplicate-agent-name",
    summary: "Two sub-agents of one .claude/agents folder have the same name",
    severity: Severity::Warning,
    source: "https://code.claude.com/docs/en/sub-agents",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".claude/agents/a.md", "---\nname: same\ndescription: Reviews changes\ntools: Read\n---\nYou review.\n"), (".claude/agents/b.md", "---\nname: same\ndescription: Reviews changes\ntools: Read\n---\nYou review.\n")]),
        Example::good(&[(".claude/agents/a.md", "---\nname: one\ndescription: Reviews changes\ntools: Read\n---\nYou review.\n"), (".claude/agents/b.md", "---\nname: two\ndescription: Reviews changes\ntools: Read\n---\nYou review.\n")]),
    ],
    check: Check::Repo(check),
};

fn check(rule: &Rule, repo: &Repo) -> Vec<Finding> {
    let mut first: BTreeMap<(&str, &str), &RepoPath> = BTreeMap::new();
    let mut found = Vec::new();
    for file in repo.files().filter(|file| file.kind == Kind::SubAgent && file.link.is_none()) {
        let Some(name) = file.declares.name.as_deref() else { continue };
        let Some((tree, _)) = file.path.as_str().split_once(".claude/agents/") else { continue };
        if let Some(other) = first.insert((tree, name), &file.path) {
            first.insert((tree, name), other);
            found.push(
                rule.finding(
                    file.declares.name_span.map_or_else(
                        || Place::file(file.path.clone()),
                        |span| Place::span(file.path.clone(), span),
                    ),
                    format!("the name `{name}` is taken by {other}; which of the two is loaded is chance"),
                )
                .with_help("give each sub-agent of the folder a name of its own")
                .with_clients([Client::ClaudeCode]),
            );
        }
    }
    found
}
