//! What it would cost if: planning on the same model as the projection.

use super::assumed::{Assumed, Spread};
use super::project::expected_runs;
use super::project::price::{NoPrice, Prices};
use super::project::step::{NodeCache, ready};
use super::workflow::{Behaviour, CacheTtl, Phase, Step, Workflow};
use rust_decimal::Decimal;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// One thing that would be otherwise. Without an agent or workflow it holds for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Another model.
    Model {
        /// The agent.
        agent: Option<String>,
        /// The model.
        model: String,
    },
    /// Other turns.
    Turns {
        /// The agent.
        agent: Option<String>,
        /// The turns.
        turns: Spread,
    },
    /// Another life of the prompt cache.
    Cache {
        /// The agent.
        agent: Option<String>,
        /// The life.
        cache: CacheTtl,
    },
    /// Another number of agents at the same time.
    Parallel {
        /// The agent.
        agent: Option<String>,
        /// The number.
        parallel: u32,
    },
    /// Another number of runs a month.
    Runs {
        /// The workflow.
        workflow: Option<String>,
        /// The runs.
        runs: Spread,
    },
    /// Without an agent.
    Drop {
        /// The agent.
        agent: String,
    },
}

/// A change names something that is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no {what} `{name}`; there are {known}")]
pub struct Unknown {
    /// `agent`, `workflow`.
    pub what: &'static str,
    /// The name.
    pub name: String,
    /// Those there are.
    pub known: String,
}

const PLACE: &str = "the command line";
/// Names that are listed in an error.
const LISTED: usize = 12;

fn steps(workflows: &mut [Workflow]) -> impl Iterator<Item = &mut Step> {
    workflows.iter_mut().flat_map(|workflow| &mut workflow.phases).flat_map(|phase| &mut phase.steps)
}

/// The workflows with these changes.
///
/// # Errors
/// When a change names an agent or workflow that is not there.
pub fn apply(workflows: &[Workflow], changes: &[Change]) -> Result<Vec<Workflow>, Unknown> {
    let mut changed = workflows.to_vec();
    for change in changes {
        let mut each = |agent: &Option<String>, edit: &dyn Fn(&mut Step)| {
            let mut found = 0;
            for step in
                steps(&mut changed).filter(|step| agent.as_ref().is_none_or(|name| step.agent == *name))
            {
                edit(step);
                found += 1;
            }
            match agent {
                Some(name) if found == 0 => Err(no_agent(name, workflows)),
                _ => Ok(()),
            }
        };
        match change {
            Change::Model { agent, model } => {
                each(agent, &|step| step.model = Assumed::declared(model.clone(), PLACE))?;
            }
            Change::Turns { agent, turns } => each(agent, &|step| {
                if let Behaviour::Turns(behaviour) = &mut step.behaviour {
                    behaviour.turns = Assumed::declared(*turns, PLACE);
                }
            })?,
            Change::Cache { agent, cache } => each(agent, &|step| {
                if let Behaviour::Turns(behaviour) = &mut step.behaviour {
                    behaviour.cache = Assumed::declared(*cache, PLACE);
                }
            })?,
            Change::Parallel { agent, parallel } => {
                each(agent, &|step| step.parallel = Assumed::declared(*parallel, PLACE))?;
            }
            Change::Drop { agent } => {
                each(&Some(agent.clone()), &|_| {})?;
                for phase in changed.iter_mut().flat_map(|workflow| &mut workflow.phases) {
                    phase.steps.retain(|step| step.agent != *agent);
                }
            }
            Change::Runs { workflow, runs } => {
                let mut found = 0;
                for candidate in &mut changed {
                    if workflow.as_ref().is_none_or(|name| candidate.name == *name) {
                        candidate.runs_per_month = Assumed::declared(*runs, PLACE);
                        found += 1;
                    }
                }
                if let Some(name) = workflow.as_ref().filter(|_| found == 0) {
                    let names: BTreeSet<&str> = workflows.iter().map(|w| w.name.as_str()).collect();
                    return Err(Unknown { what: "workflow", name: name.clone(), known: list(&names) });
                }
            }
        }
    }
    Ok(changed)
}

fn no_agent(name: &str, workflows: &[Workflow]) -> Unknown {
    let steps = workflows.iter().flat_map(|w| &w.phases).flat_map(|phase| &phase.steps);
    let names: BTreeSet<&str> = steps.map(|step| step.agent.as_str()).collect();
    Unknown { what: "agent", name: name.to_owned(), known: list(&names) }
}

fn list(names: &BTreeSet<&str>) -> String {
    let shown: Vec<&str> = names.iter().take(LISTED).copied().collect();
    let more = names.len().saturating_sub(LISTED);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

/// An agent on another model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The agent.
    pub agent: String,
    /// Its models now.
    pub from: BTreeSet<String>,
    /// Its model then.
    pub to: String,
    /// Dollars a month it saves.
    pub saves: Decimal,
}

/// A cheaper configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What is moved, the largest saving first.
    pub moves: Vec<Move>,
    /// Dollars a month now.
    pub before: Decimal,
    /// Dollars a month then.
    pub after: Decimal,
    /// True when it meets the limit, or when there is none.
    pub meets_limit: bool,
}

