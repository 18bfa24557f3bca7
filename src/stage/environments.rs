//! Environments side by side in the report, and what the prices say about their models.

use super::book::{book, of_environment};
use super::inspect::Inspection;
use crate::base::{RepoPath, Tree};
use crate::config::{self, CostConfig};
use crate::cost::prices::overrides::Overrides;
use crate::cost::prices::{Book, PriceOrigin, Source, names, side_table};
use crate::environments::{self, Environment, Environments, Kind, Setting};
use crate::report::environments::{
    ColumnState, EnvironmentColumn, EnvironmentsReport, ParityCell, ParityRow, ParityTable, Standing,
};
use crate::rules::compare::Located;
use crate::rules::models::{self, Known};
use crate::rules::ours::is_sample;
use crate::secrets::is_reference;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Folders whose environments are shown.
const MAX_TABLES: usize = 5;
/// Environments of one folder that are shown.
const MAX_COLUMNS: usize = 12;
/// Settings of one folder that are shown.
const MAX_ROWS: usize = 300;
/// What could not be read, at most.
const MAX_UNREAD: usize = 10;

/// The environments of a revision that are its own: neither left out nor an example.
fn of(side: &Inspection) -> Vec<Environments> {
    let all = environments::read(&*side.tree, &side.repo).into_iter();
    all.filter(|one| !is_sample(&one.folder))
        .filter(|one| !one.folder.join("x").is_some_and(|path| side.excluded.is_match(path.as_str())))
        .collect()
}

/// The environments of head beside those of base; `None` when neither has any.
pub fn report(head: &Inspection, base: Option<&Inspection>) -> Option<EnvironmentsReport> {
    let now = of(head);
    let before = base.map(of);
    let folders: BTreeSet<&RepoPath> =
        now.iter().chain(before.iter().flatten()).map(|environments| &environments.folder).collect();
    let find =
        |all: &[Environments], folder: &RepoPath| all.iter().find(|one| one.folder == *folder).cloned();
    let nothing =
        |folder: &RepoPath| Environments { folder: folder.clone(), list: Vec::new(), absent: Vec::new() };
    // The environments of the repository itself lie higher than those of its parts.
    let mut sorted: Vec<&RepoPath> = folders.iter().copied().collect();
    sorted.sort_by_key(|folder| (folder.parts().count(), *folder));
    let mut tables: Vec<ParityTable> = sorted
        .iter()
        .take(MAX_TABLES)
        .map(|folder| {
            let now = find(&now, folder).unwrap_or_else(|| nothing(folder));
            let before = before.as_ref().map(|all| find(all, folder).unwrap_or_else(|| nothing(folder)));
            table(&now, before.as_ref())
        })
        .collect();
    tables.retain(|table| !table.environments.is_empty());
    (!tables.is_empty())
        .then(|| EnvironmentsReport { tables, tables_left_out: sorted.len().saturating_sub(MAX_TABLES) })
}

fn table(now: &Environments, before: Option<&Environments>) -> ParityTable {
    let earlier: &[Environment] = before.map_or(&[], |before| &before.list);
    let named = |list: &[Environment], name: &str| list.iter().any(|one| one.name == name);
    let mut columns: Vec<EnvironmentColumn> = now
        .list
        .iter()
        .chain(earlier.iter().filter(|one| !named(&now.list, &one.name)))
        .map(|one| EnvironmentColumn {
            name: one.name.clone(),
            state: match (named(&now.list, &one.name), before.is_none() || named(earlier, &one.name)) {
                (true, true) => ColumnState::Present,
                (true, false) => ColumnState::Added,
                (false, _) => ColumnState::Removed,
            },
        })
        .collect();
    let left_out: Vec<String> = columns.iter().skip(MAX_COLUMNS).map(|column| column.name.clone()).collect();
    columns.truncate(MAX_COLUMNS);
    let mut rows = rows(&columns, (&now.list, before.map(|before| before.list.as_slice())));
    let rows_left_out = rows.len().saturating_sub(MAX_ROWS);
    if rows_left_out > 0 {
        let mut keep: Vec<(usize, ParityRow)> = rows.into_iter().enumerate().collect();
        keep.sort_by_key(|(at, row)| {
            (Reverse(row.standing == Standing::MustNotDiffer), Reverse(row.speaks()), *at)
        });
        keep.truncate(MAX_ROWS);
        keep.sort_by_key(|(at, _)| *at);
        rows = keep.into_iter().map(|(_, row)| row).collect();
    }
    let mut unread: Vec<String> = now.list.iter().flat_map(|one| one.faults.iter().cloned()).collect();
    unread.truncate(MAX_UNREAD);
    unread.extend((!left_out.is_empty()).then(|| format!("the environments {}", left_out.join(", "))));
    ParityTable {
        folder: now.folder.clone(),
        environments: columns,
        absent: now.absent.iter().map(|name| (*name).to_owned()).collect(),
        rows,
        rows_left_out,
        unread,
    }
}

/// Works out anew which rows differ, after environments were taken out, and leaves out those that nobody sets.
pub fn stand(table: &mut ParityTable) {
    for row in &mut table.rows {
        let present =
            table.environments.iter().zip(&row.cells).filter(|(one, _)| one.state != ColumnState::Removed);
        let mut values = present.map(|(_, cell)| cell.set.then_some(cell.head.as_str()));
        let first = values.next();
        if first.is_none_or(|first| values.all(|value| environments::alike(value, first))) {
            row.standing = Standing::Same;
        }
        row.changed = row.cells.iter().any(|cell| cell.base.is_some());
    }
    table.rows.retain(|row| row.cells.iter().any(|cell| cell.set || cell.base.is_some()));
}

