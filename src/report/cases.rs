//! What came of cases, for every renderer.

use crate::base::Usd;
use crate::base::text::{plural, thousands};
use crate::case::judge::Held;
use crate::eval::outcome::{CaseResult, CaseState, RunState};
use rust_decimal::Decimal;
use serde::Serialize;

/// The cases of a run.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct CasesReport {
    /// `replay`, `record`, `refresh` or `off`.
    pub mode: String,
    /// The cases, in the order in which they stand.
    pub cases: Vec<CaseResult>,
    /// Cases and assertions of base that head no longer has.
    pub weakened: Vec<String>,
    /// Files with cases that cannot be read, each with its line.
    pub faults: Vec<String>,
    /// Model calls that a recording answered.
    pub replayed: u32,
    /// Model calls that a model answered.
    pub asked: u32,
    /// Tokens of all of them, as recorded or as sent.
    pub tokens: u64,
    /// Dollars of all of them that have a price.
    pub cost: Usd,
    /// Runs whose cost is not known.
    pub unpriced: u32,
    /// Days since the oldest recording that was used.
    pub oldest_days: Option<u32>,
}

/// Why something did not pass: what, where and why.
pub struct Trouble {
    /// The cases it happened to, with their repeats when there are several.
    pub what: String,
    /// Why.
    pub why: Vec<String>,
}

impl CasesReport {
    /// Puts cases together.
    pub fn new(
        mode: &str,
        cases: Vec<CaseResult>,
        weakened: Vec<String>,
        faults: Vec<String>,
        now: jiff::Timestamp,
    ) -> Self {
        let runs = || cases.iter().flat_map(|case| &case.runs);
        let replayed = runs().map(|run| run.replayed).sum();
        let turns: u32 = runs().map(|run| run.transcript.turns).sum();
        let tokens = runs().map(|run| run.transcript.usage.total()).fold(0, u64::saturating_add);
        let cost: Decimal =
            runs().filter_map(|run| run.transcript.cost).fold(Decimal::ZERO, Decimal::saturating_add);
        let unpriced = runs().filter(|run| run.transcript.turns > 0 && run.transcript.cost.is_none()).count();
        let oldest = runs().filter_map(|run| run.recorded_at).min();
        let oldest_days = oldest.map(|at| {
            let days = now.duration_since(at).as_hours() / 24;
            u32::try_from(days).unwrap_or(0)
        });
        Self {
            mode: mode.to_owned(),
            replayed,
            asked: turns.saturating_sub(replayed),
            tokens,
            cost: Usd::new(cost),
            unpriced: u32::try_from(unpriced).unwrap_or(u32::MAX),
            oldest_days,
            cases,
            weakened,
            faults,
        }
    }

    /// How many cases ended so.
    pub fn count(&self, state: CaseState) -> usize {
        self.cases.iter().filter(|case| case.state == state).count()
    }

    /// `12 cases: 10 passed, 2 failed; 34 model calls replayed, recorded up to 3 days ago; $0.12 as recorded`.
    pub fn summary(&self) -> String {
        let mut states: Vec<String> = Vec::new();
        for state in CaseState::ALL {
            let count = self.count(state);
            if count > 0 {
                states.push(format!("{} {}", thousands(count as u64), state.words()));
            }
        }
        let mut parts = vec![match states.len() {
            0 => "no cases".to_owned(),
            _ => format!("{}: {}", plural(self.cases.len(), "case", "cases"), states.join(", ")),
        }];
        if !self.faults.is_empty() {
            parts.push(plural(self.faults.len(), "error in files with cases", "errors in files with cases"));
        }
        if !self.weakened.is_empty() {
            parts.push(format!(
                "{} of base gone",
                plural(self.weakened.len(), "case or assertion", "cases or assertions")
            ));
        }
        if self.replayed > 0 {
            let age = match self.oldest_days {
                None | Some(0) => "today".to_owned(),
                Some(days) => format!("up to {} ago", plural(days as usize, "day", "days")),
            };
            parts.push(format!(
                "{} replayed, recorded {age}",
                plural(self.replayed as usize, "model call", "model calls")
            ));
        }
        if self.asked > 0 {
            parts.push(format!("{} asked", plural(self.asked as usize, "model call", "model calls")));
        }
        if self.replayed + self.asked > 0 {
            let unpriced = if self.unpriced > 0 { " without those that have no price" } else { "" };
            parts.push(format!("{}{unpriced}", self.cost.with_digits(4)));
        }
        parts.join("; ")
    }

    /// The same in a few words: the gravest thing alone.
    pub fn headline(&self) -> String {
        if !self.faults.is_empty() {
            return plural(self.faults.len(), "error in files with cases", "errors in files with cases");
        }
        let worst = CaseState::ALL.into_iter().rev().find(|state| self.count(*state) > 0);
        match worst {
            Some(state) if state >= CaseState::Failed || self.weakened.is_empty() => {
                format!("{} {}", plural(self.count(state), "case", "cases"), state.words())
            }
            _ => format!(
                "{} of base gone",
                plural(self.weakened.len(), "case or assertion", "cases or assertions")
            ),
        }
    }

    /// Everything that did not pass, cases in their order.
    pub fn troubles(&self) -> Vec<Trouble> {
        let mut found: Vec<(Vec<String>, Vec<String>)> = Vec::new();
        for case in self.cases.iter().filter(|case| case.state != CaseState::Passed) {
            for run in &case.runs {
                let repeat = if case.runs.len() > 1 {
                    format!(", repeat {} of {}", run.repeat, case.runs.len())
                } else {
                    String::new()
                };
                let name = format!("{}{repeat}", case.id);
                let why = match &run.state {
                    RunState::Passed => continue,
                    RunState::Failed => run
                        .judged
                        .iter()
                        .filter_map(|judged| match &judged.held {
                            Held::Fail(reason) => {
                                Some(format!("`{}` in line {}: {reason}", judged.assertion, judged.line))
                            }
                            _ => None,
                        })
                        .collect(),
                    RunState::NotJudged => vec![
                        "only a model can judge it, and none was asked; `weighbridge integration` asks"
                            .to_owned(),
                    ],
                    RunState::NotRecorded(reasons) => {
                        reasons.iter().map(|reason| format!("not recorded: {reason}")).collect()
                    }
                    RunState::NotRun(reason) => vec![format!("not run: {reason}")],
                    RunState::Error(reason) => vec![reason.clone()],
                };
                // One changed line of an instruction file stops many cases for the same reason.
                match found.iter_mut().find(|(_, known)| *known == why) {
                    Some((names, _)) => names.push(name),
                    None => found.push((vec![name], why)),
                }
                // Repeats that end the same way say nothing new.
                if !matches!(run.state, RunState::Failed) {
                    break;
                }
            }
        }
        found.into_iter().map(|(names, why)| Trouble { what: listed(&names), why }).collect()
    }
}

/// Names of a list that are shown; the rest are counted.
const NAMES: usize = 3;

/// `a, b, c and 4 more`.
fn listed(names: &[String]) -> String {
    let shown = names.iter().take(NAMES).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
