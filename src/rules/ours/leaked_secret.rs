//! A credential in clear text, in a file that everyone who can read the repository can read.
//!
//! Found by [`crate::secrets`], over agent files and over every text file that a change touches. The finding holds no
//! part of the value but the beginning that its format fixes.

use super::{Check, Rule};
use crate::base::{Finding, Place, RepoPath, Severity};
use crate::secrets::{Confidence, Leak};

/// The rule's name, for who reads ignores of it alone.
pub const LEAKED_SECRET: &str = "leaked-secret";

pub(super) static RULE: Rule = Rule {
    id: LEAKED_SECRET,
    summary: "A key, token or password stands in a file in clear text",
    severity: Severity::Error,
    source: "https://cwe.mitre.org/data/definitions/798.html",
    since: "0.1.0",
    examples: &[],
    check: Check::Secrets,
};

/// What is said about a leak.
pub fn finding(leak: &Leak) -> Finding {
    let mut finding = RULE.finding(Place::span(leak.path.clone(), leak.span), leak.message());
    finding.severity = match (&leak.allowed, leak.confidence) {
        // Only `weighbridge secrets` shows what may stay; a report lists it among the silenced.
        (Some(_), _) => Severity::Info,
        (None, Confidence::Named) => Severity::Warning,
        (None, Confidence::Placed | Confidence::Formed) => Severity::Error,
    };
    if leak.allowed.is_some() { finding } else { finding.with_help(leak.help()) }
}

/// What is said about a path that holds one, which is shown without it.
pub fn of_name(path: &RepoPath) -> Finding {
    RULE.finding(Place::file(path.clone()), "the name of this file holds a key or token, shown here without it")
        .with_help("revoke it at its issuer first; then rename the file, and remember that the history keeps the name")
}
