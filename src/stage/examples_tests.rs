//! Every rule of ours on its own examples: what is bad is found, what is good is left alone.

use super::cache::Cache;
use super::pipeline::{Inputs, Side, run};
use crate::base::{Client, Finding, MemoryTree, Tree};
use crate::config::Config;
use crate::cost::prices::overrides::Overrides;
use crate::rules::ours::{Example, RULES};
use std::fmt::Write as _;
use std::sync::Arc;

/// Rules whose examples cannot be written as text.
const WITHOUT: [(&str, &str); 8] = [
    ("leaked-secret", "its example would be one"),
    ("crowded-listing", "its example is six descriptions of 1,500 characters"),
    ("truncated-instructions", "its example has more than 32,768 bytes"),
    ("invalid-utf8", "its example is no text"),
    ("oversized-file", "its example has more than a megabyte"),
    ("refused-link", "its example is a link"),
    ("escaping-link", "its example is a link"),
    ("unreadable-file", "its example is a file that the system does not hand out"),
];

fn side(name: &str, files: &[(&str, &str)]) -> Side {
    let tree: Arc<dyn Tree> = Arc::new(MemoryTree::new(files.iter().copied()));
    Side { name: name.to_owned(), tree }
}

fn findings(example: &Example) -> Vec<Finding> {
    let outcome = run(&Inputs {
        head: side("head", example.files),
        base: (!example.base.is_empty()).then(|| side("base", example.base)),
        whole: None,
        policy: None,
        changed_files: None,
        config: Config::default(),
        config_pinned: false,
        prices: &Overrides::default(),
        clients: &[] as &[Client],
        context: crate::report::sample::context(),
        only_changed: false,
        searched_texts: 200,
        with_cost: true,
        recordings: None,
        cache: &Cache::default(),
        now: "2026-11-21T09:00:00Z".parse().unwrap(),
        notes: Vec::new(),
        tick: &|| {},
    });
    outcome.report.findings
}

#[test]
fn examples_are_what_they_say() {
    let mut wrong = String::new();
    for rule in RULES {
        for (number, example) in rule.examples.iter().enumerate() {
            let found = findings(example);
            if found.iter().any(|finding| finding.rule == rule.id) != example.bad {
                let seen: Vec<String> =
                    found.iter().map(|one| format!("{}: {}", one.rule, one.message)).collect();
                let _ = writeln!(
                    wrong,
                    "{} example {number} (bad: {}): {}",
                    rule.id,
                    example.bad,
                    seen.join("; ")
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_rule_shows_both() {
    for rule in RULES {
        let exempt = WITHOUT.iter().any(|(id, _)| *id == rule.id);
        let both = [true, false].iter().all(|bad| rule.examples.iter().any(|example| example.bad == *bad));
        assert!(both || exempt, "{} needs a good and a bad example", rule.id);
        assert!(!(both && exempt), "{} has examples and is said to have none", rule.id);
    }
}
