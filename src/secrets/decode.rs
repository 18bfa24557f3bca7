//! Base64 and percent encoding, decoded once: what is hidden twice is hidden on purpose.

use std::ops::Range;

/// Encoded stretches of one text that are decoded, and bytes of one.
const MAX_STRETCHES: usize = 2_000;
const MAX_ENCODED: usize = 16 * 1024;
/// Shorter stretches hold no secret.
const MIN_ENCODED: usize = 32;

/// What base64 of either alphabet stands for, when it is text.
pub(super) fn base64(encoded: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in encoded.iter().copied().take_while(|byte| *byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 255).unwrap_or(0));
        }
        // Long random text is noticed early.
        if bytes.len() == 24 && !is_text(&bytes) {
            return None;
        }
    }
    is_text(&bytes).then(|| String::from_utf8(bytes).ok()).flatten()
}

fn is_text(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .all(|byte| (b' '..=b'~').contains(byte) || matches!(byte, b'\n' | b'\r' | b'\t') || *byte >= 0x80)
        && !bytes.is_empty()
}

/// The text without percent encoding; `None` when nothing is encoded.
pub(super) fn percent(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    let mut found = false;
    while let Some((first, more)) = rest.split_first() {
        let digits = more.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        if let Some(byte) = digits.filter(|_| *first == b'%').and_then(|two| u8::from_str_radix(two, 16).ok())
        {
            bytes.push(byte);
            found = true;
            rest = more.get(2..).unwrap_or(&[]);
        } else {
            bytes.push(*first);
            rest = more;
        }
    }
    found.then(|| String::from_utf8(bytes).ok()).flatten()
}

/// The encoded stretches of a text, with what they stand for.
pub(super) fn stretches(text: &str) -> Vec<(Range<usize>, String)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() && found.len() < MAX_STRETCHES {
        // Runs of letters shorter than the limit are skipped from behind, so most bytes are never looked at.
        let probe = at + MIN_ENCODED - 1;
        let Some(byte) = bytes.get(probe) else { break };
        if !in_base64(*byte) {
            at = probe + 1;
            continue;
        }
        let window = bytes.get(at..probe).unwrap_or(&[]);
        if let Some(gap) = window.iter().rposition(|byte| !in_base64(*byte)) {
            at += gap + 1;
            continue;
        }
        let end = probe + bytes.iter().skip(probe).take_while(|byte| in_base64(**byte)).count();
        if end - at <= MAX_ENCODED
            && let Some(decoded) = bytes.get(at..end).and_then(base64)
        {
            found.push((at..end, decoded));
        }
        at = end + 1;
    }
    percent_stretches(text, &mut found);
    found
}

const fn in_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

fn percent_stretches(text: &str, found: &mut Vec<(Range<usize>, String)>) {
    let bytes = text.as_bytes();
    let mut done = 0;
    for at in memchr::memchr_iter(b'%', bytes) {
        let is_code = bytes.get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
        if at < done || !is_code || found.len() >= MAX_STRETCHES {
            continue;
        }
        let inside =
            |byte: &&u8| byte.is_ascii_graphic() && !matches!(**byte, b'"' | b'\'' | b'`' | b'<' | b'>');
        let before =
            bytes.get(done..at).map_or(0, |before| before.iter().rev().take(1024).take_while(inside).count());
        let end = at + bytes.iter().skip(at).take(4096).take_while(inside).count();
        if let Some(decoded) = text.get(at - before..end).and_then(percent) {
            found.push((at - before..end, decoded));
        }
        done = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_decoded_and_noise_is_not() {
        assert_eq!(base64(b"aGVsbG8gd29ybGQ=").as_deref(), Some("hello world"));
        assert_eq!(base64(b"/////////////w=="), None);
        assert_eq!(percent("a%3Db%zz").as_deref(), Some("a=b%zz"));
        assert_eq!(percent("plain"), None);
        let text = "x: dG9rZW46IGFiYyBkZWYgZ2hpIGprbCBtbm8gcHFyIHN0dQ== and a%20b";
        let found: Vec<String> = stretches(text).into_iter().map(|(_, decoded)| decoded).collect();
        assert_eq!(found, ["token: abc def ghi jkl mno pqr stu", "a b"]);
    }

    proptest! {
        #[test]
        fn nothing_panics(text in ".{0,200}") {
            for (range, _) in stretches(&text) {
                prop_assert!(text.get(range).is_some());
            }
        }
    }
}
