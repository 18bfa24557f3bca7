//! A list of MCP servers, or one of them, that a client leaves out: no wrapper, no type, a number where a text belongs.
//!
//! The verdicts (`agent::verdict`) say so; a rule about the same part of the file goes before this one.

use super::{Check, Example, Rule, fixes};
use crate::agent::FileView;
use crate::base::Severity;
use crate::rules::fix::Fix;

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

/// Adds the `type` to a server that has a `url` and nothing else that says what it is. The address says which only by
/// habit, so somebody has to look.
pub(super) fn fix(rule: &Rule, view: &FileView<'_>) -> Vec<Fix> {
    let fixed = super::servers_of_claude_code(view).into_iter().filter_map(|server| {
        let has = |key: &str| server.entry.get(key).is_some();
        let (key, url) = server.entry.pairs().iter().find(|(key, _)| key.text() == Some("url"))?;
        if has("type") || has("command") {
            return None;
        }
        let path = url.text()?.split(['?', '#']).next().unwrap_or("").trim_end_matches('/');
        let kind = if path.ends_with("/sse") { "sse" } else { "http" };
        let at = fixes::written(view, key.span)?.0.start;
        let line = view.text.get(..at)?.rsplit('\n').next()?;
        let alone = line.chars().all(char::is_whitespace);
        let after = if alone { format!("\n{line}") } else { " ".to_owned() };
        let added = format!("\"type\": \"{kind}\",{after}");
        let message = format!("add `\"type\": \"{kind}\"`");
        Some(fixes::of(rule, url.span.start.line, (at..at, added), message, false))
    });
    fixed.collect()
}
