//! Splits a file into records: lines, elements of a JSON array, or the whole of it.

/// A line or an array element may have so many bytes: transcripts hold whole files in one line.
pub const MAX_RECORD_BYTES: usize = 16 * 1024 * 1024;
/// A document that is one JSON value over many lines may have so many bytes.
const MAX_DOCUMENT_BYTES: usize = 64 * 1024 * 1024;

/// One record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The line it begins in, from 1.
    pub line: u64,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Why it cannot be read, when it cannot.
    pub refused: Option<&'static str>,
}

/// How records follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One in each line.
    Lines,
    /// Elements of one JSON array.
    Array,
    /// One JSON value over many lines.
    Document,
}

/// How the records of this file follow each other.
pub fn shape(bytes: &[u8]) -> Shape {
    let text = start(bytes);
    match text.first() {
        Some(b'[') => Shape::Array,
        Some(b'{') => {
            let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let whole = || text.len() <= MAX_DOCUMENT_BYTES && is_json(text);
            if is_json(first) || !whole() { Shape::Lines } else { Shape::Document }
        }
        _ => Shape::Lines,
    }
}

fn is_json(bytes: &[u8]) -> bool {
    bytes.len() <= MAX_DOCUMENT_BYTES && serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
}

/// Without the byte order mark and white space in front.
fn start(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start()
}

/// The records of a file, in order.
pub fn records(bytes: &[u8]) -> Box<dyn Iterator<Item = Record<'_>> + '_> {
    match shape(bytes) {
        Shape::Lines => Box::new(lines(bytes)),
        Shape::Array => Box::new(Elements::new(bytes)),
        Shape::Document => {
            Box::new(std::iter::once(Record { line: 1, bytes: start(bytes).trim_ascii(), refused: None }))
        }
    }
}

/// The lines that are not empty.
pub fn lines(bytes: &[u8]) -> impl Iterator<Item = Record<'_>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes
        .split(|byte| *byte == b'\n')
        .zip(1..)
        .map(|(line, number)| Record {
            line: number,
            bytes: line.trim_ascii(),
            refused: (line.len() > MAX_RECORD_BYTES).then_some("the line has more than 16 MiB"),
        })
        .filter(|record| !record.bytes.is_empty())
}

/// The elements of a JSON array, found by brackets, so that only one of them is in memory as a value.
struct Elements<'a> {
    rest: &'a [u8],
    line: u64,
    done: bool,
}

impl<'a> Elements<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let text = start(bytes);
        let skipped = bytes.get(..bytes.len() - text.len()).unwrap_or_default();
        Self { rest: text.get(1..).unwrap_or_default(), line: 1 + newlines(skipped), done: false }
    }

    fn end(&mut self, refused: Option<&'static str>) -> Option<Record<'a>> {
        self.done = true;
        refused.map(|reason| Record { line: self.line, bytes: b"", refused: Some(reason) })
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// Where the first JSON value of the text ends; `None` when the text ends before it.
fn value_end(text: &[u8]) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_u32, false, false);
    for (at, byte) in text.iter().enumerate() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => depth = depth.saturating_add(1),
            b'}' | b']' | b',' if depth == 0 => return Some(at),
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

impl<'a> Iterator for Elements<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        if self.done {
            return None;
        }
        loop {
            match self.rest.split_first() {
                None => return self.end(Some("the array does not end")),
                Some((b']', _)) => return self.end(None),
                Some((byte, rest)) if *byte == b',' || byte.is_ascii_whitespace() => {
                    self.line += u64::from(*byte == b'\n');
                    self.rest = rest;
                }
                Some(_) => break,
            }
        }
        let Some((bytes, rest)) = value_end(self.rest).and_then(|end| self.rest.split_at_checked(end)) else {
            return self.end(Some("the array ends inside an element"));
        };
        if bytes.is_empty() {
            return self.end(Some("the array is no JSON from here on"));
        }
        let refused = (bytes.len() > MAX_RECORD_BYTES).then_some("the element has more than 16 MiB");
        let record = Record { line: self.line, bytes: bytes.trim_ascii(), refused };
        self.line += newlines(bytes);
        self.rest = rest;
        Some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(u64, String, bool)> {
        let one = |record: Record<'_>| {
            (record.line, String::from_utf8_lossy(record.bytes).into_owned(), record.refused.is_some())
        };
        records(text.as_bytes()).map(one).collect()
    }

    #[test]
    fn lines_arrays_and_documents_are_told_apart() {
        assert_eq!(shape(b"{\"a\":1}\n{\"a\":2}\n"), Shape::Lines);
        assert_eq!(shape(b"\n {\n\"a\":1\n}\n"), Shape::Document);
        assert_eq!(shape(b"{\"a\":\n{\"a\":2}\n"), Shape::Lines, "a first line that was cut");
        assert_eq!(all("{\"a\":1}\n\n{\"a\""), [(1, "{\"a\":1}".into(), false), (3, "{\"a\"".into(), false)]);
    }

    #[test]
    fn an_array_is_split_without_being_parsed() {
        let text = "\n[\n {\"a\": \"]},\\\"\"},\n [1,2], 7\n]";
        assert_eq!(
            all(text),
            [(3, "{\"a\": \"]},\\\"\"}".into(), false), (4, "[1,2]".into(), false), (4, "7".into(), false)]
        );
        assert_eq!(all("[{\"a\":1},{\"b\""), [(1, "{\"a\":1}".into(), false), (1, String::new(), true)]);
        assert_eq!(all("[}"), [(1, String::new(), true)]);
    }
}
