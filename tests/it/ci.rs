//! The real binary inside a simulated GitHub event and a simulated GitLab pipeline, against the stateful fakes:
//! a git checkout whose HEAD is the test merge, an event file, and the variables the runner sets.

use crate::common::{Git, Outcome, Run, Sandbox, read, write};
use crate::forge::fake_github::{FakeGithub, Token};
use crate::forge::fake_gitlab::FakeGitlab;
use serde_json::json;

const AGENTS: &str = "# Shop\n\nRun `make test` before you commit.\n";
const AGENT: &str = "---\ndescription: Answers questions about bills. Use it for every bill.\ntools: Read\n---\n\nBe brief.\n";

/// A checkout as the runner leaves it.
struct Checkout {
    sandbox: Sandbox,
    git: Git,
    base: String,
    head: String,
    merge: String,
}

impl Checkout {
    /// `main` has moved on since the branch left; the branch adds an agent without a name; HEAD is the merge.
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let git = Git::init(sandbox.path("work"));
        git.commit("start", &[("AGENTS.md", AGENTS)]);
        git.call(&["switch", "--quiet", "--create", "skill"]);
        let head = git.commit("an agent", &[(".claude/agents/bills.md", AGENT)]);
        git.call(&["switch", "--quiet", "main"]);
        // Broken on main: the change must not be blamed.
        let base = git.commit("meanwhile", &[(".mcp.json", "{\"mcpServers\": {},}\n")]);
        git.call(&["switch", "--quiet", "--detach"]);
        git.call(&["merge", "--quiet", "--no-ff", "--message", "test merge", "skill"]);
        let merge = git.call(&["rev-parse", "HEAD"]);
        Self { sandbox, git, base, head, merge }
    }

    fn event(&self, source: &str) {
        let event = json!({
            "number": 7,
            "pull_request": {
                "number": 7, "title": "An agent for bills", "draft": false, "user": {"login": "ada"},
                "head": {"sha": self.head, "ref": "skill", "repo": {"full_name": source}},
                "base": {"sha": self.base, "ref": "main", "repo": {"full_name": "acme/shop"}}
            },
            "repository": {"full_name": "acme/shop", "default_branch": "main"}
        });
        write(&self.sandbox.path("event.json"), event.to_string().as_bytes());
    }

    fn on_github(&self, fake: &FakeGithub, run: u64, args: &[&str]) -> Run {
        fake.state().head.clone_from(&self.head);
        let path = |name: &str| self.sandbox.path(name).display().to_string();
        if read(&self.sandbox.path("event.json")).is_empty() {
            self.event("acme/shop");
        }
        self.sandbox.run(&[&["run"], args].concat()).envs(&[
            ("CI", "true".to_owned()),
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_EVENT_NAME", "pull_request".to_owned()),
            ("GITHUB_EVENT_PATH", path("event.json")),
            ("GITHUB_REPOSITORY", "acme/shop".to_owned()),
            ("GITHUB_SHA", self.merge.clone()),
            ("GITHUB_REF", "refs/pull/7/merge".to_owned()),
            ("GITHUB_SERVER_URL", "https://github.example".to_owned()),
            ("GITHUB_API_URL", fake.server.uri()),
            ("GITHUB_WORKSPACE", path("work")),
            ("GITHUB_RUN_ID", "1234".to_owned()),
            ("GITHUB_RUN_NUMBER", run.to_string()),
            ("GITHUB_RUN_ATTEMPT", "1".to_owned()),
            ("GITHUB_OUTPUT", path("output")),
            ("GITHUB_STEP_SUMMARY", path("summary")),
            ("GITHUB_TOKEN", "ghs_secret".to_owned()),
            ("WEIGHBRIDGE_REPORT_DIR", "report".to_owned()),
        ])
    }

    fn on_gitlab(&self, fake: &FakeGitlab, run: u64, args: &[&str]) -> Run {
        fake.state().head.clone_from(&self.head);
        self.sandbox.run(&[&["run"], args].concat()).envs(&[
            ("CI", "true".to_owned()),
            ("GITLAB_CI", "true".to_owned()),
            ("CI_API_V4_URL", format!("{}/gitlab/api/v4", fake.server.uri())),
            ("CI_SERVER_URL", "https://gitlab.example".to_owned()),
            ("CI_PROJECT_ID", "12".to_owned()),
            ("CI_PROJECT_PATH", "acme/shop".to_owned()),
            ("CI_PROJECT_DIR", self.sandbox.path("work").display().to_string()),
            ("CI_PIPELINE_ID", run.to_string()),
            ("CI_JOB_ID", (run + 500).to_string()),
            ("CI_JOB_URL", "https://gitlab.example/acme/shop/-/jobs/1".to_owned()),
            ("CI_PIPELINE_SOURCE", "merge_request_event".to_owned()),
            ("CI_COMMIT_SHA", self.merge.clone()),
            ("CI_DEFAULT_BRANCH", "main".to_owned()),
            ("CI_MERGE_REQUEST_IID", "7".to_owned()),
            ("CI_MERGE_REQUEST_PROJECT_ID", "12".to_owned()),
            ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "12".to_owned()),
            ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "skill".to_owned()),
            ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", self.head.clone()),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main".to_owned()),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", self.base.clone()),
            ("CI_MERGE_REQUEST_DIFF_BASE_SHA", self.git.call(&["merge-base", "main", "skill"])),
            ("CI_MERGE_REQUEST_EVENT_TYPE", "merged_result".to_owned()),
            ("WEIGHBRIDGE_GITLAB_TOKEN", "glpat-secret".to_owned()),
        ])
    }

    /// Mends the agent on the branch, as the author would after the first report.
    fn mend(&mut self) {
        self.git.call(&["switch", "--quiet", "skill"]);
        let named = AGENT.replace("---\ndescription", "---\nname: bills\ndescription");
        self.head = self.git.commit("a name", &[(".claude/agents/bills.md", &named)]);
        self.git.call(&["switch", "--quiet", "--detach", "main"]);
        self.git.call(&["merge", "--quiet", "--no-ff", "--message", "test merge", "skill"]);
        self.merge = self.git.call(&["rev-parse", "HEAD"]);
        self.event("acme/shop");
    }
}

