//! What the section on environments shows: rows that say something, cut to a budget, not yet escaped.

use super::view::{Maker, Part, some};
use crate::base::text::{plural, truncate_end};
use crate::report::environments::{EnvironmentsReport, ParityCell, ParityRow, ParityTable, Standing};
use serde::Serialize;
use std::cmp::Reverse;

/// Environments that fit beside one another.
const MAX_COLUMNS: usize = 8;

/// The data of `environments.hbs`.
#[derive(Serialize)]
pub(super) struct EnvironmentsView {
    tables: Vec<Table>,
    /// Nothing fits but a sentence.
    left_out: Option<String>,
}

#[derive(Serialize)]
struct Table {
    /// The folder, where there are several.
    folder: Option<String>,
    summary: String,
    columns: Vec<String>,
    rows: Part<Row>,
    /// Settings that are the same everywhere.
    same: Option<String>,
    remarks: Vec<String>,
}

#[derive(Serialize)]
struct Row {
    kind: String,
    name: String,
    cells: Vec<String>,
    words: String,
    grave: bool,
}

impl EnvironmentsView {
    pub(super) fn new(maker: &Maker<'_>, report: &EnvironmentsReport) -> Option<Self> {
        let limit = maker.budget.environments;
        // One environment that a change leaves alone is no news.
        let shown: Vec<&ParityTable> = report
            .tables
            .iter()
            .filter(|table| table.environments.len() > 1 || table.rows.iter().any(ParityRow::speaks))
            .collect();
        if shown.is_empty() {
            return None;
        }
        if limit == 0 {
            let summary = shown.first().map(|table| table.summary()).unwrap_or_default();
            let left_out = format!("Left out here to fit: the table of environments ({summary})");
            return Some(Self { tables: Vec::new(), left_out: Some(left_out) });
        }
        let several = report.tables.len() > 1;
        let tables = shown.iter().map(|found| table(maker, found, limit, several)).collect();
        let (one, many) = ("more folder with environments is", "more folders with environments are");
        let left_out = (report.tables_left_out > 0)
            .then(|| format!("{} not shown here", plural(report.tables_left_out, one, many)));
        Some(Self { tables, left_out })
    }
}

/// A cell as a sentence in which values are code and what stands for no value is not.
fn words(cell: &ParityCell, limit: usize) -> String {
    let value = |text: &str| match text {
        "not set" | "as default" => text.to_owned(),
        text => format!("`{}`", truncate_end(text, limit).replace('`', "'")),
    };
    match &cell.base {
        None => value(&cell.head),
        Some(base) => format!("{} → {}", value(base), value(&cell.head)),
    }
}

fn table(maker: &Maker<'_>, table: &ParityTable, limit: usize, several: bool) -> Table {
    let speaking: Vec<&ParityRow> = table.rows.iter().filter(|row| row.speaks()).collect();
    let same = table.rows.len() - speaking.len();
    // What must not be, and what the change does, before what may be; each in the order of the table.
    let mut kept: Vec<(usize, &ParityRow)> = speaking.iter().copied().enumerate().collect();
    kept.sort_by_key(|(at, row)| {
        (Reverse(row.standing == Standing::MustNotDiffer), Reverse(row.changed), *at)
    });
    kept.truncate(limit);
    kept.sort_by_key(|(at, _)| *at);
    let cell = maker.budget.text.min(60);
    let row = |row: &ParityRow| Row {
        kind: row.kind.clone(),
        name: truncate_end(&row.name, cell),
        cells: row.cells.iter().take(MAX_COLUMNS).map(|found| words(found, cell)).collect(),
        words: row.words(),
        grave: row.standing == Standing::MustNotDiffer,
    };
    let rows = kept.into_iter().map(|(_, found)| row(found)).collect();
    let mut remarks: Vec<String> = table.remarks().iter().take(5).map(|text| maker.cut(text)).collect();
    let beyond = table.environments.len().saturating_sub(MAX_COLUMNS);
    if beyond > 0 {
        remarks.push(format!(
            "{} not shown here",
            plural(beyond, "more environment is", "more environments are")
        ));
    }
    Table {
        folder: several.then(|| maker.path(&table.folder)),
        summary: table.summary(),
        columns: table.headings().iter().take(MAX_COLUMNS).map(|name| truncate_end(name, 40)).collect(),
        rows: some(rows, speaking.len(), limit, ("setting", "settings")),
        same: (same > 0).then(|| plural(same, "setting is", "settings are")),
        remarks,
    }
}
