//! What a token costs, and who says so.
//!
//! | layer | where it is written |
//! |---|---|
//! | flag | `--price MODEL.KIND=USD` |
//! | environment | `prices:` of an environment |
//! | repository | `prices:` of `weighbridge.yaml` |
//! | lock | `prices.lock`, written by `weighbridge prices update` |
//! | book | the crate `genai-prices`, embedded |
//!
//! [`Book`] holds the layers. The upper ones win, kind of token by kind of token; lock and book are list prices, to
//! which discounts and regional factors apply. Nothing is fetched, so the same version and files give the same
//! prices on the same day. An unknown model has no price, which is not a price of zero.

mod book;
mod claude;
pub mod import;
pub mod lock;
pub mod names;
pub mod overrides;
mod probe;
mod quote;
pub mod side_table;
mod terms;

pub use crate::config::prices::{Processing, Region};
pub use book::{BOOK, BOOK_DATE, BOOK_SHA256, Embedded, catalogue};
pub use names::resolve;
pub use quote::{Book, PriceOrigin, Quote, STALE_DAYS, Unpriced};
pub use terms::{Entry, NoEntry, Source, Terms};

use super::rates::{CallTokens, Rates, price_of_call};
use crate::base::Usd;

/// How the tokens of a request were billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Billing {
    /// Ordinary input.
    Fresh,
    /// Read from the prompt cache.
    CacheRead,
}

/// What the input of one request costs; the tier is chosen by the size of that request.
pub fn input_price(rates: &Rates, tokens: u64, billing: Billing) -> Option<Usd> {
    let call = match billing {
        Billing::Fresh => CallTokens { fresh: tokens, ..CallTokens::default() },
        Billing::CacheRead => CallTokens { cache_read: tokens, ..CallTokens::default() },
    };
    price_of_call(rates, call)
}

#[cfg(test)]
#[path = "prices_tests.rs"]
mod tests;
