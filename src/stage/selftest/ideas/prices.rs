//! Prices and what was measured: older, cheaper, planted, gone.

use super::budgets::raised;
use crate::base::overlay::Put;
use crate::cost::prices::lock;
use crate::stage::selftest::edit::Doc;
use crate::stage::selftest::scene::{Edits, Scene, Weakening, put};

/// A dear model that every list has.
const DEAR: &str = "claude-opus-4-6";
/// What was measured.
const CALIBRATION: &str = "weighbridge.calibration.json";
/// Prices of a day long ago, when everything was free.
const FREE: &str = "format: 1\nsource: genai-prices\nsha256: 0000000000000000000000000000000000000000000000000000000000000000\n\
                    date: 2024-01-01\nmodels:\n  claude-opus-4-6:\n    standard:\n      - {above: 0, input: \"0.01\", output: \"0.01\"}\n";
/// A month of nothing.
const NOTHING: &str = "{\"version\": 1, \"until\": \"2026-11-20T10:00:00Z\", \"workflows\": []}\n";

pub(super) const ALL: &[Weakening] = &[
    Weakening {
        id: "discount",
        what: "ninety per cent are taken off all list prices",
        heads: |scene| scene.policy(|doc| doc.set(&["prices", "discount_percent"], "90")),
    },
    Weakening {
        id: "cheaper-price",
        what: "a dear model is said to cost next to nothing",
        heads: |scene| {
            scene.policy(|doc| doc.set(&["prices", "models", DEAR], "{input: 0.01, output: 0.01}"))
        },
    },
    Weakening {
        id: "price-dropped",
        what: "a price that is paid is dropped, and the list price counts again",
        heads: |scene| each_key(scene, &["prices", "models"], &|doc, path| doc.remove(path)),
    },
    Weakening {
        id: "cheap-alias",
        what: "the name of a dear model stands for a cheap one",
        heads: |scene| scene.policy(|doc| doc.set(&["prices", "aliases", DEAR], "claude-haiku-4-5")),
    },
    Weakening {
        id: "alias-turned",
        what: "a name of our own stands for a cheap model",
        heads: |scene| {
            each_key(scene, &["prices", "aliases"], &|doc, path| doc.set(path, "claude-haiku-4-5"))
        },
    },
    Weakening {
        id: "batch-prices",
        what: "prices of batches are said to be paid",
        heads: |scene| scene.policy(|doc| doc.set(&["prices", "processing"], "batch")),
    },
    Weakening {
        id: "flex-prices",
        what: "prices of a cheaper service tier are said to be paid",
        heads: |scene| scene.policy(|doc| doc.set(&["prices", "service_tier"], "flex")),
    },
    Weakening {
        id: "region-factor",
        what: "list prices are divided by ten",
        heads: |scene| scene.policy(|doc| doc.set(&["prices", "region_factor"], "0.1")),
    },
    Weakening {
        id: "lock-of-another-day",
        what: "the locked prices are said to be two years old",
        heads: |scene| lock(scene, &|doc| doc.set(&["date"], "2024-01-01")),
    },
    Weakening {
        id: "lock-cheaper",
        what: "a locked price is next to nothing",
        heads: |scene| {
            let Some(doc) = scene.text(lock::FILE_NAME).and_then(|text| Doc::parse(&text)) else {
                return Vec::new();
            };
            let of = |name: &str| {
                lock(scene, &|doc| doc.set(&["models", name, "standard", "0", "input"], "\"0.01\""))
            };
            doc.keys(&["models"]).into_iter().flat_map(of).collect()
        },
    },
    Weakening {
        id: "lock-for-larger-prompts-only",
        what: "a dear tier of a locked price begins at larger prompts",
        heads: |scene| {
            let Some(doc) = scene.text(lock::FILE_NAME).and_then(|text| Doc::parse(&text)) else {
                return Vec::new();
            };
            let of =
                |name: &str| lock(scene, &|doc| raised(doc, &["models", name, "standard", "1", "above"]));
            doc.keys(&["models"]).into_iter().flat_map(of).collect()
        },
    },
    Weakening {
        id: "lock-deleted",
        what: "the locked prices are deleted",
        heads: |scene| gone(scene, lock::FILE_NAME),
    },
    Weakening {
        id: "lock-planted",
        what: "old prices are locked where none were",
        heads: |scene| scene.planted(lock::FILE_NAME, FREE),
    },
    Weakening {
        id: "calibration-replaced",
        what: "what was measured is replaced by a month of nothing",
        heads: |scene| {
            if scene.tree.entry(CALIBRATION).is_none() {
                return Vec::new();
            }
            put(CALIBRATION, Put::Text(NOTHING.to_owned()))
        },
    },
    Weakening {
        id: "calibration-deleted",
        what: "what was measured is deleted",
        heads: |scene| gone(scene, CALIBRATION),
    },
    Weakening {
        id: "calibration-planted",
        what: "something is said to have been measured where nothing was",
        heads: |scene| scene.planted(CALIBRATION, NOTHING),
    },
];

fn gone(scene: &Scene<'_>, path: &str) -> Vec<Edits> {
    if scene.tree.entry(path).is_none() { Vec::new() } else { put(path, Put::Gone) }
}

fn lock(scene: &Scene<'_>, edit: &dyn Fn(&Doc) -> Option<String>) -> Vec<Edits> {
    let path = scene.paths(|path| path.as_str() == lock::FILE_NAME);
    scene.each_text(&path, |text| edit(&Doc::parse(text)?))
}

fn each_key(
    scene: &Scene<'_>,
    around: &[&str],
    edit: &dyn Fn(&Doc, &[&str]) -> Option<String>,
) -> Vec<Edits> {
    let Some(doc) = &scene.config else { return Vec::new() };
    let keys = doc.keys(around).into_iter();
    keys.flat_map(|key| {
        let path: Vec<&str> = around.iter().copied().chain([key]).collect();
        scene.policy(|doc| edit(doc, &path))
    })
    .collect()
}
