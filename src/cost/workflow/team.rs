//! A team specification as a workflow.

use super::{Behaviour, Phase, Piece, Sent, Step, UNKNOWN, Workflow};
use crate::agent::team::numbers::Figure;
use crate::agent::team::spec::{self, Cited};
use crate::agent::team::{Agent, Team};
use crate::base::{Client, RepoPath};
use crate::cost::assumed::{Assumed, Spread};
use crate::cost::tokens::Weight;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// The share of input among all tokens where nothing is known of it: three to one.
const INPUT_SHARE: Decimal = Decimal::from_parts(75, 0, 0, false, 2);

/// What a team costs to run, as far as it is written down. `weigh` gives the weight of the instructions of an agent;
/// `client` is the one that runs the team, since a specification does not say. `None` when the team has neither
/// phases nor agents.
pub fn workflow(
    team: &Team,
    client: Client,
    weigh: &dyn Fn(&RepoPath) -> Option<Weight>,
) -> Option<Workflow> {
    let build = Build { team, client, weigh };
    let mut unread: Vec<String> =
        team.unread.iter().map(|cited| format!("{}: {}", cited.words(), cited.value)).collect();
    let mut phases = Vec::new();
    for phase in &team.phases {
        let steps = build.steps(phase, &mut unread);
        if !steps.is_empty() {
            let number = phase.number.map_or_else(String::new, |number| format!(" ({number})"));
            let taken = phases.iter().any(|known: &Phase| known.name == phase.name);
            let name = if taken { format!("{}{number}", phase.name) } else { phase.name.clone() };
            phases.push(Phase { name, iterations: once("a phase is gone through once"), steps });
        }
    }
    if phases.is_empty() {
        let steps = build.by_budget(&mut unread);
        if !steps.is_empty() {
            phases.push(Phase {
                name: "all agents".to_owned(),
                iterations: once("no phases are declared"),
                steps,
            });
        }
    }
    if !phases.is_empty() && !team.left_out.is_empty() {
        let steps = team.left_out.iter().map(|what| build.unknown(what, "it was not read")).collect();
        let name = "what was not read".to_owned();
        phases.push(Phase { name, iterations: once("it is counted once"), steps });
    }
    let source = team
        .phases
        .first()
        .map(|phase| &phase.place)
        .or_else(|| team.agents.first().map(|agent| &agent.place))?;
    Some(Workflow {
        name: team.name.clone(),
        source: format!("{}:{}", source.path, source.line()),
        runs_per_month: runs(team, &mut unread),
        phases,
        unread,
    })
}

/// Whoever works in a phase, when it is not said.
const SOMEBODY: &str = "whoever works there";

/// Stands for the model of an agent that has none.
fn unknown_model(agent: &Agent, why: &str) -> Cited<String> {
    Cited::new(format!("{UNKNOWN}{why}"), agent.place.clone())
}

fn once(why: &str) -> Assumed<Decimal> {
    Assumed::default(Decimal::ONE, why)
}

fn runs(team: &Team, unread: &mut Vec<String>) -> Assumed<Spread> {
    let Some(first) = team.volumes.first() else {
        let why = "one run a month, a choice of ours: no volume is declared";
        return Assumed::default(Spread::constant(Decimal::ONE), why);
    };
    for other in team.volumes.iter().skip(1) {
        unread.push(format!(
            "{}: {} runs a month are declared as well; {} is used",
            other.words(),
            other.value,
            first.value
        ));
    }
    Assumed::declared(Spread::constant(Decimal::from(first.value)), first.words())
}

struct Build<'a> {
    team: &'a Team,
    client: Client,
    weigh: &'a dyn Fn(&RepoPath) -> Option<Weight>,
}

