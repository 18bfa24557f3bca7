//! Markdown for GitHub and GitLab: the comment, the check, the step summary.
//!
//! The comment is the product. Its first five lines tell the author the outcome and what to do; every figure
//! after that opens into its reason. When a text would be too long, [`budget`] takes away the least important
//! part first, and the text says what was left out and where the full report is.

mod approval;
pub mod budget;
mod cases;
pub(super) mod cost;
mod engine;
mod environments;
mod mermaid;
mod view;

use super::{ReportError, RunReport, words};
use crate::base::text::{truncate_end, visible};
use budget::Budget;
pub use budget::Limit;
use engine::Engine;
use view::View;

/// The comment on a pull or merge request, without the marker by which the forge finds it again.
///
/// # Errors
/// When the shortest form is longer than `limit`, or on a bug in a template.
pub fn comment(report: &RunReport, limit: Limit) -> Result<String, ReportError> {
    fit("comment", report, Budget::COMMENT, limit)
}

/// The step summary of a job: like the comment, with more in it.
///
/// # Errors
/// As [`comment`].
pub fn summary(report: &RunReport, limit: Limit) -> Result<String, ReportError> {
    fit("summary", report, Budget::SUMMARY, limit)
}

/// The title of a check run: plain text of at most 140 characters, which also fits a commit status.
pub fn check_title(report: &RunReport) -> String {
    truncate_end(&visible(&words::headline(report)), 140)
}

/// The summary of a check run: what to do, the stages, and why.
///
/// # Errors
/// As [`comment`].
pub fn check_summary(report: &RunReport, limit: Limit) -> Result<String, ReportError> {
    fit("check_summary", report, Budget::COMMENT, limit)
}

/// The text of a check run: findings, files, notes.
///
/// # Errors
/// As [`comment`].
pub fn check_text(report: &RunReport, limit: Limit) -> Result<String, ReportError> {
    fit("check_text", report, Budget::SUMMARY, limit)
}

/// Renders with ever less until it fits.
///
/// Nearly every report fits as it is. Of one that does not, the longest step that fits is searched by halving,
/// so that a flood of findings costs a handful of renderings.
fn fit(template: &str, report: &RunReport, full: Budget, limit: Limit) -> Result<String, ReportError> {
    let engine = Engine::shared()?;
    let render = |template: &str, budget: Budget, shortened: bool| -> Result<String, ReportError> {
        Ok(tidy(&engine.render(template, &View::new(report, budget, shortened))?))
    };
    let text = render(template, full, false)?;
    if limit.allows(&text) {
        return Ok(text);
    }
    let steps = full.ladder();
    let (mut low, mut high, mut best) = (0, steps.len(), None);
    while low < high {
        let middle = usize::midpoint(low, high);
        let Some(budget) = steps.get(middle) else { break };
        let text = render(template, *budget, true)?;
        if limit.allows(&text) {
            best = Some(text);
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    if let Some(text) = best {
        return Ok(text);
    }
    let text = render("bare", Budget::NOTHING, true)?;
    if limit.allows(&text) {
        Ok(text)
    } else {
        Err(ReportError::TooLong { length: text.len(), limit: limit.bytes })
    }
}

/// At most one empty line in a row, none at either end: templates may be written for people.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = true;
    for line in text.lines() {
        let line = line.trim_end();
        if line.is_empty() && empty {
            continue;
        }
        empty = line.is_empty();
        out.push_str(line);
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

#[cfg(test)]
mod tests;
