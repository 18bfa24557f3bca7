//! Calibration: from recorded runs to how agents behave, what the next month will cost, and how far to trust it.

#[cfg(test)]
mod edge_tests;
pub mod fit;
pub mod forecast;
pub mod measured;
#[cfg(test)]
mod measured_tests;
pub mod parts;
mod pool;
pub mod profile;
pub mod resolve;
pub mod score;
pub mod series;
mod shape;
#[cfg(test)]
mod tests;
mod widening;

use super::assumed::Spread;
use super::recorded::{Label, RecordedRun};
use fit::{AgentFit, FitSettings, spread, tidy};
use forecast::{Forecast, History, Settings, forecast};
use score::{Runs, Score, back_test, score};
use serde::{Deserialize, Serialize};
use series::{Prices, Series, changes, present, series};
use std::collections::{BTreeMap, BTreeSet};

/// The version of the file's format.
pub const VERSION: u32 = 1;
/// Weeks of a month.
pub const WEEKS_PER_MONTH: f64 = 30.4375 / 7.0;
/// Weeks that forecasts of a back-test are made from, at least.
pub const TRAINING_WEEKS: usize = 8;
/// A workflow has to be recorded for so many days before a month of it is forecast.
pub const MIN_DAYS: f64 = 14.0;
/// No run weighs less.
const MIN_WEIGHT: f64 = 1e-12;

/// What was learnt from recorded runs. Sorted and rounded, so that two of them can be compared line by line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The version of the format.
    pub version: u32,
    /// The newest record.
    pub until: Option<String>,
    /// The workflows by name.
    pub workflows: Vec<WorkflowFit>,
}

/// One workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkflowFit {
    /// Its name.
    pub name: String,
    /// Digest of its configuration; another one makes these figures a prior and no more.
    pub config: Option<String>,
    /// Runs under this configuration.
    pub runs: u64,
    /// Runs under earlier ones, which are the prior.
    pub earlier_runs: u64,
    /// Days from its first record to the newest of all; `None` without dates. A month is forecast from 14 on.
    #[serde(default)]
    pub days: Option<f64>,
    /// Mean dollars of the recorded runs.
    #[serde(default)]
    pub cost_per_run: Option<f64>,
    /// Runs in a month.
    pub runs_per_month: Option<Spread>,
    /// Dollars of a month.
    pub monthly: Option<Monthly>,
    /// Models without a price, for which there are no dollars.
    pub unpriced: BTreeSet<String>,
    /// Its agents by name and model.
    pub agents: Vec<AgentFit>,
    /// Share of the runs in which a skill was used, where the source attributes calls to skills.
    pub skills: BTreeMap<String, f64>,
}

/// Dollars of a month, with the interval in which eight months of ten lie.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Monthly {
    /// Expected.
    pub expected: f64,
    /// One month of ten costs less.
    pub p10: f64,
    /// One month of ten costs more.
    pub p90: f64,
    /// Coefficient of variation of the cost of a run.
    pub cv: f64,
    /// Runs that can decide whether the forecast is good to 10 %.
    pub runs: f64,
    /// So many are needed; nothing when drift alone takes up the 10 %.
    pub runs_needed: Option<f64>,
}

impl Monthly {
    /// Whether the runs can decide.
    pub const fn runs(self) -> Runs {
        Runs { have: self.runs, needed: self.runs_needed, for_chance: (16.45 * self.cv) * (16.45 * self.cv) }
    }
}

/// Fits everything. Fills in what sources left out, so the runs are changed.
pub fn calibrate(runs: &mut [RecordedRun], prices: Prices<'_>, settings: &FitSettings) -> Calibration {
    resolve::resolve(runs);
    let series = series(runs, prices);
    let (forecasts, volumes) = forecasts(&series, settings);
    let (changes, present) = (changes(runs), present(runs));
    let mut by_workflow: BTreeMap<&Label, Vec<&RecordedRun>> = BTreeMap::new();
    for run in runs.iter() {
        by_workflow.entry(&run.workflow).or_default().push(run);
    }
    let workflows = by_workflow
        .into_iter()
        .map(|(name, runs)| {
            let runs = weighted(runs, series.until, settings);
            let is_present = |run: &RecordedRun| match (changes.get(name), &run.config) {
                (None, _) => true,
                // Canaries and rollbacks mix configurations in time, so that the date tells only what nobody says.
                (Some(_), Some(config)) => present.get(name) == Some(config),
                (Some(since), None) => run.at().is_some_and(|at| at >= *since),
            };
            let (present, before): (Vec<_>, Vec<_>) = runs.into_iter().partition(|(run, _)| is_present(run));
            let config = present.iter().rev().find_map(|(run, _)| run.config.as_ref());
            let forecast = forecasts.get(name).copied();
            WorkflowFit {
                name: name.to_string(),
                config: config.map(ToString::to_string),
                runs: present.len() as u64,
                earlier_runs: before.len() as u64,
                days: series.days.get(name).copied().map(tidy),
                cost_per_run: series.cost_per_run.get(name).copied().map(tidy),
                runs_per_month: volumes.get(name).map(|forecast| {
                    let middle = forecast.runs * (-forecast.runs_sd.powi(2) / 2.0).exp();
                    spread(middle, middle * (super::assumed::Z90 * forecast.runs_sd).exp())
                }),
                monthly: forecast.map(|forecast| {
                    let runs = Runs::of(&forecast, forecast.runs);
                    Monthly {
                        expected: tidy(forecast.expected),
                        p10: tidy(forecast.p10),
                        p90: tidy(forecast.p90),
                        cv: tidy(forecast.cv),
                        runs: runs.have.floor(),
                        runs_needed: runs.needed.map(f64::ceil),
                    }
                }),
                unpriced: series.unpriced.get(name).into_iter().flatten().map(ToString::to_string).collect(),
                agents: fit::agents(&present, &before, settings),
                skills: skills(&present),
            }
        })
        .collect();
    Calibration { version: VERSION, until: series.until.map(|at| at.to_string()), workflows }
}

