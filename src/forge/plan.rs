//! What will be done about a publication, as a value.

use super::sticky::Marker;
use super::{CheckReport, FollowUp, MAX_ANNOTATIONS, Publication};
use crate::base::text;
use crate::context::{Event, Forge, PipelineContext};
use std::fmt;

/// The steps, in the order in which they are carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The check comes first: it is what a merge waits for.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Set the check of this name on a commit.
    Check {
        /// The commit.
        sha: String,
        /// The check.
        report: Box<CheckReport>,
    },
    /// Make this the one comment on a change, unless its head is another commit by then.
    Comment {
        /// Number of the pull or merge request.
        change: u64,
        /// The commit the report is about.
        sha: String,
        /// Marks the comment as ours.
        marker: Marker,
        /// Markdown without the marker.
        text: String,
    },
    /// Open an issue, unless there is one of this title.
    Issue(FollowUp),
    /// Leave something out.
    Skip {
        /// `check` or `comment`.
        what: &'static str,
        /// Why.
        why: String,
    },
}

/// Decides what is posted where. Pure.
///
/// A change and a merge queue get the check under its own name, because that is the name a merge waits for.
/// Everything else (a push, a timer, a run by hand) compares with something else and gets a name of its own:
/// a harmless push to a branch must not turn the pull request's check of the same commit green.
pub fn plan(context: &PipelineContext, publication: &Publication) -> Plan {
    if context.forge == Forge::Local {
        let why = "not running in GitHub Actions or GitLab CI".to_owned();
        return Plan { steps: vec![Step::Skip { what: "check and comment", why }] };
    }
    let Some(sha) = context.head_sha.clone() else {
        let why = "the head commit of the change is not known".to_owned();
        return Plan { steps: vec![Step::Skip { what: "check and comment", why }] };
    };

    let mut report = publication.check.clone();
    let for_merge = context.change.is_some() || context.event == Event::MergeQueue;
    if !for_merge {
        report.name = format!("{} ({})", report.name, text::visible(&context.event_name));
    }
    if report.details_url.is_none() {
        report.details_url.clone_from(&context.run_url);
    }
    let left_out = report.annotations.len().saturating_sub(MAX_ANNOTATIONS);
    if left_out > 0 {
        report.annotations.truncate(MAX_ANNOTATIONS);
        let more = text::plural(left_out, "finding is", "findings are");
        report.summary = format!(
            "{}\n\n*{more} not annotated; the report files have all of them.*\n",
            report.summary.trim_end()
        );
    }
    let mut steps = vec![Step::Check { sha: sha.clone(), report: Box::new(report) }];

    let skip = |why: &str| Step::Skip { what: "comment", why: why.to_owned() };
    steps.push(match (&publication.comment, &context.change) {
        (None, _) => skip("none was asked for"),
        (Some(_), None) => skip("this run does not belong to a pull or merge request"),
        (Some(_), Some(_)) if context.event == Event::MergeQueue => {
            skip("a merge queue judges a commit of its own; the comment stays as the change left it")
        }
        (Some(text), Some(change)) => Step::Comment {
            change: change.number,
            marker: Marker::new(&publication.key, &sha, context.run),
            sha,
            text: text.clone(),
        },
    });
    steps.extend(publication.follow_up.clone().map(Step::Issue));
    Plan { steps }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.steps.iter().try_for_each(|step| writeln!(f, "{step}"))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Check { sha, report } => {
                let annotations = text::plural(report.annotations.len(), "annotation", "annotations");
                write!(
                    f,
                    "set the check {} on {sha} to {}: {} ({annotations})",
                    text::visible(&report.name),
                    report.conclusion.name(),
                    text::visible(&report.title),
                )
            }
            Self::Comment { change, marker, text, .. } => write!(
                f,
                "create or update the comment {} on change {change} ({})",
                marker.key(),
                text::plural(text.len(), "byte", "bytes"),
            ),
            Self::Issue(issue) => write!(f, "open the issue {}", text::visible(&issue.title)),
            Self::Skip { what, why } => write!(f, "no {what}: {why}"),
        }
    }
}
