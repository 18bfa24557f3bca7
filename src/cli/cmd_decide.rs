//! `weighbridge decide`: the privileged half of the gate. Reads the change through the API and checks nothing out.

use super::args::{DecideArgs, InputArgs, Post};
use super::cmd_run::{runtime, tell_the_job};
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use super::settings::Settings;
use super::{gate, publish, render};
use crate::base::{RepoPath, Tree};
use crate::config::Config;
use crate::context::{self, BaseRef, ChangeRequest, Event, Forge, PipelineContext};
use crate::eval::Recordings;
use crate::forge::gate::{Gate, Line, Revisions};
use crate::forge::{self, CHECK_NAME};
use crate::host::Host;
use crate::stage::cache::Cache;
use crate::stage::pipeline::{self, Inputs, Outcome, Side};
use std::sync::Arc;
use tokio::runtime::Runtime;

/// How often files are fetched: the first listing, imports of imports, and what rules ask for.
const MAX_ROUNDS: usize = 12;

/// Runs.
pub(super) fn run(args: &DecideArgs, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let mut context = context::detect(host)?;
    if context.forge == Forge::Local {
        return Err(CliError::Usage {
            message: "there is nothing to decide here: this is not running in GitHub Actions or GitLab CI"
                .to_owned(),
            help: "`weighbridge run` judges a checkout, with --base against a revision".to_owned(),
        });
    }
    let input = InputArgs { clients: args.clients.clone(), ..InputArgs::default() };
    let settings = Settings::new(args.path.as_ref(), &input, &args.report, host)?;
    if let Some(config) = &settings.config {
        return Err(CliError::Usage {
            message: format!("{} would take the place of the policy", config.display()),
            help:
                "`decide` reads weighbridge.yaml of the target branch and no other; unset WEIGHBRIDGE_CONFIG"
                    .to_owned(),
        });
    }
    let runtime = runtime()?;
    if let Some(number) = args.change {
        name(&mut context, number);
    }
    let context = runtime.block_on(forge::complete(host, context));
    let Some(change) = &context.change else {
        for note in &context.notes {
            printer.remark(note);
        }
        printer.remark("nothing to decide: this run belongs to no pull or merge request");
        return Ok(Exit::Pass);
    };
    let number = change.number;
    match judge(args, &settings, number, &context, &runtime, host, printer) {
        Ok(exit) => Ok(exit),
        Err(error) => {
            // Whatever went wrong: an earlier check of this commit must not go on saying that it may merge.
            publish::failure(&context, &error.to_string(), &runtime, host, printer);
            Err(error)
        }
    }
}

/// The change was named on the command line: what the event says of another one does not matter.
fn name(context: &mut PipelineContext, number: u64) {
    if context.change.as_ref().is_some_and(|change| change.number == number) {
        return;
    }
    context.event = Event::Comment;
    context.head_sha = None;
    context.base = None;
    context.change = Some(ChangeRequest::numbered(number));
}

