//! Approvals: fewer rules, more signers, fewer signatures, longer lives.

use super::budgets::raised;
use crate::stage::selftest::edit::Doc;
use crate::stage::selftest::scene::{Edits, Scene, Weakening};

/// The thresholds of a rule.
const WHEN: [&str; 5] =
    ["increase_per_month", "increase_percent", "total_per_month", "increase_per_run", "total_per_run"];
/// Whoever may read may sign.
const ANYBODY: &str = "{role: read}";
/// The one who wants the change names himself.
const MYSELF: &str = "{users: [mallory]}";

pub(super) const ALL: &[Weakening] = &[
    Weakening {
        id: "approvals-dropped",
        what: "all that is said about approvals is dropped",
        heads: |scene| scene.policy(|doc| doc.remove(&["approvals"])),
    },
    Weakening {
        id: "rule-dropped",
        what: "one rule for signatures is dropped",
        heads: |scene| each_rule(scene, &|doc, rule| doc.remove(&["approvals", "rules", rule])),
    },
    Weakening {
        id: "rules-dropped",
        what: "all rules for signatures are dropped",
        heads: |scene| scene.policy(|doc| doc.remove(&["approvals", "rules"])),
    },
    Weakening {
        id: "threshold-raised",
        what: "a threshold of a rule is ten times as high",
        heads: |scene| each_threshold(scene, &|doc, path| raised(doc, path)),
    },
    Weakening {
        id: "threshold-dropped",
        what: "one of several thresholds of a rule is dropped",
        heads: |scene| {
            each_threshold(scene, &|doc, path| {
                let (_, when) = path.split_last()?;
                (doc.keys(when).len() > 1).then(|| doc.remove(path))?
            })
        },
    },
    Weakening {
        id: "rule-judge-expected",
        what: "a rule is held against the mean instead of what nine of ten stay below",
        heads: |scene| each_rule_value(scene, "judge", "expected", true),
    },
    Weakening {
        id: "rule-signers-widened",
        what: "whoever may read may sign for a rule",
        heads: |scene| each_rule_value(scene, "by", ANYBODY, false),
    },
    Weakening {
        id: "rule-signed-by-the-author",
        what: "the author names himself as the signer of a rule",
        heads: |scene| each_rule_value(scene, "by", "{users: [mallory], role: maintain}", false),
    },
    Weakening {
        id: "rule-count-lowered",
        what: "a rule asks for one signature instead of several",
        heads: |scene| lowered(scene, &|rule| vec!["approvals", "rules", rule, "count"]),
    },
    Weakening {
        id: "rule-signatures-live-longer",
        what: "signatures for a rule hold for a year",
        heads: |scene| each_rule_value(scene, "valid_for", "366d", false),
    },
    Weakening {
        id: "rule-signatures-survive-pushes",
        what: "signatures for a rule are kept over pushes",
        heads: |scene| each_rule_value(scene, "keep_when_unchanged", "true", false),
    },
    Weakening {
        id: "amount-not-needed",
        what: "signatures for a rule need no amount",
        heads: |scene| each_rule_value(scene, "amount", "not-needed", false),
    },
    Weakening {
        id: "signers-widened",
        what: "whoever may read may sign",
        heads: |scene| scene.policy(|doc| doc.set(&["approvals", "by"], ANYBODY)),
    },
    Weakening {
        id: "signed-by-the-author",
        what: "the author names himself among the signers",
        heads: |scene| {
            scene.policy(|doc| doc.set(&["approvals", "by"], "{users: [mallory], role: maintain}"))
        },
    },
    Weakening {
        id: "count-lowered",
        what: "one signature is asked for instead of several",
        heads: |scene| scene.policy(|doc| to_one(doc, &["approvals", "count"])),
    },
    Weakening {
        id: "signatures-live-longer",
        what: "signatures hold for a year",
        heads: |scene| scene.policy(|doc| doc.set(&["approvals", "valid_for"], "366d")),
    },
    Weakening {
        id: "signatures-survive-pushes",
        what: "signatures are kept over pushes",
        heads: |scene| scene.policy(|doc| doc.set(&["approvals", "keep_when_unchanged"], "true")),
    },
    Weakening {
        id: "policy-signers-widened",
        what: "whoever may read may sign for a change of the gate",
        heads: |scene| scene.policy(|doc| doc.set(&["approvals", "policy", "by"], ANYBODY)),
    },
    Weakening {
        id: "policy-signers-dropped",
        what: "changes of the gate have no signers of their own any more",
        heads: |scene| scene.policy(|doc| doc.remove(&["approvals", "policy"])),
    },
    Weakening {
        id: "policy-count-lowered",
        what: "a change of the gate asks for one signature instead of several",
        heads: |scene| scene.policy(|doc| to_one(doc, &["approvals", "policy", "count"])),
    },
    Weakening {
        id: "emergency-on",
        what: "the author may let changes pass in an emergency",
        heads: |scene| scene.policy(|doc| doc.set(&["approvals", "emergency"], &format!("{{by: {MYSELF}}}"))),
    },
    Weakening {
        id: "emergency-widened",
        what: "whoever may read may let changes pass in an emergency",
        heads: |scene| {
            scene.policy(|doc| doc.set(&["approvals", "emergency"], &format!("{{by: {ANYBODY}}}")))
        },
    },
];

/// Asks for one where more are asked for.
fn to_one(doc: &Doc, path: &[&str]) -> Option<String> {
    doc.scalar(path).filter(|count| *count != "1")?;
    doc.set(path, "1")
}

fn rules(scene: &Scene<'_>) -> Vec<String> {
    let count = scene.config.as_ref().map_or(0, |doc| doc.count(&["approvals", "rules"]));
    (0..count).map(|rule| rule.to_string()).collect()
}

fn each_rule(scene: &Scene<'_>, edit: &dyn Fn(&Doc, &str) -> Option<String>) -> Vec<Edits> {
    rules(scene).iter().flat_map(|rule| scene.policy(|doc| edit(doc, rule))).collect()
}

/// One copy for each rule that has another value, or none where that is wanted.
fn each_rule_value(scene: &Scene<'_>, key: &str, value: &str, there: bool) -> Vec<Edits> {
    each_rule(scene, &|doc, rule| {
        let path = ["approvals", "rules", rule, key];
        let before = doc.scalar(&path);
        if before == Some(value) || there && before.is_none() {
            return None;
        }
        doc.set(&path, value)
    })
}

fn lowered(scene: &Scene<'_>, path: &dyn for<'p> Fn(&'p str) -> Vec<&'p str>) -> Vec<Edits> {
    each_rule(scene, &|doc, rule| to_one(doc, &path(rule)))
}

fn each_threshold(scene: &Scene<'_>, edit: &dyn Fn(&Doc, &[&str]) -> Option<String>) -> Vec<Edits> {
    let each = |key: &&str| {
        each_rule(scene, &|doc, rule| {
            let path = ["approvals", "rules", rule, "when", *key];
            doc.at(&path).and_then(|_| edit(doc, &path))
        })
    };
    WHEN.iter().flat_map(each).collect()
}
