//! Whether the figures of a configuration make sense, each with the line on which it stands.

use super::cost::{RawBehaviour, RawCostBudget, RawSpread, RawStep, RawWorkflow};
use super::mcp::{MAX_NAMES, MAX_SECONDS, RawMcp};
use super::raw::RawConfig;
use super::rules::{Level, RawRules};
use super::yaml::Node;
use crate::base::Client;
use rust_decimal::Decimal;

/// The rule that needs a reason to be switched off for some files.
const SECRETS: &str = "leaked-secret";
/// More workflows, phases of one, or steps of one phase than this are refused.
const MAX_ITEMS: usize = 1_000;
/// More agents at the same time than this are refused.
const MAX_PARALLEL: u32 = 1_000;
/// Larger amounts of money are refused, in dollars: they are slips.
pub(super) const MAX_FIGURE: i64 = 1_000_000_000_000;
/// More tokens in one call are refused.
const MAX_TOKENS: i64 = 10_000_000;
/// More turns in one run are refused.
const MAX_TURNS: i64 = 100_000;
/// More runs in a month are refused.
const MAX_RUNS: i64 = 100_000_000;
/// More iterations or retries are refused. Together these limits keep every sum within what a decimal holds.
const MAX_TIMES: i64 = 100;

/// Collects errors with their lines.
pub(super) struct Checker<'a> {
    pub(super) root: &'a Node,
    pub(super) errors: Vec<(u32, String)>,
}

/// Where a value stands: keys of mappings, numbers of list items.
#[derive(Clone)]
pub(super) enum At {
    /// A key.
    Key(String),
    /// An item of a list.
    Item(usize),
}

/// The line of a value; of the nearest thing around it that is there.
pub(super) fn line_of(root: &Node, path: &[At]) -> u32 {
    let mut node = root;
    for step in path {
        let next = match step {
            At::Key(key) => node.get(key),
            At::Item(index) => match &node.value {
                super::yaml::Value::Sequence(items) => items.get(*index),
                _ => None,
            },
        };
        match next {
            Some(next) => node = next,
            None => break,
        }
    }
    node.span.start.line
}

/// Appends a key to a path.
pub(super) fn below(path: &[At], key: &str) -> Vec<At> {
    let mut longer = path.to_vec();
    longer.push(At::Key(key.to_owned()));
    longer
}

/// Appends the number of a list item to a path.
pub(super) fn item(path: &[At], index: usize) -> Vec<At> {
    let mut longer = path.to_vec();
    longer.push(At::Item(index));
    longer
}

