//! A variable in the configuration of an MCP server that the client does not fill in: the server gets the text itself.
//!
//! Claude Code knows `${VAR}` and `${VAR:-default}`, Cursor and VS Code know `${env:VAR}`; none knows `$VAR`.

use super::{Check, Example, Rule};
use crate::agent::FileView;
use crate::agent::view::Node;
use crate::base::{Client, Finding, Severity};
use regex::Regex;
use std::sync::LazyLock;

pub(super) static RULE: Rule = Rule {
    id: "unexpanded-variable",
    summary: "The client does not fill in a variable written like this",
    severity: Severity::Warning,
    source: "https://code.claude.com/docs/en/mcp",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".mcp.json", "{\"mcpServers\": {\"files\": {\"command\": \"files-server\", \"env\": {\"TOKEN\": \"$TOKEN\"}}}}")]),
        Example::bad(&[(".mcp.json", "{\"mcpServers\": {\"files\": {\"command\": \"files-server\", \"env\": {\"TOKEN\": \"${env:TOKEN}\"}}}}")]),
        Example::bad(&[(".cursor/mcp.json", "{\"mcpServers\": {\"files\": {\"command\": \"files-server\", \"env\": {\"TOKEN\": \"${TOKEN}\"}}}}")]),
        Example::good(&[(".mcp.json", "{\"mcpServers\": {\"files\": {\"command\": \"sh\", \"args\": [\"-c\", \"exec files-server $HOME\"], \"env\": {\"TOKEN\": \"${TOKEN}\", \"PRICE\": \"$5\", \"ROOT\": \"${ROOT:-/srv}\"}}}}")]),
        Example::good(&[(".claude-plugin/plugin.json", "{\"name\": \"files\", \"version\": \"1.0.0\", \"description\": \"Files\"}"), (".mcp.json", "{\"mcpServers\": {\"files\": {\"command\": \"files-server\", \"env\": {\"TOKEN\": \"${user_config.token}\"}}}}")]),
        Example::good(&[(".cursor/mcp.json", "{\"mcpServers\": {\"files\": {\"command\": \"files-server\", \"env\": {\"TOKEN\": \"${env:TOKEN}\", \"ROOT\": \"${workspaceFolder}\"}}}}")]),
    ],
    check: Check::File(check),
};

/// `$NAME`, not `$$` and not `${`.
static BARE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?:^|[^A-Za-z0-9$\\])(\$[A-Za-z_][A-Za-z0-9_]*)").ok());
/// `${...}`.
static BRACED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\$\{([^{}]*)\}").ok());

fn check(rule: &Rule, view: &FileView<'_>) -> Vec<Finding> {
    let Some(client) = super::client_of(view.path) else { return Vec::new() };
    let mut found = Vec::new();
    for server in super::servers(view) {
        let shell = server.entry.get("command").and_then(Node::text);
        let shell = shell.is_some_and(|text| matches!(text.rsplit('/').next(), Some("sh" | "bash" | "zsh" | "cmd" | "cmd.exe" | "powershell" | "pwsh")));
        for key in ["command", "args", "env", "url", "headers"] {
            // A shell fills in its own variables.
            if shell && key == "args" {
                continue;
            }
            for text in server.entry.get(key).into_iter().flat_map(super::texts) {
                // Inside a default, variables are filled in in headers alone.
                let nested = |text: &str| client == Client::ClaudeCode && key != "headers" && text.contains(":-${");
                let written = text.text().and_then(|text| wrong(text, client, view.plugin).or_else(|| nested(text).then(|| text.to_owned())));
                if let Some(written) = written {
                    let message = format!("{} does not fill in `{}`; the server gets it as it stands", client.title(), super::shown(&written));
                    found.push(rule.finding(view.at(text.span), message).with_help(help(client)).with_clients([client]));
                }
            }
        }
    }
    found
}

const fn help(client: Client) -> &'static str {
    match client {
        Client::ClaudeCode => "write `${NAME}`, or `${NAME:-default}` where it may be unset",
        Client::Codex => "pass the variable on with `env_vars`, or `bearer_token_env_var` for a header",
        _ => "write `${env:NAME}`",
    }
}

/// The first variable that the client does not know.
fn wrong(text: &str, client: Client, plugin: bool) -> Option<String> {
    let bare = BARE.as_ref()?.captures(text).and_then(|found| Some(found.get(1)?.as_str().to_owned()));
    let braced = BRACED.as_ref()?.captures_iter(text).find_map(|found| {
        let inside = found.get(1)?.as_str();
        let plain = inside.split(":-").next().is_some_and(is_name);
        let known = match client {
            // What the user is asked for when a plugin is switched on.
            Client::ClaudeCode => plain || (plugin && inside.strip_prefix("user_config.").is_some_and(is_name)),
            Client::Codex => false,
            _ => inside.contains(':') || OF_EDITORS.contains(&inside),
        };
        (!known && !inside.is_empty()).then(|| format!("${{{inside}}}"))
    });
    bare.or(braced)
}

/// What Cursor and VS Code fill in besides `${env:NAME}` and their like.
const OF_EDITORS: [&str; 5] = ["workspaceFolder", "workspaceFolderBasename", "userHome", "pathSeparator", "/"];

fn is_name(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && text.starts_with(|c: char| !c.is_ascii_digit())
}
