//! One server, started, asked for everything it offers, and ended.

use super::frames::{Frames, Tee};
use super::http::Client;
use super::target::{Reached, Target};
use crate::agent::mcp::Listing;
use crate::agent::mcp::listing::key;
use crate::base::text::{truncate_end, visible};
use crate::host::{Host, Tail};
use ::http::{HeaderName, HeaderValue};
use rmcp::model::{
    ClientCapabilities, ClientConfig, Implementation, PaginatedRequestParams, ProtocolVersion,
};
use rmcp::service::{ClientInitializeError, ClientServiceExt as _, Peer, RunningService, ServiceError};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::async_rw::AsyncRwTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::{ClientLifecycleMode, RoleClient};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// How long a server that has been told to end may take before we stop waiting for it.
const END: Duration = Duration::from_secs(10);
/// Lines of its standard error that are shown.
const SHOWN_LINES: usize = 6;

/// Which protocol is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Era {
    /// The newer one where the server answers to it, else the older one.
    #[default]
    Auto,
    /// `server/discover`: from 2026-07-28 on.
    Discover,
    /// `initialize`: up to 2025-11-25.
    Initialize,
}

/// How far a server is listened to.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For everything together, start and end not counted.
    pub time: Duration,
    /// All it may say, in bytes.
    pub bytes: u64,
    /// Items of one kind.
    pub items: usize,
    /// Pages of one kind.
    pub pages: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(30), bytes: 16 * 1024 * 1024, items: 5_000, pages: 200 }
    }
}

/// A server did not say what it offers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}{}", said(.errors))]
pub struct AskError {
    /// Why.
    pub reason: String,
    /// The last lines of its standard error, made visible.
    pub errors: Vec<String>,
}

fn said(errors: &[String]) -> String {
    if errors.is_empty() { String::new() } else { format!("; it said: {}", errors.join(" | ")) }
}

type Session = RunningService<RoleClient, ClientConfig>;

/// Starts or reaches a server, lists what it offers, and ends it. Calls none of its tools.
///
/// # Errors
/// When it cannot be started, does not answer in time, says too much, or breaks the protocol.
pub async fn ask(target: &Target, era: Era, limits: Limits, host: &dyn Host) -> Result<Listing, AskError> {
    let frames = Frames::new(limits.bytes);
    match &target.reached {
        Reached::Program(program) => {
            let running = host.start(program).map_err(|error| AskError {
                reason: target.redact(&error.to_string()),
                errors: Vec::new(),
            })?;
            let output = Tee { from: running.output, frames: frames.clone() };
            let transport = AsyncRwTransport::new(output, running.input)
                .with_max_line_length(usize::try_from(limits.bytes).unwrap_or(usize::MAX));
            let open = ourselves(era).serve_with_lifecycle(transport, lifecycle(era));
            let outcome = Box::pin(within(limits, open, &frames, target)).await;
            // Its input is closed by now; nothing goes on before it has ended.
            let _ended = tokio::time::timeout(END, running.ended).await;
            outcome.map_err(|reason| failure(&reason, target, &running.errors))
        }
        Reached::Url(url, headers) => {
            let client = Client { http: Arc::clone(host.http()), frames: frames.clone() };
            let mut all = HashMap::new();
            for (name, value) in headers {
                let pair = (HeaderName::try_from(name), HeaderValue::try_from(value));
                let (Ok(name), Ok(mut value)) = pair else {
                    let reason = format!("`{}` is no header, or its value is none", visible(name));
                    return Err(AskError { reason, errors: Vec::new() });
                };
                value.set_sensitive(true);
                all.insert(name, value);
            }
            let config = StreamableHttpClientTransportConfig::with_uri(url.as_str()).custom_headers(all);
            let transport = StreamableHttpClientTransport::with_client(client, config);
            let open = ourselves(era).serve_with_lifecycle(transport, lifecycle(era));
            let outcome = Box::pin(within(limits, open, &frames, target)).await;
            outcome.map_err(|reason| failure(&reason, target, &Tail::default()))
        }
    }
}

/// What the supervisor says on the same standard error about the program.
const NOT_STARTED: &str = "weighbridge: cannot start ";
const ENDED: &str = "weighbridge: the program ended by itself: ";

