//! What clients do with lists of MCP servers: each reads a shape of its own, and leaves out entries it does not like.

use super::{Bench, Outcome, Reader, shown};
use crate::agent::view::{Data, FileView, Node, Shape, shape};
use crate::base::{Client, Span};

const CLAUDE: &str = "https://code.claude.com/docs/en/mcp";
const ONE_KILLS_ALL: &str =
    "https://code.claude.com/docs/en/mcp; https://github.com/anthropics/claude-code/issues/39039";
const CURSOR: &str = "https://cursor.com/docs/context/mcp";
const VS_CODE: &str = "https://code.visualstudio.com/docs/copilot/reference/mcp-configuration";

/// Names that Claude Code keeps for servers of its own.
pub const RESERVED: [&str; 5] =
    ["workspace", "claude-in-chrome", "computer-use", "Claude Preview", "Claude Browser"];

/// Servers of one file that are looked at.
const MAX_SERVERS: usize = 100;

/// The client whose file it is; `None` for recorded and foreign shapes.
fn client(view: &FileView<'_>) -> Option<(Client, &'static str, &'static str)> {
    let path = view.path.as_str();
    let is = |name: &str| path == name || path.ends_with(&format!("/{name}"));
    if is(".vscode/mcp.json") {
        Some((Client::Copilot, "servers", VS_CODE))
    } else if is(".cursor/mcp.json") {
        Some((Client::Cursor, "mcpServers", CURSOR))
    } else if is(".mcp.json") {
        Some((Client::ClaudeCode, "mcpServers", CLAUDE))
    } else {
        None
    }
}

pub(super) fn judge(view: &FileView<'_>, bench: &mut Bench) {
    let Some((client, key, source)) = client(view) else { return };
    let me = Reader::Client(client);
    if view.text.starts_with('\u{feff}') {
        let why = "whether JSON behind a byte-order mark is read is not documented";
        bench.say((me, Outcome::Unknown), "header", why, Some(Span::at(1, 1)), source);
    }
    let root = match view.data() {
        Data::None => return,
        Data::Broken(error) => {
            let span = Some(Span::at(error.at.line, error.at.column));
            return bench.say((me, Outcome::Rejected), "header", "it is no JSON", span, source);
        }
        Data::Read(_, Some(error)) if client == Client::ClaudeCode => {
            let span = Some(Span::at(error.at.line, error.at.column));
            let why = "it has comments or trailing commas, which are no JSON";
            return bench.say((me, Outcome::Rejected), "header", why, span, source);
        }
        Data::Read(root, _) => root,
    };
    if shape(root) != Shape::Map {
        return bench.say((me, Outcome::Rejected), "header", "it is no JSON object", Some(root.span), source);
    }
    let Some(servers) = root.get(key) else {
        // A plugin's file may leave the wrapper out.
        let bare = looks_bare(root);
        if view.plugin && bare && client == Client::ClaudeCode {
            return entries(root, view, client, source, bench);
        }
        let other = if key == "servers" { "mcpServers" } else { "servers" };
        let why = match (root.get(other).is_some(), bare) {
            (true, _) => format!("its servers stand under `{other}`, and it looks for `{key}`"),
            (false, true) => format!("its servers stand at the top, and it looks for `{key}`"),
            (false, false) => format!("it has no `{key}`"),
        };
        let outcome =
            if key == "servers" || root.get(other).is_some() { Outcome::Skipped } else { Outcome::Rejected };
        return bench.say(
            (me, outcome),
            "wrapper",
            why,
            Some(Span::at(root.span.start.line, root.span.start.column)),
            source,
        );
    };
    if shape(servers) != Shape::Map {
        let why = format!("`{key}` is {} where an object belongs", shape(servers).words());
        return bench.say((me, Outcome::Rejected), "wrapper", why, Some(servers.span), source);
    }
    entries(servers, view, client, source, bench);
}

/// True when the file's own keys are servers.
fn looks_bare(root: &Node) -> bool {
    root.pairs().iter().any(|(_, value)| value.get("command").is_some() || value.get("url").is_some())
}

fn entries(servers: &Node, view: &FileView<'_>, client: Client, source: &'static str, bench: &mut Bench) {
    let me = Reader::Client(client);
    let mut lost = 0;
    for (key, entry) in servers.pairs().iter().take(MAX_SERVERS) {
        let name = shown(key.text().unwrap_or(""));
        if let Some((why, span, source)) = fault(&name, entry, client, view.plugin, source) {
            lost += 1;
            let why = format!("the server `{name}` is left out: {why}");
            bench.say((me, Outcome::LoadsWithChanges), "server", why, Some(span.unwrap_or(key.span)), source);
            continue;
        }
        if client == Client::ClaudeCode {
            of_claude(&name, key, entry, bench);
        }
    }
    // Nothing of the file is left.
    if lost > 0 && lost == servers.pairs().len() {
        for ruling in bench.found.iter_mut().filter(|ruling| ruling.about == "server" && ruling.reader == me)
        {
            ruling.outcome = Outcome::Skipped;
        }
    }
}

