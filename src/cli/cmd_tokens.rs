//! `weighbridge tokens`: the tokens of every agent file, by the part that clients see.

use super::args::TokensArgs;
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use super::source;
use crate::base::text::thousands;
use crate::base::{Family, RepoPath};
use crate::cost::tokens::{self, Weight};
use crate::host::Host;
use crate::report::escape;
use crate::stage::cache::Cache;
use crate::stage::inspect::inspect;
use serde::Serialize;
use std::fmt::Write as _;

#[derive(Serialize)]
struct Row<'a> {
    path: &'a RepoPath,
    kind: &'static str,
    part: &'static str,
    #[serde(flatten)]
    weight: Weight,
}

const FAMILIES: [Family; 4] = [Family::O200k, Family::ClaudeV3, Family::ClaudeV48, Family::Gemini];

/// Runs.
pub(super) fn run(args: &TokensArgs, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let root = source::root(args.path.as_ref(), host)?;
    let tree = host.open_dir(&root)?;
    let config = crate::config::Config::default();
    let progress = printer.progress("reading agent files");
    let inspection =
        inspect(&tree, &config.declared, &config.excluded, &Cache::default(), &|| progress.tick());
    progress.finish();
    let rows: Vec<Row<'_>> = inspection
        .weights
        .iter()
        .filter_map(|((path, part), weight)| {
            let file = inspection.repo.get(path)?;
            Some(Row { path, kind: file.kind.name(), part: part.name(), weight: *weight })
        })
        .collect();
    if args.json {
        let text = serde_json::to_string_pretty(&rows).map_err(std::io::Error::other)?;
        printer.data(&format!("{text}\n"))?;
        return Ok(Exit::Pass);
    }
    if rows.is_empty() {
        printer.remark("nothing to weigh: there are no agent files here");
        return Ok(Exit::Pass);
    }
    printer.data(&table(&rows))?;
    for note in tokens::notes(&FAMILIES) {
        printer.remark(&format!("note: {note}"));
    }
    Ok(Exit::Pass)
}

fn table(rows: &[Row<'_>]) -> String {
    let mut out = String::new();
    for family in FAMILIES {
        let mark = if matches!(family, Family::O200k) { "" } else { "~" };
        let _ = write!(out, "{:>13}", format!("{mark}{}", family.name()));
    }
    out.push_str("  file\n");
    let mut total = Weight::default();
    for row in rows {
        total = total.plus(row.weight);
        line(&mut out, row.weight, &format!("{} [{}]", escape::terminal(row.path.as_str()), row.part));
    }
    line(&mut out, total, "total");
    out
}

fn line(out: &mut String, weight: Weight, name: &str) {
    for family in FAMILIES {
        let _ = write!(out, "{:>13}", thousands(weight.count(family).tokens));
    }
    let _ = writeln!(out, "  {name}");
}