fn failure(reason: &str, target: &Target, tail: &Tail) -> AskError {
    let text = target.redact(&tail.text());
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let of_supervisor = |start: &str| lines.iter().find_map(|line| line.strip_prefix(start));
    let reason = match (of_supervisor(NOT_STARTED), of_supervisor(ENDED)) {
        (Some(why), _) => format!("it cannot be started: {why}"),
        (None, Some(status)) => format!("{} ({status})", target.redact(reason)),
        (None, None) => target.redact(reason),
    };
    let own: Vec<&&str> =
        lines.iter().filter(|line| !line.starts_with(NOT_STARTED) && !line.starts_with(ENDED)).collect();
    let last = own.len().saturating_sub(SHOWN_LINES);
    let errors = own.iter().skip(last).map(|line| visible(&truncate_end(line, 200))).collect();
    AskError { reason: visible(&truncate_end(&reason, 400)), errors }
}

fn ourselves(era: Era) -> ClientConfig {
    let us = Implementation::new("weighbridge", env!("CARGO_PKG_VERSION"));
    let config = ClientConfig::new(ClientCapabilities::default(), us);
    match era {
        Era::Initialize => config.with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE),
        Era::Auto | Era::Discover => config,
    }
}

fn lifecycle(era: Era) -> ClientLifecycleMode {
    let preferred_versions = vec![ProtocolVersion::LATEST];
    match era {
        Era::Initialize => ClientLifecycleMode::Initialize,
        Era::Discover => ClientLifecycleMode::Discover { preferred_versions },
        Era::Auto => ClientLifecycleMode::Auto {
            preferred_versions,
            legacy_version: Some(ProtocolVersion::LATEST_WITH_INITIALIZE),
        },
    }
}

/// Opens a session, asks, and closes it, in the time there is.
async fn within(
    limits: Limits,
    open: impl Future<Output = Result<Session, ClientInitializeError>>,
    frames: &Frames,
    target: &Target,
) -> Result<Listing, String> {
    let deadline = tokio::time::Instant::now() + limits.time;
    let too_late = || format!("it did not answer within {} seconds", limits.time.as_secs());
    let too_much = |reason: String| {
        if frames.is_full() { format!("it said more than {} bytes", limits.bytes) } else { reason }
    };
    let mut session = match tokio::time::timeout_at(deadline, open).await {
        Err(_elapsed) => return Err(too_late()),
        Ok(Err(error)) => return Err(too_much(handshake(&error))),
        Ok(Ok(session)) => session,
    };
    let listed = tokio::time::timeout_at(deadline, list(session.peer(), limits, frames, target)).await;
    let _closed = session.close_with_timeout(Duration::from_secs(5)).await;
    match listed {
        Err(_elapsed) => Err(too_late()),
        Ok(outcome) => outcome.map_err(too_much),
    }
}

/// The words of `rmcp` quote whole messages in its debug form; these are for people.
fn handshake(error: &ClientInitializeError) -> String {
    match error {
        ClientInitializeError::ConnectionClosed(_) => "it ended before it had answered".to_owned(),
        ClientInitializeError::JsonRpcError(error) => {
            format!("it refused: {} ({})", error.message, error.code.0)
        }
        ClientInitializeError::TransportError { error, .. } => {
            format!("it cannot be reached: {}", causes(error.error.as_ref()))
        }
        ClientInitializeError::LegacyFallbackFailed { fallback, .. } => handshake(fallback),
        ClientInitializeError::NoCompatibleProtocolVersion { server_supported, .. } => {
            let versions: Vec<&str> = server_supported.iter().map(ProtocolVersion::as_str).collect();
            format!("it speaks only the protocol {}", versions.join(", "))
        }
        _ => "its answer is none of the protocol".to_owned(),
    }
}

fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !words.contains(&more) {
            words = format!("{words}: {more}");
        }
        cause = inner.source();
    }
    words
}

/// What is listed, under the key that its items have in a result.
#[derive(Clone, Copy)]
enum Part {
    Tools,
    Prompts,
    Resources,
    Templates,
}

impl Part {
    const fn key(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Prompts => "prompts",
            Self::Resources => "resources",
            Self::Templates => "resourceTemplates",
        }
    }
}

