//! `weighbridge cost what-if`: planning on the same model as the projection.

use super::args::WhatIfArgs;
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use super::settings::Settings;
use super::{cmd_run, source};
use crate::base::Usd;
use crate::base::text::plural;
use crate::context;
use crate::cost::assumed::Spread;
use crate::cost::difference::{Difference, difference};
use crate::cost::project::price::Prices;
use crate::cost::what_if::{Change, Constraints, Plan, apply, cheapest};
use crate::cost::workflow::{CacheTtl, Workflow};
use crate::host::Host;
use crate::report::escape;
use crate::stage::pipeline;
use anyhow::Context as _;
use rust_decimal::Decimal;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Runs.
pub(super) fn run(args: &WhatIfArgs, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let changes = changes(args)?;
    if changes.is_empty() && !args.cheapest {
        return Err(CliError::Usage {
            message: "nothing is to be otherwise".to_owned(),
            help: "say what, such as `--model reviewer=claude-haiku-5-5`, `--turns 6..14`, `--cache off`, `--runs 5000`, \
                   or `--cheapest --use claude-haiku-5-5`"
                .to_owned(),
        });
    }
    let settings = Settings::new(args.path.as_ref(), &args.input, &super::args::ReportArgs::default(), host)?;
    let context = context::detect(host)?;
    let opened = source::open(&settings, &context, host)?;
    let progress = printer.progress("reading agent files");
    let cache = cmd_run::cache(&settings, &opened.root, host).1;
    let tick = || progress.tick();
    let inputs = cmd_run::inputs(opened, &settings, context, &cache, host, &tick);
    let outcome =
        pipeline::with_workflows(&inputs, |workflows, prices| answer(args, &changes, workflows, prices));
    progress.finish();
    let answer = outcome.map_err(|faults| no_prices(&faults))??;
    if args.json {
        let text = serde_json::to_string_pretty(&answer).context("the result as JSON")?;
        printer.data(&format!("{text}\n"))?;
    } else {
        printer.data(&table(&answer))?;
    }
    Ok(if answer.meets_limit == Some(false) { Exit::Block } else { Exit::Pass })
}

/// Prices that cannot be read: nothing can be said about the cost then.
pub(super) fn no_prices(faults: &[String]) -> CliError {
    CliError::Usage {
        message: format!("the prices in force cannot be read: {}", faults.join("; ")),
        help: "mend prices.lock or `prices:` in weighbridge.yaml; `weighbridge prices update` writes the lock anew"
            .to_owned(),
    }
}

#[derive(Serialize)]
struct Answer {
    per_month: Usd,
    then_per_month: Usd,
    difference: Usd,
    workflows: Vec<Row>,
    moves: Vec<MoveRow>,
    meets_limit: Option<bool>,
    unpriced: Vec<String>,
}

#[derive(Serialize)]
struct Row {
    workflow: String,
    per_run: Usd,
    then_per_run: Usd,
    per_month: Usd,
    then_per_month: Usd,
}

#[derive(Serialize)]
struct MoveRow {
    agent: String,
    from: Vec<String>,
    to: String,
    saves_per_month: Usd,
}

fn answer(
    args: &WhatIfArgs,
    changes: &[Change],
    workflows: &[Workflow],
    prices: Prices<'_>,
) -> Result<Answer, CliError> {
    let unknown = |error: &dyn std::fmt::Display| CliError::Usage {
        message: error.to_string(),
        help: "`weighbridge cost` lists workflows and agents".to_owned(),
    };
    let mut changed = apply(workflows, changes).map_err(|error| unknown(&error))?;
    let mut plan = None;
    if args.cheapest {
        let constraints = Constraints {
            models: args.models_to_use.clone(),
            keep: args.keep.iter().cloned().collect(),
            per_month: args.max_per_month,
        };
        let found = cheapest(&changed, &constraints, prices).map_err(|error| CliError::Usage {
            message: format!("no price is known for {}: {}", error.name, error.reason),
            help: "name a model that has one; `weighbridge prices show` lists some".to_owned(),
        })?;
        let moves: Vec<Change> = found
            .moves
            .iter()
            .map(|step| Change::Model { agent: Some(step.agent.clone()), model: step.to.clone() })
            .collect();
        changed = apply(&changed, &moves).map_err(|error| unknown(&error))?;
        plan = Some(found);
    }
    let compared = difference(workflows, &changed, &BTreeMap::new(), prices);
    Ok(shown(&compared, plan))
}

