//! `weighbridge hook`: checks what is staged before git commits it.

use super::args::{Format, HookArgs, HookCommand, InputArgs, ReportArgs, RunArgs};
use super::cmd_run::{Scope, judge};
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use super::settings::Settings;
use super::{render, source};
use crate::base::{Change, Severity, Verdict};
use crate::context;
use crate::host::Host;

/// The line by which our own hook is known.
const MARK: &str = "# Installed by `weighbridge hook install`";

/// The hook. Git runs it in the working tree, with the index of the commit at hand in the environment.
const HOOK: &str = "#!/bin/sh
# Installed by `weighbridge hook install`. Checks the agent files of what is about to be committed.
if ! command -v weighbridge >/dev/null 2>&1; then
  echo 'weighbridge is not on PATH, so nothing was checked; `git commit --no-verify` commits nevertheless' >&2
  exit 1
fi
exec weighbridge hook run
";

/// Runs.
pub(super) fn run(args: &HookArgs, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    match &args.command {
        HookCommand::Install(path) => install(path.path.as_ref(), host, printer),
        HookCommand::Uninstall(path) => uninstall(path.path.as_ref(), host, printer),
        HookCommand::Run(path) => check(path.path.as_ref(), host, printer),
    }
}

fn hook_file(path: Option<&std::path::PathBuf>, host: &dyn Host) -> Result<std::path::PathBuf, CliError> {
    let root = source::root(path, host)?;
    let repository = host.open_repository(&root)?.ok_or_else(|| CliError::Usage {
        message: format!("{} is not in a git repository", root.display()),
        help: "run it in a clone".to_owned(),
    })?;
    Ok(repository.hooks_dir().join("pre-commit"))
}

fn install(path: Option<&std::path::PathBuf>, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let file = hook_file(path, host)?;
    if let Some(known) = read(&file, host)
        && !known.contains(MARK)
    {
        return Err(CliError::Usage {
            message: format!("there is another hook in {}, which is left as it is", file.display()),
            help: "add the line `weighbridge hook run || exit 1` to it".to_owned(),
        });
    }
    host.write_file(&file, HOOK.as_bytes())?;
    host.make_executable(&file)?;
    printer.remark(&format!("installed {}: agent files are checked before every commit", file.display()));
    Ok(Exit::Pass)
}

fn uninstall(
    path: Option<&std::path::PathBuf>,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Exit, CliError> {
    let file = hook_file(path, host)?;
    match read(&file, host) {
        Some(known) if known.contains(MARK) => {
            host.remove_file(&file)?;
            printer.remark(&format!("removed {}", file.display()));
        }
        Some(_) => printer.remark(&format!("{} is another hook, and is left as it is", file.display())),
        None => printer.remark("there is no hook"),
    }
    Ok(Exit::Pass)
}

fn read(file: &std::path::Path, host: &dyn Host) -> Option<String> {
    let bytes = host.read_file(file, 1024 * 1024).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Says nothing when there is nothing to say: a hook that talks on every commit is soon removed.
fn check(path: Option<&std::path::PathBuf>, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let input = InputArgs { staged: true, ..InputArgs::default() };
    let args = RunArgs { path: path.cloned(), input, report: ReportArgs::default() };
    let settings = Settings::new(args.path.as_ref(), &args.input, &args.report, host)?;
    let judged = judge(&settings, Scope::Changed, context::detect(host)?, host, printer)?;
    let mut report = judged.evaluated.report;
    report.findings.retain(|finding| finding.change == Change::New && finding.severity >= Severity::Warning);
    if report.findings.is_empty() && report.verdict < Verdict::Warn {
        return Ok(Exit::Pass);
    }
    report.files.clear();
    report.notes.clear();
    report.hints.clear();
    let blocks = report.verdict > Verdict::Warn;
    if blocks {
        report.hints.push("`git commit --no-verify` commits nevertheless".to_owned());
    }
    printer.data(&render::render(&report, Format::Terminal, &judged.head, printer)?)?;
    Ok(Exit::from(report.verdict))
}
