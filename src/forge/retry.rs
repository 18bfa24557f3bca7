//! Repeating requests without ever doing something twice.
//!
//! [`next`] is the whole policy as a pure function; [`Caller`] carries it out. Waits are not jittered: the
//! same answers always lead to the same behaviour, and at most one job of a change talks to the forge anyway.

use super::api::{ForgeError, message};
use crate::host::{Host, HttpError, Response};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How often one request is sent at most.
const MAX_ATTEMPTS: u32 = 5;
/// How long one publication waits in total.
const MAX_WAIT: Duration = Duration::from_mins(2);
/// What GitHub asks for when it limits without saying for how long.
const UNSAID_LIMIT: Duration = Duration::from_mins(1);

/// What to do after an outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// It is final, for good or bad.
    Done,
    /// Send it again after this time.
    Wait(Duration),
    /// It may have taken effect, and repeating it could do it twice.
    Lost(String),
    /// No more.
    GiveUp(String),
}

/// Decides what follows an outcome; `attempt` counts from 0, `repeatable` says that doing it twice is the same
/// as doing it once.
pub(crate) fn next(
    outcome: &Result<Response, HttpError>,
    attempt: u32,
    repeatable: bool,
    now: jiff::Timestamp,
) -> Next {
    let last = attempt.saturating_add(1) >= MAX_ATTEMPTS;
    let again = |wait: Duration, why: String| if last { Next::GiveUp(why) } else { Next::Wait(wait) };
    match outcome {
        Err(HttpError::Invalid { .. }) => Next::GiveUp(words(outcome)),
        Err(HttpError::Connect { .. }) => again(backoff(attempt), words(outcome)),
        Err(HttpError::NoAnswer { .. }) if repeatable => again(backoff(attempt), words(outcome)),
        Err(HttpError::NoAnswer { .. }) => Next::Lost(words(outcome)),
        Ok(response) => match (limited(response, now), response.status) {
            (Some(wait), _) => again(wait, words(outcome)),
            (None, 408 | 500 | 502 | 503 | 504) if repeatable => {
                again(response.retry_after(now).unwrap_or_else(|| backoff(attempt)), words(outcome))
            }
            (None, 408 | 500 | 502 | 503 | 504) => Next::Lost(words(outcome)),
            _ => Next::Done,
        },
    }
}

/// 1, 2, 4, 8 seconds.
pub(crate) const fn backoff(attempt: u32) -> Duration {
    Duration::from_secs(1 << if attempt < 3 { attempt } else { 3 })
}

/// How long a rate limit asks us to wait; `None` when the answer is not about a rate limit.
fn limited(response: &Response, now: jiff::Timestamp) -> Option<Duration> {
    let asked = response.retry_after(now);
    let exhausted = ["x-ratelimit-remaining", "ratelimit-remaining"]
        .iter()
        .any(|name| response.header(name).map(str::trim) == Some("0"));
    let is_limit = match response.status {
        429 => true,
        403 => asked.is_some() || exhausted || message(response).to_lowercase().contains("rate limit"),
        _ => false,
    };
    let reset = ["x-ratelimit-reset", "ratelimit-reset"].iter().find_map(|name| {
        let at = response.header(name)?.trim().parse::<i64>().ok()?;
        // One second more: the reset is a whole second, and clocks differ.
        let seconds = at.saturating_sub(now.as_second()).saturating_add(1);
        Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(1).max(1)))
    });
    // A reset is always announced; it only matters once the quota is used up.
    is_limit.then(|| asked.or(reset.filter(|_| exhausted || response.status == 429)).unwrap_or(UNSAID_LIMIT))
}

fn words(outcome: &Result<Response, HttpError>) -> String {
    match outcome {
        Ok(response) => format!("HTTP {}: {}", response.status, message(response)),
        Err(error) => error.to_string(),
    }
}

/// Sends requests under the policy, and keeps the total wait of one publication within two minutes.
pub(crate) struct Caller<'a> {
    host: &'a dyn Host,
    waited: AtomicU64,
}

impl<'a> Caller<'a> {
    pub(crate) const fn new(host: &'a dyn Host) -> Self {
        Self { host, waited: AtomicU64::new(0) }
    }

