//! A number of agents, or the agents of a phase, that two places of a team specification give differently.
//!
//! Found by the cost stage (`cost::declared`).

use super::{Check, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "declared-agents-mismatch",
    summary: "Two places of a team disagree about how many agents there are or where they work",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/teams.md",
    since: "0.1.0",
    examples: &[],
    check: Check::Cost,
};
