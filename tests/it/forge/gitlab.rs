//! The life of a report on GitLab.

use super::fake::{Fault, Kind};
use super::fake_gitlab::FakeGitlab;
use super::{HEAD, OTHER, host, publication};
use serde_json::json;
use std::time::Duration;
use weighbridge::context::Event;
use weighbridge::forge::{Conclusion, complete, publish};
use weighbridge::host::{Host as _, MemoryHost};

fn bodies(fake: &FakeGitlab) -> Vec<String> {
    fake.state().notes.iter().map(|note| note["body"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn one_note_and_one_status_after_one_run_and_after_a_second() {
    let fake = FakeGitlab::start().await;
    let first = publish(&host(), &fake.context(1), &publication(&"first ".repeat(100), 3)).await;
    assert_eq!((first.degraded, first.failed), (None, vec![]));
    let mut second = publication("second", 3);
    second.check.conclusion = Conclusion::ActionRequired;
    for _ in 0..2 {
        // The second time, the status has its state already, which GitLab refuses to set again.
        let published = publish(&host(), &fake.context(2), &second).await;
        assert_eq!((published.degraded, published.failed), (None, vec![]));
    }
    assert_eq!(bodies(&fake), [format!("second\n\n<!-- weighbridge:v1 key=main sha={HEAD} run=2.1 -->\n")]);
    let state = fake.state();
    let seen: Vec<_> = state
        .statuses
        .iter()
        .map(|status| (&status["name"], &status["state"], &status["pipeline_id"], &status["sha"]))
        .collect();
    let (name, failed, sha) = (json!("weighbridge"), json!("failed"), json!(HEAD));
    assert_eq!(seen, [(&name, &failed, &json!(1), &sha), (&name, &failed, &json!(2), &sha)]);
    assert_eq!(state.log.count("POST", "/notes"), 1);
}

#[tokio::test]
async fn foreign_markers_system_notes_and_both_kinds_of_pages() {
    for keyset in [false, true] {
        let fake = FakeGitlab::start().await;
        fake.state().page_size = 2;
        fake.state().keyset = keyset;
        let marker = format!("planted\n\n<!-- weighbridge:v1 key=main sha={HEAD} run=999.1 -->");
        fake.seed_note(&json!({"id": 8, "username": "mallory"}), &marker, false);
        fake.seed_note(&json!(null), &marker, false);
        fake.seed_note(&json!({"id": 50, "username": "project_12_bot"}), &marker, true);
        for run in 1..=2 {
            let published = publish(&host(), &fake.context(run), &publication("ours", 0)).await;
            assert_eq!((published.degraded, published.failed), (None, vec![]));
        }
        assert_eq!(bodies(&fake).len(), 4);
        assert_eq!(fake.state().log.count("POST", "/notes"), 1);
    }
}

#[tokio::test]
async fn later_pipelines_and_moved_heads_are_respected() {
    let fake = FakeGitlab::start().await;
    publish(&host(), &fake.context(9), &publication("new", 0)).await;
    let mut old = publication("old", 0);
    old.check.conclusion = Conclusion::Success;
    publish(&host(), &fake.context(8), &old).await;
    assert!(bodies(&fake)[0].starts_with("new"));
    assert_eq!(fake.state().statuses.len(), 1);
    fake.state().head = OTHER.into();
    let published = publish(&host(), &fake.context(10), &publication("stale", 0)).await;
    assert!(published.skipped.iter().any(|line| line.contains("moved on")), "{published:?}");
    assert!(bodies(&fake)[0].starts_with("new"));
}

#[tokio::test]
async fn lost_answers_and_limits_leave_one_note() {
    let now = host().now().as_second();
    for (kind, waits) in [
        (Kind::LandThenFail(502), 1),
        (Kind::LandThenSilence, 1),
        (Kind::Refuse(502, vec![], "{}"), 1),
        (Kind::Refuse(429, vec![("ratelimit-reset", (now + 9).to_string())], "Retry later"), 10),
        (Kind::Refuse(429, vec![("retry-after", "4".to_owned())], "Retry later"), 4),
    ] {
        let fake = FakeGitlab::start().await;
        fake.fault(Fault { method: "POST", path: "/notes", times: 1, kind });
        let host = host();
        let published = publish(&host, &fake.context(1), &publication("x", 0)).await;
        assert_eq!((published.degraded, published.failed), (None, vec![]));
        assert_eq!((host.sleeps(), bodies(&fake).len()), (vec![Duration::from_secs(waits)], 1));
    }
}

#[tokio::test]
async fn two_pipelines_at_the_same_time_leave_one_note() {
    let fake = FakeGitlab::start().await;
    let (host_a, host_b, context_a, context_b) = (host(), host(), fake.context(5), fake.context(6));
    let (five, six) = (publication("run 5", 0), publication("run 6", 0));
    let (a, b) = tokio::join!(publish(&host_b, &context_b, &six), publish(&host_a, &context_a, &five));
    assert_eq!((a.failed, b.failed), (vec![], vec![]));
    assert_eq!(bodies(&fake).len(), 1);
    assert!(bodies(&fake)[0].starts_with("run 6"));
}

#[tokio::test]
async fn without_a_token_or_the_right_it_degrades() {
    let fake = FakeGitlab::start().await;
    let reason = publish(&MemoryHost::new(), &fake.context(1), &publication("x", 0)).await.degraded.unwrap();
    assert!(
        reason.contains("WEIGHBRIDGE_GITLAB_TOKEN") && reason.contains("role Developer, scope `api`"),
        "{reason}"
    );
    fake.state().may_write = false;
    let published = publish(&host(), &fake.context(1), &publication("x", 0)).await;
    assert!(published.degraded.unwrap().starts_with("the token may not write here"));
    assert_eq!(published.failed, Vec::<String>::new());
}

#[tokio::test]
async fn a_merge_train_leaves_the_note_and_finds_its_head() {
    let fake = FakeGitlab::start().await;
    let mut train = fake.context(1);
    train.event = Event::MergeQueue;
    train.head_sha = None;
    let completed = complete(&host(), train).await;
    assert_eq!(completed.head_sha.as_deref(), Some(HEAD));
    publish(&host(), &completed, &publication("x", 0)).await;
    assert_eq!((bodies(&fake).len(), fake.state().statuses.len()), (0, 1));
}
