//! A file that clients and tools keep credentials in, by its name; what it holds is not read.

use super::{Check, Example, Rule};
use crate::agent::Repo;
use crate::base::{Finding, Place, Severity, Tree};

pub(super) static RULE: Rule = Rule {
    id: "versioned-credentials",
    summary: "A file that holds credentials is in the repository",
    severity: Severity::Error,
    source: "https://owasp.org/www-project-top-10-ci-cd-security-risks/CICD-SEC-06-Insufficient-Credential-Hygiene",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".claude/.credentials.json", "{}\n"), ("AGENTS.md", "x\n")]),
        Example::good(&[("docs/credentials.md", "x\n"), ("AGENTS.md", "x\n")]),
    ],
    check: Check::Tree(check),
};

fn check(rule: &Rule, tree: &dyn Tree, _repo: &Repo) -> Vec<Finding> {
    tree.entries()
        .iter()
        .filter(|entry| !super::is_sample(&entry.path))
        .filter(|entry| {
            let folder = entry.path.parent();
            match entry.path.name() {
                ".credentials.json" | ".claude.json" | ".netrc" | ".pypirc" | ".git-credentials" | "id_rsa" | "id_dsa" | "id_ecdsa" | "id_ed25519" => true,
                "auth.json" => folder.name() == ".codex",
                "oauth_creds.json" => folder.name() == ".gemini",
                "credentials" => folder.name() == ".aws",
                _ => false,
            }
        })
        .map(|entry| {
            let message = "a tool keeps credentials in a file of this name, and history keeps them for ever";
            let help = "take it out of git, add it to .gitignore, and make new credentials";
            rule.finding(Place::file(entry.path.clone()), message).with_help(help)
        })
        .collect()
}
