//! What came of cases: runs, and cases over their repeats.

use crate::base::Verdict;
use crate::case::judge::{Held, Judged};
use crate::case::{Case, Transcript};
use crate::chat::Usage;
use rust_decimal::Decimal;
use serde::Serialize;

/// One run of a case.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct RunResult {
    /// Which repeat, from 1.
    pub repeat: u32,
    /// What became of it.
    pub state: RunState,
    /// Each assertion; empty when the run did not get to the end.
    pub judged: Vec<Judged>,
    /// What happened.
    pub transcript: Transcript,
    /// When the oldest answer was recorded; `None` when all were fresh.
    #[schemars(with = "Option<String>")]
    pub recorded_at: Option<jiff::Timestamp>,
    /// Model calls that a recording answered, those of judges included.
    pub replayed: u32,
    /// What judging took besides.
    pub judging: Judging,
}

/// Model calls of judges.
#[derive(Clone, Debug, Default, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Judging {
    /// How many.
    pub calls: u32,
    /// Their tokens, as far as providers said.
    pub usage: Usage,
    /// Dollars of those that have a price.
    #[schemars(with = "String")]
    pub cost: Decimal,
    /// Calls whose cost is not known.
    pub unpriced: u32,
}

impl Judging {
    /// Adds a call.
    pub fn add(&mut self, usage: Option<Usage>, cost: Option<Decimal>) {
        self.calls += 1;
        self.usage = self.usage.plus(usage.unwrap_or_default());
        match cost {
            Some(cost) => self.cost = self.cost.saturating_add(cost),
            None => self.unpriced += 1,
        }
    }
}

/// What became of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "state", content = "reasons")]
pub enum RunState {
    /// Everything that could be judged holds, and something could.
    Passed,
    /// Something does not hold.
    Failed,
    /// Nothing of it could be judged in this run: a case for a judge, without one.
    NotJudged,
    /// No recording answers it, and why.
    NotRecorded(Vec<String>),
    /// It was not run: the limit of what may be spent.
    NotRun(String),
    /// It could not be told, and why.
    Error(String),
}

/// What became of a case over its repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CaseState {
    /// Enough repeats pass.
    Passed,
    /// Nothing of it could be judged in this run.
    NotJudged,
    /// Too few repeats pass.
    Failed,
    /// A limit of what may be spent left repeats out.
    NotRun,
    /// A repeat has no recording.
    NotRecorded,
    /// It could not be told.
    Error,
}

impl CaseState {
    /// Every state, from the best to the worst.
    pub const ALL: [Self; 6] =
        [Self::Passed, Self::NotJudged, Self::Failed, Self::NotRun, Self::NotRecorded, Self::Error];

    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::NotJudged => "not judged",
            Self::Failed => "failed",
            Self::NotRun => "not run",
            Self::NotRecorded => "not recorded",
            Self::Error => "error",
        }
    }

    /// What it means for the change.
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::Passed => Verdict::Pass,
            Self::NotJudged => Verdict::Warn,
            Self::Failed => Verdict::Block,
            Self::NotRun | Self::NotRecorded | Self::Error => Verdict::Error,
        }
    }
}

/// A case and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct CaseResult {
    /// The case.
    pub id: String,
    /// Its file.
    pub file: String,
    /// 1-based line in it.
    pub line: u32,
    /// The model that was asked; empty when nobody could be.
    pub model: String,
    /// What became of it.
    pub state: CaseState,
    /// Repeats that passed.
    pub passed: u32,
    /// Repeats that came to an end and could be judged.
    pub judged: u32,
    /// Its repeats.
    pub runs: Vec<RunResult>,
}

impl RunResult {
    /// A run that was not begun, or not finished.
    pub fn unfinished(repeat: u32, state: RunState, transcript: Transcript) -> Self {
        Self {
            repeat,
            state,
            judged: Vec::new(),
            transcript,
            recorded_at: None,
            replayed: 0,
            judging: Judging::default(),
        }
    }

    /// Adds what judging took.
    #[must_use]
    pub fn with_judging(mut self, judging: Judging) -> Self {
        self.judging = judging;
        self
    }

    /// A run that came to its end.
    pub fn finished(
        repeat: u32,
        judged: Vec<Judged>,
        transcript: Transcript,
        (recorded_at, replayed): (Option<jiff::Timestamp>, u32),
    ) -> Self {
        let mut state = RunState::NotJudged;
        for item in &judged {
            match (&item.held, &state) {
                (Held::Error(reason), RunState::Passed | RunState::NotJudged | RunState::Failed) => {
                    state = RunState::Error(format!("`{}` in line {}: {reason}", item.assertion, item.line));
                }
                (Held::Fail(_), RunState::Passed | RunState::NotJudged) => state = RunState::Failed,
                (Held::Pass, RunState::NotJudged) => state = RunState::Passed,
                _ => {}
            }
        }
        Self { repeat, state, judged, transcript, recorded_at, replayed, judging: Judging::default() }
    }
}

/// Puts the runs of a case together.
pub fn case_result(case: &Case, model: &str, runs: Vec<RunResult>) -> CaseResult {
    let count = |wanted: fn(&RunState) -> bool| {
        u32::try_from(runs.iter().filter(|run| wanted(&run.state)).count()).unwrap_or(u32::MAX)
    };
    let passed = count(|state| matches!(state, RunState::Passed));
    let failed = count(|state| matches!(state, RunState::Failed));
    let open = count(|state| matches!(state, RunState::NotJudged));
    let judged = passed + failed;
    let state = if count(|state| matches!(state, RunState::Error(_))) > 0 || runs.is_empty() {
        CaseState::Error
    } else if count(|state| matches!(state, RunState::NotRecorded(_))) > 0 {
        CaseState::NotRecorded
    } else if count(|state| matches!(state, RunState::NotRun(_))) > 0 {
        CaseState::NotRun
    } else if judged == 0 && open > 0 {
        CaseState::NotJudged
    } else if u64::from(passed) * 100 >= u64::from(judged) * u64::from(case.pass_percent) {
        CaseState::Passed
    } else {
        CaseState::Failed
    };
    CaseResult {
        id: case.id.clone(),
        file: case.place.path.to_string(),
        line: case.place.line(),
        model: model.to_owned(),
        state,
        passed,
        judged,
        runs,
    }
}
