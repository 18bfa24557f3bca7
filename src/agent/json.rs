//! JSON with positions: the same nodes as YAML, so that a rule reads both alike.
//!
//! `serde_json` decides what is JSON and how deep it may nest; this reader only remembers where things stand.

use super::mcp::jsonc;
use crate::base::{Position, Span};
use crate::config::yaml::{Node, Value, YamlError};

/// Values of one file that are read; real files have a few hundred.
const MAX_NODES: usize = 100_000;

/// A JSON file as a tree of nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json {
    /// The outermost value.
    pub root: Node,
    /// It has comments or trailing commas: editors allow them, `JSON.parse` does not.
    pub relaxed: Option<YamlError>,
}

/// Reads a JSON file, with comments and trailing commas where it has them.
///
/// # Errors
/// What is wrong, and where.
pub fn parse(text: &str) -> Result<Json, YamlError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let strict = check(text);
    let plain = if strict.is_ok() { text.to_owned() } else { jsonc::plain(text) };
    let relaxed = match strict {
        Ok(()) => None,
        Err(error) => check(&plain).map(|()| Some(error))?,
    };
    let mut reader = Reader {
        rest: plain.chars().collect::<Vec<_>>().into_iter().peekable(),
        at: Position { line: 1, column: 1 },
        nodes: 0,
    };
    let root = reader.value().ok_or_else(|| YamlError {
        message: format!("it has more than {MAX_NODES} values"),
        at: reader.at,
    })?;
    Ok(Json { root, relaxed })
}

fn check(text: &str) -> Result<(), YamlError> {
    let clamp = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).max(1);
    serde_json::from_str::<serde::de::IgnoredAny>(text).map(|_| ()).map_err(|error| {
        let at = Position { line: clamp(error.line()), column: clamp(error.column()) };
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or("").to_owned();
        YamlError { message, at }
    })
}

/// Walks over text that is known to be JSON.
struct Reader {
    rest: std::iter::Peekable<std::vec::IntoIter<char>>,
    at: Position,
    nodes: usize,
}

impl Reader {
    fn bump(&mut self) -> Option<char> {
        let next = self.rest.next()?;
        if next == '\n' {
            self.at = Position { line: self.at.line.saturating_add(1), column: 1 };
        } else {
            self.at.column = self.at.column.saturating_add(1);
        }
        Some(next)
    }

    fn skip_space(&mut self) {
        while self.rest.peek().is_some_and(|next| next.is_whitespace()) {
            self.bump();
        }
    }

    /// True when the next character is this one, which is then taken.
    fn takes(&mut self, wanted: char) -> bool {
        self.skip_space();
        let found = self.rest.peek() == Some(&wanted);
        if found {
            self.bump();
        }
        found
    }

    /// `None` when there are too many values.
    fn value(&mut self) -> Option<Node> {
        self.skip_space();
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return None;
        }
        let start = self.at;
        let value = match self.rest.peek()? {
            '{' => {
                self.bump();
                let mut pairs = Vec::new();
                while !self.takes('}') {
                    let key = self.value()?;
                    self.takes(':');
                    pairs.push((key, self.value()?));
                    self.takes(',');
                }
                Value::Mapping(pairs)
            }
            '[' => {
                self.bump();
                let mut items = Vec::new();
                while !self.takes(']') {
                    items.push(self.value()?);
                    self.takes(',');
                }
                Value::Sequence(items)
            }
            '"' => Value::Scalar { text: self.string(), quoted: true },
            _ => {
                let mut text = String::new();
                while let Some(next) = self.rest.peek().copied() {
                    if next.is_whitespace() || matches!(next, ',' | '}' | ']' | ':') {
                        break;
                    }
                    text.push(next);
                    self.bump();
                }
                Value::Scalar { text, quoted: false }
            }
        };
        Some(Node { value, span: Span { start, end: self.at } })
    }

    fn string(&mut self) -> String {
        let mut raw = String::new();
        let mut escaped = false;
        while let Some(next) = self.bump() {
            raw.push(next);
            if next == '"' && raw.len() > 1 && !escaped {
                break;
            }
            escaped = next == '\\' && !escaped;
        }
        serde_json::from_str(&raw).unwrap_or(raw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_know_where_they_stand() {
        let json = parse("{\n  \"a\": [1, \"ü\\n\\\"\"],\n  \"b\": null}").unwrap();
        assert!(json.relaxed.is_none());
        let a = json.root.get("a").unwrap();
        assert_eq!(a.span.start, Position { line: 2, column: 8 });
        assert_eq!(a.strings(), ["1", "ü\n\""]);
        assert!(json.root.get("b").unwrap().is_null());
    }

    #[test]
    fn comments_are_said_to_be_there() {
        let json = parse("{ // here\n \"a\": 1,\n}").unwrap();
        assert_eq!(json.relaxed.unwrap().at.line, 1);
        assert_eq!(json.root.get("a").unwrap().text(), Some("1"));
        assert_eq!(parse("{\"a\": }").unwrap_err().at.line, 1);
        assert!(parse(&"[".repeat(3000)).is_err());
    }

    proptest! {
        #[test]
        fn everything_that_is_json_is_read(value in "\\PC{0,20}", key in "\\PC{0,8}", number in any::<i64>()) {
            let text = serde_json::json!({ key.clone(): [value.clone(), number, true, null] }).to_string();
            let json = parse(&text).unwrap();
            let read = json.root.get(&key).unwrap();
            let Value::Sequence(items) = &read.value else { panic!() };
            prop_assert_eq!(items[0].text(), Some(value.as_str()));
            let number = number.to_string();
            prop_assert_eq!(items[1].text(), Some(number.as_str()));
        }

        #[test]
        fn nothing_stops_it(text in "[\\[\\]{}\",:0a\\\\/* \n]{0,40}") {
            let _ = parse(&text);
        }
    }
}
