//! An agent, command or skill names a tool that its MCP server does not have: the client leaves it out in silence.
//!
//! Found by the stage over the recorded lists (`rules::mcp`); nothing is started.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(in crate::rules) static RULE: Rule = Rule {
    id: "mcp-unknown-tool",
    summary: "A tool is named that its MCP server does not offer",
    severity: Severity::Error,
    source: "https://code.claude.com/docs/en/sub-agents",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".weighbridge/mcp/time.json", "{\n  \"version\": 1,\n  \"server\": \"time\",\n  \"tools\": [\n    {\n      \"name\": \"now\",\n      \"description\": \"Says the time\"\n    }\n  ]\n}\n"), (".mcp.json", "{\"mcpServers\": {\"time\": {\"command\": \"time-server\"}}}\n"), (".claude/agents/clock.md", "---\nname: clock\ndescription: Tells the time\ntools: mcp__time__later\n---\nYou tell the time.\n")]),
        Example::good(&[(".weighbridge/mcp/time.json", "{\n  \"version\": 1,\n  \"server\": \"time\",\n  \"tools\": [\n    {\n      \"name\": \"now\",\n      \"description\": \"Says the time\"\n    }\n  ]\n}\n"), (".mcp.json", "{\"mcpServers\": {\"time\": {\"command\": \"time-server\"}}}\n"), (".claude/agents/clock.md", "---\nname: clock\ndescription: Tells the time\ntools: mcp__time__now\n---\nYou tell the time.\n")]),
    ],
    check: Check::Mcp,
};
