//! What a client does with one MCP server of a list: Claude Code, VS Code, Cursor and Kiro.

use super::{Bench, Outcome, Reader, shown};
use crate::agent::view::{Node, Shape, Value, shape};
use crate::base::{Client, Span};
use std::collections::BTreeMap;

const CLAUDE: &str = "https://code.claude.com/docs/en/mcp";
const ONE_KILLS_ALL: &str =
    "https://code.claude.com/docs/en/mcp; https://github.com/anthropics/claude-code/issues/39039";
const CURSOR: &str = "https://cursor.com/docs/context/mcp";
const VS_CODE: &str = "https://code.visualstudio.com/docs/copilot/reference/mcp-configuration; microsoft/vscode@0b37532c src/vs/workbench/contrib/mcp/common/mcpConfiguration.ts";
const KIRO: &str = "https://kiro.dev/docs/mcp/configuration";

/// Names that Claude Code keeps for servers of its own.
pub const RESERVED: [&str; 5] =
    ["workspace", "claude-in-chrome", "computer-use", "Claude Preview", "Claude Browser"];

/// Keys of a server that Claude Code documents.
const CLAUDE_KEYS: [&str; 10] =
    ["type", "command", "args", "env", "url", "headers", "headersHelper", "oauth", "timeout", "alwaysLoad"];
/// Servers of one file that are looked at; larger files are refused before.
const MAX_SERVERS: usize = 500;

/// How one client writes servers.
pub(super) struct Dialect {
    pub(super) client: Client,
    /// The key under which they stand.
    pub(super) key: &'static str,
    pub(super) source: &'static str,
    /// What `type` may be.
    types: &'static [&'static str],
}

impl Dialect {
    /// That of a client with a file for servers alone.
    pub(super) fn of(client: Client) -> Option<Self> {
        Some(match client {
            Client::ClaudeCode => Self {
                client,
                key: "mcpServers",
                source: CLAUDE,
                types: &["stdio", "http", "sse", "ws", "streamable-http"],
            },
            Client::Copilot => {
                Self { client, key: "servers", source: VS_CODE, types: &["stdio", "http", "sse"] }
            }
            Client::Cursor => Self {
                client,
                key: "mcpServers",
                source: CURSOR,
                types: &["stdio", "http", "sse", "streamable-http"],
            },
            Client::Kiro => Self { client, key: "mcpServers", source: KIRO, types: &[] },
            _ => return None,
        })
    }

    /// The source for entries of the wrong shape.
    const fn schema(&self) -> &'static str {
        if matches!(self.client, Client::ClaudeCode) { ONE_KILLS_ALL } else { self.source }
    }
}

/// Why a server is left out, or may be.
pub(super) struct Fault {
    pub(super) why: String,
    pub(super) span: Option<Span>,
    pub(super) source: &'static str,
    pub(super) help: Option<String>,
    /// Nobody says what becomes of the server.
    pub(super) unknown: bool,
}

