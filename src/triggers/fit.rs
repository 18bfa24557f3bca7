//! Learns the figures of [`Measured`] from labelled prompts and says how good they are.
//!
//! Every skill is judged with figures that were learnt on the others: what a description nobody has seen would get.

use super::catalogue::{Catalogue, Skill};
use super::find::Owned;
use super::index::{Index, Similarity};
use super::measured::{Accuracy, Decision, Labelled, Measured, SCHEMA_VERSION};
use super::set::Label;
use std::collections::BTreeSet;

/// Floors that are tried for either measure.
const FLOORS: [f64; 8] = [0.06, 0.08, 0.1, 0.12, 0.14, 0.16, 0.2, 0.25];
/// What is added for n-grams, and for words.
const SOFT: (f64, f64) = (0.02, 0.05);

/// A labelled prompt and what it has in common with its skill and with the strongest other one.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Example {
    skill: usize,
    wanted: bool,
    grams: (f64, f64),
    words: (f64, f64),
}

/// Examples in a catalogue of one size.
struct Setting {
    skills: u32,
    examples: Vec<Example>,
}

/// Learns and measures; `labelled` are skills with sets, `others` only compete. `None` without two labelled skills.
pub fn fit(labelled: &[(Skill, Owned)], others: &[Skill], written_by: &str) -> Option<Measured> {
    let settings = settings(labelled, others);
    let groups: BTreeSet<usize> = settings.first()?.examples.iter().map(|example| example.skill).collect();
    if groups.len() < 2 {
        return None;
    }
    let grams = decision(&settings, SOFT.0, |example| example.grams);
    let words = decision(&settings, SOFT.1, |example| example.words);
    let catalogues =
        settings.iter().enumerate().map(|(place, _)| accuracy(&settings, place, grams, words)).collect();
    let first = settings.first()?;
    let count = |wanted: usize| u32::try_from(wanted).unwrap_or(u32::MAX);
    Some(Measured {
        schema_version: SCHEMA_VERSION,
        written_by: written_by.to_owned(),
        labelled: Labelled {
            prompts: count(first.examples.len()),
            should_trigger: count(first.examples.iter().filter(|example| example.wanted).count()),
            skills: labelled.iter().map(|(skill, _)| skill.name.clone()).collect(),
        },
        grams: rounded(grams),
        words: rounded(words),
        catalogues,
    })
}

/// The skill alone, the labelled skills together, and with all others.
fn settings(labelled: &[(Skill, Owned)], others: &[Skill]) -> Vec<Setting> {
    let own: Vec<Skill> = labelled.iter().map(|(skill, _)| skill.clone()).collect();
    let all = Catalogue::new(own.iter().chain(others).cloned());
    let together = Catalogue::new(own.iter().cloned());
    let alone: Vec<Catalogue> = own.iter().map(|skill| Catalogue::new([skill.clone()])).collect();
    let size = |catalogue: &Catalogue| u32::try_from(catalogue.skills().len()).unwrap_or(u32::MAX);
    let mut found = vec![Setting { skills: 1, examples: examples(labelled, |place| alone.get(place)) }];
    found.push(Setting { skills: size(&together), examples: examples(labelled, |_| Some(&together)) });
    if !others.is_empty() {
        found.push(Setting { skills: size(&all), examples: examples(labelled, |_| Some(&all)) });
    }
    found
}

fn examples<'a>(
    labelled: &[(Skill, Owned)],
    catalogue: impl Fn(usize) -> Option<&'a Catalogue>,
) -> Vec<Example> {
    let mut found = Vec::new();
    for (place, (skill, owned)) in labelled.iter().enumerate() {
        let Some(catalogue) = catalogue(place) else { continue };
        let index = Index::new(catalogue.skills().iter().map(|skill| skill.listing.as_str()));
        let is_own = |at: usize| catalogue.get(at).is_some_and(|known| known.name == skill.name);
        for query in owned.set.queries.iter().filter(|query| query.label != Label::Either) {
            let similar = index.search(&query.text);
            let most = |own: bool, get: fn(&Similarity) -> f64| {
                let some = similar.iter().enumerate().filter(|(at, _)| is_own(*at) == own);
                some.map(|(_, found)| get(found)).fold(0.0, f64::max)
            };
            found.push(Example {
                skill: place,
                wanted: query.label == Label::Triggers,
                grams: (most(true, |found| found.grams), most(false, |found| found.grams)),
                words: (most(true, |found| found.words), most(false, |found| found.words)),
            });
        }
    }
    found
}

