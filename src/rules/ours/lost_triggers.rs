//! Prompts of a skill's own trigger set that its new description no longer resembles.
//!
//! An offline text score, not a model: `docs/triggers.md` says how often it agrees with authors.

use super::{Check, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "lost-triggers",
    summary: "Prompts that should start a skill no longer resemble its description",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/triggers.md",
    since: "0.1.0",
    examples: &[],
    check: Check::Triggers,
};
