//! Amounts of money side by side: rounded so that what is shown can be added up and hides no difference.

use super::percent_of_tenths;
use crate::base::Usd;
use crate::report::PricePair;
use crate::report::cost::UsdPair;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

impl From<PricePair> for UsdPair {
    fn from(PricePair { head, base }: PricePair) -> Self {
        Self { base, head }
    }
}

/// `$16.58 → $22.53 (+$5.95)`, `$22.53 (unchanged)`, or `unknown`.
pub fn price_change(price: Option<&PricePair>) -> String {
    price.map_or_else(|| "unknown".to_owned(), |price| usd_change((*price).into(), false))
}

/// `$1,733 → $2,045 (+$312, +18 %)`, `$2,045 (unchanged)` or, without a base, `$2,045`.
pub fn usd_change(pair: UsdPair, with_percent: bool) -> String {
    let amounts = usd_from_to(pair);
    match pair.base {
        None => amounts,
        Some(base) if base == pair.head => format!("{amounts} (unchanged)"),
        Some(_) => {
            let by = usd_difference(pair).unwrap_or_default();
            let percent = usd_percent(pair).filter(|_| with_percent);
            format!("{amounts} ({by}{})", percent.map(|percent| format!(", {percent}")).unwrap_or_default())
        }
    }
}

/// `$1,733 → $2,045`, or one amount when there is no base or no difference.
pub fn usd_from_to(pair: UsdPair) -> String {
    let digits = digits_of(pair);
    let head = pair.head.with_digits(digits);
    match pair.base {
        Some(base) if base != pair.head => format!("{} → {head}", base.with_digits(digits)),
        _ => head,
    }
}

/// `+$312`, `unchanged`; `None` without a base.
///
/// It is the difference of the amounts as [`usd_from_to`] shows them, so that a reader can check it.
pub fn usd_difference(pair: UsdPair) -> Option<String> {
    let exact = pair.difference()?;
    let digits = digits_of(pair);
    if exact == Usd::ZERO {
        return Some("unchanged".to_owned());
    }
    let shown = shown_difference(pair)?;
    if shown != Usd::ZERO {
        return Some(plus(shown, digits));
    }
    // Both amounts look the same however they are rounded; the difference must not look like none.
    let (sign, more) = if exact > Usd::ZERO { ("+", "more") } else { ("-", "less") };
    let size = Usd::new(exact.amount().abs());
    Some(if digits <= 2 && size.round(4) != Usd::ZERO {
        format!("{sign}{}, under a cent", size.with_digits(4))
    } else {
        format!("under {} {more}", Usd::new(Decimal::new(1, digits.max(4))).with_digits(digits.max(4)))
    })
}

/// `+18 %`; `None` without a base, and when there was nothing before or nothing has changed.
pub fn usd_percent(pair: UsdPair) -> Option<String> {
    let delta = pair.difference().filter(|delta| *delta != Usd::ZERO)?;
    let tenths = delta.amount().checked_mul(Decimal::ONE_THOUSAND)?.checked_div(pair.base?.amount())?;
    Some(percent_of_tenths(tenths.trunc().to_i128()?, delta < Usd::ZERO))
}

/// An amount with its sign and so many digits: `+$1.20`, `-$0.03`.
pub fn plus(amount: Usd, digits: u32) -> String {
    let text = amount.with_digits(digits);
    if amount.round(digits) > Usd::ZERO { format!("+{text}") } else { text }
}

/// Head less base, each rounded as it is shown; `None` without a base.
pub fn shown_difference(pair: UsdPair) -> Option<Usd> {
    let digits = digits_of(pair);
    pair.head.round(digits).checked_sub(pair.base?.round(digits))
}

/// How many digits after the point show both amounts and what is between them.
///
/// More than usual where the usual ones would hide most of the difference, or make dollars that do not add up.
pub fn digits_of(pair: UsdPair) -> u32 {
    let Some(base) = pair.base.filter(|base| *base != pair.head) else { return pair.head.digits() };
    let size = Usd::new(base.amount().abs().max(pair.head.amount().abs()));
    let usual = size.digits();
    let most = match size.amount() {
        size if size >= Decimal::TEN => 2,
        size if size >= Decimal::new(1, 1) => 4,
        _ => 6,
    };
    let Some(exact) = pair.difference() else { return usual };
    let enough = |digits: &u32| {
        let coarse = exact.amount().abs() < Decimal::new(10, *digits);
        let apart = pair.head.round(*digits).checked_sub(base.round(*digits));
        !coarse && (*digits > 0 || apart == Some(exact.round(0)))
    };
    [0, 2, 4, 6].into_iter().filter(|digits| (usual..=most).contains(digits)).find(enough).unwrap_or(most)
}

