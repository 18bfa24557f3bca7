//! Do models start a skill when they should: each prompt of a trigger set asked with the real skill index, repeated.
//!
//! Only the first answer counts: it reads the skill, or it does not. Trials that ended in an error are no trials.

use super::outcome::{CaseResult, RunState};
use crate::base::{Place, RepoPath};
use crate::case::assertion::{Assertion, Skills};
use crate::case::{Case, DEFAULT_MAX_TOKENS, Placed, Target};
use crate::chat::Sampling;
use crate::evidence::Count;
use crate::evidence::bound::{Bar, Verdict as Shown, lower};
use crate::triggers::find::Owned;
use crate::triggers::{Catalogue, Label};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// A prompt as a case, with the skill it is about.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The case.
    pub case: Case,
    /// The skill.
    pub skill: String,
    /// It should start.
    pub should: bool,
}

/// What trials show of a skill.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SkillTriggers {
    /// The skill.
    pub skill: String,
    /// The model that was asked.
    pub model: String,
    /// Prompts that should start it.
    pub should: Trials,
    /// Prompts that should not.
    pub should_not: Trials,
    /// Prompts that went wrong at least once, with how often.
    pub misses: Vec<Miss>,
}

/// Trials of one kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Trials {
    /// That ended as they should.
    pub passed: u32,
    /// That ended.
    pub of: u32,
    /// That ended in an error, a timeout among them, or were not run.
    pub errors: u32,
    /// The rate is at least this, with the confidence of the bar; `None` without trials.
    pub at_least: Option<f64>,
    /// `shown`, `refuted`, `not shown`; empty without trials.
    pub verdict: String,
    /// Trials more that would show it, if all of them passed.
    pub more: Option<u32>,
}

/// A prompt that went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Miss {
    /// Its set and line.
    pub place: String,
    /// The prompt.
    pub prompt: String,
    /// It should start the skill.
    pub should: bool,
    /// How often it went as it should.
    pub passed: u32,
    /// How often it was tried to the end.
    pub of: u32,
}

/// How the names of trials begin. No case can be called so, though one file may hold both.
pub const TRIAL: &str = "trigger~";

/// The name of the trial of a prompt, counted from 0.
fn trial_id(set: &RepoPath, number: usize) -> String {
    format!("{set}#{TRIAL}{}", number + 1)
}

/// The prompts of trigger sets as cases. Edge cases that an author marks as such, and prompts about no skill, are left
/// out.
pub fn trials(sets: &[Owned], catalogue: &Catalogue, repeat: u32) -> Vec<Trial> {
    let mut found = Vec::new();
    for owned in sets {
        for (number, (query, target)) in owned.set.queries.iter().zip(&owned.targets).enumerate() {
            let Some(skill) = target.and_then(|place| catalogue.get(place)) else { continue };
            let should = match query.label {
                Label::Triggers => true,
                Label::Stays => false,
                Label::Either => continue,
            };
            let name = skill.name.clone();
            let wanted = if should {
                Skills { loaded: vec![name.clone()], not_loaded: Vec::new() }
            } else {
                Skills { loaded: Vec::new(), not_loaded: vec![name.clone()] }
            };
            let case = Case {
                id: trial_id(&owned.set.path, number),
                place: Place::span(owned.set.path.clone(), query.span),
                prompts: vec![query.text.clone()],
                target: Target::Client { client: None, folder: RepoPath::root(), agent: None },
                model: None,
                provider: None,
                sampling: Sampling { max_tokens: DEFAULT_MAX_TOKENS, ..Sampling::default() },
                max_turns: 1,
                repeat,
                pass_percent: 100,
                first_only: true,
                tools: BTreeMap::new(),
                asserts: vec![Placed { assertion: Assertion::Skills(wanted), line: query.span.start.line }],
            };
            found.push(Trial { case, skill: name, should });
        }
    }
    found
}

/// Puts results together by skill. Results stand in the order of the trials.
pub fn by_skill(trials: &[Trial], results: &[CaseResult], bar: Bar) -> Vec<SkillTriggers> {
    let mut found: BTreeMap<&str, SkillTriggers> = BTreeMap::new();
    for (trial, result) in trials.iter().zip(results) {
        let entry = found.entry(&trial.skill).or_insert_with(|| SkillTriggers {
            skill: trial.skill.clone(),
            model: result.model.clone(),
            should: Trials::default(),
            should_not: Trials::default(),
            misses: Vec::new(),
        });
        let side = if trial.should { &mut entry.should } else { &mut entry.should_not };
        // What the model called besides may be unknown here; whether it read the skill is all that is asked.
        let ended = |run: &&super::RunResult| matches!(run.state, RunState::Passed | RunState::Failed);
        let skills_hold = |run: &&super::RunResult| {
            run.judged
                .iter()
                .filter(|judged| judged.assertion == "skills")
                .all(|judged| judged.held == crate::case::judge::Held::Pass)
        };
        let of = u32::try_from(result.runs.iter().filter(ended).count()).unwrap_or(u32::MAX);
        let passed =
            u32::try_from(result.runs.iter().filter(ended).filter(skills_hold).count()).unwrap_or(u32::MAX);
        side.passed = side.passed.saturating_add(passed);
        side.of = side.of.saturating_add(of);
        side.errors = side
            .errors
            .saturating_add(u32::try_from(result.runs.len()).unwrap_or(u32::MAX).saturating_sub(of));
        if passed < of {
            entry.misses.push(Miss {
                place: format!("{}:{}", result.file, result.line),
                prompt: trial.case.prompts.first().cloned().unwrap_or_default(),
                should: trial.should,
                passed,
                of,
            });
        }
    }
    let mut found: Vec<SkillTriggers> = found.into_values().collect();
    for skill in &mut found {
        for side in [&mut skill.should, &mut skill.should_not] {
            let Some(count) = Count::new(side.passed, side.of).filter(|count| count.of() > 0) else {
                continue;
            };
            side.at_least = Some(lower(count, bar.confidence()));
            let (verdict, more) = match bar.judge(count) {
                Shown::Shown => ("shown", None),
                Shown::Refuted => ("refuted", None),
                Shown::NotShown { more } => ("not shown", more),
            };
            verdict.clone_into(&mut side.verdict);
            side.more = more;
        }
    }
    found
}
