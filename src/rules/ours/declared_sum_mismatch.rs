//! A figure of a team specification that is not the sum, product or share it says it is.
//!
//! Found by the cost stage (`cost::declared`), which recomputes every figure; rounding is never reported.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "declared-sum-mismatch",
    summary: "A total, share or multiple that a team declares does not follow from its parts",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/teams.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("t/TEAM_SPEC.md", "| Agent | Model | Tokens |\n|--|--|--|\n| Cook | Opus 4.6 | 10K |\n| Waiter | Haiku 4.5 | 20K |\n| Total | | 40K |\n")]),
        Example::good(&[("t/TEAM_SPEC.md", "| Agent | Model | Tokens |\n|--|--|--|\n| Cook | Opus 4.6 | 10K |\n| Waiter | Haiku 4.5 | 20K |\n| Total | | 30K |\n")]),
    ],
    check: Check::Cost,
};
