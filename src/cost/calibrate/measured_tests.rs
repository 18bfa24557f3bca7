use super::fit::AgentFit;
use super::measured::{apply, measured, remarks};
use super::{Calibration, WorkflowFit};
use crate::cost::assumed::{Assumed, Origin, Spread};
use crate::cost::difference::tests::{price, step, workflow};
use crate::cost::workflow::{Behaviour, CacheTtl, Step, Turns, Workflow};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use std::collections::{BTreeMap, BTreeSet};

/// So many runs leave nothing of what was assumed.
const MANY: u64 = 1_000_000_000;

fn fit(agent: &str, model: &str, runs: u64) -> AgentFit {
    let spread = |p50: i64, p90: i64| Spread { p50: Decimal::from(p50), p90: Decimal::from(p90) };
    AgentFit {
        agent: agent.to_owned(),
        model: model.to_owned(),
        runs,
        presence: 1.0,
        turns: Some(spread(8, 20)),
        first_prompt: Some(9_000.0),
        input_per_turn: Some(1_000.0),
        output_per_turn: Some(500.0),
        ..AgentFit::default()
    }
}

fn calibration(agents: Vec<AgentFit>) -> Calibration {
    let runs = agents.iter().map(|agent| agent.runs).max().unwrap_or_default();
    let workflow = WorkflowFit {
        name: "w".to_owned(),
        config: None,
        runs,
        earlier_runs: 0,
        days: Some(60.0),
        cost_per_run: None,
        runs_per_month: Some(Spread::constant(Decimal::from(300))),
        monthly: None,
        unpriced: BTreeSet::new(),
        agents,
        skills: BTreeMap::new(),
    };
    Calibration { version: 1, until: None, workflows: vec![workflow] }
}

fn applied(workflow: &Workflow, reference: &Workflow, agents: Vec<AgentFit>) -> Workflow {
    let mut workflows = [workflow.clone()];
    apply(&mut workflows, std::slice::from_ref(reference), &calibration(agents), &price);
    let [workflow] = workflows;
    workflow
}

fn turns(step: &Step) -> &Turns {
    match &step.behaviour {
        Behaviour::Turns(turns) => turns,
        Behaviour::Totals { .. } => panic!("turns"),
    }
}

fn float(value: Decimal) -> f64 {
    value.to_f64().expect("finite")
}

fn near(found: f64, expected: f64) {
    assert!((found / expected - 1.0).abs() < 0.002, "{found} is not {expected}");
}

#[test]
fn what_was_measured_is_mixed_with_what_was_assumed_and_the_rest_stays() {
    let assumed = |value: i64| Assumed::default(Decimal::from(value), "a choice of ours");
    let before = Turns {
        turns: Assumed::default(Spread::constant(Decimal::TEN), "a choice of ours"),
        first_input: assumed(1_000),
        input_per_turn: assumed(2),
        output_per_turn: assumed(500),
        cache: Assumed::default(CacheTtl::FiveMinutes, "a choice of ours"),
        cache_hit: assumed(1),
        compaction: None,
    };
    let fit = |runs, earlier_runs| AgentFit {
        runs,
        earlier_runs,
        first_prompt: Some(20_000.0),
        output_per_turn: Some(512.5),
        hour_share: Some(0.8),
        ..AgentFit::default()
    };
    let after = measured(&before, &fit(40, 0), 15_000, 1.0);
    let origin = Origin::Measured { runs: 40 };
    assert_eq!(after.first_input, Assumed { value: Decimal::from(4_200), origin: origin.clone() });
    assert_eq!(after.output_per_turn, Assumed { value: Decimal::from(510), origin: origin.clone() });
    assert_eq!(after.cache, Assumed { value: CacheTtl::OneHour, origin });
    assert_eq!((&after.turns, &after.input_per_turn), (&before.turns, &before.input_per_turn));
    // One run weighs a tenth of what was assumed, and changes nothing that cannot be mixed.
    let one = measured(&before, &fit(1, 0), 15_000, 1.0);
    near(float(one.first_input.value), 1_000.0 + 4_000.0 / 11.0);
    assert_eq!(one.cache, before.cache);
    // Runs under an earlier configuration are in the figures already.
    near(
        float(measured(&before, &fit(1, 2_000), 15_000, 1.0).first_input.value),
        1_000.0 + 4_000.0 * 11.0 / 21.0,
    );
}

#[test]
fn a_step_has_the_figures_of_its_own_model() {
    let of = |model: &str, agents: Vec<AgentFit>| {
        let before = workflow("w", 10, vec![step("a", model, 100)]);
        float(turns(&applied(&before, &before, agents).phases[0].steps[0]).output_per_turn.value)
    };
    let two = |cheap: u64, dear: u64| {
        let (mut small, mut large) = (fit("a", "claude-cheap", cheap), fit("a", "aws/claude-dear", dear));
        (small.output_per_turn, large.output_per_turn) = (Some(5.0), Some(900.0));
        vec![small, large]
    };
    near(of("claude-dear", two(MANY, MANY / 2)), 900.0);
    near(of("claude-cheap", two(MANY / 2, MANY)), 5.0);
    // On a model of which nothing was recorded it is the agent that most was recorded of.
    near(of("claude-other", two(1, MANY)), 900.0);
    near(of("claude-other", two(MANY, MANY)), 5.0);
}

