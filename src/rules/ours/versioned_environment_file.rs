//! A `.env` file in the repository: what it holds is meant for one machine, and history keeps it for ever.

use super::{Check, Example, Rule};
use crate::agent::Repo;
use crate::base::{Finding, Place, Severity, Tree};

pub(super) static RULE: Rule = Rule {
    id: "versioned-environment-file",
    summary: "A file of environment variables is in the repository",
    severity: Severity::Warning,
    source: "https://12factor.net/config",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".env.local", "TOKEN=x\n"), ("AGENTS.md", "x\n")]),
        Example::good(&[(".env.example", "TOKEN=\n"), ("AGENTS.md", "x\n")]),
    ],
    check: Check::Tree(check),
};

/// Endings of files that show what is needed, without values.
const SHOWN: [&str; 8] = ["example", "sample", "template", "dist", "defaults", "schema", "vault", "tpl"];

fn check(rule: &Rule, tree: &dyn Tree, _repo: &Repo) -> Vec<Finding> {
    tree.entries()
        .iter()
        .filter(|entry| {
            let name = entry.path.name();
            let is_env = name == ".env" || name.starts_with(".env.");
            let shown = name.rsplit('.').any(|part| SHOWN.contains(&part));
            is_env && !shown && entry.size != Some(0) && !super::is_sample(&entry.path)
        })
        .map(|entry| {
            let message = "environment variables of one machine lie in the repository";
            let help = "take it out of git and add it to .gitignore; name the variables in .env.example, without values";
            rule.finding(Place::file(entry.path.clone()), message).with_help(help)
        })
        .collect()
}
