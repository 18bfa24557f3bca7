//! What a repository, an environment or the command line says about prices, over the list price.

use super::names;
use crate::config::prices::{Factor, Percent, Processing, Rate, RawModel, RawPrices, RawTier, Region};
use crate::cost::rates::{PerMillion, Rates, Tier};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// The rates of one model that are paid, as far as they are stated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stated {
    kinds: Kinds,
    tiers: Vec<(u64, Kinds)>,
}

/// A layer of prices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Names of models, lower case.
    pub aliases: BTreeMap<String, String>,
    /// What is stated, by [`names::canonical`].
    pub models: BTreeMap<String, Stated>,
    /// What is taken off list prices.
    pub discount_percent: Option<Decimal>,
    /// Where requests are processed.
    pub region: Option<Region>,
    /// What list prices are multiplied by.
    pub region_factor: Option<Decimal>,
    /// How requests are submitted.
    pub processing: Option<Processing>,
    /// The vendor's service tier.
    pub service_tier: Option<String>,
}

/// Something wrong with a block of prices.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct OverrideError {
    /// The keys that lead to it, below `prices`.
    pub path: Vec<String>,
    /// What is wrong and what to do.
    pub message: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Kinds {
    input: Option<Decimal>,
    output: Option<Decimal>,
    cache_read: Option<Decimal>,
    cache_write_5m: Option<Decimal>,
    cache_write_1h: Option<Decimal>,
}

impl Overrides {
    /// Checks a block of prices.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn new(raw: &RawPrices) -> Result<Self, Vec<OverrideError>> {
        let mut errors = Vec::new();
        let mut found = Self {
            discount_percent: raw.discount_percent.map(Percent::get),
            region: raw.region,
            region_factor: raw.region_factor.map(Factor::get),
            processing: raw.processing,
            service_tier: raw.service_tier.clone(),
            ..Self::default()
        };
        for (alias, model) in &raw.aliases {
            match names::canonical(model) {
                Ok(model) => {
                    found.aliases.insert(alias_key(alias), model);
                }
                Err(error) => errors.push(OverrideError {
                    path: vec!["aliases".to_owned(), alias.clone()],
                    message: format!("{error}; write the one that is meant"),
                }),
            }
        }
        for (name, raw) in &raw.models {
            let path = vec!["models".to_owned(), name.clone()];
            let own = found.aliases.get(&alias_key(name)).cloned();
            match own.map_or_else(|| names::canonical(name), Ok) {
                Err(error) => {
                    errors.push(OverrideError {
                        path,
                        message: format!("{error}; write the one that is meant"),
                    });
                }
                Ok(model) if found.models.contains_key(&model) => errors.push(OverrideError {
                    path,
                    message: format!(
                        "`{name}` is another name of {model}, which stands here too; keep one of them"
                    ),
                }),
                Ok(model) => match Stated::new(raw) {
                    Ok(stated) => {
                        found.models.insert(model, stated);
                    }
                    Err(message) => errors.push(OverrideError { path, message }),
                },
            }
        }
        if errors.is_empty() { Ok(found) } else { Err(errors) }
    }

    /// Reads what `--price` was given: `MODEL.KIND=USD`, several times.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn from_flags<'a>(flags: impl IntoIterator<Item = &'a str>) -> Result<Self, Vec<String>> {
        let mut raw = RawPrices::default();
        let mut errors = Vec::new();
        for flag in flags {
            if let Err(error) = add_flag(&mut raw, flag) {
                errors.push(format!("--price {flag}: {error}"));
            }
        }
        let checked = Self::new(&raw);
        if !errors.is_empty() {
            return Err(errors);
        }
        checked.map_err(|errors| errors.iter().map(|error| format!("--price: {error}")).collect())
    }
}

