//! A skill that loads here and is refused on its way to others: by an upload to Claude, or by the reference validator.
//!
//! Keys of Claude Code are refused there too and are no finding: skills for Claude Code are made of them.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(in crate::rules) static RULE: Rule = Rule {
    id: "unportable-skill",
    summary: "The Claude API or the reference validator refuses a skill that the clients here load",
    severity: Severity::Info,
    source: "https://agentskills.io/specification",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(
            ".claude/skills/pdf/SKILL.md",
            "---\nname: other\ndescription: Reads PDF files. Use when asked for their text.\n---\nRead.\n",
        )]),
        Example::good(&[(
            ".claude/skills/pdf/SKILL.md",
            "---\nname: pdf\ndescription: Reads PDF files. Use when asked for their text.\nwhen_to_use: always\n---\nRead.\n",
        )]),
    ],
    check: Check::Verdict,
};
