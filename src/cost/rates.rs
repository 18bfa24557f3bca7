//! What a model charges, exactly: rates per million tokens by kind of token and size of the prompt.
//!
//! Arithmetic on many calls is done in whole numbers: tokens in thousandths (a skill that is read in three runs
//! of ten weighs 0.3 of itself) and money in attodollars, 10^-18 dollars. Nothing is rounded on the way.

use crate::base::Usd;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// How a token is billed.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum TokenKind {
    /// Input that is neither read from the prompt cache nor written to it.
    Fresh,
    /// Input read from the prompt cache.
    CacheRead,
    /// Input written to the prompt cache for five minutes, the vendors' default.
    CacheWrite5m,
    /// Input written to the prompt cache for one hour.
    CacheWrite1h,
    /// Output, thinking included.
    Output,
}

impl TokenKind {
    /// Every kind, in the order in which they are shown.
    pub const ALL: [Self; 5] =
        [Self::Fresh, Self::CacheRead, Self::CacheWrite5m, Self::CacheWrite1h, Self::Output];

    /// The name used in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh input",
            Self::CacheRead => "cache read",
            Self::CacheWrite5m => "cache write (5 min)",
            Self::CacheWrite1h => "cache write (1 h)",
            Self::Output => "output",
        }
    }
}

/// Dollars per million tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerMillion {
    /// Fresh input.
    pub input: Decimal,
    /// Output, thinking included.
    pub output: Decimal,
    /// Cache reads; `None` when the model has no such price: they are billed as input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_read: Option<Decimal>,
    /// Cache writes that live five minutes, or that the vendor makes by itself; `None` is billed as input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write_5m: Option<Decimal>,
    /// Cache writes that live one hour; `None` is billed as those of five minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write_1h: Option<Decimal>,
}

impl PerMillion {
    /// The rate of a kind, with what takes its place where the model has no price of its own.
    pub fn rate(&self, kind: TokenKind) -> Decimal {
        match kind {
            TokenKind::Fresh => self.input,
            TokenKind::Output => self.output,
            TokenKind::CacheRead => self.cache_read.unwrap_or(self.input),
            TokenKind::CacheWrite5m => self.cache_write_5m.unwrap_or(self.input),
            TokenKind::CacheWrite1h => self.cache_write_1h.or(self.cache_write_5m).unwrap_or(self.input),
        }
    }

    /// Every rate times a factor: a discount, a regional premium.
    #[must_use]
    pub fn times(&self, factor: Decimal) -> Self {
        Self {
            input: self.input * factor,
            output: self.output * factor,
            cache_read: self.cache_read.map(|rate| rate * factor),
            cache_write_5m: self.cache_write_5m.map(|rate| rate * factor),
            cache_write_1h: self.cache_write_1h.map(|rate| rate * factor),
        }
    }
}

/// The rates of prompts larger than a size. The whole request is billed at them, not only what lies above.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// The tier holds for prompts of more tokens than this; 0 in the first tier.
    pub above: u64,
    /// Its rates.
    #[serde(flatten)]
    pub per_million: PerMillion,
}

/// What a model charges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rates {
    tiers: Vec<Tier>,
}

impl Rates {
    /// The same rates for prompts of every size.
    pub fn flat(per_million: PerMillion) -> Self {
        Self { tiers: vec![Tier { above: 0, per_million }] }
    }

    /// Rates by size of the prompt; `None` unless the first tier begins at 0 and sizes rise.
    pub fn new(tiers: Vec<Tier>) -> Option<Self> {
        let rises = tiers.windows(2).all(|pair| matches!(pair, [low, high] if low.above < high.above));
        (rises && tiers.first().is_some_and(|tier| tier.above == 0)).then_some(Self { tiers })
    }

    /// The tiers, smallest prompts first.
    pub fn tiers(&self) -> &[Tier] {
        &self.tiers
    }

    /// The rates for a prompt of so many tokens, cached ones included.
    pub fn at(&self, prompt_tokens: u64) -> Option<&PerMillion> {
        self.tiers
            .iter()
            .rev()
            .find(|tier| tier.above == 0 || prompt_tokens > tier.above)
            .map(|t| &t.per_million)
    }

