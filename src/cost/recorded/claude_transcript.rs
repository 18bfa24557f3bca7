//! Transcripts of Claude Code: one JSON line per block of a message.
//!
//! One answer stands in several lines with the same message id, and a sub-agent's file may hold only a snapshot of
//! it, taken before it was written. A request is therefore known by message id and request id, and of its lines the
//! one with the most output counts. A session that was forked repeats what came before under an id of its own, so the
//! session tells requests apart only where there is no request id.

use super::generic::Written;
use super::sink::{Sink, Source};
use super::{CallKey, Known, Label, RecordedCall, Status, fields};
use crate::cost::rates::CallTokens;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// The name of the conversation a person or a pipeline leads.
pub(crate) const MAIN: &str = "main";

/// The requests of all transcripts.
#[derive(Debug, Default)]
pub(crate) struct Transcripts {
    requests: Vec<Line>,
    /// What the tool call that starts a sub-agent says it is, by the id of the call.
    started: HashMap<String, Label>,
    /// The call that started a sub-agent, by the agent's id.
    agents: HashMap<String, String>,
}

#[derive(Debug)]
struct Line {
    session: Label,
    message: String,
    request: Option<String>,
    agent_id: Option<String>,
    stopped: bool,
    call: RecordedCall,
}

impl Transcripts {
    /// Whether a line can say something; the others need not be parsed.
    pub(crate) fn wants(line: &[u8]) -> bool {
        memchr::memmem::find(line, b"\"usage\"").is_some()
            || memchr::memmem::find(line, b"\"agentId\"").is_some()
    }

    pub(crate) fn read(&mut self, record: &Value, sink: &mut Sink) -> Result<(), String> {
        let kind = record.get("type").and_then(Value::as_str).unwrap_or_default();
        if kind == "user" {
            self.learn_agent(record);
            return Ok(());
        }
        let Some(usage) = record.pointer("/message/usage").filter(|usage| usage.is_object()) else {
            return Ok(());
        };
        if kind != "assistant" {
            return Ok(());
        }
        self.learn_types(record, sink);
        let model = fields::name_at(record, "message.model");
        if model.as_deref() == Some("<synthetic>") {
            sink.leave_out("messages the client wrote itself");
            return Ok(());
        }
        let session = fields::name_at(record, "sessionId").ok_or("the message has no sessionId")?;
        let message = fields::name_at(record, "message.id").ok_or("the message has no id")?;
        let (tokens, known) = tokens(usage)?;
        let session = sink.label(&session);
        let mut call = RecordedCall::new(CallKey::raw(0), session.clone());
        let fast = usage.get("speed").and_then(Value::as_str) == Some("fast");
        call.model = sink.named(model.map(|model| if fast { format!("{model}-fast") } else { model }));
        call.tokens = tokens;
        call.known = known;
        call.at = sink.time(fields::name_at(record, "timestamp"));
        call.skill = sink.named(fields::name_at(record, "attributionSkill"));
        if record.get("isApiErrorMessage").and_then(Value::as_bool) == Some(true) {
            call.status = Status::Error;
        }
        let agent_id = fields::name_at(record, "agentId");
        let main = sink.label(MAIN);
        let sidechain =
            record.get("isSidechain").and_then(Value::as_bool) == Some(true) || agent_id.is_some();
        if sidechain {
            call.parent_agent = Some(main);
        } else {
            call.agent = Some(main);
        }
        self.requests.push(Line {
            session,
            message,
            request: fields::name_at(record, "requestId"),
            agent_id,
            stopped: record.pointer("/message/stop_reason").is_some_and(|reason| !reason.is_null()),
            call,
        });
        Ok(())
    }

    fn learn_types(&mut self, record: &Value, sink: &mut Sink) {
        let Some(blocks) = record.pointer("/message/content").and_then(Value::as_array) else { return };
        for block in blocks {
            let kind = block.pointer("/input/subagent_type").and_then(Value::as_str);
            if let (Some(id), Some(kind)) = (fields::name_at(block, "id"), kind.and_then(fields::clean)) {
                let kind = sink.label(&kind);
                self.started.insert(id, kind);
            }
        }
    }

