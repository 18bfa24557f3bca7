//! Token estimate for models whose tokenizer is not public: Claude (two generations) and Gemini.
//!
//! The estimate is `sum(weight * count)` over the exact `o200k_base` token count, counts of words, spaces and
//! characters, and counts of neighbouring byte classes. The weights and the errors come from
//! `data/token-calibration.json`, which `scripts/calibrate-tokens.py` fits against `PyPI` `ctok` (an unofficial
//! reconstruction of Claude's counts) and Gemma 3's `SentencePiece` model. The same features are defined in that
//! script; the golden vectors below are printed by it and hold the two together.
//!
//! Unit everywhere: tokens of the text alone, without the few tokens that frame a message.

use std::collections::BTreeMap;
use std::sync::LazyLock;

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
const WORD_LONG: usize = 12;
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

const CLASS_BITS: u8 = 63;
const UPPER_BIT: u8 = 64;

/// Class of a byte in the low six bits, [`UPPER_BIT`] for a capital letter.
const fn byte_class(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => byte - 96,
        b'A'..=b'Z' => (byte - 64) | UPPER_BIT,
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

static BYTE_CLASS: LazyLock<[u8; 256]> = LazyLock::new(|| {
    let mut table = [0; 256];
    for (slot, byte) in table.iter_mut().zip(0..=u8::MAX) {
        *slot = byte_class(byte);
    }
    table
});

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

    fn end_word(&mut self, word: Word) {
        let Word { letters, first_upper, tail_upper } = word;
        if tail_upper == 0 {
            if let Ok(size @ 1..=WORD_BINS) = usize::try_from(letters) {
                self.add(size - 1, 1);
            } else {
                self.add(WORD_LONG, 1);
                self.add(WORD_LONG_LETTERS, letters);
            }
            self.add(CAPITALISED, u64::from(first_upper));
        } else if first_upper && tail_upper + 1 == letters {
            self.add(UPPER_WORDS, 1);
            self.add(UPPER_LETTERS, letters);
        } else {
            self.add(MIXED_WORDS, 1);
            self.add(MIXED_LETTERS, letters);
            self.add(MIXED_HUMPS, tail_upper);
        }
    }

    /// Fills the counts that are sums over the table of pairs.
    fn sum_pairs(&mut self) {
        let pairs = std::mem::replace(&mut self.pairs, Box::new([0; PAIRS]));
        for (before, row) in pairs.chunks_exact(CLASSES).enumerate() {
            for (class, n) in row.iter().enumerate().filter(|(_, n)| **n > 0) {
                let n = u64::from(*n);
                let same = before == class;
                match class {
                    1..=26 if before == SPACE => self.add(SPACE_BEFORE_WORD, n),
                    1..=26 if before == 0 || before == DIGIT || before >= PUNCTUATION => {
                        self.add(GLUED_WORDS, n);
                    }
                    DIGIT => {
                        self.add(DIGITS, n);
                        self.add(DIGIT_RUNS, if same { 0 } else { n });
                    }
                    NEWLINE => {
                        self.add(NEWLINES, n);
                        self.add(NEWLINE_RUNS, if same { 0 } else { n });
                    }
                    TAB => self.add(TABS, n),
                    CONTROL => self.add(CONTROLS, n),
                    PUNCTUATION..TAB => {
                        self.add(PUNCTUATION_CHARS + class - PUNCTUATION, n);
                        self.add(PUNCTUATION_REPEATS, if same { n } else { 0 });
                        let inside = (PUNCTUATION..TAB).contains(&before);
                        self.add(PUNCTUATION_RUNS, if inside { 0 } else { n });
                    }
                    _ => {}
                }
            }
        }
        self.pairs = pairs;
    }
}

