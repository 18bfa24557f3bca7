#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "examples are made of small numbers, and what is handed through must not change"
)]

use super::fit::FitSettings;
use super::forecast::{Week, forecast};
use super::score::{Outcome, Runs, Score, score};
use super::*;
use crate::cost::random::Random;
use crate::cost::rates::{CallTokens, PerMillion, Rates};
use crate::cost::recorded::{CallKey, Known, RecordedCall};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

pub(super) fn rates(model: &str) -> Option<Rates> {
    (model != "mystery").then(|| {
        Rates::flat(PerMillion {
            input: Decimal::from(3),
            output: Decimal::from(15),
            cache_read: Some(Decimal::new(3, 1)),
            cache_write_5m: Some(Decimal::new(375, 2)),
            cache_write_1h: Some(Decimal::from(6)),
        })
    })
}

const FIRST: u64 = 20_000;
const GROWTH: u64 = 1_500;
pub(super) const OUTPUT: u64 = 500;

/// Runs of an agent of which everything is known: log-normal turns, a cache that holds nine times of ten.
pub(super) fn runs(count: usize, days: f64, config: &str, median: f64, seed: u64) -> Vec<RecordedRun> {
    let mut random = Random::new(seed);
    let start: jiff::Timestamp = "2026-06-01T00:00:00Z".parse().expect("a time");
    let one = |number: usize| {
        let share = number as f64 / count as f64;
        let at = start + jiff::SignedDuration::from_secs((days * share * 86_400.0) as i64);
        let turns = (median * (0.6 * random.normal()).exp()).round().max(1.0) as u64;
        let id: Label = format!("{config}{number}").into();
        let calls = (0..turns).map(|turn| {
            let prompt = FIRST + turn * GROWTH;
            let alive = turn > 0 && random.uniform() < 0.9;
            let read = if alive { prompt - GROWTH } else { 0 };
            let mut call = RecordedCall::new(CallKey::of(&[&id, &turn.to_string()]), id.clone());
            call.workflow = Some("review".into());
            call.agent = Some("bills".into());
            call.model = Some("m".into());
            call.at = Some(at);
            call.config = Some(config.into());
            let (five, hour) = if number.is_multiple_of(4) { (prompt - read, 0) } else { (0, prompt - read) };
            call.tokens = CallTokens {
                fresh: 0,
                cache_read: read,
                cache_write_5m: five,
                cache_write_1h: hour,
                output: OUTPUT,
            };
            call
        });
        let calls = calls.collect();
        RecordedRun { id: id.clone(), workflow: "review".into(), config: Some(config.into()), calls }
    };
    (0..count).map(one).collect()
}

pub(super) fn near(found: Option<f64>, expected: f64, tolerance: f64) {
    let found = found.expect("fitted");
    assert!((found / expected - 1.0).abs() < tolerance, "{found} is not {expected}");
}

pub(super) fn only(runs: &mut [RecordedRun]) -> (WorkflowFit, AgentFit) {
    let calibration = calibrate(runs, &rates, &FitSettings::default());
    assert_eq!((calibration.workflows.len(), calibration.workflows[0].agents.len()), (1, 1));
    (calibration.workflows[0].clone(), calibration.workflows[0].agents[0].clone())
}

#[test]
fn the_behaviour_that_made_the_runs_is_found_again() {
    let (workflow, agent) = only(&mut runs(2_000, 56.0, "c1", 9.0, 1));
    let turns = agent.turns.expect("fitted");
    near(turns.p50.to_f64(), 9.0, 0.06);
    near(turns.p90.to_f64(), 9.0 * (0.6 * 1.2816_f64).exp(), 0.08);
    near(agent.first_prompt, FIRST as f64, 0.001);
    near(agent.input_per_turn, (GROWTH - OUTPUT) as f64, 0.01);
    near(agent.output_per_turn, OUTPUT as f64, 0.001);
    near(agent.cache_hit, 0.9, 0.02);
    near(agent.hour_share, 0.75, 0.05);
    assert_eq!((agent.runs, agent.presence, workflow.config.as_deref()), (2_000, 1.0, Some("c1")));
    near(workflow.runs_per_month.expect("fitted").p50.to_f64(), 2_000.0 / 56.0 * 30.4375, 0.06);
    // The closed form is right to a few percent here, and the rest is corrected.
    assert!(agent.correction.iter().all(|factor| (0.85..1.15).contains(factor)), "{:?}", agent.correction);
    assert_eq!(agent.origin().words(), "measured over 2000 runs");
}