#[test]
fn a_handful_of_runs_does_not_replace_what_was_declared() {
    let before = workflow("w", 12_000, vec![step("a", "claude-cheap", 100)]);
    let few = applied(&before, &before, vec![fit("a", "claude-cheap", 9)]);
    assert_eq!(few.runs_per_month, before.runs_per_month);
    let said = |runs| remarks(&calibration(vec![fit("a", "claude-cheap", runs)]));
    assert!(said(9)[0].contains("9 recorded runs of w are few") && said(10).is_empty());
    let p50 = float(turns(&few.phases[0].steps[0]).turns.value.p50);
    assert!((6.5..7.5).contains(&p50), "half way between 6 and 8: {p50}");
    let enough = applied(&before, &before, vec![fit("a", "claude-cheap", 10)]);
    assert_eq!(enough.runs_per_month.value.p50, Decimal::from(300));
}

/// A text that head adds costs more under measured behaviour as well: the task stays what it was.
#[test]
fn a_longer_text_is_not_taken_for_a_shorter_task() {
    let base = workflow("w", 10, vec![step("a", "claude-cheap", 4_000)]);
    let head = workflow("w", 10, vec![step("a", "claude-cheap", 6_000)]);
    let first = |workflow: &Workflow| {
        let after = applied(workflow, &base, vec![fit("a", "claude-cheap", MANY)]);
        let turns = turns(&after.phases[0].steps[0]).clone();
        (turns.first_input.value.round(), turns.turns.origin)
    };
    // 9,000 less the 4,000 and 800 that were sent when the runs were recorded.
    assert_eq!(first(&head), (Decimal::from(4_200), Origin::Measured { runs: MANY }));
    assert_eq!(first(&base), first(&head));
}

#[test]
fn recorded_turns_are_those_of_all_copies_together() {
    let declared = |parallel: u32| {
        let mut copies = step("a", "claude-cheap", 100);
        copies.parallel.value = parallel;
        workflow("w", 10, vec![copies])
    };
    let (base, head) = (declared(2), declared(4));
    let p50 = |of: &Workflow, reference: &Workflow| {
        let after = applied(of, reference, vec![fit("a", "claude-cheap", MANY)]);
        float(turns(&after.phases[0].steps[0]).turns.value.p50)
    };
    near(p50(&declared(1), &declared(1)), 8.0);
    near(p50(&base, &base), 4.0);
    near(p50(&head, &base), 4.0);
    // Iterations, retries and further steps of the agent are passes as well.
    let mut often = workflow("w", 10, vec![step("a", "claude-cheap", 100), step("a", "claude-cheap", 100)]);
    often.tell_apart();
    often.phases[0].iterations.value = Decimal::TWO;
    often.phases[0].steps[0].retries.value = Decimal::ONE;
    near(p50(&often, &often), (8.0_f64 / 6.0).max(1.0));
    let second = applied(&often, &often, vec![fit("a", "claude-cheap", MANY)]).phases[0].steps[1].clone();
    near(float(turns(&second).turns.value.p50), 8.0 / 6.0);
}

#[test]
fn an_agent_that_is_rarely_called_costs_rarely() {
    let base = workflow("w", 10, vec![step("a", "claude-cheap", 100)]);
    let mut head = base.clone();
    let rare = || vec![AgentFit { presence: 0.2, ..fit("a", "claude-cheap", MANY) }];
    let share = |of: &Workflow| float(applied(of, &base, rare()).phases[0].steps[0].probability.value);
    near(share(&base), 0.2);
    head.phases[0].steps[0].probability.value = Decimal::new(5, 1);
    near(share(&head), 0.1);
    let two = vec![
        AgentFit { presence: 0.3, ..fit("a", "claude-cheap", MANY) },
        AgentFit { presence: 0.9, ..fit("a", "claude-dear", MANY) },
    ];
    near(float(applied(&base, &base, two).phases[0].steps[0].probability.value), 1.0);
}

#[test]
fn absurd_figures_end_at_what_can_be_priced() {
    let base = workflow("w", 10, vec![step("a", "claude-cheap", 100)]);
    let wild = AgentFit {
        turns: Some(Spread { p50: Decimal::from(4_000_000_000_u64), p90: Decimal::MAX }),
        input_per_turn: Some(1e300),
        ..fit("a", "claude-cheap", MANY)
    };
    let after = applied(&base, &base, vec![wild]);
    let turns = turns(&after.phases[0].steps[0]);
    near(float(turns.turns.value.p90), 100_000.0);
    assert!(turns.input_per_turn.value <= Decimal::from(1_000_000_000_000_u64));
}
