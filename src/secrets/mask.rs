//! The one place where a text loses its secrets: before anything else reads it, and once more before it is written.

use super::kinds;
use super::scan::{self, Found};
use std::borrow::Cow;
use std::fmt::Write as _;

/// What stands in the place of every character: no syntax of any format, so that what was valid stays so.
const BLOT: char = 'X';

/// The text with these secrets blotted out. Lines stay lines, and what a format fixes stays readable.
pub(super) fn mask(text: &str, found: &[Found]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for secret in found {
        let Some(value) = text.get(secret.range.clone()).filter(|_| secret.range.start >= done) else {
            continue;
        };
        out.push_str(text.get(done..secret.range.start).unwrap_or(""));
        blot(value, kept(secret, value), &mut out);
        done = secret.range.end;
    }
    out.push_str(text.get(done..).unwrap_or(""));
    out
}

/// How many bytes at the beginning every value of the kind has.
fn kept(secret: &Found, value: &str) -> usize {
    if std::ptr::eq(secret.kind, &raw const kinds::PRIVATE_KEY) {
        return value.get(10..).and_then(|rest| rest.find("-----")).map_or(0, |at| at + 15);
    }
    if value.starts_with(secret.start) { secret.start.len() } else { 0 }
}

/// Escapes stay, so that a string of JSON or of a program remains one.
fn blot(value: &str, keep: usize, out: &mut String) {
    let (start, rest) = value.split_at_checked(keep).unwrap_or(("", value));
    out.push_str(start);
    let mut escaped = false;
    for character in rest.chars() {
        let stays = escaped || character.is_whitespace() || character == '\\';
        out.push(if stays { character } else { BLOT });
        escaped = !escaped && character == '\\';
    }
}

/// Any text with a word in the place of whatever has the form of a secret, and how often that was done: for what is kept
/// and read again, where a blot would look like a value.
pub fn take_out(text: &str) -> (String, usize) {
    let found = scan::forms(text);
    let (mut out, mut done) = (String::with_capacity(text.len()), 0);
    for secret in &found {
        out.push_str(text.get(done..secret.range.start).unwrap_or(""));
        let _ = write!(out, "[{} taken out]", secret.kind.title);
        done = secret.range.end.max(done);
    }
    out.push_str(text.get(done..).unwrap_or(""));
    (out, found.len())
}

/// Any text without what has the form of a secret. For everything that leaves the program: file names, branch names and
/// titles come from the change too, and were not masked with the text of a file.
pub fn scrub(text: &str) -> Cow<'_, str> {
    let found = scan::forms(text);
    if found.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(mask(text, &found)) }
}
