//! What came of cases, for every renderer.

use crate::base::Usd;
use crate::base::text::{plural, thousands};
use crate::case::judge::Held;
use crate::eval::baseline::Compared;
use crate::eval::outcome::{CaseResult, CaseState, RunState};
use crate::eval::skill_triggers::SkillTriggers;
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
    /// Cases against their baseline; empty without one.
    pub compared: Vec<Compared>,
    /// What trials show of skills; empty when none were made.
    pub triggers: Vec<SkillTriggers>,
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
        let turns: u32 = runs().map(|run| run.transcript.turns.saturating_add(run.judging.calls)).sum();
        let usages = runs().map(|run| run.transcript.usage.plus(run.judging.usage).total());
        let tokens = usages.fold(0, u64::saturating_add);
        let cost: Decimal =
            runs().filter_map(|run| run.transcript.cost).fold(Decimal::ZERO, Decimal::saturating_add);
        let cost = runs().map(|run| run.judging.cost).fold(cost, Decimal::saturating_add);
        let unpriced = runs()
            .filter(|run| {
                (run.transcript.turns > 0 && run.transcript.cost.is_none()) || run.judging.unpriced > 0
            })
            .count();
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
            compared: Vec::new(),
            triggers: Vec::new(),
            faults,
        }
    }

    /// Adds what a baseline says.
    #[must_use]
    pub fn with_compared(mut self, compared: Vec<Compared>) -> Self {
        self.compared = compared;
        self
    }

    /// Adds what trials of skills show, with what they took.
    #[must_use]
    pub fn with_triggers(
        mut self,
        triggers: Vec<SkillTriggers>,
        trials: Vec<CaseResult>,
        now: jiff::Timestamp,
    ) -> Self {
        let taken = Self::new("", trials, Vec::new(), Vec::new(), now);
        self.replayed += taken.replayed;
        self.asked += taken.asked;
        self.tokens = self.tokens.saturating_add(taken.tokens);
        self.cost = Usd::new(self.cost.amount().saturating_add(taken.cost.amount()));
        self.unpriced += taken.unpriced;
        self.oldest_days = self.oldest_days.into_iter().chain(taken.oldest_days).max();
        self.triggers = triggers;
        self
    }

    /// Cases that pass less often than before.
    pub fn regressions(&self) -> usize {
        self.compared.iter().filter(|compared| compared.verdict == Compared::REGRESSION).count()
    }

    /// Each case against its baseline where that says something, in words; the rest in one line.
    pub fn compared_lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut quiet = 0;
        for compared in &self.compared {
            if compared.verdict == "no evidence" {
                quiet += 1;
                continue;
            }
            let ((was, of), (is, now_of)) = (compared.before, compared.after);
            let more = compared
                .repeats_that_would_decide
                .map(|repeats| format!("; {repeats} repeats on each side would decide"))
                .unwrap_or_default();
            let how = if compared.changed { "" } else { ", with the same configuration" };
            lines.push(format!(
                "{}: {}: {was} of {of} then, {is} of {now_of} now{how} (p {:.3}){more}",
                compared.id, compared.verdict, compared.p
            ));
        }
        if quiet > 0 {
            lines.push(format!(
                "{} no evidence of a difference",
                match quiet {
                    1 => "1 case shows".to_owned(),
                    many => format!("{many} cases show"),
                }
            ));
        }
        lines
    }

    /// What trials show of each skill, in words, and the prompts that went wrong.
    pub fn trigger_lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for skill in &self.triggers {
            for (side, what) in
                [(&skill.should, "starts when it should"), (&skill.should_not, "stays away when it should")]
            {
                let errors = if side.errors > 0 {
                    format!("; {} ended in errors", side.errors)
                } else {
                    String::new()
                };
                let Some(at_least) = side.at_least else {
                    if side.errors > 0 {
                        lines.push(format!("{}: {what}: no trial came to its end{errors}", skill.skill));
                    }
                    continue;
                };
                let more =
                    side.more.map(|more| format!(", {more} more would have to pass")).unwrap_or_default();
                lines.push(format!(
                    "{}: {what}: {} of {}, so at least {:.0} % at 95 % confidence; 90 % is {}{more}{errors}",
                    skill.skill,
                    side.passed,
                    side.of,
                    (100.0 * at_least).floor(),
                    side.verdict
                ));
            }
            for miss in &skill.misses {
                let wrong = if miss.should { "was not started" } else { "was started" };
                lines.push(format!(
                    "{}: {} {wrong} by {} of {}: {}",
                    miss.place,
                    skill.skill,
                    miss.of - miss.passed,
                    miss.of,
                    crate::base::text::truncate_end(&miss.prompt, 120)
                ));
            }
        }
        lines
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
        if !self.compared.is_empty() {
            let worse = plural(self.regressions(), "regression", "regressions");
            parts.push(format!("{worse} against the baseline"));
        }
        if !self.triggers.is_empty() {
            parts.push(format!("{} tried", plural(self.triggers.len(), "skill", "skills")));
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
