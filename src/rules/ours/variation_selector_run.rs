//! Runs of supplementary variation selectors: they change nothing that is drawn, and two or more can spell bytes.

use super::{Check, Example, Rule};
use crate::agent::FileView;
use crate::base::{Finding, Severity};
use crate::rules::characters::{Hidden, find};

pub(super) static RULE: Rule = Rule {
    id: "variation-selector-run",
    summary: "The text holds runs of variation selectors, which can carry hidden text",
    severity: Severity::Error,
    source: "https://www.unicode.org/reports/tr37/",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("AGENTS.md", "Be kind.\u{e0101}\u{e0102}\u{e0103}\n")]),
        Example::good(&[("AGENTS.md", "\u{845b}\u{e0100} and \u{2764}\u{fe0f}\n")]),
    ],
    check: Check::File(check),
};

fn check(rule: &Rule, view: &FileView<'_>) -> Vec<Finding> {
    let Some(hits) = find(view.text, Hidden::Selectors) else { return Vec::new() };
    let message = format!("variation selectors in a row, which draw nothing and can spell anything ({})", super::characters(hits.count));
    vec![rule.finding(view.place(hits.first), message).with_help("delete them")]
}
