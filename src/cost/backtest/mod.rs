//! The back-test of the forecasts on organisations that do not exist, whose truth is known.
//!
//! Used by tests and by `benches/backtest.rs`; nothing of it runs in the program.

pub mod synthetic;
#[cfg(test)]
mod tests;

use super::calibrate::forecast::{History, Settings, Week, usize_f64};
use super::calibrate::score::{Figures, Outcome, Score, back_test, figures, score};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use std::ops::Range;
use synthetic::{AgentRun, Flow, Organisation, Wildness, price};

/// What is tried.
#[derive(Clone, Debug)]
pub struct Trial {
    /// One organisation for each.
    pub seeds: Range<u64>,
    /// Times the usual number of runs.
    pub volume: f64,
    /// How wild they are.
    pub wildness: Wildness,
    /// Weeks before the first forecast.
    pub train: usize,
    /// Periods of four weeks that are forecast, each from all weeks before it.
    pub periods: usize,
}

/// What came out.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// The outcomes of each workflow of each organisation.
    pub workflows: Vec<Vec<Outcome>>,
}

/// The weeks of a workflow, as they truly were.
pub fn truth(organisation: &Organisation, flow: usize, weeks: usize) -> History {
    let mut history = History { weeks: vec![Week::default(); weeks], changed: None };
    for (number, week) in history.weeks.iter_mut().enumerate() {
        for day in number * 7..number * 7 + 7 {
            organisation.each_run(flow, day, |flow, runs| {
                let cost = cost_of_run(flow, runs);
                week.runs += 1.0;
                week.cost += cost;
                week.squares += cost * cost;
            });
        }
    }
    history
}

/// What a run costs.
pub fn cost_of_run(flow: &Flow, runs: &[AgentRun]) -> f64 {
    runs.iter().zip(&flow.agents).map(|(run, agent)| price(run.total(), agent.model)).sum()
}

impl Trial {
    /// Forecasts and scores.
    pub fn run(&self) -> Evaluation {
        let weeks = self.train + 4 * self.periods;
        let of_seed = |seed: u64| {
            let organisation = Organisation::new(seed, weeks, self.volume, self.wildness);
            let histories: Vec<History> =
                (0..organisation.flows.len()).map(|flow| truth(&organisation, flow, weeks)).collect();
            back_test(&histories, self.train, &Settings::default())
        };
        let workflows: Vec<Vec<Vec<Outcome>>> = self.seeds.clone().into_par_iter().map(of_seed).collect();
        Evaluation { workflows: workflows.into_iter().flatten().collect() }
    }
}

impl Evaluation {
    /// WAPE of every workflow with enough runs to tell, the best one first.
    pub fn decided(&self) -> Vec<f64> {
        let wape = |outcomes: &Vec<Outcome>| match score(outcomes)? {
            Score::Measured(figures) => Some(figures.wape),
            Score::InsufficientData(_) => None,
        };
        let mut decided: Vec<f64> = self.workflows.iter().filter_map(wape).collect();
        decided.sort_by(f64::total_cmp);
        decided
    }

    /// WAPE of every workflow with the runs that chance alone asks for, the best one first: those that drift or volume
    /// move by more than the tolerance are among them.
    pub fn beyond_chance(&self) -> Vec<f64> {
        let enough = |outcomes: &&Vec<Outcome>| outcomes.iter().all(|o| o.runs.have >= o.runs.for_chance);
        let all = self.workflows.iter().filter(enough);
        let mut wapes: Vec<f64> = all.filter_map(|outcomes| Some(figures(outcomes)?.wape)).collect();
        wapes.sort_by(f64::total_cmp);
        wapes
    }

    /// Coverage and bias of all workflow-periods together. The bias is that of the mean workflow: every workflow
    /// counts the same, however much it costs.
    pub fn all(&self) -> Figures {
        let scaled: Vec<Outcome> = self
            .workflows
            .iter()
            .flat_map(|outcomes| {
                let mean = outcomes.iter().map(|o| o.actual).sum::<f64>() / usize_f64(outcomes.len().max(1));
                outcomes.iter().map(move |o| Outcome {
                    expected: o.expected / mean,
                    p10: o.p10 / mean,
                    p90: o.p90 / mean,
                    actual: o.actual / mean,
                    runs: o.runs,
                })
            })
            .collect();
        figures(&scaled).unwrap_or(Figures { wape: f64::NAN, bias: f64::NAN, coverage: f64::NAN, periods: 0 })
    }

    /// Shares of the workflow-periods below p10 and above p90.
    pub fn misses(&self) -> (f64, f64) {
        let all: Vec<&Outcome> = self.workflows.iter().flatten().collect();
        let share = |miss: &dyn Fn(&Outcome) -> bool| {
            usize_f64(all.iter().filter(|outcome| miss(outcome)).count()) / usize_f64(all.len().max(1))
        };
        (share(&|o| o.actual < o.p10), share(&|o| o.actual > o.p90))
    }
}