/// The forecasts of a month by workflow, and those of the number of runs, which need no price. A workflow that was
/// recorded for ten hours says nothing of a month.
fn forecasts(
    series: &Series,
    settings: &FitSettings,
) -> (BTreeMap<Label, Forecast>, BTreeMap<Label, Forecast>) {
    let settings = Settings { half_life: settings.half_life_days / 7.0, ..Settings::default() };
    let of = |histories: &BTreeMap<Label, History>| -> BTreeMap<Label, Forecast> {
        let all: Vec<_> = histories.values().cloned().collect();
        let forecasts = forecast(&all, WEEKS_PER_MONTH, &settings);
        let named = histories.keys().cloned().zip(forecasts);
        named
            .filter(|(name, _)| series.days.get(name).is_some_and(|days| *days >= MIN_DAYS))
            .filter_map(|(name, forecast)| Some((name, forecast?)))
            .collect()
    };
    let costs = of(&series.histories);
    let volumes = if series.volumes.is_empty() {
        costs.clone()
    } else {
        // How busy weeks differ is taken from all workflows together, so those with a price are among them.
        let mut all = series.histories.clone();
        all.extend(series.volumes.clone());
        of(&all)
    };
    (costs, volumes)
}

/// Runs with their weights: half after a half-life. One without a date counts like the others on average.
fn weighted<'a>(
    runs: Vec<&'a RecordedRun>,
    until: Option<jiff::Timestamp>,
    settings: &FitSettings,
) -> Vec<(&'a RecordedRun, f64)> {
    let weight = |run: &RecordedRun| {
        let age = until?.duration_since(run.at()?).as_secs_f64() / 86_400.0;
        // Years are so many half-lives that nothing would be left to divide by.
        Some(0.5_f64.powf(age / settings.half_life_days).max(MIN_WEIGHT))
    };
    let weights: Vec<Option<f64>> = runs.iter().map(|run| weight(run)).collect();
    let dated = weights.iter().flatten().count();
    let mean = weights.iter().flatten().sum::<f64>() / forecast::usize_f64(dated.max(1));
    let mean = if dated > 0 { mean } else { 1.0 };
    runs.into_iter().zip(weights).map(|(run, weight)| (run, weight.unwrap_or(mean))).collect()
}

fn skills(runs: &[(&RecordedRun, f64)]) -> BTreeMap<String, f64> {
    let total: f64 = runs.iter().map(|(_, weight)| weight).sum();
    let mut shares: BTreeMap<String, f64> = BTreeMap::new();
    for (run, weight) in runs {
        let used: BTreeSet<&Label> = run.calls.iter().filter_map(|call| call.skill.as_ref()).collect();
        for skill in used {
            *shares.entry(skill.to_string()).or_default() += weight / total;
        }
    }
    for share in shares.values_mut() {
        *share = tidy(*share);
    }
    shares
}

/// Trains on the first weeks, scores the four weeks after them, and goes on until the records end; by workflow.
pub fn back_test_runs(runs: &[RecordedRun], prices: Prices<'_>) -> BTreeMap<String, Score> {
    let series = series(runs, prices);
    let histories: Vec<_> = series.histories.values().cloned().collect();
    let outcomes = back_test(&histories, TRAINING_WEEKS, &Settings::default());
    let scores = outcomes.iter().map(|outcomes| score(outcomes));
    series.histories.keys().zip(scores).filter_map(|(name, score)| Some((name.to_string(), score?))).collect()
}
