//! A variable in the configuration of an MCP server that the client does not fill in: the server gets the text itself.
//!
//! Claude Code knows `${VAR}` and `${VAR:-default}`, Cursor and VS Code know `${env:VAR}`; none knows `$VAR`.

use super::{Check, Example, Rule, fixes};
use crate::agent::FileView;
use crate::agent::view::Node;
use crate::base::{Client, Finding, Severity};
use crate::rules::fix::Fix;
use regex::{Captures, Regex};
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
        Example::bad(&[(".vscode/mcp.json", "{\"servers\": {\"files\": {\"command\": \"files-server\", \"env\": {\"TOKEN\": \"${TOKEN:-none}\"}}}}")]),
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

/// Texts of servers with a variable that the client does not fill in, and that variable.
fn unfilled<'a>(view: &'a FileView<'_>, client: Client) -> Vec<(&'a Node, String)> {
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
                found.extend(written.map(|written| (text, written)));
            }
        }
    }
    found
}

fn check(rule: &Rule, view: &FileView<'_>) -> Vec<Finding> {
    let Some(client) = super::client_of(view.path) else { return Vec::new() };
    let of = |(text, written): (&Node, String)| {
        let message = format!("{} does not fill in `{}`; the server gets it as it stands", client.title(), super::shown(&written));
        rule.finding(view.at(text.span), message).with_help(help(client)).with_clients([client])
    };
    unfilled(view, client).into_iter().map(of).collect()
}

/// The same variables as the client writes them.
pub(super) fn fix(rule: &Rule, view: &FileView<'_>) -> Vec<Fix> {
    let Some(client) = super::client_of(view.path).filter(|client| *client != Client::Codex) else { return Vec::new() };
    let fixed = unfilled(view, client).into_iter().filter_map(|(text, _)| {
        let (range, written) = fixes::quoted(view, text.span)?;
        let (next, safe) = rewritten(written, client, view.plugin)?;
        let message = format!("write the variable as {} reads it", client.title());
        Some(fixes::of(rule, text.span.start.line, (range, next), message, safe))
    });
    fixed.collect()
}

/// A text with its variables as the client writes them, and whether nothing else can have been meant; `None` where one of
/// them has no such form.
fn rewritten(text: &str, client: Client, plugin: bool) -> Option<(String, bool)> {
    let own = |name: &str| if client == Client::ClaudeCode { format!("${{{name}}}") } else { format!("${{env:{name}}}") };
    // A variable that is all of the text, in capitals, is one; within a longer text a dollar sign may be what was meant.
    let is_all = |name: &str| {
        let capitals = name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        capitals && (text == format!("${name}") || text == format!("${{{name}}}"))
    };
    let mut safe = true;
    let braced = BRACED.as_ref()?.replace_all(text, |found: &Captures<'_>| {
        let (whole, inside) = (found.get(0).map_or("", |all| all.as_str()), found.get(1).map_or("", |inside| inside.as_str()));
        match inside.strip_prefix("env:") {
            Some(name) if client == Client::ClaudeCode && is_name(name) => own(name),
            None if client != Client::ClaudeCode && is_name(inside) && !OF_EDITORS.contains(&inside) => {
                safe &= is_all(inside);
                own(inside)
            }
            _ => whole.to_owned(),
        }
    });
    let next = BARE.as_ref()?.replace_all(&braced, |found: &Captures<'_>| {
        let (whole, variable) = (found.get(0).map_or("", |all| all.as_str()), found.get(1).map_or("", |name| name.as_str()));
        let name = variable.trim_start_matches('$');
        safe &= is_all(name);
        format!("{}{}", whole.strip_suffix(variable).unwrap_or(""), own(name))
    });
    let nested = client == Client::ClaudeCode && next.contains(":-${");
    (next != text && !nested && wrong(&next, client, plugin).is_none()).then(|| (next.into_owned(), safe))
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
            // A default is what other clients know.
            _ => (inside.contains(':') && !(plain && inside.contains(":-"))) || OF_EDITORS.contains(&inside),
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
