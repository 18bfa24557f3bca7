//! `weighbridge doctor`, the real binary, against a small forge that remembers settings: what is open is closed by the
//! setting the fix names, and what a token may not see is unknown and never closed.

use crate::common::{Outcome, Sandbox};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

const SHA: &str = "0123456789012345678901234567890123456789";
const SINGLE: &str = include_str!("../../../examples/workflows/github-pull-request.yml");
const DECIDE: &str = "on:
  pull_request_target:
  issue_comment:
  workflow_run: {workflows: [Relay]}
  merge_group:
permissions: {}
jobs:
  decide:
    environment: gate
    permissions: {contents: read, checks: write}
    env: {KEY: '${{ secrets.GATE_KEY }}'}
    steps: [{uses: weighbridge-dev/weighbridge@SHA}]
";

/// What each path answers: a status and a body. Anything else is not there.
type Answers = BTreeMap<String, (u16, Value)>;

#[derive(Clone)]
struct Settings {
    server: Arc<MockServer>,
    answers: Arc<Mutex<Answers>>,
    seen: Arc<Mutex<Vec<String>>>,
}

struct Served {
    answers: Arc<Mutex<Answers>>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Respond for Served {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let path = request.url.path().to_owned();
        self.seen.lock().unwrap().push(format!("{} {path}", request.method));
        match self.answers.lock().unwrap().get(&path) {
            Some((status, Value::String(text))) => {
                ResponseTemplate::new(*status).set_body_raw(text.clone(), "application/octet-stream")
            }
            Some((status, body)) => ResponseTemplate::new(*status).set_body_json(body),
            None => ResponseTemplate::new(404).set_body_json(json!({"message": "Not Found"})),
        }
    }
}

impl Settings {
    async fn start(answers: &[(&str, Value)]) -> Self {
        let found = answers.iter().map(|(path, body)| ((*path).to_owned(), (200, body.clone()))).collect();
        let settings = Self {
            server: Arc::new(MockServer::start().await),
            answers: Arc::new(Mutex::new(found)),
            seen: Arc::default(),
        };
        let served = Served { answers: Arc::clone(&settings.answers), seen: Arc::clone(&settings.seen) };
        Mock::given(any()).respond_with(served).mount(&settings.server).await;
        settings
    }

    fn set(&self, path: &str, status: u16, body: Value) {
        self.answers.lock().unwrap().insert(path.to_owned(), (status, body));
    }

    fn change(&self, path: &str, key: &str, value: Value) {
        let mut answers = self.answers.lock().unwrap();
        answers.get_mut(path).unwrap().1[key] = value;
    }

    fn refuse(&self, path: &str) {
        self.set(path, 403, json!({"message": "Resource not accessible by integration"}));
    }

    /// Runs `doctor` and checks that it only read, and kept the token to itself.
    fn doctor(&self, forge: &str, more: &[&str]) -> Outcome {
        let sandbox = Sandbox::new();
        let url = self.server.uri();
        let fixed = ["doctor", "--repository", "acme/shop", "--forge", forge, "--api-url", &url];
        let outcome = sandbox
            .run(&[&fixed[..], more].concat())
            .env("GITHUB_TOKEN", "ghs_secret")
            .env("WEIGHBRIDGE_GITLAB_TOKEN", "glpat-secret")
            .outcome();
        assert!(
            self.seen.lock().unwrap().iter().all(|seen| seen.starts_with("GET ")),
            "doctor wrote something"
        );
        for token in ["ghs_secret", "glpat-secret"] {
            assert!(
                !outcome.stdout.contains(token) && !outcome.stderr.contains(token),
                "the token was printed"
            );
        }
        outcome
    }

    /// The findings of a level, by their names.
    #[track_caller]
    fn ids(&self, forge: &str, code: i32, level: &str) -> Vec<String> {
        let value = self.doctor(forge, &["--json"]).exits(code).json();
        let found = value["findings"].as_array().unwrap().iter().filter(|one| one["level"] == level);
        found.map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    }
}

