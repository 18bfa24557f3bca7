//! `weighbridge run` and `weighbridge validate`.

use super::args::{Post, RunArgs};
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use super::settings::Settings;
use super::{gate, publish, render, source};
use crate::approval::ApprovalPolicy;
use crate::base::{Change, Verdict};
use crate::context::{self, Forge, PipelineContext};
use crate::eval::Recordings;
use crate::forge;
use crate::host::{Host, Var};
use crate::report::markdown::{self, Limit};
use crate::report::{RunReport, StageReport};
use crate::stage::cache::{self, Cache};
use crate::stage::dry_run;
use crate::stage::pipeline::{self, Inputs, Outcome};
use crate::stage::secrets::MAX_TEXTS;
use std::path::{Path, PathBuf};

/// How much is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// All stages; posts in CI.
    Everything,
    /// The validate stage; posts nothing.
    Validation,
    /// The validate stage over changed files alone; posts nothing.
    Changed,
    /// The cost stage; posts nothing.
    Cost,
    /// The dry-run stage; posts nothing.
    DryRun,
}

/// Runs.
pub(super) fn run(
    args: &RunArgs,
    scope: Scope,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Exit, CliError> {
    let settings = Settings::new(args.path.as_ref(), &args.input, &args.report, host)?;
    let context = context::detect(host)?;
    let posts = scope == Scope::Everything && context.forge != Forge::Local;
    // Only a run that talks to a forge pays for a runtime.
    let runtime = posts.then(runtime).transpose()?;
    let context = match &runtime {
        Some(runtime) => runtime.block_on(forge::complete(host, context)),
        None => context,
    };
    let judged = judge(&settings, scope, context.clone(), host, printer).and_then(|mut judged| {
        if scope == Scope::Everything {
            let terms = gate::Terms {
                policy: &judged.approvals,
                head: None,
                audit_log: settings.audit_log.as_deref(),
                posts: settings.post == Post::Auto && !args.report.dry_run,
            };
            gate::settle(&mut judged.evaluated, &terms, runtime.as_ref(), host, printer)?;
        }
        Ok(judged)
    });
    if let (Err(error), Some(runtime), false) = (&judged, &runtime, args.report.dry_run)
        && settings.post == Post::Auto
    {
        // Whatever went wrong: an earlier check of this commit must not go on saying that it may merge.
        publish::failure(&context, &error.to_string(), runtime, host, printer);
    }
    let Judged { evaluated: Outcome { mut report, .. }, head, .. } = judged?;
    if args.report.new_only {
        report.findings.retain(|finding| finding.change == Change::New);
    }

    let text = render::render(&report, args.report.format, &head, printer)?;
    match &args.report.output {
        Some(path) => host.write_file(&host.current_dir().join(path), text.as_bytes())?,
        None => printer.data(&text)?,
    }
    if let Some(folder) = &settings.report_dir {
        render::write_all(&report, &host.current_dir().join(folder), &head, host, printer)?;
    }
    let mut forge_answered = true;
    if let Some(runtime) = &runtime {
        let publication = publish::publication(&report)?;
        if args.report.dry_run {
            printer.data(&forge::plan(&report.context, &publication).to_string())?;
        } else {
            if settings.post == Post::Auto {
                forge_answered = publish::publish(&report, &publication, runtime, host, printer)?;
            }
            tell_the_job(&report, settings.report_dir.as_deref(), host)?;
        }
    }
    Ok(match Exit::from(report.verdict) {
        Exit::Environment => Exit::Environment,
        _ if !forge_answered => Exit::Environment,
        _ if args.report.exit_zero => Exit::Pass,
        exit => exit,
    })
}

pub(super) fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

/// What was judged, by which policy of signatures.
pub(super) struct Judged {
    pub(super) evaluated: Outcome,
    approvals: ApprovalPolicy,
    pub(super) head: std::sync::Arc<dyn crate::base::Tree>,
}

pub(super) fn judge(
    settings: &Settings,
    scope: Scope,
    context: PipelineContext,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Judged, CliError> {
    let opened = source::open(settings, &context, host)?;
    let (stored, cache) = cache(settings, &opened.root, host);
    let progress = printer.progress("reading agent files");
    let tick = || progress.tick();
    let mut inputs = inputs(opened, settings, context, &cache, host, &tick);
    inputs.with_cost = matches!(scope, Scope::Everything | Scope::Cost);
    inputs.only_changed = scope == Scope::Changed;
    if matches!(scope, Scope::Validation | Scope::Changed | Scope::Cost) {
        inputs.recordings = None;
    }
    let mut evaluated = pipeline::run(&inputs);
    let approvals = inputs.config.approvals.clone();
    progress.finish();
    match scope {
        Scope::Cost => only_cost(&mut evaluated.report),
        Scope::DryRun => only_cases(&mut evaluated.report),
        Scope::Everything | Scope::Validation | Scope::Changed => {}
    }
    keep(stored.as_deref(), &cache, host);
    let head = std::sync::Arc::clone(&evaluated.head);
    Ok(Judged { evaluated, approvals, head })
}

/// What is left of a report when only the cost was asked for.
fn only_cost(report: &mut RunReport) {
    report.stages.retain(|stage| stage.id == "cost");
    report.verdict = report.stages.iter().map(|stage| stage.verdict).max().unwrap_or(Verdict::Skip);
    report.findings.retain(|finding| crate::cost::declared::RULES.contains(&finding.rule.as_str()));
    report.environments = None;
    report.hints.clear();
}

/// What is left of a report when only the cases were asked for.
fn only_cases(report: &mut RunReport) {
    report.stages.retain(|stage| stage.id == dry_run::ID);
    if report.stages.is_empty() {
        let summary = "nothing to run: there are no files with cases (*.eval.yaml, evals/evals.json, promptfooconfig.yaml)";
        report.stages.push(StageReport {
            id: dry_run::ID.to_owned(),
            verdict: Verdict::Skip,
            summary: summary.to_owned(),
        });
    }
    report.verdict = report.stages.iter().map(|stage| stage.verdict).max().unwrap_or(Verdict::Skip);
    report.environments = None;
    report.findings.clear();
    report.files.clear();
    report.always_loaded.clear();
    report.notes.retain(|note| note.starts_with(dry_run::OTHERS));
    report.hints.clear();
}

/// Where results are kept, and those of earlier runs.
pub(super) fn cache(settings: &Settings, root: &Path, host: &dyn Host) -> (Option<PathBuf>, Cache) {
    let stored = stored(settings, root, host);
    let cache = stored
        .as_ref()
        .and_then(|path| host.read_file(path, cache::MAX_BYTES).ok())
        .map_or_else(Cache::default, |bytes| Cache::load(&bytes));
    (stored, cache.salted(|| host.nonce() + &host.nonce()))
}

/// Where results of this repository are kept.
pub(super) fn stored(settings: &Settings, root: &Path, host: &dyn Host) -> Option<PathBuf> {
    settings.cache_dir.as_ref().map(|folder| cache_file(folder, root, host))
}

/// Keeps results for the next run. A cache that cannot be written makes that slower, nothing else.
pub(super) fn keep(stored: Option<&Path>, cache: &Cache, host: &dyn Host) {
    if let Some(path) = stored
        && let Some(bytes) = cache.store(host.now())
        && let Err(error) = host.write_file(path, &bytes)
    {
        tracing::warn!("results are not kept for the next run: {error}");
    }
}

/// What the pipeline needs to know, of all stages.
pub(super) fn inputs<'a>(
    opened: source::Opened,
    settings: &'a Settings,
    context: PipelineContext,
    cache: &'a Cache,
    host: &dyn Host,
    tick: &'a (dyn Fn() + Sync),
) -> Inputs<'a> {
    let recordings = Some(Recordings::in_tree(&opened.head.tree));
    Inputs {
        head: opened.head,
        base: opened.base,
        whole: opened.whole,
        policy: opened.policy,
        changed_files: opened.changed_files,
        config: opened.config,
        config_pinned: settings.config.is_some(),
        prices: &settings.prices,
        clients: &settings.clients,
        context,
        cache,
        only_changed: false,
        with_cost: true,
        recordings,
        searched_texts: MAX_TEXTS,
        now: host.now(),
        notes: opened.notes,
        tick,
    }
}

