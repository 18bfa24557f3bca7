//! Counts `o200k_base` tokens: exactly those that the `tiktoken` crate counts, and most texts several times faster.
//!
//! A tokenizer cuts a text into pieces by a pattern before it looks for tokens, and some places are cuts whatever
//! stands around them. We cut there, and remember how many tokens a short chunk has: texts repeat their words.
//! The crate looks each piece up in a table of 8 MB, which no core keeps near; what we remember is small enough.
//!
//! By the crate's `O200K_PATTERN` these are cuts in any text:
//!
//! - Between an ASCII letter and an ASCII character that is neither a letter nor `'`. A letter is part of a word,
//!   and a word goes on only with letters, marks (which are not ASCII) and contractions such as `'ll`.
//! - Before a space that a visible ASCII character follows. Only a piece of white space can hold a space that is
//!   not its first character, and such a piece leaves its last space to what follows.
//! - After a line end that a visible ASCII character other than `/` follows. A piece goes on after a line end only
//!   with more white space or with `/`.
//!
//! The pattern never looks back, and ahead only from white space to see whether it ends there: neither side of such
//! a place changes what the pattern makes of the other. A test compares with the crate on texts made to break this.

use std::cell::RefCell;

/// Chunks that are remembered, a power of two: half a megabyte for each thread that counts.
const SLOTS: usize = 1 << 15;
/// Longer chunks are rare, and not remembered.
const LONGEST: usize = 15;

// A slot is one number: up to 15 bytes of the chunk, in bits 120 to 123 how many they are, and above that how many
// tokens, which are never more than the bytes. Zero is an empty slot, as no chunk is empty.
const LENGTH_AT: u32 = 120;
const TOKENS_AT: u32 = 124;

thread_local! {
    static MEMORY: RefCell<Box<[u128]>> = RefCell::new(vec![0; SLOTS].into());
}

/// How many tokens a text has in `o200k_base`. Special tokens count as the text they are.
pub fn count(text: &str) -> u64 {
    let Some(encoding) = tiktoken::get_encoding("o200k_base") else { return 0 };
    let slowly = |chunk: &str| encoding.count(chunk) as u64;
    MEMORY.with(|memory| match memory.try_borrow_mut() {
        Ok(mut memory) => count_chunks(text, &mut memory, slowly),
        Err(_) => slowly(text),
    })
}

fn count_chunks(text: &str, memory: &mut [u128], slowly: impl Fn(&str) -> u64) -> u64 {
    let bytes = text.as_bytes();
    let mut total = 0;
    let mut start = 0;
    while start < bytes.len() {
        let end = chunk_end(bytes, start);
        let key = key(bytes, start, end - start);
        let slot = key.and_then(|key| memory.get_mut(slot(key)));
        total += match (key, slot) {
            (Some(key), Some(slot)) if *slot & ((1 << TOKENS_AT) - 1) == key => tokens_of(*slot),
            (key, slot) => {
                let tokens = slowly(text.get(start..end).unwrap_or_default());
                if let (Some(key), Some(slot)) = (key, slot) {
                    *slot = key | (u128::from(tokens) << TOKENS_AT);
                }
                tokens
            }
        };
        start = end;
    }
    total
}

// What a byte is to the search for cuts.
const LETTER: u8 = 0;
const SPACE: u8 = 1;
const LINE_END: u8 = 2;
const VISIBLE: u8 = 3;
const SLASH: u8 = 4;
const APOSTROPHE: u8 = 5;
const OTHER_ASCII: u8 = 6;
const NOT_ASCII: u8 = 7;

const fn class(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' => LETTER,
        b' ' => SPACE,
        b'\n' => LINE_END,
        b'/' => SLASH,
        b'\'' => APOSTROPHE,
        b'!'..=b'~' => VISIBLE,
        0x80.. => NOT_ASCII,
        _ => OTHER_ASCII,
    }
}

static CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut rest: &mut [u8] = &mut table;
    let mut byte = 0;
    while let Some((slot, others)) = rest.split_first_mut() {
        *slot = class(byte);
        byte = byte.wrapping_add(1);
        rest = others;
    }
    table
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    No,
    Between,
    BeforeTheFirst,
}

