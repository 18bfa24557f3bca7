//! `prices:` of `weighbridge.yaml`: what is paid where it differs from the list price.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// What is paid, where it differs from the list price. Rates are US dollars per million tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawPrices {
    /// Names of your own for models, such as `reviewer: claude-opus-5-5`.
    #[serde(default)]
    pub aliases: BTreeMap<String, String>,
    /// Rates that are paid, by model. They are final: no discount and no regional factor is applied to them.
    #[serde(default)]
    pub models: BTreeMap<String, RawModel>,
    /// What is taken off list prices, in percent.
    #[serde(default)]
    pub discount_percent: Option<Percent>,
    /// Where requests are processed. Some vendors charge more when they must stay in a region.
    #[serde(default)]
    pub region: Option<Region>,
    /// What list prices are multiplied by; in place of the factor that is known for `region`.
    #[serde(default)]
    pub region_factor: Option<Factor>,
    /// Whether requests are sent one by one or in batches.
    #[serde(default)]
    pub processing: Option<Processing>,
    /// The vendor's service tier, such as `flex` or `priority`.
    #[serde(default)]
    pub service_tier: Option<String>,
}

/// The rates of one model. What is left out keeps its list price.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawModel {
    /// Input that is neither read from the prompt cache nor written to it.
    #[serde(default)]
    pub input: Option<Rate>,
    /// Output, thinking included.
    #[serde(default)]
    pub output: Option<Rate>,
    /// Input read from the prompt cache.
    #[serde(default)]
    pub cache_read: Option<Rate>,
    /// Input written to the prompt cache for five minutes.
    #[serde(default)]
    pub cache_write_5m: Option<Rate>,
    /// Input written to the prompt cache for one hour.
    #[serde(default)]
    pub cache_write_1h: Option<Rate>,
    /// Rates of larger prompts, which take the place of all tiers of the list price. Without it, a rate above
    /// holds for prompts of every size.
    #[serde(default)]
    pub tiers: Vec<RawTier>,
}

/// Rates of prompts larger than a size. What is left out is as in the tier before.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawTier {
    /// They hold for prompts of more tokens than this.
    #[schemars(range(min = 1))]
    pub above: std::num::NonZeroU64,
    /// Input.
    #[serde(default)]
    pub input: Option<Rate>,
    /// Output.
    #[serde(default)]
    pub output: Option<Rate>,
    /// Cache reads.
    #[serde(default)]
    pub cache_read: Option<Rate>,
    /// Cache writes for five minutes.
    #[serde(default)]
    pub cache_write_5m: Option<Rate>,
    /// Cache writes for one hour.
    #[serde(default)]
    pub cache_write_1h: Option<Rate>,
}

/// How requests are submitted.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Processing {
    /// One by one.
    #[default]
    Standard,
    /// In batches that are answered within a day, mostly at half the price.
    Batch,
}

/// Where requests are processed.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Region {
    /// Anywhere.
    #[default]
    Global,
    /// In the United States only.
    Us,
    /// In the European Union only.
    Eu,
}

impl Region {
    /// The name used in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Us => "us",
            Self::Eu => "eu",
        }
    }
}

macro_rules! decimals {
    ($($(#[doc = $doc:literal])+ $name:ident, $max:literal, $what:literal;)+) => { $(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(Decimal);

        impl $name {
            /// The value, when it is in range.
            pub fn new(value: Decimal) -> Option<Self> {
                let value = value.normalize();
                let in_range = !value.is_sign_negative() && value <= Decimal::from($max);
                (in_range && value.scale() <= MAX_DIGITS).then_some(Self(value))
            }

            /// The exact value.
            pub const fn get(self) -> Decimal {
                self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                Decimal::from_str_exact(text.trim()).ok().and_then(Self::new).ok_or_else(|| {
                    format!("`{text}` is no {}: a number from 0 to {} is wanted, such as 2.5", $what, $max)
                })
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = deserializer.deserialize_any(DecimalText)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "description": concat!($what, ", exact when written as a string"),
                    "anyOf": [
                        {"type": "string", "pattern": r"^\d+(\.\d+)?$"},
                        {"type": "number", "minimum": 0, "maximum": $max}
                    ]
                })
            }
        }
    )+ };
}

/// Digits after the point that are read; published rates have up to seven.
const MAX_DIGITS: u32 = 18;

decimals! {
    /// US dollars per million tokens.
    Rate, 1_000_000, "rate in US dollars per million tokens";
    /// A share in percent.
    Percent, 100, "percentage";
    /// A factor.
    Factor, 100, "factor";
}

/// A number as it was written, as far as the YAML reader tells: `1.8` comes as the float that is printed `1.8`.
struct DecimalText;

impl serde::de::Visitor<'_> for DecimalText {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decimal number")
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_u64<E>(self, number: u64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_i64<E>(self, number: i64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_f64<E>(self, number: f64) -> Result<String, E> {
        Ok(number.to_string())
    }
}
