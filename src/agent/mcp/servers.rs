//! The servers that the files of a repository configure, each with the client whose rules hold and its place.

use super::jsonc;
use crate::base::{Client, LineIndex, Place, RepoPath, Span, Tree};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Larger files are not read.
const MAX_BYTES: u64 = 1024 * 1024;
/// More servers of one file are not looked at.
const MAX_SERVERS: usize = 500;

/// The files that are read, and whose rules hold in each.
pub const FILES: [(&str, Client); 4] = [
    (".mcp.json", Client::ClaudeCode),
    (".cursor/mcp.json", Client::Cursor),
    (".vscode/mcp.json", Client::Copilot),
    (".codex/config.toml", Client::Codex),
];

/// A server as a file configures it, nothing filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its name.
    pub name: String,
    /// The client that reads the file.
    pub client: Client,
    /// Where it is configured.
    pub place: Place,
    /// How it is reached, or why it is not.
    pub transport: Result<Transport, String>,
    /// Claude Code sends the schemas of its tools with every call instead of listing their names.
    pub always_load: bool,
}

/// How a server is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A program that is talked to over its standard input and output.
    Stdio {
        /// The program.
        command: String,
        /// Its arguments.
        arguments: Vec<String>,
        /// Variables that it gets.
        environment: BTreeMap<String, String>,
        /// Variables that are passed on under their own name.
        passed: BTreeSet<String>,
        /// The folder it is started in, where it is not the root.
        folder: Option<String>,
    },
    /// A URL.
    Http {
        /// The URL.
        url: String,
        /// Headers of every request.
        headers: BTreeMap<String, String>,
        /// Headers whose value is a variable of the environment.
        header_variables: BTreeMap<String, String>,
    },
}

/// The servers of a revision, in the order of [`FILES`] and of each file, and what is wrong with the files.
pub fn read(tree: &dyn Tree) -> (Vec<Server>, Vec<String>) {
    let (mut servers, mut faults) = (Vec::new(), Vec::new());
    for (name, client) in FILES {
        let Some(path) = RepoPath::new(name).filter(|path| tree.entry(path.as_str()).is_some()) else {
            continue;
        };
        let text = match tree.read(&path, MAX_BYTES) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) => {
                faults.push(error.to_string());
                continue;
            }
        };
        match of_file(&path, client, &text) {
            Ok(found) => servers.extend(found),
            Err(reason) => faults.push(format!("{name}: {reason}")),
        }
    }
    (servers, faults)
}

/// The servers of one file.
///
/// # Errors
/// Why it cannot be read.
pub fn of_file(path: &RepoPath, client: Client, text: &str) -> Result<Vec<Server>, String> {
    let value = if client == Client::Codex {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| error.message().to_owned())?;
        serde_json::to_value(table).map_err(|error| error.to_string())?
    } else {
        serde_json::from_str(&jsonc::plain(text)).map_err(|error| error.to_string())?
    };
    let key = match client {
        Client::Codex => "mcp_servers",
        Client::Copilot => "servers",
        _ => "mcpServers",
    };
    let Some(map) = value.get(key).and_then(Value::as_object) else { return Ok(Vec::new()) };
    let index = LineIndex::new(text);
    let servers = map.iter().filter(|(_, entry)| !is_off(entry)).take(MAX_SERVERS);
    Ok(servers
        .map(|(name, entry)| Server {
            name: name.clone(),
            client,
            place: Place::span(path.clone(), Span::at(line_of(&index, name, client), 1)),
            transport: transport(entry, client),
            always_load: entry.get("alwaysLoad").and_then(Value::as_bool).unwrap_or(false),
        })
        .collect())
}

fn is_off(entry: &Value) -> bool {
    entry.get("disabled").and_then(Value::as_bool).unwrap_or(false)
        || entry.get("enabled").and_then(Value::as_bool) == Some(false)
}

/// The line on which a server is configured: the first that has its name as a key.
fn line_of(index: &LineIndex<'_>, name: &str, client: Client) -> u32 {
    let is_key = |line: &str| {
        if client == Client::Codex {
            let table = line.trim().trim_start_matches('[').trim_end_matches(']');
            table.strip_prefix("mcp_servers.").is_some_and(|rest| rest.trim_matches(['"', '\'']) == name)
        } else {
            let quoted = Value::from(name).to_string();
            line.split(&quoted).skip(1).any(|rest| rest.trim_start().starts_with(':'))
        }
    };
    let lines = u32::try_from(index.lines()).unwrap_or(u32::MAX);
    (1..=lines).find(|line| is_key(index.line(*line))).unwrap_or(1)
}

