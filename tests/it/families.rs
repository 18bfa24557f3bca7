//! Case families: what every reader does with files that are right and files that are wrong, as its documentation says.
//!
//! `tests/families/*.yaml` holds them: a file, the verdict of each reader on it, and exactly the rules that find an error
//! or a warning in it. The real binary is asked.

use crate::common::{Sandbox, read, source_root, write};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    path: String,
    content: String,
    #[serde(default)]
    files: Vec<Beside>,
    verdicts: BTreeMap<String, String>,
    #[serde(default)]
    errors: BTreeSet<String>,
    #[serde(default)]
    warnings: BTreeSet<String>,
    #[serde(default)]
    infos: BTreeSet<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Beside {
    path: String,
    content: String,
}

fn cases(file: &str) -> Vec<Case> {
    serde_yaml::from_str(&read(&source_root().join("tests/families").join(file))).unwrap()
}

fn sandbox(case: &Case) -> Sandbox {
    let sandbox = Sandbox::new();
    let work = sandbox.path("work");
    for beside in &case.files {
        write(&work.join(&beside.path), beside.content.as_bytes());
    }
    write(&work.join(&case.path), case.content.as_bytes());
    sandbox
}

fn named(rules: &BTreeSet<String>) -> String {
    format!("[{}]", rules.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
}

/// What differs from what the case says; empty when nothing does.
fn differences(case: &Case) -> String {
    let sandbox = sandbox(case);
    let mut wrong = String::new();
    let clients =
        case.verdicts.keys().filter(|reader| !matches!(reader.as_str(), "claude-api" | "agentskills"));
    let mut call = vec!["loads", ".", "--root", ".", "--verdicts", "--json"];
    call.extend(clients.flat_map(|client| ["--client", client.as_str()]));
    let verdicts = sandbox.outcome(&call).exits(0).json();
    let file = verdicts.as_array().unwrap().iter().find(|file| file["path"] == case.path.as_str());
    let readers = file.map_or(&[][..], |file| file["readers"].as_array().unwrap().as_slice());
    for (reader, wanted) in &case.verdicts {
        let found = readers.iter().find(|one| one["reader"] == reader.as_str());
        let found = found.map_or("none", |one| one["verdict"].as_str().unwrap());
        if found != wanted {
            let _ = writeln!(wrong, "  {reader}: {wanted} is right, {found} was said");
        }
    }
    let report = sandbox.outcome(&["validate", ".", "--format", "json", "--no-cache"]).json();
    let rules = |severity: &str| -> BTreeSet<String> {
        let findings = report["findings"].as_array().unwrap().iter();
        findings
            .filter(|one| one["place"]["path"] == case.path.as_str() && one["severity"] == severity)
            .map(|one| one["rule"].as_str().unwrap().to_owned())
            .collect()
    };
    for (severity, wanted) in [("error", &case.errors), ("warning", &case.warnings)] {
        let found = rules(severity);
        if found != *wanted {
            let _ = writeln!(wrong, "  {severity}s: {} is right, {} was found", named(wanted), named(&found));
        }
    }
    if !case.infos.is_subset(&rules("info")) {
        let _ = writeln!(wrong, "  infos: {} were not all found", named(&case.infos));
    }
    wrong
}

fn run(file: &str, at_least: usize) {
    let cases = cases(file);
    assert!(cases.len() >= at_least, "{file} has lost cases: {}", cases.len());
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), cases.len(), "two cases of {file} have one name");
    let mut wrong = String::new();
    for case in &cases {
        let differences = differences(case);
        if !differences.is_empty() {
            let _ = write!(wrong, "{}\n{differences}", case.name);
        }
    }
    assert!(wrong.is_empty(), "{file}:\n{wrong}");
}

#[test]
fn skills() {
    run("skills.yaml", 90);
}

#[test]
fn agents() {
    run("agents.yaml", 85);
}

#[test]
fn servers() {
    run("servers.yaml", 105);
}