#[test]
fn missing_fields_change_no_figure() {
    let clean = only(&mut runs(2_000, 56.0, "c1", 9.0, 1));
    let mut dirty = runs(2_000, 56.0, "c1", 9.0, 1);
    for (number, call) in dirty.iter_mut().flat_map(|run| &mut run.calls).enumerate() {
        if number % 5 == 0 {
            call.tokens = CallTokens { fresh: call.tokens.prompt(), output: OUTPUT, ..CallTokens::default() };
            call.known = Known { cache: false, ttl: false, ..Known::ALL };
        }
        if number % 7 == 0 {
            call.known.output = false;
            call.tokens.output = 1;
        }
        if number % 11 == 0 {
            call.model = None;
        } else if number % 13 == 0 {
            call.agent = None;
        }
    }
    let dirty = only(&mut dirty);
    near(dirty.1.cache_hit, clean.1.cache_hit.expect("fitted"), 0.02);
    for (dirty, clean) in dirty.1.tokens_per_run.into_iter().zip(clean.1.tokens_per_run).skip(1) {
        near(Some(dirty), clean, 0.03);
    }
    near(dirty.0.monthly.map(|m| m.expected), clean.0.monthly.expect("forecast").expected, 0.02);
}

#[test]
fn a_new_configuration_starts_anew_and_the_old_one_is_the_prior() {
    let later = |mut runs: Vec<RecordedRun>, days: i64| {
        for call in runs.iter_mut().flat_map(|run| &mut run.calls) {
            call.at = call.at.map(|at| at + jiff::SignedDuration::from_hours(24 * days));
        }
        runs
    };
    let mix = |count: usize| {
        let mut all = runs(2_000, 56.0, "old", 9.0, 1);
        all.extend(later(runs(count, 7.0, "new", 27.0, 2), 57));
        only(&mut all)
    };
    let median = |agent: &AgentFit| agent.turns.expect("fitted").p50.to_f64().expect("finite");
    let (workflow, few) = mix(5);
    assert_eq!((workflow.config.as_deref(), workflow.runs, workflow.earlier_runs), (Some("new"), 5, 2_000));
    let (_, many) = mix(500);
    assert!(median(&few) > 9.5 && median(&few) < 22.0, "between the two: {}", median(&few));
    near(Some(median(&many)), 27.0, 0.1);
}

#[test]
fn without_a_price_there_is_no_money_and_still_a_fit() {
    let mut runs = runs(50, 30.0, "c", 9.0, 1);
    runs.iter_mut().flat_map(|run| &mut run.calls).for_each(|call| call.model = Some("mystery".into()));
    let (workflow, agent) = only(&mut runs);
    assert_eq!(workflow.monthly, None);
    assert_eq!(workflow.unpriced.into_iter().collect::<Vec<_>>(), ["mystery"]);
    assert!(agent.turns.is_some());
    near(workflow.runs_per_month.map(|runs| runs.p50.to_f64().expect("finite")), 50.0, 0.15);
}

#[test]
fn the_file_comes_back_as_it_was_written() {
    let calibration = calibrate(&mut runs(300, 56.0, "c1", 9.0, 1), &rates, &FitSettings::default());
    let text = serde_json::to_string_pretty(&calibration).expect("JSON");
    assert_eq!(serde_json::from_str::<Calibration>(&text).expect("a calibration"), calibration);
    assert!(text.contains("\"hour_share\": 0.7"), "{text}");
}

