//! `weighbridge calibrate`: recorded runs to what the projection needs to know of agents, and how far to trust it.

use super::args::CalibrateArgs;
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use super::source;
use crate::base::{MemoryTree, Tree, Usd};
use crate::cost::calibrate::fit::{AgentFit, FitSettings};
use crate::cost::calibrate::score::{Runs, Score};
use crate::cost::calibrate::{Calibration, MIN_DAYS, WorkflowFit, back_test_runs, calibrate};
use crate::cost::prices::overrides::Overrides;
use crate::cost::prices::{Book, Embedded};
use crate::cost::rates::Rates;
use crate::cost::recorded::{
    BadLine, Format, Mapping, Options, ReadError, Reader, Recorded, UNNAMED, Unread,
};
use crate::host::Host;
use crate::report::escape;
use crate::stage::prices_in_force;
use anyhow::Context as _;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive as _;
use serde::Serialize;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;

#[cfg(test)]
mod tests;

/// Spend logs of a large organisation have a few hundred megabytes a month.
const MAX_FILE_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// A mapping has a few lines.
const MAX_MAPPING_BYTES: u64 = 64 * 1024;
/// So many bad lines are shown.
const SHOWN: usize = 5;
/// After so many names of no model, no other name is looked for: a column of ids was taken for that of the model.
const MAX_UNKNOWN_MODELS: usize = 1_000;

/// What was read, for the JSON.
#[derive(Serialize)]
struct Read {
    files: BTreeMap<String, Format>,
    runs: usize,
    calls: usize,
    duplicates: u64,
    bad_lines: u64,
    bad: Vec<BadLine>,
    left_out: BTreeMap<&'static str, u64>,
    unread: BTreeMap<&'static str, Unread>,
    refused: Vec<String>,
}

#[derive(Serialize)]
struct Output<'a> {
    read: &'a Read,
    calibration: &'a Calibration,
    #[serde(skip_serializing_if = "Option::is_none")]
    back_test: Option<&'a BTreeMap<String, Score>>,
}

/// Runs.
pub(super) fn run(args: &CalibrateArgs, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let mapping = args.mapping.as_ref().map(|path| mapping(path, host)).transpose()?;
    let mut reader = Reader::new(Options { workflow: args.workflow.clone(), mapping, now: Some(host.now()) });
    let (mut files, mut not_read) = (BTreeMap::new(), Vec::new());
    let progress = printer.progress("reading recorded runs");
    for path in &args.files {
        let bytes = host.read_file(&host.current_dir().join(path), MAX_FILE_BYTES)?;
        let name = path.display().to_string();
        match reader.read(&name, &bytes) {
            Ok(format) => {
                files.insert(name, format);
            }
            Err(error) => not_read.push(error),
        }
        progress.tick();
    }
    progress.finish();
    // One of many transcripts may be empty, and says nothing of the others.
    if let Some(error) = not_read.first().filter(|_| files.is_empty()) {
        return Err(CliError::Usage {
            message: error.to_string(),
            help: "say with --mapping FILE what the columns mean; docs/calibration.md has an example"
                .to_owned(),
        });
    }
    let recorded = reader.finish();
    let (mut read, mut runs) = (summary(&recorded, files, &not_read), recorded.runs());
    read.runs = runs.len();
    if runs.is_empty() {
        complain(&read, printer);
        return Err(CliError::Usage {
            message: "there is no recorded call in these files".to_owned(),
            help: "`weighbridge calibrate --help` says what is read".to_owned(),
        });
    }
    // What was paid, where the repository says it; else list prices.
    let tree: Arc<dyn Tree> = match host.open_repository(&host.current_dir())? {
        Some(_) => host.open_dir(&source::root(None, host)?)?,
        None => Arc::new(MemoryTree::default()),
    };
    let config = source::config_of(&*tree)?;
    let book = prices_in_force(&*tree, &config.cost, &Overrides::default(), Arc::new(Embedded), host.now())
        .map_err(|faults| super::cmd_what_if::no_prices(&faults))?;
    let known = RefCell::default();
    let prices = |model: &str| price(&book, &known, model);
    let calibration = calibrate(&mut runs, &prices, &FitSettings::default());
    let back_test = args.backtest.then(|| back_test_runs(&runs, &prices));
    if let Some(path) = &args.out {
        let text = serde_json::to_string_pretty(&calibration).context("the calibration as JSON")?;
        host.write_file(&host.current_dir().join(path), format!("{text}\n").as_bytes())?;
    }
    if args.json {
        let output = Output { read: &read, calibration: &calibration, back_test: back_test.as_ref() };
        let text = serde_json::to_string_pretty(&output).context("the result as JSON")?;
        printer.data(&format!("{text}\n"))?;
    } else {
        printer.data(&table(&calibration, back_test.as_ref()))?;
    }
    complain(&read, printer);
    if let Some(path) = &args.out {
        printer.remark(&format!("wrote {}", path.display()));
    }
    Ok(Exit::Pass)
}

