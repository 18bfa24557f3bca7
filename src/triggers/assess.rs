//! Who gets a prompt: its skill, another skill, or none.

use super::catalogue::Catalogue;
use super::find::Owned;
use super::index::{Index, Similarity};
use super::measured::Measured;
use super::set::Label;
use rayon::prelude::*;

/// Prompts of one revision that are judged.
pub const MAX_QUERIES: usize = 20_000;

/// Descriptions this similar are hard to tell apart. The most alike of 205 public skills have 0.61 (`docs/triggers.md`).
pub const COLLISION: f64 = 0.7;

/// What happens to a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its skill attracts it.
    Attracted,
    /// Another skill does: a place in the catalogue.
    Taken {
        /// Which.
        by: usize,
    },
    /// No skill does.
    NotAttracted,
}

/// A prompt, scored for one skill.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// What happens.
    pub outcome: Outcome,
    /// How far it is from the other verdict: above 0 it is attracted. The logarithm of a quotient of similarities.
    pub margin: f64,
    /// True when the second measure says the same.
    pub sure: bool,
    /// The strongest other skill, when it resembles the prompt at all.
    pub rival: Option<usize>,
}

/// A prompt of a set, judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// The set: a place in the list.
    pub set: usize,
    /// The prompt: a place in the set.
    pub query: usize,
    /// The skill it is about: a place in the catalogue.
    pub target: Option<usize>,
    /// Its score.
    pub scored: Scored,
    /// Whether that is what the author wants; `None` where both are fine.
    pub agrees: Option<bool>,
}

/// Two skills whose descriptions are hard to tell apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Collision {
    /// One.
    pub one: usize,
    /// The other.
    pub other: usize,
    /// How similar they are: 1 is the same text.
    pub similarity: f64,
}

/// All prompts of all sets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assessment {
    /// In the order of the sets.
    pub judged: Vec<Judged>,
    /// The most similar first.
    pub collisions: Vec<Collision>,
    /// Prompts beyond the most that are judged.
    pub left_out: usize,
}

/// A catalogue that can be asked.
pub struct Scorer<'a> {
    catalogue: &'a Catalogue,
    measured: &'a Measured,
    index: Index,
}

impl<'a> Scorer<'a> {
    /// Indexes a catalogue.
    pub fn new(catalogue: &'a Catalogue, measured: &'a Measured) -> Self {
        let index = Index::new(catalogue.skills().iter().map(|skill| skill.listing.as_str()));
        Self { catalogue, measured, index }
    }

    /// Scores a prompt for a skill, or for whichever skill is nearest.
    pub fn score(&self, query: &str, target: Option<usize>) -> Scored {
        let found = self.index.search(query);
        if let Some(target) = target {
            return self.score_for(&found, target);
        }
        let Some(nearest) = best(&found, |_| true) else { return NOTHING };
        let scored = self.score_for(&found, nearest);
        // No skill is wanted, so one that attracts the prompt takes it from none.
        let outcome = match scored.outcome {
            Outcome::Attracted => Outcome::Taken { by: nearest },
            other => other,
        };
        Scored { outcome, rival: Some(nearest), ..scored }
    }

    fn score_for(&self, found: &[Similarity], target: usize) -> Scored {
        let own = found.get(target).copied().unwrap_or_default();
        let name = self.catalogue.get(target).map(|skill| skill.name.as_str());
        let is_other = |place: usize| {
            place != target && self.catalogue.get(place).map(|skill| skill.name.as_str()) != name
        };
        let rival = best(found, is_other);
        let rival_has = rival.and_then(|place| found.get(place)).copied().unwrap_or_default();
        let most_words = found
            .iter()
            .enumerate()
            .filter(|(place, _)| is_other(*place))
            .map(|(_, found)| found.words)
            .fold(0.0, f64::max);
        let margin = self.measured.grams.margin(own.grams, rival_has.grams);
        let second = self.measured.words.margin(own.words, most_words);
        let outcome = if margin > 0.0 {
            Outcome::Attracted
        } else {
            match rival {
                Some(by)
                    if rival_has.grams > own.grams
                        && self.measured.grams.margin(rival_has.grams, own.grams) > 0.0 =>
                {
                    Outcome::Taken { by }
                }
                _ => Outcome::NotAttracted,
            }
        };
        let rival = rival.filter(|_| rival_has.grams > 0.0);
        Scored { outcome, margin, sure: (margin > 0.0) == (second > 0.0), rival }
    }

