//! A name of an MCP server with spaces or other characters that Claude Code does not promise to take.
//!
//! `claude mcp add` refuses such names, and names of tools are made of them.

use super::{Check, Example, Rule, fixes};
use crate::agent::FileView;
use crate::base::{Client, Finding, Severity};
use crate::rules::fix::Fix;

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
        .filter(|server| is_misnamed(server.name))
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

fn is_misnamed(name: &str) -> bool {
    name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// Hyphens for what is not allowed. Agents and rules may name the server too, which the fix does not see.
pub(super) fn fix(rule: &Rule, view: &FileView<'_>) -> Vec<Fix> {
    let servers = super::servers_of_claude_code(view);
    let mut taken: Vec<String> = servers.iter().map(|server| server.name.to_owned()).collect();
    let mut found = Vec::new();
    for server in servers.iter().filter(|server| is_misnamed(server.name) && server.name.is_ascii()) {
        let words = server.name.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        let name = words.collect::<Vec<_>>().join("-");
        let Some((range, _)) = fixes::quoted(view, server.key.span).filter(|(_, text)| *text == server.name) else { continue };
        if name.is_empty() || taken.contains(&name) {
            continue;
        }
        let message = format!("call the server `{name}`; agents and rules may name it too");
        found.push(fixes::of(rule, server.key.span.start.line, (range, name.clone()), message, false));
        taken.push(name);
    }
    found
}
