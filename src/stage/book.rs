//! The price book in force: the embedded one, the lock of the repository, and what its configuration says.

use crate::base::{RepoPath, Tree};
use crate::config::CostConfig;
use crate::config::prices::RawPrices;
use crate::cost::environment::canonical;
use crate::cost::prices::lock::{self, Lock};
use crate::cost::prices::overrides::Overrides;
use crate::cost::prices::{Book, PriceOrigin, Source};
use crate::cost::project::price::{ModelPrice, NoPrice};
use crate::cost::workflow::UNKNOWN;
use std::sync::Arc;

/// Larger overrides of an environment are not read, in bytes.
const MAX_OVERRIDES: u64 = 256 * 1024;

/// The prices in force: what was typed goes before the environment, that before the repository's configuration,
/// that before its lock, and that before the embedded book.
///
/// # Errors
/// What cannot be read: nothing can be said about the cost then.
pub fn prices_in_force<'a>(
    tree: &dyn Tree,
    config: &CostConfig,
    typed: &Overrides,
    source: Arc<dyn Source + 'a>,
    now: jiff::Timestamp,
) -> Result<Book<'a>, Vec<String>> {
    let mut faults = Vec::new();
    let book = book(tree, (config, typed), source, now, &mut faults);
    if faults.is_empty() { Ok(book) } else { Err(faults) }
}

/// The same, with what cannot be read in `faults`.
pub(super) fn book<'a>(
    tree: &dyn Tree,
    (config, typed): (&CostConfig, &Overrides),
    source: Arc<dyn Source + 'a>,
    now: jiff::Timestamp,
    faults: &mut Vec<String>,
) -> Book<'a> {
    let mut book = Book::with_source(now, source).with_layer(PriceOrigin::Flag, typed.clone());
    if let Some(name) = config.environment.as_deref() {
        match of_environment(tree, name) {
            Ok(overrides) => book = book.with_layer(PriceOrigin::Environment(name.to_owned()), overrides),
            Err(errors) => faults.extend(errors),
        }
    }
    match Overrides::new(&config.prices) {
        Ok(overrides) => book = book.with_layer(PriceOrigin::Repository, overrides),
        Err(errors) => {
            faults.extend(errors.iter().map(|error| format!("{}: {error}", config.place(&["prices"]))));
        }
    }
    match read_lock(tree) {
        Some(Ok(lock)) => book = book.with_lock(lock),
        Some(Err(errors)) => faults.extend(errors),
        None => {}
    }
    let idle = book.without_effect(&PriceOrigin::Repository);
    faults.extend(idle.iter().map(|model| {
        let place = config.place(&["prices", "models", model]);
        format!(
            "{place}: no list has a price for `{model}`; correct the name, or state both `input` and `output` of it"
        )
    }));
    book
}

/// `prices:` in the overrides of an environment.
pub(super) fn of_environment(tree: &dyn Tree, name: &str) -> Result<Overrides, Vec<String>> {
    #[derive(Default, serde::Deserialize)]
    #[serde(default)]
    struct Paid {
        prices: RawPrices,
    }
    let is_wanted = |path: &RepoPath| {
        let folder = path.parent();
        matches!(path.name(), "model-overrides.yaml" | "model-overrides.yml")
            && folder.parent().name() == "environments"
            && canonical(folder.name()) == canonical(name)
    };
    let Some(entry) = tree.entries().iter().find(|entry| is_wanted(&entry.path)) else {
        return Ok(Overrides::default());
    };
    let at = |error: &dyn std::fmt::Display| vec![format!("{}: {error}", entry.path)];
    let bytes = tree.read(&entry.path, MAX_OVERRIDES).map_err(|error| vec![error.to_string()])?;
    let paid: Option<Paid> =
        serde_yaml::from_str(&String::from_utf8_lossy(&bytes)).map_err(|error| at(&error))?;
    Overrides::new(&paid.unwrap_or_default().prices)
        .map_err(|errors| errors.iter().flat_map(|error| at(error)).collect())
}

/// The bytes of the lock of a revision.
pub(super) fn lock_bytes(tree: &dyn Tree) -> Option<Arc<[u8]>> {
    let path = RepoPath::new(lock::FILE_NAME)?;
    tree.entry(path.as_str())?;
    tree.read(&path, lock::MAX_BYTES).ok()
}

fn read_lock(tree: &dyn Tree) -> Option<Result<Lock, Vec<String>>> {
    let path = RepoPath::new(lock::FILE_NAME)?;
    tree.entry(path.as_str())?;
    Some(match tree.read(&path, lock::MAX_BYTES) {
        Ok(bytes) => Lock::parse(&String::from_utf8_lossy(&bytes))
            .map_err(|errors| errors.iter().map(ToString::to_string).collect()),
        Err(error) => Err(vec![error.to_string()]),
    })
}

/// The price of a model as the projection needs it.
pub(super) fn look_up(book: &Book<'_>, name: &str) -> Result<ModelPrice, NoPrice> {
    // Of a step whose model or tokens nobody names, there is nothing to look up, and no layer may give it a price.
    if let Some(reason) = name.strip_prefix(UNKNOWN) {
        return Err(NoPrice { name: "unknown".to_owned(), reason: reason.to_owned() });
    }
    match book.quote(name) {
        Ok(quote) => Ok(ModelPrice {
            min_cacheable: quote.min_cacheable,
            context_window: quote.context_window,
            family: quote.family,
            origin: quote.origin.to_string(),
            notes: quote.notes.clone(),
            ..ModelPrice::new(&quote.model, quote.rates.clone())
        }),
        Err(unpriced) => Err(NoPrice { name: unpriced.name, reason: unpriced.reason }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::prices::RawPrices;

    fn with(layer: &str) -> Book<'static> {
        let raw: RawPrices = serde_yaml::from_str(layer).unwrap();
        let now = "2026-11-21T09:00:00Z".parse().unwrap();
        Book::new(now).with_layer(PriceOrigin::Repository, Overrides::new(&raw).unwrap())
    }

    #[test]
    fn what_nobody_names_has_no_price_in_any_layer() {
        let name = format!("{UNKNOWN}the tokens of Cook are not said");
        let book = with("{aliases: {'unknown: the tokens of Cook are not said': claude-opus-4-6}}");
        let found = look_up(&book, &name).unwrap_err();
        assert_eq!(
            (found.name.as_str(), found.reason.as_str()),
            ("unknown", "the tokens of Cook are not said")
        );
    }

    #[test]
    fn what_was_assumed_of_a_price_is_kept() {
        let price = look_up(&with("{region: eu, discount_percent: 10}"), "claude-opus-4-6").unwrap();
        assert_eq!(price.notes, ["no factor is known for the region eu", "less 10 %"]);
    }
}
