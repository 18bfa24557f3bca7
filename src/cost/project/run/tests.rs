use super::*;
use crate::cost::assumed::Spread;
use crate::cost::rates::{CallTokens, PerMillion, Tier, price_of_call};
use proptest::prelude::*;

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

/// Claude Sonnet 5.5: $2 in, $10 out, $0.10 read, $2.50 and $4 written.
fn sonnet_5_5() -> Rates {
    Rates::flat(PerMillion {
        input: decimal("2"),
        output: decimal("10"),
        cache_read: Some(decimal("0.1")),
        cache_write_5m: Some(decimal("2.5")),
        cache_write_1h: Some(decimal("4")),
    })
}

/// Claude Haiku 5.5: five times as much from 100,000 tokens on.
fn haiku_5_5() -> Rates {
    let tier = |above, factor: &str| Tier {
        above,
        per_million: PerMillion {
            input: decimal("0.1"),
            output: decimal("0.5"),
            cache_read: Some(decimal("0.01")),
            cache_write_5m: Some(decimal("0.125")),
            cache_write_1h: Some(decimal("0.2")),
        }
        .times(decimal(factor)),
    };
    Rates::new(vec![tier(0, "1"), tier(100_000, "5")]).expect("rising")
}

fn golden(cache: CacheTtl) -> Run {
    Run {
        machine: Machine::new(&sonnet_5_5()),
        always: 20_000 * MILLI,
        first: 1_500 * MILLI,
        late: 0,
        input: 1_500 * MILLI,
        output: 400 * MILLI,
        cache,
        hit: SHARE,
        min_cacheable: 512 * MILLI,
        compaction: None,
    }
}

fn total(run: &Run, turns: u32) -> Decimal {
    dollars(run.cost(turns).iter().sum()).normalize()
}

/// Facts of 2026-11-21: Sonnet 5.5, prefix 20k, +1,500 in and +400 out a turn; cached and not. They are given there to
/// three digits ($0.058/0.047, 0.102/0.273, 0.163/0.641, 0.297/1.66, 0.815/7.01, 2.06/23.5); these are all of them.
#[test]
fn golden_vectors_of_a_growing_conversation() {
    for (turns, cached, uncached) in [
        (1, "0.05775", "0.047"),
        (5, "0.10249", "0.273"),
        (10, "0.16269", "0.641"),
        (20, "0.29734", "1.662"),
        (50, "0.81529", "7.005"),
        (100, "2.05854", "23.51"),
    ] {
        assert_eq!(total(&golden(CacheTtl::FiveMinutes), turns), decimal(cached), "{turns} turns, cached");
        assert_eq!(total(&golden(CacheTtl::Off), turns), decimal(uncached), "{turns} turns, not cached");
    }
}

/// `AgentGuard`'s measured table: cumulative input is `N s + d N (N - 1) / 2`.
#[test]
fn cumulative_input_of_agentguards_table() {
    for (prefix, growth, turns, tokens) in
        [(58, 87, 10, 4_495), (58, 87, 40, 70_180), (59, 152, 10, 7_430), (59, 152, 40, 120_920)]
    {
        let rates = Rates::flat(PerMillion {
            input: decimal("1000"),
            output: Decimal::ZERO,
            cache_read: None,
            cache_write_5m: None,
            cache_write_1h: None,
        });
        let run = Run {
            machine: Machine {
                tiers: vec![MachineTier { above: 0, rates: [1_000_000_000_000, 0, 0, 0, 0] }],
            },
            always: prefix * MILLI,
            first: 0,
            late: 0,
            input: growth * MILLI,
            output: 0,
            cache: CacheTtl::Off,
            hit: 0,
            min_cacheable: 0,
            compaction: None,
        };
        assert_eq!(Machine::new(&rates).tiers[0].rates[0], 1_000_000_000_000);
        // At a thousandth of a dollar a token, the cost is the count.
        assert_eq!(total(&run, turns) * Decimal::from(1000), Decimal::from(tokens));
    }
}

