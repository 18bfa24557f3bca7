//! The report in every format.

use super::args::Format;
use super::error::CliError;
use super::printer::Printer;
use crate::base::{RepoPath, Tree};
use crate::host::Host;
use crate::report::markdown::{self, Limit};
use crate::report::{
    RuleInfo, RunReport, annotations, code_quality, csv, html, json, junit, sarif, terminal,
};
use crate::secrets::scrub;
use std::path::Path;
use std::sync::Arc;

/// Files larger than this are not quoted in the terminal, in bytes.
const MAX_QUOTED_BYTES: u64 = 1024 * 1024;

/// The report as text. `head` is where quoted lines come from.
pub(super) fn render(
    report: &RunReport,
    format: Format,
    head: &Arc<dyn Tree>,
    printer: &Printer,
) -> Result<String, CliError> {
    let text = match format {
        Format::Terminal => {
            let mut shown = report.clone();
            if printer.quiet() {
                shown.hints.clear();
            }
            let options = terminal::Options { colour: printer.color(), ..terminal::Options::default() };
            terminal::render(&shown, options, &|path: &RepoPath| {
                let bytes = head.read(path, MAX_QUOTED_BYTES).ok()?;
                std::str::from_utf8(&bytes).ok().map(Arc::from)
            })
        }
        Format::Markdown => markdown::comment(report, Limit::GITHUB_COMMENT)?,
        Format::Json => json::render(report)?,
        Format::Sarif => sarif::render(report, &rules(report))?,
        Format::Junit => junit::render(report)?,
        Format::CodeQuality => code_quality::render(report)?,
        Format::Github => annotations::workflow_commands(report),
        Format::Html => html::render(report),
        Format::Csv => csv::render(report),
    };
    Ok(without_secrets(text))
}

/// The last look at a text before it is written to a file or posted; what is printed passes `printer`.
pub(super) fn without_secrets(text: String) -> String {
    match scrub(&text) {
        std::borrow::Cow::Borrowed(_) => text,
        std::borrow::Cow::Owned(clean) => clean,
    }
}

/// Looks up the rules a report mentions; the catalogue is read once.
fn rules(report: &RunReport) -> impl Fn(&str) -> Option<RuleInfo> + use<> {
    let all: std::collections::BTreeMap<String, RuleInfo> = if report.findings.is_empty() {
        std::collections::BTreeMap::new()
    } else {
        crate::rules::all()
            .into_iter()
            .map(|rule| {
                let info = RuleInfo { summary: rule.summary, help_uri: rule.source, category: rule.category };
                (rule.id, info)
            })
            .collect()
    };
    move |id| all.get(id).cloned()
}

/// Writes every format to a folder; the names are part of the interface.
pub(super) fn write_all(
    report: &RunReport,
    folder: &Path,
    head: &Arc<dyn Tree>,
    host: &dyn Host,
    printer: &Printer,
) -> Result<(), CliError> {
    for (name, format) in [
        ("report.json", Format::Json),
        ("comment.md", Format::Markdown),
        ("report.sarif", Format::Sarif),
        ("junit.xml", Format::Junit),
        ("gl-code-quality.json", Format::CodeQuality),
        ("report.html", Format::Html),
        ("cost.csv", Format::Csv),
    ] {
        host.write_file(&folder.join(name), render(report, format, head, printer)?.as_bytes())?;
    }
    let summary = without_secrets(markdown::summary(report, Limit::STEP_SUMMARY)?);
    host.write_file(&folder.join("summary.md"), summary.as_bytes())?;
    Ok(())
}