/// What of a server that is kept counts for nothing.
fn of_claude(name: &str, key: &Node, entry: &Node, bench: &mut Bench) {
    let me = Reader::Client(Client::ClaudeCode);
    if !name.is_empty() && !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
        let why = format!(
            "the name `{name}` has characters other than letters, digits, `-` and `_`, which it does not promise to take"
        );
        bench.say((me, Outcome::Unknown), "server name", why, Some(key.span), CLAUDE);
    }
    if let Some(timeout) = entry.get("timeout") {
        let value = timeout.text().and_then(|text| text.parse::<f64>().ok());
        if shape(timeout) == Shape::Number && value.is_some_and(|value| value < 1000.0) {
            let why = format!("`timeout` of `{name}` is under 1,000 ms and ignored");
            bench.say((me, Outcome::LoadsWithChanges), "timeout", why, Some(timeout.span), CLAUDE);
        }
    }
    if let Some(always) = entry.get("alwaysLoad").filter(|value| shape(value) != Shape::Bool) {
        let why = format!("`alwaysLoad` of `{name}` is neither true nor false");
        bench.say((me, Outcome::LoadsWithChanges), "alwaysLoad", why, Some(always.span), CLAUDE);
    }
    if let Some(oauth) = entry.get("oauth").filter(|_| entry.get("type").and_then(Node::text) == Some("ws")) {
        let why = format!("`oauth` of `{name}` does not count with `ws`");
        bench.say((me, Outcome::LoadsWithChanges), "oauth", why, Some(oauth.span), CLAUDE);
    }
}

/// Why Claude Code leaves out a server that a sub-agent configures itself.
pub(super) fn inline_fault(name: &str, entry: &Node) -> Option<(String, Span)> {
    let (why, span, _) = fault(name, entry, Client::ClaudeCode, false, CLAUDE)?;
    Some((why, span.unwrap_or(entry.span)))
}

type Fault = (String, Option<Span>, &'static str);

/// Why a server is left out.
fn fault(name: &str, entry: &Node, client: Client, plugin: bool, source: &'static str) -> Option<Fault> {
    let claude = client == Client::ClaudeCode;
    let schema = if claude { ONE_KILLS_ALL } else { source };
    if claude && !plugin && RESERVED.contains(&name) {
        return Some(("the name is reserved".to_owned(), None, source));
    }
    if shape(entry) != Shape::Map {
        return Some((
            format!("it is {} where an object belongs", shape(entry).words()),
            Some(entry.span),
            schema,
        ));
    }
    let (command, url, kind) = (entry.get("command"), entry.get("url"), entry.get("type"));
    if let Some(kind) = kind {
        let known = ["stdio", "http", "sse", "ws", "streamable-http"];
        let text = kind.text().filter(|_| shape(kind) == Shape::Text).unwrap_or("");
        if !known.contains(&text) {
            return Some((format!("`type` is not one of {}", known.join(", ")), Some(kind.span), schema));
        }
        let (needs, value) = if text == "stdio" { ("command", command) } else { ("url", url) };
        if value.is_none() {
            return Some((format!("`type` is `{text}` and there is no `{needs}`"), Some(kind.span), schema));
        }
    } else if command.is_none() {
        match url {
            Some(url) if claude => {
                return Some(("it has a `url` and no `type`".to_owned(), Some(url.span), source));
            }
            Some(_) => {}
            None => {
                return Some(("it has neither a `command` nor a `url`".to_owned(), Some(entry.span), schema));
            }
        }
    }
    for (key, value) in [("command", command), ("url", url)] {
        let Some(value) = value else { continue };
        if shape(value) != Shape::Text {
            return Some((
                format!("`{key}` is {} where a text belongs", shape(value).words()),
                Some(value.span),
                schema,
            ));
        }
        if value.text().is_some_and(|text| text.trim().is_empty()) {
            return Some((format!("`{key}` is empty"), Some(value.span), schema));
        }
    }
    if let Some(args) = entry.get("args") {
        let crate::config::yaml::Value::Sequence(items) = &args.value else {
            return Some((
                format!("`args` is {} where a list belongs", shape(args).words()),
                Some(args.span),
                schema,
            ));
        };
        if let Some(bad) = items.iter().find(|item| shape(item) != Shape::Text) {
            return Some((
                format!("an argument is {} where a text belongs", shape(bad).words()),
                Some(bad.span),
                schema,
            ));
        }
    }
    for key in ["env", "headers"] {
        let Some(map) = entry.get(key) else { continue };
        if shape(map) != Shape::Map {
            return Some((
                format!("`{key}` is {} where an object belongs", shape(map).words()),
                Some(map.span),
                schema,
            ));
        }
        if let Some((variable, value)) = map.pairs().iter().find(|(_, value)| shape(value) != Shape::Text) {
            // VS Code and Cursor write numbers and null themselves.
            if claude {
                let variable = shown(variable.text().unwrap_or(""));
                let why = format!("`{key}.{variable}` is {} where a text belongs", shape(value).words());
                return Some((why, Some(value.span), schema));
            }
        }
    }
    entry
        .get("timeout")
        .filter(|timeout| claude && shape(timeout) != Shape::Number)
        .map(|timeout| ("`timeout` is no number".to_owned(), Some(timeout.span), schema))
}
