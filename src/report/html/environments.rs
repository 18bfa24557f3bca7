//! The section on environments of the page: every setting in every environment.

use super::page::{Column, Page};
use crate::base::Verdict;
use crate::base::text::{plural, truncate_end};
use crate::report::environments::{EnvironmentsReport, ParityTable, Standing};

/// Characters of a cell.
const CELL: usize = 120;

pub(super) fn section(page: &mut Page, report: &EnvironmentsReport) {
    page.section("Environments side by side");
    for table in &report.tables {
        one(page, table, report.tables.len() > 1);
    }
    if report.tables_left_out > 0 {
        page.paragraph(&format!(
            "{} left out",
            plural(
                report.tables_left_out,
                "more folder with environments is",
                "more folders with environments are"
            )
        ));
    }
    page.end_section();
}

fn one(page: &mut Page, table: &ParityTable, several: bool) {
    if several {
        page.raw("<h3>").text(table.folder.as_str()).raw("</h3>\n");
    }
    page.raw("<p>")
        .text(table.summary())
        .raw(". Models, budgets, data sources, secrets and flags may differ; nothing else may.</p>\n");
    if !table.rows.is_empty() {
        let mut columns = vec![Column::text("setting")];
        columns.extend(table.headings().iter().map(|name| Column::text(&truncate_end(name, 60))));
        columns.push(Column::text("difference"));
        page.table("Of secrets and variables only whether they are set, or by which reference", &columns);
    }
    for row in &table.rows {
        page.row();
        page.open_cell();
        page.text(truncate_end(&row.name, CELL))
            .raw(" <span class=\"quiet\">")
            .text(&row.kind)
            .raw("</span>");
        page.close_cell();
        for cell in &row.cells {
            page.open_cell();
            if let Some(base) = &cell.base {
                page.text(truncate_end(base, CELL))
                    .raw(" &rarr; <strong>")
                    .text(truncate_end(&cell.head, CELL))
                    .raw("</strong>");
            } else if cell.set {
                page.text(truncate_end(&cell.head, CELL));
            } else {
                page.raw("<span class=\"quiet\">").text(&cell.head).raw("</span>");
            }
            page.close_cell();
        }
        let verdict = match row.standing {
            Standing::MustNotDiffer => Verdict::Warn,
            Standing::MayDiffer | Standing::Same => Verdict::Skip,
        };
        if verdict == Verdict::Warn {
            page.verdict_cell(&row.words(), verdict);
        } else {
            page.cell(&row.words());
        }
    }
    if !table.rows.is_empty() {
        page.end_table();
    }
    let remarks = table.remarks();
    if !remarks.is_empty() {
        page.bullets(&remarks, 20);
    }
}
