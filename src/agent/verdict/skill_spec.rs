//! The two gates that skills pass on their way to others: the reference validator, and uploads to Claude.

use super::skill::{MAX_DESCRIPTION, MAX_NAME, opens_plainly, too_long};
use super::{Bench, Outcome, Reader, pyyaml, shown};
use crate::agent::front_matter::{self, Header, has_old_line_ends};
use crate::agent::view::{FileView, Node, Shape, Value, YamlError, shape};
use crate::base::{Position, Span};
use crate::config::yaml;
use icu_normalizer::ComposingNormalizerBorrowed;
use saphyr_parser::{Event, Parser};
use std::borrow::Cow;

const SPEC: &str =
    "https://agentskills.io/specification; agentskills/agentskills skills-ref/src/skills_ref/validator.py";
const API: &str = "https://platform.claude.com/docs/en/build-with-claude/skills-guide; anthropics/skills@9d2f1ae skills/skill-creator/scripts/quick_validate.py";

/// Keys of the specification. Both gates refuse every other.
pub(super) const KEYS: [&str; 6] =
    ["name", "description", "license", "compatibility", "metadata", "allowed-tools"];
/// Longest `compatibility` in characters.
const MAX_COMPATIBILITY: usize = 500;

/// A gate's own rules.
struct Gate {
    me: Reader,
    source: &'static str,
}

pub(super) fn judge(view: &FileView<'_>, bench: &mut Bench) {
    if !has_old_line_ends(view.text) {
        return judge_lines(view, bench);
    }
    // Python takes every line end for a line feed, and both gates are written in it.
    let text = view.text.replace('\r', "\n");
    let (header, split) = front_matter::read(&text);
    judge_lines(&FileView::new((view.path, view.kind), &text, (&header, &split), view.plugin), bench);
}

fn judge_lines(view: &FileView<'_>, bench: &mut Bench) {
    let reference = Gate { me: Reader::AgentSkills, source: SPEC };
    if let Some(front) = reference.header(view, bench) {
        reference.fields(&front, view, bench);
    }
    let upload = Gate { me: Reader::ClaudeApi, source: API };
    match view.header {
        _ if view.text.starts_with('\u{feff}') => upload.reject(
            bench,
            "file",
            "a byte-order mark stands before the front matter",
            Some(Span::at(1, 1)),
        ),
        Header::Absent => upload.reject(bench, "header", "it has no front matter", Some(Span::at(1, 1))),
        Header::Parsed(_) if !opens_plainly(view.text) => {
            upload.reject(bench, "header", "something stands behind the first `---`", Some(Span::at(1, 1)));
        }
        Header::Unclosed => {
            upload.reject(bench, "header", "its front matter is never closed", Some(Span::at(1, 1)))
        }
        Header::Broken(error) | Header::Repaired(_, error) => {
            upload.reject(bench, "header", "its front matter is no YAML", Some(at(error)))
        }
        Header::Parsed(front) => upload.fields(front, view, bench),
    }
}

const fn at(error: &YamlError) -> Span {
    Span::at(error.at.line, error.at.column)
}

impl Gate {
    fn reject(&self, bench: &mut Bench, about: &'static str, why: impl Into<String>, span: Option<Span>) {
        bench.say((self.me, Outcome::Rejected), about, why, span, self.source);
    }

