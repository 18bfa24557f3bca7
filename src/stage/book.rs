//! The price book in force: the embedded one, the lock of the repository, and what its configuration says.

use crate::base::{RepoPath, Tree};
use crate::config::CostConfig;
use crate::cost::prices::lock::{self, Lock};
use crate::cost::prices::overrides::Overrides;
use crate::cost::prices::{Book, PriceOrigin, Source};
use crate::cost::project::price::{ModelPrice, NoPrice};
use crate::cost::workflow::UNKNOWN;
use std::sync::Arc;

/// The book of a revision. What cannot be read is a fault: nothing can be said about the cost then.
pub(super) fn book<'a>(
    tree: &dyn Tree,
    config: &CostConfig,
    source: Arc<dyn Source + 'a>,
    now: jiff::Timestamp,
    faults: &mut Vec<String>,
) -> Book<'a> {
    let mut book = Book::with_source(now, source);
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
