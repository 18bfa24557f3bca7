//! The network of the operating system: `reqwest` over rustls with ring.

use super::http::{Body, BoxFuture, Http, HttpError, MAX_RESPONSE_BYTES, Request, Response};
use ::http::header::{HeaderName, HeaderValue};
use bytes::{Bytes, BytesMut};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the server may stay silent between bytes.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// The same for models, which say nothing until they have thought.
const SLOW_READ_TIMEOUT: Duration = Duration::from_mins(10);

/// Sends requests over the network: certificates of the system, no redirects, no retries.
///
/// The client is built by the first request, so that commands without a network start in milliseconds and run
/// on machines without certificates. `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are honoured, by reqwest itself; plain HTTP
/// to this machine never goes through a proxy.
#[derive(Debug, Default)]
pub struct ReqwestHttp {
    /// By what is asked of them: see [`Kind`].
    clients: [OnceLock<Result<reqwest::Client, String>>; 4],
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

    fn client(&self, kind: Kind) -> Result<&reqwest::Client, String> {
        let [one, slow, here, slow_here] = &self.clients;
        let (client, usual) = match (kind.slow, kind.here) {
            (false, false) => (one, READ_TIMEOUT),
            (true, false) => (slow, SLOW_READ_TIMEOUT),
            (false, true) => (here, READ_TIMEOUT),
            (true, true) => (slow_here, SLOW_READ_TIMEOUT),
        };
        let built = client.get_or_init(|| build(self.read_timeout.unwrap_or(usual), kind.here));
        built.as_ref().map_err(Clone::clone)
    }

    async fn exchange(&self, request: Request, slow: bool) -> Result<Response, HttpError> {
        use futures_util::StreamExt as _;
        let asked = Asked::of(&request)?;
        let (mut response, mut body) = self.ask(request, &asked, slow).await?;
        let mut whole = BytesMut::new();
        while let Some(chunk) = body.next().await {
            let chunk = chunk?;
            if whole.len().saturating_add(chunk.len()) > MAX_RESPONSE_BYTES {
                let reason = format!("the answer has more than {MAX_RESPONSE_BYTES} bytes");
                return Err(HttpError::NoAnswer { host: asked.host, reason });
            }
            whole.extend_from_slice(&chunk);
        }
        response.body = whole.freeze();
        Ok(response)
    }

    async fn ask(&self, request: Request, asked: &Asked, slow: bool) -> Result<(Response, Body), HttpError> {
        let Request { method, url, headers, credential, body } = request;
        let invalid = |reason: String| HttpError::Invalid { url: without_query(&url), reason };
        let kind = Kind { slow, here: is_here(&asked.url) };
        let client = self.client(kind).map_err(&invalid)?;
        let mut builder = client.request(method.clone(), asked.url.clone()).body(body);
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
        let answer = receive(builder, &asked.host, &url).await;
        let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (host, path) = (&asked.host, asked.url.path());
        match &answer {
            Ok((response, _)) => {
                tracing::debug!(%method, host, path, status = response.status, ms, "request");
            }
            Err(error) => tracing::debug!(%method, host, path, ms, %error, "request failed"),
        }
        answer
    }
}

/// Where a request goes.
struct Asked {
    url: reqwest::Url,
    host: String,
}

impl Asked {
    fn of(request: &Request) -> Result<Self, HttpError> {
        let url = reqwest::Url::parse(&request.url).map_err(|error| HttpError::Invalid {
            url: without_query(&request.url),
            reason: error.to_string(),
        })?;
        let host = url.host_str().unwrap_or_default().to_owned();
        Ok(Self { url, host })
    }
}

impl Http for ReqwestHttp {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        Box::pin(self.exchange(request, false))
    }

    fn send_slow(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        Box::pin(self.exchange(request, true))
    }

    fn open(&self, request: Request) -> BoxFuture<'_, Result<(Response, Body), HttpError>> {
        Box::pin(async move {
            let asked = Asked::of(&request)?;
            self.ask(request, &asked, false).await
        })
    }
}

/// What is asked of a client.
#[derive(Clone, Copy)]
struct Kind {
    /// The server thinks before it answers.
    slow: bool,
    /// The server is on this machine and speaks plain HTTP: there is no proxy on the way and nothing to be certified, so
    /// the certificates of the system are not read.
    here: bool,
}

/// True for plain HTTP to this machine.
fn is_here(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let is_loopback = || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    url.scheme() == "http" && (host == "localhost" || is_loopback())
}

fn build(read_timeout: Duration, here: bool) -> Result<reqwest::Client, String> {
    // Fails when a provider is installed already, which is as good.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder();
    if here {
        builder = builder.no_proxy().tls_certs_only([]);
    }
    builder
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

async fn receive(
    builder: reqwest::RequestBuilder,
    host: &str,
    url: &str,
) -> Result<(Response, Body), HttpError> {
    let (host, url) = (host.to_owned(), url.to_owned());
    let classify = move |error: reqwest::Error| {
        let no_answer = |reason: String| HttpError::NoAnswer { host: host.clone(), reason };
        let error = error.without_url();
        let reason = chain(&error);
        if error.is_builder() {
            HttpError::Invalid { url: without_query(&url), reason }
        } else if error.is_connect() {
            HttpError::Connect { host: host.clone(), reason }
        } else if error.is_timeout() {
            no_answer(format!("the server stayed silent for too long ({reason})"))
        } else {
            no_answer(reason)
        }
    };
    let response = builder.send().await.map_err(&classify)?;
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let chunks = futures_util::stream::unfold(Some(response), move |open| {
        let classify = classify.clone();
        async move {
            let mut response = open?;
            match response.chunk().await {
                Ok(Some(chunk)) => Some((Ok(chunk), Some(response))),
                Ok(None) => None,
                Err(error) => Some((Err(classify(error)), None)),
            }
        }
    });
    Ok((Response { status, headers, body: Bytes::new() }, Box::pin(chunks)))
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
