//! A price in a team specification that the vendor does not charge.
//!
//! Found by the cost stage (`cost::declared`), against the prices the run was given.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "declared-price-outdated",
    summary: "A price that a team declares is not what the vendor charges",
    severity: Severity::Warning,
    source: "https://platform.claude.com/docs/en/about-claude/pricing",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("t/TEAM_SPEC.md", "# Crew\n\nThe team consists of 2 agents.\n\n### 1. Cook / Chef\n- **Model:** Opus 4.6\n- **Token budget:** ~40K (30K cooking + 10K tasting)\n\n### 2. Waiter\n- **Model:** Haiku 4.5\n- **Token budget:** 8K tokens\n"), ("t/models.md", "## What models charge\n\n| Model | Output / 1M | Input / 1M |\n|--|--|--|\n| Opus 4.6 | $75 | $15 |\n| Haiku 4.5 | $5 | $1 |\n")]),
        Example::good(&[("t/TEAM_SPEC.md", "# Crew\n\nThe team consists of 2 agents.\n\n### 1. Cook / Chef\n- **Model:** Opus 4.6\n- **Token budget:** ~40K (30K cooking + 10K tasting)\n\n### 2. Waiter\n- **Model:** Haiku 4.5\n- **Token budget:** 8K tokens\n"), ("t/models.md", "## What models charge\n\n| Model | Output / 1M | Input / 1M |\n|--|--|--|\n| Opus 4.6 | $25 | $5 |\n| Haiku 4.5 | $5 | $1 |\n")]),
    ],
    check: Check::Cost,
};