const RULES: &str = "/repos/acme/shop/rules/branches/main";

/// A repository right after somebody has copied the single workflow, seen with the token of an admin.
async fn fresh_github() -> Settings {
    let files = json!([
        {"path": ".github/workflows/gate.yml", "type": "file", "sha": "a1"},
        {"path": ".github/workflows/notes.md", "type": "file", "sha": "a2"}
    ]);
    Settings::start(&[
        ("/repos/acme/shop", json!({"default_branch": "main", "private": true, "allow_forking": false})),
        ("/repos/acme/shop/branches/main", json!({"protected": false, "protection": {"enabled": false}})),
        (RULES, json!([])),
        ("/apps/github-actions", json!({"id": 15_368})),
        (
            "/repos/acme/shop/actions/permissions/workflow",
            json!({"default_workflow_permissions": "write", "can_approve_pull_request_reviews": true}),
        ),
        ("/repos/acme/shop/contents/.github/workflows", files),
        ("/repos/acme/shop/git/blobs/a1", json!(SINGLE)),
    ])
    .await
}

fn check(app: Option<u64>) -> Value {
    let mut check = json!({"context": "weighbridge"});
    if let Some(app) = app {
        check["integration_id"] = json!(app);
    }
    json!({"type": "required_status_checks", "ruleset_id": 5, "ruleset_source_type": "Repository",
           "parameters": {"required_status_checks": [check], "strict_required_status_checks_policy": true}})
}

fn reviews() -> Value {
    json!({"type": "pull_request", "ruleset_id": 5, "parameters": {
        "required_approving_review_count": 1, "dismiss_stale_reviews_on_push": true, "require_last_push_approval": true,
        "require_code_owner_review": true}})
}

fn queue() -> Value {
    json!({"type": "merge_queue", "ruleset_id": 5, "parameters": {"grouping_strategy": "ALLGREEN"}})
}

const OWNERS: &str = "/repos/acme/shop/contents/.github/CODEOWNERS";

#[tokio::test]
async fn github_from_open_to_closed_step_by_step() {
    let forge = fresh_github().await;
    let open = forge.ids("github", 1, "open");
    for id in [
        "required-check",
        "pull-request",
        "force-push",
        "token-default",
        "actions-approve",
        "change-workflow",
        "pinned",
    ] {
        assert!(open.iter().any(|found| found == id), "{id} in {open:?}");
    }

    // The check is required, but from anybody; then from Actions; then from an app of its own.
    let history = json!({"type": "non_fast_forward", "ruleset_id": 5});
    forge.set("/repos/acme/shop/rulesets/5", 200, json!({"id": 5, "bypass_actors": []}));
    for (app, source) in [(None, "open"), (Some(15_368), "open"), (Some(4711), "closed")] {
        forge.set(RULES, 200, json!([check(app), reviews(), history, queue()]));
        assert!(forge.ids("github", 1, source).iter().any(|id| id == "check-source"), "{app:?}");
    }
    forge.set(
        "/repos/acme/shop/actions/permissions/workflow",
        200,
        json!({"default_workflow_permissions": "read", "can_approve_pull_request_reviews": false}),
    );
    forge.set("/repos/acme/shop/git/blobs/a1", 200, json!(DECIDE.replace("SHA", SHA)));
    forge.set("/repos/acme/shop/environments/gate", 200, json!({"deployment_branch_policy": null}));
    assert_eq!(forge.ids("github", 1, "open"), ["gate-secret", "workflow-owners"]);
    forge.set(OWNERS, 200, json!("* @acme/dev\n/.github/ @acme/gate\n"));
    forge.change(
        "/repos/acme/shop/environments/gate",
        "deployment_branch_policy",
        json!({"protected_branches": true, "custom_branch_policies": false}),
    );
    let outcome = forge.doctor("github", &[]).exits(0);
    assert!(outcome.stdout.starts_with("acme/shop, branch main: 0 open, 0 unknown, "), "{}", outcome.stdout);

    // And one step back: somebody may bypass.
    let actors = json!({"bypass_actors": [
        {"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"},
        {"actor_id": 4, "actor_type": "RepositoryRole", "bypass_mode": "pull_request"}]});
    forge.set("/repos/acme/shop/rulesets/5", 200, actors);
    let outcome = forge.doctor("github", &["--branch", "main"]).exits(1);
    let writer = outcome.stdout.find("the role write may bypass").unwrap();
    assert!(
        writer < outcome.stdout.find("the role admin may bypass").unwrap(),
        "who needs least comes first"
    );
}