impl Checker<'_> {
    pub(super) fn say(&mut self, path: &[At], message: impl Into<String>) {
        let line = line_of(self.root, path);
        self.errors.push((line, message.into()));
    }

    /// Everything about cost and approvals.
    pub(super) fn check(&mut self, raw: &RawConfig) {
        if let Some(approvals) = &raw.approvals {
            self.approvals(approvals);
        }
        self.rules(&raw.rules);
        self.mcp(&raw.mcp);
        let workflows = below(&[], "workflows");
        self.count(&workflows, raw.workflows.len(), "workflows");
        for (name, workflow) in &raw.workflows {
            self.workflow(&below(&workflows, name), name, workflow);
        }
        let assumptions = below(&[], "assumptions");
        self.spread(&below(&assumptions, "runs_per_month"), raw.assumptions.runs_per_month, MAX_RUNS);
        self.behaviour(&below(&assumptions, "behaviour"), &raw.assumptions.behaviour);
        let budgets = below(&[], "budgets");
        self.budget(&below(&budgets, "cost"), &raw.budgets.cost);
        for (kind, list) in [
            ("workflows", &raw.budgets.workflows),
            ("agents", &raw.budgets.agents),
            ("phases", &raw.budgets.phases),
        ] {
            for (name, budget) in list {
                self.budget(&below(&below(&budgets, kind), name), budget);
            }
        }
    }

    /// Whoever lets secrets stay in some files says why, beside it: it is read when one of them leaks.
    fn rules(&mut self, raw: &RawRules) {
        for (index, entry) in raw.paths.iter().enumerate() {
            let off = ["secrets", SECRETS].iter().any(|name| entry.levels.get(*name) == Some(&Level::Off));
            if off && entry.reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) {
                let levels = below(&item(&below(&below(&[], "rules"), "paths"), index), "levels");
                self.say(
                    &levels,
                    format!("`{SECRETS}` is switched off without a reason; add `reason:` to the entry"),
                );
            }
        }
    }

    fn mcp(&mut self, raw: &RawMcp) {
        let path = below(&[], "mcp");
        let allow = below(&path, "allow");
        if raw.allow.len() > MAX_NAMES {
            self.say(&allow, format!("more than {MAX_NAMES} servers are not allowed one by one"));
        }
        for (index, name) in raw.allow.iter().enumerate() {
            // A pattern would allow servers that nobody has looked at.
            if name.trim().is_empty() || name.contains('*') {
                let mut item = allow.clone();
                item.push(At::Item(index));
                self.say(&item, format!("`{}` is no name of a server", super::shown(name)));
            }
        }
        if let Some(seconds) = raw.timeout_seconds.filter(|seconds| !(1..=MAX_SECONDS).contains(seconds)) {
            self.say(
                &below(&path, "timeout_seconds"),
                format!("{seconds} is not between 1 and {MAX_SECONDS}"),
            );
        }
    }

    fn count(&mut self, path: &[At], count: usize, what: &str) {
        if count > MAX_ITEMS {
            self.say(path, format!("{count} {what} are more than the {MAX_ITEMS} that are read"));
        }
    }

    fn workflow(&mut self, path: &[At], name: &str, workflow: &RawWorkflow) {
        self.client(path, workflow.client.as_deref());
        self.spread(&below(path, "runs_per_month"), workflow.runs_per_month, MAX_RUNS);
        match (workflow.steps.is_empty(), workflow.phases.is_empty()) {
            (true, true) => {
                self.say(path, format!("the workflow `{name}` has no steps; add `steps` or `phases`"))
            }
            (false, false) => {
                self.say(path, format!("the workflow `{name}` has both `steps` and `phases`; keep one"))
            }
            _ => {}
        }
        self.steps(&below(path, "steps"), &workflow.steps);
        let phases = below(path, "phases");
        self.count(&phases, workflow.phases.len(), "phases");
        for (index, phase) in workflow.phases.iter().enumerate() {
            let at = item(&phases, index);
            self.figure(&below(&at, "iterations"), phase.iterations, MAX_TIMES);
            if workflow.phases.iter().take(index).any(|other| other.name == phase.name) {
                self.say(&at, format!("the phase `{}` stands twice in the workflow `{name}`", phase.name));
            }
            if phase.steps.is_empty() {
                self.say(&at, format!("the phase `{}` has no steps", phase.name));
            }
            self.steps(&below(&at, "steps"), &phase.steps);
        }
    }

    fn steps(&mut self, path: &[At], steps: &[RawStep]) {
        self.count(path, steps.len(), "steps");
        for (index, step) in steps.iter().enumerate() {
            let at = item(path, index);
            self.client(&at, step.client.as_deref());
            self.behaviour(&at, &step.behaviour());
            if step.agent.trim().is_empty() {
                self.say(&at, "a step needs the name of its agent");
            }
            if steps.iter().take(index).any(|other| other.agent == step.agent) {
                self.say(
                    &at,
                    format!(
                        "the agent `{}` stands twice in one phase; use `parallel`, or phases",
                        step.agent
                    ),
                );
            }
            if let Some(parallel) = step.parallel
                && !(1..=MAX_PARALLEL).contains(&parallel)
            {
                self.say(&below(&at, "parallel"), format!("{parallel} is not between 1 and {MAX_PARALLEL}"));
            }
            self.figure(&below(&at, "retries"), step.retries, MAX_TIMES);
            self.share(&below(&at, "probability"), step.probability);
        }
    }

    fn behaviour(&mut self, path: &[At], behaviour: &RawBehaviour) {
        self.spread(&below(path, "turns"), behaviour.turns, MAX_TURNS);
        self.figure(&below(path, "first_input"), behaviour.first_input, MAX_TOKENS);
        self.figure(&below(path, "input_per_turn"), behaviour.input_per_turn, MAX_TOKENS);
        self.figure(&below(path, "output_per_turn"), behaviour.output_per_turn, MAX_TOKENS);
        self.share(&below(path, "cache_hit"), behaviour.cache_hit);
        self.share(&below(path, "skill_trigger"), behaviour.skill_trigger);
    }

    fn budget(&mut self, path: &[At], budget: &RawCostBudget) {
        self.figure(&below(path, "per_run"), budget.per_run, MAX_FIGURE);
        self.figure(&below(path, "per_day"), budget.per_day, MAX_FIGURE);
        self.figure(&below(path, "per_month"), budget.per_month, MAX_FIGURE);
        self.figure(&below(path, "increase_per_month"), budget.increase_per_month, MAX_FIGURE);
        self.figure(&below(path, "increase_percent"), budget.increase_percent, MAX_FIGURE);
    }

    fn client(&mut self, path: &[At], name: Option<&str>) {
        if let Some(name) = name.filter(|name| Client::from_name(name).is_none()) {
            let message = format!("`{name}` is no client; known are {}", super::names());
            self.say(&below(path, "client"), message);
        }
    }

    fn spread(&mut self, path: &[At], spread: Option<RawSpread>, most: i64) {
        let Some((p50, p90)) = spread.map(RawSpread::quantiles) else { return };
        if p50 <= Decimal::ZERO {
            self.say(path, format!("{p50} is not above 0"));
        } else if p90 < p50 {
            self.say(path, format!("p90 ({p90}) is below p50 ({p50})"));
        }
        self.figure(path, Some(p90.max(p50)).filter(|figure| !figure.is_sign_negative()), most);
    }

    pub(super) fn figure(&mut self, path: &[At], figure: Option<Decimal>, most: i64) {
        let Some(figure) = figure else { return };
        if figure.is_sign_negative() && !figure.is_zero() {
            self.say(path, format!("{figure} is below 0"));
        } else if figure > Decimal::from(most) {
            self.say(path, format!("{figure} is more than the {most} that are taken seriously here"));
        }
    }

    fn share(&mut self, path: &[At], share: Option<Decimal>) {
        if let Some(share) = share.filter(|share| !(Decimal::ZERO..=Decimal::ONE).contains(share)) {
            self.say(path, format!("{share} is no share: write a figure from 0 to 1"));
        }
    }
}
