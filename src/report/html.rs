//! The report as one HTML page that needs nothing else: no script, no font, no picture, no network.
//!
//! Every picture stands beside the figures it shows, so that colour and shape carry nothing alone. The page
//! fits a phone and a sheet of paper, and follows the reader's choice of light or dark.

mod approval;
mod cases;
mod charts;
mod cost;
mod environments;
mod findings;
mod page;

use super::RunReport;
use super::links::BlobLinks;
use super::words;
use crate::base::text::truncate_end;
use page::{Column, Page};

/// The page.
pub fn render(report: &RunReport) -> String {
    let mut page = Page::default();
    page.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        // Nothing on this page may load or run anything, whatever was smuggled in.
        .raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n")
        .raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .raw("<meta name=\"referrer\" content=\"no-referrer\">\n")
        .raw("<meta name=\"color-scheme\" content=\"light dark\">\n<title>Weighbridge: ")
        .text(truncate_end(&words::headline(report), 200))
        .raw("</title>\n<style>\n")
        .raw(include_str!("html/style.css"))
        .raw("</style>\n</head>\n<body>\n");
    head(&mut page, report);
    page.raw("<main>\n");
    stages(&mut page, report);
    let links = BlobLinks::new(&report.context);
    if let Some(approval) = &report.approval {
        approval::section(&mut page, approval);
    }
    if let Some(cases) = &report.cases {
        cases::section(&mut page, cases);
    }
    if let Some(cost) = &report.cost {
        cost::sections(&mut page, cost, &links);
    }
    if let Some(found) = &report.environments {
        environments::section(&mut page, found);
    }
    findings::sections(&mut page, report, &links);
    page.raw("</main>\n");
    foot(&mut page, report);
    page.raw("</body>\n</html>\n");
    page.finish()
}

fn head(page: &mut Page, report: &RunReport) {
    page.raw("<header>\n<h1>Weighbridge: ").text(words::headline(report)).raw("</h1>\n<p>");
    page.prose(words::without_full_stop(&words::what_to_do(report))).raw(".");
    if let Some(cost) = words::cost(report) {
        page.raw(" <strong>").text(cost).raw("</strong>.");
    }
    page.raw("</p>\n<p class=\"quiet\">").text(compared(report)).raw("</p>\n</header>\n");
}

fn compared(report: &RunReport) -> String {
    let short = |revision: &str| truncate_end(words::short_revision(revision), 60);
    let change = report.context.change.as_ref().map(|change| format!(" (change {})", change.number));
    let repository = report.context.repository.as_ref().map(|name| format!("{}: ", truncate_end(name, 100)));
    let base = report.compared.base.as_deref().map_or_else(
        || ", no base: the whole repository".to_owned(),
        |base| format!(" against base {}", short(base)),
    );
    let head = short(&report.compared.head);
    format!("{}head {head}{base}{}", repository.unwrap_or_default(), change.unwrap_or_default())
}

fn stages(page: &mut Page, report: &RunReport) {
    if report.stages.is_empty() {
        return;
    }
    page.section("Stages");
    page.table("", &[Column::text("stage"), Column::text("result"), Column::text("what came out")]);
    for stage in &report.stages {
        page.row();
        page.cell(&stage.id);
        page.verdict_cell(words::stage_result(stage), stage.verdict);
        page.cell(&stage.summary);
    }
    page.end_table();
    page.end_section();
}

fn foot(page: &mut Page, report: &RunReport) {
    let tool = &report.tool;
    page.raw("<footer>\n<p>")
        .text(format!("{} {}, rules {}, prices {}", tool.name, tool.version, tool.rule_set, tool.price_book));
    page.raw("</p>\n</footer>\n");
}

#[cfg(test)]
mod tests;
