//! What clients do with a `SKILL.md`. Numbers such as C43 are those of `docs/loads.md`.

use super::{Bench, Outcome, Reader, shown};
use crate::agent::front_matter::{Header, has_old_line_ends};
use crate::agent::view::{FileView, Node, Shape, Value, shape};
use crate::base::{Client, Span};

const CODEX: &str = "openai/codex@033d1d07 codex-rs/core-skills/src/loader.rs";
const GEMINI: &str = "google-gemini/gemini-cli@04fbf507 packages/core/src/skills/skillLoader.ts";
const VS_CODE: &str = "microsoft/vscode-docs@08868fe5 agent-skills.md";
const OPENCODE: &str = "https://opencode.ai/docs/skills";

/// Longest name and description in characters. Source: X22, P06, the specification.
pub(super) const MAX_NAME: usize = 64;
pub(super) const MAX_DESCRIPTION: usize = 1024;

/// The clients whose reading of skills is known.
pub(super) fn judge(view: &FileView<'_>, bench: &mut Bench) {
    super::skill_claude::judge(view, bench);
    codex(view, bench);
    gemini(view, bench);
    named(view, bench, Client::Copilot, VS_CODE);
    named(view, bench, Client::OpenCode, OPENCODE);
    cut_values(view, bench);
}

/// The readers that parse the front matter of a skill, as far as it is known.
const PARSERS: [Reader; 7] = [
    Reader::Client(Client::ClaudeCode),
    Reader::Client(Client::Codex),
    Reader::Client(Client::Copilot),
    Reader::Client(Client::GeminiCli),
    Reader::Client(Client::OpenCode),
    Reader::ClaudeApi,
    Reader::AgentSkills,
];
/// Keys whose text YAML may cut at ` #`.
const TEXTS: [&str; 3] = ["name", "description", "when_to_use"];

/// `description: Takes the #1 choice`: for YAML a comment begins there. With a blank behind `#` it is meant so.
fn cut_values(view: &FileView<'_>, bench: &mut Bench) {
    let Header::Parsed(front) = view.header else { return };
    for (key, value) in front.pairs() {
        let Some(name) = key.text().filter(|name| TEXTS.contains(name)) else { continue };
        if !matches!(value.value, Value::Scalar { quoted: false, .. }) {
            continue;
        }
        let line = view.index().line(value.span.end.line);
        let behind: String = line.chars().skip(value.span.end.column.saturating_sub(1) as usize).collect();
        let Some(comment) = behind.trim_start().strip_prefix('#') else { continue };
        if comment.is_empty() || comment.starts_with([' ', '\t', '#', '\r']) {
            continue;
        }
        let cut = shown(behind.trim());
        for reader in PARSERS {
            let why = format!("`{name}` ends before `{cut}`, which YAML takes for a comment");
            bench.say(
                (reader, Outcome::LoadsWithChanges),
                "comment",
                why,
                Some(value.span),
                "https://yaml.org/spec/1.2.2/#66-comments",
            );
            bench.advise("put the value in quotes");
        }
    }
}

/// X22 and X23, read in the source: strict YAML by `serde_yaml`, the name falls back to the folder's.
fn codex(view: &FileView<'_>, bench: &mut Bench) {
    const ME: Reader = Reader::Client(Client::Codex);
    let mut skip = |about: &'static str, why: String, span: Option<Span>| {
        bench.say((ME, Outcome::Skipped), about, why, span, CODEX);
    };
    let front = match view.header {
        _ if view.text.starts_with('\u{feff}') => {
            return skip(
                "file",
                "a byte-order mark stands before the front matter".to_owned(),
                Some(Span::at(1, 1)),
            );
        }
        Header::Absent | Header::Unclosed => {
            return skip("header", "it has no front matter".to_owned(), Some(Span::at(1, 1)));
        }
        Header::Broken(error) | Header::Repaired(_, error) => {
            let why = "its front matter is no YAML (newer versions repair some)".to_owned();
            return skip("header", why, Some(Span::at(error.at.line, error.at.column)));
        }
        Header::Parsed(front) => front,
    };
    if shape(front) != Shape::Map {
        return skip("header", "its front matter is no mapping".to_owned(), Some(front.span));
    }
    if let Some((key, span)) = front.duplicate_keys().into_iter().find(|(key, _)| front.get(key).is_some()) {
        return skip("header", format!("the key `{}` stands twice", shown(&key)), Some(span));
    }
    for key in ["name", "description"] {
        let value = front.get(key).filter(|value| !value.is_null());
        let Some(value) = value else {
            if key == "description" {
                skip("description", "it has no `description`".to_owned(), None);
            }
            continue;
        };
        if shape(value) != Shape::Text {
            skip(
                if key == "name" { "name" } else { "description" },
                format!("`{key}` is {} where a text belongs", shape(value).words()),
                Some(value.span),
            );
            continue;
        }
        // White space is squeezed before it is counted.
        let text = value.text().unwrap_or("").split_whitespace().collect::<Vec<_>>().join(" ");
        let (count, limit) = (text.chars().count(), if key == "name" { MAX_NAME } else { MAX_DESCRIPTION });
        if key == "description" && count == 0 {
            skip("description", "its `description` is empty".to_owned(), Some(value.span));
        } else if count > limit {
            let why = too_long(key, count, limit);
            skip(if key == "name" { "name" } else { "description" }, why, Some(value.span));
        }
    }
    if let Some(value) = front
        .get("metadata")
        .filter(|value| matches!(shape(value), Shape::Text | Shape::Number | Shape::Bool))
    {
        skip("metadata", "`metadata` is no mapping".to_owned(), Some(value.span));
    }
}

