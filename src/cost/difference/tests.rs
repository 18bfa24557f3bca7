use super::*;
use crate::base::{Client, RepoPath};
use crate::cost::assumed::Spread;
use crate::cost::project::price::{ModelPrice, NoPrice};
use crate::cost::rates::{PerMillion, Rates};
use crate::cost::tokens::Weight;
use crate::cost::workflow::{CacheTtl, Phase, Piece, Sent, Turns};

pub(crate) fn price(name: &str) -> Result<ModelPrice, NoPrice> {
    let flat = |input: i64| {
        let input = Decimal::from(input);
        Rates::flat(PerMillion {
            input,
            output: input * Decimal::from(5),
            cache_read: Some(input / Decimal::TEN),
            cache_write_5m: Some(input * Decimal::new(125, 2)),
            cache_write_1h: Some(input * Decimal::TWO),
        })
    };
    match name {
        "claude-cheap" => Ok(ModelPrice::new(name, flat(1))),
        "claude-dear" => Ok(ModelPrice::new(name, flat(5))),
        _ => Err(NoPrice { name: name.to_owned(), reason: "not in the book".to_owned() }),
    }
}

fn given<T>(value: T) -> Assumed<T> {
    Assumed::declared(value, "a test")
}

fn text(path: &str, tokens: u64) -> Sent {
    Sent {
        piece: Piece::File { path: RepoPath::new(path).expect("a path"), part: "whole".to_owned() },
        weight: Weight { bytes: 0, o200k: tokens, claude_v3: tokens, claude_v48: tokens, gemini: tokens },
        probability: given(Decimal::ONE),
        late: false,
    }
}

pub(crate) fn step(agent: &str, model: &str, tokens: u64) -> Step {
    Step {
        agent: agent.to_owned(),
        client: Client::ClaudeCode,
        model: given(model.to_owned()),
        sent: vec![text("AGENTS.md", tokens), text(&format!("agents/{agent}.md"), 800)],
        behaviour: Behaviour::Turns(Turns {
            turns: given(Spread { p50: Decimal::from(6), p90: Decimal::from(14) }),
            first_input: given(Decimal::from(500)),
            input_per_turn: given(Decimal::from(1500)),
            output_per_turn: given(Decimal::from(400)),
            cache: given(CacheTtl::FiveMinutes),
            cache_hit: given(Decimal::new(95, 2)),
            compaction: None,
        }),
        parallel: given(1),
        retries: given(Decimal::ZERO),
        probability: given(Decimal::ONE),
    }
}

pub(crate) fn workflow(name: &str, runs: i64, steps: Vec<Step>) -> Workflow {
    Workflow {
        name: name.to_owned(),
        source: "a test".to_owned(),
        runs_per_month: given(Spread::constant(Decimal::from(runs))),
        phases: vec![Phase { name: "work".to_owned(), iterations: given(Decimal::ONE), steps }],
        unread: Vec::new(),
    }
}

fn compared(base: &[Workflow], head: &[Workflow]) -> Difference {
    difference(base, head, &BTreeMap::new(), &price)
}

fn check_sum(difference: &Difference) -> Decimal {
    let (before, after) = difference.per_month();
    let amounts: Decimal = difference.amounts().iter().map(|amount| amount.per_month).sum();
    assert_eq!(amounts, after - before, "the parts do not add up to the whole");
    after - before
}

#[test]
fn parts_add_up_when_everything_changes_at_once() {
    let base =
        [workflow("support", 1000, vec![step("a", "claude-cheap", 4000), step("gone", "claude-dear", 100)])];
    let mut changed = step("a", "claude-dear", 6000);
    changed.sent.push(text("docs/extra.md", 700));
    changed.parallel = given(2);
    if let Behaviour::Turns(turns) = &mut changed.behaviour {
        turns.output_per_turn = given(Decimal::from(600));
    }
    let head = [
        workflow("support", 1500, vec![changed, step("new", "claude-cheap", 10)]),
        workflow("extra", 7, vec![]),
    ];
    let difference = compared(&base, &head);
    assert!(check_sum(&difference) > Decimal::ZERO);
    let causes: Vec<String> = difference
        .amounts()
        .iter()
        .map(|a| serde_json::to_value(&a.cause).unwrap()["cause"].to_string())
        .collect();
    for cause in ["model", "behaviour", "schedule", "volume", "text", "agent-added", "agent-removed"] {
        assert!(causes.contains(&format!("\"{cause}\"")), "{cause}: {causes:?}");
    }
}

