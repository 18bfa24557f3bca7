//! Budgets: raised, dropped, given away.

use crate::stage::selftest::edit::{Doc, Path};
use crate::stage::selftest::scene::{Edits, Scene, Weakening};

/// The figures of a budget of money.
const MONEY: [&str; 5] = ["per_month", "per_day", "per_run", "increase_per_month", "increase_percent"];
/// The figures of the budgets of tokens.
const TOKENS: [&str; 6] =
    ["agents_md", "skill_metadata", "skill_index", "skill_body", "sub_agent", "always_loaded"];

pub(super) const ALL: &[Weakening] = &[
    Weakening {
        id: "budget-raised",
        what: "the budget of all workflows is ten times as high",
        heads: |scene| each_figure(scene, &["budgets", "cost"], &MONEY, &raised),
    },
    Weakening {
        id: "budget-dropped",
        what: "a figure of the budget of all workflows is dropped",
        heads: |scene| each_figure(scene, &["budgets", "cost"], &MONEY, &|doc, path| doc.remove(path)),
    },
    Weakening {
        id: "all-budgets-dropped",
        what: "all budgets are dropped",
        heads: |scene| scene.policy(|doc| doc.remove(&["budgets"])),
    },
    Weakening {
        id: "budget-owner-changed",
        what: "the budget gets another owner, who signs for it then",
        heads: |scene| scene.replaced(&["budgets", "cost", "owner"], "mallory"),
    },
    Weakening {
        id: "token-budget-raised",
        what: "a budget of tokens is ten times as high",
        heads: |scene| each_figure(scene, &["budgets", "tokens"], &TOKENS, &raised),
    },
    Weakening {
        id: "token-budget-dropped",
        what: "a budget of tokens is dropped",
        heads: |scene| each_figure(scene, &["budgets", "tokens"], &TOKENS, &|doc, path| doc.remove(path)),
    },
    Weakening {
        id: "workflow-budget-raised",
        what: "the budget of one workflow is ten times as high",
        heads: |scene| each_named(scene, "workflows", &raised),
    },
    Weakening {
        id: "workflow-budget-dropped",
        what: "the budget of one workflow is dropped",
        heads: |scene| each_named(scene, "workflows", &|doc, path| doc.remove(path)),
    },
    Weakening {
        id: "agent-budget-raised",
        what: "the budget of one agent is ten times as high",
        heads: |scene| each_named(scene, "agents", &raised),
    },
    Weakening {
        id: "agent-budget-dropped",
        what: "the budget of one agent is dropped",
        heads: |scene| each_named(scene, "agents", &|doc, path| doc.remove(path)),
    },
    Weakening {
        id: "phase-budget-dropped",
        what: "the budget of one phase is dropped",
        heads: |scene| each_named(scene, "phases", &|doc, path| doc.remove(path)),
    },
    Weakening {
        id: "budget-renamed",
        what: "the budget of a workflow is that of a workflow which is not there",
        heads: |scene| {
            let Some(doc) = &scene.config else { return Vec::new() };
            let names = doc.keys(&["budgets", "workflows"]).into_iter();
            names
                .flat_map(|name| {
                    scene.policy(|doc| doc.rename(&["budgets", "workflows", name], "nothing-of-that-name"))
                })
                .collect()
        },
    },
];

type Edit<'a> = &'a dyn Fn(&Doc, Path<'_>) -> Option<String>;

/// Ten times the figure at a path.
pub(super) fn raised(doc: &Doc, path: Path<'_>) -> Option<String> {
    let figure = doc.scalar(path)?;
    figure.parse::<rust_decimal::Decimal>().ok()?;
    // As text: no figure is too long for a nought. One with a point moves it.
    let more = match figure.split_once('.') {
        None => format!("{figure}0"),
        Some((whole, part)) => {
            let first: String = part.chars().take(1).collect();
            let rest: String = part.chars().skip(1).collect();
            let whole = format!("{whole}{first}");
            let whole = whole.trim_start_matches('0');
            format!("{}.{rest}0", if whole.is_empty() { "0" } else { whole })
        }
    };
    doc.set(path, &more)
}

/// One copy for each of these figures that is there.
fn each_figure(scene: &Scene<'_>, around: Path<'_>, keys: &[&str], edit: Edit<'_>) -> Vec<Edits> {
    keys.iter()
        .flat_map(|key| {
            let path: Vec<&str> = around.iter().copied().chain([*key]).collect();
            scene.policy(|doc| doc.at(&path).and_then(|_| edit(doc, &path)))
        })
        .collect()
}

/// One copy for each figure of each budget of a kind.
fn each_named(scene: &Scene<'_>, kind: &str, edit: Edit<'_>) -> Vec<Edits> {
    let Some(doc) = &scene.config else { return Vec::new() };
    let names = doc.keys(&["budgets", kind]).into_iter();
    names.flat_map(|name| each_figure(scene, &["budgets", kind, name], &MONEY, edit)).collect()
}
