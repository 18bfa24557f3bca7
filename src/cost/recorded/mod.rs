//! Recorded runs: what agents really used, read from the files that clients, gateways and collectors write.
//!
//! Every format ends as [`RecordedCall`]s with the same meaning of every field: input is counted once, split by
//! how it was billed. What a source does not say is marked in [`Known`]; it is never taken for zero. A bad line
//! is counted with its place and its reason and does not end anything.

pub mod claude_result;
pub mod claude_transcript;
pub mod csv;
pub mod detect;
#[cfg(test)]
mod doubt_tests;
pub mod fields;
pub mod generic;
pub mod litellm;
pub mod otlp;
mod otlp_attributes;
pub mod reader;
pub mod records;
mod sink;
#[cfg(test)]
mod tests;

use super::rates::CallTokens;
use crate::base::Usd;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

pub use detect::Format;
pub use generic::Mapping;
pub use reader::{Options, ReadError, Reader};

/// A name that stands in many records; shared, so that millions of records stay small.
pub type Label = Arc<str>;

/// What makes two records the same call: a digest of the identifiers the source gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallKey(u128);

impl CallKey {
    /// The key of these identifiers. Where one ends matters, so `ab`, `c` and `a`, `bc` differ.
    pub fn of(parts: &[&str]) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            digest.update(part.len().to_le_bytes());
            digest.update(part.as_bytes());
        }
        let bytes = digest.finalize();
        Self(bytes.iter().take(16).fold(0, |key, byte| key << 8 | u128::from(*byte)))
    }

    /// A key that was made elsewhere, as by a generator of examples.
    pub const fn raw(key: u128) -> Self {
        Self(key)
    }
}

/// What the source said of the tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four independent answers, each asked for by name")]
pub struct Known {
    /// How much input there was in all. When false, what was cached is missing and only the fresh part is right.
    pub input: bool,
    /// How much of the input was read from the cache and written to it. When false, all input stands as fresh.
    pub cache: bool,
    /// For how long cache writes live. When false, they stand as those of five minutes.
    pub ttl: bool,
    /// How much was written by the model. When false, what stands there is a lower bound.
    pub output: bool,
}

impl Known {
    /// Everything.
    pub const ALL: Self = Self { input: true, cache: true, ttl: true, output: true };
}

/// How a call ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// With an answer.
    #[default]
    Ok,
    /// With an error; what it used is billed all the same.
    Error,
}

/// One request to a model, or what a source sums up of several.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedCall {
    /// Records with the same key are the same call.
    pub key: CallKey,
    /// The run it belongs to: a session, a pipeline job.
    pub run: Label,
    /// The workflow, where the source names it.
    pub workflow: Option<Label>,
    /// The phase, where the source names it.
    pub phase: Option<Label>,
    /// The agent, where the source names it.
    pub agent: Option<Label>,
    /// The agent that called it; there for sub-agents.
    pub parent_agent: Option<Label>,
    /// The model as the source names it.
    pub model: Option<Label>,
    /// The skill the source attributes the call to.
    pub skill: Option<Label>,
    /// What was used.
    pub tokens: CallTokens,
    /// What of it the source said.
    pub known: Known,
    /// How many requests the record stands for; `None` when the source does not say.
    pub calls: Option<u32>,
    /// When.
    pub at: Option<jiff::Timestamp>,
    /// Digest of the configuration it ran under.
    pub config: Option<Label>,
    /// What the source says it cost: nearly always an estimate of the client.
    pub cost_reported: Option<Usd>,
    /// False for a snapshot taken while the answer was still being written.
    pub complete: bool,
    /// How it ended.
    pub status: Status,
}

impl RecordedCall {
    /// A call of which nothing but its identity is known yet.
    pub fn new(key: CallKey, run: Label) -> Self {
        Self {
            key,
            run,
            workflow: None,
            phase: None,
            agent: None,
            parent_agent: None,
            model: None,
            skill: None,
            tokens: CallTokens::default(),
            known: Known::ALL,
            calls: Some(1),
            at: None,
            config: None,
            cost_reported: None,
            complete: true,
            status: Status::Ok,
        }
    }

    /// What decides which of two records of one call is kept. A sub-agent's copy of a call of its parent loses.
    fn rank(&self) -> (bool, bool, u8, u64, u64) {
        let Known { input, cache, ttl, output } = self.known;
        let known = [input, cache, ttl, output].map(u8::from).iter().sum();
        (self.parent_agent.is_none(), self.complete, known, self.tokens.output, self.tokens.prompt())
    }

    /// Keeps the more complete of two records of one call, and of the other only the names it lacks.
    pub(crate) fn merge(&mut self, mut other: Self) {
        if other.rank() > self.rank() {
            std::mem::swap(self, &mut other);
        }
        let Self { workflow, phase, agent, model, skill, at, config, cost_reported, .. } = other;
        self.workflow = self.workflow.take().or(workflow);
        self.phase = self.phase.take().or(phase);
        self.agent = self.agent.take().or(agent);
        self.model = self.model.take().or(model);
        self.skill = self.skill.take().or(skill);
        self.at = self.at.or(at);
        self.config = self.config.take().or(config);
        self.cost_reported = self.cost_reported.or(cost_reported);
    }
}

/// One run: its calls in the order of time.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedRun {
    /// Its id.
    pub id: Label,
    /// Its workflow.
    pub workflow: Label,
    /// Digest of the configuration it ran under.
    pub config: Option<Label>,
    /// Its calls.
    pub calls: Vec<RecordedCall>,
}

impl RecordedRun {
    /// When its first dated call was made.
    pub fn at(&self) -> Option<jiff::Timestamp> {
        self.calls.iter().filter_map(|call| call.at).min()
    }
}

/// A line that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct BadLine {
    /// `file:line`.
    pub place: String,
    /// Why.
    pub reason: String,
}

/// Fields of one kind that could not be read, in records that count all the same.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Unread {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub example: String,
}

/// Everything that was read.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// The calls, each once, by run and time.
    pub calls: Vec<RecordedCall>,
    /// How many lines could not be used.
    pub bad_lines: u64,
    /// The first of them.
    pub bad: Vec<BadLine>,
    /// How many records were copies of another one.
    pub duplicates: u64,
    /// Records that were understood and are not counted, by reason.
    pub left_out: BTreeMap<&'static str, u64>,
    /// Fields that could not be read, by what they are.
    pub unread: BTreeMap<&'static str, Unread>,
}

/// The workflow of runs of which nobody said which they belong to.
pub const UNNAMED: &str = "unnamed";

impl Recorded {
    /// The calls by run. A run's workflow is the first one that a call of it names.
    pub fn runs(self) -> Vec<RecordedRun> {
        let unnamed = Label::from(UNNAMED);
        let mut runs: Vec<RecordedRun> = Vec::new();
        let mut named = false;
        for call in self.calls {
            if let Some(run) = runs.last_mut().filter(|run| run.id == call.run) {
                if !named && let Some(workflow) = &call.workflow {
                    run.workflow = workflow.clone();
                    named = true;
                }
                run.config = run.config.take().or_else(|| call.config.clone());
                run.calls.push(call);
            } else {
                named = call.workflow.is_some();
                runs.push(RecordedRun {
                    id: call.run.clone(),
                    workflow: call.workflow.clone().unwrap_or_else(|| unnamed.clone()),
                    config: call.config.clone(),
                    calls: vec![call],
                });
            }
        }
        runs
    }
}
