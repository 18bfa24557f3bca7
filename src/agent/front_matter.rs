//! Markdown files with a YAML header between `---` lines.

use crate::config::yaml::{self, Node, YamlError};
use std::ops::Range;

/// A Markdown text split into header and body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Byte range of the YAML between the fences, when there is a header.
    pub header: Option<Range<usize>>,
    /// Byte offset at which the body begins.
    pub body: usize,
    /// A first line `---` that is never closed: the clients differ in what they make of it.
    pub unclosed: bool,
}

/// Splits a text. A byte-order mark before the first fence is skipped, as Claude Code does.
pub fn split(text: &str) -> Split {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let none = Split { header: None, body: start, unclosed: false };
    let Some(rest) = text.get(start..) else { return none };
    let mut lines = rest.split_inclusive('\n');
    let Some(first) = lines.next().filter(|line| line.trim_end() == "---") else { return none };
    let header_start = start + first.len();
    let mut offset = header_start;
    for line in lines {
        if line.trim_end() == "---" {
            return Split { header: Some(header_start..offset), body: offset + line.len(), unclosed: false };
        }
        offset += line.len();
    }
    Split { header: None, body: start, unclosed: true }
}

/// True for a text whose lines end as on old Macs: Python reads them, and most others see one line.
pub fn has_old_line_ends(text: &str) -> bool {
    text.contains('\r') && !text.contains('\n')
}

/// What the header of a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Header {
    /// There is none.
    Absent,
    /// The first line opens one that is never closed.
    Unclosed,
    /// It cannot be read.
    Broken(YamlError),
    /// A YAML parser cannot read it; Claude Code and Gemini CLI can, since all that is wrong are values that would
    /// need quotes. What they read, and what a strict parser says.
    Repaired(Node, YamlError),
    /// It can be read, though it may not be a mapping.
    Parsed(Node),
}

impl Header {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match self {
            Self::Parsed(node) | Self::Repaired(node, _) => node.get(key),
            _ => None,
        }
    }

    /// The text of a key that has one.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Node::non_empty)
    }
}

/// Reads the header of a text.
pub fn read(text: &str) -> (Header, Split) {
    let split = split(text);
    let header = match &split.header {
        None if split.unclosed => Header::Unclosed,
        None => Header::Absent,
        Some(range) => match yaml::parse(text.get(range.clone()).unwrap_or(""), 2) {
            Ok(node) => Header::Parsed(node),
            Err(error) => {
                let repaired = repair(text.get(range.clone()).unwrap_or(""));
                repaired.map_or(Header::Broken(error.clone()), |node| Header::Repaired(node, error))
            }
        },
    };
    (header, split)
}

/// The header read as if its values stood in quotes, when that makes YAML of it: `description: Use when: asked`.
///
/// Claude Code accepts such headers (measured with `claude plugin validate` 2.1.329; anthropics/claude-plugins-official
/// issue 6261). Only plain values in one line are quoted, as there.
fn repair(text: &str) -> Option<Node> {
    quoted(text).and_then(|quoted| yaml::parse(&quoted, 2).ok())
}

/// The header with quotes where plain values need them; `None` when none does.
pub fn quoted(text: &str) -> Option<String> {
    let mut changed = false;
    let mut quoted = String::with_capacity(text.len() + 16);
    for line in text.lines() {
        match odd_value(line) {
            Some((key, value)) => {
                changed = true;
                quoted.extend([key, ": '", &value.replace('\'', "''"), "'\n"]);
            }
            None => quoted.extend([line, "\n"]),
        }
    }
    changed.then_some(quoted)
}

/// Key and value of a line whose plain value has a colon in it.
fn odd_value(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(": ")?;
    let value = value.trim();
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let starts_otherwise = value.starts_with(['"', '\'', '|', '>', '[', '{', '&', '*', '#']);
    let is_odd = value.contains(": ") || value.ends_with(':');
    (is_key && !starts_otherwise && is_odd).then_some((key, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_with_bom_and_crlf() {
        let text = "\u{feff}---\r\nname: a\r\n---\r\nbody\r\n";
        let (header, split) = read(text);
        assert_eq!(header.text("name"), Some("a"));
        assert_eq!(text.get(split.body..), Some("body\r\n"));
    }

    #[test]
    fn tells_absent_unclosed_and_broken_apart() {
        assert_eq!(read("# Title\n---\nx: 1\n---\n").0, Header::Absent);
        assert_eq!(read("---\nname: a\n").0, Header::Unclosed);
        assert!(matches!(read("---\na: [b\n---\n").0, Header::Broken(_)));
        let (header, _) = read("---\nname: it's\ndescription: Use when: it's time\n---\n");
        assert!(matches!(&header, Header::Repaired(_, error) if error.at.line == 3), "{header:?}");
        assert_eq!(header.text("description"), Some("Use when: it's time"));
        assert!(matches!(read("---\na: b: c\nd: [\n---\n").0, Header::Broken(_)));
        assert!(matches!(read("---\n---\n").0, Header::Parsed(_)));
    }
}
