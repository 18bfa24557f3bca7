//! The tools of MCP servers that agents, commands and skills name.

use super::super::front_matter::{self, Header};
use super::super::kind::Kind;
use crate::base::{Place, Position, RepoPath, Span};
use crate::config::yaml::{Node, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The keys under which tools are named.
const KEYS: [&str; 3] = ["tools", "allowed-tools", "disallowedTools"];
/// Servers that clients bring with them, and beginnings of names of those that come from elsewhere.
const BUILT_IN: [&str; 6] =
    ["ide", "workspace", "claude-in-chrome", "computer-use", "Claude_Preview", "Claude_Browser"];
const FROM_ELSEWHERE: [&str; 2] = ["plugin_", "claude_ai_"];

/// A tool that a file names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// Where.
    pub place: Place,
    /// As it is written: `mcp__time__get_current_time`.
    pub written: String,
    /// Servers that the file itself configures.
    pub own_servers: BTreeSet<String>,
}

/// What a name means among the servers that are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning<'a> {
    /// All tools of a server.
    Server(&'a str),
    /// A tool of a server.
    Tool(&'a str, String),
    /// A server that nobody configures here.
    Unknown(String),
    /// No server of this repository is meant.
    Elsewhere,
}

/// The names in the front matter of a file.
pub fn named(path: &RepoPath, kind: Kind, text: &str) -> Vec<Named> {
    if !matches!(kind, Kind::SubAgent | Kind::Command | Kind::Skill) {
        return Vec::new();
    }
    let (Header::Parsed(header) | Header::Repaired(header, _), _) = front_matter::read(text) else {
        return Vec::new();
    };
    let own_servers: BTreeSet<String> = header.get("mcpServers").map(own).unwrap_or_default();
    KEYS.iter()
        .filter_map(|key| header.get(key))
        .flat_map(words)
        .filter(|(word, _)| word.starts_with("mcp__") || word.contains('/'))
        .map(|(written, span)| Named {
            place: Place::span(path.clone(), span),
            written,
            own_servers: own_servers.clone(),
        })
        .collect()
}

/// Names and inline definitions of servers, in a list or a mapping.
fn own(node: &Node) -> BTreeSet<String> {
    let keys = |node: &Node| -> Vec<String> {
        node.pairs().iter().filter_map(|(key, _)| key.text().map(str::to_owned)).collect()
    };
    match &node.value {
        Value::Sequence(items) => items
            .iter()
            .flat_map(|item| item.text().map_or_else(|| keys(item), |text| vec![text.to_owned()]))
            .collect(),
        _ => keys(node).into_iter().collect(),
    }
}

/// The words of a list or of a text that separates them by commas or spaces, without what stands in parentheses.
fn words(node: &Node) -> Vec<(String, Span)> {
    let of_text = |text: &str, span: Span| -> Vec<(String, Span)> {
        let mut depth = 0_i32;
        let outside: String = text
            .chars()
            .map(|character| {
                depth += i32::from(character == '(');
                let shown = if depth > 0 || character.is_whitespace() { ' ' } else { character };
                depth = (depth - i32::from(character == ')')).max(0);
                shown
            })
            .collect();
        outside
            .split([',', ' '])
            .filter(|word| !word.is_empty())
            .map(|word| (word.to_owned(), within(text, word, span)))
            .collect()
    };
    match &node.value {
        Value::Sequence(items) => items
            .iter()
            .filter_map(|item| item.text().map(|text| of_text(text, item.span)))
            .flatten()
            .collect(),
        _ => node.text().map(|text| of_text(text, node.span)).unwrap_or_default(),
    }
}

/// Where a word stands in a plain scalar of one line; else where the scalar begins.
fn within(text: &str, word: &str, span: Span) -> Span {
    let before = text.find(word).and_then(|at| text.get(..at)).map_or(0, |before| before.chars().count());
    let start = span.start;
    if start.line != span.end.line {
        return span;
    }
    let column = start.column.saturating_add(u32::try_from(before).unwrap_or(0));
    let length = u32::try_from(word.chars().count()).unwrap_or(0);
    Span {
        start: Position { line: start.line, column },
        end: Position { line: start.line, column: column.saturating_add(length) },
    }
}

/// A server's name as it stands in the names of its tools.
fn in_tools(server: &str) -> String {
    server
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' })
        .collect()
}

impl Named {
    /// What the name means, among the servers that are configured or recorded.
    pub fn meaning<'a>(&self, servers: &BTreeSet<&'a str>) -> Meaning<'a> {
        let Some(rest) = self.written.strip_prefix("mcp__") else { return self.with_slash(servers) };
        let known: BTreeMap<String, &'a str> =
            servers.iter().map(|server| (in_tools(server), *server)).collect();
        // `mcp__a__b__c`: the longest server that fits is meant.
        let mut fits: Vec<(&String, &&'a str)> = known
            .iter()
            .filter(|(name, _)| {
                rest.strip_prefix(name.as_str()).is_some_and(|tool| tool.is_empty() || tool.starts_with("__"))
            })
            .collect();
        fits.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        if let Some((name, server)) = fits.first() {
            let tool = rest.strip_prefix(name.as_str()).unwrap_or_default().trim_start_matches("__");
            return if tool.is_empty() || tool.contains('*') {
                Meaning::Server(server)
            } else {
                Meaning::Tool(server, tool.to_owned())
            };
        }
        let server = rest.split_once("__").map_or(rest, |(server, _)| server);
        let elsewhere = server.is_empty()
            || server.contains('*')
            || BUILT_IN.contains(&server)
            || FROM_ELSEWHERE.iter().any(|start| server.starts_with(start))
            || self.own_servers.iter().any(|own| in_tools(own) == server);
        if elsewhere { Meaning::Elsewhere } else { Meaning::Unknown(server.to_owned()) }
    }

    /// `server/tool`, as VS Code writes it; it writes its own sets of tools in the same way.
    fn with_slash<'a>(&self, servers: &BTreeSet<&'a str>) -> Meaning<'a> {
        let found = self.written.rsplit_once('/');
        match found.and_then(|(server, tool)| Some((servers.get(server)?, tool))) {
            Some((server, "*")) => Meaning::Server(server),
            Some((server, tool)) => Meaning::Tool(server, tool.to_owned()),
            None => Meaning::Elsewhere,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<Named> {
        named(&RepoPath::new(".claude/agents/a.md").unwrap(), Kind::SubAgent, text)
    }

    fn one(written: &str) -> Named {
        Named {
            place: Place::file(RepoPath::root()),
            written: written.to_owned(),
            own_servers: BTreeSet::new(),
        }
    }

    #[test]
    fn names_are_found_where_they_stand() {
        let text = "---\nname: a\ntools: Read, mcp__time__now, Bash(git log, mcp__no__t)\nallowed-tools:\n  - mcp__git\n  - Edit\nmcpServers: [own]\n---\n";
        let found = read(text);
        let seen: Vec<(String, u32, u32)> = found
            .iter()
            .map(|named| {
                let at = named.place.span.unwrap().start;
                (named.written.clone(), at.line, at.column)
            })
            .collect();
        assert_eq!(seen, [("mcp__time__now".to_owned(), 3, 14), ("mcp__git".to_owned(), 5, 5)]);
        assert!(found[0].own_servers.contains("own"));
    }

    #[test]
    fn the_longest_server_is_meant() {
        let servers = BTreeSet::from(["a", "a__b", "my.server"]);
        for (written, meaning) in [
            ("mcp__a__b__c", Meaning::Tool("a__b", "c".to_owned())),
            ("mcp__a__c", Meaning::Tool("a", "c".to_owned())),
            ("mcp__a", Meaning::Server("a")),
            ("mcp__a__*", Meaning::Server("a")),
            ("mcp__my_server__x", Meaning::Tool("my.server", "x".to_owned())),
            ("mcp__b__x", Meaning::Unknown("b".to_owned())),
            ("mcp__ide__getDiagnostics", Meaning::Elsewhere),
            ("mcp__plugin_x_y__z", Meaning::Elsewhere),
            ("mcp__*", Meaning::Elsewhere),
            ("a/c", Meaning::Tool("a", "c".to_owned())),
            ("search/codebase", Meaning::Elsewhere),
        ] {
            assert_eq!(one(written).meaning(&servers), meaning, "{written}");
        }
    }

    proptest! {
        #[test]
        fn any_name_means_something(written in "(mcp__)?[a-c_/*.]{0,12}") {
            let servers = BTreeSet::from(["a", "a_b", "b.c"]);
            one(&written).meaning(&servers);
        }

        #[test]
        fn any_header_is_read(text in "[a-z:,()\\[\\] \n_-]{0,60}") {
            read(&format!("---\ntools: {text}\n---\n"));
        }
    }
}
