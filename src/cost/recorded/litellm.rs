//! Spend logs of `LiteLLM`, as JSON or as CSV.
//!
//! `prompt_tokens` counts cached tokens too. How many there were stands, if anywhere, in the metadata.

use super::csv::Row;
use super::generic::{Semantics, Written, split};
use super::sink::Sink;
use super::{CallKey, RecordedCall, Status, fields};
use serde_json::Value;

/// Where cache reads are found, by version.
const READ: [&str; 4] = [
    "cache_read_input_tokens",
    "metadata.usage_object.cache_read_input_tokens",
    "metadata.usage_object.prompt_tokens_details.cached_tokens",
    "metadata.additional_usage_values.cache_read_input_tokens",
];
/// Where cache writes are found, by version.
const WRITTEN: [&str; 5] = [
    "cache_creation_input_tokens",
    "metadata.usage_object.cache_creation_input_tokens",
    "metadata.usage_object.prompt_tokens_details.cache_creation_tokens",
    "metadata.usage_object.prompt_tokens_details.cache_write_tokens",
    "metadata.additional_usage_values.cache_creation_input_tokens",
];
/// Where their lifetimes are found: as `LiteLLM` names them, and as Anthropic does.
const LIFETIMES: [&str; 2] = [
    "metadata.usage_object.prompt_tokens_details.cache_creation_token_details",
    "metadata.usage_object.cache_creation",
];

/// Reads a record.
pub(crate) fn read(record: &Value, sink: &mut Sink) -> Result<(), String> {
    // The metadata is JSON inside a string in what a database exports.
    let inside = record.get("metadata").and_then(Value::as_str);
    let metadata = inside.map(|text| parsed(text, sink));
    let get = |column: &str| match (&metadata, column.strip_prefix("metadata.")) {
        (Some(metadata), Some(rest)) => {
            metadata.as_ref().and_then(|metadata| fields::name_at(metadata, rest))
        }
        _ => fields::name_at(record, column),
    };
    take(&get, sink)
}

/// Reads a row.
pub(crate) fn read_row(row: &Row, sink: &mut Sink) -> Result<(), String> {
    let metadata = row.get("metadata").and_then(|text| parsed(text, sink));
    let get = |column: &str| match column.strip_prefix("metadata.") {
        Some(rest) => metadata.as_ref().and_then(|metadata| fields::name_at(metadata, rest)),
        None => row.get(column).map(str::to_owned),
    };
    take(&get, sink)
}

/// The metadata. Some exports print it as Python does, which is no JSON; then what was cached is unknown.
fn parsed(text: &str, sink: &mut Sink) -> Option<Value> {
    if text.trim().is_empty() {
        return None;
    }
    let parsed = serde_json::from_str(text).ok();
    if parsed.is_none() {
        sink.unread("metadata of LiteLLM (no JSON), whose records count without what it says", text);
    }
    parsed
}

fn take(get: &impl Fn(&str) -> Option<String>, sink: &mut Sink) -> Result<(), String> {
    let is = |column: &str, word: &str| get(column).is_some_and(|text| text.eq_ignore_ascii_case(word));
    if is("cache_hit", "true") {
        sink.leave_out("answers from LiteLLM's own cache, which no model was asked for");
        return Ok(());
    }
    let count = |column: &str| {
        get(column)
            .map_or(Ok(None), |text| fields::count_in(&text))
            .map_err(|reason| format!("{column}: {reason}"))
    };
    let first = |columns: &[&str]| {
        columns
            .iter()
            .map(|column| count(column))
            .find(|found| !matches!(found, Ok(None)))
            .unwrap_or(Ok(None))
    };
    let failed = is("status", "failure") || is("metadata.status", "failure");
    let any = |column: &str| matches!(count(column), Ok(Some(tokens)) if tokens > 0);
    if failed && !any("prompt_tokens") && !any("completion_tokens") {
        sink.leave_out("requests that failed before a model used anything");
        return Ok(());
    }
    let request = get("request_id").ok_or("the record has no request_id")?;
    let input = count("prompt_tokens")?.ok_or("the record has no prompt_tokens")?;
    let output = count("completion_tokens")?;
    let lifetime = |name: &str| {
        let columns = LIFETIMES.map(|holder| format!("{holder}.ephemeral_{name}_input_tokens"));
        first(&columns.each_ref().map(String::as_str))
    };
    let written = Written { any: first(&WRITTEN)?, five: lifetime("5m")?, hour: lifetime("1h")? };
    let (mut tokens, mut known) = split(input, first(&READ)?, written, Semantics::Inclusive);
    tokens.output = output.unwrap_or_default();
    known.output = output.is_some();
    let run = ["metadata.run_id", "session_id", "metadata.session_id"].iter().find_map(|column| get(column));
    let run = sink.label(&run.unwrap_or_else(|| request.clone()));
    let mut call = RecordedCall::new(CallKey::of(&["litellm", &request]), run);
    call.tokens = tokens;
    call.known = known;
    call.model = sink.named(get("model").or_else(|| get("model_group")));
    call.agent = sink.named(get("metadata.agent").or_else(|| get("agent_id")));
    call.workflow = sink.named(get("metadata.workflow"));
    call.phase = sink.named(get("metadata.phase"));
    call.config = sink.named(get("metadata.config_hash"));
    call.at = sink.time(get("startTime"));
    call.cost_reported = sink.usd(get("spend"));
    if failed {
        call.status = Status::Error;
    }
    sink.inclusive(input, sink.file());
    sink.push(call);
    Ok(())
}