impl Fault {
    pub(super) fn new(why: impl Into<String>, span: Option<Span>, source: &'static str) -> Self {
        Self { why: why.into(), span, source, help: None, unknown: false }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// `key` is a list where a text belongs.
    pub(super) fn shape(key: &str, value: &Node, wanted: &str, source: &'static str) -> Self {
        Self::new(
            format!("`{key}` is {} where {wanted} belongs", shape(value).words()),
            Some(value.span),
            source,
        )
    }
}

/// Says of each server what becomes of it. The last of one name counts.
pub(super) fn entries(servers: &Node, plugin: bool, dialect: &Dialect, bench: &mut Bench) {
    judge_all(servers, Reader::Client(dialect.client), bench, |name, key, entry, bench| {
        let fault = fault(name, entry, dialect, plugin);
        if fault.is_none() {
            kept(&shown(name), key, entry, dialect, bench);
        }
        fault
    });
}

/// The rulings on the servers of a list by one client, whose `judge` says why it leaves one out.
pub(super) fn judge_all(
    servers: &Node,
    me: Reader,
    bench: &mut Bench,
    judge: impl Fn(&str, &Node, &Node, &mut Bench) -> Option<Fault>,
) {
    let last: BTreeMap<&str, &(Node, Node)> =
        servers.pairs().iter().map(|pair| (pair.0.text().unwrap_or(""), pair)).collect();
    let mut lost = 0;
    for (name, (key, entry)) in last.iter().take(MAX_SERVERS) {
        let Some(fault) = judge(name, key, entry, bench) else { continue };
        let at = Some(fault.span.unwrap_or(key.span));
        if fault.unknown {
            let why = format!("the server `{}`: {}", shown(name), fault.why);
            bench.say((me, Outcome::Unknown), "server type", why, at, fault.source);
        } else {
            lost += 1;
            let why = format!("the server `{}` is left out: {}", shown(name), fault.why);
            bench.say((me, Outcome::LoadsWithChanges), "server", why, at, fault.source);
        }
        if let Some(help) = fault.help {
            bench.advise(help);
        }
    }
    // Nothing of the file is left.
    if lost > 0 && lost == last.len() {
        for ruling in bench.found.iter_mut().filter(|ruling| ruling.about == "server" && ruling.reader == me)
        {
            ruling.outcome = Outcome::Skipped;
        }
    }
}

/// What of a server that is kept counts for nothing.
fn kept(name: &str, key: &Node, entry: &Node, dialect: &Dialect, bench: &mut Bench) {
    let me = Reader::Client(dialect.client);
    let kind = entry.get("type").and_then(Node::text);
    if let Some(url) = entry.get("url").filter(|url| kind != Some("stdio") && is_no_address(url, kind)) {
        let why =
            format!("`url` of `{name}` is no address of http or https, so there is nothing to connect to");
        bench.say((me, Outcome::Unknown), "url", why, Some(url.span), dialect.source);
        bench.advise("write the whole address, with `https://` before it");
    }
    if dialect.client == Client::ClaudeCode {
        of_claude(name, key, entry, bench);
    }
}

/// True for a text that is neither an address nor one with variables.
fn is_no_address(url: &Node, kind: Option<&str>) -> bool {
    let text = url.text().unwrap_or("").to_ascii_lowercase();
    let schemes: &[&str] = if kind == Some("ws") {
        &["ws://", "wss://", "http://", "https://"]
    } else {
        &["http://", "https://"]
    };
    !text.contains('$') && !schemes.iter().any(|scheme| text.starts_with(scheme))
}

fn of_claude(name: &str, key: &Node, entry: &Node, bench: &mut Bench) {
    let me = Reader::Client(Client::ClaudeCode);
    let changed = Outcome::LoadsWithChanges;
    let whole = key.text().unwrap_or("");
    if whole.is_empty() || !whole.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
        let why = format!(
            "the name `{name}` has characters other than letters, digits, `-` and `_`, which it does not promise to take"
        );
        bench.say((me, Outcome::Unknown), "server name", why, Some(key.span), CLAUDE);
    }
    if let Some(timeout) = entry.get("timeout") {
        let value = timeout.text().and_then(|text| text.parse::<f64>().ok());
        if shape(timeout) == Shape::Number && value.is_some_and(|value| value < 1000.0) {
            let why = format!("`timeout` of `{name}` is under 1,000 ms and ignored");
            bench.say((me, changed), "timeout", why, Some(timeout.span), CLAUDE);
        }
    }
    if let Some(always) = entry.get("alwaysLoad").filter(|value| shape(value) != Shape::Bool) {
        let why = format!("`alwaysLoad` of `{name}` is neither true nor false");
        bench.say((me, changed), "alwaysLoad", why, Some(always.span), CLAUDE);
    }
    if let Some(oauth) = entry.get("oauth").filter(|_| entry.get("type").and_then(Node::text) == Some("ws")) {
        let why = format!("`oauth` of `{name}` does not count with `ws`");
        bench.say((me, changed), "oauth", why, Some(oauth.span), CLAUDE);
    }
    for (other, value) in entry.pairs() {
        let Some(text) = other.text().filter(|text| !CLAUDE_KEYS.contains(text)) else { continue };
        // Remarks.
        if text.starts_with(['_', '$', '/', '#']) || matches!(text, "description" | "comment" | "name") {
            continue;
        }
        let why = format!("`{}` of `{name}` is no key it documents", shown(text));
        let off = text == "disabled" && value.is_true();
        bench.say((me, changed), if off { "disabled" } else { "server keys" }, why, Some(other.span), CLAUDE);
        if off {
            bench.advise("the server starts all the same; take it out, or name it under `disabledMcpjsonServers` in .claude/settings.json");
        }
    }
}

/// Why Claude Code leaves out a server that a sub-agent configures itself.
pub(super) fn inline_fault(name: &str, entry: &Node) -> Option<Fault> {
    fault(name, entry, &Dialect::of(Client::ClaudeCode)?, false)
}

/// Why a server is left out.
fn fault(name: &str, entry: &Node, dialect: &Dialect, plugin: bool) -> Option<Fault> {
    let claude = dialect.client == Client::ClaudeCode;
    let schema = dialect.schema();
    if dialect.client == Client::Kiro {
        return super::elsewhere::of_kiro(entry, KIRO);
    }
    if claude && !plugin && RESERVED.contains(&name) {
        return Some(Fault::new("the name is reserved", None, dialect.source).help("give it another name"));
    }
    if shape(entry) != Shape::Map {
        let why = format!("it is {} where an object belongs", shape(entry).words());
        return Some(Fault::new(why, Some(entry.span), schema));
    }
    of_type(entry, dialect).or_else(|| of_values(entry, dialect))
}

