//! An index over texts: how similar is a prompt to each of them, by n-grams of characters and by words.
//!
//! The first measure is the cosine of TF-IDF vectors over n-grams of three to five characters, the second BM25 over
//! words. Postings make a prompt cost what it shares with the catalogue, not the size of the catalogue.

use super::text::{Counted, count};
use foldhash::fast::RandomState;
use std::collections::HashMap;

/// How fast a repeated word stops to matter, as in the literature.
const K1: f64 = 1.2;
/// How much the length of a text matters, as in the literature.
const B: f64 = 0.75;

/// How similar a prompt is to one text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Similarity {
    /// By n-grams of characters: 0 to 1.
    pub grams: f64,
    /// By words, as a share of what the words of the prompt could give: 0 to about 2.
    pub words: f64,
}

struct Posting<V> {
    weight: f64,
    texts: Vec<(u32, V)>,
}

/// Texts that can be searched.
pub struct Index {
    texts: usize,
    grams: HashMap<u128, Posting<f64>, RandomState>,
    words: HashMap<String, Posting<f64>, RandomState>,
}

fn as_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The weight of an n-gram that is in `with` of `all` texts. Never 0, so that a catalogue of one has weights too.
fn gram_weight(all: usize, with: usize) -> f64 {
    ((1.0 + as_f64(all)) / (1.0 + as_f64(with))).ln() + 1.0
}

fn word_weight(all: usize, with: usize) -> f64 {
    (1.0 + (as_f64(all) - as_f64(with) + 0.5) / (as_f64(with) + 0.5)).ln()
}

fn damped(count: u32) -> f64 {
    1.0 + f64::from(count).ln()
}

