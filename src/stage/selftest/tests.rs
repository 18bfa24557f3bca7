use super::scene::{Weakening, put};
use super::*;
use crate::base::MemoryTree;
use crate::config;

/// A repository whose gate has everything, in memory.
fn tree() -> Arc<dyn Tree> {
    macro_rules! files {
        ($($path:literal),+) => { [$(($path, include_str!(concat!("../../../tests/data/selftest/", $path)))),+] };
    }
    let files = files![
        "weighbridge.yaml",
        "weighbridge.calibration.json",
        "prices.lock",
        "CODEOWNERS",
        "CLAUDE.md",
        ".claude/agents/triage.md",
        ".claude/agents/resolver.md",
        "environments/production/budget-limits.yaml",
        "environments/production/model-overrides.yaml",
        ".github/workflows/agents.yml",
        ".github/workflows/changes.yml",
        ".gitlab-ci.yml",
        ".gitlab/agents.yml",
        "ci/agents.gitlab.yml"
    ];
    let decide = include_str!("../../../examples/workflows/github-fork-safe-decide.yml");
    let all = files.into_iter().chain([(".github/workflows/decide.yml", decide)]);
    Arc::new(MemoryTree::new(all))
}

fn tried(tree: Arc<dyn Tree>, ideas: &[&'static Weakening]) -> Option<Selftest> {
    let text = Scene::new(&*tree).text(config::FILE_NAME);
    let config = config::parse(config::FILE_NAME, &text.unwrap_or_default()).unwrap();
    let cache = Cache::default();
    let gate = Gate {
        tree,
        config: &config,
        clients: &[],
        context: crate::context::local::detect(&crate::host::memory::MemoryHost::default()),
        cache: &cache,
        now: "2026-11-21T10:00:00Z".parse().unwrap(),
        tick: &|| {},
    };
    try_out(&gate, ideas)
}

/// Not readable on purpose: the gate has to hold against these too.
const UNREADABLE: [&str; 1] = ["policy-with-a-key-twice"];
/// The same policy in another place, or in one that comes to the same.
const SAME: [&str; 2] = ["policy-linked", "policy-with-a-mark"];

#[test]
fn every_weakened_copy_is_one_and_can_be_read() {
    let tree = tree();
    let scene = Scene::new(&*tree);
    let value = |text: &str| serde_yaml::from_str::<serde_yaml::Value>(text.trim_start_matches('\u{feff}'));
    let mut seen = BTreeSet::new();
    for idea in ideas::all() {
        assert!(seen.insert(idea.id), "{} stands twice", idea.id);
        for edits in (idea.heads)(&scene) {
            let changed = |(path, put): &(RepoPath, Put)| match put {
                Put::Text(text) => scene.text(path.as_str()).as_ref() != Some(text),
                Put::Gone => tree.entry(path.as_str()).is_some(),
                Put::Link(_) => true,
            };
            assert!(edits.iter().all(changed), "{}: a copy is the same", idea.id);
            for (path, put) in &edits {
                let Put::Text(text) = put else { continue };
                if UNREADABLE.contains(&idea.id) || !matches!(path.extension(), Some("yaml" | "yml")) {
                    continue;
                }
                if path.as_str() == config::FILE_NAME && idea.id != "policy-of-two-documents" {
                    let found = config::parse(config::FILE_NAME, text.trim_start_matches('\u{feff}'));
                    assert!(found.is_ok(), "{}: {:?}\n{text}", idea.id, found.err());
                }
                let before = scene.text(path.as_str()).map(|text| value(&text).unwrap());
                if idea.id != "policy-of-two-documents" {
                    let after = value(text).unwrap_or_else(|error| panic!("{}: {error}\n{text}", idea.id));
                    assert!(
                        before.as_ref() != Some(&after) || SAME.contains(&idea.id),
                        "{}: means the same",
                        idea.id
                    );
                }
            }
        }
    }
    assert!(seen.len() >= 100, "{}", seen.len());
}

#[test]
fn what_is_not_noticed_is_said() {
    static READS: Weakening = Weakening {
        id: "reads",
        what: "a page for people changes",
        heads: |_| put("README.md", Put::Text("Hello".to_owned())),
    };
    static NOTHING: Weakening = Weakening { id: "nothing", what: "nothing is there", heads: |_| Vec::new() };
    static DELETED: Weakening = Weakening {
        id: "deleted",
        what: "the policy is deleted",
        heads: |_| put("weighbridge.yaml", Put::Gone),
    };
    // One copy that passes is enough.
    static HALF: Weakening = Weakening {
        id: "half",
        what: "one of two is noticed",
        heads: |scene| [(DELETED.heads)(scene), (READS.heads)(scene)].concat(),
    };
    let found = tried(tree(), &[&READS, &NOTHING, &DELETED, &HALF]).unwrap();
    let results: Vec<Noticed> = found.trials.iter().map(|trial| trial.result).collect();
    assert_eq!(results, [Noticed::Missed, Noticed::NotApplicable, Noticed::Noticed, Noticed::Missed]);
    assert_eq!((found.tried, found.noticed, found.not_applicable), (3, 1, 1));
    assert!(found.always.is_empty(), "{:?}", found.always);
    assert_eq!(
        found.missed().map(|trial| trial.files[0].as_str()).collect::<Vec<_>>(),
        ["README.md", "README.md"]
    );
    assert!(found.trials[2].how.contains("weighbridge.yaml"), "{}", found.trials[2].how);
}

#[test]
fn without_a_gate_there_is_nothing_to_test() {
    assert!(tried(Arc::new(MemoryTree::new([("AGENTS.md", "x")])), &[]).is_none());
}

#[test]
fn what_always_stands_in_the_way_counts_for_nothing() {
    static READS: Weakening = Weakening {
        id: "reads",
        what: "a page for people changes",
        heads: |_| put("README.md", Put::Text("Hello".to_owned())),
    };
    let broken: Arc<dyn Tree> = Arc::new(MemoryTree::new([
        ("weighbridge.yaml", "version: 1\n"),
        ("CLAUDE.md", "x"),
        ("prices.lock", "x: y"),
    ]));
    let found = tried(broken, &[&READS]).unwrap();
    assert!(!found.always.is_empty());
    assert_eq!(found.noticed, 0);
}