type Pick = fn(&Example) -> (f64, f64);

/// The floor with the best agreement on skills left out, and its threshold learnt on all.
fn decision(settings: &[Setting], soft: f64, pick: Pick) -> Decision {
    let mut best: Option<(f64, f64)> = None;
    for floor in FLOORS {
        let decide = |left_out| threshold(settings, Decision { floor, soft, threshold: 0.0 }, pick, left_out);
        let mut right = 0_u32;
        let mut all = 0_u32;
        for setting in settings {
            for example in &setting.examples {
                let decision = Decision { floor, soft, threshold: decide(Some(example.skill)) };
                right += u32::from(attracts(decision, pick(example)) == example.wanted);
                all += 1;
            }
        }
        let share = f64::from(right) / f64::from(all.max(1));
        if best.is_none_or(|(most, _)| share > most) {
            best = Some((share, floor));
        }
    }
    let floor = best.map_or(0.1, |(_, floor)| floor);
    let plain = Decision { floor, soft, threshold: 0.0 };
    Decision { threshold: threshold(settings, plain, pick, None), ..plain }
}

fn attracts(decision: Decision, (own, rival): (f64, f64)) -> bool {
    decision.margin(own, rival) > 0.0
}

/// The threshold with the most agreement over all catalogues, one skill left out.
fn threshold(settings: &[Setting], plain: Decision, pick: Pick, left_out: Option<usize>) -> f64 {
    let mut seen: Vec<(f64, bool)> = settings
        .iter()
        .flat_map(|setting| &setting.examples)
        .filter(|example| Some(example.skill) != left_out)
        .map(|example| {
            let (own, rival) = pick(example);
            (plain.margin(own, rival), example.wanted)
        })
        .collect();
    seen.sort_by(|one, other| one.0.total_cmp(&other.0));
    let Some((lowest, _)) = seen.first() else { return 0.0 };
    // Below the lowest everything is attracted.
    let mut right = seen.iter().filter(|(_, wanted)| *wanted).count();
    let mut best = (right, lowest - 1.0);
    for pair in seen.windows(2) {
        let [(here, wanted), (next, _)] = pair else { continue };
        right = if *wanted { right.saturating_sub(1) } else { right + 1 };
        if here < next && right > best.0 {
            best = (right, here.midpoint(*next));
        }
    }
    best.1
}

/// The agreement in one catalogue.
fn accuracy(settings: &[Setting], place: usize, grams: Decision, words: Decision) -> Accuracy {
    let Some(setting) = settings.get(place) else {
        return Accuracy {
            skills: 0,
            accuracy: 0.0,
            precision: 0.0,
            recall: 0.0,
            auc: 0.0,
            agreeing: 0.0,
            accuracy_agreeing: 0.0,
        };
    };
    let groups: BTreeSet<usize> = setting.examples.iter().map(|example| example.skill).collect();
    let (mut hit, mut false_hit, mut miss, mut rest) = (0_u32, 0_u32, 0_u32, 0_u32);
    let (mut both, mut both_right) = (0_u32, 0_u32);
    let mut areas = Vec::new();
    for group in groups {
        let learn = |decision: Decision, pick: Pick| {
            let plain = Decision { threshold: 0.0, ..decision };
            Decision { threshold: threshold(settings, plain, pick, Some(group)), ..plain }
        };
        let (first, second) = (learn(grams, |example| example.grams), learn(words, |example| example.words));
        let own: Vec<&Example> = setting.examples.iter().filter(|example| example.skill == group).collect();
        for example in &own {
            let says = attracts(first, example.grams);
            match (says, example.wanted) {
                (true, true) => hit += 1,
                (true, false) => false_hit += 1,
                (false, true) => miss += 1,
                (false, false) => rest += 1,
            }
            if says == attracts(second, example.words) {
                both += 1;
                both_right += u32::from(says == example.wanted);
            }
        }
        let margin = |example: &&&Example| grams.margin(example.grams.0, example.grams.1);
        let of = |wanted: bool| -> Vec<f64> {
            own.iter().filter(|example| example.wanted == wanted).map(|example| margin(&example)).collect()
        };
        areas.extend(area(&of(true), &of(false)));
    }
    let share = |part: u32, whole: u32| round(f64::from(part) / f64::from(whole.max(1)));
    let all = hit + false_hit + miss + rest;
    let areas_count = f64::from(u32::try_from(areas.len().max(1)).unwrap_or(u32::MAX));
    Accuracy {
        skills: setting.skills,
        accuracy: share(hit + rest, all),
        precision: share(hit, hit + false_hit),
        recall: share(hit, hit + miss),
        auc: round(areas.iter().sum::<f64>() / areas_count),
        agreeing: share(both, all),
        accuracy_agreeing: share(both_right, both),
    }
}

