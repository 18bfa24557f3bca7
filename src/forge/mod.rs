//! GitHub and GitLab: publish a report. The only room that knows which forge it is talking to.
//!
//! What is to be said is a value ([`Publication`]); what will be done about it is a value too ([`Plan`]), made
//! by the pure [`plan()`] and shown by `--dry-run`; [`publish()`] carries that same plan out. The two forges
//! differ behind one small trait (`api`); everything that decides (which comment is ours, which run is later,
//! what may be repeated) is shared and pure.
//!
//! Publishing never fails a run by itself: a token that may not write degrades to what needs no token
//! (annotations, the job summary, report files), and says so. A forge that does not answer is reported in
//! [`Published::failed`], which is an environment error and never a pass.

pub(crate) mod api;
pub(crate) mod complete;
pub mod doctor;
pub(crate) mod fit;
pub mod gate;
pub(crate) mod github;
pub(crate) mod github_doctor;
pub(crate) mod github_gate;
pub(crate) mod github_models;
pub(crate) mod github_wire;
pub(crate) mod gitlab;
pub(crate) mod gitlab_doctor;
pub(crate) mod gitlab_gate;
pub mod outputs;
pub mod plan;
pub(crate) mod publish;
pub(crate) mod remote;
pub(crate) mod retry;
pub mod sticky;

pub use complete::complete;
pub use plan::{Plan, Step, plan};
pub use publish::{Published, publish};

use crate::base::Verdict;
pub use crate::report::annotations::{Annotation, AnnotationLevel};

/// The name of the check unless the caller gives another: branch protection refers to it, so it never changes.
pub const CHECK_NAME: &str = "weighbridge";

/// Annotations a check gets at most: ten requests, of the 500 an hour that may create something. The report
/// files have all findings.
pub const MAX_ANNOTATIONS: usize = 500;

/// What a run wants to say on the forge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Separates several gates on one change; part of the comment's marker.
    pub key: String,
    /// Markdown of the comment without a marker, already escaped; `None` for no comment.
    pub comment: Option<String>,
    /// The check run, or the commit status where there are no check runs.
    pub check: CheckReport,
    /// An issue to open, once: what somebody has to look at afterwards.
    pub follow_up: Option<FollowUp>,
}

/// An issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowUp {
    /// Plain text. An open or closed issue of this title is not opened again.
    pub title: String,
    /// Markdown, already escaped.
    pub body: String,
}

/// A check run or commit status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckReport {
    /// Stable name, [`CHECK_NAME`] by default.
    pub name: String,
    /// One line: the headline of the check, and the description of a commit status.
    pub title: String,
    /// Markdown, at most 65,000 bytes are shown.
    pub summary: String,
    /// More Markdown, at most 65,000 bytes are shown.
    pub text: Option<String>,
    /// The conclusion.
    pub conclusion: Conclusion,
    /// Notes at lines of files.
    pub annotations: Vec<Annotation>,
    /// Web page with more; `None` for the page of the run.
    pub details_url: Option<String>,
}

/// The conclusion of a check. GitHub's `neutral` and `skipped` are missing on purpose: they satisfy a required
/// check, and only what we have judged may do that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// May merge.
    Success,
    /// Must not merge.
    Failure,
    /// Somebody has to sign first.
    ActionRequired,
}

impl From<Verdict> for Conclusion {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Skip | Verdict::Pass | Verdict::Warn => Self::Success,
            Verdict::NeedsApproval => Self::ActionRequired,
            Verdict::Block | Verdict::Error => Self::Failure,
        }
    }
}

impl Conclusion {
    /// The word both forges understand in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::ActionRequired => "action required",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_judged_satisfies_a_required_check() {
        for verdict in Verdict::ALL {
            let passes = matches!(verdict, Verdict::Skip | Verdict::Pass | Verdict::Warn);
            assert_eq!(Conclusion::from(verdict) == Conclusion::Success, passes, "{verdict}");
        }
    }
}