/// The type of a server and the key that it needs.
fn of_type(entry: &Node, dialect: &Dialect) -> Option<Fault> {
    let claude = dialect.client == Client::ClaudeCode;
    let schema = dialect.schema();
    let (command, url, kind) = (entry.get("command"), entry.get("url"), entry.get("type"));
    let renamed =
        ["serverUrl", "httpUrl", "uri", "endpoint"].into_iter().find(|key| entry.get(key).is_some());
    let rename = |fault: Fault| match renamed {
        Some(key) => fault.help(format!(
            "rename `{key}` to `url`{}",
            if claude { ", with \"type\": \"http\" beside it" } else { "" }
        )),
        None => fault,
    };
    let Some(kind) = kind else {
        return match (command, url) {
            (None, Some(url)) if claude => {
                let fault = Fault::new("it has a `url` and no `type`", Some(url.span), dialect.source);
                Some(fault.help("add \"type\": \"http\" (or \"sse\", \"ws\") beside the `url`"))
            }
            (None, None) => {
                let why = "it has neither a `command` nor a `url`";
                Some(rename(Fault::new(why, Some(entry.span), schema)))
            }
            _ => None,
        };
    };
    let text = kind.text().filter(|_| shape(kind) == Shape::Text).unwrap_or("");
    if !dialect.types.contains(&text) {
        let why = format!("`type` is not one of {}", dialect.types.join(", "));
        let plain = text.to_ascii_lowercase().replace(['_', '-'], "");
        let meant = match plain.as_str() {
            "streamablehttp" | "http" | "https" | "remote" => "http",
            "stdio" | "local" | "command" => "stdio",
            "sse" => "sse",
            _ => "",
        };
        let mut fault = Fault::new(why, Some(kind.span), schema);
        if !meant.is_empty() {
            fault = fault.help(format!("write \"type\": \"{meant}\""));
        }
        // Its page shows servers with a `url` and no `type`.
        if fault.help.is_none() {
            let cursor = dialect.client == Client::Cursor;
            fault = fault.help(if cursor {
                "take `type` out, or write one that is documented"
            } else {
                "write the one that the server speaks"
            });
        }
        fault.unknown = dialect.client == Client::Cursor && (url.is_some() || command.is_some());
        return Some(fault);
    }
    let (needs, value) = if text == "stdio" { ("command", command) } else { ("url", url) };
    value.is_none().then(|| {
        rename(Fault::new(format!("`type` is `{text}` and there is no `{needs}`"), Some(kind.span), schema))
    })
}

/// The shapes of the other keys.
fn of_values(entry: &Node, dialect: &Dialect) -> Option<Fault> {
    let claude = dialect.client == Client::ClaudeCode;
    let schema = dialect.schema();
    for key in ["command", "url"] {
        let Some(value) = entry.get(key) else { continue };
        if shape(value) != Shape::Text {
            return Some(Fault::shape(key, value, "a text", schema));
        }
        if value.text().is_some_and(|text| text.trim().is_empty()) {
            return Some(Fault::new(format!("`{key}` is empty"), Some(value.span), schema));
        }
    }
    if let Some(args) = entry.get("args") {
        let Value::Sequence(items) = &args.value else {
            return Some(
                Fault::shape("args", args, "a list", schema)
                    .help("write \"args\": [...], a text for each argument"),
            );
        };
        if let Some(bad) = items.iter().find(|item| shape(item) != Shape::Text) {
            let why = format!("an argument is {} where a text belongs", shape(bad).words());
            return Some(Fault::new(why, Some(bad.span), schema).help("put the argument in quotes"));
        }
    }
    for key in ["env", "headers"] {
        let Some(map) = entry.get(key) else { continue };
        if shape(map) != Shape::Map {
            return Some(Fault::shape(key, map, "an object", schema));
        }
        let bad = map.pairs().iter().find(|(_, value)| shape(value) != Shape::Text);
        // VS Code and Cursor write numbers and null themselves.
        if let Some((variable, value)) = bad.filter(|_| claude) {
            let variable = format!("{key}.{}", shown(variable.text().unwrap_or("")));
            return Some(Fault::shape(&variable, value, "a text", schema).help("put the value in quotes"));
        }
    }
    if !claude {
        return None;
    }
    if let Some(oauth) = entry.get("oauth").filter(|oauth| shape(oauth) != Shape::Map) {
        return Some(Fault::shape("oauth", oauth, "an object", schema));
    }
    let timeout = entry.get("timeout").filter(|timeout| shape(timeout) != Shape::Number);
    timeout.map(|timeout| Fault::new("`timeout` is no number", Some(timeout.span), schema))
}
