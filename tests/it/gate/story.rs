//! The whole story, on both forges: a change raises the cost, the wrong people sign, the right one signs too little,
//! then enough; the change is pushed to, signed again, and goes through the merge queue.

use super::{ADA, ANA, HEAD, MALLORY, NEXT, POLICY, TIP, files, on_github, program, shown_line, world};
use crate::common::{Sandbox, write};
use crate::forge::fake_github::FakeGithub;
use crate::forge::fake_gitlab::{FakeGitlab, account};
use crate::forge::world::{World, user};
use serde_json::{Value, json};
use weighbridge::approval::record::verify_up_to;
use weighbridge::host::Var;

/// The line with another amount.
fn for_amount(line: &str, amount: &str) -> String {
    let (before, after) = line.split_once('$').unwrap();
    format!("{before}${amount} {}", after.split_once(' ').unwrap().1)
}

fn check(fake: &FakeGithub, sha: &str) -> String {
    let state = fake.state();
    let found = state.checks.iter().rfind(|check| check["head_sha"] == sha && check["name"] == "weighbridge");
    found.map_or("none", |check| check["conclusion"].as_str().unwrap_or("in progress")).to_owned()
}

fn comment(fake: &FakeGithub) -> String {
    let state = fake.state();
    let ours = state.comments.iter().find(|comment| comment["user"]["type"] == "Bot").unwrap();
    ours["body"].as_str().unwrap().to_owned()
}

/// The real binary for a comment event, with the clock of this machine.
async fn decide(fake: &FakeGithub, run: u64) -> Answer {
    let event = json!({
        "issue": {"number": 7, "pull_request": {}, "title": "t", "user": {"login": "ada"}},
        "repository": {"full_name": "acme/shop", "default_branch": "main"}
    });
    binary(fake, "issue_comment", &event, run).await
}

struct Answer {
    exit: i32,
    said: String,
}

async fn binary(fake: &FakeGithub, event: &str, file: &Value, run: u64) -> Answer {
    let sandbox = Sandbox::new();
    write(&sandbox.path("event.json"), file.to_string().as_bytes());
    let job = sandbox.run(&["decide"]).envs(&[
        ("CI", "true".to_owned()),
        ("GITHUB_ACTIONS", "true".to_owned()),
        ("GITHUB_EVENT_NAME", event.to_owned()),
        ("GITHUB_EVENT_PATH", sandbox.path("event.json").display().to_string()),
        ("GITHUB_REPOSITORY", "acme/shop".to_owned()),
        ("GITHUB_SHA", TIP.to_owned()),
        ("GITHUB_REF", "refs/heads/main".to_owned()),
        ("GITHUB_SERVER_URL", "https://github.example".to_owned()),
        ("GITHUB_API_URL", fake.server.uri()),
        ("GITHUB_RUN_ID", "1234".to_owned()),
        ("GITHUB_RUN_NUMBER", run.to_string()),
        ("GITHUB_RUN_ATTEMPT", "1".to_owned()),
        ("GITHUB_TOKEN", "ghs_secret".to_owned()),
    ]);
    let outcome = tokio::task::spawn_blocking(move || job.outcome()).await.unwrap();
    drop(sandbox);
    Answer { exit: outcome.code, said: format!("{}{}", outcome.stdout, outcome.stderr) }
}

/// So many minutes ago, as a forge writes it.
fn ago(minutes: i64) -> String {
    let now = jiff::Timestamp::now().as_second();
    jiff::Timestamp::from_second(now - minutes * 60).unwrap().to_string()
}

