//! Comma-separated values as RFC 4180 describes them, with `;` and tabs as well.

use super::records::MAX_RECORD_BYTES;
use std::rc::Rc;

/// So many columns are read.
const MAX_COLUMNS: usize = 1024;

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

/// A table with its header: an iterator of rows, or of lines that are none with the reason.
pub struct Table<'a> {
    /// The names of the columns.
    pub header: Rc<[String]>,
    separator: u8,
    rest: &'a [u8],
    line: u64,
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
        let mut table = Self { header: Rc::new([]), separator, rest: bytes, line: 1 };
        if let Ok((cells, rest, lines)) = cells(bytes, separator) {
            table.header = cells.iter().map(|name| name.trim().to_owned()).collect();
            (table.rest, table.line) = (rest, 1 + lines);
        }
        table
    }
}

impl Iterator for Table<'_> {
    type Item = Result<Row, (u64, &'static str)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let line = self.line;
            let (cells, rest, lines) = match cells(self.rest, self.separator) {
                Ok(read) => read,
                Err((reason, rest, lines)) => {
                    (self.rest, self.line) = (rest, line + lines);
                    return Some(Err((line, reason)));
                }
            };
            (self.rest, self.line) = (rest, line + lines);
            if cells.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            return Some(if cells.len() == self.header.len() {
                Ok(Row { line, header: Rc::clone(&self.header), cells })
            } else {
                Err((line, "the row has another number of columns than the header"))
            });
        }
    }
}

type Split<'a> = (Vec<String>, &'a [u8], u64);
type Refused<'a> = (&'static str, &'a [u8], u64);

/// The cells of the first row, what follows it, and how many lines it takes.
fn cells(bytes: &[u8], separator: u8) -> Result<Split<'_>, Refused<'_>> {
    let (mut done, mut cell, mut quoted, mut lines) = (Vec::new(), Vec::new(), false, 0_u64);
    let mut rest = bytes;
    let text = |cell: &mut Vec<u8>| String::from_utf8_lossy(&std::mem::take(cell)).into_owned();
    while let Some((byte, after)) = rest.split_first() {
        if bytes.len() - rest.len() > MAX_RECORD_BYTES || done.len() >= MAX_COLUMNS {
            let (after, lines) = next_line(bytes);
            return Err(("the row has more than 16 MiB or 1,024 columns", after, lines));
        }
        rest = after;
        match *byte {
            b'"' if quoted && after.first() == Some(&b'"') => {
                cell.push(b'"');
                rest = after.get(1..).unwrap_or_default();
            }
            b'"' if quoted => quoted = false,
            b'"' if cell.is_empty() => quoted = true,
            b'\n' if !quoted => {
                lines += 1;
                break;
            }
            other if other == separator && !quoted => done.push(text(&mut cell)),
            other => {
                lines += u64::from(other == b'\n');
                cell.push(other);
            }
        }
    }
    if quoted {
        // One line is given up, not the rest of the file.
        let (after, lines) = next_line(bytes);
        return Err(("a quoted cell does not end", after, lines));
    }
    done.push(text(&mut cell));
    Ok((done, rest, lines))
}

fn next_line(bytes: &[u8]) -> (&[u8], u64) {
    let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1);
    (bytes.get(end..).unwrap_or_default(), 1)
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
        let other = Table::new(b"a;b\n1,5;2\n").next().expect("a row").expect("good");
        assert_eq!(other.get("a"), Some("1,5"));
    }
}
