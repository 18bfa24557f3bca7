//! A variable that an MCP server needs and the README beside it does not name: whoever sets it up finds out when it fails.

use super::{Check, Example, Rule};
use crate::agent::{Kind, Repo};
use crate::base::{Finding, LineIndex, Place, Severity, Tree};
use std::collections::BTreeSet;

pub(super) static RULE: Rule = Rule {
    id: "undocumented-variable",
    summary: "A README does not name a variable that an MCP server beside it needs",
    severity: Severity::Info,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/requirements.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".mcp.json", "{\"mcpServers\": {\"files\": {\"command\": \"files-server\", \"env\": {\"TOKEN\": \"${FILES_TOKEN}\"}}}}"), ("README.md", "# Shop\n")]),
        Example::good(&[(".mcp.json", "{\"mcpServers\": {\"files\": {\"command\": \"files-server\", \"env\": {\"TOKEN\": \"${FILES_TOKEN}\", \"ROOT\": \"${ROOT:-.}\"}}}}"), ("README.md", "# Shop\n\nSet `FILES_TOKEN`.\n")]),
    ],
    check: Check::Tree(check),
};

/// Larger files are not read.
const MAX_BYTES: u64 = 1024 * 1024;
/// Variables that clients and systems set.
const KNOWN: [&str; 6] = ["HOME", "PATH", "USER", "PWD", "CLAUDE_PROJECT_DIR", "CLAUDE_PLUGIN_ROOT"];

fn check(rule: &Rule, tree: &dyn Tree, repo: &Repo) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in repo.files().filter(|file| file.kind == Kind::Mcp && file.link.is_none()) {
        let folder = file.path.parent();
        let beside = |name: &str| folder.join(name).filter(|path| tree.entry(path.as_str()).is_some());
        let read = |path| tree.read(&path, MAX_BYTES).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let documents: Vec<String> =
            ["README.md", ".env.example", ".env.sample", ".env.template"].iter().filter_map(|name| beside(name)).filter_map(read).collect();
        let Some(text) = read(file.path.clone()).filter(|_| !documents.is_empty()) else { continue };
        let index = LineIndex::new(&text);
        let mut said = BTreeSet::new();
        for (at, _) in text.match_indices("${") {
            let inside = text.get(at + 2..).and_then(|rest| rest.split('}').next()).unwrap_or("");
            let name = inside.strip_prefix("env:").unwrap_or(inside);
            let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            let named = documents.iter().any(|document| document.contains(name));
            if is_name && !named && !KNOWN.contains(&name) && said.insert(name.to_owned()) {
                let place = Place::span(file.path.clone(), index.span(at..at + 3 + inside.len()));
                let message = format!("the README beside this file does not say that `{name}` has to be set");
                found.push(rule.finding(place, message).with_help("name it there, and say where its value comes from"));
            }
        }
    }
    found
}
