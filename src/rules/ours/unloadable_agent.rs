//! A sub-agent that Claude Code leaves out without a message.
//!
//! The verdicts (`agent::verdict`) say so; a rule about the same part of the file goes before this one.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(in crate::rules) static RULE: Rule = Rule {
    id: "unloadable-agent",
    summary: "Claude Code leaves the sub-agent out",
    severity: Severity::Error,
    source: "https://code.claude.com/docs/en/sub-agents",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".claude/agents/one.md", "---\nname: 12\ndescription: Reviews changes\ntools: Read\n---\nYou review.\n")]),
        Example::good(&[(".claude/agents/one.md", "---\nname: one\ndescription: Reviews changes\ntools: Read\n---\nYou review.\n")]),
    ],
    check: Check::Verdict,
};
