//! The section on cases of the page: what did not pass, and every conversation with what was held against it.

use super::page::{Column, Page};
use crate::base::Verdict;
use crate::base::text::{plural, thousands, truncate_end};
use crate::case::judge::Held;
use crate::case::transcript::Event;
use crate::eval::outcome::{CaseResult, RunResult, RunState};
use crate::report::cases::CasesReport;

/// Cases whose conversations are shown; the rest are in the JSON. Those that did not pass come first.
const CONVERSATIONS: usize = 200;
/// Runs of one case that are shown.
const RUNS: usize = 5;
/// Events of one conversation that are shown.
const EVENTS: usize = 60;
/// Characters of one event.
const CHARS: usize = 4_000;
/// Rows of each list.
const ROWS: usize = 200;

pub(super) fn section(page: &mut Page, cases: &CasesReport) {
    page.section("Cases");
    page.paragraph(&cases.summary());
    page.bullets(&cases.faults, ROWS);
    if !cases.weakened.is_empty() {
        page.paragraph("Weaker than base:");
        page.bullets(&cases.weakened, ROWS);
    }
    page.bullets(&cases.compared_lines(), ROWS);
    page.bullets(&cases.trigger_lines(), ROWS);
    page.table(
        "",
        &[
            Column::text("case"),
            Column::text("result"),
            Column::text("model"),
            Column::figures("repeats that pass"),
            Column::figures("model calls"),
            Column::figures("tokens"),
            Column::figures("cost"),
        ],
    );
    for case in cases.cases.iter().take(ROWS) {
        page.row();
        page.cell(&truncate_end(&case.id, 200));
        page.verdict_cell(case.state.words(), case.state.verdict());
        page.cell(&truncate_end(&case.model, 80));
        page.cell(&format!("{} of {}", case.passed, case.runs.len()));
        let turns: u32 = case.runs.iter().map(|run| run.transcript.turns).sum();
        page.cell(&thousands(u64::from(turns)));
        let tokens = case.runs.iter().map(|run| run.transcript.usage.total()).fold(0, u64::saturating_add);
        page.cell(&thousands(tokens));
        let cost: Option<rust_decimal::Decimal> = case.runs.iter().map(|run| run.transcript.cost).sum();
        page.cell(
            &cost.map_or_else(|| "unknown".to_owned(), |cost| crate::base::Usd::new(cost).with_digits(4)),
        );
    }
    page.end_table();
    if cases.cases.len() > ROWS {
        page.paragraph(&format!("{} more cases are in the JSON report", cases.cases.len() - ROWS));
    }
    page.end_section();
    let mut shown: Vec<&CaseResult> = cases.cases.iter().collect();
    shown.sort_by_key(|case| std::cmp::Reverse(case.state));
    if !shown.is_empty() {
        page.section("Conversations");
    }
    for case in shown.iter().take(CONVERSATIONS) {
        conversation(page, case);
    }
    if !shown.is_empty() {
        page.end_section();
    }
}

fn conversation(page: &mut Page, case: &CaseResult) {
    let open = case.state.verdict() > Verdict::Pass;
    page.raw(if open { "<details open=\"\">\n<summary>" } else { "<details>\n<summary>" });
    page.text(truncate_end(&case.id, 200)).raw(" ");
    page.badge(case.state.words(), case.state.verdict());
    page.raw("</summary>\n");
    for run in case.runs.iter().take(RUNS) {
        one_run(page, run, case.runs.len());
    }
    if case.runs.len() > RUNS {
        page.paragraph(&format!(
            "{} not shown here",
            plural(case.runs.len() - RUNS, "more repeat", "more repeats")
        ));
    }
    page.raw("</details>\n");
}

fn one_run(page: &mut Page, run: &RunResult, of: usize) {
    if of > 1 {
        page.paragraph(&format!("Repeat {} of {of}", run.repeat));
    }
    let why = match &run.state {
        RunState::Passed | RunState::Failed | RunState::NotJudged => Vec::new(),
        RunState::NotRecorded(reasons) => {
            reasons.iter().map(|reason| format!("not recorded: {reason}")).collect()
        }
        RunState::NotRun(reason) => vec![format!("not run: {reason}")],
        RunState::Error(reason) => vec![reason.clone()],
    };
    page.bullets(&why, ROWS);
    if !run.judged.is_empty() {
        page.table(
            "",
            &[
                Column::text("assertion"),
                Column::figures("line"),
                Column::text("result"),
                Column::text("why"),
            ],
        );
        for judged in run.judged.iter().take(ROWS) {
            let (words, verdict, reason) = match &judged.held {
                Held::Pass => ("holds", Verdict::Pass, ""),
                Held::Fail(reason) => ("does not hold", Verdict::Block, reason.as_str()),
                Held::NotJudged(reason) => ("not judged", Verdict::Warn, reason.as_str()),
                Held::Error(reason) => ("error", Verdict::Error, reason.as_str()),
            };
            page.row();
            page.cell(&judged.assertion);
            page.cell(&judged.line.to_string());
            page.verdict_cell(words, verdict);
            page.cell(&truncate_end(reason, 600));
        }
        page.end_table();
    }
    let events = &run.transcript.events;
    if events.is_empty() {
        return;
    }
    page.table("", &[Column::text("who"), Column::text("what")]);
    for event in events.iter().take(EVENTS) {
        page.row();
        let name = |agent: &str| if agent.is_empty() { "agent".to_owned() } else { truncate_end(agent, 60) };
        match event {
            Event::User { text } => said(page, "user", text),
            Event::Agent { agent, text } => said(page, &name(agent), text),
            Event::Call { agent, tool, arguments, result, failed } => {
                let mark = if *failed { "failed: " } else { "" };
                let text =
                    format!("{}({arguments})\n{mark}{}", truncate_end(tool, 80), truncate_end(result, CHARS));
                said(page, &format!("{} calls", name(agent)), &text);
            }
        }
    }
    page.end_table();
    if events.len() > EVENTS {
        page.paragraph(&format!("{} more events are in the JSON report", events.len() - EVENTS));
    }
}

fn said(page: &mut Page, who: &str, text: &str) {
    page.cell(who);
    page.open_cell();
    page.raw("<pre>");
    for line in truncate_end(text, CHARS).lines() {
        page.text(line).raw("\n");
    }
    page.raw("</pre>");
    page.close_cell();
}
