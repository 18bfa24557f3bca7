//! An example of a message whose type is none of those the document declares.
//!
//! Agents copy examples, and the others do not know what to do with it.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "undeclared-message-type",
    summary: "An example of a message has a type that the document does not declare",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/coordination.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("t/TEAM_SPEC.md", "# Team\n\n| Agent | Model | Tokens |\n|---|---|---|\n| Coordinator | claude-opus-4-6 | 30K |\n| Builder | claude-opus-4-6 | 90K |\n| Reviewer | claude-opus-4-6 | 50K |\n"), ("t/ORCHESTRATION.md", "# How\n\n## Phase 1: Plan (Sequential)\n\n### Coordinator\n- Plan\n\n## Phase 2: Build (Parallel)\n\n### Builder\n- Write src/a.ts\n\n### Reviewer\n- Write docs/b.md\n\n## Message Types\n\n| Type | Purpose |\n|---|---|\n| `TASK` | a |\n| `DONE` | b |\n\n## Message Format\n\n```yaml\ntype: ORDER\nfrom: coordinator\nto: builder\n```\n")]),
        Example::good(&[("t/TEAM_SPEC.md", "# Team\n\n| Agent | Model | Tokens |\n|---|---|---|\n| Coordinator | claude-opus-4-6 | 30K |\n| Builder | claude-opus-4-6 | 90K |\n| Reviewer | claude-opus-4-6 | 50K |\n"), ("t/ORCHESTRATION.md", "# How\n\n## Phase 1: Plan (Sequential)\n\n### Coordinator\n- Plan\n\n## Phase 2: Build (Parallel)\n\n### Builder\n- Write src/a.ts\n\n### Reviewer\n- Write docs/b.md\n\n## Message Types\n\n| Type | Purpose |\n|---|---|\n| `TASK` | a |\n| `DONE` | b |\n\n## Message Format\n\n```yaml\ntype: TASK\nfrom: coordinator\nto: builder\n```\n")]),
    ],
    check: Check::Team,
};
