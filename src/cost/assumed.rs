//! Figures that are assumed, and where each comes from.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A figure and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assumed<T> {
    /// The figure.
    pub value: T,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a figure comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "from")]
pub enum Origin {
    /// Fitted to recorded runs by `weighbridge calibrate`.
    Measured {
        /// How many.
        runs: u64,
    },
    /// Written down by the user.
    Declared {
        /// Where: `weighbridge.yaml:12`, `teams/x/TEAM_SPEC.md:40`.
        place: String,
    },
    /// Ours, since nothing else is known.
    Default {
        /// Its public source, or that it is a choice of ours.
        source: String,
    },
}

impl Origin {
    /// For people: `measured over 120 runs`, `declared in weighbridge.yaml:12`, `default: ...`.
    pub fn words(&self) -> String {
        match self {
            Self::Measured { runs } => format!("measured over {runs} runs"),
            Self::Declared { place } => format!("declared in {place}"),
            Self::Default { source } => format!("default: {source}"),
        }
    }
}

impl<T> Assumed<T> {
    /// Declared at a place.
    pub fn declared(value: T, place: impl Into<String>) -> Self {
        Self { value, origin: Origin::Declared { place: place.into() } }
    }

    /// A default with its source.
    pub fn default(value: T, source: impl Into<String>) -> Self {
        Self { value, origin: Origin::Default { source: source.into() } }
    }
}

/// A quantity that differs from run to run: log-normal with this median and this 90th percentile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Spread {
    /// Half of the runs have less.
    #[schemars(with = "f64")]
    pub p50: Decimal,
    /// Nine runs of ten have less. Equal to the median: always the same.
    #[schemars(with = "f64")]
    pub p90: Decimal,
}

/// The 90th percentile of the standard normal distribution.
pub const Z90: f64 = 1.281_551_565_544_600_4;

impl Spread {
    /// Always the same.
    pub const fn constant(value: Decimal) -> Self {
        Self { p50: value, p90: value }
    }

    /// True when every run has the same.
    pub fn is_constant(self) -> bool {
        self.p50 == self.p90
    }

    /// The parameters of the log-normal distribution: logarithm of the median, standard deviation of the logarithm.
    pub fn parameters(self) -> (f64, f64) {
        use rust_decimal::prelude::ToPrimitive as _;
        let p50 = self.p50.to_f64().unwrap_or(0.0).max(f64::MIN_POSITIVE);
        let p90 = self.p90.to_f64().unwrap_or(0.0).max(p50);
        (p50.ln(), (p90 / p50).ln() / Z90)
    }

    /// `E[X]`. The mean of a log-normal quantity lies above its median.
    pub fn mean(self) -> f64 {
        let (mu, sigma) = self.parameters();
        (mu + sigma * sigma / 2.0).exp()
    }

    /// `E[X^2]`, which is what the cost of re-reading a growing conversation follows.
    pub fn mean_square(self) -> f64 {
        let (mu, sigma) = self.parameters();
        (2.0 * mu + 2.0 * sigma * sigma).exp()
    }
}
