//! What a team declares, recomputed: every figure is confirmed, contradicted, or said to be beyond checking.
//!
//! A figure stands for all values that are written like it. It is contradicted only where what follows from other
//! figures cannot be written like it, so rounding is never reported.

mod costs;
mod ledger;
mod named;
mod phases;
mod profiles;
mod prose;
mod sums;

pub use ledger::{Claim, Computed, Group, Verdict};

use super::rates::Rates;
use crate::agent::team::Team;
use crate::base::{Finding, Severity};
use ledger::Ledger;

/// What a model charges, by its name as written; `None` when the book does not know it.
pub type Book<'a> = &'a dyn Fn(&str) -> Option<Rates>;

/// A sum that is not that of its parts.
pub const SUM: &str = "declared-sum-mismatch";
/// A cost that does not follow from tokens and model.
pub const COST: &str = "declared-cost-mismatch";
/// A price that the vendor no longer charges.
pub const PRICE: &str = "declared-price-outdated";
/// A number of agents, or agents of a phase, that two places give differently.
pub const AGENTS: &str = "declared-agents-mismatch";
/// A model that two places give differently.
pub const MODEL: &str = "declared-model-mismatch";

/// All of them.
pub const RULES: [&str; 5] = [SUM, COST, PRICE, AGENTS, MODEL];

/// Recomputes everything a team declares.
pub fn check(team: &Team, book: Book<'_>) -> Vec<Claim> {
    let mut ledger = Ledger::default();
    for placed in &team.tables {
        sums::check(team, placed, &mut ledger);
        costs::check(team, placed, book, &mut ledger);
        profiles::check(team, placed, &mut ledger);
    }
    phases::check(team, &mut ledger);
    profiles::check_stated(team, &mut ledger);
    costs::check_prices(team, book, &mut ledger);
    named::check(team, &mut ledger);
    prose::check(team, &mut ledger);
    ledger.finish()
}

/// What is contradicted, as findings: one for each wrong figure, and one for what is wrong together.
pub fn findings(claims: &[Claim]) -> Vec<Finding> {
    let mut groups: Vec<Vec<&Claim>> = Vec::new();
    for claim in claims.iter().filter(|claim| claim.verdict == Verdict::Contradicted) {
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| together(first, claim))) {
            Some(group) => group.push(claim),
            None => groups.push(vec![claim]),
        }
    }
    let mut found: Vec<Finding> = groups
        .iter()
        .filter_map(|group| {
            let (first, others) = group.split_first()?;
            let message = first.sentence() + &rest(first, others);
            Some(
                Finding::new(first.rule, Severity::Warning, first.place.clone(), message)
                    .with_help(help(first.rule)),
            )
        })
        .collect();
    found.sort_by(|one, other| one.sort_key().cmp(&other.sort_key()));
    found
}

/// True when one finding speaks for both.
fn together(one: &Claim, other: &Claim) -> bool {
    if one.rule != other.rule {
        return false;
    }
    let near = one.place.path == other.place.path;
    // Two figures of one line are two subjects.
    one.place == other.place && one.declared == other.declared
        || one.group == other.group
            && match &one.group {
                Group::Figure => false,
                Group::Row => near && one.place.line() == other.place.line(),
                Group::Alike(_) => one.declared == other.declared && one.computed == other.computed,
                Group::Table(_) => near,
            }
}

/// What a finding says of the claims it speaks for besides the first.
fn rest(first: &Claim, others: &[&Claim]) -> String {
    if others.is_empty() {
        return String::new();
    }
    let mut parts: Vec<String> = Vec::new();
    let mut places: Vec<String> = Vec::new();
    for other in others {
        match (&other.group, &other.computed) {
            (_, Some(computed)) if other.place == first.place && other.declared == first.declared => {
                parts.push(computed.text.clone());
            }
            (Group::Row, Some(computed)) => {
                parts.push(format!("{}: {}, {}", other.name(), other.declared, computed.text))
            }
            _ if other.place.path == first.place.path => places.push(format!("line {}", other.place.line())),
            _ => places.push(format!("{}:{}", other.place.path.name(), other.place.line())),
        }
    }
    places.dedup();
    let hidden = places.len().saturating_sub(6);
    places.truncate(6);
    if hidden > 0 {
        places.push(format!("{hidden} more"));
    }
    if !places.is_empty() {
        let same =
            if matches!(first.group, Group::Table(_)) { "more of the table is off" } else { "likewise" };
        parts.push(format!("{same}: {}", places.join(", ")));
    }
    format!("; {}", parts.join("; "))
}

fn help(rule: &str) -> &'static str {
    match rule {
        COST => "recompute the cost from the tokens and the model's rates for input and output",
        PRICE => "take the price from the vendor's list, and the costs that rest on it with it",
        AGENTS => "make the list of agents, the phases and the numbers agree",
        MODEL => "name the same model in both places",
        _ => "correct the figure, or those it is made of",
    }
}

#[cfg(test)]
mod tests;
