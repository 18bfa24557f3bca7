//! A list of MCP servers, or one of them, that a client leaves out: no wrapper, no type, a number where a text belongs.
//!
//! The verdicts (`agent::verdict`) say so; a rule about the same part of the file goes before this one.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(in crate::rules) static RULE: Rule = Rule {
    id: "unloadable-servers",
    summary: "A client leaves MCP servers of the file out",
    severity: Severity::Error,
    source: "https://code.claude.com/docs/en/mcp",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".mcp.json", "{\"files\": {\"command\": \"files-server\"}}")]),
        Example::bad(&[(".mcp.json", "{\"mcpServers\": {\"api\": {\"url\": \"https://mcp.example.com\"}}}")]),
        Example::bad(&[(".mcp.json", "{\"mcpServers\": {\"files\": {\"command\": \"files-server\", \"env\": {\"PORT\": 8080}}}}")]),
        Example::good(&[(".mcp.json", "{\"mcpServers\": {\"api\": {\"type\": \"http\", \"url\": \"https://mcp.example.com\"}, \"files\": {\"command\": \"files-server\", \"env\": {\"PORT\": \"8080\"}}}}")]),
    ],
    check: Check::Verdict,
};
