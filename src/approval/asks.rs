//! What asks for a signature: rules, budgets, changes of the gate itself, models without a price.

use super::command::dollars;
use super::facts::{Amounts, Exceeded, Facts};
use super::reason::bounded;
use crate::base::text::plural;
use crate::config::approval::{ApprovalPolicy, Role, Rule, Signers, Terms, is_name, lower};
use crate::config::cost::RawJudge;
use jiff::SignedDuration;
use rust_decimal::{Decimal, RoundingStrategy};

/// Names that are shown of a long list.
const SHOWN: usize = 5;

/// Something that asks for a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// What asks: the name of a rule, `budget: cost per month`, `policy` or `unpriced`.
    pub rule: String,
    /// Why, for people.
    pub why: String,
    /// Who may sign.
    pub by: Signers,
    /// How many different people have to.
    pub count: u32,
    /// Where it is written; empty where it is not.
    pub place: String,
    /// How long a signature holds.
    pub valid_for: SignedDuration,
    /// Whether a signature for an earlier commit counts while everything is the same.
    pub keep_when_unchanged: bool,
    /// Whether a signature has to name the amount.
    pub amount_needed: bool,
    /// What is held against it.
    pub judge: RawJudge,
}

impl Ask {
    /// For people: who has to sign, and why.
    pub fn words(&self) -> String {
        let who = if self.count == 1 {
            self.by.to_string()
        } else {
            format!("{} different people, each {}", self.count, self.by)
        };
        format!("{}: {} To sign: {}.", self.rule, self.why, bounded(&who))
    }

    fn new(rule: &str, why: String, place: &str, terms: &Terms, judge: RawJudge) -> Self {
        Self {
            rule: rule.to_owned(),
            why,
            by: terms.by.clone(),
            count: terms.count,
            place: place.to_owned(),
            valid_for: terms.valid_for,
            keep_when_unchanged: terms.keep_when_unchanged,
            amount_needed: terms.amount_needed,
            judge,
        }
    }
}

/// Everything that asks, and notes about what does not.
pub(super) fn asks(policy: &ApprovalPolicy, facts: &Facts) -> (Vec<Ask>, Vec<String>) {
    let mut found = Vec::new();
    let mut notes = Vec::new();
    for rule in &policy.rules {
        let judged = judged(facts, rule.judge);
        let (over, before) = exceeded(rule, judged);
        if over.is_empty() {
            notes.extend(before.into_iter().map(|what| {
                format!("{}: {what}, as in base, and the change does not make it worse.", rule.name)
            }));
        } else {
            let why = sentence(&over.join("; "));
            found.push(Ask::new(&rule.name, why, &rule.place, &rule.terms, rule.judge));
        }
    }
    for budget in &facts.exceeded {
        found.push(of_budget(policy, budget));
    }
    if !facts.policy_changes.is_empty() {
        let why = sentence(&format!("the change touches the gate itself: {}", list(&facts.policy_changes)));
        found.push(Ask::new("policy", why, &policy.place, &policy.policy, policy.judge));
    }
    if !facts.complete {
        let why = if facts.unpriced.is_empty() {
            "not everything has a price, so the amount is only what is known.".to_owned()
        } else {
            sentence(&format!("no price is known for {}; the amount leaves it out", list(&facts.unpriced)))
        };
        // What has no price today can have any tomorrow: a signature for an earlier commit says nothing about it.
        let terms = Terms { keep_when_unchanged: false, ..policy.terms.clone() };
        found.push(Ask::new("unpriced", why, &policy.place, &terms, policy.judge));
    }
    (found, notes)
}

/// The amount that has to be signed: what a month of head costs, rounded up to the cent. It is what nine of ten stay
/// below when anything that asks judges by that.
pub(super) fn amount(asks: &[Ask], facts: &Facts) -> Decimal {
    let p90 = asks.iter().any(|ask| ask.judge == RawJudge::P90);
    let expected = facts.expected.total_per_month;
    let total = if p90 { expected.max(facts.p90.total_per_month) } else { expected };
    let mut cents = total.max(Decimal::ZERO).round_dp_with_strategy(2, RoundingStrategy::AwayFromZero);
    if cents.scale() < 2 {
        cents.rescale(2);
    }
    cents
}

