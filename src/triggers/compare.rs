//! What a change of descriptions did to the prompts: the same prompts, asked of the skills before and after.

use super::assess::{Collision, Outcome, Scored, Scorer, agrees, collisions};
use super::catalogue::{Catalogue, Skill};
use super::find::Owned;
use super::measured::Measured;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Smaller differences of the margin are noise: another skill in the catalogue moves every weight a little.
pub const SMALLEST_DROP: f64 = 0.05;

/// What changed for a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shift {
    /// It should start the skill; it did, and no skill gets it now.
    Lost,
    /// It should start the skill; it did, and another skill gets it now: its name.
    Moved {
        /// The other skill.
        to: String,
    },
    /// It should not start the skill; it did not, and does now.
    Stray,
    /// It is what the author wants, and was not.
    Mended,
    /// The verdict is the same, the margin is not.
    Same,
}

/// A prompt before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// The set: a place in the list.
    pub set: usize,
    /// The prompt: a place in the set.
    pub query: usize,
    /// The skill: a place in the catalogue of head.
    pub skill: usize,
    /// Before.
    pub before: Scored,
    /// After.
    pub after: Scored,
    /// What changed.
    pub shift: Shift,
}

impl Drift {
    /// How much further it is from being attracted than it was.
    pub fn drop(&self) -> f64 {
        self.before.margin - self.after.margin
    }

    /// True when both measures see the verdict after, and the margin moved by more than noise.
    pub fn is_clear(&self) -> bool {
        self.after.sure && self.drop().abs() >= SMALLEST_DROP
    }
}

/// Every prompt whose margin changed, in the order of the sets. Prompts of skills that base does not have are no drift.
pub fn compare(base: &Catalogue, head: &Catalogue, sets: &[Owned], measured: &Measured) -> Vec<Drift> {
    if same_listings(base, head) {
        return Vec::new();
    }
    let (before, after) = (Scorer::new(base, measured), Scorer::new(head, measured));
    let all: Vec<(usize, usize, usize)> = sets
        .iter()
        .enumerate()
        .flat_map(|(set, owned)| {
            owned.targets.iter().enumerate().filter_map(move |(query, target)| Some((set, query, (*target)?)))
        })
        .take(super::assess::MAX_QUERIES)
        .collect();
    all.par_iter()
        .filter_map(|(set, number, skill)| {
            let query = sets.get(*set)?.set.queries.get(*number)?;
            let old = base.named(&head.get(*skill)?.name)?;
            let (before, after) =
                (before.score(&query.text, Some(old)), after.score(&query.text, Some(*skill)));
            let right = |scored: &Scored| agrees(query.label, scored.outcome, Some(*skill));
            let shift = match (right(&before)?, right(&after)?) {
                (true, true) | (false, false) => Shift::Same,
                (false, true) => Shift::Mended,
                (true, false) => match after.outcome {
                    Outcome::Attracted => Shift::Stray,
                    Outcome::NotAttracted => Shift::Lost,
                    Outcome::Taken { by } => Shift::Moved { to: head.get(by)?.name.clone() },
                },
            };
            let drift = Drift { set: *set, query: *number, skill: *skill, before, after, shift };
            (drift.shift != Shift::Same || drift.drop().abs() > 1e-9).then_some(drift)
        })
        .collect()
}

/// True when no client would list anything else.
pub fn same_listings(base: &Catalogue, head: &Catalogue) -> bool {
    let shown = |skill: &Skill| (skill.name.clone(), skill.listing.clone());
    base.skills().iter().map(shown).eq(head.skills().iter().map(shown))
}

