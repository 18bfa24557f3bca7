//! Two skills of one revision whose descriptions are nearly the same text.
//!
//! Nothing but the description says which of the two a model should start. Only pairs that the change made are told.

use super::{Check, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "colliding-descriptions",
    summary: "Two skills have descriptions that are nearly the same text",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/triggers.md",
    since: "0.1.0",
    examples: &[],
    check: Check::Triggers,
};
