//! Publishing against stateful fakes of both forges, over the real network stack on the loopback interface.
//! Only the clock and the sleep are not real.

mod doctor;
pub(crate) mod fake;
pub(crate) mod fake_github;
pub(crate) mod fake_gitlab;
mod github;
mod github_faults;
mod gitlab;
mod network;
pub(crate) mod world;

use std::sync::Arc;
use std::time::Duration;
use weighbridge::base::RepoPath;
use weighbridge::context::{BaseRef, ChangeRequest, Event, Forge, PipelineContext, RunOrder};
use weighbridge::forge::{Annotation, AnnotationLevel, CheckReport, Conclusion, Publication};
use weighbridge::host::{MemoryHost, ReqwestHttp, Var};

pub(crate) const HEAD: &str = "1111111111111111111111111111111111111111";
pub(crate) const OTHER: &str = "2222222222222222222222222222222222222222";

/// A host whose network is real and whose clock is not. Answers may take 300 ms.
pub(crate) fn host() -> MemoryHost {
    let http = ReqwestHttp::new().with_read_timeout(Duration::from_millis(300));
    MemoryHost::new()
        .with_http(Arc::new(http))
        .with_env(Var::GithubToken, "ghs_secret")
        .with_env(Var::GitlabToken, "glpat-secret")
}

pub(crate) fn context(forge: Forge, api_url: &str, run: u64) -> PipelineContext {
    PipelineContext {
        forge,
        event: Event::Change,
        event_name: "pull_request".into(),
        repository: Some("acme/shop".into()),
        project_id: (forge == Forge::Gitlab).then(|| "12".to_owned()),
        api_url: Some(api_url.to_owned()),
        server_url: None,
        head_sha: Some(HEAD.into()),
        base: Some(BaseRef::MergeBaseWith(OTHER.into())),
        change: Some(ChangeRequest {
            number: 7,
            title: None,
            author: None,
            source_branch: None,
            target_branch: None,
            source_repository: None,
            from_fork: false,
            draft: false,
        }),
        actor: None,
        run_url: Some("https://ci.example/runs/1".into()),
        run: RunOrder { run, attempt: 1 },
        notes: vec![],
    }
}

pub(crate) fn publication(text: &str, annotations: u32) -> Publication {
    Publication {
        key: "main".into(),
        comment: Some(text.to_owned()),
        check: CheckReport {
            name: "weighbridge".into(),
            title: format!("blocked: {text}"),
            summary: format!("summary of {text}"),
            text: Some("more".into()),
            conclusion: Conclusion::Failure,
            annotations: (1..=annotations)
                .map(|line| Annotation {
                    path: RepoPath::new("AGENTS.md").unwrap(),
                    start_line: line,
                    end_line: line,
                    start_column: Some(1),
                    end_column: Some(4),
                    level: AnnotationLevel::Failure,
                    title: "some-rule".into(),
                    message: format!("finding {line}"),
                })
                .collect(),
            details_url: None,
        },
        follow_up: None,
    }
}
