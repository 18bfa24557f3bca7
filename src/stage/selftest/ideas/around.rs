//! What stands around the gate: checks of the same name, owners, files that lead to it.

use crate::base::RepoPath;
use crate::base::overlay::Put;
use crate::stage::gate_files::{is_owners, is_pipeline, leading};
use crate::stage::selftest::scene::{Edits, Scene, Weakening};

/// A workflow with a job of our name.
const SAME_NAME: &str =
    "on: pull_request\njobs:\n  weighbridge:\n    runs-on: ubuntu-24.04\n    steps: [{run: 'true'}]\n";
/// The same, in letters that only YAML reads.
const DISGUISED: &str = "on: pull_request\njobs:\n  check:\n    name: \"w\\x65ighbridge\"\n    runs-on: ubuntu-24.04\n    steps: [{run: 'true'}]\n";
/// A workflow that writes a check of any name, put together when it runs.
const WRITES_CHECKS: &str = "on: push\npermissions: {checks: write}\njobs:\n  check:\n    runs-on: ubuntu-24.04\n    steps: [{run: 'sh tools/check.sh w eighbridge success'}]\n";
/// The same with a status.
const WRITES_STATUSES: &str = "on: push\njobs:\n  check:\n    permissions: {statuses: write}\n    runs-on: ubuntu-24.04\n    steps: [{run: 'sh tools/check.sh w eighbridge success'}]\n";

pub(super) const ALL: &[Weakening] = &[
    Weakening {
        id: "second-check",
        what: "a second workflow has a check of the same name",
        heads: |scene| second(scene, SAME_NAME),
    },
    Weakening {
        id: "second-check-in-disguise",
        what: "a second workflow has a check of the same name, written in escapes",
        heads: |scene| second(scene, DISGUISED),
    },
    Weakening {
        id: "writes-checks",
        what: "a second workflow may write checks, and does not say which",
        heads: |scene| second(scene, WRITES_CHECKS),
    },
    Weakening {
        id: "writes-statuses",
        what: "a second workflow may write statuses, and does not say which",
        heads: |scene| second(scene, WRITES_STATUSES),
    },
    Weakening {
        id: "owner-dropped",
        what: "a line of CODEOWNERS is deleted",
        heads: |scene| {
            let lines = |path: &RepoPath| scene.text(path.as_str()).map_or(0, |text| text.lines().count());
            let without = |path: RepoPath| -> Vec<Edits> {
                let each = (0..lines(&path)).flat_map(|line| {
                    scene.each_text(std::slice::from_ref(&path), |text| {
                        let dropped = text.lines().nth(line).filter(|text| is_rule(text))?;
                        let at = |(index, text): (usize, &str)| (index != line).then(|| format!("{text}\n"));
                        Some(text.lines().enumerate().filter_map(at).collect())
                            .filter(|_| !dropped.is_empty())
                    })
                });
                each.collect()
            };
            scene.paths(is_owners).into_iter().flat_map(without).collect()
        },
    },
    Weakening {
        id: "owner-replaced",
        what: "a last line of CODEOWNERS gives everything to the author",
        heads: |scene| {
            scene
                .each_text(&scene.paths(is_owners), |text| Some(format!("{}\n* @mallory\n", text.trim_end())))
        },
    },
    Weakening {
        id: "owners-deleted",
        what: "CODEOWNERS is deleted",
        heads: |scene| scene.paths(is_owners).into_iter().map(|path| vec![(path, Put::Gone)]).collect(),
    },
    Weakening {
        id: "owners-shadowed",
        what: "a second CODEOWNERS takes the place of the first",
        heads: |scene| match scene.paths(is_owners).first() {
            Some(_) => scene.planted(".github/CODEOWNERS", "* @mallory\n"),
            None => Vec::new(),
        },
    },
    Weakening {
        id: "caller-deleted",
        what: "a file that calls or includes the gate is deleted",
        heads: |scene| leads(scene, true, || Put::Gone),
    },
    Weakening {
        id: "caller-emptied",
        what: "a file that calls or includes the gate calls nothing any more",
        heads: |scene| leads(scene, true, || Put::Text("on: workflow_dispatch\njobs: {}\n".to_owned())),
    },
    Weakening {
        id: "script-emptied",
        what: "a script or an action that runs the gate does nothing any more",
        heads: |scene| leads(scene, false, || Put::Text("exit 0\n".to_owned())),
    },
];

/// A workflow more, where GitHub runs the gate.
fn second(scene: &Scene<'_>, text: &str) -> Vec<Edits> {
    if scene.pipelines.iter().any(|(path, _)| path.as_str().starts_with(".github/workflows/")) {
        scene.planted(".github/workflows/zz-selftest.yml", text)
    } else {
        Vec::new()
    }
}

/// A line of CODEOWNERS that says something.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#')
}

/// One copy for each file that belongs to the gate and is not one of those that run it: those a forge reads itself, or
/// those it is told to run.
fn leads(scene: &Scene<'_>, pipelines: bool, what: impl Fn() -> Put) -> Vec<Edits> {
    let known = |path: &RepoPath| scene.pipelines.iter().any(|(pipeline, _)| pipeline == path);
    let found = leading(scene.tree).into_iter().filter(|path| !known(path) && is_pipeline(path) == pipelines);
    found.map(|path| vec![(path, what())]).collect()
}
