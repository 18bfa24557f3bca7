//! What the section on signatures shows: cut to a budget, in words, not yet escaped.

use super::view::{Maker, Part, some};
use crate::base::text::{plural, truncate_end};
use crate::report::approval::ApprovalReport;
use crate::report::links::web_address;
use serde::Serialize;

/// The data of `approval.hbs`.
#[derive(Serialize)]
pub(super) struct ApprovalView {
    emergency: Option<String>,
    faults: Vec<String>,
    asks: Part<Ask>,
    command: Option<String>,
    open: bool,
    statements_count: String,
    statements: Part<Statement>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Ask {
    rule: String,
    place: String,
    why: String,
    by: String,
    signed: String,
    open: bool,
}

#[derive(Serialize)]
struct Statement {
    with: String,
    by: String,
    url: Option<String>,
    amount: String,
    effect: &'static str,
    refused: bool,
    reason: String,
}

impl ApprovalView {
    pub(super) fn new(maker: &Maker<'_>, approval: &ApprovalReport) -> Self {
        let budget = maker.budget;
        let counted = approval.statements.iter().filter(|statement| statement.accepted).count();
        let total = approval.statements.len();
        let open = approval.outcome == "needs-approval";
        // The latest come last and matter most.
        let latest = approval.statements.iter().skip(total.saturating_sub(budget.statements));
        let shown: Vec<Statement> = latest
            .map(|one| Statement {
                with: one.with.clone(),
                by: truncate_end(&one.by, 60),
                url: one.url.as_deref().and_then(web_address).map(str::to_owned),
                amount: one.amount.map_or_else(String::new, |amount| amount.with_digits(2)),
                effect: one.effect(),
                refused: !one.accepted && !one.takes_back,
                reason: maker.cut(&one.reason),
            })
            .collect();
        let asks: Vec<Ask> = approval
            .asks
            .iter()
            .take(budget.asks)
            .map(|ask| Ask {
                rule: truncate_end(&ask.rule, 100),
                place: truncate_end(&ask.place, 100),
                why: maker.cut(&ask.why),
                by: truncate_end(&ask.by, budget.text),
                signed: match (ask.missing, ask.signed_by.is_empty()) {
                    (0, _) => truncate_end(&ask.signed_by.join(", "), 200),
                    (missing, true) => plural(missing as usize, "signature missing", "signatures missing"),
                    (missing, false) => {
                        format!("{}; {missing} more missing", truncate_end(&ask.signed_by.join(", "), 200))
                    }
                },
                open: ask.missing > 0,
            })
            .collect();
        Self {
            emergency: approval.emergency.as_deref().map(|words| maker.cut(words)),
            faults: approval.faults.iter().take(5).map(|fault| maker.cut(fault)).collect(),
            asks: some(asks, approval.asks.len(), budget.asks, ("ask", "asks")),
            command: (open && !approval.command.is_empty()).then(|| approval.command.clone()),
            open: open && total > 0,
            statements_count: format!(
                "{}, of which {} {}",
                plural(total, "statement", "statements"),
                counted,
                if counted == 1 { "counts" } else { "count" }
            ),
            statements: some(shown, total, budget.statements, ("statement", "statements")),
            notes: approval.notes.iter().take(budget.notes.min(5)).map(|note| maker.cut(note)).collect(),
        }
    }
}
