//! What the projection needs to know of a model.

use super::run::Machine;
use crate::base::Family;
use crate::cost::rates::Rates;

/// A model with its price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelPrice {
    /// As the price book names it.
    pub model: String,
    /// Its rates.
    pub rates: Rates,
    /// The rates in whole numbers.
    pub machine: Machine,
    /// Shorter prompts are not cached, in tokens.
    pub min_cacheable: u64,
    /// Tokens of its context window, when known.
    pub context_window: Option<u64>,
    /// Its tokenizer, when known.
    pub family: Option<Family>,
    /// Where the price comes from, for people.
    pub origin: String,
    /// How the list price was changed and what was assumed, for people.
    pub notes: Vec<String>,
}

impl ModelPrice {
    /// A model with these rates, and nothing else known.
    pub fn new(model: &str, rates: Rates) -> Self {
        let machine = Machine::new(&rates);
        Self {
            model: model.to_owned(),
            rates,
            machine,
            min_cacheable: 0,
            context_window: None,
            family: None,
            origin: String::new(),
            notes: Vec::new(),
        }
    }
}

/// A model without a price, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoPrice {
    /// The name as it was written.
    pub name: String,
    /// Why, and what to do.
    pub reason: String,
}

/// The price of a model by the name somebody gave it.
pub type Prices<'a> = &'a (dyn Fn(&str) -> Result<ModelPrice, NoPrice> + Sync);
