//! OTLP as JSON, as a collector's file exporter writes it: `claude_code.api_request` log events and `GenAI` spans.
//!
//! The two count differently: an event's input excludes what was cached, a span's input includes it. Metrics are not
//! read: they sum up the same calls. Where a session has both events and spans of Claude Code, the events count. A span
//! inside which another one tells its usage sums that up.

use super::claude_transcript::MAIN;
use super::generic::{Semantics, Written, split};
use super::otlp_attributes::Attributes;
use super::sink::{Sink, Source};
use super::{CallKey, Known, Label, RecordedCall, Status, fields};
use crate::base::Usd;
use crate::cost::rates::CallTokens;
use rust_decimal::Decimal;
use serde_json::Value;
use std::collections::HashSet;

/// Why a span is left out.
const SUMS: &str = "spans that sum up the requests inside them";
/// Operations of the `GenAI` conventions that are one request each; spans of agents sum up those inside them.
const REQUESTS: [&str; 3] = ["chat", "generate_content", "text_completion"];

/// Usage under names that are not read: that of `OpenInference`, and that from before the `GenAI` conventions.
const OTHER_USAGE: [&str; 2] = ["llm.token_count.prompt", "llm.usage.prompt_tokens"];

/// What has to be known of all files before spans can be counted.
#[derive(Debug, Default)]
pub(crate) struct Otlp {
    spans: Vec<Span>,
    /// Spans inside which another one has usage.
    parents: HashSet<CallKey>,
}

/// A span with usage.
#[derive(Debug)]
struct Span {
    id: CallKey,
    /// The session, where it is one of Claude Code.
    session: Option<Label>,
    call: RecordedCall,
    input: u64,
    file: usize,
}

impl Otlp {
    pub(crate) fn read(&mut self, batch: &Value, sink: &mut Sink) -> Result<(), String> {
        let mut first_error = Ok(());
        each(batch, ["resourceLogs", "scopeLogs", "logRecords"], &mut |record, _, attributes| {
            let outcome = event(record, attributes, sink);
            if first_error.is_ok() {
                first_error = outcome;
            }
        });
        each(batch, ["resourceSpans", "scopeSpans", "spans"], &mut |span, scope, attributes| {
            let outcome = self.span(span, scope, attributes, sink);
            if first_error.is_ok() {
                first_error = outcome;
            }
        });
        first_error
    }

    fn span(
        &mut self,
        span: &Value,
        scope: &str,
        attributes: &Attributes,
        sink: &mut Sink,
    ) -> Result<(), String> {
        let input = attributes.count(&["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"])?;
        let Some(input) = input else {
            if OTHER_USAGE.iter().any(|key| attributes.get(key).is_some()) {
                sink.leave_out("spans with usage as `llm.*`; those with `gen_ai.usage.*` are read");
            }
            return Ok(());
        };
        let operation = attributes.name(&["gen_ai.operation.name"]);
        if operation.is_some_and(|operation| !REQUESTS.contains(&operation.as_str())) {
            sink.leave_out(SUMS);
            return Ok(());
        }
        let read = attributes
            .count(&["gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"])?;
        let written = attributes.count(&[
            "gen_ai.usage.cache_creation.input_tokens",
            "gen_ai.usage.cache_creation_input_tokens",
        ])?;
        let output = attributes.count(&["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"])?;
        let written = Written { any: written, ..Written::default() };
        let (mut tokens, mut known) = split(input, read, written, Semantics::Inclusive);
        tokens.output = output.unwrap_or_default();
        known.output = output.is_some();
        let trace = fields::name_at(span, "traceId").unwrap_or_default();
        let run = run_of(attributes).unwrap_or_else(|| trace.clone());
        let id = fields::name_at(span, "spanId").unwrap_or_default();
        let key = match attributes.name(&["gen_ai.response.id"]) {
            Some(response) => CallKey::of(&["genai span", &response]),
            None if id.is_empty() => {
                return Err("the span has neither spanId nor gen_ai.response.id".to_owned());
            }
            None => CallKey::of(&["genai span", &trace, &id]),
        };
        if run.is_empty() {
            return Err("the span names neither a run nor a trace".to_owned());
        }
        let run = sink.label(&run);
        let mut call = RecordedCall::new(key, run);
        call.tokens = tokens;
        call.known = known;
        call.at = sink.time(fields::name_at(span, "startTimeUnixNano"));
        call.model = sink.named(attributes.name(&["gen_ai.response.model", "gen_ai.request.model"]));
        if attributes.get("error.type").is_some() || span.pointer("/status/code") == Some(&Value::from(2)) {
            call.status = Status::Error;
        }
        label(&mut call, attributes, sink);
        let name = span.get("name").and_then(Value::as_str).unwrap_or_default();
        let own = name.starts_with("claude_code.") || scope.starts_with("com.anthropic.claude_code");
        let session = attributes.name(&["session.id"]).filter(|_| own).map(|session| sink.label(&session));
        if let Some(parent) = fields::name_at(span, "parentSpanId") {
            self.parents.insert(CallKey::of(&[&trace, &parent]));
        }
        // Children are written before their parents, and maybe into another file.
        self.spans.push(Span { id: CallKey::of(&[&trace, &id]), session, call, input, file: sink.file() });
        Ok(())
    }

