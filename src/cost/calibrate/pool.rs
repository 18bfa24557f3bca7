//! What all workflows of an organisation say together: how heavy the tail of a run's cost is, and how fast costs and
//! volumes drift. A single small workflow cannot show it.

use super::forecast::{History, Settings, Week, usize_f64};

/// Weeks with fewer runs say nothing about drift.
const MIN_WEEK_RUNS: f64 = 10.0;
/// A workflow's own tail counts half of what all show once it has so many runs.
const TAIL_RUNS: f64 = 200.0;
/// Relative variance of a run's cost when nothing is known: a coefficient of variation of 1.5.
const DEFAULT_RELATIVE_VARIANCE: f64 = 2.25;
/// Standard deviation of a week's step of the cost of a run, before anything was seen.
const COST_DRIFT: f64 = 0.012;
/// The same for the number of runs.
const RUNS_DRIFT: f64 = 0.025;
/// What was expected counts like so many weeks.
const DRIFT_WEEKS: f64 = 30.0;

/// What all workflows say together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pool {
    relative_variance: f64,
    pub(super) cost_drift: f64,
    pub(super) cost_jitter: f64,
    pub(super) runs_drift: f64,
    pub(super) runs_jitter: f64,
}

impl Pool {
    pub(super) fn of(histories: &[History]) -> Self {
        let (mut sum, mut weight) = (DEFAULT_RELATIVE_VARIANCE * TAIL_RUNS, TAIL_RUNS);
        for history in histories {
            if let Some(variance) = history.relative_variance() {
                let runs = history.runs().min(10.0 * TAIL_RUNS);
                sum += variance * runs;
                weight += runs;
            }
        }
        let mut pool = Self {
            relative_variance: sum / weight,
            cost_drift: 0.0,
            cost_jitter: 0.0,
            runs_drift: 0.0,
            runs_jitter: 0.0,
        };
        let mut cost = Steps::default();
        let mut runs = Steps::default();
        for history in histories {
            let noise = pool.relative_variance(history);
            cost.add(&history.weeks, |week| (week.cost > 0.0).then(|| (week.cost / week.runs).ln()), noise);
            runs.add(&history.weeks, |week| Some(week.runs.ln()), 1.0);
        }
        (pool.cost_drift, pool.cost_jitter) = cost.drift_and_jitter(COST_DRIFT);
        (pool.runs_drift, pool.runs_jitter) = runs.drift_and_jitter(RUNS_DRIFT);
        pool
    }

    /// The tail of one workflow, drawn towards that of all: a few runs never show how heavy it is.
    pub(super) fn relative_variance(&self, history: &History) -> f64 {
        let runs = history.runs();
        let own = history.relative_variance().unwrap_or(self.relative_variance);
        (own * runs + self.relative_variance * TAIL_RUNS) / (runs + TAIL_RUNS)
    }
}

/// Squared differences between weeks, beyond what the noise of counting explains.
#[derive(Default)]
struct Steps {
    one: (f64, f64),
    four: (f64, f64),
}

impl Steps {
    fn add(&mut self, weeks: &[Week], value: impl Fn(&Week) -> Option<f64>, noise: f64) {
        for (distance, sum) in [(1, &mut self.one), (4, &mut self.four)] {
            for (from, to) in weeks.iter().zip(weeks.iter().skip(distance)) {
                if from.runs < MIN_WEEK_RUNS || to.runs < MIN_WEEK_RUNS {
                    continue;
                }
                let (Some(before), Some(after)) = (value(from), value(to)) else { continue };
                let counting = noise * (from.runs.recip() + to.runs.recip());
                // Weeks with many runs show drift where small ones show only noise.
                let weight = (counting + 0.002).powi(-2);
                sum.0 += weight * ((after - before).powi(2) - counting);
                sum.1 += weight;
            }
        }
    }

    /// Differences over four weeks hold four steps of drift, those over one week one; jitter is in both twice.
    fn drift_and_jitter(&self, expected: f64) -> (f64, f64) {
        let expected = expected * expected;
        if self.one.1 <= 0.0 || self.four.1 <= 0.0 {
            return (expected, 0.0);
        }
        let (one, four) = (self.one.0 / self.one.1, self.four.0 / self.four.1);
        let drift = ((four - one) / 3.0).max(0.0);
        // In weeks of the most telling kind.
        let weeks = self.four.1 * 0.002_f64.powi(2);
        let drift = (drift * weeks + expected * DRIFT_WEEKS) / (weeks + DRIFT_WEEKS);
        let jitter = ((one - drift) / 2.0).max(0.0) * weeks / (weeks + DRIFT_WEEKS);
        (drift, jitter)
    }
}

/// Weights of the weeks for the cost of a run and for the number of runs. Runs under the configuration before count
/// at most like [`Settings::prior_runs`] for the cost; the number of runs does not depend on the configuration.
pub(super) fn level_weights(weeks: &[Week], changed: Option<usize>, settings: &Settings) -> Vec<(f64, f64)> {
    let mut weights: Vec<(f64, f64)> = (0..weeks.len())
        .rev()
        .map(|age| 0.5_f64.powf((usize_f64(age) + 0.5) / settings.half_life))
        .map(|weight| (weight, weight))
        .collect();
    if let Some(changed) = changed {
        let since: f64 = weeks.iter().skip(changed).map(|week| week.runs).sum();
        let (mut before, mut squares) = (0.0, 0.0);
        for (week, (weight, _)) in weeks.iter().zip(&weights).take(changed) {
            before += weight * week.runs;
            squares += weight * weight * week.runs;
        }
        if since > 0.0 && squares > 0.0 {
            let effective = before * before / squares;
            let factor = (settings.prior_runs / effective).min(1.0);
            weights.iter_mut().take(changed).for_each(|(weight, _)| *weight *= factor);
        }
    }
    weights
}
