//! Prints the figures of `docs/calibration.md`: `cargo bench --bench backtest`, with another first seed as argument.
//!
//! Organisations that do not exist are forecast month by month; what came out is compared with what was expected.
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use weighbridge::cost::backtest::synthetic::Wildness;
use weighbridge::cost::backtest::{Evaluation, Trial};

fn main() {
    let first = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(800_000_u64);
    let usual =
        Trial { seeds: first..first + 40, volume: 1.0, wildness: Wildness::default(), train: 12, periods: 6 };
    let wild = |turns: f64, drift: f64| Trial { wildness: Wildness { turns, drift }, ..usual.clone() };
    let trials = [
        ("as in the tests", usual.clone()),
        ("a fifth of the runs", Trial { volume: 0.2, ..usual.clone() }),
        ("no drift", wild(0.9, 0.0)),
        ("twice the drift", wild(0.9, 2.0)),
        ("four times the drift", wild(0.9, 4.0)),
        ("heavier tails: sigma 1.2", wild(1.2, 1.0)),
        ("8 weeks of training", Trial { train: 8, ..usual.clone() }),
        ("26 weeks of training", Trial { train: 26, ..usual.clone() }),
    ];
    println!(
        "| organisations | workflow-months | coverage | below p10 | above p90 | bias | decided | WAPE: median | worst | runs enough for chance alone | WAPE: median | below 10 % |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|");
    for (name, trial) in trials {
        row(name, &trial.run());
    }
}

fn row(name: &str, evaluation: &Evaluation) {
    let (all, (below, above), decided) = (evaluation.all(), evaluation.misses(), evaluation.decided());
    let chance = evaluation.beyond_chance();
    let percent =
        |value: Option<&f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{:.1} %", value * 100.0));
    println!(
        "| {name} | {} | {:.1} % | {:.1} % | {:.1} % | {:+.1} % | {} of {} | {} | {} | {} | {} | {} |",
        all.periods,
        all.coverage * 100.0,
        below * 100.0,
        above * 100.0,
        all.bias * 100.0,
        decided.len(),
        evaluation.workflows.len(),
        percent(decided.get(decided.len() / 2)),
        percent(decided.last()),
        chance.len(),
        percent(chance.get(chance.len() / 2)),
        chance.iter().filter(|wape| **wape < 0.1).count(),
    );
}
