//! A file whose bytes are not UTF-8: clients drop it or replace characters, and nothing in it can be checked.

use super::{Check, Rule};
use crate::agent::Fault;
use crate::base::{Place, Severity, Span};

pub(super) static RULE: Rule = Rule {
    id: "invalid-utf8",
    summary: "An agent file is not valid UTF-8",
    severity: Severity::Error,
    source: "https://agentskills.io/specification",
    since: "0.1.0",
    examples: &[],
    check: Check::Fault(|rule, path, fault| {
        let Fault::InvalidUtf8 { offset, at } = fault else { return None };
        let place = Place::span(path.clone(), Span { start: *at, end: *at });
        let message = format!("byte {offset} is not valid UTF-8, so the file was not checked any further");
        Some(
            rule.finding(place, message)
                .with_help("save the file as UTF-8, for example with `iconv -f latin1 -t utf-8`"),
        )
    }),
};
