//! What a forge can do for us: the one trait behind which GitHub and GitLab differ.

use super::{CheckReport, FollowUp, sticky};
use crate::base::text;
use crate::context::{BaseRef, RunOrder};
use crate::host::Response;
use serde_json::Value;
use std::fmt::Write as _;

/// A call to a forge did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ForgeError {
    /// The token may not do this. Callers degrade.
    #[error("{what}: HTTP {status}: {message}")]
    Denied { what: String, status: u16, message: String },
    /// The thing to change is not there any more (or the token may not see it).
    #[error("{what}: it is not there (HTTP 404)")]
    Gone { what: String },
    /// It is not known whether a request took effect: read before repeating it.
    #[error("{what}: {reason}, and it is not known whether it took effect")]
    Lost { what: String, reason: String },
    /// Anything else, after all repetitions.
    #[error("{what}: {reason}")]
    Failed { what: String, reason: String },
}

impl ForgeError {
    pub(crate) fn failed(what: &str, reason: impl Into<String>) -> Self {
        Self::Failed { what: what.to_owned(), reason: reason.into() }
    }
}

/// A change request as the forge sees it now.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChangeNow {
    pub(crate) number: u64,
    pub(crate) head_sha: Option<String>,
    pub(crate) base: Option<BaseRef>,
    pub(crate) title: Option<String>,
    pub(crate) author: Option<String>,
    pub(crate) source_branch: Option<String>,
    pub(crate) target_branch: Option<String>,
    pub(crate) source_repository: Option<String>,
    pub(crate) from_fork: bool,
    pub(crate) draft: bool,
}

/// What became of a check.
#[derive(Clone, Debug)]
pub(crate) struct CheckDone {
    /// `created the check weighbridge`, or why nothing was done.
    pub(crate) words: String,
    pub(crate) url: Option<String>,
}

/// The calls the publisher needs. Every one repeats itself where that cannot duplicate anything.
pub(crate) trait ForgeApi {
    /// The longest comment, in characters and in bytes.
    const COMMENT_LIMIT: (usize, usize);

    /// Whose token this is: decides which comments and checks are ours.
    async fn whoami(&self) -> Result<sticky::Identity, ForgeError>;

    /// The change as it is now.
    async fn change(&self, number: u64) -> Result<ChangeNow, ForgeError>;

    /// The open change whose head is this commit, when there is exactly one.
    async fn change_of(
        &self,
        sha: &str,
        source_branch: Option<(&str, &str)>,
    ) -> Result<Option<u64>, ForgeError>;

    /// All comments, on all pages.
    async fn comments(&self, number: u64) -> Result<Vec<sticky::Comment>, ForgeError>;

    /// Posts once; [`ForgeError::Lost`] when it may have landed.
    async fn create_comment(&self, number: u64, body: &str) -> Result<sticky::Comment, ForgeError>;

    /// [`ForgeError::Gone`] when somebody deleted it.
    async fn update_comment(&self, number: u64, id: u64, body: &str) -> Result<(), ForgeError>;

    /// A comment that is gone already is no error.
    async fn delete_comment(&self, number: u64, id: u64) -> Result<(), ForgeError>;

    /// Opens an issue, unless we opened one of this title. Says what was done.
    async fn open_issue(&self, me: &sticky::Identity, issue: &FollowUp) -> Result<String, ForgeError>;

    /// Sets the one check (or commit status) of this name on a commit, unless a later run has.
    async fn set_check(
        &self,
        me: &sticky::Identity,
        sha: &str,
        run: RunOrder,
        report: &CheckReport,
    ) -> Result<CheckDone, ForgeError>;
}

/// Turns a final answer into its JSON, or into the error its status means.
pub(crate) fn accept(what: &str, response: Response) -> Result<Response, ForgeError> {
    let what = what.to_owned();
    match response.status {
        200..=299 => Ok(response),
        401 | 403 => Err(ForgeError::Denied { what, status: response.status, message: message(&response) }),
        404 | 410 => Err(ForgeError::Gone { what }),
        300..=399 => Err(ForgeError::Failed {
            what,
            reason: format!(
                "the server redirects (HTTP {}) to where the token must not be sent",
                response.status
            ),
        }),
        status => Err(ForgeError::Failed { what, reason: format!("HTTP {status}: {}", message(&response)) }),
    }
}

/// Reads JSON.
pub(crate) fn parse<T: serde::de::DeserializeOwned>(
    what: &str,
    response: &Response,
) -> Result<T, ForgeError> {
    let mut reader = serde_json::Deserializer::from_slice(&response.body);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let reason = format!("the answer cannot be understood: {error}");
        ForgeError::failed(what, text::truncate_end(&text::visible(&reason), 300))
    })
}

