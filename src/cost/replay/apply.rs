//! One recorded call under a changed configuration.

use super::Variant;
use crate::cost::rates::CallTokens;
use rust_decimal::Decimal;
use rust_decimal::RoundingStrategy;
use rust_decimal::prelude::ToPrimitive as _;

/// How a call treats a text in its prompt.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Fresh,
    Read,
    Five,
    Hour,
}

/// The call at this place of its run, counted from 0.
pub(super) fn apply(call: CallTokens, place: usize, variant: &Variant) -> CallTokens {
    let mut changed = scaled(call, variant);
    // What stands at the front of the prompt is read when anything is.
    let known = if call.cache_read > 0 { Place::Read } else { written(call) };
    shift(&mut changed, known, variant.prefix);
    match place {
        0 => {}
        // The second call is the first one to send it, so no cache can have it.
        1 => shift(&mut changed, written(call), variant.late),
        _ => shift(&mut changed, known, variant.late),
    }
    changed
}

fn scaled(call: CallTokens, variant: &Variant) -> CallTokens {
    let times = |count: u64, ratio: Decimal| {
        if ratio == Decimal::ONE {
            return count;
        }
        let scaled = Decimal::from(count).checked_mul(ratio);
        let whole =
            scaled.map(|count| count.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero));
        whole.and_then(|count| count.to_u64()).unwrap_or(count)
    };
    CallTokens {
        fresh: times(call.fresh, variant.input_ratio),
        cache_read: times(call.cache_read, variant.input_ratio),
        cache_write_5m: times(call.cache_write_5m, variant.input_ratio),
        cache_write_1h: times(call.cache_write_1h, variant.input_ratio),
        output: times(call.output, variant.output_ratio),
    }
}

/// Where a text goes that the cache does not have.
fn written(call: CallTokens) -> Place {
    if call.cache_write_1h > call.cache_write_5m {
        Place::Hour
    } else if call.cache_write_5m > 0 {
        Place::Five
    } else {
        Place::Fresh
    }
}

fn shift(call: &mut CallTokens, place: Place, tokens: i64) {
    let size = tokens.unsigned_abs();
    if tokens >= 0 {
        let part = part(call, place);
        *part = part.saturating_add(size);
        return;
    }
    // What is taken away was in its place, or what was there was smaller and the rest was elsewhere.
    let mut rest = size;
    let others = [Place::Read, Place::Five, Place::Hour, Place::Fresh];
    for place in std::iter::once(place).chain(others) {
        let part = part(call, place);
        let taken = rest.min(*part);
        *part -= taken;
        rest -= taken;
    }
}

const fn part(call: &mut CallTokens, place: Place) -> &mut u64 {
    match place {
        Place::Fresh => &mut call.fresh,
        Place::Read => &mut call.cache_read,
        Place::Five => &mut call.cache_write_5m,
        Place::Hour => &mut call.cache_write_1h,
    }
}
