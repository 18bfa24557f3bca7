use super::*;
use crate::host::MemoryHost;
use proptest::prelude::*;

const HEAD: &str = "1111111111111111111111111111111111111111";
const BASE: &str = "2222222222222222222222222222222222222222";
const MERGE: &str = "3333333333333333333333333333333333333333";
const ZERO: &str = "0000000000000000000000000000000000000000";

fn host(source: &str) -> MemoryHost {
    MemoryHost::new()
        .with_env(Var::GitlabCi, "true")
        .with_env(Var::CiPipelineSource, source)
        .with_env(Var::CiProjectPath, "acme/tools/shop")
        .with_env(Var::CiProjectId, "12")
        .with_env(Var::CiServerUrl, "https://git.example/gitlab/")
        .with_env(Var::CiApiV4Url, "https://git.example/gitlab/api/v4/")
        .with_env(Var::CiPipelineId, "5000")
        .with_env(Var::CiJobId, "70001")
        .with_env(Var::CiJobUrl, "https://git.example/gitlab/acme/tools/shop/-/jobs/70001")
        .with_env(Var::CiCommitSha, HEAD)
        .with_env(Var::CiDefaultBranch, "main")
        .with_env(Var::GitlabUserLogin, "ada")
}

fn merge_request(kind: &str) -> MemoryHost {
    host("merge_request_event")
        .with_env(Var::CiMergeRequestEventType, kind)
        .with_env(Var::CiMergeRequestIid, "9")
        .with_env(Var::CiMergeRequestProjectId, "12")
        .with_env(Var::CiMergeRequestSourceProjectId, "12")
        .with_env(Var::CiMergeRequestSourceBranch, "skill")
        .with_env(Var::CiMergeRequestTargetBranch, "main")
        .with_env(Var::CiMergeRequestDiffBaseSha, BASE)
        .with_env(Var::CiMergeRequestTitle, "Draft: add a skill")
}

fn of(host: &MemoryHost) -> PipelineContext {
    super::super::detect(host).unwrap()
}

#[test]
fn a_merge_request_is_judged_at_its_head() {
    let detached = of(&merge_request("detached"));
    assert_eq!((detached.event, detached.head_sha.as_deref()), (Event::Change, Some(HEAD)));
    assert_eq!(detached.base, Some(BaseRef::Commit(BASE.into())));
    assert_eq!(detached.api_url.as_deref(), Some("https://git.example/gitlab/api/v4"));
    assert_eq!(detached.run, RunOrder { run: 5000, attempt: 70001 });
    let change = detached.change.unwrap();
    assert_eq!((change.number, change.draft, change.from_fork), (9, true, false));

    let merged = merge_request("merged_result")
        .with_env(Var::CiCommitSha, MERGE)
        .with_env(Var::CiMergeRequestSourceSha, HEAD);
    assert_eq!(of(&merged).head_sha.as_deref(), Some(HEAD));
    let train = merge_request("merge_train").with_env(Var::CiCommitSha, MERGE);
    let train = of(&train);
    assert_eq!((train.event, train.head_sha, train.notes.len()), (Event::MergeQueue, None, 1));
}

#[test]
fn bases_and_forks() {
    let no_base = of(&merge_request("detached").with_env(Var::CiMergeRequestDiffBaseSha, ""));
    assert_eq!(no_base.base, Some(BaseRef::MergeBaseWith("refs/remotes/origin/main".into())));
    let fork = of(&merge_request("detached").with_env(Var::CiMergeRequestSourceProjectId, "99"));
    assert!(fork.change.unwrap().from_fork);
    let gone = of(&merge_request("detached").with_env(Var::CiMergeRequestSourceProjectId, ""));
    assert!(gone.change.unwrap().from_fork);
}

#[test]
fn branches_tags_timers_and_people() {
    let main = Some(BaseRef::MergeBaseWith("refs/remotes/origin/main".into()));
    let push = |before: &str, branch: &str, tag: &str| {
        let host = host("push")
            .with_env(Var::CiCommitBeforeSha, before)
            .with_env(Var::CiCommitBranch, branch)
            .with_env(Var::CiCommitTag, tag);
        of(&host).base
    };
    assert_eq!(push(BASE, "x", ""), Some(BaseRef::Commit(BASE.into())));
    assert_eq!(push(BASE, "main", ""), Some(BaseRef::Commit(BASE.into())));
    assert_eq!(push(ZERO, "x", ""), main);
    assert_eq!(push(ZERO, "main", ""), None);
    assert_eq!(push(BASE, "", "v1"), main);
    let timer = of(&host("schedule").with_env(Var::CiCommitBranch, "main"));
    assert_eq!((timer.event, timer.base), (Event::Schedule, None));
    let web = of(&host("web").with_env(Var::CiCommitBranch, "x"));
    assert_eq!((web.event, web.base), (Event::Manual, main));
    let odd = of(&host("ondemand_dast_scan"));
    assert_eq!((odd.event, odd.notes.len()), (Event::Local, 1));
}

#[test]
fn what_is_missing_or_malformed_is_named() {
    for (var, value) in [
        (Var::CiMergeRequestIid, "nine"),
        (Var::CiCommitSha, "HEAD"),
        (Var::CiMergeRequestDiffBaseSha, "; rm -rf /"),
        (Var::CiApiV4Url, "ftp://git.example"),
        (Var::CiProjectPath, ""),
    ] {
        let error = detect(&merge_request("detached").with_env(var, value)).unwrap_err().to_string();
        assert!(error.contains(var.name()), "{error}");
    }
}

proptest! {
    #[test]
    fn no_environment_panics(
        values in prop::collection::vec("(?s).{0,12}|[0-9a-f]{40}|0{40}", 12),
        source in prop::sample::select(vec!["merge_request_event", "push", "web", "schedule", "x"]),
    ) {
        let vars = [
            Var::CiMergeRequestIid, Var::CiMergeRequestEventType, Var::CiCommitSha, Var::CiCommitBeforeSha,
            Var::CiMergeRequestSourceSha, Var::CiMergeRequestDiffBaseSha, Var::CiDefaultBranch,
            Var::CiCommitBranch, Var::CiApiV4Url, Var::CiServerUrl, Var::CiProjectId, Var::CiPipelineId,
        ];
        let mut host = host(source);
        for (var, value) in vars.into_iter().zip(values) {
            host = host.with_env(var, value);
        }
        let _read = detect(&host);
    }
}
