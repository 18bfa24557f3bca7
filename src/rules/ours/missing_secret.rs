//! A secret that production names and staging does not, or the other way round: what runs in one cannot run in the other.

use super::{Check, Example, Rule, is_sample, shown};
use crate::agent::Repo;
use crate::base::{Finding, Severity, Tree};
use crate::environments::{self, Environment, Environments, Kind, Setting};
use std::collections::BTreeMap;

pub(super) static RULE: Rule = Rule {
    id: "missing-secret",
    summary: "Staging and production do not name the same secrets",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/parity.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("environments/staging/model-overrides.yaml", "secrets: [DB_PASSWORD]\n"), ("environments/production/model-overrides.yaml", "secrets: [DB_PASSWORD, SEARCH_API_KEY]\n")]),
        Example::good(&[("environments/staging/model-overrides.yaml", "secrets: [STAGING_DB_PASSWORD]\n"), ("environments/production/model-overrides.yaml", "secrets: [PROD_DB_PASSWORD]\n")]),
        Example::good(&[("environments/ci/model-overrides.yaml", "data: {orders: fixtures}\n"), ("environments/production/model-overrides.yaml", "secrets: [DB_PASSWORD]\n")]),
    ],
    check: Check::Tree(check),
};

fn check(rule: &Rule, tree: &dyn Tree, repo: &Repo) -> Vec<Finding> {
    let all = environments::read(tree, repo);
    let all = all.iter().filter(|one| !is_sample(&one.folder));
    all.flat_map(|one| of_folder(rule, one)).collect()
}

/// Local machines and CI run on fixtures, so they may need fewer: only staging has to be like production.
fn of_folder(rule: &Rule, environments: &Environments) -> Vec<Finding> {
    let (Some(staging), Some(production)) = (environments.get("staging"), environments.get("production")) else {
        return Vec::new();
    };
    let (here, there) = (secrets(staging), secrets(production));
    // Where one names none at all, it gets them in another way.
    if here.is_empty() || there.is_empty() {
        return Vec::new();
    }
    let missing = |has: &BTreeMap<String, (&str, &Setting)>, lacks: &BTreeMap<String, (&str, &Setting)>, (named_in, missing_in): (&str, &str)| {
        let only = has.iter().filter(|(key, _)| !lacks.contains_key(*key));
        only.map(|(_, (name, setting))| {
            let message = format!("{} names the secret `{}`, and {} does not", shown(named_in), shown(name), shown(missing_in));
            let help = "name it in both, or take it out where nothing reads it; its value belongs in neither file";
            rule.finding(setting.place.clone(), message).with_help(help)
        })
        .collect::<Vec<_>>()
    };
    let mut found = missing(&there, &here, (&production.name, &staging.name));
    found.extend(missing(&here, &there, (&staging.name, &production.name)));
    found
}

/// The secrets of an environment, by their names without that of the environment: `PROD_DB_PASSWORD` is `db password`.
fn secrets(environment: &Environment) -> BTreeMap<String, (&str, &Setting)> {
    let all = environment.settings.iter().filter(|((kind, _), _)| *kind == Kind::Secret);
    all.map(|((_, name), setting)| {
        let lower = name.to_lowercase();
        let words = lower.split(|c: char| !c.is_alphanumeric());
        let words: Vec<&str> = words.filter(|word| !matches!(*word, "" | "prod" | "production" | "live" | "staging" | "stage" | "stg" | "preprod")).collect();
        (words.join(" "), (name.as_str(), setting))
    })
    .collect()
}
