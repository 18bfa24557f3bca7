//! An example of a message that is neither YAML nor JSON.
//!
//! Agents copy examples.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "unreadable-message-example",
    summary: "An example of a message cannot be parsed",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/coordination.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("t/TEAM_SPEC.md", "# Team\n\n| Agent | Model | Tokens |\n|---|---|---|\n| Coordinator | claude-opus-4-6 | 30K |\n| Builder | claude-opus-4-6 | 90K |\n| Reviewer | claude-opus-4-6 | 50K |\n"), ("t/ORCHESTRATION.md", "# How\n\n## Message Format\n\n```yaml\ntype: TASK\nto: a: b\n```\n")]),
        Example::good(&[("t/TEAM_SPEC.md", "# Team\n\n| Agent | Model | Tokens |\n|---|---|---|\n| Coordinator | claude-opus-4-6 | 30K |\n| Builder | claude-opus-4-6 | 90K |\n| Reviewer | claude-opus-4-6 | 50K |\n"), ("t/ORCHESTRATION.md", "# How\n\n## Phase 1: Plan (Sequential)\n\n### Coordinator\n- Plan\n\n## Phase 2: Build (Parallel)\n\n### Builder\n- Write src/a.ts\n\n### Reviewer\n- Write docs/b.md\n\n## Message Types\n\n| Type | Purpose |\n|---|---|\n| `TASK` | a |\n| `DONE` | b |\n\n## Message Format\n\n```yaml\ntype: TASK\nfrom: coordinator\nto: builder\n```\n")]),
    ],
    check: Check::Team,
};
