//! The causes of a difference, and what each of them adds.

use super::shapley;
use crate::base::Family;
use crate::cost::project::expected_runs;
use crate::cost::project::price::Prices;
use crate::cost::project::step::{NodeCache, family_of, ready_at};
use crate::cost::workflow::{Behaviour, Piece, Sent, Step, Workflow};
use rust_decimal::Decimal;
use serde::Serialize;
use std::collections::BTreeMap;

/// Why something costs more or less.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "cause")]
pub enum Cause {
    /// A text that is sent grew, shrank, came or went.
    Text {
        /// The text.
        text: Piece,
    },
    /// An agent runs on another model.
    Model {
        /// The agent.
        agent: String,
        /// The model in base.
        from: String,
        /// The model in head.
        to: String,
    },
    /// An agent behaves differently: turns, input, output, cache.
    Behaviour {
        /// The agent.
        agent: String,
    },
    /// An agent runs more or less often in a run: parallel agents, iterations, retries, share of runs.
    Schedule {
        /// The agent.
        agent: String,
    },
    /// The workflow runs more or less often.
    Volume {
        /// The workflow.
        workflow: String,
    },
    /// An agent that is new in its workflow.
    AgentAdded {
        /// The agent.
        agent: String,
        /// The workflow.
        workflow: String,
    },
    /// An agent that is gone from its workflow.
    AgentRemoved {
        /// The agent.
        agent: String,
        /// The workflow.
        workflow: String,
    },
    /// A new workflow.
    WorkflowAdded {
        /// The workflow.
        workflow: String,
    },
    /// A workflow that is gone.
    WorkflowRemoved {
        /// The workflow.
        workflow: String,
    },
}

impl Cause {
    /// The one agent it speaks of.
    pub fn agent(&self) -> Option<&str> {
        match self {
            Self::Model { agent, .. }
            | Self::Behaviour { agent }
            | Self::Schedule { agent }
            | Self::AgentAdded { agent, .. }
            | Self::AgentRemoved { agent, .. } => Some(agent),
            _ => None,
        }
    }
}

/// What a cause adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    /// Why.
    pub cause: Cause,
    /// Dollars a month.
    pub per_month: Decimal,
    /// For a text: how many tokens it has more in the tokenizer of the model.
    pub tokens: Option<i64>,
}

/// Adds up what the same cause adds in several places; largest first.
pub(super) fn merge(amounts: impl Iterator<Item = Amount>) -> Vec<Amount> {
    let mut merged: BTreeMap<Cause, Amount> = BTreeMap::new();
    for amount in amounts {
        match merged.get_mut(&amount.cause) {
            Some(known) => {
                known.per_month += amount.per_month;
                // The same text in two agents on models with different tokenizers: the larger count is shown.
                known.tokens = known.tokens.max(amount.tokens);
            }
            None => {
                merged.insert(amount.cause.clone(), amount);
            }
        }
    }
    let mut merged: Vec<Amount> = merged.into_values().collect();
    merged.sort_by(|a, b| b.per_month.abs().cmp(&a.per_month.abs()).then_with(|| a.cause.cmp(&b.cause)));
    merged
}

/// A step with its phase and how often its phase is gone through.
#[derive(Clone)]
struct Placed<'a> {
    step: &'a Step,
    iterations: Decimal,
}

fn placed(workflow: &Workflow) -> BTreeMap<(&str, &str), Placed<'_>> {
    let phases = workflow.phases.iter();
    phases
        .flat_map(|phase| {
            phase.steps.iter().map(move |step| {
                let placed = Placed { step, iterations: phase.iterations.value };
                ((phase.name.as_str(), step.agent.as_str()), placed)
            })
        })
        .collect()
}

