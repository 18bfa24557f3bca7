//! What the templates show: the report cut to a budget, in words, not yet escaped.

use super::approval::ApprovalView;
use super::budget::Budget;
use super::cases::CasesView;
use super::cost::CostView;
use super::environments::EnvironmentsView;
use crate::base::text::{plural, thousands, truncate_end, truncate_middle};
use crate::base::{Change, Count, Family, Finding, Place, RepoPath, Severity};
use crate::report::links::{BlobLinks, web_address};
use crate::report::{FileReport, FileState, RunReport, words};
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A longer record of a decision is in the report files only.
const MAX_RECORD: usize = 20_000;

/// The data of every template. All text is untrusted; the engine escapes it.
#[derive(Serialize)]
pub(super) struct View {
    headline: String,
    what_to_do: String,
    first: Option<Located>,
    cost: Option<String>,
    costs: Option<CostView>,
    environments: Option<EnvironmentsView>,
    approval: Option<ApprovalView>,
    cases: Option<CasesView>,
    record: Option<String>,
    has_base: bool,
    stages: Vec<Stage>,
    clients: Vec<Client>,
    causes: Part<Explained>,
    callouts: Part<Explained>,
    callouts_before: Part<Explained>,
    new_findings: Part<Group>,
    new_words: Option<String>,
    infos: Part<Group>,
    fixed: Part<Group>,
    unchanged: Part<Group>,
    files: Files,
    notes: Part<String>,
    hints: Vec<String>,
    shortened: bool,
    full_report: Option<String>,
    compared: String,
    made_by: String,
}

/// Some of many.
#[derive(Serialize)]
pub(super) struct Part<T> {
    pub(super) items: Vec<T>,
    /// `41 notes`.
    count: String,
    any: bool,
    /// `12 more warnings`, when some are left out.
    more: Option<String>,
}

#[derive(Serialize)]
struct Located {
    path: String,
    url: Option<String>,
    line: Option<u32>,
}

#[derive(Serialize)]
struct Stage {
    id: String,
    result: &'static str,
    summary: String,
}

#[derive(Serialize)]
struct Client {
    name: &'static str,
    model: String,
    tokens: String,
    fresh: String,
    cached: String,
}

#[derive(Serialize)]
struct Explained {
    path: String,
    url: Option<String>,
    part: Option<String>,
    text: String,
}

#[derive(Serialize)]
struct Group {
    path: String,
    url: Option<String>,
    findings: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    severity: &'static str,
    line: Option<String>,
    url: Option<String>,
    rule: String,
    message: String,
    help: Option<String>,
}

#[derive(Serialize)]
struct Files {
    title: String,
    any: bool,
    columns: Vec<&'static str>,
    rows: Vec<Row>,
    more: Option<String>,
}

#[derive(Serialize)]
struct Row {
    path: String,
    url: Option<String>,
    renamed_from: Option<String>,
    /// The row goes on with the file of the row above.
    continued: bool,
    kind: String,
    state: &'static str,
    part: String,
    tokens: Vec<String>,
}

/// Cuts texts and makes links.
pub(super) struct Maker<'a> {
    report: &'a RunReport,
    pub(super) budget: Budget,
    links: BlobLinks,
}

