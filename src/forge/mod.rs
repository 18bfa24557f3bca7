//! GitHub and GitLab: publish a report. The only room that knows which forge it is talking to.
//!
//! What is to be said is a value ([`Publication`]); what will be done about it is a value too ([`Plan`]), made
//! by the pure [`plan()`] and shown by `--dry-run`; [`publish()`] carries that same plan out. The two forges
//! differ behind one small trait ([`api`]); everything that decides (which comment is ours, which run is later,
//! what may be repeated) is shared and pure.
//!
//! Publishing never fails a run by itself: a token that may not write degrades to what needs no token
//! (annotations, the job summary, report files), and says so. A forge that does not answer is reported in
//! [`Published::failed`], which is an environment error and never a pass.

pub(crate) mod api;
pub(crate) mod complete;
pub(crate) mod fit;
pub(crate) mod github;
pub(crate) mod github_models;
pub(crate) mod github_wire;
pub(crate) mod gitlab;
pub mod outputs;
pub mod plan;
pub(crate) mod publish;
pub(crate) mod retry;
pub mod sticky;

pub use complete::complete;
pub use plan::{Plan, Step, plan};
pub use publish::{Published, publish};

use crate::base::{Change, Finding, Severity, Span, Verdict, text};
use crate::report::RunReport;

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

/// A note at a line of a file, as plain text: the forge does not render it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// Path from the repository root.
    pub path: String,
    /// First line, 1-based.
    pub start_line: u32,
    /// Last line, inclusive.
    pub end_line: u32,
    /// First and last column, 1-based, inclusive; only on a single line.
    pub columns: Option<(u32, u32)>,
    /// Gravity.
    pub severity: Severity,
    /// The rule.
    pub title: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl Annotation {
    /// The annotations of a report: what is new in the change, gravest first.
    pub fn all_of(report: &RunReport) -> Vec<Self> {
        let mut findings: Vec<&Finding> = report.findings_that_are(Change::New).collect();
        // Stable: within one severity the order of the report stays.
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        findings.into_iter().take(MAX_ANNOTATIONS).map(Self::of).collect()
    }

    /// The annotation of a finding. Invisible characters of the change are made visible.
    pub fn of(finding: &Finding) -> Self {
        let (start_line, end_line, columns) =
            finding.place.span.map_or((1, 1, None), |Span { start, end }| {
                if start.line == end.line {
                    // The end is exclusive here and inclusive there; an empty span marks no columns.
                    let last = end.column.saturating_sub(1);
                    return (start.line, start.line, (last >= start.column).then_some((start.column, last)));
                }
                // A span that ends before the first column of a line does not touch that line.
                let last = if end.column <= 1 { end.line.saturating_sub(1) } else { end.line };
                (start.line, last.max(start.line), None)
            });
        let help = finding.help.as_ref().map(|help| format!("\n{}", text::visible(help))).unwrap_or_default();
        Self {
            path: finding.place.path.as_str().to_owned(),
            start_line: start_line.max(1),
            end_line: end_line.max(1),
            columns,
            severity: finding.severity,
            title: finding.rule.clone(),
            message: format!("{}{help}", text::visible(&finding.message)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Place, Position, RepoPath};

    #[test]
    fn annotations_have_inclusive_ends() {
        let at = |start: (u32, u32), end: (u32, u32)| {
            let position = |(line, column)| Position { line, column };
            let span = Span { start: position(start), end: position(end) };
            let place = Place::span(RepoPath::new("a.md").unwrap(), span);
            let note = Annotation::of(&Finding::new("r", Severity::Error, place, "m\u{202e}").with_help("h"));
            assert_eq!(note.message, "m\\u{202e}\nh");
            (note.start_line, note.end_line, note.columns)
        };
        assert_eq!(at((3, 2), (3, 5)), (3, 3, Some((2, 4))));
        assert_eq!(at((3, 2), (3, 2)), (3, 3, None));
        assert_eq!(at((3, 2), (5, 1)), (3, 4, None));
        assert_eq!(at((3, 2), (4, 9)), (3, 4, None));
        let whole = Finding::new("r", Severity::Info, Place::file(RepoPath::new("a.md").unwrap()), "m");
        assert_eq!((Annotation::of(&whole).start_line, Annotation::of(&whole).columns), (1, None));
    }

    #[test]
    fn only_what_was_judged_satisfies_a_required_check() {
        for verdict in Verdict::ALL {
            let passes = matches!(verdict, Verdict::Skip | Verdict::Pass | Verdict::Warn);
            assert_eq!(Conclusion::from(verdict) == Conclusion::Success, passes, "{verdict}");
        }
    }
}
