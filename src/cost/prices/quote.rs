//! The layers of prices, and what they say about one model.

use super::book::{BOOK, BOOK_DATE, Embedded, catalogue};
use super::lock::Lock;
use super::overrides::{Overrides, alias_key};
use super::terms::{Entry, NoEntry, Source, Terms};
use super::{claude, names, side_table};
use crate::base::Family;
use crate::config::prices::Region;
use crate::cost::rates::Rates;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

/// Names like another that are tried.
const MAX_NEAR: usize = 20;
/// Prices older than this are worth a word, in days.
pub const STALE_DAYS: i32 = 60;

/// Who says what a model costs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case", tag = "layer", content = "from")]
pub enum PriceOrigin {
    /// The embedded book.
    Book,
    /// `prices.lock`: its source and date.
    Lock(String),
    /// `prices:` of the repository.
    Repository,
    /// `prices:` of an environment: its name.
    Environment(String),
    /// The command line.
    Flag,
}

impl fmt::Display for PriceOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Book => f.pad(BOOK),
            Self::Lock(source) => f.pad(&format!("prices.lock ({source})")),
            Self::Repository => f.pad("weighbridge.yaml"),
            Self::Environment(name) => f.pad(&format!("environment {name}")),
            Self::Flag => f.pad("--price"),
        }
    }
}

/// What a model costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Quote {
    /// The model, as [`names::canonical`] writes it.
    pub model: String,
    /// What it charges.
    pub rates: Rates,
    /// The uppermost layer that has a say in the rates.
    pub origin: PriceOrigin,
    /// How list prices were changed and what was assumed, for people.
    pub notes: Vec<String>,
    /// How many tokens a request may have.
    pub context_window: Option<u64>,
    /// From how many tokens on a prefix is cached.
    pub min_cacheable: u64,
    /// How it counts tokens.
    pub family: Option<Family>,
}

/// A model without a price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("`{name}`: {reason}")]
pub struct Unpriced {
    /// The name that was asked for.
    pub name: String,
    /// Why there is no price.
    pub reason: String,
    /// What to do.
    pub help: String,
}

type Known = BTreeMap<(String, Terms), Result<Arc<Quote>, Unpriced>>;

/// The layers of prices on one day.
pub struct Book<'a> {
    day: Date,
    source: Arc<dyn Source + 'a>,
    lock: Option<Lock>,
    /// Uppermost last.
    layers: Vec<(PriceOrigin, Overrides)>,
    known: Mutex<Known>,
}

impl fmt::Debug for Book<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Book")
            .field("day", &self.day)
            .field("layers", &self.layers.len())
            .finish_non_exhaustive()
    }
}

/// The day of a moment in UTC, in which price lists are dated.
pub(super) fn day_of(now: Timestamp) -> Date {
    now.to_zoned(jiff::tz::TimeZone::UTC).date()
}

impl<'a> Book<'a> {
    /// List prices of a day, of the embedded book.
    pub fn new(now: Timestamp) -> Self {
        Self::with_source(now, Arc::new(Embedded))
    }

    /// List prices of a day, of any source: a memory in front of the embedded book.
    pub fn with_source(now: Timestamp, source: Arc<dyn Source + 'a>) -> Self {
        Self { day: day_of(now), source, lock: None, layers: Vec::new(), known: Mutex::default() }
    }

    /// Puts a lock over the book.
    #[must_use]
    pub fn with_lock(mut self, lock: Lock) -> Self {
        self.lock = Some(lock);
        self.forget();
        self
    }

    /// Puts a layer over lock and book. Layers are ordered by their origin, not by when they are added.
    #[must_use]
    pub fn with_layer(mut self, origin: PriceOrigin, overrides: Overrides) -> Self {
        if overrides != Overrides::default() {
            self.layers.push((origin, overrides));
            self.layers.sort_by(|(left, _), (right, _)| left.cmp(right));
            self.forget();
        }
        self
    }

    /// The same lock and book without what is paid instead: no discounts, regions, terms or rates of the layers. Names
    /// of the repository's own still mean what they mean.
    #[must_use]
    pub fn at_list_price(&self) -> Self {
        let only_names =
            |overrides: &Overrides| Overrides { aliases: overrides.aliases.clone(), ..Overrides::default() };
        let layers = self.layers.iter().map(|(origin, layer)| (origin.clone(), only_names(layer)));
        Self {
            day: self.day,
            source: Arc::clone(&self.source),
            lock: self.lock.clone(),
            layers: layers.collect(),
            known: Mutex::default(),
        }
    }

