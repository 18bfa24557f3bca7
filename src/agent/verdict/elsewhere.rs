//! What clients do with MCP servers that stand among other settings: Codex, Gemini CLI, `OpenCode`; and Kiro.

use super::entry::{Fault, judge_all};
use super::{Bench, Outcome, Reader, shown};
use crate::agent::view::{Node, Shape, Value, shape};
use crate::base::Client;

const CODEX: &str = "openai/codex@00b17c26 codex-rs/config/src/mcp_types.rs";
const CODEX_NAMES: &str = "openai/codex codex-rs/codex-mcp/src/rmcp_client.rs";
const GEMINI: &str = "google-gemini/gemini-cli packages/core/src/tools/mcp-client.ts";
const OPENCODE: &str =
    "https://opencode.ai/docs/mcp-servers; sst/opencode packages/opencode/src/config/config.ts";

/// The servers of one client's settings.
pub(super) fn judge(client: Client, root: &Node, bench: &mut Bench) {
    match client {
        Client::Codex => codex(root, bench),
        Client::GeminiCli => gemini(root, bench),
        Client::OpenCode => opencode(root, bench),
        _ => {}
    }
}

fn wrong_wrapper(root: &Node, key: &str, client: Client, source: &'static str, bench: &mut Bench) {
    if let Some(servers) = root.get(key).filter(|servers| shape(servers) != Shape::Map) {
        let why = format!("`{key}` is {} where a mapping belongs", shape(servers).words());
        bench.say((Reader::Client(client), Outcome::Rejected), "wrapper", why, Some(servers.span), source);
    }
}

/// The first key of a mapping or list that is no text.
fn no_text<'n>(entry: &'n Node, key: &str) -> Option<(String, &'n Node)> {
    let value = entry.get(key)?;
    match &value.value {
        Value::Mapping(pairs) => pairs
            .iter()
            .find(|(_, value)| shape(value) != Shape::Text)
            .map(|(name, value)| (format!("{key}.{}", shown(name.text().unwrap_or(""))), value)),
        Value::Sequence(items) => items
            .iter()
            .find(|item| shape(item) != Shape::Text)
            .map(|item| (format!("an item of {key}"), item)),
        _ => None,
    }
}

/// One server that its types do not take ends the whole of `config.toml`: each is read into a struct.
fn codex(root: &Node, bench: &mut Bench) {
    let me = Reader::Client(Client::Codex);
    wrong_wrapper(root, "mcp_servers", Client::Codex, CODEX, bench);
    for (other, _) in root.pairs() {
        if let Some(name) =
            other.text().filter(|name| matches!(*name, "mcpServers" | "mcpservers" | "mcp-servers"))
        {
            let why = format!("`{name}` is no key it knows, its servers stand under `mcp_servers`");
            bench.say((me, Outcome::LoadsWithChanges), "other servers", why, Some(other.span), CODEX);
            bench.advise(format!("rename `{name}` to `mcp_servers`"));
        }
    }
    let Some(servers) = root.get("mcp_servers").filter(|servers| shape(servers) == Shape::Map) else {
        return;
    };
    for (key, entry) in servers.pairs() {
        let name = key.text().unwrap_or("");
        if let Some(fault) = of_codex(entry) {
            let why = format!("the server `{}` ends the whole file: {}", shown(name), fault.why);
            bench.say((me, Outcome::Rejected), "server", why, fault.span.or(Some(key.span)), fault.source);
            if let Some(help) = fault.help {
                bench.advise(help);
            }
        } else if name.is_empty()
            || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        {
            let why = format!(
                "the server `{}` is left out: its name has characters other than letters, digits, `-` and `_`",
                shown(name)
            );
            bench.say((me, Outcome::LoadsWithChanges), "server", why, Some(key.span), CODEX_NAMES);
            bench.advise("rename the server");
        }
    }
}

fn of_codex(entry: &Node) -> Option<Fault> {
    if shape(entry) != Shape::Map {
        let why = format!("it is {} where a table belongs", shape(entry).words());
        return Some(Fault::new(why, Some(entry.span), CODEX));
    }
    for key in ["command", "url", "cwd", "bearer_token_env_var"] {
        if let Some(value) = entry.get(key).filter(|value| shape(value) != Shape::Text) {
            return Some(Fault::shape(key, value, "a text", CODEX));
        }
    }
    for (key, wanted, words) in [
        ("args", Shape::List, "a list"),
        ("enabled_tools", Shape::List, "a list"),
        ("disabled_tools", Shape::List, "a list"),
        ("env", Shape::Map, "a table"),
        ("http_headers", Shape::Map, "a table"),
        ("env_http_headers", Shape::Map, "a table"),
        ("enabled", Shape::Bool, "true or false"),
        ("required", Shape::Bool, "true or false"),
        ("startup_timeout_sec", Shape::Number, "a number"),
        ("tool_timeout_sec", Shape::Number, "a number"),
    ] {
        if let Some(value) = entry.get(key).filter(|value| shape(value) != wanted) {
            return Some(Fault::shape(key, value, words, CODEX));
        }
        if let Some((what, value)) = no_text(entry, key) {
            return Some(Fault::shape(&what, value, "a text", CODEX).help("put the value in quotes"));
        }
    }
    let (command, url) = (entry.get("command"), entry.get("url"));
    let (transport, refused): (_, &[&str]) = match (command, url) {
        (None, None) => {
            return Some(Fault::new("it has neither a `command` nor a `url`", Some(entry.span), CODEX));
        }
        (Some(_), _) => {
            ("command", &["url", "bearer_token_env_var", "bearer_token", "http_headers", "env_http_headers"])
        }
        (None, Some(_)) => ("url", &["args", "env", "env_vars", "cwd", "bearer_token"]),
    };
    let beside = entry.pairs().iter().find(|(key, _)| key.text().is_some_and(|key| refused.contains(&key)));
    beside.map(|(key, _)| {
        let name = shown(key.text().unwrap_or(""));
        Fault::new(format!("`{name}` may not stand beside `{transport}`"), Some(key.span), CODEX)
            .help(format!("take out `{name}` or `{transport}`"))
    })
}

