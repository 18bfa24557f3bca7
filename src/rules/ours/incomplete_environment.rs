//! An environment without a file that those beside it have: its limits, or its models, are nobody's decision.

use super::{Check, Example, Rule, is_sample};
use crate::agent::Repo;
use crate::base::{Finding, Place, RepoPath, Severity, Tree};
use crate::environments::{self, Environment, Environments};

pub(super) static RULE: Rule = Rule {
    id: "incomplete-environment",
    summary: "An environment lacks a file that the others have",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/parity.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("environments/ci/budget-limits.yaml", "per_run: 1\n"), ("environments/production/model-overrides.yaml", "default: haiku\n")]),
        Example::good(&[("environments/ci/budget-limits.yaml", "per_run: 1\n"), ("environments/production/budget-limits.yaml", "per_run: 2\n")]),
        Example::good(&[("environments/ci/budget-limits.yaml", "per_run: 1\n"), ("environments/production/model-overrides.yaml", "{}\n"), ("environments/README.md", "- production: no budget-limits, finance stops it elsewhere\n- ci: no model-overrides\n")]),
    ],
    check: Check::Tree(check),
};

/// Larger files are not read.
const MAX_BYTES: u64 = 256 * 1024;
/// Words that say a file is left out on purpose.
const LEFT_OUT: [&str; 5] = ["no ", "none", "without", "not needed", "absent"];

fn check(rule: &Rule, tree: &dyn Tree, repo: &Repo) -> Vec<Finding> {
    let all = environments::read(tree, repo);
    all.iter().filter(|one| !is_sample(&one.folder)).flat_map(|one| of_folder(rule, tree, one)).collect()
}

fn of_folder(rule: &Rule, tree: &dyn Tree, environments: &Environments) -> Vec<Finding> {
    let folder = &environments.folder;
    let readme = folder.join("README.md").filter(|path| tree.entry(path.as_str()).is_some());
    let text = readme.and_then(|path| tree.read(&path, MAX_BYTES).ok()).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).to_lowercase();
    let said = |name: &str, file: &str| {
        text.lines().any(|line| {
            line.contains(&name.to_lowercase()) && line.contains(file) && LEFT_OUT.iter().any(|word| line.contains(word))
        })
    };
    // Without limits anything may be spent; without overrides agents run on the models in their own files, which is a
    // decision too.
    let files: [(&str, Has, Severity, &str); 2] = [
        ("budget-limits", |one| one.budget.as_ref(), Severity::Warning, "so nothing limits what is spent there"),
        ("model-overrides", |one| one.models.as_ref(), Severity::Info, "so every agent runs on the model in its own file there"),
    ];
    let mut found = Vec::new();
    for (file, has, severity, so) in files {
        let with = environments.list.iter().filter(|one| has(one).is_some()).count();
        for one in environments.list.iter().filter(|one| with > 0 && has(one).is_none() && !said(&one.name, file)) {
            let home = folder.join(&one.name).unwrap_or_else(|| folder.clone());
            let message = format!("this environment has no {file}.yaml, unlike {}, {so}", others(environments, has));
            let help = format!("add {home}/{file}.yaml, or a line `{}: no {file}, because ...` to {folder}/README.md", one.name);
            let mut finding = rule.finding(Place::file(home), message).with_help(help);
            finding.severity = severity;
            found.push(finding);
        }
    }
    found
}

type Has = fn(&Environment) -> Option<&RepoPath>;

/// `ci`, `ci and production`, `3 others`.
fn others(environments: &Environments, has: Has) -> String {
    let names: Vec<&str> = environments.list.iter().filter(|one| has(one).is_some()).map(|one| one.name.as_str()).collect();
    match names.as_slice() {
        [one] => super::shown(one),
        [one, other] => format!("{} and {}", super::shown(one), super::shown(other)),
        many => format!("{} others", many.len()),
    }
}
