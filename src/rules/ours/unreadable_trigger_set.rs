//! A trigger set, or a row of one, that cannot be understood.
//!
//! A set that is read as empty would pass for ever.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "unreadable-trigger-set",
    summary: "A trigger set has a shape, row or skill that cannot be understood",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/triggers.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".claude/skills/desk/SKILL.md", "---\nname: desk\ndescription: Extract tables and text from PDF documents, split and merge PDF files\n---\nx\n"), (".claude/skills/desk/evals/trigger-evals.json", "{\"a\": 1}")]),
        Example::good(&[(".claude/skills/desk/SKILL.md", "---\nname: desk\ndescription: Extract tables and text from PDF documents, split and merge PDF files\n---\nx\n"), (".claude/skills/desk/evals/trigger-evals.json", "{\"should_trigger\": [\"extract the tables from this pdf document\", \"split this pdf file\"]}")]),
    ],
    check: Check::Triggers,
};
