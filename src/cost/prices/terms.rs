//! Under which terms a request is made, and what a book answers.

use crate::config::prices::Processing;
use crate::cost::rates::Rates;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How requests are submitted: part of the price.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Terms {
    /// One by one, or in a batch.
    pub processing: Processing,
    /// The vendor's service tier, such as `flex` or `priority`; `None` is the ordinary one.
    pub service_tier: Option<String>,
}

impl Terms {
    /// Requests in batches.
    #[cfg(test)]
    pub const fn batch() -> Self {
        Self { processing: Processing::Batch, service_tier: None }
    }

    /// True when nothing but the list price can be meant.
    pub fn is_standard(&self) -> bool {
        self.processing == Processing::Standard && self.tier().is_none()
    }

    /// The same terms with one of them left out, for each that is not the ordinary one.
    pub(super) fn without_one(&self) -> Vec<Self> {
        let mut found = Vec::new();
        if self.processing != Processing::Standard {
            found.push(Self { processing: Processing::Standard, ..self.clone() });
        }
        if self.tier().is_some() {
            found.push(Self { service_tier: None, ..self.clone() });
        }
        found
    }

    /// The service tier, unless it is a name of the ordinary one.
    pub fn tier(&self) -> Option<&str> {
        self.service_tier.as_deref().filter(|tier| !matches!(*tier, "" | "default" | "standard" | "auto"))
    }

    /// As the crate `genai-prices` wants it.
    pub(super) fn context(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let batch = (self.processing == Processing::Batch).then_some(("processing", "batch"));
        batch.into_iter().chain(self.tier().map(|tier| ("service_tier", tier)))
    }
}

impl fmt::Display for Terms {
    /// `standard`, `batch`, `flex`, `batch flex`: the name under which a lock keeps such prices.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.context().map(|(_, value)| value).collect();
        f.pad(&if words.is_empty() { "standard".to_owned() } else { words.join(" ") })
    }
}

/// What a book says about a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What it charges.
    pub rates: Rates,
    /// How many tokens a request may have, when the book knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_window: Option<u64>,
    /// What was assumed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Why a book has no rates for a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum NoEntry {
    /// It does not have the model.
    #[error("no price is known")]
    Unknown {
        /// Models the name may have meant.
        candidates: Vec<String>,
    },
    /// It has the model, but not under these terms.
    #[error("no price is known for {0} processing")]
    NotOffered(String),
    /// It lists the model without a price for this.
    #[error("it is listed without a price for its {0} tokens")]
    NoPrice(String),
    /// It charges in a way that rates per token cannot express.
    #[error("its price cannot be put in rates per token: {0}")]
    NotExact(String),
}

/// Where list prices come from: the embedded book, or a memory in front of it.
pub trait Source: Send + Sync {
    /// The rates of a model, named as [`super::names::canonical`] does, on a day.
    ///
    /// # Errors
    /// When there are none.
    fn entry(&self, model: &str, terms: &Terms, day: Date) -> Result<Entry, NoEntry>;
}

impl<T: Source + ?Sized> Source for &T {
    fn entry(&self, model: &str, terms: &Terms, day: Date) -> Result<Entry, NoEntry> {
        (**self).entry(model, terms, day)
    }
}
