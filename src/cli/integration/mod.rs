//! `weighbridge integration`: the cases against real models, under a spending limit, recorded.

mod drive;

use super::args::{IntegrationArgs, ReplyMode};
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use super::settings::Settings;
use super::{cmd_run, render, source};
use crate::base::Verdict;
use crate::case::Case;
use crate::case::find::find;
use crate::context;
use crate::eval::ledger::{Ledger, Limit};
use crate::eval::plan::plan;
use crate::eval::{Contexts, REPLIES, Recordings};
use crate::host::Host;
use crate::report::StageReport;
use crate::report::cases::CasesReport;
use crate::stage::{dry_run, pipeline};

/// The stage's name.
const ID: &str = "integration";

/// Runs.
pub(super) fn run(args: &IntegrationArgs, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let settings = Settings::new(args.run.path.as_ref(), &args.run.input, &args.run.report, host)?;
    let context = context::detect(host)?;
    let opened = source::open(&settings, &context, host)?;
    let folder = match &args.replies {
        Some(folder) => host.current_dir().join(folder),
        None => opened.root.join(REPLIES),
    };
    let head = std::sync::Arc::clone(&opened.head.tree);
    let recordings = match &args.replies {
        Some(_) => host.open_dir(&folder).map_or_else(|_| Recordings::empty(), Recordings::in_folder),
        None => Recordings::in_tree(&head),
    };
    let cache = cmd_run::cache(&settings, &opened.root, host).1;
    let no_tick = || ();
    let inputs = cmd_run::inputs(opened, &settings, context, &cache, host, &no_tick);
    let evaluation = inputs.config.evaluation.clone();
    let limit = Limit {
        usd: args.limit_usd.or(evaluation.limit.usd),
        tokens: args.limit_tokens.or(evaluation.limit.tokens),
    };
    let ledger = Ledger::new(limit);
    let runtime = cmd_run::runtime()?;
    let outcome = pipeline::with_cases(&inputs, |inspection, clients, prices| {
        let found = find(&*inspection.tree, &inspection.excluded);
        let wanted =
            |case: &Case| args.cases.is_empty() || args.cases.iter().any(|part| case.id.contains(part));
        let cases: Vec<Case> = found.cases.into_iter().filter(wanted).collect();
        let contexts = Contexts::new(&*inspection.tree, &inspection.repo, clients);
        let plans = plan(&cases, &contexts, evaluation.model.as_deref(), &evaluation.providers);
        let count: u64 = cases.iter().map(|case| u64::from(case.repeat)).sum();
        let progress = printer.bar("asking models", count);
        let session = drive::Session::new(host, &contexts, &recordings, prices, &ledger, &evaluation)
            .recording(args.mode, &folder)
            .showing(&progress);
        let results = runtime.block_on(session.run_all(&plans, usize::from(args.jobs)));
        progress.finish();
        for warning in session.warnings() {
            printer.warning(&warning);
        }
        let faults = found.errors.iter().map(ToString::to_string).collect();
        CasesReport::new(args.mode.name(), results, Vec::new(), faults, host.now())
    });
    let (mut report, cases) = outcome.map_err(|faults| super::cmd_what_if::no_prices(&faults))?;
    let stage = if cases.cases.is_empty() && cases.faults.is_empty() {
        let summary = if args.cases.is_empty() {
            "nothing to run: there are no cases".to_owned()
        } else {
            "nothing to run: no case is called so".to_owned()
        };
        StageReport { id: ID.to_owned(), verdict: Verdict::Skip, summary }
    } else {
        StageReport { id: ID.to_owned(), ..dry_run::stage(&cases) }
    };
    if cases.asked > 0 && limit == Limit::default() {
        report.notes.push(
            "no spending limit was set; set one with --limit-usd or `evaluation.limit` in weighbridge.yaml"
                .to_owned(),
        );
    }
    report.verdict = stage.verdict;
    report.stages = vec![stage];
    report.cases = Some(cases);
    let text = render::render(&report, args.run.report.format, &head, printer)?;
    match &args.run.report.output {
        Some(path) => host.write_file(&host.current_dir().join(path), text.as_bytes())?,
        None => printer.data(&text)?,
    }
    if let Some(folder) = &settings.report_dir {
        render::write_all(&report, &host.current_dir().join(folder), &head, host, printer)?;
    }
    Ok(if args.run.report.exit_zero { Exit::Pass } else { Exit::from(report.verdict) })
}

impl ReplyMode {
    /// The name used in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Replay => "replay",
            Self::Record => "record",
            Self::Refresh => "refresh",
            Self::Off => "off",
        }
    }
}
