//! What taking prices from a list changes in a lock.

use super::Imported;
use crate::cost::prices::lock::{Lock, Locked};
use crate::cost::rates::{PerMillion, Rates};
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A lock as it would be, and how it differs from what is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// The lock.
    pub lock: Lock,
    /// What changes, model by model.
    pub changes: Vec<Change>,
    /// Models that were wanted and that the list does not have.
    pub missing: Vec<String>,
}

/// One difference between two locks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The model.
    pub model: String,
    /// What is different, such as `input $2 -> $2.2`.
    pub what: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.model, self.what)
    }
}

/// Takes the prices of these models from a list; of all its models when none are named. Models that the lock has
/// are taken anew too, so that all of a lock is from one list.
pub fn update(
    before: Option<&Lock>,
    list: &Imported,
    wanted: Option<&BTreeSet<String>>,
    version: Option<&str>,
    today: Date,
) -> Update {
    let mut models = BTreeMap::new();
    let mut missing = Vec::new();
    match wanted {
        None => models.clone_from(&list.models),
        Some(wanted) => {
            let known = before.iter().flat_map(|lock| lock.models.keys());
            for model in known.chain(wanted).collect::<BTreeSet<_>>() {
                match list.get(model) {
                    Some(found) => {
                        models.insert(model.clone(), found.clone());
                    }
                    None => missing.push(model.clone()),
                }
            }
        }
    }
    let nothing = BTreeMap::new();
    let changes = changes(before.map_or(&nothing, |lock| &lock.models), &models);
    // A list that does not say how old it is, is as old as when it was first taken.
    let same = before.filter(|lock| lock.sha256 == list.sha256);
    let date = list.date.or(same.map(|lock| lock.date)).unwrap_or(today);
    let version = version.map(str::to_owned).or_else(|| same.and_then(|lock| lock.version.clone()));
    let (source, sha256) = (list.source.to_owned(), list.sha256.clone());
    Update { lock: Lock { source, version, sha256, date, models }, changes, missing }
}

fn changes(before: &BTreeMap<String, Locked>, after: &BTreeMap<String, Locked>) -> Vec<Change> {
    let mut found = Vec::new();
    for model in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        let mut say = |what: String| found.push(Change { model: model.clone(), what });
        match (before.get(model), after.get(model)) {
            (None, Some(new)) => {
                let first = new.standard.tiers().first().map(|tier| &tier.per_million);
                say(first.map_or_else(
                    || "is new".to_owned(),
                    |rate| {
                        let free = rate.input.is_zero() && rate.output.is_zero();
                        let free = if free { "free of charge, " } else { "" };
                        format!("is new: {free}input ${}, output ${}", rate.input, rate.output)
                    },
                ));
            }
            (Some(_), None) => say("is no longer there".to_owned()),
            (Some(old), Some(new)) => {
                if old.context_window != new.context_window {
                    let words = |window: Option<u64>| {
                        window.map_or("unknown".to_owned(), |tokens| tokens.to_string())
                    };
                    say(format!(
                        "context window {} -> {}",
                        words(old.context_window),
                        words(new.context_window)
                    ));
                }
                differences(Some(&old.standard), Some(&new.standard), "", &mut say);
                for terms in old.variants.keys().chain(new.variants.keys()).collect::<BTreeSet<_>>() {
                    differences(
                        old.variants.get(terms),
                        new.variants.get(terms),
                        &format!("{terms} "),
                        &mut say,
                    );
                }
            }
            (None, None) => {}
        }
    }
    found
}

fn differences(old: Option<&Rates>, new: Option<&Rates>, terms: &str, say: &mut impl FnMut(String)) {
    let sizes = |rates: Option<&Rates>| -> BTreeSet<u64> {
        rates.iter().flat_map(|rates| rates.tiers()).map(|tier| tier.above).collect()
    };
    for above in sizes(old).union(&sizes(new)) {
        // A tier that is not there is what holds at its size.
        let at = |rates: Option<&Rates>| rates.and_then(|rates| rates.at(above.saturating_add(1))).cloned();
        let place = if *above == 0 { String::new() } else { format!(" above {above}") };
        let (old, new) = (at(old), at(new));
        for (kind, get) in KINDS {
            let (old, new) = (old.as_ref().and_then(get), new.as_ref().and_then(get));
            if old != new {
                let words = |rate: Option<Decimal>| rate.map_or("none".to_owned(), |rate| format!("${rate}"));
                say(format!("{terms}{kind}{place} {} -> {}", words(old), words(new)));
            }
        }
    }
}

type Get = fn(&PerMillion) -> Option<Decimal>;

const KINDS: [(&str, Get); 5] = [
    ("input", |rates| Some(rates.input)),
    ("output", |rates| Some(rates.output)),
    ("cache read", |rates| rates.cache_read),
    ("cache write 5m", |rates| rates.cache_write_5m),
    ("cache write 1h", |rates| rates.cache_write_1h),
];
