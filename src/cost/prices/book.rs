//! The embedded price book, the crate `genai-prices`, as exact rates.
//!
//! The crate says what a request costs, in floating point, and keeps its rates to itself. So requests of many
//! sizes are put to it, the sizes at which the price per token changes are searched for, and each rate is the
//! shortest decimal that gives the price back. The rates found are then checked against the crate on requests
//! that mix all kinds of tokens; where they do not agree, the model has no price here rather than a guessed one.

use super::names;
use super::probe::{NOISE, Probe, differ};
use super::terms::{Entry, NoEntry, Source, Terms};
use genai_prices::{Calculator, PriceCalculation, PriceRequest, Usage};
use jiff::civil::Date;

/// Name and version of the book, for reports.
pub const BOOK: &str = "genai-prices 0.2.1";
/// The day on which the newest price of the book began to hold. Prices announced for later days, of which the
/// book has a few, do not make it younger. `tests/it/prices.rs` finds the same in the crate's data.
pub const BOOK_DATE: Date = jiff::civil::date(2026, 10, 20);
/// The digest of the crate's `data/prices.json`.
pub const BOOK_SHA256: &str = "36b2d46ee3f339666e58962d6e4d9ecb175adf2a0456ad029ea0cbafd9baf75c";

/// Names up to this length, such as `gpt-5`, begin too many others to be meant by them.
const SHORT_NAME: usize = 7;
/// Models named in a message at most.
const MAX_CANDIDATES: usize = 6;

/// The book that is embedded in the program. Reading it takes some 60 ms, once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Embedded;

impl Source for Embedded {
    fn entry(&self, model: &str, terms: &Terms, day: Date) -> Result<Entry, NoEntry> {
        entry(Calculator::bundled(), model, terms, day)
    }
}

/// Every model of the embedded book, as [`names::canonical`] writes it, in the order of the book.
pub fn catalogue() -> Vec<String> {
    let providers = Calculator::bundled().providers();
    providers
        .flat_map(|provider| provider.models().map(move |m| names::of_book(provider.id(), m.id())))
        .collect()
}

/// A model as a book found it.
pub(super) struct Found {
    pub(super) provider: String,
    pub(super) id: String,
    /// What the book answers to.
    reference: String,
}

/// What a book finds under a name that is written as [`names::canonical`] does.
pub(super) fn find(calculator: &Calculator, model: &str) -> Option<Found> {
    let usage = Usage::new();
    let (provider, wanted) = names::split(model);
    // Many sell it, each at a price of its own, and the book would take any of them.
    if provider.is_none() && names::needs_house(wanted) {
        return None;
    }
    // A region of Amazon or Azure, whose prices the book does not have though it may match the name.
    if matches!(provider, Some("aws" | "azure")) && wanted.contains('/') {
        return None;
    }
    let ask = |reference: &str| {
        let request = PriceRequest::new(reference, &usage).with_timestamp(std::time::UNIX_EPOCH);
        let found = calculator.calculate(&match provider {
            Some(provider) => request.with_provider_id(provider),
            None => request,
        });
        let PriceCalculation { provider_id: provider, model_id: id, .. } = found.ok()?;
        Some(Found { provider, id, reference: reference.to_owned() })
    };
    if let Some(found) = ask(wanted) {
        // The book matches some names by how they begin: 4.5 must not pass for 4.55, nor a model that only begins
        // like another for that one. A rule that takes any ending is told by trying one.
        let takes_any_ending = || ask(&format!("{wanted}-zz")).is_some_and(|other| other.id == found.id);
        let guessed = names::has_foreign_word(wanted, &found.id) && takes_any_ending();
        return (names::same_model(wanted, &found.id) && !guessed).then_some(found);
    }
    // Some of its own ids are names it does not answer to.
    let asked_for = [
        format!("accounts/fireworks/models/{wanted}"),
        format!("accounts/fireworks/routers/{wanted}"),
        format!("{wanted}-latest"),
        wanted.strip_prefix("regional.").map(|rest| format!("us.{rest}")).unwrap_or_default(),
    ];
    asked_for
        .iter()
        .filter_map(|reference| ask(reference))
        .find(|found| found.id.eq_ignore_ascii_case(wanted))
}