/// The same, one call at a time with the price of each from the rates: slow, and obviously right.
fn one_by_one(run: &Run, rates: &Rates, turns: u32) -> Decimal {
    let mut sum = Decimal::ZERO;
    let (mut prompt, mut cached, mut call, mut late) = (0_i64, 0_i64, 0, run.late);
    let price = |tokens: CallTokens| price_of_call(rates, tokens).expect("fits").amount();
    while call < turns {
        let mut next = match call {
            0 => run.always + run.first,
            _ => prompt + run.input + run.output + late,
        };
        let mut output = run.output;
        let mut counts = true;
        let mut after = None;
        if let Some((at, summary)) = run.compaction
            && call > 0
            && next > at
            && (run.always + run.late + summary).max(run.input + run.output) < at
        {
            output = summary;
            counts = false;
            after = Some(run.always + run.late + summary - run.input - run.output);
        }
        let caching = run.cache != CacheTtl::Off && next >= run.min_cacheable;
        let read = if caching && run.hit == SHARE { cached } else { 0 };
        let write = next - read;
        let tokens = CallTokens {
            fresh: if caching { 0 } else { next.cast_unsigned() / 1000 },
            cache_read: read.cast_unsigned() / 1000,
            cache_write_5m: if caching { write.cast_unsigned() / 1000 } else { 0 },
            cache_write_1h: 0,
            output: output.cast_unsigned() / 1000,
        };
        sum += price(tokens);
        cached = if caching { next } else { 0 };
        if let Some(after) = after {
            next = after.max(0);
            cached = cached.min(run.always);
        }
        if call > 0 {
            late = 0;
        }
        prompt = next;
        call += u32::from(counts);
    }
    sum.normalize()
}

proptest! {
    #[test]
    fn stretches_add_up_to_single_calls(
        always in 0_i64..90_000, first in 0_i64..5_000, late in 0_i64..8_000, input in 0_i64..4_000,
        output in 0_i64..3_000, turns in 1_u32..120, cached in any::<bool>(), hit in any::<bool>(),
        compacts in any::<bool>(), at in 60_000_i64..150_000, summary in 100_i64..4_000, tiered in any::<bool>(),
        min_cacheable in prop::sample::select(vec![0_i64, 512, 4_096, 30_000]),
    ) {
        let rates = if tiered { haiku_5_5() } else { sonnet_5_5() };
        let run = Run {
            machine: Machine::new(&rates),
            always: always * MILLI,
            first: first * MILLI,
            late: late * MILLI,
            input: input * MILLI,
            output: output * MILLI,
            cache: if cached { CacheTtl::FiveMinutes } else { CacheTtl::Off },
            hit: if hit { SHARE } else { 0 },
            min_cacheable: min_cacheable * MILLI,
            compaction: compacts.then_some((at * MILLI, summary * MILLI)),
        };
        prop_assert_eq!(total(&run, turns), one_by_one(&run, &rates, turns));
    }

    #[test]
    fn more_turns_never_cost_less(turns in 1_u32..300, always in 0_i64..200_000) {
        let run = Run { machine: Machine::new(&haiku_5_5()), always: always * MILLI, ..golden(CacheTtl::OneHour) };
        prop_assert!(total(&run, turns + 1) >= total(&run, turns));
    }
}

/// Worked by hand, with the model's own prices: Haiku 5.5, prefix 99,000, first input 1,000, 2,000 in and 1,000
/// out a turn, three turns, five-minute cache.
///
/// Call 1: 100,000 tokens, not above the boundary: writes 100,000 x $0.125/M = $0.0125; output 1,000 x $0.5/M =
/// $0.0005. Call 2: 103,000 tokens, so everything at five times the rates: reads 100,000 x $0.05/M = $0.005, writes
/// 3,000 x $0.625/M = $0.001875, output 1,000 x $2.5/M = $0.0025. Call 3: 106,000: reads 103,000 x $0.05/M =
/// $0.00515, writes $0.001875, output $0.0025. Together $0.0319.
#[test]
fn crossing_a_tier_by_hand() {
    let run = Run {
        machine: Machine::new(&haiku_5_5()),
        always: 99_000 * MILLI,
        first: 1_000 * MILLI,
        late: 0,
        input: 2_000 * MILLI,
        output: 1_000 * MILLI,
        cache: CacheTtl::FiveMinutes,
        hit: SHARE,
        min_cacheable: 512 * MILLI,
        compaction: None,
    };
    assert_eq!(total(&run, 3), decimal("0.0319"));
    let [fresh, read, write, hour, output] = run.cost(3).map(|sum| dollars(sum).normalize());
    assert_eq!([fresh, read, write, hour, output], ["0", "0.01015", "0.01625", "0", "0.0055"].map(decimal));
}

