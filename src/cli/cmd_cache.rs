//! `weighbridge cache`: the recorded replies, listed and tidied up.

use super::args::{CacheArgs, CacheCommand};
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use super::source;
use crate::base::text::plural;
use crate::base::{RepoPath, Tree};
use crate::case::find::find;
use crate::eval::REPLIES;
use crate::eval::recording::{Recording, Recordings, file_of};
use crate::eval::skill_triggers::TRIAL;
use crate::host::Host;
use crate::report::escape;
use anyhow::Context as _;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// A recording, for people and programs.
#[derive(Serialize)]
struct Line {
    path: String,
    case: String,
    repeat: u32,
    exchanges: usize,
    days: i64,
    /// Why it can go; empty when it is in use.
    unused: String,
}

/// Runs.
pub(super) fn run(args: &CacheArgs, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let (path, replies) = match &args.command {
        CacheCommand::List(args) => (&args.path, &args.replies),
        CacheCommand::Prune(args) => (&args.path, &args.replies),
    };
    let root = source::root(path.as_ref(), host)?;
    let folder = match replies {
        Some(folder) => host.current_dir().join(folder),
        None => root.join(REPLIES),
    };
    let tree = host.open_dir(&root)?;
    let config = source::config_of(&*tree)?;
    let found = find(&*tree, &config.excluded, &|_| true);
    let wanted: BTreeSet<RepoPath> = found
        .cases
        .iter()
        .flat_map(|case| (1..=case.repeat).filter_map(|repeat| file_of(&case.id, repeat)))
        .collect();
    let Ok(kept) = host.open_dir(&folder) else {
        printer.remark(&format!("there are no recordings in {}", folder.display()));
        return Ok(Exit::Pass);
    };
    let recordings = Recordings::in_folder(kept);
    let broken = recordings.left_over();
    let lines: Vec<Line> = recordings
        .all()
        .map(|(path, recording)| {
            let asked_for = wanted.contains(&path) || is_trial_of(&*tree, &path);
            line(&path, recording.as_ref(), asked_for, host.now())
        })
        .chain(broken.iter().map(|path| Line {
            path: path.to_string(),
            case: String::new(),
            repeat: 0,
            exchanges: 0,
            days: 0,
            unused: "left over from a run that was stopped".to_owned(),
        }))
        .collect();
    match &args.command {
        CacheCommand::List(args) if args.json => {
            let text = serde_json::to_string_pretty(&lines).context("the result as JSON")?;
            printer.data(&format!("{text}\n"))?;
        }
        CacheCommand::List(_) => printer.data(&table(&lines))?,
        CacheCommand::Prune(args) => {
            if !found.errors.is_empty() {
                // What cannot be read may be in use.
                return Err(CliError::Config(found.errors));
            }
            let old = |line: &Line| args.older_than.is_some_and(|days| line.days > i64::from(days));
            let gone: Vec<&Line> = lines.iter().filter(|line| !line.unused.is_empty() || old(line)).collect();
            for line in &gone {
                if !args.dry_run {
                    host.remove_file(&folder.join(&line.path))?;
                }
                let why = if line.unused.is_empty() { "too old" } else { &line.unused };
                printer.data(&format!("{}: {why}\n", escape::terminal(&line.path)))?;
            }
            let what = plural(gone.len(), "recording", "recordings");
            printer.remark(&if args.dry_run {
                format!("{what} would be removed")
            } else {
                format!("{what} removed")
            });
        }
    }
    Ok(Exit::Pass)
}

/// True for a prompt of a trigger set that is still there: it is asked only when someone wants to know.
fn is_trial_of(tree: &dyn Tree, recording: &RepoPath) -> bool {
    recording.name().starts_with(TRIAL) && tree.entry(recording.parent().as_str()).is_some()
}

fn line(
    path: &RepoPath,
    recording: Result<&Recording, &String>,
    asked_for: bool,
    now: jiff::Timestamp,
) -> Line {
    let unused = match recording {
        Err(reason) => format!("cannot be read: {reason}"),
        Ok(_) if !asked_for => "no case asks for it".to_owned(),
        Ok(_) => String::new(),
    };
    let exchanges = recording.map(|recording| recording.exchanges.as_slice()).unwrap_or_default();
    let oldest = exchanges.iter().map(|exchange| exchange.recorded_at).min().unwrap_or(now);
    Line {
        path: path.to_string(),
        case: recording.map(|recording| recording.case.clone()).unwrap_or_default(),
        repeat: recording.map_or(0, |recording| recording.repeat),
        exchanges: exchanges.len(),
        days: now.duration_since(oldest).as_hours() / 24,
        unused,
    }
}

fn table(lines: &[Line]) -> String {
    let mut out = String::new();
    for line in lines {
        let age = plural(usize::try_from(line.days).unwrap_or(0), "day", "days");
        let calls = plural(line.exchanges, "model call", "model calls");
        let unused = if line.unused.is_empty() { String::new() } else { format!("; {}", line.unused) };
        // Writing to a string does not fail.
        let _ = writeln!(
            out,
            "{}: {calls}, {age} old{}",
            escape::terminal(&line.path),
            escape::terminal(&unused)
        );
    }
    out
}