/// Why a workflow costs more or less a month; the parts add up exactly.
pub(super) fn amounts(
    base: Option<&Workflow>,
    head: Option<&Workflow>,
    prices: Prices<'_>,
    nodes: &NodeCache,
) -> Vec<Amount> {
    let runs = |workflow: &Workflow| expected_runs(workflow.runs_per_month.value);
    let whole = |workflow: &Workflow| {
        let steps = placed(workflow);
        let sum: Decimal = steps.values().map(|step| cost(step, prices, nodes)).sum();
        (sum * runs(workflow)).round_dp(18)
    };
    let only = |cause, per_month: Decimal| Amount { cause, per_month, tokens: None };
    let (base, head) = match (base, head) {
        (Some(base), Some(head)) => (base, head),
        (None, Some(head)) => {
            let cause = Cause::WorkflowAdded { workflow: head.name.clone() };
            return vec![only(cause, whole(head))];
        }
        (Some(base), None) => {
            let cause = Cause::WorkflowRemoved { workflow: base.name.clone() };
            return vec![only(cause, -whole(base))];
        }
        (None, None) => return Vec::new(),
    };
    let (before, after) = (placed(base), placed(head));
    let (runs_before, runs_after) = (runs(base), runs(head));
    let mut found = Vec::new();
    for (key @ (_, agent), step) in &after {
        let agent = (*agent).to_owned();
        let workflow = head.name.clone();
        match before.get(key) {
            Some(old) => {
                let pair =
                    StepPair { base: old, head: step, runs: (runs_before, runs_after), workflow: &head.name };
                found.extend(pair.amounts(prices, nodes));
            }
            None => found.push(only(
                Cause::AgentAdded { agent, workflow },
                (cost(step, prices, nodes) * runs_after).round_dp(18),
            )),
        }
    }
    for (key @ (_, agent), step) in &before {
        if !after.contains_key(key) {
            let cause = Cause::AgentRemoved { agent: (*agent).to_owned(), workflow: head.name.clone() };
            found.push(only(cause, -(cost(step, prices, nodes) * runs_before).round_dp(18)));
        }
    }
    merge(found.into_iter().filter(|amount| !amount.per_month.is_zero()))
}

/// The expected cost of a step in one run; nothing without a price.
fn cost(placed: &Placed<'_>, prices: Prices<'_>, nodes: &NodeCache) -> Decimal {
    let Ok(price) = prices(&placed.step.model.value) else { return Decimal::ZERO };
    ready_at(placed.step, placed.iterations, &price, nodes).expected_total()
}

struct StepPair<'a> {
    base: &'a Placed<'a>,
    head: &'a Placed<'a>,
    runs: (Decimal, Decimal),
    workflow: &'a str,
}

/// What differs between two steps, other than texts.
const MODEL: u64 = 1;
const BEHAVIOUR: u64 = 2;
const SCHEDULE: u64 = 4;
const VOLUME: u64 = 8;
const TEXTS: u64 = 16;

