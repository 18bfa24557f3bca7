//! `weighbridge secrets`: the search of the files, of a change, or of the history for credentials.

use super::args::{Format, SecretsArgs, SecretsFormat};
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use super::{render, source};
use crate::base::Tree;
use crate::base::text::{plural, thousands};
use crate::config::Config;
use crate::context;
use crate::host::{Host, Repository, Var};
use crate::secrets::baseline::{self, Baseline};
use crate::secrets::{Key, Leak};
use crate::stage::search::{self, OldLeak, Searched, Version};
use crate::stage::secrets::MAX_FILE_BYTES;
use anyhow::Context as _;
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;

/// Files that were not searched are named up to this many.
const SHOWN: usize = 10;

/// The JSON form.
#[derive(Serialize)]
struct Said<'a> {
    schema_version: u32,
    leaks: Vec<Shown<'a>>,
    known: usize,
    texts: usize,
    skipped: usize,
}

/// A leak with what was said about it.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    leak: &'a Leak,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a str>,
    message: String,
}

/// What was found, and in which commits when it was the history.
struct Found {
    leaks: Vec<Leak>,
    commits: Vec<String>,
    searched: Searched,
    where_: String,
    notes: Vec<String>,
}

/// Runs.
pub(super) fn run(args: &SecretsArgs, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let root = source::root(args.path.as_ref(), host)?;
    let of_environment = host.secret(Var::SecretsKey);
    let known = args.baseline.as_deref().map(|path| baseline_of(path, args, &root, host)).transpose()?;
    let of_environment = of_environment.as_ref().map(crate::base::Secret::expose);
    let key = match (&known, &args.baseline) {
        (Some(known), Some(path)) => known.key(of_environment).map_err(|reason| CliError::Usage {
            message: format!("the baseline {} cannot be used: {reason}", path.display()),
            help: "use the key it was made with, or write another baseline".to_owned(),
        })?,
        _ => Key::new(of_environment.map_or_else(|| salt(host), str::to_owned)),
    };
    let tree = host.open_dir(&root)?;
    let config = source::config_of(&*tree)?;
    let mut found = if args.history {
        in_history(args, &root, &config, &key, host, printer)?
    } else {
        in_files(args, &root, &tree, &config, &key, host, printer)?
    };
    if let (true, Some(path), Some(known)) = (args.write_baseline, &args.baseline, &known) {
        let reason = args.reason.as_deref().unwrap_or_default();
        return write_baseline((path, known.clone()), &found.leaks, &key, reason, host, printer);
    }
    let mut covered = 0;
    if let Some(known) = &known {
        covered = leave_out_known(known, &mut found, host);
    }
    let text = said(args, &found, covered, host, printer)?;
    printer.data(&text)?;
    let open = found.leaks.iter().any(|leak| leak.allowed.is_none());
    Ok(if open && !args.exit_zero { Exit::Block } else { Exit::Pass })
}

