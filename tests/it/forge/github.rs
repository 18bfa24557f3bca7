//! The ordinary life of a report on GitHub.

use super::fake::{Fault, Kind};
use super::fake_github::{FakeGithub, Token};
use super::{HEAD, OTHER, host, publication};
use serde_json::{Value, json};
use weighbridge::context::{Event, Forge};
use weighbridge::forge::{Conclusion, complete, plan, publish};
use weighbridge::host::{Host, Var};

fn bodies(fake: &FakeGithub) -> Vec<String> {
    fake.state().comments.iter().map(|comment| comment["body"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn one_comment_and_one_check_after_one_run_and_after_a_second() {
    let fake = FakeGithub::start().await;
    let host = host();
    let first = publish(&host, &fake.context(1), &publication("first", 120)).await;
    assert_eq!((first.degraded, first.failed), (None, vec![]));
    assert_eq!(first.comment_url.as_deref(), Some("https://github.example/c/102"));
    assert_eq!(first.check_url.as_deref(), Some("https://github.example/r/101"));
    assert_eq!(bodies(&fake), [format!("first\n\n<!-- weighbridge:v1 key=main sha={HEAD} run=1.1 -->\n")]);
    {
        let state = fake.state();
        let [check] = state.checks.as_slice() else { panic!("{:?}", state.checks) };
        assert_eq!((&check["status"], &check["conclusion"]), (&json!("completed"), &json!("failure")));
        assert_eq!((&check["head_sha"], &check["external_id"]), (&json!(HEAD), &json!("weighbridge:v1:1.1")));
        assert_eq!(check["annotations"].as_array().unwrap().len(), 120);
        let starts: Vec<&Value> = state
            .log
            .seen
            .iter()
            .filter(|seen| seen.path.ends_with("/check-runs") && seen.method == "POST")
            .map(|seen| &seen.body)
            .collect();
        assert_eq!(starts.len(), 1);
        assert_eq!(starts[0]["status"], "in_progress");
    }

    let mut second = publication("second", 120);
    second.check.conclusion = Conclusion::Success;
    let second = publish(&host, &fake.context(2), &second).await;
    assert!(second.actions.iter().all(|action| action.starts_with("updated")), "{:?}", second.actions);
    assert_eq!(bodies(&fake).len(), 1);
    assert!(bodies(&fake)[0].starts_with("second") && bodies(&fake)[0].contains("run=2.1"));
    let state = fake.state();
    assert_eq!((state.checks.len(), &state.checks[0]["conclusion"]), (1, &json!("success")));
    assert_eq!(state.checks[0]["annotations"].as_array().unwrap().len(), 120, "annotations are not repeated");
}

#[tokio::test]
async fn the_same_run_again_changes_nothing() {
    let fake = FakeGithub::start().await;
    for _ in 0..2 {
        publish(&host(), &fake.context(1), &publication("x", 3)).await;
    }
    let state = fake.state();
    assert_eq!((state.comments.len(), state.checks.len()), (1, 1));
    assert_eq!(state.checks[0]["annotations"].as_array().unwrap().len(), 3);
    assert_eq!(state.log.count("PATCH", "/issues/comments/"), 0);
}

#[tokio::test]
async fn foreign_markers_null_users_and_pages() {
    let fake = FakeGithub::start().await;
    fake.state().page_size = 2;
    let marker = format!("planted\n\n<!-- weighbridge:v1 key=main sha={HEAD} run=999999.1 -->");
    let planted = fake.seed_comment(&json!({"id": 5, "login": "mallory", "type": "User"}), &marker);
    fake.seed_comment(&Value::Null, &marker);
    fake.seed_comment(&json!({"id": 6, "login": "other[bot]", "type": "Bot"}), &marker);
    for index in 0..4 {
        fake.seed_comment(
            &json!({"id": 41_898_282, "login": "github-actions[bot]", "type": "Bot"}),
            &format!("{index}"),
        );
    }
    publish(&host(), &fake.context(1), &publication("ours", 0)).await;
    let published = publish(&host(), &fake.context(2), &publication("ours again", 0)).await;
    assert_eq!((published.degraded, published.failed), (None, vec![]));
    assert_eq!(bodies(&fake).len(), 8);
    assert_eq!(bodies(&fake).iter().filter(|body| body.starts_with("ours again")).count(), 1);
    let state = fake.state();
    assert_eq!(state.comments.iter().find(|comment| comment["id"] == planted).unwrap()["body"], marker);
}

#[tokio::test]
async fn an_older_run_never_overwrites_a_newer_one() {
    let fake = FakeGithub::start().await;
    publish(&host(), &fake.context(9), &publication("new", 1)).await;
    let mut old = publication("old", 1);
    old.check.conclusion = Conclusion::Success;
    let published = publish(&host(), &fake.context(8), &old).await;
    assert!(published.skipped.iter().any(|line| line.contains("later run")), "{published:?}");
    assert!(bodies(&fake)[0].starts_with("new"));
    let state = fake.state();
    assert_eq!(
        (state.comments.len(), state.checks.len(), &state.checks[0]["conclusion"]),
        (1, 1, &json!("failure"))
    );
}

/// Two runs at once; the fake holds some answers back, so that one overtakes the other at every point.
#[tokio::test]
async fn two_runs_at_the_same_time_leave_one_comment_and_one_verdict() {
    let points = [
        None,
        Some(("GET", "/user")),
        Some(("GET", "/check-runs")),
        Some(("POST", "/check-runs")),
        Some(("PATCH", "/check-runs/")),
        Some(("GET", "/pulls/7")),
        Some(("GET", "/comments")),
        Some(("POST", "/comments")),
    ];
    let mut raced = 0;
    for (point, times) in points.into_iter().flat_map(|point| [(point, 1), (point, 2), (point, 3)]) {
        for (one, two) in [(5, 6), (6, 5)] {
            let fake = FakeGithub::start().await;
            if let Some((method, path)) = point {
                fake.fault(Fault { method, path, times, kind: Kind::Slow });
            }
            let mut harmless = publication("run 5", 2);
            harmless.check.conclusion = Conclusion::Success;
            let grave = publication("run 6", 2);
            let (host_a, host_b) = (host(), host());
            let (context_a, context_b) = (fake.context(one), fake.context(two));
            let say = |run: u64| if run == 5 { &harmless } else { &grave };
            let (a, b) =
                tokio::join!(publish(&host_a, &context_a, say(one)), publish(&host_b, &context_b, say(two)));
            assert_eq!((a.failed, b.failed), (vec![], vec![]));
            let state = fake.state();
            let seen = || format!("{point:?} {times} {one}\n{:#?}", state.log.seen);
            assert_eq!(state.comments.len(), 1, "{}", seen());
            assert!(state.comments[0]["body"].as_str().unwrap().starts_with("run 6"), "{}", seen());
            assert!(state.checks.iter().all(|check| check["conclusion"] == "failure"), "{}", seen());
            assert!(
                state.checks.iter().all(|check| check["external_id"] == "weighbridge:v1:6.1"),
                "{}",
                seen()
            );
            raced += usize::from(state.log.count("POST", "/comments") > 1 && state.checks.len() > 1);
        }
    }
    assert!(raced > 0, "no race happened: {raced}");
}

#[tokio::test]
async fn duplicates_of_our_own_are_tidied_up() {
    let fake = FakeGithub::start().await;
    let me = json!({"id": 41_898_282, "login": "github-actions[bot]", "type": "Bot"});
    for run in [1, 2] {
        fake.seed_comment(&me, &format!("x\n\n<!-- weighbridge:v1 key=main sha={HEAD} run={run}.1 -->"));
    }
    publish(&host(), &fake.context(3), &publication("one", 0)).await;
    assert_eq!(bodies(&fake).len(), 1);
    assert_eq!(fake.state().comments[0]["id"], 101);
}

#[tokio::test]
async fn a_moved_head_gets_the_check_but_not_the_comment() {
    let fake = FakeGithub::start().await;
    fake.state().head = OTHER.into();
    let published = publish(&host(), &fake.context(1), &publication("stale", 0)).await;
    assert!(published.skipped.iter().any(|line| line.contains("moved on")), "{published:?}");
    let state = fake.state();
    assert_eq!((state.comments.len(), state.checks.len()), (0, 1));
    assert_eq!(state.checks[0]["head_sha"], HEAD);
}

#[tokio::test]
async fn a_job_with_the_same_name_is_not_touched() {
    let fake = FakeGithub::start().await;
    let job = json!({
        "id": 1, "name": "weighbridge", "head_sha": HEAD, "external_id": "0b1f-uuid", "status": "in_progress",
        "conclusion": null, "html_url": null, "app": {"id": 1, "slug": "github-actions"}, "output": null, "annotations": []
    });
    let foreign = json!({
        "id": 2, "name": "weighbridge", "head_sha": HEAD, "external_id": "weighbridge:v1:99.1", "status": "completed",
        "conclusion": "success", "html_url": null, "app": {"id": 9, "slug": "evil"}, "output": null, "annotations": []
    });
    fake.state().checks.extend([job.clone(), foreign.clone()]);
    publish(&host(), &fake.context(1), &publication("x", 0)).await;
    let state = fake.state();
    assert_eq!((state.checks.len(), &state.checks[0], &state.checks[1]), (3, &job, &foreign));
}

#[tokio::test]
async fn another_app_knows_itself() {
    let fake = FakeGithub::start().await;
    fake.state().token = Token::App("acme-gate");
    fake.state().viewer = true;
    for run in 1..=2 {
        let published = publish(&host(), &fake.context(run), &publication("x", 0)).await;
        assert_eq!((published.degraded, published.failed), (None, vec![]));
    }
    let state = fake.state();
    assert_eq!((state.comments.len(), state.checks.len()), (1, 1));
}

#[tokio::test]
async fn the_token_of_a_person_sets_a_status() {
    let fake = FakeGithub::start().await;
    fake.state().token = Token::Person(5);
    let published = publish(&host(), &fake.context(1), &publication("x", 3)).await;
    assert_eq!((published.degraded, published.failed), (None, vec![]));
    let state = fake.state();
    assert_eq!((state.comments.len(), state.checks.len(), state.statuses.len()), (1, 0, 1));
    let status = &state.statuses[0];
    assert_eq!(
        (&status["state"], &status["context"], &status["sha"]),
        (&json!("failure"), &json!("weighbridge"), &json!(HEAD))
    );
}

#[tokio::test]
async fn a_read_only_token_degrades_and_says_so() {
    let fake = FakeGithub::start().await;
    fake.state().token = Token::ReadOnly;
    let mut context = fake.context(1);
    context.change.as_mut().unwrap().from_fork = true;
    let published = publish(&host(), &context, &publication("x", 3)).await;
    assert_eq!(
        published.degraded.as_deref(),
        Some(
            "the token may not write here (fork pull request); annotations, the job summary and report files were \
             written instead"
        )
    );
    assert_eq!((published.actions, published.failed), (vec![], vec![]));
    let inside = publish(&host(), &fake.context(1), &publication("x", 3)).await.degraded.unwrap();
    assert!(inside.contains("Resource not accessible by integration"), "{inside}");

    let without = weighbridge::host::MemoryHost::new();
    let published = publish(&without, &fake.context(1), &publication("x", 0)).await;
    assert!(published.degraded.unwrap().contains("GITHUB_TOKEN"));
}

#[tokio::test]
async fn only_a_change_gets_the_name_a_merge_waits_for() {
    let fake = FakeGithub::start().await;
    let mut push = fake.context(1);
    push.change = None;
    push.event = Event::Push;
    push.event_name = "push".into();
    publish(&host(), &push, &publication("x", 0)).await;
    let mut queue = push.clone();
    queue.event = Event::MergeQueue;
    publish(&host(), &queue, &publication("x", 0)).await;
    let names: Vec<Value> = fake.state().checks.iter().map(|check| check["name"].clone()).collect();
    assert_eq!(names, [json!("weighbridge (push)"), json!("weighbridge")]);
    assert!(bodies(&fake).is_empty());
}

#[tokio::test]
async fn what_is_too_long_is_cut_and_accepted() {
    let fake = FakeGithub::start().await;
    let mut long = publication(&"line of a long report ä\n".repeat(20_000), 0);
    long.check.summary = "long summary ä\n".repeat(20_000);
    let published = publish(&host(), &fake.context(1), &long).await;
    assert_eq!(published.failed, Vec::<String>::new());
    assert!(bodies(&fake)[0].contains("*Shortened") && bodies(&fake)[0].trim_end().ends_with("run=1.1 -->"));
}

#[tokio::test]
async fn enterprise_server_keeps_its_path() {
    let fake = FakeGithub::start().await;
    let mut context = fake.context(1);
    context.api_url = Some(format!("{}/api/v3", fake.server.uri()));
    let published = publish(&host(), &context, &publication("x", 0)).await;
    assert_eq!((published.degraded, published.failed), (None, vec![]));
    assert!(
        fake.state()
            .log
            .seen
            .iter()
            .all(|seen| seen.path.starts_with("/api/v3/") || seen.path == "/api/graphql")
    );
}

#[tokio::test]
async fn what_an_event_leaves_out_is_looked_up() {
    let fake = FakeGithub::start().await;
    let mut comment = fake.context(1);
    comment.event = Event::Comment;
    comment.head_sha = None;
    comment.base = None;
    let completed = complete(&host(), comment).await;
    assert_eq!(completed.head_sha.as_deref(), Some(HEAD));
    assert!(completed.base.is_some() && completed.change.unwrap().from_fork);

    let event = json!({"workflow_run": {"head_sha": HEAD, "head_branch": "sk ill", "head_repository": {"full_name": "mallory/shop"}}});
    let host = host()
        .with_env(Var::GithubEventName, "workflow_run")
        .with_env(Var::GithubEventPath, "/event.json")
        .with_file("/event.json", event.to_string());
    let mut run = fake.context(1);
    run.event = Event::WorkflowRun;
    run.change = None;
    run.base = None;
    assert_eq!(complete(&host, run.clone()).await.change.map(|change| change.number), Some(7));
    assert!(fake.state().log.seen.iter().any(|seen| seen.path.contains("head=mallory%3Ask%20ill")));
    fake.state().head = OTHER.into();
    let unknown = complete(&host, run).await;
    assert_eq!((unknown.change, unknown.notes.len()), (None, 1));
    assert!(host.sleeps().is_empty() && host.secret(Var::GithubToken).is_some());
}

#[test]
fn the_plan_says_what_will_be_done() {
    let context = super::context(Forge::Github, "https://api.example", 3);
    let mut said = publication("x\u{1b}[2J", 2);
    said.check.title = "\u{202e}title".into();
    assert_eq!(
        plan(&context, &said).to_string(),
        format!(
            "set the check weighbridge on {HEAD} to failure: \\u{{202e}}title (2 annotations)\n\
             create or update the comment main on change 7 (5 bytes)\n"
        )
    );
    let many = plan(&context, &publication("x", 502)).to_string();
    assert!(many.contains("(500 annotations)"), "{many}");
    let local = super::context(Forge::Local, "", 1);
    assert_eq!(
        plan(&local, &said).to_string(),
        "no check and comment: not running in GitHub Actions or GitLab CI\n"
    );
}
