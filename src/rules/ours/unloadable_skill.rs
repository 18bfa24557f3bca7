//! A skill that a client leaves out, usually without a message.
//!
//! The verdicts (`agent::verdict`) say so; a rule about the same part of the file goes before this one.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(in crate::rules) static RULE: Rule = Rule {
    id: "unloadable-skill",
    summary: "A client that reads the skill leaves it out",
    severity: Severity::Error,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/verdicts.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".agents/skills/pdf/SKILL.md", "---\nname: pdf\ndescription: 12\n---\nReads PDF files.\n")]),
        Example::good(&[(".agents/skills/pdf/SKILL.md", "---\nname: pdf\ndescription: Reads PDF files. Use when asked for the text of one.\n---\nReads PDF files.\n")]),
    ],
    check: Check::Verdict,
};
