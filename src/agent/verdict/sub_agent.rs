//! What Claude Code does with a sub-agent. Other clients document only which folders they read, so of a file that
//! cannot be read nothing is known of them.

use super::skill_claude::is_switch;
use super::{Bench, Outcome, Reader, shown};
use crate::agent::front_matter::{Header, has_old_line_ends};
use crate::agent::loads::readers::readers;
use crate::agent::view::{FileView, Node, Shape, Value, shape};
use crate::base::{Client, Span};

const SOURCE: &str = "https://code.claude.com/docs/en/sub-agents";
const HOOKS: &str = "https://github.com/anthropics/claude-code/issues/91781";
const ELSEWHERE: &str = "https://code.visualstudio.com/docs/copilot/customization/custom-agents; https://cursor.com/docs/context/subagents";
const ME: Reader = Reader::Client(Client::ClaudeCode);

/// The colours a sub-agent can have.
pub const COLORS: [&str; 8] = ["red", "blue", "green", "yellow", "purple", "orange", "pink", "cyan"];

/// Keys with a fixed set of values.
const CHOICES: [(&str, &[&str]); 5] = [
    ("permissionMode", &super::settings::MODES),
    ("memory", &["user", "project", "local"]),
    ("effort", &["low", "medium", "high", "xhigh", "max"]),
    ("isolation", &["worktree"]),
    ("color", &COLORS),
];
/// What a plugin's agents may not decide.
const IGNORED_IN_PLUGINS: [&str; 3] = ["hooks", "mcpServers", "permissionMode"];
/// Longest name in characters, by the page of newer versions.
const MAX_NAME: usize = 256;
/// Models by their short names.
const MODELS: [&str; 5] = ["fable", "sonnet", "opus", "haiku", "inherit"];
/// Every key that is documented.
const KEYS: [&str; 20] = [
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
    "omitClaudeMd",
    "autoCompactWindow",
    "experimental",
    "mode",
];

/// True for a file that Claude Code would read as a sub-agent, in a repository or in a plugin.
fn is_claude(view: &FileView<'_>) -> bool {
    readers(view.path, view.kind).contains(&Client::ClaudeCode) && view.path.extension() == Some("md")
}

pub(super) fn judge(view: &FileView<'_>, bench: &mut Bench) {
    if let Header::Broken(error) = view.header {
        let span = Some(Span::at(error.at.line, error.at.column));
        for client in readers(view.path, view.kind).iter().filter(|client| **client != Client::ClaudeCode) {
            let why = "what it does with front matter that cannot be read is not documented";
            bench.say((Reader::Client(*client), Outcome::Unknown), "header", why, span, ELSEWHERE);
        }
    }
    if !is_claude(view) {
        return;
    }
    if has_old_line_ends(view.text) {
        let why = "whether lines that end as on old Macs are read is not documented";
        bench.say((ME, Outcome::Unknown), "header", why, Some(Span::at(1, 1)), SOURCE);
        return bench.advise("save the file with line feeds");
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
        Header::Absent => {
            // So the page says of files without front matter, and in a folder below `agents` it is likely.
            let why = "it has no front matter, which makes it a page beside the agents";
            skip(if is_nested(view) { "nested page" } else { "header" }, why.to_owned(), top, SOURCE);
            return bench.advise(
                "to make it a sub-agent, begin the file with a line `---`, `name`, `description` and a line `---`; a page may stay as it is",
            );
        }
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
        let mut skip = |about: &'static str, why: String, span: Option<Span>, source| {
            bench.say((ME, Outcome::Skipped), about, why, span, source);
        };
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
            Some(value) if key == "name" => {
                let count = value.text().map_or(0, |name| name.chars().count());
                if count > MAX_NAME {
                    let why = format!("its name has {count} characters, and newer versions take {MAX_NAME}");
                    bench.say((ME, Outcome::Unknown), key, why, span, SOURCE);
                }
            }
            Some(_) => {}
        }
    }
    let mut skip = |about: &'static str, why: String, span: Option<Span>, source| {
        bench.say((ME, Outcome::Skipped), about, why, span, source);
    };
    if let Some(hooks) = front.get("hooks").filter(|hooks| !view.plugin && shape(hooks) == Shape::List) {
        skip("hooks", "`hooks` is a list where a mapping belongs".to_owned(), Some(hooks.span), HOOKS);
    }
    changes(front, view, bench);
}

/// True for a file in a folder of its own below `agents`.
fn is_nested(view: &FileView<'_>) -> bool {
    view.path.parent().name() != "agents"
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
    let top = |wanted: &str| front.pairs().iter().any(|(key, _)| key.text() == Some(wanted));
    if let Some((key, span)) = front.duplicate_keys().into_iter().find(|(key, _)| top(key)) {
        let why = format!("the key `{}` stands twice, and which counts is not documented", shown(&key));
        bench.say((ME, Outcome::Unknown), "duplicate key", why, Some(span), SOURCE);
        bench.advise("keep one of them");
    }
    for (key, value) in front.pairs() {
        let Some(name) = key.text() else { continue };
        if view.plugin && IGNORED_IN_PLUGINS.contains(&name) {
            changed(bench, name, format!("`{name}` is ignored in the agents of a plugin"), key.span);
        } else if !value.is_null() {
            of_key(name, key, value, bench);
        }
    }
    without_tools(front, bench);
}

