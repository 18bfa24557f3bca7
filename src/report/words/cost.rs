//! What a change costs, in words. What is unknown is said to be unknown, never left out or shown as zero.

use super::money::{cents_that_add_up, digits_of, plus, shown_difference, usd_change, usd_difference};
use super::percent;
use crate::base::text::{plural, signed, thousands};
use crate::base::{RepoPath, Usd, Verdict};
use crate::report::cost::{
    AgentReport, AssumptionReport, BudgetReport, CauseReport, CostReport, EnvironmentReport, UsdPair,
    UsdRange, WorkflowReport,
};
use crate::report::{ClientLoad, PricePair, RunReport};

/// What the change costs, in one sentence without a full stop: the workflows when they are known, otherwise
/// what the client it concerns most reads; `None` when nothing was weighed.
pub fn sentence(report: &RunReport) -> Option<String> {
    report.cost.as_ref().map(headline).or_else(|| always_loaded(&report.always_loaded))
}

/// `$1,733 → $2,045 per month (+$312, +18 %); nine months of ten below $2,390`.
pub fn headline(cost: &CostReport) -> String {
    let coverage = &cost.coverage;
    if coverage.total > 0 && coverage.priced == 0 {
        return format!("The cost is unknown: {}", no_price(cost));
    }
    let amounts = usd_change(cost.per_month, true);
    let amounts = match amounts.split_once(" (") {
        Some((amounts, change)) => format!("{amounts} per month ({change}"),
        None => format!("{amounts} per month"),
    };
    let range = cost.month_range.map(|range| format!("; nine months of ten below {}", range.p90));
    let without = coverage.total.saturating_sub(coverage.priced);
    let without = (without > 0).then(|| {
        let what = plural(usize::try_from(without).unwrap_or(usize::MAX), "agent", "agents");
        format!("; {what} without a price not included")
    });
    format!("{amounts}{}{}", range.unwrap_or_default(), without.unwrap_or_default())
}

/// `34 of 36 agents priced; no price for X`, `all 36 agents priced`, `no agents found`.
pub fn coverage(cost: &CostReport) -> String {
    let (priced, total) = (cost.coverage.priced, cost.coverage.total);
    match total {
        0 => "no agents found in any workflow".to_owned(),
        1 if priced == 1 => "the one agent is priced".to_owned(),
        _ if priced >= total => format!("all {} agents priced", thousands(total)),
        _ => format!("{} of {} agents priced; {}", thousands(priced), thousands(total), no_price(cost)),
    }
}

fn no_price(cost: &CostReport) -> String {
    /// More would hide the sentence.
    const NAMED: usize = 5;
    let all = &cost.coverage.unpriced;
    let mut named: Vec<String> = all.iter().take(NAMED).cloned().collect();
    if all.len() > NAMED {
        named.push(plural(all.len() - NAMED, "other model", "other models"));
    }
    let named: Vec<&str> = named.iter().map(String::as_str).collect();
    if named.is_empty() {
        "no price is known for the rest".to_owned()
    } else {
        format!("no price for {}", super::list(&named))
    }
}

/// Why head costs more or less, in amounts that add up to [`Causes::total`] as they are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Causes {
    /// `+$312.03`.
    pub total: String,
    /// The first causes, largest first.
    pub shown: Vec<Because>,
    /// `3 more causes` and what they make together, when some are left out.
    pub rest: Option<(String, String)>,
}

/// One cause, its amount rounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Because {
    /// The file, when it is one.
    pub path: Option<RepoPath>,
    /// In words, without the amount.
    pub words: String,
    /// `+$161.25`.
    pub amount: String,
}

/// The largest `limit` causes; `None` without a difference or without causes.
pub fn causes(cost: &CostReport, limit: usize) -> Option<Causes> {
    let mut causes: Vec<&CauseReport> = cost.causes.iter().collect();
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.per_month.amount().abs()));
    let (total, digits) = total_of_causes(cost)?;
    let parts: Vec<_> = causes.iter().map(|cause| cause.per_month).collect();
    let rounded = cents_that_add_up(&parts, total, digits);
    let amount = |amount: Usd, exact: Usd| {
        if amount == Usd::ZERO && exact != amount {
            format!("{}under {}", if exact > amount { "+" } else { "-" }, unit(digits))
        } else {
            plus(amount, digits)
        }
    };
    let all: Vec<(Because, Usd)> = causes
        .iter()
        .zip(rounded)
        .map(|(cause, rounded)| {
            let text = amount(rounded, cause.per_month);
            (Because { path: cause.path.clone(), words: cause.words.clone(), amount: text }, rounded)
        })
        .collect();
    let left = all.get(limit..).unwrap_or_default();
    let sum = left.iter().try_fold(Usd::ZERO, |sum, (_, part)| sum.checked_add(*part))?;
    let rest =
        (!left.is_empty()).then(|| (plural(left.len(), "more cause", "more causes"), plus(sum, digits)));
    Some(Causes {
        total: plus(total, digits),
        rest,
        shown: all.into_iter().take(limit).map(|(because, _)| because).collect(),
    })
}

