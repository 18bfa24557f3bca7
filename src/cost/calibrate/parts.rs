//! A difference of cost, split into what caused it: volume, turns, tokens, cache and price. The parts sum to the
//! difference exactly.

use crate::base::Usd;
use crate::cost::difference::shapley;
use crate::cost::rates::{Rates, TokenKind};
use rust_decimal::Decimal;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Digits after the point in which parts are said.
const DIGITS: u32 = 12;

/// What one agent on one model used in a period.
#[derive(Clone, Debug, PartialEq)]
pub struct Used {
    /// Model calls.
    pub calls: Decimal,
    /// Fresh input, cache reads, writes for five minutes, writes for one hour, output: tokens in the order of
    /// [`TokenKind::ALL`].
    pub tokens: [Decimal; 5],
    /// What the model charges; the tier of the mean prompt counts.
    pub rates: Rates,
}

/// A workflow in a period: projected or actual.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// Runs.
    pub runs: Decimal,
    /// By agent and model.
    pub used: BTreeMap<(String, String), Used>,
}

/// What a difference is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Parts {
    /// More or fewer runs.
    pub volume: Usd,
    /// More or fewer calls in a run, other agents, other models.
    pub turns: Usd,
    /// Larger or smaller calls.
    pub tokens: Usd,
    /// Another share of the input read from the cache or written to it.
    pub cache: Usd,
    /// Other prices.
    pub price: Usd,
}

impl Parts {
    /// The whole difference. `None` on overflow.
    pub fn sum(&self) -> Option<Usd> {
        [self.turns, self.tokens, self.cache, self.price].into_iter().try_fold(self.volume, Usd::checked_add)
    }
}

const FACTORS: usize = 5;

/// Splits `actual - projected`. A factor's part is what it changes on average over every order in which the five could
/// be exchanged, so that none is favoured by its place. `None` on overflow.
pub fn split(projected: &Profile, actual: &Profile) -> Option<Parts> {
    let keys: BTreeSet<&(String, String)> = projected.used.keys().chain(actual.used.keys()).collect();
    let mut overflow = false;
    let parts = shapley::split(FACTORS, |chosen| {
        let mut sum = Some(Decimal::ZERO);
        for key in &keys {
            sum = sum.and_then(|sum| sum.checked_add(cost(projected, actual, key, chosen)?));
        }
        overflow |= sum.is_none();
        sum.unwrap_or_default().round_dp(DIGITS)
    });
    match parts.as_slice() {
        [volume, turns, tokens, cache, price] if !overflow => {
            let usd = |part: &Decimal| Usd::new(part.normalize());
            Some(Parts {
                volume: usd(volume),
                turns: usd(turns),
                tokens: usd(tokens),
                cache: usd(cache),
                price: usd(price),
            })
        }
        _ => None,
    }
}