/// Worked by hand: the golden conversation with a cache that is alive in nine calls of ten, two turns.
///
/// Call 1 writes 21,500 = $0.05375. Call 2 sends 23,400: reads 0.9 x 21,500 = 19,350 x $0.1/M = $0.001935, writes
/// 4,050 x $2.5/M = $0.010125. Output 800 x $10/M = $0.008. Together $0.07381.
#[test]
fn an_expired_cache_by_hand() {
    let run = Run { hit: 900, ..golden(CacheTtl::FiveMinutes) };
    assert_eq!(total(&run, 2), decimal("0.07381"));
    // One hour: 21,500 and 4,050 at $4/M.
    assert_eq!(total(&Run { hit: 900, ..golden(CacheTtl::OneHour) }, 2), decimal("0.112135"));
}

#[test]
fn simulation_and_closed_form_agree_within_one_per_cent() {
    for (p50, p90) in [(12, 40), (5, 9), (30, 60)] {
        let spread = Spread { p50: Decimal::from(p50), p90: Decimal::from(p90) };
        let nodes = Nodes::new(spread);
        for cache in [CacheTtl::Off, CacheTtl::FiveMinutes, CacheTtl::OneHour] {
            let run = Run { late: 3_000 * MILLI, hit: 950, ..golden(cache) };
            let simulated = dollars(run.mean(&nodes).iter().sum()).to_f64().expect("small");
            let closed = run.closed_form(spread.mean(), spread.mean_square(), 5_000).expect("applies");
            let apart = (simulated / closed - 1.0).abs();
            assert!(apart < 0.01, "{p50}/{p90} {cache:?}: {simulated} against {closed}");
        }
    }
}

/// Facts: with a median of 12 turns and a 90th percentile of 40, the median run costs 45 % less than the mean one.
#[test]
fn the_median_run_is_not_the_mean_one() {
    let spread = Spread { p50: Decimal::from(12), p90: Decimal::from(40) };
    let nodes = Nodes::new(spread);
    let run = golden(CacheTtl::FiveMinutes);
    let mean = dollars(run.mean(&nodes).iter().sum()).to_f64().expect("small");
    let median = total(&run, 12).to_f64().expect("small");
    assert!((0.5..0.62).contains(&(median / mean)), "{median} of {mean}");
}

/// The largest figures that a configuration may have, on the dearest model.
#[test]
fn nothing_overflows_at_the_limits() {
    let rate = Decimal::from(1_000_000);
    let dear = PerMillion {
        input: rate,
        output: rate,
        cache_read: None,
        cache_write_5m: None,
        cache_write_1h: None,
    };
    let run = Run {
        machine: Machine::new(&Rates::flat(dear)),
        always: MAX_PROMPT,
        first: MAX_PROMPT,
        late: MAX_PROMPT,
        input: MAX_PROMPT,
        output: MAX_PROMPT,
        cache: CacheTtl::FiveMinutes,
        hit: SHARE,
        min_cacheable: 0,
        compaction: None,
    };
    let nodes = Nodes::new(Spread { p50: Decimal::from(100_000), p90: Decimal::from(100_000) });
    let most: Decimal = run.mean(&nodes).map(dollars).iter().sum();
    assert!(most > Decimal::from(1_000_000_000) && most < Decimal::from(10_000_000_000_i64), "{most}");
    // Times the most agents, iterations, retries and runs of a month.
    assert!(
        most.checked_mul(Decimal::from(1_000_i64 * 100 * 101))
            .and_then(|run| run.checked_mul(Decimal::from(100_000_000)))
            .is_some()
    );
}