fn entry(calculator: &Calculator, model: &str, terms: &Terms, day: Date) -> Result<Entry, NoEntry> {
    let Some(Found { provider, id, reference }) = find(calculator, model) else {
        return Err(NoEntry::Unknown { candidates: candidates(calculator, model) });
    };
    let at = |hour: i8, minute: i8| {
        let time = day.at(hour, minute, 0, 0).to_zoned(jiff::tz::TimeZone::UTC);
        time.map(|time| std::time::SystemTime::from(time.timestamp()))
            .map_err(|error| NoEntry::NotExact(error.to_string()))
    };
    let mut probe = Probe { calculator, provider: &provider, reference: &reference, terms, at: at(12, 0)? };
    probe.check_kind_of_price()?;
    // Some prices depend on the hour. A forecast does not know the hour, so it takes the dearest.
    let mut by_hour = Vec::new();
    for half_hour in 0..48 {
        probe.at = at(half_hour / 2, 30 * (half_hour % 2))?;
        by_hour.push((probe.blend(1000)?, probe.at));
    }
    let noon = by_hour.get(24).copied().unwrap_or((0.0, probe.at));
    let dearest = by_hour
        .iter()
        .copied()
        .fold(noon, |best, next| if next.0 > best.0 * (1.0 + NOISE) { next } else { best });
    let varies = by_hour.iter().any(|(price, _)| differ(*price, dearest.0));
    probe.at = dearest.1;
    let rates = probe.rates()?;
    if !terms.is_standard() {
        // Where a model has no such price, the book quietly gives the standard one.
        // Of two terms at once, it gives those of the one it knows.
        for fewer in terms.without_one() {
            if (Probe { terms: &fewer, ..probe }).rates()? == rates {
                return Err(NoEntry::NotOffered(terms.to_string()));
            }
        }
    }
    let mut notes = Vec::new();
    if varies {
        notes.push("it is cheaper at some hours; the dearest hours are assumed".to_owned());
    }
    if !has_model(calculator, &provider, &id) {
        notes.push(format!("the book has no price of {provider} for it; this is the vendor's own"));
    }
    Ok(Entry { rates, context_window: context_window(calculator, &provider, &id), notes })
}

/// Whether a provider has the model on its own list. Where it has not, the book takes the list of another.
fn has_model(calculator: &Calculator, provider: &str, id: &str) -> bool {
    let mut providers = calculator.providers().filter(|info| info.id() == provider);
    providers.any(|info| info.models().any(|model| model.id() == id))
}

/// The window as the provider gives it, else as the vendor does.
fn context_window(calculator: &Calculator, provider: &str, id: &str) -> Option<u64> {
    let of = |provider: &str| {
        let mut providers = calculator.providers().filter(|info| info.id() == provider);
        providers.find_map(|info| info.models().find(|model| model.id() == id)?.context_window())
    };
    of(provider).or_else(|| of(names::vendor(id)?))
}

/// Models that an unknown name may have meant: the same one elsewhere, or a longer name.
fn candidates(calculator: &Calculator, model: &str) -> Vec<String> {
    let (provider, reference) = names::split(model);
    let wanted = reference.to_ascii_lowercase();
    let mut found = Vec::new();
    for info in calculator.providers() {
        if provider.is_some_and(|provider| provider != info.id()) {
            continue;
        }
        for model in info.models() {
            let id = model.id().to_ascii_lowercase();
            let last = id.rsplit('/').next().unwrap_or(&id);
            let wanted = wanted.rsplit('/').next().unwrap_or(&wanted);
            let begins = |long: &str, short: &str| {
                long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            };
            let alike = |id: &str| begins(id, wanted) || (id.len() > SHORT_NAME && begins(wanted, id));
            if !wanted.is_empty() && (alike(&id) || alike(last)) {
                found.push(names::of_book(info.id(), model.id()));
            }
        }
    }
    found.sort_by_key(|name| (name.contains('/'), name.len()));
    found.truncate(MAX_CANDIDATES);
    found
}