    /// Every rate times a factor.
    #[must_use]
    pub fn times(&self, factor: Decimal) -> Self {
        let tiers = self.tiers.iter();
        Self {
            tiers: tiers.map(|t| Tier { above: t.above, per_million: t.per_million.times(factor) }).collect(),
        }
    }
}

/// Tokens of one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallTokens {
    /// Neither read from the cache nor written to it.
    pub fresh: u64,
    /// Read from the cache.
    pub cache_read: u64,
    /// Written for five minutes.
    pub cache_write_5m: u64,
    /// Written for one hour.
    pub cache_write_1h: u64,
    /// Output, thinking included.
    pub output: u64,
}

impl CallTokens {
    /// All input, which decides the tier.
    pub const fn prompt(self) -> u64 {
        self.fresh + self.cache_read + self.cache_write_5m + self.cache_write_1h
    }

    /// The count of a kind.
    pub const fn of(self, kind: TokenKind) -> u64 {
        match kind {
            TokenKind::Fresh => self.fresh,
            TokenKind::CacheRead => self.cache_read,
            TokenKind::CacheWrite5m => self.cache_write_5m,
            TokenKind::CacheWrite1h => self.cache_write_1h,
            TokenKind::Output => self.output,
        }
    }
}

/// What one request costs, exactly.
pub fn price_of_call(rates: &Rates, tokens: CallTokens) -> Option<Usd> {
    let rates = rates.at(tokens.prompt())?;
    let mut sum = Decimal::ZERO;
    for kind in TokenKind::ALL {
        sum = sum.checked_add(rates.rate(kind).checked_mul(Decimal::from(tokens.of(kind)))?)?;
    }
    Some(Usd::new((sum / Decimal::from(1_000_000)).normalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    fn sonnet_4_6() -> Rates {
        Rates::flat(PerMillion {
            input: decimal("3"),
            output: decimal("15"),
            cache_read: Some(decimal("0.30")),
            cache_write_5m: Some(decimal("3.75")),
            cache_write_1h: Some(decimal("6")),
        })
    }

    #[test]
    fn golden_vectors_come_out_to_the_digit() {
        // Claude Code's documentation, "costs": shown there as $0.55.
        let documented = CallTokens {
            fresh: 1_200,
            output: 5_300,
            cache_read: 940_000,
            cache_write_5m: 50_000,
            ..CallTokens::default()
        };
        assert_eq!(price_of_call(&sonnet_4_6(), documented), Some(Usd::new(decimal("0.5526"))));
        // rajbos#1589: Claude's own figure for this run was $0.3978.
        let measured = CallTokens {
            fresh: 352,
            output: 2_100,
            cache_read: 286_600,
            cache_write_1h: 46_500,
            ..CallTokens::default()
        };
        assert_eq!(price_of_call(&sonnet_4_6(), measured), Some(Usd::new(decimal("0.397536"))));
        let five = CallTokens { cache_write_1h: 0, cache_write_5m: 46_500, ..measured };
        assert_eq!(price_of_call(&sonnet_4_6(), five).map(|usd| usd.to_string()).as_deref(), Some("$0.29"));
    }

    #[test]
    fn the_whole_request_is_billed_at_the_tier_of_its_prompt() {
        let plain = |input: &str| PerMillion {
            input: decimal(input),
            output: decimal("1"),
            cache_read: None,
            cache_write_5m: None,
            cache_write_1h: None,
        };
        let rates = Rates::new(vec![
            Tier { above: 0, per_million: plain("0.1") },
            Tier { above: 100_000, per_million: plain("0.5") },
        ])
        .expect("rising");
        let at = |fresh| price_of_call(&rates, CallTokens { fresh, ..CallTokens::default() });
        assert_eq!(at(100_000), Some(Usd::new(decimal("0.01"))));
        assert_eq!(at(100_001), Some(Usd::new(decimal("0.0500005"))));
        assert_eq!(Rates::new(vec![Tier { above: 5, per_million: plain("1") }]), None);
    }
}