/// What is asked of a cheaper configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Constraints {
    /// Models that may be used.
    pub models: Vec<String>,
    /// Agents that stay as they are.
    pub keep: BTreeSet<String>,
    /// Dollars a month that must not be exceeded; as few agents as possible are moved then.
    pub per_month: Option<Decimal>,
}

/// The cheapest configuration, or with a limit the one that moves the fewest agents and stays below it. Agents
/// cost independently of each other, so the largest savings first is not only quick but right.
///
/// # Errors
/// When a model has no price: nothing can be said about what it would save.
pub fn cheapest(
    workflows: &[Workflow],
    constraints: &Constraints,
    prices: Prices<'_>,
) -> Result<Plan, NoPrice> {
    let nodes = NodeCache::default();
    let month = |step: &Step, phase: &Phase, runs: Decimal| -> Result<Decimal, NoPrice> {
        Ok(ready(step, phase, prices, &nodes)?.expected_total() * runs)
    };
    let mut before = Decimal::ZERO;
    // The saving of each model for each agent, over all its steps.
    let mut savings: BTreeMap<&str, (BTreeSet<String>, BTreeMap<&str, Decimal>)> = BTreeMap::new();
    for workflow in workflows {
        let runs = expected_runs(workflow.runs_per_month.value);
        for phase in &workflow.phases {
            for step in &phase.steps {
                let now = month(step, phase, runs)?;
                before += now;
                if constraints.keep.contains(&step.agent) {
                    continue;
                }
                let entry = savings.entry(&step.agent).or_default();
                entry.0.insert(step.model.value.clone());
                for model in &constraints.models {
                    let mut other = step.clone();
                    other.model = Assumed::declared(model.clone(), PLACE);
                    *entry.1.entry(model).or_default() += now - month(&other, phase, runs)?;
                }
            }
        }
    }
    let mut moves: Vec<Move> = savings
        .into_iter()
        .filter_map(|(agent, (from, savings))| {
            let (to, saves) = savings.into_iter().max_by_key(|(model, saves)| (*saves, Reverse(*model)))?;
            (saves > Decimal::ZERO).then(|| Move { agent: agent.to_owned(), from, to: to.to_owned(), saves })
        })
        .collect();
    moves.sort_by(|a, b| b.saves.cmp(&a.saves).then_with(|| a.agent.cmp(&b.agent)));
    let mut after = before;
    let mut taken = Vec::new();
    for step in moves {
        if constraints.per_month.is_some_and(|limit| after <= limit) {
            break;
        }
        after -= step.saves;
        taken.push(step);
    }
    let meets_limit = constraints.per_month.is_none_or(|limit| after <= limit);
    Ok(Plan { moves: taken, before, after, meets_limit })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::difference::tests::{price, step, workflow};

    fn two() -> Vec<Workflow> {
        vec![
            workflow("a", 100, vec![step("triage", "claude-dear", 100), step("writer", "claude-dear", 9000)]),
            workflow("b", 10, vec![step("writer", "claude-dear", 9000)]),
        ]
    }

    #[test]
    fn changes_reach_what_they_name_and_nothing_else() {
        let spread = Spread::constant(Decimal::from(3));
        let changes = [
            Change::Model { agent: Some("writer".to_owned()), model: "claude-cheap".to_owned() },
            Change::Cache { agent: None, cache: CacheTtl::Off },
            Change::Runs { workflow: Some("b".to_owned()), runs: spread },
        ];
        let changed = apply(&two(), &changes).expect("known");
        let models: Vec<&str> =
            changed.iter().flat_map(|w| &w.phases[0].steps).map(|step| step.model.value.as_str()).collect();
        assert_eq!(models, ["claude-dear", "claude-cheap", "claude-cheap"]);
        assert_eq!(changed[0].runs_per_month, two()[0].runs_per_month);
        assert_eq!(changed[1].runs_per_month.value, spread);
        let error = apply(&two(), &[Change::Drop { agent: "wirter".to_owned() }]).expect_err("no such agent");
        assert_eq!(error.to_string(), "there is no agent `wirter`; there are triage, writer");
    }

    #[test]
    fn the_cheapest_keeps_what_must_stay_and_moves_as_few_as_it_can() {
        let models = vec!["claude-cheap".to_owned(), "claude-dear".to_owned()];
        let all = Constraints { models: models.clone(), ..Constraints::default() };
        let plan = cheapest(&two(), &all, &price).expect("priced");
        assert_eq!(plan.moves.iter().map(|m| m.agent.as_str()).collect::<Vec<_>>(), ["writer", "triage"]);
        // Everything costs a fifth on the cheap model.
        assert_eq!(plan.after * Decimal::from(5), plan.before);

        let limit = plan.before - plan.moves[0].saves;
        let few =
            cheapest(&two(), &Constraints { per_month: Some(limit), ..all.clone() }, &price).expect("priced");
        assert_eq!((few.moves.len(), few.meets_limit), (1, true));

        let keep = BTreeSet::from(["writer".to_owned()]);
        let kept =
            cheapest(&two(), &Constraints { keep, per_month: Some(limit), ..all }, &price).expect("priced");
        assert_eq!((kept.moves.len(), kept.meets_limit), (1, false));

        let unknown = Constraints { models: vec!["mystery".to_owned()], ..Constraints::default() };
        assert!(cheapest(&two(), &unknown, &price).is_err());
    }
}
