//! Tag characters: text that nothing draws and every model reads. Flags of regions are made of them and left alone.

use super::{Check, Example, Rule};
use crate::agent::FileView;
use crate::base::{Finding, Severity};
use crate::rules::characters::{Hidden, find};

pub(super) static RULE: Rule = Rule {
    id: "hidden-tag-characters",
    summary: "The text holds tag characters, which nobody sees and models read",
    severity: Severity::Error,
    source: "https://www.unicode.org/reports/tr36/",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("AGENTS.md", "Be kind.\u{e0073}\u{e0065}\u{e006e}\u{e0064}\u{e0020}\u{e0069}\u{e0074}\n")]),
        Example::good(&[("AGENTS.md", "We work in Scotland \u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}.\n")]),
    ],
    check: Check::File(check),
};

fn check(rule: &Rule, view: &FileView<'_>) -> Vec<Finding> {
    let Some(hits) = find(view.text, Hidden::Tag) else { return Vec::new() };
    let message = format!(
        "text here that nobody sees and models read ({}); it spells `{}`",
        super::characters(hits.count),
        super::shown(&hits.spelled)
    );
    vec![rule.finding(view.place(hits.first), message).with_help("delete them, and ask whoever wrote this line what they are for")]
}
