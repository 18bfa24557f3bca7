//! What the section on cases shows: cut to a budget, in words, not yet escaped.

use super::view::{Maker, Part, some};
use crate::eval::outcome::CaseState;
use crate::report::cases::{CasesReport, Trouble};
use serde::Serialize;

/// The data of `cases.hbs`.
#[derive(Serialize)]
pub(super) struct CasesView {
    summary: String,
    faults: Part<String>,
    troubles: Part<Shown>,
    weakened: Part<String>,
    compared: Part<String>,
    triggers: Part<String>,
    passed: Part<Passed>,
}

#[derive(Serialize)]
struct Shown {
    what: String,
    why: Vec<String>,
}

#[derive(Serialize)]
struct Passed {
    id: String,
    model: String,
    repeats: String,
    cost: String,
}

impl CasesView {
    pub(super) fn new(maker: &Maker<'_>, cases: &CasesReport) -> Self {
        let limit = maker.budget.cases;
        let cut = |texts: &[String], words| {
            let shown = texts.iter().take(limit).map(|text| maker.cut(text)).collect();
            some(shown, texts.len(), limit, words)
        };
        let troubles = cases.troubles();
        let total = troubles.len();
        let show = |trouble: Trouble| Shown {
            what: maker.cut(&trouble.what),
            why: trouble.why.iter().take(6).map(|reason| maker.cut(reason)).collect(),
        };
        let shown = troubles.into_iter().take(limit).map(show).collect();
        let passing = || cases.cases.iter().filter(|case| case.state == CaseState::Passed);
        let passed = passing()
            .take(limit)
            .map(|case| {
                let costs: Option<Vec<_>> = case.runs.iter().map(|run| run.transcript.cost).collect();
                let cost = costs.map(|costs| crate::base::Usd::new(costs.iter().sum()));
                Passed {
                    id: maker.cut(&case.id),
                    model: maker.cut(&case.model),
                    repeats: format!("{} of {}", case.passed, case.judged),
                    cost: cost.map_or_else(|| "unknown".to_owned(), |cost| cost.with_digits(4)),
                }
            })
            .collect();
        Self {
            summary: cases.summary(),
            faults: cut(&cases.faults, ("error", "errors")),
            troubles: some(shown, total, limit, ("run", "runs")),
            weakened: cut(&cases.weakened, ("line", "lines")),
            compared: cut(&cases.compared_lines(), ("line", "lines")),
            triggers: cut(&cases.trigger_lines(), ("line", "lines")),
            passed: some(passed, passing().count(), limit, ("case", "cases")),
        }
    }
}
