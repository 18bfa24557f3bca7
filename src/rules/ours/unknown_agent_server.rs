//! A sub-agent that names an MCP server which no file here configures: it starts without the server's tools.
//!
//! Users may have servers of their own, so this is no error.

use super::{Check, Example, Rule};
use crate::agent::{Kind, Repo};
use crate::base::{Client, Finding, Place, Severity};
use std::collections::BTreeSet;

pub(super) static RULE: Rule = Rule {
    id: "unknown-agent-server",
    summary: "A sub-agent names an MCP server that is not configured here",
    severity: Severity::Warning,
    source: "https://code.claude.com/docs/en/sub-agents",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".claude/agents/one.md", "---\nname: one\ndescription: d\nmcpServers:\n  - gone\n---\nx\n"), (".mcp.json", "{\"mcpServers\": {\"here\": {\"command\": \"x\"}}}")]),
        Example::good(&[(".claude/agents/one.md", "---\nname: one\ndescription: d\nmcpServers:\n  - here\n  - inline:\n      command: y\n---\nx\n"), (".mcp.json", "{\"mcpServers\": {\"here\": {\"command\": \"x\"}}}")]),
    ],
    check: Check::Repo(check),
};

fn check(rule: &Rule, repo: &Repo) -> Vec<Finding> {
    let known: BTreeSet<&str> = repo
        .files()
        .filter(|file| matches!(file.kind, Kind::Mcp | Kind::Plugin | Kind::Settings))
        .flat_map(|file| file.declares.servers.iter().map(String::as_str))
        .collect();
    let mut found = Vec::new();
    // A plugin's agents have no servers of their own; what they name is ignored.
    for file in repo.files().filter(|file| file.kind == Kind::SubAgent && file.path.as_str().contains(".claude/agents/")) {
        for (name, span) in file.declares.wanted_servers.iter().filter(|(name, _)| !known.contains(name.as_str())) {
            let message = format!("the MCP server `{}` is configured in no file of this repository", super::shown(name));
            let help = "configure it in .mcp.json or in the agent itself, or correct the name";
            let place = Place::span(file.path.clone(), *span);
            found.push(rule.finding(place, message).with_help(help).with_clients([Client::ClaudeCode]));
        }
    }
    found
}
