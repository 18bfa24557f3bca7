//! One of the four environments has no folder and is not said to be absent: what differs there is in somebody's head.

use super::{Check, Example, Rule};
use crate::agent::Repo;
use crate::agent::environment::FOUR;
use crate::base::{Finding, Place, Severity, Tree};
use crate::environments;

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

fn check(rule: &Rule, tree: &dyn Tree, repo: &Repo) -> Vec<Finding> {
    let mut found = Vec::new();
    for environments in environments::read(tree, repo) {
        let root = &environments.folder;
        let is_there = |name: &&str| root.join(name).is_some_and(|folder| tree.is_folder(folder.as_str()));
        for (name, names) in FOUR {
            if !names.iter().any(is_there) && !environments.absent.contains(&name) {
                let message = format!("there is no {name} environment here, and nothing says that there is none");
                let help = format!("add {root}/{name}, or a line `{name}: none, because ...` to {root}/README.md");
                found.push(rule.finding(Place::file(root.clone()), message).with_help(help));
            }
        }
    }
    found
}
