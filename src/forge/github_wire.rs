//! The bottom of octocrab: its requests go through the host's network, its answers become ours.

use crate::base::Secret;
use crate::host::{Http, HttpError, Request, Response};
use http_body_util::{BodyExt, Full};
use octocrab::{AuthState, OctoBody, Octocrab, OctocrabBuilder};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// An octocrab that sends through `http` with this token. Needs a running tokio runtime, for its buffer.
pub(super) fn octocrab(http: Arc<dyn Http>, token: Secret) -> Octocrab {
    let service = Wire { http, token };
    // Building cannot fail; the type says so.
    match OctocrabBuilder::new_empty().with_service(service).with_auth(AuthState::None).build() {
        Ok(crab) => crab,
        Err(never) => match never {},
    }
}

/// Hands requests to the host's network.
#[derive(Clone)]
struct Wire {
    http: Arc<dyn Http>,
    token: Secret,
}

impl tower::Service<::http::Request<OctoBody>> for Wire {
    type Response = ::http::Response<Full<bytes::Bytes>>;
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, HttpError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), HttpError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: ::http::Request<OctoBody>) -> Self::Future {
        let Self { http, token } = self.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let url = parts.uri.to_string();
            let invalid = |reason: String| HttpError::Invalid { url: url.clone(), reason };
            let body = body.collect().await.map_err(|error| invalid(error.to_string()))?.to_bytes();
            // The length is the network's business.
            let mut headers: Vec<(String, String)> = parts
                .headers
                .iter()
                .filter(|(name, _)| *name != ::http::header::CONTENT_LENGTH)
                .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
                .collect();
            if !headers.iter().any(|(name, _)| name == "accept") {
                headers.push(("accept".to_owned(), "application/vnd.github+json".to_owned()));
            }
            let bearer = Secret::new(format!("Bearer {}", token.expose()));
            let credential = bearer.map(|value| ("authorization".to_owned(), value));
            let answer = http
                .send(Request { method: parts.method, url: url.clone(), headers, credential, body })
                .await?;
            let mut response = ::http::Response::builder().status(answer.status);
            for (name, value) in &answer.headers {
                response = response.header(name, value);
            }
            response.body(Full::new(answer.body)).map_err(|error| invalid(error.to_string()))
        })
    }
}

type Body = http_body_util::combinators::BoxBody<bytes::Bytes, octocrab::Error>;

/// Reads an answer of any status whole.
pub(super) async fn receive(
    sent: Result<::http::Response<Body>, octocrab::Error>,
    url: &str,
) -> Result<Response, HttpError> {
    let (parts, body) = sent.map_err(|error| network_error(error, url))?.into_parts();
    let headers = parts
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    let body = body.collect().await.map_err(|error| network_error(error, url))?.to_bytes();
    Ok(Response { status: parts.status.as_u16(), headers, body })
}

/// Our own error from below octocrab; anything else is octocrab refusing to make the request.
fn network_error(error: octocrab::Error, url: &str) -> HttpError {
    match error {
        octocrab::Error::Service { source, .. } => match source.downcast::<HttpError>() {
            Ok(ours) => *ours,
            // Not known what happened: the careful reading is that it may have been sent.
            Err(other) => HttpError::NoAnswer { host: url.to_owned(), reason: other.to_string() },
        },
        other => HttpError::Invalid { url: url.to_owned(), reason: other.to_string() },
    }
}
