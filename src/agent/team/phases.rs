//! The phases of a team: an overview table, a table for each phase, and headings of the orchestration.

use super::document::{Document, Role, Section};
use super::names::{self, Match, Name};
use super::numbers::{self, Figure, Unit};
use super::spec::{AgentRow, Cited, Phase, Placed, Team, Topic};
use super::tables::{Kind, Meaning, TypedRow};
use crate::base::Place;
use std::collections::{BTreeMap, BTreeSet};

const MAX_PHASES: usize = 100;
/// Lines `Phase 2: A + B` of a document that are read, and names in each.
const MAX_MEMBER_LINES: usize = 500;
const MAX_MEMBERS: usize = 50;

pub(super) fn read(team: &mut Team) {
    overview(team);
    if team.phases.is_empty() {
        by_agent_table(team);
    }
    if team.phases.is_empty() {
        by_headings(team);
    }
    let hidden = team.phases.len().saturating_sub(MAX_PHASES);
    if hidden > 0 {
        team.left_out.push(format!("{hidden} phases beyond the first {MAX_PHASES}"));
    }
    team.phases.truncate(MAX_PHASES);
    details(team);
    members(team);
}

fn phase(name: &str, number: Option<u32>, place: Place) -> Phase {
    let lower = name.to_lowercase();
    let numbered = names::numbered(name);
    let number = numbered.as_ref().map(|(number, _)| *number).or(number);
    let name = numbered.map_or_else(|| names::clean(name), |(_, name)| name);
    Phase {
        key: Name::new(&name),
        name,
        number,
        place,
        active: None,
        input: None,
        output: None,
        tokens: None,
        cost: None,
        title_cost: None,
        rows: Vec::new(),
        members: Vec::new(),
        parallel: is_parallel(&lower),
        included: false,
    }
}

/// True for a row that says its figures are part of another one.
fn is_included(placed: &Placed, row: &TypedRow) -> bool {
    [Meaning::Input, Meaning::Output, Meaning::Tokens, Meaning::Cost]
        .iter()
        .any(|meaning| placed.table.text(row, meaning).is_some_and(|cell| numbers::is_included(&cell.text)))
}

fn is_parallel(text: &str) -> bool {
    ["parallel", "concurrent", "simultan"].iter().any(|word| text.to_lowercase().contains(word))
}

fn cited(document: &Document, placed: &Placed, row: &TypedRow, meaning: &Meaning) -> Option<Cited<Figure>> {
    placed.table.figure(row, meaning).map(|(figure, span)| Cited::new(figure.clone(), document.place(span)))
}

/// The table of phases that says most, among those that speak about the whole team.
fn overview(team: &mut Team) {
    let worth = |placed: &Placed| {
        let has = |meaning: &Meaning| u8::from(placed.table.column(meaning).is_some());
        4 * (has(&Meaning::Input) & has(&Meaning::Output))
            + 2 * has(&Meaning::Cost)
            + has(&Meaning::Tokens)
            + has(&Meaning::Active)
    };
    let mut best: Option<(u8, usize)> = None;
    for (place, placed) in team.tables.iter().enumerate() {
        let about_team = team.document(placed).is_some_and(|document| document.role == Role::Team);
        let worth = worth(placed);
        if placed.table.kind == Kind::Phases
            && about_team
            && placed.table.items().count() >= 2
            && best.is_none_or(|(most, _)| worth > most)
        {
            best = Some((worth, place));
        }
    }
    let Some(placed) = best.and_then(|(_, place)| team.tables.get_mut(place)) else { return };
    placed.topic = Topic::Phases;
    let placed = placed.clone();
    let Some(document) = team.document(&placed) else { return };
    let mut found = Vec::new();
    for (number, row) in (1_u32..).zip(placed.table.items()) {
        let Some(name) = placed.table.text(row, &Meaning::Phase) else { continue };
        let get = |meaning| cited(document, &placed, row, &meaning);
        let mut new = phase(&name.text, Some(number), document.place(name.span));
        new.active = get(Meaning::Active);
        new.input = get(Meaning::Input);
        new.output = get(Meaning::Output);
        new.tokens = get(Meaning::Tokens);
        new.cost = get(Meaning::Cost);
        new.included = is_included(&placed, row);
        new.parallel |= placed.table.text(row, &Meaning::Active).is_some_and(|cell| is_parallel(&cell.text));
        found.push(new);
    }
    team.phases = found;
}

