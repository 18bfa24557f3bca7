//! A price in a team specification that the vendor does not charge.
//!
//! Found by the cost stage (`cost::declared`), against the prices the run was given.

use super::{Check, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "declared-price-outdated",
    summary: "A price that a team declares is not what the vendor charges",
    severity: Severity::Warning,
    source: "https://platform.claude.com/docs/en/about-claude/pricing",
    since: "0.1.0",
    examples: &[],
    check: Check::Cost,
};