    /// The header as the reference validator sees it: between the first two `---`, wherever the second stands, and in
    /// the strict part of YAML that `strictyaml` reads.
    fn header<'n>(&self, view: &FileView<'n>, bench: &mut Bench) -> Option<Cow<'n, Node>> {
        let start = Some(Span::at(1, 1));
        let Some(rest) = view.text.strip_prefix("---") else {
            let why = if view.text.starts_with('\u{feff}') {
                "a byte-order mark stands before the front matter"
            } else {
                "it has no front matter"
            };
            self.reject(bench, if view.text.starts_with('\u{feff}') { "file" } else { "header" }, why, start);
            return None;
        };
        let Some((inside, _)) = rest.split_once("---") else {
            self.reject(bench, "header", "its front matter is never closed", start);
            return None;
        };
        let end = 3 + inside.len();
        let real = view.split.header.as_ref().map_or(end, |range| range.end);
        if let Some((what, at)) = strict_fault(inside) {
            let why = if end < real {
                format!("the first `---` inside a value ends its front matter there: {what}")
            } else {
                what
            };
            self.reject(bench, "header", why, Some(Span { start: at, end: at }));
            return None;
        }
        let front = match (end < real, view.header) {
            (false, Header::Parsed(front)) => Cow::Borrowed(front),
            _ => Cow::Owned(yaml::parse(inside, 1).ok()?),
        };
        if end < real {
            let why = "the first `---` inside a value ends its front matter there";
            let span = Some(view.index().span(end..end + 3));
            bench.say((self.me, Outcome::LoadsWithChanges), "header", why, span, self.source);
        }
        Some(front)
    }

    fn fields(&self, front: &Node, view: &FileView<'_>, bench: &mut Bench) {
        let Value::Mapping(pairs) = &front.value else {
            let about =
                if front.is_null() { "its front matter is empty" } else { "its front matter is no mapping" };
            return self.reject(bench, "header", about, Some(front.span));
        };
        let unknown: Vec<&(Node, Node)> =
            pairs.iter().filter(|(key, _)| !key.text().is_some_and(|key| KEYS.contains(&key))).collect();
        if let Some((first, _)) = unknown.first() {
            let names: Vec<String> = unknown
                .iter()
                .take(5)
                .filter_map(|(key, _)| key.text())
                .map(|key| format!("`{}`", shown(key)))
                .collect();
            self.reject(bench, "keys", format!("{} not in the specification", are(&names)), Some(first.span));
        }
        self.name(front.get("name"), view, bench);
        self.description(front.get("description"), bench);
        if let Some(value) = front.get("compatibility") {
            let text = value.text().unwrap_or("");
            let wrong = match self.is_text(value) {
                false => Some("`compatibility` is no text".to_owned()),
                // The reference validator asks for a text and its length alone.
                true if text.is_empty() && self.me == Reader::ClaudeApi => {
                    Some("`compatibility` is empty".to_owned())
                }
                true if text.chars().count() > MAX_COMPATIBILITY => Some(format!(
                    "`compatibility` has {} characters and 500 are the limit",
                    text.chars().count()
                )),
                true => None,
            };
            if let Some(why) = wrong.filter(|_| !(value.is_null() && self.me == Reader::AgentSkills)) {
                self.reject(bench, "compatibility", why, Some(value.span));
            }
        }
    }

    /// `strictyaml` makes a text of every scalar; the other gate has YAML's own types.
    fn is_text(&self, node: &Node) -> bool {
        match self.me {
            Reader::AgentSkills => node.text().is_some(),
            _ => match &node.value {
                Value::Scalar { text, quoted } => *quoted || pyyaml::no_text(text).is_none(),
                _ => false,
            },
        }
    }

    fn name(&self, name: Option<&Node>, view: &FileView<'_>, bench: &mut Bench) {
        let Some(node) = name else { return self.reject(bench, "name", "it has no `name`", None) };
        let span = Some(node.span);
        if !self.is_text(node) {
            return self.reject(bench, "name", no_text("name", node), span);
        }
        let text = node.text().unwrap_or("").trim();
        if text.is_empty() {
            return self.reject(bench, "name", "its name is empty", span);
        }
        let spec = self.me == Reader::AgentSkills;
        let allowed = |c: char| {
            c == '-' || if spec { c.is_alphanumeric() } else { c.is_ascii_lowercase() || c.is_ascii_digit() }
        };
        // macOS writes folders with marks of their own, the validator puts them together.
        let nfkc = ComposingNormalizerBorrowed::new_nfkc();
        let composed = if spec { nfkc.normalize(text) } else { Cow::Borrowed(text) };
        let text = &*composed;
        let lower = text.to_lowercase();
        let wrong = if text.chars().count() > MAX_NAME {
            Some(too_long("name", text.chars().count(), MAX_NAME))
        } else if lower != text && spec {
            Some("its name has capital letters".to_owned())
        } else if !text.chars().all(allowed) {
            Some("its name has characters other than lower-case letters, digits and hyphens".to_owned())
        } else if text.starts_with('-') || text.ends_with('-') || text.contains("--") {
            Some("its name begins or ends with a hyphen or has two in a row".to_owned())
        } else if !spec && (lower.contains("claude") || lower.contains("anthropic")) {
            Some("its name has the reserved word `claude` or `anthropic`".to_owned())
        } else {
            let folder = view.path.parent();
            let other = spec && !folder.is_root() && nfkc.normalize(folder.name()) != text;
            other.then(|| format!("its name is not that of its folder, `{}`", shown(folder.name())))
        };
        if let Some(why) = wrong {
            self.reject(bench, "name", why, span);
        }
    }

    fn description(&self, description: Option<&Node>, bench: &mut Bench) {
        let Some(node) = description else {
            return self.reject(bench, "description", "it has no `description`", None);
        };
        let span = Some(node.span);
        if !self.is_text(node) {
            let why = no_text("description", node);
            return self.reject(bench, "description", why, span);
        }
        let whole = node.text().unwrap_or("");
        // The reference validator counts the line feed at the end of a block too.
        let counted = if self.me == Reader::AgentSkills { whole } else { whole.trim() };
        let (text, count) = (whole.trim(), counted.chars().count());
        let wrong = if text.is_empty() {
            Some("its description is empty".to_owned())
        } else if count > MAX_DESCRIPTION {
            Some(too_long("description", count, MAX_DESCRIPTION))
        } else if self.me == Reader::ClaudeApi && text.contains(['<', '>']) {
            Some("its description has angle brackets".to_owned())
        } else {
            None
        };
        if let Some(why) = wrong {
            self.reject(bench, "description", why, span);
        }
    }
}

