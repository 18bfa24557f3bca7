//! Where are we running: GitHub, GitLab or a laptop; which change, which base, who, with which rights.
//!
//! [`detect`] turns the environment and the event file into one [`PipelineContext`] value. Everything in it
//! that came from a pull request (titles, branch names, logins) is untrusted text.

pub mod github;
mod github_event;
pub mod gitlab;
pub mod local;

use crate::host::Host;
use serde::Serialize;

/// The continuous-integration system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Forge {
    /// GitHub or GitHub Enterprise Server.
    Github,
    /// GitLab, hosted or self-managed.
    Gitlab,
    /// No forge: a laptop or a CI system we do not know.
    Local,
}

/// What started the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A pull request (`pull_request`, `pull_request_target`) or merge request.
    Change,
    /// A merge queue or merge train entry.
    MergeQueue,
    /// A push to a branch or tag.
    Push,
    /// Started by hand.
    Manual,
    /// Started by a timer.
    Schedule,
    /// A comment on a pull request.
    Comment,
    /// Another workflow has finished.
    WorkflowRun,
    /// Started on a laptop, or by something we do not know.
    Local,
}

/// The pull or merge request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ChangeRequest {
    /// Number within the target repository (`iid` on GitLab).
    pub number: u64,
    /// Title as the author wrote it.
    pub title: Option<String>,
    /// Login of the author.
    pub author: Option<String>,
    /// Branch the change comes from.
    pub source_branch: Option<String>,
    /// Branch the change goes to.
    pub target_branch: Option<String>,
    /// Repository the change comes from: `owner/name` or a GitLab project id.
    pub source_repository: Option<String>,
    /// True when it comes from another repository than the one it goes to, or when that repository is gone.
    pub from_fork: bool,
    /// True while the author marks it as a draft.
    pub draft: bool,
}

impl ChangeRequest {
    /// A change of which only the number is known: the careful reading, until the API has answered.
    pub const fn numbered(number: u64) -> Self {
        Self {
            number,
            title: None,
            author: None,
            source_branch: None,
            target_branch: None,
            source_repository: None,
            from_fork: true,
            draft: false,
        }
    }
}

/// Where are we running, and for which change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct PipelineContext {
    /// Which forge.
    pub forge: Forge,
    /// What started the run.
    pub event: Event,
    /// The event's own name, such as `pull_request_target`.
    pub event_name: String,
    /// `owner/name` or `group/project`.
    pub repository: Option<String>,
    /// GitLab's numeric id of the project that holds the merge request.
    pub project_id: Option<String>,
    /// Base of the REST API, without a trailing slash.
    pub api_url: Option<String>,
    /// Base of the web pages, without a trailing slash.
    pub server_url: Option<String>,
    /// The commit to judge and to report on: the head of the change, never the test merge.
    pub head_sha: Option<String>,
    /// What to compare with: a commit, or a branch whose merge base with the head is taken.
    pub base: Option<BaseRef>,
    /// The pull or merge request, when there is one.
    pub change: Option<ChangeRequest>,
    /// Who started the run. Not an authority: it is the last actor, and spoofable.
    pub actor: Option<String>,
    /// Web page of the run.
    pub run_url: Option<String>,
    /// Orders runs: a report never overwrites that of a later run.
    pub run: RunOrder,
    /// What could not be determined, and what that means, in words for the reader.
    pub notes: Vec<String>,
}

/// What to compare the head with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum BaseRef {
    /// The merge base of this commit or ref and the head.
    MergeBaseWith(String),
    /// Exactly this commit.
    Commit(String),
}

/// Orders the runs of one job. Later runs compare greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
pub struct RunOrder {
    /// Run number on GitHub, pipeline id on GitLab.
    pub run: u64,
    /// Attempt on GitHub, job id on GitLab.
    pub attempt: u64,
}

/// The context could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    /// The event file is missing or malformed.
    #[error(
        "cannot read the {forge} event from {path}: {reason}; run weighbridge inside the job, with the event file mounted"
    )]
    Event {
        /// `GitHub`.
        forge: &'static str,
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A variable that this event must set is missing.
    #[error("{event} events set {variable}, but it is missing or malformed here")]
    Variable {
        /// The event's name.
        event: String,
        /// The variable or event field.
        variable: String,
    },
}

/// Finds out where the program runs.
///
/// # Errors
/// When the environment says GitHub or GitLab but the event cannot be read: guessing would judge the wrong
/// commit.
pub fn detect(host: &dyn Host) -> Result<PipelineContext, ContextError> {
    use crate::host::Var;
    if host.env(Var::GithubActions).as_deref() == Some("true") {
        github::detect(host)
    } else if host.env(Var::GitlabCi).as_deref() == Some("true") {
        gitlab::detect(host)
    } else {
        Ok(local::detect(host))
    }
}

/// A full commit id, SHA-1 or SHA-256.
fn is_sha(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// All zeros: the forges' way to say that there is no commit.
fn is_zero(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte == b'0')
}

/// An absolute URL of a web server, without a login and without a query: paths are appended to it.
pub(crate) fn is_web_url(text: &str) -> bool {
    let Ok(uri) = text.parse::<::http::Uri>() else { return false };
    matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
        && uri.query().is_none()
}
