//! Two skills of one revision whose descriptions are nearly the same text.
//!
//! Nothing but the description says which of the two a model should start. Only pairs that the change made are told.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "colliding-descriptions",
    summary: "Two skills have descriptions that are nearly the same text",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/triggers.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".claude/skills/desk/SKILL.md", "---\nname: desk\ndescription: Extract tables and text from PDF documents, split and merge PDF files\n---\nx\n"), (".claude/skills/desk/evals/trigger-evals.json", "{\"should_trigger\": [\"extract the tables from this pdf document\", \"split this pdf file\"]}"), (".claude/skills/other/SKILL.md", "---\nname: other\ndescription: Extract tables and text from PDF documents, split and merge PDF files too\n---\nx\n")]).after(&[(".claude/skills/desk/SKILL.md", "---\nname: desk\ndescription: Extract tables and text from PDF documents, split and merge PDF files\n---\nx\n"), (".claude/skills/desk/evals/trigger-evals.json", "{\"should_trigger\": [\"extract the tables from this pdf document\", \"split this pdf file\"]}"), (".claude/skills/other/SKILL.md", "---\nname: other\ndescription: Writes poems about the sea\n---\nx\n")]),
        Example::good(&[(".claude/skills/desk/SKILL.md", "---\nname: desk\ndescription: Extract tables and text from PDF documents, split and merge PDF files\n---\nx\n"), (".claude/skills/desk/evals/trigger-evals.json", "{\"should_trigger\": [\"extract the tables from this pdf document\", \"split this pdf file\"]}"), (".claude/skills/other/SKILL.md", "---\nname: other\ndescription: Writes poems about rivers\n---\nx\n")]).after(&[(".claude/skills/desk/SKILL.md", "---\nname: desk\ndescription: Extract tables and text from PDF documents, split and merge PDF files\n---\nx\n"), (".claude/skills/desk/evals/trigger-evals.json", "{\"should_trigger\": [\"extract the tables from this pdf document\", \"split this pdf file\"]}"), (".claude/skills/other/SKILL.md", "---\nname: other\ndescription: Writes poems about the sea\n---\nx\n")]),
    ],
    check: Check::Triggers,
};
