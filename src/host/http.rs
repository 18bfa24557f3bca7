//! Requests and responses as values, and the trait that sends them.

use crate::base::Secret;
use bytes::Bytes;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// A boxed future, so that [`Http`] stays object safe.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The largest response body that is read, in bytes. The largest we expect is a page of 100 comments of
/// 262,144 bytes each.
pub const MAX_RESPONSE_BYTES: usize = 32 * 1024 * 1024;

/// An HTTP request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Method.
    pub method: ::http::Method,
    /// Absolute URL.
    pub url: String,
    /// Headers other than the credential.
    pub headers: Vec<(String, String)>,
    /// The credential: header name and value. Kept apart so that it is never logged, nor sent to another host
    /// when a redirect is followed.
    pub credential: Option<(String, Secret)>,
    /// Body.
    pub body: Bytes,
}

/// An HTTP response of any status.
#[derive(Clone, Debug)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Bytes,
}

impl Response {
    /// The first header of this name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// How long the server asks us to wait: `Retry-After`, in seconds or as a date.
    pub fn retry_after(&self, now: jiff::Timestamp) -> Option<Duration> {
        let value = self.header("retry-after")?.trim();
        if let Ok(seconds) = value.parse::<u64>() {
            return Some(Duration::from_secs(seconds));
        }
        let at = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
        Some(Duration::from_secs(u64::try_from(at.as_second().saturating_sub(now.as_second())).unwrap_or(0)))
    }
}

/// The body of a response, as it arrives.
pub type Body = Pin<Box<dyn futures_util::Stream<Item = Result<Bytes, HttpError>> + Send>>;

/// No response was received.
#[derive(Clone, Debug, thiserror::Error)]
pub enum HttpError {
    /// The server was not reached: nothing can have happened there.
    #[error("cannot connect to {host}: {reason}")]
    Connect {
        /// Host name.
        host: String,
        /// Why.
        reason: String,
    },
    /// The request was sent and no complete answer came back: it may or may not have taken effect.
    #[error("no answer from {host}: {reason}")]
    NoAnswer {
        /// Host name.
        host: String,
        /// Why.
        reason: String,
    },
    /// The request itself is malformed, for example its URL.
    #[error("cannot send a request to {url}: {reason}")]
    Invalid {
        /// URL.
        url: String,
        /// Why.
        reason: String,
    },
}

/// Sends requests. Implementations do not retry and do not follow redirects: both are decisions.
pub trait Http: Send + Sync {
    /// Sends one request: 10 s to connect, 30 s between bytes.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>>;

    /// The same for servers that think before they answer: 10 minutes between bytes.
    fn send_slow(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        self.send(request)
    }

    /// Sends one request and does not wait for the end of the answer: servers keep streams open. The response has no
    /// body; the body comes besides, and the caller limits it.
    fn open(&self, request: Request) -> BoxFuture<'_, Result<(Response, Body), HttpError>> {
        Box::pin(async move {
            let mut response = self.send(request).await?;
            let body = std::mem::take(&mut response.body);
            let body: Body = Box::pin(futures_util::stream::once(std::future::ready(Ok(body))));
            Ok((response, body))
        })
    }
}
