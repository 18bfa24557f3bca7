//! Scenario folders: `tests/cases/NAME/` with `base/` and `head/`, and what the program says about them.
//!
//! One test runs them all. `WEIGHBRIDGE_BLESS=1 cargo test --test it scenarios` writes what is said now; read
//! the difference before you commit it, for it is what users receive. A folder may hold
//!
//! - `base/`, `head/`: the two revisions; without `base/` there is nothing to compare with
//! - `args`: more arguments, one a line
//! - `files.json`: files that no checkout could hold: `{"base": {"path": "text"}, "head": {...}}`, where a text may be
//!   `{"text": "line\n", "times": 400}`
//! - `expected.txt`, `expected.md`, `expected.exit`: standard output, the comment, and the exit code

use crate::common::{Sandbox, copy, read, source_root, switch, write};
use std::fmt::Write as _;
use std::path::Path;

#[test]
fn scenarios() {
    let folder = source_root().join("tests/cases");
    let mut names: Vec<String> = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() >= 10, "the scenarios are gone: {names:?}");
    let mut wrong = String::new();
    for name in names {
        let case = folder.join(&name);
        for (file, said) in play(&case) {
            let expected = case.join(file);
            if switch("WEIGHBRIDGE_BLESS") {
                write(&expected, said.as_bytes());
            } else if read(&expected) != said {
                let _ = write!(wrong, "\n== {name}/{file}\n{}", difference(&read(&expected), &said));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}\nif that is what users should get: WEIGHBRIDGE_BLESS=1, and commit");
}

/// Runs one scenario: its files and what they hold now.
fn play(case: &Path) -> Vec<(&'static str, String)> {
    let sandbox = Sandbox::new();
    for side in ["base", "head"] {
        if case.join(side).is_dir() {
            copy(&case.join(side), &sandbox.path("work").join(side));
        }
    }
    let more = read(&case.join("files.json"));
    if !more.is_empty() {
        let more: serde_json::Value = serde_json::from_str(&more).unwrap();
        for (side, files) in more.as_object().unwrap() {
            for (path, text) in files.as_object().unwrap() {
                let times = text["times"].as_u64().unwrap_or(1);
                let text = text["text"].as_str().or(text.as_str()).unwrap();
                let text = text.repeat(usize::try_from(times).unwrap());
                write(&sandbox.path("work").join(side).join(path), text.as_bytes());
            }
        }
    }
    let work = sandbox.path("work");
    if !work.join("head").exists() {
        // git keeps no empty folder.
        write(&work.join("head/README.md"), b"# Nothing for agents here\n");
    }
    let args = read(&case.join("args"));
    let mut call = vec!["run", "head"];
    if work.join("base").exists() {
        call.extend(["--base-dir", "base"]);
    }
    call.extend(["--no-cache", "--report-dir", "out"]);
    call.extend(args.lines().filter(|line| !line.is_empty()));
    let outcome = sandbox.outcome(&call);
    assert_eq!(outcome.stderr, "", "{}: nothing belongs on standard error", case.display());
    let comment = crate::common::placeholders(&read(&work.join("out/comment.md")), &sandbox.path(""));
    assert_ne!(comment, "", "{}: no comment was written", case.display());
    vec![
        ("expected.txt", outcome.stdout),
        ("expected.md", comment),
        ("expected.exit", format!("{}\n", outcome.code)),
    ]
}

/// The lines that differ, without those around them.
fn difference(expected: &str, said: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), said.lines().collect());
    let same = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
    let rest = old.len().min(new.len()) - same;
    let tail = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let mut out = format!("from line {}:\n", same + 1);
    let lines = |all: &[&str]| all.get(same..all.len() - tail).unwrap_or_default().to_vec().join("\n");
    for line in lines(&old).lines() {
        let _ = writeln!(out, "- {line}");
    }
    for line in lines(&new).lines() {
        let _ = writeln!(out, "+ {line}");
    }
    out
}

#[test]
fn a_difference_is_shown_and_nothing_else() {
    assert_eq!(difference("a\nb\nc\n", "a\nx\nc\n"), "from line 2:\n- b\n+ x\n");
    assert_eq!(difference("a\n", "a\nb\n"), "from line 2:\n+ b\n");
}
