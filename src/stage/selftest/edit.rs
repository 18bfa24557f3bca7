//! Edits of a YAML text in place: what is not meant stays as it was written, comments included.

use crate::base::Position;
use crate::config::yaml::{self, Node, Value};

/// A YAML text that can be edited.
pub(super) struct Doc {
    text: String,
    root: Node,
}

/// Keys of mappings, and numbers for items of lists.
pub(super) type Path<'a> = &'a [&'a str];

impl Doc {
    /// `None` when it is not readable YAML.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(Self { root: yaml::parse(text, 1).ok()?, text: text.to_owned() })
    }

    /// The text as it is.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// What stands at a path.
    pub(super) fn at(&self, path: Path<'_>) -> Option<&Node> {
        path.iter().try_fold(&self.root, |node, step| child(node, step))
    }

    /// The text of the scalar at a path.
    pub(super) fn scalar(&self, path: Path<'_>) -> Option<&str> {
        self.at(path)?.non_empty()
    }

    /// The keys of the mapping at a path.
    pub(super) fn keys(&self, path: Path<'_>) -> Vec<&str> {
        self.at(path)
            .map_or_else(Vec::new, |node| node.pairs().iter().filter_map(|(key, _)| key.text()).collect())
    }

    /// How many items the list at a path has.
    pub(super) fn count(&self, path: Path<'_>) -> usize {
        match self.at(path).map(|node| &node.value) {
            Some(Value::Sequence(items)) => items.len(),
            _ => 0,
        }
    }

    /// With a value at a path, whether something stood there or not. The value is YAML of one line.
    pub(super) fn set(&self, path: Path<'_>, value: &str) -> Option<String> {
        if let Some(node) = self.at(path).filter(|node| !is_blank(node)) {
            let (start, end) = self.range(node)?;
            return self.splice(start, end, value);
        }
        // The nearest thing around it that is there.
        for depth in (0..path.len()).rev() {
            let (around, rest) = path.split_at(depth);
            let Some(node) = self.at(around) else { continue };
            let (last, above) = rest.split_first()?;
            let inner = above.iter().rev().fold(value.to_owned(), |value, key| format!("{{{key}: {value}}}"));
            let pair = format!("{last}: {inner}");
            return match node.pairs().iter().find(|(key, _)| key.text() == Some(last)) {
                // The key is there, and nothing stands beside it.
                Some((key, _)) => {
                    let after = self.after_colon(key)?;
                    self.splice(after, after, &format!(" {inner}"))
                }
                None => self.insert(around, node, &pair),
            };
        }
        None
    }

    fn insert(&self, around: Path<'_>, node: &Node, pair: &str) -> Option<String> {
        if let Some((first, _)) = node.pairs().first() {
            let start = self.offset(first.span.start)?;
            let flow = self.byte(self.offset(node.span.start)?) == Some(b'{');
            let margin = " ".repeat(usize::try_from(first.span.start.column).ok()?.saturating_sub(1));
            let between = if flow { ", ".to_owned() } else { format!("\n{margin}") };
            return self.splice(start, start, &format!("{pair}{between}"));
        }
        match &node.value {
            Value::Mapping(_) if around.is_empty() => {
                Some(format!("{}\n{pair}\n", self.text.trim_end_matches(['{', '}', '\n', ' '])))
            }
            Value::Mapping(_) => {
                let (start, end) = self.range(node)?;
                self.splice(start, end, &format!("{{{pair}}}"))
            }
            Value::Scalar { .. } if is_blank(node) => self.set(around, &format!("{{{pair}}}")),
            _ => None,
        }
    }

    /// Without what stands at a path.
    pub(super) fn remove(&self, path: Path<'_>) -> Option<String> {
        let (last, around) = path.split_last()?;
        let parent = self.at(around)?;
        // Where each of them begins and ends.
        let places: Vec<(usize, usize)> = match &parent.value {
            Value::Mapping(pairs) => pairs
                .iter()
                .map(|(key, value)| Some((self.offset(key.span.start)?, self.end_of_pair(key, value)?)))
                .collect::<Option<_>>()?,
            Value::Sequence(items) => items.iter().map(|item| self.range(item)).collect::<Option<_>>()?,
            Value::Scalar { .. } | Value::Alias => return None,
        };
        let index = match &parent.value {
            Value::Mapping(pairs) => pairs.iter().position(|(key, _)| key.text() == Some(last))?,
            _ => last.parse().ok().filter(|index| *index < places.len())?,
        };
        let (start, end) = *places.get(index)?;
        if let Some((next, _)) = places.get(index + 1) {
            return self.splice(start, *next, "");
        }
        if let Some((_, before)) = index.checked_sub(1).and_then(|index| places.get(index)) {
            // With its line, where it has one: a comment behind the one before stays.
            let line = self.text.get(*before..start)?.rfind('\n').unwrap_or(0);
            return self.splice(before + line, end, "");
        }
        // The only one: nothing is left around it either.
        if around.is_empty() { self.splice(start, end, "") } else { self.remove(around) }
    }

    /// With another name for a key.
    pub(super) fn rename(&self, path: Path<'_>, name: &str) -> Option<String> {
        let (last, around) = path.split_last()?;
        let (key, _) = self.at(around)?.pairs().iter().find(|(key, _)| key.text() == Some(last))?;
        let (start, end) = self.range(key)?;
        self.splice(start, end, name)
    }

    /// From where to where a node stands, in bytes.
    fn range(&self, node: &Node) -> Option<(usize, usize)> {
        Some((self.start(node)?, self.end(node)?))
    }

    /// Where a node begins; a text in a block at its sign, `|` or `>`, which the parser leaves out.
    fn start(&self, node: &Node) -> Option<usize> {
        let start = self.offset(node.span.start)?;
        let block = matches!(node.value, Value::Scalar { quoted: true, .. })
            && !matches!(self.byte(start), Some(b'"' | b'\'' | b'|' | b'>'));
        if block { self.text.get(..start)?.rfind(['|', '>']) } else { Some(start) }
    }

    fn end(&self, node: &Node) -> Option<usize> {
        let start = self.offset(node.span.start)?;
        // The parser's own end of a list in brackets lies behind a comment that follows it.
        let bracket = match self.byte(start) {
            Some(b'{') => Some('}'),
            Some(b'[') => Some(']'),
            _ => None,
        };
        let closed = |from: usize, bracket: char| Some(from + self.text.get(from..)?.find(bracket)? + 1);
        let end = match &node.value {
            Value::Mapping(_) | Value::Sequence(_) => {
                let last = match &node.value {
                    Value::Mapping(pairs) => pairs.last().map(|(key, value)| self.end_of_pair(key, value)),
                    Value::Sequence(items) => items.last().map(|item| self.end(item)),
                    _ => None,
                };
                return match bracket {
                    Some(bracket) => closed(last.unwrap_or(Some(start))?, bracket),
                    None => last?,
                };
            }
            _ => self.offset(node.span.end)?,
        };
        // A text in a block ends where the next thing begins.
        Some(start + self.text.get(start..end)?.trim_end().len())
    }

    fn end_of_pair(&self, key: &Node, value: &Node) -> Option<usize> {
        if is_blank(value) { self.after_colon(key) } else { self.end(value) }
    }

    fn after_colon(&self, key: &Node) -> Option<usize> {
        let end = self.offset(key.span.end)?;
        Some(end + self.text.get(end..)?.find(':')? + 1)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn offset(&self, position: Position) -> Option<usize> {
        let mut start = 0;
        for _ in 1..position.line {
            start += self.text.get(start..)?.find('\n').map_or_else(|| self.text.len() - start, |at| at + 1);
        }
        let skipped = usize::try_from(position.column).ok()?.saturating_sub(1);
        let line = self.text.get(start..)?;
        Some(start + line.chars().take(skipped).map(char::len_utf8).sum::<usize>())
    }

    fn splice(&self, start: usize, end: usize, new: &str) -> Option<String> {
        Some(format!("{}{new}{}", self.text.get(..start)?, self.text.get(end..)?))
    }
}

fn child<'n>(node: &'n Node, step: &str) -> Option<&'n Node> {
    match &node.value {
        Value::Sequence(items) => items.get(step.parse::<usize>().ok()?),
        _ => node.get(step),
    }
}

