#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers of turns are small")]

use super::*;
use crate::cost::rates::PerMillion;

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn sonnet() -> Rates {
    Rates::flat(PerMillion {
        input: decimal("3"),
        output: decimal("15"),
        cache_read: Some(decimal("0.30")),
        cache_write_5m: Some(decimal("3.75")),
        cache_write_1h: Some(decimal("6")),
    })
}

fn call(fresh: u64, read: u64, five: u64, hour: u64) -> CallTokens {
    CallTokens { fresh, cache_read: read, cache_write_5m: five, cache_write_1h: hour, output: 500 }
}

/// Runs of 3 to 12 calls: the first one writes, the later ones read.
fn runs(count: usize) -> Vec<Vec<CallTokens>> {
    let run = |n: usize| {
        let later = (1..=2 + n as u64 % 10).map(|k| call(10, 20_000 + 1_000 * k, 1_000, 0));
        std::iter::once(call(10, 0, 20_000, 0)).chain(later).collect()
    };
    (0..count).map(run).collect()
}

fn settings() -> Settings {
    Settings { runs_per_month: Spread::constant(decimal("100")), seed: 1, resamples: 1_000 }
}

#[test]
fn a_longer_prefix_is_written_once_and_read_afterwards() {
    let run = [call(10, 0, 20_000, 0), call(10, 20_000, 1_000, 0), call(10, 21_000, 1_000, 0)];
    let (base, head) =
        (Variant::unchanged(sonnet()), Variant { prefix: 1_500, ..Variant::unchanged(sonnet()) });
    let cost = |side: &Variant| cost_of_run(&run, side).expect("small").amount();
    // 1,500 tokens at 3.75 once and at 0.30 twice.
    assert_eq!(cost(&head) - cost(&base), decimal("0.006525"));
    // A call that lost its cache writes it again.
    let lost = [run[0], call(10, 0, 21_000, 0)];
    let cost = |side: &Variant| cost_of_run(&lost, side).expect("small").amount();
    assert_eq!(cost(&head) - cost(&base), decimal("0.01125"));
    // Where nothing is cached, it is fresh every time.
    let uncached = [call(20_000, 0, 0, 0), call(21_000, 0, 0, 0)];
    let cost = |side: &Variant| cost_of_run(&uncached, side).expect("small").amount();
    assert_eq!(cost(&head) - cost(&base), decimal("0.009"));
}

#[test]
fn a_late_text_enters_with_the_second_call() {
    let run = [call(10, 0, 0, 20_000), call(10, 20_000, 0, 1_000), call(10, 21_000, 0, 1_000)];
    let (base, head) =
        (Variant::unchanged(sonnet()), Variant { late: 1_000, ..Variant::unchanged(sonnet()) });
    let cost = |side: &Variant| cost_of_run(&run, side).expect("small").amount();
    assert_eq!(cost(&head) - cost(&base), decimal("0.0063"), "1,000 at 6 and at 0.30");
    let without = Variant { late: -1_000, ..base.clone() };
    assert_eq!(cost(&base) - cost(&without), decimal("0.0063"));
    // More cannot be taken away than there is.
    let nothing = Variant { prefix: i64::MIN, ..base };
    assert_eq!(cost(&nothing), decimal("0.0225"), "only output is left");
}

#[test]
fn a_swapped_model_has_other_prices_and_another_tokenizer() {
    let run = [call(1_000, 0, 0, 0)];
    let side = Variant {
        rates: sonnet().times(decimal("2")),
        input_ratio: decimal("1.3"),
        output_ratio: decimal("0.5"),
        ..Variant::unchanged(sonnet())
    };
    // 1,300 input at 6 and 250 output at 30.
    assert_eq!(cost_of_run(&run, &side).map(Usd::amount), Some(decimal("0.0153")));
}

#[test]
fn an_untouched_agent_differs_by_exactly_nothing() {
    let side = Variant::unchanged(sonnet());
    let replay = replay(&runs(40), &side, &side, &settings()).expect("enough");
    assert_eq!(replay.base, replay.head);
    let nothing = Figures { expected: Usd::ZERO, p10: Usd::ZERO, p50: Usd::ZERO, p90: Usd::ZERO };
    assert_eq!((replay.difference, replay.trust), (nothing, Trust::Full));
}

#[test]
fn the_same_seed_draws_the_same_and_differences_are_narrower_than_sides() {
    let (base, head) =
        (Variant::unchanged(sonnet()), Variant { prefix: 1_500, ..Variant::unchanged(sonnet()) });
    let one = replay(&runs(40), &base, &head, &settings()).expect("enough");
    assert_eq!(Ok(one), replay(&runs(40), &base, &head, &settings()));
    let width = |figures: &Figures| figures.p90.amount() - figures.p10.amount();
    assert!(width(&one.difference) * decimal("10") < width(&one.base), "{one:#?}");
    assert!(one.difference.p10 > Usd::ZERO && one.difference.p50 < one.difference.p90);
    assert_eq!(
        one.head.expected.checked_sub(one.base.expected),
        Some(one.difference.expected),
        "expectations are exact"
    );
    let other = replay(&runs(40), &base, &head, &Settings { seed: 2, ..settings() }).expect("enough");
    assert_ne!(one.base.p10, other.base.p10);
    assert_eq!(one.base.expected, other.base.expected);
}

#[test]
fn few_runs_are_said_and_too_few_refused() {
    let side = Variant::unchanged(sonnet());
    assert_eq!(replay(&runs(9), &side, &side, &settings()), Err(ReplayError::TooFewRuns(9)));
    assert_eq!(replay(&runs(10), &side, &side, &settings()).expect("usable").trust, Trust::FewRuns);
}

#[test]
fn the_interval_holds_what_other_samples_of_the_same_agent_cost() {
    // 200 samples of 30 runs of an agent with a heavy tail; how often is a month of 50 other runs inside?
    let mut random = Random::new(99);
    let mut inside = 0;
    for seed in 0..200 {
        let mut draw = || {
            let turns = (9.0 * (0.9 * random.normal()).exp()).round().clamp(1.0, 150.0) as u64;
            (0..turns).map(|k| call(10, 20_000 + 1_000 * k, 1_000, 0)).collect::<Vec<_>>()
        };
        let recorded: Vec<_> = (0..30).map(|_| draw()).collect();
        let future: Vec<_> = (0..50).map(|_| draw()).collect();
        let side = Variant::unchanged(sonnet());
        let settings = Settings { runs_per_month: Spread::constant(decimal("50")), seed, resamples: 300 };
        let figures = replay(&recorded, &side, &side, &settings).expect("enough").base;
        let month: Decimal = future.iter().filter_map(|run| cost_of_run(run, &side)).map(Usd::amount).sum();
        inside += u32::from(figures.p10.amount() <= month && month <= figures.p90.amount());
    }
    assert!((140..=175).contains(&inside), "{inside} of 200");
}
