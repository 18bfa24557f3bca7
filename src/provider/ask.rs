//! Asking a model: one request, its retries visible, its key from the environment and in no other place.

use super::retry::{harmless, wait};
use crate::base::Secret;
use crate::chat::{Api, Reply, Request, wire};
use crate::host::{Host, HttpError, Var};
use serde_json::Value;

/// How often a request is sent before it is given up.
const TRIES: u32 = 5;
/// How often a server that cannot be reached is tried.
const CONNECT_TRIES: u32 = 3;

/// Where a provider is, and the key for it.
#[derive(Clone, Debug)]
pub struct Endpoint {
    api: Api,
    base: String,
    credential: Option<(String, Secret)>,
}

/// What came back, and what it took.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The answer.
    pub reply: Reply,
    /// Milliseconds from the last try to its answer.
    pub latency_ms: u64,
    /// How often the request was sent again.
    pub retries: u32,
}

/// No answer could be had.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AskError {
    /// There is no key.
    #[error("{provider} needs a key in {variable}")]
    NoKey {
        /// The provider.
        provider: String,
        /// The variable to set.
        variable: &'static str,
    },
    /// The provider refused; nothing is billed for that.
    #[error("{provider} answered with HTTP {status} after {tries} tries: {message}")]
    Refused {
        /// The provider.
        provider: String,
        /// The status.
        status: u16,
        /// How often it was asked.
        tries: u32,
        /// What it said, shortened.
        message: String,
    },
    /// The answer came, and may be billed, but cannot be read.
    #[error("{provider}: {reason}")]
    Unreadable {
        /// The provider.
        provider: String,
        /// Why.
        reason: String,
    },
    /// No answer.
    #[error("{provider}: {error} (after {tries} tries)")]
    Http {
        /// The provider.
        provider: String,
        /// What happened.
        error: HttpError,
        /// How often it was asked.
        tries: u32,
    },
}

impl AskError {
    /// True when the provider may have billed the request.
    pub const fn may_be_billed(&self) -> bool {
        match self {
            Self::NoKey { .. } | Self::Refused { .. } => false,
            Self::Unreadable { .. } => true,
            Self::Http { error, .. } => matches!(error, HttpError::NoAnswer { .. }),
        }
    }
}

impl Endpoint {
    /// The endpoint of a provider: one that is declared with a base URL, or one of the three public ones.
    ///
    /// # Errors
    /// When a key is needed and not set. A server on this machine needs none.
    pub fn new(provider: &str, api: Api, declared: Option<&str>, host: &dyn Host) -> Result<Self, AskError> {
        let (key, base) = match api {
            Api::Openai => (Var::OpenaiApiKey, Var::OpenaiBaseUrl),
            Api::Anthropic => (Var::AnthropicApiKey, Var::AnthropicBaseUrl),
            Api::Gemini => (Var::GeminiApiKey, Var::GeminiBaseUrl),
        };
        let (base, key) = match declared {
            // A key of a public provider is never sent to an address from a file.
            Some(base) => (base.to_owned(), Var::ProviderKey),
            None => (host.env(base).unwrap_or_else(|| wire::public_base(api).to_owned()), key),
        };
        let (header, prefix) = wire::credential(api);
        let secret = host.secret(key).and_then(|secret| Secret::new(format!("{prefix}{}", secret.expose())));
        if secret.is_none() && !is_local(&base) {
            return Err(AskError::NoKey { provider: provider.to_owned(), variable: key.name() });
        }
        Ok(Self { api, base, credential: secret.map(|secret| (header.to_owned(), secret)) })
    }

    /// The key, so that it can be taken out of answers.
    pub fn key(&self) -> Option<Secret> {
        let (_, secret) = self.credential.as_ref()?;
        let key = secret.expose();
        Secret::new(key.strip_prefix("Bearer ").unwrap_or(key))
    }

    /// Asks. `earlier` is how many tool calls the conversation had before.
    ///
    /// # Errors
    /// When no answer can be had.
    pub async fn ask(&self, request: &Request, earlier: usize, host: &dyn Host) -> Result<Answer, AskError> {
        let provider = || request.provider.clone();
        let body = wire::body(request).to_string();
        let mut tries = 0;
        loop {
            tries += 1;
            let started = host.now();
            let answer = host
                .http()
                .send_slow(crate::host::Request {
                    method: http::Method::POST,
                    url: wire::url(self.api, &self.base, &request.model),
                    headers: wire::headers(self.api),
                    credential: self.credential.clone(),
                    body: body.clone().into(),
                })
                .await;
            let took = host.now().duration_since(started).as_millis();
            // A server that is not there seldom comes up; one that is busy often has time.
            let most = if answer.is_err() { CONNECT_TRIES } else { TRIES };
            if let Some(wait) = wait(&answer, tries, false, host.now()).filter(|_| tries < most) {
                tracing::info!(provider = provider(), tries, seconds = wait.as_secs(), "asking again");
                host.sleep(wait).await;
                continue;
            }
            let response = answer.map_err(|error| AskError::Http { provider: provider(), error, tries })?;
            let text = String::from_utf8_lossy(&response.body);
            if !(200..300).contains(&response.status) {
                return Err(AskError::Refused {
                    provider: provider(),
                    status: response.status,
                    tries,
                    message: harmless(&text, self.credential.as_ref().map(|(_, secret)| secret)),
                });
            }
            let unreadable = |reason: String| AskError::Unreadable { provider: provider(), reason };
            let value: Value = serde_json::from_str(&text)
                .map_err(|error| unreadable(format!("the answer is no JSON: {error}")))?;
            let reply =
                wire::reply(self.api, &value, earlier).map_err(|error| unreadable(error.to_string()))?;
            let latency_ms = u64::try_from(took).unwrap_or(0);
            return Ok(Answer { reply, latency_ms, retries: tries - 1 });
        }
    }
}

