use super::super::document::{Document, Role};
use super::*;
use crate::base::RepoPath;

fn table(text: &str) -> Table {
    let document = Document::read(RepoPath::new("T.md").unwrap(), Role::Team, text);
    let section = document.sections.last().unwrap();
    Table::read(&section.tables[0], section)
}

fn meanings(table: &Table) -> Vec<&Meaning> {
    table.columns.iter().map(|column| &column.meaning).collect()
}

#[test]
fn columns_in_any_order_and_wording() {
    let found = table(
        "| Price | Who | LLM | Tokens out | Tokens in |\n|--|--|--|--|--|\n| $1 | Ann | GPT-5 | 5K | 10K |\n| $2 | Bob | GPT-5 | 1.5K | 20K |\n| **$3** | **All, in total** | | **6.5K** | **30K** |\n",
    );
    assert_eq!(
        meanings(&found),
        [&Meaning::Cost, &Meaning::Agent, &Meaning::Model, &Meaning::Output, &Meaning::Input]
    );
    assert_eq!(found.kind, Kind::Agents);
}

#[test]
fn phases_with_counts_and_names_of_agents() {
    let found = table(
        "| Stage | Time | Agents Active | Token Budget | Est. Cost |\n|--|--|--|--|--|\n| Look | ~5 min | 2 parallel | ~10K | $1 |\n| Write | ~5 min | 1 (Ann) | ~included | ~included |\n| Total | | | ~10K | $1 |\n| + 20% buffer | | | 2K | $0.20 |\n| Effective Total | | | 12K | $1.20 |\n",
    );
    assert_eq!(found.kind, Kind::Phases);
    assert_eq!(
        meanings(&found),
        [&Meaning::Phase, &Meaning::Other, &Meaning::Active, &Meaning::Tokens, &Meaning::Cost]
    );
    let rows: Vec<Row> = found.rows.iter().map(|row| row.row).collect();
    assert_eq!(rows, [Row::Item, Row::Item, Row::Total, Row::Buffer(Decimal::from(20)), Row::Effective]);
    assert_eq!(found.rows[1].cells[3].figure, None);
    let names =
        table("| Phase | Agents | Tokens |\n|--|--|--|\n| Look | Ann + Bob | 10K |\n| Write | Ann | 5K |\n");
    assert_eq!(names.columns[1].meaning, Meaning::Active);
}

#[test]
fn prices_profiles_matrices_multiples_and_volumes() {
    let kind = |text: &str| table(text).kind;
    assert_eq!(
        kind("| Model | Input (per 1M) | Output (per 1M) |\n|--|--|--|\n| Opus | $15 | $75 |\n"),
        Kind::Prices
    );
    assert_eq!(
        kind("| Tier | Opus agents | Total tokens | vs Default |\n|--|--|--|--|\n| Lean | 0 | 5K | -40% |\n"),
        Kind::Profiles
    );
    assert_eq!(kind("| Phase | Budget | Default |\n|--|--|--|\n| A | $1 | $2 |\n"), Kind::Matrix);
    assert_eq!(kind("| Size | Multiplier | Tokens |\n|--|--|--|\n| S | 0.5x | 5K |\n"), Kind::Multiples);
    let volumes = table(
        "| Plan | Per Article | Monthly (4 articles) | Annual |\n|--|--|--|--|\n| A | $1 | $4 | $48 |\n",
    );
    assert_eq!(volumes.kind, Kind::Volumes);
    assert_eq!(volumes.columns[2].meaning, Meaning::Times(4));
    let heading =
        table("### 12 runs a month\n\n| Plan | Cost per run | Monthly |\n|--|--|--|\n| A | $1 | $12 |\n");
    assert_eq!(heading.columns[2].meaning, Meaning::Times(12));
    assert_eq!(kind("| Metric | Target |\n|--|--|\n| Coverage | 80% |\n"), Kind::Other);
    let thousands = table("| Agent | Tokens (K) |\n|--|--|\n| A | 58 |\n");
    assert_eq!(thousands.rows[0].cells[1].figure.as_ref().unwrap().low, Decimal::from(58_000));
}

#[test]
fn a_total_is_said_by_the_label_and_by_nothing_else() {
    let rows = |text: &str| -> Vec<Row> {
        table(&format!("| Agent | Model | Tokens | Notes |\n|--|--|--|--|\n{text}"))
            .rows
            .iter()
            .map(|r| r.row)
            .collect()
    };
    for label in [
        "Total",
        "**Total**",
        "Subtotal Review",
        "All agents, in total",
        "Grand total",
        "Overall",
        "Total for tests",
        "Total (all phases)",
        "Review total",
        "Sum of all",
    ] {
        assert_eq!(rows(&format!("| {label} | | 5K | x |\n")), [Row::Total], "{label}");
    }
    for label in ["Total Quality Manager", "Overall Editor", "Sum Checker", "Overall quality score"] {
        assert_eq!(rows(&format!("| {label} | | 5K | x |\n")), [Row::Item], "{label}");
    }
    assert_eq!(rows("| Writer | | 5K | checks the total |\n| Total | Opus 4.6 | 5K | |\n"), [Row::Item; 2]);
    assert_eq!(rows("| Ann | | 5K | |\n| 20% buffer | | 5K | |\n")[1], Row::Buffer(Decimal::from(20)));
    assert_eq!(rows("| Total with buffer | | 5K | |\n"), [Row::Effective]);
}

#[test]
fn millions_below_a_title_that_says_tokens() {
    let found = table("| Agent | Tokens | Time |\n|--|--|--|\n| A | 10m | 10m |\n| B | 2 M | 5m |\n");
    let low = |row: usize| found.rows[row].cells[1].figure.as_ref().map(|figure| figure.low);
    assert_eq!((low(0), low(1)), (Some(Decimal::from(10_000_000)), Some(Decimal::from(2_000_000))));
    assert_eq!(found.columns[2].meaning, Meaning::Other);
}
