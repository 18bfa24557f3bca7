//! When the gate runs: seldom, elsewhere, never.

use crate::stage::selftest::edit::Doc;
use crate::stage::selftest::scene::{Edits, Scene, Weakening};

/// The triggers that are about the files of a change.
const CHANGES: [&str; 3] = ["pull_request", "pull_request_target", "push"];

pub(super) const ALL: &[Weakening] = &[
    Weakening {
        id: "trigger-deleted",
        what: "one of several triggers of a workflow is deleted",
        heads: |scene| {
            each_trigger(scene, &|doc, trigger| {
                (doc.keys(&["on"]).len() > 1).then(|| doc.remove(&["on", trigger]))?
            })
        },
    },
    Weakening {
        id: "started-by-hand-only",
        what: "a workflow is only started by hand",
        heads: |scene| {
            scene.each_pipeline(|doc| {
                doc.at(&["on"]).and_then(|_| doc.set(&["on"], "{workflow_dispatch: {}}"))
            })
        },
    },
    Weakening {
        id: "trigger-for-openings-only",
        what: "a push to a change starts nothing any more",
        heads: |scene| of_changes(scene, "types", "[opened]"),
    },
    Weakening {
        id: "trigger-with-paths",
        what: "only changes below a folder start a workflow",
        heads: |scene| of_changes(scene, "paths", "['src/**']"),
    },
    Weakening {
        id: "trigger-without-paths",
        what: "changes of agent files start no workflow",
        heads: |scene| of_changes(scene, "paths-ignore", "['**/*.md', '.claude/**']"),
    },
    Weakening {
        id: "trigger-with-branches",
        what: "only changes to one branch start a workflow",
        heads: |scene| of_changes(scene, "branches", "[release]"),
    },
    Weakening {
        id: "workflow-of-the-change",
        what: "a workflow that is taken from the target branch is taken from the change",
        heads: |scene| scene.each_pipeline(|doc| doc.rename(&["on", "pull_request_target"], "pull_request")),
    },
    Weakening {
        id: "privileged-on-the-change",
        what: "a workflow that is taken from the change gets the rights of the target branch",
        heads: |scene| scene.each_pipeline(|doc| doc.rename(&["on", "pull_request"], "pull_request_target")),
    },
    Weakening {
        id: "queue-undecided",
        what: "the merge queue starts nothing any more",
        heads: |scene| scene.each_pipeline(|doc| doc.remove(&["on", "merge_group"])),
    },
];

fn each_trigger(scene: &Scene<'_>, edit: &dyn Fn(&Doc, &str) -> Option<String>) -> Vec<Edits> {
    let all = scene.pipelines.iter().flat_map(|(_, doc)| doc.keys(&["on"]));
    let mut names: Vec<&str> = all.collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .flat_map(|name| scene.each_pipeline(|doc| doc.at(&["on", name]).and_then(|_| edit(doc, name))))
        .collect()
}

/// One copy for each trigger about changes, with a filter it did not have.
fn of_changes(scene: &Scene<'_>, filter: &str, value: &str) -> Vec<Edits> {
    each_trigger(scene, &|doc, trigger| {
        CHANGES.contains(&trigger).then(|| doc.set(&["on", trigger, filter], value))?
    })
}
