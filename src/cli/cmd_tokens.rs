//! `weighbridge tokens`: the tokens of every agent file, by the part that clients see.

use super::args::TokensArgs;
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use super::settings::default_cache;
use super::source;
use crate::base::{Count, Family, Method, RepoPath};
use crate::cost::tokens::{self, Weight};
use crate::host::Host;
use crate::provider::count::{Counter, Counts};
use crate::report::escape;
use crate::stage::inspect::{Depth, Inspection, look};
use anyhow::Context as _;
use serde::Serialize;
use std::fmt::Write as _;

#[derive(Serialize)]
struct Row<'a> {
    path: &'a RepoPath,
    kind: &'static str,
    part: &'static str,
    bytes: u64,
    counts: Vec<Count>,
}

const FAMILIES: [Family; 4] = [Family::O200k, Family::ClaudeV3, Family::ClaudeV48, Family::Gemini];
/// Kept counts are a hundred bytes each.
const MAX_COUNTS_BYTES: u64 = 64 * 1024 * 1024;

/// Runs.
pub(super) fn run(args: &TokensArgs, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let root = source::root(args.path.as_ref(), host)?;
    let tree = host.open_dir(&root)?;
    let progress = printer.progress("reading agent files");
    let inspection = look(&tree, Depth::Weigh, &|| progress.tick());
    progress.finish();
    let mut rows: Vec<Row<'_>> = inspection
        .weights
        .iter()
        .filter_map(|((path, part), weight)| {
            let file = inspection.repo.get(path)?;
            let counts = FAMILIES.iter().map(|family| weight.count(*family)).collect();
            Some(Row { path, kind: file.kind.name(), part: part.name(), bytes: weight.bytes, counts })
        })
        .collect();
    if args.exact {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(count_exactly(args, &inspection, &mut rows, host, printer))?;
    }
    if args.json {
        let text = serde_json::to_string_pretty(&rows).context("the result as JSON")?;
        printer.data(&format!("{text}\n"))?;
        return Ok(Exit::Pass);
    }
    if rows.is_empty() {
        printer.remark("nothing to weigh: there are no agent files here");
        return Ok(Exit::Pass);
    }
    printer.data(&table(&rows))?;
    let estimated: Vec<Family> = FAMILIES
        .into_iter()
        .filter(|family| {
            let mut counts = rows.iter().flat_map(|row| &row.counts);
            counts.any(|count| count.family == *family && count.method == Method::Estimated)
        })
        .collect();
    for note in tokens::notes(&estimated) {
        printer.remark(&format!("note: {note}"));
    }
    Ok(Exit::Pass)
}

/// Replaces estimates by the providers' own counts, family by family, where there is a key.
async fn count_exactly(
    args: &TokensArgs,
    inspection: &Inspection,
    rows: &mut [Row<'_>],
    host: &dyn Host,
    printer: &Printer,
) -> Result<(), CliError> {
    let store =
        args.cache_dir.clone().or_else(|| default_cache(host)).map(|dir| dir.join("token-counts.json"));
    let mut known: Counts = store
        .as_ref()
        .and_then(|path| host.read_file(path, MAX_COUNTS_BYTES).ok())
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    let before = known.clone();
    let mut outcome = Ok(());
    let mut keys = 0;
    'families: for family in FAMILIES.into_iter().filter(|family| *family != Family::O200k) {
        let counter = match Counter::new(family, host) {
            Ok(counter) => counter,
            Err(error) => {
                printer.warning(&format!("{error}; its counts stay estimates"));
                continue;
            }
        };
        keys += 1;
        for row in rows.iter_mut() {
            let Some(text) = inspection.part_text(row.path, row.part) else { continue };
            match counter.count(&text, host, &mut known).await {
                Ok(tokens) => {
                    for count in row.counts.iter_mut().filter(|count| count.family == family) {
                        (count.tokens, count.method) = (tokens, Method::Counted);
                    }
                }
                Err(error) => {
                    outcome = Err(CliError::Count(error));
                    break 'families;
                }
            }
        }
    }
    // What was counted before a failure is kept: the next run goes on from there.
    if let Some(path) = store.filter(|_| known != before) {
        let text = serde_json::to_vec_pretty(&known).context("the result as JSON")?;
        host.write_file(&path, &text)?;
    }
    if keys == 0 {
        return Err(CliError::Usage {
            message: "--exact needs a key of at least one provider".to_owned(),
            help: "set ANTHROPIC_API_KEY or GEMINI_API_KEY; without --exact the counts are estimates"
                .to_owned(),
        });
    }
    outcome
}

fn table(rows: &[Row<'_>]) -> String {
    let mut out = String::new();
    for family in FAMILIES {
        let _ = write!(out, "{:>13}", family.name());
    }
    out.push_str("  file\n");
    let mut totals: Vec<Count> = Weight::default().counts(&FAMILIES);
    for row in rows {
        for (total, count) in totals.iter_mut().zip(&row.counts) {
            total.tokens = total.tokens.saturating_add(count.tokens);
            total.method = count.method;
        }
        line(&mut out, &row.counts, &format!("{} [{}]", escape::terminal(row.path.as_str()), row.part));
    }
    line(&mut out, &totals, "total");
    out
}

fn line(out: &mut String, counts: &[Count], name: &str) {
    for count in counts {
        let _ = write!(out, "{:>13}", count.to_string());
    }
    let _ = writeln!(out, "  {name}");
}
