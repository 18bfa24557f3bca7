//! What Claude Code does with a sub-agent. Other clients document only which folders they read.

use super::skill::is_switch;
use super::{Bench, Outcome, Reader, shown};
use crate::agent::front_matter::Header;
use crate::agent::view::{FileView, Node, Shape, shape};
use crate::base::{Client, Span};

const SOURCE: &str = "https://code.claude.com/docs/en/sub-agents";
const HOOKS: &str = "https://github.com/anthropics/claude-code/issues/91781";
const ME: Reader = Reader::Client(Client::ClaudeCode);

/// The colours a sub-agent can have.
pub const COLORS: [&str; 8] = ["red", "blue", "green", "yellow", "purple", "orange", "pink", "cyan"];

/// Keys with a fixed set of values.
const CHOICES: [(&str, &[&str]); 5] = [
    ("permissionMode", &["default", "acceptEdits", "auto", "dontAsk", "bypassPermissions", "plan", "manual"]),
    ("memory", &["user", "project", "local"]),
    ("effort", &["low", "medium", "high", "xhigh", "max"]),
    ("isolation", &["worktree"]),
    ("color", &COLORS),
];
/// What a plugin's agents may not decide.
const IGNORED_IN_PLUGINS: [&str; 3] = ["hooks", "mcpServers", "permissionMode"];
/// Every key that is documented.
const KEYS: [&str; 16] = [
    "name",
    "description",
    "tools",
    "disallowedTools",
    "model",
    "permissionMode",
    "maxTurns",
    "skills",
    "mcpServers",
    "hooks",
    "memory",
    "background",
    "effort",
    "isolation",
    "color",
    "initialPrompt",
];

/// True for a file that Claude Code would read as a sub-agent, in a repository or in a plugin.
fn is_claude(view: &FileView<'_>) -> bool {
    crate::agent::loads::readers::readers(view.path, view.kind).contains(&Client::ClaudeCode)
        && view.path.extension() == Some("md")
}

pub(super) fn judge(view: &FileView<'_>, bench: &mut Bench) {
    if !is_claude(view) {
        return;
    }
    let mut skip = |about: &'static str, why: String, span: Option<Span>, source| {
        bench.say((ME, Outcome::Skipped), about, why, span, source);
    };
    let top = Some(Span::at(1, 1));
    match view.header {
        // A page about the agents, not one of them.
        Header::Absent if is_page(view) => {
            return skip(
                "page",
                "it is a page without front matter, not a sub-agent".to_owned(),
                top,
                SOURCE,
            );
        }
        Header::Absent => return skip("header", "it has no front matter".to_owned(), top, SOURCE),
        Header::Unclosed => {
            return skip("header", "its front matter is never closed".to_owned(), top, SOURCE);
        }
        Header::Broken(error) => {
            let span = Some(Span::at(error.at.line, error.at.column));
            return skip("header", "its front matter cannot be read".to_owned(), span, SOURCE);
        }
        Header::Parsed(_) | Header::Repaired(..) => {}
    }
    let Some(front) = view.front() else { return };
    if shape(front) != Shape::Map {
        return skip("header", "its front matter is no mapping".to_owned(), Some(front.span), SOURCE);
    }
    for key in ["name", "description"] {
        let value = front.get(key);
        let span = value.map(|value| value.span).or(top);
        match value.filter(|value| value.non_empty().is_some() || shape(value) != Shape::Text) {
            None => skip(key, format!("it has no `{key}`"), span, SOURCE),
            Some(value) if value.is_null() => skip(key, format!("its `{key}` is empty"), span, SOURCE),
            Some(value) if shape(value) != Shape::Text => {
                skip(
                    key,
                    format!("its `{key}` is {} where a text belongs", shape(value).words()),
                    span,
                    SOURCE,
                );
            }
            Some(value) if key == "name" && value.text().is_some_and(|name| name.starts_with('-')) => {
                skip(key, "its name begins with `-`".to_owned(), span, SOURCE);
            }
            Some(value) if key == "name" && value.text().is_some_and(|name| name.contains(':')) => {
                skip(key, "its name has a `:`".to_owned(), span, SOURCE);
            }
            Some(_) => {}
        }
    }
    if let Some(hooks) = front.get("hooks").filter(|hooks| !view.plugin && shape(hooks) == Shape::List) {
        skip("hooks", "`hooks` is a list where a mapping belongs".to_owned(), Some(hooks.span), HOOKS);
    }
    changes(front, view, bench);
}

/// Pages that people put beside agents.
fn is_page(view: &FileView<'_>) -> bool {
    let stem = view.path.name().trim_end_matches(".md").to_ascii_lowercase();
    stem.starts_with('_')
        || matches!(
            stem.as_str(),
            "readme" | "index" | "claude" | "agents" | "contributing" | "changelog" | "license" | "template"
        )
}

fn changes(front: &Node, view: &FileView<'_>, bench: &mut Bench) {
    for (key, value) in front.pairs() {
        let Some(name) = key.text() else { continue };
        if view.plugin && IGNORED_IN_PLUGINS.contains(&name) {
            changed(bench, name, format!("`{name}` is ignored in the agents of a plugin"), key.span);
        } else if value.is_null() {
            // As if it were not there.
        } else if let Some((_, allowed)) = CHOICES.iter().find(|(choice, _)| *choice == name) {
            if !value.text().is_some_and(|text| allowed.contains(&text)) {
                changed(bench, name, format!("`{name}` is not one of {}", allowed.join(", ")), value.span);
            }
        } else if name == "maxTurns" {
            let turns = value.text().and_then(|text| text.parse::<u64>().ok());
            if shape(value) != Shape::Number || turns.is_none_or(|turns| turns == 0) {
                changed(bench, name, "`maxTurns` is no whole number above 0".to_owned(), value.span);
            }
        } else if name == "background" && !matches!(value.text(), Some("true" | "false")) {
            if is_switch(value) {
                // Of skills other spellings are documented, of sub-agents not.
                let why = "whether `background` may be written so is not documented";
                bench.say((ME, Outcome::Unknown), name.to_owned(), why, Some(value.span), SOURCE);
            } else {
                changed(bench, name, "`background` is neither true nor false".to_owned(), value.span);
            }
        } else if name == "mcpServers" {
            let crate::config::yaml::Value::Sequence(items) = &value.value else { continue };
            for (server, entry) in items.iter().flat_map(Node::pairs) {
                let server = server.text().unwrap_or("");
                if let Some((why, span)) = super::mcp::inline_fault(server, entry) {
                    changed(bench, name, format!("the server `{}` is left out: {why}", shown(server)), span);
                }
            }
        } else if !KEYS.contains(&name) {
            changed(bench, "keys", format!("`{}` is no key it knows", shown(name)), key.span);
        }
    }
}

fn changed(bench: &mut Bench, about: &str, why: String, span: Span) {
    bench.say((ME, Outcome::LoadsWithChanges), about.to_owned(), why, Some(span), SOURCE);
}
