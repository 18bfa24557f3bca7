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

fn rates(model: &str) -> Option<Rates> {
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
const OUTPUT: u64 = 500;

/// Runs of an agent of which everything is known: log-normal turns, a cache that holds nine times of ten.
fn runs(count: usize, days: f64, config: &str, median: f64, seed: u64) -> Vec<RecordedRun> {
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

fn near(found: Option<f64>, expected: f64, tolerance: f64) {
    let found = found.expect("fitted");
    assert!((found / expected - 1.0).abs() < tolerance, "{found} is not {expected}");
}

fn only(runs: &mut [RecordedRun]) -> (WorkflowFit, AgentFit) {
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

/// Whatever agents are called and however many of them work at a time, the projection says of a month what was recorded.
#[test]
fn copies_and_rare_agents_are_projected_as_they_were_recorded() {
    use crate::cost::difference::tests::{price, step, workflow};
    let run = |number: usize| {
        let id: Label = format!("r{number}").into();
        let at = "2026-06-01T00:00:00Z".parse::<jiff::Timestamp>().expect("a time");
        let at = at + jiff::SignedDuration::from_hours(number as i64);
        let call = |name: String, agent: &str, prompt: u64, read: u64| {
            let mut call = RecordedCall::new(CallKey::of(&[&id, &name]), id.clone());
            (call.workflow, call.agent) = (Some("w".into()), Some(agent.into()));
            (call.model, call.at) = (Some("claude-cheap".into()), Some(at));
            (call.tokens.cache_read, call.tokens.cache_write_5m, call.tokens.output) =
                (read, prompt - read, 500);
            call
        };
        let conversation = |agent: &'static str, copy: usize| {
            (0..6_u64).map(move |turn| {
                let prompt = 20_000 + turn * 1_500;
                (format!("{agent}{copy}{turn}"), agent, prompt, if turn > 0 { prompt - 1_500 } else { 0 })
            })
        };
        let mut wanted: Vec<_> = conversation("both", 0).chain(conversation("both", 1)).collect();
        if number.is_multiple_of(5) {
            wanted.extend(conversation("rare", 0));
        }
        let calls = wanted.into_iter().map(|(name, agent, prompt, read)| call(name, agent, prompt, read));
        RecordedRun { id: id.clone(), workflow: "w".into(), config: None, calls: calls.collect() }
    };
    let prices = |model: &str| price(model).ok().map(|price| price.rates);
    let calibration =
        calibrate(&mut (0..1_000).map(run).collect::<Vec<_>>(), &prices, &FitSettings::default());
    let mut both = step("both", "claude-cheap", 100);
    both.parallel.value = 2;
    let mut workflows = [workflow("w", 10, vec![both, step("rare", "claude-cheap", 100)])];
    let reference = workflows.clone();
    measured::apply(&mut workflows, &reference, &calibration, &price);
    let projected = crate::cost::project::project(&workflows, &price, &Default::default());
    near(projected[0].per_run.to_f64(), calibration.workflows[0].cost_per_run.expect("a mean"), 0.05);
}

#[test]
fn a_cache_of_which_nobody_spoke_is_not_one_that_never_holds() {
    let mut silent = runs(300, 56.0, "c1", 9.0, 1);
    for call in silent.iter_mut().flat_map(|run| &mut run.calls) {
        call.tokens = CallTokens { fresh: call.tokens.prompt(), output: OUTPUT, ..CallTokens::default() };
        call.known = Known { cache: false, ttl: false, ..Known::ALL };
    }
    let (_, agent) = only(&mut silent);
    assert_eq!((agent.cache_hit, agent.hour_share), (None, None));
}

#[test]
fn days_are_not_taken_for_a_month() {
    let (hours, _) = only(&mut runs(100, 0.4, "c1", 9.0, 1));
    assert_eq!((hours.runs_per_month, hours.monthly), (None, None));
    assert!(hours.cost_per_run.is_some() && hours.days.is_some_and(|days| days < 0.5));
    let (days, _) = only(&mut runs(100, 13.0, "c1", 9.0, 1));
    assert_eq!((days.runs_per_month, days.monthly), (None, None));
    assert!(only(&mut runs(100, 15.0, "c1", 9.0, 1)).0.monthly.is_some());
    // Neither is a workflow that began while others ran on.
    let mut all = runs(200, 56.0, "c1", 9.0, 1);
    for run in all.iter_mut().skip(190) {
        run.workflow = "young".into();
    }
    let calibration = calibrate(&mut all, &rates, &FitSettings::default());
    let found: Vec<bool> = calibration.workflows.iter().map(|workflow| workflow.monthly.is_some()).collect();
    assert_eq!(found, [true, false]);
}

#[test]
fn after_a_rollback_only_runs_under_the_same_configuration_are_present() {
    let mut all = runs(40, 20.0, "a", 9.0, 1);
    for run in all.iter_mut().skip(1).take(38) {
        run.config = Some("b".into());
    }
    let (workflow, _) = only(&mut all);
    assert_eq!((workflow.config.as_deref(), workflow.runs, workflow.earlier_runs), (Some("a"), 2, 38));
    // A date decides only where a run does not say its configuration; without either it proves nothing.
    let mut all = runs(40, 20.0, "a", 9.0, 1);
    for (number, run) in all.iter_mut().enumerate() {
        run.config = (!number.is_multiple_of(4)).then(|| if number < 20 { "a".into() } else { "b".into() });
        if number.is_multiple_of(8) {
            run.calls.iter_mut().for_each(|call| call.at = None);
        }
    }
    let (workflow, _) = only(&mut all);
    assert_eq!((workflow.config.as_deref(), workflow.runs), (Some("b"), 15 + 2));
}

#[test]
fn a_try_of_a_few_runs_is_no_change_of_the_weeks_before() {
    let mut all = runs(400, 56.0, "a", 9.0, 1);
    let since = |all: &[RecordedRun]| {
        let (_, at) = changes(all).pop_first()?;
        Some(
            at.as_second() / 86_400
                - "2026-06-01T00:00:00Z".parse::<jiff::Timestamp>().expect("a time").as_second() / 86_400,
        )
    };
    assert_eq!(since(&all), None);
    for run in all.iter_mut().step_by(10) {
        run.config = Some("b".into());
    }
    assert_eq!(since(&all), Some(0), "most runs of all weeks are under it");
    for (number, run) in all.iter_mut().enumerate() {
        run.config = Some(if (100..200).contains(&number) { "b".into() } else { "a".into() });
    }
    assert!(since(&all).is_some_and(|day| (28..36).contains(&day)), "rolled back on day 28");
}

#[test]
fn a_single_old_date_neither_hangs_nor_leaves_figures_that_are_no_numbers() {
    let mut all = runs(100, 30.0, "c1", 9.0, 1);
    let mut old = runs(1, 1.0, "c1", 9.0, 2);
    old[0].workflow = "old".into();
    for call in &mut old[0].calls {
        call.at = "0001-01-01T00:00:00Z".parse().ok();
    }
    all.extend(old);
    let started = std::time::Instant::now();
    let calibration = calibrate(&mut all, &rates, &FitSettings::default());
    assert!(started.elapsed().as_secs() < 20, "a thousand years of weeks");
    let text = serde_json::to_string(&calibration).expect("JSON");
    assert_eq!(serde_json::from_str::<Calibration>(&text).expect("numbers"), calibration);
    assert!(calibration.workflows.iter().all(|workflow| workflow.agents[0].presence > 0.0));
}

#[test]
fn runs_without_a_date_weigh_like_the_others() {
    let mut all = runs(600, 56.0, "c1", 9.0, 1);
    // Those of the first half are small, and would be the newest if they counted as such.
    for run in all.iter_mut().step_by(3) {
        run.calls.truncate(1);
        run.calls.iter_mut().for_each(|call| call.at = None);
    }
    all.iter_mut()
        .step_by(3)
        .for_each(|run| run.calls.iter_mut().for_each(|call| call.agent = Some("small".into())));
    let calibration = calibrate(&mut all, &rates, &FitSettings::default());
    let small = calibration.workflows[0].agents.iter().find(|agent| agent.agent == "small").expect("there");
    near(Some(small.presence), 1.0 / 3.0, 0.01);
}

#[test]
fn what_the_source_says_of_costs_counts_without_a_model_too() {
    let nameless = |cost: Option<i64>| {
        let mut all = runs(100, 30.0, "c1", 9.0, 1);
        for run in &mut all {
            run.calls.truncate(1);
            for call in &mut run.calls {
                call.model = None;
                call.cost_reported = cost.map(|cost| crate::base::Usd::new(Decimal::from(cost)));
            }
        }
        only(&mut all).0
    };
    let said = nameless(Some(2));
    assert_eq!((said.cost_per_run, said.unpriced.len()), (Some(2.0), 0));
    assert!(said.monthly.is_some());
    let silent = nameless(None);
    assert_eq!((silent.cost_per_run, silent.monthly), (None, None));
    assert_eq!(silent.unpriced.into_iter().collect::<Vec<_>>(), [crate::cost::recorded::UNNAMED]);
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