/// True for an address on this machine.
fn is_local(base: &str) -> bool {
    let rest = base.split_once("://").map_or(base, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let name = if host.starts_with('[') {
        host.split(']').next().unwrap_or_default().trim_start_matches('[')
    } else {
        host.split(':').next().unwrap_or_default()
    };
    matches!(name, "localhost" | "127.0.0.1" | "::1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::sample::request;
    use crate::host::MemoryHost;
    use crate::host::memory::response;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
    }

    const FINE: &str = "{\"choices\":[{\"finish_reason\":\"stop\",\"message\":{\"content\":\"Hi\"}}]}";

    #[test]
    fn waits_as_it_is_told_and_counts() {
        let sent = AtomicU32::new(0);
        let host = MemoryHost::new().with_env(Var::OpenaiApiKey, "sk-secret").with_responder(
            move |request: crate::host::Request| {
                let (name, key) = request.credential.expect("a key");
                assert_eq!((name.as_str(), key.expose()), ("authorization", "Bearer sk-secret"));
                assert_eq!(request.url, "https://api.openai.com/v1/chat/completions");
                Ok(match sent.fetch_add(1, Ordering::Relaxed) {
                    0 => response(429, &[("retry-after", "7")], "slow down"),
                    1 => response(503, &[], "later"),
                    _ => response(200, &[], FINE),
                })
            },
        );
        let endpoint = Endpoint::new("openai", Api::Openai, None, &host).expect("a key is set");
        let answer = block_on(endpoint.ask(&request(Api::Openai), 0, &host)).expect("an answer");
        assert_eq!((answer.reply.text.as_str(), answer.retries), ("Hi", 2));
        assert_eq!(host.sleeps(), [Duration::from_secs(7), Duration::from_secs(4)]);
    }

    #[test]
    fn a_refusal_is_final_and_hides_the_key() {
        let host = MemoryHost::new()
            .with_env(Var::AnthropicApiKey, "sk-ant-secret")
            .with_responder(|_| Ok(response(401, &[], "invalid x-api-key: sk-ant-secret\u{1b}[31m")));
        let endpoint = Endpoint::new("anthropic", Api::Anthropic, None, &host).expect("a key is set");
        let error = block_on(endpoint.ask(&request(Api::Anthropic), 0, &host)).expect_err("refused");
        let said = error.to_string();
        assert!(said.contains("HTTP 401 after 1 tries: invalid x-api-key: [key]"), "{said}");
        assert!(!said.contains('\u{1b}') && !error.may_be_billed());
    }

    #[test]
    fn an_answer_that_was_lost_is_not_asked_for_again() {
        let host = MemoryHost::new().with_env(Var::OpenaiApiKey, "k").with_responder(|_| {
            Err(HttpError::NoAnswer { host: "h".to_owned(), reason: "closed".to_owned() })
        });
        let endpoint = Endpoint::new("openai", Api::Openai, None, &host).expect("a key is set");
        let error = block_on(endpoint.ask(&request(Api::Openai), 0, &host)).expect_err("no answer");
        assert!(error.may_be_billed() && error.to_string().contains("after 1 tries"), "{error}");
    }

    #[test]
    fn keys_go_where_they_belong() {
        let host = MemoryHost::new().with_env(Var::OpenaiApiKey, "sk-public");
        let there = Some("https://gateway.example/v1");
        let error = Endpoint::new("ours", Api::Openai, there, &host).expect_err("another key is needed");
        assert_eq!(error.to_string(), "ours needs a key in WEIGHBRIDGE_PROVIDER_KEY");
        for (base, local) in [
            ("http://127.0.0.1:4010/v1", true),
            ("http://localhost", true),
            ("http://[::1]:80/v1", true),
            ("http://localhost.example.com", false),
            ("http://127.0.0.1@example.com/", false),
            ("https://example.com/localhost", false),
        ] {
            assert_eq!(is_local(base), local, "{base}");
            assert_eq!(Endpoint::new("x", Api::Gemini, Some(base), &host).is_ok(), local, "{base}");
        }
    }
}