/// One table with the phase and the agent in each row; an empty cell repeats the one above.
fn by_agent_table(team: &mut Team) {
    let Some(at) = team.tables.iter().position(|placed| {
        placed.table.kind == Kind::Agents
            && placed.table.column(&Meaning::Phase).is_some()
            && team.document(placed).is_some_and(|document| document.role == Role::Team)
    }) else {
        return;
    };
    let Some(placed) = team.tables.get(at).cloned() else { return };
    let Some(document) = team.document(&placed) else { return };
    let mut found: Vec<Phase> = Vec::new();
    for row in placed.table.items() {
        if let Some(name) = placed.table.text(row, &Meaning::Phase) {
            let number = u32::try_from(found.len() + 1).ok();
            let new = phase(&name.text, number, document.place(name.span));
            if !found.iter().any(|known| known.name == new.name) {
                found.push(new);
            }
        }
        let new = agent_row(team, document, &placed, row);
        if let Some(phase) = found.last_mut() {
            phase.rows.extend(new);
        }
    }
    team.phases = found;
}

/// Headings `Phase 1: ...` of the document with most of them.
fn by_headings(team: &mut Team) {
    let mut best: Vec<Phase> = Vec::new();
    for document in team.documents.iter().filter(|document| document.role == Role::Team) {
        let mut found: Vec<Phase> = Vec::new();
        for section in &document.sections {
            if let (Some((number, name)), Some(span)) = (names::numbered(&section.title), section.span)
                && !name.is_empty()
                && !found.iter().any(|known| known.number == Some(number))
            {
                let mut new = phase(&section.title, Some(number), document.place(span));
                new.parallel = is_parallel(&section.title);
                found.push(new);
            }
        }
        if found.len() > best.len() {
            best = found;
        }
    }
    team.phases = best;
}

fn agent_row(team: &Team, document: &Document, placed: &Placed, row: &TypedRow) -> Option<AgentRow> {
    let name = placed.table.text(row, &Meaning::Agent)?;
    let get = |meaning| cited(document, placed, row, &meaning);
    let model = placed.table.text(row, &Meaning::Model);
    Some(AgentRow {
        label: name.text.clone(),
        agent: match team.agent(&name.text) {
            Match::One(agent) => Some(agent),
            Match::Ambiguous | Match::None => None,
        },
        model: model.map(|model| Cited::new(model.text.clone(), document.place(model.span))),
        input: get(Meaning::Input),
        output: get(Meaning::Output),
        tokens: get(Meaning::Tokens),
        cost: get(Meaning::Cost),
        place: document.place(name.span),
        included: is_included(placed, row),
    })
}

/// The phase that a section is about, by its heading or one above it.
fn phase_of(team: &Team, section: &Section) -> Option<usize> {
    section.titles().find_map(|title| match names::numbered(title) {
        Some((number, name)) => match team.phase(&name, Some(number)) {
            Match::One(phase) => Some(phase),
            Match::Ambiguous | Match::None => None,
        },
        // Without a number only the very name will do: `Code Implementation Team` is no phase `Implementation`.
        None => team.phases.iter().position(|phase| names::equal(&phase.name, title)),
    })
}

/// A table and the phase it is about, with its rows and the cost in its heading.
type Detail = (usize, usize, Vec<AgentRow>, Option<Cited<Figure>>);

/// The tables of single phases.
fn details(team: &mut Team) {
    let mut found: Vec<Detail> = Vec::new();
    for (place, placed) in team.tables.iter().enumerate() {
        let Some(document) = team.document(placed).filter(|document| document.role == Role::Team) else {
            continue;
        };
        let Some(section) = document.sections.get(placed.section) else { continue };
        let has = |meaning: &Meaning| placed.table.column(meaning).is_some();
        let weighs = has(&Meaning::Input) || has(&Meaning::Tokens) || has(&Meaning::Cost);
        if placed.table.kind != Kind::Agents || !weighs || has(&Meaning::Phase) {
            continue;
        }
        let Some(phase) = phase_of(team, section) else {
            if let Some((_, name)) = names::numbered(&section.title) {
                let words = format!("the phase `{name}` is none of the phases of the overview");
                let at = section
                    .span
                    .map_or_else(|| Place::file(document.path.clone()), |span| document.place(span));
                team.unread.push(Cited::new(words, at));
            }
            continue;
        };
        let rows: Vec<AgentRow> =
            placed.table.items().filter_map(|row| agent_row(team, document, placed, row)).collect();
        let cost =
            numbers::figures(&section.title).into_iter().find(|found| found.figure.unit == Unit::Dollars);
        let cost = cost.zip(section.span).map(|(found, span)| Cited::new(found.figure, document.place(span)));
        found.push((place, phase, rows, cost));
    }
    for (place, number, rows, cost) in found {
        let Some(phase) = team.phases.get_mut(number) else { continue };
        if !phase.rows.is_empty() {
            // A second table for one phase tells another configuration; sums within it are still checked.
            continue;
        }
        let unclear: Vec<Cited<String>> = rows
            .iter()
            .filter(|row| row.agent.is_none())
            .map(|row| {
                Cited::new(
                    format!("`{}` is not clearly one of the team's agents", row.label),
                    row.place.clone(),
                )
            })
            .collect();
        phase.rows = rows;
        phase.title_cost = cost;
        team.unread.extend(unclear);
        if let Some(placed) = team.tables.get_mut(place) {
            placed.topic = Topic::Phase(number);
        }
    }
}

