//! The part of GitHub's event file that is read. GitHub sends null for what was deleted, so every field may be
//! missing; what must be there is decided by the reader, who can name it.

use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct EventFile {
    pub(super) number: Option<u64>,
    pub(super) pull_request: Option<PullRequest>,
    pub(super) merge_group: Option<MergeGroup>,
    pub(super) workflow_run: Option<WorkflowRun>,
    pub(super) issue: Option<Issue>,
    pub(super) repository: Option<Repository>,
    #[serde(rename = "ref")]
    pub(super) git_ref: Option<String>,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    pub(super) created: Option<bool>,
    pub(super) deleted: Option<bool>,
    pub(super) forced: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PullRequest {
    pub(super) number: Option<u64>,
    pub(super) title: Option<String>,
    pub(super) draft: Option<bool>,
    pub(super) user: Option<User>,
    pub(super) head: Option<Side>,
    pub(super) base: Option<Side>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Side {
    pub(super) sha: Option<String>,
    #[serde(rename = "ref")]
    pub(super) branch: Option<String>,
    pub(super) repo: Option<Repository>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Repository {
    pub(super) full_name: Option<String>,
    pub(super) default_branch: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) login: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct MergeGroup {
    pub(super) head_sha: Option<String>,
    pub(super) base_sha: Option<String>,
    pub(super) head_ref: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct WorkflowRun {
    pub(super) head_sha: Option<String>,
    pub(super) head_branch: Option<String>,
    pub(super) head_repository: Option<Repository>,
    pub(super) pull_requests: Option<Vec<PullRequest>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Issue {
    pub(super) number: Option<u64>,
    pub(super) title: Option<String>,
    pub(super) draft: Option<bool>,
    pub(super) user: Option<User>,
    /// Present only when the issue is a pull request.
    pub(super) pull_request: Option<serde::de::IgnoredAny>,
}
