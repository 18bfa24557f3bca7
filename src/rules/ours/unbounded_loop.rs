//! A loop of a team without a bound, or hand-offs in a circle that nothing leaves.
//!
//! When it does not succeed, it costs tokens until something else stops it.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "unbounded-loop",
    summary: "A loop or circle of hand-offs of a team has no end",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/coordination.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("t/TEAM_SPEC.md", "# Team\n\n| Agent | Model | Tokens |\n|---|---|---|\n| Coordinator | claude-opus-4-6 | 30K |\n| Builder | claude-opus-4-6 | 90K |\n| Reviewer | claude-opus-4-6 | 50K |\n"), ("t/ORCHESTRATION.md", "# How\n\n## Phase 1: Review\n\n- Read\n- Re-review until all blockers are resolved\n\n## Phase 2: Ship\n\nx\n")]),
        Example::good(&[("t/TEAM_SPEC.md", "# Team\n\n| Agent | Model | Tokens |\n|---|---|---|\n| Coordinator | claude-opus-4-6 | 30K |\n| Builder | claude-opus-4-6 | 90K |\n| Reviewer | claude-opus-4-6 | 50K |\n"), ("t/ORCHESTRATION.md", "# How\n\n## Phase 1: Review\n\n- Read\n- Re-review until all blockers are resolved (max 3 cycles)\n\n## Phase 2: Ship\n\nx\n")]),
    ],
    check: Check::Team,
};