/// The chance that one of the first is above one of the second.
fn area(above: &[f64], below: &[f64]) -> Option<f64> {
    let pairs = above.len() * below.len();
    let half = |one: f64, other: f64| match one.total_cmp(&other) {
        std::cmp::Ordering::Greater => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Less => 0.0,
    };
    let sum: f64 = above.iter().flat_map(|one| below.iter().map(move |other| half(*one, *other))).sum();
    (pairs > 0).then(|| sum / f64::from(u32::try_from(pairs).unwrap_or(u32::MAX)))
}

fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

fn rounded(decision: Decision) -> Decision {
    Decision { threshold: round(decision.threshold), ..decision }
}

#[cfg(test)]
mod tests {
    use super::super::assess::tests::{PDF, SQL, catalogue, set};
    use super::*;

    #[test]
    fn learns_what_tells_prompts_apart() {
        let skills = [
            ("pdf", PDF),
            ("sql", SQL),
            ("tea", "Brew green tea, choose leaves, water temperature and steeping time"),
        ];
        let catalogue = catalogue(&skills);
        let yes = |name: &str| match name {
            "pdf" => ["merge these pdf files", "extract text from the pdf documents"],
            "sql" => ["optimise these sql queries", "explain the slow query plans"],
            _ => ["choose tea leaves for me", "which water temperature for green tea"],
        };
        let labelled: Vec<(Skill, Owned)> = catalogue
            .skills()
            .iter()
            .map(|skill| {
                (
                    skill.clone(),
                    set(&catalogue, &skill.name, &yes(&skill.name), &["paint the fence", "book a flight"]),
                )
            })
            .collect();
        let others = [catalogue.skills()[0].clone()];
        let found = fit(&labelled, &others, "a test").expect("three skills");
        assert_eq!((found.labelled.prompts, found.labelled.should_trigger), (12, 6));
        assert_eq!(found.catalogues.iter().map(|one| one.skills).collect::<Vec<_>>(), [1, 3, 3]);
        for one in &found.catalogues {
            assert!(one.accuracy > 0.9 && one.auc > 0.99, "{one:?}");
        }
        assert!(fit(&labelled[..1], &others, "a test").is_none());
    }

    #[test]
    fn the_area_counts_pairs() {
        assert_eq!(area(&[2.0, 3.0], &[1.0, 2.0]), Some(0.875));
        assert_eq!(area(&[], &[1.0]), None);
    }

    #[test]
    fn labels_that_follow_nothing_are_not_learnt() {
        let examples: Vec<Example> = (0..40)
            .map(|number| Example {
                skill: number % 4,
                wanted: (number / 4) % 2 == 0,
                grams: (0.2, 0.1),
                words: (0.2, 0.1),
            })
            .collect();
        let settings = [Setting { skills: 1, examples }];
        let found = decision(&settings, 0.02, |example| example.grams);
        let accuracy = accuracy(&settings, 0, found, found);
        assert!((accuracy.accuracy - 0.5).abs() < 0.01 && (accuracy.auc - 0.5).abs() < 1e-9);
    }
}
