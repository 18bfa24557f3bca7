//! What one run of one agent costs as a function of its turns, exactly.
//!
//! Call 1 sends what is always sent and the task. Every later call sends all of that again, the answer before it,
//! and what came in since. With a cache, what the call before sent is read from it and the rest is written to it;
//! in the share of calls in which the cache has expired, everything is written again. Where prompts stay within
//! one price tier and the cache is in use from the first call, the cost is a polynomial of second degree in the
//! number of turns (the closed form); otherwise calls are added up in stretches within which it is one.

use super::nodes::{Nodes, TOTAL_WEIGHT};
use crate::cost::rates::{Rates, TokenKind};
use crate::cost::workflow::CacheTtl;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

/// Tokens are counted in thousandths.
pub const MILLI: i64 = 1000;
/// Shares are counted in thousandths.
pub const SHARE: i64 = 1000;
/// A sum is in this fraction of a dollar: milli-tokens times femtodollars times thousandths of a share.
const SCALE: u32 = 21;
/// Prompts larger than this, in milli-tokens, are counted as this large, so that sums cannot overflow.
const MAX_PROMPT: i64 = 10_000_000 * MILLI;

/// Dearer tokens are counted at $1,000 a million, in femtodollars, so that sums cannot overflow; the dearest list
/// price of 2026 is $600.
const MAX_RATE: i64 = 1_000_000_000_000;

/// Money by kind of token, in the order of [`TokenKind::ALL`], in 10^-21 dollars.
pub type ByKind = [i128; 5];

/// Dollars of a sum, rounded to 10^-18.
pub fn dollars(sum: i128) -> Decimal {
    let half = if sum < 0 { -500 } else { 500 };
    Decimal::try_from_i128_with_scale((sum + half) / 1000, SCALE - 3).unwrap_or(Decimal::MAX)
}

/// Tokens in thousandths.
pub fn milli(tokens: Decimal) -> i64 {
    let milli = tokens.checked_mul(Decimal::from(MILLI)).and_then(|milli| milli.round().to_i64());
    milli.unwrap_or(MAX_PROMPT).clamp(0, MAX_PROMPT)
}

/// The tiers of a model in whole numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Machine {
    tiers: Vec<MachineTier>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct MachineTier {
    /// Milli-tokens.
    above: i64,
    /// Femtodollars for a token, by kind.
    rates: [i64; 5],
}

impl Machine {
    /// The same rates in whole numbers.
    pub fn new(rates: &Rates) -> Self {
        let tiers = rates.tiers().iter().map(|tier| MachineTier {
            above: i64::try_from(tier.above).unwrap_or(i64::MAX / MILLI).saturating_mul(MILLI),
            rates: TokenKind::ALL.map(|kind| {
                // A dollar for a million tokens is 10^-6 dollars for one: 10^9 femtodollars.
                let femto = tier.per_million.rate(kind).checked_mul(Decimal::from(1_000_000_000));
                femto.and_then(|femto| femto.round().to_i64()).unwrap_or(MAX_RATE).clamp(0, MAX_RATE)
            }),
        });
        Self { tiers: tiers.collect() }
    }

    /// The rates for a prompt, and the largest prompt they hold for.
    fn at(&self, prompt: i64) -> ([i64; 5], i64) {
        let mut found = ([0; 5], i64::MAX);
        for tier in &self.tiers {
            if tier.above == 0 || prompt > tier.above {
                found = (tier.rates, i64::MAX);
            } else {
                found.1 = tier.above;
                break;
            }
        }
        found
    }
}

/// Everything that decides what one run of an agent costs. All token counts are in thousandths.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Run {
    /// The model's rates.
    pub machine: Machine,
    /// Sent with every call.
    pub always: i64,
    /// Comes in with the first call.
    pub first: i64,
    /// Comes in with the second call and stays.
    pub late: i64,
    /// Comes in with every call after the first.
    pub input: i64,
    /// Written in every turn.
    pub output: i64,
    /// The cache.
    pub cache: CacheTtl,
    /// In how many of 1,000 later calls the cache is still alive.
    pub hit: i64,
    /// Shorter prompts are not cached.
    pub min_cacheable: i64,
    /// Size of a prompt at which the conversation is summarised, and size of the summary.
    pub compaction: Option<(i64, i64)>,
}

/// Where a run stands.
#[derive(Clone, Copy)]
struct State {
    /// The prompt of the last call.
    prompt: i64,
    /// How much of it a next call finds in the cache.
    cached: i64,
}

impl Run {
    /// What a run with so many turns costs.
    pub fn cost(&self, turns: u32) -> ByKind {
        let mut walk = Walk::new(self);
        walk.advance_to(turns);
        walk.sum
    }

    /// The expectation over a distribution of turns.
    pub fn mean(&self, nodes: &Nodes) -> ByKind {
        let mut total = [0_i128; 5];
        let mut walk = Walk::new(self);
        for (turns, weight) in &nodes.values {
            walk.advance_to(*turns);
            for (total, sum) in total.iter_mut().zip(walk.sum) {
                *total += sum * i128::from(*weight);
            }
        }
        total.map(|sum| sum / i128::from(TOTAL_WEIGHT))
    }

    /// The cost, in dollars, at each number of a distribution.
    pub fn costs(&self, nodes: &Nodes) -> Vec<f64> {
        let mut walk = Walk::new(self);
        let costs = nodes.values.iter().map(|(turns, _)| {
            walk.advance_to(*turns);
            #[expect(clippy::cast_precision_loss, reason = "samples are for quantiles; sums are exact")]
            let sum = walk.sum.iter().sum::<i128>() as f64;
            sum / 1e21
        });
        costs.collect()
    }

