//! Token estimate for models whose tokenizer is not public: Claude (two generations) and Gemini.
//!
//! The estimate is `sum(weight * count)` over the exact `o200k_base` token count, counts of words, spaces and
//! characters, and counts of neighbouring byte classes. The weights and the errors come from
//! `data/token-calibration.json`, which `scripts/calibrate-tokens.py` fits against `PyPI` `ctok` (an unofficial
//! reconstruction of Claude's counts) and Gemma 3's `SentencePiece` model. The same features are defined in that
//! script; the golden vectors below are printed by it and hold the two together.
//!
//! Unit everywhere: tokens of the text alone, without the few tokens that frame a message.

mod calibration;

pub use calibration::{Calibration, CalibrationError, calibration};

use serde::Deserialize;

/// Tokenizer family of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// Claude 3 to Opus 4.6, Sonnet 4.6 and Haiku 4.5.
    ClaudeV3,
    /// Opus 4.7 and later, Sonnet 5, Fable 5 and Haiku 5 and later.
    ClaudeV48,
    /// Gemini 2 and later; they share the vocabulary of Gemma 3.
    Gemini,
}

impl Family {
    /// Every family, in the order of the calibration file.
    pub const ALL: [Self; 3] = [Self::ClaudeV3, Self::ClaudeV48, Self::Gemini];

    /// Key of the family in the calibration file.
    pub const fn key(self) -> &'static str {
        match self {
            Self::ClaudeV3 => "claude-v3",
            Self::ClaudeV48 => "claude-v4.8",
            Self::Gemini => "gemini",
        }
    }

    /// Tokens per `o200k_base` token, used only when the calibration cannot be read: totals over agent
    /// configuration files, with a per-file error of roughly [`FLAT_BAND`].
    const fn flat_ratio(self) -> f64 {
        match self {
            Self::ClaudeV3 => 1.19,
            Self::ClaudeV48 => 1.63,
            Self::Gemini => 1.07,
        }
    }
}

/// Where the true count of most texts lies, in percent of the estimate: `-4.0 ..= 5.0` reads "between 4 % below and
/// 5 % above the estimate" for nine texts of ten.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct ErrorBand {
    /// One text of twenty has a true count below this, percent of the estimate.
    #[serde(rename = "p5")]
    pub p5_percent: f64,
    /// One text of twenty has a true count above this, percent of the estimate.
    #[serde(rename = "p95")]
    pub p95_percent: f64,
}

const FLAT_BAND: ErrorBand = ErrorBand { p5_percent: -20.0, p95_percent: 25.0 };

// Byte classes: 0 a byte of a non-ASCII character, 1..=26 letters without case, then these.
const CLASSES: usize = 64;
const DIGIT: usize = 27;
const SPACE: usize = 28;
const NEWLINE: usize = 29;
const PUNCTUATION: usize = 30;
const TAB: usize = 62;
const CONTROL: usize = 63;
const PAIRS: usize = CLASSES * CLASSES;

#[rustfmt::skip]
const LETTER_NAMES: [&str; 26] = [
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w",
    "x", "y", "z",
];
#[rustfmt::skip]
const PUNCTUATION_NAMES: [&str; 32] = [
    "exclamation", "quote", "hash", "dollar", "percent", "ampersand", "apostrophe", "paren_open", "paren_close",
    "asterisk", "plus", "comma", "hyphen", "dot", "slash", "colon", "semicolon", "less", "equals", "greater",
    "question", "at", "bracket_open", "backslash", "bracket_close", "caret", "underscore", "backtick", "brace_open",
    "pipe", "brace_close", "tilde",
];