impl View {
    pub(super) fn new(report: &RunReport, budget: Budget, shortened: bool) -> Self {
        let maker = Maker { report, budget, links: BlobLinks::new(&report.context) };
        let of = |change, severity: &[Severity]| -> Vec<&Finding> {
            report.findings_that_are(change).filter(|finding| severity.contains(&finding.severity)).collect()
        };
        let all = [Severity::Error, Severity::Warning, Severity::Info];
        let errors = of(Change::New, &[Severity::Error]);
        let warnings = of(Change::New, &[Severity::Warning]);
        let new = words::new_tally(report);
        let new_words: Vec<String> = [(new.errors, "error"), (new.warnings, "warning")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| words::counted(count, what, report.has_base()))
            .collect();
        let to_do = words::what_to_do(report);
        let hints_used = usize::from(report.hints.first().is_some_and(|hint| {
            // Its first letter may have become a capital.
            let rest: String = hint.chars().skip(1).collect();
            !rest.is_empty() && to_do.ends_with(&rest)
        }));
        let limit = budget.text.max(200);
        Self {
            headline: truncate_end(&words::headline(report), limit),
            what_to_do: truncate_end(words::without_full_stop(&to_do), limit),
            first: errors.first().filter(|_| report.verdict == crate::base::Verdict::Block).map(|f| {
                Located {
                    path: maker.path(&f.place.path),
                    url: maker.url(f),
                    line: f.place.span.map(|span| span.start.line),
                }
            }),
            cost: words::cost(report),
            costs: report.cost.as_ref().map(|cost| CostView::new(&maker, cost)),
            environments: report.environments.as_ref().and_then(|found| EnvironmentsView::new(&maker, found)),
            approval: report.approval.as_ref().map(|approval| ApprovalView::new(&maker, approval)),
            cases: report.cases.as_ref().map(|cases| CasesView::new(&maker, cases)),
            record: report
                .approval
                .as_ref()
                .and_then(|approval| serde_json::to_string(approval.record.as_ref()?).ok())
                .filter(|record| record.len() <= MAX_RECORD),
            has_base: report.has_base(),
            stages: maker.stages(),
            clients: maker.clients(),
            causes: maker.explained(
                words::causes(report).into_iter().map(|c| (c.path, c.part, c.effect)),
                budget.causes,
                ("cause", "causes"),
            ),
            callouts: maker.callouts(true),
            callouts_before: maker.callouts(false),
            new_findings: maker.new_findings(&errors, &warnings),
            new_words: (!new_words.is_empty()).then(|| new_words.join(", ")),
            infos: maker.groups(&of(Change::New, &[Severity::Info]), budget.infos, ("note", "notes")),
            fixed: maker.groups(&of(Change::Fixed, &all), budget.fixed, ("finding", "findings")),
            unchanged: maker.groups(&of(Change::Unchanged, &all), budget.unchanged, ("finding", "findings")),
            files: maker.files(),
            notes: maker.notes(),
            hints: report.hints.iter().skip(hints_used).take(budget.hints).map(|h| maker.cut(h)).collect(),
            shortened,
            full_report: report.context.run_url.as_deref().and_then(web_address).map(str::to_owned),
            compared: maker.compared(),
            made_by: format!(
                "{} {}, rules {}, prices {}",
                report.tool.name,
                report.tool.version,
                truncate_end(&report.tool.rule_set, 60),
                truncate_end(&report.tool.price_book, 60)
            ),
        }
    }
}

