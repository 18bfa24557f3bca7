//! A phase that waits for a later one, for itself or for none, or is both parallel and sequential.
//!
//! Nobody can run phases in an order that contradicts itself.

use super::{Check, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "inconsistent-phase",
    summary: "Phases of a team contradict each other in order or number",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/coordination.md",
    since: "0.1.0",
    examples: &[],
    check: Check::Team,
};