fn gemini(root: &Node, bench: &mut Bench) {
    wrong_wrapper(root, "mcpServers", Client::GeminiCli, GEMINI, bench);
    let Some(servers) = root.get("mcpServers") else { return };
    judge_all(servers, Reader::Client(Client::GeminiCli), bench, |_, _, entry, _| {
        if shape(entry) != Shape::Map {
            let why = format!("it is {} where an object belongs", shape(entry).words());
            return Some(Fault::new(why, Some(entry.span), GEMINI));
        }
        let named = ["command", "url", "httpUrl", "tcp"].iter().any(|key| entry.get(key).is_some());
        if !named && entry.get("type").and_then(Node::text) != Some("sdk") {
            let why = "it has none of `command`, `url` and `httpUrl`";
            return Some(Fault::new(why, Some(entry.span), GEMINI));
        }
        // Its settings are checked against a schema, and a fault is a warning; what becomes of the server is not said.
        let text = ["command", "url", "httpUrl", "cwd"].into_iter();
        let wrong = text
            .filter_map(|key| Some((key.to_owned(), entry.get(key)?, Shape::Text, "a text")))
            .chain(
                ["env", "headers"]
                    .into_iter()
                    .filter_map(|key| Some((key.to_owned(), entry.get(key)?, Shape::Map, "an object"))),
            )
            .chain(entry.get("args").map(|args| ("args".to_owned(), args, Shape::List, "a list")))
            .find(|(_, value, wanted, _)| shape(value) != *wanted)
            .map(|(key, value, _, words)| (key, value, words))
            .or_else(|| {
                ["args", "env", "headers"]
                    .into_iter()
                    .find_map(|key| no_text(entry, key))
                    .map(|(key, value)| (key, value, "a text"))
            });
        wrong.map(|(key, value, words)| {
            let fault = Fault::shape(&key, value, words, GEMINI).help(format!("write {words}"));
            Fault { unknown: true, ..fault }
        })
    });
}

/// Servers of `OpenCode` version 1: `type` is `local` or `remote`, and a file that its schema refuses ends the start.
fn opencode(root: &Node, bench: &mut Bench) {
    let Some(servers) = root.get("mcp").filter(|servers| shape(servers) == Shape::Map) else { return };
    // Version 2 has a level more.
    if servers.get("servers").is_some_and(|servers| servers.get("type").is_none()) {
        return;
    }
    for (key, entry) in servers.pairs() {
        if let Some(fault) = of_opencode(entry) {
            let name = shown(key.text().unwrap_or(""));
            let why = format!("the server `{name}` ends the whole file: {}", fault.why);
            let who = (Reader::Client(Client::OpenCode), Outcome::Rejected);
            bench.say(who, "server", why, fault.span.or(Some(key.span)), fault.source);
        }
    }
}

fn of_opencode(entry: &Node) -> Option<Fault> {
    if shape(entry) != Shape::Map {
        let why = format!("it is {} where an object belongs", shape(entry).words());
        return Some(Fault::new(why, Some(entry.span), OPENCODE));
    }
    match entry.get("type").map(|kind| (kind.text(), kind.span)) {
        Some((Some("local"), span)) => match entry.get("command") {
            None => Some(Fault::new("`type` is `local` and there is no `command`", Some(span), OPENCODE)),
            Some(command) if shape(command) != Shape::List => {
                Some(Fault::shape("command", command, "a list of texts", OPENCODE))
            }
            Some(_) => no_text(entry, "command")
                .or_else(|| no_text(entry, "environment"))
                .map(|(key, value)| Fault::shape(&key, value, "a text", OPENCODE)),
        },
        Some((Some("remote"), span)) => match entry.get("url") {
            None => Some(Fault::new("`type` is `remote` and there is no `url`", Some(span), OPENCODE)),
            Some(url) if shape(url) != Shape::Text => Some(Fault::shape("url", url, "a text", OPENCODE)),
            Some(_) => {
                no_text(entry, "headers").map(|(key, value)| Fault::shape(&key, value, "a text", OPENCODE))
            }
        },
        Some((_, span)) => Some(Fault::new("`type` is neither `local` nor `remote`", Some(span), OPENCODE)),
        // `{"enabled": false}` switches off a server of another file.
        None if entry.pairs().len() == 1 && entry.get("enabled").is_some() => None,
        None => Some(Fault::new("it has no `type`", Some(entry.span), OPENCODE)),
    }
}

/// Kiro's page lists the keys; its older command line refuses the whole file for one of the wrong type.
pub(super) fn of_kiro(entry: &Node, source: &'static str) -> Option<Fault> {
    if shape(entry) != Shape::Map {
        let why = format!("it is {} where an object belongs", shape(entry).words());
        return Some(Fault::new(why, Some(entry.span), source));
    }
    if entry.get("disabled").is_some_and(Node::is_true) {
        return None;
    }
    let (command, url) = (entry.get("command"), entry.get("url"));
    for (key, value) in [("command", command), ("url", url)] {
        if let Some(value) = value.filter(|value| shape(value) != Shape::Text) {
            return Some(Fault::shape(key, value, "a text", source));
        }
    }
    (command.is_none() && url.is_none())
        .then(|| Fault::new("it has neither a `command` nor a `url`", Some(entry.span), source))
}