/// `parts` rounded to `digits` digits so that they add up to `total` as it is shown.
///
/// All are rounded down, and what is then missing is given to those that lost most: the method of the largest
/// remainder. No part is off by more than one unit while the parts really add up to the total.
pub fn cents_that_add_up(parts: &[Usd], total: Usd, digits: u32) -> Vec<Usd> {
    let unit = Decimal::new(1, digits);
    let down =
        |part: &Usd| part.amount().round_dp_with_strategy(digits, RoundingStrategy::ToNegativeInfinity);
    let mut rounded: Vec<Decimal> = parts.iter().map(down).collect();
    let missing = total.round(digits).amount() - rounded.iter().sum::<Decimal>();
    let units = (missing / unit).round().to_i64().unwrap_or(0);
    let mut by_loss: Vec<usize> = (0..parts.len()).collect();
    let loss = |at: &usize| {
        parts.get(*at).zip(rounded.get(*at)).map_or(Decimal::ZERO, |(part, down)| part.amount() - down)
    };
    // Units to give go to the largest losses, units to take to the smallest; earlier parts first.
    by_loss.sort_by_key(|at| if units < 0 { loss(at) } else { -loss(at) });
    let step = if units < 0 { -unit } else { unit };
    let count = usize::try_from(units.unsigned_abs()).unwrap_or(0).min(parts.len());
    for at in by_loss.into_iter().take(count) {
        if let Some(part) = rounded.get_mut(at) {
            *part += step;
        }
    }
    rounded.into_iter().map(|part| Usd::new(part).round(digits)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn usd(text: &str) -> Usd {
        Usd::new(text.parse().expect("a decimal"))
    }

    fn pair(base: &str, head: &str) -> UsdPair {
        UsdPair { base: Some(usd(base)), head: usd(head) }
    }

    #[test]
    fn changes_hide_nothing() {
        for (base, head, expected) in [
            ("1733.1", "2045.13", "$1,733 → $2,045 (+$312, +18 %)"),
            ("1733.49", "2045.51", "$1,733.49 → $2,045.51 (+$312.02, +18 %)"),
            ("1733.2", "1738.9", "$1,733.20 → $1,738.90 (+$5.70, +0.3 %)"),
            ("0.2041", "0.2001", "$0.2041 → $0.2001 (-$0.0040, -1.9 %)"),
            ("0.2", "0.4", "$0.20 → $0.40 (+$0.20, +100 %)"),
            ("20", "20.004", "$20.00 → $20.00 (+$0.0040, under a cent, +under 0.1 %)"),
            ("20.00000001", "20", "$20.00 → $20.00 (under $0.0001 less, -under 0.1 %)"),
            ("0.0123", "0.01235", "$0.012300 → $0.012350 (+$0.000050, +0.4 %)"),
            ("16.575", "22.53", "$16.58 → $22.53 (+$5.95, +36 %)"),
            ("0", "104.4", "$0.00 → $104.40 (+$104.40)"),
            ("5", "5.000", "$5.00 (unchanged)"),
        ] {
            assert_eq!(usd_change(pair(base, head), true), expected, "{base} {head}");
        }
        assert_eq!(usd_change(UsdPair { base: None, head: usd("3") }, true), "$3.00");
        assert_eq!(price_change(None), "unknown");
    }

    #[test]
    fn the_largest_remainder_gets_the_cent() {
        let parts: Vec<Usd> = ["0.335", "0.333", "0.332"].map(usd).into();
        assert_eq!(cents_that_add_up(&parts, usd("1"), 2), ["0.34", "0.33", "0.33"].map(usd));
        let parts: Vec<Usd> = ["2.006", "-1.004"].map(usd).into();
        assert_eq!(cents_that_add_up(&parts, usd("1.002"), 2), ["2.01", "-1.01"].map(usd));
        assert_eq!(cents_that_add_up(&[], usd("1"), 2), []);
    }

    proptest! {
        #[test]
        fn what_is_shown_adds_up(parts in proptest::collection::vec(-5_000_000_i64..5_000_000, 1..20)) {
            let parts: Vec<Usd> = parts.into_iter().map(|part| Usd::new(Decimal::new(part, 5))).collect();
            let total = Usd::new(parts.iter().map(|part| part.amount()).sum());
            let shown = cents_that_add_up(&parts, total, 2);
            let sum: Decimal = shown.iter().map(|part| part.amount()).sum();
            prop_assert_eq!(sum, total.round(2).amount());
            for (shown, part) in shown.iter().zip(&parts) {
                prop_assert!((shown.amount() - part.amount()).abs() < Decimal::new(101, 4));
            }
        }

        #[test]
        fn a_difference_is_never_shown_as_none(base in 0_i64..10_000_000_000, delta in -1_000_000_i64..1_000_000) {
            let pair = UsdPair {
                base: Some(Usd::new(Decimal::new(base, 6))),
                head: Usd::new(Decimal::new(base + delta, 6)),
            };
            let text = usd_change(pair, false);
            prop_assert_eq!(text.contains("unchanged"), delta == 0, "{}", text);
            prop_assert!(!text.contains("(-$0.00)") && !text.contains("($0.00"), "{}", text);
        }
    }
}
