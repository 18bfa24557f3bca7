//! How often the score agrees with authors, and the figures it decides by: `data/trigger-accuracy.json`.
//!
//! The file is written by `cargo bench --bench triggers`, which measures this very code; nothing in it is typed.

use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

static EMBEDDED: &str = include_str!("../../data/trigger-accuracy.json");

/// Raised when the meaning of the file changes.
pub const SCHEMA_VERSION: u32 = 1;

/// The figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// [`SCHEMA_VERSION`] of the program that wrote it.
    pub schema_version: u32,
    /// What wrote it.
    pub written_by: String,
    /// What it was measured on.
    pub labelled: Labelled,
    /// How the first measure decides: n-grams of characters.
    pub grams: Decision,
    /// How the second measure decides: words.
    pub words: Decision,
    /// The outcome, the smallest catalogue first.
    pub catalogues: Vec<Accuracy>,
}

/// What the figures were measured on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labelled {
    /// Prompts with a label.
    pub prompts: u32,
    /// Those that should start their skill.
    pub should_trigger: u32,
    /// The skills they belong to.
    pub skills: Vec<String>,
}

/// How a measure decides: the similarity to the skill against that to its strongest rival.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// What an unrelated skill of a large catalogue would have: the rival where there is none better.
    pub floor: f64,
    /// Added to both, so that little against nothing is not much.
    pub soft: f64,
    /// The logarithm of the quotient above which a prompt is attracted.
    pub threshold: f64,
}

/// Agreement with authors in a catalogue of some size; every skill was judged with figures learnt on the others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accuracy {
    /// Skills of the catalogue.
    pub skills: u32,
    /// Share of labels that agree.
    pub accuracy: f64,
    /// Of the prompts it calls attracted, the share that should be.
    pub precision: f64,
    /// Of the prompts that should be, the share it calls attracted.
    pub recall: f64,
    /// Chance that a prompt which should start a skill scores above one which should not, mean of the skills.
    pub auc: f64,
    /// Share of prompts on which both measures say the same.
    pub agreeing: f64,
    /// Share of labels that agree among those.
    pub accuracy_agreeing: f64,
}

impl Decision {
    /// How far a similarity is above (or below) what is needed.
    pub fn margin(&self, own: f64, rival: f64) -> f64 {
        ((own + self.soft) / (rival.max(self.floor) + self.soft)).ln() - self.threshold
    }
}

impl Measured {
    /// The figures that are shipped.
    pub fn embedded() -> &'static Self {
        static READ: LazyLock<Measured> = LazyLock::new(|| {
            serde_json::from_str(EMBEDDED).unwrap_or_else(|_| Measured {
                schema_version: SCHEMA_VERSION,
                written_by: String::new(),
                labelled: Labelled { prompts: 0, should_trigger: 0, skills: Vec::new() },
                grams: Decision { floor: 0.1, soft: 0.02, threshold: 0.0 },
                words: Decision { floor: 0.1, soft: 0.02, threshold: 0.0 },
                catalogues: Vec::new(),
            })
        });
        &READ
    }

    /// What was measured in a catalogue of this size: that of the next smaller one that was tried, which is the worse.
    pub fn at(&self, skills: usize) -> Option<&Accuracy> {
        let fits = |found: &&Accuracy| usize::try_from(found.skills).is_ok_and(|size| size <= skills.max(1));
        self.catalogues.iter().rev().find(fits).or(self.catalogues.first())
    }

    /// `offline text score, agrees with authors' labels in 76 % of 234 labelled prompts`.
    pub fn words(&self, skills: usize) -> String {
        match self.at(skills) {
            Some(found) => format!(
                "offline text score, agrees with authors' labels in {:.0} % of {} labelled prompts",
                // Down, not to the nearest: a claim is not rounded up.
                (found.accuracy * 100.0).floor(),
                self.labelled.prompts
            ),
            None => "offline text score of unknown accuracy".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shipped_was_measured() {
        let read: Measured = serde_json::from_str(EMBEDDED).expect("the file can be read");
        assert_eq!((&read, read.schema_version), (Measured::embedded(), SCHEMA_VERSION));
        assert!(read.labelled.prompts >= 185 && read.labelled.skills.len() >= 10);
        assert!(read.catalogues.is_sorted_by_key(|found| found.skills) && read.catalogues.len() >= 2);
        for found in &read.catalogues {
            assert!(found.accuracy > 0.5 && found.accuracy < 1.0, "{found:?}");
        }
    }

    #[test]
    fn a_catalogue_gets_the_figure_of_the_smaller_one() {
        let measured = Measured::embedded();
        let sizes: Vec<u32> = measured.catalogues.iter().map(|found| found.skills).collect();
        assert_eq!(measured.at(0).map(|found| found.skills), sizes.first().copied());
        let last = *sizes.last().expect("one") as usize;
        assert_eq!(measured.at(last - 1).map(|found| found.skills), sizes.get(sizes.len() - 2).copied());
        assert_eq!(measured.at(last + 1).map(|found| found.skills), sizes.last().copied());
        assert!(measured.words(1).contains("offline text score, agrees with authors' labels in"));
    }

    #[test]
    fn a_rival_below_the_floor_does_not_help() {
        let decision = Decision { floor: 0.1, soft: 0.02, threshold: 0.0 };
        assert!((decision.margin(0.2, 0.0) - decision.margin(0.2, 0.1)).abs() < 1e-12);
        assert!(decision.margin(0.2, 0.3) < 0.0 && decision.margin(0.2, 0.1) > 0.0);
    }
}