/// One file for each repository, named by where it stands.
pub(super) fn cache_file(folder: &Path, root: &Path, host: &dyn Host) -> PathBuf {
    let real = host.real_path(root).unwrap_or_else(|_| root.to_owned());
    let digest = crate::rules::compare::line_digest(&real.to_string_lossy());
    folder.join(format!("results-{digest:016x}.bin"))
}

/// The job summary and the step's outputs.
pub(super) fn tell_the_job(
    report: &RunReport,
    report_dir: Option<&Path>,
    host: &dyn Host,
) -> Result<(), CliError> {
    if report.context.forge != Forge::Github {
        return Ok(());
    }
    let summary = render::without_secrets(markdown::summary(report, Limit::STEP_SUMMARY)?);
    forge::outputs::append_summary(host, &summary)?;
    let folder = report_dir.map(|folder| in_workspace(folder, host)).unwrap_or_default();
    let json = if folder.is_empty() { String::new() } else { format!("{folder}/report.json") };
    forge::outputs::write(host, &[("verdict", report.verdict.name()), ("report", &folder), ("json", &json)])?;
    Ok(())
}

/// Later steps run outside the container, where only paths relative to the workspace mean the same.
fn in_workspace(folder: &Path, host: &dyn Host) -> String {
    let workspace = host.env(Var::GithubWorkspace).map(PathBuf::from);
    let absolute = host.current_dir().join(folder);
    let relative = workspace.and_then(|workspace| absolute.strip_prefix(workspace).ok().map(Path::to_owned));
    relative.unwrap_or_else(|| folder.to_owned()).display().to_string()
}