impl StepPair<'_> {
    fn amounts(&self, prices: Prices<'_>, nodes: &NodeCache) -> Vec<Amount> {
        let (base, head) = (self.base.step, self.head.step);
        let texts = changed_texts(&base.sent, &head.sent);
        let mut factors: Vec<u64> = Vec::new();
        let mut add = |differs: bool, bit| factors.extend(differs.then_some(bit));
        add(base.model.value != head.model.value, MODEL);
        add(!alike(&base.behaviour, &head.behaviour), BEHAVIOUR);
        add(schedule(self.base) != schedule(self.head), SCHEDULE);
        add(self.runs.0 != self.runs.1, VOLUME);
        add(!texts.is_empty(), TEXTS);
        if factors.is_empty() {
            return Vec::new();
        }
        let value = |set: u64| self.value(set, None, prices, nodes);
        let of_set = |causes: u64| {
            factors
                .iter()
                .enumerate()
                .filter(|(at, _)| causes & (1 << at) != 0)
                .fold(0, |set, (_, bit)| set | bit)
        };
        let parts = shapley::split(factors.len(), |causes| value(of_set(causes)));
        let mut found = Vec::new();
        for (bit, per_month) in factors.iter().zip(parts) {
            let agent = head.agent.clone();
            let cause = match *bit {
                MODEL => Cause::Model { agent, from: base.model.value.clone(), to: head.model.value.clone() },
                BEHAVIOUR => Cause::Behaviour { agent },
                SCHEDULE => Cause::Schedule { agent },
                VOLUME => Cause::Volume { workflow: self.workflow.to_owned() },
                _ => {
                    found.extend(self.texts(&texts, per_month, prices, nodes));
                    continue;
                }
            };
            found.push(Amount { cause, per_month, tokens: None });
        }
        found
    }

    /// Splits what the texts add together among them: each gets what it adds alone, and a share of the rest that
    /// is as large as its own part.
    fn texts(&self, texts: &[Piece], whole: Decimal, prices: Prices<'_>, nodes: &NodeCache) -> Vec<Amount> {
        let family = prices(&self.head.step.model.value)
            .map_or(Family::O200k, |price| family_of(self.head.step, &price));
        let start = self.value(0, None, prices, nodes);
        let alone: Vec<Decimal> = match texts {
            [_] => vec![whole],
            _ => texts.iter().map(|text| self.value(0, Some(text), prices, nodes) - start).collect(),
        };
        let rest = whole - alone.iter().sum::<Decimal>();
        let size: Decimal = alone.iter().map(Decimal::abs).sum();
        let mut parts: Vec<Decimal> = alone
            .iter()
            .map(|part| if size.is_zero() { *part } else { (part + rest * part.abs() / size).round_dp(15) })
            .collect();
        let left = whole - parts.iter().sum::<Decimal>();
        if let Some(largest) = parts.iter_mut().max_by_key(|part| part.abs()) {
            *largest += left;
        }
        let tokens = |sent: &[Sent], text: &Piece| -> i64 {
            let of_text = sent.iter().filter(|sent| sent.piece == *text);
            of_text.map(|sent| sent.weight.count(family).tokens.cast_signed()).sum()
        };
        let texts = texts.iter().zip(parts);
        texts
            .map(|(text, per_month)| Amount {
                cause: Cause::Text { text: text.clone() },
                per_month,
                tokens: Some(tokens(&self.head.step.sent, text) - tokens(&self.base.step.sent, text)),
            })
            .collect()
    }

    /// Dollars a month when these factors are as in head and the others as in base; `only` takes one text of head.
    fn value(&self, set: u64, only: Option<&Piece>, prices: Prices<'_>, nodes: &NodeCache) -> Decimal {
        let pick = |bit: u64| if set & bit != 0 { self.head } else { self.base };
        let schedule = pick(SCHEDULE);
        let sent = match only {
            Some(text) => {
                let others = self.base.step.sent.iter().filter(|sent| sent.piece != *text);
                let new = self.head.step.sent.iter().filter(|sent| sent.piece == *text);
                others.chain(new).cloned().collect()
            }
            None => pick(TEXTS).step.sent.clone(),
        };
        let step = Step {
            agent: String::new(),
            client: self.head.step.client,
            model: pick(MODEL).step.model.clone(),
            sent,
            behaviour: pick(BEHAVIOUR).step.behaviour.clone(),
            parallel: schedule.step.parallel.clone(),
            retries: schedule.step.retries.clone(),
            probability: schedule.step.probability.clone(),
        };
        let runs = if set & VOLUME != 0 { self.runs.1 } else { self.runs.0 };
        (cost(&Placed { step: &step, iterations: schedule.iterations }, prices, nodes) * runs).round_dp(18)
    }
}

fn schedule(placed: &Placed<'_>) -> [Decimal; 4] {
    let step = placed.step;
    [Decimal::from(step.parallel.value), placed.iterations, step.retries.value, step.probability.value]
}

/// The texts that are not the same in both.
fn changed_texts(base: &[Sent], head: &[Sent]) -> Vec<Piece> {
    let by_piece = |sent: &[Sent]| {
        let mut map: BTreeMap<Piece, Vec<_>> = BTreeMap::new();
        for sent in sent {
            map.entry(sent.piece.clone()).or_default().push((sent.weight, sent.probability.value, sent.late));
        }
        map
    };
    let (before, after) = (by_piece(base), by_piece(head));
    let mut changed: Vec<Piece> = before
        .keys()
        .chain(after.keys())
        .filter(|piece| before.get(piece) != after.get(piece))
        .cloned()
        .collect();
    changed.sort();
    changed.dedup();
    changed
}

fn alike(a: &Behaviour, b: &Behaviour) -> bool {
    let plain = |behaviour: &Behaviour| {
        let mut behaviour = behaviour.clone();
        super::forget_behaviour(&mut behaviour);
        behaviour
    };
    plain(a) == plain(b)
}
