//! The text of a document, and places in it as the protocol counts them.

use crate::base::{LineIndex, Span};
use serde_json::{Value, json};
use std::ops::Range;

/// What a character of a position is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    /// A byte.
    Utf8,
    /// Half of a character beyond the first 65,536, or a whole other one.
    #[default]
    Utf16,
}

impl Encoding {
    /// The name in the protocol.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
        }
    }

    const fn width(self, character: char) -> usize {
        match self {
            Self::Utf8 => character.len_utf8(),
            Self::Utf16 => character.len_utf16(),
        }
    }
}

/// A text with its lines. They end at `\n`, `\r\n` and `\r`, as the protocol has it.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    text: String,
    starts: Vec<usize>,
}

impl Text {
    pub(super) fn new(text: String) -> Self {
        let starts = starts(&text);
        Self { text, starts }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The bytes of a line without its end.
    fn line(&self, line: usize) -> Range<usize> {
        let start = self.starts.get(line).copied().unwrap_or(self.text.len());
        let end = self.starts.get(line + 1).copied().unwrap_or(self.text.len());
        let content = self.text.get(start..end).unwrap_or_default().trim_end_matches(['\n', '\r']);
        start..start + content.len()
    }

    /// The byte at a position of the protocol. What lies beyond a line is its end, as the protocol wants it.
    pub(super) fn offset(&self, position: &Value, encoding: Encoding) -> Option<usize> {
        let number = |key: &str| usize::try_from(position.get(key)?.as_u64()?).ok();
        let (line, character) = (number("line")?, number("character")?);
        let range = self.line(line);
        let mut left = character;
        let content = self.text.get(range.clone()).unwrap_or_default();
        for (at, next) in content.char_indices() {
            let width = encoding.width(next);
            if left < width {
                return Some(range.start + at);
            }
            left -= width;
        }
        Some(range.end)
    }

    /// The bytes of a range of the protocol.
    pub(super) fn bytes(&self, range: &Value, encoding: Encoding) -> Option<Range<usize>> {
        let start = self.offset(range.get("start")?, encoding)?;
        let end = self.offset(range.get("end")?, encoding)?;
        Some(start..end.max(start))
    }

    /// The position of a byte.
    pub(super) fn position(&self, offset: usize, encoding: Encoding) -> Value {
        let offset = self.text.floor_char_boundary(offset);
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let before = self.text.get(start..offset).unwrap_or_default();
        let character: usize = before.chars().map(|next| encoding.width(next)).sum();
        json!({"line": line, "character": character})
    }

    /// The range of bytes.
    pub(super) fn range(&self, bytes: &Range<usize>, encoding: Encoding) -> Value {
        json!({"start": self.position(bytes.start, encoding), "end": self.position(bytes.end, encoding)})
    }

    /// Replaces some bytes.
    pub(super) fn replace(&mut self, bytes: Range<usize>, with: &str) {
        let start = self.text.floor_char_boundary(bytes.start);
        let end = self.text.floor_char_boundary(bytes.end).max(start);
        self.text.replace_range(start..end, with);
        self.starts = starts(&self.text);
    }

    /// The bytes a span of ours means, never none where there is something to see: an empty one becomes the rest of its
    /// line, and no span at all the first line.
    pub(super) fn seen(&self, span: Option<Span>) -> Range<usize> {
        let index = LineIndex::new(&self.text);
        let Some(span) = span else { return self.line(0) };
        let (start, end) = (index.offset(span.start), index.offset(span.end));
        if start < end {
            return start..end;
        }
        let line = index.line(span.start.line);
        let begin = index.offset(crate::base::Position { line: span.start.line, column: 1 });
        let whole = begin..begin + line.trim_end().len();
        if start < whole.end { start..whole.end } else { whole }
    }
}

fn starts(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let ends = memchr::memchr2_iter(b'\n', b'\r', bytes);
    let ends = ends.filter(|at| bytes.get(*at) == Some(&b'\n') || bytes.get(at + 1) != Some(&b'\n'));
    std::iter::once(0).chain(ends.map(|at| at + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(line: u64, character: u64) -> Value {
        json!({"line": line, "character": character})
    }

    #[test]
    fn characters_are_what_was_agreed_on() {
        let text = Text::new("aé😀b\r\nc\rd".to_owned());
        assert_eq!(text.offset(&at(0, 4), Encoding::Utf16), Some(7));
        assert_eq!(text.offset(&at(0, 3), Encoding::Utf16), Some(3), "half of a character is its beginning");
        assert_eq!(text.offset(&at(0, 7), Encoding::Utf8), Some(7));
        assert_eq!(text.offset(&at(0, 99), Encoding::Utf16), Some(8), "beyond the end of a line is its end");
        assert_eq!(text.offset(&at(2, 0), Encoding::Utf16), Some(12));
        assert_eq!(text.offset(&at(99, 9), Encoding::Utf16), Some(13));
        assert_eq!(text.position(7, Encoding::Utf16), at(0, 4));
        assert_eq!(text.position(7, Encoding::Utf8), at(0, 7));
        assert_eq!(text.position(99, Encoding::Utf16), at(2, 1));
        assert_eq!(text.offset(&json!({"line": -1, "character": 0}), Encoding::Utf16), None);
    }

    #[test]
    fn what_is_found_can_be_seen() {
        let text = Text::new("# Title\n\nsome text \n".to_owned());
        let seen = |span| text.as_str().get(text.seen(span)).unwrap();
        assert_eq!(seen(None), "# Title");
        assert_eq!(seen(Some(Span::at(3, 6))), "text");
        assert_eq!(seen(Some(Span::at(3, 99))), "some text");
        assert_eq!(seen(Some(Span::at(2, 1))), "");
        assert_eq!(seen(Some(Span::at(99, 1))), "");
    }

    proptest! {
        #[test]
        fn edits_by_position_are_edits_by_bytes(
            text in "[aé😀\r\n]{0,20}", line in 0_u64..6, from in 0_u64..6, more in 0_u64..6, with in "[x\n]{0,3}",
            utf8 in any::<bool>(),
        ) {
            let encoding = if utf8 { Encoding::Utf8 } else { Encoding::Utf16 };
            let mut edited = Text::new(text.clone());
            let bytes = edited.bytes(&json!({"start": at(line, from), "end": at(line, from + more)}), encoding).unwrap();
            edited.replace(bytes.clone(), &with);
            let mut expected = text.clone();
            expected.replace_range(bytes, &with);
            prop_assert_eq!(&edited.text, &expected);
            prop_assert_eq!(&edited.starts, &starts(&expected));
        }

        #[test]
        fn positions_lead_back_to_their_bytes(text in "[aé😀\n]{0,20}", at in 0_usize..60, utf8 in any::<bool>()) {
            let encoding = if utf8 { Encoding::Utf8 } else { Encoding::Utf16 };
            let text = Text::new(text);
            let at = text.as_str().floor_char_boundary(at);
            prop_assert_eq!(text.offset(&text.position(at, encoding), encoding), Some(at));
        }
    }
}
