//! Settings and instructions that are one person's own: in the repository they are everybody's.

use super::{Check, Example, Rule};
use crate::agent::Repo;
use crate::base::{Finding, Place, Severity, Tree};

pub(super) static RULE: Rule = Rule {
    id: "versioned-local-settings",
    summary: "Settings or instructions of one person are in the repository",
    severity: Severity::Warning,
    source: "https://code.claude.com/docs/en/settings",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".claude/settings.local.json", "{}\n")]),
        Example::good(&[(".claude/settings.json", "{}\n")]),
    ],
    check: Check::Tree(check),
};

fn check(rule: &Rule, tree: &dyn Tree, _repo: &Repo) -> Vec<Finding> {
    tree.entries()
        .iter()
        .filter(|entry| !super::is_sample(&entry.path))
        .filter(|entry| match entry.path.name() {
            "settings.local.json" => entry.path.parent().name() == ".claude",
            "CLAUDE.local.md" => true,
            _ => false,
        })
        .map(|entry| {
            let message = "this file is meant for one person and here applies to everybody";
            let help = "take it out of git and add it to .gitignore; what all need goes into the file without `local`";
            rule.finding(Place::file(entry.path.clone()), message).with_help(help)
        })
        .collect()
}