/// Waits for the program on a thread of its own: the fake answers on this one.
async fn wait(run: Run) -> Outcome {
    tokio::task::spawn_blocking(move || run.outcome()).await.unwrap()
}

/// The values in `GITHUB_OUTPUT`, read as the runner does.
fn outputs(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some((name, end)) = line.split_once("<<") else { continue };
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
        found.push((name.to_owned(), value.join("\n")));
    }
    found
}

#[tokio::test]
async fn github_gets_one_comment_and_one_check_and_a_second_run_updates_both() {
    let fake = FakeGithub::start().await;
    let mut checkout = Checkout::new();
    write(&checkout.sandbox.path("output"), b"earlier=1\n");
    write(&checkout.sandbox.path("summary"), b"# Earlier step\n");
    let first = wait(checkout.on_github(&fake, 1, &[])).await.exits(1);
    {
        let state = fake.state();
        assert_eq!((state.comments.len(), state.checks.len()), (1, 1), "{}", first.stderr);
        let body = state.comments[0]["body"].as_str().unwrap();
        assert!(
            body.starts_with("### Weighbridge: blocked: 1 new error") && body.contains("CC-AG-001"),
            "{body}"
        );
        assert!(!body.contains("MCP-007"), "what is broken on main is not the change's doing: {body}");
        assert!(body.contains(&format!("/blob/{}/.claude/agents/bills.md", checkout.head)), "{body}");
        let check = &state.checks[0];
        assert_eq!(check["head_sha"], checkout.head, "the head of the change, not the test merge");
        assert_eq!((&check["conclusion"], &check["name"]), (&json!("failure"), &json!("weighbridge")));
        assert_eq!(check["annotations"][0]["path"], ".claude/agents/bills.md");
    }
    let report: serde_json::Value =
        serde_json::from_str(&read(&checkout.sandbox.path("work/report/report.json"))).unwrap();
    assert_eq!(report["context"]["head_sha"], checkout.head);
    assert!(!read(&checkout.sandbox.path("work/report/report.json")).contains("ghs_secret"));
    let text = read(&checkout.sandbox.path("output"));
    assert!(text.starts_with("earlier=1\n"));
    let expected = [("verdict", "block"), ("report", "report"), ("json", "report/report.json")];
    assert_eq!(outputs(&text), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let summary = read(&checkout.sandbox.path("summary"));
    assert!(summary.starts_with("# Earlier step\n") && summary.contains("CC-AG-001"), "{summary}");

    checkout.mend();
    let second = wait(checkout.on_github(&fake, 2, &[])).await.exits(0);
    {
        let state = fake.state();
        assert_eq!((state.comments.len(), state.checks.len()), (1, 2), "{}", second.stderr);
        let body = state.comments[0]["body"].as_str().unwrap();
        assert!(body.starts_with("### Weighbridge: pass"), "{body}");
        assert_eq!(
            (&state.checks[1]["head_sha"], &state.checks[1]["conclusion"]),
            (&json!(checkout.head), &json!("success"))
        );
    }

    // Run again on the same commit: the check of that commit is updated, not doubled.
    wait(checkout.on_github(&fake, 3, &[])).await.exits(0);
    let state = fake.state();
    assert_eq!((state.comments.len(), state.checks.len()), (1, 2));
    assert!(state.comments[0]["body"].as_str().unwrap().contains("run=3.1"));
    assert_eq!(state.log.count("POST", "/comments"), 1);
}

#[tokio::test]
async fn a_read_only_token_leaves_annotations_a_summary_and_the_verdict() {
    let fake = FakeGithub::start().await;
    fake.state().token = Token::ReadOnly;
    let checkout = Checkout::new();
    checkout.event("mallory/shop");
    let outcome = wait(checkout.on_github(&fake, 1, &[])).await.exits(1);
    assert!(outcome.stdout.contains("::error file=.claude/agents/bills.md,line=1"), "{}", outcome.stdout);
    assert!(outcome.stderr.contains("fork"), "it says why nothing was posted: {}", outcome.stderr);
    assert!(read(&checkout.sandbox.path("summary")).contains("CC-AG-001"));
    assert_eq!(outputs(&read(&checkout.sandbox.path("output")))[0].1, "block");
    assert!(read(&checkout.sandbox.path("work/report/comment.md")).contains("CC-AG-001"));
    let state = fake.state();
    assert_eq!((state.comments.len(), state.checks.len()), (0, 0));
}

#[tokio::test]
async fn a_plan_and_never_post_nothing() {
    let fake = FakeGithub::start().await;
    let checkout = Checkout::new();
    let plan = wait(checkout.on_github(&fake, 1, &["--dry-run", "--quiet"])).await.exits(1);
    assert!(
        plan.stdout.contains(&format!("set the check weighbridge on {}", checkout.head)),
        "{}",
        plan.stdout
    );
    assert!(plan.stdout.contains("create or update the comment main on change 7"), "{}", plan.stdout);
    assert_eq!(read(&checkout.sandbox.path("output")), "");
    wait(checkout.on_github(&fake, 1, &["--post", "never"])).await.exits(1);
    wait(checkout.on_github(&fake, 1, &[]).env("WEIGHBRIDGE_POST", "never")).await.exits(1);
    assert!(read(&checkout.sandbox.path("summary")).contains("CC-AG-001"));
    let state = fake.state();
    assert!(state.log.seen.is_empty(), "{:?}", state.log.seen);
}

#[tokio::test]
async fn a_broken_forge_is_no_pass() {
    let fake = FakeGithub::start().await;
    let mut checkout = Checkout::new();
    checkout.mend();
    let url = fake.server.uri();
    let outcome = checkout.on_github(&fake, 1, &[]);
    // A port where nobody listens.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dead = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert_ne!(url, dead);
    let outcome = wait(outcome.env("GITHUB_API_URL", dead)).await.exits(5);
    assert!(outcome.stderr.contains("cannot connect to 127.0.0.1"), "{}", outcome.stderr);
    assert_eq!(
        outputs(&read(&checkout.sandbox.path("output")))[0].1,
        "error",
        "who else has this commit is not known"
    );
}

#[tokio::test]
async fn gitlab_gets_one_note_and_one_status_and_a_second_run_updates_both() {
    let fake = FakeGitlab::start().await;
    let mut checkout = Checkout::new();
    let first = wait(checkout.on_gitlab(&fake, 1, &[])).await.exits(1);
    {
        let state = fake.state();
        assert_eq!((state.notes.len(), state.statuses.len()), (1, 1), "{}", first.stderr);
        let body = state.notes[0]["body"].as_str().unwrap();
        assert!(body.contains("CC-AG-001") && !body.contains("MCP-007"), "{body}");
        assert_eq!(
            (&state.statuses[0]["sha"], &state.statuses[0]["state"]),
            (&json!(checkout.head), &json!("failed"))
        );
    }
    checkout.mend();
    wait(checkout.on_gitlab(&fake, 2, &[])).await.exits(0);
    let state = fake.state();
    assert_eq!(state.notes.len(), 1);
    assert!(state.notes[0]["body"].as_str().unwrap().starts_with("### Weighbridge: pass"));
    let statuses: Vec<_> = state.statuses.iter().map(|status| (&status["sha"], &status["state"])).collect();
    assert_eq!(statuses.len(), 2);
    assert_eq!(statuses[1], (&json!(checkout.head), &json!("success")));
    assert_eq!(state.log.count("POST", "/notes"), 1);
}

#[tokio::test]
async fn gitlab_without_the_right_to_write_says_so() {
    let fake = FakeGitlab::start().await;
    fake.state().may_write = false;
    let checkout = Checkout::new();
    let outcome = wait(checkout.on_gitlab(&fake, 1, &["--report-dir", "report"])).await.exits(1);
    assert!(!outcome.stdout.contains("::error"), "GitHub's commands mean nothing here");
    assert!(outcome.stderr.contains("token"), "{}", outcome.stderr);
    assert!(read(&checkout.sandbox.path("work/report/gl-code-quality.json")).contains("CC-AG-001"));
    {
        let state = fake.state();
        assert_eq!((state.notes.len(), state.statuses.len()), (0, 0));
    }
    // No token at all: the same, without a single request that writes.
    let bare = wait(checkout.on_gitlab(&fake, 1, &[]).env("WEIGHBRIDGE_GITLAB_TOKEN", "")).await.exits(1);
    assert!(bare.stderr.contains("WEIGHBRIDGE_GITLAB_TOKEN"), "{}", bare.stderr);
}