/// A run of ASCII letters: how many, whether the first is a capital, how many of the others are.
#[derive(Clone, Copy, Default)]
struct Word {
    letters: u64,
    first_upper: bool,
    tail_upper: u64,
}

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
    let table: &[u8; 256] = &BYTE_CLASS;
    let mut before = NEWLINE;
    let mut word = Word::default();
    let mut spaces = 0_u64;
    let mut wide = (usize::MAX, usize::MAX); // class of the last non-ASCII character and the byte after it
    for (at, byte) in text.bytes().enumerate() {
        let info = table.get(usize::from(byte)).copied().unwrap_or(0);
        let class = usize::from(info & CLASS_BITS);
        if let Some(n) = found.pairs.get_mut(before * CLASSES + class) {
            *n = n.saturating_add(1);
        }
        before = class;
        if class.wrapping_sub(1) < 26 {
            let upper = info & UPPER_BIT != 0;
            if word.letters == 0 {
                word.first_upper = upper;
            } else {
                word.tail_upper += u64::from(upper);
            }
            word.letters += 1;
        } else if word.letters > 0 {
            found.end_word(word);
            word = Word::default();
        }
        if class == SPACE {
            spaces += 1;
        } else if spaces > 0 {
            found.end_spaces(spaces);
            spaces = 0;
        }
        if byte >= 0xc0
            && let Some(c) = text.get(at..).and_then(|rest| rest.chars().next())
        {
            let kind = wide_class(u32::from(c));
            found.add(WIDE_RUNS + kind, u64::from(wide != (kind, at)));
            found.add(WIDE_CHARS + kind, 1);
            wide = (kind, at + c.len_utf8());
        }
    }
    if word.letters > 0 {
        found.end_word(word);
    }
    found.end_spaces(spaces);
    if let Some(n) = found.pairs.get_mut(before * CLASSES + NEWLINE) {
        *n = n.saturating_add(1);
    }
    found.sum_pairs();
    found
}

impl Features {
    fn end_spaces(&mut self, spaces: u64) {
        if spaces > 1 {
            self.add(SPACE_RUNS, 1);
            self.add(SPACE_RUN_CHARS, spaces);
        }
    }
}

/// Why the calibration file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalibrationError {
    /// Not the JSON that the calibration script writes.
    #[error("token calibration: {0}; run scripts/calibrate-tokens.py again")]
    Json(String),
    /// Written for another version of this module.
    #[error(
        "token calibration: schema_version {0}, expected {SCHEMA_VERSION}; run scripts/calibrate-tokens.py again"
    )]
    Schema(u64),
    /// A family that this module knows is not in the file.
    #[error("token calibration: no family `{0}`; run scripts/calibrate-tokens.py again")]
    Family(&'static str),
    /// A coefficient of a count that this module does not take.
    #[error("token calibration: unknown feature `{0}`; scripts/calibrate-tokens.py and estimate.rs differ")]
    Feature(String),
}

const SCHEMA_VERSION: u64 = 1;

#[derive(Deserialize)]
struct RawCalibration {
    schema_version: u64,
    families: BTreeMap<String, RawFamily>,
}