fn add_flag(raw: &mut RawPrices, flag: &str) -> Result<(), String> {
    let shape = "write MODEL.KIND=USD, such as claude-sonnet-5-5.input=1.8";
    let (key, rate) = flag.split_once('=').ok_or_else(|| shape.to_owned())?;
    let (model, kind) = key.rsplit_once('.').ok_or_else(|| shape.to_owned())?;
    let rate: Rate = rate.parse()?;
    if model.trim().is_empty() {
        return Err(shape.to_owned());
    }
    // Two flags may call one model by two names; a later flag wins over an earlier one.
    let model = names::canonical(model).unwrap_or_else(|_| model.trim().to_owned());
    let stated = raw.models.entry(model).or_default();
    let place = match kind.trim() {
        "input" => &mut stated.input,
        "output" => &mut stated.output,
        "cache_read" => &mut stated.cache_read,
        "cache_write_5m" => &mut stated.cache_write_5m,
        "cache_write_1h" => &mut stated.cache_write_1h,
        other => {
            return Err(format!(
                "`{other}` is no kind of token; known are input, output, cache_read, cache_write_5m, cache_write_1h"
            ));
        }
    };
    *place = Some(rate);
    Ok(())
}

/// Aliases are compared without regard to case and surrounding space.
pub(super) fn alias_key(name: &str) -> String {
    name.trim().to_lowercase()
}

impl Kinds {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn complete(&self) -> Option<PerMillion> {
        Some(PerMillion {
            input: self.input?,
            output: self.output?,
            cache_read: self.cache_read,
            cache_write_5m: self.cache_write_5m,
            cache_write_1h: self.cache_write_1h,
        })
    }

    fn over(&self, below: &PerMillion) -> PerMillion {
        PerMillion {
            input: self.input.unwrap_or(below.input),
            output: self.output.unwrap_or(below.output),
            cache_read: self.cache_read.or(below.cache_read),
            cache_write_5m: self.cache_write_5m.or(below.cache_write_5m),
            cache_write_1h: self.cache_write_1h.or(below.cache_write_1h),
        }
    }
}

impl From<&RawModel> for Kinds {
    fn from(raw: &RawModel) -> Self {
        Self {
            input: raw.input.map(Rate::get),
            output: raw.output.map(Rate::get),
            cache_read: raw.cache_read.map(Rate::get),
            cache_write_5m: raw.cache_write_5m.map(Rate::get),
            cache_write_1h: raw.cache_write_1h.map(Rate::get),
        }
    }
}

impl From<&RawTier> for Kinds {
    fn from(raw: &RawTier) -> Self {
        Self {
            input: raw.input.map(Rate::get),
            output: raw.output.map(Rate::get),
            cache_read: raw.cache_read.map(Rate::get),
            cache_write_5m: raw.cache_write_5m.map(Rate::get),
            cache_write_1h: raw.cache_write_1h.map(Rate::get),
        }
    }
}

impl Stated {
    fn new(raw: &RawModel) -> Result<Self, String> {
        let tiers: Vec<(u64, Kinds)> = raw.tiers.iter().map(|tier| (tier.above.get(), tier.into())).collect();
        if !tiers.windows(2).all(|pair| matches!(pair, [(low, _), (high, _)] if low < high)) {
            return Err("`above` has to rise from one tier to the next".to_owned());
        }
        let found = Self { kinds: raw.into(), tiers };
        if found.kinds.is_empty() && found.tiers.iter().all(|(_, kinds)| kinds.is_empty()) {
            return Err("no rate is stated; write `input: 2.5` or leave the model out".to_owned());
        }
        Ok(found)
    }

    /// The rates with what is stated here over those below; `None` when there are none below and input or output
    /// is not stated.
    pub fn over(&self, below: Option<&Rates>) -> Option<Rates> {
        if self.tiers.is_empty() {
            return match below {
                None => self.kinds.complete().map(Rates::flat),
                Some(below) => Rates::new(
                    below
                        .tiers()
                        .iter()
                        .map(|tier| Tier {
                            above: tier.above,
                            per_million: self.kinds.over(&tier.per_million),
                        })
                        .collect(),
                ),
            };
        }
        let first = match below.and_then(|rates| rates.tiers().first()) {
            Some(tier) => self.kinds.over(&tier.per_million),
            None => self.kinds.complete()?,
        };
        let mut tiers = vec![Tier { above: 0, per_million: first }];
        for (above, kinds) in &self.tiers {
            let before = &tiers.last()?.per_million;
            let per_million = kinds.over(before);
            tiers.push(Tier { above: *above, per_million });
        }
        Rates::new(tiers)
    }
}

#[cfg(test)]
#[path = "overrides_tests.rs"]
mod tests;
