//! A bad day at GitHub: limits, lost answers, renamed repositories. Whatever happens, nothing exists twice.

use super::fake::{Fault, Kind};
use super::fake_github::FakeGithub;
use super::{host, publication};
use std::time::Duration;
use weighbridge::forge::publish;
use weighbridge::host::Host;

fn secs(list: &[u64]) -> Vec<Duration> {
    list.iter().copied().map(Duration::from_secs).collect()
}

const COMMENTS: &str = "/issues/7/comments";

/// Publishes once under a fault and says how long it waited.
async fn under(fault: Fault) -> (FakeGithub, Vec<Duration>, weighbridge::forge::Published) {
    let fake = FakeGithub::start().await;
    fake.fault(fault);
    let host = host();
    let published = publish(&host, &fake.context(1), &publication("x", 60)).await;
    (fake, host.sleeps(), published)
}

fn assert_once(fake: &FakeGithub) {
    let state = fake.state();
    assert_eq!((state.comments.len(), state.checks.len()), (1, 1), "{:#?}", state.log.seen);
    assert_eq!(state.checks[0]["conclusion"], "failure");
    assert_eq!(state.checks[0]["annotations"].as_array().unwrap().len(), 60);
}

#[tokio::test]
async fn a_post_that_landed_without_an_answer_is_not_repeated() {
    for path in [COMMENTS, "/check-runs"] {
        for kind in [Kind::LandThenFail(502), Kind::LandThenSilence] {
            let (fake, sleeps, published) = under(Fault { method: "POST", path, times: 1, kind }).await;
            assert_eq!(published.failed, Vec::<String>::new());
            assert_eq!(sleeps, secs(&[1]));
            assert_eq!(fake.state().log.count("POST", path), 1);
            assert_once(&fake);
        }
    }
}

#[tokio::test]
async fn a_post_that_did_not_land_is_repeated() {
    for path in [COMMENTS, "/check-runs"] {
        let kind = Kind::Refuse(502, vec![], "bad gateway");
        let (fake, sleeps, published) = under(Fault { method: "POST", path, times: 2, kind }).await;
        assert_eq!(published.failed, Vec::<String>::new());
        assert_eq!(sleeps, secs(&[1, 2]));
        assert_eq!(fake.state().log.count("POST", path), 3);
        assert_once(&fake);
    }
}

