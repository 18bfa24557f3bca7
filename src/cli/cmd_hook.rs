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
use crate::host::{Hooks, Host};
use std::path::PathBuf;

/// The hook that git runs before a commit.
const NAME: &str = "pre-commit";
/// A larger file is a hook of others, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

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

/// What stands where the hook goes.
enum Known {
    Nothing,
    Ours,
    /// Ours, and somebody added to it.
    Edited,
    /// Another one, or something that cannot be read.
    Other,
}

/// The hook's file, and what it is now.
fn hook_file(path: Option<&PathBuf>, host: &dyn Host) -> Result<(PathBuf, Known, bool), CliError> {
    let root = source::root(path, host)?;
    let repository = host.open_repository(&root)?.ok_or_else(|| CliError::Usage {
        message: format!("{} is not in a git repository", root.display()),
        help: "run it in a clone".to_owned(),
    })?;
    if repository.work_dir().is_none() {
        return Err(CliError::Usage {
            message: format!("{} is a bare repository, in which nothing is committed", root.display()),
            help: "run it in a clone with a working tree".to_owned(),
        });
    }
    let Hooks { folder, shared } = repository.hooks()?;
    let file = folder.join(NAME);
    let there = host.list_dir(&folder)?.iter().any(|name| name == NAME);
    let known = match host.read_file(&file, MAX_BYTES) {
        _ if !there => Known::Nothing,
        Ok(bytes) if bytes == HOOK.as_bytes() => Known::Ours,
        Ok(bytes) if String::from_utf8_lossy(&bytes).contains(MARK) => Known::Edited,
        _ => Known::Other,
    };
    Ok((file, known, shared))
}

fn install(path: Option<&PathBuf>, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let (file, known, shared) = hook_file(path, host)?;
    let refused = |message: String, help: &str| Err(CliError::Usage { message, help: help.to_owned() });
    let shown = file.display();
    if file.parent().is_some_and(|folder| folder.ends_with(".husky/_")) {
        return refused(
            format!("husky writes {shown} anew whenever it is installed"),
            "add the line `weighbridge hook run` to .husky/pre-commit",
        );
    }
    if shared {
        return refused(
            format!(
                "{shown} is the hook of all your repositories, by `core.hooksPath` of your git configuration"
            ),
            "add the line `weighbridge hook run || exit 1` to it, or give this clone hooks of its own: \
             `git config core.hooksPath .git/hooks`",
        );
    }
    match known {
        Known::Nothing | Known::Ours => {}
        Known::Edited => {
            return refused(
                format!("{shown} was changed since it was installed, and is left as it is"),
                "keep the line `weighbridge hook run` in it, or remove the file and install again",
            );
        }
        Known::Other => {
            return refused(
                format!("there is another hook in {shown}, which is left as it is"),
                "add the line `weighbridge hook run || exit 1` to it",
            );
        }
    }
    host.write_file(&file, HOOK.as_bytes())?;
    host.make_executable(&file)?;
    printer.remark(&format!("installed {shown}: agent files are checked before every commit"));
    Ok(Exit::Pass)
}

fn uninstall(path: Option<&PathBuf>, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let (file, known, _) = hook_file(path, host)?;
    let shown = file.display();
    match known {
        Known::Ours => {
            host.remove_file(&file)?;
            printer.remark(&format!("removed {shown}"));
        }
        Known::Edited => printer.remark(&format!(
            "{shown} was changed since it was installed, and is left as it is; take `weighbridge hook run` out by hand"
        )),
        Known::Other => printer.remark(&format!("{shown} is another hook, and is left as it is")),
        Known::Nothing => printer.remark("there is no hook"),
    }
    Ok(Exit::Pass)
}

/// Says nothing when there is nothing to say: a hook that talks on every commit is soon removed.
fn check(path: Option<&PathBuf>, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let input = InputArgs { staged: true, ..InputArgs::default() };
    let args = RunArgs { path: path.cloned(), input, report: ReportArgs::default() };
    let settings = Settings::new(args.path.as_ref(), &args.input, &args.report, host)?;
    let judged = judge(&settings, Scope::Changed, context::detect(host)?, host, printer)?;
    let mut report = judged.evaluated.report;
    report.findings.retain(|finding| finding.change == Change::New && finding.severity >= Severity::Warning);
    // What was not looked at is no pass.
    report.notes.retain(|note| note.contains("not searched") || note.starts_with("not looked at"));
    if report.findings.is_empty() && report.verdict < Verdict::Warn {
        report.notes.iter().for_each(|note| printer.remark(note));
        return Ok(Exit::Pass);
    }
    report.files.clear();
    report.hints.clear();
    let blocks = report.verdict > Verdict::Warn;
    if blocks {
        report.hints.push("`git commit --no-verify` commits nevertheless".to_owned());
    }
    printer.data(&render::render(&report, Format::Terminal, &judged.head, printer)?)?;
    Ok(Exit::from(report.verdict))
}
