//! Puts measured figures in the place of assumed ones.

use super::fit::AgentFit;
use crate::cost::assumed::Assumed;
use crate::cost::workflow::{CacheTtl, Turns};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive as _;

/// The behaviour with what was measured in it; what no source spoke of stays as it was. `always_sent` are the tokens
/// sent with every call, which the first recorded prompt has in it.
pub fn measured(before: &Turns, fit: &AgentFit, always_sent: u64) -> Turns {
    let origin = || fit.origin();
    let number = |value: Option<f64>, before: &Assumed<Decimal>| {
        let value = value.and_then(Decimal::from_f64);
        value.map_or_else(|| before.clone(), |value| Assumed { value: value.normalize(), origin: origin() })
    };
    let first = fit.first_prompt.map(|first| (first - super::resolve::float(always_sent)).max(0.0));
    let ttl = match (fit.cache_hit, fit.hour_share) {
        (Some(hit), _) if hit <= 0.0 => Some(CacheTtl::Off),
        (_, Some(hour)) if hour > 0.5 => Some(CacheTtl::OneHour),
        (_, Some(_)) => Some(CacheTtl::FiveMinutes),
        (_, None) => None,
    };
    Turns {
        turns: fit.turns.map_or_else(|| before.turns.clone(), |value| Assumed { value, origin: origin() }),
        first_input: number(first, &before.first_input),
        input_per_turn: number(fit.input_per_turn, &before.input_per_turn),
        output_per_turn: number(fit.output_per_turn, &before.output_per_turn),
        cache: ttl.map_or_else(|| before.cache.clone(), |value| Assumed { value, origin: origin() }),
        cache_hit: number(fit.cache_hit, &before.cache_hit),
        compaction: before.compaction.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::assumed::{Origin, Spread};

    #[test]
    fn what_was_measured_replaces_what_was_assumed_and_nothing_else() {
        let assumed = |value: i64| Assumed::default(Decimal::from(value), "a choice of ours");
        let before = Turns {
            turns: Assumed::default(Spread::constant(Decimal::TEN), "a choice of ours"),
            first_input: assumed(1),
            input_per_turn: assumed(2),
            output_per_turn: assumed(3),
            cache: Assumed::default(CacheTtl::FiveMinutes, "a choice of ours"),
            cache_hit: assumed(1),
            compaction: None,
        };
        let fit = AgentFit {
            runs: 40,
            first_prompt: Some(20_000.0),
            output_per_turn: Some(512.5),
            hour_share: Some(0.8),
            ..AgentFit::default()
        };
        let after = measured(&before, &fit, 15_000);
        let origin = Origin::Measured { runs: 40 };
        assert_eq!(after.first_input, Assumed { value: Decimal::from(5_000), origin: origin.clone() });
        assert_eq!(after.output_per_turn, Assumed { value: Decimal::new(5_125, 1), origin: origin.clone() });
        assert_eq!(after.cache, Assumed { value: CacheTtl::OneHour, origin });
        assert_eq!((&after.turns, &after.input_per_turn), (&before.turns, &before.input_per_turn));
    }
}