#[tokio::test]
async fn github_what_the_token_of_a_job_sees() {
    let forge = fresh_github().await;
    forge.set("/repos/acme/shop/git/blobs/a1", 200, json!(DECIDE.replace("SHA", SHA)));
    forge.set("/repos/acme/shop/environments/gate", 200, json!({"deployment_branch_policy": {}}));
    forge.set(OWNERS, 200, json!("* @acme/dev\n"));
    // Bypass actors are left out, settings and classic protection refused.
    forge.set(
        RULES,
        200,
        json!([check(Some(4711)), reviews(), {"type": "non_fast_forward", "ruleset_id": 5}, queue()]),
    );
    forge.set("/repos/acme/shop/rulesets/5", 200, json!({"id": 5, "name": "gate"}));
    forge.refuse("/repos/acme/shop/actions/permissions/workflow");
    forge.refuse("/repos/acme/shop/branches/main/protection");
    assert_eq!(forge.ids("github", 5, "unknown"), ["actions-approve", "bypass", "token-default"]);

    // A plan without rulesets: nothing of them is closed, and nothing of them is said to be open.
    forge.set(
        RULES,
        403,
        json!({"message": "Upgrade to GitHub Pro or make this repository public \u{1b}[31m"}),
    );
    let outcome = forge.doctor("github", &[]).exits(5);
    assert!(outcome.stdout.contains("Upgrade to GitHub Pro") && !outcome.stdout.contains('\u{1b}'));
    assert!(outcome.stdout.contains("\nunknown required-check\n"), "{}", outcome.stdout);

    // Classic protection: a reader sees the check in the branch itself.
    let checks = json!({"enforcement_level": "everyone", "contexts": ["weighbridge"],
                        "checks": [{"context": "weighbridge", "app_id": 4711}]});
    let protection =
        json!({"protected": true, "protection": {"enabled": true, "required_status_checks": checks}});
    forge.set("/repos/acme/shop/branches/main", 200, protection);
    let closed = forge.ids("github", 5, "closed");
    assert!(
        closed.iter().any(|id| id == "required-check") && closed.iter().any(|id| id == "check-source"),
        "{closed:?}"
    );
}

#[tokio::test]
async fn github_a_required_workflow_is_read_where_it_lies() {
    let forge = fresh_github().await;
    let listed = json!({"path": ".github/workflows/gate.yml", "repository_id": 99, "ref": "refs/heads/main"});
    let rule = json!({"type": "workflows", "ruleset_id": 7, "parameters": {"workflows": [listed]}});
    forge.set(RULES, 200, json!([rule]));
    forge.set("/repos/acme/shop/rulesets/7", 200, json!({"bypass_actors": []}));
    assert!(forge.ids("github", 1, "unknown").iter().any(|id| id == "check-source"), "it cannot be read yet");
    forge.set("/repositories/99/contents/.github/workflows/gate.yml", 200, json!(SINGLE));
    let closed = forge.ids("github", 1, "closed");
    for id in ["required-check", "check-source", "bypass"] {
        assert!(closed.iter().any(|found| found == id), "{id} in {closed:?}");
    }
}

const PROJECT: &str = "/projects/acme%2Fshop";

