//! Phases against the agents at work in them, and one table of phases against another.

use super::ledger::{Group, Ledger, Stated, Value};
use super::{AGENTS, SUM};
use crate::agent::team::document::Role;
use crate::agent::team::names::Match;
use crate::agent::team::numbers::Figure;
use crate::agent::team::spec::{AgentRow, Cited, Phase, Team, Topic};
use crate::agent::team::tables::{Kind, Meaning};
use rust_decimal::Decimal;
use std::collections::BTreeSet;

pub(super) fn check(team: &Team, ledger: &mut Ledger) {
    for phase in &team.phases {
        figures(phase, ledger);
        counts(phase, ledger);
        members(team, phase, ledger);
    }
    others(team, ledger);
    budgets(team, ledger);
    active(team, ledger);
    strangers(team, ledger);
}

fn stated<'a>(cited: &'a Cited<Figure>, what: String, rule: &'static str) -> Stated<'a> {
    Stated { what, place: cited.place.clone(), figure: &cited.value, rule, group: Group::Figure }
}

/// A figure of a row.
type Get = fn(&AgentRow) -> Option<&Cited<Figure>>;

/// The overview's figures against the sums of the phase's own table.
fn figures(phase: &Phase, ledger: &mut Ledger) {
    if phase.rows.is_empty() {
        return;
    }
    let columns: [(&str, &Option<Cited<Figure>>, Get); 3] = [
        ("input tokens", &phase.input, |row| row.input.as_ref()),
        ("output tokens", &phase.output, |row| row.output.as_ref()),
        ("cost", &phase.cost, |row| row.cost.as_ref()),
    ];
    let agents = if phase.rows.len() == 1 {
        "its one agent has".to_owned()
    } else {
        format!("its {} agents sum to", phase.rows.len())
    };
    let words = format!("{agents} {{}}");
    for (name, declared, get) in columns {
        let Some(declared) = declared else { continue };
        let mut stated = stated(declared, format!("the {name} of the phase {}", phase.name), SUM);
        stated.group = Group::Row;
        let parts: Vec<&Figure> =
            phase.rows.iter().filter_map(|row| get(row).map(|cited| &cited.value)).collect();
        if parts.len() == phase.rows.len() {
            let value = Value::sum(parts.into_iter(), declared.value.precision);
            ledger.hold(stated, value, &words);
        } else if !parts.is_empty() {
            ledger.open(stated, "the table of the phase does not have this figure for every agent");
        }
    }
    if let Some(tokens) = &phase.tokens {
        let mut stated = stated(tokens, format!("the tokens of the phase {}", phase.name), SUM);
        stated.group = Group::Row;
        let parts: Vec<Vec<&Figure>> = phase.rows.iter().map(AgentRow::all_tokens).collect();
        if parts.iter().all(|row| !row.is_empty()) {
            ledger.hold(stated, Value::sum(parts.into_iter().flatten(), tokens.value.precision), &words);
        }
    }
    // A heading that repeats the overview is wrong with it.
    if let (Some(title), true) = (
        &phase.title_cost,
        phase.title_cost.as_ref().map(|cited| &cited.value.low)
            != phase.cost.as_ref().map(|cited| &cited.value.low),
    ) {
        let parts: Vec<&Figure> =
            phase.rows.iter().filter_map(|row| row.cost.as_ref().map(|cited| &cited.value)).collect();
        if parts.len() == phase.rows.len() {
            let value = Value::sum(parts.into_iter(), title.value.precision);
            ledger.hold(
                stated(title, format!("the cost of the phase {} in its heading", phase.name), SUM),
                value,
                &words,
            );
        }
    }
}

/// The agents at work according to the phase's own table, else according to the orchestration.
fn at_work(phase: &Phase) -> Option<(usize, String)> {
    if phase.rows.is_empty() {
        let first = phase.members.first()?;
        return Some((phase.members.len(), format!("{} has {}", first.words(), phase.members.len())));
    }
    let known: BTreeSet<usize> = phase.rows.iter().filter_map(|row| row.agent).collect();
    let unknown = phase.rows.iter().filter(|row| row.agent.is_none()).count();
    let count = known.len() + unknown;
    Some((count, format!("its own table has {count}")))
}

fn counts(phase: &Phase, ledger: &mut Ledger) {
    let (Some(active), Some((count, words))) = (&phase.active, at_work(phase)) else { return };
    let value = Value::exact(Decimal::from(count));
    ledger.hold(
        stated(active, format!("the number of agents in the phase {}", phase.name), AGENTS),
        value,
        &words,
    );
}

/// The phase's own table against the orchestration.
fn members(team: &Team, phase: &Phase, ledger: &mut Ledger) {
    let (Some(first), Some(row)) = (phase.members.first(), phase.rows.first()) else { return };
    let inside: BTreeSet<usize> = phase.members.iter().map(|member| member.value).collect();
    let listed: BTreeSet<usize> = phase.rows.iter().filter_map(|row| row.agent).collect();
    if phase.rows.iter().any(|row| row.agent.is_none()) {
        return;
    }
    let names = |set: &BTreeSet<usize>| {
        let names: Vec<&str> =
            set.iter().filter_map(|agent| team.agents.get(*agent)).map(|agent| agent.name.as_str()).collect();
        names.join(", ")
    };
    let (here, there) = (names(&listed), names(&inside));
    let what = format!("who works in the phase {}", phase.name);
    ledger.say(
        what,
        row.place.clone(),
        &here,
        format!("{} has {there}", first.words()),
        inside == listed,
        AGENTS,
    );
}