fn rows(
    columns: &[EnvironmentColumn],
    (now, before): (&[Environment], Option<&[Environment]>),
) -> Vec<ParityRow> {
    let both = || now.iter().chain(before.unwrap_or_default());
    let keys: BTreeSet<&(Kind, String)> = both().flat_map(|one| one.settings.keys()).collect();
    let get = |list: &[Environment], column: &EnvironmentColumn, key: &(Kind, String)| -> Option<Setting> {
        list.iter().find(|one| one.name == column.name)?.settings.get(key).cloned()
    };
    keys.into_iter()
        .map(|key| {
            let unset = || key.0.unset().to_owned();
            let cells: Vec<ParityCell> = columns
                .iter()
                .map(|column| {
                    let here = get(now, column, key);
                    let was = before.map(|before| get(before, column, key));
                    let text = |setting: &Option<Setting>| {
                        setting.as_ref().map_or_else(unset, |one| one.shown.clone())
                    };
                    let head = text(&here);
                    let base =
                        was.map(|was| text(&was)).filter(|was| !environments::alike(Some(was), Some(&head)));
                    ParityCell { set: here.is_some(), head, base }
                })
                .collect();
            let present =
                columns.iter().zip(&cells).filter(|(column, _)| column.state != ColumnState::Removed);
            let values = present.map(|(_, cell)| cell.set.then_some(cell.head.as_str()));
            ParityRow {
                kind: key.0.name().to_owned(),
                name: key.1.clone(),
                standing: match environments::standing(key.0, values) {
                    environments::Standing::Same => Standing::Same,
                    environments::Standing::MayDiffer => Standing::MayDiffer,
                    environments::Standing::MustNotDiffer => Standing::MustNotDiffer,
                },
                changed: cells.iter().any(|cell| cell.base.is_some()),
                cells,
            }
        })
        .collect()
}

/// What prices are known in a revision.
pub(super) struct Priced<'a> {
    /// Those of the policy.
    pub(super) policy: &'a Book<'a>,
    /// What is said about cost where policy is read.
    pub(super) config: &'a CostConfig,
    /// Prices named on the command line.
    pub(super) typed: &'a Overrides,
    /// Where list prices come from.
    pub(super) source: Arc<dyn Source + 'a>,
    /// Now.
    pub(super) now: jiff::Timestamp,
}

/// The models that environments choose and nobody can price, or call any more.
pub(super) fn findings(side: &Inspection, priced: &Priced<'_>) -> Vec<Located> {
    let all = of(side);
    if all.is_empty() {
        return Vec::new();
    }
    // A change may bring a model and its price together.
    let own = own_config(&*side.tree);
    let config = own.as_ref().unwrap_or(priced.config);
    let with = |environment: Option<&str>| {
        let source = Arc::clone(&priced.source);
        let found = book(&*side.tree, (config, priced.typed), source, priced.now, &mut Vec::new());
        match environment.and_then(|name| Some((name, of_environment(&*side.tree, name).ok()?))) {
            Some((name, overrides)) => found.with_layer(PriceOrigin::Environment(name.to_owned()), overrides),
            None => found,
        }
    };
    let here = with(None);
    let names: BTreeSet<&str> = all.iter().flat_map(|one| &one.list).map(|one| one.name.as_str()).collect();
    let special: BTreeMap<&str, Book<'_>> = names
        .into_iter()
        .filter(|name| of_environment(&*side.tree, name).is_ok_and(|own| own != Overrides::default()))
        .map(|name| (name, with(Some(name))))
        .collect();
    let known = |environment: &str, model: &str| {
        known(&[priced.policy, special.get(environment).unwrap_or(&here)], model)
    };
    let found = all.iter().flat_map(|one| models::check(one, &known));
    found.map(|finding| Located { finding, line_digest: 0, value: None }).collect()
}

/// What some books know of a model.
fn known(books: &[&Book<'_>], name: &str) -> Known {
    let lower = name.to_ascii_lowercase();
    let stands_for_another =
        matches!(lower.as_str(), "inherit" | "default" | "auto" | "none") || is_reference(name);
    if stands_for_another || names::is_self_hosted(name) || names::is_double(name) {
        return Known::Fine;
    }
    let mut reason = None;
    for book in books {
        match book.quote(name) {
            Ok(quote) => {
                // What somebody states a price for, he gets from somewhere.
                let stated = !matches!(quote.origin, PriceOrigin::Book | PriceOrigin::Lock(_));
                let since = side_table::retired(&quote.model, book.day()).filter(|_| !stated);
                return since.map_or(Known::Fine, |since| Known::Retired { since: since.value.to_string() });
            }
            Err(unpriced) => reason = Some(unpriced.reason),
        }
    }
    let nearest = books.iter().rev().find_map(|book| book.nearest(name));
    Known::Unpriced { reason: reason.unwrap_or_default(), nearest }
}

/// What a revision's own weighbridge.yaml says about cost.
fn own_config(tree: &dyn Tree) -> Option<CostConfig> {
    let path = RepoPath::new(config::FILE_NAME)?;
    let text = tree.read(&path, config::MAX_BYTES).ok()?;
    config::parse(config::FILE_NAME, &String::from_utf8_lossy(&text)).ok().map(|config| config.cost)
}
