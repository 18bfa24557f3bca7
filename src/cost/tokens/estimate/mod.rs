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
    LazyLock::new(|| Calibration::parse(include_str!("../../../../data/token-calibration.json")));

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
mod tests;