/// Other tables of the same phases. What they repeat is confirmed by that; a wrong figure is reported once.
fn others(team: &Team, ledger: &mut Ledger) {
    for placed in team.tables.iter().filter(|placed| placed.topic == Topic::Own) {
        let Some(document) = team.document(placed).filter(|document| document.role == Role::Team) else {
            continue;
        };
        let table = &placed.table;
        if !matches!(table.kind, Kind::Phases | Kind::Matrix) {
            continue;
        }
        for row in table.items() {
            let found = match team.phase(&row.label.text, None) {
                Match::One(phase) => team.phases.get(phase),
                Match::Ambiguous | Match::None => None,
            };
            let Some(phase) = found else {
                if let (Kind::Phases, Some((figure, span))) = (table.kind, table.figure(row, &Meaning::Cost))
                {
                    let stated = Stated {
                        what: format!("the cost of the phase {}", row.label.text),
                        place: document.place(span),
                        figure,
                        rule: SUM,
                        group: Group::Figure,
                    };
                    ledger.open(stated, "no phase of the overview clearly has this name");
                }
                continue;
            };
            let columns = [
                (Meaning::Input, "input tokens", &phase.input),
                (Meaning::Output, "output tokens", &phase.output),
                (Meaning::Tokens, "tokens", &phase.tokens),
                (Meaning::Cost, "cost", &phase.cost),
                (Meaning::Active, "number of agents", &phase.active),
            ];
            let mut pairs: Vec<(usize, &str, &Cited<Figure>)> = Vec::new();
            for (meaning, name, known) in &columns {
                if let (Some(column), Some(known)) = (table.column(meaning), known) {
                    pairs.push((column, name, known));
                }
            }
            // The configuration that holds when nothing is said is the one the overview is about.
            for (at, column) in table.columns.iter().enumerate() {
                if let (Meaning::CostUnder(name), Some(cost)) = (&column.meaning, &phase.cost)
                    && team.profile(name).is_some_and(|profile| profile.default)
                {
                    pairs.push((at, "cost", cost));
                }
            }
            for (column, name, known) in pairs {
                let Some(cell) = row.cells.get(column) else { continue };
                let Some(figure) = &cell.figure else { continue };
                let rule = if name == "number of agents" { AGENTS } else { SUM };
                let stated = Stated {
                    what: format!("the {name} of the phase {}", phase.name),
                    place: document.place(cell.line.span),
                    figure,
                    rule,
                    group: if rule == SUM { Group::Row } else { Group::Figure },
                };
                ledger.hold(stated, Value::of(&known.value), &format!("{} has {{}}", known.words()));
            }
        }
    }
}

/// Token budgets against each other and against what the phases take of each agent.
fn budgets(team: &Team, ledger: &mut Ledger) {
    for (number, agent) in team.agents.iter().enumerate() {
        let Some(first) = agent.budgets.first() else { continue };
        let what = || format!("the token budget of {}", agent.name);
        for other in agent.budgets.iter().skip(1) {
            ledger.hold(
                stated(other, what(), SUM),
                Value::of(&first.value),
                &format!("{} has {{}}", first.words()),
            );
        }
        let rows: Vec<(&AgentRow, &Phase)> = team
            .phases
            .iter()
            .flat_map(|phase| phase.rows.iter().map(move |row| (row, phase)))
            .filter(|(row, _)| row.agent == Some(number))
            .collect();
        let taken: Vec<Vec<&Figure>> = rows.iter().map(|(row, _)| row.all_tokens()).collect();
        let phases: BTreeSet<&str> = rows.iter().map(|(_, phase)| phase.name.as_str()).collect();
        if taken.is_empty() || taken.iter().any(Vec::is_empty) {
            ledger.open(stated(first, what(), SUM), "no phase says how many tokens this agent takes");
            continue;
        }
        let phases = if phases.len() == 1 {
            "its one phase takes".to_owned()
        } else {
            format!("its {} phases take", phases.len())
        };
        let mut stated = stated(first, what(), SUM);
        stated.group = Group::Alike("budget".to_owned());
        let value = Value::sum(taken.into_iter().flatten(), first.value.precision);
        // What is left of a budget is no mistake.
        ledger.hold_up_to(stated, value, &format!("{phases} {{}}"));
    }
}

/// What an agent's instructions say about its phases, against the phases.
fn active(team: &Team, ledger: &mut Ledger) {
    for (number, agent) in team.agents.iter().enumerate() {
        for cited in &agent.active_in {
            let Some(phase) = team.phases.iter().find(|phase| phase.number == Some(cited.value)) else {
                continue;
            };
            if phase.rows.is_empty() && phase.members.is_empty() {
                continue;
            }
            let inside = phase.rows.iter().any(|row| row.agent == Some(number))
                || phase.members.iter().any(|member| member.value == number);
            let what = format!("a phase in which {} works", agent.name);
            let text = if inside {
                "it is listed there".to_owned()
            } else {
                format!("the agents of the phase {} do not include it", phase.name)
            };
            ledger.say(what, cited.place.clone(), &format!("phase {}", cited.value), text, inside, AGENTS);
        }
    }
}

fn strangers(team: &Team, ledger: &mut Ledger) {
    for stranger in &team.strangers {
        let text = format!("the team's {} agents do not include it", team.agents.len());
        ledger.say(
            "an agent of the team".to_owned(),
            stranger.place.clone(),
            &stranger.value,
            text,
            false,
            AGENTS,
        );
    }
}