async fn fresh_gitlab() -> Settings {
    let project = json!({
        "path_with_namespace": "acme/shop", "default_branch": "main", "visibility": "internal",
        "only_allow_merge_if_pipeline_succeeds": false, "allow_merge_on_skipped_pipeline": null,
        "ci_config_path": "", "merge_method": "merge", "forking_access_level": "enabled",
        "ci_allow_fork_pipelines_to_run_in_parent_project": true
    });
    let main = json!([{"name": "main", "allow_force_push": false,
                       "push_access_levels": [{"access_level": 40, "access_level_description": "Maintainers"}]}]);
    Settings::start(&[(PROJECT, project), (&format!("{PROJECT}/protected_branches"), main)]).await
}

#[tokio::test]
async fn gitlab_from_open_to_closed_step_by_step() {
    let forge = fresh_gitlab().await;
    let open = [
        "fork-pipeline",
        "fork-variables",
        "ci-config",
        "pipeline-must-succeed",
        "up-to-date",
        "direct-push",
    ];
    assert_eq!(forge.ids("gitlab", 1, "open"), open);
    for (key, value) in [
        ("only_allow_merge_if_pipeline_succeeds", json!(true)),
        ("ci_config_path", json!(".gitlab-ci.yml@acme/ci")),
        ("merge_method", json!("rebase_merge")),
        ("forking_access_level", json!("disabled")),
        ("ci_allow_fork_pipelines_to_run_in_parent_project", json!(false)),
    ] {
        forge.change(PROJECT, key, value);
    }
    let path = format!("{PROJECT}/protected_branches");
    forge.set(&path, 200, json!([{"name": "ma*", "push_access_levels": [{"access_level": 0}]}]));
    // Without Premium nobody says how approvals are counted: that is not closed.
    assert_eq!(forge.ids("gitlab", 5, "unknown"), ["approval-settings", "second-person"]);

    forge.set(
        &format!("{PROJECT}/approvals"),
        200,
        json!({"reset_approvals_on_push": true, "merge_requests_author_approval": false,
               "merge_requests_disable_committers_approval": true,
               "disable_overriding_approvers_per_merge_request": true}),
    );
    let rules = format!("{PROJECT}/approval_rules");
    forge.set(
        &rules,
        200,
        json!([{"name": "r", "approvals_required": 1, "protected_branches": [{"name": "dev"}]}]),
    );
    assert_eq!(
        forge.ids("gitlab", 1, "open"),
        ["second-person"],
        "a rule for another branch is none for this one"
    );
    forge.set(&rules, 200, json!([{"name": "r", "approvals_required": 1, "protected_branches": []}]));
    forge.doctor("gitlab", &[]).exits(0);
}

#[tokio::test]
async fn what_cannot_even_be_asked_is_an_error_and_no_verdict() {
    let forge = Settings::start(&[]).await;
    for name in ["github", "gitlab"] {
        let outcome = forge.doctor(name, &[]).exits(5);
        assert!(outcome.stdout.is_empty() && outcome.stderr.contains("404"), "{}", outcome.stderr);
    }
    let sandbox = Sandbox::new();
    assert!(sandbox.outcome(&["doctor"]).exits(2).stderr.contains("--repository"));
    let named = ["doctor", "--forge", "github", "--repository"];
    assert!(sandbox.outcome(&[&named[..], &["acme/shop"]].concat()).exits(2).stderr.contains("GITHUB_TOKEN"));
    for wrong in ["acme", "acme/shop/x", "acme/..", "acme/sh?op"] {
        let outcome = sandbox.run(&[&named[..], &[wrong]].concat()).env("GITHUB_TOKEN", "x").outcome();
        assert!(outcome.exits(2).stderr.contains("no name of a repository"), "{wrong}");
    }
    let evil = [&named[..], &["acme/shop", "--api-url", "https://api.github.com@evil.example"]].concat();
    assert!(sandbox.run(&evil).env("GITHUB_TOKEN", "x").outcome().exits(2).stderr.contains("no URL"));
}
