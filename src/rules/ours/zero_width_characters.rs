//! Characters without a width between letters: they split words for a filter, or spell something in binary.
//!
//! Joiners of emoji and of scripts that need them are left alone.

use super::{Check, Example, Rule};
use crate::agent::FileView;
use crate::base::{Finding, Severity};
use crate::rules::characters::{Hidden, find};

pub(super) static RULE: Rule = Rule {
    id: "zero-width-characters",
    summary: "The text holds characters without a width",
    severity: Severity::Warning,
    source: "https://www.unicode.org/reports/tr36/",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("AGENTS.md", "Ig\u{200b}nore nothing.\n")]),
        Example::good(&[("AGENTS.md", "Thanks \u{1f468}\u{200d}\u{1f469}, \u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}.\n")]),
    ],
    check: Check::File(check),
};

fn check(rule: &Rule, view: &FileView<'_>) -> Vec<Finding> {
    let Some(hits) = find(view.text, Hidden::ZeroWidth) else { return Vec::new() };
    let message = format!("characters without a width stand here, which nobody sees and models read ({})", super::characters(hits.count));
    vec![rule.finding(view.place(hits.first), message).with_help("delete them; they often come along when text is copied from a web page")]
}
