//! `weighbridge integration`: the cases against real models, under a spending limit, recorded.

mod drive;

use super::args::{IntegrationArgs, ReplyMode};
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use super::settings::Settings;
use super::{cmd_run, render, source};
use crate::base::{RepoPath, Tree, Verdict};
use crate::case::Case;
use crate::case::find::{find, is_foreign};
use crate::context;
use crate::eval::baseline::{self, Baseline};
use crate::eval::ledger::{Ledger, Limit};
use crate::eval::plan::plan;
use crate::eval::skill_triggers::{by_skill, trials};
use crate::eval::{Contexts, Conversation, Plan, REPLIES, Recordings};
use crate::evidence::bound::Bar;
use crate::host::Host;
use crate::report::cases::CasesReport;
use crate::report::{RunReport, StageReport};
use crate::stage::cache::Cache;
use crate::stage::triggers::triggers;
use crate::stage::{dry_run, pipeline};
use std::path::Path;
use std::sync::Arc;

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
    refuse_links(args, &folder, &opened.root, host)?;
    let head = Arc::clone(&opened.head.tree);
    let root = opened.root.clone();
    let recordings = match &args.replies {
        Some(_) => host.open_dir(&folder).map_or_else(|_| Recordings::empty(), Recordings::in_folder),
        None => Recordings::in_tree(&head),
    };
    // A file of its own: what is kept for `run` holds more than is looked at here.
    let stored = cmd_run::stored(&settings, &opened.root, host).map(|path| path.with_extension("prices.bin"));
    let known = stored.as_ref().and_then(|path| host.read_file(path, crate::stage::cache::MAX_BYTES).ok());
    let cache = known.map_or_else(Cache::default, |bytes| Cache::load(&bytes));
    let no_tick = || ();
    let inputs = cmd_run::inputs(opened, &settings, context, &cache, host, &no_tick);
    let evaluation = inputs.config.evaluation.clone();
    let limit = Limit {
        usd: args.limit_usd.or(evaluation.limit.usd),
        tokens: args.limit_tokens.or(evaluation.limit.tokens),
    };
    let ledger = Ledger::new(limit);
    let runtime = cmd_run::runtime()?;
    let baseline_file = match &args.baseline {
        Some(file) => host.current_dir().join(file),
        None => root.join(baseline::FILE),
    };
    let baseline = read_baseline(&baseline_file, args.baseline.is_some() && !args.save_baseline, host)?;
    let (mut new_baseline, mut left) = (None, Vec::new());
    let outcome = pipeline::with_cases(&inputs, |inspection, clients, prices| {
        let named = evaluation.named();
        let mut found = find(&*inspection.tree, &inspection.excluded, &|_| true);
        // What another tool reads and this one does not is no fault of the cases that can be run.
        let ours = |file: &str| {
            RepoPath::new(file).is_some_and(|path| {
                !is_foreign(&path) || named.is_match(path.as_str()) || recordings.has(&path)
            })
        };
        for error in found.errors.extract_if(.., |error| !ours(&error.file)) {
            left.push(error.to_string());
        }
        let wanted =
            |case: &Case| args.cases.is_empty() || args.cases.iter().any(|part| case.id.contains(part));
        let cases: Vec<Case> = found.cases.into_iter().filter(wanted).collect();
        let contexts = Contexts::new(&*inspection.tree, &inspection.repo, clients);
        let plans = plan(&cases, &contexts, evaluation.model.as_deref(), &evaluation.providers);
        let trials = match args.triggers {
            Some(repeat) => triggers(inspection)
                .map_or_else(Vec::new, |found| trials(&found.sets, &found.catalogue, repeat)),
            None => Vec::new(),
        };
        let trial_cases: Vec<Case> = trials.iter().map(|trial| trial.case.clone()).collect();
        let trial_plans = plan(&trial_cases, &contexts, evaluation.model.as_deref(), &evaluation.providers);
        let all = cases.iter().chain(&trial_cases);
        let count: u64 = all.map(|case| u64::from(case.repeat)).sum();
        let progress = printer.bar("asking models", count);
        let session = drive::Session::new(host, &contexts, &recordings, prices, &ledger, &evaluation)
            .recording(args.mode, &folder)
            .showing(&progress);
        let jobs = usize::from(args.jobs);
        let results = runtime.block_on(session.run_all(&plans, jobs));
        let tried = runtime.block_on(session.run_all(&trial_plans, jobs));
        progress.finish();
        let configurations: Vec<String> =
            plans.iter().map(|plan| configuration_of(plan, &contexts)).collect();
        let compared =
            baseline.as_ref().map_or_else(Vec::new, |known| known.compare(&results, &configurations));
        if args.save_baseline {
            new_baseline = Some(Baseline::of(&results, &configurations));
        }
        let skills = by_skill(&trials, &tried, Bar::default());
        for warning in session.warnings() {
            printer.warning(&warning);
        }
        let faults = found.errors.iter().map(ToString::to_string).collect();
        CasesReport::new(args.mode.name(), results, Vec::new(), faults, host.now())
            .with_compared(compared)
            .with_triggers(skills, tried, host.now())
    });
    let (mut report, cases) = outcome.map_err(|faults| super::cmd_what_if::no_prices(&faults))?;
    cmd_run::keep(stored.as_deref(), &cache, host);
    keep_baseline(new_baseline, &baseline_file, host, printer)?;
    let stage = stage(args, &cases);
    for reason in left.iter().take(20) {
        report.notes.push(format!("not run, since it is for another tool: {reason}"));
    }
    if cases.asked > 0 && limit == Limit::default() {
        report.notes.push(
            "no spending limit was set; set one with --limit-usd or `evaluation.limit` in weighbridge.yaml"
                .to_owned(),
        );
    }
    report.verdict = stage.verdict;
    report.stages = vec![stage];
    report.cases = Some(cases);
    show(args, &settings, &report, &head, host, printer)?;
    Ok(if args.run.report.exit_zero { Exit::Pass } else { Exit::from(report.verdict) })
}

