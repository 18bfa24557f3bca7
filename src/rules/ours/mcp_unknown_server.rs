//! An agent, command or skill names a tool of an MCP server that no file of the repository configures.
//!
//! Found by the stage over the recorded lists (`rules::mcp`); nothing is started.

use super::{Check, Rule};
use crate::base::Severity;

pub(in crate::rules) static RULE: Rule = Rule {
    id: "mcp-unknown-server",
    summary: "A tool is named of an MCP server that is not configured here",
    severity: Severity::Warning,
    source: "https://code.claude.com/docs/en/mcp",
    since: "0.1.0",
    examples: &[],
    check: Check::Mcp,
};
