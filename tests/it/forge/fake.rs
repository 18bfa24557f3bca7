//! What both fakes share: faults on order, a log of requests, and pages.

use serde_json::Value;
use std::io::Write as _;
use std::time::Duration;
use wiremock::{Request, ResponseTemplate};

/// What goes wrong with the next matching requests.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) method: &'static str,
    /// Part of the path.
    pub(crate) path: &'static str,
    pub(crate) times: usize,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// Answered like this; nothing happens.
    Refuse(u16, Vec<(&'static str, String)>, &'static str),
    /// It happens, and is answered like this.
    LandThenFail(u16),
    /// It happens, and no answer comes in time.
    LandThenSilence,
    /// It happens at once, and the answer comes a little late: others overtake.
    Slow,
}

/// One request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Value,
}

#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) faults: Vec<Fault>,
    pub(crate) seen: Vec<Seen>,
}

impl Log {
    /// Remembers a request and takes the fault that is due for it.
    pub(crate) fn take(&mut self, request: &Request) -> Option<Kind> {
        let path = request.url.path().to_owned();
        let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        self.seen.push(Seen {
            method: request.method.to_string(),
            path: format!("{path}{query}"),
            body: serde_json::from_slice(&request.body).unwrap_or(Value::Null),
        });
        let due = self.faults.iter_mut().find(|fault| {
            fault.times > 0 && request.method.as_str() == fault.method && path.contains(fault.path)
        })?;
        due.times -= 1;
        Some(due.kind.clone())
    }

    pub(crate) fn count(&self, method: &str, path: &str) -> usize {
        self.seen.iter().filter(|seen| seen.method == method && seen.path.contains(path)).count()
    }
}

/// Answers a request, with a fault or without; `serve` is what would happen.
pub(crate) fn answer(fault: Option<Kind>, serve: impl FnOnce() -> ResponseTemplate) -> ResponseTemplate {
    match fault {
        None => serve(),
        Some(Kind::Refuse(status, headers, body)) => {
            let mut refused = ResponseTemplate::new(status).set_body_raw(body, "application/json");
            for (name, value) in headers {
                refused = refused.insert_header(name, value.as_str());
            }
            refused
        }
        Some(Kind::LandThenFail(status)) => {
            let _landed = serve();
            ResponseTemplate::new(status)
        }
        Some(Kind::Slow) => serve().set_delay(Duration::from_millis(60)),
        Some(Kind::LandThenSilence) => serve().set_delay(Duration::from_millis(900)),
    }
}

/// The page a request asks for, and the number of the next page.
pub(crate) fn page(request: &Request, items: &[Value], at_most: usize) -> (Vec<Value>, Option<usize>) {
    let asked = |name: &str| {
        let found = request.url.query_pairs().find(|(key, _)| key == name);
        found.and_then(|(_, value)| value.parse::<usize>().ok())
    };
    let size = asked("per_page").unwrap_or(30).min(at_most);
    let number = asked("page").unwrap_or(1).max(1);
    let from = (number - 1) * size;
    let on_page = items.iter().skip(from).take(size).cloned().collect();
    (on_page, (items.len() > from + size).then_some(number + 1))
}

/// Writes a request to GitHub down, so that CI can replay it against the official description. GraphQL and the
/// numeric paths behind redirects are not part of that description.
#[expect(clippy::disallowed_methods, reason = "a switch for CI, read where it is used")]
pub(crate) fn record(seen: &Seen) {
    let Ok(file) = std::env::var("WEIGHBRIDGE_RECORD_REQUESTS") else { return };
    if !(seen.path.starts_with("/repos/") || seen.path.starts_with("/orgs/") || seen.path == "/user") {
        return;
    }
    let line = serde_json::json!({"method": seen.method, "path": seen.path, "body": seen.body});
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file).unwrap();
    file.write_all(format!("{line}\n").as_bytes()).unwrap();
}
