//! Ten thousand runs of a workflow, the same ones every time.
//!
//! Each step draws its turns from slices of equal probability in an order of its own (a Latin hypercube), so that
//! no slice is drawn twice. The order follows from the names of workflow, phase and agent only: base and head draw
//! the same runs, and a step that did not change costs the same in each of them.

use super::nodes::SLICES;
use super::step::Ready;
use crate::cost::random::Random;

/// The slices in a random order.
pub(super) fn shuffled(random: &mut Random) -> Vec<u32> {
    let mut order: Vec<u32> = (0..).take(SLICES).collect();
    for at in (1..order.len()).rev() {
        let other = random.below(u32::try_from(at + 1).unwrap_or(u32::MAX)) as usize;
        order.swap(at, other);
    }
    order
}

/// The cost of each simulated run, in dollars.
pub type Samples = Vec<f64>;

/// Adds what a step costs in each run.
pub fn add(samples: &mut Samples, step: &Ready, names: &[&str]) {
    samples.resize(SLICES, 0.0);
    let costs = step.run.costs(&step.nodes);
    let cost_of = |slice: u32| {
        let node = step.nodes.slices.get(slice as usize).copied().unwrap_or(0);
        costs.get(node as usize).copied().unwrap_or(0.0) * step.draw_factor
    };
    let always = step.probability >= 1.0;
    let constant = step.nodes.values.len() == 1;
    if constant && always {
        // Every run is the same.
        let each = cost_of(0) * f64::from(step.draws);
        for sample in samples {
            *sample += each;
        }
        return;
    }
    let mut random = Random::named(names);
    for _ in 0..step.draws {
        let seed = random.next();
        let order = if constant { vec![0; SLICES] } else { shuffled(&mut Random::new(seed)) };
        let coming = if always { Vec::new() } else { shuffled(&mut Random::new(!seed)) };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share of ten thousand slices"
        )]
        let comes = (step.probability * SLICES as f64).round() as u32;
        for (run, (sample, slice)) in samples.iter_mut().zip(&order).enumerate() {
            if always || coming.get(run).is_some_and(|rank| *rank < comes) {
                *sample += cost_of(*slice);
            }
        }
    }
}

/// Mean, variance and quantiles of samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summary {
    /// The mean.
    pub mean: f64,
    /// The variance.
    pub variance: f64,
    /// One run of ten costs less.
    pub p10: f64,
    /// Half of the runs cost less.
    pub p50: f64,
    /// Nine runs of ten cost less.
    pub p90: f64,
}

impl Summary {
    /// Independent quantities together: variances add up, quantiles do not, and a sum of several is near normal.
    pub fn together(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut parts = parts.into_iter();
        let first = parts.next().unwrap_or_default();
        let Some(second) = parts.next() else { return first };
        let rest = parts.fold((first.mean + second.mean, first.variance + second.variance), |sum, part| {
            (sum.0 + part.mean, sum.1 + part.variance)
        });
        let (mean, variance) = rest;
        let reach = crate::cost::assumed::Z90 * variance.sqrt();
        Self { mean, variance, p10: mean - reach, p50: mean, p90: mean + reach }
    }
}

/// Sums samples up.
pub fn summary(samples: &[f64]) -> Summary {
    if samples.is_empty() {
        return Summary::default();
    }
    #[expect(clippy::cast_precision_loss, reason = "ten thousand samples")]
    let count = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / count;
    let variance = samples.iter().map(|sample| (sample - mean).powi(2)).sum::<f64>() / count;
    let mut rest = samples.to_vec();
    let mut quantile = |tenths: usize| {
        let at = (rest.len() * tenths / 10).min(rest.len() - 1);
        *rest.select_nth_unstable_by(at, f64::total_cmp).1
    };
    Summary { mean, variance, p10: quantile(1), p50: quantile(5), p90: quantile(9) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_one_of_all_slices_and_always_the_same() {
        let order = |names: &[&str]| shuffled(&mut Random::named(names));
        let mut first = order(&["a", "b"]);
        assert_eq!(first, order(&["a", "b"]));
        assert_ne!(first, order(&["ab", ""]));
        first.sort_unstable();
        assert!(first.iter().zip(0..).all(|(slice, at)| *slice == at));
    }

    #[test]
    fn a_month_of_fixed_length_needs_no_drawing() {
        use crate::cost::assumed::Spread;
        use crate::cost::project::{month, months};
        use rust_decimal::Decimal;
        let runs = Spread::constant(Decimal::from(400));
        // The last one has months on the other side of zero: those are drawn, and cut off.
        for (mean, variance) in [(0.5, 0.1), (-0.5, 0.2), (0.0, 0.0), (0.01, 40.0)] {
            let names = ["support"];
            let (drawn, short) =
                (summary(&months(runs, mean, variance, &names)), month(runs, mean, variance, &names));
            for (one, other) in [
                (drawn.mean, short.mean),
                (drawn.variance, short.variance),
                (drawn.p10, short.p10),
                (drawn.p50, short.p50),
                (drawn.p90, short.p90),
            ] {
                assert!((one - other).abs() <= 1e-9 * one.abs().max(1.0), "{mean}: {one} is not {other}");
            }
        }
    }

    #[test]
    fn quantiles_of_a_known_list() {
        let samples: Vec<f64> = (0..1000).map(f64::from).collect();
        let summary = summary(&samples);
        assert_eq!((summary.p10, summary.p50, summary.p90), (100.0, 500.0, 900.0));
        assert!((summary.mean - 499.5).abs() < 1e-9);
    }
}
