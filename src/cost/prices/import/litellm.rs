//! The `model_prices_and_context_window` JSON of `LiteLLM`: one flat list, dollars per token; tiers and terms
//! are in the keys.
//!
//! `input_cost_per_token_above_200k_tokens_batches` is the price of input in prompts above 200,000 tokens, in
//! batches. Newer entries list their tiers under `tiered_pricing` instead.

use super::{ImportError, decimal, whole};
use crate::cost::prices::lock::Locked;
use crate::cost::prices::names;
use crate::cost::rates::{PerMillion, Rates, Tier};
use rust_decimal::Decimal;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

type Entry<'a> = BTreeMap<String, &'a RawValue>;

/// Endings of keys, and the terms they are about.
const TERMS: [(&str, &str); 3] = [("_batches", "batch"), ("_flex", "flex"), ("_priority", "priority")];

/// Providers whose names are not written before their models, with what stands there in our names.
const UNPREFIXED: [(&str, &str); 9] = [
    ("bedrock", "bedrock/"),
    ("bedrock_converse", "bedrock/"),
    ("vertex_ai-language-models", "vertex_ai/"),
    ("vertex_ai-anthropic_models", "vertex_ai/"),
    ("cohere_chat", "cohere/"),
    ("cohere", "cohere/"),
    ("anthropic", "anthropic/"),
    ("openai", "openai/"),
    ("text-completion-openai", "openai/"),
];

pub(super) fn read(text: &str) -> Result<(BTreeMap<String, Locked>, usize), ImportError> {
    let list: BTreeMap<String, &RawValue> =
        serde_json::from_str(text).map_err(|error| ImportError(error.to_string()))?;
    let mut found: BTreeMap<String, (u8, Locked)> = BTreeMap::new();
    let mut skipped = 0;
    for (key, raw) in list {
        if key == "sample_spec" {
            continue;
        }
        let entry: Entry<'_> =
            serde_json::from_str(raw.get()).map_err(|error| ImportError(format!("{key}: {error}")))?;
        let word = |key: &str| entry.get(key).and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
        let answers =
            word("mode").is_none_or(|mode| matches!(mode.as_str(), "chat" | "completion" | "responses"));
        let provider = word("litellm_provider").unwrap_or_default();
        // One broken entry is no reason to do without the others; without a price, zeros are written.
        let usable = |locked: &Locked| {
            let free = |rates: &Rates| rates.tiers().iter().all(|tier| costs_nothing(&tier.per_million));
            locked.is_readable() && !free(&locked.standard)
        };
        let locked = locked(&entry).ok().flatten().filter(|locked| answers && usable(locked));
        let (Some(locked), Ok(name)) = (locked, names::canonical(&full_name(&key, &provider))) else {
            skipped += 1;
            continue;
        };
        // Google sells Gemini twice, and dated names come beside plain ones: the vendor's own, undated one counts.
        let rank = u8::from(provider.starts_with("vertex_ai")) * 2 + u8::from(key.chars().any(|c| c == '@'));
        let known = found.get(&name).is_some_and(|(before, _)| *before <= rank);
        if !known {
            found.insert(name, (rank, locked));
        }
    }
    Ok((found.into_iter().map(|(name, (_, locked))| (name, locked)).collect(), skipped))
}

fn full_name(key: &str, provider: &str) -> String {
    let prefix = UNPREFIXED.iter().find(|(known, _)| *known == provider).map_or("", |(_, prefix)| *prefix);
    if key.starts_with(prefix) { key.to_owned() } else { format!("{prefix}{key}") }
}

/// `None` when the entry has no rates per token.
fn locked(entry: &Entry<'_>) -> Result<Option<Locked>, String> {
    let standard = match entry.get("tiered_pricing") {
        Some(raw) => listed_tiers(raw)?,
        None => rates(entry, "")?,
    };
    let Some(standard) = standard else { return Ok(None) };
    let mut variants = BTreeMap::new();
    for (ending, terms) in TERMS {
        let rates = rates(entry, ending)?.and_then(|rates| with_cache(&rates, &standard));
        if let Some(rates) = rates.filter(|rates| *rates != standard) {
            // A tier without a price under these terms is not guessed from one that has it.
            if standard.tiers().iter().all(|tier| rates.tiers().iter().any(|other| other.above == tier.above))
            {
                variants.insert(terms.to_owned(), rates);
            }
        }
    }
    let context_window = entry.get("max_input_tokens").and_then(|raw| whole(raw));
    Ok(Some(Locked { context_window, standard, variants }))
}

fn costs_nothing(rates: &PerMillion) -> bool {
    rates.input.is_zero() && rates.output.is_zero()
}