fn shown(compared: &Difference, plan: Option<Plan>) -> Answer {
    let usd = |amount: Decimal| Usd::new(amount.normalize());
    let (before, after) = compared.per_month();
    let mut unpriced: Vec<String> = compared
        .workflows
        .iter()
        .filter_map(|workflow| workflow.head.as_ref())
        .flat_map(|cost| cost.unpriced.iter().map(|model| model.name.clone()))
        .collect();
    unpriced.sort();
    unpriced.dedup();
    let rows = compared.workflows.iter().map(|workflow| {
        let run = |cost: &Option<crate::cost::project::WorkflowCost>| {
            cost.as_ref().map_or(Decimal::ZERO, |cost| cost.per_run)
        };
        let month = |cost: &Option<crate::cost::project::WorkflowCost>| {
            cost.as_ref().map_or(Decimal::ZERO, crate::cost::project::WorkflowCost::per_month)
        };
        Row {
            workflow: workflow.name().to_owned(),
            per_run: usd(run(&workflow.base)),
            then_per_run: usd(run(&workflow.head)),
            per_month: usd(month(&workflow.base)),
            then_per_month: usd(month(&workflow.head)),
        }
    });
    Answer {
        per_month: usd(before),
        then_per_month: usd(after),
        difference: usd(after - before),
        workflows: rows.collect(),
        meets_limit: plan.as_ref().map(|plan| plan.meets_limit),
        moves: plan.map_or_else(Vec::new, |plan| {
            let moves = plan.moves.into_iter();
            moves
                .map(|step| MoveRow {
                    agent: step.agent,
                    from: step.from.into_iter().collect(),
                    to: step.to,
                    saves_per_month: usd(step.saves),
                })
                .collect()
        }),
        unpriced,
    }
}

fn table(answer: &Answer) -> String {
    let mut out = String::new();
    for step in &answer.moves {
        let _ = writeln!(
            out,
            "move {} from {} to {}: saves {} a month",
            escape::terminal(&step.agent),
            escape::terminal(&step.from.join(", ")),
            escape::terminal(&step.to),
            step.saves_per_month
        );
    }
    if !answer.moves.is_empty() {
        out.push('\n');
    }
    let _ = writeln!(out, "{:>12}{:>12}{:>14}{:>14}  workflow", "per run", "then", "per month", "then");
    for row in &answer.workflows {
        let _ = writeln!(
            out,
            "{:>12}{:>12}{:>14}{:>14}  {}",
            row.per_run.to_string(),
            row.then_per_run.to_string(),
            row.per_month.to_string(),
            row.then_per_month.to_string(),
            escape::terminal(&row.workflow)
        );
    }
    let _ = writeln!(
        out,
        "\n{} -> {} per month ({})",
        answer.per_month,
        answer.then_per_month,
        answer.difference.signed()
    );
    if !answer.unpriced.is_empty() {
        let _ = writeln!(
            out,
            "without {}: no price for {}",
            plural(answer.unpriced.len(), "model", "models"),
            escape::terminal(&answer.unpriced.join(", "))
        );
    }
    if answer.meets_limit == Some(false) {
        out.push_str("the limit cannot be met with these models\n");
    }
    out
}

/// `NAME=VALUE`, or `VALUE` for all.
fn named(text: &str) -> (Option<String>, &str) {
    match text.rsplit_once('=') {
        Some((name, value)) => (Some(name.trim().to_owned()), value.trim()),
        None => (None, text.trim()),
    }
}

fn changes(args: &WhatIfArgs) -> Result<Vec<Change>, CliError> {
    let wrong = |option: &str, text: &str, form: &str| CliError::Usage {
        message: format!("{option} {text} cannot be read"),
        help: format!("write {form}"),
    };
    let mut found = Vec::new();
    for text in &args.models {
        let (agent, model) = named(text);
        found.push(Change::Model { agent, model: model.to_owned() });
    }
    for text in &args.turns {
        let (agent, value) = named(text);
        let turns = spread(value).ok_or_else(|| wrong("--turns", text, "`12`, `6..14` or `AGENT=6..14`"))?;
        found.push(Change::Turns { agent, turns });
    }
    for text in &args.cache {
        let (agent, value) = named(text);
        let cache = <CacheTtl as clap::ValueEnum>::from_str(value, false)
            .map_err(|_reason| wrong("--cache", text, "`off`, `5m`, `1h` or `AGENT=off`"))?;
        found.push(Change::Cache { agent, cache });
    }
    for text in &args.parallel {
        let (agent, value) = named(text);
        let parallel = value.parse().ok().filter(|count| (1..=1000).contains(count));
        let parallel = parallel.ok_or_else(|| wrong("--parallel", text, "`3` or `AGENT=3`, up to 1,000"))?;
        found.push(Change::Parallel { agent, parallel });
    }
    for text in &args.runs {
        let (workflow, value) = named(text);
        let runs =
            spread(value).ok_or_else(|| wrong("--runs", text, "`5000`, `4000..9000` or `WORKFLOW=5000`"))?;
        found.push(Change::Runs { workflow, runs });
    }
    found.extend(args.drop.iter().map(|agent| Change::Drop { agent: agent.clone() }));
    Ok(found)
}

/// `12`, or median and 90th percentile as `6..14`.
fn spread(text: &str) -> Option<Spread> {
    let figure = |text: &str| {
        let figure: Decimal = text.trim().parse().ok()?;
        (figure > Decimal::ZERO && figure <= Decimal::from(1_000_000_000)).then_some(figure)
    };
    match text.split_once("..") {
        Some((p50, p90)) => {
            let spread = Spread { p50: figure(p50)?, p90: figure(p90)? };
            (spread.p50 <= spread.p90).then_some(spread)
        }
        None => figure(text).map(Spread::constant),
    }
}