async fn list(
    peer: &Peer<RoleClient>,
    limits: Limits,
    frames: &Frames,
    target: &Target,
) -> Result<Listing, String> {
    let peer_info = peer.peer_info().ok_or("its answer is none of the protocol")?;
    let hello = frames.take().into_iter().next_back().unwrap_or_default();
    let mut listing = Listing {
        server: target.name.clone(),
        protocol: peer_info.protocol_version.as_str().to_owned(),
        info: info_of(&hello),
        capabilities: hello.get("capabilities").cloned().unwrap_or_default(),
        instructions: peer_info.instructions.clone(),
        ..Listing::default()
    };
    let can = &peer_info.capabilities;
    if can.tools.is_some() {
        listing.tools = pages(peer, Part::Tools, limits, frames).await?;
    }
    if can.prompts.is_some() {
        listing.prompts = pages(peer, Part::Prompts, limits, frames).await?;
    }
    if can.resources.is_some() {
        listing.resources = pages(peer, Part::Resources, limits, frames).await?;
        listing.templates = pages(peer, Part::Templates, limits, frames).await?;
    }
    // A server may say aloud what it was told in confidence; a recorded list lies in a repository.
    let texts = [&mut listing.tools, &mut listing.prompts, &mut listing.resources, &mut listing.templates];
    texts.into_iter().flatten().for_each(|item| target.redact_value(item));
    target.redact_value(&mut listing.info);
    target.redact_value(&mut listing.capabilities);
    listing.instructions = listing.instructions.map(|text| target.redact(&text));
    Ok(listing.canonical())
}

/// The newer protocol has what a server is among the notes on its answer.
fn info_of(hello: &Value) -> Value {
    let notes = hello.get("_meta").and_then(|meta| meta.get("io.modelcontextprotocol/serverInfo"));
    hello.get("serverInfo").or(notes).cloned().unwrap_or_default()
}

/// All pages of one kind, as the server wrote them.
async fn pages(
    peer: &Peer<RoleClient>,
    part: Part,
    limits: Limits,
    frames: &Frames,
) -> Result<Vec<Value>, String> {
    let mut all = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..limits.pages {
        let Some(result) = page(peer, part, cursor.take(), frames).await? else { return Ok(all) };
        let what = part.key();
        let Some(items) = result.get(what).and_then(Value::as_array) else {
            return Err(format!("its answer to {what}/list has no `{what}`"));
        };
        if items.iter().any(|item| key(item).is_empty()) {
            return Err(format!("it lists {what} without a name"));
        }
        all.extend(items.iter().cloned());
        if all.len() > limits.items {
            return Err(format!("it lists more than {} {what}", limits.items));
        }
        match result.get("nextCursor").and_then(Value::as_str) {
            Some(next) if !next.is_empty() => cursor = Some(next.to_owned()),
            _ => return Ok(all),
        }
    }
    Err(format!("it lists {} in more than {} pages", part.key(), limits.pages))
}

/// One page; `None` when the server does not know the question, although it says that it does.
async fn page(
    peer: &Peer<RoleClient>,
    part: Part,
    cursor: Option<String>,
    frames: &Frames,
) -> Result<Option<Value>, String> {
    let asked = Some(PaginatedRequestParams::default().with_cursor(cursor));
    let answered = match part {
        Part::Tools => peer.list_tools(asked).await.map(drop),
        Part::Prompts => peer.list_prompts(asked).await.map(drop),
        Part::Resources => peer.list_resources(asked).await.map(drop),
        Part::Templates => peer.list_resource_templates(asked).await.map(drop),
    };
    // What the server said counts, not what `rmcp` makes of it.
    let result = frames.take().into_iter().rev().find(|result| result.get(part.key()).is_some());
    match (answered, result) {
        (_, Some(result)) => Ok(Some(result)),
        (Err(ServiceError::McpError(error)), None) if error.code.0 == -32601 => Ok(None),
        (Err(ServiceError::McpError(error)), None) => {
            Err(format!("it does not list its {}: {} ({})", part.key(), error.message, error.code.0))
        }
        (Err(ServiceError::TransportClosed), None) => {
            Err(format!("it ended while it was asked for its {}", part.key()))
        }
        (_, None) => Err(format!("its answer to {}/list is none of the protocol", part.key())),
    }
}

#[cfg(test)]
#[path = "ask_tests.rs"]
mod tests;