    /// The models for which a layer states rates that have no effect: no list has the model, and input or output is not
    /// stated. A name that was mistyped is one of them.
    pub fn without_effect(&self, origin: &PriceOrigin) -> Vec<String> {
        let layers = self.layers.iter().filter(|(of, _)| of == origin);
        let stated = layers.flat_map(|(_, layer)| layer.models.iter());
        let alone = stated.filter(|(_, stated)| stated.over(None).is_none()).map(|(model, _)| model);
        let unlisted =
            |model: &&String| matches!(self.list(model, &Terms::default()), Err(NoEntry::Unknown { .. }));
        alone.filter(|model| self.quote(model).is_err()).filter(unlisted).cloned().collect()
    }

    /// The day of its prices.
    pub const fn day(&self) -> Date {
        self.day
    }

    /// Of the names that have a price, the one that is most like this one; `None` when none is much like it.
    pub fn nearest(&self, name: &str) -> Option<String> {
        let wanted = names::resolve(name);
        let room = (wanted.chars().count() / 6).clamp(1, 3);
        let layers =
            self.layers.iter().flat_map(|(_, layer)| layer.aliases.keys().chain(layer.models.keys()));
        let locked = self.lock.iter().flat_map(|lock| lock.models.keys());
        let mut all: Vec<String> = layers.chain(locked).cloned().collect();
        all.extend(claude::lines().map(str::to_owned));
        all.extend(catalogue());
        let mut near: Vec<(usize, String)> = all
            .into_iter()
            .filter(|known| known.len().abs_diff(wanted.len()) <= room && *known != wanted)
            .map(|known| (strsim::damerau_levenshtein(&known, &wanted), known))
            .filter(|(edits, _)| *edits <= room)
            .collect();
        near.sort();
        near.dedup();
        near.into_iter().take(MAX_NEAR).map(|(_, known)| known).find(|known| self.quote(known).is_ok())
    }

    fn forget(&mut self) {
        self.known = Mutex::default();
    }

    /// Where list prices come from, for people.
    pub fn list_name(&self) -> String {
        self.lock.as_ref().map_or_else(|| BOOK.to_owned(), |lock| format!("prices.lock ({})", lock.title()))
    }

    /// The terms that the layers state; the list price's where they state none.
    pub fn terms(&self) -> Terms {
        Terms {
            processing: self.topmost(|layer| layer.processing).unwrap_or_default(),
            service_tier: self.topmost(|layer| layer.service_tier.clone()),
        }
    }

    /// What a model costs under the terms that the layers state.
    ///
    /// # Errors
    /// When nobody says, or its name may mean several models.
    pub fn quote(&self, name: &str) -> Result<Arc<Quote>, Unpriced> {
        self.quote_under(name, &self.terms())
    }

    /// What a model costs under these terms.
    ///
    /// # Errors
    /// When nobody says, or its name may mean several models.
    pub fn quote_under(&self, name: &str, terms: &Terms) -> Result<Arc<Quote>, Unpriced> {
        let key = (name.to_owned(), terms.clone());
        if let Some(known) = self.known.lock().ok().and_then(|known| known.get(&key).cloned()) {
            return known;
        }
        let quote = self.work_out(name, terms).map(Arc::new);
        if let Ok(mut known) = self.known.lock() {
            known.insert(key, quote.clone());
        }
        quote
    }

    /// What the reader should know about the age of list prices.
    pub fn age_warning(&self, now: Timestamp) -> Option<String> {
        let (date, what, help) = match &self.lock {
            Some(lock) => (
                lock.date,
                format!("the prices of prices.lock ({})", lock.title()),
                "`weighbridge prices update --from FILE` takes newer ones",
            ),
            None => (
                BOOK_DATE,
                format!("the embedded prices ({BOOK})"),
                "a newer weighbridge has newer ones, or `weighbridge prices update --from FILE` takes them from a file",
            ),
        };
        let days = date.until(day_of(now)).ok()?.get_days();
        (days > STALE_DAYS).then(|| format!("{what} are {days} days old; {help}"))
    }

    fn topmost<'b, T>(&'b self, get: impl Fn(&'b Overrides) -> Option<T>) -> Option<T> {
        self.layers.iter().rev().find_map(|(_, layer)| get(layer))
    }

    fn model(&self, name: &str) -> Result<String, Unpriced> {
        if let Some(model) = self.topmost(|layer| layer.aliases.get(&alias_key(name)).cloned()) {
            return Ok(model);
        }
        names::canonical(name).map_err(|error| Unpriced {
            name: name.to_owned(),
            reason: error.to_string(),
            help: "write the one that is meant".to_owned(),
        })
    }

