//! A cost of a team specification that does not follow from its tokens and its model.
//!
//! Found by the cost stage (`cost::declared`): tokens at list price without a cache. Where only all tokens together
//! are declared, the cost has to lie between all input and all output.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "declared-cost-mismatch",
    summary: "A cost that a team declares does not follow from its tokens and models",
    severity: Severity::Warning,
    source: "https://platform.claude.com/docs/en/about-claude/pricing",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("t/TEAM_SPEC.md", "| Agent | Model | Input tokens | Output tokens | Cost |\n|--|--|--|--|--|\n| Cook | claude-opus-4-6 | 100K | 20K | $9.00 |\n")]),
        Example::good(&[("t/TEAM_SPEC.md", "| Agent | Model | Input tokens | Output tokens | Cost |\n|--|--|--|--|--|\n| Cook | claude-opus-4-6 | 100K | 20K | $1.00 |\n")]),
    ],
    check: Check::Cost,
};
