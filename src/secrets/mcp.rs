//! The values of an MCP server: `env`, `headers` and `args`, whatever their names are.
//!
//! Read without a parser of JSON or TOML, because a file that is broken may hold a secret too. What stands under a
//! telling name is found by `assign`; here a value needs to look made by a machine.

use super::cursor::Cursor;
use super::names;
use super::quiet;
use std::ops::Range;

/// Values of one list or mapping that are read; real ones have a handful.
const MAX_VALUES: usize = 200;
/// Bytes of one value.
const MAX_VALUE: usize = 4096;

/// The values of the container whose key holds the byte `at`, that may be secrets by their looks alone.
pub(super) fn suspects(text: &str, at: usize) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut cursor = Cursor { bytes, at };
    // The key ends, and a list or mapping begins.
    cursor.skip(|byte| byte.is_ascii_alphabetic() || byte == b'_', MAX_RUN);
    cursor.skip(|byte| matches!(byte, b'"' | b'\'' | b'\\'), MAX_RUN);
    cursor.blank();
    if !cursor.take_any(b":=") {
        return Vec::new();
    }
    cursor.blank();
    let is_list = cursor.peek() == b'[';
    if !cursor.take_any(b"[{") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut name: Option<&str> = None;
    for _ in 0..MAX_VALUES {
        cursor.blank();
        cursor.take_any(b",");
        cursor.blank();
        let Some(key_or_value) = cursor.string() else { break };
        let shown = text.get(key_or_value.clone()).unwrap_or("");
        if is_list {
            if is_suspect(shown) && !name.is_some_and(is_about_something_else) {
                found.push(key_or_value);
            }
            name = shown.starts_with('-').then_some(shown);
            continue;
        }
        cursor.blank();
        if !cursor.take_any(b":=") {
            break;
        }
        cursor.blank();
        let Some(value) = cursor.string() else { break };
        if text.get(value.clone()).is_some_and(is_suspect) && !is_about_something_else(shown) {
            found.push(value);
        }
    }
    found
}

/// Long, without structure, and no digest of anything.
fn is_suspect(value: &str) -> bool {
    let plain = !value.contains(['/', ':', '@', ' ', '=', '<', '>', ',', '\\', '%', '$', '{']);
    (24..=256).contains(&value.len())
        && plain
        && !quiet::is_digest(value)
        && !quiet::is_placeholder(value)
        && !quiet::is_wordy(value)
        && quiet::looks_random(value)
}

/// `PROJECT_ID`, `--digest`: what the value is, is said, and it is no secret.
fn is_about_something_else(name: &str) -> bool {
    names::is_about(name)
}

/// White space, or characters of a name, that are read in one go.
const MAX_RUN: usize = 64;

impl Cursor<'_> {
    fn blank(&mut self) {
        self.skip(|byte| byte.is_ascii_whitespace(), MAX_RUN);
    }

    fn take_any(&mut self, any: &[u8]) -> bool {
        let taken = any.contains(&self.peek());
        self.at += usize::from(taken);
        taken
    }

    /// The inside of a string, or of a name without quotes as TOML has them.
    fn string(&mut self) -> Option<Range<usize>> {
        let quote = self.peek();
        if !matches!(quote, b'"' | b'\'') {
            let start = self.at;
            self.skip(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'), MAX_RUN);
            return (self.at > start).then_some(start..self.at);
        }
        let start = self.at + 1;
        let mut end = start;
        loop {
            match *self.bytes.get(end)? {
                b'\\' => end += 2,
                b'\n' => return None,
                byte if byte == quote => break,
                _ => end += 1,
            }
            if end - start > MAX_VALUE {
                return None;
            }
        }
        self.at = end + 1;
        Some(start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<&str> {
        let at = ["env", "headers", "args"].iter().find_map(|key| text.find(key)).unwrap();
        suspects(text, at).into_iter().map(|range| text.get(range).unwrap()).collect()
    }

    #[test]
    fn values_are_read_whatever_their_names_are() {
        let value = "Zx8Kq2LmWv7Rt4Yp1Ns6Bq3Hd9";
        for text in [
            "\"env\": {\"A\": \"b\", \"SHOP\": \"@\"}",
            "\"headers\": {\n  \"X-Shop\": \"@\"\n",
            "args = [\"-y\", \"@acme/x@1.2.3\", \"@\"]",
            "env = { SHOP = \"@\" }",
            "\"args\": [\"--shop\", \"@\"",
        ] {
            let text = text.replace("\"@\"", &format!("\"{value}\""));
            assert_eq!(values(&text), [value], "{text}");
        }
    }

    #[test]
    fn ids_digests_and_references_are_left_alone() {
        for text in [
            "\"env\": {\"PROJECT_ID\": \"Zx8Kq2LmWv7Rt4Yp1Ns6Bq3Hd9\"}",
            "\"env\": {\"SHOP\": \"${SHOP}\"}",
            "\"args\": [\"--rev\", \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b\"]",
            "\"args\": [\"acme/server@sha256:9f86d081884c7d659a2feaa0c55ad015\"]",
            "\"args\": [\"--id\", \"Zx8Kq2LmWv7Rt4Yp1Ns6Bq3Hd9\"]",
            "\"environment\": \"production\"",
        ] {
            assert!(values(text).is_empty(), "{text}");
        }
    }
}
