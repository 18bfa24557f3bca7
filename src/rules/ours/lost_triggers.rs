//! Prompts of a skill's own trigger set that its new description no longer resembles.
//!
//! An offline text score, not a model: `docs/triggers.md` says how often it agrees with authors.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "lost-triggers",
    summary: "Prompts that should start a skill no longer resemble its description",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/triggers.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".claude/skills/desk/SKILL.md", "---\nname: desk\ndescription: Helps with office work\n---\nx\n"), (".claude/skills/desk/evals/trigger-evals.json", "{\"should_trigger\": [\"extract the tables from this pdf document\", \"split this pdf file\"]}")]).after(&[(".claude/skills/desk/SKILL.md", "---\nname: desk\ndescription: Extract tables and text from PDF documents, split and merge PDF files\n---\nx\n"), (".claude/skills/desk/evals/trigger-evals.json", "{\"should_trigger\": [\"extract the tables from this pdf document\", \"split this pdf file\"]}")]),
        Example::good(&[(".claude/skills/desk/SKILL.md", "---\nname: desk\ndescription: Extract tables and text from PDF documents, split and merge PDF files into pages\n---\nx\n"), (".claude/skills/desk/evals/trigger-evals.json", "{\"should_trigger\": [\"extract the tables from this pdf document\", \"split this pdf file\"]}")]).after(&[(".claude/skills/desk/SKILL.md", "---\nname: desk\ndescription: Extract tables and text from PDF documents, split and merge PDF files\n---\nx\n"), (".claude/skills/desk/evals/trigger-evals.json", "{\"should_trigger\": [\"extract the tables from this pdf document\", \"split this pdf file\"]}")]),
    ],
    check: Check::Triggers,
};