    /// Sends until the answer is final; `what` is the start of every message, such as `listing comments`.
    pub(crate) async fn call(
        &self,
        what: &str,
        repeatable: bool,
        send: impl AsyncFn() -> Result<Response, HttpError>,
    ) -> Result<Response, ForgeError> {
        let mut attempt = 0;
        loop {
            let outcome = send().await;
            match next(&outcome, attempt, repeatable, self.host.now()) {
                Next::Done => return outcome.map_err(|error| ForgeError::failed(what, error.to_string())),
                Next::Lost(reason) => return Err(ForgeError::Lost { what: what.to_owned(), reason }),
                Next::GiveUp(reason) => return Err(ForgeError::failed(what, reason)),
                Next::Wait(wait) => {
                    self.wait(what, wait, &words(&outcome)).await?;
                    attempt += 1;
                }
            }
        }
    }

    /// Posts something that must not exist twice: after an unclear outcome it is looked for before it is sent
    /// again.
    pub(crate) async fn create<T>(
        &self,
        post: impl AsyncFn() -> Result<T, ForgeError>,
        find: impl AsyncFn() -> Result<Option<T>, ForgeError>,
    ) -> Result<T, ForgeError> {
        let mut attempt = 0;
        loop {
            match post().await {
                Err(ForgeError::Lost { what, reason }) => {
                    // Waiting first: a request in flight may still land.
                    self.wait(&what, backoff(attempt), &reason).await?;
                    if let Some(landed) = find().await? {
                        return Ok(landed);
                    }
                    attempt += 1;
                    if attempt >= MAX_ATTEMPTS {
                        return Err(ForgeError::Failed { what, reason });
                    }
                }
                outcome => return outcome,
            }
        }
    }

    async fn wait(&self, what: &str, wait: Duration, why: &str) -> Result<(), ForgeError> {
        let waited = Duration::from_secs(self.waited.load(Ordering::Relaxed));
        if waited.saturating_add(wait) > MAX_WAIT {
            return Err(ForgeError::failed(
                what,
                format!(
                    "{why}; it asks for {} s more, and a run waits {} s in all: run the job again later",
                    wait.as_secs(),
                    MAX_WAIT.as_secs()
                ),
            ));
        }
        self.waited.fetch_add(wait.as_secs(), Ordering::Relaxed);
        tracing::debug!(what, seconds = wait.as_secs(), why, "waiting before the next attempt");
        self.host.sleep(wait).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::memory::response;

    fn now() -> jiff::Timestamp {
        jiff::Timestamp::from_second(1_000_000).unwrap()
    }

    fn after(status: u16, headers: &[(&str, &str)], body: &str, repeatable: bool) -> Next {
        next(&Ok(response(status, headers, body.to_owned())), 0, repeatable, now())
    }

    fn seconds(seconds: u64) -> Next {
        Next::Wait(Duration::from_secs(seconds))
    }

    #[test]
    fn limits_are_waited_out_as_asked() {
        assert_eq!(after(429, &[("Retry-After", "30")], "", false), seconds(30));
        assert_eq!(after(429, &[], "", false), seconds(60));
        assert_eq!(after(429, &[("RateLimit-Reset", "1000007")], "", false), seconds(8));
        assert_eq!(after(403, &[("Retry-After", "2")], "", false), seconds(2));
        let used_up = [("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "1000010")];
        assert_eq!(after(403, &used_up, "", false), seconds(11));
        let left = [("X-RateLimit-Remaining", "12"), ("X-RateLimit-Reset", "1000010")];
        assert_eq!(
            after(403, &left, r#"{"message":"Resource not accessible by integration"}"#, true),
            Next::Done
        );
        let secondary = r#"{"message":"You have exceeded a secondary rate limit."}"#;
        assert_eq!(after(403, &left, secondary, false), seconds(60));
        let date = [("Retry-After", "Mon, 12 Jan 1970 13:46:50 GMT")];
        assert_eq!(after(429, &date, "", false), seconds(10));
    }

    #[test]
    fn only_what_is_safe_is_repeated() {
        assert_eq!(after(502, &[], "", true), seconds(1));
        assert!(matches!(after(502, &[], "", false), Next::Lost(_)));
        assert_eq!(after(422, &[], "", true), Next::Done);
        let connect = Err(HttpError::Connect { host: "h".into(), reason: "refused".into() });
        let silent = Err(HttpError::NoAnswer { host: "h".into(), reason: "closed".into() });
        let invalid = Err(HttpError::Invalid { url: "u".into(), reason: "bad".into() });
        assert_eq!(next(&connect, 2, false, now()), seconds(4));
        assert_eq!(next(&silent, 1, true, now()), seconds(2));
        assert!(matches!(next(&silent, 0, false, now()), Next::Lost(_)));
        assert!(matches!(next(&invalid, 0, true, now()), Next::GiveUp(_)));
        assert!(matches!(next(&connect, 4, true, now()), Next::GiveUp(_)));
    }
}