#[test]
fn what_did_not_change_differs_by_nothing() {
    let untouched = workflow("b", 20, vec![step("x", "claude-dear", 10)]);
    let base = [
        workflow("a", 10, vec![step("y", "claude-cheap", 10), step("z", "claude-cheap", 10)]),
        untouched.clone(),
    ];
    let head =
        [workflow("a", 10, vec![step("y", "claude-dear", 10), step("z", "claude-cheap", 10)]), untouched];
    let difference = compared(&base, &head);
    let [a, b] = &difference.workflows[..] else { panic!("two workflows") };
    assert_eq!((a.state, b.state), (State::Changed, State::Unchanged));
    assert_eq!(b.run, Summary::default());
    let costs = |cost: &Option<WorkflowCost>| cost.as_ref().unwrap().steps[1].per_run;
    assert_eq!(costs(&a.base), costs(&a.head), "the other agent of the workflow");
    assert!(a.month.p10 > 0.0, "on the dearer model every month costs more: {:?}", a.month);
    check_sum(&difference);
}

#[test]
fn moves_and_renames_cost_nothing() {
    let base = [
        workflow("a", 10, vec![step("old-name", "claude-cheap", 10)]),
        workflow("w", 3, vec![step("q", "claude-dear", 1)]),
    ];
    let mut head = vec![
        workflow("a", 10, vec![step("new-name", "claude-cheap", 10)]),
        workflow("renamed", 3, vec![step("q", "claude-dear", 1)]),
    ];
    head[0].phases[0].steps[0].sent[0] = text("docs/AGENTS.md", 10);
    let path = |path: &str| RepoPath::new(path).unwrap();
    let renames = BTreeMap::from([
        (path("AGENTS.md"), path("docs/AGENTS.md")),
        (path("agents/old-name.md"), path("agents/new-name.md")),
    ]);
    // The other workflow still reads AGENTS.md under its old name in both.
    head[1].phases[0].steps[0].sent[0] = text("docs/AGENTS.md", 1);
    let difference = difference(&base, &head, &renames, &price);
    assert_eq!(check_sum(&difference), Decimal::ZERO);
    assert!(difference.workflows.iter().all(|w| w.state == State::Unchanged && w.run == Summary::default()));
}

#[test]
fn a_model_without_a_price_is_named_and_never_zero() {
    let difference = compared(&[], &[workflow("a", 10, vec![step("y", "mystery-1", 10)])]);
    let head = difference.workflows[0].head.as_ref().unwrap();
    assert_eq!(head.unpriced[0].name, "mystery-1");
    assert_eq!(head.steps[0].per_run, None);
}

/// Worked by hand: one constant turn, 1,000 tokens sent at $1.25 a million written, 400 out at $5: $0.00125 + $0.0005
/// for 500 + 500 tokens in. Ten runs a month; the text grows by 1,000: 10 x $0.00125 = $0.0125.
#[test]
fn a_longer_text_by_hand() {
    let one = |tokens: u64| {
        let mut step = step("a", "claude-cheap", tokens);
        step.sent.pop();
        if let Behaviour::Turns(turns) = &mut step.behaviour {
            turns.turns = given(Spread::constant(Decimal::ONE));
        }
        workflow("w", 10, vec![step])
    };
    let difference = compared(&[one(500)], &[one(1500)]);
    let (before, after) = difference.per_month();
    assert_eq!(before.normalize().to_string(), "0.0325");
    assert_eq!((after - before).normalize().to_string(), "0.0125");
    assert_eq!(difference.amounts()[0].tokens, Some(1000));
}