/// The cost of one agent on one model when the factors with a set bit are the actual ones, the others projected.
fn cost(projected: &Profile, actual: &Profile, key: &(String, String), chosen: u64) -> Option<Decimal> {
    let pick =
        |factor: u32| if chosen & (1 << factor) == 0 { (projected, actual) } else { (actual, projected) };
    // An agent that is there on one side only has no calls on the other, but sizes and prices all the same.
    let used = |factor: u32| pick(factor).0.used.get(key).or_else(|| pick(factor).1.used.get(key));
    let runs = pick(0).0.runs;
    let side = pick(1).0;
    let Some(calls) = side.used.get(key).map(|used| used.calls).filter(|_| !side.runs.is_zero()) else {
        return Some(Decimal::ZERO);
    };
    let calls = runs.checked_mul(calls.checked_div(side.runs)?)?;
    let (call, mix, charged) = (used(2)?, used(3)?, &used(4)?.rates);
    let per_call = |used: &Used, value: Decimal| {
        if used.calls.is_zero() { Some(Decimal::ZERO) } else { value.checked_div(used.calls) }
    };
    let input = |used: &Used| used.tokens.iter().take(4).sum::<Decimal>();
    let prompt = per_call(call, input(call))?;
    let rates = charged.at(u64::try_from(prompt.round()).ok()?)?;
    let mut price = Decimal::ZERO;
    for (kind, tokens) in TokenKind::ALL.into_iter().zip(mix.tokens) {
        let of_call = if kind == TokenKind::Output {
            per_call(call, call.tokens.last().copied()?)?
        } else if input(mix).is_zero() {
            Decimal::ZERO
        } else {
            prompt.checked_mul(tokens.checked_div(input(mix))?)?
        };
        price = price.checked_add(of_call.checked_mul(rates.rate(kind))?)?;
    }
    calls.checked_mul(price)?.checked_div(Decimal::from(1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::rates::PerMillion;

    fn rates(input: i64) -> Rates {
        Rates::flat(PerMillion {
            input: Decimal::from(input),
            output: Decimal::from(input * 5),
            cache_read: Some(Decimal::new(input, 1)),
            cache_write_5m: None,
            cache_write_1h: None,
        })
    }

    fn profile(runs: i64, agents: &[(&str, i64, [i64; 5], i64)]) -> Profile {
        let used = agents.iter().map(|(agent, calls, tokens, price)| {
            let used =
                Used { calls: (*calls).into(), tokens: tokens.map(Decimal::from), rates: rates(*price) };
            (((*agent).to_owned(), "m".to_owned()), used)
        });
        Profile { runs: runs.into(), used: used.collect() }
    }

    #[test]
    fn each_cause_alone_gets_all_of_the_difference() {
        let base = profile(10, &[("a", 100, [1_000, 8_000, 1_000, 0, 500], 3)]);
        let only = |actual: &Profile| {
            let parts = split(&base, actual).expect("no overflow");
            [parts.volume, parts.turns, parts.tokens, parts.cache, parts.price]
                .map(|usd| !usd.amount().is_zero())
        };
        let volume = profile(20, &[("a", 200, [2_000, 16_000, 2_000, 0, 1_000], 3)]);
        assert_eq!(only(&volume), [true, false, false, false, false]);
        let turns = profile(10, &[("a", 200, [2_000, 16_000, 2_000, 0, 1_000], 3)]);
        assert_eq!(only(&turns), [false, true, false, false, false]);
        let tokens = profile(10, &[("a", 100, [2_000, 16_000, 2_000, 0, 500], 3)]);
        assert_eq!(only(&tokens), [false, false, true, false, false]);
        let cache = profile(10, &[("a", 100, [8_000, 1_000, 1_000, 0, 500], 3)]);
        assert_eq!(only(&cache), [false, false, false, true, false]);
        let price = profile(10, &[("a", 100, [1_000, 8_000, 1_000, 0, 500], 5)]);
        assert_eq!(only(&price), [false, false, false, false, true]);
    }

    #[test]
    fn the_parts_sum_to_the_difference_to_the_last_digit() {
        let base =
            profile(7, &[("a", 31, [1_003, 8_001, 997, 13, 501], 3), ("gone", 3, [10, 0, 0, 0, 7], 3)]);
        let now =
            profile(11, &[("a", 97, [5_003, 7_001, 2_997, 0, 1_501], 5), ("new", 9, [99, 1, 0, 0, 3], 1)]);
        let whole = |profile: &Profile| {
            let mut sum = Decimal::ZERO;
            for used in profile.used.values() {
                let rates = used.rates.at(0).expect("a tier");
                let money =
                    TokenKind::ALL.iter().zip(used.tokens).map(|(kind, tokens)| rates.rate(*kind) * tokens);
                sum += money.sum::<Decimal>() / Decimal::from(1_000_000);
            }
            sum.round_dp(DIGITS)
        };
        let parts = split(&base, &now).expect("no overflow");
        assert_eq!(parts.sum().map(Usd::amount), Some(whole(&now) - whole(&base)));
        assert_eq!(split(&base, &base), Some(Parts::default()));
    }
}
