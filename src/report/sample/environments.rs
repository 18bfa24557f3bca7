//! Environments whose every text tries to break out of its place.

use crate::base::RepoPath;
use crate::report::environments::{
    ColumnState, EnvironmentColumn, EnvironmentsReport, ParityCell, ParityRow, ParityTable, Standing,
};

const EVIL: &str = "| ``` </td><script> @acme/everyone [x](https://evil.example) ::error::";

/// Three environments and one that is gone.
pub(crate) fn hostile() -> EnvironmentsReport {
    let column = |name: &str, state| EnvironmentColumn { name: name.to_owned(), state };
    let cell = |head: &str, base: Option<&str>| ParityCell {
        head: head.to_owned(),
        set: !matches!(head, "not set" | "as default"),
        base: base.map(str::to_owned),
    };
    let row = |kind: &str, name: &str, standing, cells: [ParityCell; 4]| ParityRow {
        kind: kind.to_owned(),
        name: name.to_owned(),
        standing,
        changed: cells.iter().any(|cell| cell.base.is_some()),
        cells: cells.into(),
    };
    let rows = vec![
        row(
            "model",
            "resolver",
            Standing::MayDiffer,
            [
                cell("claude-haiku-5-5", None),
                cell("as default", None),
                cell("claude-opus-5-5", Some("claude-sonnet-5-5")),
                cell("as default", None),
            ],
        ),
        row(
            "budget",
            "cost.per_run",
            Standing::MayDiffer,
            [cell("0.2", None), cell("0.6", None), cell("0.6", None), cell("not set", Some("1"))],
        ),
        row(
            "budget",
            "tokens.per_run",
            Standing::Same,
            [cell("120000", None), cell("120000", None), cell("120000", None), cell("not set", None)],
        ),
        row(
            "secret",
            "DB_PASSWORD",
            Standing::MayDiffer,
            [cell("not set", None), cell("${STAGING_DB}", None), cell("set", None), cell("not set", None)],
        ),
        row(
            "other",
            EVIL,
            Standing::MustNotDiffer,
            [cell(EVIL, None), cell("not set", None), cell("1", None), cell("not set", None)],
        ),
    ];
    EnvironmentsReport {
        tables: vec![ParityTable {
            folder: RepoPath::new("environments").expect("inside the repository"),
            environments: vec![
                column("local", ColumnState::Present),
                column("staging", ColumnState::Added),
                column("production", ColumnState::Present),
                column("old", ColumnState::Removed),
            ],
            absent: vec!["ci".to_owned()],
            rows,
            rows_left_out: 0,
            unread: vec![format!("environments/local/flags.yaml:2: {EVIL}")],
        }],
        tables_left_out: 1,
    }
}
