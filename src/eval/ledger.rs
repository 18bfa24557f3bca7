//! What a run of cases may spend. Every call reserves the most it can cost before it is made, and settles for what it
//! did cost afterwards; what is spent and reserved together never exceeds the limit.

use crate::chat::{Request, Usage};
use crate::cost::rates::{CallTokens, Rates, price_of_call};
use rust_decimal::Decimal;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Tokens around every request that are not in its text, and those around tools: what providers add in front of tool
/// schemas has up to a few hundred.
const FRAME_TOKENS: u64 = 2_048;

/// What may be spent; `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limit {
    /// Dollars.
    pub usd: Option<Decimal>,
    /// Tokens of every kind together.
    pub tokens: Option<u64>,
}

/// An amount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Dollars; `None` without a price.
    pub usd: Option<Decimal>,
    /// Tokens.
    pub tokens: u64,
}

/// Why a call is not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Calls on their way hold what is left; ask again when one has settled.
    Wait,
    /// The limit is reached, or a limit cannot be kept.
    Limit(String),
}

/// The books of a run.
#[derive(Debug, Default)]
pub struct Ledger {
    limit: Limit,
    state: Mutex<State>,
}

#[derive(Clone, Debug, Default)]
struct State {
    usd: Decimal,
    tokens: u64,
    unpriced: u32,
    held_usd: Decimal,
    held_tokens: u64,
    open: u32,
    closed: Option<String>,
}

/// What was spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Dollars of calls that have a price.
    pub usd: Decimal,
    /// Tokens.
    pub tokens: u64,
    /// Calls without a price.
    pub unpriced: u32,
}

/// A reservation. It has to be settled; one that is not stays held.
#[derive(Debug)]
#[must_use]
pub struct Ticket(Amount);

