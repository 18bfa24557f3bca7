//! `OpenAI` chat completions.
//!
//! Source: the `OpenAI` API reference, "Create chat completion".

use super::{BadReply, count, text};
use crate::chat::{Call, Message, Reply, Request, Stop, Usage};
use serde_json::{Map, Value, json};

const API: &str = "openai";

pub(super) fn body(request: &Request) -> Value {
    let mut messages = Vec::new();
    let system = crate::chat::key::system_text(request);
    if !system.is_empty() {
        messages.push(json!({"role": "system", "content": system}));
    }
    for message in &request.messages {
        match message {
            Message::User { text } => messages.push(json!({"role": "user", "content": text})),
            Message::Assistant { text, calls } => {
                let mut said = Map::new();
                said.insert("role".to_owned(), json!("assistant"));
                said.insert("content".to_owned(), if text.is_empty() { Value::Null } else { json!(text) });
                if !calls.is_empty() {
                    let calls: Vec<Value> = calls
                        .iter()
                        .map(|call| {
                            json!({"id": call.id, "type": "function", "function":
                                {"name": call.name, "arguments": call.arguments.to_string()}})
                        })
                        .collect();
                    said.insert("tool_calls".to_owned(), json!(calls));
                }
                messages.push(Value::Object(said));
            }
            Message::Tools { results } => messages.extend(results.iter().map(
                |result| json!({"role": "tool", "tool_call_id": result.call, "content": result.content}),
            )),
        }
    }
    let sampling = &request.sampling;
    // Servers other than OpenAI's own know the older name; OpenAI's newer models only the newer one.
    let limit = if request.provider == API { "max_completion_tokens" } else { "max_tokens" };
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(request.model));
    body.insert("messages".to_owned(), json!(messages));
    body.insert(limit.to_owned(), json!(sampling.max_tokens));
    if let Some(value) = sampling.temperature.and_then(crate::chat::json_number) {
        body.insert("temperature".to_owned(), Value::Number(value));
    }
    if let Some(value) = sampling.top_p.and_then(crate::chat::json_number) {
        body.insert("top_p".to_owned(), Value::Number(value));
    }
    if let Some(seed) = sampling.seed {
        body.insert("seed".to_owned(), json!(seed));
    }
    if let Some(schema) = &sampling.response_schema {
        let format = json!({"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}});
        body.insert("response_format".to_owned(), format);
    }
    if !request.tools.is_empty() {
        let tools: Vec<Value> = request
            .tools
            .iter()
            .map(|tool| {
                json!({"type": "function", "function": {"name": tool.name, "description": tool.description,
                    "parameters": tool.input_schema}})
            })
            .collect();
        body.insert("tools".to_owned(), json!(tools));
    }
    Value::Object(body)
}

pub(super) fn reply(answer: &Value) -> Result<Reply, BadReply> {
    let bad = |what| BadReply { api: API, what };
    let choice = answer.pointer("/choices/0").ok_or(bad("`choices`"))?;
    let message = choice.get("message").ok_or(bad("`message`"))?;
    let mut calls = Vec::new();
    for call in message.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
        let function = call.get("function").ok_or(bad("`function` of a tool call"))?;
        let name = text(function, "name");
        if name.is_empty() {
            return Err(bad("name of a tool call"));
        }
        // Arguments are a text that should be JSON; models get it wrong, and that is what the tool is then told.
        let written = text(function, "arguments");
        let arguments = match written.trim() {
            "" => json!({}),
            some => serde_json::from_str(some).unwrap_or_else(|_| json!(written)),
        };
        calls.push(Call { id: String::new(), name: name.to_owned(), arguments, signature: None });
    }
    let refusal = text(message, "refusal");
    let stop_as_sent = text(choice, "finish_reason").to_owned();
    let stop = match stop_as_sent.as_str() {
        _ if !refusal.is_empty() => Stop::Refusal,
        "stop" | "tool_calls" | "function_call" if !calls.is_empty() => Stop::Tools,
        "stop" => Stop::End,
        "length" => Stop::Length,
        "content_filter" => Stop::Refusal,
        _ => Stop::Other,
    };
    let content = text(message, "content");
    Ok(Reply {
        text: if content.is_empty() { refusal } else { content }.to_owned(),
        calls,
        stop,
        stop_as_sent,
        model: text(answer, "model").to_owned(),
        usage: answer.get("usage").and_then(usage),
    })
}

/// `prompt_tokens` includes what was read from the cache.
fn usage(usage: &Value) -> Option<Usage> {
    let prompt = count(usage, "prompt_tokens")?;
    let details = usage.get("prompt_tokens_details");
    let cached = details.and_then(|details| count(details, "cached_tokens")).unwrap_or(0).min(prompt);
    let output = count(usage, "completion_tokens")?;
    Some(Usage { input: prompt - cached, cache_read: cached, cache_write: 0, output })
}
