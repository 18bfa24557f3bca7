//! An agent of a team that has no instructions, while others of the team have.
//!
//! Found over the team's documents (`rules::roster`).

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(in crate::rules) static RULE: Rule = Rule {
    id: "agent-without-instructions",
    summary: "An agent of a team has no instructions, while others have",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/teams.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("t/TEAM_SPEC.md", "# Team\n\n| Agent | Model | Tokens |\n|---|---|---|\n| Coordinator | claude-opus-4-6 | 30K |\n| Builder | claude-opus-4-6 | 90K |\n| Reviewer | claude-opus-4-6 | 50K |\n"), ("t/agents/builder/AGENTS.md", "# Builder\n\nYou work.\n"), ("t/agents/reviewer/AGENTS.md", "# Reviewer\n\nYou work.\n")]),
        Example::good(&[("t/TEAM_SPEC.md", "# Team\n\n| Agent | Model | Tokens |\n|---|---|---|\n| Coordinator | claude-opus-4-6 | 30K |\n| Builder | claude-opus-4-6 | 90K |\n| Reviewer | claude-opus-4-6 | 50K |\n"), ("t/agents/builder/AGENTS.md", "# Builder\n\nYou work.\n"), ("t/agents/reviewer/AGENTS.md", "# Reviewer\n\nYou work.\n"), ("t/agents/coordinator/AGENTS.md", "# Coordinator\n\nYou work.\n")]),
    ],
    check: Check::Team,
};
