//! The command line: what was typed ([`args`]), what was meant (`settings`), and the exit code ([`exit`]).
//!
//! The only room that prints, through [`printer`], and the only place where an error becomes text.

pub mod args;
mod cmd_accept;
mod cmd_audit;
mod cmd_cache;
mod cmd_calibrate;
mod cmd_completions;
mod cmd_decide;
mod cmd_doctor;
mod cmd_environments;
mod cmd_fix;
// Only in builds of developers: the schemas take 0.3 MB.
#[cfg(debug_assertions)]
mod cmd_generate;
mod cmd_hook;
mod cmd_loads;
mod cmd_lsp;
mod cmd_mcp;
mod cmd_prices;
mod cmd_rules;
mod cmd_run;
mod cmd_secrets;
mod cmd_selftest;
mod cmd_tokens;
mod cmd_triggers;
mod cmd_what_if;
pub mod error;
pub mod exit;
mod gate;
mod integration;
pub mod printer;
mod publish;
mod render;
mod settings;
mod source;

use crate::host::{Host, Var, supervisor};
use args::{Args, Command, CostCommand};
use clap::Parser;
use error::CliError;
use exit::Exit;
use printer::Printer;
use std::ffi::OsString;

/// Stack of a worker thread in bytes: hostile files nest deeply, and parsers recurse.
const WORKER_STACK_BYTES: usize = 32 * 1024 * 1024;

/// Runs the program. The result is its exit status.
pub fn run(arguments: impl IntoIterator<Item = OsString>, host: &dyn Host) -> Exit {
    let args = match Args::try_parse_from(arguments) {
        Ok(args) => args,
        Err(error) => {
            // clap knows which of its messages are help and which are errors.
            return if error.print().is_err() || error.use_stderr() { Exit::Usage } else { Exit::Pass };
        }
    };
    if let Command::Supervise(watched) = &args.command {
        return supervise(watched);
    }
    let printer = Printer::new(&args.output, host);
    start_logging(&args, host);
    // Fails only when a pool exists already, as in tests; then that one is used.
    let _ = rayon::ThreadPoolBuilder::new().stack_size(WORKER_STACK_BYTES).build_global();
    let outcome = match &args.command {
        Command::Run(run) => cmd_run::run(run, cmd_run::Scope::Everything, host, &printer),
        Command::Fix(args) => cmd_fix::run(args, host, &printer),
        Command::Hook(args) => cmd_hook::run(args, host, &printer),
        Command::Validate(args) if args.accept => cmd_accept::run(&args.run, host, &printer),
        Command::Validate(args) => {
            let scope = if args.only_changed { cmd_run::Scope::Changed } else { cmd_run::Scope::Validation };
            cmd_run::run(&args.run, scope, host, &printer)
        }
        Command::DryRun(run) => cmd_run::run(run, cmd_run::Scope::DryRun, host, &printer),
        Command::Integration(args) => integration::run(args, host, &printer),
        Command::Cache(args) => cmd_cache::run(args, host, &printer),
        Command::Cost(cost) => match &cost.plan {
            Some(CostCommand::WhatIf(plan)) => cmd_what_if::run(plan, host, &printer),
            None => cmd_run::run(&cost.run, cmd_run::Scope::Cost, host, &printer),
        },
        Command::Secrets(secrets) => cmd_secrets::run(secrets, host, &printer),
        Command::Decide(decide) => cmd_decide::run(decide, host, &printer),
        Command::Selftest(selftest) => cmd_selftest::run(selftest, host, &printer),
        Command::Audit(audit) => cmd_audit::run(audit, host, &printer),
        Command::Doctor(doctor) => cmd_doctor::run(doctor, host, &printer),
        Command::Loads(loads) => cmd_loads::run(loads, host, &printer),
        Command::Environments(args) => cmd_environments::run(args, host, &printer),
        Command::Tokens(tokens) => cmd_tokens::run(tokens, host, &printer),
        Command::Triggers(found) => cmd_triggers::run(found, host, &printer),
        Command::Prices(prices) => cmd_prices::run(prices, host, &printer),
        Command::Calibrate(calibrate) => cmd_calibrate::run(calibrate, host, &printer),
        Command::Mcp(mcp) => cmd_mcp::run(mcp, host, &printer),
        Command::Rules(rules) => cmd_rules::run(rules, &printer),
        Command::Lsp(lsp) => cmd_lsp::run(lsp, host, &printer),
        Command::Completions(shell) => cmd_completions::run(*shell, &printer),
        Command::Supervise(watched) => return supervise(watched),
        #[cfg(debug_assertions)]
        Command::Generate(generate) => cmd_generate::run(generate, host, &printer),
    };
    outcome.unwrap_or_else(|error| fail(&error, &printer))
}

/// The process between us and a program we start. It says nothing, so it needs nothing else of this room.
fn supervise(args: &args::SuperviseArgs) -> Exit {
    let ended = match (args.launch, args.program.split_first()) {
        (Some(parent), Some((command, rest))) => supervisor::launch(parent, command, rest),
        (None, None) => supervisor::supervise(),
        _ => return Exit::Usage,
    };
    if ended == 0 { Exit::Pass } else { Exit::Environment }
}

fn fail(error: &CliError, printer: &Printer) -> Exit {
    if error.is_broken_pipe() {
        return Exit::Pass;
    }
    printer.error(error);
    error.exit()
}

fn start_logging(args: &Args, host: &dyn Host) {
    // What rmcp logs quotes servers; what has to be said about them is said by us, made visible and without secrets.
    let level = match args.output.verbose {
        0 => "warn,rmcp=off",
        1 => "weighbridge=info",
        2 => "weighbridge=debug",
        _ => "debug,rmcp=off",
    };
    let filter = host.env(Var::Log).unwrap_or_else(|| level.to_owned());
    let filter = tracing_subscriber::EnvFilter::try_new(filter)
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    // A second start, as in tests, keeps the first.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| printer::ScrubbedLog)
        .with_ansi(false)
        .without_time()
        .try_init();
}
