//! Baselines: how often each case passed, kept to compare later runs with.
//!
//! A baseline is written only when asked for, and only by a run in which every case came to its end: a partial run must
//! not become what later ones are measured by.

use super::outcome::{CaseResult, CaseState, RunState};
use crate::chat::key::key;
use crate::evidence::Count;
use crate::evidence::fisher::{self, Change};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The file, from the root of the repository.
pub const FILE: &str = ".weighbridge/baseline.yaml";
/// Larger baselines are not read, in bytes.
pub const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// Version of the format.
const SCHEMA: u32 = 1;
/// How sure a difference has to be: the probability of seeing one without a cause, over all cases together.
pub const ALPHA: f64 = 0.05;

/// What is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Version of the format.
    pub schema: u32,
    /// Each case, by its id.
    pub cases: BTreeMap<String, Entry>,
}

/// How often a case passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Digest of what the first call sends: model, prompts, tools, sampling.
    pub configuration: String,
    /// The model that was asked.
    pub model: String,
    /// Repeats that passed.
    pub passed: u32,
    /// Repeats that came to an end and could be judged.
    pub of: u32,
}

/// A case against its baseline.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Compared {
    /// The case.
    pub id: String,
    /// Before: passed, and of how many.
    pub before: (u32, u32),
    /// Now.
    pub after: (u32, u32),
    /// True when the configuration is another one than then.
    pub changed: bool,
    /// `regression`, `improvement`, `no evidence`, `insufficient data`.
    pub verdict: String,
    /// The probability of such a difference without a cause, corrected for the number of cases.
    pub p: f64,
    /// Repeats on each side that would decide, when there is too little data.
    pub repeats_that_would_decide: Option<u32>,
}

impl Compared {
    /// The verdict of a case that passes less often than before.
    pub const REGRESSION: &'static str = "regression";
}

/// The digest of what a case sends first.
pub fn configuration(first: Option<&crate::chat::Request>) -> String {
    // Repeats differ in nothing but their number.
    first.map(|request| key(request, 0)).unwrap_or_default()
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let read: Self = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
        if read.schema != SCHEMA {
            return Err(format!(
                "it has version {} of the format, and this program knows {SCHEMA}",
                read.schema
            ));
        }
        if let Some((id, _)) =
            read.cases.iter().find(|(_, entry)| Count::new(entry.passed, entry.of).is_none())
        {
            return Err(format!("{id}: more repeats pass than there are"));
        }
        Ok(read)
    }

    /// The text of the file.
    ///
    /// # Errors
    /// When it cannot be written as YAML.
    pub fn text(&self) -> Result<String, String> {
        serde_yaml::to_string(self).map_err(|error| error.to_string())
    }

    /// The baseline of a run.
    ///
    /// # Errors
    /// Why it must not become one: a case did not come to its end.
    pub fn of(results: &[CaseResult], configurations: &[String]) -> Result<Self, String> {
        if results.is_empty() {
            return Err("there are no cases".to_owned());
        }
        let mut cases = BTreeMap::new();
        for (result, configuration) in results.iter().zip(configurations) {
            let complete = result
                .runs
                .iter()
                .all(|run| matches!(run.state, RunState::Passed | RunState::Failed | RunState::NotJudged));
            if !complete || result.state > CaseState::Failed {
                return Err(format!("{} did not come to its end: {}", result.id, result.state.words()));
            }
            let entry = Entry {
                configuration: configuration.clone(),
                model: result.model.clone(),
                passed: result.passed,
                of: result.judged,
            };
            cases.insert(result.id.clone(), entry);
        }
        Ok(Self { schema: SCHEMA, cases })
    }

    /// Compares a run with the baseline. Cases that are on one side only, or were not judged, are left out.
    pub fn compare(&self, results: &[CaseResult], configurations: &[String]) -> Vec<Compared> {
        let pairs: Vec<(&CaseResult, &Entry, &String, (Count, Count))> = results
            .iter()
            .zip(configurations)
            .filter_map(|(result, configuration)| {
                let entry = self.cases.get(&result.id)?;
                let (before, after) =
                    (Count::new(entry.passed, entry.of)?, Count::new(result.passed, result.judged)?);
                (before.of() > 0 && after.of() > 0).then_some((result, entry, configuration, (before, after)))
            })
            .collect();
        let counts: Vec<(Count, Count)> = pairs.iter().map(|pair| pair.3).collect();
        let found = fisher::compare(&counts, ALPHA);
        pairs
            .into_iter()
            .zip(found)
            .map(|((result, entry, configuration, _), comparison)| {
                let (verdict, repeats) = match comparison.change {
                    Change::Regression => (Compared::REGRESSION, None),
                    Change::Improvement => ("improvement", None),
                    Change::NoEvidence => ("no evidence", None),
                    Change::InsufficientData { repeats } => ("insufficient data", repeats),
                };
                Compared {
                    id: result.id.clone(),
                    before: (entry.passed, entry.of),
                    after: (result.passed, result.judged),
                    changed: entry.configuration != *configuration,
                    verdict: verdict.to_owned(),
                    p: comparison.adjusted,
                    repeats_that_would_decide: repeats,
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Transcript;
    use crate::eval::RunResult;

    fn result(id: &str, passed: u32, of: u32) -> CaseResult {
        let run = |state: RunState| RunResult::unfinished(1, state, Transcript::default());
        let runs = (0..of).map(|at| run(if at < passed { RunState::Passed } else { RunState::Failed }));
        CaseResult {
            id: id.to_owned(),
            file: "a.eval.yaml".to_owned(),
            line: 1,
            model: "m".to_owned(),
            state: if passed == of { CaseState::Passed } else { CaseState::Failed },
            passed,
            judged: of,
            runs: runs.collect(),
        }
    }

    fn verdicts(before: &[CaseResult], after: &[CaseResult]) -> Vec<String> {
        let configurations = vec!["c".to_owned(); 9];
        let baseline = Baseline::of(before, &configurations).expect("complete");
        let again = Baseline::parse(&baseline.text().expect("YAML")).expect("the same");
        assert_eq!(again, baseline);
        again.compare(after, &configurations).into_iter().map(|compared| compared.verdict).collect()
    }

    #[test]
    fn says_what_the_counts_show() {
        assert_eq!(verdicts(&[result("a", 20, 20)], &[result("a", 2, 20)]), ["regression"]);
        assert_eq!(verdicts(&[result("a", 2, 20)], &[result("a", 20, 20)]), ["improvement"]);
        assert_eq!(verdicts(&[result("a", 19, 20)], &[result("a", 18, 20)]), ["no evidence"]);
        assert_eq!(verdicts(&[result("a", 1, 1)], &[result("a", 0, 1)]), ["insufficient data"]);
        assert_eq!(verdicts(&[result("a", 1, 1)], &[result("b", 0, 1)]), Vec::<String>::new());
    }

    #[test]
    fn a_partial_run_is_no_baseline() {
        let mut partial = result("a", 3, 3);
        partial.runs[1].state = RunState::NotRun("the limit is reached".to_owned());
        partial.state = CaseState::NotRun;
        let error = Baseline::of(&[result("b", 1, 1), partial], &[String::new(), String::new()])
            .expect_err("partial");
        assert_eq!(error, "a did not come to its end: not run");
        assert!(Baseline::of(&[], &[]).is_err());
        for bad in [
            "",
            "schema: 2\ncases: {}",
            "schema: 1\ncases: {a: {configuration: x, model: m, passed: 3, of: 2}}",
        ] {
            assert!(Baseline::parse(bad).is_err(), "{bad}");
        }
    }
}
