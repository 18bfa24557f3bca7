//! A number of agents, or the agents of a phase, that two places of a team specification give differently.
//!
//! Found by the cost stage (`cost::declared`).

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "declared-agents-mismatch",
    summary: "Two places of a team disagree about how many agents there are or where they work",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/teams.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("t/TEAM_SPEC.md", "# Crew\n\nThe team consists of three agents.\n\n### 1. Cook / Chef\n- **Model:** Opus 4.6\n- **Token budget:** ~40K (30K cooking + 10K tasting)\n\n### 2. Waiter\n- **Model:** Haiku 4.5\n- **Token budget:** 8K tokens\n")]),
        Example::good(&[("t/TEAM_SPEC.md", "# Crew\n\nThe team consists of 2 agents.\n\n### 1. Cook / Chef\n- **Model:** Opus 4.6\n- **Token budget:** ~40K (30K cooking + 10K tasting)\n\n### 2. Waiter\n- **Model:** Haiku 4.5\n- **Token budget:** 8K tokens\n")]),
    ],
    check: Check::Cost,
};
