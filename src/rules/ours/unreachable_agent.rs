//! An agent of a team that works in no phase and that nobody hands anything.
//!
//! It is paid for in instructions and never does anything, or the documents forget where it works.

use super::{Check, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "unreachable-agent",
    summary: "An agent of a team is in no phase, and nobody hands it anything",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/coordination.md",
    since: "0.1.0",
    examples: &[],
    check: Check::Team,
};
