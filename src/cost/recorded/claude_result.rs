//! The result of a Claude Code run: `claude -p --output-format json`, or the last line of `stream-json`.
//!
//! Accounted from `modelUsage`, which has the sub-agents in it; `usage` has not. In a stream that takes several
//! prompts the totals run on, so of several results of one session the larger one counts.

use super::sink::{Sink, Source};
use super::{CallKey, Known, RecordedCall, Status, fields};
use crate::cost::rates::CallTokens;
use serde_json::Value;
use std::collections::BTreeMap;

/// The results of one file, by session.
#[derive(Debug, Default)]
pub(crate) struct Results {
    sessions: BTreeMap<String, Found>,
    other_messages: bool,
}

#[derive(Debug)]
struct Found {
    id: String,
    total: u64,
    error: bool,
    turns: Option<u32>,
    models: Vec<Used>,
}

#[derive(Debug)]
struct Used {
    model: String,
    tokens: CallTokens,
    ttl: bool,
    cost: Option<crate::base::Usd>,
}

impl Results {
    pub(crate) fn read(&mut self, record: &Value, sink: &mut Sink) -> Result<(), String> {
        if record.get("type").and_then(Value::as_str) != Some("result") {
            self.other_messages = true;
            return Ok(());
        }
        let Some(usage) = record.get("modelUsage").and_then(Value::as_object) else {
            return Err("the result has no modelUsage; `usage` alone leaves out sub-agents".to_owned());
        };
        let session = fields::name_at(record, "session_id").unwrap_or_default();
        let id = fields::name_at(record, "uuid").unwrap_or_else(|| session.clone());
        if id.is_empty() {
            return Err("the result has neither session_id nor uuid".to_owned());
        }
        let hour_share = HourShare::of(record)?;
        let mut models = Vec::new();
        for (model, usage) in usage {
            let count = |key: &str| fields::count_at(usage, key).map(Option::unwrap_or_default);
            let written = count("cacheCreationInputTokens")?;
            let (hour, ttl) = hour_share.of_written(written);
            let tokens = CallTokens {
                fresh: count("inputTokens")?,
                cache_read: count("cacheReadInputTokens")?,
                cache_write_5m: written - hour,
                cache_write_1h: hour,
                output: count("outputTokens")?,
            };
            models.push(Used {
                model: model.clone(),
                tokens,
                ttl,
                cost: sink.usd(fields::name_at(usage, "costUSD")),
            });
        }
        let total = models.iter().map(|used| used.tokens.prompt() + used.tokens.output).sum();
        let turns = fields::count_at(record, "num_turns")?
            .and_then(|turns| u32::try_from(turns).ok())
            .filter(|n| *n > 0);
        let error = record.get("is_error").and_then(Value::as_bool).unwrap_or(false);
        let found = Found { id, total, error, turns, models };
        let keep = self.sessions.get(&session).is_none_or(|before| before.total <= found.total);
        if keep {
            self.sessions.insert(session, found);
        }
        Ok(())
    }

    /// Puts what was found into the sink; false when the file is a stream without a result.
    pub(crate) fn finish(self, sink: &mut Sink) -> bool {
        let any = !self.sessions.is_empty() || !self.other_messages;
        for (session, found) in self.sessions {
            let run = sink.label(if session.is_empty() { &found.id } else { &session });
            // With several models nobody says how many of the turns each one took.
            let calls = found.turns.filter(|_| found.models.len() == 1);
            for used in found.models {
                let key = CallKey::of(&["claude result", &session, &found.id, &used.model]);
                let empty = used.tokens == CallTokens::default();
                let mut call = RecordedCall::new(key, run.clone());
                call.model = sink.named(Some(used.model));
                call.tokens = used.tokens;
                call.known = Known { ttl: used.ttl, ..Known::ALL };
                call.calls = calls;
                call.cost_reported = used.cost;
                call.status = if found.error { Status::Error } else { Status::Ok };
                // A run that crashed may report nothing though it used something.
                call.complete = !(found.error && empty);
                let session = run.clone();
                sink.push_of_session(call, session, Source::Result);
            }
        }
        any
    }
}

/// How much of what was written to the cache lives for one hour, as the main conversation did it.
struct HourShare {
    five: u64,
    hour: u64,
}

impl HourShare {
    fn of(record: &Value) -> Result<Self, String> {
        let count = |key: &str| {
            fields::count_at(record, &format!("usage.cache_creation.{key}")).map(Option::unwrap_or_default)
        };
        Ok(Self { five: count("ephemeral_5m_input_tokens")?, hour: count("ephemeral_1h_input_tokens")? })
    }

    /// Tokens that live for one hour, and whether that is more than an extrapolation.
    fn of_written(&self, written: u64) -> (u64, bool) {
        let known = self.five + self.hour;
        if known == 0 {
            return (0, written == 0);
        }
        let hour = u128::from(written) * u128::from(self.hour) / u128::from(known);
        let same = self.five == 0 || self.hour == 0 || known == written;
        (u64::try_from(hour).unwrap_or(written), same)
    }
}
