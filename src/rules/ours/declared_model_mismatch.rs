//! An agent that runs on one model here and on another there.
//!
//! Found by the cost stage (`cost::declared`). `Opus 4.6` and `claude-opus-4-6` are one model; the models of named
//! configurations are compared within each.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "declared-model-mismatch",
    summary: "Two places of a team name different models for one agent",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/teams.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("t/TEAM_SPEC.md", "# Crew\n\nThe team consists of 2 agents.\n\n### 1. Cook / Chef\n- **Model:** Opus 4.6\n- **Token budget:** ~40K (30K cooking + 10K tasting)\n\n### 2. Waiter\n- **Model:** Haiku 4.5\n- **Token budget:** 8K tokens\n"), ("t/agents/waiter/AGENTS.md", "# Waiter Agent\n\n- **Model:** Sonnet 4.5\n")]),
        Example::good(&[("t/TEAM_SPEC.md", "# Crew\n\nThe team consists of 2 agents.\n\n### 1. Cook / Chef\n- **Model:** Opus 4.6\n- **Token budget:** ~40K (30K cooking + 10K tasting)\n\n### 2. Waiter\n- **Model:** Haiku 4.5\n- **Token budget:** 8K tokens\n"), ("t/agents/waiter/AGENTS.md", "# Waiter Agent\n\n- **Model:** Haiku 4.5\n")]),
    ],
    check: Check::Cost,
};