impl Ledger {
    /// Empty books with a limit.
    pub fn new(limit: Limit) -> Self {
        Self { limit, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds the most a call can cost.
    ///
    /// # Errors
    /// When that is more than is left.
    pub fn reserve(&self, most: Amount) -> Result<Ticket, Refused> {
        let mut state = self.state();
        if let Some(reason) = &state.closed {
            return Err(Refused::Limit(reason.clone()));
        }
        if let Some(limit) = self.limit.tokens {
            let sum = state.tokens.saturating_add(state.held_tokens).saturating_add(most.tokens);
            if sum > limit {
                return Err(state.refuse(&format!("{} of {limit} tokens", state.tokens)));
            }
        }
        if let Some(limit) = self.limit.usd {
            let Some(usd) = most.usd else {
                let reason = "a limit in dollars cannot be kept for a model without a price; state its price or limit tokens";
                return Err(Refused::Limit(reason.to_owned()));
            };
            if state.usd.saturating_add(state.held_usd).saturating_add(usd) > limit {
                return Err(state.refuse(&format!("${} of ${limit}", state.usd.round_dp(6).normalize())));
            }
        }
        state.held_usd = state.held_usd.saturating_add(most.usd.unwrap_or_default());
        state.held_tokens = state.held_tokens.saturating_add(most.tokens);
        state.open += 1;
        Ok(Ticket(most))
    }

    /// Puts what a call did cost in place of what was held for it. `None`: nobody knows, so it counts as the most it
    /// could.
    ///
    /// # Errors
    /// More than that is not possible, unless the provider's figures are wrong: then it counts as the most, and nothing
    /// more is asked.
    #[expect(clippy::needless_pass_by_value, reason = "a ticket is used up")]
    pub fn settle(&self, ticket: Ticket, actual: Option<Amount>) -> Result<(), String> {
        let Ticket(most) = ticket;
        let mut state = self.state();
        state.held_usd = state.held_usd.saturating_sub(most.usd.unwrap_or_default());
        state.held_tokens = state.held_tokens.saturating_sub(most.tokens);
        state.open = state.open.saturating_sub(1);
        let actual = actual.unwrap_or(most);
        let above = if actual.tokens > most.tokens {
            Some(format!("{} tokens for a call that can have {} at most", actual.tokens, most.tokens))
        } else {
            actual.usd.zip(most.usd).filter(|(actual, most)| actual > most).map(|(actual, most)| {
                format!("figures that make ${actual} of a call that can cost ${most} at most")
            })
        };
        let above = above.map(|what| format!("the provider reports {what}; its figures cannot be relied on"));
        if state.closed.is_none() {
            state.closed.clone_from(&above);
        }
        state.tokens = state.tokens.saturating_add(actual.tokens.min(most.tokens));
        match (actual.usd, most.usd) {
            (Some(actual), Some(most)) => {
                state.usd = state.usd.saturating_add(actual.clamp(Decimal::ZERO, most))
            }
            (None, Some(most)) => state.usd = state.usd.saturating_add(most),
            (_, None) => state.unpriced += 1,
        }
        above.map_or(Ok(()), Err)
    }

    /// What was spent so far.
    pub fn spent(&self) -> Spent {
        let state = self.state();
        Spent { usd: state.usd, tokens: state.tokens, unpriced: state.unpriced }
    }
}

impl State {
    fn refuse(&self, so_far: &str) -> Refused {
        if self.open > 0 {
            Refused::Wait
        } else {
            Refused::Limit(format!(
                "the limit is reached: {so_far} are spent, and the next call could take more than is left"
            ))
        }
    }
}

/// The most a request can cost: no token is shorter than a byte, and no answer longer than it may be.
pub fn most(request: &Request, rates: Option<&Rates>) -> Amount {
    let body = crate::chat::wire::body(request).to_string();
    let input = (body.len() as u64).saturating_add(FRAME_TOKENS);
    let output = u64::from(request.sampling.max_tokens);
    let usd = rates.and_then(|rates| {
        // The dearest tier up to this size, and the dearest way to be billed for input.
        rates
            .tiers()
            .iter()
            .filter(|tier| tier.above <= input)
            .filter_map(|tier| {
                let dearest = [
                    CallTokens { fresh: input, output, ..CallTokens::default() },
                    CallTokens { cache_write_5m: input, output, ..CallTokens::default() },
                    CallTokens { cache_read: input, output, ..CallTokens::default() },
                ];
                let flat = Rates::flat(tier.per_million.clone());
                dearest.iter().filter_map(|tokens| Some(price_of_call(&flat, *tokens)?.amount())).max()
            })
            .max()
    });
    Amount { usd, tokens: input.saturating_add(output) }
}

/// What a call did cost.
pub fn actual(usage: Usage, rates: Option<&Rates>) -> Amount {
    let tokens = CallTokens {
        fresh: usage.input,
        cache_read: usage.cache_read,
        cache_write_5m: usage.cache_write,
        output: usage.output,
        ..CallTokens::default()
    };
    let usd = rates.and_then(|rates| Some(price_of_call(rates, tokens)?.amount()));
    Amount { usd, tokens: usage.total() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Api;
    use crate::chat::sample::request;
    use crate::cost::rates::{PerMillion, Tier};
    use proptest::prelude::*;

    fn rates() -> Rates {
        let per_million = |input: i64, output: i64| PerMillion {
            input: Decimal::from(input),
            output: Decimal::from(output),
            cache_read: Some(Decimal::new(input, 1)),
            cache_write_5m: Some(Decimal::new(input * 125, 2)),
            cache_write_1h: None,
        };
        Rates::new(vec![
            Tier { above: 0, per_million: per_million(3, 15) },
            Tier { above: 200_000, per_million: per_million(6, 22) },
        ])
        .expect("rising")
    }

    #[test]
    fn what_is_held_counts_until_it_is_settled() {
        let limit = Limit { usd: Some(Decimal::ONE), tokens: None };
        let ledger = Ledger::new(limit);
        let amount = |cents: i64| Amount { usd: Some(Decimal::new(cents, 2)), tokens: 1 };
        let first = ledger.reserve(amount(60)).expect("there is enough");
        assert_eq!(ledger.reserve(amount(60)).unwrap_err(), Refused::Wait, "it may be enough later");
        assert_eq!(ledger.settle(first, Some(amount(10))), Ok(()));
        let second = ledger.reserve(amount(60)).expect("it is enough now");
        assert_eq!(ledger.settle(second, None), Ok(()));
        assert_eq!(ledger.spent().usd, Decimal::new(70, 2), "what nobody knows counts in full");
        let Refused::Limit(reason) = ledger.reserve(amount(31)).unwrap_err() else {
            panic!("waits for nobody")
        };
        assert!(reason.starts_with("the limit is reached: $0.7 of $1"), "{reason}");
        assert!(
            matches!(ledger.reserve(Amount { usd: None, tokens: 1 }), Err(Refused::Limit(_))),
            "no price, no limit"
        );
        assert!(ledger.reserve(amount(30)).is_ok());
    }

    #[test]
    fn figures_that_cannot_be_end_it() {
        let ledger = Ledger::new(Limit { usd: None, tokens: Some(1_000) });
        let ticket = ledger.reserve(Amount { usd: None, tokens: 10 }).expect("enough");
        let said = ledger.settle(ticket, Some(Amount { usd: None, tokens: 1_000_000 }));
        assert!(
            said.is_err_and(|reason| reason.contains("1000000 tokens for a call that can have 10 at most"))
        );
        assert_eq!(ledger.spent().tokens, 10);
        assert!(matches!(ledger.reserve(Amount::default()), Err(Refused::Limit(_))));
    }

    #[test]
    fn the_most_is_never_less_than_what_comes() {
        let request = request(Api::Anthropic);
        let most = most(&request, Some(&rates()));
        let text = crate::chat::wire::body(&request).to_string();
        let usage = Usage { cache_write: text.len() as u64, output: 256, ..Usage::default() };
        let actual = actual(usage, Some(&rates()));
        assert!(most.usd >= actual.usd && most.tokens >= actual.tokens);
    }

    /// One of sixteen workers: what its calls reserve, and what the provider says they took.
    type Calls = Vec<(u64, Option<u64>)>;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn sixteen_at_once_never_spend_more_than_the_limit(
            workers in prop::collection::vec(
                prop::collection::vec((0..40_000u64, prop::option::of(0..u64::MAX)), 0..12), 16),
            order in prop::collection::vec((0..16usize, any::<bool>()), 0..600),
            usd in 0..200i64,
            tokens in 0..400_000u64,
        ) {
            let limit = Limit { usd: Some(Decimal::new(usd, 3)), tokens: Some(tokens) };
            let ledger = Ledger::new(limit);
            let price = |tokens: u64| Some(Decimal::from(tokens) / Decimal::from(1_000_000) * Decimal::from(3));
            let mut queues: Vec<Calls> = workers;
            let mut open: Vec<Option<(Ticket, Option<u64>)>> = (0..16).map(|_| None).collect();
            for (worker, settles) in order {
                match open[worker].take() {
                    Some((ticket, said)) if settles => {
                        let usage = said.map(|tokens| Amount { usd: price(tokens), tokens });
                        let above = ledger.settle(ticket, usage).is_err();
                        prop_assert!(!above || ledger.reserve(Amount::default()).is_err(), "it goes on");
                    }
                    Some(busy) => open[worker] = Some(busy),
                    None => if let Some((most, said)) = queues[worker].pop()
                        && let Ok(ticket) = ledger.reserve(Amount { usd: price(most), tokens: most }) {
                            open[worker] = Some((ticket, said));
                        }
                }
                let spent = ledger.spent();
                prop_assert!(spent.usd <= limit.usd.unwrap(), "${} of ${:?}", spent.usd, limit.usd);
                prop_assert!(spent.tokens <= tokens);
            }
        }
    }
}
