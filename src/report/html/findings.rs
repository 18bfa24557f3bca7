//! The rest of the report on the page: findings, what clients read, notes.

use super::page::{Column, Page};
use crate::base::text::{plural, truncate_end, truncate_middle};
use crate::base::{Change, Finding, Severity, Verdict};
use crate::report::links::BlobLinks;
use crate::report::{RunReport, words};
use std::cmp::Reverse;

/// Findings shown; the rest are counted.
const SHOWN: usize = 300;

pub(super) fn sections(page: &mut Page, report: &RunReport, links: &BlobLinks) {
    // A report on cases alone looked for none.
    if report.cases.is_none() || !report.files.is_empty() {
        findings(page, report, links);
    }
    loads(page, report);
    let models = report.always_loaded.iter().map(words::model_note);
    let notes: Vec<String> =
        report.notes.iter().chain(&report.context.notes).cloned().chain(models).collect();
    if !notes.is_empty() {
        page.section("How these figures came about");
        page.bullets(&notes, 100);
        page.end_section();
    }
}

fn findings(page: &mut Page, report: &RunReport, links: &BlobLinks) {
    page.raw("<section class=\"long\">\n<h2>Findings</h2>\n");
    page.paragraph(&format!("{}.", words::findings_line(report)));
    let mut new: Vec<&Finding> = report.findings_that_are(Change::New).collect();
    new.sort_by_key(|finding| Reverse(finding.severity));
    if !new.is_empty() {
        page.table(
            "",
            &[Column::text("place"), Column::text("severity"), Column::text("rule"), Column::text("finding")],
        );
    }
    for finding in new.iter().take(SHOWN) {
        page.row();
        page.open_cell();
        let line = finding.place.span.map(|span| format!(":{}", span.start.line.max(1))).unwrap_or_default();
        let label = format!("{}{line}", truncate_middle(&finding.place.path.to_string(), 160));
        page.link(links.place(&finding.place).as_deref(), &label);
        page.close_cell();
        let verdict = match finding.severity {
            Severity::Error => Verdict::Block,
            Severity::Warning => Verdict::Warn,
            Severity::Info => Verdict::Skip,
        };
        page.verdict_cell(words::severity(finding.severity), verdict);
        page.cell(&truncate_end(&finding.rule, 60));
        page.open_cell();
        page.prose(&truncate_end(&finding.message, 600));
        if let Some(help) = &finding.help {
            page.raw("<br><span class=\"quiet\">").prose(&truncate_end(help, 600)).raw("</span>");
        }
        page.close_cell();
    }
    if !new.is_empty() {
        page.end_table();
    }
    if new.len() > SHOWN {
        let left = plural(new.len() - SHOWN, "more new finding", "more new findings");
        page.paragraph(&format!("{left} not shown here: the JSON report has them all."));
    }
    page.end_section();
}

fn loads(page: &mut Page, report: &RunReport) {
    if report.always_loaded.is_empty() {
        return;
    }
    page.section("Read on every call");
    page.table(
        "",
        &[
            Column::text("client"),
            Column::figures("tokens"),
            Column::figures("per 1,000 calls, uncached"),
            Column::figures("per 1,000 calls, cached"),
        ],
    );
    for load in &report.always_loaded {
        page.row();
        page.cell(load.client.title());
        page.cell(&words::token_change(load.head, load.base));
        page.cell(&words::price_change(load.fresh_per_1000.as_ref()));
        page.cell(&words::price_change(load.cached_per_1000.as_ref()));
    }
    page.end_table();
    page.end_section();
}
