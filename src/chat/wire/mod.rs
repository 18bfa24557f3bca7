//! The three formats: where a request goes, what it looks like there, and how an answer is read.
//!
//! An answer is hostile too: what is missing is an error, sizes are those of the transport, and nothing is guessed.

mod anthropic;
mod gemini;
mod openai;

use super::{Api, Reply, Request};
use serde_json::Value;

/// An answer that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer of {api} has no {what}")]
pub struct BadReply {
    /// The format.
    pub api: &'static str,
    /// What is missing or of another kind.
    pub what: &'static str,
}

/// The address of a call. `base` is what the provider's own client library takes as base URL: with `/v1` for `OpenAI`, without
/// a version for the others.
pub fn url(api: Api, base: &str, model: &str) -> String {
    let base = base.trim_end_matches('/');
    match api {
        Api::Openai => format!("{base}/chat/completions"),
        Api::Anthropic => format!("{base}/v1/messages"),
        Api::Gemini => {
            let version = if base.ends_with("/v1beta") { "" } else { "/v1beta" };
            format!("{base}{version}/models/{}:generateContent", path_segment(model))
        }
    }
}

/// Where the public APIs are.
pub const fn public_base(api: Api) -> &'static str {
    match api {
        Api::Openai => "https://api.openai.com/v1",
        Api::Anthropic => "https://api.anthropic.com",
        Api::Gemini => "https://generativelanguage.googleapis.com",
    }
}

/// The name of the header that carries the key, and what goes before the key.
pub const fn credential(api: Api) -> (&'static str, &'static str) {
    match api {
        Api::Openai => ("authorization", "Bearer "),
        Api::Anthropic => ("x-api-key", ""),
        Api::Gemini => ("x-goog-api-key", ""),
    }
}

/// Headers besides the credential.
pub fn headers(api: Api) -> Vec<(String, String)> {
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    if api == Api::Anthropic {
        headers.push(("anthropic-version".to_owned(), "2023-06-01".to_owned()));
    }
    headers
}

/// The JSON of a request.
pub fn body(request: &Request) -> Value {
    match request.api {
        Api::Openai => openai::body(request),
        Api::Anthropic => anthropic::body(request),
        Api::Gemini => gemini::body(request),
    }
}

/// Reads an answer. `earlier` is how many tool calls the conversation had before: calls are numbered on.
///
/// # Errors
/// What is missing.
pub fn reply(api: Api, answer: &Value, earlier: usize) -> Result<Reply, BadReply> {
    let mut reply = match api {
        Api::Openai => openai::reply(answer),
        Api::Anthropic => anthropic::reply(answer),
        Api::Gemini => gemini::reply(answer),
    }?;
    for (call, number) in reply.calls.iter_mut().zip(earlier + 1..) {
        call.id = format!("call_{number}");
    }
    Ok(reply)
}

/// A model's name inside a path: nothing in it can leave its segment.
fn path_segment(model: &str) -> String {
    let mut out = String::with_capacity(model.len());
    for byte in model.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&crate::base::text::hex(&[byte]).to_ascii_uppercase());
        }
    }
    out
}

/// A number of tokens.
fn count(usage: &Value, key: &str) -> Option<u64> {
    usage.get(key).and_then(Value::as_u64)
}

/// The text of a key; empty when it is not there.
fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests;
