//! A symbolic link that leaves the repository, dangles or loops. It is never followed.

use super::{Check, Rule};
use crate::agent::Fault;
use crate::base::{Place, Severity};

pub(super) static RULE: Rule = Rule {
    id: "refused-link",
    summary: "An agent file is a symbolic link that cannot be followed safely",
    severity: Severity::Error,
    source: "https://cwe.mitre.org/data/definitions/59.html",
    since: "0.1.0",
    examples: &[],
    check: Check::Fault(|rule, path, fault| {
        let Fault::RefusedLink { reason } = fault else { return None };
        Some(
            rule.finding(Place::file(path.clone()), format!("the symbolic link is not followed: {reason}"))
                .with_help("link to a file inside the repository, or commit a copy"),
        )
    }),
};
