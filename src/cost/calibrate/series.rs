//! Runs as money by week: what forecasts are made of.

use super::forecast::{History, Week};
use super::resolve::float;
use crate::cost::rates::{CallTokens, Rates, TokenKind};
use crate::cost::recorded::{Label, RecordedCall, RecordedRun, UNNAMED};
use rust_decimal::prelude::ToPrimitive as _;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Prices by the name of the model; `None` is an unknown price.
pub type Prices<'a> = &'a dyn Fn(&str) -> Option<Rates>;

/// Seconds of a week.
const WEEK: f64 = 7.0 * 86_400.0;
/// Older weeks say nothing of the next ones; a single wrong date must not make millions of them.
const MAX_WEEKS: usize = 520;

/// The weeks of all workflows, which end at the same moment.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// By workflow.
    pub histories: BTreeMap<Label, History>,
    /// Those without a price, at a dollar a run: how many runs there are is known all the same.
    pub volumes: BTreeMap<Label, History>,
    /// Days from the first record of a workflow to the newest of all; nothing where no record has a date.
    pub days: BTreeMap<Label, f64>,
    /// Models that have no price and whose calls the source did not price either. Nothing that costs them is known.
    pub unpriced: BTreeMap<Label, BTreeSet<Label>>,
    /// Mean dollars of a run, where all of them have a price.
    pub cost_per_run: BTreeMap<Label, f64>,
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
            let price = pricer.price(call).map(|price| price.iter().sum::<f64>());
            let reported = || call.cost_reported.and_then(|usd| usd.amount().to_f64());
            let like =
                || average.get(&run.workflow).filter(|_| call.model.is_none()).and_then(|a| usual(a, call));
            let Some(cost) = price.or_else(reported).or_else(like) else {
                let model = call.model.clone().unwrap_or_else(|| UNNAMED.into());
                unpriced.entry(run.workflow.clone()).or_default().insert(model);
                return None;
            };
            sum += cost;
        }
        Some(sum)
    };
    runs.iter().map(&mut one).collect()
}

/// What a call costs at the mean prices of its workflow, by kind of token; `None` when no call of it has a price.
fn usual((money, tokens): &([f64; 5], [f64; 5]), call: &RecordedCall) -> Option<f64> {
    let of_call = counts(call.tokens);
    if tokens.iter().sum::<f64>() <= 0.0 && of_call.iter().sum::<f64>() > 0.0 {
        return None;
    }
    let parts = money.iter().zip(tokens).zip(of_call);
    Some(parts.map(|((money, tokens), count)| if *tokens > 0.0 { money / tokens * count } else { 0.0 }).sum())
}

