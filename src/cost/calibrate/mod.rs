//! Calibration: from recorded runs to how agents behave, what the next month will cost, and how far to trust it.

pub mod fit;
pub mod forecast;
pub mod measured;
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
use forecast::{Settings, forecast};
use score::{Runs, Score, back_test, score};
use serde::{Deserialize, Serialize};
use series::{Prices, changes, series};
use std::collections::{BTreeMap, BTreeSet};

/// The version of the file's format.
pub const VERSION: u32 = 1;
/// Weeks of a month.
pub const WEEKS_PER_MONTH: f64 = 30.4375 / 7.0;
/// Weeks that forecasts of a back-test are made from, at least.
pub const TRAINING_WEEKS: usize = 8;

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
    let forecast_settings = Settings { half_life: settings.half_life_days / 7.0, ..Settings::default() };
    let histories: Vec<_> = series.histories.values().cloned().collect();
    let forecasts = forecast(&histories, WEEKS_PER_MONTH, &forecast_settings);
    let forecasts: BTreeMap<&Label, _> = series.histories.keys().zip(forecasts).collect();
    let changes = changes(runs);
    let mut by_workflow: BTreeMap<&Label, Vec<&RecordedRun>> = BTreeMap::new();
    for run in runs.iter() {
        by_workflow.entry(&run.workflow).or_default().push(run);
    }
    let workflows = by_workflow
        .into_iter()
        .map(|(name, runs)| {
            let weight = |run: &RecordedRun| {
                let age = series
                    .until
                    .zip(run.at())
                    .map_or(0.0, |(until, at)| until.duration_since(at).as_secs_f64());
                0.5_f64.powf(age / 86_400.0 / settings.half_life_days)
            };
            let since = changes.get(name);
            let is_present = |run: &RecordedRun| match (since, run.at()) {
                (Some(since), Some(at)) => at >= *since,
                _ => true,
            };
            let (present, before): (Vec<_>, Vec<_>) =
                runs.into_iter().map(|run| (run, weight(run))).partition(|(run, _)| is_present(run));
            let config = present.iter().rev().find_map(|(run, _)| run.config.as_ref());
            let forecast = forecasts.get(name).copied().flatten();
            WorkflowFit {
                name: name.to_string(),
                config: config.map(ToString::to_string),
                runs: present.len() as u64,
                earlier_runs: before.len() as u64,
                runs_per_month: forecast.map(|forecast| {
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
