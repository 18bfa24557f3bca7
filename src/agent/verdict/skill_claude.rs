//! What Claude Code does with a `SKILL.md`. Numbers such as C43 are those of `docs/loads.md`.

use super::{Bench, Outcome, Reader, shown};
use crate::agent::file::LISTING_CHARS;
use crate::agent::front_matter::{Header, has_old_line_ends};
use crate::agent::view::{FileView, Node, Shape, shape};
use crate::base::{Client, Span};

const CLAUDE: &str = "https://code.claude.com/docs/en/skills";
const ME: Reader = Reader::Client(Client::ClaudeCode);

/// Keys that Claude Code knows. Source: CC skills, and the specification.
const CLAUDE_KEYS: [&str; 20] = [
    "name",
    "description",
    "when_to_use",
    "argument-hint",
    "arguments",
    "disable-model-invocation",
    "user-invocable",
    "allowed-tools",
    "disallowed-tools",
    "model",
    "effort",
    "context",
    "agent",
    "background",
    "hooks",
    "paths",
    "shell",
    "metadata",
    "license",
    "compatibility",
];

/// Keys with a fixed set of values, as Claude Code documents them.
const CHOICES: [(&str, &[&str]); 3] = [
    ("effort", &["low", "medium", "high", "xhigh", "max"]),
    ("context", &["fork"]),
    ("shell", &["bash", "powershell"]),
];
/// Keys that are true or false.
const SWITCHES: [&str; 3] = ["disable-model-invocation", "user-invocable", "background"];
/// Keys of Claude Code that are documented as texts.
const WORDS: [&str; 4] = ["model", "agent", "argument-hint", "arguments"];
/// A name that newer versions keep for skills of claude.ai.
const KEPT_NAME: &str = "anthropic-skills";

/// What newer versions refuse in a name, by their page.
fn odd_name(name: &str) -> Option<&'static str> {
    if name.trim() != name || name.contains("  ") {
        Some("has white space around it or twice in a row")
    } else if name.contains(['<', '>']) {
        Some("has angle brackets")
    } else if name.chars().any(char::is_control) {
        Some("has control characters")
    } else {
        None
    }
}

/// True for the spellings of true and false that Claude Code accepts.
pub fn is_switch(node: &Node) -> bool {
    node.text().is_some_and(|text| {
        matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "yes" | "no" | "on" | "off" | "1" | "0"
        )
    })
}

/// The skill as Claude Code reads it.
pub(super) fn judge(view: &FileView<'_>, bench: &mut Bench) {
    let mut changed = |about: &'static str, why: String, span: Option<Span>| {
        bench.say((ME, Outcome::LoadsWithChanges), about, why, span, CLAUDE);
    };
    if view.path.as_str().ends_with(".claude/skills/synced/SKILL.md") {
        bench.say((ME, Outcome::Skipped), "name", "the folder name `synced` is reserved", None, CLAUDE);
        return;
    }
    if has_old_line_ends(view.text) {
        let why = "whether lines that end as on old Macs are read is not documented";
        bench.say((ME, Outcome::Unknown), "header", why, Some(Span::at(1, 1)), CLAUDE);
        return bench.advise("save the file with line feeds");
    }
    if let Some((why, span)) = unread(view) {
        return changed("header", why.to_owned(), Some(span));
    }
    let Some(front) = view.front() else { return };
    if shape(front) != Shape::Map {
        if !front.is_null() {
            changed(
                "header",
                "the front matter is no mapping, so nothing in it counts".to_owned(),
                Some(front.span),
            );
        }
        return;
    }
    let top = |wanted: &str| front.pairs().iter().any(|(key, _)| key.text() == Some(wanted));
    if let Some((key, span)) = front.duplicate_keys().into_iter().find(|(key, _)| top(key)) {
        let why = format!("the key `{}` stands twice, and which counts is not documented", shown(&key));
        bench.say((ME, Outcome::Unknown), "header", why, Some(span), CLAUDE);
        bench.advise("keep one of them");
    }
    for (key, value) in front.pairs() {
        if let Some(name) = key.text() {
            of_key(name, key, value, bench);
        }
    }
    of_all(front, view, bench);
}

