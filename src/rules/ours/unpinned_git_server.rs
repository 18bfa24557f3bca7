//! An MCP server that is installed from a git repository without naming a commit: whoever can push there runs code here.
//!
//! Packages of registries without a version are found by `MCP-027`.

use super::{Check, Example, Rule};
use crate::agent::FileView;
use crate::base::{Finding, Severity};

pub(super) static RULE: Rule = Rule {
    id: "unpinned-git-server",
    summary: "An MCP server is installed from a git repository without a commit",
    severity: Severity::Warning,
    source: "https://owasp.org/www-project-top-10-for-large-language-model-applications/",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(
            ".mcp.json",
            "{\"mcpServers\": {\"files\": {\"command\": \"uvx\", \"args\": [\"--from\", \"git+https://example.com/files\", \"files\"]}}}",
        )]),
        Example::bad(&[(
            ".mcp.json",
            "{\"mcpServers\": {\"files\": {\"command\": \"npx\", \"args\": [\"-y\", \"github:example/files#main\"]}}}",
        )]),
        Example::good(&[(
            ".mcp.json",
            "{\"mcpServers\": {\"files\": {\"command\": \"uvx\", \"args\": [\"--from\", \"git+https://example.com/files@0123456789abcdef0123456789abcdef01234567\", \"files\"]}}}",
        )]),
    ],
    check: Check::File(check),
};

fn check(rule: &Rule, view: &FileView<'_>) -> Vec<Finding> {
    super::servers(view)
        .into_iter()
        .flat_map(|server| server.entry.get("args").into_iter().flat_map(super::items))
        .filter(|argument| argument.text().is_some_and(is_unpinned))
        .map(|argument| {
            let message = "whatever is newest in this git repository is installed and run at every start";
            let help = "name a commit with all its 40 digits: `@COMMIT` after the address, `#COMMIT` for npm";
            rule.finding(view.at(argument.span), message).with_help(help)
        })
        .collect()
}

fn is_unpinned(argument: &str) -> bool {
    let Some(rest) = argument
        .strip_prefix("git+")
        .or_else(|| argument.strip_prefix("github:"))
        .or_else(|| argument.split_once(" @ git+").map(|(_, rest)| rest))
    else {
        return false;
    };
    let is_commit = |text: &str| text.len() >= 7 && text.chars().all(|c| c.is_ascii_hexdigit());
    let revision = rest.rsplit(['@', '#']).next().unwrap_or("");
    // `#egg=` and `#subdirectory=` follow the commit.
    let earlier = rest.split('#').next().and_then(|before| before.rsplit('@').next()).unwrap_or("");
    !is_commit(revision) && !is_commit(earlier)
}
