//! The report for a person at a terminal or reading a CI log: annotated source, figures, one last line.
//!
//! Colour helps and never carries meaning alone. Everything from the change goes through
//! [`escape::terminal`](super::escape::terminal), so that it can neither move the cursor nor command a runner.

mod approval;
mod cases;
mod cost;
mod environments;
mod snippet;

pub use environments::environments;

use super::escape::terminal as plain;
use super::{FileReport, FileState, RunReport, words};
use crate::base::text::{plural, truncate_end, truncate_middle};
use crate::base::{Change, Finding, RepoPath, Verdict};
use anstyle::{AnsiColor, Style};
use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::sync::Arc;
use unicode_width::UnicodeWidthStr;

/// How the report is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Colour and bold.
    pub colour: bool,
    /// Columns of the terminal; source is cut to it.
    pub width: usize,
    /// New findings shown with their source; the rest are counted.
    pub findings: usize,
    /// Changed files shown; the rest are counted.
    pub files: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { colour: false, width: 100, findings: 50, files: 30 }
    }
}

/// Looks up the text of a file of head; `None` where there is none to show.
pub type Source<'a> = &'a dyn Fn(&RepoPath) -> Option<Arc<str>>;

/// The report as text that ends with a line break.
pub fn render(report: &RunReport, options: Options, source: Source<'_>) -> String {
    let mut page = Page { report, options, out: String::new() };
    page.findings(source);
    page.stages();
    page.approval();
    page.cases();
    page.cost();
    page.environments();
    page.loads();
    page.files();
    page.notes_and_hints();
    page.last_line();
    page.out
}

struct Page<'a> {
    report: &'a RunReport,
    options: Options,
    out: String,
}

