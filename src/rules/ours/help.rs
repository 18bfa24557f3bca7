//! What several rules look at: servers of a file, items and texts of a value, whose file it is.

use crate::agent::view::{FileView, Node, Value};
use crate::base::{Client, RepoPath};

/// Text of a file, shortened and made visible, for a message.
pub(super) fn shown(text: &str) -> String {
    crate::base::text::visible(&crate::base::text::truncate_end(text, 60))
}

/// A server as a file configures it.
pub(super) struct Server<'a> {
    pub(super) name: &'a str,
    pub(super) key: &'a Node,
    pub(super) entry: &'a Node,
}

/// Servers of one file that are looked at.
const MAX_SERVERS: usize = 200;

/// The servers of a file, whatever its client calls them.
pub(super) fn servers<'a>(view: &'a FileView<'_>) -> Vec<Server<'a>> {
    let Some(root) = view.settings() else { return Vec::new() };
    let map = ["mcpServers", "servers", "mcp_servers"].iter().find_map(|key| root.get(key));
    let single = map
        .is_none()
        .then(|| root.pairs().iter().find(|(key, _)| key.text() == Some("configuration")))
        .flatten();
    map.map(Node::pairs)
        .unwrap_or_default()
        .iter()
        .chain(single)
        .take(MAX_SERVERS)
        .filter(|(_, entry)| matches!(entry.value, Value::Mapping(_)))
        .map(|(key, entry)| Server { name: key.text().unwrap_or(""), key, entry })
        .collect()
}

/// The servers of a file that Claude Code reads; none of another.
pub(super) fn servers_of_claude_code<'a>(view: &'a FileView<'_>) -> Vec<Server<'a>> {
    if view.path.name() == ".mcp.json" { servers(view) } else { Vec::new() }
}

/// The items of a list.
pub(super) fn items(node: &Node) -> impl Iterator<Item = &Node> {
    match &node.value {
        Value::Sequence(items) => items.iter(),
        _ => [].iter(),
    }
}

/// The texts of a value: itself, its items, or its values.
pub(super) fn texts(node: &Node) -> Vec<&Node> {
    match &node.value {
        Value::Scalar { .. } => vec![node],
        Value::Sequence(items) => items.iter().collect(),
        Value::Mapping(pairs) => pairs.iter().map(|(_, value)| value).collect(),
        Value::Alias => Vec::new(),
    }
}

/// The client whose rules hold in a list of MCP servers.
pub(super) fn client_of(path: &RepoPath) -> Option<Client> {
    let ends = |name: &str| path.as_str() == name || path.as_str().ends_with(&format!("/{name}"));
    [
        (".cursor/mcp.json", Client::Cursor),
        (".vscode/mcp.json", Client::Copilot),
        (".codex/config.toml", Client::Codex),
        (".mcp.json", Client::ClaudeCode),
    ]
    .into_iter()
    .find(|(name, _)| ends(name))
    .map(|(_, client)| client)
}

/// `1 character`, `3 characters`.
pub(super) fn characters(count: usize) -> String {
    crate::base::text::plural(count, "character", "characters")
}

/// True for files that only show something: fixtures, samples, templates.
pub fn is_sample(path: &RepoPath) -> bool {
    path.parent().parts().any(|part| {
        matches!(
            part,
            "fixtures"
                | "testdata"
                | "test-data"
                | "__fixtures__"
                | "samples"
                | "examples"
                | "example"
                | "templates"
                | "tests"
                | "test"
        )
    })
}