    /// The skills whose descriptions resemble that of one, with how much.
    pub fn like(&self, skill: usize) -> Vec<(usize, f64)> {
        let Some(own) = self.catalogue.get(skill) else { return Vec::new() };
        let found = self.index.search(&own.listing);
        let others = found.iter().enumerate().filter(|(place, _)| {
            *place != skill && self.catalogue.get(*place).is_some_and(|other| other.name != own.name)
        });
        others.map(|(place, found)| (place, found.grams)).collect()
    }
}

const NOTHING: Scored =
    Scored { outcome: Outcome::NotAttracted, margin: f64::NEG_INFINITY, sure: true, rival: None };

/// The text most similar by n-grams; the first of equals.
fn best(found: &[Similarity], wanted: impl Fn(usize) -> bool) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (place, found) in found.iter().enumerate() {
        if wanted(place) && best.is_none_or(|(_, most)| found.grams > most) {
            best = Some((place, found.grams));
        }
    }
    best.map(|(place, _)| place)
}

/// Whether a score is what an author wants.
pub fn agrees(label: Label, outcome: Outcome, target: Option<usize>) -> Option<bool> {
    let starts = match target {
        Some(_) => outcome == Outcome::Attracted,
        None => outcome != Outcome::NotAttracted,
    };
    match label {
        Label::Triggers => Some(starts),
        Label::Stays => Some(!starts),
        Label::Either => None,
    }
}

/// Judges every prompt of every set.
pub fn assess(catalogue: &Catalogue, sets: &[Owned], measured: &Measured) -> Assessment {
    let scorer = Scorer::new(catalogue, measured);
    let all: Vec<(usize, usize)> = sets
        .iter()
        .enumerate()
        .flat_map(|(number, owned)| (0..owned.set.queries.len()).map(move |query| (number, query)))
        .collect();
    let judged: Vec<Judged> = all
        .par_iter()
        .take(MAX_QUERIES)
        .filter_map(|(set, number)| {
            let owned = sets.get(*set)?;
            let query = owned.set.queries.get(*number)?;
            let target = owned.targets.get(*number).copied().flatten();
            let scored = scorer.score(&query.text, target);
            let agrees = agrees(query.label, scored.outcome, target);
            Some(Judged { set: *set, query: *number, target, scored, agrees })
        })
        .collect();
    Assessment {
        left_out: all.len().saturating_sub(judged.len()),
        judged,
        collisions: collisions(&scorer, 0..catalogue.skills().len()),
    }
}

