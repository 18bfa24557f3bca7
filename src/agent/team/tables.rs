//! Tables by meaning: what a column holds is told by its title and its values, not by its place.

use super::document::{Grid, Line, Section};
use super::models;
use super::numbers::{self, Figure, Unit};
use super::rows::kind_of_row;
use crate::base::Span;
use rust_decimal::Decimal;

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Agents.
    Agent,
    /// Models.
    Model,
    /// Phases.
    Phase,
    /// Configurations of the team.
    Profile,
    /// How many agents are at work.
    Active,
    /// Input tokens.
    Input,
    /// Output tokens.
    Output,
    /// Tokens of both kinds.
    Tokens,
    /// Dollars for what the row is about.
    Cost,
    /// Dollars per million input tokens.
    InputPrice,
    /// Dollars per million output tokens.
    OutputPrice,
    /// Dollars per so many tokens of both kinds.
    Blended,
    /// The same cost so many times.
    Times(u32),
    /// The cost of a week.
    Weekly,
    /// The cost of a year.
    Yearly,
    /// How many agents run on a model.
    AgentsOn(String),
    /// A multiplier.
    Multiplier,
    /// The difference to another row.
    Versus,
    /// Dollars under a configuration that the title names.
    CostUnder(String),
    /// Anything else.
    Other,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// One of what the table lists.
    Item,
    /// The sum of those above.
    Total,
    /// So many per cent of the sum, for what goes wrong.
    Buffer(Decimal),
    /// Sum and buffer together.
    Effective,
}

/// What a table lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What models charge.
    Prices,
    /// Agents, with models, tokens or costs.
    Agents,
    /// Phases, with tokens or costs.
    Phases,
    /// Phases against configurations.
    Matrix,
    /// Configurations, with costs.
    Profiles,
    /// Multiples of one row.
    Multiples,
    /// Costs of several runs.
    Volumes,
    /// Anything else.
    Other,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What it holds.
    pub meaning: Meaning,
    /// Its title.
    pub title: String,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedRow {
    /// What it is.
    pub row: Row,
    /// The text that says what it is about.
    pub label: Line,
    /// Its cells, as many as there are columns or fewer.
    pub cells: Vec<Cell>,
}

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// As written.
    pub line: Line,
    /// Its figure, in the unit of its column.
    pub figure: Option<Figure>,
}

/// A table whose columns are understood as far as they can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What it lists.
    pub kind: Kind,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<TypedRow>,
    /// Where it stands.
    pub span: Span,
}

impl Table {
    /// The first column with a meaning.
    pub fn column(&self, meaning: &Meaning) -> Option<usize> {
        self.columns.iter().position(|column| column.meaning == *meaning)
    }

    /// The figure of a row in the first column with a meaning.
    pub fn figure<'a>(&self, row: &'a TypedRow, meaning: &Meaning) -> Option<(&'a Figure, Span)> {
        let cell = row.cells.get(self.column(meaning)?)?;
        cell.figure.as_ref().map(|figure| (figure, cell.line.span))
    }

    /// The text of a row in the first column with a meaning; `None` when it is empty.
    pub fn text<'a>(&self, row: &'a TypedRow, meaning: &Meaning) -> Option<&'a Line> {
        row.cells.get(self.column(meaning)?).map(|cell| &cell.line).filter(|line| !is_blank(&line.text))
    }

    /// The rows that list something.
    pub fn items(&self) -> impl Iterator<Item = &TypedRow> {
        self.rows.iter().filter(|row| row.row == Row::Item)
    }

    /// The first total.
    pub fn total(&self) -> Option<&TypedRow> {
        self.rows.iter().find(|row| row.row == Row::Total)
    }

    /// Understands a table of a section.
    pub fn read(grid: &Grid, section: &Section) -> Self {
        let units: Vec<Option<Unit>> = (0..grid.header.len()).map(|column| unit_of(grid, column)).collect();
        let mut columns: Vec<Column> = Vec::new();
        for (header, unit) in grid.header.iter().zip(&units) {
            let mut meaning = meaning(&header.text, *unit);
            // One label of each kind: in `Agent | Role`, the second is a remark.
            if matches!(meaning, Meaning::Agent | Meaning::Model | Meaning::Phase | Meaning::Profile)
                && columns.iter().any(|column| column.meaning == meaning)
            {
                meaning = Meaning::Other;
            }
            columns.push(Column { meaning, title: header.text.clone() });
        }
        settle(&mut columns, &units, section);
        let kind = kind(&columns);
        let rows = grid.rows.iter().filter_map(|cells| typed_row(cells, &columns)).collect();
        Self { kind, columns, rows, span: grid.span }
    }
}

