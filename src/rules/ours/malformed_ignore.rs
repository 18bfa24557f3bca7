//! A comment that is meant to silence a rule and does not, because it names no rule or gives no reason.

use super::{Check, Example, Rule};
use crate::base::{Finding, Place, RepoPath, Severity};
use crate::rules::ignore::Malformed;

pub(super) static RULE: Rule = Rule {
    id: "malformed-ignore",
    summary: "An ignore beside the text names no rule or gives no reason, so it holds for nothing",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/ignores.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("AGENTS.md", "Be brief. <!-- weighbridge-ignore zero-width-characters -->\n")]),
        Example::good(&[(
            "AGENTS.md",
            "Be\u{200b} brief. <!-- weighbridge-ignore zero-width-characters: quoted from a page -->\n",
        )]),
    ],
    check: Check::Ignore,
};

/// The finding about a comment.
pub(in crate::rules) fn malformed_ignore(path: &RepoPath, malformed: &Malformed) -> Finding {
    RULE.finding(Place::span(path.clone(), malformed.span), malformed.message.clone())
}
