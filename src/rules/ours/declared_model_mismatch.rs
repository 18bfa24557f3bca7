//! An agent that runs on one model here and on another there.
//!
//! Found by the cost stage (`cost::declared`). `Opus 4.6` and `claude-opus-4-6` are one model; the models of named
//! configurations are compared within each.

use super::{Check, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "declared-model-mismatch",
    summary: "Two places of a team name different models for one agent",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/teams.md",
    since: "0.1.0",
    examples: &[],
    check: Check::Cost,
};