/// Prices that were looked for; how many names had none.
type Known = (HashMap<String, Option<Rates>>, usize);

/// What a model charges. Names are looked for once: that there is no such model takes long to find out.
fn price(book: &Book, known: &RefCell<Known>, model: &str) -> Option<Rates> {
    let (found, unknown) = &mut *known.borrow_mut();
    if let Some(rates) = found.get(model) {
        return rates.clone();
    }
    // Fast mode has prices of its own, which no list has.
    if *unknown >= MAX_UNKNOWN_MODELS || model.ends_with("-fast") {
        return None;
    }
    let rates = book.quote(model).ok().map(|quote| quote.rates.clone());
    *unknown += usize::from(rates.is_none());
    found.insert(model.to_owned(), rates.clone());
    rates
}

fn mapping(path: &std::path::Path, host: &dyn Host) -> Result<Mapping, CliError> {
    let bytes = host.read_file(&host.current_dir().join(path), MAX_MAPPING_BYTES)?;
    Mapping::parse(&String::from_utf8_lossy(&bytes)).map_err(|reason| CliError::Usage {
        message: format!("{}: {reason}", path.display()),
        help: "docs/calibration.md has an example of a mapping".to_owned(),
    })
}

fn summary(recorded: &Recorded, files: BTreeMap<String, Format>, not_read: &[ReadError]) -> Read {
    Read {
        files,
        runs: 0,
        calls: recorded.calls.len(),
        duplicates: recorded.duplicates,
        bad_lines: recorded.bad_lines,
        bad: recorded.bad.clone(),
        left_out: recorded.left_out.clone(),
        unread: recorded.unread.clone(),
        refused: not_read.iter().map(|error| format!("{}: {}", error.file, error.reason)).collect(),
    }
}

/// What was not used, and why.
fn complain(read: &Read, printer: &Printer) {
    for file in read.refused.iter().take(SHOWN) {
        printer.warning(&format!("not read: {file}"));
    }
    if read.refused.len() > SHOWN {
        printer.warning(&format!("not read: {} more files", read.refused.len() - SHOWN));
    }
    for (what, Unread { count, example }) in &read.unread {
        printer.warning(&format!("{count} could not be read: {what}; the first is `{example}`"));
    }
    for (reason, count) in &read.left_out {
        printer.remark(&format!("{count} left out: {reason}"));
    }
    if read.duplicates > 0 {
        printer.remark(&format!("{} records were copies of another one and count once", read.duplicates));
    }
    if read.bad_lines > 0 {
        printer.warning(&format!("{} lines could not be used", read.bad_lines));
        for line in read.bad.iter().take(SHOWN) {
            printer.remark(&format!("  {}: {}", line.place, line.reason));
        }
        let more = read.bad_lines.saturating_sub(SHOWN as u64);
        if more > 0 {
            printer.remark(&format!("  and {more} more"));
        }
    }
}

fn table(calibration: &Calibration, back_test: Option<&BTreeMap<String, Score>>) -> String {
    let mut out = String::new();
    for workflow in &calibration.workflows {
        head(&mut out, workflow);
        if let Some(scores) = back_test {
            let words = match scores.get(&workflow.name) {
                Some(score) => score_words(score),
                None => no_back_test(workflow).to_owned(),
            };
            let _ = writeln!(out, "  back-test: {words}");
        }
        let widest =
            workflow.agents.iter().map(|agent| agent.agent.chars().count()).max().unwrap_or(5).max(5);
        let _ = writeln!(
            out,
            "  {:<widest$} {:>7} {:>13} {:>9} {:>9} {:>9} {:>6} {:>6}  model",
            "agent", "runs", "turns p50/p90", "1st input", "in/turn", "out/turn", "cached", "1h"
        );
        for agent in &workflow.agents {
            row(&mut out, agent, widest);
        }
        for (skill, share) in &workflow.skills {
            let _ =
                writeln!(out, "  skill {}: in {:.0} % of the runs", escape::terminal(skill), share * 100.0);
        }
        out.push('\n');
    }
    out
}

