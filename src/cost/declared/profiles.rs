//! Configurations: numbers of agents on each model, differences to the default, stated costs.

use super::ledger::{Group, Ledger, Stated, Value};
use super::{AGENTS, SUM};
use crate::agent::team::document::Role;
use crate::agent::team::models;
use crate::agent::team::numbers::{self, Figure, Unit};
use crate::agent::team::spec::{Cited, Placed, Profile, Team, Topic};
use crate::agent::team::tables::{Kind, Meaning, Row, TypedRow};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

pub(super) fn check(team: &Team, placed: &Placed, ledger: &mut Ledger) {
    if placed.table.kind != Kind::Profiles {
        return;
    }
    for row in placed.table.items() {
        counts(team, placed, row, ledger);
        versus(team, placed, row, ledger);
    }
}

fn stated<'a>(
    team: &Team,
    placed: &Placed,
    cell: crate::base::Span,
    figure: &'a Figure,
    what: String,
    rule: &'static str,
) -> Stated<'a> {
    let path = team.document(placed).map_or_else(|| team.folder.clone(), |document| document.path.clone());
    Stated { what, place: crate::base::Place::span(path, cell), figure, rule, group: Group::Figure }
}

/// How many agents run on a model, against the table of the configuration.
fn counts(team: &Team, placed: &Placed, row: &TypedRow, ledger: &mut Ledger) {
    let Some(profile) = team.profile(&row.label.text) else { return };
    let mut first: BTreeMap<usize, &str> = BTreeMap::new();
    for (agent, model) in &profile.models {
        first.entry(*agent).or_insert(&model.value);
    }
    for (column, cell) in placed.table.columns.iter().zip(&row.cells) {
        let (Meaning::AgentsOn(model), Some(figure)) = (&column.meaning, &cell.figure) else { continue };
        let count = first.values().filter(|known| models::same(known, model)).count();
        let what = format!("the number of agents on {model} under {}", profile.name);
        let mut stated = stated(team, placed, cell.line.span, figure, what, AGENTS);
        stated.group = Group::Alike(format!("{} {model}", profile.name));
        let words = format!("{}:{} has {{}}", profile.place.path, profile.place.line());
        ledger.hold(stated, Value::exact(Decimal::from(count)), &words);
    }
}

/// Differences to the default: `-40%`, `-$35 (-40%)`.
fn versus(team: &Team, placed: &Placed, row: &TypedRow, ledger: &mut Ledger) {
    let table = &placed.table;
    let Some(cell) = table.column(&Meaning::Versus).and_then(|column| row.cells.get(column)) else { return };
    let is_base = |row: &TypedRow| {
        let versus = table
            .text(row, &Meaning::Versus)
            .is_some_and(|line| line.text.to_lowercase().contains("baseline"));
        versus || row.label.text.to_lowercase().contains("default")
    };
    let base = table.items().find(|row| is_base(row)).and_then(|row| table.figure(row, &Meaning::Cost));
    let (Some((base, _)), Some((own, _))) = (base, table.figure(row, &Meaning::Cost)) else { return };
    for found in numbers::figures(&cell.line.text) {
        let what = format!("the difference of {} to the default", row.label.text);
        let words = format!("{} against {} is {{}}", own.text.trim(), base.text.trim());
        let value = match found.figure.unit {
            Unit::Dollars => difference(own, base),
            Unit::Percent => share(own, base),
            _ => None,
        };
        if let Some(value) = value {
            let mut stated = stated(team, placed, cell.line.span, &found.figure, what, SUM);
            stated.group = Group::Alike(row.label.text.clone());
            ledger.hold(stated, value, &words);
        }
    }
}

fn difference(own: &Figure, base: &Figure) -> Option<Value> {
    let ends = [own.low - base.low, own.high - base.high];
    let (low, high) = (ends.iter().min()?, ends.iter().max()?);
    Some(Value { low: *low, high: *high, slack: own.half() + base.half() })
}