fn no_text(key: &str, node: &Node) -> String {
    match &node.value {
        // What newer YAML takes for a text.
        Value::Scalar { text, quoted: false } if shape(node) == Shape::Text => {
            let what = pyyaml::no_text(text).unwrap_or("no text");
            format!("`{key}` is `{}` without quotes, which YAML 1.1 takes for {what}", shown(text))
        }
        _ => format!("`{key}` is {} where a text belongs", shape(node).words()),
    }
}

fn are(names: &[String]) -> String {
    match names {
        [one] => format!("{one} is"),
        _ => format!("{} are", names.join(", ")),
    }
}

/// The first thing that `strictyaml` refuses: flow collections, anchors, aliases, tags, keys that stand twice, and
/// whatever is no YAML.
fn strict_fault(text: &str) -> Option<(String, Position)> {
    let clamp = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    let position = |marker: &saphyr_parser::Marker| Position {
        line: clamp(marker.line().max(1)),
        column: clamp(marker.col()).saturating_add(1),
    };
    let characters: Vec<char> = text.chars().collect();
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok(found) => found,
            Err(error) => return Some(("its front matter is no YAML".to_owned(), position(error.marker()))),
        };
        let flow = || characters.get(span.start.index()).is_some_and(|c| matches!(c, '[' | '{'));
        let what = match event {
            Event::Alias(_) => Some("an alias"),
            Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag) => {
                match (anchor > 0, tag.is_some()) {
                    (true, _) => Some("an anchor"),
                    (_, true) => Some("a tag"),
                    _ if flow() => Some("a list or mapping in brackets"),
                    _ => None,
                }
            }
            Event::Scalar(_, _, anchor, tag) => match (anchor > 0, tag.is_some()) {
                (true, _) => Some("an anchor"),
                (_, true) => Some("a tag"),
                _ => None,
            },
            _ => None,
        };
        if let Some(what) = what {
            return Some((
                format!("its front matter has {what}, which strictyaml refuses"),
                position(&span.start),
            ));
        }
    }
    let node = yaml::parse(text, 1).ok()?;
    let (key, span) = node.duplicate_keys().into_iter().next()?;
    Some((format!("the key `{}` stands twice", shown(&key)), span.start))
}
