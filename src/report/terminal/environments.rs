//! Environments at a terminal: after a run only what must not differ and what the change alters, and on demand all.

use super::{Page, pad, plain};
use crate::base::text::{plural, truncate_end};
use crate::report::environments::{ColumnState, EnvironmentsReport, ParityRow, ParityTable, Standing};
use unicode_width::UnicodeWidthStr;

/// Rows that are shown after a run; the rest are counted.
const SHOWN: usize = 10;
/// Columns of a cell of the whole table.
const CELL: usize = 32;
/// Columns of what a setting is about.
const KIND: usize = 11;

impl Page<'_> {
    pub(super) fn environments(&mut self) {
        let report = self.report;
        let Some(environments) = &report.environments else { return };
        let speaks = |row: &&ParityRow| row.changed || row.standing == Standing::MustNotDiffer;
        let mut rows: Vec<(&ParityTable, &ParityRow)> = environments
            .tables
            .iter()
            .flat_map(|table| table.rows.iter().filter(speaks).map(move |row| (table, row)))
            .collect();
        if rows.is_empty() {
            return;
        }
        rows.sort_by_key(|(_, row)| row.standing != Standing::MustNotDiffer);
        self.gap();
        let heading = self.bold("Environments");
        self.line(heading);
        for (table, row) in rows.iter().take(SHOWN) {
            let cells: Vec<String> = table
                .environments
                .iter()
                .zip(&row.cells)
                .filter(|(column, cell)| {
                    let is_there = column.state != ColumnState::Removed;
                    (is_there && row.standing == Standing::MustNotDiffer) || cell.base.is_some()
                })
                .map(|(column, cell)| {
                    format!("{} {}", plain(&column.name), plain(&truncate_end(&cell.words(), 100)))
                })
                .collect();
            let name = format!("{} {}", row.kind, plain(&truncate_end(&row.name, 80)));
            let wrong = if row.standing == Standing::MustNotDiffer { " (must not differ)" } else { "" };
            self.wrapped("  - ", 4, &format!("{name}{wrong}: {}", cells.join(", ")));
        }
        let left = rows.len().saturating_sub(SHOWN);
        let more =
            if left > 0 { format!("{}; ", plural(left, "more row", "more rows")) } else { String::new() };
        self.line(format!("  {more}`weighbridge environments` shows every setting"));
    }
}

/// Every setting of every environment, as text that ends with a line break.
pub fn environments(report: &EnvironmentsReport) -> String {
    let mut out: Vec<String> = Vec::new();
    for table in &report.tables {
        if !out.is_empty() {
            out.push(String::new());
        }
        whole(&mut out, table);
    }
    if report.tables_left_out > 0 {
        let (one, many) = ("more folder with environments is", "more folders with environments are");
        out.push(format!("{} left out", plural(report.tables_left_out, one, many)));
    }
    out.iter().flat_map(|line| [line, "\n"]).collect()
}

fn whole(out: &mut Vec<String>, table: &ParityTable) {
    out.push(format!("{}: {}", plain(table.folder.as_str()), plain(&table.summary())));
    let cut = |text: &str| plain(&truncate_end(text, CELL));
    let headings = table.headings();
    let line = |first: String, cells: Vec<String>, last: &str| {
        std::iter::once(first).chain(cells).chain(std::iter::once(last.to_owned())).collect::<Vec<String>>()
    };
    let mut lines = vec![line(
        format!("{}  setting", pad("about", KIND)),
        headings.iter().map(|name| cut(name)).collect(),
        "difference",
    )];
    for row in &table.rows {
        let name = format!("{}  {}", pad(&row.kind, KIND), cut(&row.name));
        let cells = row.cells.iter().map(|cell| cut(&cell.words())).collect();
        lines.push(line(name, cells, if row.speaks() { row.words() } else { String::new() }.as_str()));
    }
    let widths: Vec<usize> = (0..headings.len() + 2)
        .map(|at| lines.iter().filter_map(|line| line.get(at)).map(|cell| cell.width()).max().unwrap_or(0))
        .collect();
    for line in lines {
        let cells = line.iter().zip(&widths).map(|(cell, width)| pad(cell, *width));
        out.push(format!("  {}", cells.collect::<Vec<_>>().join("  ")).trim_end().to_owned());
    }
    out.extend(table.remarks().iter().map(|remark| format!("  - {}", plain(remark))));
}
