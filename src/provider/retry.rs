//! What every call of a provider has in common: how long to wait before it is sent again, and what of a refusal is shown.

use crate::base::Secret;
use crate::base::text::{truncate_end, visible};
use crate::host::{HttpError, Response};
use std::time::Duration;

/// The longest wait between two tries, in seconds.
const LONGEST_WAIT: u64 = 60;

/// How long to wait before a request is sent again; `None` when that would not help. `free` calls are sent again even
/// when nobody knows whether they arrived: others could be billed twice.
pub(super) fn wait(
    answer: &Result<Response, HttpError>,
    tries: u32,
    free: bool,
    now: jiff::Timestamp,
) -> Option<Duration> {
    let usual = Duration::from_secs(1 << tries.min(6));
    let wait = match answer {
        Ok(response) if matches!(response.status, 408 | 409 | 429 | 500 | 502 | 503 | 504 | 529) => {
            response.retry_after(now).unwrap_or(usual)
        }
        Err(HttpError::Connect { .. }) => usual,
        Err(HttpError::NoAnswer { .. }) if free => usual,
        _ => return None,
    };
    Some(wait.min(Duration::from_secs(LONGEST_WAIT)))
}

/// What a server says, shortened, without the key it may repeat.
pub(super) fn harmless(text: &str, credential: Option<&Secret>) -> String {
    let mut text = text.to_owned();
    if let Some(secret) = credential {
        let key = secret.expose();
        text = text.replace(key.strip_prefix("Bearer ").unwrap_or(key), "[key]");
    }
    truncate_end(&visible(&text), 300)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::memory::response;

    #[test]
    fn waits_as_long_as_it_is_asked_to_and_never_longer_than_a_minute() {
        let now = jiff::Timestamp::from_second(1_000_000).expect("a time");
        let seconds = |status, headers: &[(&str, &str)], free| {
            wait(&Ok(response(status, headers, "")), 1, free, now).map(|wait| wait.as_secs())
        };
        assert_eq!(seconds(429, &[("Retry-After", "7")], false), Some(7));
        assert_eq!(seconds(529, &[("Retry-After", "Mon, 12 Jan 1970 13:46:50 GMT")], false), Some(10));
        assert_eq!(seconds(503, &[("Retry-After", "86400")], false), Some(60));
        assert_eq!(seconds(500, &[], false), Some(2));
        assert_eq!(seconds(400, &[("Retry-After", "7")], true), None);
        let silent = Err(HttpError::NoAnswer { host: "h".into(), reason: "closed".into() });
        assert_eq!(wait(&silent, 1, false, now), None, "it may be billed");
        assert_eq!(wait(&silent, 1, true, now), Some(Duration::from_secs(2)));
    }

    #[test]
    fn a_key_that_a_server_repeats_is_not_shown() {
        let key = Secret::new("Bearer sk-1234567").expect("a key");
        assert_eq!(harmless("no such key: sk-1234567\n", Some(&key)), "no such key: [key]\\n");
    }
}
