//! A file larger than is read: it could not be checked, and Claude Code skips it whole.

use super::{Check, Rule};
use crate::agent::Fault;
use crate::base::text::thousands;
use crate::base::{Place, Severity};

pub(super) static RULE: Rule = Rule {
    id: "oversized-file",
    summary: "An agent file is too large to be checked",
    severity: Severity::Error,
    source: "https://code.claude.com/docs/en/memory",
    since: "0.1.0",
    examples: &[],
    check: Check::Fault(|rule, path, fault| {
        let Fault::TooLarge { size, limit } = fault else { return None };
        let message = format!(
            "the file has {} bytes; files of more than {} bytes are not checked",
            thousands(*size),
            thousands(*limit)
        );
        Some(
            rule.finding(Place::file(path.clone()), message)
                .with_help("split it: clients skip or cut files of this size without a message"),
        )
    }),
};
