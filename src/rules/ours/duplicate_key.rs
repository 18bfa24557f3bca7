//! A key that stands twice in a YAML mapping: one of the values is dropped, and parsers differ in which.

use super::{Check, Example, Rule};
use crate::agent::Fault;
use crate::base::{Place, Severity};

pub(super) static RULE: Rule = Rule {
    id: "duplicate-key",
    summary: "A key stands twice in one mapping of an environment override",
    severity: Severity::Error,
    source: "https://yaml.org/spec/1.2.2/#3213-node-comparison",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("environments/ci/budget-limits.yaml", "per_run: 1\nper_run: 2\n")]),
        Example::good(&[("environments/ci/budget-limits.yaml", "per_run: 1\nper_day: 2\n")]),
    ],
    check: Check::Fault(|rule, path, fault| {
        let Fault::DuplicateKey { key, span } = fault else { return None };
        let message = format!("the key `{key}` stands twice; one of the two values is silently dropped");
        Some(rule.finding(Place::span(path.clone(), *span), message).with_help("keep one of them"))
    }),
};
