//! The JSON of `genai-prices`, version 2: providers, models, prices by date or hour, variants by terms.

use super::{ImportError, decimal, whole};
use crate::config::prices::Processing;
use crate::cost::prices::lock::Locked;
use crate::cost::prices::names;
use crate::cost::prices::terms::Terms;
use crate::cost::rates::{PerMillion, Rates, Tier};
use jiff::civil::{Date, Time};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct List {
    pub(super) models: BTreeMap<String, Locked>,
    pub(super) skipped: usize,
    pub(super) date: Option<Date>,
}

#[derive(Deserialize)]
struct Provider<'a> {
    id: String,
    #[serde(borrow)]
    models: Vec<Model<'a>>,
}

#[derive(Deserialize)]
struct Model<'a> {
    id: String,
    #[serde(borrow)]
    context_window: Option<&'a RawValue>,
    #[serde(borrow)]
    prices: &'a RawValue,
    #[serde(borrow, default)]
    price_variants: Option<Vec<Variant<'a>>>,
}

type RawPrices<'a> = BTreeMap<String, &'a RawValue>;

#[derive(Deserialize)]
struct Conditional<'a> {
    constraint: Option<Constraint>,
    #[serde(borrow)]
    prices: RawPrices<'a>,
}

#[derive(Deserialize)]
struct Variant<'a> {
    when: BTreeMap<String, String>,
    constraint: Option<Constraint>,
    #[serde(borrow)]
    prices: RawPrices<'a>,
}

#[derive(Deserialize)]
struct Constraint {
    start_date: Option<String>,
    start_time: Option<String>,
    end_time: Option<String>,
}

#[derive(Deserialize)]
struct RawTiered<'a> {
    #[serde(borrow)]
    base: &'a RawValue,
    #[serde(borrow)]
    tiers: Vec<RawTier<'a>>,
}

#[derive(Deserialize)]
struct RawTier<'a> {
    #[serde(borrow)]
    start: &'a RawValue,
    #[serde(borrow)]
    price: &'a RawValue,
}

/// A price by size of the prompt: the base, then what holds above a size.
#[derive(Clone, PartialEq)]
struct Price {
    base: Decimal,
    tiers: Vec<(u64, Decimal)>,
}

impl Price {
    fn read(raw: &RawValue) -> Option<Self> {
        if let Some(base) = decimal(raw) {
            return Some(Self { base, tiers: Vec::new() });
        }
        let tiered: RawTiered<'_> = serde_json::from_str(raw.get()).ok()?;
        let tiers: Option<Vec<(u64, Decimal)>> =
            tiered.tiers.iter().map(|tier| Some((whole(tier.start)?, decimal(tier.price)?))).collect();
        let mut tiers = tiers?;
        tiers.sort_by_key(|(above, _)| *above);
        Some(Self { base: decimal(tiered.base)?, tiers })
    }

    fn above(&self, size: u64) -> Decimal {
        self.tiers.iter().rev().find(|(start, _)| *start <= size).map_or(self.base, |(_, price)| *price)
    }
}

pub(super) fn read(text: &str, day: Date) -> Result<List, ImportError> {
    let providers: Vec<Provider<'_>> =
        serde_json::from_str(text).map_err(|error| ImportError(error.to_string()))?;
    let mut list = List { models: BTreeMap::new(), skipped: 0, date: None };
    for provider in &providers {
        for model in &provider.models {
            let place = || format!("{}/{}", provider.id, model.id);
            let conditional =
                conditional(model.prices).map_err(|error| ImportError(format!("{}: {error}", place())))?;
            let variants = model.price_variants.as_deref().unwrap_or_default();
            let starts = conditional.iter().map(|one| &one.constraint);
            let starts = starts.chain(variants.iter().map(|one| &one.constraint)).flatten();
            // Prices are announced ahead of time; those to come do not make the list younger.
            let started = starts.filter_map(Constraint::start).filter(|start| *start <= day);
            list.date = started.chain(list.date).max();
            match locked(&conditional, variants, day) {
                Some(Ok(locked)) if !locked.is_readable() => list.skipped += 1,
                Some(Ok(mut locked)) => {
                    locked.context_window = model.context_window.and_then(whole);
                    list.models.entry(names::of_book(&provider.id, &model.id)).or_insert(locked);
                }
                // One broken entry is no reason to do without the others.
                Some(Err(_)) | None => list.skipped += 1,
            }
        }
    }
    Ok(list)
}

fn conditional(raw: &RawValue) -> serde_json::Result<Vec<Conditional<'_>>> {
    if raw.get().starts_with('[') {
        return serde_json::from_str(raw.get());
    }
    Ok(vec![Conditional { constraint: None, prices: serde_json::from_str(raw.get())? }])
}

impl Constraint {
    fn start(&self) -> Option<Date> {
        self.start_date.as_deref()?.parse().ok()
    }

    fn holds(&self, day: Date, time: Time) -> bool {
        let read = |text: &Option<String>| text.as_deref()?.trim_end_matches('Z').parse::<Time>().ok();
        match (self.start(), read(&self.start_time), read(&self.end_time)) {
            (Some(start), _, _) => day >= start,
            (None, Some(start), Some(end)) if end < start => time >= start || time < end,
            (None, Some(start), Some(end)) => time >= start && time < end,
            _ => false,
        }
    }
}

