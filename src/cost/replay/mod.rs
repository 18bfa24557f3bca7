//! Replay: recorded runs of an agent, priced as they were and as they would be under a changed configuration.
//!
//! Only the difference is modelled. A text that is sent with every call is written to the cache where the recorded
//! call wrote its prompt, and read where that was read; everything else stays as recorded. Then runs are drawn again
//! and again, the same ones for base and head, so that what does not change differs by exactly nothing.

mod apply;
#[cfg(test)]
mod tests;

use super::assumed::Spread;
use super::random::Random;
use super::rates::{CallTokens, Rates, price_of_call};
use super::recorded::RecordedRun;
use crate::base::Usd;
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive as _, ToPrimitive as _};
use serde::Serialize;

/// Fewer runs say too little.
pub const USABLE_RUNS: usize = 10;
/// From so many runs on, nothing is said against the figures.
pub const TRUSTED_RUNS: usize = 30;
/// Draws of one resampling are bounded: resamples times runs.
const MAX_DRAWS: usize = 1_000_000;

/// One side of a comparison: how the configuration differs from the one the runs were recorded under.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// Tokens more (or fewer) in what is sent with every call, counted for the model of this side.
    pub prefix: i64,
    /// Tokens more (or fewer) in what is sent from the second call on: the body of a skill.
    pub late: i64,
    /// What the model of this side charges.
    pub rates: Rates,
    /// Input tokens of this side's model for one of the recorded model.
    pub input_ratio: Decimal,
    /// The same for output.
    pub output_ratio: Decimal,
}

impl Variant {
    /// As recorded.
    pub const fn unchanged(rates: Rates) -> Self {
        Self { prefix: 0, late: 0, rates, input_ratio: Decimal::ONE, output_ratio: Decimal::ONE }
    }
}

/// How to draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Runs in a month. Around them, the number of a month is Poisson.
    pub runs_per_month: Spread,
    /// Where the random numbers begin.
    pub seed: u64,
    /// How often a month is drawn.
    pub resamples: usize,
}

/// Dollars of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Expected.
    pub expected: Usd,
    /// One month of ten has less.
    pub p10: Usd,
    /// Half of the months have less.
    pub p50: Usd,
    /// One month of ten has more.
    pub p90: Usd,
}

/// How far to trust a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// There are at least [`USABLE_RUNS`] runs, and fewer than [`TRUSTED_RUNS`].
    FewRuns,
    /// There are enough runs.
    Full,
}

/// What a month costs on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Replay {
    /// Runs that were replayed.
    pub runs: usize,
    /// How far to trust the figures.
    pub trust: Trust,
    /// The side the change starts from.
    pub base: Figures,
    /// The side with the change.
    pub head: Figures,
    /// Head less base, month by month.
    pub difference: Figures,
}

/// Why there is no replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// Too few runs were recorded call by call.
    #[error("{0} runs were recorded call by call; a replay needs {USABLE_RUNS}")]
    TooFewRuns(usize),
    /// The sums are beyond every amount of money.
    #[error("the cost of the recorded runs cannot be computed")]
    Overflow,
}

/// The calls of an agent (and of one model, when given) by run. Runs that a source only sums up are left out, since
/// nothing is known of their single calls.
pub fn calls_of(
    runs: &[RecordedRun],
    workflow: &str,
    agent: &str,
    model: Option<&str>,
) -> Vec<Vec<CallTokens>> {
    let of_run = |run: &RecordedRun| -> Option<Vec<CallTokens>> {
        let calls = run.calls.iter().filter(|call| {
            call.agent.as_deref() == Some(agent) && (model.is_none() || call.model.as_deref() == model)
        });
        let calls: Option<Vec<CallTokens>> =
            calls.map(|call| (call.calls == Some(1)).then_some(call.tokens)).collect();
        calls.filter(|calls| !calls.is_empty())
    };
    runs.iter().filter(|run| &*run.workflow == workflow).filter_map(of_run).collect()
}

