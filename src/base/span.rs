//! Places in text files.

use super::RepoPath;
use serde::{Deserialize, Serialize};

/// A 1-based line and a 1-based column counted in Unicode scalar values.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct Position {
    /// 1-based line.
    pub line: u32,
    /// 1-based column in Unicode scalar values.
    pub column: u32,
}

/// A half-open stretch of text: `end` is the position after the last character.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct Span {
    /// First character.
    pub start: Position,
    /// Position after the last character.
    pub end: Position,
}

impl Span {
    /// An empty span at a line and column.
    pub const fn at(line: u32, column: u32) -> Self {
        let position = Position { line, column };
        Self { start: position, end: position }
    }
}

/// A file and, where it is known, the stretch of text meant.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct Place {
    /// The file or folder.
    pub path: RepoPath,
    /// `None` means the whole file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
}

impl Place {
    /// The whole file.
    pub const fn file(path: RepoPath) -> Self {
        Self { path, span: None }
    }

    /// A stretch of the file.
    pub const fn span(path: RepoPath, span: Span) -> Self {
        Self { path, span: Some(span) }
    }

    /// The first line, 1 when the whole file is meant.
    pub fn line(&self) -> u32 {
        self.span.map_or(1, |span| span.start.line)
    }
}

/// Turns byte offsets of one text into positions.
#[derive(Clone, Debug)]
pub struct LineIndex<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    /// Indexes `text`; lines end at `\n`.
    pub fn new(text: &'a str) -> Self {
        let starts =
            std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1)).collect();
        Self { text, starts }
    }

    /// The position of a byte offset; offsets beyond the end or inside a character are rounded down.
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset);
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count());
        Position { line: saturating(line + 1), column: saturating(column + 1) }
    }

    /// The span of a byte range.
    pub fn span(&self, range: std::ops::Range<usize>) -> Span {
        Span { start: self.position(range.start), end: self.position(range.end) }
    }

    /// The byte offset of a position; beyond the end of its line it is that end, beyond the last line the end of the text.
    pub fn offset(&self, position: Position) -> usize {
        let line = usize::try_from(position.line).unwrap_or(usize::MAX).saturating_sub(1);
        let Some(start) = self.starts.get(line).copied() else { return self.text.len() };
        let column = usize::try_from(position.column).unwrap_or(usize::MAX).saturating_sub(1);
        let content = self.line(position.line);
        start + content.char_indices().nth(column).map_or(content.len(), |(at, _)| at)
    }

    /// The text of a 1-based line without its line ending; empty when there is no such line.
    pub fn line(&self, line: u32) -> &'a str {
        let index = usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1);
        let Some(start) = self.starts.get(index).copied() else { return "" };
        let end = self.starts.get(index + 1).copied().unwrap_or(self.text.len());
        self.text.get(start..end).unwrap_or("").trim_end_matches(['\n', '\r'])
    }

    /// How many lines there are; text without a final newline counts its last line.
    pub fn lines(&self) -> usize {
        if self.text.ends_with('\n') || self.text.is_empty() {
            self.starts.len() - 1
        } else {
            self.starts.len()
        }
    }
}

fn saturating(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters_not_bytes() {
        let index = LineIndex::new("äb\r\nc");
        assert_eq!(index.position(2), Position { line: 1, column: 2 });
        assert_eq!(index.position(1), Position { line: 1, column: 1 });
        assert_eq!(index.position(5), Position { line: 2, column: 1 });
        assert_eq!(index.position(99), Position { line: 2, column: 2 });
        assert_eq!(index.offset(Position { line: 1, column: 2 }), 2);
        assert_eq!(index.offset(Position { line: 1, column: 9 }), 3);
        assert_eq!(index.offset(Position { line: 9, column: 1 }), 6);
        assert_eq!((index.line(1), index.line(2), index.line(3)), ("äb", "c", ""));
        assert_eq!((index.lines(), LineIndex::new("").lines(), LineIndex::new("a\n").lines()), (2, 0, 1));
    }
}
