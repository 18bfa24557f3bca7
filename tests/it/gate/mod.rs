//! Decisions on signatures: the program in this process, with a clock that stands still, against the stateful fakes.

mod attacks;
mod attacks_gitlab;
mod attacks_words;
mod story;

use crate::forge::fake_github::FakeGithub;
use crate::forge::fake_gitlab::FakeGitlab;
use crate::forge::world::{Commit, Files, World};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use weighbridge::host::{Host, MemoryHost, ReqwestHttp, Var};

/// The head of the change.
pub(crate) const HEAD: &str = "4f1c9a2b77de0123456789abcdef0123456789ab";
/// A later head.
pub(crate) const NEXT: &str = "9b75d78aa01234567890abcdef0123456789abcd";
/// The target branch.
pub(crate) const TIP: &str = "22aa22aa22aa22aa22aa22aa22aa22aa22aa22aa";
/// Where an old change left the target branch, before its policy was tightened.
pub(crate) const OLD: &str = "11bb11bb11bb11bb11bb11bb11bb11bb11bb11bb";

pub(crate) const ANA: (u64, &str) = (11, "ana");
pub(crate) const BEN: (u64, &str) = (12, "ben");
pub(crate) const CAT: (u64, &str) = (13, "cat");
pub(crate) const ADA: (u64, &str) = (10, "ada");
pub(crate) const MALLORY: (u64, &str) = (66, "mallory");

pub(crate) const POLICY: &str = "\
version: 1
clients: [claude-code]
workflows:
  support:
    runs_per_month: 12000
    steps:
      - {agent: triage, model: claude-sonnet-5-5, turns: {p50: 4, p90: 9}}
budgets:
  cost: {increase_per_month: 100, owner: acme/finops}
approvals:
  by: {teams: [acme/finops], groups: [acme/finops]}
  valid_for: 14d
";

pub(crate) fn instructions(rules: usize) -> String {
    let mut text = "# Support\n\nAnswer in the customer's language.\n".to_owned();
    for number in 0..rules {
        let _ = writeln!(text, "- Rule {number}: check order, invoice and address before answer {number}.");
    }
    text
}

pub(crate) fn files(policy: &str, rules: usize) -> Files {
    vec![("CLAUDE.md", instructions(rules)), ("weighbridge.yaml", policy.to_owned())]
}

/// A change by ada that makes CLAUDE.md longer. ana, ben and cat may sign; mallory may write, and not sign.
pub(crate) fn world() -> World {
    let members =
        BTreeMap::from([("ana", "active"), ("ben", "active"), ("cat", "pending"), ("ada", "active")]);
    World {
        revisions: BTreeMap::from([
            (TIP.to_owned(), files(POLICY, 10)),
            (OLD.to_owned(), files("version: 1\n", 10)),
            (HEAD.to_owned(), files(POLICY, 160)),
            (NEXT.to_owned(), files(POLICY, 161)),
        ]),
        tip: TIP.to_owned(),
        merge_base: TIP.to_owned(),
        author: Some(ADA),
        commits: vec![Commit {
            author: Some(ADA),
            committer: Some(ADA),
            email: "ada@acme.example",
            message: "More rules".to_owned(),
        }],
        commit_count: None,
        pusher: Some(ADA),
        pushed_at: "2026-11-21T11:00:00Z".to_owned(),
        fork: false,
        roles: BTreeMap::from([
            ("ada", (10, "maintain")),
            ("ana", (11, "write")),
            ("ben", (12, "write")),
            ("cat", (13, "maintain")),
            ("mallory", (66, "write")),
        ]),
        teams: BTreeMap::from([("acme/finops", members)]),
        teams_hidden: false,
        reviews: Vec::new(),
        edited: BTreeSet::new(),
        bots: BTreeSet::from([50]),
        approvals: Vec::new(),
        truncated: false,
        tampered: BTreeSet::new(),
        moves: None,
        twin: None,
        asked: 0,
    }
}

/// What the program answered.
pub(crate) struct Answer {
    pub(crate) exit: String,
    pub(crate) stdout: String,
    pub(crate) host: Arc<MemoryHost>,
}