// Counts that need more than neighbouring bytes.
const WORD_BINS: usize = 12;
const WORD_LONG_LETTERS: usize = 13;
const CAPITALISED: usize = 14;
const UPPER_WORDS: usize = 15;
const UPPER_LETTERS: usize = 16;
const MIXED_WORDS: usize = 17;
const MIXED_LETTERS: usize = 18;
const MIXED_HUMPS: usize = 19;
const SPACE_RUNS: usize = 20;
const SPACE_RUN_CHARS: usize = 21;
const WIDE_RUNS: usize = 22;
const WIDE_CHARS: usize = WIDE_RUNS + WIDE_NAMES.len();
// Sums over the table of pairs.
const GLUED_WORDS: usize = WIDE_CHARS + WIDE_NAMES.len();
const SPACE_BEFORE_WORD: usize = GLUED_WORDS + 1;
const DIGIT_RUNS: usize = GLUED_WORDS + 2;
const DIGITS: usize = GLUED_WORDS + 3;
const NEWLINE_RUNS: usize = GLUED_WORDS + 4;
const NEWLINES: usize = GLUED_WORDS + 5;
const TABS: usize = GLUED_WORDS + 6;
const CONTROLS: usize = GLUED_WORDS + 7;
const PUNCTUATION_RUNS: usize = GLUED_WORDS + 8;
const PUNCTUATION_REPEATS: usize = GLUED_WORDS + 9;
const PUNCTUATION_CHARS: usize = GLUED_WORDS + 10;
const COUNTS: usize = PUNCTUATION_CHARS + PUNCTUATION_NAMES.len();

#[rustfmt::skip]
const BEFORE_WIDE: [&str; WIDE_RUNS] = [
    "word_1", "word_2", "word_3", "word_4", "word_5", "word_6", "word_7", "word_8", "word_9", "word_10", "word_11",
    "word_12", "word_long", "word_long_letters", "capitalised", "upper_words", "upper_letters", "mixed_words",
    "mixed_letters", "mixed_humps", "space_runs", "space_run_chars",
];
#[rustfmt::skip]
const WIDE_NAMES: [&str; 16] = [
    "c1", "typographic", "latin", "mark", "greek", "cyrillic", "rtl", "brahmic", "hangul", "symbol", "box",
    "cjk_punctuation", "kana", "han", "emoji", "other",
];
#[rustfmt::skip]
const AFTER_WIDE: [&str; 10] = [
    "glued_words", "space_before_word", "digit_runs", "digits", "newline_runs", "newlines", "tabs", "controls",
    "punctuation_runs", "punctuation_repeats",
];

/// Index into [`WIDE_NAMES`] of a non-ASCII character. Blocks of code points, not Unicode categories: the same
/// answer whatever the Unicode version, here and in the calibration script.
const fn wide_class(code: u32) -> usize {
    match code {
        0x80..=0x9f => 0,
        0xa0..=0xbf | 0xd7 | 0xf7 | 0x2000..=0x206f => 1,
        0xc0..=0x24f | 0x1e00..=0x1eff => 2,
        0x300..=0x36f | 0xfe00..=0xfe0f => 3,
        0x370..=0x3ff | 0x1f00..=0x1fff => 4,
        0x400..=0x52f => 5,
        0x590..=0x8ff => 6,
        0x900..=0x109f | 0x1780..=0x17ff => 7,
        0x1100..=0x11ff | 0x3130..=0x318f | 0xac00..=0xd7af => 8,
        0x2500..=0x25ff => 10,
        0x2070..=0x2bff => 9,
        0x3000..=0x303f | 0xff00..=0xffef => 11,
        0x3040..=0x30ff | 0x31f0..=0x31ff => 12,
        0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3ffff => 13,
        0x1f000..=0x1faff => 14,
        _ => 15,
    }
}

const fn byte_class(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => byte - 96,
        b'A'..=b'Z' => byte - 64,
        b'0'..=b'9' => 27,
        b' ' => 28,
        b'\n' => 29,
        b'!'..=b'/' => byte - 3,
        b':'..=b'@' => byte - 13,
        b'['..=b'`' => byte - 39,
        b'{'..=b'~' => byte - 65,
        b'\t' => 62,
        0x80.. => 0,
        _ => 63,
    }
}

/// Made at compile time: the loop over the text would ask for each byte whether it is there yet.
static BYTE_CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut rest: &mut [u8] = &mut table;
    let mut byte = 0;
    while let Some((slot, others)) = rest.split_first_mut() {
        *slot = byte_class(byte);
        byte = byte.wrapping_add(1);
        rest = others;
    }
    table
};

/// What the estimate needs to know about a text besides its `o200k_base` token count. Adding up is the caller's
/// business: features of a whole file are not the sum of those of its parts, as a word may be cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Features {
    bytes: u64,
    counts: [u64; COUNTS],
    pairs: Box<[u32; PAIRS]>,
}

