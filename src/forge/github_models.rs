//! What we read of GitHub's answers, and what we write. Our own structs, because octocrab's models drop the
//! fields that say whose a check run is, and refuse a whole page for one deleted account.

use super::api::ChangeNow;
use super::fit::fit;
use super::sticky::{Author, Comment, kept};
use super::{Annotation, AnnotationLevel, CheckReport, Conclusion};
use crate::base::text;
use crate::context::{BaseRef, RunOrder};
use octocrab::params::checks::{
    CheckRunConclusion, CheckRunOutput, CheckRunOutputAnnotation, CheckRunOutputAnnotationLevel,
    CheckRunStatus,
};
use serde::{Deserialize, Serialize};

/// Annotations per request.
pub(crate) const ANNOTATIONS_AT_ONCE: usize = 50;
/// Documented as 65,535 characters, reported to be counted in bytes.
const OUTPUT_BYTES: usize = 65_000;

#[derive(Debug, Deserialize)]
pub(crate) struct RawUser {
    pub(crate) id: u64,
    pub(crate) login: String,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RawComment {
    id: u64,
    body: Option<String>,
    user: Option<RawUser>,
    html_url: Option<String>,
}

impl From<RawComment> for Comment {
    fn from(raw: RawComment) -> Self {
        let author = raw.user.map(|user| Author {
            id: user.id,
            login: user.login,
            bot: user.kind.as_deref() == Some("Bot"),
        });
        Self { id: raw.id, body: kept(raw.body), author, url: raw.html_url }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct RawIssue {
    pub(crate) number: u64,
    pub(crate) title: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RawPull {
    number: u64,
    title: Option<String>,
    draft: Option<bool>,
    user: Option<RawUser>,
    head: RawSide,
    base: RawSide,
}

#[derive(Debug, Deserialize)]
struct RawSide {
    sha: Option<String>,
    #[serde(rename = "ref")]
    branch: Option<String>,
    repo: Option<RawRepository>,
}

#[derive(Debug, Deserialize)]
struct RawRepository {
    full_name: Option<String>,
}

impl RawPull {
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn head_is(&self, sha: &str) -> bool {
        self.head.sha.as_deref() == Some(sha)
    }
}

impl From<RawPull> for ChangeNow {
    fn from(raw: RawPull) -> Self {
        let source = raw.head.repo.and_then(|repository| repository.full_name);
        let target = raw.base.repo.and_then(|repository| repository.full_name);
        Self {
            number: raw.number,
            head_sha: raw.head.sha,
            base: raw.base.sha.map(BaseRef::MergeBaseWith),
            title: raw.title,
            author: raw.user.map(|user| user.login),
            source_branch: raw.head.branch,
            target_branch: raw.base.branch,
            // A deleted repository is null: it was another one.
            from_fork: source.is_none() || source != target,
            source_repository: source,
            draft: raw.draft.unwrap_or(false),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct RawCheckRuns {
    pub(crate) check_runs: Vec<RawCheckRun>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RawCheckRun {
    pub(crate) id: u64,
    name: Option<String>,
    head_sha: Option<String>,
    external_id: Option<String>,
    conclusion: Option<String>,
    pub(crate) html_url: Option<String>,
    app: Option<RawApp>,
    output: Option<RawOutput>,
}

#[derive(Clone, Debug, Deserialize)]
struct RawApp {
    slug: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct RawOutput {
    annotations_count: Option<usize>,
    title: Option<String>,
    summary: Option<String>,
}

impl RawCheckRun {
    /// The run that wrote it, when it is ours: our app, our name, our commit, and an id of our making. The
    /// last keeps us off the check run that Actions makes for a job that happens to have the same name.
    pub(crate) fn ours(&self, app_slug: &str, name: &str, sha: &str) -> Option<RunOrder> {
        let same = self.app.as_ref().and_then(|app| app.slug.as_deref()) == Some(app_slug)
            && self.name.as_deref() == Some(name)
            && self.head_sha.as_deref() == Some(sha);
        same.then_some(self.external_id.as_deref()).flatten().and_then(run_of)
    }

    /// The update that gives another check run the conclusion of this one; `None` while it is in progress.
    pub(crate) fn mirrored<'a>(&self, external_id: &'a str) -> Option<CheckUpdate<'a>> {
        let conclusion = match self.conclusion.as_deref()? {
            "success" => CheckRunConclusion::Success,
            "action_required" => CheckRunConclusion::ActionRequired,
            _ => CheckRunConclusion::Failure,
        };
        let said = |pick: fn(&RawOutput) -> Option<&String>| self.output.as_ref().and_then(pick).cloned();
        Some(CheckUpdate {
            external_id,
            details_url: None,
            status: Some(CheckRunStatus::Completed),
            conclusion: Some(conclusion),
            output: CheckRunOutput {
                title: said(|output| output.title.as_ref())
                    .unwrap_or_else(|| "See the later check".to_owned()),
                summary: said(|output| output.summary.as_ref()).unwrap_or_default(),
                text: None,
                annotations: Vec::new(),
                images: Vec::new(),
            },
        })
    }

    /// Annotations it has already: they can be added to but never removed.
    pub(crate) fn annotations(&self) -> usize {
        self.output.as_ref().and_then(|output| output.annotations_count).unwrap_or(0)
    }
}

/// `weighbridge:v1:<run>.<attempt>`: orders the runs that write one check.
pub(crate) fn external_id(run: RunOrder) -> String {
    format!("weighbridge:v1:{}.{}", run.run, run.attempt)
}

fn run_of(id: &str) -> Option<RunOrder> {
    let (run, attempt) = id.strip_prefix("weighbridge:v1:")?.split_once('.')?;
    let order = RunOrder { run: run.parse().ok()?, attempt: attempt.parse().ok()? };
    (external_id(order) == id).then_some(order)
}

#[derive(Serialize)]
pub(crate) struct CommentBody<'a> {
    pub(crate) body: &'a str,
}

/// Creates a check run that is still going on: an earlier conclusion of this name no longer counts.
#[derive(Serialize)]
pub(crate) struct CheckStart<'a> {
    pub(crate) name: &'a str,
    pub(crate) head_sha: &'a str,
    pub(crate) status: CheckRunStatus,
    pub(crate) external_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) details_url: Option<&'a str>,
}

/// Adds annotations to a check run, and completes it with the last of them.
#[derive(Serialize)]
pub(crate) struct CheckUpdate<'a> {
    pub(crate) external_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) details_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<CheckRunStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) conclusion: Option<CheckRunConclusion>,
    pub(crate) output: CheckRunOutput,
}

/// A commit status, for tokens of people: those may not write check runs.
#[derive(Serialize)]
pub(crate) struct Status<'a> {
    pub(crate) state: &'static str,
    pub(crate) context: &'a str,
    pub(crate) description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target_url: Option<&'a str>,
}

