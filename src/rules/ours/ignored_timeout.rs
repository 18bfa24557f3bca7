//! A `timeout` of an MCP server in seconds: Claude Code counts milliseconds and ignores what is under 1,000.

use super::{Check, Example, Rule};
use crate::agent::FileView;
use crate::agent::view::{Shape, shape};
use crate::base::{Client, Finding, Severity};

pub(super) static RULE: Rule = Rule {
    id: "ignored-timeout",
    summary: "The timeout of an MCP server is under 1,000 ms and ignored",
    severity: Severity::Warning,
    source: "https://code.claude.com/docs/en/mcp",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".mcp.json", "{\"mcpServers\": {\"files\": {\"command\": \"files-server\", \"timeout\": 999}}}")]),
        Example::good(&[(".mcp.json", "{\"mcpServers\": {\"files\": {\"command\": \"files-server\", \"timeout\": 1000}}}")]),
    ],
    check: Check::File(check),
};

fn check(rule: &Rule, view: &FileView<'_>) -> Vec<Finding> {
    super::servers_of_claude_code(view)
        .into_iter()
        .filter_map(|server| server.entry.get("timeout"))
        .filter(|timeout| shape(timeout) == Shape::Number)
        .filter(|timeout| timeout.text().and_then(|text| text.parse::<f64>().ok()).is_some_and(|value| value < 1000.0))
        .map(|timeout| {
            let message = "a timeout under 1,000 ms is ignored; Claude Code counts milliseconds";
            let help = "write it in milliseconds, such as 30000 for half a minute";
            rule.finding(view.at(timeout.span), message).with_help(help).with_clients([Client::ClaudeCode])
        })
        .collect()
}
