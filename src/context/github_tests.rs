use super::*;
use crate::host::MemoryHost;
use proptest::prelude::*;
use serde_json::{Value, json};

const HEAD: &str = "1111111111111111111111111111111111111111";
const BASE: &str = "2222222222222222222222222222222222222222";
const MERGE: &str = "3333333333333333333333333333333333333333";
const ZERO: &str = "0000000000000000000000000000000000000000";

fn host(event: &str, payload: &str) -> MemoryHost {
    MemoryHost::new()
        .with_env(Var::GithubActions, "true")
        .with_env(Var::GithubEventName, event)
        .with_env(Var::GithubEventPath, "/event.json")
        .with_env(Var::GithubRepository, "acme/shop")
        .with_env(Var::GithubSha, MERGE)
        .with_env(Var::GithubRef, "refs/heads/main")
        .with_env(Var::GithubApiUrl, "https://ghe.example/api/v3/")
        .with_env(Var::GithubServerUrl, "https://ghe.example/")
        .with_env(Var::GithubActor, "mallory")
        .with_env(Var::GithubRunId, "900")
        .with_env(Var::GithubRunNumber, "41")
        .with_env(Var::GithubRunAttempt, "2")
        .with_file("/event.json", payload)
}

fn of(event: &str, payload: &Value) -> PipelineContext {
    super::super::detect(&host(event, &payload.to_string())).unwrap()
}

fn pull(source: &Value) -> Value {
    json!({
        "action": "synchronize",
        "number": 7,
        "pull_request": {
            "number": 7, "title": "Add <b>skill</b>", "draft": true, "user": {"login": "ada", "id": 5},
            "head": {"sha": HEAD, "ref": "skill", "repo": source},
            "base": {"sha": BASE, "ref": "main", "repo": {"full_name": "acme/shop", "default_branch": "main"}}
        },
        "repository": {"full_name": "acme/shop", "default_branch": "main"}
    })
}

fn repository() -> Value {
    json!({"full_name": "acme/shop", "default_branch": "main"})
}

#[test]
fn a_pull_request_is_judged_at_its_head() {
    for event in ["pull_request", "pull_request_target"] {
        let context = of(event, &pull(&json!({"full_name": "acme/shop"})));
        assert_eq!(context.event, Event::Change);
        assert_eq!(context.head_sha.as_deref(), Some(HEAD));
        assert_eq!(context.base, Some(BaseRef::MergeBaseWith(BASE.into())));
        assert_eq!(context.api_url.as_deref(), Some("https://ghe.example/api/v3"));
        assert_eq!(context.run_url.as_deref(), Some("https://ghe.example/acme/shop/actions/runs/900"));
        assert_eq!(context.run, RunOrder { run: 41, attempt: 2 });
        let change = context.change.unwrap();
        assert_eq!((change.number, change.from_fork, change.draft), (7, false, true));
        assert_eq!((change.author.as_deref(), change.source_branch.as_deref()), (Some("ada"), Some("skill")));
    }
}

#[test]
fn forks_are_recognised_even_when_they_are_gone() {
    for source in [json!({"full_name": "mallory/shop"}), Value::Null] {
        assert!(of("pull_request", &pull(&source)).change.unwrap().from_fork);
    }
    let mut deleted_account = pull(&Value::Null);
    deleted_account["pull_request"]["user"] = Value::Null;
    assert_eq!(of("pull_request", &deleted_account).change.unwrap().author, None);
}

#[test]
fn a_merge_group_is_judged_as_the_queue_made_it() {
    let payload = json!({"merge_group": {"head_sha": HEAD, "base_sha": BASE, "head_ref": "refs/heads/gh-readonly-queue/main/pr-7-x"}});
    let context = of("merge_group", &payload);
    assert_eq!((context.event, context.head_sha.as_deref()), (Event::MergeQueue, Some(HEAD)));
    assert_eq!(context.base, Some(BaseRef::Commit(BASE.into())));
    assert_eq!(context.change, None);
}

#[test]
fn pushes_compare_with_what_was_there() {
    let main = Some(BaseRef::MergeBaseWith("refs/remotes/origin/main".into()));
    let push = |branch: &str, before: &str, forced: bool| {
        let payload = json!({"ref": branch, "before": before, "after": HEAD, "forced": forced, "created": before == ZERO, "repository": repository()});
        let context = of("push", &payload);
        assert_eq!((context.event, context.head_sha.as_deref()), (Event::Push, Some(HEAD)));
        context.base
    };
    assert_eq!(push("refs/heads/x", BASE, false), Some(BaseRef::Commit(BASE.into())));
    assert_eq!(push("refs/heads/main", BASE, true), Some(BaseRef::Commit(BASE.into())));
    assert_eq!(push("refs/heads/x", ZERO, false), main);
    assert_eq!(push("refs/heads/x", BASE, true), main);
    assert_eq!(push("refs/tags/v1", ZERO, false), main);
    assert_eq!(push("refs/heads/main", ZERO, false), None);
    let gone = of("push", &json!({"ref": "refs/heads/x", "before": BASE, "after": ZERO, "deleted": true}));
    assert_eq!((gone.head_sha, gone.notes.len()), (None, 1));
}