impl<'a> Status<'a> {
    pub(crate) fn of(report: &'a CheckReport) -> Self {
        let state = match report.conclusion {
            Conclusion::Success => "success",
            Conclusion::Failure | Conclusion::ActionRequired => "failure",
        };
        // The limit of 140 is old and undocumented; nothing longer is shown anyway.
        let description = text::truncate_end(&text::visible(&report.title), 140);
        Self { state, context: &report.name, description, target_url: report.details_url.as_deref() }
    }
}

/// The updates that bring a check run to this report: annotations from `sent` on, fifty at a time, the
/// status and the conclusion with the last.
pub(crate) fn updates<'a>(
    report: &'a CheckReport,
    external_id: &'a str,
    sent: usize,
) -> Vec<CheckUpdate<'a>> {
    let rest = report.annotations.get(sent..).unwrap_or_default();
    let mut batches: Vec<&[Annotation]> = rest.chunks(ANNOTATIONS_AT_ONCE).collect();
    if batches.is_empty() {
        batches.push(&[]);
    }
    let last = batches.len() - 1;
    let update = |(index, batch): (usize, &[Annotation])| CheckUpdate {
        external_id,
        details_url: report.details_url.as_deref(),
        status: (index == last).then_some(CheckRunStatus::Completed),
        conclusion: (index == last).then_some(match report.conclusion {
            Conclusion::Success => CheckRunConclusion::Success,
            Conclusion::Failure => CheckRunConclusion::Failure,
            Conclusion::ActionRequired => CheckRunConclusion::ActionRequired,
        }),
        output: CheckRunOutput {
            title: text::truncate_end(&text::visible(&report.title), 250),
            summary: fit(&report.summary, OUTPUT_BYTES, OUTPUT_BYTES),
            text: report.text.as_ref().map(|text| fit(text, OUTPUT_BYTES, OUTPUT_BYTES)),
            annotations: batch.iter().map(annotation).collect(),
            images: Vec::new(),
        },
    };
    batches.into_iter().enumerate().map(update).collect()
}

fn annotation(note: &Annotation) -> CheckRunOutputAnnotation {
    CheckRunOutputAnnotation {
        path: note.path.as_str().to_owned(),
        start_line: note.start_line,
        end_line: note.end_line,
        start_column: note.start_column,
        end_column: note.end_column,
        annotation_level: match note.level {
            AnnotationLevel::Notice => CheckRunOutputAnnotationLevel::Notice,
            AnnotationLevel::Warning => CheckRunOutputAnnotationLevel::Warning,
            AnnotationLevel::Failure => CheckRunOutputAnnotationLevel::Failure,
        },
        message: text::truncate_end(&note.message, 8_000),
        title: Some(text::truncate_end(&note.title, 250)),
        raw_details: None,
    }
}
