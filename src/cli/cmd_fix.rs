//! `weighbridge fix`: writes what the rules are sure of; `--dry-run` shows it instead.

use super::args::FixArgs;
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use super::source;
use crate::agent::Kind;
use crate::agent::loads::readers::readers;
use crate::base::diff::unified_diff;
use crate::base::text::{plural, thousands};
use crate::base::{EntryKind, Finding, RepoPath, Tree, TreeError};
use crate::config::Config;
use crate::config::rules::Level;
use crate::context::local;
use crate::cost::prices::overrides::Overrides;
use crate::host::Host;
use crate::report::escape;
use crate::rules::ignore::WORD;
use crate::rules::sink::groups;
use crate::secrets::scan;
use crate::stage::cache::Cache;
use crate::stage::fix::{Fixed, Wish, fix};
use crate::stage::inspect::kind_of;
use crate::stage::pipeline::{Inputs, Side, overview};
use rayon::prelude::*;
use std::collections::BTreeMap;
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
        .filter(|(path, kind)| is_judged(path, *kind, &config))
        .collect();
    let idle = idle_ignores(&files, &tree, &config, host);
    let groups = groups(&crate::rules::all());
    let outcomes: Vec<Outcome> = files
        .par_iter()
        .map(|(path, kind)| {
            let bytes = match tree.read(path, MAX_BYTES) {
                Ok(bytes) => bytes,
                Err(TreeError::TooLarge { size, .. }) => {
                    let reason = format!(
                        "it has {} bytes, and at most {} are read",
                        thousands(size),
                        thousands(MAX_BYTES)
                    );
                    return (path.clone(), String::new(), Err(reason));
                }
                Err(error) => return (path.clone(), String::new(), Err(error.to_string())),
            };
            let group = |rule: &str| groups.get(rule).map_or("", String::as_str);
            let is_off = |rule: &str| config.levels.of(rule, group(rule), path) == Some(Level::Off);
            let found = idle.get(path).map_or(&[][..], Vec::as_slice);
            let wish = Wish { with_unsafe: args.with_unsafe, is_off: &is_off, found };
            let fixed = fix(path, *kind, &bytes, &tree, wish);
            progress.tick();
            (path.clone(), String::from_utf8_lossy(&bytes).into_owned(), fixed)
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
                    let shown = |text: &str| scan(path, text).masked(text);
                    let difference = unified_diff(path.as_str(), &shown(before), &shown(&fixed.text));
                    out += &escape::terminal_lines(&difference);
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
        let _ =
            write!(said, "; {} that may change what was meant, with --unsafe", plural(left, "more", "more"));
    }
    if untouched > 0 {
        let _ = write!(said, "; {} not touched", plural(untouched, "file was", "files were"));
    }
    printer.remark(&said);
    Ok(if args.dry_run && applied > 0 { Exit::Block } else { Exit::Pass })
}

/// False for a file of clients that the configuration leaves out: nothing is found in it, so nothing is to be fixed.
fn is_judged(path: &RepoPath, kind: Kind, config: &Config) -> bool {
    let readers = readers(path, kind);
    config.clients.is_empty()
        || readers.is_empty()
        || readers.iter().any(|client| config.clients.contains(client))
}

/// The ignores that silence nothing, by file. That takes the findings of the whole folder, so it is asked only where there
/// are ignores.
fn idle_ignores(
    files: &[(RepoPath, Kind)],
    tree: &Arc<dyn Tree>,
    config: &Config,
    host: &dyn Host,
) -> BTreeMap<RepoPath, Vec<Finding>> {
    let has_ignore = |(path, _): &(RepoPath, Kind)| {
        let bytes = tree.read(path, MAX_BYTES);
        bytes.is_ok_and(|bytes| memchr::memmem::find(&bytes, WORD.as_bytes()).is_some())
    };
    let mut idle: BTreeMap<RepoPath, Vec<Finding>> = BTreeMap::new();
    if !files.par_iter().any(has_ignore) {
        return idle;
    }
    let found = overview(&Inputs {
        head: Side { name: String::new(), tree: Arc::clone(tree) },
        base: None,
        whole: None,
        policy: None,
        changed_files: None,
        config: config.clone(),
        config_pinned: false,
        prices: &Overrides::default(),
        clients: &[],
        context: local::detect(host),
        only_changed: false,
        searched_texts: 0,
        with_cost: false,
        recordings: None,
        cache: &Cache::default(),
        now: host.now(),
        notes: Vec::new(),
        tick: &|| (),
    });
    for finding in found.findings.into_iter().filter(|finding| finding.rule == "unused-ignore") {
        idle.entry(finding.place.path.clone()).or_default().push(finding);
    }
    idle
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