    fn learn_agent(&mut self, record: &Value) {
        let Some(agent) = fields::name_at(record, "toolUseResult.agentId") else { return };
        let blocks = record.pointer("/message/content").and_then(Value::as_array);
        let tool = blocks.into_iter().flatten().find_map(|block| fields::name_at(block, "tool_use_id"));
        if let Some(tool) = tool {
            self.agents.insert(agent, tool);
        }
    }

    pub(crate) fn finish(&mut self, sink: &mut Sink) {
        let requests = self.requests_of_messages();
        let mut found: HashMap<(Label, CallKey), usize> = HashMap::new();
        let mut calls: Vec<(RecordedCall, bool)> = Vec::new();
        for mut line in std::mem::take(&mut self.requests) {
            // Some gateways give every message the same id; then only the request id of the line tells them apart.
            let known = requests.get(&(line.session.clone(), line.message.clone()));
            let request = match known {
                Some(ids) if ids.len() == 1 => ids.first(),
                _ => line.request.as_ref(),
            };
            line.call.key = match request {
                Some(request) => CallKey::of(&["claude request", &line.message, request]),
                None => CallKey::of(&["claude", &line.session, &line.message]),
            };
            let kind = line.agent_id.and_then(|agent| self.agents.get(&agent));
            line.call.agent =
                line.call.agent.take().or_else(|| kind.and_then(|tool| self.started.get(tool)).cloned());
            // Lines of one answer are no duplicates, so they are not counted as such; those of a fork are.
            let place = found.get(&(line.session.clone(), line.call.key));
            if let Some((call, stopped)) = place.and_then(|place| calls.get_mut(*place)) {
                *stopped |= line.stopped;
                call.merge(line.call);
            } else {
                found.insert((line.session, line.call.key), calls.len());
                calls.push((line.call, line.stopped));
            }
        }
        for (mut call, stopped) in calls {
            if call.parent_agent.is_some() && !stopped {
                call.complete = false;
                call.known.output = false;
            }
            let session = call.run.clone();
            sink.push_of_session(call, session, Source::Transcript);
        }
    }

    /// The request ids of each message of a session: those the main conversation names, else the first one that a
    /// sub-agent does, which may copy calls of its parent.
    fn requests_of_messages(&self) -> HashMap<(Label, String), BTreeSet<String>> {
        let mut requests: HashMap<(Label, String), BTreeSet<String>> = HashMap::new();
        let of = |sidechain: bool| {
            self.requests.iter().filter(move |line| line.call.parent_agent.is_some() == sidechain)
        };
        for line in of(false) {
            if let Some(request) = &line.request {
                let key = (line.session.clone(), line.message.clone());
                requests.entry(key).or_default().insert(request.clone());
            }
        }
        for line in of(true) {
            if let Some(request) = &line.request {
                let key = (line.session.clone(), line.message.clone());
                requests.entry(key).or_insert_with(|| BTreeSet::from([request.clone()]));
            }
        }
        requests
    }
}

/// Anthropic's counts: input excludes what was read from the cache and written to it.
pub(crate) fn tokens(usage: &Value) -> Result<(CallTokens, Known), String> {
    let written = Written {
        any: fields::count_at(usage, "cache_creation_input_tokens")?,
        five: fields::count_at(usage, "cache_creation.ephemeral_5m_input_tokens")?,
        hour: fields::count_at(usage, "cache_creation.ephemeral_1h_input_tokens")?,
    };
    let (five, hour, ttl) = written.by_lifetime();
    // No word of cache writes is that there were none.
    let ttl = ttl || five + hour == 0;
    let fresh = fields::count_at(usage, "input_tokens")?.ok_or("usage has no input_tokens")?;
    let output = fields::count_at(usage, "output_tokens")?;
    let tokens = CallTokens {
        fresh,
        cache_read: fields::count_at(usage, "cache_read_input_tokens")?.unwrap_or_default(),
        cache_write_5m: five,
        cache_write_1h: hour,
        output: output.unwrap_or_default(),
    };
    Ok((tokens, Known { ttl, output: output.is_some(), ..Known::ALL }))
}