const fn judged(facts: &Facts, judge: RawJudge) -> &Amounts {
    match judge {
        RawJudge::Expected => &facts.expected,
        RawJudge::P90 => &facts.p90,
    }
}

/// Which thresholds are exceeded, in words; and which totals are, where base exceeds them too and head is not worse.
fn exceeded(rule: &Rule, amounts: &Amounts) -> (Vec<String>, Vec<String>) {
    let mut over = Vec::new();
    let mut before = Vec::new();
    let (when, month, run) = (&rule.when, amounts.total_per_month, amounts.total_per_run);
    for (what, total, increase, most, most_increase) in [
        ("a month", month, amounts.increase_per_month, when.total_per_month, when.increase_per_month),
        ("a run", run, amounts.increase_per_run, when.total_per_run, when.increase_per_run),
    ] {
        if let Some(most) = most.filter(|most| total > *most) {
            let said = format!("{} {what} is more than {}", money(total), money(most));
            // Not worse than a base that exceeded it as well: with no increase, base cost at least as much.
            let worse = increase.is_none_or(|increase| increase > Decimal::ZERO);
            if worse { over.push(said) } else { before.push(said) }
        }
        // Of an unknown base everything is an increase.
        let increase = increase.unwrap_or(total);
        if let Some(most) = most_increase.filter(|most| increase > *most) {
            over.push(format!("the increase of {} {what} is more than {}", money(increase), money(most)));
        }
    }
    if let Some(most) = when.increase_percent {
        let increase = amounts.increase_per_month.unwrap_or(month);
        match amounts.increase_percent {
            Some(percent) if percent > most => {
                over.push(format!(
                    "the increase of {} % is more than {most} %",
                    percent.round_dp(1).normalize()
                ));
            }
            None if increase > Decimal::ZERO => {
                over.push(format!("an increase from nothing is more than {most} %"));
            }
            _ => {}
        }
    }
    (over, before)
}

/// Small amounts keep their digits: `$0.0123`.
fn money(amount: Decimal) -> String {
    if amount.abs() < Decimal::TEN { crate::base::Usd::new(amount).with_digits(4) } else { dollars(amount) }
}

fn of_budget(policy: &ApprovalPolicy, budget: &Exceeded) -> Ask {
    let why = sentence(&if budget.amount.is_empty() {
        "the budget is exceeded".to_owned()
    } else {
        format!("the budget is exceeded: {}", bounded(&budget.amount))
    });
    let rule = format!("budget: {}", bounded(&budget.what));
    let mut ask = Ask::new(&rule, why, &budget.place, &policy.terms, policy.judge);
    // One owner cannot sign twice: where more signatures are wanted, the usual signers give them.
    if let Some(by) =
        budget.owner.as_deref().and_then(owner).filter(|by| ask.count == 1 || by.users.is_empty())
    {
        ask.by = by;
    }
    ask
}

/// The signer an owner stands for: `@login`, `login`, `org/team`. Any other text names nobody in particular.
///
/// A word such as `finance` reads like a login, and anybody may have registered it: whoever is named so has to be
/// able to write to the repository too.
fn owner(text: &str) -> Option<Signers> {
    let name = lower(text);
    if !is_name(&name) {
        return None;
    }
    match name.matches('/').count() {
        0 => Some(Signers { users: [name].into(), users_need: Some(Role::Write), ..Signers::default() }),
        _ => Some(Signers { teams: [name].into(), ..Signers::default() }),
    }
}

fn sentence(text: &str) -> String {
    format!("{text}.")
}

fn list(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| bounded(name)).collect();
    let more = names.len().saturating_sub(SHOWN);
    let tail = if more > 0 { format!(" and {}", plural(more, "other", "others")) } else { String::new() };
    format!("{}{tail}", shown.join(", "))
}