/// What the server says about an error, short and without surprises: `message` or `error` of its JSON.
pub(crate) fn message(response: &Response) -> String {
    let words = serde_json::from_slice::<Value>(&response.body)
        .ok()
        .and_then(|body| {
            let said = body.get("message").or_else(|| body.get("error"))?;
            Some(said.as_str().map_or_else(|| said.to_string(), str::to_owned))
        })
        .unwrap_or_else(|| "without an explanation".to_owned());
    text::truncate_end(&text::visible(&words), 200)
}

/// The URL of the next page named by a `Link` header, if it has the origin of `base`.
///
/// # Errors
/// When the next page lies on another server: the list would be incomplete, and the token must not go there.
pub(crate) fn next_page(what: &str, response: &Response, base: &str) -> Result<Option<String>, ForgeError> {
    let Some(header) = response.header("link") else { return Ok(None) };
    let next = header.split(',').find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = parameters.split(';').any(|part| matches!(part.trim(), "rel=\"next\"" | "rel=next"));
        is_next.then(|| target.to_owned())
    });
    match next {
        Some(url) if same_origin(&url, base) => Ok(Some(url)),
        Some(_elsewhere) => Err(ForgeError::failed(what, "the next page is said to be on another server")),
        None => Ok(None),
    }
}

/// Percent-encodes a value for a path segment or a query.
pub(crate) fn encode(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _infallible = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// True when both URLs have the same scheme, host and port.
pub(crate) fn same_origin(one: &str, other: &str) -> bool {
    let origin = |url: &str| {
        let uri = url.parse::<::http::Uri>().ok()?;
        let authority = uri.authority()?;
        if authority.as_str().contains('@') {
            return None;
        }
        let scheme = uri.scheme_str()?.to_ascii_lowercase();
        let port = authority.port_u16().or(match scheme.as_str() {
            "https" => Some(443),
            "http" => Some(80),
            _ => None,
        });
        Some((scheme, authority.host().to_ascii_lowercase(), port))
    };
    origin(one).is_some_and(|left| origin(other).is_some_and(|right| left == right))
}

/// Where a redirect leads, if we go there: reads follow any redirect, writes only those that keep the method
/// and the body; neither leaves the server.
pub(crate) fn redirect(method: &::http::Method, response: &Response, base: &str) -> Option<String> {
    let follows = match response.status {
        307 | 308 => true,
        301 | 302 => *method == ::http::Method::GET,
        _ => false,
    };
    let location = response.header("location").filter(|_| follows)?;
    let absolute = if location.starts_with('/') && !location.starts_with("//") {
        let uri = base.parse::<::http::Uri>().ok()?;
        format!("{}://{}{location}", uri.scheme_str()?, uri.authority()?)
    } else {
        location.to_owned()
    };
    same_origin(&absolute, base).then_some(absolute)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::memory::response;
    use ::http::Method;

    const API: &str = "https://ghe.example/api/v3";

    #[test]
    fn pages_stay_on_the_server() {
        let page = |link: &str| next_page("x", &response(200, &[("Link", link)], ""), API);
        let good =
            "<https://ghe.example/a?page=1>; rel=\"prev\", <https://ghe.example:443/a?page=3>; rel=\"next\"";
        assert_eq!(page(good).unwrap().unwrap(), "https://ghe.example:443/a?page=3");
        assert_eq!(page("<https://ghe.example/a?page=1>; rel=\"last\"").unwrap(), None);
        for evil in [
            "https://evil.example/a",
            "http://ghe.example/a",
            "https://ghe.example:444/a",
            "https://ghe.example@evil.example/",
            "/relative",
        ] {
            assert!(page(&format!("<{evil}>; rel=\"next\"")).is_err(), "{evil}");
        }
    }

    #[test]
    fn redirects_keep_method_and_server() {
        let to = |method: &Method, status, location: &str| {
            redirect(method, &response(status, &[("Location", location)], ""), API)
        };
        let here = "https://ghe.example/repositories/1";
        assert_eq!(to(&Method::GET, 301, here).as_deref(), Some(here));
        assert_eq!(to(&Method::POST, 307, here).as_deref(), Some(here));
        assert_eq!(to(&Method::POST, 308, "/repositories/1").as_deref(), Some(here));
        assert_eq!(to(&Method::POST, 301, here), None);
        assert_eq!(to(&Method::GET, 301, "https://evil.example/x"), None);
        assert_eq!(to(&Method::GET, 301, "//evil.example/x"), None);
    }

    #[test]
    fn statuses_mean_what_they_mean() {
        let answer = |status| accept("x", response(status, &[], r#"{"message":"no\u001b[0m"}"#)).unwrap_err();
        assert!(matches!(answer(403), ForgeError::Denied { message, .. } if message == "no\\u{1b}[0m"));
        assert!(matches!(answer(404), ForgeError::Gone { .. }));
        assert!(matches!(answer(422), ForgeError::Failed { .. }));
        assert!(matches!(answer(302), ForgeError::Failed { .. }));
    }
}
