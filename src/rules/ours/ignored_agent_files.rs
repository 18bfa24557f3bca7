//! A `.gitignore` that keeps agent files out of the repository: nobody reviews them, and others work without them.

use super::{Check, Example, Rule};
use crate::agent::Repo;
use crate::base::{Finding, LineIndex, Place, Severity, Tree};

pub(super) static RULE: Rule = Rule {
    id: "ignored-agent-files",
    summary: "A .gitignore keeps agent files out of the repository",
    severity: Severity::Info,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/requirements.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".gitignore", "target/\nAGENTS.md\n"), ("CLAUDE.md", "Be brief.\n")]),
        Example::good(&[(".gitignore", "target/\n.claude/settings.local.json\nCLAUDE.local.md\n"), ("CLAUDE.md", "Be brief.\n")]),
    ],
    check: Check::Tree(check),
};

/// What has to be in the repository, as people write it in a `.gitignore`.
const FILES: [&str; 9] = [
    "AGENTS.md",
    "CLAUDE.md",
    "GEMINI.md",
    "SKILL.md",
    ".mcp.json",
    "TEAM_SPEC.md",
    "ORCHESTRATION.md",
    ".claude/agents",
    ".claude/skills",
];
/// Larger files are not read.
const MAX_BYTES: u64 = 256 * 1024;

fn check(rule: &Rule, tree: &dyn Tree, _repo: &Repo) -> Vec<Finding> {
    let mut found = Vec::new();
    for entry in tree.entries().iter().filter(|entry| entry.path.name() == ".gitignore") {
        if super::is_sample(&entry.path) {
            continue;
        }
        let Ok(bytes) = tree.read(&entry.path, MAX_BYTES) else { continue };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let index = LineIndex::new(&text);
        let mut offset = 0;
        for line in text.split_inclusive('\n') {
            let start = offset;
            offset += line.len();
            let pattern = line.trim().trim_start_matches("**/").trim_start_matches('/').trim_end_matches('/');
            if FILES.contains(&pattern) {
                let place = Place::span(entry.path.clone(), index.span(start..start + line.trim_end().len()));
                let message = format!("`{pattern}` is kept out of the repository, so nobody reviews it and others work without it");
                found.push(rule.finding(place, message).with_help("take the line out, and keep what is personal in CLAUDE.local.md or settings.local.json"));
            }
        }
    }
    found
}
