//! What a change does to the prompts that should start its skills: `triggers`, asked of both revisions.
//!
//! Costs nothing where there are no trigger sets, and little where no listing changed.

use super::inspect::Inspection;
use crate::agent::Kind;
use crate::base::{Finding, RepoPath};
use crate::rules::compare::Located;
use crate::triggers::compare::{new_collisions, same_listings};
use crate::triggers::find::{Likely, Owned};
use crate::triggers::{Catalogue, Measured, compare, findings, load};

/// The skills and trigger sets of one revision; `None` where there are no sets.
pub(crate) struct Triggers {
    /// The skills.
    pub(crate) catalogue: Catalogue,
    /// The sets.
    pub(crate) sets: Vec<Owned>,
}

/// Reads them.
pub(crate) fn triggers(inspection: &Inspection) -> Option<Triggers> {
    let mut candidates: Vec<(RepoPath, Likely)> = load::candidates(&*inspection.tree);
    candidates.retain(|(path, _)| !inspection.excluded.is_match(path.as_str()));
    if candidates.is_empty() {
        return None;
    }
    let catalogue = catalogue(inspection);
    let sets = load::sets(&*inspection.tree, &candidates, &catalogue);
    (!sets.is_empty()).then_some(Triggers { catalogue, sets })
}

/// The skills of a revision, links left out.
pub(crate) fn catalogue(inspection: &Inspection) -> Catalogue {
    let skills = inspection.repo.files().filter(|file| file.kind == Kind::Skill && file.link.is_none());
    load::catalogue(&*inspection.tree, skills.map(|file| &file.path))
}

/// Adds what is to be said of head, and of base where there is one.
pub(super) fn add(
    head: &Inspection,
    base: Option<&Inspection>,
    found: &mut Vec<Located>,
    before: Option<&mut Vec<Located>>,
) {
    let sets = triggers(head);
    found.extend(of_one(sets.as_ref()));
    found.extend(of_change(sets.as_ref(), base));
    if let (Some(before), Some(base)) = (before, base) {
        before.extend(of_one(triggers(base).as_ref()));
    }
}

/// The findings of a revision by itself: sets that cannot be read.
fn of_one(found: Option<&Triggers>) -> Vec<Located> {
    located(found.map(|found| findings::of_sets(&found.sets)).unwrap_or_default())
}

/// What head does to the prompts of its sets, against base. Only ever new: base is what it is compared with.
fn of_change(head: Option<&Triggers>, base: Option<&Inspection>) -> Vec<Located> {
    let (Some(head), Some(base)) = (head, base) else { return Vec::new() };
    let before = catalogue(base);
    if same_listings(&before, &head.catalogue) {
        return Vec::new();
    }
    let measured = Measured::embedded();
    let drifts = compare(&before, &head.catalogue, &head.sets, measured);
    let mut found = findings::of_drift(&drifts, &head.sets, &head.catalogue, measured);
    let collisions = new_collisions(&before, &head.catalogue, measured);
    found.extend(findings::of_collisions(&collisions, &head.catalogue));
    located(found)
}

fn located(found: Vec<Finding>) -> Vec<Located> {
    found.into_iter().map(|finding| Located { finding, line_digest: 0, value: None }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::inspect::{Depth, look};
    use super::*;
    use crate::base::{MemoryTree, Tree};
    use std::sync::Arc;

    const SET: &str =
        "{\"should_trigger\": [\"extract the tables from this pdf document\", \"split this pdf file\"]}";

    fn inspection(description: &str, set: &str) -> Inspection {
        let skill = format!("---\nname: desk\ndescription: {description}\n---\n");
        let tree: Arc<dyn Tree> = Arc::new(MemoryTree::new([
            (".claude/skills/desk/SKILL.md", skill.as_str()),
            (".claude/skills/desk/evals/trigger-evals.json", set),
        ]));
        look(&tree, Depth::Read, &|| ())
    }

    fn rules(found: &[Located]) -> Vec<&str> {
        found.iter().map(|located| located.finding.rule.as_str()).collect()
    }

    #[test]
    fn a_description_that_loses_its_prompts_is_told_once() {
        let base = inspection("Extract tables and text from PDF documents, split and merge PDF files", SET);
        let head = inspection("Helps with office work", SET);
        let read = triggers(&head).expect("a set");
        assert_eq!(rules(&of_change(Some(&read), Some(&base))), ["lost-triggers"]);
        assert!(of_change(Some(&read), Some(&head)).is_empty(), "nothing changed");
        assert!(of_change(Some(&read), None).is_empty(), "nothing to compare with");
        assert!(of_one(Some(&read)).is_empty());
    }

    #[test]
    fn without_sets_nothing_is_read_and_a_broken_one_is_told() {
        let none = inspection("x", SET);
        let tree: Arc<dyn Tree> =
            Arc::new(MemoryTree::new([(".claude/skills/a/SKILL.md", "---\nname: a\n---\n")]));
        assert!(triggers(&look(&tree, Depth::Read, &|| ())).is_none());
        assert!(triggers(&none).is_some());
        let broken = inspection("x", "{\"a\": 1}");
        assert_eq!(rules(&of_one(triggers(&broken).as_ref())), ["unreadable-trigger-set"]);
    }
}
