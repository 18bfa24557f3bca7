//! What `k` passes of `n` trials show about the rate behind them: exact bounds after Clopper and Pearson (1934).
//!
//! Nothing is approximated by a normal distribution: with twenty trials and no miss that would claim certainty.

use super::{Count, MAX_TRIALS};
use statrs::function::beta::checked_beta_reg;

/// A rate that has to be shown, and how sure one has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    rate: f64,
    confidence: f64,
}

impl Default for Bar {
    /// At least 90 % at 95 % confidence.
    fn default() -> Self {
        Self { rate: 0.9, confidence: 0.95 }
    }
}

/// What trials say about a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Verdict {
    /// The rate is at least that of the bar.
    Shown,
    /// The rate is below that of the bar.
    Refuted,
    /// Neither is shown.
    NotShown {
        /// Trials more that would show it if every one of them passed; `None` when that is beyond what can be counted.
        more: Option<u32>,
    },
}

impl Bar {
    /// A bar; `None` unless both lie strictly between 0 and 1.
    pub fn new(rate: f64, confidence: f64) -> Option<Self> {
        let inside = |value: f64| value > 0.0 && value < 1.0;
        (inside(rate) && inside(confidence)).then_some(Self { rate, confidence })
    }

    /// The rate.
    pub const fn rate(self) -> f64 {
        self.rate
    }

    /// The confidence.
    pub const fn confidence(self) -> f64 {
        self.confidence
    }

    /// What a count says about this bar. Both answers are one-sided at the bar's confidence.
    pub fn judge(self, count: Count) -> Verdict {
        let allowed = 1.0 - self.confidence;
        if at_least(count, self.rate) <= allowed {
            Verdict::Shown
        } else if at_most(count, self.rate) <= allowed {
            Verdict::Refuted
        } else {
            let all = needed(self.rate, self.confidence, count.missed());
            Verdict::NotShown { more: all.map(|all| all.saturating_sub(count.of())) }
        }
    }
}

/// The highest rate that is still too low to have given this many passes: the rate is above it with this confidence.
pub fn lower(count: Count, confidence: f64) -> f64 {
    if count.passed() == 0 {
        return 0.0;
    }
    solve(|rate| at_least(count, rate) <= 1.0 - confidence)
}

/// The rate is below this with this confidence.
pub fn upper(count: Count, confidence: f64) -> f64 {
    if count.missed() == 0 {
        return 1.0;
    }
    solve(|rate| at_most(count, rate) > 1.0 - confidence)
}

/// The rate is between these with this confidence, half of the doubt on either side.
pub fn interval(count: Count, confidence: f64) -> (f64, f64) {
    let one_sided = confidence.midpoint(1.0);
    (lower(count, one_sided), upper(count, one_sided))
}

