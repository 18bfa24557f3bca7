//! What clients do with lists of MCP servers: each reads a shape of its own, and leaves out entries it does not like.

use super::entry::{Dialect, entries};
use super::{Bench, Outcome, Reader, shown};
use crate::agent::loads::readers::readers;
use crate::agent::view::{Data, FileView, Node, Shape, shape};
use crate::base::{Client, RepoPath, Span};

/// The client whose list of servers a file is, in a file of its own; `None` for recorded and foreign shapes.
pub fn client(path: &RepoPath) -> Option<Client> {
    let text = path.as_str();
    let is = |name: &str| text == name || text.ends_with(&format!("/{name}"));
    [
        (".vscode/mcp.json", Client::Copilot),
        (".cursor/mcp.json", Client::Cursor),
        (".kiro/settings/mcp.json", Client::Kiro),
        (".mcp.json", Client::ClaudeCode),
    ]
    .into_iter()
    .find(|(name, _)| is(name))
    .map(|(_, client)| client)
}

/// The words for JSON that `JSON.parse` does not take.
pub(super) const RELAXED: &str = "it has comments or trailing commas, which are no JSON";

pub(super) fn judge(view: &FileView<'_>, bench: &mut Bench) {
    let Some(dialect) = client(view.path).and_then(Dialect::of) else { return };
    let (me, source) = (Reader::Client(dialect.client), dialect.source);
    if view.text.starts_with('\u{feff}') {
        let why = "whether JSON behind a byte-order mark is read is not documented";
        bench.say((me, Outcome::Unknown), "header", why, Some(Span::at(1, 1)), source);
    }
    let root = match view.data() {
        Data::None => return,
        Data::Broken(error) => {
            let span = Some(Span::at(error.at.line, error.at.column));
            bench.say((me, Outcome::Rejected), "header", "it is no JSON", span, source);
            return elsewhere(view, dialect.client, span, bench);
        }
        Data::Read(_, Some(error)) if dialect.client == Client::ClaudeCode => {
            let span = Some(Span::at(error.at.line, error.at.column));
            bench.say((me, Outcome::Rejected), "header", RELAXED, span, source);
            return elsewhere(view, dialect.client, span, bench);
        }
        Data::Read(root, _) => root,
    };
    if shape(root) != Shape::Map {
        return bench.say((me, Outcome::Rejected), "header", "it is no JSON object", Some(root.span), source);
    }
    let Some(servers) = root.get(dialect.key) else {
        return without_wrapper(root, view, &dialect, bench);
    };
    duplicates(root, servers, me, source, bench);
    let other = if dialect.key == "servers" { "mcpServers" } else { "servers" };
    if let Some((key, _)) = root.pairs().iter().find(|(key, _)| key.text() == Some(other)) {
        let why = format!("`{other}` counts for nothing, it looks for `{}`", dialect.key);
        bench.say((me, Outcome::LoadsWithChanges), "other servers", why, Some(key.span), source);
        bench.advise(format!("move its servers to `{}`", dialect.key));
    }
    if shape(servers) != Shape::Map {
        let why = format!("`{}` is {} where an object belongs", dialect.key, shape(servers).words());
        return bench.say((me, Outcome::Rejected), "wrapper", why, Some(servers.span), source);
    }
    entries(servers, view.plugin, &dialect, bench);
}

/// The other readers of a file that its client refuses: no page says what they make of it.
fn elsewhere(view: &FileView<'_>, client: Client, span: Option<Span>, bench: &mut Bench) {
    for other in readers(view.path, view.kind).iter().filter(|other| **other != client) {
        let why = "what it does with a file that is no JSON is not documented";
        let source = "https://docs.github.com/en/copilot/concepts/agents/about-copilot-cli";
        bench.say((Reader::Client(*other), Outcome::Unknown), "header", why, span, source);
    }
}

/// A file whose servers do not stand where its client looks.
fn without_wrapper(root: &Node, view: &FileView<'_>, dialect: &Dialect, bench: &mut Bench) {
    let (me, key) = (Reader::Client(dialect.client), dialect.key);
    // A plugin's file may leave the wrapper out.
    let bare = looks_bare(root);
    if view.plugin && bare && dialect.client == Client::ClaudeCode {
        return entries(root, view.plugin, dialect, bench);
    }
    let plain = |name: &str| name.to_ascii_lowercase().replace(['_', '-'], "");
    let known = ["mcpservers", "servers"];
    let other =
        root.pairs().iter().find(|(name, _)| name.text().is_some_and(|name| known.contains(&&*plain(name))));
    let name = other.and_then(|(name, _)| name.text()).map(shown);
    let why = match (&name, bare) {
        (Some(name), _) => format!("its servers stand under `{name}`, and it looks for `{key}`"),
        (None, true) => format!("its servers stand at the top, and it looks for `{key}`"),
        (None, false) => format!("it has no `{key}`"),
    };
    let outcome = if key == "servers" || other.is_some() { Outcome::Skipped } else { Outcome::Rejected };
    let start = other.map_or(root.span.start, |(name, _)| name.span.start);
    bench.say((me, outcome), "wrapper", why, Some(Span::at(start.line, start.column)), dialect.source);
    bench.advise(match name {
        Some(name) => format!("rename `{name}` to `{key}`"),
        None => format!("write {{\"{key}\": {{...}}}} around the servers"),
    });
}

/// True when the file's own keys are servers.
fn looks_bare(root: &Node) -> bool {
    root.pairs().iter().any(|(_, value)| value.get("command").is_some() || value.get("url").is_some())
}

/// Keys of one file that are named; more say nothing new.
const MAX_TWICE: usize = 20;

/// Keys that stand twice: `JSON.parse` takes the last, as the language of these clients has it.
fn duplicates(root: &Node, servers: &Node, me: Reader, source: &'static str, bench: &mut Bench) {
    for (key, span) in root.duplicate_keys().into_iter().take(MAX_TWICE) {
        let is_server = servers.pairs().iter().any(|(name, _)| name.span == span);
        let (about, what) = if is_server { ("duplicate server", "server") } else { ("duplicate key", "key") };
        let why = format!("the {what} `{}` stands twice, and what stands first is dropped", shown(&key));
        bench.say((me, Outcome::LoadsWithChanges), about, why, Some(span), source);
        bench.advise("keep one of them");
    }
}