    /// True when a name of a layer's own stands for a model.
    fn means(&self, name: &str, model: &str) -> bool {
        self.topmost(|layer| layer.aliases.get(name)).is_some_and(|meant| meant == model)
    }

    /// The list price: of the lock, else of the book.
    fn list(&self, model: &str, terms: &Terms) -> Result<(PriceOrigin, Entry), NoEntry> {
        let locked = self.lock.as_ref().and_then(|lock| Some((lock, lock.models.get(model)?)));
        match locked {
            Some((lock, found)) => {
                let rates = found.under(terms).ok_or_else(|| NoEntry::NotOffered(terms.to_string()))?;
                let entry =
                    Entry { rates: rates.clone(), context_window: found.context_window, notes: Vec::new() };
                Ok((PriceOrigin::Lock(lock.title()), entry))
            }
            None => Ok((PriceOrigin::Book, self.source.entry(model, terms, self.day)?)),
        }
    }

    fn work_out(&self, name: &str, terms: &Terms) -> Result<Quote, Unpriced> {
        let model = self.model(name)?;
        let mut notes = Vec::new();
        let (mut origin, entry) = match self.list(&model, terms) {
            Ok((origin, entry)) => (origin, Ok(entry)),
            Err(reason) => (PriceOrigin::Book, Err(reason)),
        };
        let mut context_window = None;
        let mut rates = None;
        if let Ok(entry) = &entry {
            context_window = entry.context_window;
            notes.extend(entry.notes.iter().cloned());
            if origin == PriceOrigin::Book && self.lock.is_some() {
                notes.push(format!("it is not in prices.lock; this is the price of {BOOK}"));
            }
            if !terms.is_standard() {
                notes.push(format!("{terms} processing"));
            }
            rates = Some(entry.rates.times(self.factor(&model, &mut notes)));
        }
        for (layer, overrides) in &self.layers {
            // A name of the repository's own may be used in another layer than the one that gives it a meaning.
            let by_alias = || overrides.models.iter().find(|(key, _)| self.means(key, &model));
            if let Some(stated) =
                overrides.models.get(&model).or_else(|| by_alias().map(|(_, stated)| stated))
                && let Some(over) = stated.over(rates.as_ref())
            {
                rates = Some(over);
                origin = layer.clone();
            }
        }
        let Some(rates) = rates else {
            return Err(unpriced(name, &model, entry.err()));
        };
        let window = context_window.or_else(|| side_table::context_window(&model).map(|row| row.value));
        Ok(Quote {
            rates,
            origin,
            notes,
            context_window: window,
            min_cacheable: side_table::min_cacheable(&model).value,
            family: names::family(&model),
            model,
        })
    }

    /// What a list price is multiplied by: region, then discount.
    fn factor(&self, model: &str, notes: &mut Vec<String>) -> Decimal {
        let mut factor = Decimal::ONE;
        if let Some(stated) = self.topmost(|layer| layer.region_factor) {
            factor = stated;
            notes.push(format!("times {} for the region", stated.normalize()));
        } else if let Some(region) =
            self.topmost(|layer| layer.region).filter(|region| *region != Region::Global)
        {
            match side_table::regional_factor(model, region) {
                Some(row) => {
                    factor = row.value;
                    notes.push(format!("times {} for the region {}", row.value, region.name()));
                }
                None => notes.push(format!("no factor is known for the region {}", region.name())),
            }
        }
        if let Some(percent) =
            self.topmost(|layer| layer.discount_percent).filter(|percent| !percent.is_zero())
        {
            factor *= (Decimal::ONE_HUNDRED - percent) / Decimal::ONE_HUNDRED;
            notes.push(format!("less {} %", percent.normalize()));
        }
        factor
    }
}

fn unpriced(name: &str, model: &str, reason: Option<NoEntry>) -> Unpriced {
    let state = format!("state `prices.models.{model}.input` and `.output` in weighbridge.yaml");
    let (reason, help) = match reason {
        Some(NoEntry::Unknown { candidates }) if !candidates.is_empty() => (
            format!("no price is known under this name; it could mean {}", candidates.join(" or ")),
            format!("write the one that is meant, or {state}"),
        ),
        Some(NoEntry::NotOffered(terms)) => (
            NoEntry::NotOffered(terms).to_string(),
            format!("leave `processing` and `service_tier` out for this model, or {state}"),
        ),
        Some(reason) => (reason.to_string(), format!("check the name, or {state}")),
        None => {
            (NoEntry::Unknown { candidates: Vec::new() }.to_string(), format!("check the name, or {state}"))
        }
    };
    Unpriced { name: name.to_owned(), reason, help }
}
