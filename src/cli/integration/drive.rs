//! Drives conversations: recordings first where they count, else models, never beyond the limit.

use crate::base::Secret;
use crate::base::text::plural;
use crate::case::judge::Held;
use crate::case::{Case, Transcript};
use crate::chat::{Reply, Request};
use crate::cli::args::ReplyMode;
use crate::cli::printer::Progress;
use crate::config::evaluation::Evaluation;
use crate::cost::project::price::Prices;
use crate::eval::conversation::{Conversation, Next};
use crate::eval::ledger::{Amount, Ledger, Refused, actual, most};
use crate::eval::outcome::{CaseResult, Judging, RunResult, RunState, case_result};
use crate::eval::plan::{Asked, Plan, rates};
use crate::eval::recording::{MAX_BYTES, Recording, file_of};
use crate::eval::replay::{Tape, judge_request, judged};
use crate::eval::rubric::{self, JUDGE};
use crate::eval::scrub::scrub_reply;
use crate::eval::{Contexts, Recordings};
use crate::host::Host;
use crate::provider::ask::Endpoint;
use futures_util::StreamExt as _;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tokio::sync::Notify;

/// One run of the command.
pub(super) struct Session<'a> {
    host: &'a dyn Host,
    contexts: &'a Contexts<'a>,
    recordings: &'a Recordings,
    prices: Prices<'a>,
    ledger: &'a Ledger,
    evaluation: &'a Evaluation,
    mode: ReplyMode,
    folder: PathBuf,
    progress: Option<&'a Progress>,
    endpoints: Mutex<BTreeMap<String, Result<Endpoint, String>>>,
    settled: Notify,
    warnings: Mutex<Vec<String>>,
}

/// An answer on its way into a conversation.
struct Answered {
    reply: Reply,
    cost: Option<rust_decimal::Decimal>,
    recorded_at: Option<jiff::Timestamp>,
    latency_ms: u64,
    retries: u32,
}