#[derive(Deserialize)]
struct RawFamily {
    error_percent: RawErrors,
    coefficients: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct RawErrors {
    held_out_files: ErrorBand,
    held_out_snippets: ErrorBand,
}

/// Weights and errors of one family.
#[derive(Clone, Debug)]
struct Fit {
    /// Weight of the `o200k_base` count, tokens per token.
    o200k: f64,
    /// Index of a count and its weight in tokens, in ascending order of the index: f64 sums depend on the order.
    weights: Vec<(usize, f64)>,
    files: ErrorBand,
    snippets: ErrorBand,
}

/// The fitted weights of every family, with the errors measured on texts that were kept out of the fit.
#[derive(Clone, Debug)]
pub struct Calibration {
    claude_v3: Fit,
    claude_v48: Fit,
    gemini: Fit,
}

impl Calibration {
    /// Reads the document that `scripts/calibrate-tokens.py` writes.
    ///
    /// # Errors
    /// When it is not such a document, of another version, or names a family or feature unknown here.
    pub fn parse(json: &str) -> Result<Self, CalibrationError> {
        let raw: RawCalibration =
            serde_json::from_str(json).map_err(|e| CalibrationError::Json(e.to_string()))?;
        if raw.schema_version != SCHEMA_VERSION {
            return Err(CalibrationError::Schema(raw.schema_version));
        }
        let counts: BTreeMap<&str, usize> = BEFORE_WIDE
            .iter()
            .copied()
            .zip(0..)
            .chain(AFTER_WIDE.iter().copied().zip(GLUED_WORDS..))
            .collect();
        let classes: BTreeMap<&str, usize> = class_names().zip(0..).collect();
        let index = |name: &str| -> Option<usize> {
            if let Some((first, second)) = name.split_once('>') {
                return Some(COUNTS + classes.get(first)? * CLASSES + classes.get(second)?);
            }
            let wide = |suffix: &str, base: usize| {
                let stem = name.strip_suffix(suffix)?;
                WIDE_NAMES.iter().position(|n| *n == stem).map(|at| base + at)
            };
            let punctuation =
                || PUNCTUATION_NAMES.iter().position(|n| *n == name).map(|at| PUNCTUATION_CHARS + at);
            counts
                .get(name)
                .copied()
                .or_else(|| wide("_runs", WIDE_RUNS))
                .or_else(|| wide("_chars", WIDE_CHARS))
                .or_else(punctuation)
        };
        let fit = |family: Family| {
            let found = raw.families.get(family.key()).ok_or(CalibrationError::Family(family.key()))?;
            let mut o200k = 0.0;
            let mut weights = Vec::with_capacity(found.coefficients.len());
            for (name, weight) in &found.coefficients {
                if name == "o200k" {
                    o200k = *weight;
                } else {
                    weights
                        .push((index(name).ok_or_else(|| CalibrationError::Feature(name.clone()))?, *weight));
                }
            }
            weights.sort_by_key(|(at, _)| *at);
            let RawErrors { held_out_files: files, held_out_snippets: snippets } = found.error_percent;
            Ok(Fit { o200k, weights, files, snippets })
        };
        Ok(Self {
            claude_v3: fit(Family::ClaudeV3)?,
            claude_v48: fit(Family::ClaudeV48)?,
            gemini: fit(Family::Gemini)?,
        })
    }

    const fn fit(&self, family: Family) -> &Fit {
        match family {
            Family::ClaudeV3 => &self.claude_v3,
            Family::ClaudeV48 => &self.claude_v48,
            Family::Gemini => &self.gemini,
        }
    }
}

fn class_names() -> impl Iterator<Item = &'static str> {
    ["wide"]
        .into_iter()
        .chain(LETTER_NAMES)
        .chain(["digit", "space", "newline"])
        .chain(PUNCTUATION_NAMES)
        .chain(["tab", "control"])
}

static CALIBRATION: LazyLock<Result<Calibration, CalibrationError>> =
    LazyLock::new(|| Calibration::parse(include_str!("../../../data/token-calibration.json")));

