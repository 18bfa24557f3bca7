//! What the next weeks will cost, with an interval that holds what can be known to be uncertain.
//!
//! Level: mean cost of a run and number of runs, weighted with a half-life. Trend: a log-linear slope of each, drawn
//! towards 0 and damped. Interval: log-normal; its variance is the sum of the noise of the training weeks, the noise
//! of the weeks to come, the random walk of both series and the uncertainty of the slopes, times a widening fitted on
//! forecasts of weeks that are already known.

use super::pool::{Pool, level_weights};
use super::widening;

/// The constants of the method. The defaults were chosen on synthetic organisations that the back-test does not use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// After so many weeks a run counts half.
    pub half_life: f64,
    /// Half-life of the weeks that a slope is fitted to.
    pub slope_half_life: f64,
    /// Standard deviation that is expected of slopes, per week.
    pub slope_prior: f64,
    /// What is left of a slope after a week.
    pub damping: f64,
    /// Runs under the configuration before count at most like so many.
    pub prior_runs: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { half_life: 2.0, slope_half_life: 8.0, slope_prior: 0.01, damping: 0.9, prior_runs: 30.0 }
    }
}

/// One week of one workflow.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Week {
    /// Runs.
    pub runs: f64,
    /// Their cost.
    pub cost: f64,
    /// Sum of the squares of their costs.
    pub squares: f64,
}

/// The weeks of one workflow, the oldest first; the last one ends where the forecast begins.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// The weeks, empty ones included.
    pub weeks: Vec<Week>,
    /// The first week under the present configuration, when there was another one before.
    pub changed: Option<usize>,
}

impl History {
    /// Runs in all weeks.
    pub fn runs(&self) -> f64 {
        self.weeks.iter().map(|week| week.runs).sum()
    }

    /// Variance of the cost of a run over its mean squared; `None` below two runs.
    pub fn relative_variance(&self) -> Option<f64> {
        let (runs, cost) = (self.runs(), self.weeks.iter().map(|week| week.cost).sum::<f64>());
        let squares: f64 = self.weeks.iter().map(|week| week.squares).sum();
        (runs >= 2.0 && cost > 0.0)
            .then(|| (squares * runs / (cost * cost) - 1.0).max(0.0) * runs / (runs - 1.0))
    }

    pub(super) fn until(&self, weeks: usize) -> Self {
        Self {
            weeks: self.weeks.get(..weeks).unwrap_or_default().to_vec(),
            changed: self.changed.filter(|changed| *changed < weeks),
        }
    }
}

/// What the weeks to come will bring.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// Expected cost.
    pub expected: f64,
    /// One time of ten it is less.
    pub p10: f64,
    /// One time of ten it is more.
    pub p90: f64,
    /// Expected runs.
    pub runs: f64,
    /// Standard deviation of the logarithm of the number of runs.
    pub runs_sd: f64,
    /// Present cost of a run.
    pub cost_per_run: f64,
    /// Coefficient of variation of the cost of a run.
    pub cv: f64,
    /// So many runs of equal weight say as much as the weighted ones.
    pub effective_runs: f64,
    /// Standard deviation of the logarithm of the cost, widening included.
    pub sd: f64,
    /// By how much the middle of the logarithm lies off that of the expected cost.
    pub shift: f64,
    /// Relative variance of the cost, before widening.
    pub variance: f64,
    /// The part of it that more runs would not take away: drift, busy and quiet weeks.
    pub beyond_runs: f64,
}

/// The forecasts of all workflows for so many weeks. They are made together, because what one workflow is too small
/// to show (how fast costs drift, how heavy the tail is) is taken from all. `None` where nothing was recorded.
pub fn forecast(histories: &[History], weeks_ahead: f64, settings: &Settings) -> Vec<Option<Forecast>> {
    let widening = widening::fit(histories, settings);
    let mut forecasts = unwidened(histories, weeks_ahead, settings);
    for forecast in forecasts.iter_mut().flatten() {
        forecast.widen(widening);
    }
    forecasts
}

/// The 90th percentile of the normal distribution.
const Z90: f64 = super::super::assumed::Z90;

