//! An environment override that no YAML parser reads: the environment silently runs without it.

use super::{Check, Example, Rule};
use crate::agent::Fault;
use crate::base::{Place, Severity, Span};

pub(super) static RULE: Rule = Rule {
    id: "unreadable-yaml",
    summary: "An environment override is not readable YAML",
    severity: Severity::Error,
    source: "https://yaml.org/spec/1.2.2/",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("environments/ci/budget-limits.yaml", "per_run: [\n")]),
        Example::good(&[("environments/ci/budget-limits.yaml", "per_run: 1\n")]),
    ],
    check: Check::Fault(|rule, path, fault| {
        let Fault::UnreadableYaml { message, at } = fault else { return None };
        let place = Place::span(path.clone(), Span { start: *at, end: *at });
        Some(
            rule.finding(place, format!("the file is not readable YAML: {message}"))
                .with_help("fix the syntax; until then nothing in this file takes effect"),
        )
    }),
};