#[tokio::test]
async fn the_story_on_github() {
    let fake = FakeGithub::start().await;
    {
        let mut state = fake.state();
        state.head = HEAD.to_owned();
        state.at = ago(10);
        state.world = Some(World { pushed_at: ago(30), ..world() });
    }
    assert_eq!(decide(&fake, 1).await.exit, 4);
    assert_eq!(check(&fake, HEAD), "action_required");
    let line = shown_line(&comment(&fake));

    fake.seed_comment(&user(MALLORY), &line);
    assert_eq!(decide(&fake, 2).await.exit, 4);
    assert!(comment(&fake).contains("may not sign"), "{}", comment(&fake));

    fake.seed_comment(&user(ADA), &line);
    fake.seed_comment(&user(ANA), &for_amount(&line, "1"));
    assert_eq!(decide(&fake, 3).await.exit, 4);
    assert!(comment(&fake).contains("does not cover"), "{}", comment(&fake));

    fake.seed_comment(&user(ANA), &line);
    assert_eq!(decide(&fake, 4).await.exit, 0);
    assert_eq!(check(&fake, HEAD), "success");
    assert!(comment(&fake).contains("signed by ana"));

    // Pushed: the same person has to look again.
    {
        let mut state = fake.state();
        state.head = NEXT.to_owned();
        state.world.as_mut().unwrap().pushed_at = ago(20);
    }
    assert_eq!(decide(&fake, 5).await.exit, 4);
    assert_eq!((check(&fake, HEAD).as_str(), check(&fake, NEXT).as_str()), ("success", "action_required"));
    let line = shown_line(&comment(&fake));
    fake.seed_comment(&user(ANA), &line);
    assert_eq!(decide(&fake, 6).await.exit, 0);
    assert_eq!(check(&fake, NEXT), "success");

    // The merge queue makes a commit of its own; what is signed is the change.
    let group = "77".repeat(20);
    fake.state().world.as_mut().unwrap().revisions.insert(group.clone(), files(POLICY, 161));
    let event = json!({
        "merge_group": {
            "head_sha": group, "base_sha": TIP,
            "head_ref": format!("refs/heads/gh-readonly-queue/main/pr-7-{NEXT}")
        },
        "repository": {"full_name": "acme/shop", "default_branch": "main"}
    });
    let queue = binary(&fake, "merge_group", &event, 7).await;
    assert_eq!(queue.exit, 0, "{}", queue.said);
    assert_eq!(check(&fake, &group), "success");

    // Taken back while it waits: the queue stops it.
    fake.seed_comment(&user(ANA), "/weighbridge revoke");
    let queue = binary(&fake, "merge_group", &event, 8).await;
    assert_eq!((queue.exit, check(&fake, &group).as_str()), (4, "action_required"));
    let ours = |comment: &&Value| comment["user"]["type"] == "Bot";
    assert_eq!(fake.state().comments.iter().filter(ours).count(), 1, "one comment all the way");
}

/// The real binary in a pipeline of the merge request.
async fn on_gitlab(fake: &FakeGitlab, head: &str, run: u64, train: bool) -> Answer {
    let kind = if train { "merge_train" } else { "detached" };
    let sandbox = Sandbox::new();
    let job = sandbox.run(&["decide"]).envs(&[
        ("CI", "true".to_owned()),
        ("GITLAB_CI", "true".to_owned()),
        ("CI_API_V4_URL", format!("{}/gitlab/api/v4", fake.server.uri())),
        ("CI_SERVER_URL", "https://gitlab.example".to_owned()),
        ("CI_PROJECT_ID", "12".to_owned()),
        ("CI_PROJECT_PATH", "acme/shop".to_owned()),
        ("CI_PIPELINE_ID", run.to_string()),
        ("CI_JOB_ID", (run + 500).to_string()),
        ("CI_PIPELINE_SOURCE", "merge_request_event".to_owned()),
        ("CI_COMMIT_SHA", head.to_owned()),
        ("CI_MERGE_REQUEST_IID", "7".to_owned()),
        ("CI_MERGE_REQUEST_PROJECT_ID", "12".to_owned()),
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", head.to_owned()),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main".to_owned()),
        ("CI_MERGE_REQUEST_EVENT_TYPE", kind.to_owned()),
        ("WEIGHBRIDGE_GITLAB_TOKEN", "glpat-secret".to_owned()),
    ]);
    let outcome = tokio::task::spawn_blocking(move || job.outcome()).await.unwrap();
    drop(sandbox);
    Answer { exit: outcome.code, said: format!("{}{}", outcome.stdout, outcome.stderr) }
}