const fn cut(first: u8, second: u8) -> Cut {
    match (first, second) {
        (LETTER, SPACE | LINE_END | VISIBLE | SLASH | OTHER_ASCII)
        | (LINE_END, LETTER | VISIBLE | APOSTROPHE) => Cut::Between,
        (SPACE, LETTER | VISIBLE | SLASH | APOSTROPHE) => Cut::BeforeTheFirst,
        _ => Cut::No,
    }
}

/// Where the chunk that begins at `start` ends.
fn chunk_end(text: &[u8], start: usize) -> usize {
    let class_at = |byte: u8| CLASS.get(usize::from(byte)).copied().unwrap_or(NOT_ASCII);
    let mut rest = text.iter().enumerate().skip(start);
    let mut before = rest.next().map_or(NOT_ASCII, |(_, byte)| class_at(*byte));
    for (at, byte) in rest {
        let now = class_at(*byte);
        match cut(before, now) {
            Cut::Between => return at,
            // The chunk may begin with that space.
            Cut::BeforeTheFirst if at > start + 1 => return at - 1,
            _ => before = now,
        }
    }
    text.len()
}

/// A short chunk and its length as one number.
fn key(text: &[u8], start: usize, len: usize) -> Option<u128> {
    if len > LONGEST {
        return None;
    }
    let rest = text.get(start..)?;
    let bytes = match rest.first_chunk() {
        Some(bytes) => u128::from_le_bytes(*bytes),
        None => rest.iter().rev().fold(0, |number, byte| (number << 8) | u128::from(*byte)),
    };
    Some(bytes & ((1 << (8 * len)) - 1) | ((len as u128) << LENGTH_AT))
}

#[expect(clippy::cast_possible_truncation, reason = "a hash is made of halves")]
const fn slot(key: u128) -> usize {
    let (low, high) = (key as u64, (key >> 64) as u64);
    ((low ^ high.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize % SLOTS
}

const fn tokens_of(slot: u128) -> u64 {
    (slot >> TOKENS_AT) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn counted_as_in_one_piece(text: &str) {
        let encoding = tiktoken::get_encoding("o200k_base").unwrap();
        let expected = encoding.count(text) as u64;
        assert_eq!(count(text), expected, "{text:?}");
        assert_eq!(count(text), expected, "{text:?}, remembered");
    }

    #[test]
    fn chunks_are_cut_where_the_pattern_cuts() {
        let chunks = |text: &str| {
            let mut ends = vec![0];
            while let Some(start) = ends.last().copied().filter(|start| *start < text.len()) {
                ends.push(chunk_end(text.as_bytes(), start));
            }
            ends.windows(2).map(|pair| text.get(pair[0]..pair[1]).unwrap()).collect::<Vec<_>>().join("~")
        };
        for (text, expected) in [
            ("It's the cat's, **not** mine.", "It's~ the~ cat's~,~ **not~**~ mine~."),
            ("# A\n\n   - b\n/c\n\td", "#~ A~\n\n  ~ -~ b~\n/c~\n\td"),
            (" 1  2 x\u{301} y", " 1 ~ 2~ x\u{301}~ y"),
            ("x", "x"),
        ] {
            assert_eq!(chunks(text), expected);
        }
    }

    #[test]
    fn chunks_of_every_length_and_more_than_are_remembered() {
        for len in 1..40 {
            counted_as_in_one_piece(&"~".repeat(len));
            counted_as_in_one_piece(&"\0".repeat(len));
            counted_as_in_one_piece(&format!(" {}", "q".repeat(len)));
        }
        let many: Vec<String> = (0..3 * SLOTS).map(|n| format!(" w{n:x},")).collect();
        counted_as_in_one_piece(&many.concat());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_counted_as_in_one_piece(text in ".{0,120}") {
            counted_as_in_one_piece(&text);
        }

        #[test]
        fn texts_made_to_break_the_cuts_are_too(
            text in "([a-zA-Z]{1,6}|[ \\t\\n\\r/'.]{1,3}|[0-9]|[!-@]|'(s|S|ll|ſ|RE)|[\u{b}\u{c}\u{85}\u{a0}\u{3000}\u{301}éǅ漢ªſ²—🚀]){0,40}"
        ) {
            counted_as_in_one_piece(&text);
        }
    }
}
