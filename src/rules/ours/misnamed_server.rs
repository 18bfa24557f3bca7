//! A name of an MCP server with spaces or other characters that Claude Code does not promise to take.
//!
//! `claude mcp add` refuses such names, and names of tools are made of them.

use super::{Check, Example, Rule};
use crate::agent::FileView;
use crate::base::{Client, Finding, Severity};

pub(super) static RULE: Rule = Rule {
    id: "misnamed-server",
    summary: "The name of an MCP server has characters other than letters, digits, hyphens and underscores",
    severity: Severity::Warning,
    source: "https://code.claude.com/docs/en/mcp",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".mcp.json", "{\"mcpServers\": {\"my files\": {\"command\": \"files-server\"}}}")]),
        Example::good(&[(".mcp.json", "{\"mcpServers\": {\"my_files-2\": {\"command\": \"files-server\"}}}")]),
    ],
    check: Check::File(check),
};

fn check(rule: &Rule, view: &FileView<'_>) -> Vec<Finding> {
    super::servers_of_claude_code(view)
        .into_iter()
        .filter(|server| !server.name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) || server.name.is_empty())
        .map(|server| {
            let message = format!(
                "`{}` has characters other than letters, digits, `-` and `_`; `claude mcp add` refuses it, and tools are named after it",
                super::shown(server.name)
            );
            let help = "rename the server, and the tools `mcp__server__tool` that agents and rules name";
            rule.finding(view.at(server.key.span), message).with_help(help).with_clients([Client::ClaudeCode])
        })
        .collect()
}