/// Runs the program in this process.
pub(crate) async fn program(host: MemoryHost, args: &[&str]) -> Answer {
    let host = Arc::new(host);
    let mut all: Vec<OsString> = vec!["weighbridge".into()];
    all.extend(args.iter().map(OsString::from));
    all.extend(["--output".into(), "out.txt".into(), "--quiet".into()]);
    let own = Arc::clone(&host);
    let exit = tokio::task::spawn_blocking(move || weighbridge::cli::run(all, &*own)).await.unwrap();
    let out = host.read_file(&host.current_dir().join("out.txt"), 1 << 20).unwrap_or_default();
    Answer { exit: format!("{exit:?}"), stdout: String::from_utf8(out).unwrap(), host }
}

/// A host on which it is 2026-11-21, 12:00.
pub(crate) fn host() -> MemoryHost {
    let http = ReqwestHttp::new().with_read_timeout(Duration::from_secs(5));
    MemoryHost::new().with_http(Arc::new(http)).with_env(Var::Ci, "true")
}

/// A job on GitHub for an event.
pub(crate) fn on_github(fake: &FakeGithub, event: &str, file: &Value, run: u64) -> MemoryHost {
    host()
        .with_env(Var::GithubActions, "true")
        .with_env(Var::GithubEventName, event)
        .with_env(Var::GithubEventPath, "/event.json")
        .with_env(Var::GithubRepository, "acme/shop")
        .with_env(Var::GithubSha, TIP)
        .with_env(Var::GithubRef, "refs/heads/main")
        .with_env(Var::GithubServerUrl, "https://github.example")
        .with_env(Var::GithubApiUrl, fake.server.uri())
        .with_env(Var::GithubRunId, "1234")
        .with_env(Var::GithubRunNumber, run.to_string())
        .with_env(Var::GithubRunAttempt, "1")
        .with_env(Var::GithubToken, "ghs_secret")
        .with_file("/event.json", file.to_string().into_bytes())
}

/// Somebody commented: the gate decides.
pub(crate) async fn decide_on_github(fake: &FakeGithub, run: u64) -> Answer {
    let event = json!({
        "issue": {"number": 7, "pull_request": {}, "title": "t", "user": {"login": "ada"}},
        "repository": {"full_name": "acme/shop", "default_branch": "main"}
    });
    program(on_github(fake, "issue_comment", &event, run), &["decide"]).await
}

/// A pipeline of a merge request on GitLab: the gate decides.
pub(crate) async fn decide_on_gitlab(fake: &FakeGitlab, head: &str, run: u64, train: bool) -> Answer {
    let kind = if train { "merge_train" } else { "detached" };
    let host = host()
        .with_env(Var::GitlabCi, "true")
        .with_env(Var::CiApiV4Url, format!("{}/gitlab/api/v4", fake.server.uri()))
        .with_env(Var::CiServerUrl, "https://gitlab.example")
        .with_env(Var::CiProjectId, "12")
        .with_env(Var::CiProjectPath, "acme/shop")
        .with_env(Var::CiPipelineId, run.to_string())
        .with_env(Var::CiJobId, (run + 500).to_string())
        .with_env(Var::CiPipelineSource, "merge_request_event")
        .with_env(Var::CiCommitSha, head)
        .with_env(Var::CiMergeRequestIid, "7")
        .with_env(Var::CiMergeRequestProjectId, "12")
        .with_env(Var::CiMergeRequestSourceSha, head)
        .with_env(Var::CiMergeRequestTargetBranch, "main")
        .with_env(Var::CiMergeRequestEventType, kind)
        .with_env(Var::GitlabToken, "glpat-secret");
    program(host, &["decide"]).await
}

/// The line that signs, as our own comment shows it.
pub(crate) fn shown_line(comment: &str) -> String {
    let line = comment.lines().find(|line| line.starts_with("/weighbridge approve"));
    line.unwrap_or_else(|| panic!("no line to sign with in {comment}")).to_owned()
}
