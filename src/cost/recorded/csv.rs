//! Comma-separated values as RFC 4180 describes them, with `;` and tabs as well.
//!
//! The crate `csv` splits rows. What it takes for one cell until the end of the file, because a quote is missing, is
//! given up here line by line, so that one bad line does not cost the rest.

use super::records::MAX_RECORD_BYTES;
use csv::{ByteRecord, ReaderBuilder};
use std::io::Read;
use std::rc::Rc;

/// So many columns are read.
const MAX_COLUMNS: usize = 1024;
/// Rows that were read for nothing, because a quote is missing, until the rest of a file is given up.
const MAX_BROKEN: u32 = 100;
/// The same in bytes.
const MAX_BROKEN_BYTES: usize = 128 * 1024 * 1024;
/// More than the crate reads ahead.
const AHEAD: usize = 64 * 1024;

/// One row under its header.
#[derive(Clone, Debug)]
pub struct Row {
    /// The line it begins in, from 1.
    pub line: u64,
    header: Rc<[String]>,
    cells: Vec<String>,
}

impl Row {
    /// The text of a column; nothing when the column is not there or the cell is empty.
    pub fn get(&self, column: &str) -> Option<&str> {
        let place = self.header.iter().position(|name| name == column)?;
        self.cells.get(place).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
    }
}

/// A line that is no row, and why.
type Refused = (u64, &'static str);

/// A table with its header: an iterator of rows, or of lines that are none with the reason.
pub struct Table<'a> {
    /// The names of the columns.
    pub header: Rc<[String]>,
    separator: u8,
    /// From where the reader reads on.
    rest: &'a [u8],
    reader: csv::Reader<Window<'a>>,
    /// How many bytes of the rest are done.
    at: usize,
    /// The line that begins there.
    line: u64,
    broken: u32,
    broken_bytes: usize,
}

impl<'a> Table<'a> {
    /// The table in this file.
    pub fn new(bytes: &'a [u8]) -> Self {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let first = first.get(..MAX_RECORD_BYTES).unwrap_or(first);
        let frequency = |byte: &u8| memchr::memchr_iter(*byte, first).count();
        // The last one wins a tie, so the comma stands last.
        let separator = [b'\t', b';', b','].into_iter().max_by_key(frequency).unwrap_or(b',');
        let mut table = Self {
            header: Rc::new([]),
            separator,
            rest: bytes,
            reader: reader(bytes, separator),
            at: 0,
            line: 1,
            broken: 0,
            broken_bytes: 0,
        };
        if let Some(Ok((_, cells))) = table.row() {
            table.header = cells.iter().map(|name| text(name).trim().to_owned()).collect();
        }
        table
    }

    /// The next row and the line it begins in.
    fn row(&mut self) -> Option<Result<(u64, ByteRecord), Refused>> {
        while let Some(blank @ (b'\r' | b'\n')) = self.rest.get(self.at) {
            self.line += u64::from(*blank == b'\n');
            self.at += 1;
        }
        let start = self.at;
        if start >= self.rest.len() {
            return None;
        }
        self.reader.get_mut().limit = start + MAX_RECORD_BYTES + AHEAD;
        let mut cells = ByteRecord::new();
        // Nothing here can fail: bytes in memory are read, and rows may have any number of columns.
        if !self.reader.read_byte_record(&mut cells).unwrap_or(false) {
            self.give_up();
            return None;
        }
        let end = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX).min(self.rest.len());
        let raw = self.rest.get(start..end).unwrap_or_default();
        let line = self.line;
        let too_large = raw.len() > MAX_RECORD_BYTES || cells.len() > MAX_COLUMNS;
        let open = end == self.rest.len() && is_open(raw, self.separator);
        if !(too_large || open) {
            self.at = end;
            self.line += newlines(raw);
            return Some(Ok((line, cells)));
        }
        // One line is given up, not the rest of the file; unless there are too many of them to read all again.
        let rest = self.rest.get(start..).unwrap_or_default();
        let next = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        (self.rest, self.at, self.line) = (rest.get(next..).unwrap_or_default(), 0, line + 1);
        self.reader = reader(self.rest, self.separator);
        self.broken += 1;
        self.broken_bytes += raw.len();
        Some(Err((
            line,
            if self.broken > MAX_BROKEN || self.broken_bytes > MAX_BROKEN_BYTES {
                self.give_up();
                "too many rows with broken quotes; the rest of the file is not read"
            } else if too_large {
                "the row has more than 16 MiB or 1,024 columns"
            } else {
                "a quoted cell does not end"
            },
        )))
    }

    fn give_up(&mut self) {
        (self.rest, self.at) = (&[], 0);
    }
}

