//! An MCP server in a container that has the rights of the host: its socket, its whole file system, or `--privileged`.

use super::{Check, Example, Rule};
use crate::agent::FileView;
use crate::agent::view::Node;
use crate::base::{Finding, Severity};

pub(super) static RULE: Rule = Rule {
    id: "privileged-container",
    summary: "The container of an MCP server has the rights of the host",
    severity: Severity::Warning,
    source: "https://cheatsheetseries.owasp.org/cheatsheets/Docker_Security_Cheat_Sheet.html",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(
            ".mcp.json",
            "{\"mcpServers\": {\"files\": {\"command\": \"docker\", \"args\": [\"run\", \"-v\", \"/var/run/docker.sock:/var/run/docker.sock\", \"files:1.0\"]}}}",
        )]),
        Example::good(&[(
            ".mcp.json",
            "{\"mcpServers\": {\"files\": {\"command\": \"docker\", \"args\": [\"run\", \"-v\", \"./data:/data:ro\", \"files:1.0\"]}}}",
        )]),
    ],
    check: Check::File(check),
};

fn check(rule: &Rule, view: &FileView<'_>) -> Vec<Finding> {
    let is_container = |server: &super::help::Server<'_>| {
        let command = server.entry.get("command").and_then(Node::text).unwrap_or("");
        matches!(command.rsplit('/').next(), Some("docker" | "podman" | "nerdctl"))
    };
    super::servers(view)
        .into_iter()
        .filter(is_container)
        .flat_map(|server| server.entry.get("args").into_iter().flat_map(super::items))
        .filter(|argument| argument.text().is_some_and(opens_the_host))
        .map(|argument| {
            let message = "this gives the container, and so the server and whoever talks it into something, the whole machine";
            rule.finding(view.at(argument.span), message).with_help("give it the one folder it needs, read-only where that is enough")
        })
        .collect()
}

fn opens_the_host(argument: &str) -> bool {
    let mount = argument.split_once('=').map_or(argument, |(_, value)| value);
    argument == "--privileged"
        || argument.contains("docker.sock")
        || mount.starts_with("/:")
        || argument.contains("source=/,")
        || argument.contains("src=/,")
}
