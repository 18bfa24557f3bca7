//! An agent, command or skill names a tool of an MCP server that no file of the repository configures.
//!
//! Found by the stage over the recorded lists (`rules::mcp`); nothing is started.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(in crate::rules) static RULE: Rule = Rule {
    id: "mcp-unknown-server",
    summary: "A tool is named of an MCP server that is not configured here",
    severity: Severity::Warning,
    source: "https://code.claude.com/docs/en/mcp",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".weighbridge/mcp/time.json", "{\n  \"version\": 1,\n  \"server\": \"time\",\n  \"tools\": [\n    {\n      \"name\": \"now\",\n      \"description\": \"Says the time\"\n    }\n  ]\n}\n"), (".mcp.json", "{\"mcpServers\": {\"time\": {\"command\": \"time-server\"}}}\n"), (".claude/agents/clock.md", "---\nname: clock\ndescription: Tells the time\ntools: mcp__clock__now\n---\nYou tell the time.\n")]),
        Example::good(&[(".weighbridge/mcp/time.json", "{\n  \"version\": 1,\n  \"server\": \"time\",\n  \"tools\": [\n    {\n      \"name\": \"now\",\n      \"description\": \"Says the time\"\n    }\n  ]\n}\n"), (".mcp.json", "{\"mcpServers\": {\"time\": {\"command\": \"time-server\"}}}\n"), (".claude/agents/clock.md", "---\nname: clock\ndescription: Tells the time\ntools: mcp__time__now\n---\nYou tell the time.\n")]),
    ],
    check: Check::Mcp,
};
