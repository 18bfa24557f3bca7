//! An agent, command or skill names a tool that its MCP server does not have: the client leaves it out in silence.
//!
//! Found by the stage over the recorded lists (`rules::mcp`); nothing is started.

use super::{Check, Rule};
use crate::base::Severity;

pub(in crate::rules) static RULE: Rule = Rule {
    id: "mcp-unknown-tool",
    summary: "A tool is named that its MCP server does not offer",
    severity: Severity::Error,
    source: "https://code.claude.com/docs/en/sub-agents",
    since: "0.1.0",
    examples: &[],
    check: Check::Mcp,
};