#[tokio::test]
async fn limits_are_waited_out() {
    let now = host().now().as_second();
    let reset = (now + 20).to_string();
    for (status, headers, waits) in [
        (429, vec![("retry-after", "7".to_owned())], [7]),
        (403, vec![("retry-after", "3".to_owned())], [3]),
        (403, vec![("x-ratelimit-remaining", "0".to_owned()), ("x-ratelimit-reset", reset)], [21]),
        (429, vec![], [60]),
    ] {
        let kind = Kind::Refuse(status, headers, r#"{"message":"slow down"}"#);
        let (fake, sleeps, published) = under(Fault { method: "POST", path: COMMENTS, times: 1, kind }).await;
        assert_eq!((published.failed, published.degraded), (vec![], None));
        assert_eq!(sleeps, secs(&waits));
        assert_once(&fake);
    }
}

#[tokio::test]
async fn a_limit_that_lasts_is_an_error_not_a_hang() {
    let kind = Kind::Refuse(429, vec![("retry-after", "3600".to_owned())], "{}");
    let (fake, sleeps, published) = under(Fault { method: "GET", path: COMMENTS, times: 9, kind }).await;
    assert!(sleeps.is_empty());
    assert!(
        published.failed[0].contains("listing comments") && published.failed[0].contains("3600 s"),
        "{published:?}"
    );
    assert_eq!(fake.state().comments.len(), 0);
    assert_eq!(fake.state().checks[0]["conclusion"], "failure", "the check does not depend on the comment");
}

#[tokio::test]
async fn reads_and_updates_are_repeated() {
    for (method, path) in
        [("GET", COMMENTS), ("PATCH", "/check-runs/"), ("GET", "/check-runs"), ("GET", "/pulls/7")]
    {
        let kind = Kind::Refuse(503, vec![], "{}");
        let (fake, sleeps, published) = under(Fault { method, path, times: 2, kind }).await;
        assert_eq!(published.failed, Vec::<String>::new());
        assert_eq!(sleeps, secs(&[1, 2]), "{method} {path}");
        assert_once(&fake);
    }
}

#[tokio::test]
async fn a_server_that_stays_broken_is_reported() {
    let kind = Kind::Refuse(500, vec![], "{}");
    let (_fake, sleeps, published) = under(Fault { method: "GET", path: "/", times: 99, kind }).await;
    assert_eq!(sleeps, secs(&[1, 2, 4, 8]));
    assert_eq!((published.failed.len(), &published.degraded), (1, &None));
    assert!(published.failed[0].contains("HTTP 500"), "{published:?}");
}

#[tokio::test]
async fn annotations_that_landed_without_an_answer_are_not_added_again() {
    for kind in [Kind::LandThenFail(502), Kind::LandThenSilence, Kind::Refuse(502, vec![], "{}")] {
        let (fake, sleeps, published) =
            under(Fault { method: "PATCH", path: "/check-runs/", times: 1, kind }).await;
        assert_eq!((published.failed, sleeps), (vec![], secs(&[1])));
        assert_once(&fake);
    }
}

#[tokio::test]
async fn a_renamed_repository_is_followed() {
    let fake = FakeGithub::start().await;
    fake.state().renamed = true;
    fake.state().page_size = 1;
    for run in 1..=2 {
        let published = publish(&host(), &fake.context(run), &publication("x", 60)).await;
        assert_eq!((published.degraded, published.failed), (None, vec![]));
    }
    assert_once(&fake);
}

#[tokio::test]
async fn a_redirect_to_another_server_gets_no_token() {
    let elsewhere = wiremock::MockServer::start().await;
    let to = format!("{}/steal", elsewhere.uri());
    for (method, status) in [("GET", 301), ("POST", 307)] {
        let kind = Kind::Refuse(status, vec![("location", to.clone())], "{}");
        let (_fake, _, published) = under(Fault { method, path: COMMENTS, times: 9, kind }).await;
        assert!(published.failed[0].contains("redirects"), "{published:?}");
    }
    let link = format!("<{to}>; rel=\"next\"");
    let kind = Kind::Refuse(200, vec![("link", link)], "[]");
    let (fake, _, published) = under(Fault { method: "GET", path: COMMENTS, times: 9, kind }).await;
    assert!(published.failed[0].contains("another server"), "{published:?}");
    assert_eq!(fake.state().comments.len(), 0, "without the whole list nothing is created");
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn answers_that_make_no_sense_are_errors() {
    for body in ["", "[{\"id\":\"x\"}]", "{}", "<html>"] {
        let kind = Kind::Refuse(200, vec![], body);
        let (fake, _, published) = under(Fault { method: "GET", path: COMMENTS, times: 9, kind }).await;
        assert!(published.failed[0].contains("listing comments"), "{published:?}");
        assert_eq!(fake.state().comments.len(), 0);
    }
}

#[tokio::test]
async fn a_comment_deleted_meanwhile_is_created_anew() {
    let fake = FakeGithub::start().await;
    publish(&host(), &fake.context(1), &publication("x", 60)).await;
    let kind = Kind::Refuse(404, vec![], r#"{"message":"Not Found"}"#);
    fake.fault(Fault { method: "PATCH", path: "/issues/comments/", times: 1, kind });
    let published = publish(&host(), &fake.context(2), &publication("y", 60)).await;
    assert_eq!(published.failed, Vec::<String>::new());
    assert_once(&fake);
}