#[test]
fn runs_by_hand_and_by_timer_judge_the_branch() {
    let main = Some(BaseRef::MergeBaseWith("refs/remotes/origin/main".into()));
    let by_hand =
        of("workflow_dispatch", &json!({"ref": "refs/heads/x", "inputs": null, "repository": repository()}));
    assert_eq!(
        (by_hand.event, by_hand.head_sha.as_deref(), by_hand.base),
        (Event::Manual, Some(MERGE), main)
    );
    let timer = of("schedule", &json!({"schedule": "0 3 * * *", "repository": repository()}));
    assert_eq!((timer.event, timer.base), (Event::Schedule, None));
    let unknown = of("deployment", &json!({}));
    assert_eq!(unknown.event, Event::Local);
    assert!(unknown.notes.iter().any(|note| note.contains("deployment")));
}

#[test]
fn a_comment_names_its_pull_request_but_not_the_head() {
    let payload = json!({
        "action": "created",
        "issue": {"number": 7, "title": "x", "user": {"login": "ada"}, "draft": false, "pull_request": {"url": "u"}},
        "comment": {"body": "/weighbridge approve", "user": {"login": "bob"}},
        "repository": repository()
    });
    let context = of("issue_comment", &payload);
    assert_eq!((context.event, context.head_sha), (Event::Comment, None));
    assert_eq!(context.change.map(|change| (change.number, change.from_fork)), Some((7, true)));
    assert_eq!(context.notes.len(), 1);
    let issue = of("issue_comment", &json!({"issue": {"number": 7, "title": "x"}}));
    assert_eq!((issue.change, issue.notes.len()), (None, 1));
}

#[test]
fn a_workflow_run_names_its_pull_request_only_when_there_is_one() {
    let run = |pulls: Value, source: &str| {
        let payload = json!({
            "workflow_run": {"head_sha": HEAD, "head_branch": "skill", "head_repository": {"full_name": source}, "pull_requests": pulls},
            "repository": repository()
        });
        let context = of("workflow_run", &payload);
        assert_eq!((context.event, context.head_sha.as_deref()), (Event::WorkflowRun, Some(HEAD)));
        context
    };
    let one =
        json!({"number": 7, "head": {"sha": HEAD, "ref": "skill"}, "base": {"sha": BASE, "ref": "main"}});
    let moved =
        json!({"number": 8, "head": {"sha": BASE, "ref": "skill"}, "base": {"sha": BASE, "ref": "main"}});
    let known = run(json!([one, moved]), "acme/shop");
    assert_eq!(known.base, Some(BaseRef::MergeBaseWith(BASE.into())));
    assert_eq!(known.change.map(|change| (change.number, change.from_fork)), Some((7, false)));
    for (pulls, source) in
        [(json!([]), "mallory/shop"), (json!([one, one]), "acme/shop"), (Value::Null, "m/s")]
    {
        let unknown = run(pulls, source);
        assert_eq!((unknown.change, unknown.notes.len()), (None, 1));
    }
    let payload = json!({"workflow_run": {"head_sha": HEAD, "head_branch": "a b", "head_repository": {"full_name": "m/s"}}});
    let host = host("workflow_run", &payload.to_string());
    assert_eq!(workflow_source(&host), Some(("m".into(), "a b".into())));
}

#[test]
fn what_is_missing_or_malformed_is_named() {
    let error = |event: &str, payload: &str| detect(&host(event, payload)).unwrap_err().to_string();
    assert!(error("pull_request", "{}").contains("pull_request"));
    let mut no_sha = pull(&Value::Null);
    no_sha["pull_request"]["head"]["sha"] = json!("--upload-pack=evil");
    assert!(error("pull_request", &no_sha.to_string()).contains("pull_request.head.sha"));
    let mut number = pull(&Value::Null);
    number["pull_request"]["number"] = json!("se\u{1b}ven");
    let said = error("pull_request", &number.to_string());
    assert!(said.contains("pull_request.number") && !said.contains('\u{1b}'), "{said}");
    assert!(error("push", "{\"after\": \"0\"").contains("/event.json"));
    assert!(error("push", &" ".repeat(26 * 1024 * 1024)).contains("more than"));
    for name in ["acme", "acme/shop/x", "acme/..", "acme/a?b", "/x"] {
        let host = host("schedule", "{}").with_env(Var::GithubRepository, name);
        assert!(detect(&host).unwrap_err().to_string().contains("GITHUB_REPOSITORY"), "{name}");
    }
    let host = host("schedule", "{}").with_env(Var::GithubApiUrl, "https://token@evil.example");
    assert!(detect(&host).unwrap_err().to_string().contains("GITHUB_API_URL"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "(?s).{0,12}".prop_map(Value::from),
        Just(json!(HEAD)),
    ];
    let key = prop::sample::select(vec![
        "pull_request",
        "head",
        "base",
        "sha",
        "ref",
        "repo",
        "number",
        "issue",
        "workflow_run",
        "pull_requests",
        "merge_group",
        "head_sha",
        "before",
        "after",
        "forced",
        "repository",
        "full_name",
        "user",
        "login",
        "draft",
    ]);
    leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_event_panics(payload in any_json(), event in prop::sample::select(vec![
        "pull_request", "merge_group", "push", "schedule", "issue_comment", "workflow_run", "\u{1b}",
    ])) {
        let _read = detect(&host(event, &payload.to_string()));
    }

    #[test]
    fn no_bytes_and_no_environment_panic(bytes in prop::collection::vec(any::<u8>(), 0..64), values in prop::collection::vec("(?s).{0,12}", 6)) {
        let mut host = host("push", "").with_file("/event.json", bytes);
        let vars = [Var::GithubRepository, Var::GithubSha, Var::GithubRef, Var::GithubApiUrl, Var::GithubServerUrl, Var::GithubRunNumber];
        for (var, value) in vars.into_iter().zip(values) {
            host = host.with_env(var, value);
        }
        let _read = detect(&host);
    }
}