/// Who works in which phase, according to headings below a phase's heading, else to lines `Phase 2 (parallel): A + B`.
fn members(team: &mut Team) {
    let mut found: Vec<(usize, Cited<usize>)> = Vec::new();
    let mut parallel: Vec<usize> = Vec::new();
    let mut unread = Vec::new();
    let everyone = 0..team.agents.len();
    for document in team.documents.iter().filter(|document| document.role == Role::Team) {
        for section in &document.sections {
            let Some(span) = section.span else { continue };
            let above = section
                .above
                .iter()
                .rev()
                .find_map(|title| names::numbered(title).map(|found| (title, found)));
            let Some((title, (number, name))) = above else { continue };
            if names::numbered(&section.title).is_some() || name.is_empty() {
                continue;
            }
            let Match::One(phase) = team.phase(&name, Some(number)) else { continue };
            if is_parallel(title) {
                parallel.push(phase);
            }
            if is_everyone(&section.title) {
                found.extend(everyone.clone().map(|agent| (phase, Cited::new(agent, document.place(span)))));
                continue;
            }
            match team.agent(&section.title) {
                Match::One(agent) => found.push((phase, Cited::new(agent, document.place(span)))),
                Match::Ambiguous => {
                    let words = format!("`{}` can mean several agents", section.title);
                    unread.push(Cited::new(words, document.place(span)));
                }
                // A quality gate, a checkpoint.
                Match::None => {}
            }
        }
    }
    let by_heading: BTreeSet<usize> = found.iter().map(|(phase, _)| *phase).collect();
    let mut first: BTreeMap<usize, crate::base::RepoPath> = BTreeMap::new();
    for (phase, member, is_parallel) in by_lines(team, &mut unread) {
        // Headings are the longer text; and the first document to speak of a phase is the one that counts.
        if by_heading.contains(&phase)
            || *first.entry(phase).or_insert_with(|| member.place.path.clone()) != member.place.path
        {
            continue;
        }
        if is_parallel {
            parallel.push(phase);
        }
        found.push((phase, member));
    }
    for (number, member) in found {
        if let Some(phase) = team.phases.get_mut(number)
            && !phase.members.iter().any(|known| known.value == member.value)
        {
            phase.members.push(member);
        }
    }
    for number in parallel {
        if let Some(phase) = team.phases.get_mut(number) {
            phase.parallel = true;
        }
    }
    team.unread.extend(unread);
}

fn is_everyone(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.starts_with("all ") && lower.contains("agents")
        || matches!(lower.trim(), "everyone" | "whole team" | "all" | "full team" | "entire team")
}

type LineMember = (usize, Cited<usize>, bool);

fn by_lines(team: &Team, unread: &mut Vec<Cited<String>>) -> Vec<LineMember> {
    let mut found: Vec<LineMember> = Vec::new();
    for document in team.documents.iter().filter(|document| document.role == Role::Team) {
        let mut lines: Vec<(String, u32)> = Vec::new();
        for section in &document.sections {
            for code in &section.code {
                lines.extend(
                    (code.first_line..)
                        .zip(code.text.lines())
                        .map(|(number, line)| (line.to_owned(), number)),
                );
            }
            lines.extend(section.lines.iter().map(|line| (line.text.clone(), line.span.start.line)));
        }
        let mut here: Vec<LineMember> = Vec::new();
        let mut room = MAX_MEMBER_LINES;
        for (line, number) in lines {
            let Some((head, list)) = line.split_once(':') else { continue };
            let Some((phase_number, name)) = names::numbered(head) else { continue };
            if room == 0 {
                break;
            }
            room -= 1;
            let known = |phase: &Phase| phase.number == Some(phase_number);
            let phase = match team.phase(&name, Some(phase_number)) {
                Match::One(phase) => Some(phase),
                _ if name.is_empty() => team.phases.iter().position(known),
                _ => None,
            };
            let Some(phase) = phase else { continue };
            let place = Place::span(document.path.clone(), crate::base::Span::at(number, 1));
            let parallel = is_parallel(head);
            if is_everyone(list.trim()) {
                here.extend(
                    (0..team.agents.len()).map(|agent| (phase, Cited::new(agent, place.clone()), parallel)),
                );
                continue;
            }
            for part in list.split(['+', ',', '&']).take(MAX_MEMBERS) {
                match team.agent(part) {
                    Match::One(agent) => here.push((phase, Cited::new(agent, place.clone()), parallel)),
                    Match::None if part.to_lowercase().contains("all ") => {
                        let words =
                            format!("who works in phase {phase_number} is not clear: `{}`", part.trim());
                        unread.push(Cited::new(words, place.clone()));
                    }
                    Match::Ambiguous | Match::None => {}
                }
            }
        }
        found.extend(here);
    }
    found
}
