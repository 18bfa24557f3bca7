//! A phase that waits for a later one, for itself or for none, or is both parallel and sequential.
//!
//! Nobody can run phases in an order that contradicts itself.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "inconsistent-phase",
    summary: "Phases of a team contradict each other in order or number",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/coordination.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("t/TEAM_SPEC.md", "# Team\n\n| Agent | Model | Tokens |\n|---|---|---|\n| Coordinator | claude-opus-4-6 | 30K |\n| Builder | claude-opus-4-6 | 90K |\n| Reviewer | claude-opus-4-6 | 50K |\n"), ("t/ORCHESTRATION.md", "# How\n\n## Phase 1: Plan\n\nx\n\n## Phase 2: Build\n\n**Depends on:** Phase 3 plan.\n\n## Phase 3: Test\n\nx\n")]),
        Example::good(&[("t/TEAM_SPEC.md", "# Team\n\n| Agent | Model | Tokens |\n|---|---|---|\n| Coordinator | claude-opus-4-6 | 30K |\n| Builder | claude-opus-4-6 | 90K |\n| Reviewer | claude-opus-4-6 | 50K |\n"), ("t/ORCHESTRATION.md", "# How\n\n## Phase 1: Plan\n\nx\n\n## Phase 2: Build\n\n**Depends on:** Phase 1 plan.\n\n## Phase 3: Test\n\nx\n")]),
    ],
    check: Check::Team,
};