/// The calibration that is built into the program, parsed on first use.
///
/// # Errors
/// When the file in `data/` and this module do not belong together; a test keeps that from being released.
pub fn calibration() -> Result<&'static Calibration, &'static CalibrationError> {
    CALIBRATION.as_ref()
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
mod tests {
    use super::*;

    struct Golden {
        text: &'static str,
        o200k: u64,
        tokens: [u64; 3],
        counts: &'static [(&'static str, u64)],
        pairs: &'static str,
    }

    /// Printed by `scripts/calibrate-tokens.py --golden`.
    #[rustfmt::skip]
    const GOLDEN: &[Golden] = &[
        Golden {
            text: "Hello, world!",
            o200k: 4,
            tokens: [6, 6, 5],
            counts: &[("word_5", 2), ("capitalised", 1), ("space_before_word", 1), ("newline_runs", 1), ("newlines", 1), ("punctuation_runs", 2), ("exclamation", 1), ("comma", 1)],
            pairs: "d>exclamation=1 e>l=1 h>e=1 l>d=1 l>l=1 l>o=1 o>r=1 o>comma=1 r>l=1 w>o=1 space>w=1 newline>h=1 exclamation>newline=1 comma>space=1",
        },
        Golden {
            text: "Use when the user asks to review a pull request.",
            o200k: 11,
            tokens: [11, 14, 11],
            counts: &[("word_1", 1), ("word_2", 1), ("word_3", 2), ("word_4", 4), ("word_6", 1), ("word_7", 1), ("capitalised", 1), ("space_before_word", 9), ("newline_runs", 1), ("newlines", 1), ("punctuation_runs", 1), ("dot", 1)],
            pairs: "a>s=1 a>space=1 e>n=1 e>q=1 e>r=1 e>s=1 e>v=1 e>w=1 e>space=2 h>e=2 i>e=1 k>s=1 l>l=1 l>space=1 n>space=1 o>space=1 p>u=1 q>u=1 r>e=2 r>space=1 s>e=2 s>k=1 s>t=1 s>space=1 t>h=1 t>o=1 t>dot=1 u>e=1 u>l=1 u>s=2 v>i=1 w>h=1 w>space=1 space>a=2 space>p=1 space>r=2 space>t=2 space>u=1 space>w=1 newline>u=1 dot>newline=1",
        },
        Golden {
            text: "---\nname: code-reviewer\ndescription: Reviews Rust code for NASA-grade safety\nmodel: opus\n---\n",
            o200k: 22,
            tokens: [27, 36, 25],
            counts: &[("word_3", 1), ("word_4", 5), ("word_5", 2), ("word_6", 1), ("word_7", 1), ("word_8", 1), ("word_11", 1), ("capitalised", 2), ("upper_words", 1), ("upper_letters", 4), ("glued_words", 2), ("space_before_word", 8), ("newline_runs", 5), ("newlines", 6), ("punctuation_runs", 7), ("punctuation_repeats", 4), ("hyphen", 8), ("colon", 3)],
            pairs: "a>d=1 a>f=1 a>m=1 a>s=1 a>hyphen=1 c>o=2 c>r=1 d>e=5 e>l=1 e>r=1 e>s=1 e>t=1 e>v=2 e>w=2 e>space=2 e>hyphen=1 e>colon=1 f>e=1 f>o=1 g>r=1 i>e=2 i>o=1 i>p=1 l>colon=1 m>e=1 m>o=1 n>a=2 n>colon=1 o>d=3 o>n=1 o>p=1 o>r=1 p>t=1 p>u=1 r>a=1 r>e=2 r>i=1 r>u=1 r>space=1 r>newline=1 s>a=2 s>c=1 s>t=1 s>space=1 s>newline=1 t>i=1 t>y=1 t>space=1 u>s=2 v>i=2 w>e=1 w>s=1 y>newline=1 space>c=2 space>f=1 space>n=1 space>o=1 space>r=2 space>s=1 newline>d=1 newline>m=1 newline>n=1 newline>newline=1 newline>hyphen=2 hyphen>g=1 hyphen>r=1 hyphen>newline=2 hyphen>hyphen=4 colon>space=3",
        },
        Golden {
            text: "| Column | Value |\n|:-------|------:|\n| p95    | 12.50 |\n",
            o200k: 22,
            tokens: [27, 33, 26],
            counts: &[("word_1", 1), ("word_5", 1), ("word_6", 1), ("capitalised", 2), ("space_runs", 1), ("space_run_chars", 4), ("space_before_word", 3), ("digit_runs", 3), ("digits", 6), ("newline_runs", 3), ("newlines", 4), ("punctuation_runs", 8), ("punctuation_repeats", 11), ("hyphen", 13), ("dot", 1), ("colon", 2), ("pipe", 9)],
            pairs: "a>l=1 c>o=1 e>space=1 l>u=2 m>n=1 n>space=1 o>l=1 p>digit=1 u>e=1 u>m=1 v>a=1 digit>digit=3 digit>space=2 digit>dot=1 space>c=1 space>p=1 space>v=1 space>digit=1 space>space=3 space>pipe=4 newline>newline=1 newline>pipe=3 hyphen>hyphen=11 hyphen>colon=1 hyphen>pipe=1 dot>digit=1 colon>hyphen=1 colon>pipe=1 pipe>space=4 pipe>newline=3 pipe>hyphen=1 pipe>colon=1",
        },
        Golden {
            text: "```php\n$batch = $client->getHTTPServer()->v2;\n```\n",
            o200k: 18,
            tokens: [23, 29, 21],
            counts: &[("word_1", 1), ("word_3", 1), ("word_5", 1), ("word_6", 1), ("mixed_words", 1), ("mixed_letters", 13), ("mixed_humps", 5), ("glued_words", 5), ("digit_runs", 1), ("digits", 1), ("newline_runs", 3), ("newlines", 4), ("punctuation_runs", 8), ("punctuation_repeats", 4), ("dollar", 2), ("paren_open", 1), ("paren_close", 1), ("hyphen", 2), ("semicolon", 1), ("equals", 1), ("greater", 2), ("backtick", 6)],
            pairs: "a>t=1 b>a=1 c>h=1 c>l=1 e>n=1 e>r=2 e>t=1 g>e=1 h>p=1 h>t=1 h>space=1 i>e=1 l>i=1 n>t=1 p>h=1 p>s=1 p>newline=1 r>v=1 r>paren_open=1 s>e=1 t>c=1 t>h=1 t>p=1 t>t=1 t>hyphen=1 v>e=1 v>digit=1 digit>semicolon=1 space>dollar=1 space>equals=1 newline>newline=1 newline>dollar=1 newline>backtick=2 dollar>b=1 dollar>c=1 paren_open>paren_close=1 paren_close>hyphen=1 hyphen>greater=2 semicolon>newline=1 equals>space=1 greater>g=1 greater>v=1 backtick>p=1 backtick>newline=1 backtick>backtick=4",
        },
        Golden {
            text: "{\n  \"mcpServers\": {\n    \"github\": { \"args\": [\"-y\", \"@scope/pkg\"] }\n  }\n}\n",
            o200k: 28,
            tokens: [34, 42, 33],
            counts: &[("word_1", 1), ("word_3", 1), ("word_4", 1), ("word_5", 1), ("word_6", 1), ("mixed_words", 1), ("mixed_letters", 10), ("mixed_humps", 1), ("space_runs", 3), ("space_run_chars", 8), ("glued_words", 6), ("newline_runs", 5), ("newlines", 6), ("punctuation_runs", 17), ("quote", 10), ("comma", 1), ("hyphen", 1), ("slash", 1), ("colon", 3), ("at", 1), ("bracket_open", 1), ("bracket_close", 1), ("brace_open", 3), ("brace_close", 3)],
            pairs: "a>r=1 b>quote=1 c>o=1 c>p=1 e>r=2 e>slash=1 g>i=1 g>s=1 g>quote=1 h>u=1 i>t=1 k>g=1 m>c=1 o>p=1 p>e=1 p>k=1 p>s=1 r>g=1 r>s=1 r>v=1 s>c=1 s>e=1 s>quote=2 t>h=1 u>b=1 v>e=1 y>quote=1 space>space=5 space>quote=4 space>bracket_open=1 space>brace_open=2 space>brace_close=2 newline>space=3 newline>newline=1 newline>brace_open=1 newline>brace_close=1 quote>a=1 quote>g=1 quote>m=1 quote>comma=1 quote>hyphen=1 quote>colon=3 quote>at=1 quote>bracket_close=1 comma>space=1 hyphen>y=1 slash>p=1 colon>space=3 at>s=1 bracket_open>quote=1 bracket_close>space=1 brace_open>space=1 brace_open>newline=2 brace_close>newline=3",
        },
        Golden {
            text: "\u{4f60}\u{597d}\u{ff0c}\u{4e16}\u{754c}\u{3002}\u{30c6}\u{30b9}\u{30c8} \u{d14c}\u{c2a4}\u{d2b8}",
            o200k: 7,
            tokens: [12, 12, 6],
            counts: &[("hangul_runs", 1), ("cjk_punctuation_runs", 2), ("kana_runs", 1), ("han_runs", 2), ("hangul_chars", 3), ("cjk_punctuation_chars", 2), ("kana_chars", 3), ("han_chars", 4), ("newline_runs", 1), ("newlines", 1)],
            pairs: "wide>wide=34 wide>space=1 wide>newline=1 space>wide=1 newline>wide=1",
        },
        Golden {
            text: "\u{41f}\u{440}\u{438}\u{432}\u{435}\u{442}, na\u{ef}ve caf\u{e9} \u{2014} \u{201c}quoted\u{201d} \u{2026}",
            o200k: 11,
            tokens: [17, 19, 12],
            counts: &[("word_2", 2), ("word_3", 1), ("word_6", 1), ("typographic_runs", 4), ("latin_runs", 2), ("cyrillic_runs", 1), ("typographic_chars", 4), ("latin_chars", 2), ("cyrillic_chars", 6), ("glued_words", 2), ("space_before_word", 2), ("newline_runs", 1), ("newlines", 1), ("punctuation_runs", 1), ("comma", 1)],
            pairs: "wide>wide=21 wide>q=1 wide>v=1 wide>space=3 wide>newline=1 wide>comma=1 a>wide=1 a>f=1 c>a=1 d>wide=1 e>d=1 e>space=1 f>wide=1 n>a=1 o>t=1 q>u=1 t>e=1 u>o=1 v>e=1 space>wide=3 space>c=1 space>n=1 newline>wide=1 comma>space=1",
        },
        Golden {
            text: "\u{251c}\u{2500}\u{2500} src/\n\u{2502}   \u{2514}\u{2500}\u{2500} main.rs  \u{2705} \u{1f680}\n",
            o200k: 16,
            tokens: [21, 22, 15],
            counts: &[("word_2", 1), ("word_3", 1), ("word_4", 1), ("space_runs", 2), ("space_run_chars", 5), ("symbol_runs", 1), ("box_runs", 3), ("emoji_runs", 1), ("symbol_chars", 1), ("box_chars", 7), ("emoji_chars", 1), ("glued_words", 1), ("space_before_word", 2), ("newline_runs", 2), ("newlines", 3), ("punctuation_runs", 2), ("dot", 1), ("slash", 1)],
            pairs: "wide>wide=23 wide>space=4 wide>newline=1 a>i=1 c>slash=1 i>n=1 m>a=1 n>dot=1 r>c=1 r>s=1 s>r=1 s>space=1 space>wide=3 space>m=1 space>s=1 space>space=3 newline>wide=2 newline>newline=1 dot>r=1 slash>newline=1",
        },
        Golden {
            text: "\tif (x) {\r\n\t\treturn internationalization;\r\n\t}\r\n",
            o200k: 12,
            tokens: [16, 17, 19],
            counts: &[("word_1", 1), ("word_2", 1), ("word_6", 1), ("word_long", 1), ("word_long_letters", 20), ("glued_words", 3), ("space_before_word", 1), ("newline_runs", 3), ("newlines", 4), ("tabs", 4), ("controls", 3), ("punctuation_runs", 5), ("paren_open", 1), ("paren_close", 1), ("semicolon", 1), ("brace_open", 1), ("brace_close", 1)],
            pairs: "a>l=1 a>t=2 e>r=1 e>t=1 f>space=1 i>f=1 i>n=1 i>o=2 i>z=1 l>i=1 n>a=2 n>t=1 n>space=1 n>semicolon=1 o>n=2 r>e=1 r>n=2 t>e=1 t>i=2 t>u=1 u>r=1 x>paren_close=1 z>a=1 space>i=1 space>paren_open=1 space>brace_open=1 newline>newline=1 newline>tab=3 paren_open>x=1 paren_close>space=1 semicolon>control=1 brace_open>control=1 brace_close>control=1 tab>i=1 tab>r=1 tab>brace_close=1 tab>tab=1 control>newline=3",
        },
        Golden {
            text: "\u{0}\u{301}\u{301}\u{0} a\u{308}",
            o200k: 6,
            tokens: [8, 7, 8],
            counts: &[("word_1", 1), ("mark_runs", 2), ("mark_chars", 3), ("space_before_word", 1), ("newline_runs", 1), ("newlines", 1), ("controls", 2)],
            pairs: "wide>wide=4 wide>newline=1 wide>control=1 a>wide=1 space>a=1 newline>control=1 control>wide=1 control>space=1",
        },
        Golden {
            text: "<|endoftext|> A I EOF \u{3b1}\u{3b2} \u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947}",
            o200k: 16,
            tokens: [24, 28, 15],
            counts: &[("word_1", 2), ("word_9", 1), ("capitalised", 2), ("upper_words", 1), ("upper_letters", 3), ("greek_runs", 1), ("rtl_runs", 1), ("brahmic_runs", 1), ("greek_chars", 2), ("rtl_chars", 4), ("brahmic_chars", 6), ("glued_words", 1), ("space_before_word", 3), ("newline_runs", 1), ("newlines", 1), ("punctuation_runs", 2), ("less", 1), ("greater", 1), ("pipe", 2)],
            pairs: "wide>wide=27 wide>space=2 wide>newline=1 a>space=1 d>o=1 e>n=1 e>o=1 e>x=1 f>t=1 f>space=1 i>space=1 n>d=1 o>f=2 t>e=1 t>pipe=1 x>t=1 space>wide=3 space>a=1 space>e=1 space>i=1 newline>less=1 less>pipe=1 greater>space=1 pipe>e=1 pipe>greater=1",
        },
    ];

    fn count_name(index: usize) -> String {
        match index {
            0..WIDE_RUNS => BEFORE_WIDE[index].to_owned(),
            WIDE_RUNS..WIDE_CHARS => format!("{}_runs", WIDE_NAMES[index - WIDE_RUNS]),
            WIDE_CHARS..GLUED_WORDS => format!("{}_chars", WIDE_NAMES[index - WIDE_CHARS]),
            GLUED_WORDS..PUNCTUATION_CHARS => AFTER_WIDE[index - GLUED_WORDS].to_owned(),
            _ => PUNCTUATION_NAMES[index - PUNCTUATION_CHARS].to_owned(),
        }
    }

    #[test]
    fn the_built_in_calibration_parses() {
        assert_eq!(calibration().err(), None);
        for family in Family::ALL {
            let band = error_band(family);
            assert!(-15.0 < band.p5_percent && band.p5_percent < 0.0, "{family:?} {band:?}");
            assert!(0.0 < band.p95_percent && band.p95_percent < 15.0, "{family:?} {band:?}");
            assert!(snippet_error_band(family).p95_percent >= band.p95_percent);
            assert!(calibration().unwrap().fit(family).weights.len() > 500);
        }
    }

    #[test]
    fn counts_and_estimates_equal_those_of_the_calibration_script() {
        assert!(GOLDEN.len() >= 8);
        let names: Vec<&str> = class_names().collect();
        for golden in GOLDEN {
            let found = features(golden.text);
            let counts: Vec<(String, u64)> = found
                .counts
                .iter()
                .enumerate()
                .filter(|(_, n)| **n > 0)
                .map(|(at, n)| (count_name(at), *n))
                .collect();
            let expected: Vec<(String, u64)> =
                golden.counts.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect();
            assert_eq!(counts, expected, "{:?}", golden.text);
            let pairs: Vec<String> = found
                .pairs
                .iter()
                .enumerate()
                .filter(|(_, n)| **n > 0)
                .map(|(at, n)| format!("{}>{}={n}", names[at / CLASSES], names[at % CLASSES]))
                .collect();
            assert_eq!(pairs.join(" "), golden.pairs, "{:?}", golden.text);
            for (family, tokens) in Family::ALL.into_iter().zip(golden.tokens) {
                assert_eq!(estimate(family, golden.o200k, &found), tokens, "{family:?} {:?}", golden.text);
            }
        }
    }

    #[test]
    fn empty_text_costs_nothing_and_any_other_at_least_one_token() {
        for family in Family::ALL {
            assert_eq!(estimate(family, 0, &features("")), 0);
            for text in ["a", " ", "\n", "\0", "\u{301}", "\u{fe0f}", "\u{10ffff}", "\u{feff}"] {
                assert!(estimate(family, 1, &features(text)) >= 1, "{family:?} {text:?}");
                assert!(estimate(family, 0, &features(text)) >= 1, "{family:?} {text:?}");
            }
        }
    }

    #[test]
    fn hostile_input_stays_within_bounds_and_grows_with_its_length() {
        #[rustfmt::skip]
        let marks = ["a", "A", "Z", "0", " ", "\n", "\t", "\0", "\r", "=", "|", "`", "\u{301}", "\u{200d}", "\u{e000}",
            "\u{4e00}", "\u{1f680}", "aB", "a ", "\0\u{301}", "$_", "\r\n", "<|endoftext|>"];
        for mark in marks {
            let mut last = [0; 3];
            for bytes in [1_000, 30_000, 1_000_000] {
                let text = mark.repeat(bytes / mark.len());
                // The fewest o200k tokens that such a run costs: about one for eight bytes.
                let o200k = text.len() as u64 / 8;
                let found = features(&text);
                for (family, before) in Family::ALL.into_iter().zip(&mut last) {
                    let tokens = estimate(family, o200k, &found);
                    assert!(tokens >= *before, "{family:?} {mark:?} {bytes}: {tokens} < {before}");
                    assert!(
                        tokens >= o200k / 5 && tokens <= text.len() as u64 * 3 / 2 + 4,
                        "{family:?} {mark:?} {tokens}"
                    );
                    *before = tokens;
                }
            }
        }
        let found = features("a");
        for family in Family::ALL {
            assert_eq!(estimate(family, u64::MAX, &found), 6);
        }
    }

    #[test]
    fn more_o200k_tokens_never_mean_fewer_tokens() {
        let found = features("Reviews Rust code for safety, line by line, and says why.");
        for family in Family::ALL {
            let series: Vec<u64> = (0..40).map(|n| estimate(family, n, &found)).collect();
            assert!(series.is_sorted(), "{family:?} {series:?}");
        }
    }

    #[test]
    fn a_wrong_calibration_is_refused_with_the_reason() {
        assert!(matches!(Calibration::parse("{"), Err(CalibrationError::Json(_))));
        assert_eq!(
            Calibration::parse(r#"{"schema_version": 9, "families": {}}"#).err(),
            Some(CalibrationError::Schema(9))
        );
        assert_eq!(
            Calibration::parse(r#"{"schema_version": 1, "families": {}}"#).err(),
            Some(CalibrationError::Family("claude-v3"))
        );
        let band = r#"{"p5": -1, "p95": 1}"#;
        let entry = |name: &str| {
            format!(
                r#"{{"schema_version": 1, "families": {{"claude-v3": {{"error_percent": {{"held_out_files": {band},
                "held_out_snippets": {band}}}, "coefficients": {{"{name}": 1}}}}}}}}"#
            )
        };
        for unknown in ["word_99", "t>nowhere", "han_shots", ""] {
            let error = Calibration::parse(&entry(unknown)).err();
            assert_eq!(error, Some(CalibrationError::Feature(unknown.to_owned())));
        }
        for known in ["o200k", "t>h", "wide>tab", "han_runs", "han_chars", "tilde", "punctuation_repeats"] {
            let error = Calibration::parse(&entry(known)).err();
            assert_eq!(error, Some(CalibrationError::Family("claude-v4.8")), "{known}");
        }
    }
}
