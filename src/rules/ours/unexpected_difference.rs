//! A setting that is neither model, budget, data, secret nor flag, and not the same in every environment.

use super::{Check, Example, Rule, is_sample, shown};
use crate::agent::Repo;
use crate::agent::environment::canonical;
use crate::base::{Finding, Severity, Tree};
use crate::environments::{self, Environments, Row, SAME, Standing, alike};

pub(super) static RULE: Rule = Rule {
    id: "unexpected-difference",
    summary: "Environments differ in a setting that has to be the same everywhere",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/parity.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("environments/staging/model-overrides.yaml", "default: haiku\nmax_retries: 5\n"), ("environments/production/model-overrides.yaml", "default: haiku\nmax_retries: 1\n")]),
        Example::bad(&[("environments/staging/model-overrides.yaml", "strict: true\n"), ("environments/production/model-overrides.yaml", "default: haiku\n")]),
        Example::good(&[("environments/staging/model-overrides.yaml", "default: haiku\nmax_retries: 5\n"), ("environments/production/model-overrides.yaml", "default: opus\ntemperature: 0\nmax_retries: 5\n")]),
        Example::good(&[("environments/staging/model-overrides.yaml", "data: {orders: fixtures/orders.json}\nflags: {new_index: true}\n"), ("environments/production/model-overrides.yaml", "data: {orders: warehouse}\n")]),
    ],
    check: Check::Tree(check),
};

/// Settings of one folder that are named.
const MAX_NAMED: usize = 20;

fn check(rule: &Rule, tree: &dyn Tree, repo: &Repo) -> Vec<Finding> {
    let all = environments::read(tree, repo);
    let all = all.iter().filter(|one| !is_sample(&one.folder));
    all.flat_map(|one| of_folder(rule, one)).collect()
}

fn of_folder(rule: &Rule, environments: &Environments) -> Vec<Finding> {
    let rows = environments.rows();
    let wrong = rows.iter().filter(|row| row.standing == Standing::MustNotDiffer);
    // These are found where they stand, in one environment or in all.
    let wrong = wrong.filter(|row| !row.name.split('.').any(|part| SAME.contains(&part)));
    wrong.take(MAX_NAMED).filter_map(|row| finding(rule, environments, row)).collect()
}

fn finding(rule: &Rule, environments: &Environments, row: &Row<'_>) -> Option<Finding> {
    let said = || environments.list.iter().zip(&row.cells);
    // What runs in production is what the others are held against.
    let reference = said().find(|(one, _)| canonical(&one.name) == "production").or_else(|| said().next());
    let usual = reference.and_then(|(_, cell)| cell.map(|setting| setting.shown.as_str()));
    let other = said().filter_map(|(_, cell)| *cell).find(|setting| !alike(Some(setting.shown.as_str()), usual));
    let place = other.or_else(|| row.cells.iter().flatten().next().copied())?;
    let values: Vec<String> = said()
        .take(6)
        .map(|(one, cell)| format!("{} {}", shown(&one.name), cell.map_or("not set".to_owned(), |cell| shown(&cell.shown))))
        .collect();
    let message = format!("`{}` is not the same everywhere: {}", shown(row.name), values.join(", "));
    let help = "set it once, outside environments/, or to the same value in each; only models, budgets, data sources, secrets and flags may differ";
    Some(rule.finding(place.place.clone(), message).with_help(help))
}
