//! Annotations on the changed lines: as GitHub workflow commands, and as values for a check run.

use super::escape::{workflow_data, workflow_property};
use super::{RunReport, last_line};
use crate::base::text::{plural, thousands, truncate_end, visible};
use crate::base::{Change, Finding, RepoPath, Severity};

/// GitHub shows this many annotations of each level for a step, and drops the rest without a word.
pub const PER_LEVEL: usize = 10;

/// The longest title of a check-run annotation, in characters.
pub const TITLE_CHARS: usize = 255;

/// The longest message of a check-run annotation, in bytes.
pub const MESSAGE_BYTES: usize = 64 * 1024;

/// An annotation of a check run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// The file.
    pub path: RepoPath,
    /// First line, from 1.
    pub start_line: u32,
    /// Last line, not before the first.
    pub end_line: u32,
    /// First column, from 1; only on a single line, as the API demands.
    pub start_column: Option<u32>,
    /// Last column, from 1; only on a single line.
    pub end_column: Option<u32>,
    /// How it is shown.
    pub level: AnnotationLevel,
    /// At most [`TITLE_CHARS`] characters.
    pub title: String,
    /// Plain text of at most [`MESSAGE_BYTES`] bytes.
    pub message: String,
}

/// How an annotation is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AnnotationLevel {
    /// A note.
    Notice,
    /// A warning.
    Warning,
    /// An error.
    Failure,
}

impl AnnotationLevel {
    /// The name in the API of check runs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Failure => "failure",
        }
    }

    /// The name of the workflow command.
    const fn command(self) -> &'static str {
        match self {
            Self::Failure => "error",
            other => other.name(),
        }
    }
}

/// Every new finding as an annotation: errors first, then warnings, then notes, each in the report's order.
///
/// A finding about the repository as a whole has no file to stand at; it is in the text of the check.
pub fn for_check_run(report: &RunReport) -> Vec<Annotation> {
    let mut annotations = of_new_findings(report);
    annotations.retain(|annotation| !annotation.path.is_root());
    annotations
}

fn of_new_findings(report: &RunReport) -> Vec<Annotation> {
    let mut annotations: Vec<Annotation> = report.findings_that_are(Change::New).map(annotation).collect();
    annotations.sort_by_key(|annotation| std::cmp::Reverse(annotation.level));
    annotations
}

/// Workflow commands, one for each line of the text: as many as GitHub shows of each level, and a notice that
/// says how many more there are.
pub fn workflow_commands(report: &RunReport) -> String {
    let mut out = String::new();
    let mut left = Vec::new();
    let annotations = of_new_findings(report);
    for (level, one, many) in [
        (AnnotationLevel::Failure, "error", "errors"),
        (AnnotationLevel::Warning, "warning", "warnings"),
        (AnnotationLevel::Notice, "note", "notes"),
    ] {
        let of_level: Vec<&Annotation> = annotations.iter().filter(|a| a.level == level).collect();
        // The notice about the rest is itself one of the ten.
        let room = if level == AnnotationLevel::Notice { PER_LEVEL - 1 } else { PER_LEVEL };
        of_level.iter().take(room).for_each(|annotation| out.push_str(&command(annotation)));
        if of_level.len() > room {
            left.push(plural(of_level.len() - room, one, many));
        }
    }
    if !left.is_empty() {
        let text = format!("{} not shown here: see the report of this run", left.join(", "));
        out.push_str("::notice title=weighbridge::");
        out.push_str(&workflow_data(&text));
        out.push('\n');
    }
    out
}

fn command(annotation: &Annotation) -> String {
    let place = match (annotation.start_column, annotation.end_column) {
        _ if annotation.path.is_root() => String::new(),
        (Some(start), Some(end)) => format!("{},col={start},endColumn={end},", lines(annotation)),
        _ => format!("{},", lines(annotation)),
    };
    format!(
        "::{} {place}title={}::{}\n",
        annotation.level.command(),
        workflow_property(&annotation.title),
        workflow_data(&annotation.message)
    )
}

