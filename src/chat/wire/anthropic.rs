//! Anthropic messages.
//!
//! Source: the Anthropic API reference, "Messages".

use super::{BadReply, count, text};
use crate::chat::{Call, Message, Reply, Request, Stop, Usage};
use serde_json::{Map, Value, json};

const API: &str = "anthropic";

pub(super) fn body(request: &Request) -> Value {
    let messages: Vec<Value> = request.messages.iter().map(message).collect();
    let sampling = &request.sampling;
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(request.model));
    body.insert("max_tokens".to_owned(), json!(sampling.max_tokens));
    let system = crate::chat::key::system_text(request);
    if !system.is_empty() {
        body.insert("system".to_owned(), json!(system));
    }
    body.insert("messages".to_owned(), json!(messages));
    if let Some(value) = sampling.temperature.and_then(crate::chat::json_number) {
        body.insert("temperature".to_owned(), Value::Number(value));
    }
    if let Some(value) = sampling.top_p.and_then(crate::chat::json_number) {
        body.insert("top_p".to_owned(), Value::Number(value));
    }
    if let Some(schema) = &sampling.response_schema {
        body.insert("output_config".to_owned(), json!({"format": {"type": "json_schema", "schema": schema}}));
    }
    if !request.tools.is_empty() {
        let tools: Vec<Value> = request
            .tools
            .iter()
            .map(|tool| {
                json!({"name": tool.name, "description": tool.description, "input_schema": tool.input_schema})
            })
            .collect();
        body.insert("tools".to_owned(), json!(tools));
    }
    Value::Object(body)
}

fn message(message: &Message) -> Value {
    match message {
        Message::User { text } => json!({"role": "user", "content": text}),
        Message::Assistant { text, calls } => {
            let mut blocks = Vec::new();
            if !text.is_empty() {
                blocks.push(json!({"type": "text", "text": text}));
            }
            blocks.extend(calls.iter().map(|call| {
                // Arguments that are no object are not accepted back.
                let input = if call.arguments.is_object() { call.arguments.clone() } else { json!({}) };
                json!({"type": "tool_use", "id": call.id, "name": call.name, "input": input})
            }));
            json!({"role": "assistant", "content": blocks})
        }
        Message::Tools { results } => {
            let blocks: Vec<Value> = results
                .iter()
                .map(|result| {
                    json!({"type": "tool_result", "tool_use_id": result.call, "content": result.content,
                        "is_error": result.failed})
                })
                .collect();
            json!({"role": "user", "content": blocks})
        }
    }
}

pub(super) fn reply(answer: &Value) -> Result<Reply, BadReply> {
    let bad = |what| BadReply { api: API, what };
    let blocks = answer.get("content").and_then(Value::as_array).ok_or(bad("`content`"))?;
    let mut said = String::new();
    let mut calls = Vec::new();
    for block in blocks {
        match text(block, "type") {
            "text" => said.push_str(text(block, "text")),
            "tool_use" => {
                let name = text(block, "name");
                if name.is_empty() {
                    return Err(bad("name of a tool call"));
                }
                let arguments = block.get("input").cloned().unwrap_or_else(|| json!({}));
                calls.push(Call { id: String::new(), name: name.to_owned(), arguments, signature: None });
            }
            // Thinking and what is yet to come is not said to anybody.
            _ => {}
        }
    }
    let stop_as_sent = text(answer, "stop_reason").to_owned();
    let stop = match stop_as_sent.as_str() {
        "end_turn" | "stop_sequence" => Stop::End,
        "tool_use" => Stop::Tools,
        "max_tokens" | "model_context_window_exceeded" => Stop::Length,
        "refusal" => Stop::Refusal,
        _ => Stop::Other,
    };
    Ok(Reply {
        text: said,
        calls,
        stop,
        stop_as_sent,
        model: text(answer, "model").to_owned(),
        usage: answer.get("usage").and_then(usage),
    })
}

/// `input_tokens` is what was neither read from the cache nor written to it.
fn usage(usage: &Value) -> Option<Usage> {
    Some(Usage {
        input: count(usage, "input_tokens")?,
        cache_read: count(usage, "cache_read_input_tokens").unwrap_or(0),
        cache_write: count(usage, "cache_creation_input_tokens").unwrap_or(0),
        output: count(usage, "output_tokens")?,
    })
}
