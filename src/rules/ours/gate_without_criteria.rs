//! A quality gate of a team that says nothing about what has to hold: everything passes it.
//!
//! Found over the team's documents (`rules::roster`).

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(in crate::rules) static RULE: Rule = Rule {
    id: "gate-without-criteria",
    summary: "A quality gate of a team has no criteria",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/teams.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("t/TEAM_SPEC.md", "# Team\n\n| Agent | Model | Tokens |\n|---|---|---|\n| Coordinator | claude-opus-4-6 | 30K |\n| Builder | claude-opus-4-6 | 90K |\n| Reviewer | claude-opus-4-6 | 50K |\n"), ("t/ORCHESTRATION.md", "# How\n\n## Quality Gate 1\n\n## Next\n\nShip.\n")]),
        Example::good(&[("t/TEAM_SPEC.md", "# Team\n\n| Agent | Model | Tokens |\n|---|---|---|\n| Coordinator | claude-opus-4-6 | 30K |\n| Builder | claude-opus-4-6 | 90K |\n| Reviewer | claude-opus-4-6 | 50K |\n"), ("t/ORCHESTRATION.md", "# How\n\n## Quality Gate 1\n\n- All tests pass\n\n## Next\n\nShip.\n")]),
    ],
    check: Check::Team,
};