/// True for cells that say nothing.
pub fn is_blank(text: &str) -> bool {
    matches!(text.trim(), "" | "-" | "--" | "–" | "—" | "n/a" | "N/A" | "TBD" | "?" | "none" | "None")
}

/// What most of the figures of a column count; `None` for a column of words.
fn unit_of(grid: &Grid, column: usize) -> Option<Unit> {
    let mut counts = [0_usize; 5];
    let mut words = 0;
    let title = grid.header.get(column).map_or("", |header| header.text.as_str());
    for cell in grid.rows.iter().filter_map(|row| row.get(column)) {
        match cell_figure(&cell.text, title).map(|figure| figure.unit) {
            Some(unit) => {
                if let Some(count) = counts.get_mut(unit as usize) {
                    *count += 1;
                }
            }
            None if is_blank(&cell.text) || numbers::is_included(&cell.text) => {}
            None if cell.text.eq_ignore_ascii_case("baseline") => {}
            None => words += 1,
        }
    }
    let all = [Unit::Tokens, Unit::Dollars, Unit::Percent, Unit::Factor, Unit::Count];
    let most = all.into_iter().max_by_key(|unit| counts.get(*unit as usize).copied().unwrap_or(0))?;
    let count = counts.get(most as usize).copied().unwrap_or(0);
    // Free `$0` among amounts, or `0` among `12K`, do not change what a column is.
    (count > 0 && counts.iter().sum::<usize>() > words).then_some(most)
}

pub(super) fn title_words(title: &str) -> Vec<String> {
    title
        .to_lowercase()
        .split(|c: char| !(c.is_alphanumeric() || c == '$' || c == '#'))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Words beside which a column of tokens still counts all tokens of a row.
const PLAIN: &[&str] = &[
    "est",
    "estimated",
    "approx",
    "total",
    "totals",
    "tokens",
    "token",
    "budget",
    "budgeted",
    "usage",
    "used",
    "use",
    "max",
    "limit",
    "allocation",
    "allotment",
    "expected",
    "avg",
    "average",
    "planned",
    "all",
    "in",
    "count",
    "k",
    "m",
    "sum",
    "hour",
    "per",
    "run",
    "session",
    "of",
    "number",
    "#",
    "projected",
    "volume",
    "spend",
    "consumption",
    "typical",
    "overall",
    "combined",
    "thousands",
    "default",
];

#[expect(
    clippy::too_many_lines,
    clippy::match_same_arms,
    reason = "one line for each meaning reads as a table"
)]
fn meaning(title: &str, unit: Option<Unit>) -> Meaning {
    let words = title_words(title);
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    let input = has(&["input", "in", "prompt", "inputs", "reading", "read"]) && !has(&["thousands"]);
    let output = has(&["output", "out", "completion", "generated", "outputs", "generation", "written"]);
    let difference = has(&[
        "vs",
        "versus",
        "savings",
        "saving",
        "saved",
        "relative",
        "delta",
        "change",
        "difference",
        "compared",
        "impact",
        "additional",
        "extra",
        "against",
    ]);
    match unit {
        Some(Unit::Factor) => Meaning::Multiplier,
        Some(Unit::Percent) if difference || has(&["default", "baseline"]) => Meaning::Versus,
        Some(Unit::Dollars) if difference => Meaning::Versus,
        Some(Unit::Dollars) if has(&["blended", "effective"]) && has(&["rate", "price", "blended"]) => {
            Meaning::Blended
        }
        // Prices of batches and of the cache are others than those of input and output.
        Some(Unit::Dollars)
            if (input || output)
                && has(&[
                    "batch", "batches", "batched", "cache", "cached", "caching", "read", "reads", "write",
                    "writes",
                ]) =>
        {
            Meaning::Other
        }
        Some(Unit::Dollars) if input && !output => Meaning::InputPrice,
        Some(Unit::Dollars) if output && !input => Meaning::OutputPrice,
        Some(Unit::Dollars) if has(&["annual", "annually", "year", "yearly"]) => Meaning::Yearly,
        // Neither a month nor one run: a year has no whole number of runs a month from it.
        Some(Unit::Dollars) if has(&["weekly", "week", "weeks"]) && !has(&["month", "monthly"]) => {
            Meaning::Weekly
        }
        Some(Unit::Dollars) if has(&["month", "monthly"]) => {
            let times = numbers::figures(title).into_iter().find(|found| found.figure.unit == Unit::Count);
            let times = times.and_then(|found| found.figure.text.trim().parse().ok());
            times.map_or(Meaning::Times(0), Meaning::Times)
        }
        Some(Unit::Dollars)
            if has(&[
                "cost", "costs", "price", "spend", "usd", "$", "amount", "expense", "total", "budget", "per",
                "fee", "dollars", "est", "each",
            ]) && !has(&["human", "consultant", "freelance"]) =>
        {
            Meaning::Cost
        }
        Some(Unit::Tokens | Unit::Count) if difference => Meaning::Versus,
        Some(Unit::Tokens | Unit::Count)
            if input && !output && (has(&["tokens", "token"]) || unit == Some(Unit::Tokens)) =>
        {
            Meaning::Input
        }
        Some(Unit::Tokens | Unit::Count)
            if output && !input && (has(&["tokens", "token"]) || unit == Some(Unit::Tokens)) =>
        {
            Meaning::Output
        }
        Some(Unit::Tokens | Unit::Count)
            if (has(&["tokens", "token"]) || unit == Some(Unit::Tokens))
                && words.iter().all(|word| PLAIN.contains(&word.as_str())) =>
        {
            Meaning::Tokens
        }
        Some(Unit::Count) if !models::mentions(title).is_empty() => {
            Meaning::AgentsOn(models::mentions(title).remove(0))
        }
        Some(Unit::Count)
            if has(&[
                "agents",
                "agent",
                "active",
                "parallel",
                "concurrency",
                "headcount",
                "workers",
                "members",
            ]) =>
        {
            Meaning::Active
        }
        Some(_) => Meaning::Other,
        None if has(&[
            "agent",
            "agents",
            "specialist",
            "member",
            "persona",
            "worker",
            "bot",
            "role",
            "subagent",
        ]) =>
        {
            Meaning::Agent
        }
        None if has(&["model", "llm", "models", "engine"]) => Meaning::Model,
        None if has(&["phase", "phases", "stage", "step", "stages"]) => Meaning::Phase,
        None if has(&[
            "configuration",
            "config",
            "profile",
            "tier",
            "preset",
            "mode",
            "setup",
            "variant",
            "edition",
        ]) =>
        {
            Meaning::Profile
        }
        None if has(&["name", "who", "assignee"]) => Meaning::Agent,
        None => Meaning::Other,
    }
}

