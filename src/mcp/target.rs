//! From what a file configures to what is started: variables filled in, and an environment of nothing else.

use crate::agent::mcp::expand::{Found, World, expand};
use crate::agent::mcp::{Server, Transport};
use crate::host::{Host, Program};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Variables that every program gets, as the client libraries of the protocol pass them on: where programs, the home and
/// temporary files are, and the language. None of them is a credential.
pub const PASSED: [&str; 11] =
    ["HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER"];
/// Shorter values are no credentials, and would be found everywhere.
const MIN_SECRET: usize = 6;
/// What comes out of the environment counts as a credential from this length on, whatever it is called.
const LONG: usize = 12;
/// Parts of the names of credentials.
const TELLING: [&str; 10] =
    ["key", "token", "secret", "pass", "pwd", "auth", "cred", "cookie", "session", "private"];

/// What is started or asked.
#[derive(Clone, PartialEq, Eq)]
pub enum Reached {
    /// A program.
    Program(Program),
    /// A URL and the headers of every request.
    Url(String, BTreeMap<String, String>),
}

/// A server that can be asked.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// How it is reached.
    pub reached: Reached,
    /// What the reader should know about its variables.
    pub remarks: Vec<String>,
    /// Values that must never be shown.
    secrets: BTreeSet<String>,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (***)", self.name)
    }
}

impl Target {
    /// A text without the values that were passed to the server.
    pub fn redact(&self, text: &str) -> String {
        // Longer ones first: one may be a part of another.
        let mut secrets: Vec<&String> = self.secrets.iter().collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.into_iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "***"))
    }

    /// The same for every text of a value.
    pub fn redact_value(&self, value: &mut serde_json::Value) {
        use serde_json::Value;
        match value {
            Value::String(text) if self.secrets.iter().any(|secret| text.contains(secret.as_str())) => {
                *text = self.redact(text);
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.redact_value(item)),
            Value::Object(map) => map.values_mut().for_each(|item| self.redact_value(item)),
            _ => {}
        }
    }
}

/// Fills in what a server's configuration leaves open.
///
/// # Errors
/// Why it cannot be started or asked.
pub fn target(server: &Server, root: &Path, host: &dyn Host) -> Result<Target, String> {
    let transport = server.transport.as_ref().map_err(Clone::clone)?;
    let variable = |name: &str| host.named_variable(name);
    let home = host.named_variable("HOME");
    let folder = root.to_string_lossy();
    let world = World { variable: &variable, folder: &folder, home: home.as_deref() };
    let mut found = Found::default();
    let mut secrets = BTreeSet::new();
    let mut fill = |text: &str| expand(text, server.client, &world, &mut found);
    let reached = match transport {
        Transport::Stdio { command, arguments, environment, passed, folder } => {
            let mut all: BTreeMap<String, String> = PASSED
                .iter()
                .filter_map(|name| Some(((*name).to_owned(), host.named_variable(name)?)))
                .collect();
            let command = fill(command);
            let arguments = arguments.iter().map(|argument| fill(argument)).collect();
            let below = folder.as_deref().map(&mut fill);
            all.extend(environment.iter().map(|(name, value)| (name.clone(), fill(value))));
            for name in passed {
                match host.named_variable(name) {
                    Some(value) => {
                        found.values.insert((name.clone(), value.clone()));
                        all.insert(name.clone(), value);
                    }
                    None => {
                        found.remarks.insert(format!("{name} is not set, so it is not passed on"));
                    }
                }
            }
            if let Some((bad, _)) = all
                .iter()
                .find(|(name, value)| name.is_empty() || name.contains(['=', '\0']) || value.contains('\0'))
            {
                return Err(format!("`{}` is no variable", crate::base::text::visible(bad)));
            }
            let written = environment.keys().filter_map(|name| Some((name, all.get(name)?)));
            secrets.extend(telling(written));
            let folder = below.map_or_else(|| root.to_owned(), |below| root.join(below));
            Reached::Program(Program { command, arguments, environment: all, folder })
        }
        Transport::Http { url, headers, header_variables } => {
            let url = fill(url);
            let mut all: BTreeMap<String, String> =
                headers.iter().map(|(name, value)| (name.clone(), fill(value))).collect();
            for (header, source) in header_variables {
                let (start, name) = match source.strip_prefix("Bearer ") {
                    Some(name) => ("Bearer ", name),
                    None => ("", source.as_str()),
                };
                let value = host.named_variable(name).ok_or_else(|| format!("{name} is not set"))?;
                all.insert(header.clone(), format!("{start}{value}"));
                found.values.insert((name.to_owned(), value));
            }
            secrets.extend(telling(all.iter()));
            Reached::Url(checked(&url)?, all)
        }
    };
    if let Some(question) = found.unanswerable.first() {
        return Err(format!("{question}, and nobody is there to answer"));
    }
    let is_secret = |(name, value): &(String, String)| value.len() >= LONG || tells(name);
    secrets.extend(found.values.into_iter().filter(is_secret).map(|(_, value)| value));
    secrets.retain(|value| value.len() >= MIN_SECRET);
    Ok(Target { name: server.name.clone(), reached, remarks: found.remarks.into_iter().collect(), secrets })
}