impl Features {
    /// Size of the text in bytes.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Count by index: `0..COUNTS` the counts, then the pairs.
    fn at(&self, index: usize) -> f64 {
        match index.checked_sub(COUNTS) {
            None => self.counts.get(index).map_or(0.0, |n| float(*n)),
            Some(pair) => self.pairs.get(pair).map_or(0.0, |n| f64::from(*n)),
        }
    }

    fn add(&mut self, index: usize, n: u64) {
        if let Some(count) = self.counts.get_mut(index) {
            *count = count.saturating_add(n);
        }
    }

    /// Fills the counts that are sums over the table of pairs.
    fn sum_pairs(&mut self) {
        let (mut total, mut same, mut after_space) = ([0_u64; CLASSES], [0_u64; CLASSES], [0_u64; CLASSES]);
        let (mut glued, mut after_punctuation) = ([0_u64; CLASSES], [0_u64; CLASSES]);
        for (before, row) in self.pairs.as_chunks::<CLASSES>().0.iter().enumerate() {
            plus(&mut total, row);
            match before {
                SPACE => plus(&mut after_space, row),
                0 | DIGIT | PUNCTUATION.. => plus(&mut glued, row),
                _ => {}
            }
            if (PUNCTUATION..TAB).contains(&before) {
                plus(&mut after_punctuation, row);
            }
            if let (Some(same), Some(n)) = (same.get_mut(before), row.get(before)) {
                *same = u64::from(*n);
            }
        }
        let columns =
            total.into_iter().zip(same).zip(after_space.into_iter().zip(glued)).zip(after_punctuation);
        for (class, (((n, same), (after_space, glued)), after_punctuation)) in columns.enumerate() {
            match class {
                1..=26 => {
                    self.add(SPACE_BEFORE_WORD, after_space);
                    self.add(GLUED_WORDS, glued);
                }
                DIGIT => {
                    self.add(DIGITS, n);
                    self.add(DIGIT_RUNS, n - same);
                }
                NEWLINE => {
                    self.add(NEWLINES, n);
                    self.add(NEWLINE_RUNS, n - same);
                }
                TAB => self.add(TABS, n),
                CONTROL => self.add(CONTROLS, n),
                PUNCTUATION..TAB => {
                    self.add(PUNCTUATION_CHARS + class - PUNCTUATION, n);
                    self.add(PUNCTUATION_REPEATS, same);
                    self.add(PUNCTUATION_RUNS, n - after_punctuation);
                }
                _ => {}
            }
        }
    }
}

fn plus(sums: &mut [u64; CLASSES], row: &[u32; CLASSES]) {
    for (sum, n) in sums.iter_mut().zip(row) {
        *sum += u64::from(*n);
    }
}

/// Counts of words by what kind they are: those of 1 to 12 letters with no capital after the first, longer ones, those
/// all in capitals, and mixed ones.
#[derive(Default)]
struct Words {
    number: [u64; WORD_BINS + 3],
    letters: [u64; WORD_BINS + 3],
    capitalised: u64,
    humps: u64,
    open: Open,
    /// Runs of two spaces and more.
    space_runs: u64,
    /// Whether the last byte was a space, and whether the last two were.
    after_space: u64,
    after_two: u64,
}

/// The word that goes on where a block ends.
#[derive(Default)]
struct Open {
    letters: u64,
    upper: u64,
    first_upper: u64,
}

/// A number that ends in so many ones, up to 64.
const fn ones(n: u64) -> u64 {
    if n < 64 { (1 << n) - 1 } else { u64::MAX }
}

