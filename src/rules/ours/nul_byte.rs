//! A NUL byte in a text file: clients take the file for binary, or stop reading there.

use super::{Check, Example, Rule};
use crate::agent::Fault;
use crate::base::{Place, Severity, Span};

pub(super) static RULE: Rule = Rule {
    id: "nul-byte",
    summary: "An agent file contains a NUL byte",
    severity: Severity::Error,
    source: "https://spec.commonmark.org/0.31.2/#insecure-characters",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("AGENTS.md", "a\u{0}b\n")]),
        Example::good(&[("AGENTS.md", "ab\n")]),
    ],
    check: Check::Fault(|rule, path, fault| {
        let Fault::NulByte { at } = fault else { return None };
        let place = Place::span(path.clone(), Span { start: *at, end: *at });
        Some(
            rule.finding(place, "the file contains a NUL byte; clients take it for binary or cut it there")
                .with_help("remove the byte; an editor that shows control characters finds it"),
        )
    }),
};