impl Maker<'_> {
    pub(super) fn cut(&self, text: &str) -> String {
        truncate_end(words::without_full_stop(text), self.budget.text)
    }

    pub(super) fn path(&self, path: &RepoPath) -> String {
        truncate_middle(&path.to_string(), self.budget.text.min(160))
    }

    /// No link for what is not in head.
    fn url(&self, finding: &Finding) -> Option<String> {
        (finding.change != Change::Fixed).then(|| self.links.place(&finding.place)).flatten()
    }

    pub(super) fn file_url(&self, path: &RepoPath) -> Option<String> {
        self.links.place(&Place::file(path.clone()))
    }

    fn stages(&self) -> Vec<Stage> {
        let stages = self.report.stages.iter().take(self.budget.stages);
        stages
            .map(|stage| Stage {
                id: truncate_end(&stage.id, 40),
                result: words::stage_result(stage),
                summary: self.cut(&stage.summary),
            })
            .collect()
    }

    fn clients(&self) -> Vec<Client> {
        let loads = self.report.always_loaded.iter().take(self.budget.clients);
        loads
            .map(|load| Client {
                name: load.client.title(),
                model: truncate_end(&load.model, 60),
                tokens: words::token_change(load.head, load.base),
                fresh: words::price_change(load.fresh_per_1000.as_ref()),
                cached: words::price_change(load.cached_per_1000.as_ref()),
            })
            .collect()
    }

    fn explained(
        &self,
        items: impl ExactSizeIterator<Item = (RepoPath, String, String)>,
        limit: usize,
        names: (&str, &str),
    ) -> Part<Explained> {
        let total = items.len();
        let shown = items.take(limit).map(|(path, part, text)| Explained {
            url: self.file_url(&path),
            path: self.path(&path),
            part: (part != "whole").then(|| truncate_end(&part, 60)),
            text: self.cut(&text),
        });
        some(shown.collect(), total, limit, names)
    }

    /// What is not read in full: because of this change, or as before.
    fn callouts(&self, touched: bool) -> Part<Explained> {
        let mut callouts = words::callouts(self.report);
        callouts.retain(|callout| callout.touched == touched);
        let items = callouts.into_iter().map(|c| (c.path, c.part, c.effect));
        self.explained(items, self.budget.callouts, ("piece", "pieces"))
    }

    /// The first `limit` findings, grouped by file.
    fn groups(&self, findings: &[&Finding], limit: usize, names: (&str, &str)) -> Part<Group> {
        let mut by_path: BTreeMap<&RepoPath, Vec<&Finding>> = BTreeMap::new();
        for finding in findings.iter().take(limit) {
            by_path.entry(&finding.place.path).or_default().push(finding);
        }
        let groups = by_path.into_iter().map(|(path, findings)| self.group(path, &findings)).collect();
        some(groups, findings.len(), limit, names)
    }

    /// Errors and warnings together, the files with errors first.
    fn new_findings(&self, errors: &[&Finding], warnings: &[&Finding]) -> Part<Group> {
        let mut by_path: BTreeMap<&RepoPath, Vec<&Finding>> = BTreeMap::new();
        let shown = errors.iter().take(self.budget.errors).chain(warnings.iter().take(self.budget.warnings));
        for finding in shown {
            by_path.entry(&finding.place.path).or_default().push(finding);
        }
        let mut groups: Vec<_> = by_path.into_iter().collect();
        groups.sort_by_key(|(_, findings)| Reverse(findings.iter().map(|f| f.severity).max()));
        let groups: Vec<Group> =
            groups.into_iter().map(|(path, findings)| self.group(path, &findings)).collect();
        let left: Vec<String> = [
            (errors.len().saturating_sub(self.budget.errors), ("error", "errors")),
            (warnings.len().saturating_sub(self.budget.warnings), ("warning", "warnings")),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, names)| plural(count, &format!("more {}", names.0), &format!("more {}", names.1)))
        .collect();
        Part {
            any: !errors.is_empty() || !warnings.is_empty(),
            count: thousands((errors.len() + warnings.len()) as u64),
            more: (!left.is_empty()).then(|| left.join(" and ")),
            items: groups,
        }
    }

    fn group(&self, path: &RepoPath, findings: &[&Finding]) -> Group {
        let in_head = findings.iter().any(|finding| finding.change != Change::Fixed);
        let mut findings: Vec<&Finding> = findings.to_vec();
        findings.sort_by_key(|finding| (Reverse(finding.severity), finding.place.span));
        Group {
            path: self.path(path),
            url: in_head.then(|| self.file_url(path)).flatten(),
            findings: findings
                .iter()
                .map(|finding| Shown {
                    severity: words::severity(finding.severity),
                    line: finding.place.span.map(|span| format!("line {}", span.start.line.max(1))),
                    url: self.url(finding),
                    rule: truncate_end(&finding.rule, 60),
                    message: self.cut(&finding.message),
                    help: finding.help.as_deref().map(|help| self.cut(help)),
                })
                .collect(),
        }
    }

    /// The changed files; without a base the heaviest ones.
    fn files(&self) -> Files {
        let base = self.report.has_base();
        let mut files: Vec<&FileReport> =
            self.report.files.iter().filter(|file| !base || file.state != FileState::Unchanged).collect();
        if !base {
            files.sort_by_key(|file| Reverse(file.parts.iter().map(weight).sum::<u64>()));
        }
        let families = families(&files);
        let mut rows: Vec<Row> = Vec::new();
        let mut shown = 0;
        for file in &files {
            if rows.len() + file.parts.len().max(1) > self.budget.files {
                break;
            }
            rows.extend(self.rows(file, &families));
            shown += 1;
        }
        let count = plural(files.len(), "agent file", "agent files");
        Files {
            title: if base { format!("{count} changed") } else { format!("{count} by weight") },
            any: !files.is_empty(),
            columns: families.iter().map(|family| family.name()).collect(),
            rows,
            more: (shown < files.len())
                .then(|| plural(files.len() - shown, "more agent file", "more agent files")),
        }
    }

    fn rows(&self, file: &FileReport, families: &[Family]) -> Vec<Row> {
        let state = match file.state {
            _ if !self.report.has_base() => "",
            FileState::Added => "added",
            FileState::Modified => "modified",
            FileState::Renamed => "renamed",
            FileState::Removed => "removed",
            FileState::Unchanged => "unchanged",
        };
        let row = |continued, part: String, tokens| Row {
            continued,
            path: self.path(&file.path),
            url: (file.state != FileState::Removed).then(|| self.file_url(&file.path)).flatten(),
            renamed_from: file.renamed_from.as_ref().map(|from| self.path(from)),
            kind: truncate_end(&file.kind, 40),
            state,
            part,
            tokens,
        };
        if file.parts.is_empty() {
            return vec![row(false, String::new(), vec![String::new(); families.len()])];
        }
        let rows = file.parts.iter().enumerate().map(|(at, part)| {
            let tokens = families.iter().map(|family| {
                let of = |counts: &[Count]| counts.iter().find(|count| count.family == *family).copied();
                let base = of(&part.base).or_else(|| {
                    (file.state == FileState::Added).then(|| of(&part.head).map(nothing)).flatten()
                });
                of(&part.head).map_or_else(String::new, |head| words::token_change_short(head, base))
            });
            row(at > 0, truncate_end(&format!("{} ({})", part.part, part.when), 60), tokens.collect())
        });
        rows.collect()
    }

    fn notes(&self) -> Part<String> {
        let models = self.report.always_loaded.iter().map(words::model_note);
        let context = self.report.context.notes.iter().cloned();
        let all: Vec<String> = self.report.notes.iter().cloned().chain(context).chain(models).collect();
        let shown = all.iter().take(self.budget.notes).map(|note| self.cut(note)).collect();
        some(shown, all.len(), self.budget.notes, ("note", "notes"))
    }

    fn compared(&self) -> String {
        let compared = &self.report.compared;
        let head = truncate_end(words::short_revision(&compared.head), 60);
        let Some(base) = &compared.base else {
            return format!("Head `{head}`, no base: the whole repository");
        };
        let base = truncate_end(words::short_revision(base), 60);
        let files =
            compared.changed_files.map(|count| format!(", {} changed", plural(count, "file", "files")));
        format!("Head `{head}` against base `{base}`{}", files.unwrap_or_default())
    }
}

fn nothing(count: Count) -> Count {
    Count { tokens: 0, method: crate::base::Method::Exact, ..count }
}

fn weight(part: &crate::report::PartReport) -> u64 {
    part.head.iter().map(|count| count.tokens).max().unwrap_or(0)
}

/// The tokenizers that appear, in the order of the report.
fn families(files: &[&FileReport]) -> Vec<Family> {
    let mut families = Vec::new();
    for count in files.iter().flat_map(|file| &file.parts).flat_map(|part| part.head.iter().chain(&part.base))
    {
        if !families.contains(&count.family) {
            families.push(count.family);
        }
    }
    families
}

pub(super) fn some<T>(items: Vec<T>, total: usize, limit: usize, (one, many): (&str, &str)) -> Part<T> {
    let left = total.saturating_sub(limit);
    let word = if left == 1 { one } else { many };
    Part {
        items,
        any: total > 0,
        count: plural(total, one, many),
        more: (left > 0).then(|| format!("{} more {word}", thousands(left as u64))),
    }
}