/// The difference as it is shown above its causes, which are given to the cent at least.
fn total_of_causes(cost: &CostReport) -> Option<(Usd, u32)> {
    cost.per_month.difference()?;
    if cost.causes.is_empty() {
        return None;
    }
    let digits = digits_of(cost.per_month).max(2);
    // A difference that was shown in whole dollars has a total in cents; any other one keeps its figure.
    let total = if digits == digits_of(cost.per_month) {
        shown_difference(cost.per_month)?
    } else {
        let pair = cost.per_month;
        pair.head.round(digits).checked_sub(pair.base?.round(digits))?
    };
    Some((total, digits))
}

fn unit(digits: u32) -> String {
    if digits == 2 {
        "a cent".to_owned()
    } else {
        Usd::new(rust_decimal::Decimal::new(1, digits)).with_digits(digits)
    }
}

/// What the prices that the change proposes would add: not in the other figures, which share one price book.
pub fn price_change(cost: &CostReport) -> Option<String> {
    let by = cost.price_change.filter(|by| *by != Usd::ZERO)?;
    let by = plus(by, by.digits().max(2));
    Some(format!(
        "The prices that this change proposes would make head {by} per month; the figures here are all under the \
         prices in force"
    ))
}

/// `between +$270.10 and +$360.40 in eight months of ten`: what the difference may be.
pub fn difference_range(range: UsdRange) -> String {
    let signed = |amount: Usd| plus(amount, amount.digits());
    format!("between {} and {} in eight months of ten", signed(range.p10), signed(range.p90))
}

/// How many agents of head have no price.
pub fn unpriced(workflow: &WorkflowReport) -> usize {
    workflow.agents.iter().filter(|agent| agent.state != "removed" && agent.per_run.is_none()).count()
}

/// An amount of a workflow: `$0.1424 → $0.1570`, with what has no price; `unknown` when nothing has one.
pub fn amount_of(workflow: &WorkflowReport, pair: UsdPair) -> String {
    let without = unpriced(workflow);
    let priced = workflow.agents.iter().any(|agent| agent.per_run.is_some());
    if without > 0 && !priced {
        return "unknown".to_owned();
    }
    let digits = digits_of(pair);
    let amounts = match workflow.state.as_str() {
        "added" => pair.head.to_string(),
        "removed" => pair.base.map_or_else(|| "unknown".to_owned(), |base| base.with_digits(digits)),
        _ => super::money::usd_from_to(pair),
    };
    if without > 0 { format!("{amounts} + unknown") } else { amounts }
}

/// What changes in a month: `+$312 (+18 %)`, `new`, `gone`, `unchanged`; empty without a base.
pub fn change_of(workflow: &WorkflowReport, pair: UsdPair) -> String {
    let known = workflow.agents.is_empty() || workflow.agents.iter().any(|agent| agent.per_run.is_some());
    let difference = || usd_difference(pair).filter(|_| known);
    let rest = if unpriced(workflow) > 0 { " + unknown" } else { "" };
    match workflow.state.as_str() {
        "added" => difference().map_or_else(|| "new".to_owned(), |by| format!("new: {by}{rest}")),
        "removed" => difference().map_or_else(|| "gone".to_owned(), |by| format!("gone: {by}")),
        _ if pair.base.is_none() => String::new(),
        _ if !known => "unknown".to_owned(),
        _ => {
            let by = difference().unwrap_or_default();
            let by = super::money::usd_percent(pair)
                .map_or_else(|| by.clone(), |percent| format!("{by} ({percent})"));
            format!("{by}{rest}")
        }
    }
}

/// What an agent costs in one run: `$0.0412 → $0.0298 (-$0.0114)`, `new: $0.0090`, `unknown`.
pub fn agent_cost(agent: &AgentReport) -> String {
    let Some(pair) = agent.per_run else { return "unknown".to_owned() };
    match (agent.state.as_str(), pair.base) {
        ("added", _) => format!("new: {}", pair.head),
        ("removed", Some(base)) => format!("gone: {base} before"),
        _ => usd_change(pair, false),
    }
}

