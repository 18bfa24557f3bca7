//! A file that two agents of a parallel phase write, with no owner or lock named.
//!
//! The later one overwrites what the earlier one wrote.

use super::{Check, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "shared-file-writers",
    summary: "Two agents write one file in a parallel phase without an owner or a lock",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/coordination.md",
    since: "0.1.0",
    examples: &[],
    check: Check::Team,
};
