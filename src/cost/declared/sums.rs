//! Sums within one table: totals, input and output, buffers, multiples, months and years.

use super::SUM;
use super::ledger::{Group, Ledger, Stated, Value};
use crate::agent::team::names;
use crate::agent::team::numbers::{self, Figure, Unit};
use crate::agent::team::spec::{Placed, Team, Topic};
use crate::agent::team::tables::{self, Kind, Meaning, Row, TypedRow};
use crate::base::text::plural;
use rust_decimal::Decimal;

/// What a table is about, for people.
pub(super) fn subject(team: &Team, placed: &Placed) -> String {
    match placed.topic {
        Topic::Phases => "the phases".to_owned(),
        Topic::Phase(number) => {
            team.phases.get(number).map_or_else(String::new, |phase| format!("the phase {}", phase.name))
        }
        _ => {
            let section = team.document(placed).and_then(|document| document.sections.get(placed.section));
            let title = section.map(|section| names::clean(&section.title)).unwrap_or_default();
            if title.is_empty() { "the table".to_owned() } else { format!("\"{title}\"") }
        }
    }
}

pub(super) fn check(team: &Team, placed: &Placed, ledger: &mut Ledger) {
    if matches!(placed.topic, Topic::Profile(_)) || placed.table.kind == Kind::Prices {
        return;
    }
    totals(team, placed, ledger);
    rows(team, placed, ledger);
    buffers(team, placed, ledger);
    multiples(team, placed, ledger);
    volumes(team, placed, ledger);
}

fn stated<'a>(
    team: &Team,
    placed: &Placed,
    row: &'a TypedRow,
    column: usize,
    what: String,
) -> Option<Stated<'a>> {
    let cell = row.cells.get(column)?;
    let document = team.document(placed)?;
    Some(Stated {
        what,
        place: document.place(cell.line.span),
        figure: cell.figure.as_ref()?,
        rule: SUM,
        group: Group::Figure,
    })
}

fn summed(meaning: &Meaning) -> bool {
    matches!(
        meaning,
        Meaning::Input | Meaning::Output | Meaning::Tokens | Meaning::Cost | Meaning::CostUnder(_)
    )
}

fn columns(placed: &Placed) -> impl Iterator<Item = (usize, &str)> {
    let all = placed.table.columns.iter().enumerate();
    all.filter(|(_, column)| summed(&column.meaning)).map(|(at, column)| (at, column.title.as_str()))
}

/// The figures of what rows list.
fn figures(rows: &[TypedRow], column: usize) -> Vec<&Figure> {
    let items = rows.iter().filter(|row| row.row == Row::Item);
    items.filter_map(|row| row.cells.get(column)?.figure.as_ref()).collect()
}

/// Rows against the total below them.
fn totals(team: &Team, placed: &Placed, ledger: &mut Ledger) {
    let rows = &placed.table.rows;
    for (at, total) in rows.iter().enumerate().filter(|(_, row)| row.row == Row::Total) {
        let above = rows.get(..at).unwrap_or(&[]);
        let since = above.iter().rposition(|row| row.row != Row::Item).map_or(0, |last| last + 1);
        let group = above.get(since..).unwrap_or(&[]);
        for (column, title) in columns(placed) {
            let what = format!("the total of {} in the column {title}", subject(team, placed));
            let Some(stated) = stated(team, placed, total, column, what) else { continue };
            let unreadable = above.iter().filter(|row| row.row == Row::Item).find(|row| {
                row.cells.get(column).is_some_and(|cell| {
                    let text = &cell.line.text;
                    cell.figure.is_none() && !tables::is_blank(text) && !numbers::is_included(text)
                })
            });
            if let Some(row) = unreadable {
                ledger.open(stated, format!("`{}` has no figure that can be read", row.label.text));
                continue;
            }
            let mut parts = figures(above, column);
            // A group of its own, below a subtotal.
            let own = figures(group, column);
            let value = Value::sum(own.iter().copied(), stated.figure.precision);
            if stated.figure.covers(value.low - value.slack, value.high + value.slack) {
                parts = own;
            }
            if parts.is_empty() {
                continue;
            }
            let value = Value::sum(parts.iter().copied(), stated.figure.precision);
            let words = if parts.len() == 1 {
                "its one row has {}".to_owned()
            } else {
                format!("its {} rows sum to {{}}", parts.len())
            };
            ledger.hold(stated, value, &words);
        }
    }
}

