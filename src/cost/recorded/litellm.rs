//! Spend logs of `LiteLLM`, as JSON or as CSV.
//!
//! `prompt_tokens` counts cached tokens too. How many there were stands, if anywhere, in the metadata.

use super::csv::Row;
use super::generic::{Semantics, Written, split};
use super::reader::Sink;
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
const WRITTEN: [&str; 3] = [
    "cache_creation_input_tokens",
    "metadata.usage_object.cache_creation_input_tokens",
    "metadata.additional_usage_values.cache_creation_input_tokens",
];

/// Reads a record.
pub(crate) fn read(record: &Value, sink: &mut Sink) -> Result<(), String> {
    // The metadata is JSON inside a string in what a database exports.
    let metadata = record.get("metadata").and_then(Value::as_str).map(serde_json::from_str::<Value>);
    let get = |column: &str| match (&metadata, column.strip_prefix("metadata.")) {
        (Some(metadata), Some(rest)) => {
            metadata.as_ref().ok().and_then(|metadata| fields::name_at(metadata, rest))
        }
        _ => fields::name_at(record, column),
    };
    take(&get, sink)
}

/// Reads a row.
pub(crate) fn read_row(row: &Row, sink: &mut Sink) -> Result<(), String> {
    let metadata = row.get("metadata").and_then(|text| serde_json::from_str::<Value>(text).ok());
    let get = |column: &str| match column.strip_prefix("metadata.") {
        Some(rest) => metadata.as_ref().and_then(|metadata| fields::name_at(metadata, rest)),
        None => row.get(column).map(str::to_owned),
    };
    take(&get, sink)
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
    let request = get("request_id").ok_or("the record has no request_id")?;
    let input = count("prompt_tokens")?.ok_or("the record has no prompt_tokens")?;
    let output = count("completion_tokens")?;
    let written = Written { any: first(&WRITTEN)?, ..Written::default() };
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
    call.at = get("startTime").as_deref().and_then(fields::time_in);
    call.cost_reported = get("spend").as_deref().and_then(fields::usd_in);
    if is("status", "failure") {
        call.status = Status::Error;
    }
    sink.push(call);
    Ok(())
}