/// One bit for each byte, the first byte's lowest: whether it is an ASCII letter, a capital one, a space.
fn letters_and_spaces(block: &[u8; BLOCK]) -> (u64, u64, u64) {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * EACH;
    const LOW: u64 = 0x7f * EACH;
    const SPACES: u64 = 0x20 * EACH;
    // Moves the high bits of eight bytes together.
    let gather = |high_bits: u64| (high_bits >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    let (mut letters, mut capitals, mut spaces) = (0, 0, 0);
    for (eight, at) in block.as_chunks().0.iter().zip((0..).step_by(8)) {
        let bytes = u64::from_le_bytes(*eight);
        let folded = (bytes | SPACES) & LOW;
        // The high bit of a sum is set from the letter `a` on, and beyond `z`.
        let from_a = folded + (0x80 - 0x61) * EACH;
        let beyond_z = folded + (0x80 - 0x7b) * EACH;
        let letter = from_a & !beyond_z & !bytes & HIGH;
        letters |= gather(letter) << at;
        // The bit that small letters have becomes the high one.
        capitals |= gather(letter & !(bytes << 2)) << at;
        // Of bytes that are not zero now the high bit is set, or the sum sets it.
        let difference = bytes ^ SPACES;
        let nonzero = difference | ((difference & LOW) + LOW);
        spaces |= gather(!nonzero & HIGH) << at;
    }
    (letters, capitals, spaces)
}

impl Words {
    const LONG: usize = WORD_BINS;
    const UPPER: usize = WORD_BINS + 1;
    const MIXED: usize = WORD_BINS + 2;

    /// Takes in the next 64 bytes of the text. The word they end in, if any, is counted with the next ones.
    fn read(&mut self, block: &[u8; BLOCK]) {
        let (mut letters, capitals, spaces) = letters_and_spaces(block);
        let second = spaces & ((spaces << 1) | self.after_space);
        self.space_runs += u64::from((second & !((second << 1) | self.after_two)).count_ones());
        (self.after_space, self.after_two) = (spaces >> 63, second >> 63);
        if self.open.letters > 0 {
            let run = u64::from(letters.trailing_ones());
            self.open.letters += run;
            self.open.upper += u64::from((capitals & ones(run)).count_ones());
            if run == 64 {
                return;
            }
            let Open { letters: size, upper, first_upper } = std::mem::take(&mut self.open);
            self.end(size, upper, first_upper);
            letters &= !ones(run);
        }
        while letters != 0 {
            let start = letters.trailing_zeros();
            let run = u64::from((letters >> start).trailing_ones());
            let upper = (capitals >> start) & ones(run);
            let (first_upper, upper) = (upper & 1, if upper < 2 { upper } else { upper.count_ones().into() });
            if u64::from(start) + run == 64 {
                self.open = Open { letters: run, upper, first_upper };
                return;
            }
            self.end(run, upper, first_upper);
            letters &= !(ones(run) << start);
        }
    }

    /// A run of letters, of which so many are capitals.
    fn end(&mut self, letters: u64, upper: u64, first_upper: u64) {
        let humps = upper - first_upper;
        let plain = usize::try_from(letters - 1).unwrap_or(Self::LONG).min(Self::LONG);
        let other = if upper == letters { Self::UPPER } else { Self::MIXED };
        let kind = if humps == 0 { plain } else { other };
        if let (Some(number), Some(sum)) = (self.number.get_mut(kind), self.letters.get_mut(kind)) {
            *number += 1;
            *sum += letters;
        }
        self.capitalised += if humps == 0 { first_upper } else { 0 };
        self.humps += if kind == Self::MIXED { humps } else { 0 };
    }

    fn add_to(&self, found: &mut Features) {
        let number = |kind: usize| self.number.get(kind).copied().unwrap_or(0);
        let letters = |kind: usize| self.letters.get(kind).copied().unwrap_or(0);
        for size in 0..=Self::LONG {
            found.add(size, number(size));
        }
        found.add(WORD_LONG_LETTERS, letters(Self::LONG));
        found.add(CAPITALISED, self.capitalised);
        found.add(UPPER_WORDS, number(Self::UPPER));
        found.add(UPPER_LETTERS, letters(Self::UPPER));
        found.add(MIXED_WORDS, number(Self::MIXED));
        found.add(MIXED_LETTERS, letters(Self::MIXED));
        found.add(MIXED_HUMPS, self.humps);
        found.add(SPACE_RUNS, self.space_runs);
    }
}

/// Bytes in which words are looked for in one go: one for each bit.
const BLOCK: usize = 64;
const SPACE_PAIR: usize = SPACE * CLASSES + SPACE;

/// Reads a text once, byte by byte; the text counts as standing between two line ends.
pub fn features(text: &str) -> Features {
    let mut found = Features {
        bytes: u64::try_from(text.len()).unwrap_or(u64::MAX),
        counts: [0; COUNTS],
        pairs: Box::new([0; PAIRS]),
    };
    if text.is_empty() {
        return found;
    }
    let mut before = NEWLINE;
    for byte in text.bytes() {
        let class = BYTE_CLASS.get(usize::from(byte)).map_or(0, |class| usize::from(*class) % CLASSES);
        if let Some(n) = found.pairs.get_mut(before * CLASSES + class) {
            *n = n.saturating_add(1);
        }
        before = class;
    }
    if let Some(n) = found.pairs.get_mut(before * CLASSES + NEWLINE) {
        *n = n.saturating_add(1);
    }
    // Where words end cannot be foreseen, and asking at every byte takes longer than all else: so by 64 bytes.
    let mut words = Words::default();
    let mut wide = Wide::default();
    for (block, at) in text.as_bytes().chunks(BLOCK).zip((0..).step_by(BLOCK)) {
        let mut full = [0; BLOCK];
        full.iter_mut().zip(block).for_each(|(to, from)| *to = *from);
        words.read(&full);
        if !block.is_ascii() {
            let wides = block.iter().zip(at..).filter(|(byte, _)| **byte >= 0xc0);
            wides.for_each(|(_, at)| found.wide(text, at, &mut wide));
        }
    }
    words.read(&[0; BLOCK]);
    words.add_to(&mut found);
    // A run of n spaces has n - 1 pairs of them.
    let space_pairs = found.pairs.get(SPACE_PAIR).copied().map_or(0, u64::from);
    found.add(SPACE_RUN_CHARS, space_pairs + words.space_runs);
    found.sum_pairs();
    found
}

/// The last character that is not ASCII: its kind, and where the text goes on after it.
#[derive(Default)]
struct Wide {
    kind: usize,
    end: usize,
}

impl Features {
    /// Counts the character that is not ASCII and begins here, and runs of one kind of them.
    fn wide(&mut self, text: &str, at: usize, before: &mut Wide) {
        let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { return };
        let kind = wide_class(u32::from(c));
        let goes_on = before.end > 0 && (before.kind, before.end) == (kind, at);
        self.add(WIDE_RUNS + kind, u64::from(!goes_on));
        self.add(WIDE_CHARS + kind, 1);
        *before = Wide { kind, end: at + c.len_utf8() };
    }
}

/// Estimated tokens of a text: rounded to nearest, 0 for an empty text, at least 1 for any other.
///
/// Kept between 0.2 times the `o200k_base` count and 1.5 tokens per byte (plus 4), which no real text reaches: odd
/// input stays within reason. Should the built-in calibration be unreadable (see [`calibration`]), a flat multiple of
/// `o200k_tokens`.
pub fn estimate(family: Family, o200k_tokens: u64, features: &Features) -> u64 {
    if features.bytes == 0 {
        return 0;
    }
    let o200k = float(o200k_tokens);
    let tokens = match calibration() {
        Ok(calibration) => {
            let fit = calibration.fit(family);
            fit.weights.iter().fold(fit.o200k * o200k, |sum, (at, weight)| sum + weight * features.at(*at))
        }
        Err(_) => family.flat_ratio() * o200k,
    };
    let within = tokens.max(0.2 * o200k).min(1.5 * float(features.bytes) + 4.0);
    whole(within + 0.5).max(1)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts above 2^53 do not occur, and an estimate may round them"
)]
const fn float(n: u64) -> f64 {
    n as f64
}

/// The whole part of a figure that is finite and not negative.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the whole part is wanted, the figure is not negative, and `as` saturates"
)]
const fn whole(n: f64) -> u64 {
    n as u64
}

/// Error of [`estimate`] for whole files, measured on files kept out of the fit.
pub fn error_band(family: Family) -> ErrorBand {
    calibration().map_or(FLAT_BAND, |c| c.fit(family).files)
}

/// Error of [`estimate`] for short texts of 50 to 600 bytes (a description, a paragraph), measured likewise. The
/// errors of single texts are wider than those of files and largely cancel in sums.
pub fn snippet_error_band(family: Family) -> ErrorBand {
    calibration().map_or(FLAT_BAND, |c| c.fit(family).snippets)
}

#[cfg(test)]
mod tests;
