//! Budgets: what is limited, how much of it is used, and what would satisfy a budget that is exceeded.

use crate::base::Verdict;
use crate::config::cost::RawCostBudget;
use rust_decimal::Decimal;

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Dollars.
    Usd(Decimal),
    /// Tokens.
    Tokens(u64),
    /// Per cent more than base.
    Percent(Decimal),
}

/// How much of a budget is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Under 70 %.
    Under,
    /// 70 % or more.
    Over70,
    /// 90 % or more.
    Over90,
    /// More than the limit in base too, and head is not worse.
    ExceededBefore,
    /// Nothing of this name exists, so nothing is limited.
    Absent,
    /// Some of it could not be priced.
    Unknown,
    /// More than the limit.
    Exceeded,
}

impl Level {
    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Under => "under 70 %",
            Self::Over70 => "over 70 %",
            Self::Over90 => "over 90 %",
            Self::Absent => "limits nothing: nothing of this name is in head or base",
            Self::Unknown => "unknown: not everything has a price",
            Self::ExceededBefore => "exceeded in base and not worse",
            Self::Exceeded => "exceeded",
        }
    }
}

/// Twenty per cent are kept free: a budget is set 1.2 times as high as the use that is planned.
const BUFFER: &str = "1.2";

/// A budget and its use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// What it limits, in words.
    pub what: String,
    /// Where it is written.
    pub place: String,
    /// Who owns it.
    pub owner: Option<String>,
    /// The limit.
    pub limit: Limit,
    /// What head uses, in the unit of the limit.
    pub used: Decimal,
    /// What base uses.
    pub base: Option<Decimal>,
    /// How much of it is used.
    pub level: Level,
    /// True when less than the twenty per cent are left that a plan keeps free.
    pub in_buffer: bool,
    /// Dollars a month above the limit; `None` for tokens and where nothing is exceeded.
    pub over_per_month: Option<Decimal>,
}

impl Use {
    /// Judges a use. A total that base exceeds as well, and head not more, does not block; an increase always counts.
    pub fn new(
        (what, place, owner): (String, String, Option<String>),
        limit: Limit,
        (used, base): (Decimal, Option<Decimal>),
        (increase, complete): (bool, bool),
    ) -> Self {
        let amount = match limit {
            Limit::Usd(amount) | Limit::Percent(amount) => amount,
            Limit::Tokens(tokens) => Decimal::from(tokens),
        };
        let of_limit = |share: Decimal| used >= amount * share && used > Decimal::ZERO;
        let level = if used > amount {
            let before = base.is_some_and(|base| base > amount && used <= base);
            if before && !increase { Level::ExceededBefore } else { Level::Exceeded }
        } else if !complete {
            Level::Unknown
        } else if of_limit(Decimal::new(9, 1)) {
            Level::Over90
        } else if of_limit(Decimal::new(7, 1)) {
            Level::Over70
        } else {
            Level::Under
        };
        let buffer: Decimal = BUFFER.parse().unwrap_or(Decimal::ONE);
        let in_buffer = used <= amount && used * buffer > amount;
        Self { what, place, owner, limit, used, base, level, in_buffer, over_per_month: None }
    }

    /// The share of the limit that is used, in whole per cent.
    pub fn percent(&self) -> Option<u64> {
        use rust_decimal::prelude::ToPrimitive as _;
        let amount = match self.limit {
            Limit::Usd(amount) | Limit::Percent(amount) => amount,
            Limit::Tokens(tokens) => Decimal::from(tokens),
        };
        (self.used * Decimal::ONE_HUNDRED).checked_div(amount)?.max(Decimal::ZERO).floor().to_u64()
    }

    /// What it means for the run: money needs a signature, tokens are a rule of the files.
    pub const fn verdict(&self) -> Verdict {
        match (self.level, self.limit) {
            (Level::Under | Level::Over70, _) => Verdict::Pass,
            (Level::Over90 | Level::Absent | Level::ExceededBefore | Level::Unknown, _) => Verdict::Warn,
            (Level::Exceeded, Limit::Tokens(_)) => Verdict::Block,
            (Level::Exceeded, _) => Verdict::NeedsApproval,
        }
    }
}

/// An amount of money in both revisions, per run and per month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Dollars of one run in head.
    pub run: Decimal,
    /// Dollars of one run in base.
    pub run_base: Option<Decimal>,
    /// Dollars of a month in head.
    pub month: Decimal,
    /// Dollars of a month in base.
    pub month_base: Option<Decimal>,
    /// False when a part of it has no price.
    pub complete: bool,
    /// True when nothing of this name is there, in head or base.
    pub absent: bool,
}

