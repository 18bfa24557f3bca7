//! How similar two texts are, by a stated measure.

use super::assertion::Measure;
use rust_decimal::Decimal;
use std::collections::HashMap;

/// Longer texts are compared by their beginnings, in characters: edits take the product of both lengths.
const MAX_EDIT_CHARS: usize = 20_000;

/// From 0 (nothing in common) to 1 (the same), rounded to four digits.
pub(super) fn similarity(measure: Measure, one: &str, other: &str) -> Decimal {
    let found = match measure {
        Measure::WordF1 => word_f1(one, other),
        Measure::Levenshtein => {
            let cut = |text: &str| text.trim().chars().take(MAX_EDIT_CHARS).collect::<String>();
            strsim::normalized_levenshtein(&cut(one), &cut(other))
        }
    };
    Decimal::try_from(found).unwrap_or_default().round_dp(4).normalize()
}

fn word_f1(one: &str, other: &str) -> f64 {
    let (one, other) = (words(one), words(other));
    let count = |words: &HashMap<String, usize>| words.values().sum::<usize>();
    let (mine, theirs) = (count(&one), count(&other));
    if mine + theirs == 0 {
        return 1.0;
    }
    let shared: usize =
        one.iter().map(|(word, count)| (*count).min(other.get(word).copied().unwrap_or(0))).sum();
    #[expect(clippy::cast_precision_loss, reason = "numbers of words")]
    let ratio = 2.0 * shared as f64 / (mine + theirs) as f64;
    ratio
}

fn words(text: &str) -> HashMap<String, usize> {
    let mut found = HashMap::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        *found.entry(word.to_lowercase()).or_insert(0) += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_pairs() {
        let of = |measure, one: &str, other: &str| similarity(measure, one, other).to_string();
        // Three words in common, of four and five.
        assert_eq!(of(Measure::WordF1, "the cat sat down", "The cat, it sat: there"), "0.6667");
        assert_eq!(of(Measure::Levenshtein, "kitten", "sitting"), "0.5714");
        assert_eq!(of(Measure::WordF1, "", ""), "1");
        assert_eq!(of(Measure::WordF1, "a", ""), "0");
    }

    proptest! {
        #[test]
        fn symmetric_and_between_zero_and_one(one in "\\PC{0,60}", other in "\\PC{0,60}") {
            for measure in [Measure::WordF1, Measure::Levenshtein] {
                let found = similarity(measure, &one, &other);
                prop_assert_eq!(found, similarity(measure, &other, &one));
                prop_assert!(found >= Decimal::ZERO && found <= Decimal::ONE);
                prop_assert_eq!(similarity(measure, &one, &one), Decimal::ONE);
            }
        }
    }
}
