//! What agnix would have found, had it not stopped at the first key of a front matter that its schema refuses.
//!
//! A sub-agent with `skills: pdf` is one that it cannot parse, and it says nothing of the `permissionMode` below. Such
//! keys are the verdicts' to judge; agnix is handed the text again with the keys taken out.

use crate::agent::front_matter::{self, Header};
use crate::agent::verdict::is_switch;
use crate::agent::view::{Node, Shape, Value, shape};
use agnix_core::{Diagnostic, FileType};

/// What agnix says of a front matter that it cannot parse.
const UNPARSED: [&str; 2] = ["CC-AG-007", "AS-016"];
/// What it says of keys that are not there, each with its key.
const ABSENT: [(&str, &str); 8] = [
    ("AS-002", "name"),
    ("AS-003", "description"),
    ("CC-AG-001", "name"),
    ("CC-AG-002", "description"),
    ("CC-AG-022", "tools"),
    ("CC-AG-022", "disallowedTools"),
    ("CC-SK-024", "description"),
    ("AS-020", "description"),
];

/// True for what is said of a front matter that could not be parsed.
fn is_unparsed(one: &Diagnostic) -> bool {
    UNPARSED.contains(&one.rule.as_str()) && one.message.starts_with("Failed to parse")
}

/// The text as it is handed in: sub-agents without a byte-order mark, which Claude Code reads past.
pub(super) fn without_mark(kind: FileType, text: &str) -> &str {
    if kind == FileType::Agent { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text }
}

/// The findings on a text, with those behind keys that agnix cannot read.
pub(super) fn beyond(
    kind: FileType,
    text: &str,
    found: Vec<Diagnostic>,
    check: &dyn Fn(&str) -> Option<Vec<Diagnostic>>,
) -> Vec<Diagnostic> {
    if !matches!(kind, FileType::Agent | FileType::Skill) || !found.iter().any(is_unparsed) {
        return found;
    }
    let Some((mended, blanked)) = mended(kind, text) else { return found };
    let Some(more) = check(&mended).filter(|more| !more.iter().any(is_unparsed)) else { return found };
    let is_of_blanked = |one: &Diagnostic| {
        ABSENT.iter().any(|(rule, key)| *rule == one.rule && blanked.iter().any(|name| name == key))
    };
    // Values that would need quotes are a fault of the text; what became of single keys is the verdicts' to say.
    let quoted = matches!(front_matter::read(text).0, Header::Repaired(..));
    let mut all: Vec<Diagnostic> = found.into_iter().filter(|one| quoted && is_unparsed(one)).collect();
    all.extend(more.into_iter().filter(|one| !is_of_blanked(one)));
    all
}

/// The text with quotes where they are missing and without the entries that agnix refuses, and their keys. Lines stay
/// what they are.
fn mended(kind: FileType, text: &str) -> Option<(String, Vec<String>)> {
    let (header, split) = front_matter::read(text);
    let range = split.header.clone()?;
    let inside = text.get(range.clone())?;
    let (front, inside) = match &header {
        Header::Parsed(front) => (front, inside.to_owned()),
        Header::Repaired(front, _) => (front, front_matter::quoted(inside)?),
        _ => return None,
    };
    let Value::Mapping(pairs) = &front.value else { return None };
    let mut blanked = Vec::new();
    // Lines of the file, 1-based, that are taken out.
    let mut lines: Vec<std::ops::Range<u32>> = Vec::new();
    for (at, (key, value)) in pairs.iter().enumerate() {
        let Some(name) = key.text() else { continue };
        let twice = pairs.iter().skip(at + 1).any(|(other, _)| other.text() == Some(name));
        if !twice && !is_refused(kind, name, value) {
            continue;
        }
        let end = pairs.get(at + 1).map_or(u32::MAX, |(next, _)| next.span.start.line);
        lines.push(key.span.start.line..end);
        if !twice {
            blanked.push(name.to_owned());
        }
    }
    if lines.is_empty() && !matches!(header, Header::Repaired(..)) {
        return None;
    }
    let mut out = String::with_capacity(text.len() + 32);
    out.push_str(text.get(..range.start)?);
    for (number, line) in (2_u32..).zip(inside.split_inclusive('\n')) {
        if lines.iter().any(|range| range.contains(&number)) {
            out.push_str(if line.ends_with('\n') { "#\n" } else { "#" });
        } else {
            out.push_str(line);
        }
    }
    out.push_str(text.get(range.end..)?);
    Some((out, blanked))
}