/// The uses of the limits of one subject. `what` is empty for all workflows together; `place` says where a key stands.
pub fn uses(budget: &RawCostBudget, what: &str, spent: Spent, place: &dyn Fn(&str) -> String) -> Vec<Use> {
    let days: Decimal = super::project::DAYS_PER_MONTH.parse().unwrap_or(Decimal::ONE);
    let of = if what.is_empty() { String::new() } else { format!(" of {what}") };
    let mut found = Vec::new();
    // `month` says how many dollars a month one unit of the limit stands for.
    let mut add = |key: &str, name: &str, limit: Option<Limit>, used: (Decimal, Option<Decimal>), month| {
        let Some(limit) = limit else { return };
        let subject = (format!("{name}{of}"), place(key), budget.owner.clone());
        let increase = key.starts_with("increase");
        let mut found_use = Use::new(subject, limit, used, (increase, spent.complete));
        if spent.absent {
            found_use.level = Level::Absent;
        } else if found_use.level == Level::Exceeded
            && let Limit::Usd(limit) | Limit::Percent(limit) = limit
        {
            found_use.over_per_month = (used.0 - limit).checked_mul(month);
        }
        found.push(found_use);
    };
    let usd = |limit: Option<Decimal>| limit.map(Limit::Usd);
    let runs = spent.month.checked_div(spent.run).unwrap_or_default();
    add("per_run", "cost per run", usd(budget.per_run), (spent.run, spent.run_base), runs);
    let day = (spent.month / days, spent.month_base.map(|base| base / days));
    add("per_day", "cost per day", usd(budget.per_day), day, days);
    let month = (spent.month, spent.month_base);
    add("per_month", "cost per month", usd(budget.per_month), month, Decimal::ONE);
    if let Some(base) = spent.month_base {
        let more = spent.month - base;
        let limit = usd(budget.increase_per_month);
        add("increase_per_month", "increase per month", limit, (more, None), Decimal::ONE);
        let percent = if base.is_zero() {
            // From nothing to something: no percentage says that.
            if more > Decimal::ZERO { Decimal::from(1_000_000) } else { Decimal::ZERO }
        } else {
            more * Decimal::ONE_HUNDRED / base
        };
        let limit = budget.increase_percent.map(Limit::Percent);
        let point = base / Decimal::ONE_HUNDRED;
        add("increase_percent", "increase in per cent", limit, (percent, None), point);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(limit: i64, used: &str, base: Option<&str>) -> Use {
        let decimal = |text: &str| text.parse::<Decimal>().expect("a decimal");
        let subject = ("cost per month".to_owned(), "x:1".to_owned(), None);
        Use::new(subject, Limit::Usd(Decimal::from(limit)), (decimal(used), base.map(decimal)), (false, true))
    }

    #[test]
    fn thresholds_are_at_70_90_and_100_per_cent() {
        use Level::{Exceeded, Over70, Over90, Under};
        let levels =
            ["69.9", "70", "89.99", "90", "100", "100.01"].map(|amount| used(100, amount, None).level);
        assert_eq!(levels, [Under, Over70, Over70, Over90, Over90, Exceeded]);
        assert!(!used(120, "100", None).in_buffer && used(120, "100.01", None).in_buffer);
    }

    #[test]
    fn what_base_exceeds_as_well_does_not_block_unless_it_gets_worse() {
        assert_eq!(used(100, "150", Some("150")).verdict(), Verdict::Warn);
        assert_eq!(used(100, "150", Some("160")).verdict(), Verdict::Warn);
        assert_eq!(used(100, "150.01", Some("150")).verdict(), Verdict::NeedsApproval);
        assert_eq!(used(100, "150", Some("90")).verdict(), Verdict::NeedsApproval);
    }

    #[test]
    fn an_increase_always_counts_and_the_unknown_is_not_nothing() {
        let budget = RawCostBudget {
            per_month: Some(Decimal::from(1000)),
            increase_per_month: Some(Decimal::from(10)),
            increase_percent: Some(Decimal::from(5)),
            ..RawCostBudget::default()
        };
        let spent = Spent {
            month: Decimal::from(120),
            month_base: Some(Decimal::from(100)),
            complete: false,
            ..Spent::default()
        };
        let found = uses(&budget, "support", spent, &|key| format!("weighbridge.yaml:{key}"));
        let shown: Vec<(&str, Level)> = found.iter().map(|used| (used.what.as_str(), used.level)).collect();
        assert_eq!(
            shown,
            [
                ("cost per month of support", Level::Unknown),
                ("increase per month of support", Level::Exceeded),
                ("increase in per cent of support", Level::Exceeded),
            ]
        );
    }
}
