//! A trigger set, or a row of one, that cannot be understood.
//!
//! A set that is read as empty would pass for ever.

use super::{Check, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "unreadable-trigger-set",
    summary: "A trigger set has a shape, row or skill that cannot be understood",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/triggers.md",
    since: "0.1.0",
    examples: &[],
    check: Check::Triggers,
};