/// G09: `name` and `description`; where YAML fails, two patterns look for them.
fn gemini(view: &FileView<'_>, bench: &mut Bench) {
    const ME: Reader = Reader::Client(Client::GeminiCli);
    let mut skip = |about: &'static str, why: &str, span: Option<Span>| {
        bench.say((ME, Outcome::Skipped), about, why, span, GEMINI);
    };
    if view.text.starts_with('\u{feff}') {
        return skip("file", "a byte-order mark stands before the front matter", Some(Span::at(1, 1)));
    }
    let Some(range) = view.split.header.as_ref().filter(|_| opens_plainly(view.text)) else {
        return skip("header", "it has no front matter that begins with a plain `---`", Some(Span::at(1, 1)));
    };
    let text = view.text.get(range.clone()).unwrap_or("");
    let read = |key: &str| {
        let whole =
            view.front().is_some_and(|front| front.get(key).is_some_and(|value| shape(value) == Shape::Text));
        let pattern = format!("{key}:");
        whole || text.lines().any(|line| line.trim_start().starts_with(&pattern))
    };
    for key in ["name", "description"] {
        if !read(key) {
            skip(if key == "name" { "name" } else { "description" }, &format!("it has no `{key}`"), None);
        }
    }
}

/// The same words for every reader, so that a sentence can put readers together.
pub(super) fn too_long(key: &str, count: usize, limit: usize) -> String {
    let of = |number: usize| crate::base::text::thousands(number as u64);
    format!("its {key} has {} characters and {} are the limit", of(count), of(limit))
}

/// True when nothing but the end of the line stands behind the first `---`.
pub(super) fn opens_plainly(text: &str) -> bool {
    text.starts_with("---\n") || text.starts_with("---\r\n")
}

/// P06 and the documentation of `OpenCode`: the name is that of the folder, in lower-case letters, digits and hyphens.
fn named(view: &FileView<'_>, bench: &mut Bench, client: Client, source: &'static str) {
    let me = Reader::Client(client);
    if has_old_line_ends(view.text) {
        let why = "whether lines that end as on old Macs are read is not documented";
        return bench.say((me, Outcome::Unknown), "header", why, Some(Span::at(1, 1)), source);
    }
    let Some(front) = view.front().filter(|front| matches!(front.value, Value::Mapping(_))) else {
        let span = Some(Span::at(1, 1));
        return bench.say((me, Outcome::Skipped), "header", "it has no readable front matter", span, source);
    };
    if matches!(view.header, Header::Repaired(..)) {
        let why = "what it does with front matter that is no YAML is not documented";
        return bench.say((me, Outcome::Unknown), "header", why, None, source);
    }
    let folder = view.path.parent().name().to_owned();
    let name = front.get("name");
    let text = name.and_then(Node::non_empty).unwrap_or("");
    let span = name.map(|name| name.span);
    let mut skip =
        |about: &'static str, why: String, span| bench.say((me, Outcome::Skipped), about, why, span, source);
    let plain = text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if text.is_empty() {
        skip("name", "it has no `name`".to_owned(), span);
    } else if !plain || text.len() > MAX_NAME {
        skip(
            "name",
            "its name is not made of up to 64 lower-case letters, digits and hyphens".to_owned(),
            span,
        );
    } else if text != folder && !folder.is_empty() {
        skip("name", format!("its name is not that of its folder, `{}`", shown(&folder)), span);
    }
    let description = front.get("description");
    let span = description.map(|description| description.span);
    match description.and_then(Node::non_empty).map(|text| text.trim().chars().count()) {
        None => skip("description", "it has no `description`".to_owned(), span),
        Some(count) if count > MAX_DESCRIPTION => {
            skip("description", too_long("description", count, MAX_DESCRIPTION), span);
        }
        Some(_) => {}
    }
}

/// Clients that read skills and say nothing about those which break the specification.
pub(super) fn unknown_elsewhere(bench: &mut Bench) {
    let broken: Vec<(std::borrow::Cow<'static, str>, Option<Span>)> = bench
        .found
        .iter()
        .filter(|ruling| {
            ruling.reader == Reader::AgentSkills && ruling.outcome.is_lost() && ruling.about != "keys"
        })
        .map(|ruling| (ruling.about.clone(), ruling.span))
        .collect();
    for (about, span) in broken {
        for client in
            [Client::Cursor, Client::Windsurf, Client::Cline, Client::Amp, Client::Kiro, Client::Zed]
        {
            let who = (Reader::Client(client), Outcome::Unknown);
            let why = "what it does with a skill that breaks the specification is not documented";
            bench.say(who, about.clone(), why, span, "https://agentskills.io/specification");
        }
    }
}
