//! Records that say less than one would like: no cache, no dates, no models, a few days, several configurations.

use super::tests::{OUTPUT, near, only, rates, runs};
use super::*;
use crate::cost::rates::CallTokens;
use crate::cost::recorded::{CallKey, Known, RecordedCall};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

/// Whatever agents are called and however many of them work at a time, the projection says of a month what was recorded.
#[test]
fn copies_and_rare_agents_are_projected_as_they_were_recorded() {
    use crate::cost::difference::tests::{price, step, workflow};
    let run = |number: usize| {
        let id: Label = format!("r{number}").into();
        let at = "2026-06-01T00:00:00Z".parse::<jiff::Timestamp>().expect("a time");
        let at = at + jiff::SignedDuration::from_hours(i64::try_from(number).expect("small"));
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
    let projected =
        crate::cost::project::project(&workflows, &price, &crate::cost::project::step::NodeCache::default());
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
