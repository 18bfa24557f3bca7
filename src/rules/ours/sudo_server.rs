//! An MCP server that is started with `sudo`: it has all rights, and where a password is asked nobody can answer.

use super::{Check, Example, Rule};
use crate::agent::FileView;
use crate::agent::view::Node;
use crate::base::{Finding, Severity};

pub(super) static RULE: Rule = Rule {
    id: "sudo-server",
    summary: "An MCP server is started with sudo",
    severity: Severity::Warning,
    source: "https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".mcp.json", "{\"mcpServers\": {\"files\": {\"command\": \"sudo\", \"args\": [\"files-server\"]}}}")]),
        Example::bad(&[(".mcp.json", "{\"mcpServers\": {\"files\": {\"command\": \"sh\", \"args\": [\"-c\", \"exec sudo files-server\"]}}}")]),
        Example::good(&[(".mcp.json", "{\"mcpServers\": {\"files\": {\"command\": \"files-server\", \"args\": [\"--sudoers\", \"pseudo\"]}}}")]),
    ],
    check: Check::File(check),
};

fn check(rule: &Rule, view: &FileView<'_>) -> Vec<Finding> {
    let is_sudo = |text: &str| matches!(text.rsplit('/').next(), Some("sudo" | "doas" | "pkexec"));
    let mut found = Vec::new();
    for server in super::servers(view) {
        let command = server.entry.get("command");
        let shell = command.and_then(Node::text).is_some_and(|text| matches!(text.rsplit('/').next(), Some("sh" | "bash" | "zsh" | "env")));
        let by_shell = |node: &&Node| shell && node.text().is_some_and(|text| text.split_whitespace().any(is_sudo));
        let node = command
            .filter(|command| command.text().is_some_and(|text| text.split_whitespace().next().is_some_and(is_sudo)))
            .or_else(|| server.entry.get("args").into_iter().flat_map(super::items).find(by_shell));
        if let Some(node) = node {
            let message = format!("the server `{}` is started with all rights of the system", super::shown(server.name));
            let help = "start it as the user, and give that user what the server needs";
            found.push(rule.finding(view.at(node.span), message).with_help(help));
        }
    }
    found
}