/// What single columns cannot tell: a matrix of phases and configurations, prices beside models, a count of agents
/// beside phases that is written as names.
fn settle(columns: &mut [Column], units: &[Option<Unit>], section: &Section) {
    let has = |columns: &[Column], meaning: &Meaning| columns.iter().any(|column| column.meaning == *meaning);
    let is_phase = has(columns, &Meaning::Phase);
    if is_phase && has(columns, &Meaning::Agent) {
        // `Phase | Agents | Tokens`: who is at work, not one agent a row, when the title has the plural.
        for column in columns.iter_mut().filter(|column| column.meaning == Meaning::Agent) {
            if title_words(&column.title).iter().any(|word| word == "agents") {
                column.meaning = Meaning::Active;
            }
        }
    }
    let prices = has(columns, &Meaning::Model) && !has(columns, &Meaning::Agent) && !is_phase;
    for column in columns.iter_mut() {
        match &column.meaning {
            // Dollars below `Input` are a price only in a list of models.
            Meaning::InputPrice | Meaning::OutputPrice | Meaning::Blended if !prices => {
                column.meaning = Meaning::Other
            }
            Meaning::Times(0) => {
                let per_month = section.titles().find_map(|title| {
                    let monthly = title.to_lowercase().contains("month");
                    numbers::figures(title).into_iter().find(|f| monthly && f.figure.unit == Unit::Count)
                });
                if let Some(times) = per_month.and_then(|found| found.figure.text.parse().ok()) {
                    column.meaning = Meaning::Times(times);
                }
            }
            _ => {}
        }
    }
    let under = columns
        .iter()
        .zip(units)
        .filter(|(column, unit)| {
            **unit == Some(Unit::Dollars)
                && (column.meaning == Meaning::Other || is_profile_title(&column.title))
        })
        .count();
    if is_phase && under >= 2 {
        for (column, unit) in columns.iter_mut().zip(units) {
            if *unit == Some(Unit::Dollars) {
                column.meaning = Meaning::CostUnder(column.title.clone());
            }
        }
    }
}

fn is_profile_title(title: &str) -> bool {
    matches!(
        title.trim().to_lowercase().as_str(),
        "budget" | "default" | "premium" | "standard" | "economy" | "balanced" | "maximum" | "lite" | "pro"
    )
}