/// The difference in per cent, with what rounding of either figure may have hidden.
fn share(own: &Figure, base: &Figure) -> Option<Value> {
    let percent = |own: Decimal, base: Decimal| {
        (base > Decimal::ZERO).then(|| (own / base - Decimal::ONE) * Decimal::ONE_HUNDRED)
    };
    let ends = [percent(own.low, base.low)?, percent(own.high, base.high)?];
    let (low, high) = (*ends.iter().min()?, *ends.iter().max()?);
    let least = percent(own.low - own.half(), base.low + base.half())?
        .min(percent(own.high - own.half(), base.high + base.half())?);
    let most = percent(own.low + own.half(), base.low - base.half())
        .into_iter()
        .chain(percent(own.high + own.half(), base.high - base.half()))
        .max()?;
    Some(Value { low, high, slack: (low - least).max(most - high) })
}

/// What a configuration is said to cost, in all the places that say it.
pub(super) fn check_stated(team: &Team, ledger: &mut Ledger) {
    let costs = costs(team);
    for profile in &team.profiles {
        let mut known = profile.cost.clone();
        for (_, placed, figure, span) in costs.iter().filter(|(name, ..)| *name == profile.name) {
            if let Some(first) = &known {
                hold(team, placed, *span, figure, first, profile, ledger);
            } else {
                let place = team.document(placed).map(|document| document.place(*span));
                known = place.map(|place| Cited::new((*figure).clone(), place));
            }
        }
        if let Some(known) = &known {
            matrix(team, profile, known, ledger);
        }
    }
}

/// A configuration, and where a table says what it costs.
type Cost<'a> = (&'a str, &'a Placed, &'a Figure, crate::base::Span);

/// The costs that tables give configurations; each row is looked up once.
fn costs(team: &Team) -> Vec<Cost<'_>> {
    let mut found = Vec::new();
    for placed in &team.tables {
        let about_team = team.document(placed).is_some_and(|document| document.role == Role::Team);
        if !about_team || placed.table.kind != Kind::Profiles || placed.topic != Topic::Own {
            continue;
        }
        // A table of burn rates has other costs than one run.
        if placed.table.columns.iter().any(|column| column.title.to_lowercase().contains("hour")) {
            continue;
        }
        for row in placed.table.items() {
            if let Some((figure, span)) = placed.table.figure(row, &Meaning::Cost)
                && let Some(profile) = team.profile(&row.label.text)
            {
                found.push((profile.name.as_str(), placed, figure, span));
            }
        }
    }
    found
}

fn hold(
    team: &Team,
    placed: &Placed,
    span: crate::base::Span,
    figure: &Figure,
    first: &Cited<Figure>,
    profile: &Profile,
    ledger: &mut Ledger,
) {
    let stated =
        stated(team, placed, span, figure, format!("the cost of the configuration {}", profile.name), SUM);
    ledger.hold(stated, Value::of(&first.value), &format!("{} has {{}}", first.words()));
}

/// The stated cost against the sum of the phases under the configuration, with buffer where there is one.
fn matrix(team: &Team, profile: &Profile, known: &Cited<Figure>, ledger: &mut Ledger) {
    for placed in team.tables.iter().filter(|placed| placed.table.kind == Kind::Matrix) {
        let Some(document) = team.document(placed) else { continue };
        let column = placed.table.columns.iter().position(|column| {
            matches!(&column.meaning, Meaning::CostUnder(name) if team.profile(name).is_some_and(|found| found.name == profile.name))
        });
        let Some(column) = column else { continue };
        let row = |wanted: Row| placed.table.rows.iter().rev().find(|row| row.row == wanted);
        let Some(total) = row(Row::Effective).or_else(|| row(Row::Total)) else { continue };
        let Some(cell) = total.cells.get(column) else { continue };
        let Some(figure) = &cell.figure else { continue };
        let what = format!("the cost of the configuration {}", profile.name);
        let stated = Stated {
            what,
            place: known.place.clone(),
            figure: &known.value,
            rule: SUM,
            group: Group::Figure,
        };
        let place = Cited::new((), document.place(cell.line.span));
        // One table of phases is enough to say so.
        return ledger.hold(
            stated,
            Value::of(figure),
            &format!("its phases come to {{}} in {}", place.words()),
        );
    }
}
