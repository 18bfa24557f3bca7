//! Prompts that should not start a skill and that its new description resembles.
//!
//! An offline text score, not a model: `docs/triggers.md` says how often it agrees with authors.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(super) static RULE: Rule = Rule {
    id: "stray-triggers",
    summary: "Prompts that should not start a skill now resemble its description",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/triggers.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".claude/skills/desk/SKILL.md", "---\nname: desk\ndescription: Extract tables and text from PDF documents, split and merge PDF files. Translates letters into French: translate this letter into french\n---\nx\n"), (".claude/skills/desk/evals/trigger-evals.json", "{\"should_trigger\": [\"extract the tables from this pdf document\"], \"should_not_trigger\": [\"translate this letter into french\"]}")]).after(&[(".claude/skills/desk/SKILL.md", "---\nname: desk\ndescription: Extract tables and text from PDF documents, split and merge PDF files\n---\nx\n"), (".claude/skills/desk/evals/trigger-evals.json", "{\"should_trigger\": [\"extract the tables from this pdf document\"], \"should_not_trigger\": [\"translate this letter into french\"]}")]),
        Example::good(&[(".claude/skills/desk/SKILL.md", "---\nname: desk\ndescription: Extract tables and text from PDF documents, split and merge PDF files into pages\n---\nx\n"), (".claude/skills/desk/evals/trigger-evals.json", "{\"should_trigger\": [\"extract the tables from this pdf document\"], \"should_not_trigger\": [\"translate this letter into french\"]}")]).after(&[(".claude/skills/desk/SKILL.md", "---\nname: desk\ndescription: Extract tables and text from PDF documents, split and merge PDF files\n---\nx\n"), (".claude/skills/desk/evals/trigger-evals.json", "{\"should_trigger\": [\"extract the tables from this pdf document\"], \"should_not_trigger\": [\"translate this letter into french\"]}")]),
    ],
    check: Check::Triggers,
};