/// A mapping of texts to texts, as the specification has it.
fn is_flat(value: &Node) -> bool {
    shape(value) == Shape::Map
        && value.pairs().iter().all(|(key, value)| shape(key) == Shape::Text && shape(value) == Shape::Text)
}

/// True for a value of a known key that the schemas of agnix do not take.
fn is_refused(kind: FileType, key: &str, value: &Node) -> bool {
    let found = shape(value);
    let texts = |node: &Node| matches!(&node.value, Value::Sequence(items) if items.iter().all(|item| shape(item) == Shape::Text));
    let no_scalar = matches!(found, Shape::List | Shape::Map | Shape::Alias);
    if kind == FileType::Agent {
        return match key {
            "name" | "description" | "model" | "permissionMode" | "memory" | "effort" | "isolation"
            | "initialPrompt" | "mode" | "color" => no_scalar,
            "tools" | "disallowedTools" => !matches!(found, Shape::Null | Shape::Text) && !texts(value),
            "skills" => found != Shape::Null && !texts(value),
            "maxTurns" => {
                found != Shape::Null
                    && value.text().is_none_or(|text| text.parse::<u32>().is_err() || found != Shape::Number)
            }
            "background" | "omitClaudeMd" => !matches!(found, Shape::Null | Shape::Bool),
            "experimental" => !matches!(found, Shape::Null | Shape::Map),
            _ => false,
        };
    }
    match key {
        "name" | "description" | "when_to_use" | "license" | "compatibility" | "model" | "context"
        | "agent" | "effort" | "shell" => no_scalar,
        "allowed-tools" | "disallowed-tools" | "arguments" | "argument-hint" => {
            !matches!(found, Shape::Null | Shape::Text | Shape::List)
        }
        // Claude Code takes any mapping, the rules for other clients one of texts.
        "metadata" => !is_flat(value),
        "disable-model-invocation" | "user-invocable" | "background" => {
            found != Shape::Null && !is_switch(value)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(inside: &str) -> (String, Vec<String>) {
        mended(FileType::Agent, &format!("---\n{inside}---\nbody\n")).unwrap()
    }

    #[test]
    fn refused_keys_are_taken_out_and_lines_stay() {
        let (text, keys) = agent("name: a\nskills: pdf\ntools:\n  - 3\npermissionMode: yolo\n");
        assert_eq!(text, "---\nname: a\n#\n#\n#\npermissionMode: yolo\n---\nbody\n");
        assert_eq!(keys, ["skills", "tools"]);
        let (text, keys) = agent("name: a\nname: b\nmaxTurns: many\n");
        assert_eq!((text.as_str(), keys), ("---\n#\nname: b\n#\n---\nbody\n", vec!["maxTurns".to_owned()]));
        let (text, _) = agent("name: a\ndescription: Use when: asked\nmodel: [x]\n");
        assert_eq!(text, "---\nname: a\ndescription: 'Use when: asked'\n#\n---\nbody\n");
        assert_eq!(mended(FileType::Agent, "---\nname: a\nskills: [b]\n---\n"), None);
        let (text, _) = mended(FileType::Skill, "---\nname: a\nmetadata:\n  version: 1.0\n---\n").unwrap();
        assert_eq!(text, "---\nname: a\n#\n#\n---\n");
    }
}
