//! Prompts of a skill's own trigger set that another description resembles more since the change.
//!
//! An offline text score, not a model: `docs/triggers.md` says how often it agrees with authors.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "moved-triggers",
    summary: "Prompts that should start a skill now resemble another skill's description more",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/triggers.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".claude/skills/desk/SKILL.md", "---\nname: desk\ndescription: Extract tables and text from PDF documents, split and merge PDF files\n---\nx\n"), (".claude/skills/desk/evals/trigger-evals.json", "{\"should_trigger\": [\"extract the tables from this pdf document\", \"split this pdf file\"]}"), (".claude/skills/other/SKILL.md", "---\nname: other\ndescription: Extract the tables from this pdf document, split this pdf file\n---\nx\n")]).after(&[(".claude/skills/desk/SKILL.md", "---\nname: desk\ndescription: Extract tables and text from PDF documents, split and merge PDF files\n---\nx\n"), (".claude/skills/desk/evals/trigger-evals.json", "{\"should_trigger\": [\"extract the tables from this pdf document\", \"split this pdf file\"]}"), (".claude/skills/other/SKILL.md", "---\nname: other\ndescription: Writes poems about the sea\n---\nx\n")]),
        Example::good(&[(".claude/skills/desk/SKILL.md", "---\nname: desk\ndescription: Extract tables and text from PDF documents, split and merge PDF files\n---\nx\n"), (".claude/skills/desk/evals/trigger-evals.json", "{\"should_trigger\": [\"extract the tables from this pdf document\", \"split this pdf file\"]}"), (".claude/skills/other/SKILL.md", "---\nname: other\ndescription: Writes poems about rivers\n---\nx\n")]).after(&[(".claude/skills/desk/SKILL.md", "---\nname: desk\ndescription: Extract tables and text from PDF documents, split and merge PDF files\n---\nx\n"), (".claude/skills/desk/evals/trigger-evals.json", "{\"should_trigger\": [\"extract the tables from this pdf document\", \"split this pdf file\"]}"), (".claude/skills/other/SKILL.md", "---\nname: other\ndescription: Writes poems about the sea\n---\nx\n")]),
    ],
    check: Check::Triggers,
};
