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
    let (mut reason, mut retired) = (None, None);
    for book in books {
        match book.quote(name) {
            Ok(quote) => {
                // What somebody states a price for, he gets from somewhere.
                let stated = !matches!(quote.origin, PriceOrigin::Book | PriceOrigin::Lock(_));
                match side_table::retired(&quote.model, book.day()).filter(|_| !stated) {
                    Some(since) => retired = Some(since.value.to_string()),
                    None => return Known::Fine,
                }
            }
            Err(unpriced) => reason = Some(unpriced.reason),
        }
    }
    if let Some(since) = retired {
        return Known::Retired { since };
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

#[cfg(test)]
mod tests {
    use super::super::inspect::{Depth, look};
    use super::*;
    use crate::base::MemoryTree;
    use crate::config::prices::RawPrices;

    fn side(files: &[(&str, &str)]) -> Inspection {
        let tree: Arc<dyn Tree> = Arc::new(MemoryTree::new(files.iter().copied()));
        look(&tree, Depth::Read, &|| ())
    }

    const CI: &str = "environments/ci/model-overrides.yaml";
    const PROD: &str = "environments/prod/model-overrides.yaml";

    #[test]
    fn a_change_is_marked_cell_by_cell() {
        let base = side(&[(CI, "default: haiku\nretries: 3\n"), (PROD, "retries: 3\n")]);
        let head = side(&[
            (CI, "default: opus\nretries: 3\n"),
            ("environments/eu/budget-limits.yaml", "per_run: 1\n"),
        ]);
        let table = report(&head, Some(&base)).unwrap().tables.remove(0);
        assert_eq!(table.headings(), ["ci", "eu (new)", "prod (removed)"]);
        let rows: Vec<String> = table
            .rows
            .iter()
            .map(|row| {
                let cells: Vec<String> = row.cells.iter().map(ParityCell::words).collect();
                format!("{}: {} | {}", row.name, cells.join(", "), row.words())
            })
            .collect();
        assert_eq!(
            rows,
            [
                "every agent: haiku → opus, as default, as default | differs; changed here",
                "cost.per_run: not set, not set → 1, not set | differs; changed here",
                "retries: 3, not set, 3 → not set | must not differ; changed here",
            ]
        );
        assert_eq!(report(&head, None).unwrap().tables[0].headings(), ["ci", "eu"]);
        assert!(report(&head, Some(&head)).unwrap().tables[0].rows.iter().all(|row| !row.changed));
        let gone = report(&side(&[]), Some(&base)).unwrap();
        assert_eq!(gone.tables[0].headings(), ["ci (removed)", "prod (removed)"]);
    }

    #[test]
    fn examples_and_repositories_without_environments_have_no_table() {
        assert_eq!(report(&side(&[("AGENTS.md", "x")]), None), None);
        let only_an_example = format!("examples/shop/{CI}");
        assert_eq!(report(&side(&[(&only_an_example, "default: haiku\n")]), None), None);
    }

    #[test]
    fn a_flood_is_cut_and_what_must_not_differ_stays() {
        let models: Vec<String> = (0..900).map(|at| format!("  agent-{at}: haiku\n")).collect();
        let same = format!("models:\n{}", models.concat());
        let paths: Vec<String> =
            (0..20).map(|at| format!("environments/e{at:02}/model-overrides.yaml")).collect();
        let odd = format!("{same}zz_strict: true\n");
        let mut files: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), same.as_str())).collect();
        files[3].1 = &odd;
        let folders: Vec<String> = (0..8).map(|at| format!("part{at}/{CI}")).collect();
        files.extend(folders.iter().map(|path| (path.as_str(), "default: haiku\n")));
        let found = report(&side(&files), None).unwrap();
        assert_eq!((found.tables.len(), found.tables_left_out), (MAX_TABLES, 4));
        let table = &found.tables[0];
        assert_eq!(table.folder.as_str(), "environments");
        assert_eq!(
            (table.environments.len(), table.rows.len(), table.rows_left_out),
            (MAX_COLUMNS, MAX_ROWS, 601)
        );
        assert_eq!(
            table.rows.last().map(|row| (row.name.as_str(), row.standing)),
            Some(("zz_strict", Standing::MustNotDiffer))
        );
        assert!(table.unread.iter().any(|text| text.contains("e19")), "{:?}", table.unread);
    }

    #[test]
    fn environments_that_are_taken_out_no_longer_differ() {
        let mut table = report(
            &side(&[
                (CI, "a: haiku-1\nstrict: true\n"),
                (PROD, "strict: false\n"),
                ("environments/eu/model-overrides.yaml", "strict: true\n"),
            ]),
            None,
        )
        .unwrap()
        .tables
        .remove(0);
        assert_eq!(table.summary(), "3 environments: 2 settings differ, 1 of them must not");
        table.environments.remove(1);
        table.rows.iter_mut().for_each(|row| drop(row.cells.remove(1)));
        stand(&mut table);
        assert_eq!(table.summary(), "2 environments: 1 setting differs");
    }

    #[test]
    fn models_are_known_by_any_layer() {
        let raw: RawPrices = serde_yaml::from_str("{aliases: {quick: haiku}, models: {in-house-1: {input: 1, output: 2}, claude-3-opus: {input: 1, output: 2}}}").unwrap();
        let now = "2026-11-21T09:00:00Z".parse().unwrap();
        let list = Book::new(now);
        let own = Book::new(now).with_layer(PriceOrigin::Repository, Overrides::new(&raw).unwrap());
        for name in [
            "claude-sonnet-5-5",
            "Sonnet",
            "gpt-5.3-codex",
            "quick",
            "in-house-1",
            "inherit",
            "opusplan",
            "ollama/llama3.1",
            "qwen2.5-coder:32b",
            "${MODEL}",
            "./weights/our.gguf",
            "hosted_vllm/our-model",
            "claude-3-opus-20240229",
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        ] {
            assert_eq!(known(&[&list, &own], name), Known::Fine, "{name}");
        }
        let nearest = |name: &str| match known(&[&list, &own], name) {
            Known::Unpriced { nearest, .. } => nearest,
            other => panic!("{name}: {other:?}"),
        };
        for (name, meant) in [
            ("sonet", "sonnet"),
            ("claude-sonet-5-5", "claude-sonnet-5-5"),
            ("in-huose-1", "in-house-1"),
            ("qiuck", "quick"),
        ] {
            assert_eq!(nearest(name).as_deref(), Some(meant), "{name}");
        }
        assert_eq!(nearest("something-of-somebody-7"), None);
        assert_eq!(
            known(&[&list], "claude-3-5-haiku-latest"),
            Known::Retired { since: "2026-02-19".to_owned() }
        );
        assert_eq!(
            known(&[&list], "claude-3-opus-20240229"),
            Known::Retired { since: "2026-01-05".to_owned() }
        );
    }
}
