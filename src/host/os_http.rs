//! The network of the operating system: `reqwest` over rustls with ring.

use super::http::{BoxFuture, Http, HttpError, MAX_RESPONSE_BYTES, Request, Response};
use ::http::header::{HeaderName, HeaderValue};
use bytes::BytesMut;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the server may stay silent between bytes.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// The same for models, which say nothing until they have thought.
const SLOW_READ_TIMEOUT: Duration = Duration::from_secs(600);

/// Sends requests over the network: certificates of the system, no redirects, no retries.
///
/// The client is built by the first request, so that commands without a network start in milliseconds and run
/// on machines without certificates. `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are honoured, by reqwest itself.
#[derive(Debug, Default)]
pub struct ReqwestHttp {
    client: OnceLock<Result<reqwest::Client, String>>,
    slow: OnceLock<Result<reqwest::Client, String>>,
    read_timeout: Option<Duration>,
}

impl ReqwestHttp {
    /// A client with the timeouts promised by [`Http`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces the 30 s a server may stay silent; for tests.
    #[must_use]
    pub const fn with_read_timeout(mut self, timeout: Duration) -> Self {
        self.read_timeout = Some(timeout);
        self
    }

    fn client(&self, slow: bool) -> Result<&reqwest::Client, String> {
        let (client, usual) =
            if slow { (&self.slow, SLOW_READ_TIMEOUT) } else { (&self.client, READ_TIMEOUT) };
        let built = client.get_or_init(|| build(self.read_timeout.unwrap_or(usual)));
        built.as_ref().map_err(Clone::clone)
    }

    async fn exchange(&self, request: Request, slow: bool) -> Result<Response, HttpError> {
        let Request { method, url, headers, credential, body } = request;
        let invalid = |reason: String| HttpError::Invalid { url: without_query(&url), reason };
        let parsed = reqwest::Url::parse(&url).map_err(|error| invalid(error.to_string()))?;
        let host = parsed.host_str().unwrap_or_default().to_owned();
        let path = parsed.path().to_owned();

        let client = self.client(slow).map_err(&invalid)?;
        let mut builder = client.request(method.clone(), parsed).body(body);
        for (name, value) in headers {
            builder = builder.header(name, value);
        }
        if let Some((name, secret)) = credential {
            let name = HeaderName::try_from(name).map_err(|error| invalid(error.to_string()))?;
            let mut value = HeaderValue::try_from(secret.expose()).map_err(|_hides_the_token| {
                invalid("the token has characters that no header may have".to_owned())
            })?;
            value.set_sensitive(true);
            builder = builder.header(name, value);
        }

        let started = Instant::now();
        let answer = receive(builder, &host, &url).await;
        let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        match &answer {
            Ok(response) => {
                tracing::debug!(%method, host, path, status = response.status, ms, "request");
            }
            Err(error) => tracing::debug!(%method, host, path, ms, %error, "request failed"),
        }
        answer
    }
}

impl Http for ReqwestHttp {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        Box::pin(self.exchange(request, false))
    }

    fn send_slow(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        Box::pin(self.exchange(request, true))
    }
}

fn build(read_timeout: Duration) -> Result<reqwest::Client, String> {
    // Fails when a provider is installed already, which is as good.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(concat!("weighbridge/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(read_timeout)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .build()
        .map_err(|error| {
            format!(
                "{}; when no CA certificates are installed, install ca-certificates or point SSL_CERT_FILE at a bundle",
                chain(&error)
            )
        })
}

async fn receive(builder: reqwest::RequestBuilder, host: &str, url: &str) -> Result<Response, HttpError> {
    let no_answer = |reason: String| HttpError::NoAnswer { host: host.to_owned(), reason };
    let classify = |error: reqwest::Error| {
        let error = error.without_url();
        let reason = chain(&error);
        if error.is_builder() {
            HttpError::Invalid { url: without_query(url), reason }
        } else if error.is_connect() {
            HttpError::Connect { host: host.to_owned(), reason }
        } else if error.is_timeout() {
            no_answer(format!("the server stayed silent for too long ({reason})"))
        } else {
            no_answer(reason)
        }
    };

    let mut response = builder.send().await.map_err(classify)?;
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(classify)? {
        if body.len().saturating_add(chunk.len()) > MAX_RESPONSE_BYTES {
            return Err(no_answer(format!("the answer has more than {MAX_RESPONSE_BYTES} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response { status, headers, body: body.freeze() })
}

/// An error and its causes in one line: reqwest keeps the useful part in the last cause.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !words.contains(&more) {
            words.push_str(": ");
            words.push_str(&more);
        }
        cause = inner.source();
    }
    words
}

/// Queries may carry credentials, so messages never show them.
fn without_query(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}