impl Page<'_> {
    fn line(&mut self, text: impl Display) {
        // Writing to a string does not fail.
        let _ = writeln!(self.out, "{text}");
    }

    fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn paint(&self, style: Style, text: impl Display) -> String {
        if self.options.colour { format!("{style}{text}{style:#}") } else { text.to_string() }
    }

    fn bold(&self, text: impl Display) -> String {
        self.paint(Style::new().bold(), text)
    }

    /// The gravest `findings` new findings in full, grouped by file.
    fn findings(&mut self, source: Source<'_>) {
        let mut new: Vec<&Finding> = self.report.findings_that_are(Change::New).collect();
        new.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        let left = new.len().saturating_sub(self.options.findings);
        new.truncate(self.options.findings);
        let mut by_path: BTreeMap<&RepoPath, Vec<&Finding>> = BTreeMap::new();
        for finding in new {
            by_path.entry(&finding.place.path).or_default().push(finding);
        }
        for (path, mut findings) in by_path {
            findings.sort_by_key(|finding| finding.place.span);
            let text = source(path);
            for finding in findings {
                self.gap();
                let shown = snippet::render(finding, text.as_deref(), self.options);
                self.line(shown);
            }
        }
        if left > 0 {
            self.gap();
            self.line(format!("{} not shown in full", plural(left, "more new finding", "more new findings")));
        }
    }

    fn stages(&mut self) {
        if self.report.stages.is_empty() {
            return;
        }
        self.gap();
        let rows: Vec<(String, &str, Verdict, String)> = self
            .report
            .stages
            .iter()
            .map(|stage| {
                let id = truncate_end(&plain(&stage.id), 20);
                (id, words::stage_result(stage), stage.verdict, plain(&stage.summary))
            })
            .collect();
        let id_width = rows.iter().map(|(id, ..)| id.width()).max().unwrap_or(0);
        let result_width = rows.iter().map(|(_, result, ..)| result.width()).max().unwrap_or(0);
        for (id, result, verdict, summary) in rows {
            let result = self.paint(style_of(verdict), pad(result, result_width));
            self.wrapped(
                &format!("{}  {result}  ", pad(&id, id_width)),
                id_width + result_width + 4,
                &summary,
            );
        }
        if !self.report.has_base() && !self.report.files.is_empty() {
            self.line("No base to compare with: this is a report on the whole repository");
        }
    }

    /// Writes `text` after `label`, broken between words; further lines begin `indent` columns in.
    fn wrapped(&mut self, label: &str, indent: usize, text: &str) {
        let label_width = anstream::adapter::strip_str(label).to_string().width();
        let width = self.options.width;
        let mut lines: Vec<String> = vec![String::new()];
        for word in text.split_whitespace() {
            let before = if lines.len() == 1 { label_width } else { indent };
            let room = width.saturating_sub(before).max(20);
            let Some(last) = lines.last_mut() else { continue };
            if last.is_empty() {
                last.push_str(word);
            } else if last.width() + 1 + word.width() <= room {
                last.push(' ');
                last.push_str(word);
            } else {
                lines.push(word.to_owned());
            }
        }
        for (at, line) in lines.iter().enumerate() {
            if at == 0 {
                self.line(format!("{label}{line}").trim_end());
            } else {
                // Never at the beginning of a line, where a CI runner looks for commands.
                self.line(format!("{}{}", " ".repeat(indent), plain(line)));
            }
        }
    }

    fn loads(&mut self) {
        if self.report.always_loaded.is_empty() {
            return;
        }
        self.gap();
        let heading = self.bold("Read on every call");
        self.line(heading);
        let clients: Vec<&str> = self.report.always_loaded.iter().map(|load| load.client.title()).collect();
        let width = clients.iter().map(|name| name.width()).max().unwrap_or(0);
        for load in &self.report.always_loaded {
            let label = format!("  {}  ", pad(load.client.title(), width));
            self.line(format!("{label}{} tokens", words::token_change(load.head, load.base)));
            let price = format!(
                "per 1,000 calls: {} uncached, {} cached",
                words::price_change(load.fresh_per_1000.as_ref()),
                words::price_change(load.cached_per_1000.as_ref())
            );
            self.line(format!("{}{price}", " ".repeat(width + 4)));
        }
        let causes = words::causes(self.report);
        let mut callouts = words::callouts(self.report);
        callouts.retain(|callout| callout.touched);
        let because = causes.iter().take(8).map(|c| (&c.path, &c.part, "", &c.effect));
        let unread = callouts.iter().take(12).map(|c| (&c.path, &c.part, ":", &c.effect));
        for (path, part, colon, effect) in because.chain(unread) {
            let part = if part == "whole" { String::new() } else { format!(" ({})", plain(part)) };
            let text = format!("{}{part}{colon} {}", short(path), plain(effect));
            self.wrapped("  - ", 4, &text);
        }
        let left = causes.len().saturating_sub(8) + callouts.len().saturating_sub(12);
        if left > 0 {
            self.line(format!("  - {left} more: --format json has them all"));
        }
    }

    fn files(&mut self) {
        if !self.report.has_base() {
            return;
        }
        let files: Vec<&FileReport> =
            self.report.files.iter().filter(|file| file.state != FileState::Unchanged).collect();
        if files.is_empty() {
            return;
        }
        self.gap();
        let heading = self.bold(format!("{} changed", plural(files.len(), "agent file", "agent files")));
        self.line(heading);
        for file in files.iter().take(self.options.files) {
            let from =
                file.renamed_from.as_ref().map(|from| format!(" (was {})", short(from))).unwrap_or_default();
            self.line(format!(
                "  {:<9} {}{from}, {}",
                state_name(file.state),
                short(&file.path),
                plain(&file.kind)
            ));
            for part in &file.parts {
                let tokens: Vec<String> = part
                    .head
                    .iter()
                    .map(|head| {
                        let base = part.base.iter().find(|base| base.family == head.family).copied();
                        format!("{} {}", words::token_change(*head, base), head.family.name())
                    })
                    .collect();
                let label = format!("{:12}{} ({}): ", "", plain(&part.part), plain(&part.when));
                self.wrapped(&label, 14, &tokens.join("; "));
            }
        }
        if files.len() > self.options.files {
            let left = plural(files.len() - self.options.files, "more agent file", "more agent files");
            self.line(format!("  {left}: --format json has them all"));
        }
    }

    fn notes_and_hints(&mut self) {
        let report = self.report;
        let models = report.always_loaded.iter().map(words::model_note);
        let notes: Vec<String> =
            report.notes.iter().chain(&report.context.notes).cloned().chain(models).collect();
        for (style, label, texts, limit) in [
            (Style::new().dimmed(), "note:", &notes, 20),
            (AnsiColor::Cyan.on_default().bold(), "hint:", &report.hints, 10),
        ] {
            if !texts.is_empty() {
                self.gap();
            }
            for text in texts.iter().take(limit) {
                let label = self.paint(style, label);
                self.wrapped(&format!("{label} "), 6, &plain(text));
            }
        }
    }

    fn last_line(&mut self) {
        self.gap();
        let text = plain(&words::last_line(self.report));
        let text = self.paint(style_of(self.report.verdict), text);
        self.line(text);
    }
}

fn short(path: &RepoPath) -> String {
    truncate_middle(&plain(&path.to_string()), 80)
}

fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

const fn state_name(state: FileState) -> &'static str {
    match state {
        FileState::Added => "added",
        FileState::Modified => "modified",
        FileState::Renamed => "renamed",
        FileState::Removed => "removed",
        FileState::Unchanged => "unchanged",
    }
}

const fn style_of(verdict: Verdict) -> Style {
    let colour = match verdict {
        Verdict::Skip => return Style::new().bold(),
        Verdict::Pass => AnsiColor::Green,
        Verdict::Warn | Verdict::NeedsApproval => AnsiColor::Yellow,
        Verdict::Block | Verdict::Error => AnsiColor::Red,
    };
    colour.on_default().bold()
}

#[cfg(test)]
mod tests;