/// How many trials there have to be for all but `misses` of them to show a rate; `None` beyond [`MAX_TRIALS`].
pub fn needed(rate: f64, confidence: f64, misses: u32) -> Option<u32> {
    let bar = Bar::new(rate, confidence)?;
    let shows = |of: u32| {
        let count = of.checked_sub(misses).and_then(|passed| Count::new(passed, of));
        count.is_some_and(|count| at_least(count, bar.rate) <= 1.0 - bar.confidence)
    };
    let (mut low, mut high) = (misses, MAX_TRIALS);
    if !shows(high) {
        return None;
    }
    // More trials with the same misses show more, so halving finds the first that is enough.
    while high - low > 1 {
        let middle = u32::midpoint(low, high);
        if shows(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}

/// The probability of this many passes or more, at a rate.
pub fn at_least(count: Count, rate: f64) -> f64 {
    if count.passed() == 0 {
        return 1.0;
    }
    tail(f64::from(count.passed()), f64::from(count.missed()) + 1.0, rate)
}

/// The probability of this many passes or fewer, at a rate.
pub fn at_most(count: Count, rate: f64) -> f64 {
    if count.missed() == 0 {
        return 1.0;
    }
    tail(f64::from(count.missed()), f64::from(count.passed()) + 1.0, 1.0 - rate)
}

/// The binomial tail as an incomplete beta function.
fn tail(a: f64, b: f64, rate: f64) -> f64 {
    if rate >= 1.0 {
        return 1.0;
    }
    // Arguments outside its domain cannot come up here; 1 would be the answer that shows nothing.
    checked_beta_reg(a, b, rate.max(0.0)).unwrap_or(1.0)
}

/// The rate at which a test that holds for small rates stops holding.
fn solve(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    // Sixty halvings leave less than the last digit of a double.
    for _ in 0..60 {
        let middle = low.midpoint(high);
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low.midpoint(high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn count(passed: u32, of: u32) -> Count {
        Count::new(passed, of).expect("a count")
    }

    fn near(one: f64, other: f64, within: f64) {
        assert!((one - other).abs() <= within, "{one} is not {other}");
    }

    #[test]
    fn the_default_bar_takes_29_trials_and_46_with_a_miss() {
        assert_eq!((needed(0.9, 0.95, 0), needed(0.9, 0.95, 1)), (Some(29), Some(46)));
        let bar = Bar::default();
        assert_eq!(bar.judge(count(29, 29)), Verdict::Shown);
        assert_eq!(bar.judge(count(28, 28)), Verdict::NotShown { more: Some(1) });
        assert_eq!(bar.judge(count(20, 20)), Verdict::NotShown { more: Some(9) });
        assert_eq!(bar.judge(count(28, 29)), Verdict::NotShown { more: Some(17) });
        assert_eq!(bar.judge(count(45, 46)), Verdict::Shown);
        assert_eq!(bar.judge(count(3, 10)), Verdict::Refuted);
        assert_eq!(bar.judge(count(0, 0)), Verdict::NotShown { more: Some(29) });
        // One miss of one trial happens in one of ten runs at the bar itself.
        assert!(matches!(bar.judge(count(0, 1)), Verdict::NotShown { .. }));
        assert_eq!(bar.judge(count(0, 2)), Verdict::Refuted);
    }

    #[test]
    fn published_values() {
        // 20 of 20 shows at least 86 % at 95 %; without a miss the bound is the n-th root of the doubt.
        near(lower(count(20, 20), 0.95), 0.05_f64.powf(1.0 / 20.0), 1e-12);
        // binom.test(7, 20) of R: 0.1539092 to 0.5921885.
        let (low, high) = interval(count(7, 20), 0.95);
        near(low, 0.153_909_2, 5e-8);
        near(high, 0.592_188_5, 5e-8);
        // binom.test(0, 10): 0 to 0.3084971; the rule of three in its exact form.
        near(interval(count(0, 10), 0.95).1, 0.308_497_1, 5e-8);
        // Clopper and Pearson's own example: 10 of 10 at 95 % two-sided is 0.6915 to 1.
        near(interval(count(10, 10), 0.95).0, 0.691_502_9, 5e-8);
        assert_eq!(interval(count(0, 0), 0.95), (0.0, 1.0));
    }

    #[test]
    fn bars_that_make_no_sense_are_refused() {
        for (rate, confidence) in [(0.0, 0.95), (1.0, 0.95), (0.9, 1.0), (0.9, 0.0), (f64::NAN, 0.5)] {
            assert!(Bar::new(rate, confidence).is_none() && needed(rate, confidence, 0).is_none());
        }
        assert_eq!(needed(0.999_9, 0.999, 3), None, "more than can be counted");
        assert_eq!(Count::new(2, 1), None);
        assert_eq!(Count::new(1, MAX_TRIALS + 1), None);
    }

    /// The probability of every number of passes, by multiplying out one trial after the other.
    fn enumerated(of: u32, rate: f64) -> Vec<f64> {
        let mut found = vec![1.0];
        for _ in 0..of {
            let mut next = vec![0.0; found.len() + 1];
            for (passed, chance) in found.iter().enumerate() {
                next[passed] += chance * (1.0 - rate);
                next[passed + 1] += chance * rate;
            }
            found = next;
        }
        found
    }

    #[test]
    fn the_series_holds_up_to_the_largest_count() {
        for (passed, of, rate) in [(8_970, 10_000, 0.9), (9_049, 10_000, 0.9), (40, 10_000, 0.005)] {
            let chances = enumerated(of, rate);
            let wanted: f64 = chances[passed as usize..].iter().sum();
            near(at_least(count(passed, of), rate), wanted, 1e-9);
        }
    }

    proptest! {
        #[test]
        fn tails_are_those_of_enumeration(of in 0_u32..80, share in 0.0..=1.0_f64, rate in 0.01..0.99_f64) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 80")]
            let passed = (f64::from(of) * share) as u32;
            let chances = enumerated(of, rate);
            let (below, above) = chances.split_at(passed as usize);
            near(at_least(count(passed, of), rate), above.iter().sum(), 1e-9);
            near(at_most(count(passed, of), rate), below.iter().sum::<f64>() + above[0], 1e-9);
        }

        #[test]
        fn bounds_hold_the_proportion_and_narrow(passed in 0_u32..200, missed in 0_u32..200, confidence in 0.5..0.999_f64) {
            let found = count(passed, passed + missed);
            let (low, high) = interval(found, confidence);
            let rate = found.rate().unwrap_or(0.5);
            prop_assert!(low <= rate && rate <= high, "{low} {rate} {high}");
            let (wide_low, wide_high) = interval(found, confidence.midpoint(1.0));
            prop_assert!(wide_low <= low + 1e-12 && high <= wide_high + 1e-12);
            // One pass more raises both, one miss more lowers both.
            let (more_low, more_high) = interval(count(passed + 1, passed + 1 + missed), confidence);
            prop_assert!(more_low >= low && more_high >= high);
            // What is true of passes is true of misses, the other way round.
            let (other_low, other_high) = interval(count(missed, passed + missed), confidence);
            near(other_low, 1.0 - high, 1e-9);
            near(other_high, 1.0 - low, 1e-9);
        }

        #[test]
        fn what_is_needed_is_enough_and_one_less_is_not(rate in 0.3..0.97_f64, confidence in 0.6..0.99_f64, misses in 0_u32..6) {
            let bar = Bar::new(rate, confidence).expect("inside");
            let of = needed(rate, confidence, misses).expect("few");
            prop_assert_eq!(bar.judge(count(of - misses, of)), Verdict::Shown);
            if of > misses + 1 {
                prop_assert_ne!(bar.judge(count(of - 1 - misses, of - 1)), Verdict::Shown);
            }
            prop_assert!(lower(count(of - misses, of), confidence) >= rate - 1e-9);
        }

        #[test]
        fn shown_and_refuted_agree_with_the_bounds(passed in 0_u32..60, missed in 0_u32..60, rate in 0.05..0.95_f64) {
            let bar = Bar::new(rate, 0.95).expect("inside");
            let found = count(passed, passed + missed);
            match bar.judge(found) {
                Verdict::Shown => prop_assert!(lower(found, 0.95) >= rate - 1e-9),
                Verdict::Refuted => prop_assert!(upper(found, 0.95) <= rate + 1e-9),
                Verdict::NotShown { more } => {
                    prop_assert!(lower(found, 0.95) < rate + 1e-9 && upper(found, 0.95) > rate - 1e-9);
                    prop_assert!(more.is_some_and(|more| more > 0));
                }
            }
        }
    }
}
