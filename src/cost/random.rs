//! Random numbers that are the same on every machine: `SplitMix64` and what is drawn from it.
//!
//! Simulations state their seed, so nothing here asks the world for one.

use sha2::{Digest as _, Sha256};

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The stream of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A stream that follows from names.
    pub fn named(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        let digest = hash.finalize();
        let mut seed = [0; 8];
        for (to, from) in seed.iter_mut().zip(digest.iter()) {
            *to = *from;
        }
        Self(u64::from_le_bytes(seed))
    }

    /// The next 64 bits.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 up to and without a limit.
    pub fn below(&mut self, limit: u32) -> u32 {
        // The high half of a product: as good as even for limits this small.
        ((u64::from(limit) * (self.next() >> 32)) >> 32) as u32
    }

    /// Between 0 and 1, neither of them.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit exactly")]
    pub const fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0
    }

    /// Normal with mean 0 and variance 1.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Exponential with mean 1.
    pub fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }

    /// Poisson. Exact up to a mean of 30; above it, the normal distribution is nearer than any use here can tell.
    pub fn poisson(&mut self, mean: f64) -> f64 {
        if mean > 30.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0);
        }
        let (limit, mut product, mut count) = ((-mean).exp(), self.uniform(), 0.0);
        while product > limit {
            product *= self.uniform();
            count += 1.0;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_moments_they_should() {
        let mut random = Random::new(7);
        let mut check = |name: &str, mean: f64, variance: f64, draw: &dyn Fn(&mut Random) -> f64| {
            let draws: Vec<f64> = (0..40_000).map(|_| draw(&mut random)).collect();
            let average = draws.iter().sum::<f64>() / 40_000.0;
            let spread = draws.iter().map(|x| (x - average).powi(2)).sum::<f64>() / 40_000.0;
            assert!((average - mean).abs() < 0.03 * (1.0 + mean), "{name}: {average}");
            assert!((spread - variance).abs() < 0.05 * (1.0 + variance), "{name}: {spread}");
        };
        check("uniform", 0.5, 1.0 / 12.0, &Random::uniform);
        check("normal", 0.0, 1.0, &Random::normal);
        check("exponential", 1.0, 1.0, &Random::exponential);
        check("a small Poisson", 3.0, 3.0, &|random| random.poisson(3.0));
        check("a large Poisson", 80.0, 80.0, &|random| random.poisson(80.0));
        assert_eq!(Random::new(1).next(), 0x910A_2DEC_8902_5CC1, "the published first value of SplitMix64");
    }
}
