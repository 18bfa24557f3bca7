//! Prompts of a skill's own trigger set that another description resembles more since the change.
//!
//! An offline text score, not a model: `docs/triggers.md` says how often it agrees with authors.

use super::{Check, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "moved-triggers",
    summary: "Prompts that should start a skill now resemble another skill's description more",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/triggers.md",
    since: "0.1.0",
    examples: &[],
    check: Check::Triggers,
};
