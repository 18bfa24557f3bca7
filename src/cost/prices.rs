//! What a token costs: the price book of the `genai-prices` crate.
//!
//! The book is embedded, so nothing is fetched and the same version gives the same prices on the same day. An
//! unknown model has no price, which is not a price of zero.

use crate::base::Usd;
use genai_prices::{PriceRequest, Usage, UsageKey};
use rust_decimal::Decimal;

/// Name and version of the book, for reports.
pub const BOOK: &str = "genai-prices 0.2.1";

/// How the tokens of a request were billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Billing {
    /// Ordinary input.
    Fresh,
    /// Read from the prompt cache.
    CacheRead,
}

/// People's names for models and the model meant on 2026-11-21.
///
/// Source: Claude Code documentation, "model configuration": the alias names the newest model of its line.
const ALIASES: [(&str, &str); 4] = [
    ("sonnet", "claude-sonnet-5-5"),
    ("opus", "claude-opus-5-5"),
    ("haiku", "claude-haiku-5-5"),
    ("fable", "claude-fable-5-1"),
];

/// The model a name means: aliases resolved, a `[1m]` suffix dropped.
pub fn resolve(name: &str) -> String {
    let plain = name.trim().trim_end_matches("[1m]").to_ascii_lowercase();
    ALIASES.iter().find(|(alias, _)| *alias == plain).map_or(plain, |(_, model)| (*model).to_owned())
}

fn provider(model: &str) -> Option<&'static str> {
    if model.starts_with("claude") {
        Some("anthropic")
    } else if model.starts_with("gemini") {
        Some("google")
    } else if ["gpt-", "o1", "o3", "o4", "codex"].iter().any(|prefix| model.starts_with(prefix)) {
        Some("openai")
    } else {
        None
    }
}

/// What one request with so many input tokens costs; the tier is chosen by the size of that request. `None`
/// when the model is unknown.
pub fn input_price(model: &str, tokens: u64, billing: Billing, now: jiff::Timestamp) -> Option<Usd> {
    #[expect(clippy::cast_precision_loss, reason = "token counts are far below 2^52")]
    let count = tokens as f64;
    let usage = match billing {
        Billing::Fresh => Usage::from([(UsageKey::INPUT_TOKENS, count)]),
        Billing::CacheRead => {
            Usage::from([(UsageKey::INPUT_TOKENS, count), (UsageKey::CACHE_READ_TOKENS, count)])
        }
    };
    let mut request = PriceRequest::new(model, &usage).with_timestamp(std::time::SystemTime::from(now));
    if let Some(provider) = provider(model) {
        request = request.with_provider_id(provider);
    }
    let price = genai_prices::calculate(&request).ok()?.total_price;
    // Prices have at most four digits per million tokens, so twelve digits per token hold them exactly; the
    // book computes in floating point and this takes its noise off again.
    let exact: Decimal = format!("{price:.12}").parse().ok()?;
    Some(Usd::new(exact.normalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> jiff::Timestamp {
        "2026-11-21T00:00:00Z".parse().expect("a time")
    }

    #[test]
    fn prices_follow_the_book_and_the_cache() {
        let fresh = input_price("claude-sonnet-5-5", 10_000, Billing::Fresh, at()).expect("known");
        let cached = input_price("claude-sonnet-5-5", 10_000, Billing::CacheRead, at()).expect("known");
        assert_eq!((fresh.to_string().as_str(), cached.to_string().as_str()), ("$0.0200", "$0.0010"));
    }

    #[test]
    fn an_unknown_model_has_no_price() {
        assert_eq!(input_price("gpt-99-imaginary", 10, Billing::Fresh, at()), None);
        assert_eq!(resolve("Opus"), "claude-opus-5-5");
        assert_eq!(resolve("sonnet[1m]"), "claude-sonnet-5-5");
    }
}