/// A range: `$1,610 to $2,390, half below $1,980`.
pub fn range(range: UsdRange) -> String {
    let digits = range.p50.digits().min(range.p10.digits());
    let text = |amount: Usd| amount.with_digits(digits);
    format!("{} to {}, half below {}", text(range.p10), text(range.p90), text(range.p50))
}

/// Both ends of an assumption: `$1,610 to $2,390 per month`; `None` when it was not varied.
pub fn ends(assumption: &AssumptionReport) -> Option<String> {
    let ends = assumption.effect?;
    let pair = UsdPair { base: Some(ends.low), head: ends.high };
    let digits = digits_of(pair);
    Some(if ends.low == ends.high {
        format!("{} per month either way", ends.low)
    } else {
        format!("{} to {} per month", ends.low.with_digits(digits), ends.high.with_digits(digits))
    })
}

/// The budgets worth a row: nearly used up, exceeded, unknown, or changed by this change; and how many others.
pub fn budgets(cost: &CostReport) -> (Vec<&BudgetReport>, usize) {
    let shown: Vec<&BudgetReport> = cost
        .budgets
        .iter()
        .filter(|budget| {
            let changed = budget.used_by_base.as_ref().is_some_and(|base| *base != budget.used);
            budget.level != "under 70 %" || changed
        })
        .collect();
    let others = cost.budgets.len() - shown.len();
    (shown, others)
}

/// `$1,733 → $2,045`, `$2,045`: what of a budget is used.
pub fn budget_used(budget: &BudgetReport) -> String {
    match &budget.used_by_base {
        Some(base) if *base != budget.used => format!("{base} → {}", budget.used),
        _ => budget.used.clone(),
    }
}

/// What clients read on every call, each with its tokens: `always loaded: Claude Code ~7,510 tokens (+1,985),
/// Codex 5,512 tokens (unchanged)`. A model without a price is named before that and hides nothing.
pub fn always_loaded_line(loads: &[ClientLoad]) -> String {
    let lines: Vec<String> = loads
        .iter()
        .map(|load| {
            let tokens = match load.base {
                None => String::new(),
                Some(base) if base.tokens == load.head.tokens => " (unchanged)".to_owned(),
                Some(base) => format!(" ({})", signed(super::difference(load.head.tokens, base.tokens))),
            };
            format!("{} {} tokens{tokens}", load.client.title(), load.head)
        })
        .collect();
    let unpriced: std::collections::BTreeSet<&str> =
        loads.iter().filter(|load| load.fresh_per_1000.is_none()).map(|load| load.model.as_str()).collect();
    let unpriced: Vec<&str> = unpriced.into_iter().collect();
    let no_price = if unpriced.is_empty() {
        String::new()
    } else {
        format!("no price is known for {}; ", super::list(&unpriced))
    };
    format!("{no_price}always loaded: {}", lines.join(", "))
}

/// What the client it concerns most reads on every call, and what that costs.
fn always_loaded(loads: &[ClientLoad]) -> Option<String> {
    let size = |load: &ClientLoad| match load.base {
        Some(base) => load.head.tokens.abs_diff(base.tokens),
        None => load.head.tokens,
    };
    let load = loads.iter().rev().max_by_key(|load| size(load))?;
    let client = load.client.title();
    let prices = prices(load).unwrap_or_else(|| {
        // Another client's price is better than none.
        let other = loads.iter().rev().filter(|load| prices(load).is_some()).max_by_key(|load| size(load));
        let other = other.and_then(|load| Some(format!("; {}: {}", load.client.title(), prices(load)?)));
        format!("the price is unknown{}", other.unwrap_or_default())
    });
    let same_price = |pair: Option<PricePair>| pair.is_none_or(|pair| pair.base == Some(pair.head));
    let same_price = same_price(load.fresh_per_1000) && same_price(load.cached_per_1000);
    Some(match load.base {
        None => format!("{client} reads {} tokens on every call: {prices}", load.head),
        Some(_) if size(load) == 0 && same_price => {
            "What clients read on every call stays the same".to_owned()
        }
        Some(_) if size(load) == 0 => {
            format!("{client} reads the same on every call at another price: {prices}")
        }
        Some(base) => {
            let mark = if load.head.mark().is_empty() { base.mark() } else { load.head.mark() };
            let more = if load.head.tokens > base.tokens { "more" } else { "fewer" };
            let percent =
                percent(load.head.tokens, base.tokens).map(|p| format!(" ({p})")).unwrap_or_default();
            format!(
                "{client} reads {mark}{} tokens {more} on every call{percent}: {prices}",
                thousands(size(load))
            )
        }
    })
}

