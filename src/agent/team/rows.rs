//! What a row is: one of what its table lists, or the sum of others.

use super::names;
use super::numbers::{self, Unit};
use super::tables::{Row, title_words};

/// Words that say of a row that it adds others up.
const SUMS: &[&str] = &["total", "totals", "subtotal", "subtotals", "sum", "overall"];
/// Words that say of a row that it is put on top.
const SPARE: &[&str] = &["buffer", "contingency", "overhead", "margin", "reserve", "headroom"];
/// Words beside them with which a label still names nothing of its own: `All agents, in total`, but not
/// `Total Quality Manager`.
const BESIDE_SUMS: &[&str] = &[
    "all",
    "in",
    "the",
    "of",
    "and",
    "a",
    "an",
    "or",
    "with",
    "without",
    "incl",
    "including",
    "plus",
    "effective",
    "grand",
    "phase",
    "phases",
    "stage",
    "stages",
    "step",
    "steps",
    "agent",
    "agents",
    "team",
    "est",
    "estimated",
    "estimate",
    "cost",
    "costs",
    "token",
    "tokens",
    "input",
    "output",
    "per",
    "run",
    "runs",
    "for",
    "whole",
    "combined",
    "project",
    "session",
    "expected",
    "projected",
    "budget",
    "default",
    "usd",
    "$",
    "workflow",
    "approx",
    "approximate",
    "approximately",
    "max",
    "maximum",
    "min",
    "minimum",
    "month",
    "monthly",
    "year",
    "yearly",
    "annual",
    "everything",
    "together",
    "safety",
    "recommended",
    "suggested",
    "base",
    "raw",
    "net",
    "pipeline",
    "usage",
    "retries",
    "k",
    "m",
];

/// What a label makes of its row.
pub(super) fn kind_of_row(label: &str) -> Row {
    let words = title_words(label);
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    let spare = has(SPARE);
    let sum = has(SUMS) && adds_up(label);
    let percent = numbers::figures(label).into_iter().find(|found| found.figure.unit == Unit::Percent);
    match percent {
        Some(found) if spare && !sum => Row::Buffer(found.figure.middle()),
        _ if sum && (has(&["effective", "with", "including", "incl"]) && (spare || has(&["effective"]))) => {
            Row::Effective
        }
        _ if sum => Row::Total,
        _ => Row::Item,
    }
}

/// True when a label says nothing but that its row is a sum, or of what: `Total`, `Subtotal Review`, `Total for tests`.
fn adds_up(label: &str) -> bool {
    // What stands in parentheses is a remark.
    let words = title_words(&names::clean(label));
    let plain = |word: &String| {
        SUMS.contains(&word.as_str())
            || SPARE.contains(&word.as_str())
            || BESIDE_SUMS.contains(&word.as_str())
            || word.starts_with(|c: char| c.is_ascii_digit() || c == '$' || c == '#')
    };
    let is = |at: usize, wanted: &[&str]| words.get(at).is_some_and(|word| wanted.contains(&word.as_str()));
    let ends = words.last().is_some_and(|word| matches!(word.as_str(), "total" | "totals"));
    words.iter().any(|word| SUMS.contains(&word.as_str()))
        && (words.iter().all(plain)
            || ends
            || words.iter().any(|word| word.starts_with("subtotal"))
            || is(0, &["total", "totals", "sum"]) && is(1, &["for", "of", "per", "across", "over"]))
}
