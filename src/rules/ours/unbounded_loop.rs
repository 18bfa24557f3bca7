//! A loop of a team without a bound, or hand-offs in a circle that nothing leaves.
//!
//! When it does not succeed, it costs tokens until something else stops it.

use super::{Check, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "unbounded-loop",
    summary: "A loop or circle of hand-offs of a team has no end",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/coordination.md",
    since: "0.1.0",
    examples: &[],
    check: Check::Team,
};