/// What came out, in one line.
fn stage(args: &IntegrationArgs, cases: &CasesReport) -> StageReport {
    if cases.cases.is_empty() && cases.faults.is_empty() && cases.triggers.is_empty() {
        let summary = if args.cases.is_empty() {
            "nothing to run: there are no cases".to_owned()
        } else {
            "nothing to run: no case is called so".to_owned()
        };
        StageReport { id: ID.to_owned(), verdict: Verdict::Skip, summary }
    } else {
        StageReport { id: ID.to_owned(), ..dry_run::stage(cases) }
    }
}

/// Prints the report, and writes it where it was asked for.
fn show(
    args: &IntegrationArgs,
    settings: &Settings,
    report: &RunReport,
    head: &Arc<dyn Tree>,
    host: &dyn Host,
    printer: &Printer,
) -> Result<(), CliError> {
    let text = render::render(report, args.run.report.format, head, printer)?;
    match &args.run.report.output {
        Some(path) => host.write_file(&host.current_dir().join(path), text.as_bytes())?,
        None => printer.data(&text)?,
    }
    if let Some(folder) = &settings.report_dir {
        render::write_all(report, &host.current_dir().join(folder), head, host, printer)?;
    }
    Ok(())
}

/// Nothing is recorded through a link that leaves the repository.
fn refuse_links(args: &IntegrationArgs, folder: &Path, root: &Path, host: &dyn Host) -> Result<(), CliError> {
    if args.replies.is_none()
        && let (Ok(there), Ok(root)) = (host.real_path(folder), host.real_path(root))
        && !there.starts_with(&root)
    {
        return Err(CliError::Usage {
            message: format!(
                "{REPLIES} is a link that leaves the repository; nothing is recorded through it"
            ),
            help: "remove the link, or name the folder with --replies".to_owned(),
        });
    }
    Ok(())
}

/// The digest of what a case sends first.
fn configuration_of(plan: &Plan<'_>, contexts: &Contexts<'_>) -> String {
    let first = plan
        .asked
        .as_ref()
        .ok()
        .and_then(|asked| Conversation::new(plan.case, contexts, asked.clone()).ok()?.first_request());
    baseline::configuration(first.as_ref())
}

fn read_baseline(file: &Path, wanted: bool, host: &dyn Host) -> Result<Option<Baseline>, CliError> {
    let refused = |reason: String| CliError::Usage {
        message: format!("the baseline {} cannot be used: {reason}", file.display()),
        help: "write it anew with --save-baseline".to_owned(),
    };
    match host.read_file(file, baseline::MAX_BYTES) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            Baseline::parse(&text).map(Some).map_err(refused)
        }
        Err(error) if wanted => Err(refused(error.to_string())),
        Err(_) => Ok(None),
    }
}

/// Writes the baseline of a run that may become one; a run that may not says so and leaves the old one as it is.
fn keep_baseline(
    baseline: Option<Result<Baseline, String>>,
    file: &Path,
    host: &dyn Host,
    printer: &Printer,
) -> Result<(), CliError> {
    match baseline {
        None => {}
        Some(Ok(baseline)) => {
            let text = baseline.text().map_err(anyhow::Error::msg)?;
            host.write_file(file, text.as_bytes())?;
            printer.remark(&format!("kept {} as the baseline", file.display()));
        }
        Some(Err(reason)) => printer.warning(&format!("the baseline was left as it is: {reason}")),
    }
    Ok(())
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
