//! The gate holds against every known way to weaken it: on a repository whose gate has everything, and on our own.

use crate::common::{Outcome, Sandbox, copy, read, source_root, write};
use serde_json::Value;

/// What is said of each weakening, as `id: result`, those that were noticed left out.
fn but_noticed(report: &Value) -> Vec<String> {
    let trials = report["trials"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    trials
        .iter()
        .filter(|trial| trial["result"] != "noticed")
        .map(|trial| format!("{}: {}", text(&trial["id"]), text(&trial["result"])))
        .collect()
}

fn selftest(folder: &std::path::Path) -> Outcome {
    Sandbox::new().run(&["selftest", folder.to_str().unwrap(), "--json"]).outcome()
}

#[test]
fn a_gate_that_has_everything_notices_everything() {
    let sandbox = Sandbox::new();
    let work = sandbox.path("work");
    copy(&source_root().join("tests/data/selftest"), &work);
    // With the workflows as they are shipped.
    for name in ["github-pull-request.yml", "github-fork-safe-evaluate.yml", "github-fork-safe-decide.yml"] {
        let text = read(&source_root().join("examples/workflows").join(name));
        write(&work.join(".github/workflows").join(name), text.as_bytes());
    }
    let report = selftest(&work).exits(0).json();
    assert!(report["tried"].as_u64().unwrap() >= 120, "{}", report["tried"]);
    assert_eq!(report["always"], serde_json::json!([]), "an unchanged copy passes");
    // What there is cannot be planted.
    assert_eq!(
        but_noticed(&report),
        [
            "environment-planted: not-applicable",
            "lock-planted: not-applicable",
            "calibration-planted: not-applicable"
        ]
    );
    assert_eq!(report["tried"], report["noticed"]);
}

#[test]
fn our_own_gate_notices_everything_that_applies() {
    let report = selftest(source_root()).exits(0).json();
    assert!(report["tried"].as_u64().unwrap() >= 60, "{}", report["tried"]);
    assert_eq!(report["always"], serde_json::json!([]), "an unchanged copy passes");
    assert!(but_noticed(&report).iter().all(|line| line.ends_with(": not-applicable")), "{report}");
    let noticed: Vec<&str> = report["trials"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|trial| trial["result"] == "noticed")
        .map(|trial| trial["id"].as_str().unwrap())
        .collect();
    for wanted in ["policy-deleted", "rule-dropped", "workflow-deleted", "rights-widened", "action-unpinned"]
    {
        assert!(noticed.contains(&wanted), "{wanted} does not apply to our own gate: {noticed:?}");
    }
}

#[test]
fn says_it_in_words_and_says_when_there_is_nothing() {
    let sandbox = Sandbox::with(&[("weighbridge.yaml", "version: 1\n"), ("CLAUDE.md", "Be brief.\n")]);
    let said = sandbox.outcome(&["selftest"]).exits(0);
    let (noticed, rest) = said.stdout.split_once(" of ").unwrap();
    assert!(rest.starts_with(&format!("{noticed} weakenings noticed; ")), "{}", said.stdout);
    assert!(rest.ends_with(" do not apply here\n"), "{}", said.stdout);

    let nothing = Sandbox::with(&[("CLAUDE.md", "Be brief.\n")]).outcome(&["selftest"]).exits(0);
    assert!(nothing.stdout.is_empty() && nothing.stderr.starts_with("nothing to test: "), "{nothing:?}");

    // A gate that cannot be read tests nothing, and does not look as if it had.
    let broken = Sandbox::with(&[("weighbridge.yaml", "version: 7\n")]).outcome(&["selftest"]).exits(3);
    assert!(broken.stderr.contains("weighbridge.yaml:1"), "{broken:?}");

    // Nothing merges here at all, and that is said.
    let stuck = Sandbox::with(&[
        ("weighbridge.yaml", "version: 1\n"),
        ("CLAUDE.md", "x\n"),
        ("prices.lock", "x: y\n"),
    ]);
    let said = stuck.outcome(&["selftest"]);
    assert!(said.stderr.contains("an unchanged copy does not pass either"), "{said:?}");
}

#[test]
fn what_our_own_configuration_excludes_is_not_judged() {
    // The teams among the examples are wrong on purpose, and cost something.
    let report = Sandbox::new()
        .run(&["run", source_root().to_str().unwrap(), "--no-cache", "--format", "json"])
        .outcome()
        .exits(0)
        .json();
    assert_eq!((&report["verdict"], &report["findings"]), (&Value::from("pass"), &serde_json::json!([])));
}