impl Index {
    /// Indexes texts, in order.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let counted: Vec<Counted> = texts.into_iter().map(count).collect();
        let mut index = Self { texts: counted.len(), grams: HashMap::default(), words: HashMap::default() };
        let lengths: Vec<f64> = counted
            .iter()
            .map(|text| f64::from(text.words.iter().map(|(_, count)| count).sum::<u32>()))
            .collect();
        let mean = lengths.iter().sum::<f64>() / as_f64(counted.len().max(1));
        for ((number, text), length) in (0_u32..).zip(&counted).zip(lengths) {
            for (gram, count) in &text.grams {
                let posting =
                    index.grams.entry(*gram).or_insert_with(|| Posting { weight: 0.0, texts: Vec::new() });
                posting.texts.push((number, damped(*count)));
            }
            for (word, count) in &text.words {
                let posting = index
                    .words
                    .entry(word.clone())
                    .or_insert_with(|| Posting { weight: 0.0, texts: Vec::new() });
                let count = f64::from(*count);
                let share = if mean > 0.0 { length / mean } else { 1.0 };
                posting.texts.push((number, count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * share))));
            }
        }
        let all = index.texts;
        for posting in index.grams.values_mut() {
            posting.weight = gram_weight(all, posting.texts.len());
        }
        for posting in index.words.values_mut() {
            posting.weight = word_weight(all, posting.texts.len());
        }
        index.normalise(&counted);
        index
    }

    /// Makes the vector of every text one of length 1.
    fn normalise(&mut self, counted: &[Counted]) {
        let norms: Vec<f64> = counted
            .iter()
            .map(|text| {
                let square = |(gram, count): &(u128, u32)| {
                    let weight = self.grams.get(gram).map_or(0.0, |posting| posting.weight);
                    (damped(*count) * weight).powi(2)
                };
                text.grams.iter().map(square).sum::<f64>().sqrt()
            })
            .collect();
        for posting in self.grams.values_mut() {
            for (number, value) in &mut posting.texts {
                let norm = norms.get(*number as usize).copied().filter(|norm| *norm > 0.0).unwrap_or(1.0);
                *value = *value * posting.weight / norm;
            }
        }
    }

    /// How many texts there are.
    pub const fn len(&self) -> usize {
        self.texts
    }

    /// True when there are none.
    pub const fn is_empty(&self) -> bool {
        self.texts == 0
    }

    /// How similar `query` is to each text, in their order.
    pub fn search(&self, query: &str) -> Vec<Similarity> {
        let counted = count(query);
        let mut found = vec![Similarity::default(); self.texts];
        let unseen = gram_weight(self.texts, 0);
        let mut square = 0.0;
        for (gram, count) in &counted.grams {
            let posting = self.grams.get(gram);
            let weight = damped(*count) * posting.map_or(unseen, |posting| posting.weight);
            square += weight * weight;
            for (number, value) in posting.map_or(&[][..], |posting| &posting.texts) {
                if let Some(slot) = found.get_mut(*number as usize) {
                    slot.grams += weight * value;
                }
            }
        }
        let unseen = word_weight(self.texts, 0);
        let mut most = 0.0;
        for (word, _) in &counted.words {
            let posting = self.words.get(word);
            most += posting.map_or(unseen, |posting| posting.weight);
            let Some(posting) = posting else { continue };
            for (number, value) in &posting.texts {
                if let Some(slot) = found.get_mut(*number as usize) {
                    slot.words += posting.weight * value;
                }
            }
        }
        let norm = square.sqrt();
        for slot in &mut found {
            slot.grams = if norm > 0.0 { (slot.grams / norm).min(1.0) } else { 0.0 };
            slot.words = if most > 0.0 { slot.words / most } else { 0.0 };
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(one: f64, other: f64) {
        assert!((one - other).abs() < 1e-9, "{one} is not {other}");
    }

    /// The same cosine from two dense vectors, as a book writes it.
    fn cosine(texts: &[&str], number: usize, query: &str) -> f64 {
        let counted: Vec<Counted> = texts.iter().map(|text| count(text)).collect();
        let with = |gram: u128| {
            counted.iter().filter(|text| text.grams.iter().any(|(known, _)| *known == gram)).count()
        };
        let vector = |text: &Counted| -> Vec<(u128, f64)> {
            let weigh =
                |(gram, count): &(u128, u32)| (*gram, damped(*count) * gram_weight(texts.len(), with(*gram)));
            text.grams.iter().map(weigh).collect()
        };
        let (one, other) = (vector(&count(query)), vector(&counted[number]));
        let product: f64 = one
            .iter()
            .map(|(gram, value)| {
                other.iter().find(|(known, _)| known == gram).map_or(0.0, |(_, weight)| value * weight)
            })
            .sum();
        let norm = |vector: &[(u128, f64)]| vector.iter().map(|(_, value)| value * value).sum::<f64>().sqrt();
        let both = norm(&one) * norm(&other);
        if both > 0.0 { product / both } else { 0.0 }
    }

    #[test]
    fn the_nearest_text_is_the_one_that_is_meant() {
        let texts = ["extract tables from pdf files", "design a web page", "write commit messages"];
        let found = Index::new(texts).search("could you pull the tables out of this pdf file");
        assert!(found[0].grams > 2.0 * found[1].grams && found[0].words > found[2].words);
        near(Index::new(texts).search(texts[1])[1].grams, 1.0);
        assert!(Index::new([]).search("x").is_empty());
        assert_eq!(Index::new([""]).search("x"), [Similarity::default()]);
    }

    #[test]
    fn a_word_in_every_text_counts_less() {
        let index = Index::new(["report on sales", "report on weather", "report on traffic"]);
        let (common, rare) = (index.search("report"), index.search("sales"));
        near(common[0].words, common[1].words);
        assert!(rare[0].words > 0.5 && rare[1].words == 0.0);
    }

    proptest! {
        #[test]
        fn postings_give_what_dense_vectors_give(texts in proptest::collection::vec("[a-c ]{0,12}", 1..6), query in "[a-d ]{0,12}") {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let found = Index::new(texts.iter().copied()).search(&query);
            for (number, one) in found.iter().enumerate() {
                near(one.grams, cosine(&texts, number, &query));
                prop_assert!(one.grams >= 0.0 && one.grams <= 1.0 && one.words >= 0.0);
            }
        }

        #[test]
        fn the_order_of_texts_does_not_matter(texts in proptest::collection::vec("[a-c ]{1,12}", 2..6), query in "[a-c ]{1,12}") {
            let forwards = Index::new(texts.iter().map(String::as_str)).search(&query);
            let mut backwards = Index::new(texts.iter().rev().map(String::as_str)).search(&query);
            backwards.reverse();
            for (one, other) in forwards.iter().zip(&backwards) {
                near(one.grams, other.grams);
                near(one.words, other.words);
            }
        }
    }
}
