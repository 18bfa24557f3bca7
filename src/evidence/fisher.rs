//! Whether one count differs from another: Fisher's exact test, and Holm's correction when there are many cases.
//!
//! Without the correction, twenty cases that did not change give one false alarm on average at a doubt of 5 %.

use super::{Count, MAX_TRIALS};
use statrs::function::factorial::ln_binomial;

/// The two sides of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The second count has a lower rate than the first.
    Lower,
    /// The second count has a higher rate than the first.
    Higher,
    /// The rates differ, either way.
    Either,
}

/// What a comparison says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Change {
    /// It passes less often than before.
    Regression,
    /// It passes more often than before.
    Improvement,
    /// Nothing is shown, although a difference that is large enough would have been.
    NoEvidence,
    /// Not even a change from always to never would have shown at these sizes.
    InsufficientData {
        /// Trials on each side with which it would; `None` when that is beyond what can be counted.
        repeats: Option<u32>,
    },
}

/// One case, compared.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Comparison {
    /// Before.
    pub before: Count,
    /// After.
    pub after: Count,
    /// The probability of a difference as large as this one without a cause.
    pub p: f64,
    /// The same, corrected for the number of cases.
    pub adjusted: f64,
    /// What follows.
    pub change: Change,
}

/// The probability of a difference at least as large, if both counts had one rate. 1 when a side has no trials.
pub fn p_value(before: Count, after: Count, side: Side) -> f64 {
    let (passed, of) = (before.passed() + after.passed(), before.of() + after.of());
    if before.of() == 0 || after.of() == 0 {
        return 1.0;
    }
    let all = ln_binomial(u64::from(of), u64::from(after.of()));
    // The chance that `here` of the passes fall on the second side.
    let chance = |here: u32| {
        let ways = ln_binomial(u64::from(passed), u64::from(here))
            + ln_binomial(u64::from(of - passed), u64::from(after.of() - here));
        (ways - all).exp()
    };
    let (first, last) = (passed.saturating_sub(before.of()), passed.min(after.of()));
    let seen = chance(after.passed());
    // Equal chances differ in their last digits; R allows the same.
    let counts = |here: u32| match side {
        Side::Lower => here <= after.passed(),
        Side::Higher => here >= after.passed(),
        Side::Either => chance(here) <= seen * (1.0 + 1e-7),
    };
    (first..=last).filter(|here| counts(*here)).map(chance).sum::<f64>().min(1.0)
}

/// Probabilities corrected for their number, after Holm (1979), in the order given.
pub fn holm(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = values.iter().copied().enumerate().collect();
    order.sort_by(|one, other| one.1.total_cmp(&other.1));
    let mut found = vec![1.0; values.len()];
    let mut highest = 0.0_f64;
    for (rank, (place, value)) in order.into_iter().enumerate() {
        highest = highest.max(times(values.len() - rank, value));
        if let Some(slot) = found.get_mut(place) {
            *slot = highest;
        }
    }
    found
}

fn times(count: usize, value: f64) -> f64 {
    (value * f64::from(u32::try_from(count).unwrap_or(u32::MAX))).min(1.0)
}

/// Compares every case before with the same case after. `alpha` is the doubt that is allowed for all of them together.
pub fn compare(pairs: &[(Count, Count)], alpha: f64) -> Vec<Comparison> {
    let values: Vec<f64> =
        pairs.iter().map(|(before, after)| p_value(*before, *after, Side::Either)).collect();
    let adjusted = holm(&values);
    let ladder = Ladder::new(&values);
    pairs
        .iter()
        .zip(values.iter().zip(&adjusted))
        .map(|((before, after), (p, adjusted))| {
            let change = if *adjusted <= alpha {
                if after.rate() < before.rate() { Change::Regression } else { Change::Improvement }
            } else if ladder.with(*p, most_extreme(before.of(), after.of())) <= alpha {
                Change::NoEvidence
            } else {
                Change::InsufficientData { repeats: repeats(|best| ladder.with(*p, best) <= alpha) }
            };
            Comparison { before: *before, after: *after, p: *p, adjusted: *adjusted, change }
        })
        .collect()
}

/// The smallest probability that two counts of these sizes can have: all of one, none of the other.
fn most_extreme(before: u32, after: u32) -> f64 {
    match (Count::new(before, before), Count::new(0, after)) {
        (Some(all), Some(none)) => p_value(all, none, Side::Either),
        _ => 1.0,
    }
}