/// What a run costs on one side, exactly. `None` on overflow.
pub fn cost_of_run(calls: &[CallTokens], variant: &Variant) -> Option<Usd> {
    calls.iter().enumerate().try_fold(Usd::ZERO, |sum, (place, call)| {
        sum.checked_add(price_of_call(&variant.rates, apply::apply(*call, place, variant))?)
    })
}

/// Replays runs, each a list of calls.
///
/// # Errors
/// When there are too few of them.
pub fn replay(
    runs: &[Vec<CallTokens>],
    base: &Variant,
    head: &Variant,
    settings: &Settings,
) -> Result<Replay, ReplayError> {
    let count = runs.len();
    if count < USABLE_RUNS {
        return Err(ReplayError::TooFewRuns(count));
    }
    let costs = |side: &Variant| -> Option<Vec<Decimal>> {
        runs.iter().map(|calls| cost_of_run(calls, side).map(Usd::amount)).collect()
    };
    let base = costs(base).ok_or(ReplayError::Overflow)?;
    let head = costs(head).ok_or(ReplayError::Overflow)?;
    let difference: Vec<Decimal> = head.iter().zip(&base).map(|(head, base)| head - base).collect();
    let sides = [base, head, difference];
    let figures: Option<Vec<Figures>> = draw(&sides, settings)
        .into_iter()
        .zip(&sides)
        .map(|(months, costs)| figures(months, costs, settings.runs_per_month))
        .collect();
    let Some([base, head, difference]) = figures.as_deref() else { return Err(ReplayError::Overflow) };
    let trust = if count < TRUSTED_RUNS { Trust::FewRuns } else { Trust::Full };
    Ok(Replay { runs: count, trust, base: *base, head: *head, difference: *difference })
}

/// Months of each side. The recorded runs are themselves a sample: every month first draws how common each of them is
/// (Bayesian bootstrap), then how often it occurs.
fn draw(sides: &[Vec<Decimal>; 3], settings: &Settings) -> [Vec<f64>; 3] {
    let costs = sides
        .each_ref()
        .map(|costs| costs.iter().map(|cost| cost.to_f64().unwrap_or_default()).collect::<Vec<f64>>());
    let runs = costs[0].len();
    let resamples = settings.resamples.min(MAX_DRAWS / runs.max(1)).max(100);
    let (mu, sigma) = settings.runs_per_month.parameters();
    let mut random = Random::new(settings.seed);
    let mut months = [(); 3].map(|()| Vec::with_capacity(resamples));
    let mut weights = vec![0.0; runs];
    for _ in 0..resamples {
        let volume = (mu + sigma * random.normal()).exp();
        for weight in &mut weights {
            *weight = random.exponential();
        }
        let total: f64 = weights.iter().sum();
        let mut sums = [0.0; 3];
        for (place, weight) in weights.iter().enumerate() {
            let times = random.poisson(volume * weight / total);
            for (sum, costs) in sums.iter_mut().zip(&costs) {
                *sum += times * costs.get(place).copied().unwrap_or_default();
            }
        }
        for (months, sum) in months.iter_mut().zip(sums) {
            months.push(sum);
        }
    }
    months
}

fn figures(mut months: Vec<f64>, costs: &[Decimal], runs: Spread) -> Option<Figures> {
    months.sort_by(f64::total_cmp);
    let quantile = |tenths: usize| {
        let month = months.get((months.len() * tenths / 10).min(months.len().saturating_sub(1)))?;
        Some(Usd::new(Decimal::from_f64(*month)?.round_dp(6).normalize()))
    };
    let mut sum = Decimal::ZERO;
    for cost in costs {
        sum = sum.checked_add(*cost)?;
    }
    // A volume that is always the same is an exact number; another one has a mean in floating point.
    let runs = if runs.is_constant() { runs.p50 } else { Decimal::from_f64(runs.mean())? };
    let expected = sum.checked_mul(runs)?.checked_div(Decimal::from(costs.len()))?.round_dp(9).normalize();
    Some(Figures { expected: Usd::new(expected), p10: quantile(1)?, p50: quantile(5)?, p90: quantile(9)? })
}