/// The collisions of some skills with any other.
pub fn collisions(scorer: &Scorer<'_>, skills: impl IntoIterator<Item = usize>) -> Vec<Collision> {
    let skills: Vec<usize> = skills.into_iter().collect();
    let mut found: Vec<Collision> = skills
        .par_iter()
        .flat_map_iter(|skill| {
            let near = scorer.like(*skill).into_iter().filter(|(_, similarity)| *similarity >= COLLISION);
            near.map(|(other, similarity)| Collision {
                one: (*skill).min(other),
                other: (*skill).max(other),
                similarity,
            })
        })
        .collect();
    found.sort_by_key(|found| (found.one, found.other));
    found.dedup_by_key(|found| (found.one, found.other));
    found.sort_by(|one, two| {
        two.similarity.total_cmp(&one.similarity).then((one.one, one.other).cmp(&(two.one, two.other)))
    });
    found
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::catalogue::Skill;
    use super::super::find::{Likely, own};
    use super::*;
    use crate::base::RepoPath;

    pub(crate) fn catalogue(skills: &[(&str, &str)]) -> Catalogue {
        Catalogue::new(skills.iter().filter_map(|(name, description)| {
            let path = RepoPath::new(&format!("skills/{name}/SKILL.md"))?;
            Skill::read(&path, &format!("---\nname: {name}\ndescription: {description}\n---\n"))
        }))
    }

    pub(crate) fn set(catalogue: &Catalogue, skill: &str, yes: &[&str], no: &[&str]) -> Owned {
        let text = serde_json::json!({ "should_trigger": yes, "should_not_trigger": no }).to_string();
        let path = RepoPath::new(&format!("skills/{skill}/evals/trigger-evals.json")).expect("inside");
        own(&path, &text, Likely::Surely, catalogue).expect("a set")
    }

    pub(crate) const PDF: &str =
        "Extract text and tables from PDF documents, merge and split PDF files, fill PDF forms";
    pub(crate) const SQL: &str =
        "Write and optimise SQL queries, design database indexes, explain slow query plans";

    #[test]
    fn a_prompt_goes_to_the_skill_that_describes_it() {
        let catalogue = catalogue(&[("pdf", PDF), ("sql", SQL)]);
        let pdf = catalogue.named("pdf").expect("there");
        let sets = [set(
            &catalogue,
            "pdf",
            &["extract the tables from this pdf document", "why is this sql query slow, which index helps"],
            &["what is the weather like in Bern"],
        )];
        let found = assess(&catalogue, &sets, Measured::embedded());
        let outcomes: Vec<Outcome> = found.judged.iter().map(|one| one.scored.outcome).collect();
        assert_eq!(outcomes, [Outcome::Attracted, Outcome::Taken { by: 1 - pdf }, Outcome::NotAttracted]);
        assert_eq!(
            found.judged.iter().map(|one| one.agrees).collect::<Vec<_>>(),
            [Some(true), Some(false), Some(true)]
        );
        assert!(found.judged[0].scored.sure && found.judged[0].scored.margin > 0.5);
        assert!(found.collisions.is_empty());
    }

    #[test]
    fn equal_descriptions_collide_and_copies_of_a_skill_do_not() {
        let catalogue = catalogue(&[("pdf", PDF), ("pdf-tools", PDF), ("sql", SQL)]);
        let found = assess(&catalogue, &[], Measured::embedded());
        assert_eq!(found.collisions.len(), 1);
        assert!(found.collisions[0].similarity > 0.9);
        let copies = ["a", "b"].map(|root| {
            let path = RepoPath::new(&format!("{root}/pdf/SKILL.md")).expect("inside");
            Skill::read(&path, &format!("---\nname: pdf\ndescription: {PDF} {root}\n---\n")).expect("listed")
        });
        let catalogue = Catalogue::new(copies);
        assert_eq!(catalogue.skills().len(), 2);
        assert!(assess(&catalogue, &[], Measured::embedded()).collisions.is_empty());
        let sets = [set(&catalogue, "pdf", &[], &[])];
        assert_eq!(sets[0].set.errors.len(), 1);
        let scorer = Scorer::new(&catalogue, Measured::embedded());
        assert_eq!(scorer.score("merge two pdf files", Some(0)).outcome, Outcome::Attracted);
    }

    #[test]
    fn a_prompt_that_no_skill_should_get_is_taken_by_the_one_that_does() {
        let catalogue = catalogue(&[("pdf", PDF), ("sql", SQL)]);
        let scorer = Scorer::new(&catalogue, Measured::embedded());
        let sql = catalogue.named("sql").expect("there");
        let scored = scorer.score("optimise my sql queries", None);
        assert_eq!(scored.outcome, Outcome::Taken { by: sql });
        assert_eq!(agrees(Label::Stays, scored.outcome, None), Some(false));
        assert_eq!(scorer.score("zzz qqq", None).outcome, Outcome::NotAttracted);
        let nobody = Catalogue::default();
        assert_eq!(Scorer::new(&nobody, Measured::embedded()).score("x", None), NOTHING);
    }
}
