//! Streamable HTTP for `rmcp` over the network of the host, so that answers are seen as they are.

use super::frames::Frames;
use crate::host::http::Body;
use crate::host::{Http, HttpError, Request, Response};
use ::http::{HeaderName, HeaderValue, Method};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use rmcp::model::{ClientJsonRpcMessage, JsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::streamable_http_client::{
    HttpStatusError, SseError, StreamableHttpClient, StreamableHttpError, StreamableHttpPostResponse,
};
use sse_stream::{Sse, SseStream};
use std::collections::HashMap;
use std::sync::Arc;

const EVENTS: &str = "text/event-stream";
const JSON: &str = "application/json";
const SESSION: &str = "Mcp-Session-Id";

/// Sends messages, and shows answers to the [`Frames`].
#[derive(Clone)]
pub(super) struct Client {
    pub(super) http: Arc<dyn Http>,
    pub(super) frames: Frames,
}

type Failure = StreamableHttpError<HttpError>;

impl Client {
    async fn send(
        &self,
        method: Method,
        url: &str,
        session: Option<&str>,
        headers: HashMap<HeaderName, HeaderValue>,
        body: Bytes,
    ) -> Result<(Response, Body), Failure> {
        let mut all = vec![
            ("Accept".to_owned(), format!("{EVENTS}, {JSON}")),
            ("Content-Type".to_owned(), JSON.to_owned()),
        ];
        all.extend(session.map(|session| (SESSION.to_owned(), session.to_owned())));
        for (name, value) in &headers {
            let value = value.to_str().map_err(|error| invalid(url, &error.to_string()))?;
            all.push((name.as_str().to_owned(), value.to_owned()));
        }
        let request = Request { method, url: url.to_owned(), headers: all, credential: None, body };
        self.http.open(request).await.map_err(StreamableHttpError::Client)
    }

    /// The whole body, as far as the server may speak.
    async fn whole(&self, mut body: Body) -> Result<Vec<u8>, Failure> {
        let mut whole = Vec::new();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(StreamableHttpError::Client)?;
            self.frames.count(chunk.len())?;
            whole.extend_from_slice(&chunk);
        }
        Ok(whole)
    }

    /// The events of a body; what they say is shown to the frames.
    fn events(&self, body: Body) -> BoxStream<'static, Result<Sse, SseError>> {
        let (counting, frames) = (self.frames.clone(), self.frames.clone());
        let bytes = body.map(move |chunk| {
            let chunk = chunk.map_err(std::io::Error::other)?;
            counting.count(chunk.len())?;
            Ok::<Bytes, std::io::Error>(chunk)
        });
        SseStream::from_bytes_stream(bytes)
            .inspect(move |event| {
                if let Ok(Sse { data: Some(data), .. }) = event {
                    frames.message(data.as_bytes());
                }
            })
            .boxed()
    }
}

fn invalid(url: &str, reason: &str) -> Failure {
    let url = url.split(['?', '#']).next().unwrap_or_default().to_owned();
    StreamableHttpError::Client(HttpError::Invalid { url, reason: reason.to_owned() })
}

fn unexpected(what: String) -> Failure {
    StreamableHttpError::UnexpectedServerResponse(what.into())
}

impl StreamableHttpClient for Client {
    type Error = HttpError;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        _auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse, Failure> {
        let text = serde_json::to_vec(&message)?;
        let (response, body) =
            self.send(Method::POST, &uri, session_id.as_deref(), custom_headers, text.into()).await?;
        let status = response.status;
        if matches!(status, 202 | 204) {
            return Ok(StreamableHttpPostResponse::Accepted);
        }
        if status == 404 && session_id.is_some() {
            return Err(StreamableHttpError::SessionExpired);
        }
        let session = response.header("mcp-session-id").map(str::to_owned);
        let kind = response.header("content-type").unwrap_or_default().to_owned();
        if (200..300).contains(&status) && kind.starts_with(EVENTS) {
            return Ok(StreamableHttpPostResponse::Sse(self.events(body), session));
        }
        let whole = self.whole(body).await?;
        if whole.is_empty() && !matches!(message, JsonRpcMessage::Request(_)) {
            return Ok(StreamableHttpPostResponse::Accepted);
        }
        let read = serde_json::from_slice::<ServerJsonRpcMessage>(&whole);
        match read {
            // A server of the older protocol refuses what it does not know with an error in the body.
            Ok(answer) if (200..300).contains(&status) || matches!(answer, JsonRpcMessage::Error(_)) => {
                self.frames.message(&whole);
                Ok(StreamableHttpPostResponse::Json(answer, session))
            }
            _ if status == 429 || status >= 500 => Err(HttpStatusError::new(status, None).into()),
            _ => Err(unexpected(format!("HTTP {status}, and no message of the protocol"))),
        }
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session_id: Arc<str>,
        _auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), Failure> {
        // A server that keeps no sessions refuses; there is nothing to do about it.
        self.send(Method::DELETE, &uri, Some(&session_id), custom_headers, Bytes::new()).await.map(drop)
    }

    async fn get_stream(
        &self,
        _uri: Arc<str>,
        _session_id: Option<Arc<str>>,
        _last_event_id: Option<String>,
        _auth_header: Option<String>,
        _custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<BoxStream<'static, Result<Sse, SseError>>, Failure> {
        // That stream is for what the server says unasked, and nobody listens to that here.
        Err(StreamableHttpError::ServerDoesNotSupportSse)
    }
}