/// `+$5.95 uncached or +$0.59 cached per 1,000 calls`; `None` when there is no price.
fn prices(load: &ClientLoad) -> Option<String> {
    let price = |pair: Option<PricePair>, how: &str| {
        let pair = UsdPair::from(pair?);
        Some(format!("{} {how}", usd_difference(pair).unwrap_or_else(|| pair.head.to_string())))
    };
    let known: Vec<String> = [price(load.fresh_per_1000, "uncached"), price(load.cached_per_1000, "cached")]
        .into_iter()
        .flatten()
        .collect();
    (!known.is_empty()).then(|| format!("{} per 1,000 calls", known.join(" or ")))
}

/// What the budget of an environment says: `within budget`, `over budget`, `no budget`.
pub const fn environment_result(environment: &EnvironmentReport) -> &'static str {
    match (environment.budget_per_month, environment.verdict) {
        (None, _) => "no budget",
        (Some(_), Verdict::Pass | Verdict::Skip) => "within budget",
        (Some(_), Verdict::Warn) => "within budget, less what has no price",
        (Some(_), Verdict::NeedsApproval | Verdict::Block) => "over budget",
        (Some(_), Verdict::Error) => "could not be checked",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use rust_decimal::Decimal;

    #[test]
    fn the_headline_in_every_state() {
        let mut cost = sample::cost::cost();
        assert_eq!(
            headline(&cost),
            "$1,733 → $2,045 per month (+$312, +18 %); nine months of ten below $2,390; 1 agent without a price \
             not included"
        );
        cost.coverage = crate::report::cost::Coverage { priced: 6, total: 6, ..Default::default() };
        cost.month_range = None;
        cost.per_month.base = Some(cost.per_month.head);
        assert_eq!(headline(&cost), "$2,045 per month (unchanged)");
        cost.per_month.base = None;
        assert_eq!(headline(&cost), "$2,045 per month");
        assert_eq!(coverage(&cost), "all 6 agents priced");
        cost.coverage.priced = 0;
        cost.coverage.unpriced = (1..9).map(|at| format!("m{at}")).collect();
        assert_eq!(
            headline(&cost),
            "The cost is unknown: no price for m1, m2, m3, m4, m5 and 3 other models"
        );
    }

    #[test]
    fn causes_add_up_as_they_are_shown() {
        let cost = sample::cost::cost();
        for limit in 0..7 {
            let causes = causes(&cost, limit).expect("a difference");
            let amounts =
                causes.shown.iter().map(|cause| &cause.amount).chain(causes.rest.iter().map(|(_, a)| a));
            let sum: Decimal = amounts
                .map(|amount| amount.replace(['$', '+', ','], "").parse::<Decimal>().expect("an amount"))
                .sum();
            assert_eq!((causes.total.as_str(), sum.to_string().as_str()), ("+$312.03", "312.03"));
        }
        let none = CostReport { causes: vec![], ..cost };
        assert_eq!(causes(&none, 5), None);
    }

    #[test]
    fn what_has_no_price_is_said() {
        let cost = sample::cost::cost();
        let texts: Vec<String> = cost
            .workflows
            .iter()
            .map(|w| format!("{}: {} | {}", w.name, amount_of(w, w.per_month), change_of(w, w.per_month)))
            .collect();
        assert_eq!(
            texts,
            [
                "support: $1,709 → $1,884 | +$175 (+10 %)",
                "research: $136.83 + unknown | new: +$136.83 + unknown",
                "docs: $24.30 | unchanged",
            ]
        );
        let mut gone = cost.workflows[1].clone();
        gone.agents.retain(|agent| agent.per_run.is_none());
        assert_eq!(
            (amount_of(&gone, gone.per_run).as_str(), agent_cost(&gone.agents[0]).as_str()),
            ("unknown", "unknown")
        );
    }

    #[test]
    fn a_model_without_a_price_hides_no_other_figure() {
        let mut report = sample::report();
        assert_eq!(
            always_loaded_line(&report.always_loaded),
            "always loaded: Claude Code ~7,510 tokens (+1,985), Codex 5,512 tokens (+1,512)"
        );
        report.always_loaded[1].base = Some(report.always_loaded[1].head);
        (report.always_loaded[0].fresh_per_1000, report.always_loaded[0].cached_per_1000) = (None, None);
        assert_eq!(
            always_loaded_line(&report.always_loaded),
            "no price is known for claude-sonnet-5; always loaded: Claude Code ~7,510 tokens (+1,985), Codex 5,512 tokens (unchanged)"
        );
        assert_eq!(
            sentence(&report).as_deref(),
            Some(
                "Claude Code reads ~1,985 tokens more on every call (+36 %): the price is unknown; Codex: +$1.89 \
                 uncached per 1,000 calls"
            )
        );
    }
}
