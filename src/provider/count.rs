//! Exact token counts from the providers themselves, for the families whose tokenizer is not public.
//!
//! Anthropic: `POST /v1/messages/count_tokens`, free, needs a key. Google: `POST
//! /v1beta/models/MODEL:countTokens`, likewise. A message costs a few tokens besides its text, so the count of
//! a message with one known token is taken off. Counts are kept by model and content, so a text is sent once.
//! Errors are never kept.

use super::retry::{harmless, wait};
use crate::base::{Family, Secret};
use crate::host::{Host, HttpError, Request, Var};
use serde::{Deserialize, Serialize};
use sha2::Digest;
use std::collections::BTreeMap;

/// Longest text that is sent, in bytes.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// How often a request is sent before it is given up.
const TRIES: u32 = 4;
/// A text of one token in every family.
const ONE_TOKEN: &str = "a";

/// An endpoint that counts, and the key for it.
#[derive(Clone, Debug)]
pub struct Counter {
    family: Family,
    model: &'static str,
    url: String,
    credential: (String, Secret),
}

/// A count could not be had.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CountError {
    /// There is no key for this provider.
    #[error("exact counts for {family} need a key in {variable}")]
    NoKey {
        /// The family.
        family: &'static str,
        /// The variable to set.
        variable: &'static str,
    },
    /// There is nothing to ask: the family is counted exactly without a provider, or nobody offers it.
    #[error("there is no endpoint for {0}")]
    NoEndpoint(&'static str),
    /// The provider refused.
    #[error("{model} could not be asked for a token count: HTTP {status}: {message}")]
    Refused {
        /// Model.
        model: &'static str,
        /// Status.
        status: u16,
        /// What it said, shortened.
        message: String,
    },
    /// The provider's answer has no count.
    #[error("{model} answered without a token count")]
    NoCount {
        /// Model.
        model: &'static str,
    },
    /// The text is larger than is sent.
    #[error("the text has {0} bytes, more than the 4,194,304 that are sent")]
    TooLarge(usize),
    /// No answer.
    #[error(transparent)]
    Http(#[from] HttpError),
}

/// Counts by model and content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Key: model and SHA-256 of the text, in hexadecimal.
    counts: BTreeMap<String, u64>,
}

impl Counter {
    /// The endpoint for a family, with the key from the environment.
    ///
    /// # Errors
    /// When the family needs none, or its key is not set.
    pub fn new(family: Family, host: &dyn Host) -> Result<Self, CountError> {
        let (model, base, default, key, header) = match family {
            Family::ClaudeV3 => (
                "claude-sonnet-4-5",
                Var::AnthropicBaseUrl,
                "https://api.anthropic.com",
                Var::AnthropicApiKey,
                "x-api-key",
            ),
            Family::ClaudeV48 => (
                "claude-sonnet-5-5",
                Var::AnthropicBaseUrl,
                "https://api.anthropic.com",
                Var::AnthropicApiKey,
                "x-api-key",
            ),
            Family::Gemini => (
                "gemini-3.1-pro-preview",
                Var::GeminiBaseUrl,
                "https://generativelanguage.googleapis.com",
                Var::GeminiApiKey,
                "x-goog-api-key",
            ),
            Family::O200k => return Err(CountError::NoEndpoint(family.name())),
        };
        let secret =
            host.secret(key).ok_or(CountError::NoKey { family: family.name(), variable: key.name() })?;
        let base = host.env(base).unwrap_or_else(|| default.to_owned());
        let base = base.trim_end_matches('/');
        let url = if family == Family::Gemini {
            format!("{base}/v1beta/models/{model}:countTokens")
        } else {
            format!("{base}/v1/messages/count_tokens")
        };
        Ok(Self { family, model, url, credential: (header.to_owned(), secret) })
    }

    /// The tokens of a text alone.
    ///
    /// # Errors
    /// When the provider does not answer with a count.
    pub async fn count(&self, text: &str, host: &dyn Host, known: &mut Counts) -> Result<u64, CountError> {
        if text.is_empty() {
            return Ok(0);
        }
        if text.len() > MAX_BYTES {
            return Err(CountError::TooLarge(text.len()));
        }
        let frame = self.message(ONE_TOKEN, host, known).await?.saturating_sub(1);
        Ok(self.message(text, host, known).await?.saturating_sub(frame))
    }