fn head(out: &mut String, workflow: &WorkflowFit) {
    let _ = write!(out, "{}: {} runs", escape::terminal(&workflow.name), workflow.runs);
    if workflow.earlier_runs > 0 {
        let _ = write!(out, " under this configuration, {} before", workflow.earlier_runs);
    }
    if let Some(runs) = workflow.runs_per_month {
        let _ = write!(out, "; {} a month (p90 {})", runs.p50, runs.p90);
    }
    out.push('\n');
    if let Some(monthly) = workflow.monthly {
        let _ = writeln!(
            out,
            "  {} a month (p10 {}, p90 {}); {}",
            dollars(monthly.expected),
            dollars(monthly.p10),
            dollars(monthly.p90),
            runs_words(monthly.runs())
        );
    } else if let Some(reason) = no_month(workflow) {
        let _ = writeln!(out, "  {reason}");
    }
    for model in workflow.unpriced.iter().take(SHOWN) {
        let _ = if model == UNNAMED {
            writeln!(out, "  no cost: calls that name no model say no cost either")
        } else {
            writeln!(out, "  no cost: the price of {} is unknown", escape::terminal(model))
        };
    }
    if workflow.unpriced.len() > SHOWN {
        let _ = writeln!(out, "  no cost: nor is that of {} more", workflow.unpriced.len() - SHOWN);
    }
}

/// Why there is no forecast of a month, and what is known instead.
fn no_month(workflow: &WorkflowFit) -> Option<String> {
    let reason = match workflow.days {
        None => "no dates: no month can be forecast".to_owned(),
        Some(days) if days < MIN_DAYS => {
            format!(
                "insufficient data: recorded for {days:.1} days, and a month is forecast from {MIN_DAYS} on"
            )
        }
        // What costs nothing or has no price has no sum, which is said elsewhere.
        Some(_) => return None,
    };
    let run = workflow.cost_per_run.map(|cost| format!("; a run costs {} on average", dollars(cost)));
    Some(reason + &run.unwrap_or_default())
}

/// Why there is no back-test.
fn no_back_test(workflow: &WorkflowFit) -> &'static str {
    if !workflow.unpriced.is_empty() {
        "no price: there is nothing to compare"
    } else if workflow.days.is_none() {
        "no dates: there is nothing to compare"
    } else {
        "insufficient data: fewer than twelve weeks were recorded"
    }
}

fn row(out: &mut String, agent: &AgentFit, widest: usize) {
    let count = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.0}"));
    let share =
        |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{:.0} %", value * 100.0));
    let turns = agent.turns.map_or_else(|| "-".to_owned(), |turns| format!("{}/{}", turns.p50, turns.p90));
    let _ = writeln!(
        out,
        "  {:<widest$} {:>7} {:>13} {:>9} {:>9} {:>9} {:>6} {:>6}  {}",
        escape::terminal(&agent.agent),
        agent.runs,
        turns,
        count(agent.first_prompt),
        count(agent.input_per_turn),
        count(agent.output_per_turn),
        share(agent.cache_hit),
        share(agent.hour_share),
        escape::terminal(&agent.model)
    );
}

fn score_words(score: &Score) -> String {
    match score {
        Score::Measured(figures) => format!(
            "WAPE {:.1} %, bias {:+.1} %, {:.0} % of {} periods of four weeks between p10 and p90",
            figures.wape * 100.0,
            figures.bias * 100.0,
            figures.coverage * 100.0,
            figures.periods
        ),
        Score::InsufficientData(runs) => runs_words(*runs),
    }
}

fn runs_words(runs: Runs) -> String {
    match runs.needed {
        Some(needed) if runs.decide() => {
            format!("enough data: {:.0} runs, {:.0} needed", runs.have, needed.ceil())
        }
        Some(needed) => format!("insufficient data: {:.0} of {:.0} runs", runs.have, needed.ceil()),
        None => {
            format!("insufficient data: {:.0} runs, and drift alone moves it by 10 %", runs.have)
        }
    }
}

fn dollars(amount: f64) -> String {
    Decimal::from_f64(amount)
        .map_or_else(|| "beyond every amount".to_owned(), |amount| Usd::new(amount).to_string())
}