/// A run on its way.
struct Run<'a> {
    case: &'a Case,
    asked: &'a Asked,
    repeat: u32,
    tape: Tape<'a>,
    recording: Recording,
    /// There was a recording before: it is replaced as a whole, at the end.
    replaces: bool,
    /// Something was asked for now, so that what is kept has to change.
    fresh: bool,
    oldest: Option<jiff::Timestamp>,
    replayed: u32,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        host: &'a dyn Host,
        contexts: &'a Contexts<'a>,
        recordings: &'a Recordings,
        prices: Prices<'a>,
        ledger: &'a Ledger,
        evaluation: &'a Evaluation,
    ) -> Self {
        Self {
            host,
            contexts,
            recordings,
            prices,
            ledger,
            evaluation,
            mode: ReplyMode::Off,
            folder: PathBuf::new(),
            progress: None,
            endpoints: Mutex::default(),
            settled: Notify::new(),
            warnings: Mutex::default(),
        }
    }

    /// What is done with recordings, and where they are.
    pub(super) fn recording(mut self, mode: ReplyMode, folder: &Path) -> Self {
        self.mode = mode;
        folder.clone_into(&mut self.folder);
        self
    }

    /// Where progress is shown.
    pub(super) const fn showing(mut self, progress: &'a Progress) -> Self {
        self.progress = Some(progress);
        self
    }

    /// What went wrong besides.
    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings = std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner));
        warnings.sort();
        warnings.dedup();
        warnings
    }

    fn warn(&self, warning: String) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(warning);
    }

    /// Runs every repeat of every case, so many at a time.
    pub(super) async fn run_all(&self, plans: &[Plan<'a>], jobs: usize) -> Vec<CaseResult> {
        let tasks = plans.iter().enumerate().flat_map(|(number, plan)| {
            let repeats = if plan.asked.is_ok() { plan.case.repeat } else { 1 };
            (1..=repeats).map(move |repeat| (number, plan, repeat))
        });
        let running = tasks.map(|(number, plan, repeat)| async move {
            let result = match &plan.asked {
                Ok(asked) => self.run(plan.case, asked, repeat).await,
                Err(reason) => {
                    RunResult::unfinished(repeat, RunState::Error(reason.clone()), Transcript::default())
                }
            };
            if let Some(progress) = self.progress {
                let spent = self.ledger.spent();
                progress.tick_with(&format!("${} and {} tokens spent", spent.usd.round_dp(4), spent.tokens));
            }
            (number, result)
        });
        let mut found: Vec<(usize, RunResult)> =
            futures_util::stream::iter(running).buffer_unordered(jobs.max(1)).collect().await;
        found.sort_by_key(|(number, result)| (*number, result.repeat));
        let mut by_case: Vec<Vec<RunResult>> = plans.iter().map(|_| Vec::new()).collect();
        for (number, result) in found {
            if let Some(runs) = by_case.get_mut(number) {
                runs.push(result);
            }
        }
        let model =
            |plan: &Plan<'_>| plan.asked.as_ref().map_or_else(|_| String::new(), |asked| asked.model.clone());
        plans.iter().zip(by_case).map(|(plan, runs)| case_result(plan.case, &model(plan), runs)).collect()
    }

    async fn run(&self, case: &'a Case, asked: &'a Asked, repeat: u32) -> RunResult {
        let stopped = |state| RunResult::unfinished(repeat, state, Transcript::default());
        let tape = match Tape::of(self.recordings, case, repeat) {
            Ok(tape) => tape,
            // What cannot be read is replaced by a recording, and is an error for a replay.
            Err(reason) if self.mode == ReplyMode::Replay => return stopped(RunState::Error(reason)),
            Err(_) => Tape::blank(self.recordings, repeat),
        };
        let conversation = match Conversation::new(case, self.contexts, asked.clone()) {
            Ok(conversation) => conversation,
            Err(reason) => return stopped(RunState::Error(reason)),
        };
        let run = Run {
            case,
            asked,
            repeat,
            replaces: tape.is_recorded(),
            fresh: false,
            tape,
            recording: Recording::new(&case.id, repeat),
            oldest: None,
            replayed: 0,
        };
        self.converse(run, conversation).await
    }

    async fn converse(&self, mut run: Run<'a>, mut conversation: Conversation<'a>) -> RunResult {
        let state = loop {
            match conversation.next() {
                Next::Done => break None,
                Next::Stuck(reason) => break Some(RunState::Error(reason)),
                Next::Ask { agent, request, calls } => {
                    match self.ask(&mut run, &agent, &request, calls).await {
                        Ok(answered) => {
                            conversation.charge(answered.cost);
                            if answered.recorded_at.is_none() {
                                conversation.waited(answered.latency_ms, answered.retries);
                            }
                            conversation.answer(&answered.reply);
                        }
                        Err(state) => break Some(state),
                    }
                }
            }
        };
        let mut transcript = conversation.transcript();
        if run.replayed > 0 {
            // Part of the time was not measured.
            transcript.latency_ms = None;
        }
        if let Some(state) = state {
            let mut result = RunResult::unfinished(run.repeat, state, transcript);
            (result.recorded_at, result.replayed) = (run.oldest, run.replayed);
            return result;
        }
        let (case, asked) = (run.case, run.asked);
        let (mut rubrics, mut judging) = (BTreeMap::new(), Judging::default());
        for number in 0..case.asserts.len() {
            let Some(request) = judge_request(case, number, &transcript, asked) else { continue };
            let held = match self.ask(&mut run, JUDGE, &request, 0).await {
                Ok(answered) => {
                    judging.add(answered.reply.usage, answered.cost);
                    rubric::read(&answered.reply)
                }
                Err(RunState::NotRun(reason)) => {
                    let mut result = RunResult::unfinished(run.repeat, RunState::NotRun(reason), transcript)
                        .with_judging(judging);
                    (result.recorded_at, result.replayed) = (run.oldest, run.replayed);
                    return result;
                }
                Err(RunState::NotRecorded(_)) => Held::NotJudged("no judgement is recorded".to_owned()),
                Err(state) => Held::Error(reason_of(&state)),
            };
            rubrics.insert(number, held);
        }
        // What was replaced as it went is written already; what a recording of another name answered is not.
        if (run.fresh || !run.replaces)
            && let Err(reason) = self.keep(&run.recording)
        {
            return RunResult::unfinished(run.repeat, RunState::Error(reason), transcript);
        }
        let judged = judged(case, &transcript, &|number, _| rubrics.get(&number).cloned(), asked);
        RunResult::finished(run.repeat, judged, transcript, (run.oldest, run.replayed)).with_judging(judging)
    }

    /// The answer to a request: recorded, or asked for now.
    async fn ask(
        &self,
        run: &mut Run<'a>,
        agent: &str,
        request: &Request,
        calls: usize,
    ) -> Result<Answered, RunState> {
        let rates = rates(self.prices, &request.model);
        if matches!(self.mode, ReplyMode::Replay | ReplyMode::Record) {
            match run.tape.find(agent, request) {
                Ok(hit) => {
                    // A hit is charged like a call: a gate that is free the second time is none.
                    let amount = hit
                        .reply
                        .usage
                        .map_or_else(|| most(request, rates.as_ref()), |usage| actual(usage, rates.as_ref()));
                    let ticket = self.hold(amount).await?;
                    let settled = self.ledger.settle(ticket, Some(amount));
                    self.settled.notify_waiters();
                    settled.map_err(RunState::Error)?;
                    run.replayed += 1;
                    run.oldest = run.oldest.into_iter().chain([hit.recorded_at]).min();
                    if self.mode == ReplyMode::Record {
                        run.recording.add(agent, request, hit.reply.clone(), hit.recorded_at, hit.latency_ms);
                    }
                    let cost = hit.reply.usage.and(amount.usd);
                    return Ok(Answered {
                        reply: hit.reply,
                        cost,
                        recorded_at: Some(hit.recorded_at),
                        latency_ms: 0,
                        retries: 0,
                    });
                }
                Err(reasons) if self.mode == ReplyMode::Replay => return Err(RunState::NotRecorded(reasons)),
                Err(_) => {}
            }
        }
        let endpoint = self.endpoint(request).map_err(RunState::Error)?;
        let most = most(request, rates.as_ref());
        let ticket = self.hold(most).await?;
        let answer = endpoint.ask(request, calls, self.host).await;
        let outcome = match answer {
            Ok(answer) => {
                let amount = answer.reply.usage.map(|usage| actual(usage, rates.as_ref()));
                if let Err(reason) = self.ledger.settle(ticket, amount) {
                    self.settled.notify_waiters();
                    return Err(RunState::Error(format!("{}: {reason}", request.provider)));
                }
                let keys: Vec<Secret> = endpoint.key().into_iter().collect();
                let (reply, secrets) = scrub_reply(&answer.reply, &keys);
                if secrets > 0 {
                    self.warn(format!(
                        "{}: {} taken out of an answer before it was kept",
                        run.case.id,
                        plural(secrets, "secret", "secrets")
                    ));
                }
                run.fresh = true;
                if self.mode != ReplyMode::Off {
                    let now = self.host.now();
                    let second = jiff::Timestamp::from_second(now.as_second()).unwrap_or(now);
                    run.recording.add(agent, request, reply.clone(), second, answer.latency_ms);
                    if !run.replaces
                        && let Err(reason) = self.keep(&run.recording)
                    {
                        self.settled.notify_waiters();
                        return Err(RunState::Error(reason));
                    }
                }
                Ok(Answered {
                    reply,
                    cost: amount.and_then(|amount| amount.usd),
                    recorded_at: None,
                    latency_ms: answer.latency_ms,
                    retries: answer.retries,
                })
            }
            Err(error) => {
                let billed = if error.may_be_billed() {
                    None
                } else {
                    Some(Amount { usd: Some(rust_decimal::Decimal::ZERO), tokens: 0 })
                };
                let settled = self.ledger.settle(ticket, billed);
                Err(RunState::Error(settled.err().unwrap_or_else(|| error.to_string())))
            }
        };
        self.settled.notify_waiters();
        outcome
    }

    /// Holds an amount; waits while calls on their way hold what is left.
    async fn hold(&self, amount: Amount) -> Result<crate::eval::ledger::Ticket, RunState> {
        loop {
            let settled = self.settled.notified();
            match self.ledger.reserve(amount) {
                Ok(ticket) => return Ok(ticket),
                Err(Refused::Limit(reason)) => return Err(RunState::NotRun(reason)),
                Err(Refused::Wait) => settled.await,
            }
        }
    }

    fn endpoint(&self, request: &Request) -> Result<Endpoint, String> {
        let mut known = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        let declared =
            self.evaluation.providers.get(&request.provider).map(|provider| provider.base_url.as_str());
        let made = known.entry(request.provider.clone()).or_insert_with(|| {
            Endpoint::new(&request.provider, request.api, declared, self.host)
                .map_err(|error| error.to_string())
        });
        made.clone()
    }

    /// Writes a recording, whole or not at all, and never one that could not be read again.
    fn keep(&self, recording: &Recording) -> Result<(), String> {
        if matches!(self.mode, ReplyMode::Off | ReplyMode::Replay) || recording.exchanges.is_empty() {
            return Ok(());
        }
        let name = file_of(&recording.case, recording.repeat)
            .ok_or_else(|| format!("{}: cannot be recorded under this name", recording.case))?;
        let text = recording.text()?;
        if Recording::parse(&text).as_ref() != Ok(recording) {
            return Err(format!(
                "{}: the recording would not read the same again; it was not kept",
                recording.case
            ));
        }
        if text.len() as u64 > MAX_BYTES {
            let limit = crate::base::text::thousands(MAX_BYTES);
            return Err(format!(
                "{}: the recording would have more than {limit} bytes; it was not kept",
                recording.case
            ));
        }
        let path = self.folder.join(name.as_str());
        self.host
            .write_file(&path, text.as_bytes())
            .map_err(|error| format!("the answer could not be recorded: {error}"))
    }
}

fn reason_of(state: &RunState) -> String {
    match state {
        RunState::Error(reason) | RunState::NotRun(reason) => reason.clone(),
        RunState::NotRecorded(reasons) => reasons.join("; "),
        RunState::Passed | RunState::Failed | RunState::NotJudged => String::new(),
    }
}