    pub(crate) fn finish(&mut self, sink: &mut Sink) {
        for Span { id, session, call, input, file } in std::mem::take(&mut self.spans) {
            if self.parents.contains(&id) {
                sink.leave_out(SUMS);
                continue;
            }
            sink.inclusive(input, file);
            match session {
                Some(session) => sink.push_of_session(call, session, Source::Spans),
                None => sink.push(call),
            }
        }
    }
}

/// Takes a log event.
fn event(record: &Value, attributes: &Attributes, sink: &mut Sink) -> Result<(), String> {
    let body = record.pointer("/body/stringValue").and_then(Value::as_str);
    let name = attributes.name(&["event.name"]).or_else(|| fields::name_at(record, "eventName"));
    let names = [name.as_deref(), body];
    if !names.contains(&Some("claude_code.api_request")) && !names.contains(&Some("api_request")) {
        return Ok(());
    }
    let count = |key: &str| attributes.count(&[key]);
    let fresh = count("input_tokens")?.ok_or("the event has no input_tokens")?;
    let (read, written) = (count("cache_read_tokens")?, count("cache_creation_tokens")?);
    let output = count("output_tokens")?;
    let run = run_of(attributes).ok_or("the event names neither a run nor a session")?;
    let at = sink.time(fields::name_at(record, "timeUnixNano"));
    let key = if let Some(request) = attributes.name(&["request_id", "client_request_id"]) {
        CallKey::of(&["claude event", &request])
    } else {
        let order = attributes.name(&["event.sequence"]).unwrap_or_default();
        CallKey::of(&["claude event", &run, &order, &format!("{at:?} {fresh} {read:?} {output:?}")])
    };
    let run = sink.label(&run);
    let mut call = RecordedCall::new(key, run);
    call.tokens = CallTokens {
        fresh,
        cache_read: read.unwrap_or_default(),
        cache_write_5m: written.unwrap_or_default(),
        cache_write_1h: 0,
        output: output.unwrap_or_default(),
    };
    let input = read.is_some() && written.is_some();
    call.known = Known { input, cache: input, ttl: written == Some(0), output: output.is_some() };
    call.at = at;
    let fast = attributes.name(&["speed"]).as_deref() == Some("fast");
    let model = attributes.name(&["model"]);
    call.model = sink.named(model.map(|model| if fast { format!("{model}-fast") } else { model }));
    call.cost_reported = match count("cost_usd_micros") {
        Ok(Some(micros)) => Some(Usd::new((Decimal::from(micros) / Decimal::from(1_000_000)).normalize())),
        _ => sink.usd(attributes.name(&["cost_usd"])),
    };
    label(&mut call, attributes, sink);
    let source = attributes.name(&["query_source"]);
    if call.agent.is_none() && source.as_deref() == Some("main") {
        call.agent = Some(sink.label(MAIN));
    }
    if source.as_deref() == Some("subagent") {
        call.parent_agent = Some(sink.label(MAIN));
    }
    if let Some(session) = attributes.name(&["session.id"]) {
        let session = sink.label(&session);
        sink.push_of_session(call, session, Source::Events);
    } else {
        sink.push(call);
    }
    Ok(())
}

/// The names that the pipeline put on the resource, or the source on the record.
fn label(call: &mut RecordedCall, attributes: &Attributes, sink: &mut Sink) {
    call.workflow = sink.named(attributes.name(&["workflow", "workflow.name", "gen_ai.workflow.name"]));
    call.phase = sink.named(attributes.name(&["phase"]));
    // Claude Code reports agents of the user as "custom"; what the pipeline put on the resource is their name.
    let own = || attributes.name(&["agent.name"]).filter(|name| name != "custom");
    call.agent = sink.named(attributes.name(&["agent", "gen_ai.agent.name"]).or_else(own));
    call.skill = sink.named(attributes.name(&["skill.name"]));
    call.config = sink.named(attributes.name(&["config_hash"]));
}

fn run_of(attributes: &Attributes) -> Option<String> {
    attributes.name(&["ci.run_id", "run_id", "workflow.run_id", "session.id", "gen_ai.conversation.id"])
}

/// Calls back for every record of a batch with the name of its scope and all attributes that hold for it.
fn each<'a>(batch: &'a Value, levels: [&str; 3], visit: &mut dyn FnMut(&'a Value, &'a str, &Attributes)) {
    let list = |value: &'a Value, key: &str| {
        value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    };
    let [resources, scopes, records] = levels;
    for resource in list(batch, resources) {
        let outer =
            resource.get("resource").map(|holder| Attributes::default().with(holder)).unwrap_or_default();
        for scope in list(resource, scopes) {
            let name = scope.pointer("/scope/name").and_then(Value::as_str).unwrap_or_default();
            for record in list(scope, records) {
                visit(record, name, &outer.with(record));
            }
        }
    }
}
