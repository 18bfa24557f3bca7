//! The fitted weights, read from the calibration file.

use super::{
    AFTER_WIDE, BEFORE_WIDE, CLASSES, COUNTS, ErrorBand, Family, GLUED_WORDS, LETTER_NAMES,
    PUNCTUATION_CHARS, PUNCTUATION_NAMES, WIDE_CHARS, WIDE_NAMES, WIDE_RUNS,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

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
struct RawCalibration<'a> {
    schema_version: u64,
    #[serde(borrow)]
    families: BTreeMap<&'a str, RawFamily<'a>>,
}

#[derive(Deserialize)]
struct RawFamily<'a> {
    error_percent: RawErrors,
    #[serde(borrow)]
    coefficients: BTreeMap<&'a str, f64>,
}

#[derive(Deserialize)]
struct RawErrors {
    held_out_files: ErrorBand,
    held_out_snippets: ErrorBand,
}

/// Weights and errors of one family.
#[derive(Clone, Debug)]
pub(super) struct Fit {
    /// Weight of the `o200k_base` count, tokens per token.
    pub(super) o200k: f64,
    /// Index of a count and its weight in tokens, in ascending order of the index: f64 sums depend on the order.
    pub(super) weights: Vec<(usize, f64)>,
    pub(super) files: ErrorBand,
    pub(super) snippets: ErrorBand,
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
        let raw: RawCalibration<'_> =
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
                if *name == "o200k" {
                    o200k = *weight;
                } else {
                    weights.push((
                        index(name).ok_or_else(|| CalibrationError::Feature((*name).to_owned()))?,
                        *weight,
                    ));
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

    pub(super) const fn fit(&self, family: Family) -> &Fit {
        match family {
            Family::ClaudeV3 => &self.claude_v3,
            Family::ClaudeV48 => &self.claude_v48,
            Family::Gemini => &self.gemini,
        }
    }
}

pub(super) fn class_names() -> impl Iterator<Item = &'static str> {
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
