//! Findings: what is wrong with a set, and what a change of descriptions did. Warnings at most; a text score is no proof.

use super::assess::Collision;
use super::catalogue::Catalogue;
use super::compare::{Drift, Shift};
use super::find::Owned;
use super::measured::Measured;
use crate::base::text::{plural, truncate_end, visible};
use crate::base::{Finding, Severity};
use std::collections::BTreeMap;

/// A trigger set that cannot be read, or not as a whole.
pub const UNREADABLE: &str = "unreadable-trigger-set";
/// Prompts that should start a skill and are attracted by none any more.
pub const LOST: &str = "lost-triggers";
/// Prompts that should start a skill and are attracted by another one now.
pub const MOVED: &str = "moved-triggers";
/// Prompts that should not start a skill and are attracted now.
pub const STRAY: &str = "stray-triggers";
/// Two descriptions that are hard to tell apart.
pub const COLLIDING: &str = "colliding-descriptions";

/// Prompts quoted in a message.
const QUOTED: usize = 3;
/// Characters of a quoted prompt.
const QUOTED_CHARS: usize = 60;

/// What cannot be read of the sets.
pub fn of_sets(sets: &[Owned]) -> Vec<Finding> {
    let errors = sets.iter().flat_map(|owned| &owned.set.errors);
    errors
        .map(|error| {
            let message = format!("this trigger set is not read as a whole: {}", error.message);
            Finding::new(UNREADABLE, Severity::Warning, error.place.clone(), message)
                .with_help(error.help.clone())
        })
        .collect()
}

/// What changed, one finding for each skill and kind of change; unclear changes are left out.
pub fn of_drift(drifts: &[Drift], sets: &[Owned], head: &Catalogue, measured: &Measured) -> Vec<Finding> {
    let mut groups: BTreeMap<(usize, &'static str, &str), Vec<&Drift>> = BTreeMap::new();
    for drift in drifts.iter().filter(|drift| drift.is_clear()) {
        let (rule, other) = match &drift.shift {
            Shift::Lost => (LOST, ""),
            Shift::Moved { to } => (MOVED, to.as_str()),
            Shift::Stray => (STRAY, ""),
            Shift::Mended | Shift::Same => continue,
        };
        groups.entry((drift.skill, rule, other)).or_default().push(drift);
    }
    let finding = |((skill, rule, other), found): ((usize, &'static str, &str), Vec<&Drift>)| {
        let skill = head.get(skill)?;
        let (name, other) = (visible(&skill.name), visible(other));
        let count = plural(found.len(), "prompt", "prompts");
        let (resemble, no_longer) = if found.len() == 1 {
            ("resembles", "no longer resembles")
        } else {
            ("resemble", "no longer resemble")
        };
        let what = match rule {
            LOST => format!("{count} that should start `{name}` {no_longer} its description"),
            MOVED => format!("{count} that should start `{name}` now {resemble} `{other}` more"),
            _ => format!("{count} that should not start `{name}` now {resemble} its description"),
        };
        let quoted: Vec<String> = found
            .iter()
            .take(QUOTED)
            .filter_map(|drift| {
                let set = &sets.get(drift.set)?.set;
                let query = set.queries.get(drift.query)?;
                let text = truncate_end(&visible(&query.text), QUOTED_CHARS);
                Some(format!("\"{text}\" ({}:{})", set.path, query.span.start.line))
            })
            .collect();
        let more = if found.len() > QUOTED { ", ..." } else { "" };
        let message =
            format!("{what}: {}{more} ({})", quoted.join(", "), measured.words(head.skills().len()));
        let help = match rule {
            LOST => {
                "say in the description what these prompts ask for, or take them out of the set; \
                     `weighbridge triggers` shows the margins"
            }
            MOVED => {
                "say in both descriptions what tells the two skills apart; `weighbridge triggers` shows the margins"
            }
            _ => "narrow the description; `weighbridge triggers` shows the margins",
        };
        Some(Finding::new(rule, Severity::Warning, skill.place.clone(), message).with_help(help))
    };
    groups.into_iter().filter_map(finding).collect()
}

/// Descriptions that are hard to tell apart.
pub fn of_collisions(collisions: &[Collision], head: &Catalogue) -> Vec<Finding> {
    let finding = |found: &Collision| {
        let (one, other) = (head.get(found.one)?, head.get(found.other)?);
        let message = format!(
            "the descriptions of `{}` and `{}` are {:.0} % alike as text, so a model has little to choose by",
            visible(&one.name),
            visible(&other.name),
            (found.similarity * 100.0).floor()
        );
        let help = format!("say what tells it from {}", visible(other.place.path.as_str()));
        Some(Finding::new(COLLIDING, Severity::Warning, one.place.clone(), message).with_help(help))
    };
    collisions.iter().filter_map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::super::assess::tests::{PDF, SQL, catalogue, set};
    use super::super::compare::{compare, new_collisions};
    use super::*;

    #[test]
    fn a_change_is_told_once_for_each_skill_with_prompts_and_accuracy() {
        let base = catalogue(&[("desk", PDF), ("sql", SQL)]);
        let head = catalogue(&[("desk", "Helps with office work"), ("sql", SQL)]);
        let prompts = [
            "extract tables from these pdf documents",
            "merge and split pdf files",
            "extract text from pdf files",
            "fill these pdf forms",
        ];
        let sets = [set(&head, "desk", &prompts, &[])];
        let measured = Measured::embedded();
        let found = of_drift(&compare(&base, &head, &sets, measured), &sets, &head, measured);
        assert_eq!(found.len(), 1);
        let finding = &found[0];
        assert_eq!((finding.rule.as_str(), finding.severity), (LOST, Severity::Warning));
        assert!(finding.message.starts_with("4 prompts that should start `desk`"), "{}", finding.message);
        assert!(
            finding.message.contains("trigger-evals.json:1), ... (offline text score, agrees"),
            "{}",
            finding.message
        );
        assert_eq!((finding.place.path.as_str(), finding.place.line()), ("skills/desk/SKILL.md", 3));
    }

    #[test]
    fn names_from_a_change_cannot_hide_text() {
        let base = catalogue(&[("pdf", PDF)]);
        let head = catalogue(&[("pdf", "x"), ("p\u{202e}df", PDF)]);
        let sets = [set(&head, "pdf", &["merge \u{1b}[31mpdf files\u{202e} now please"], &[])];
        let measured = Measured::embedded();
        let mut found = of_drift(&compare(&base, &head, &sets, measured), &sets, &head, measured);
        found.extend(of_collisions(&new_collisions(&base, &head, measured), &head));
        assert_eq!(found[0].rule, MOVED);
        assert!(found.iter().all(|finding| !finding.message.contains(['\u{202e}', '\u{1b}'])));
    }

    #[test]
    fn a_set_that_is_not_read_is_told_with_its_line() {
        let catalogue = catalogue(&[("pdf", PDF)]);
        let path = crate::base::RepoPath::new("skills/pdf/evals/trigger-evals.json").expect("inside");
        let owned =
            super::super::find::own(&path, "{\n\"x\": 1}", super::super::find::Likely::Surely, &catalogue);
        let found = of_sets(&[owned.expect("surely one")]);
        assert_eq!((found[0].rule.as_str(), found[0].place.line()), (UNREADABLE, 1));
    }
}
