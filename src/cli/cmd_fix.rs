//! `weighbridge fix`: writes what the rules are sure of; `--dry-run` shows it instead.

use super::args::FixArgs;
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use super::source;
use crate::agent::Kind;
use crate::base::diff::unified_diff;
use crate::base::text::plural;
use crate::base::{EntryKind, RepoPath, Tree};
use crate::host::Host;
use crate::report::escape;
use crate::stage::fix::{Fixed, fix};
use crate::stage::inspect::kind_of;
use rayon::prelude::*;
use std::fmt::Write as _;
use std::sync::Arc;

/// Larger files are not fixed, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// What became of one file.
type Outcome = (RepoPath, String, Result<Fixed, String>);

/// Runs.
pub(super) fn run(args: &FixArgs, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let root = source::root(args.path.as_ref(), host)?;
    let tree = host.open_dir(&root)?;
    let config = source::config_of(&*tree)?;
    let progress = printer.progress("fixing agent files");
    let files: Vec<(RepoPath, Kind)> = tree
        .entries()
        .iter()
        .filter(|entry| {
            matches!(entry.kind, EntryKind::File) && !config.excluded.is_match(entry.path.as_str())
        })
        .filter_map(|entry| Some((entry.path.clone(), kind_of(&entry.path, &*tree, &config.declared)?)))
        .collect();
    let outcomes: Vec<Outcome> = files
        .par_iter()
        .filter_map(|(path, kind)| {
            let bytes = tree.read(path, MAX_BYTES).ok()?;
            let fixed = fix(path, *kind, &bytes, &tree, args.with_unsafe);
            progress.tick();
            Some((path.clone(), String::from_utf8_lossy(&bytes).into_owned(), fixed))
        })
        .collect();
    progress.finish();
    let mut out = String::new();
    let (mut applied, mut files, mut left, mut untouched) = (0, 0, 0, 0);
    for (path, before, outcome) in &outcomes {
        match outcome {
            Ok(fixed) => {
                left += fixed.left.len();
                if fixed.applied.is_empty() {
                    continue;
                }
                (applied, files) = (applied + fixed.applied.len(), files + 1);
                if args.dry_run {
                    out += &escape::terminal_lines(&unified_diff(path.as_str(), before, &fixed.text));
                } else {
                    write(path, before, fixed, &tree, &root, host)?;
                    for fix in &fixed.applied {
                        // Writing to a string does not fail.
                        let _ = writeln!(
                            out,
                            "{}: {}: {}",
                            escape::terminal(path.as_str()),
                            fix.rule,
                            escape::terminal(&fix.message)
                        );
                    }
                }
            }
            Err(reason) => {
                untouched += 1;
                printer.remark(&format!("{path} is not touched: {reason}"));
            }
        }
    }
    printer.data(&out)?;
    let what = plural(applied, "fix", "fixes");
    let mut said = match (args.dry_run, applied) {
        (_, 0) => "nothing to fix".to_owned(),
        (true, _) => format!("{what} would be applied in {}", plural(files, "file", "files")),
        (false, _) => format!("{what} applied in {}", plural(files, "file", "files")),
    };
    if left > 0 {
        let _ = write!(
            said,
            "; {} that may change what was meant, with --unsafe",
            plural(left, "one more", "more")
        );
    }
    if untouched > 0 {
        let _ = write!(said, "; {} not touched", plural(untouched, "file was", "files were"));
    }
    printer.remark(&said);
    Ok(if args.dry_run && applied > 0 { Exit::Block } else { Exit::Pass })
}

/// Writes a file, unless somebody has written it since it was read.
fn write(
    path: &RepoPath,
    before: &str,
    fixed: &Fixed,
    tree: &Arc<dyn Tree>,
    root: &std::path::Path,
    host: &dyn Host,
) -> Result<(), CliError> {
    let now = tree.read(path, MAX_BYTES).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    if now.as_deref().ok() != Some(before) {
        return Err(CliError::Usage {
            message: format!("{path} has changed while it was looked at, and was not written"),
            help: "run it again".to_owned(),
        });
    }
    host.write_file(&root.join(path.as_str()), fixed.text.as_bytes())?;
    Ok(())
}
