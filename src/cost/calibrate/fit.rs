//! How agents behave, fitted to recorded runs: turns, what comes in, what is written, how the cache holds.
//!
//! Every figure is drawn towards the behaviour under the configuration before by `n / (n + k)`; who takes the figures
//! draws them towards what was assumed ([`super::measured`]). A figure no source spoke of stays unknown.

use super::resolve::float;
use super::shape::Shape;
use crate::cost::assumed::{Origin, Spread, Z90};
use crate::cost::rates::CallTokens;
use crate::cost::recorded::RecordedRun;
use crate::cost::recorded::fields::MAX_TOKENS;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive as _;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How one agent behaves on one model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AgentFit {
    /// The agent, or `unnamed`.
    pub agent: String,
    /// The model, or `unnamed`.
    pub model: String,
    /// Recorded runs in which it was called, under the present configuration.
    pub runs: u64,
    /// The same under earlier ones, which are the prior.
    #[serde(default)]
    pub earlier_runs: u64,
    /// In which share of the workflow's runs it was called.
    pub presence: f64,
    /// Model calls of a run.
    pub turns: Option<Spread>,
    /// Input of the first call, what is always sent included.
    pub first_prompt: Option<f64>,
    /// Input that comes in with every later call.
    pub input_per_turn: Option<f64>,
    /// Output of a call.
    pub output_per_turn: Option<f64>,
    /// Share of what could be read from the cache that was.
    pub cache_hit: Option<f64>,
    /// Share of what was written to the cache that lives for one hour; the rest lives for five minutes.
    pub hour_share: Option<f64>,
    /// Mean tokens of a run: fresh, read, written for five minutes, for one hour, output.
    pub tokens_per_run: [f64; 5],
    /// What the figures above make of the same five has to be multiplied with to be what was recorded.
    pub correction: [f64; 5],
}

impl AgentFit {
    /// What the projection says of where the figures come from.
    pub const fn origin(&self) -> Origin {
        Origin::Measured { runs: self.runs }
    }
}

/// How fitting is done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitSettings {
    /// After so many days a run counts half.
    pub half_life_days: f64,
    /// A prior counts like so many runs.
    pub prior_runs: f64,
}

impl Default for FitSettings {
    fn default() -> Self {
        Self { half_life_days: 14.0, prior_runs: 10.0 }
    }
}

/// Fits the agents of one workflow. `runs` are those under the present configuration with their weights, `before`
/// those under earlier ones.
pub(super) fn agents(
    runs: &[(&RecordedRun, f64)],
    before: &[(&RecordedRun, f64)],
    settings: &FitSettings,
) -> Vec<AgentFit> {
    let present = samples(runs);
    let earlier = samples(before);
    let all: f64 = runs.iter().map(|(_, weight)| weight).sum();
    present
        .into_iter()
        // Nothing can be divided by no weight at all.
        .filter(|(_, samples)| samples.iter().any(|sample| sample.weight > 0.0))
        .map(|((agent, model), samples)| {
            let fitted = Shape::fit(&samples);
            let n = fitted.effective_runs;
            let prior = earlier.get(&(agent.clone(), model.clone())).map(|samples| Shape::fit(samples));
            let shape = match &prior {
                Some(prior) => fitted.towards(prior, n / (n + settings.prior_runs)),
                None => fitted.clone(),
            };
            let weight: f64 = samples.iter().map(|sample| sample.weight).sum();
            let mut mean = [0.0; 5];
            for sample in &samples {
                for (sum, count) in mean.iter_mut().zip(counts(sample.tokens)) {
                    *sum += sample.weight / weight * count;
                }
            }
            AgentFit {
                runs: samples.len() as u64,
                earlier_runs: earlier
                    .get(&(agent.clone(), model.clone()))
                    .map_or(0, |samples| samples.len() as u64),
                presence: tidy(if all > 0.0 { weight / all } else { 0.0 }),
                turns: shape.turns.map(|(mu, sigma)| spread(mu.exp(), (mu + Z90 * sigma).exp())),
                first_prompt: shape.first.map(tidy),
                input_per_turn: shape.input.map(tidy),
                output_per_turn: shape.output.map(tidy),
                cache_hit: shape.hit.map(tidy),
                hour_share: shape.hour.map(tidy),
                tokens_per_run: mean.map(tidy),
                correction: shape.correction(mean, n, settings.prior_runs).map(tidy),
                agent,
                model,
            }
        })
        .collect()
}

