//! An agent of a team that works in no phase and that nobody hands anything.
//!
//! It is paid for in instructions and never does anything, or the documents forget where it works.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "unreachable-agent",
    summary: "An agent of a team is in no phase, and nobody hands it anything",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/coordination.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("t/TEAM_SPEC.md", "# Team\n\n| Agent | Model | Tokens |\n|---|---|---|\n| Coordinator | claude-opus-4-6 | 30K |\n| Builder | claude-opus-4-6 | 90K |\n| Reviewer | claude-opus-4-6 | 50K |\n"), ("t/ORCHESTRATION.md", "# How\n\n## Phase 1: Plan (Sequential)\n\n### Coordinator\n- Plan\n\n## Phase 2: Build (Parallel)\n\n### Builder\n- Write src/a.ts\n\n### Builder\n- Write docs/b.md\n\n")]),
        Example::good(&[("t/TEAM_SPEC.md", "# Team\n\n| Agent | Model | Tokens |\n|---|---|---|\n| Coordinator | claude-opus-4-6 | 30K |\n| Builder | claude-opus-4-6 | 90K |\n| Reviewer | claude-opus-4-6 | 50K |\n"), ("t/ORCHESTRATION.md", "# How\n\n## Phase 1: Plan (Sequential)\n\n### Coordinator\n- Plan\n\n## Phase 2: Build (Parallel)\n\n### Builder\n- Write src/a.ts\n\n### Reviewer\n- Write docs/b.md\n\n")]),
    ],
    check: Check::Team,
};