fn transport(entry: &Value, client: Client) -> Result<Transport, String> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    if entry.get("envFile").is_some() {
        return Err("`envFile` is not read: name the variables it holds".to_owned());
    }
    match (text("command"), text("url"), text("type")) {
        (_, _, Some(kind @ ("sse" | "ws"))) => {
            Err(format!("`{kind}` is not spoken here: use stdio or streamable HTTP"))
        }
        (Some(command), _, None | Some("stdio")) => Ok(Transport::Stdio {
            command: command.to_owned(),
            arguments: strings(entry.get("args"))?,
            environment: pairs(entry.get("env"), "env")?,
            passed: strings(entry.get("env_vars"))?.into_iter().collect(),
            folder: text("cwd").map(str::to_owned),
        }),
        (None, Some(_), None) if client == Client::ClaudeCode => {
            Err("a `url` without a `type` is skipped by Claude Code: write \"type\": \"http\"".to_owned())
        }
        (None, Some(url), None | Some("http" | "streamable-http")) => {
            let headers = entry.get("headers").or_else(|| entry.get("http_headers"));
            let mut header_variables = pairs(entry.get("env_http_headers"), "env_http_headers")?;
            let mut headers = pairs(headers, "headers")?;
            if let Some(name) = text("bearer_token_env_var") {
                header_variables.insert("Authorization".to_owned(), format!("Bearer {name}"));
            }
            if entry.get("headersHelper").is_some() {
                return Err("`headersHelper` runs a program that is not run here".to_owned());
            }
            headers.retain(|name, _| !header_variables.contains_key(name));
            Ok(Transport::Http { url: url.to_owned(), headers, header_variables })
        }
        (_, _, Some(kind)) => {
            Err(format!("`type` is `{}`, which fits neither its command nor its url", short(kind)))
        }
        (None, None, None) => Err("it has neither a `command` nor a `url`".to_owned()),
    }
}

fn short(text: &str) -> String {
    crate::base::text::visible(&crate::base::text::truncate_end(text, 40))
}

fn strings(value: Option<&Value>) -> Result<Vec<String>, String> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let items = value.as_array().ok_or("`args` is no list")?;
    items
        .iter()
        .map(|item| item.as_str().map(str::to_owned).ok_or_else(|| "an argument is no text".to_owned()))
        .collect()
}

fn pairs(value: Option<&Value>, key: &str) -> Result<BTreeMap<String, String>, String> {
    let Some(value) = value else { return Ok(BTreeMap::new()) };
    let map = value.as_object().ok_or_else(|| format!("`{key}` is no mapping"))?;
    map.iter()
        .map(|(name, value)| match value.as_str() {
            Some(text) => Ok((name.clone(), text.to_owned())),
            None => Err(format!("`{key}.{}` is no text", short(name))),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::MemoryTree;

    fn one(path: &str, client: Client, text: &str) -> Vec<Server> {
        of_file(&RepoPath::new(path).unwrap(), client, text).unwrap()
    }

    #[test]
    fn each_client_has_its_own_shape() {
        let tree = MemoryTree::new([
            (
                ".mcp.json",
                "{\"mcpServers\": {\n  \"a\": {\"command\": \"x\", \"args\": [\"-y\"], \"alwaysLoad\": true},\n  \"b\": {\"type\": \"http\", \"url\": \"https://b\"}}}",
            ),
            (
                ".vscode/mcp.json",
                "{\n  // ours\n  \"servers\": {\n    \"c\": {\"type\": \"stdio\", \"command\": \"y\", \"env\": {\"K\": \"${input:k}\"},},\n  },\n}",
            ),
            (".cursor/mcp.json", "{\"mcpServers\": {\"d\": {\"url\": \"http://localhost:1/mcp\"}}}"),
            (
                ".codex/config.toml",
                "model = 'x'\n\n[mcp_servers.e]\ncommand = 'z'\nenv_vars = ['TOKEN']\n\n[mcp_servers.f]\nurl = 'https://f'\nbearer_token_env_var = 'T'\n",
            ),
        ]);
        let (servers, faults) = read(&tree);
        assert!(faults.is_empty(), "{faults:?}");
        let seen: Vec<String> =
            servers.iter().map(|s| format!("{} {}:{}", s.name, s.place.path, s.place.line())).collect();
        assert_eq!(
            seen,
            [
                "a .mcp.json:2",
                "b .mcp.json:3",
                "d .cursor/mcp.json:1",
                "c .vscode/mcp.json:4",
                "e .codex/config.toml:3",
                "f .codex/config.toml:7"
            ]
        );
        assert!(servers.iter().all(|server| server.transport.is_ok()) && servers[0].always_load);
        let Ok(Transport::Stdio { passed, .. }) = &servers[4].transport else { panic!() };
        assert!(passed.contains("TOKEN"));
        let Ok(Transport::Http { header_variables, .. }) = &servers[5].transport else { panic!() };
        assert_eq!(header_variables["Authorization"], "Bearer T");
    }

    #[test]
    fn what_is_not_started_says_why() {
        let text = r#"{"mcpServers": {
            "a": {"url": "https://a"}, "b": {"type": "sse", "url": "https://b"}, "c": {},
            "d": {"command": "x", "env": {"PORT": 1}}, "e": {"command": "x", "envFile": ".env"}, "f": {"disabled": true}}}"#;
        let servers = one(".mcp.json", Client::ClaudeCode, text);
        let why: Vec<&str> =
            servers.iter().filter_map(|s| s.transport.as_ref().err().map(String::as_str)).collect();
        assert_eq!(why.len(), 5);
        assert!(why[0].contains("without a `type`") && why[1].contains("sse") && why[3].contains("env.PORT"));
        assert!(one(".cursor/mcp.json", Client::Cursor, text)[0].transport.is_ok());
    }

    #[test]
    fn a_file_that_cannot_be_read_is_no_empty_one() {
        let (servers, faults) = read(&MemoryTree::new([(".mcp.json", "{")]));
        assert!(servers.is_empty() && faults[0].starts_with(".mcp.json: "));
    }
}
