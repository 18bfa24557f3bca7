//! Environments side by side: one row for each setting, and whether it may differ.

use super::{Environment, Environments, Kind, Setting};
use crate::agent::environment::canonical;
use rust_decimal::Decimal;
use std::collections::BTreeSet;

/// Whether environments agree in a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// All say the same.
    Same,
    /// They differ, in something in which they may.
    MayDiffer,
    /// They differ in what has to be the same everywhere.
    MustNotDiffer,
}

/// One setting in every environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// What it is about.
    pub kind: Kind,
    /// What it is called.
    pub name: &'a str,
    /// What each environment sets, in the order of the list; `None` where it sets nothing.
    pub cells: Vec<Option<&'a Setting>>,
    /// Whether they agree.
    pub standing: Standing,
}

/// True when two values say the same: `0.2` and `0.20` do, `$4,000` and `4000` too.
pub fn alike(one: Option<&str>, other: Option<&str>) -> bool {
    let number = |text: &str| -> Option<Decimal> {
        let plain: String = text.chars().filter(|c| !matches!(c, '$' | ',' | '_' | ' ')).collect();
        plain.parse().ok()
    };
    one == other
        || matches!((one.and_then(number), other.and_then(number)), (Some(one), Some(other)) if one == other)
}

/// Whether values of one kind agree.
pub fn standing<'a>(kind: Kind, values: impl Iterator<Item = Option<&'a str>>) -> Standing {
    // A secret has another value everywhere: what counts is where it is set at all.
    let by_presence = matches!(kind, Kind::Secret | Kind::Variable);
    let mut values =
        values.map(|value| value.map(|text| if by_presence && text != "empty" { "set" } else { text }));
    let first = values.next();
    let same = |first: Option<&str>| values.all(|value| alike(value, first));
    match first.is_none_or(same) {
        true => Standing::Same,
        false if kind.may_differ() => Standing::MayDiffer,
        false => Standing::MustNotDiffer,
    }
}

impl Environments {
    /// Every setting of any of them, sorted by what it is about and its name.
    pub fn rows(&self) -> Vec<Row<'_>> {
        let keys: BTreeSet<&(Kind, String)> = self.list.iter().flat_map(|one| one.settings.keys()).collect();
        let row = |key: &'_ (Kind, String)| {
            let cells: Vec<Option<&Setting>> = self.list.iter().map(|one| one.settings.get(key)).collect();
            let values = cells.iter().map(|cell| cell.map(|setting| setting.shown.as_str()));
            (standing(key.0, values), cells)
        };
        keys.into_iter()
            .map(|key| {
                let (standing, cells) = row(key);
                Row { kind: key.0, name: &key.1, cells, standing }
            })
            .collect()
    }

    /// The environment of this name, or the one that stands for it.
    pub fn get(&self, name: &str) -> Option<&Environment> {
        let exact = self.list.iter().find(|one| one.name == name);
        exact.or_else(|| self.list.iter().find(|one| canonical(&one.name) == canonical(name)))
    }
}