fn lines(annotation: &Annotation) -> String {
    let file = workflow_property(annotation.path.as_str());
    format!("file={file},line={},endLine={}", annotation.start_line, annotation.end_line)
}

fn annotation(finding: &Finding) -> Annotation {
    let span = finding.place.span;
    let start_line = finding.place.line().max(1);
    let end_line = span.map_or(start_line, last_line);
    let columns = span
        .filter(|span| span.start.line == span.end.line && span.end.column > span.start.column)
        .map(|span| (span.start.column.max(1), span.end.column.saturating_sub(1).max(1)));
    let help = finding.help.as_deref().map(|help| format!("\nhelp: {}", visible(help))).unwrap_or_default();
    Annotation {
        path: finding.place.path.clone(),
        start_line,
        end_line,
        start_column: columns.map(|(start, _)| start),
        end_column: columns.map(|(_, end)| end),
        level: match finding.severity {
            Severity::Error => AnnotationLevel::Failure,
            Severity::Warning => AnnotationLevel::Warning,
            Severity::Info => AnnotationLevel::Notice,
        },
        title: truncate_end(&visible(&format!("weighbridge: {}", finding.rule)), TITLE_CHARS),
        message: cut_bytes(format!("{}{help}", visible(&finding.message)), MESSAGE_BYTES),
    }
}

/// Cuts at a character boundary and says so.
fn cut_bytes(mut text: String, limit: usize) -> String {
    if text.len() <= limit {
        return text;
    }
    let rest = format!(" … ({} bytes in all)", thousands(text.len() as u64));
    text.truncate(text.floor_char_boundary(limit.saturating_sub(rest.len())));
    text + &rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use proptest::prelude::*;

    #[test]
    fn commands() {
        insta::assert_snapshot!(workflow_commands(&sample::report()));
    }

    #[test]
    fn no_more_than_github_shows() {
        let text = workflow_commands(&sample::flooded(20, "x"));
        let count = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
        assert_eq!((count("::error "), count("::warning "), count("::notice ")), (10, 10, 10));
        assert!(text.ends_with(
            "::notice title=weighbridge::30 errors, 30 warnings, 11 notes not shown here: see the report of this run\n"
        ), "{text}");
    }

    #[test]
    fn columns_only_on_one_line() {
        let mut report = sample::report();
        let annotations = for_check_run(&report);
        assert_eq!((annotations[0].start_column, annotations[0].end_column), (Some(1), Some(12)));
        let span = report.findings[0].place.span.as_mut().expect("a span");
        (span.end.line, span.end.column) = (9, 1);
        let annotations = for_check_run(&report);
        assert_eq!((annotations[0].end_line, annotations[0].start_column), (8, None));
    }

    #[test]
    fn the_repository_as_a_whole_has_no_file() {
        let mut report = sample::report();
        report.findings.truncate(1);
        report.findings[0].place = crate::base::Place::file(RepoPath::root());
        assert_eq!(for_check_run(&report), vec![]);
        assert!(workflow_commands(&report).starts_with("::error title=weighbridge%3A CC-AG-002::"));
    }

    #[test]
    fn long_messages_are_cut() {
        let text = cut_bytes("ä".repeat(MESSAGE_BYTES), MESSAGE_BYTES);
        assert!(text.len() <= MESSAGE_BYTES && text.ends_with(" … (131,072 bytes in all)"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn one_line_for_each_annotation(text in crate::report::escape::tests::hostile_text()) {
            let report = sample::flooded(1, &text);
            let commands = workflow_commands(&report);
            prop_assert_eq!(commands.split('\n').count() - 1, 5);
            prop_assert!(commands.lines().all(|line| line.starts_with("::") && !line.contains('\r')));
            for annotation in for_check_run(&report) {
                prop_assert!(annotation.title.chars().count() <= TITLE_CHARS);
                prop_assert!(annotation.message.len() <= MESSAGE_BYTES);
                prop_assert!(annotation.start_line >= 1 && annotation.end_line >= annotation.start_line);
            }
        }
    }
}