fn tells(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    TELLING.iter().any(|part| name.contains(part))
}

/// The values that a file itself sets under the name of a credential. Not all of them: `MODE: issues` must not turn the
/// tool `list_issues` into stars.
fn telling<'a>(pairs: impl Iterator<Item = (&'a String, &'a String)>) -> impl Iterator<Item = String> {
    pairs.filter(|(name, _)| tells(name)).map(|(_, value)| value.clone())
}

/// A URL that may be asked: encrypted, or of this machine.
fn checked(url: &str) -> Result<String, String> {
    let uri: ::http::Uri = url.parse().map_err(|_bad| "its url is none".to_owned())?;
    let host = uri.host().unwrap_or_default();
    let local = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    match uri.scheme_str() {
        Some("https") => Ok(url.to_owned()),
        Some("http") if local => Ok(url.to_owned()),
        Some("http") => Err("its url is not encrypted: write https".to_owned()),
        _ => Err("its url is neither http nor https".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::mcp::servers::of_file;
    use crate::base::{Client, RepoPath};
    use crate::host::MemoryHost;

    fn all(client: Client, text: &str, host: &MemoryHost) -> Vec<Result<Target, String>> {
        let servers = of_file(&RepoPath::new("f").unwrap(), client, text).unwrap();
        servers.iter().map(|server| target(server, Path::new("/repo"), host)).collect()
    }

    #[test]
    fn nothing_is_passed_that_is_not_named() {
        let host = MemoryHost::new()
            .with_variable("PATH", "/bin")
            .with_variable("GITHUB_TOKEN", "ghs_secret")
            .with_variable("KEY", "k3y-value");
        let text = r#"{"mcpServers": {"a": {"command": "x", "args": ["${KEY}"], "env": {"TOKEN": "${KEY}", "B": "${NO:-c}"}}}}"#;
        let found = all(Client::ClaudeCode, text, &host).remove(0).unwrap();
        let Reached::Program(program) = &found.reached else { panic!() };
        let names: Vec<&str> = program.environment.keys().map(String::as_str).collect();
        assert_eq!(names, ["B", "PATH", "TOKEN"]);
        assert_eq!((program.arguments[0].as_str(), program.environment["B"].as_str()), ("k3y-value", "c"));
        assert_eq!(found.redact("no k3y-value here"), "no *** here");
        let text = r#"{"mcpServers": {"a": {"command": "x", "env": {"MODE": "issues", "API_KEY": "literal", "L": "${LONG}"}}}}"#;
        let host = MemoryHost::new().with_variable("LONG", "postgres://u:p@h");
        let found = all(Client::ClaudeCode, text, &host).remove(0).unwrap();
        assert_eq!(found.redact("list_issues literal postgres://u:p@h"), "list_issues *** ***");
        assert!(!format!("{found:?} {program:?}").contains("k3y-value"));
    }

    #[test]
    fn codex_passes_on_by_name() {
        let host = MemoryHost::new().with_variable("T", "t0ken-value");
        let text = "[mcp_servers.a]\ncommand='x'\nenv_vars=['T', 'U']\n[mcp_servers.b]\nurl='https://b'\nbearer_token_env_var='T'\n[mcp_servers.c]\nurl='https://c'\nbearer_token_env_var='U'\n";
        let found = all(Client::Codex, text, &host);
        let (one, two) = (found[0].as_ref().unwrap(), found[1].as_ref().unwrap());
        let Reached::Program(program) = &one.reached else { panic!() };
        assert_eq!((program.environment["T"].as_str(), one.remarks.len()), ("t0ken-value", 1));
        let Reached::Url(_, headers) = &two.reached else { panic!() };
        assert_eq!(headers["Authorization"], "Bearer t0ken-value");
        assert!(found[2].as_ref().unwrap_err().contains("U is not set"));
    }

    #[test]
    fn what_cannot_be_asked_says_why() {
        let host = MemoryHost::new();
        let text = r#"{"servers": {
            "a": {"type": "http", "url": "http://example.com/mcp"}, "b": {"type": "http", "url": "ftp://b/etc"},
            "c": {"command": "x", "args": ["${input:key}"]}, "d": {"type": "http", "url": "http://127.0.0.1:1/mcp"},
            "e": {"command": "x", "env": {"A=B": "c"}}}}"#;
        let found = all(Client::Copilot, text, &host);
        assert!(found[0].as_ref().unwrap_err().contains("not encrypted"));
        assert!(found[1].as_ref().unwrap_err().contains("neither"));
        assert!(found[2].as_ref().unwrap_err().contains("asks a person"));
        assert!(found[3].is_ok() && found[4].is_err());
    }
}
