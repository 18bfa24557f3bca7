//! One step of a workflow, made ready for arithmetic.

use super::nodes::Nodes;
use super::price::{ModelPrice, NoPrice, Prices};
use super::run::{ByKind, Machine, Run, SHARE, dollars, milli};
use crate::base::Family;
use crate::cost::assumed::Spread;
use crate::cost::tokens::{default_family, family_of_model};
use crate::cost::workflow::defaults::compaction;
use crate::cost::workflow::{Behaviour, CacheTtl, Phase, Sent, Step};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use std::sync::Arc;

/// A step as numbers.
#[derive(Clone, Debug)]
pub struct Ready {
    /// What one run costs by its turns.
    pub run: Run,
    /// The turns.
    pub turns: Spread,
    /// The same as numbers with weights.
    pub nodes: Arc<Nodes>,
    /// How often the step is gone through in one run of the workflow, on average: parallel agents, iterations of
    /// the phase, retries, and the share of runs that come here at all.
    pub times: Decimal,
    /// The share of runs that come here at all.
    pub probability: f64,
    /// Draws in a run that comes here: parallel agents times iterations.
    pub draws: u32,
    /// What a draw of the simulation stands for, so that the mean of the draws is that of the step.
    pub draw_factor: f64,
}

/// Draws of one step in one run that are simulated apart; more of them are drawn together.
const MAX_DRAWS: u32 = 32;

/// Distributions of turns, made once for each spread.
#[derive(Debug, Default)]
pub struct NodeCache(std::sync::Mutex<std::collections::HashMap<(Decimal, Decimal), Arc<Nodes>>>);

impl NodeCache {
    /// The distribution of a spread.
    pub fn get(&self, spread: Spread) -> Arc<Nodes> {
        let key = (spread.p50.normalize(), spread.p90.normalize());
        if let Ok(known) = self.0.lock()
            && let Some(nodes) = known.get(&key)
        {
            return Arc::clone(nodes);
        }
        let nodes = Arc::new(Nodes::new(spread));
        if let Ok(mut known) = self.0.lock() {
            known.insert(key, Arc::clone(&nodes));
        }
        nodes
    }
}

/// The tokenizer a step's texts are counted with.
pub fn family_of(step: &Step, price: &ModelPrice) -> Family {
    price.family.or_else(|| family_of_model(&price.model)).unwrap_or_else(|| default_family(step.client))
}

/// Tokens of what is sent, in thousandths: always, and from the second call on.
fn weigh(sent: &[Sent], family: Family) -> (i64, i64) {
    sent.iter().fold((0, 0), |(always, late), piece| {
        let tokens = Decimal::from(piece.weight.count(family).tokens) * piece.probability.value;
        if piece.late { (always, late + milli(tokens)) } else { (always + milli(tokens), late) }
    })
}

/// Makes a step ready.
///
/// # Errors
/// When its model has no price.
pub fn ready(step: &Step, phase: &Phase, prices: Prices<'_>, nodes: &NodeCache) -> Result<Ready, NoPrice> {
    let price = prices(&step.model.value)?;
    Ok(ready_at(step, phase.iterations.value, &price, nodes))
}

/// Makes a step ready with a price that is at hand.
pub fn ready_at(step: &Step, iterations: Decimal, price: &ModelPrice, nodes: &NodeCache) -> Ready {
    let (always, late) = weigh(&step.sent, family_of(step, price));
    let machine: Machine = price.machine.clone();
    let min_cacheable = milli(Decimal::from(price.min_cacheable));
    let (run, turns) = match &step.behaviour {
        Behaviour::Turns(turns) => {
            let usual = price.context_window.map(compaction);
            let compaction = turns.compaction.as_ref().or(usual.as_ref()).map(|compaction| {
                (milli(Decimal::from(compaction.at.value)), milli(Decimal::from(compaction.summary.value)))
            });
            let run = Run {
                machine,
                always,
                first: milli(turns.first_input.value),
                late,
                input: milli(turns.input_per_turn.value),
                output: milli(turns.output_per_turn.value),
                cache: turns.cache.value,
                hit: share(turns.cache_hit.value),
                min_cacheable,
                compaction,
            };
            (run, turns.turns.value)
        }
        Behaviour::Totals { input, output } => {
            // What was written down counts as one call; the agent's own prompt comes on top of it.
            let run = Run {
                machine,
                always: always + late,
                first: milli(input.value),
                late: 0,
                input: 0,
                output: milli(output.value),
                cache: CacheTtl::Off,
                hit: 0,
                min_cacheable,
                compaction: None,
            };
            (run, Spread::constant(Decimal::ONE))
        }
    };
    let one = Decimal::ONE;
    let probability = step.probability.value.clamp(Decimal::ZERO, one);
    let passes = Decimal::from(step.parallel.value) * iterations.max(Decimal::ZERO);
    let times = passes * (one + step.retries.value.max(Decimal::ZERO)) * probability;
    let draws = passes.ceil().to_u32().unwrap_or(MAX_DRAWS).clamp(1, MAX_DRAWS);
    let mean_draws = f64::from(draws) * probability.to_f64().unwrap_or(1.0);
    let draw_factor = if mean_draws > 0.0 { times.to_f64().unwrap_or(0.0) / mean_draws } else { 0.0 };
    Ready {
        run,
        turns,
        nodes: nodes.get(turns),
        times,
        probability: probability.to_f64().unwrap_or(1.0),
        draws,
        draw_factor,
    }
}

fn share(value: Decimal) -> i64 {
    (value * Decimal::from(SHARE)).round().to_i64().unwrap_or(SHARE).clamp(0, SHARE)
}

impl Ready {
    /// The expected cost in one run of the workflow, by kind of token.
    pub fn expected(&self) -> [Decimal; 5] {
        let sums: ByKind = self.run.mean(&self.nodes);
        sums.map(|sum| (dollars(sum) * self.times).round_dp(18))
    }

    /// The expected cost in one run of the workflow.
    pub fn expected_total(&self) -> Decimal {
        self.expected().iter().sum()
    }
}