fn judge(
    args: &DecideArgs,
    settings: &Settings,
    number: u64,
    context: &PipelineContext,
    runtime: &Runtime,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Exit, CliError> {
    let line = Line::new(host);
    let unreachable = |reason: String| CliError::Forge(reason);
    let progress = printer.progress("reading the change");
    let tick = || progress.tick();
    // octocrab needs the runtime from the start.
    let gate = runtime.block_on(async { Gate::new(host, &line, context) }).map_err(unreachable)?;
    let mut revisions = runtime.block_on(gate.revisions(number)).map_err(unreachable)?;
    let mut whole = None;
    if let Some(folder) = settings.path.as_ref().filter(|path| path.as_os_str() != ".") {
        let below = folder.to_str().and_then(RepoPath::new).ok_or_else(|| CliError::Usage {
            message: format!("{} is no folder of a repository", folder.display()),
            help: "give the path from the root of the repository, such as `services/agents`".to_owned(),
        })?;
        whole = Some((Arc::clone(&revisions.base), Arc::clone(&revisions.head)));
        revisions.narrow(&below);
    }
    let mut context = context.clone();
    if context.event != Event::MergeQueue {
        context.head_sha = Some(revisions.head_sha.clone());
    }
    context.base = Some(BaseRef::Commit(revisions.base_sha.clone()));
    let mut rounds = 0;
    let (mut evaluated, policy) = loop {
        // The policy: that of the target branch as it is now.
        let config = super::source::config_of(&*revisions.policy);
        // What is wrong with a configuration is only known when all of it is here.
        let attempt = config
            .as_ref()
            .map(|config| evaluate(settings, &revisions, whole.clone(), config, &context, host, &tick));
        if !runtime.block_on(gate.fetch(&revisions)).map_err(unreachable)? {
            match attempt {
                Ok(found) => break (found, config?.approvals),
                Err(_) => {
                    return Err(config
                        .err()
                        .unwrap_or_else(|| CliError::Forge("no configuration".to_owned())));
                }
            }
        }
        rounds += 1;
        if rounds > MAX_ROUNDS {
            return Err(CliError::Forge("the files of the change name each other without an end".to_owned()));
        }
    };
    progress.finish();
    drop(gate);
    let terms = gate::Terms {
        policy: &policy,
        head: Some(&revisions.head_sha),
        audit_log: settings.audit_log.as_deref(),
        posts: settings.post == Post::Auto && !args.report.dry_run,
    };
    gate::settle(&mut evaluated, &terms, Some(runtime), host, printer)?;
    let report = evaluated.report;
    let text = render::render(&report, args.report.format, &revisions.head, printer)?;
    match &args.report.output {
        Some(path) => host.write_file(&host.current_dir().join(path), text.as_bytes())?,
        None => printer.data(&text)?,
    }
    if let Some(folder) = &settings.report_dir {
        render::write_all(&report, &host.current_dir().join(folder), &revisions.head, host, printer)?;
    }
    let publication = publish::publication(&report)?;
    if args.report.dry_run {
        printer.data(&forge::plan(&report.context, &publication).to_string())?;
    } else {
        let answered =
            settings.post != Post::Auto || publish::publish(&report, &publication, runtime, host, printer)?;
        tell_the_job(&report, settings.report_dir.as_deref(), host)?;
        if !answered {
            return Ok(Exit::Environment);
        }
    }
    Ok(if args.report.exit_zero { Exit::Pass } else { Exit::from(report.verdict) })
}

fn evaluate(
    settings: &Settings,
    revisions: &Revisions,
    whole: Option<(Arc<dyn Tree>, Arc<dyn Tree>)>,
    config: &Config,
    context: &PipelineContext,
    host: &dyn Host,
    tick: &(dyn Fn() + Sync),
) -> Outcome {
    let side = |sha: &str, tree: &Arc<dyn Tree>| Side {
        name: sha.chars().take(12).collect(),
        tree: Arc::clone(tree),
    };
    let cache = Cache::default();
    pipeline::run(&Inputs {
        head: side(&revisions.head_sha, &revisions.head),
        base: Some(side(&revisions.base_sha, &revisions.base)),
        whole,
        policy: Some(side(&revisions.policy_sha, &revisions.policy)),
        changed_files: None,
        config: config.clone(),
        config_pinned: false,
        prices: &settings.prices,
        clients: &settings.clients,
        context: context.clone(),
        only_changed: false,
        with_cost: true,
        recordings: Some(Recordings::in_tree(&revisions.head)),
        cache: &cache,
        now: host.now(),
        notes: Vec::new(),
        tick,
    })
}

/// What a decision is called on the forge.
pub(super) fn failed(words: &str) -> forge::CheckReport {
    forge::CheckReport {
        name: CHECK_NAME.to_owned(),
        title: format!("could not be decided: {words}"),
        summary: "The gate could not decide, and what it cannot tell it does not let pass.".to_owned(),
        text: None,
        conclusion: forge::Conclusion::Failure,
        annotations: Vec::new(),
        details_url: None,
    }
}
