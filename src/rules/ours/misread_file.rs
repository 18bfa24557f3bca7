//! A part of a file that a client reads otherwise than it stands: a header that counts as text, a name that is a number.
//!
//! The verdicts (`agent::verdict`) say so; a rule about the same part of the file goes before this one.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(in crate::rules) static RULE: Rule = Rule {
    id: "misread-file",
    summary: "A client reads part of the file otherwise than it stands",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/verdicts.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(
            ".claude/skills/12/SKILL.md",
            "---\nname: 12\ndescription: Counts to twelve. Use when asked to count.\n---\nCount.\n",
        )]),
        Example::good(&[(
            ".claude/skills/12/SKILL.md",
            "---\nname: '12'\ndescription: Counts to twelve. Use when asked to count.\n---\nCount.\n",
        )]),
    ],
    check: Check::Verdict,
};
