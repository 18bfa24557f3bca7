//! Prompts that should not start a skill and that its new description resembles.
//!
//! An offline text score, not a model: `docs/triggers.md` says how often it agrees with authors.

use super::{Check, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "stray-triggers",
    summary: "Prompts that should not start a skill now resemble its description",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/triggers.md",
    since: "0.1.0",
    examples: &[],
    check: Check::Triggers,
};