/// The fewest trials on each side with which a change from always to never shows.
fn repeats(shows: impl Fn(f64) -> bool) -> Option<u32> {
    // The chance halves with every trial and more, so a few dozen are enough for any number of cases.
    (1..=MAX_TRIALS.min(2_000)).find(|of| shows(most_extreme(*of, *of)))
}

/// The probabilities of all cases in order, to ask what one of them would become if it were another.
struct Ladder {
    sorted: Vec<f64>,
}

impl Ladder {
    fn new(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        Self { sorted }
    }

    /// What Holm makes of `best` in place of `own`, the other cases as they are.
    fn with(&self, own: f64, best: f64) -> f64 {
        let count = self.sorted.len();
        let below = self.sorted.partition_point(|value| *value < best);
        // `own` is not among those before it, unless it is smaller than `best` itself.
        let own_at = self.sorted.partition_point(|value| *value < own);
        let mut highest = 0.0_f64;
        let mut rank = 0;
        for (place, value) in self.sorted.iter().take(below).enumerate() {
            if place != own_at {
                highest = highest.max(times(count - rank, *value));
                rank += 1;
            }
        }
        highest.max(times(count - rank, best))
    }
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
    fn published_values() {
        // The lady tasting tea: 3 of 4 against 1 of 4 (Fisher 1935): 17/70 one-sided, 34/70 two-sided.
        near(p_value(count(3, 4), count(1, 4), Side::Lower), 17.0 / 70.0, 1e-12);
        near(p_value(count(3, 4), count(1, 4), Side::Either), 34.0 / 70.0, 1e-12);
        // Fisher's twins (`?fisher.test` in R): 2 of 17 against 10 of 13, one-sided 0.0004652, two-sided 0.0005367.
        near(p_value(count(2, 17), count(10, 13), Side::Higher), 0.000_465_2, 5e-8);
        near(p_value(count(2, 17), count(10, 13), Side::Either), 0.000_536_7, 5e-8);
        // Holm's procedure on a textbook list.
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (found, wanted) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            near(*found, wanted, 1e-12);
        }
    }

    fn changes(pairs: &[(Count, Count)]) -> Vec<Change> {
        compare(pairs, 0.05).iter().map(|found| found.change).collect()
    }

    #[test]
    fn says_what_is_shown_and_what_cannot_be() {
        assert_eq!(changes(&[(count(20, 20), count(10, 20))]), [Change::Regression]);
        assert_eq!(changes(&[(count(2, 20), count(18, 20))]), [Change::Improvement]);
        assert_eq!(changes(&[(count(18, 20), count(16, 20))]), [Change::NoEvidence]);
        // 3 against 3: the most extreme outcome has a chance of 1 in 10; 4 against 4 has 1 in 35.
        assert_eq!(changes(&[(count(3, 3), count(0, 3))]), [Change::InsufficientData { repeats: Some(4) }]);
        assert_eq!(changes(&[(count(4, 4), count(0, 4))]), [Change::Regression]);
        assert_eq!(changes(&[(count(0, 0), count(5, 5))]), [Change::InsufficientData { repeats: Some(4) }]);
        assert_eq!(compare(&[], 0.05), []);
    }

    #[test]
    fn many_cases_need_more_trials() {
        let same = (count(4, 4), count(4, 4));
        let mut pairs = vec![same; 20];
        pairs[7] = (count(4, 4), count(0, 4));
        let found = compare(&pairs, 0.05);
        near(found[7].p, 2.0 / 70.0, 1e-12);
        near(found[7].adjusted, 40.0 / 70.0, 1e-12);
        // 20 cases: 2/C(2n,n) <= 0.05/20 needs 6 on each side (2/924); 5 give 2/252.
        assert!(found.iter().all(|one| one.change == Change::InsufficientData { repeats: Some(6) }));
        // The same change shows at that size.
        let mut pairs = vec![(count(6, 6), count(6, 6)); 20];
        pairs[7] = (count(6, 6), count(0, 6));
        assert_eq!(changes(&pairs)[7], Change::Regression);
        assert_eq!(changes(&pairs)[8], Change::NoEvidence);
    }

    #[test]
    fn a_case_is_not_called_too_small_when_the_others_have_paid() {
        // Holm lets the second step have the whole doubt once the first case has shown.
        let pairs = [(count(20, 20), count(0, 20)), (count(4, 4), count(0, 4))];
        assert_eq!(changes(&pairs), [Change::Regression, Change::Regression]);
        let pairs = [(count(20, 20), count(0, 20)), (count(4, 4), count(2, 4))];
        assert_eq!(changes(&pairs), [Change::Regression, Change::NoEvidence]);
    }

    /// Every way to choose which of the trials are on the second side, one by one.
    fn enumerated(before: Count, after: Count) -> Vec<f64> {
        let of = before.of() + after.of();
        let passed = before.passed() + after.passed();
        let mut ways = vec![0_u32; after.of() as usize + 1];
        for chosen in 0_u32..1 << of {
            if chosen.count_ones() == after.of() {
                ways[(chosen & ((1 << passed) - 1)).count_ones() as usize] += 1;
            }
        }
        let all = f64::from(ways.iter().sum::<u32>());
        ways.iter().map(|ways| f64::from(*ways) / all).collect()
    }

    fn a_count(most: u32) -> impl Strategy<Value = Count> {
        (0..=most, 0..=most).prop_map(|(one, other)| count(one.min(other), one.max(other)))
    }

    proptest! {
        #[test]
        fn probabilities_are_those_of_enumeration(before in a_count(7), after in a_count(7)) {
            prop_assume!(before.of() > 0 && after.of() > 0);
            let chances = enumerated(before, after);
            let here = after.passed() as usize;
            near(p_value(before, after, Side::Lower), chances[..=here].iter().sum(), 1e-9);
            near(p_value(before, after, Side::Higher), chances[here..].iter().sum(), 1e-9);
            let as_rare: f64 = chances.iter().filter(|chance| **chance <= chances[here] * (1.0 + 1e-7)).sum();
            near(p_value(before, after, Side::Either), as_rare, 1e-9);
        }

        #[test]
        fn it_does_not_matter_which_side_is_called_first(before in a_count(40), after in a_count(40)) {
            let there = p_value(before, after, Side::Either);
            near(there, p_value(after, before, Side::Either), 1e-9);
            near(p_value(before, after, Side::Lower), p_value(after, before, Side::Higher), 1e-9);
            // Nor whether passes or misses are counted.
            let turned = |found: Count| count(found.missed(), found.of());
            near(there, p_value(turned(before), turned(after), Side::Either), 1e-9);
            prop_assert!(there > 0.0 && there <= 1.0);
        }

        #[test]
        fn the_correction_raises_and_keeps_the_order(values in proptest::collection::vec(0.0..1.0_f64, 0..30)) {
            let found = holm(&values);
            for (one, value) in found.iter().zip(&values) {
                prop_assert!(one >= value && *one <= 1.0);
            }
            for (one, value) in found.iter().zip(&values) {
                for (other, higher) in found.iter().zip(&values) {
                    prop_assert!(value > higher || one <= other);
                }
            }
            // Never harsher than Bonferroni.
            for (one, value) in found.iter().zip(&values) {
                prop_assert!(*one <= times(values.len(), *value) || *one <= found.iter().fold(0.0, |most: f64, x| most.max(*x)));
            }
        }

        #[test]
        fn the_ladder_is_holm(values in proptest::collection::vec(0.0..0.3_f64, 1..12), place in 0_usize..12, best in 0.0..0.3_f64) {
            let place = place % values.len();
            let mut changed = values.clone();
            changed[place] = best;
            near(Ladder::new(&values).with(values[place], best), holm(&changed)[place], 1e-12);
        }

        #[test]
        fn the_repeats_named_would_decide(pairs in proptest::collection::vec((a_count(6), a_count(6)), 1..12)) {
            for (place, found) in compare(&pairs, 0.05).iter().enumerate() {
                if let Change::InsufficientData { repeats: Some(repeats) } = found.change {
                    let mut more = pairs.clone();
                    more[place] = (count(repeats, repeats), count(0, repeats));
                    prop_assert_eq!(changes(&more)[place], Change::Regression);
                    more[place] = (count(repeats - 1, repeats - 1), count(0, repeats - 1));
                    prop_assert_ne!(changes(&more)[place], Change::Regression);
                }
            }
        }
    }
}
