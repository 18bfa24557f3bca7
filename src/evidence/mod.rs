//! Evidence: what a number of passes and misses shows, and what it does not.
//!
//! Exact statistics on counts, as functions of values. [`bound`] says what `k` passes of `n` trials show about a
//! rate; [`fisher`] says whether one count differs from another, with the correction that many cases need. Trials
//! that ended in an error are no trials: leave them out of a [`Count`] and report them apart.

pub mod bound;
pub mod fisher;

/// The most trials of one count. Beyond it the series behind the bounds is no longer exact.
pub const MAX_TRIALS: u32 = 10_000;

/// Passes among trials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Count {
    passed: u32,
    of: u32,
}

impl Count {
    /// `passed` of `of` trials; `None` when there are more passes than trials, or more than [`MAX_TRIALS`].
    pub const fn new(passed: u32, of: u32) -> Option<Self> {
        if passed <= of && of <= MAX_TRIALS { Some(Self { passed, of }) } else { None }
    }

    /// Passes.
    pub const fn passed(self) -> u32 {
        self.passed
    }

    /// Trials.
    pub const fn of(self) -> u32 {
        self.of
    }

    /// Trials that did not pass.
    pub const fn missed(self) -> u32 {
        self.of - self.passed
    }

    /// Passes divided by trials; `None` without trials.
    pub fn rate(self) -> Option<f64> {
        (self.of > 0).then(|| f64::from(self.passed) / f64::from(self.of))
    }
}