fn steady(weeks: usize, runs: f64, growth: f64) -> History {
    let week = |number: usize| {
        let runs = runs * (growth * number as f64).exp();
        Week { runs, cost: runs * 2.0, squares: runs * 8.0 }
    };
    History { weeks: (0..weeks).map(week).collect(), changed: None }
}

#[test]
fn a_forecast_follows_level_trend_and_change() {
    let month = |history: History| forecast(&[history], 4.0, &Settings::default())[0].expect("a forecast");
    let flat = month(steady(12, 500.0, 0.0));
    near(Some(flat.expected), 4_000.0, 0.001);
    near(Some(flat.cv), 1.0, 0.1);
    assert!(flat.p10 < 4_000.0 && flat.p90 > 4_000.0);
    let rising = month(steady(12, 500.0, 0.02));
    let last = 1_000.0 * (0.02_f64 * 11.0).exp();
    assert!(rising.expected > 4.0 * last * 0.99 && rising.expected < 4.0 * last * 1.06, "{rising:?}");
    let mut changed = steady(12, 500.0, 0.0);
    for week in changed.weeks.iter_mut().skip(10) {
        week.cost *= 3.0;
        week.squares *= 9.0;
    }
    changed.changed = Some(10);
    let after = month(changed);
    assert!(after.cost_per_run > 5.0, "the weeks before hardly count: {after:?}");
    assert_eq!(forecast(&[History::default()], 4.0, &Settings::default()), [None]);
}

#[test]
fn too_few_runs_decide_nothing() {
    let few = forecast(&[steady(12, 20.0, 0.0)], 4.0, &Settings::default())[0].expect("a forecast");
    assert!(!Runs::of(&few, 80.0).decide());
    let table = Runs::of(&Forecast { cv: 1.0, ..few }, 80.0).for_chance;
    assert_eq!(table.round(), 271.0, "the table: CV 1, tau 10 %");
    // With nothing but the chance of the runs and of their number, it is that of both.
    let ideal =
        Forecast { variance: 2.0 * (few.effective_runs.recip() + few.runs.recip()), beyond_runs: 0.0, ..few };
    assert_eq!(Runs::of(&ideal, 80.0).needed.map(f64::round), Some(541.0));
    let wild = Forecast { beyond_runs: 0.01, ..few };
    assert_eq!(Runs::of(&wild, 1e9).needed, None, "drift alone is more than the tolerance");
    let outcome = |have| Outcome {
        expected: 110.0,
        p10: 80.0,
        p90: 120.0,
        actual: 100.0,
        runs: Runs { have, needed: Some(271.0), for_chance: 271.0 },
    };
    assert!(matches!(score(&[outcome(42.0)]), Some(Score::InsufficientData(runs)) if runs.have == 42.0));
    let Some(Score::Measured(figures)) = score(&[outcome(300.0), outcome(300.0)]) else { panic!("enough") };
    assert!((figures.wape - 0.1).abs() < 1e-12 && figures.bias > 0.0 && figures.coverage == 1.0);
}

#[test]
fn more_runs_than_expected_are_a_difference_of_volume() {
    let mut recorded = runs(600, 56.0, "c1", 9.0, 1);
    let (workflow, _) = only(&mut recorded);
    let expected = profile::expected(&workflow, 300.0, &rates);
    let actual = profile::recorded(&recorded.iter().collect::<Vec<_>>(), &rates);
    let parts = parts::split(&expected, &actual).expect("no overflow");
    let share = |usd: crate::base::Usd| {
        (usd.amount() / parts.sum().expect("small").amount()).to_f64().expect("finite")
    };
    assert!((0.9..1.1).contains(&share(parts.volume)), "{parts:?}");
    assert!(parts.price.amount().is_zero(), "{parts:?}");
    assert!((actual.runs() - 600.0).abs() < 1e-9);
}
