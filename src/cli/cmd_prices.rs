//! `weighbridge prices`: what models cost, who says so, and the lock.

use super::args::{PricesArgs, PricesCommand, PricesShowArgs, PricesUpdateArgs};
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use super::source;
use crate::base::text::{plural, thousands};
use crate::cost::prices::import::{self, Imported};
use crate::cost::prices::lock::{self, Lock};
use crate::cost::prices::{Embedded, Processing, Quote, Terms, Unpriced, catalogue, names};
use crate::cost::rates::{PerMillion, TokenKind};
use crate::host::Host;
use crate::report::escape;
use crate::stage::prices_in_force;
use anyhow::Context as _;
use rust_decimal::Decimal;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Shown when no model is named and none is locked.
const SHOWN: [&str; 9] = [
    "claude-fable-5-1",
    "claude-opus-5-5",
    "claude-sonnet-5-5",
    "claude-haiku-5-5",
    "gpt-6.1-sol",
    "gpt-5.3-codex",
    "gemini-3.1-pro-preview",
    "gemini-3.8-flash",
    "grok-4.7",
];
/// Changes that are printed one by one; the rest are counted.
const MAX_CHANGES: usize = 100;

/// Runs.
pub(super) fn run(args: &PricesArgs, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    match &args.command {
        PricesCommand::Show(args) => show(args, host, printer),
        PricesCommand::Update(args) => update(args, host, printer),
    }
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    #[serde(flatten)]
    found: Found,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Found {
    Priced(Arc<Quote>),
    Unpriced { reason: String, help: String },
}

fn show(args: &PricesShowArgs, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let now = host.now();
    let root = source::root(args.root.as_ref(), host)?;
    let lock = read_lock(&root.join(lock::FILE_NAME), host)?;
    let flags = super::settings::typed_prices(&args.prices)?;
    let locked: Vec<String> = lock.iter().flat_map(|lock| lock.models.keys().cloned()).collect();
    let wanted: Vec<String> = if args.all {
        let mut seen = BTreeSet::new();
        locked.into_iter().chain(catalogue()).filter(|model| seen.insert(model.clone())).collect()
    } else if !args.models.is_empty() {
        args.models.clone()
    } else if locked.is_empty() {
        SHOWN.iter().map(|model| (*model).to_owned()).collect()
    } else {
        locked
    };
    let tree = host.open_dir(&root)?;
    let book = prices_in_force(&*tree, &source::config_of(&*tree)?.cost, &flags, Arc::new(Embedded), now)
        .map_err(|faults| super::cmd_what_if::no_prices(&faults))?;
    let processing = if args.batch { Processing::Batch } else { Processing::Standard };
    let terms = Terms { processing, service_tier: args.service_tier.clone() };
    let rows: Vec<(&String, Result<Arc<Quote>, Unpriced>)> =
        wanted.iter().map(|name| (name, book.quote_under(name, &terms))).collect();
    let unknown = rows.iter().filter(|(_, found)| found.is_err()).count();
    if args.json {
        let rows: Vec<Row<'_>> = rows
            .into_iter()
            .map(|(name, found)| Row {
                name,
                found: found.map_or_else(
                    |Unpriced { reason, help, .. }| Found::Unpriced { reason, help },
                    Found::Priced,
                ),
            })
            .collect();
        let text = serde_json::to_string_pretty(&rows).context("the result as JSON")?;
        printer.data(&format!("{text}\n"))?;
    } else {
        printer.data(&table(&rows, &terms))?;
        printer.remark(&format!(
            "note: list prices of {}; `-` is billed as input, below write 1h as write 5m where that has a price",
            book.list_name()
        ));
    }
    if let Some(warning) = book.age_warning(now) {
        printer.warning(&warning);
    }
    // A model that was asked for by name and has no price is an answer, but not the one that was wanted.
    Ok(if unknown > 0 && !args.all && !args.json { Exit::Block } else { Exit::Pass })
}

fn table(rows: &[(&String, Result<Arc<Quote>, Unpriced>)], terms: &Terms) -> String {
    let mut out = String::new();
    if !terms.is_standard() {
        let _ = writeln!(out, "{terms} processing");
    }
    let _ = writeln!(
        out,
        "{:>12}{:>12}{:>12}{:>12}{:>12}  model, dollars per million tokens",
        "input", "output", "cache read", "write 5m", "write 1h"
    );
    for (name, found) in rows {
        match found {
            Ok(quote) => quoted(&mut out, quote),
            Err(unpriced) => {
                let _ = writeln!(
                    out,
                    "{:>60}  {}: {}",
                    "unpriced",
                    escape::terminal(name),
                    escape::terminal(&unpriced.reason)
                );
                let _ = writeln!(out, "{:>62}{}", "", escape::terminal(&unpriced.help));
            }
        }
    }
    out
}

fn quoted(out: &mut String, quote: &Quote) {
    let model = escape::terminal(&quote.model);
    for tier in quote.rates.tiers() {
        for kind in [
            TokenKind::Fresh,
            TokenKind::Output,
            TokenKind::CacheRead,
            TokenKind::CacheWrite5m,
            TokenKind::CacheWrite1h,
        ] {
            let rate =
                own_rate(&tier.per_million, kind).map_or("-".to_owned(), |rate| rate.normalize().to_string());
            let _ = write!(out, "{rate:>12}");
        }
        let above = if tier.above == 0 {
            String::new()
        } else {
            format!(", prompts above {}", thousands(tier.above))
        };
        let _ = write!(out, "  {model}{above}");
        if tier.above == 0 {
            let said: Vec<String> =
                std::iter::once(quote.origin.to_string()).chain(quote.notes.iter().cloned()).collect();
            let _ = write!(out, " ({})", escape::terminal(&said.join("; ")));
        }
        out.push('\n');
    }
}

/// The rate of a kind, where the model has one of its own.
const fn own_rate(rates: &PerMillion, kind: TokenKind) -> Option<Decimal> {
    match kind {
        TokenKind::Fresh => Some(rates.input),
        TokenKind::Output => Some(rates.output),
        TokenKind::CacheRead => rates.cache_read,
        TokenKind::CacheWrite5m => rates.cache_write_5m,
        TokenKind::CacheWrite1h => rates.cache_write_1h,
    }
}

/// The lock at a path; `None` when there is none.
fn read_lock(path: &Path, host: &dyn Host) -> Result<Option<Lock>, CliError> {
    let folder = path.parent().unwrap_or(path);
    if !host.list_dir(folder)?.iter().any(|name| name == lock::FILE_NAME) {
        return Ok(None);
    }
    let bytes = host.read_file(path, lock::MAX_BYTES)?;
    Lock::parse(&String::from_utf8_lossy(&bytes)).map(Some).map_err(CliError::Lock)
}

fn update(args: &PricesUpdateArgs, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let path: PathBuf = source::root(args.root.as_ref(), host)?.join(lock::FILE_NAME);
    let before = read_lock(&path, host)?;
    let today = host.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let from = host.current_dir().join(&args.from);
    let list = Imported::read(&host.read_file(&from, import::MAX_BYTES)?, today).map_err(|error| CliError::Usage {
        message: format!("{}: {error}", args.from.display()),
        help: "--from takes the prices.json of genai-prices or LiteLLM's model_prices_and_context_window.json".to_owned(),
    })?;
    let mut wanted = BTreeSet::new();
    for name in &args.models {
        let model = names::canonical(name).map_err(|error| CliError::Usage {
            message: error.to_string(),
            help: "write the one that is meant".to_owned(),
        })?;
        wanted.insert(model);
    }
    if !args.all && wanted.is_empty() && before.as_ref().is_none_or(|lock| lock.models.is_empty()) {
        return Err(CliError::Usage {
            message: "there is nothing to update: no model is named and none is locked".to_owned(),
            help: "name the models you use, or lock --all of the list".to_owned(),
        });
    }
    let wanted = (!args.all).then_some(&wanted);
    let made = import::update(before.as_ref(), &list, wanted, args.source_version.as_deref(), today);
    if !made.missing.is_empty() {
        return Err(CliError::Usage {
            message: format!("{} has no rates for {}", args.from.display(), made.missing.join(", ")),
            help: "take another list, or remove the model from prices.lock and state its price in weighbridge.yaml"
                .to_owned(),
        });
    }
    for change in made.changes.iter().take(MAX_CHANGES) {
        printer.data(&format!("{}\n", escape::terminal(&change.to_string())))?;
    }
    if made.changes.len() > MAX_CHANGES {
        printer
            .data(&format!("and {} more\n", plural(made.changes.len() - MAX_CHANGES, "change", "changes")))?;
    }
    if before.as_ref() == Some(&made.lock) {
        printer.remark(&format!("{} is up to date: {}", lock::FILE_NAME, made.lock.title()));
        return Ok(Exit::Pass);
    }
    if args.check {
        printer.remark(&format!("{} would change", lock::FILE_NAME));
        return Ok(Exit::Block);
    }
    let text = made.lock.write();
    // What is written has to be readable again: a list of everything may be larger than a lock may be.
    Lock::parse(&text).map_err(CliError::Lock)?;
    host.write_file(&path, text.as_bytes())?;
    let count = plural(made.lock.models.len(), "model", "models");
    printer.remark(&format!("wrote {}: {count}, {}", lock::FILE_NAME, made.lock.title()));
    Ok(Exit::Pass)
}