    /// The tokens of a message that holds a text.
    async fn message(&self, text: &str, host: &dyn Host, known: &mut Counts) -> Result<u64, CountError> {
        let key = self.key(text);
        if let Some(count) = known.counts.get(&key) {
            return Ok(*count);
        }
        let count = self.ask(text, host).await?;
        known.counts.insert(key, count);
        Ok(count)
    }

    fn key(&self, text: &str) -> String {
        format!("{} {}", self.model, crate::base::text::hex(&sha2::Sha256::digest(text.as_bytes())))
    }

    async fn ask(&self, text: &str, host: &dyn Host) -> Result<u64, CountError> {
        let body = if self.family == Family::Gemini {
            serde_json::json!({"contents": [{"parts": [{"text": text}]}]})
        } else {
            serde_json::json!({"model": self.model, "messages": [{"role": "user", "content": text}]})
        };
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        if self.family != Family::Gemini {
            headers.push(("anthropic-version".to_owned(), "2023-06-01".to_owned()));
        }
        let mut tries = 0;
        loop {
            tries += 1;
            let answer = host
                .http()
                .send(Request {
                    method: http::Method::POST,
                    url: self.url.clone(),
                    headers: headers.clone(),
                    credential: Some(self.credential.clone()),
                    body: body.to_string().into(),
                })
                .await;
            // Counting changes nothing over there, so it may be repeated.
            if let Some(wait) = wait(&answer, tries, true, host.now()).filter(|_| tries < TRIES) {
                host.sleep(wait).await;
                continue;
            }
            return self.read(&answer?);
        }
    }

    fn read(&self, response: &crate::host::Response) -> Result<u64, CountError> {
        let body = String::from_utf8_lossy(&response.body);
        if !(200..300).contains(&response.status) {
            let message = harmless(&body, Some(&self.credential.1));
            return Err(CountError::Refused { model: self.model, status: response.status, message });
        }
        let value: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
        let count = value.get("input_tokens").or_else(|| value.get("totalTokens"));
        count.and_then(serde_json::Value::as_u64).ok_or(CountError::NoCount { model: self.model })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::memory::{MemoryHost, response};

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
    }

    fn host() -> MemoryHost {
        MemoryHost::new().with_env(Var::AnthropicApiKey, "sk-test").with_responder(|request: Request| {
            assert_eq!(request.url, "https://api.anthropic.com/v1/messages/count_tokens");
            let body: serde_json::Value = serde_json::from_slice(&request.body).expect("JSON");
            let text = body["messages"][0]["content"].as_str().expect("text").to_owned();
            let count = 6 + text.split(' ').count();
            Ok(response(200, &[], format!("{{\"input_tokens\":{count}}}")))
        })
    }

    #[test]
    fn takes_the_frame_of_the_message_off_and_asks_once() {
        let host = host();
        let counter = Counter::new(Family::ClaudeV48, &host).expect("a key is set");
        let mut known = Counts::default();
        assert_eq!(block_on(counter.count("one two three", &host, &mut known)).expect("answered"), 3);
        assert_eq!(block_on(counter.count("", &host, &mut known)).expect("nothing to ask"), 0);
        assert_eq!(known.counts.len(), 2);
        let silent = MemoryHost::new().with_env(Var::AnthropicApiKey, "k");
        assert_eq!(block_on(counter.count("one two three", &silent, &mut known)).expect("kept"), 3);
    }

    #[test]
    fn says_what_is_missing_and_never_keeps_errors() {
        let error = Counter::new(Family::Gemini, &MemoryHost::new()).expect_err("no key");
        assert_eq!(error.to_string(), "exact counts for gemini need a key in GEMINI_API_KEY");
        let host = MemoryHost::new()
            .with_env(Var::GeminiApiKey, "k")
            .with_responder(|_: Request| Ok(response(400, &[], "no such model")));
        let counter = Counter::new(Family::Gemini, &host).expect("a key is set");
        let mut known = Counts::default();
        let error = block_on(counter.count("x", &host, &mut known)).expect_err("refused");
        assert!(error.to_string().contains("HTTP 400: no such model"), "{error}");
        assert_eq!(known, Counts::default());
    }
}
