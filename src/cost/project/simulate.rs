//! Ten thousand runs of a workflow, the same ones every time.
//!
//! Each step draws its turns from slices of equal probability in an order of its own (a Latin hypercube), so that
//! no slice is drawn twice. The order follows from the names of workflow, phase and agent only: base and head draw
//! the same runs, and a step that did not change costs the same in each of them.

use super::nodes::SLICES;
use super::step::Ready;
use crate::cost::random::Random;
use std::sync::LazyLock;

/// The slices in one random order, shuffled once; every other order is a walk through it.
static SHUFFLED: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let mut random = Random::named(&["slices"]);
    let mut order: Vec<u32> = (0..).take(SLICES).collect();
    for at in (1..order.len()).rev() {
        let other = random.below(u32::try_from(at + 1).unwrap_or(u32::MAX)) as usize;
        order.swap(at, other);
    }
    order
});

/// The slices in an order of its own: a walk through the shuffled ones in equal steps from a random place. The length
/// of the step has no divisor in common with their number, so each is visited once. Two walks meet in the same order
/// once in forty million.
pub(super) fn shuffled(random: &mut Random) -> impl Iterator<Item = u32> + use<> {
    let all = SHUFFLED.as_slice();
    let count = u32::try_from(all.len()).unwrap_or(u32::MAX);
    let mut at = random.below(count) as usize;
    let step = loop {
        let step = random.below(count);
        if common_divisor(step, count) == 1 {
            break step as usize;
        }
    };
    (0..all.len()).map(move |_| {
        at += step;
        if at >= all.len() {
            at -= all.len();
        }
        all.get(at).copied().unwrap_or(0)
    })
}

const fn common_divisor(one: u32, other: u32) -> u32 {
    if other == 0 { one } else { common_divisor(other, one % other) }
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
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of ten thousand slices"
    )]
    let comes = (step.probability * SLICES as f64).round() as u32;
    for _ in 0..step.draws {
        let seed = random.next();
        let order = shuffled(&mut Random::new(seed));
        if always {
            samples.iter_mut().zip(order).for_each(|(sample, slice)| *sample += cost_of(slice));
            continue;
        }
        let coming = shuffled(&mut Random::new(!seed));
        for ((sample, slice), rank) in samples.iter_mut().zip(order).zip(coming) {
            if rank < comes {
                *sample += cost_of(slice);
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
    // The middle first: the other two are then looked for in a half each.
    let mut rest = samples.to_vec();
    let at = |tenths: usize| (samples.len() * tenths / 10).min(samples.len() - 1);
    let (below, p50, above) = rest.select_nth_unstable_by(at(5), f64::total_cmp);
    let select = |part: &mut [f64], at: usize| {
        if at < part.len() { *part.select_nth_unstable_by(at, f64::total_cmp).1 } else { *p50 }
    };
    let p10 = select(below, at(1));
    let p90 = if at(9) > at(5) { select(above, at(9) - at(5) - 1) } else { *p50 };
    Summary { mean, variance, p10, p50: *p50, p90 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_one_of_all_slices_and_always_the_same() {
        let order = |names: &[&str]| shuffled(&mut Random::named(names)).collect::<Vec<u32>>();
        let mut first = order(&["a", "b"]);
        assert_eq!(first, order(&["a", "b"]));
        assert_ne!(first, order(&["ab", ""]));
        first.sort_unstable();
        assert!(first.iter().zip(0..).all(|(slice, at)| *slice == at));
    }

    #[test]
    fn orders_know_nothing_of_each_other() {
        // The correlation of two orders of n slices is near normal with a deviation of 1/sqrt(n): a hundredth.
        let orders: Vec<Vec<u32>> = (0..40).map(|seed| shuffled(&mut Random::new(seed)).collect()).collect();
        let middle = (f64::from(u32::try_from(SLICES).unwrap()) - 1.0) / 2.0;
        let product = |one: &[u32], other: &[u32]| -> f64 {
            one.iter().zip(other).map(|(a, b)| (f64::from(*a) - middle) * (f64::from(*b) - middle)).sum()
        };
        let mut squares = 0.0;
        let mut pairs = 0.0;
        for (at, one) in orders.iter().enumerate() {
            for other in &orders[at + 1..] {
                let correlation = product(one, other) / product(one, one);
                assert!(correlation.abs() < 0.05, "{correlation}");
                squares += correlation * correlation;
                pairs += 1.0;
            }
        }
        let deviation: f64 = f64::sqrt(squares / pairs);
        assert!((0.008..0.012).contains(&deviation), "{deviation}");
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
        let of_many = summary(&samples);
        assert_eq!((of_many.p10, of_many.p50, of_many.p90), (100.0, 500.0, 900.0));
        assert!((of_many.mean - 499.5).abs() < 1e-9);
        for few in 1..25_usize {
            let samples: Vec<f64> = (0..few).rev().map(|at| f64::from(u32::try_from(at).unwrap())).collect();
            let found = summary(&samples);
            let at = |tenths: usize| f64::from(u32::try_from((few * tenths / 10).min(few - 1)).unwrap());
            assert_eq!((found.p10, found.p50, found.p90), (at(1), at(5), at(9)), "of {few}");
        }
    }
}
