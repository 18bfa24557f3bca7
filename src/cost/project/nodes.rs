//! A log-normal quantity as a list of whole numbers with weights.
//!
//! The distribution is cut into 10,000 slices of equal probability, each represented by its middle. The last
//! slice, where the square of a heavy-tailed quantity lives, is halved twelve times more. Sums over the list are
//! expectations without sampling noise, and drawing a slice is one draw of a stratified simulation.

use crate::cost::assumed::Spread;
use statrs::distribution::{ContinuousCDF as _, Normal};

/// Slices of equal probability, and runs of a simulation.
pub const SLICES: usize = 10_000;
/// How often the last slice is halved.
const HALVINGS: u32 = 12;
/// The weight of a whole slice.
const SLICE_WEIGHT: u64 = 1 << HALVINGS;
/// The weights of all numbers together.
pub const TOTAL_WEIGHT: u64 = SLICES as u64 * SLICE_WEIGHT;
/// Runs with more turns than this are counted as having this many; nobody pays for a hundred thousand calls
/// unnoticed, and hostile figures must not take hours.
pub const MAX_TURNS: u32 = 100_000;

/// Whole numbers from 1 up, with weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nodes {
    /// Different numbers, rising, each with its weight.
    pub values: Vec<(u32, u64)>,
    /// For each slice the index of its number in `values`. The last slice stands for the middle of its halves.
    pub slices: Vec<u32>,
}

/// The quantile of the standard normal distribution.
pub fn normal_quantile(probability: f64) -> f64 {
    Normal::standard().inverse_cdf(probability)
}

impl Nodes {
    /// The turns of a spread.
    pub fn new(spread: Spread) -> Self {
        let (mu, sigma) = spread.parameters();
        let number = |probability: f64| -> u32 {
            let turns =
                if sigma > 0.0 { (mu + sigma * normal_quantile(probability)).exp() } else { mu.exp() };
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
            let whole = turns.round().clamp(1.0, f64::from(MAX_TURNS)) as u32;
            whole
        };
        if spread.is_constant() {
            return Self { values: vec![(number(0.5), TOTAL_WEIGHT)], slices: vec![0; SLICES] };
        }
        let mut nodes = Self { values: Vec::new(), slices: Vec::with_capacity(SLICES) };
        #[expect(clippy::cast_precision_loss, reason = "ten thousand slices")]
        let width = 1.0 / SLICES as f64;
        for slice in 0..SLICES {
            #[expect(clippy::cast_precision_loss, reason = "ten thousand slices")]
            let from = slice as f64 * width;
            if slice + 1 < SLICES {
                let index = nodes.add(number(from + width / 2.0), SLICE_WEIGHT);
                nodes.slices.push(index);
                continue;
            }
            let mut left = width;
            for halving in 1..=HALVINGS {
                left /= 2.0;
                nodes.add(number(1.0 - left - left / 2.0), SLICE_WEIGHT >> halving);
            }
            nodes.add(number(1.0 - left / 2.0), 1);
            // Its number may stand before those of its halves; nothing after it is referred to.
            let middle = nodes.add(number(from + width / 2.0), 0);
            nodes.slices.push(middle);
        }
        nodes
    }

    /// Adds weight to a number that is not smaller than the ones before, and says where it stands.
    fn add(&mut self, value: u32, weight: u64) -> u32 {
        if let Some(at) = self.values.iter().rposition(|(known, _)| *known == value) {
            if let Some(entry) = self.values.get_mut(at) {
                entry.1 += weight;
            }
            return u32::try_from(at).unwrap_or(u32::MAX);
        }
        let at = self.values.partition_point(|(known, _)| *known < value);
        self.values.insert(at, (value, weight));
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    /// The mean of a function of the number, exactly: the weighted sum, to be divided by [`TOTAL_WEIGHT`].
    pub fn weighted_sum(&self, mut of: impl FnMut(u32) -> i128) -> i128 {
        self.values.iter().map(|(value, weight)| of(*value) * i128::from(*weight)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::Decimal;

    fn spread(p50: i64, p90: i64) -> Spread {
        Spread { p50: Decimal::from(p50), p90: Decimal::from(p90) }
    }

    #[test]
    fn weights_are_those_of_the_whole_distribution() {
        for pair in [(12, 40), (1, 3), (5, 5), (200, 900)] {
            let nodes = Nodes::new(spread(pair.0, pair.1));
            assert_eq!(nodes.weighted_sum(|_| 1), i128::from(TOTAL_WEIGHT), "{pair:?}");
            assert_eq!(nodes.slices.len(), SLICES);
            assert!(nodes.values.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "a comparison within one per cent")]
    fn moments_agree_with_the_closed_form() {
        for (p50, p90) in [(12, 40), (30, 60), (100, 500)] {
            let spread = spread(p50, p90);
            let nodes = Nodes::new(spread);
            let moment = |power: u32| {
                nodes.weighted_sum(|turns| i128::from(turns).pow(power)) as f64 / TOTAL_WEIGHT as f64
            };
            let apart = |a: f64, b: f64| (a / b - 1.0).abs();
            assert!(apart(moment(1), spread.mean()) < 0.005, "{} {}", moment(1), spread.mean());
            assert!(apart(moment(2), spread.mean_square()) < 0.01, "{} {}", moment(2), spread.mean_square());
        }
    }
}