/// Rates under other terms, which the list mostly has for input and output only. What is read from the cache or written
/// to it changes as input does: left out, it would be billed as input, which is many times as much. `None` when
/// nothing can be told from input that is free.
fn with_cache(rates: &Rates, standard: &Rates) -> Option<Rates> {
    let mut tiers = Vec::new();
    for tier in rates.tiers() {
        let (own, usual) = (&tier.per_million, standard.at(tier.above.saturating_add(1))?);
        let scaled = |stated: Option<Decimal>, rate: Option<Decimal>| match (stated, rate) {
            (None, Some(rate)) => {
                let rate = rate.checked_mul(own.input)?.checked_div(usual.input)?;
                Some(Some(rate.round_dp(12).normalize()))
            }
            (stated, _) => Some(stated),
        };
        let per_million = PerMillion {
            input: own.input,
            output: own.output,
            cache_read: scaled(own.cache_read, usual.cache_read)?,
            cache_write_5m: scaled(own.cache_write_5m, usual.cache_write_5m)?,
            cache_write_1h: scaled(own.cache_write_1h, usual.cache_write_1h)?,
        };
        tiers.push(Tier { above: tier.above, per_million });
    }
    Rates::new(tiers)
}

/// Dollars per token as dollars per million tokens.
fn per_million(raw: &RawValue, key: &str) -> Result<Option<Decimal>, String> {
    if raw.get() == "null" {
        return Ok(None);
    }
    let price = decimal(raw).and_then(|price| price.checked_mul(Decimal::from(1_000_000)));
    price.map(|price| Some(price.normalize())).ok_or_else(|| format!("the price `{key}` cannot be read"))
}

const KINDS: [&str; 5] = [
    "input_cost_per_token",
    "output_cost_per_token",
    "cache_read_input_token_cost",
    "cache_creation_input_token_cost",
    "cache_creation_input_token_cost_above_1hr",
];

fn rates(entry: &Entry<'_>, ending: &str) -> Result<Option<Rates>, String> {
    let mut tiers: BTreeMap<u64, [Option<Decimal>; 5]> = BTreeMap::from([(0, [None; 5])]);
    for (key, raw) in entry {
        let Some(stem) = key.strip_suffix(ending) else { continue };
        for (index, kind) in KINDS.iter().enumerate() {
            let Some(rest) = stem.strip_prefix(kind) else { continue };
            let above = match rest.strip_prefix("_above_").and_then(|rest| rest.strip_suffix("k_tokens")) {
                Some(thousands) => thousands.parse::<u64>().ok().and_then(|size| size.checked_mul(1000)),
                None => rest.is_empty().then_some(0),
            };
            if let Some(place) = above.and_then(|above| tiers.entry(above).or_default().get_mut(index)) {
                *place = per_million(raw, key)?;
            }
        }
    }
    if ending.is_empty()
        && let Some(raw) = entry.get("input_cost_per_token_cache_hit")
        && let Some(first) = tiers.get_mut(&0)
    {
        let [_, _, read, ..] = first;
        *read = read.or(per_million(raw, "input_cost_per_token_cache_hit")?);
    }
    Ok(build(tiers))
}

/// Tiers, each with the prices of the one before where it has none; `None` without prices of input and output.
fn build(tiers: BTreeMap<u64, [Option<Decimal>; 5]>) -> Option<Rates> {
    let mut before = [None; 5];
    let mut found: Vec<Tier> = Vec::new();
    for (above, prices) in tiers {
        for (known, price) in before.iter_mut().zip(prices) {
            *known = price.or(*known);
        }
        let [input, output, cache_read, write, write_for_an_hour] = before;
        let (input, output) = (input?, output?);
        // Zero for writing stands where writing is not charged for apart: it is billed as input.
        let apart = |rate: Option<Decimal>| rate.filter(|rate| !rate.is_zero() || input.is_zero());
        let per_million = PerMillion {
            input,
            output,
            cache_read,
            cache_write_5m: apart(write),
            cache_write_1h: apart(write_for_an_hour),
        };
        found.push(Tier { above, per_million });
    }
    Rates::new(found)
}

fn listed_tiers(raw: &RawValue) -> Result<Option<Rates>, String> {
    let list: Vec<Entry<'_>> = serde_json::from_str(raw.get()).map_err(|error| error.to_string())?;
    let mut tiers = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for tier in &list {
        let range: Vec<&RawValue> =
            tier.get("range").and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
        let Some(above) = range.first().and_then(|raw| whole(raw)).filter(|above| seen.insert(*above)) else {
            return Err("`tiered_pricing` has a tier without a range of its own".to_owned());
        };
        let mut prices = [None; 5];
        for (place, kind) in prices.iter_mut().zip(KINDS) {
            if let Some(raw) = tier.get(kind) {
                *place = per_million(raw, kind)?;
            }
        }
        tiers.insert(above, prices);
    }
    Ok(build(tiers))
}