#[tokio::test]
async fn the_story_on_gitlab() {
    let fake = FakeGitlab::start().await;
    {
        let mut state = fake.state();
        state.head = HEAD.to_owned();
        state.at = ago(10);
        state.world = Some(World { pushed_at: ago(30), ..world() });
    }
    let status = |sha: &str| {
        let state = fake.state();
        let found = state.statuses.iter().rfind(|status| status["sha"] == sha);
        found.map_or("none", |status| status["state"].as_str().unwrap()).to_owned()
    };
    let note = || {
        fake.state().notes.iter().find(|note| note["author"]["id"] == 50).unwrap()["body"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(on_gitlab(&fake, HEAD, 1, false).await.exit, 4);
    let line = shown_line(&note());
    fake.seed_note(&account(MALLORY), &line, false);
    fake.seed_note(&account(ANA), &for_amount(&line, "1"), false);
    assert_eq!(on_gitlab(&fake, HEAD, 2, false).await.exit, 4);
    assert!(note().contains("may not sign") && note().contains("does not cover"), "{}", note());
    assert_eq!(status(HEAD), "failed");
    fake.seed_note(&account(ANA), &line, false);
    assert_eq!(on_gitlab(&fake, HEAD, 3, false).await.exit, 0);
    assert_eq!(status(HEAD), "success");

    fake.state().head = NEXT.to_owned();
    assert_eq!(on_gitlab(&fake, NEXT, 4, false).await.exit, 4);
    assert_eq!(status(NEXT), "failed");
    let line = shown_line(&note());
    fake.seed_note(&account(ANA), &line, false);
    assert_eq!(on_gitlab(&fake, NEXT, 5, false).await.exit, 0);
    assert_eq!(on_gitlab(&fake, NEXT, 6, true).await.exit, 0, "the merge train");
    assert_eq!(status(NEXT), "success");
}

/// Each decision is one record, chained to the one before; the last digest is in the check as well.
#[tokio::test]
async fn decisions_are_recorded() {
    let fake = FakeGithub::start().await;
    {
        let mut state = fake.state();
        state.head = HEAD.to_owned();
        state.world = Some(world());
    }
    let event = json!({
        "issue": {"number": 7, "pull_request": {}},
        "repository": {"full_name": "acme/shop", "default_branch": "main"}
    });
    let log = weighbridge::host::Host::current_dir(&super::host()).join("audit.jsonl");
    let mut kept: Vec<u8> = Vec::new();
    for run in 1..4 {
        let mut host = on_github(&fake, "issue_comment", &event, run).with_env(Var::AuditLog, "audit.jsonl");
        if !kept.is_empty() {
            host = host.with_file(&log, kept.clone());
        }
        let answer = program(host, &["decide", "--format", "json"]).await;
        kept = answer.host.file(&log).unwrap();
        let report: Value = serde_json::from_str(&answer.stdout).unwrap();
        let last = report["approval"]["record"]["hash"].as_str().unwrap();
        let text = String::from_utf8(kept.clone()).unwrap();
        assert_eq!(verify_up_to(&text, last), Ok(usize::try_from(run).unwrap()));
        if run == 2 {
            let line = shown_line(&comment(&fake));
            fake.seed_comment(&user(ANA), &line);
        }
    }
    let text = String::from_utf8(kept).unwrap();
    let outcomes: Vec<Value> =
        text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["outcome"].clone()).collect();
    assert_eq!(outcomes, ["needs-approval", "needs-approval", "approved"]);
    // A broken log is not continued.
    let broken = text.replacen("needs-approval", "approved", 1);
    let host = on_github(&fake, "issue_comment", &event, 9)
        .with_env(Var::AuditLog, "audit.jsonl")
        .with_file(&log, broken.into_bytes());
    assert_eq!(program(host, &["decide"]).await.exit, "Usage");
    assert_eq!(check(&fake, HEAD), "failure", "an earlier pass of this commit does not stand");
}

/// An emergency lets a change through once, leaves a loud record, and an issue that somebody has to close.
#[tokio::test]
async fn an_emergency_is_followed_up() {
    let policy = format!("{POLICY}  emergency: {{by: {{users: [ben]}}}}\n");
    let mut there = world();
    for (sha, rules) in [(TIP, 10), (HEAD, 160)] {
        there.revisions.insert(sha.to_owned(), files(&policy, rules));
    }
    let github = FakeGithub::start().await;
    let gitlab = FakeGitlab::start().await;
    (github.state().head, gitlab.state().head) = (HEAD.to_owned(), HEAD.to_owned());
    (github.state().world, gitlab.state().world) = (Some(there.clone()), Some(there));
    let words = |line: &str| {
        format!("{} the shop is down, refunds go out twice", line.replace("approve", "emergency"))
    };

    super::decide_on_github(&github, 1).await;
    let line = shown_line(&comment(&github));
    github.seed_comment(&user(MALLORY), &words(&line));
    assert_eq!(super::decide_on_github(&github, 2).await.exit, "NeedsApproval");
    github.seed_comment(&user(super::BEN), &words(&line));
    for run in 3..5 {
        assert_eq!(super::decide_on_github(&github, run).await.exit, "Pass");
    }
    assert_eq!(check(&github, HEAD), "success");
    assert!(
        comment(&github).contains("Let through in an emergency")
            && comment(&github).contains("refunds go out twice")
    );
    let issues = github.state().issues.clone();
    assert_eq!(issues.len(), 1, "one issue, however often it is decided");
    assert!(issues[0]["body"].as_str().unwrap().contains("refunds go out twice"), "{issues:?}");

    super::decide_on_gitlab(&gitlab, HEAD, 1, false).await;
    gitlab.seed_note(&account(super::BEN), &words(&line), false);
    for run in 2..4 {
        assert_eq!(super::decide_on_gitlab(&gitlab, HEAD, run, false).await.exit, "Pass");
    }
    assert_eq!(gitlab.state().issues.len(), 1);
}
