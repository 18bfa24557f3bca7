//! Who is to blame for how much when causes interact.
//!
//! A longer file costs more on a dearer model: neither caused that part alone. The Shapley value gives each cause
//! the mean of what it adds over all orders in which the causes could have come; the parts add up to the whole.

use crate::cost::random::Random;
use rust_decimal::Decimal;
use std::collections::HashMap;

/// From this many causes on, orders are drawn instead of gone through.
const EXACT: usize = 7;
/// How many orders are drawn, each with its reverse.
const ORDERS: usize = 64;
/// More causes than this are not told apart.
pub const MAX_CAUSES: usize = 64;

/// Splits `value(all) - value(none)` among `causes` causes. `value` gets the set of causes that are in effect, as
/// bits. The parts add up exactly.
pub fn split(causes: usize, mut value: impl FnMut(u64) -> Decimal) -> Vec<Decimal> {
    let causes = causes.min(MAX_CAUSES);
    if causes == 0 {
        return Vec::new();
    }
    let all = if causes == MAX_CAUSES { u64::MAX } else { (1 << causes) - 1 };
    let mut known: HashMap<u64, Decimal> = HashMap::new();
    let mut at = |set: u64| *known.entry(set).or_insert_with(|| value(set));
    let whole = at(all) - at(0);
    let mut parts = vec![Decimal::ZERO; causes];
    let mut orders = 0_u64;
    let mut walk = |order: &mut dyn Iterator<Item = usize>, parts: &mut Vec<Decimal>| {
        let mut set = 0;
        let mut before = at(0);
        for cause in order {
            set |= 1 << cause;
            let now = at(set);
            if let Some(part) = parts.get_mut(cause) {
                *part += now - before;
            }
            before = now;
        }
    };
    if causes < EXACT {
        permutations(causes, &mut |order| {
            walk(&mut order.iter().copied(), &mut parts);
            orders += 1;
        });
    } else {
        let mut random = Random::named(&["shapley"]);
        for _ in 0..ORDERS {
            let mut order: Vec<usize> = (0..causes).collect();
            for at in (1..causes).rev() {
                order.swap(at, random.below(u32::try_from(at + 1).unwrap_or(u32::MAX)) as usize);
            }
            walk(&mut order.iter().copied(), &mut parts);
            walk(&mut order.iter().rev().copied(), &mut parts);
            orders += 2;
        }
    }
    for part in &mut parts {
        *part = (*part / Decimal::from(orders)).round_dp(15).normalize();
    }
    // What rounding left over goes to the largest part, where it shows least.
    let left = whole - parts.iter().sum::<Decimal>();
    if let Some(largest) = parts.iter_mut().max_by_key(|part| part.abs()) {
        *largest += left;
    }
    parts
}

/// Calls `visit` with every order of the first `count` numbers (Heap's algorithm).
fn permutations(count: usize, visit: &mut dyn FnMut(&[usize])) {
    let mut order: Vec<usize> = (0..count).collect();
    let mut counters = vec![0; count];
    visit(&order);
    let mut at = 1;
    while at < count {
        let Some(counter) = counters.get_mut(at) else { return };
        if *counter < at {
            order.swap(if at % 2 == 0 { 0 } else { *counter }, at);
            *counter += 1;
            visit(&order);
            at = 1;
        } else {
            *counter = 0;
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn interacting_causes_share_what_they_make_together() {
        // 10 tokens at 2 dollars become 15 tokens at 3 dollars: 20 to 45. The file alone adds 10, the model alone 10;
        // the 5 they make together are shared.
        let parts = split(2, |set| {
            let tokens = if set & 1 == 0 { 10 } else { 15 };
            let rate = if set & 2 == 0 { 2 } else { 3 };
            Decimal::from(tokens * rate)
        });
        assert_eq!(parts, ["12.5", "12.5"].map(|part| part.parse::<Decimal>().expect("a decimal")));
    }

    #[test]
    fn every_order_is_visited_once() {
        let mut seen = std::collections::BTreeSet::new();
        permutations(5, &mut |order| assert!(seen.insert(order.to_vec())));
        assert_eq!(seen.len(), 120);
    }

    proptest! {
        #[test]
        fn parts_add_up_exactly(values in prop::collection::vec(-1_000_000_i64..1_000_000, 1..12), seed in any::<u64>()) {
            let value = |set: u64| {
                let sum: i64 = values.iter().enumerate().filter(|(at, _)| set & (1 << at) != 0).map(|(_, v)| v).sum();
                // Something that is not additive, with ugly fractions.
                (Decimal::from(sum) / Decimal::from(7) + Decimal::from((set ^ seed) % 97) / Decimal::from(3)).round_dp(15)
            };
            let all = (1_u64 << values.len()) - 1;
            let parts = split(values.len(), value);
            prop_assert_eq!(parts.iter().sum::<Decimal>(), value(all) - value(0));
        }

        #[test]
        fn a_cause_without_effect_gets_nothing(values in prop::collection::vec(-1000_i64..1000, 2..6)) {
            let parts = split(values.len(), |set| {
                let sum: i64 = values.iter().enumerate().skip(1).filter(|(at, _)| set & (1 << at) != 0).map(|(_, v)| v).sum();
                Decimal::from(sum * sum)
            });
            prop_assert_eq!(parts[0], Decimal::ZERO);
        }
    }
}