/// Nothing stands there at all.
fn is_blank(node: &Node) -> bool {
    matches!(&node.value, Value::Scalar { text, quoted: false } if text.is_empty() || text == "~")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# ours\nversion: 1\non:\n  pull_request:\n    types: [opened, edited] # both\n  merge_group:\njobs:\n  a:\n    if: >-\n      x\n      && y\n    steps:\n      - name: ü\n        with: {a: 1, b: 2}\n      - run: x\n\n# the end\nlast: 'z'\n";

    fn doc() -> Doc {
        Doc::parse(TEXT).unwrap()
    }

    #[track_caller]
    fn differs(found: Option<String>, old: &str, new: &str) {
        assert_eq!(TEXT.matches(old).count(), 1);
        assert_eq!(found.unwrap(), TEXT.replace(old, new));
    }

    #[test]
    fn sets_what_is_there_and_what_is_not() {
        differs(doc().set(&["last"], "y"), "'z'", "y");
        differs(doc().set(&["on", "pull_request", "types"], "[opened]"), "[opened, edited]", "[opened]");
        differs(doc().set(&["jobs", "a", "if"], "false"), ">-\n      x\n      && y\n", "false\n");
        differs(doc().set(&["jobs", "a", "steps", "0", "with", "b"], "3"), "b: 2", "b: 3");
        differs(doc().set(&["jobs", "a", "steps", "0", "with", "c"], "3"), "{a: 1", "{c: 3, a: 1");
        differs(doc().set(&["jobs", "a", "steps", "1", "if"], "no"), "- run: x", "- if: no\n        run: x");
        differs(
            doc().set(&["on", "merge_group", "branches"], "[x]"),
            "merge_group:",
            "merge_group: {branches: [x]}",
        );
        differs(doc().set(&["gate", "judge"], "p90"), "version: 1", "gate: {judge: p90}\nversion: 1");
        differs(
            doc().set(&["jobs"], "{}"),
            TEXT.get(TEXT.find("  a:\n").unwrap() + 2..TEXT.find("\n\n# the").unwrap()).unwrap(),
            "{}",
        );
        assert_eq!(Doc::parse("").unwrap().set(&["a", "b"], "1").unwrap(), "\na: {b: 1}\n");
        assert_eq!(Doc::parse("a: {}").unwrap().set(&["a", "b"], "1").unwrap(), "a: {b: 1}");
    }

    #[test]
    fn removes_and_renames() {
        differs(doc().remove(&["version"]), "version: 1\n", "");
        differs(doc().remove(&["on", "merge_group"]), "\n  merge_group:", "");
        differs(doc().remove(&["on", "pull_request", "types", "1"]), ", edited", "");
        differs(doc().remove(&["on", "pull_request", "types", "0"]), "opened, ", "");
        differs(doc().remove(&["jobs", "a", "steps", "1"]), "\n      - run: x", "");
        differs(doc().remove(&["jobs", "a", "steps", "0", "with", "a"]), "a: 1, ", "");
        differs(doc().rename(&["jobs", "a"], "b"), "  a:\n", "  b:\n");
        assert_eq!(Doc::parse("a: {b: {c: 1}}\nd: 2\n").unwrap().remove(&["a", "b", "c"]).unwrap(), "d: 2\n");
        assert!(doc().remove(&["no"]).is_none() && doc().rename(&["no"], "x").is_none());
    }
}
