//! What a workflow used in a period, as recorded and as a calibration expects it: the two sides of a difference.

use super::WorkflowFit;
use super::fit::counts;
use super::parts::{Profile, Used};
use super::series::Prices;
use crate::cost::recorded::{Label, RecordedRun, UNNAMED};
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive as _, ToPrimitive as _};

fn decimal(value: f64) -> Decimal {
    Decimal::from_f64(value).unwrap_or_default().round_dp(6)
}

/// What runs of one workflow used. Calls of models without a price are left out; a record of several calls whose
/// number nobody knows counts as one.
pub fn recorded(runs: &[&RecordedRun], prices: Prices<'_>) -> Profile {
    let mut profile = Profile { runs: Decimal::from(runs.len()), ..Profile::default() };
    let name = |label: &Option<Label>| label.as_deref().unwrap_or(UNNAMED).to_owned();
    for call in runs.iter().flat_map(|run| &run.calls) {
        let key = (name(&call.agent), name(&call.model));
        if !profile.used.contains_key(&key) {
            let Some(rates) = prices(&key.1) else { continue };
            profile
                .used
                .insert(key.clone(), Used { calls: Decimal::ZERO, tokens: [Decimal::ZERO; 5], rates });
        }
        if let Some(used) = profile.used.get_mut(&key) {
            used.calls += Decimal::from(call.calls.unwrap_or(1));
            for (sum, count) in used.tokens.iter_mut().zip(counts(call.tokens)) {
                *sum += decimal(count);
            }
        }
    }
    profile
}

/// What a calibration expects of so many runs.
pub fn expected(fit: &WorkflowFit, runs: f64, prices: Prices<'_>) -> Profile {
    let mut profile = Profile { runs: decimal(runs), ..Profile::default() };
    for agent in &fit.agents {
        let Some(rates) = prices(&agent.model) else { continue };
        let times = runs * agent.presence;
        // Calls follow from output where that is known: the mean of turns is drawn towards a prior, tokens are not.
        let [.., output] = agent.tokens_per_run;
        let calls = match agent.output_per_turn {
            Some(of_turn) if of_turn > 0.0 && output > 0.0 => output / of_turn,
            _ => agent.turns.map_or(1.0, crate::cost::assumed::Spread::mean),
        };
        let used = Used {
            calls: decimal(calls * times),
            tokens: agent.tokens_per_run.map(|tokens| decimal(tokens * times)),
            rates,
        };
        profile.used.insert((agent.agent.clone(), agent.model.clone()), used);
    }
    profile
}

impl Profile {
    /// Runs as floating point.
    pub fn runs(&self) -> f64 {
        self.runs.to_f64().unwrap_or_default()
    }
}