impl Forecast {
    fn widen(&mut self, factor: f64) {
        let middle = self.expected * self.shift.exp();
        self.sd *= factor;
        self.p10 = middle * (-Z90 * self.sd).exp();
        self.p90 = middle * (Z90 * self.sd).exp();
    }
}

pub(super) fn unwidened(
    histories: &[History],
    weeks_ahead: f64,
    settings: &Settings,
) -> Vec<Option<Forecast>> {
    let pool = Pool::of(histories);
    histories.iter().map(|history| one(history, weeks_ahead, settings, &pool)).collect()
}

fn one(history: &History, weeks_ahead: f64, settings: &Settings, pool: &Pool) -> Option<Forecast> {
    // Weeks before the first run are no weeks without runs.
    let first = history.weeks.iter().position(|week| week.runs > 0.0)?;
    let weeks = history.weeks.get(first..)?;
    let changed = history.changed.map(|changed| changed.saturating_sub(first));
    let total: f64 = weeks.iter().map(|week| week.cost).sum();
    let runs: f64 = weeks.iter().map(|week| week.runs).sum();
    if total <= 0.0 || runs <= 0.0 {
        return None;
    }
    let cv2 = pool.relative_variance(history);
    let mean = total / runs;
    let run_noise = |runs: f64| 1.0 + pool.runs_jitter * runs;
    let ages: Vec<f64> = (0..weeks.len()).rev().map(|age| usize_f64(age) + 0.5).collect();
    let volume: Vec<(f64, f64, f64)> =
        weeks.iter().zip(&ages).map(|(week, age)| (*age, week.runs, 1.0)).collect();
    let costs: Vec<(f64, f64, f64)> =
        weeks.iter().zip(&ages).map(|(week, age)| (*age, week.cost / mean, week.runs)).collect();
    let runs_slope = Slope::fit(&volume, run_noise(runs / usize_f64(weeks.len())), settings);
    let cost_slope = Slope::fit(&costs, cv2 + pool.cost_jitter * runs / usize_f64(weeks.len()), settings);

    let weights = level_weights(weeks, changed, settings);
    let (mut sum_runs, mut sum_squares, mut sum_cost, mut sum_time, mut sum_weeks) =
        (0.0, 0.0, 0.0, 0.0, 0.0);
    let mut volume_level = 0.0;
    for ((week, age), (weight, volume_weight)) in weeks.iter().zip(&ages).zip(&weights) {
        sum_runs += weight * week.runs;
        sum_squares += weight * weight * week.runs;
        sum_cost += weight * week.cost * (cost_slope.value * age).exp();
        sum_time += weight * week.runs * age;
        sum_weeks += volume_weight;
        volume_level += volume_weight * week.runs * (runs_slope.value * age).exp();
    }
    let (cost_level, volume_level) = (sum_cost / sum_runs, volume_level / sum_weeks);
    let effective = sum_runs * sum_runs / sum_squares;
    let lag = sum_time / sum_runs;

    let (mut expected, mut expected_runs, mut lead) = (0.0, 0.0, 0.0);
    let steps = weeks_ahead.ceil().max(1.0);
    let share = weeks_ahead / steps;
    let mut step = 0.0;
    while step < steps {
        let ahead = damped((step + 0.5) * share, settings.damping);
        let runs = volume_level * (runs_slope.value * ahead).exp() * share;
        expected_runs += runs;
        expected += runs * cost_level * (cost_slope.value * ahead).exp();
        lead += ahead / steps;
        step += 1.0;
    }
    let walk = walk_variance(&weights, weeks_ahead);
    let jitter_weeks = effective_weeks(&weights).recip() + weeks_ahead.max(1.0).recip();
    let (past, future) = (effective.recip(), expected_runs.max(1.0).recip());
    let runs_drift = pool.runs_jitter * jitter_weeks + pool.runs_drift * walk;
    let runs_variance = past + future + runs_drift + runs_slope.variance * (lag + lead).powi(2);
    let cost_drift = pool.cost_jitter * jitter_weeks + pool.cost_drift * walk;
    let cost_variance = cv2 * (past + future) + cost_drift + cost_slope.variance * (lag + lead).powi(2);
    let sd = log_sd(runs_variance + cost_variance);
    let mut forecast = Forecast {
        expected,
        p10: 0.0,
        p90: 0.0,
        runs: expected_runs,
        runs_sd: log_sd(runs_variance),
        cost_per_run: cost_level,
        cv: cv2.sqrt(),
        effective_runs: effective,
        sd,
        // A sum of few runs mostly lies below its mean; so does the mean of few runs that it is compared with.
        shift: (1.0 + cv2) * (past - future) / 2.0,
        variance: runs_variance + cost_variance,
        beyond_runs: runs_drift + cost_drift,
    };
    forecast.widen(1.0);
    Some(forecast)
}

