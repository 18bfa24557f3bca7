//! A message, chain or hand-off of a team that names nobody of the team.
//!
//! The one it is meant for never gets it.

use super::{Check, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "unknown-handoff-target",
    summary: "A message or hand-off of a team names an agent that the team does not have",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/coordination.md",
    since: "0.1.0",
    examples: &[],
    check: Check::Team,
};