/// The prices of a day; `None` when they are not per token, `Err` with the key of a price that cannot be read.
fn locked(
    conditional: &[Conditional<'_>],
    variants: &[Variant<'_>],
    day: Date,
) -> Option<Result<Locked, String>> {
    let noon = jiff::civil::time(12, 0, 0, 0);
    let half_hours = (0..48_i8).map(|index| jiff::civil::time(index / 2, 30 * (index % 2), 0, 0));
    let mut dearest: Option<(Rates, &RawPrices<'_>)> = None;
    for time in std::iter::once(noon).chain(half_hours) {
        let holds = |one: &&Conditional<'_>| {
            one.constraint.as_ref().is_none_or(|constraint| constraint.holds(day, time))
        };
        let prices = &conditional.iter().rev().find(holds).or_else(|| conditional.first())?.prices;
        if dearest.as_ref().is_some_and(|(_, known)| std::ptr::eq(*known, prices)) {
            continue;
        }
        let rates = match rates(prices)? {
            Ok(rates) => rates,
            Err(key) => return Some(Err(key)),
        };
        if dearest.as_ref().is_none_or(|(known, _)| sum(&rates) > sum(known)) {
            dearest = Some((rates, prices));
        }
    }
    let (standard, prices) = dearest?;
    let active: Vec<&Variant<'_>> = variants
        .iter()
        .filter(|variant| variant.constraint.as_ref().is_none_or(|constraint| constraint.holds(day, noon)))
        .collect();
    let mut found = BTreeMap::new();
    for terms in active.iter().filter_map(|variant| terms(&variant.when)).collect::<BTreeSet<Terms>>() {
        let mut changed: RawPrices<'_> = prices.clone();
        let context: BTreeMap<&str, &str> = terms.context().collect();
        // The first variant that fits decides, key by key.
        for variant in active.iter().rev() {
            if variant.when.iter().all(|(key, value)| context.get(key.as_str()) == Some(&value.as_str())) {
                changed.extend(variant.prices.iter().map(|(key, value)| (key.clone(), *value)));
            }
        }
        match rates(&changed)? {
            Ok(rates) if rates != standard => {
                found.insert(terms.to_string(), rates);
            }
            Ok(_) => {}
            Err(key) => return Some(Err(key)),
        }
    }
    Some(Ok(Locked { context_window: None, standard, variants: found }))
}

fn terms(when: &BTreeMap<String, String>) -> Option<Terms> {
    let mut terms = Terms::default();
    for (key, value) in when {
        match (key.as_str(), value.as_str()) {
            ("processing", "batch") => terms.processing = Processing::Batch,
            ("service_tier", tier) => terms.service_tier = Some(tier.to_owned()),
            _ => return None,
        }
    }
    (!terms.is_standard()).then_some(terms)
}

/// A measure of how dear rates are, for prices that depend on the hour.
fn sum(rates: &Rates) -> Decimal {
    rates.tiers().first().map_or(Decimal::ZERO, |tier| tier.per_million.input + tier.per_million.output)
}

fn rates(prices: &RawPrices<'_>) -> Option<Result<Rates, String>> {
    let read = |key: &str| match prices.get(key).filter(|raw| raw.get() != "null") {
        None => Ok(None),
        Some(raw) => Price::read(raw).map(Some).ok_or_else(|| key.to_owned()),
    };
    let all = || -> Result<Option<Rates>, String> {
        let (input, output) = (read("input_mtok")?, read("output_mtok")?);
        let write = match read("cache_write_5m_mtok")? {
            Some(price) => Some(price),
            None => read("cache_write_mtok")?,
        };
        let (cache_read, hour) = (read("cache_read_mtok")?, read("cache_write_1h_mtok")?);
        let per_request = read("requests_kcount")?.is_some_and(|price| !price.base.is_zero());
        let thinking = read("output_reasoning_mtok")?.is_some_and(|price| Some(price) != output);
        let (Some(input), Some(output)) = (input, output) else { return Ok(None) };
        if per_request || thinking {
            return Ok(None);
        }
        let given = [Some(&input), Some(&output), cache_read.as_ref(), write.as_ref(), hour.as_ref()];
        let mut sizes: BTreeSet<u64> =
            given.into_iter().flatten().flat_map(|price| &price.tiers).map(|(size, _)| *size).collect();
        sizes.insert(0);
        let mut tiers: Vec<Tier> = Vec::new();
        for above in sizes {
            let at = |price: &Option<Price>| price.as_ref().map(|price| price.above(above));
            let per_million = PerMillion {
                input: input.above(above),
                output: output.above(above),
                cache_read: at(&cache_read),
                cache_write_5m: at(&write),
                cache_write_1h: at(&hour),
            };
            if tiers.last().is_none_or(|last| last.per_million != per_million) {
                tiers.push(Tier { above, per_million });
            }
        }
        Ok(Rates::new(tiers))
    };
    all().transpose()
}
