//! An example of a message that is neither YAML nor JSON.
//!
//! Agents copy examples.

use super::{Check, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "unreadable-message-example",
    summary: "An example of a message cannot be parsed",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/coordination.md",
    since: "0.1.0",
    examples: &[],
    check: Check::Team,
};
