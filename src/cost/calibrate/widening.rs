//! How much wider an interval has to be than theory says: forecasts of weeks that are already known, scored.

use super::forecast::{History, Settings, unwidened, usize_f64};

/// Forecasts are made from so many weeks on.
const FIRST: usize = 6;
/// So many weeks are forecast; fewer when there are not so many.
const AHEAD: usize = 4;
/// A factor of 1 counts like so many forecasts.
const PRIOR: f64 = 12.0;

/// The factor, fitted on all workflows together: the 80 % quantile of the errors in units of what theory says.
pub(super) fn fit(histories: &[History], settings: &Settings) -> f64 {
    let longest = histories.iter().map(|history| history.weeks.len()).max().unwrap_or_default();
    let ahead = AHEAD.min(longest.saturating_sub(FIRST));
    if ahead == 0 {
        return 1.0;
    }
    let mut scores = Vec::new();
    let mut independent = 0.0;
    for cut in FIRST..=longest - ahead {
        let trained: Vec<History> = histories.iter().map(|history| history.until(cut)).collect();
        for (forecast, history) in unwidened(&trained, usize_f64(ahead), settings).iter().zip(histories) {
            let Some(forecast) = forecast else { continue };
            // What a change of the configuration does is not what intervals are about.
            if history.changed.is_some_and(|changed| changed > cut && changed < cut + ahead) {
                continue;
            }
            let actual: f64 = history.weeks.iter().skip(cut).take(ahead).map(|week| week.cost).sum();
            if actual > 0.0 && forecast.sd > 0.0 {
                let error = (actual / forecast.expected).ln() - forecast.shift;
                scores.push((error / forecast.sd).abs());
                // Forecasts of overlapping weeks repeat each other.
                independent += 1.0 / usize_f64(ahead);
            }
        }
    }
    scores.sort_by(f64::total_cmp);
    let place = (scores.len() + 1) * 4 / 5;
    let Some(quantile) = scores.get(place.saturating_sub(1)) else { return 1.0 };
    let factor = (quantile / super::super::assumed::Z90).clamp(0.5, 3.0);
    (factor.ln() * independent / (independent + PRIOR)).exp()
}
