//! Gemini `generateContent`.
//!
//! Source: the Gemini API reference, "Generating content" and "Function calling" (thought signatures go back with the call
//! they came with).

use super::{BadReply, count, text};
use crate::chat::{Call, Message, Reply, Request, Stop, Usage};
use serde_json::{Map, Value, json};

const API: &str = "gemini";

pub(super) fn body(request: &Request) -> Value {
    let contents: Vec<Value> = request.messages.iter().map(content).collect();
    let sampling = &request.sampling;
    let mut generation = Map::new();
    generation.insert("maxOutputTokens".to_owned(), json!(sampling.max_tokens));
    if let Some(value) = sampling.temperature.and_then(crate::chat::json_number) {
        generation.insert("temperature".to_owned(), Value::Number(value));
    }
    if let Some(value) = sampling.top_p.and_then(crate::chat::json_number) {
        generation.insert("topP".to_owned(), Value::Number(value));
    }
    if let Some(seed) = sampling.seed {
        generation.insert("seed".to_owned(), json!(seed));
    }
    if let Some(schema) = &sampling.response_schema {
        generation.insert("responseMimeType".to_owned(), json!("application/json"));
        generation.insert("responseJsonSchema".to_owned(), schema.clone());
    }
    let mut body = Map::new();
    let system = crate::chat::key::system_text(request);
    if !system.is_empty() {
        body.insert("systemInstruction".to_owned(), json!({"parts": [{"text": system}]}));
    }
    body.insert("contents".to_owned(), json!(contents));
    if !request.tools.is_empty() {
        let tools: Vec<Value> = request
            .tools
            .iter()
            .map(|tool| {
                json!({"name": tool.name, "description": tool.description,
                    "parametersJsonSchema": tool.input_schema})
            })
            .collect();
        body.insert("tools".to_owned(), json!([{"functionDeclarations": tools}]));
    }
    body.insert("generationConfig".to_owned(), Value::Object(generation));
    Value::Object(body)
}

fn content(message: &Message) -> Value {
    match message {
        Message::User { text } => json!({"role": "user", "parts": [{"text": text}]}),
        Message::Assistant { text, calls } => {
            let mut parts = Vec::new();
            if !text.is_empty() {
                parts.push(json!({"text": text}));
            }
            parts.extend(calls.iter().map(|call| {
                let mut part = Map::new();
                part.insert("functionCall".to_owned(), json!({"name": call.name, "args": call.arguments}));
                if let Some(signature) = &call.signature {
                    part.insert("thoughtSignature".to_owned(), json!(signature));
                }
                Value::Object(part)
            }));
            json!({"role": "model", "parts": parts})
        }
        Message::Tools { results } => {
            let parts: Vec<Value> = results
                .iter()
                .map(|result| {
                    let key = if result.failed { "error" } else { "result" };
                    let response = json!({key: result.content});
                    json!({"functionResponse": {"name": result.name, "response": response}})
                })
                .collect();
            json!({"role": "user", "parts": parts})
        }
    }
}

pub(super) fn reply(answer: &Value) -> Result<Reply, BadReply> {
    let bad = |what| BadReply { api: API, what };
    let model = text(answer, "modelVersion").to_owned();
    let usage = answer.get("usageMetadata").and_then(usage);
    let Some(candidate) = answer.pointer("/candidates/0") else {
        // A prompt that is refused has no candidate, but says why.
        let reason = answer.pointer("/promptFeedback/blockReason").and_then(Value::as_str);
        let reason = reason.ok_or(bad("`candidates`"))?.to_owned();
        let (text, calls) = (String::new(), Vec::new());
        return Ok(Reply { text, calls, stop: Stop::Refusal, stop_as_sent: reason, model, usage });
    };
    let mut said = String::new();
    let mut calls = Vec::new();
    let parts = candidate.pointer("/content/parts").and_then(Value::as_array);
    for part in parts.into_iter().flatten() {
        if part.get("thought").and_then(Value::as_bool) == Some(true) {
            continue;
        }
        said.push_str(text(part, "text"));
        if let Some(call) = part.get("functionCall") {
            let name = text(call, "name");
            if name.is_empty() {
                return Err(bad("name of a function call"));
            }
            let arguments = call.get("args").cloned().unwrap_or_else(|| json!({}));
            let signature = part.get("thoughtSignature").and_then(Value::as_str).map(str::to_owned);
            calls.push(Call { id: String::new(), name: name.to_owned(), arguments, signature });
        }
    }
    let stop_as_sent = text(candidate, "finishReason").to_owned();
    let stop = match stop_as_sent.as_str() {
        "STOP" if !calls.is_empty() => Stop::Tools,
        "STOP" => Stop::End,
        "MAX_TOKENS" => Stop::Length,
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" => Stop::Refusal,
        _ => Stop::Other,
    };
    Ok(Reply { text: said, calls, stop, stop_as_sent, model, usage })
}

/// `promptTokenCount` includes what was read from the cache; thoughts are billed as output and counted apart.
fn usage(usage: &Value) -> Option<Usage> {
    let prompt = count(usage, "promptTokenCount")?;
    let cached = count(usage, "cachedContentTokenCount").unwrap_or(0).min(prompt);
    let output = count(usage, "candidatesTokenCount").unwrap_or(0);
    let thoughts = count(usage, "thoughtsTokenCount").unwrap_or(0);
    Some(Usage {
        input: prompt - cached,
        cache_read: cached,
        cache_write: 0,
        output: output.saturating_add(thoughts),
    })
}
