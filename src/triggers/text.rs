//! A text as n-grams of characters and as words, for comparing it with others.

use foldhash::fast::RandomState;
use std::collections::HashMap;

/// Characters of a text that are looked at; prompts and descriptions are shorter.
pub const MAX_CHARS: usize = 4_000;

/// Lengths of n-grams, in characters. A word is padded by a space on either side.
const GRAMS: std::ops::RangeInclusive<usize> = 3..=5;

/// Bits of a character.
const BITS: u32 = 21;

/// Words that say nothing about what is wanted, or that every description has.
const STOP: [&str; 66] = [
    "a", "an", "and", "any", "are", "as", "asks", "at", "be", "by", "can", "could", "do", "does", "even",
    "for", "from", "have", "how", "i", "if", "in", "is", "it", "its", "me", "mentions", "my", "need", "no",
    "not", "of", "on", "or", "our", "please", "should", "skill", "some", "such", "that", "the", "their",
    "them", "these", "they", "this", "to", "trigger", "triggers", "use", "used", "user", "users", "using",
    "want", "wants", "was", "we", "what", "when", "whenever", "which", "with", "you", "your",
];

/// A text, counted. Both lists are in ascending order, so that sums over them do not depend on chance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Every n-gram and how often it occurs; its characters packed into one number, so no two share one.
    pub grams: Vec<(u128, u32)>,
    /// Every word without its ending and how often it occurs.
    pub words: Vec<(String, u32)>,
}

/// Counts a text.
pub fn count(text: &str) -> Counted {
    let mut grams: HashMap<u128, u32, RandomState> = HashMap::default();
    let mut words: HashMap<String, u32, RandomState> = HashMap::default();
    let lower: String = text.chars().take(MAX_CHARS).flat_map(char::to_lowercase).collect();
    let mut padded: Vec<u128> = Vec::new();
    for word in lower.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()) {
        padded.clear();
        padded.extend([' '].into_iter().chain(word.chars()).chain([' ']).map(|c| u128::from(u32::from(c))));
        for length in GRAMS {
            for window in padded.windows(length) {
                let key = window.iter().fold(0_u128, |key, c| (key << BITS) | c);
                *grams.entry(key).or_default() += 1;
            }
        }
        if STOP.binary_search(&word).is_err() {
            *words.entry(stem(word).to_owned()).or_default() += 1;
        }
    }
    let mut counted = Counted { grams: grams.into_iter().collect(), words: words.into_iter().collect() };
    counted.grams.sort_unstable();
    counted.words.sort_unstable();
    counted
}

/// A word without an English ending, as long as three characters are left.
fn stem(word: &str) -> &str {
    for ending in ["ings", "ing", "ies", "ied", "es", "ed", "s"] {
        if let Some(rest) = word.strip_suffix(ending)
            && rest.chars().count() >= 3
        {
            return rest;
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_grams_within_words_and_words_without_endings() {
        let counted = count("Ab, the TESTING tests");
        let words: Vec<&str> = counted.words.iter().map(|(word, _)| word.as_str()).collect();
        assert_eq!(words, ["ab", "test"]);
        assert_eq!(counted.words[1].1, 2);
        // " ab ": " ab", "ab ", " ab "; none reaches into the next word.
        let pack = |text: &str| text.chars().fold(0_u128, |key, c| (key << BITS) | u128::from(u32::from(c)));
        let has = |text: &str| counted.grams.iter().any(|(key, _)| *key == pack(text));
        assert!(has(" ab") && has("ab ") && has(" ab ") && has(" test") && !has("b t"));
    }

    #[test]
    fn the_list_of_stop_words_is_sorted() {
        assert!(STOP.is_sorted());
        assert_eq!(count("the of and").words, []);
    }

    #[test]
    fn other_scripts_and_long_texts_are_read() {
        assert!(!count("设计一个登录页面").grams.is_empty());
        assert_eq!(count(""), Counted::default());
        let long = "x".repeat(MAX_CHARS * 3);
        assert!(count(&long).grams.iter().map(|(_, count)| count).sum::<u32>() < 3 * 4_100);
    }
}