/// The weeks of the workflows, counted back from the newest record. Runs without a date count as if they were spread
/// like the others.
pub fn series(runs: &[RecordedRun], prices: Prices<'_>) -> Series {
    let mut series = Series::default();
    let costs = costs(runs, &mut Pricer::new(prices), &mut series.unpriced);
    let mut sums: BTreeMap<&Label, (f64, f64)> = BTreeMap::new();
    for (run, cost) in runs.iter().zip(&costs) {
        let (sum, count) = sums.entry(&run.workflow).or_default();
        (*sum, *count) = (*sum + cost.unwrap_or_default(), *count + 1.0);
    }
    let priced = sums.into_iter().filter(|(workflow, _)| !series.unpriced.contains_key(*workflow));
    series.cost_per_run = priced.map(|(workflow, (sum, count))| (workflow.clone(), sum / count)).collect();
    let times = || runs.iter().filter_map(RecordedRun::at);
    let (Some(first), Some(last)) = (times().min(), times().max()) else { return series };
    series.until = Some(last);
    let seconds = |at: jiff::Timestamp| last.duration_since(at).as_secs_f64();
    // A first week that is only partly there would look like a quiet one.
    let weeks = whole((seconds(first) / WEEK).max(1.0)).min(MAX_WEEKS);
    let mut undated: BTreeMap<&Label, (f64, f64)> = BTreeMap::new();
    for (run, cost) in runs.iter().zip(&costs) {
        // Where a price is missing, a sum would be too small, so there is none; the runs can be counted all the same.
        let priced = !series.unpriced.contains_key(&run.workflow);
        let histories = if priced { &mut series.histories } else { &mut series.volumes };
        let history = histories.entry(run.workflow.clone()).or_default();
        history.weeks.resize(weeks, Week::default());
        let (total, dated) = undated.entry(&run.workflow).or_default();
        *total += 1.0;
        let Some(at) = run.at() else { continue };
        let days = seconds(at) / 86_400.0;
        series.days.entry(run.workflow.clone()).and_modify(|most| *most = days.max(*most)).or_insert(days);
        let cost = if priced { *cost } else { Some(1.0) };
        let Some(cost) = cost else { continue };
        *dated += 1.0;
        if let Some(week) = history.weeks.iter_mut().rev().nth(whole(seconds(at) / WEEK)) {
            week.runs += 1.0;
            week.cost += cost;
            week.squares += cost * cost;
        }
    }
    for (workflow, history) in series.histories.iter_mut().chain(&mut series.volumes) {
        let factor =
            undated.get(workflow).filter(|(_, dated)| *dated > 0.0).map_or(1.0, |(all, dated)| all / dated);
        for week in &mut history.weeks {
            week.runs *= factor;
            week.cost *= factor;
            week.squares *= factor;
        }
    }
    for (workflow, at) in changes(runs) {
        if let Some(history) = series.histories.get_mut(&workflow) {
            let age = whole(seconds(at) / WEEK);
            history.changed = history.weeks.len().checked_sub(age + 1).filter(|week| *week > 0);
        }
    }
    series
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number of weeks")]
const fn whole(weeks: f64) -> usize {
    weeks as usize
}

/// The present configuration of every workflow, which is that of its newest run.
pub(crate) fn present(runs: &[RecordedRun]) -> BTreeMap<Label, Label> {
    let mut newest: BTreeMap<&Label, (jiff::Timestamp, &Label)> = BTreeMap::new();
    for run in runs {
        if let (Some(at), Some(config)) = (run.at(), &run.config) {
            let entry = newest.entry(&run.workflow).or_insert((at, config));
            *entry = (*entry).max((at, config));
        }
    }
    newest.into_iter().map(|(workflow, (_, config))| (workflow.clone(), config.clone())).collect()
}

/// Since when the present configuration of a workflow is in force, where there was another one before: since it was
/// first seen, when no other was seen after that. After a rollback, or while a few runs try another one, since the
/// first of the weeks up to now in which at least half of the runs were under it.
pub(crate) fn changes(runs: &[RecordedRun]) -> BTreeMap<Label, jiff::Timestamp> {
    let present = present(runs);
    let mut seen: BTreeMap<&Label, Vec<(jiff::Timestamp, bool)>> = BTreeMap::new();
    for run in runs {
        if let (Some(at), Some(config), Some(present)) = (run.at(), &run.config, present.get(&run.workflow)) {
            seen.entry(&run.workflow).or_default().push((at, config == present));
        }
    }
    let mut changes = BTreeMap::new();
    for (workflow, mut seen) in seen {
        seen.sort();
        let last = |is: bool| seen.iter().rev().find(|(_, present)| *present == is).map(|(at, _)| *at);
        let first = seen.iter().find(|(_, present)| *present).map(|(at, _)| *at);
        let (Some(first), Some(newest), Some(other)) = (first, last(true), last(false)) else { continue };
        let since = if other < first { first } else { majority(&seen, newest).unwrap_or(first) };
        if seen.iter().any(|(at, present)| !present && *at < since) {
            changes.insert(workflow.clone(), since);
        }
    }
    changes
}

/// The first run under the present configuration in the last weeks that it had most runs of.
fn majority(seen: &[(jiff::Timestamp, bool)], newest: jiff::Timestamp) -> Option<jiff::Timestamp> {
    let age = |at: jiff::Timestamp| whole(newest.duration_since(at).as_secs_f64() / WEEK);
    let mut since = None;
    let weeks: Vec<_> = seen.chunk_by(|(a, _), (b, _)| age(*a) == age(*b)).collect();
    for week in weeks.into_iter().rev() {
        let ours = || week.iter().filter(|(_, present)| *present);
        let first = ours().map(|(at, _)| *at).min();
        // The newest run is under it, whatever else the last week saw.
        if since.is_some() && ours().count() * 2 < week.len() {
            break;
        }
        since = first.or(since);
    }
    since
}