/// One agent in one run.
#[derive(Clone, Debug, Default)]
pub(super) struct Sample {
    pub(super) weight: f64,
    /// Model calls; `None` when the source does not say.
    pub(super) turns: Option<f64>,
    /// The first prompt, where calls are recorded one by one.
    pub(super) first: Option<f64>,
    pub(super) tokens: CallTokens,
    /// Output of calls whose output is known, and how many they are.
    pub(super) output: (f64, f64),
    /// Whether the source said of every call how much of its input was cached.
    pub(super) cache_known: bool,
    /// What was read of what could have been, over the later calls.
    pub(super) hit: (f64, f64),
    /// Written for one hour, of all that was written.
    pub(super) hour: (f64, f64),
}

fn samples(runs: &[(&RecordedRun, f64)]) -> BTreeMap<(String, String), Vec<Sample>> {
    let name = |label: Option<&crate::cost::recorded::Label>| {
        label.map_or_else(|| crate::cost::recorded::UNNAMED.to_owned(), ToString::to_string)
    };
    let mut all: BTreeMap<(String, String), Vec<Sample>> = BTreeMap::new();
    for (run, weight) in runs {
        let mut here: BTreeMap<(Option<&_>, Option<&_>), (Sample, u64)> = BTreeMap::new();
        for call in &run.calls {
            let (sample, before) =
                here.entry((call.agent.as_ref(), call.model.as_ref())).or_insert_with(|| {
                    let empty =
                        Sample { weight: *weight, turns: Some(0.0), cache_known: true, ..Sample::default() };
                    (empty, 0)
                });
            sample.cache_known &= call.known.cache;
            let single = call.calls == Some(1);
            let first = sample.turns == Some(0.0);
            if first && single && call.known.input {
                sample.first = Some(float(call.tokens.prompt()));
            } else if single && call.known.cache && *before > 0 {
                sample.hit.0 += float(call.tokens.cache_read.min(*before));
                sample.hit.1 += float(*before);
            }
            *before = if single { call.tokens.prompt() } else { 0 };
            sample.turns = sample.turns.and_then(|turns| Some(turns + f64::from(call.calls?)));
            if let Some(calls) = call.calls.filter(|_| call.known.output) {
                sample.output.0 += float(call.tokens.output);
                sample.output.1 += f64::from(calls);
            }
            if call.known.cache && call.known.ttl {
                sample.hour.0 += float(call.tokens.cache_write_1h);
                sample.hour.1 += float(call.tokens.cache_write_5m + call.tokens.cache_write_1h);
            }
            let sum = &mut sample.tokens;
            sum.fresh += call.tokens.fresh;
            sum.cache_read += call.tokens.cache_read;
            sum.cache_write_5m += call.tokens.cache_write_5m;
            sum.cache_write_1h += call.tokens.cache_write_1h;
            sum.output += call.tokens.output;
        }
        for ((agent, model), (sample, _)) in here {
            all.entry((name(agent), name(model))).or_default().push(sample);
        }
    }
    all
}

pub(super) fn counts(tokens: CallTokens) -> [f64; 5] {
    [tokens.fresh, tokens.cache_read, tokens.cache_write_5m, tokens.cache_write_1h, tokens.output].map(float)
}

/// Four significant digits: more would be noise, and every digit is a line in a difference that people read.
pub(super) fn tidy(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

/// A spread of two figures.
pub(super) fn spread(p50: f64, p90: f64) -> Spread {
    // Beyond the largest count there is no amount either, and an amount that does not exist would read as 0.
    let decimal =
        |value: f64| Decimal::from_f64(tidy(value.min(float(MAX_TOKENS)))).unwrap_or_default().normalize();
    Spread { p50: decimal(p50), p90: decimal(p90.max(p50)) }
}
