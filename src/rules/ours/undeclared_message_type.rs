//! An example of a message whose type is none of those the document declares.
//!
//! Agents copy examples, and the others do not know what to do with it.

use super::{Check, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "undeclared-message-type",
    summary: "An example of a message has a type that the document does not declare",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/coordination.md",
    since: "0.1.0",
    examples: &[],
    check: Check::Team,
};
