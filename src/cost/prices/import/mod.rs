//! Price lists of others, read exactly: numbers are decimals from the text, never floating point.

mod genai;
mod litellm;
mod update;

use super::book::{Found, find};
use super::lock::Locked;
use super::names;
use crate::base::text::plural;
use genai_prices::Calculator;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

pub use update::{Change, Update, update};

/// Larger files are refused, in bytes; the largest known list has 3 MB.
pub const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// A price list that was read.
#[derive(Debug)]
pub struct Imported {
    /// Whose it is.
    pub source: &'static str,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// The day on which its newest price began to hold, when it says so.
    pub date: Option<Date>,
    /// The prices, by [`names::canonical`].
    pub models: BTreeMap<String, Locked>,
    /// Entries that have no rates per token that can be used: pictures, searches, prices per request, and what the list
    /// has as negative, as too large, or without any price.
    pub skipped: usize,
    /// Knows under which other names the list has its models.
    matcher: Option<Calculator>,
}

/// A file that is no price list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ImportError(String);

impl Imported {
    /// Reads a list: the JSON of `genai-prices` (version 2) or the `model_prices_and_context_window` JSON of
    /// `LiteLLM`. Where a list has prices by date, those of `day` count.
    ///
    /// # Errors
    /// When it is neither, or a price in it cannot be read.
    pub fn read(bytes: &[u8], day: Date) -> Result<Self, ImportError> {
        use sha2::Digest as _;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(ImportError(format!("it has more than {MAX_BYTES} bytes")));
        }
        let text =
            std::str::from_utf8(bytes).map_err(|error| ImportError(format!("it is not UTF-8: {error}")))?;
        let sha256 = crate::base::text::hex(&sha2::Sha256::digest(bytes));
        let list = match text.trim_start().as_bytes().first() {
            Some(b'[') => {
                let matcher = Calculator::from_json(bytes).map_err(|error| ImportError(error.to_string()))?;
                let list = genai::read(text, day)?;
                let (models, skipped) = (list.models, list.skipped);
                Self {
                    source: "genai-prices",
                    sha256,
                    date: list.date,
                    models,
                    skipped,
                    matcher: Some(matcher),
                }
            }
            Some(b'{') => {
                let (models, skipped) = litellm::read(text)?;
                Self { source: "litellm", sha256, date: None, models, skipped, matcher: None }
            }
            _ => {
                return Err(ImportError(
                    "it is no price list: known are the JSON of genai-prices and of LiteLLM".to_owned(),
                ));
            }
        };
        if list.models.is_empty() {
            return Err(ImportError(format!(
                "it has no model with rates per token that can be used; passed over: {}",
                plural(list.skipped, "entry", "entries")
            )));
        }
        Ok(list)
    }

    /// The prices of a model, named as [`names::canonical`] does.
    pub fn get(&self, model: &str) -> Option<&Locked> {
        self.models.get(model).or_else(|| {
            let Found { provider, id, .. } = find(self.matcher.as_ref()?, model)?;
            let own = self.models.get(&names::of_book(&provider, &id));
            own.or_else(|| self.models.get(&names::of_book(names::vendor(&id)?, &id)))
        })
    }
}

/// The number a piece of JSON is, exactly.
fn decimal(raw: &RawValue) -> Option<Decimal> {
    let text = raw.get().trim();
    let number = if text.contains(['e', 'E']) {
        Decimal::from_scientific(text)
    } else {
        Decimal::from_str_exact(text)
    };
    number.ok().filter(|number| !number.is_sign_negative()).map(|number| number.normalize())
}

/// A whole number, also when it is written `128000.0`.
fn whole(raw: &RawValue) -> Option<u64> {
    let number = decimal(raw)?;
    number.is_integer().then(|| u64::try_from(number).ok()).flatten()
}

#[cfg(test)]
#[path = "../import_tests.rs"]
mod tests;
