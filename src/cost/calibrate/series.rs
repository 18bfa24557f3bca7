//! Runs as money by week: what forecasts are made of.

use super::forecast::{History, Week};
use super::resolve::float;
use crate::cost::rates::{CallTokens, Rates, TokenKind};
use crate::cost::recorded::{Label, RecordedCall, RecordedRun};
use rust_decimal::prelude::ToPrimitive as _;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Prices by the name of the model; `None` is an unknown price.
pub type Prices<'a> = &'a dyn Fn(&str) -> Option<Rates>;

/// Seconds of a week.
const WEEK: f64 = 7.0 * 86_400.0;

/// The weeks of all workflows, which end at the same moment.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// By workflow.
    pub histories: BTreeMap<Label, History>,
    /// Models that have no price and whose calls the source did not price either. Nothing that costs them is known.
    pub unpriced: BTreeMap<Label, BTreeSet<Label>>,
    /// The newest record.
    pub until: Option<jiff::Timestamp>,
}

/// What runs cost, by model and the size of the prompt.
pub(crate) struct Pricer<'a> {
    prices: Prices<'a>,
    known: HashMap<Label, Option<Rates>>,
}

impl<'a> Pricer<'a> {
    pub(crate) fn new(prices: Prices<'a>) -> Self {
        Self { prices, known: HashMap::new() }
    }

    /// Dollars by kind of token. A sum of several calls is priced in the tier of its mean prompt.
    pub(crate) fn price(&mut self, call: &RecordedCall) -> Option<[f64; 5]> {
        let model = call.model.as_ref()?;
        let rates = match self.known.get(model) {
            Some(rates) => rates,
            None => self.known.entry(model.clone()).or_insert((self.prices)(model)),
        };
        let calls = u64::from(call.calls.unwrap_or(1)).max(1);
        let rates = rates.as_ref()?.at(call.tokens.prompt() / calls)?;
        Some(TokenKind::ALL.map(|kind| {
            rates.rate(kind).to_f64().unwrap_or_default() * float(call.tokens.of(kind)) / 1_000_000.0
        }))
    }
}

fn counts(tokens: CallTokens) -> [f64; 5] {
    TokenKind::ALL.map(|kind| float(tokens.of(kind)))
}

/// The cost of every run, in their order; `None` where a price is missing. A call of an unnamed model is priced as
/// the workflow's calls are on average, by kind of token.
pub(crate) fn costs(
    runs: &[RecordedRun],
    pricer: &mut Pricer<'_>,
    unpriced: &mut BTreeMap<Label, BTreeSet<Label>>,
) -> Vec<Option<f64>> {
    let mut average: HashMap<Label, ([f64; 5], [f64; 5])> = HashMap::new();
    for run in runs {
        let (money, tokens) = average.entry(run.workflow.clone()).or_default();
        for call in &run.calls {
            if let Some(price) = pricer.price(call) {
                for (sum, part) in money.iter_mut().zip(price) {
                    *sum += part;
                }
                for (sum, part) in tokens.iter_mut().zip(counts(call.tokens)) {
                    *sum += part;
                }
            }
        }
    }
    let mut one = |run: &RecordedRun| {
        let mut sum = 0.0;
        for call in &run.calls {
            let reported = || call.cost_reported.and_then(|usd| usd.amount().to_f64());
            sum += match (pricer.price(call), &call.model) {
                (Some(price), _) => price.iter().sum::<f64>(),
                (None, Some(model)) => {
                    if let Some(cost) = reported() {
                        cost
                    } else {
                        unpriced.entry(run.workflow.clone()).or_default().insert(model.clone());
                        return None;
                    }
                }
                (None, None) => {
                    let (money, tokens) = average.get(&run.workflow)?;
                    let rates = money.iter().zip(tokens);
                    rates
                        .zip(counts(call.tokens))
                        .map(
                            |((money, tokens), count)| {
                                if *tokens > 0.0 { money / tokens * count } else { 0.0 }
                            },
                        )
                        .sum()
                }
            };
        }
        Some(sum)
    };
    runs.iter().map(&mut one).collect()
}

/// The weeks of the workflows, counted back from the newest record. Runs without a date count as if they were spread
/// like the others.
pub fn series(runs: &[RecordedRun], prices: Prices<'_>) -> Series {
    let mut series = Series::default();
    let costs = costs(runs, &mut Pricer::new(prices), &mut series.unpriced);
    let times = || runs.iter().filter_map(RecordedRun::at);
    let (Some(first), Some(last)) = (times().min(), times().max()) else { return series };
    series.until = Some(last);
    let seconds = |at: jiff::Timestamp| last.duration_since(at).as_secs_f64();
    // A first week that is only partly there would look like a quiet one.
    let weeks = (seconds(first) / WEEK).floor().max(1.0);
    let mut undated: BTreeMap<&Label, (f64, f64)> = BTreeMap::new();
    for (run, cost) in runs.iter().zip(&costs) {
        let history = series.histories.entry(run.workflow.clone()).or_default();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small number of weeks"
        )]
        history.weeks.resize(weeks as usize, Week::default());
        let (total, dated) = undated.entry(&run.workflow).or_default();
        *total += 1.0;
        let (Some(at), Some(cost)) = (run.at(), cost) else { continue };
        *dated += 1.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small number of weeks"
        )]
        let age = (seconds(at) / WEEK) as usize;
        if let Some(week) = history.weeks.iter_mut().rev().nth(age) {
            week.runs += 1.0;
            week.cost += cost;
            week.squares += cost * cost;
        }
    }
    for (workflow, history) in &mut series.histories {
        let factor =
            undated.get(workflow).filter(|(_, dated)| *dated > 0.0).map_or(1.0, |(all, dated)| all / dated);
        for week in &mut history.weeks {
            week.runs *= factor;
            week.cost *= factor;
            week.squares *= factor;
        }
    }
    // Where a price is missing, a sum would be too small, so there is none.
    for workflow in series.unpriced.keys() {
        series.histories.remove(workflow);
    }
    for (workflow, at) in changes(runs) {
        if let Some(history) = series.histories.get_mut(&workflow) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a small number of weeks"
            )]
            let age = (seconds(at) / WEEK) as usize;
            history.changed = history.weeks.len().checked_sub(age + 1).filter(|week| *week > 0);
        }
    }
    series
}

/// When the present configuration of a workflow was first seen, where there was another one before.
pub(crate) fn changes(runs: &[RecordedRun]) -> BTreeMap<Label, jiff::Timestamp> {
    let mut seen: BTreeMap<&Label, Vec<(jiff::Timestamp, &Label)>> = BTreeMap::new();
    for run in runs {
        if let (Some(at), Some(config)) = (run.at(), &run.config) {
            seen.entry(&run.workflow).or_default().push((at, config));
        }
    }
    let mut changes = BTreeMap::new();
    for (workflow, mut seen) in seen {
        seen.sort();
        let Some((_, present)) = seen.last().copied() else { continue };
        let since = seen.iter().filter(|(_, config)| *config == present).map(|(at, _)| *at).min();
        if let Some(since) = since.filter(|_| seen.iter().any(|(_, config)| *config != present)) {
            changes.insert(workflow.clone(), since);
        }
    }
    changes
}
