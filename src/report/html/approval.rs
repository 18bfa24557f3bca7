//! The section on signatures of the page.

use super::page::{Column, Page};
use crate::base::Verdict;
use crate::base::text::{plural, truncate_end};
use crate::report::approval::ApprovalReport;

/// Rows of each table; the rest are in the JSON.
const ROWS: usize = 100;

pub(super) fn section(page: &mut Page, approval: &ApprovalReport) {
    page.section("Signatures");
    if let Some(emergency) = &approval.emergency {
        page.paragraph(&format!("Let through in an emergency by {emergency}"));
    }
    page.bullets(&approval.faults, ROWS);
    if !approval.asks.is_empty() {
        let columns = ["asked for by", "why", "who may sign", "signed"];
        page.table("", &columns.map(Column::text));
        for ask in approval.asks.iter().take(ROWS) {
            page.row();
            page.cell(&truncate_end(&format!("{} {}", ask.rule, ask.place), 200));
            page.cell(&truncate_end(&ask.why, 600));
            page.cell(&truncate_end(&ask.by, 600));
            let missing = plural(ask.missing as usize, "signature missing", "signatures missing");
            match (ask.missing, ask.signed_by.join(", ")) {
                (0, names) => page.verdict_cell(&truncate_end(&names, 200), Verdict::Pass),
                (_, names) if names.is_empty() => page.verdict_cell(&missing, Verdict::NeedsApproval),
                (_, names) => {
                    page.verdict_cell(
                        &format!("{}; {missing}", truncate_end(&names, 200)),
                        Verdict::NeedsApproval,
                    );
                }
            }
        }
        page.end_table();
    }
    if !approval.statements.is_empty() {
        let columns =
            [Column::text("who"), Column::figures("amount"), Column::text("counts"), Column::text("why")];
        page.table("", &columns);
        for statement in approval.statements.iter().rev().take(ROWS) {
            page.row();
            page.open_cell();
            let label = format!("{} by {}", statement.with, truncate_end(&statement.by, 100));
            page.link(statement.url.as_deref().and_then(crate::report::links::web_address), &label);
            page.close_cell();
            page.cell(&statement.amount.map_or_else(String::new, |amount| amount.with_digits(2)));
            let verdict = if statement.accepted { Verdict::Pass } else { Verdict::Warn };
            page.verdict_cell(statement.effect(), verdict);
            page.open_cell();
            page.prose(&truncate_end(&statement.reason, 600));
            page.close_cell();
        }
        page.end_table();
    }
    page.bullets(&approval.notes, ROWS);
    page.end_section();
}
