//! YAML with positions: a document as a tree of nodes that know where they stand.
//!
//! Aliases are followed as long as what they stand for is small, so an "alias bomb" costs little: beyond the budget
//! they are kept as aliases. Depth and node count are bounded, because the input is hostile.

use crate::base::{Position, Span};
use saphyr_parser::{Event, Parser, ScalarStyle};
use std::collections::BTreeMap;

/// Nodes of one document that are read; real files have a few hundred.
const MAX_NODES: usize = 100_000;
/// Nesting that is read; real files have fewer than ten levels.
const MAX_DEPTH: usize = 64;
/// Nodes that aliases may add to a document.
const MAX_ALIASED: usize = 2_000;

/// A YAML value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it stands.
    pub span: Span,
}

/// A YAML value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A scalar as written, and whether it was quoted (quoted scalars are always strings).
    Scalar {
        /// The text.
        text: String,
        /// Written in quotes or as a block.
        quoted: bool,
    },
    /// A sequence.
    Sequence(Vec<Node>),
    /// A mapping in the order in which it was written; duplicate keys are kept.
    Mapping(Vec<(Node, Node)>),
    /// A reference to an anchor that is not there, or to more than is followed.
    Alias,
}

/// Why a document cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct YamlError {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub at: Position,
}

impl Node {
    /// The value of a key of a mapping; the last one when it is there twice, as most parsers do.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.pairs().iter().rev().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    /// The pairs of a mapping; empty for anything else.
    pub fn pairs(&self) -> &[(Self, Self)] {
        match &self.value {
            Value::Mapping(pairs) => pairs,
            _ => &[],
        }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The text of a scalar that is not null and not blank.
    pub fn non_empty(&self) -> Option<&str> {
        self.text().filter(|text| !self.is_null() && !text.trim().is_empty())
    }

    /// True for an unquoted `null`, `~` or nothing.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, quoted: false } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// True for the spellings of true that the clients accept.
    pub fn is_true(&self) -> bool {
        self.text()
            .is_some_and(|text| matches!(text.to_ascii_lowercase().as_str(), "true" | "yes" | "on" | "1"))
    }

    /// The strings of a list, or of one comma-separated scalar.
    pub fn strings(&self) -> Vec<String> {
        match &self.value {
            Value::Sequence(items) => {
                items.iter().filter_map(|item| item.non_empty().map(str::to_owned)).collect()
            }
            Value::Scalar { text, .. } if !self.is_null() => {
                text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The keys that stand twice in one mapping, at any depth, with the place of the second.
    pub fn duplicate_keys(&self) -> Vec<(String, Span)> {
        let mut found = Vec::new();
        let mut open = vec![self];
        while let Some(node) = open.pop() {
            match &node.value {
                Value::Mapping(pairs) => {
                    let mut seen = std::collections::BTreeSet::new();
                    for (key, value) in pairs {
                        if let Some(text) = key.text().filter(|text| !seen.insert((*text).to_owned())) {
                            found.push((text.to_owned(), key.span));
                        }
                        open.push(value);
                    }
                }
                Value::Sequence(items) => open.extend(items),
                Value::Scalar { .. } | Value::Alias => {}
            }
        }
        found.sort_by_key(|(_, span)| *span);
        found
    }
}

/// Reads the first document of a text. An empty text is an empty mapping. `first_line` is the 1-based line on
/// which the text begins in its file, so that positions are those of the file.
///
/// # Errors
/// When it is not YAML, nests deeper than 64 levels, or has more than 100,000 nodes.
pub fn parse(text: &str, first_line: u32) -> Result<Node, YamlError> {
    let mut builder = Builder {
        open: Vec::new(),
        done: None,
        nodes: 0,
        anchors: BTreeMap::new(),
        aliased: 0,
        shift: first_line.saturating_sub(1),
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| YamlError {
            message: error.info().to_owned(),
            at: builder.position(error.marker()),
        })?;
        let span = Span { start: builder.position(&span.start), end: builder.position(&span.end) };
        if builder.accept(event, span)? {
            break;
        }
    }
    Ok(builder
        .done
        .unwrap_or(Node { value: Value::Mapping(Vec::new()), span: Span::at(first_line.max(1), 1) }))
}

/// A list or mapping that is being read, with its anchor; 0 is none.
enum Open {
    Sequence(Vec<Node>, Span, usize),
    Mapping(Vec<(Node, Node)>, Option<Node>, Span, usize),
}

/// How many nodes there are, counted as far as the limit.
fn size(node: &Node, limit: usize) -> usize {
    let (mut open, mut count) = (vec![node], 0);
    while let Some(node) = open.pop() {
        count += 1;
        if count > limit {
            break;
        }
        match &node.value {
            Value::Sequence(items) => open.extend(items),
            Value::Mapping(pairs) => open.extend(pairs.iter().flat_map(|(key, value)| [key, value])),
            Value::Scalar { .. } | Value::Alias => {}
        }
    }
    count
}

struct Builder {
    open: Vec<Open>,
    done: Option<Node>,
    nodes: usize,
    /// What anchors stand for, and its size.
    anchors: BTreeMap<usize, (Node, usize)>,
    aliased: usize,
    shift: u32,
}

impl Builder {
    fn position(&self, marker: &saphyr_parser::Marker) -> Position {
        let clamp = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        Position {
            line: clamp(marker.line().max(1)).saturating_add(self.shift),
            column: clamp(marker.col()).saturating_add(1),
        }
    }

    /// Takes one event; true when the first document is complete.
    fn accept(&mut self, event: Event<'_>, span: Span) -> Result<bool, YamlError> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let quoted = style != ScalarStyle::Plain;
                let node = Node { value: Value::Scalar { text: text.into_owned(), quoted }, span };
                self.remember(anchor, &node);
                self.add(node)?;
            }
            Event::Alias(anchor) => {
                let value = self.followed(anchor);
                self.add(Node { value, span })?;
            }
            Event::SequenceStart(anchor, _) => self.begin(Open::Sequence(Vec::new(), span, anchor))?,
            Event::MappingStart(anchor, _) => self.begin(Open::Mapping(Vec::new(), None, span, anchor))?,
            Event::SequenceEnd | Event::MappingEnd => {
                let (value, start, anchor) = match self.open.pop() {
                    Some(Open::Sequence(items, start, anchor)) => (Value::Sequence(items), start, anchor),
                    Some(Open::Mapping(pairs, _, start, anchor)) => (Value::Mapping(pairs), start, anchor),
                    None => return Ok(true),
                };
                let node = Node { value, span: Span { start: start.start, end: span.end } };
                self.remember(anchor, &node);
                self.add(node)?;
            }
            Event::DocumentEnd => return Ok(self.done.is_some()),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => {}
        }
        Ok(false)
    }

    /// Keeps what an anchor stands for, unless it is larger than an alias may be.
    fn remember(&mut self, anchor: usize, node: &Node) {
        let size = if anchor == 0 { usize::MAX } else { size(node, MAX_ALIASED) };
        if size <= MAX_ALIASED {
            self.anchors.insert(anchor, (node.clone(), size));
        }
    }

    /// What an alias stands for, as long as the budget lasts.
    fn followed(&mut self, anchor: usize) -> Value {
        let Some((node, size)) = self.anchors.get(&anchor) else { return Value::Alias };
        if self.aliased + size > MAX_ALIASED {
            return Value::Alias;
        }
        self.aliased += size;
        node.value.clone()
    }

    fn begin(&mut self, open: Open) -> Result<(), YamlError> {
        if self.open.len() >= MAX_DEPTH {
            let (Open::Sequence(_, span, _) | Open::Mapping(_, _, span, _)) = open;
            return Err(YamlError {
                message: format!("it nests deeper than {MAX_DEPTH} levels"),
                at: span.start,
            });
        }
        self.open.push(open);
        Ok(())
    }

    fn add(&mut self, node: Node) -> Result<(), YamlError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(YamlError {
                message: format!("it has more than {MAX_NODES} values"),
                at: node.span.start,
            });
        }
        match self.open.last_mut() {
            Some(Open::Sequence(items, ..)) => items.push(node),
            Some(Open::Mapping(pairs, key, ..)) => match key.take() {
                None => *key = Some(node),
                Some(key) => pairs.push((key, node)),
            },
            None => self.done = Some(node),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_where_values_stand() {
        let node = parse("name: x\ntools: [Read, 'Grep']\nempty:\n", 2).expect("valid");
        assert_eq!(node.get("tools").expect("there").strings(), ["Read", "Grep"]);
        assert_eq!(node.get("tools").expect("there").span.start, Position { line: 3, column: 8 });
        assert!(node.get("empty").expect("there").is_null());
        assert_eq!(node.get("empty").expect("there").non_empty(), None);
    }

    #[test]
    fn refuses_what_would_hurt() {
        let deep = "[".repeat(5000);
        assert!(parse(&deep, 1).is_err());
        let bomb = "a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]\n";
        assert_eq!(parse(bomb, 1).expect("valid").pairs().len(), 3);
        let wide: String = (0..12).fold("a0: &a0 [x, x, x]\n".to_owned(), |text, level| {
            format!("{text}a{}: &a{} [*a{level}, *a{level}, *a{level}]\n", level + 1, level + 1)
        });
        let node = parse(&wide, 1).expect("valid");
        assert!(size(&node, usize::MAX) < 2 * MAX_ALIASED + 200);
        assert!(format!("{node:?}").contains("Alias"), "beyond the budget aliases stay");
        let node = parse("name: &n reviewer\ndescription: *n\ngone: [1]\n", 1).expect("valid");
        assert_eq!(node.get("description").and_then(Node::text), Some("reviewer"));
        assert_eq!(node.get("description").expect("there").span.start.line, 2);
        let error = parse("description: when: it breaks\n", 2).expect_err("two colons");
        assert_eq!(error.at.line, 2);
    }

    #[test]
    fn finds_keys_that_stand_twice() {
        let node = parse("a: 1\nb:\n  c: 1\n  c: 2\n", 1).expect("valid");
        let keys = node.duplicate_keys();
        assert_eq!(keys.len(), 1);
        assert_eq!((keys[0].0.as_str(), keys[0].1.start.line), ("c", 4));
    }
}
