//! An MCP server that is installed without a version where `MCP-027` does not look: from a git repository, behind a shell, by deno.
//!
//! Whoever can publish or push there runs code here.

use super::{Check, Example, Rule};
use crate::agent::FileView;
use crate::agent::view::Node;
use crate::base::{Finding, Severity};

pub(super) static RULE: Rule = Rule {
    id: "unpinned-server",
    summary: "An MCP server is installed from git or behind a shell without a version",
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
        Example::bad(&[(
            ".mcp.json",
            "{\"mcpServers\": {\"files\": {\"command\": \"cmd\", \"args\": [\"/c\", \"npx\", \"-y\", \"files-server\"]}}}",
        )]),
        Example::good(&[(
            ".mcp.json",
            "{\"mcpServers\": {\"files\": {\"command\": \"cmd\", \"args\": [\"/c\", \"npx\", \"-y\", \"files-server@1.2.3\"]}}}",
        )]),
        Example::good(&[(
            ".mcp.json",
            "{\"mcpServers\": {\"files\": {\"command\": \"uvx\", \"args\": [\"--from\", \"git+https://example.com/files@0123456789abcdef0123456789abcdef01234567\", \"files\"]}}}",
        )]),
    ],
    check: Check::File(check),
};

fn check(rule: &Rule, view: &FileView<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for server in super::servers(view) {
        let arguments: Vec<&Node> = server.entry.get("args").into_iter().flat_map(super::items).collect();
        for argument in arguments.iter().filter(|argument| argument.text().is_some_and(is_unpinned)) {
            let message = "whatever is newest in this git repository is installed and run at every start";
            let help = "name a commit with all its 40 digits: `@COMMIT` after the address, `#COMMIT` for npm";
            found.push(rule.finding(view.at(argument.span), message).with_help(help));
        }
        let command = server.entry.get("command").and_then(Node::text).unwrap_or("");
        let words: Vec<&str> = arguments.iter().filter_map(|argument| argument.text()).flat_map(str::split_whitespace).collect();
        if let Some(package) = behind(command, &words) {
            let message = format!("`{}` is installed in whatever version is newest, at every start", super::shown(package));
            let place = arguments.iter().find(|argument| argument.text().is_some_and(|text| text.contains(package)));
            let place = place.map_or(server.key.span, |argument| argument.span);
            found.push(rule.finding(view.at(place), message).with_help("name a version: `package@1.2.3`, for uvx `package==1.2.3`"));
        }
    }
    found
}

/// The package without a version that a shell or deno starts.
fn behind<'w>(command: &str, words: &[&'w str]) -> Option<&'w str> {
    let program = command.rsplit(['/', '\\']).next().unwrap_or("").trim_end_matches(".exe");
    if program == "deno" {
        let package = words.iter().find_map(|word| word.strip_prefix("npm:").or_else(|| word.strip_prefix("jsr:")))?;
        return (!has_version(package)).then_some(package);
    }
    if !matches!(program, "cmd" | "sh" | "bash" | "zsh" | "env") {
        return None;
    }
    let start = words.iter().position(|word| matches!(word.trim_end_matches(".cmd"), "npx" | "uvx" | "bunx" | "pnpx"))?;
    let package = words.get(start + 1..)?.iter().find(|word| !word.starts_with('-'))?;
    let local = package.starts_with(['.', '/', '$']) || package.contains("://");
    (!local && !has_version(package)).then_some(package)
}

/// `package@1.2.3`, `@scope/package@1.2`, `package==1.2`.
fn has_version(package: &str) -> bool {
    let after = package.rsplit_once("==").or_else(|| package.trim_start_matches('@').rsplit_once('@')).map(|(_, version)| version);
    after.is_some_and(|version| version.starts_with(|c: char| c.is_ascii_digit()))
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