    /// The closed form: `E[cost] = a + b E[N] + c E[N^2]`, for any distribution of turns with these moments.
    /// `None` where it does not hold up to the given number of turns: a price tier, the smallest cacheable
    /// prompt or a compaction lies in between.
    pub fn closed_form(&self, mean: f64, mean_square: f64, up_to: u32) -> Option<f64> {
        let growth = self.input + self.output;
        let first = self.always + self.first;
        let last = first + self.late + growth.saturating_mul(i64::from(up_to) - 1);
        let (_, tier_end) = self.machine.at(first);
        let cached = self.cache != CacheTtl::Off && first >= self.min_cacheable;
        let uncached = self.cache == CacheTtl::Off || last < self.min_cacheable;
        let compacts = self.compaction.is_some_and(|(at, _)| last > at);
        if last > tier_end || compacts || !(cached || uncached) {
            return None;
        }
        // A polynomial of second degree is known from three of its values.
        let total = |turns: u32| -> f64 {
            #[expect(clippy::cast_precision_loss, reason = "an estimate")]
            let sum = self.cost(turns).iter().sum::<i128>() as f64;
            sum / 1e21
        };
        // What comes late makes the first call differ; from the second on the form holds.
        let (two, three, four) = (total(2), total(3), total(4));
        let square = f64::midpoint(four - 2.0 * three, two);
        let linear = three - two - 5.0 * square;
        let constant = two - 2.0 * linear - 4.0 * square;
        Some(constant + linear * mean + square * mean_square)
    }
}

/// Adds up calls in stretches.
struct Walk<'a> {
    run: &'a Run,
    done: u32,
    /// What comes late is in: since the second call, or with the first summary.
    late: bool,
    state: State,
    sum: ByKind,
}

impl<'a> Walk<'a> {
    const fn new(run: &'a Run) -> Self {
        Self { run, done: 0, late: false, state: State { prompt: 0, cached: 0 }, sum: [0; 5] }
    }

    fn advance_to(&mut self, turns: u32) {
        while self.done < turns {
            let run = self.run;
            let growth = run.input + run.output;
            let late = if self.late { 0 } else { run.late };
            let next = match self.done {
                0 => run.always + run.first,
                _ => self.state.prompt + growth + late,
            }
            .min(MAX_PROMPT);
            if let Some((at, summary)) = run.compaction
                && self.done > 0
                && next > at
                // A summary that does not help would be made for ever.
                && (run.always + run.late + summary).max(growth) < at
            {
                self.compact(next, summary);
                continue;
            }
            let left = i64::from(turns - self.done);
            // The first two calls differ from the rest, and so does the first after a change of the cache.
            let alike = if self.done < 2 || self.state.cached != self.state.prompt {
                1
            } else {
                self.alike(next, growth).clamp(1, left)
            };
            self.late |= self.done > 0;
            self.add(next, growth, alike);
        }
    }

    /// How many calls from a prompt on lie in one tier, on one side of the smallest cacheable prompt, and before
    /// the next compaction.
    fn alike(&self, prompt: i64, growth: i64) -> i64 {
        let run = self.run;
        let (_, mut end) = run.machine.at(prompt);
        end = end.min(MAX_PROMPT);
        if prompt < run.min_cacheable {
            end = end.min(run.min_cacheable - 1);
        }
        if let Some((at, _)) = run.compaction {
            end = end.min(at);
        }
        if growth == 0 { i64::MAX } else { (end - prompt).max(0) / growth + 1 }
    }

    /// Adds `calls` calls, the first with this prompt and each later one larger by `growth`.
    fn add(&mut self, prompt: i64, growth: i64, calls: i64) {
        let run = self.run;
        let (rates, _) = run.machine.at(prompt);
        let n = i128::from(calls);
        let share = i128::from(SHARE);
        // Sums over the stretch.
        let prompts = n * i128::from(prompt) + i128::from(growth) * n * (n - 1) / 2;
        let caching = run.cache != CacheTtl::Off && prompt >= run.min_cacheable;
        let [fresh, read, write_5m, write_1h, output] = &mut self.sum;
        if caching {
            // In a stretch of several calls each finds what the one before sent.
            let found = i128::from(self.state.cached)
                + if calls > 1 { prompts - i128::from(prompt + growth * (calls - 1)) } else { 0 };
            let reads = found * i128::from(run.hit);
            let writes = prompts * share - reads;
            *read += reads * i128::from(rates[1]);
            match run.cache {
                CacheTtl::OneHour => *write_1h += writes * i128::from(rates[3]),
                _ => *write_5m += writes * i128::from(rates[2]),
            }
        } else {
            *fresh += prompts * share * i128::from(rates[0]);
        }
        *output += n * i128::from(run.output) * share * i128::from(rates[4]);
        self.done += u32::try_from(calls).unwrap_or(u32::MAX);
        let last = prompt + growth * (calls - 1);
        self.state = State { prompt: last, cached: if caching { last } else { 0 } };
        if !caching {
            // Equal to the prompt, so that a stretch may begin: there is nothing to find.
            self.state.cached = if run.cache == CacheTtl::Off { last } else { 0 };
        }
    }

    /// One more call that reads the conversation and writes its summary, which takes the conversation's place.
    fn compact(&mut self, prompt: i64, summary: i64) {
        let run = self.run;
        let done = self.done;
        self.late = true;
        let (rates, _) = run.machine.at(prompt);
        self.add(prompt, 0, 1);
        // It is no turn of the agent's, and it writes the summary instead of an answer.
        self.done = done;
        self.sum[4] += i128::from(summary - run.output) * i128::from(SHARE) * i128::from(rates[4]);
        let kept = run.always + run.late + summary - run.input - run.output;
        self.state = State { prompt: kept.max(0), cached: run.always.min(self.state.cached) };
    }
}

#[cfg(test)]
mod tests;