impl Build<'_> {
    fn steps(&self, phase: &spec::Phase, unread: &mut Vec<String>) -> Vec<Step> {
        if !phase.rows.is_empty() {
            return self.by_rows(phase, unread);
        }
        let place = format!("{}:{}", phase.place.path, phase.place.line());
        if phase.tokens.is_none() && (phase.input.is_none() || phase.output.is_none()) {
            unread.push(format!("{place}: the phase {} has no tokens of its own", phase.name));
            let why = format!("the tokens of the phase {} are not said", phase.name);
            // Those that are included elsewhere are counted there.
            return if phase.included { Vec::new() } else { vec![self.unknown(SOMEBODY, &why)] };
        }
        let Some(count) = Some(Decimal::from(phase.members.len())).filter(|count| !count.is_zero()) else {
            unread.push(format!("{place}: who works in the phase {} is not said", phase.name));
            return vec![
                self.unknown(SOMEBODY, &format!("who works in the phase {} is not said", phase.name)),
            ];
        };
        let mut steps = Vec::new();
        for member in &phase.members {
            let Some(agent) = self.team.agents.get(member.value) else { continue };
            let behaviour = match (&phase.input, &phase.output, &phase.tokens) {
                (Some(input), Some(output), _) => Behaviour::Totals {
                    input: shared(input, input.value.middle(), count),
                    output: shared(output, output.value.middle(), count),
                },
                (_, _, Some(all)) => {
                    let (share, _) = self.input_share();
                    Behaviour::Totals {
                        input: shared(all, all.value.middle() * share, count),
                        output: shared(all, all.value.middle() * (Decimal::ONE - share), count),
                    }
                }
                _ => continue,
            };
            let model = agent.models.first().cloned().unwrap_or_else(|| {
                let why = format!("the model of {} is not said", agent.name);
                unread.push(format!("{place}: {why}"));
                unknown_model(agent, &why)
            });
            steps.push(self.step(&agent.name, Some(agent), &model, behaviour));
        }
        steps
    }

    fn by_rows(&self, phase: &spec::Phase, unread: &mut Vec<String>) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        for row in &phase.rows {
            let agent = row.agent.and_then(|agent| self.team.agents.get(agent));
            let place = format!("{}:{}", row.place.path, row.place.line());
            let mut name = agent.map_or_else(|| row.label.clone(), |agent| agent.name.clone());
            if steps.iter().any(|known| known.agent == name) {
                name = format!("{} ({})", row.label, steps.len() + 1);
            }
            let behaviour = match (&row.input, &row.output, &row.tokens) {
                (Some(input), Some(output), _) => {
                    Behaviour::Totals { input: declared(input), output: declared(output) }
                }
                (_, _, Some(all)) => self.split(all),
                _ => {
                    let why = format!("the tokens of {} are not said", row.label);
                    unread.push(format!("{place}: {why}"));
                    if !row.included {
                        steps.push(self.unknown(&name, &why));
                    }
                    continue;
                }
            };
            let known = row.model.as_ref().or_else(|| agent.and_then(|agent| agent.models.first()));
            let model = known.cloned().unwrap_or_else(|| {
                let why = format!("the model of {} is not said", row.label);
                unread.push(format!("{place}: {why}"));
                Cited::new(format!("{UNKNOWN}{why}"), row.place.clone())
            });
            steps.push(self.step(&name, agent, &model, behaviour));
        }
        steps
    }

    fn by_budget(&self, unread: &mut Vec<String>) -> Vec<Step> {
        let mut steps = Vec::new();
        for agent in &self.team.agents {
            let behaviour = match (&agent.split, agent.budgets.first()) {
                (Some((input, output)), _) => {
                    Some(Behaviour::Totals { input: declared(input), output: declared(output) })
                }
                (None, budget) => budget.map(|budget| self.split(budget)),
            };
            steps.push(match (agent.models.first(), behaviour) {
                (Some(model), Some(behaviour)) => self.step(&agent.name, Some(agent), model, behaviour),
                (None, Some(behaviour)) => {
                    let why = format!("the model of {} is not said", agent.name);
                    let step = self.step(&agent.name, Some(agent), &unknown_model(agent, &why), behaviour);
                    unread.push(why);
                    step
                }
                (_, None) => {
                    let why = format!("the tokens of {} are not said", agent.name);
                    let step = self.unknown(&agent.name, &why);
                    unread.push(why);
                    step
                }
            });
        }
        steps
    }

    /// A step that costs nobody knows what: without it, its cost would be taken for nothing.
    fn unknown(&self, name: &str, why: &str) -> Step {
        let nothing = || Assumed::default(Decimal::ZERO, "not said");
        let behaviour = Behaviour::Totals { input: nothing(), output: nothing() };
        Step {
            agent: name.to_owned(),
            client: self.client,
            model: Assumed::default(format!("{UNKNOWN}{why}"), "not said"),
            sent: Vec::new(),
            behaviour,
            parallel: Assumed::default(1, "it is counted once"),
            retries: Assumed::default(Decimal::ZERO, "none, since none are declared"),
            probability: once("every phase takes place"),
        }
    }

    fn step(&self, name: &str, agent: Option<&Agent>, model: &Cited<String>, behaviour: Behaviour) -> Step {
        let instructions = agent.and_then(|agent| agent.instructions.as_ref());
        let sent = instructions.and_then(|path| {
            let piece = Piece::File { path: path.clone(), part: "whole".to_owned() };
            let always = Assumed::default(Decimal::ONE, "instructions are sent with every call");
            Some(Sent { piece, weight: (self.weigh)(path)?, probability: always, late: false })
        });
        Step {
            agent: name.to_owned(),
            client: self.client,
            model: Assumed::declared(model.value.clone(), model.words()),
            sent: sent.into_iter().collect(),
            behaviour,
            parallel: Assumed::default(1, "each agent of a phase is a step of its own"),
            retries: Assumed::default(Decimal::ZERO, self.retries()),
            probability: once("every phase takes place"),
        }
    }

    /// Why no attempts are added: what teams declare is how many there may be, not how many there are.
    fn retries(&self) -> String {
        let limits = self.team.limits.iter();
        let bounds: BTreeMap<&str, &spec::Limit> = limits
            .filter(|limit| limit.value.value.unit == crate::agent::team::numbers::Unit::Count)
            .map(|limit| (limit.key.as_str(), limit))
            .collect();
        let bounds: Vec<String> = bounds
            .values()
            .map(|limit| {
                format!("{} allows {} ({})", limit.key, limit.value.value.text.trim(), limit.value.words())
            })
            .collect();
        if bounds.is_empty() {
            "none, since none are declared".to_owned()
        } else {
            format!("none, since only upper limits are declared: {}", bounds.join(", "))
        }
    }

    /// Input and output of tokens that are declared together.
    fn split(&self, all: &Cited<Figure>) -> Behaviour {
        let (share, why) = self.input_share();
        let part = |share: Decimal| {
            let source = format!("{} of {}: {why}", percent(share), all.words());
            Assumed::default((all.value.middle() * share).normalize(), source)
        };
        Behaviour::Totals { input: part(share), output: part(Decimal::ONE - share) }
    }

    /// The share of input among all tokens: that of the phases where they say it, else that behind the team's prices,
    /// else ours.
    fn input_share(&self) -> (Decimal, String) {
        let sum = |get: fn(&spec::Phase) -> Option<&Cited<Figure>>| -> Decimal {
            self.team.phases.iter().filter_map(get).map(|cited| cited.value.middle()).sum()
        };
        let (input, output) = (sum(|phase| phase.input.as_ref()), sum(|phase| phase.output.as_ref()));
        if input > Decimal::ZERO && output > Decimal::ZERO {
            return (input / (input + output), "the ratio of the declared phases".to_owned());
        }
        let price = self.team.prices.iter().find_map(|price| price.ratio.map(|ratio| (ratio, price)));
        match price {
            Some((ratio, price)) => (
                ratio / (ratio + Decimal::ONE),
                format!("the ratio behind the blended rates, {}", price.input.words()),
            ),
            None => (INPUT_SHARE, "three to one, a choice of ours".to_owned()),
        }
    }
}

fn percent(share: Decimal) -> String {
    format!("{}%", (share * Decimal::ONE_HUNDRED).round_dp(1).normalize())
}

fn declared(cited: &Cited<Figure>) -> Assumed<Decimal> {
    Assumed::declared(cited.value.middle(), cited.words())
}

/// An equal share of what a phase takes.
fn shared(cited: &Cited<Figure>, all: Decimal, count: Decimal) -> Assumed<Decimal> {
    let source = format!("an equal share of {} among the {count} agents of the phase", cited.words());
    if count == Decimal::ONE && all == cited.value.middle() {
        return declared(cited);
    }
    Assumed::default((all / count).normalize(), source)
}

#[cfg(test)]
#[path = "team_tests.rs"]
mod tests;