/// The collisions of the skills whose listing is new, where base had none.
pub fn new_collisions(base: &Catalogue, head: &Catalogue, measured: &Measured) -> Vec<Collision> {
    let old: BTreeMap<&str, &str> =
        base.skills().iter().map(|skill| (skill.name.as_str(), skill.listing.as_str())).collect();
    let changed: Vec<usize> = head
        .skills()
        .iter()
        .enumerate()
        .filter(|(_, skill)| old.get(skill.name.as_str()) != Some(&skill.listing.as_str()))
        .map(|(place, _)| place)
        .collect();
    if changed.is_empty() {
        return Vec::new();
    }
    let found = collisions(&Scorer::new(head, measured), changed);
    if found.is_empty() {
        return found;
    }
    let before = collisions(&Scorer::new(base, measured), 0..base.skills().len());
    let names = |catalogue: &Catalogue, found: &Collision| {
        Some((catalogue.get(found.one)?.name.clone(), catalogue.get(found.other)?.name.clone()))
    };
    let known: Vec<_> = before.iter().filter_map(|found| names(base, found)).collect();
    found
        .into_iter()
        .filter(|found| names(head, found).is_some_and(|names| !known.contains(&names)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::assess::tests::{PDF, SQL, catalogue, set};
    use super::*;

    const YES: [&str; 2] = ["extract the tables from this pdf document", "split this pdf file into pages"];
    const NO: [&str; 1] = ["why is this sql query so slow, design an index"];

    fn shifts(base: &[(&str, &str)], head: &[(&str, &str)]) -> Vec<(usize, Shift, bool)> {
        let (base, head) = (catalogue(base), catalogue(head));
        let sets = [set(&head, "desk", &YES, &NO)];
        let found = compare(&base, &head, &sets, Measured::embedded());
        let told = found.iter().filter(|drift| drift.shift != Shift::Same);
        told.map(|drift| (drift.query, drift.shift.clone(), drift.is_clear())).collect()
    }

    #[test]
    fn nothing_changes_when_nothing_is_listed_anew() {
        let skills = [("desk", PDF), ("sql", SQL)];
        assert!(shifts(&skills, &skills).is_empty());
        let (one, other) = (catalogue(&skills), catalogue(&skills));
        assert!(new_collisions(&one, &other, Measured::embedded()).is_empty());
    }

    #[test]
    fn prompts_are_lost_moved_and_attracted_by_mistake() {
        let vague = "Helps with all kinds of office work";
        let base = [("desk", PDF), ("sql", SQL)];
        assert_eq!(
            shifts(&base, &[("desk", vague), ("sql", SQL)]),
            [(0, Shift::Lost, true), (1, Shift::Lost, true)]
        );
        let thief = [("documents", PDF), ("desk", vague), ("sql", SQL)];
        let to = || Shift::Moved { to: "documents".to_owned() };
        assert_eq!(shifts(&base, &thief), [(0, to(), true), (1, to(), true)]);
        let greedy = format!("{PDF}. Also tells why this sql query is so slow and how to design an index");
        assert_eq!(
            shifts(&base, &[("desk", &greedy), ("sql", "Talk to databases")]),
            [(2, Shift::Stray, true)]
        );
        assert_eq!(
            shifts(&[("desk", vague), ("sql", SQL)], &base),
            [(0, Shift::Mended, true), (1, Shift::Mended, true)]
        );
    }

    #[test]
    fn a_skill_that_is_new_has_no_drift() {
        assert!(shifts(&[("sql", SQL)], &[("desk", "Helps"), ("sql", SQL)]).is_empty());
    }

    #[test]
    fn only_collisions_that_a_change_made_are_told() {
        let base = catalogue(&[("a", PDF), ("b", PDF), ("c", SQL)]);
        let head = catalogue(&[("a", PDF), ("b", PDF), ("c", &format!("{PDF} and more"))]);
        let found = new_collisions(&base, &head, Measured::embedded());
        let pairs: Vec<(usize, usize)> = found.iter().map(|found| (found.one, found.other)).collect();
        assert_eq!(pairs.len(), 2);
        assert!(pairs.contains(&(0, 2)) && pairs.contains(&(1, 2)));
    }
}
