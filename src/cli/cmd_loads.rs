//! `weighbridge loads`: what a client reads for a task in a folder, in order.

mod verdicts;

use super::args::LoadsArgs;
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use crate::agent::loads::readers::in_use;
use crate::base::text::thousands;
use crate::base::{Client, RepoPath};
use crate::cost::always_loaded::{AlwaysLoaded, always_loaded};
use crate::host::Host;
use crate::report::escape;
use crate::stage::inspect::{Depth, look};
use anyhow::Context as _;
use serde::Serialize;
use std::fmt::Write as _;

#[derive(Serialize)]
struct ClientLoads<'a> {
    client: Client,
    folder: &'a RepoPath,
    model: &'a str,
    tokens: crate::base::Count,
    loads: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    path: &'a RepoPath,
    part: &'static str,
    effect: String,
    reason: &'a str,
    tokens: Option<u64>,
    source: &'static str,
}

/// Runs.
pub(super) fn run(args: &LoadsArgs, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let here = host.current_dir();
    let wanted = args.path.as_ref().map_or_else(|| here.clone(), |path| here.join(path));
    let wanted = host.real_path(&wanted).map_err(|error| CliError::Usage {
        message: error.to_string(),
        help: "give a folder of a repository, such as `weighbridge loads src/api`".to_owned(),
    })?;
    let root = match &args.root {
        Some(root) => Some(host.real_path(&here.join(root))?),
        None => host.open_repository(&wanted)?.and_then(|repository| repository.work_dir()),
    };
    let root = match root {
        Some(root) if wanted.starts_with(&root) => root,
        Some(root) if args.root.is_some() => {
            return Err(CliError::Usage {
                message: format!("{} is not inside {}", wanted.display(), root.display()),
                help: "--root has to be the folder itself or one above it".to_owned(),
            });
        }
        _ => wanted.clone(),
    };
    let folder =
        wanted.strip_prefix(&root).ok().and_then(|rest| RepoPath::new(rest.to_str()?)).unwrap_or_default();
    let tree = host.open_dir(&root)?;
    let inspection = look(&tree, Depth::Weigh, &|| ());
    let mut clients = args.clients.clone();
    if clients.is_empty() {
        clients = in_use(inspection.repo.files().map(|file| (&file.path, file.kind))).into_iter().collect();
    }
    if clients.is_empty() {
        printer.remark("no client reads anything here: there are no agent files");
        return Ok(Exit::Pass);
    }
    if args.verdicts {
        printer.data(&verdicts::shown(&inspection, &folder, &clients, args.json)?)?;
        return Ok(Exit::Pass);
    }
    let found: Vec<AlwaysLoaded> =
        clients.iter().map(|client| always_loaded(*client, &folder, &inspection.repo, &inspection)).collect();
    if args.json {
        let shown: Vec<ClientLoads<'_>> = found.iter().map(|loaded| as_json(loaded, &folder)).collect();
        let text = serde_json::to_string_pretty(&shown).context("the result as JSON")?;
        printer.data(&format!("{text}\n"))?;
    } else {
        let text: String = found.iter().map(|loaded| as_text(loaded, &folder)).collect();
        printer.data(&text)?;
    }
    Ok(Exit::Pass)
}

fn as_json<'a>(loaded: &'a AlwaysLoaded, folder: &'a RepoPath) -> ClientLoads<'a> {
    let family = loaded.count().family;
    ClientLoads {
        client: loaded.client,
        folder,
        model: &loaded.model.model,
        tokens: loaded.count(),
        loads: loaded
            .pieces
            .iter()
            .map(|piece| Line {
                path: &piece.load.path,
                part: piece.load.part.name(),
                effect: piece.load.effect.words(),
                reason: &piece.load.reason,
                tokens: piece.load.effect.is_at_start().then(|| piece.weight.count(family).tokens),
                source: piece.load.source,
            })
            .collect(),
    }
}

fn as_text(loaded: &AlwaysLoaded, folder: &RepoPath) -> String {
    let family = loaded.count().family;
    let mut out = String::new();
    let place =
        if folder.is_root() { "the repository root".to_owned() } else { escape::terminal(folder.as_str()) };
    let _ = writeln!(
        out,
        "{} in {place}: {} tokens before the first prompt ({}, {})",
        loaded.client.title(),
        loaded.count(),
        loaded.model.model,
        loaded.model.reason
    );
    if loaded.pieces.is_empty() {
        let _ = writeln!(out, "  nothing: it reads none of the files here");
    }
    for (index, piece) in loaded.pieces.iter().enumerate() {
        let tokens = if piece.load.effect.is_at_start() {
            thousands(piece.weight.count(family).tokens)
        } else {
            "-".to_owned()
        };
        let _ = writeln!(
            out,
            "{:>4}  {tokens:>8}  {} [{}]\n                {}; {}",
            index + 1,
            escape::terminal(piece.load.path.as_str()),
            piece.load.part.name(),
            escape::terminal(&piece.load.effect.words()),
            escape::terminal(&piece.load.reason)
        );
    }
    out.push('\n');
    out
}
