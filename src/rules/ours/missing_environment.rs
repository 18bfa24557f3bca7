//! One of the four environments has no folder and is not said to be absent: what differs there is in somebody's head.

use super::{Check, Example, Rule};
use crate::agent::{Kind, Repo};
use crate::base::{Finding, Place, RepoPath, Severity, Tree};
use std::collections::BTreeSet;

pub(super) static RULE: Rule = Rule {
    id: "missing-environment",
    summary: "An environment is neither described nor said to be absent",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/requirements.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("environments/local/budget-limits.yaml", "per_run: 1\n"), ("environments/ci/budget-limits.yaml", "per_run: 1\n"), ("environments/production/budget-limits.yaml", "per_run: 1\n")]),
        Example::good(&[("environments/dev/budget-limits.yaml", "per_run: 1\n"), ("environments/ci/budget-limits.yaml", "per_run: 1\n"), ("environments/prod/budget-limits.yaml", "per_run: 1\n"), ("environments/README.md", "- staging: none, we release to production behind a switch\n")]),
    ],
    check: Check::Tree(check),
};

/// The four, and the names people give them.
const FOUR: [(&str, &[&str]); 4] = [
    ("local", &["local", "dev", "development"]),
    ("ci", &["ci", "test", "testing", "integration", "ci-cd"]),
    ("staging", &["staging", "stage", "preprod", "pre-production"]),
    ("production", &["production", "prod", "live"]),
];
/// Larger files are not read.
const MAX_BYTES: u64 = 256 * 1024;
/// Words that say there is none.
const ABSENT: [&str; 6] = ["none", "absent", "not used", "no environment", "does not exist", "not needed"];

fn check(rule: &Rule, tree: &dyn Tree, repo: &Repo) -> Vec<Finding> {
    let of_environments = repo.files().filter(|file| matches!(file.kind, Kind::ModelOverrides | Kind::BudgetLimits));
    let roots: BTreeSet<RepoPath> = of_environments.map(|file| file.path.parent().parent()).collect();
    let mut found = Vec::new();
    for root in roots {
        let readme = root.join("README.md").filter(|path| tree.entry(path.as_str()).is_some());
        let text = readme.and_then(|path| tree.read(&path, MAX_BYTES).ok());
        let text = text.map(|bytes| String::from_utf8_lossy(&bytes).to_lowercase()).unwrap_or_default();
        let said_absent = |names: &[&str]| {
            text.lines().any(|line| names.iter().any(|name| line.contains(name)) && ABSENT.iter().any(|word| line.contains(word)))
        };
        let is_there = |name: &&str| root.join(name).is_some_and(|folder| tree.is_folder(folder.as_str()));
        for (name, names) in FOUR {
            if !names.iter().any(is_there) && !said_absent(names) {
                let message = format!("there is no {name} environment here, and nothing says that there is none");
                let help = format!("add {root}/{name}, or a line `{name}: none, because ...` to {root}/README.md");
                found.push(rule.finding(Place::file(root.clone()), message).with_help(help));
            }
        }
    }
    found
}
