//! Projected against actual: how far off, in which direction, and whether that many runs can tell.

use super::forecast::{Forecast, History, Settings, forecast, usize_f64};
use serde::Serialize;

/// The quantile for a confidence of 90 %, two-sided.
const Z95: f64 = 1.645;
/// The error that has to be told from chance.
pub const TOLERANCE: f64 = 0.10;

/// One workflow in one period.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// What was expected.
    pub expected: f64,
    /// One time of ten less.
    pub p10: f64,
    /// One time of ten more.
    pub p90: f64,
    /// What it cost.
    pub actual: f64,
    /// Runs that can decide, and how many are needed.
    pub runs: Runs,
}

/// How many runs there were, and how many could decide.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Runs {
    /// Those of the forecast and those it is compared with, as the smaller noise of one set: `1 / (1/n + 1/m)`.
    pub have: f64,
    /// So many that the forecast is within the tolerance nine times of ten: `(1.645 CV / tau)^2`, where the CV has the
    /// chance of the number of runs and of the trend in it, and `tau` is what drift leaves of the tolerance. `None` when
    /// it leaves nothing.
    pub needed: Option<f64>,
    /// `(1.645 CV / 10 %)^2`: what the chance of what a run costs asks for, all else aside.
    pub for_chance: f64,
}

impl Runs {
    /// For a forecast, when the period it is about has so many runs.
    pub fn of(forecast: &Forecast, future_runs: f64) -> Self {
        let together =
            |future: f64| (forecast.effective_runs.max(1e-9).recip() + future.max(1e-9).recip()).recip();
        let room = TOLERANCE * TOLERANCE - Z95 * Z95 * forecast.beyond_runs;
        // The noise that runs take away falls as their number grows.
        let noise = Z95 * Z95 * (forecast.variance - forecast.beyond_runs) * together(forecast.runs);
        Self {
            have: together(future_runs),
            needed: (room > 0.0).then(|| noise / room),
            for_chance: (Z95 * forecast.cv / TOLERANCE).powi(2),
        }
    }

    /// Whether they can decide.
    pub fn decide(self) -> bool {
        self.needed.is_some_and(|needed| self.have >= needed)
    }
}

/// What can be said of the forecasts of one workflow.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Score {
    /// There were enough runs to tell.
    Measured(Figures),
    /// There were not; the figures would be chance.
    InsufficientData(Runs),
}

/// How good forecasts were.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Sum of the errors without their sign over the sum of the actual costs.
    pub wape: f64,
    /// Sum of the errors over the sum of the actual costs; above 0, too much was expected.
    pub bias: f64,
    /// Share of the periods between p10 and p90.
    pub coverage: f64,
    /// Periods.
    pub periods: usize,
}

/// The figures of some outcomes, whether or not they can decide. `None` when nothing was spent.
pub fn figures(outcomes: &[Outcome]) -> Option<Figures> {
    let actual: f64 = outcomes.iter().map(|outcome| outcome.actual).sum();
    let error: f64 = outcomes.iter().map(|outcome| outcome.expected - outcome.actual).sum();
    let errors: f64 = outcomes.iter().map(|outcome| (outcome.expected - outcome.actual).abs()).sum();
    let inside = outcomes.iter().filter(|o| o.p10 <= o.actual && o.actual <= o.p90).count();
    (actual > 0.0).then(|| Figures {
        wape: errors / actual,
        bias: error / actual,
        coverage: usize_f64(inside) / usize_f64(outcomes.len()),
        periods: outcomes.len(),
    })
}

/// The score of a workflow's outcomes. `None` when there are none.
pub fn score(outcomes: &[Outcome]) -> Option<Score> {
    let figures = figures(outcomes)?;
    let mean = |value: &dyn Fn(&Outcome) -> Option<f64>| {
        let values: Option<Vec<f64>> = outcomes.iter().map(value).collect();
        values.map(|values| values.iter().sum::<f64>() / usize_f64(outcomes.len()))
    };
    let runs = Runs {
        have: mean(&|o| Some(o.runs.have)).unwrap_or_default(),
        needed: mean(&|o| o.runs.needed),
        for_chance: mean(&|o| Some(o.runs.for_chance)).unwrap_or_default(),
    };
    Some(if runs.decide() { Score::Measured(figures) } else { Score::InsufficientData(runs) })
}

/// Trains on the weeks before a period of four weeks and scores the period, again and again until the weeks end.
/// A period's runs are never in what it was forecast from. The result has the order of the histories.
pub fn back_test(histories: &[History], train: usize, settings: &Settings) -> Vec<Vec<Outcome>> {
    const PERIOD: usize = 4;
    let mut outcomes = vec![Vec::new(); histories.len()];
    let longest = histories.iter().map(|history| history.weeks.len()).max().unwrap_or_default();
    // The last period ends with the last week.
    let mut cut = train + (longest.saturating_sub(train)) % PERIOD;
    while cut + PERIOD <= longest {
        let trained: Vec<History> = histories.iter().map(|history| history.until(cut)).collect();
        let forecasts = forecast(&trained, usize_f64(PERIOD), settings);
        for ((forecast, history), outcomes) in forecasts.iter().zip(histories).zip(&mut outcomes) {
            let Some(forecast) = forecast else { continue };
            let weeks = history.weeks.iter().skip(cut).take(PERIOD);
            let (cost, runs) =
                weeks.fold((0.0, 0.0), |(cost, runs), week| (cost + week.cost, runs + week.runs));
            outcomes.push(Outcome {
                expected: forecast.expected,
                p10: forecast.p10,
                p90: forecast.p90,
                actual: cost,
                runs: Runs::of(forecast, runs),
            });
        }
        cut += PERIOD;
    }
    outcomes
}
