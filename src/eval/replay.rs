//! Runs a case from recordings alone.

use super::context::Contexts;
use super::conversation::{Conversation, Next};
use super::ledger::actual;
use super::outcome::{CaseResult, Judging, RunResult, RunState, case_result};
use super::plan::{Asked, Plan, rates};
use super::recording::{Hit, Recording, Recordings, hit, reasons};
use super::rubric::{self, JUDGE};
use crate::case::assertion::Assertion;
use crate::case::judge::{Held, Judged, judge};
use crate::case::{Case, Transcript};
use crate::chat::key::key;
use crate::chat::{Request, Stop};
use crate::cost::project::price::Prices;

/// The recording of one run, read from front to back.
pub struct Tape<'a> {
    recordings: &'a Recordings,
    recording: Option<Recording>,
    repeat: u32,
    at: usize,
}

impl<'a> Tape<'a> {
    /// The recording of a run of a case, if there is one.
    ///
    /// # Errors
    /// When there is one that cannot be read.
    pub fn of(recordings: &'a Recordings, case: &Case, repeat: u32) -> Result<Self, String> {
        let recording = recordings.of(&case.id, repeat)?;
        Ok(Self { recordings, recording, repeat, at: 0 })
    }

    /// An empty one.
    pub const fn blank(recordings: &'a Recordings, repeat: u32) -> Self {
        Self { recordings, recording: None, repeat, at: 0 }
    }

    /// True when the run was recorded before.
    pub const fn is_recorded(&self) -> bool {
        self.recording.is_some()
    }

    /// The answer to a request.
    ///
    /// # Errors
    /// Why there is none: what has changed since it was recorded.
    pub fn find(&mut self, agent: &str, request: &Request) -> Result<Hit, Vec<String>> {
        let key = key(request, self.repeat);
        let found = self.recording.as_ref().and_then(|recording| {
            let from_here = recording.exchanges.iter().enumerate().skip(self.at);
            let all = from_here.chain(recording.exchanges.iter().enumerate().take(self.at));
            let (at, exchange) = all.into_iter().find(|(_, exchange)| exchange.key == key)?;
            Some((at, hit(exchange)))
        });
        if let Some((at, hit)) = found {
            self.at = at + 1;
            return Ok(hit);
        }
        // Only a case that was renamed looks elsewhere: that reads every recording there is.
        let elsewhere = if self.recording.is_none() { self.recordings.by_key(&key) } else { None };
        elsewhere.ok_or_else(|| reasons(self.recording.as_ref(), self.at, agent, request))
    }
}

/// Runs every repeat of a case from recordings.
pub fn replay(
    plan: &Plan<'_>,
    contexts: &Contexts<'_>,
    recordings: &Recordings,
    prices: Prices<'_>,
) -> CaseResult {
    let case = plan.case;
    let runs = match &plan.asked {
        Err(reason) => vec![RunResult::unfinished(1, RunState::Error(reason.clone()), Transcript::default())],
        Ok(asked) => {
            (1..=case.repeat).map(|repeat| run(case, asked, repeat, contexts, recordings, prices)).collect()
        }
    };
    let model = plan.asked.as_ref().map(|asked| asked.model.as_str()).unwrap_or_default();
    case_result(case, model, runs)
}

fn run(
    case: &Case,
    asked: &Asked,
    repeat: u32,
    contexts: &Contexts<'_>,
    recordings: &Recordings,
    prices: Prices<'_>,
) -> RunResult {
    let stopped = |state, transcript| RunResult::unfinished(repeat, state, transcript);
    let mut tape = match Tape::of(recordings, case, repeat) {
        Ok(tape) => tape,
        Err(reason) => return stopped(RunState::Error(reason), Transcript::default()),
    };
    let mut conversation = match Conversation::new(case, contexts, asked.clone()) {
        Ok(conversation) => conversation,
        Err(reason) => return stopped(RunState::Error(reason), Transcript::default()),
    };
    let (mut oldest, mut replayed) = (None, 0);
    loop {
        match conversation.next() {
            Next::Done => break,
            Next::Stuck(reason) => {
                let result = stopped(RunState::Error(reason), conversation.transcript());
                return RunResult { recorded_at: oldest, replayed, ..result };
            }
            Next::Ask { agent, request, .. } => match tape.find(&agent, &request) {
                Ok(hit) => {
                    oldest = oldest.into_iter().chain([hit.recorded_at]).min();
                    replayed += 1;
                    conversation.charge(cost(&hit, &request, prices));
                    conversation.answer(&hit.reply);
                }
                Err(reasons) => {
                    let result = stopped(RunState::NotRecorded(reasons), conversation.transcript());
                    return RunResult { recorded_at: oldest, replayed, ..result };
                }
            },
        }
    }
    let transcript = conversation.transcript();
    let found = std::cell::RefCell::new((Judging::default(), oldest));
    let tape = std::cell::RefCell::new(tape);
    let answer = |_, request: &Request| {
        let hit = tape.borrow_mut().find(JUDGE, request).ok()?;
        let (judging, oldest) = &mut *found.borrow_mut();
        judging.add(hit.reply.usage, cost(&hit, request, prices));
        *oldest = Some(oldest.map_or(hit.recorded_at, |known| known.min(hit.recorded_at)));
        Some(rubric::read(&hit.reply))
    };
    let judged = judged(case, &transcript, &answer, asked);
    let (judging, oldest) = found.into_inner();
    let replayed = replayed + judging.calls;
    RunResult::finished(repeat, judged, transcript, (oldest, replayed)).with_judging(judging)
}

/// What a recorded call once cost.
pub fn cost(hit: &Hit, request: &Request, prices: Prices<'_>) -> Option<rust_decimal::Decimal> {
    let rates = rates(prices, &request.model);
    actual(hit.reply.usage?, rates.as_ref()).usd
}

/// Judges a transcript; rubrics by what `answer` says to the judge's request.
pub fn judged(
    case: &Case,
    transcript: &Transcript,
    answer: &dyn Fn(usize, &Request) -> Option<Held>,
    asked: &Asked,
) -> Vec<Judged> {
    let by_rubric = |number: usize| {
        let request = judge_request(case, number, transcript, asked)?;
        answer(number, &request)
    };
    let mut judged = judge(&case.asserts, transcript, &by_rubric);
    let cut = match transcript.stop {
        Some(Stop::Length) => Some("the last answer was cut at `max_tokens`"),
        Some(Stop::Refusal) if transcript.answer.is_empty() => {
            Some("the model or its provider refused to answer")
        }
        _ => None,
    };
    if let Some(reason) = cut.filter(|_| !case.first_only) {
        let (assertion, line) = ("complete".to_owned(), case.place.line());
        judged.push(Judged { assertion, line, held: Held::Fail(reason.to_owned()) });
    }
    if !transcript.undeclared.is_empty() {
        judged.push(Judged {
            assertion: "declared".to_owned(),
            line: case.place.line(),
            held: Held::Fail(format!("called, and declared nowhere: {}", transcript.undeclared.join(", "))),
        });
    }
    judged
}

/// What a judge is asked about the assertion at a number; `None` when it is none for a judge.
pub fn judge_request(case: &Case, number: usize, transcript: &Transcript, asked: &Asked) -> Option<Request> {
    let Assertion::Judge(judge) = &case.asserts.get(number)?.assertion else { return None };
    Some(rubric::request(asked, judge.model.as_deref(), &judge.rubric, &case.prompts, &transcript.answer))
}
