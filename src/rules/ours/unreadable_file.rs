//! A file the operating system or git would not hand out: it could not be checked, which is not a pass.

use super::{Check, Rule};
use crate::agent::Fault;
use crate::base::{Place, Severity};

pub(super) static RULE: Rule = Rule {
    id: "unreadable-file",
    summary: "An agent file could not be read",
    severity: Severity::Error,
    source: "https://cwe.mitre.org/data/definitions/390.html",
    since: "0.1.0",
    examples: &[],
    check: Check::Fault(|rule, path, fault| {
        let Fault::Unreadable { reason } = fault else { return None };
        Some(
            rule.finding(Place::file(path.clone()), format!("the file could not be read: {reason}"))
                .with_help("check its permissions, and that the clone is complete"),
        )
    }),
};
