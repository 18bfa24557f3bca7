//! Letters of Hangul that are drawn as nothing, outside of Korean text: names that look alike and are not.

use super::{Check, Example, Rule};
use crate::agent::FileView;
use crate::base::{Finding, Severity};
use crate::rules::characters::{Hidden, find};

pub(super) static RULE: Rule = Rule {
    id: "hangul-filler",
    summary: "The text holds letters that are drawn as nothing",
    severity: Severity::Warning,
    source: "https://www.unicode.org/reports/tr39/",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("AGENTS.md", "Use the tool read\u{3164}file.\n")]),
        Example::good(&[("AGENTS.md", "\u{c548}\u{b155}\u{d558}\u{c138}\u{c694}.\n")]),
    ],
    check: Check::File(check),
};

fn check(rule: &Rule, view: &FileView<'_>) -> Vec<Finding> {
    let Some(hits) = find(view.text, Hidden::Filler) else { return Vec::new() };
    let message = format!("letters that are drawn as nothing stand here ({})", super::characters(hits.count));
    vec![rule.finding(view.place(hits.first), message).with_help("delete them")]
}