/// Input and output against the tokens of the row.
fn rows(team: &Team, placed: &Placed, ledger: &mut Ledger) {
    let table = &placed.table;
    let Some(column) = table.column(&Meaning::Tokens) else { return };
    for row in &table.rows {
        let (Some((input, _)), Some((output, _))) =
            (table.figure(row, &Meaning::Input), table.figure(row, &Meaning::Output))
        else {
            continue;
        };
        let what = format!("the tokens of {}", names::clean(&row.label.text));
        let Some(stated) = stated(team, placed, row, column, what) else { continue };
        let value = Value::sum([input, output].into_iter(), stated.figure.precision);
        ledger.hold(stated, value, "its input and output sum to {}");
    }
}

/// Rows such as `+ 20% buffer` and `Effective Total`.
fn buffers(team: &Team, placed: &Placed, ledger: &mut Ledger) {
    let table = &placed.table;
    let rows = &table.rows;
    for (at, row) in rows.iter().enumerate() {
        for (column, _) in columns(placed) {
            let figure_of = |wanted: fn(&Row) -> bool| {
                let found = rows.iter().take(at).rev().find(|row| wanted(&row.row))?;
                found.cells.get(column)?.figure.as_ref()
            };
            let total = figure_of(|row| *row == Row::Total);
            match (&row.row, total) {
                (Row::Buffer(percent), Some(total)) => {
                    let what = format!("the buffer of {percent}% on {}", total.text.trim());
                    if let Some(stated) = stated(team, placed, row, column, what) {
                        ledger.hold(
                            stated,
                            Value::of(total).times(*percent / Decimal::ONE_HUNDRED),
                            "it comes to {}",
                        );
                    }
                }
                (Row::Effective, Some(total)) => {
                    let Some(buffer) = figure_of(|row| matches!(row, Row::Buffer(_))) else { continue };
                    let what = format!("the total with buffer of {}", subject(team, placed));
                    if let Some(stated) = stated(team, placed, row, column, what) {
                        let value = Value::sum([total, buffer].into_iter(), stated.figure.precision);
                        ledger.hold(stated, value, "total and buffer sum to {}");
                    }
                }
                _ => {}
            }
        }
    }
}

/// Multiples of the row with the factor one.
fn multiples(team: &Team, placed: &Placed, ledger: &mut Ledger) {
    let table = &placed.table;
    let factor = |row: &TypedRow| {
        table
            .figure(row, &Meaning::Multiplier)
            .map(|(figure, _)| figure.clone())
            .filter(|figure| figure.unit == Unit::Factor)
    };
    let base = table.items().find(|row| {
        factor(row).is_some_and(|factor| factor.low == Decimal::ONE && factor.high == Decimal::ONE)
    });
    for row in table.items() {
        let Some(times) = factor(row) else { continue };
        for (column, title) in columns(placed) {
            let what = format!("`{}` in the column {title}", names::clean(&row.label.text));
            let Some(stated) = stated(team, placed, row, column, what) else { continue };
            let unit = base.and_then(|base| base.cells.get(column)?.figure.as_ref());
            match unit {
                Some(_) if base == Some(row) => {}
                Some(unit) => {
                    let (low, high) = (Value::of(unit).times(times.low), Value::of(unit).times(times.high));
                    let value = Value { low: low.low, high: high.high, slack: high.slack };
                    let words = format!(
                        "{} times {} is {{}}",
                        times.text.trim_end_matches(['x', '×']),
                        unit.text.trim()
                    );
                    ledger.hold(stated, value, &words);
                }
                None => ledger.open(stated, "no row has the factor 1"),
            }
        }
    }
}

/// Months and years against the cost of one.
fn volumes(team: &Team, placed: &Placed, ledger: &mut Ledger) {
    let table = &placed.table;
    for (column, meaning) in table.columns.iter().map(|column| &column.meaning).enumerate() {
        for row in table.items() {
            let name = names::clean(&row.label.text);
            let monthly = || {
                let at =
                    table.columns.iter().position(|column| matches!(column.meaning, Meaning::Times(_)))?;
                row.cells.get(at)?.figure.as_ref()
            };
            let (base, times, what) = match meaning {
                Meaning::Times(0) => continue,
                Meaning::Times(times) => (
                    table.figure(row, &Meaning::Cost).map(|(figure, _)| figure),
                    *times,
                    format!("the monthly cost of {name}"),
                ),
                Meaning::Yearly => (monthly(), 12, format!("the yearly cost of {name}")),
                _ => continue,
            };
            let (Some(base), Some(stated)) = (base, stated(team, placed, row, column, what)) else {
                continue;
            };
            let words = format!(
                "{} of {} come to {{}}",
                plural(usize::try_from(times).unwrap_or(0), "time", "times"),
                base.text.trim()
            );
            ledger.hold(stated, Value::of(base).times(Decimal::from(times)), &words);
        }
    }
}