fn kind(columns: &[Column]) -> Kind {
    let has = |wanted: &[Meaning]| columns.iter().any(|column| wanted.contains(&column.meaning));
    let figures = [Meaning::Input, Meaning::Output, Meaning::Tokens, Meaning::Cost];
    let counts = columns.iter().any(|column| matches!(column.meaning, Meaning::AgentsOn(_)));
    let times = columns.iter().any(|column| matches!(column.meaning, Meaning::Times(_) | Meaning::Yearly));
    if has(&[Meaning::InputPrice]) && has(&[Meaning::OutputPrice]) {
        Kind::Prices
    } else if columns.iter().any(|column| matches!(column.meaning, Meaning::CostUnder(_))) {
        Kind::Matrix
    } else if has(&[Meaning::Multiplier]) && has(&[Meaning::Tokens, Meaning::Cost]) {
        Kind::Multiples
    } else if times && has(&[Meaning::Cost]) {
        Kind::Volumes
    } else if has(&[Meaning::Agent]) && (has(&figures) || has(&[Meaning::Model])) {
        Kind::Agents
    } else if has(&[Meaning::Phase]) && (has(&figures) || has(&[Meaning::Active])) {
        Kind::Phases
    } else if has(&[Meaning::Profile]) && (has(&figures) || counts) {
        Kind::Profiles
    } else {
        Kind::Other
    }
}

fn typed_row(cells: &[Line], columns: &[Column]) -> Option<TypedRow> {
    let labels = [Meaning::Agent, Meaning::Phase, Meaning::Profile, Meaning::Model];
    let of_column = |wanted: &Meaning| {
        let column = columns.iter().position(|column| column.meaning == *wanted)?;
        cells.get(column).filter(|cell| !is_blank(&cell.text))
    };
    let written = || cells.iter().filter(|cell| !is_blank(&cell.text));
    let words = || written().find(|cell| numbers::figure(&cell.text).is_none());
    let first = columns
        .first()
        .is_some_and(|column| column.meaning == Meaning::Phase)
        .then(|| cells.first())
        .flatten();
    // Only the cell that says what a row is about makes a total of it, not a remark further on; and what runs on a
    // model is an agent, whatever it is called.
    let runs = of_column(&Meaning::Model).is_some_and(|model| {
        kind_of_row(&model.text) == Row::Item
            && !matches!(model.text.trim(), "all" | "All" | "mixed" | "Mixed")
    });
    let special = [Meaning::Agent, Meaning::Phase, Meaning::Profile]
        .iter()
        .filter_map(of_column)
        .chain(words())
        .find(|cell| !runs && kind_of_row(&cell.text) != Row::Item);
    let label = special
        .or_else(|| first.filter(|cell| !is_blank(&cell.text)))
        .or_else(|| labels.iter().find_map(of_column))
        .or_else(words)
        .or_else(|| written().next())?
        .clone();
    let row = special.map_or(Row::Item, |cell| kind_of_row(&cell.text));
    let cells = cells
        .iter()
        .zip(columns)
        .map(|(line, column)| Cell { line: line.clone(), figure: figure(&line.text, column) })
        .collect();
    Some(TypedRow { row, label, cells })
}

/// The figure of a cell. Below a title that says tokens, `10m` is ten million and not ten minutes.
fn cell_figure(text: &str, title: &str) -> Option<Figure> {
    numbers::figure(text).or_else(|| {
        let counts = title_words(title).iter().any(|word| matches!(word.as_str(), "token" | "tokens"));
        let ends = text.trim_end().ends_with('m');
        (counts && ends).then(|| numbers::figure(&text.to_uppercase())).flatten()
    })
}

/// The figure of a cell in the unit of its column.
fn figure(text: &str, column: &Column) -> Option<Figure> {
    let figure = cell_figure(text, &column.title)?;
    let title = column.title.to_lowercase();
    let tokens = matches!(column.meaning, Meaning::Input | Meaning::Output | Meaning::Tokens);
    match (figure.unit, tokens) {
        (Unit::Count, true) => {
            // `Tokens (K)`: the thousands stand in the title.
            let scale = if title.contains("(k)") || title.contains("thousand") || title.contains("(k ") {
                Decimal::ONE_THOUSAND
            } else if title.contains("(m)") || title.contains("million") {
                Decimal::from(1_000_000)
            } else {
                Decimal::ONE
            };
            Some(figure.scaled(scale, Unit::Tokens))
        }
        (Unit::Tokens, true) | (_, false) => Some(figure),
        _ => None,
    }
}

#[cfg(test)]
#[path = "tables_tests.rs"]
mod tests;
