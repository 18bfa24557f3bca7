//! An MCP server or a hook at an address that nobody can verify: plain http, or a number instead of a name.
//!
//! `MCP-017` finds plain http in the `url` of a server; this finds it in arguments and hooks, and numbers everywhere.

use super::{Check, Example, Rule};
use crate::agent::view::Node;
use crate::agent::{FileView, Kind};
use crate::base::{Finding, Severity};

pub(super) static RULE: Rule = Rule {
    id: "unverified-address",
    summary: "A server or hook is reached over plain http or by the number of a host",
    severity: Severity::Warning,
    source: "https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".mcp.json", "{\"mcpServers\": {\"files\": {\"type\": \"http\", \"url\": \"https://203.0.113.7/mcp\"}}}")]),
        Example::bad(&[(".mcp.json", "{\"mcpServers\": {\"files\": {\"command\": \"npx\", \"args\": [\"mcp-remote@0.1.38\", \"http://mcp.example.com/sse\"]}}}")]),
        Example::bad(&[(".claude/settings.json", "{\"hooks\": {\"Stop\": [{\"hooks\": [{\"type\": \"http\", \"url\": \"http://hooks.example.com/stop\"}]}]}}")]),
        Example::good(&[(".mcp.json", "{\"mcpServers\": {\"files\": {\"command\": \"npx\", \"args\": [\"mcp-remote@0.1.38\", \"https://mcp.example.com/sse\"]}, \"near\": {\"type\": \"http\", \"url\": \"http://192.168.1.4:3000/mcp\"}, \"box\": {\"command\": \"x\", \"args\": [\"http://elasticsearch:9200\", \"--proxy=http://localhost:8080\"]}}}")]),
    ],
    check: Check::File(check),
};

fn check(rule: &Rule, view: &FileView<'_>) -> Vec<Finding> {
    if !matches!(view.kind, Kind::Mcp | Kind::Settings | Kind::Hooks | Kind::Plugin) {
        return Vec::new();
    }
    let mut nodes: Vec<(&Node, bool)> = Vec::new();
    for server in super::servers(view) {
        let of = |key: &str| server.entry.get(key);
        nodes.extend(["url", "serverUrl", "httpUrl"].iter().filter_map(|key| of(key)).map(|node| (node, true)));
        nodes.extend(of("args").into_iter().flat_map(super::items).map(|node| (node, false)));
    }
    let hooks = view.settings().and_then(|root| root.get("hooks"));
    for event in hooks.map(Node::pairs).unwrap_or_default() {
        let hooks = super::items(&event.1).filter_map(|matcher| matcher.get("hooks")).flat_map(super::items);
        nodes.extend(hooks.filter_map(|hook| hook.get("url")).map(|node| (node, false)));
    }
    nodes
        .into_iter()
        .filter_map(|(node, of_server)| {
            let text = node.text()?;
            // `--url=http://...`
            let address = text.split_once('=').filter(|(option, _)| option.starts_with('-')).map_or(text, |(_, value)| value);
            let (scheme, host) = super::scheme_and_host(address)?;
            let message = match scheme.as_str() {
                "http" | "ws" if !super::is_near(&host) && !of_server => "whoever is on the way reads and changes what goes over plain http",
                "https" | "wss" if super::is_public_number(&host) => "nobody can tell whose host a number is, and it may be somebody else's tomorrow",
                _ => return None,
            };
            Some(rule.finding(view.at(node.span), message).with_help("use https and the name of the host"))
        })
        .collect()
}