impl Iterator for Table<'_> {
    type Item = Result<Row, Refused>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (line, cells) = match self.row()? {
                Ok(row) => row,
                Err(refused) => return Some(Err(refused)),
            };
            if cells.iter().all(|cell| cell.trim_ascii().is_empty()) {
                continue;
            }
            return Some(if cells.len() == self.header.len() {
                let cells = cells.iter().map(text).collect();
                Ok(Row { line, header: Rc::clone(&self.header), cells })
            } else {
                Err((line, "the row has another number of columns than the header"))
            });
        }
    }
}

fn text(cell: &[u8]) -> String {
    String::from_utf8_lossy(cell).into_owned()
}

fn newlines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

fn builder(separator: u8) -> ReaderBuilder {
    let mut builder = ReaderBuilder::new();
    builder.delimiter(separator).has_headers(false).flexible(true);
    builder
}

fn reader(bytes: &[u8], separator: u8) -> csv::Reader<Window<'_>> {
    builder(separator).from_reader(Window { bytes, read: 0, limit: 0 })
}

/// Whether the last row of a file ends inside of quotes: then a further line would belong to it.
fn is_open(raw: &[u8], separator: u8) -> bool {
    if memchr::memchr(b'"', raw).is_none() {
        return false;
    }
    let more = raw.chain(&b"\nx"[..]);
    builder(separator).from_reader(more).into_byte_records().count() < 2
}

/// Bytes that end at a limit, so that no row is read to the end of a large file.
struct Window<'a> {
    bytes: &'a [u8],
    read: usize,
    limit: usize,
}

impl Read for Window<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let end = self.limit.min(self.bytes.len());
        let mut rest = self.bytes.get(self.read..end).unwrap_or_default();
        let read = rest.read(into)?;
        self.read += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_line_ends_and_separators() {
        let text = "a,b\r\n1,\"x, \"\"y\"\"\nz\"\r\n\n2\n3,\"open\n4,ok\n";
        let rows: Vec<_> = Table::new(text.as_bytes())
            .map(|row| {
                row.map(|row| (row.line, row.get("a").map(str::to_owned), row.get("b").map(str::to_owned)))
            })
            .collect();
        assert_eq!(rows[0], Ok((2, Some("1".into()), Some("x, \"y\"\nz".into()))));
        assert_eq!(rows[1], Err((5, "the row has another number of columns than the header")));
        assert_eq!(rows[2], Err((6, "a quoted cell does not end")));
        assert_eq!(rows[3], Ok((7, Some("4".into()), Some("ok".into()))));
        assert_eq!(rows.len(), 4);
        let other = Table::new(b"a;b\n1,5;2\n").next().expect("a row").expect("good");
        assert_eq!(other.get("a"), Some("1,5"));
        let inch = Table::new(b"a,b\n1,5\" pipe").next().expect("a row").expect("good");
        assert_eq!(inch.get("b"), Some("5\" pipe"));
    }

    #[test]
    fn broken_quotes_are_not_read_again_and_again() {
        let started = std::time::Instant::now();
        let line = format!("x\",\",\"\"{}\n", "y".repeat(200));
        let text = format!("a,b\n1,2\n{}", line.repeat(20_000));
        let rows: Vec<_> = Table::new(text.as_bytes()).collect();
        assert!(rows[0].is_ok());
        let Some(Err((line, reason))) = rows.last() else { panic!("a reason") };
        assert!(reason.contains("the rest of the file is not read"), "{reason}");
        assert!(*line < 110 && rows.len() < 110, "{line}");
        assert!(started.elapsed().as_secs() < 30);
    }

    #[test]
    fn a_row_without_an_end_takes_its_line_and_no_other() {
        let text = format!("a,b\n1,\"open\n{}", format!("2,{}\n", "y".repeat(200)).repeat(100_000));
        let mut rows = Table::new(text.as_bytes());
        assert_eq!(
            rows.next().expect("a row").map(|row| row.line),
            Err((2, "the row has more than 16 MiB or 1,024 columns"))
        );
        assert_eq!(rows.next().expect("a row").map(|row| row.line), Ok(3));
        assert_eq!(rows.count(), 99_999);
    }
}