/// Why no key of the front matter counts, when there is one that cannot be read.
fn unread(view: &FileView<'_>) -> Option<(&'static str, Span)> {
    let top = Span::at(1, 1);
    match view.header {
        Header::Absent => view
            .text
            .trim_start()
            .starts_with("---\n")
            .then_some(("the front matter does not begin on the first line, so it counts as text", top)),
        Header::Unclosed => Some(("the front matter is never closed, so it counts as text", top)),
        // `claude plugin validate`: "At runtime this skill loads with empty metadata".
        Header::Broken(error) => {
            Some(("no key of the unreadable front matter counts", Span::at(error.at.line, error.at.column)))
        }
        Header::Parsed(_) | Header::Repaired(..) => None,
    }
}

/// What of one key counts for nothing, or nobody says what counts.
fn of_key(name: &str, key: &Node, value: &Node, bench: &mut Bench) {
    if let Some((_, allowed)) = CHOICES.iter().find(|(choice, _)| *choice == name)
        && !value.is_null()
        && !value.text().is_some_and(|text| allowed.contains(&text))
    {
        let why = format!("`{name}` is not one of {}", allowed.join(", "));
        changed_at(bench, name, why, value.span);
    } else if SWITCHES.contains(&name) && !value.is_null() && !is_switch(value) {
        changed_at(bench, name, format!("`{name}` is neither true nor false"), value.span);
    } else if matches!(name, "name" | "description" | "when_to_use") {
        let found = shape(value);
        if !matches!(found, Shape::Text | Shape::Null) {
            changed_at(
                bench,
                name,
                format!("`{name}` is {} where a text belongs", found.words()),
                value.span,
            );
        }
        let odd = value.text().filter(|_| name == "name").and_then(odd_name);
        if let Some(odd) = odd {
            let why = format!("its name {odd}, which newer versions refuse");
            bench.say((ME, Outcome::Unknown), "name", why, Some(value.span), CLAUDE);
        }
    } else if WORDS.contains(&name)
        && (shape(value) == Shape::Map || (matches!(name, "model" | "agent") && shape(value) == Shape::List))
    {
        let why = format!("`{name}` is {} where a text is documented", shape(value).words());
        bench.say((ME, Outcome::Unknown), name.to_owned(), why, Some(value.span), CLAUDE);
        bench.advise("write one text");
    } else if matches!(name, "allowed-tools" | "disallowed-tools" | "paths")
        && !matches!(shape(value), Shape::Text | Shape::List | Shape::Null)
    {
        let why = format!("`{name}` is {} where a text or a list belongs", shape(value).words());
        changed_at(bench, name, why, value.span);
    } else if !CLAUDE_KEYS.contains(&name) {
        changed_at(bench, "keys", format!("`{}` is no key it knows", shown(name)), key.span);
    }
}

/// What follows from several keys together.
fn of_all(front: &Node, view: &FileView<'_>, bench: &mut Bench) {
    let fork = front.get("context").and_then(Node::text) == Some("fork");
    if let Some(agent) = front.get("agent").filter(|agent| !fork && agent.non_empty().is_some()) {
        let why = "`agent` counts for nothing without `context: fork`";
        changed_at(bench, "agent", why.to_owned(), agent.span);
    }
    let folder = view.path.parent();
    let kept = |name: &str| name == KEPT_NAME || name.starts_with("anthropic-skills:");
    if kept(folder.name()) || front.get("name").and_then(Node::text).is_some_and(kept) {
        let why = "newer versions keep the name `anthropic-skills` for skills of claude.ai";
        let span = front.get("name").map(|name| name.span);
        bench.say((ME, Outcome::Unknown), "name", why, span, CLAUDE);
    }
    let chars = |key: &str| front.get(key).and_then(Node::non_empty).map_or(0, |text| text.chars().count());
    // C43
    let listed = chars("description") + chars("when_to_use");
    if listed > LISTING_CHARS {
        let why = format!("description and when_to_use have {listed} characters and 1,536 are listed");
        let span = front.get("description").map(|node| node.span);
        bench.say((ME, Outcome::Truncated), "description", why, span, CLAUDE);
    }
}

fn changed_at(bench: &mut Bench, about: &str, why: String, span: Span) {
    let who = (Reader::Client(Client::ClaudeCode), Outcome::LoadsWithChanges);
    bench.say(who, about.to_owned(), why, Some(span), CLAUDE);
}
