//! The cost as CSV, for a spreadsheet: one row for each workflow, phase, agent and kind of token.
//!
//! The rows of an agent add up to what it costs; nothing is in two rows. A cell without a figure is empty:
//! there is no base, or no price, which the last column tells apart from nothing to pay.

use super::cost::{AgentReport, UsdPair, WorkflowReport};
use super::{RunReport, escape};
use crate::base::Usd;
use rust_decimal::Decimal;

const HEADER: &str = "workflow,phase,agent,state,model,token_kind,runs_per_month,base_usd_per_run,head_usd_per_run,\
                      base_usd_per_month,head_usd_per_month,priced";

/// The figures as CSV (RFC 4180 with plain line breaks); only the header when there are none.
pub fn render(report: &RunReport) -> String {
    let mut out = format!("{HEADER}\n");
    for workflow in report.cost.iter().flat_map(|cost| &cost.workflows) {
        for agent in &workflow.agents {
            for row in rows(workflow, agent) {
                out.push_str(&row);
                out.push('\n');
            }
        }
    }
    out
}

fn rows(workflow: &WorkflowReport, agent: &AgentReport) -> Vec<String> {
    let row = |kind: &str, base: Option<Usd>, head: Option<Usd>| {
        let runs = workflow.runs_per_month.parse::<Decimal>().ok();
        let month = |amount: Option<Usd>, runs: Option<Decimal>| number(amount?.checked_mul(runs?));
        let texts = [workflow.name.as_str(), &agent.phase, &agent.agent, &agent.state, &agent.model, kind];
        let mut cells: Vec<String> = texts.into_iter().map(escape::csv).collect();
        cells.push(runs.map(|runs| runs.normalize().to_string()).unwrap_or_default());
        cells.extend([base, head].map(|amount| number(amount).unwrap_or_default()));
        cells.push(month(base, runs_of_base(workflow).or(runs)).unwrap_or_default());
        cells.push(month(head, runs).unwrap_or_default());
        cells.push(if agent.per_run.is_some() { "yes" } else { "no" }.to_owned());
        cells.join(",")
    };
    let Some(UsdPair { base, head }) = agent.per_run else { return vec![row("all", None, None)] };
    if agent.by_kind.is_empty() {
        return vec![row("all", base, Some(head))];
    }
    let mut rows: Vec<String> =
        agent.by_kind.iter().map(|kind| row(&kind.kind, kind.base_per_run, Some(kind.per_run))).collect();
    if base.is_some() && agent.by_kind.iter().all(|kind| kind.base_per_run.is_none()) {
        // Base is known as a whole only.
        rows.push(row("all", base, None));
    }
    rows
}

/// The report has the runs of head; those of base follow from what a run and a month cost there.
fn runs_of_base(workflow: &WorkflowReport) -> Option<Decimal> {
    workflow.per_month.base?.amount().checked_div(workflow.per_run.base?.amount())
}

/// Nine digits after the point: a spreadsheet keeps no more than fifteen in all.
fn number(amount: Option<Usd>) -> Option<String> {
    amount.map(|amount| amount.round(9).amount().normalize().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use proptest::prelude::*;

    /// The cells of a file, by the rules of RFC 4180.
    fn cells(text: &str) -> Vec<Vec<String>> {
        let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '"' if quoted && characters.peek() == Some(&'"') => {
                    cell.push('"');
                    characters.next();
                }
                '"' => quoted = !quoted,
                ',' if !quoted => row.push(std::mem::take(&mut cell)),
                '\n' if !quoted => {
                    row.push(std::mem::take(&mut cell));
                    rows.push(std::mem::take(&mut row));
                }
                character => cell.push(character),
            }
        }
        rows
    }

    #[test]
    fn the_sample_as_csv() {
        insta::assert_snapshot!(render(&sample::cost::costly()));
        assert_eq!(render(&sample::report()).lines().count(), 1);
    }

    #[test]
    fn the_rows_add_up_to_the_month() {
        let report = sample::cost::costly();
        let sum = |column: usize| -> Decimal {
            let rows = cells(&render(&report));
            rows.iter().skip(1).filter_map(|row| row[column].parse::<Decimal>().ok()).sum()
        };
        let pair = report.cost.as_ref().expect("a cost").per_month;
        let near = |sum: Decimal, exact: Usd| (sum - exact.amount()).abs() < Decimal::new(1, 4);
        assert!(near(sum(10), pair.head), "{} {}", sum(10), pair.head);
        assert!(near(sum(9), pair.base.expect("a base")), "{}", sum(9));
    }

    proptest! {
        #[test]
        fn a_name_stays_in_its_cell_and_is_no_formula(text in escape::tests::hostile_text()) {
            let names = [text.clone(), format!("=cmd({text})"), format!("-{text}"), format!("{text}\",\"{text}")];
            for name in names {
                let csv = render(&sample::flooded(2, &name));
                let rows = cells(&csv);
                prop_assert_eq!(csv.lines().count(), rows.len());
                for row in rows.iter().skip(1) {
                    prop_assert_eq!(row.len(), 12, "{:?}", row);
                    for cell in &row[..6] {
                        prop_assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']), "{}", cell);
                    }
                }
            }
        }
    }
}
