//! Controls that turn the direction of text around: what people read is not what stands there (CVE-2021-42574).

use super::{Check, Example, Rule};
use crate::agent::FileView;
use crate::base::{Finding, Severity};
use crate::rules::characters::{Hidden, find};

pub(super) static RULE: Rule = Rule {
    id: "bidirectional-controls",
    summary: "The text holds controls that show it in another order than it stands",
    severity: Severity::Error,
    source: "https://trojansource.codes",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("AGENTS.md", "Never run \u{202e}tset lla\u{202c}.\n")]),
        Example::good(&[("AGENTS.md", "\u{5e9}\u{5dc}\u{5d5}\u{5dd}, Antworten auf Deutsch.\n")]),
    ],
    check: Check::File(check),
};

fn check(rule: &Rule, view: &FileView<'_>) -> Vec<Finding> {
    let Some(hits) = find(view.text, Hidden::Bidi) else { return Vec::new() };
    let message = format!("controls here show text in another order than it is read ({})", super::characters(hits.count));
    vec![rule.finding(view.place(hits.first), message).with_help("delete them; a script that runs from right to left needs none of them")]
}