/// A relative variance as the standard deviation of a logarithm.
fn log_sd(relative_variance: f64) -> f64 {
    relative_variance.ln_1p().sqrt()
}

#[expect(clippy::cast_precision_loss, reason = "numbers of weeks are small")]
pub(crate) const fn usize_f64(count: usize) -> f64 {
    count as f64
}

/// So many weeks of full slope say as much as `time` weeks of a damped one.
fn damped(time: f64, damping: f64) -> f64 {
    if damping >= 1.0 { time } else { (1.0 - damping.powf(time)) / -damping.ln() }
}

fn effective_weeks(weights: &[(f64, f64)]) -> f64 {
    let (sum, squares) = weights.iter().fold((0.0, 0.0), |(sum, squares), (_, w)| (sum + w, squares + w * w));
    if squares > 0.0 { sum * sum / squares } else { 1.0 }
}

/// By how much a random walk of variance 1 per week drives the mean of the weeks to come away from the weighted mean
/// of the past ones.
fn walk_variance(weights: &[(f64, f64)], weeks_ahead: f64) -> f64 {
    let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
    let (mut older, mut variance) = (0.0, 0.0);
    // A step between two past weeks is missed by the share of the weights before it.
    for (_, weight) in weights.iter().take(weights.len().saturating_sub(1)) {
        older += weight / total;
        variance += older * older;
    }
    // A step before future week j moves that week and those after it.
    let ahead = weeks_ahead.max(1.0);
    variance + (ahead + 1.0) * (2.0 * ahead + 1.0) / (6.0 * ahead)
}

/// A log-linear slope per week and how sure it is.
struct Slope {
    value: f64,
    variance: f64,
}

impl Slope {
    /// Of `(age, amount, exposure)`: the amount of a week is `exposure * level * exp(-slope * age)`, with a variance
    /// of `noise` per unit. Newton's method on the weighted likelihood with a normal prior around 0.
    fn fit(points: &[(f64, f64, f64)], noise: f64, settings: &Settings) -> Self {
        let prior = settings.slope_prior.powi(2);
        let noise = noise.max(1e-9);
        let weight = |age: f64| 0.5_f64.powf(age / settings.slope_half_life);
        let mut slope = 0.0;
        let mut variance = prior;
        for _ in 0..8 {
            let fitted = |age: f64, exposure: f64| exposure * (-slope * age).exp();
            let (mut amount, mut model) = (0.0, 0.0);
            for (age, y, exposure) in points {
                amount += weight(*age) * y;
                model += weight(*age) * fitted(*age, *exposure);
            }
            if model <= 0.0 {
                break;
            }
            let level = amount / model;
            let (mut score, mut mass, mut first, mut second) = (0.0, 0.0, 0.0, 0.0);
            for (age, y, exposure) in points {
                let expected = level * fitted(*age, *exposure);
                score -= weight(*age) * (y - expected) * age;
                mass += weight(*age) * expected;
                first += weight(*age) * expected * age;
                second += weight(*age) * expected * age * age;
            }
            let information = if mass > 0.0 { (second - first * first / mass).max(0.0) / noise } else { 0.0 };
            variance = (information + prior.recip()).recip();
            let step = (score / noise - slope / prior) * variance;
            slope = (slope + step).clamp(-0.1, 0.1);
            if step.abs() < 1e-9 {
                break;
            }
        }
        Self { value: slope, variance }
    }
}
