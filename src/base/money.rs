//! Money: exact decimals, never floating point, and never zero for "unknown".

use rust_decimal::Decimal;
use rust_decimal::RoundingStrategy;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An exact amount of US dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd(Decimal);

impl Usd {
    /// Nothing to pay. Not the same as an unknown price, which is `Option::None`.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// An exact amount.
    pub const fn new(amount: Decimal) -> Self {
        Self(amount)
    }

    /// The exact amount.
    pub const fn amount(self) -> Decimal {
        self.0
    }

    /// `self + other`, `None` on overflow.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// `self - other`, `None` on overflow.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// `self * factor`, `None` on overflow.
    pub fn checked_mul(self, factor: Decimal) -> Option<Self> {
        self.0.checked_mul(factor).map(Self)
    }

    /// With a leading sign, for differences: `+$1.20`, `-$0.03`, `$0.00`.
    pub fn signed(self) -> String {
        if self.0.is_sign_positive() && !self.rounded().is_zero() {
            format!("+{self}")
        } else {
            self.to_string()
        }
    }

    /// Rounded to `digits` digits after the point, halves away from zero.
    #[must_use]
    pub fn round(self, digits: u32) -> Self {
        let mut rounded = self.0.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
        if rounded.scale() < digits {
            rounded.rescale(digits);
        }
        Self(rounded)
    }

    /// With exactly `digits` digits after the point: `$1,733.10`.
    pub fn with_digits(self, digits: u32) -> String {
        written(self.round(digits).0)
    }

    /// How many digits after the point people expect: two from ten cents on, four below, none from a thousand
    /// dollars on.
    pub fn digits(self) -> u32 {
        let size = self.0.abs();
        if size >= Decimal::ONE_THOUSAND {
            0
        } else if size >= Decimal::new(1, 1) || size.is_zero() {
            2
        } else {
            4
        }
    }

    fn rounded(self) -> Decimal {
        self.round(self.digits()).0
    }
}

fn written(rounded: Decimal) -> String {
    let sign = if rounded.is_sign_negative() && !rounded.is_zero() { "-" } else { "" };
    let digits = rounded.abs().to_string();
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}${grouped}{point}{fraction}")
}

impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&written(self.rounded()))
    }
}

impl Serialize for Usd {
    /// As a decimal string, so that no reader goes through floating point by accident.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.normalize().to_string())
    }
}

impl<'de> Deserialize<'de> for Usd {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Usd {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Usd".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": r"^-?\d+(\.\d+)?$",
            "description": "An exact amount of US dollars as a decimal string"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(text: &str) -> Usd {
        Usd::new(text.parse().expect("a decimal"))
    }

    #[test]
    fn prints_as_people_write_it() {
        assert_eq!(usd("1234567.891").to_string(), "$1,234,568");
        assert_eq!(usd("12.5").to_string(), "$12.50");
        assert_eq!(usd("0.01234").to_string(), "$0.0123");
        assert_eq!(usd("-3").to_string(), "-$3.00");
        assert_eq!(usd("0").signed(), "$0.00");
        assert_eq!(usd("3").signed(), "+$3.00");
        assert_eq!(usd("-0.00000001").signed(), "$0.0000");
    }
}