/// What of one key counts for nothing, or nobody says what counts.
fn of_key(name: &str, key: &Node, value: &Node, bench: &mut Bench) {
    let found = shape(value);
    let undocumented = |bench: &mut Bench, wanted: &str, help: &str| {
        let why = format!("`{name}` is {} where {wanted} is documented", found.words());
        bench.say((ME, Outcome::Unknown), name.to_owned(), why, Some(value.span), SOURCE);
        bench.advise(help);
    };
    if let Some((_, allowed)) = CHOICES.iter().find(|(choice, _)| *choice == name) {
        if !value.text().is_some_and(|text| allowed.contains(&text)) {
            changed(bench, name, format!("`{name}` is not one of {}", allowed.join(", ")), value.span);
        }
        return;
    }
    match name {
        "maxTurns" => {
            let turns = value.text().and_then(|text| text.parse::<u64>().ok());
            if found == Shape::Text && turns.is_some_and(|turns| turns > 0) {
                undocumented(bench, "a number", "take the quotes away");
            } else if found != Shape::Number || turns.is_none_or(|turns| turns == 0) {
                changed(bench, name, "`maxTurns` is no whole number above 0".to_owned(), value.span);
            }
        }
        "background" | "omitClaudeMd" if matches!(value.text(), Some("true" | "false")) => {}
        // Of skills other spellings are documented, of sub-agents not.
        "background" | "omitClaudeMd" if is_switch(value) => {
            undocumented(bench, "true or false", "write true or false")
        }
        "background" | "omitClaudeMd" => {
            changed(bench, name, format!("`{name}` is neither true nor false"), value.span);
        }
        "model" if found != Shape::Text => undocumented(bench, "a text", "write one model, such as `sonnet`"),
        "model" => {
            let model = value.text().unwrap_or("");
            if !MODELS.contains(&model)
                && !model.to_ascii_lowercase().contains("claude")
                && !model.starts_with("arn:")
            {
                let why = format!("what becomes of the model `{}` is not documented", shown(model));
                bench.say((ME, Outcome::Unknown), "model", why, Some(value.span), SOURCE);
            }
        }
        "initialPrompt" if matches!(found, Shape::List | Shape::Map) => {
            undocumented(bench, "a text", "write one text");
        }
        "tools" | "disallowedTools" if found != Shape::Text && !is_texts(value) => {
            undocumented(
                bench,
                "a text or a list of texts",
                "write `Read, Grep`, or one name in each line of a list",
            );
        }
        "skills" if !is_texts(value) => {
            undocumented(bench, "a list", "write each skill in a line of its own, with `- ` before it");
        }
        "hooks" if !matches!(found, Shape::Map | Shape::List) => {
            undocumented(bench, "a mapping", "write the events under `hooks`, as in settings.json");
        }
        "mcpServers" => of_servers(value, bench),
        _ if !KEYS.contains(&name) => {
            changed(bench, "keys", format!("`{}` is no key it knows", shown(name)), key.span);
        }
        _ => {}
    }
}

fn is_texts(value: &Node) -> bool {
    matches!(&value.value, Value::Sequence(items) if items.iter().all(|item| shape(item) == Shape::Text))
}

/// The servers that a sub-agent configures itself.
fn of_servers(value: &Node, bench: &mut Bench) {
    let Value::Sequence(items) = &value.value else {
        let why = format!("`mcpServers` is {} where a list is documented", shape(value).words());
        bench.say((ME, Outcome::Unknown), "mcpServers", why, Some(value.span), SOURCE);
        return bench
            .advise("write each server in a line of a list: `- name`, or `- name:` with its keys below");
    };
    for (server, entry) in items.iter().flat_map(Node::pairs) {
        let server = server.text().unwrap_or("");
        if let Some(fault) = super::entry::inline_fault(server, entry) {
            let why = format!("the server `{}` is left out: {}", shown(server), fault.why);
            changed(bench, "mcpServers", why, fault.span.unwrap_or(entry.span));
            if let Some(help) = fault.help {
                bench.advise(help);
            }
        }
    }
}

/// `disallowedTools` is applied before `tools`; an agent that is left with none refuses to start.
fn without_tools(front: &Node, bench: &mut Bench) {
    let (Some(tools), Some(taken)) = (front.get("tools"), front.get("disallowedTools")) else { return };
    let (given, taken) = (tools.strings(), taken.strings());
    if !given.is_empty() && given.iter().all(|tool| taken.contains(tool)) {
        let why =
            "`disallowedTools` takes every tool of `tools` away, and an agent without tools does not start";
        bench.say((ME, Outcome::Rejected), "tools", why, Some(tools.span), SOURCE);
    }
}

fn changed(bench: &mut Bench, about: &str, why: String, span: Span) {
    bench.say((ME, Outcome::LoadsWithChanges), about.to_owned(), why, Some(span), SOURCE);
}