fn in_files(
    args: &SecretsArgs,
    root: &Path,
    tree: &Arc<dyn Tree>,
    config: &Config,
    key: &Key,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Found, CliError> {
    let progress = printer.progress("searching files");
    let mut searched = search::in_tree(&**tree, config, args.agent_files, key, &|| progress.tick());
    progress.finish();
    let mut where_ = "the files as they are".to_owned();
    if let Some(base) = &args.base {
        let repository = repository(root, "--base", host)?;
        let commit = repository.merge_base(&repository.resolve(base)?, &repository.resolve("HEAD")?)?;
        let below = source::below(&*repository, root, host);
        let before = repository.tree(&commit)?;
        let before: Arc<dyn Tree> =
            if below.is_root() { before } else { Arc::new(crate::base::Subtree::new(before, below)) };
        search::new_since(&mut searched, &*before, config, key);
        where_ = format!("what is new since {}", commit.get(..12).unwrap_or(&commit));
    }
    let notes = tree.notes().iter().take(SHOWN).cloned().collect();
    Ok(Found { leaks: searched.leaks.clone(), commits: Vec::new(), searched, where_, notes })
}

fn in_history(
    args: &SecretsArgs,
    root: &Path,
    config: &Config,
    key: &Key,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Found, CliError> {
    let repository = repository(root, "--history", host)?;
    let where_ = "no commit yet".to_owned();
    let nothing = Found {
        leaks: Vec::new(),
        commits: Vec::new(),
        searched: Searched::default(),
        where_,
        notes: Vec::new(),
    };
    let Ok(head) = repository.resolve("HEAD") else { return Ok(nothing) };
    let history = repository.versions(&head, args.max_commits as usize)?;
    let versions: Vec<Version> = history
        .versions
        .into_iter()
        .map(|found| Version { commit: found.commit, path: found.path, id: found.id })
        .collect();
    let progress = printer.bar("versions of files", versions.len() as u64);
    let read = |id| repository.blob(id, MAX_FILE_BYTES).map_err(|error| error.to_string());
    let (old, searched) = search::in_history(&versions, &read, config, key, &|| progress.tick());
    progress.finish();
    let mut notes = vec![
        "revoke first: taking a secret out of the files leaves it in the history, and in every clone"
            .to_owned(),
    ];
    if history.cut_off {
        notes.push(format!(
            "only the newest {} commits were searched",
            thousands(u64::from(args.max_commits))
        ));
    }
    if repository.is_shallow() {
        notes.push(
            "this is a shallow clone: older commits were not searched; `git fetch --unshallow`".to_owned(),
        );
    }
    let (leaks, commits): (Vec<Leak>, Vec<String>) =
        old.into_iter().map(|OldLeak { leak, commit }| (leak, commit)).unzip();
    let where_ = format!("{} of HEAD", plural(history.commits, "commit", "commits"));
    Ok(Found { leaks, commits, searched, where_, notes })
}

fn repository(root: &Path, option: &str, host: &dyn Host) -> Result<Arc<dyn Repository>, CliError> {
    host.open_repository(root)?.ok_or_else(|| source::no_repository(option, root))
}

fn read_baseline(path: &Path, host: &dyn Host) -> Result<Baseline, CliError> {
    let bytes = host.read_file(&host.current_dir().join(path), baseline::MAX_BYTES)?;
    Baseline::read(&String::from_utf8_lossy(&bytes)).map_err(|reason| CliError::Usage {
        message: format!("the baseline {} cannot be used: {reason}", path.display()),
        help: "docs/secrets.md shows its form; `--write-baseline --reason TEXT` writes one".to_owned(),
    })
}

/// The baseline as it is; a new one where one is to be written and there is none.
fn baseline_of(path: &Path, args: &SecretsArgs, root: &Path, host: &dyn Host) -> Result<Baseline, CliError> {
    let file = host.current_dir().join(path);
    let folder = file.parent().map_or_else(|| root.to_owned(), Path::to_owned);
    let real = |path: &Path| host.real_path(path).unwrap_or_else(|_| path.to_owned());
    let outside = !real(&folder).starts_with(real(root));
    let inside =
        host.open_repository(root)?.is_some_and(|found| !source::below(&*found, root, host).is_root());
    if outside && inside {
        return Err(CliError::Usage {
            message: format!(
                "{} lies above the folder that is searched, and names other paths",
                path.display()
            ),
            help: "search the folder the baseline was made for; `--base` or `--agent-files` make it shorter"
                .to_owned(),
        });
    }
    if args.write_baseline && host.is_folder(&file).is_none() {
        let salt = host.secret(Var::SecretsKey).is_none().then(|| salt(host));
        return Ok(Baseline { version: 1, salt, ..Baseline::default() });
    }
    read_baseline(path, host)
}

fn salt(host: &dyn Host) -> String {
    host.nonce() + &host.nonce()
}

fn write_baseline(
    (path, mut baseline): (&Path, Baseline),
    leaks: &[Leak],
    key: &Key,
    reason: &str,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Exit, CliError> {
    if reason.trim().len() < 8 {
        return Err(CliError::Usage {
            message: "--reason says too little: 8 characters are needed".to_owned(),
            help: "say why these secrets may stay, for whoever reads the file next year".to_owned(),
        });
    }
    let kept = baseline.secrets.len();
    let added = baseline.add(leaks, key, reason);
    let text = baseline.write().map_err(|reason| anyhow::anyhow!(reason)).context("the baseline as YAML")?;
    host.write_file(&host.current_dir().join(path), text.as_bytes())?;
    printer.remark(&format!(
        "wrote {} to {}, {kept} of them as they were; give each an owner and a day on which it expires",
        plural(kept + added, "secret", "secrets"),
        path.display()
    ));
    Ok(Exit::Pass)
}

/// Takes out what the baseline covers, and says which of its entries nothing needs any more.
fn leave_out_known(known: &Baseline, found: &mut Found, host: &dyn Host) -> usize {
    let today = host.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let mut applied = known.on(today);
    let keep: Vec<bool> = found.leaks.iter().map(|leak| !applied.covers(leak)).collect();
    for entry in applied.unused().take(SHOWN) {
        found
            .notes
            .push(format!("nothing needs the entry for {} of the baseline any more: remove it", entry.path));
    }
    for (entry, last) in applied.expired().take(SHOWN) {
        found.notes.push(format!("the entry for {} of the baseline expired on {last}", entry.path));
    }
    let mut kept = keep.iter();
    found.leaks.retain(|_| kept.next().copied().unwrap_or(true));
    let mut kept = keep.iter();
    found.commits.retain(|_| kept.next().copied().unwrap_or(true));
    keep.iter().filter(|keep| !**keep).count()
}

fn said(
    args: &SecretsArgs,
    found: &Found,
    known: usize,
    host: &dyn Host,
    printer: &Printer,
) -> Result<String, CliError> {
    let commit = |index: usize| found.commits.get(index).map(String::as_str);
    if args.format == SecretsFormat::Json {
        let leaks = found.leaks.iter().enumerate();
        let leaks = leaks.map(|(index, leak)| Shown { leak, commit: commit(index), message: leak.message() });
        let skipped = found.searched.skipped.len();
        let said =
            Said { schema_version: 1, leaks: leaks.collect(), known, texts: found.searched.texts, skipped };
        let text = serde_json::to_string_pretty(&said).context("the result as JSON")?;
        return Ok(format!("{text}\n"));
    }
    let open = found.leaks.iter().filter(|leak| leak.allowed.is_none()).count();
    let mut summary = format!(
        "{} in {} ({})",
        plural(open, "secret", "secrets"),
        plural(found.searched.texts, "text", "texts"),
        found.where_
    );
    if known > 0 {
        summary = format!("{summary}; {} of the baseline", plural(known, "more", "more"));
    }
    if found.searched.texts == 0 {
        summary = format!("nothing to search: no text files ({})", found.where_);
    }
    let mut notes = found.notes.clone();
    let skipped = &found.searched.skipped;
    notes.extend(skipped.iter().take(SHOWN).map(|(path, reason)| format!("not searched: {path}, {reason}")));
    if skipped.len() > SHOWN {
        notes.push(format!("and {} more files that were not searched", skipped.len() - SHOWN));
    }
    let head = if args.history { "the history of HEAD".to_owned() } else { "the working tree".to_owned() };
    let mut report =
        search::report(&found.leaks, found.searched.texts, summary, head, notes, context::detect(host)?);
    for finding in &mut report.findings {
        let place = |leak: &Leak| leak.path == finding.place.path && Some(leak.span) == finding.place.span;
        if let Some(commit) = found.leaks.iter().position(place).and_then(commit) {
            finding.message =
                format!("{}, since commit {}", finding.message, commit.get(..12).unwrap_or(commit));
        }
    }
    let nothing: Arc<dyn Tree> = Arc::new(crate::base::MemoryTree::default());
    let format = if args.format == SecretsFormat::Sarif { Format::Sarif } else { Format::Terminal };
    // No lines are quoted: those of a secret say too much, even without it.
    render::render(&report, format, &nothing, printer)
}
