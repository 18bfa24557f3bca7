//! Every rule on an input that it must find and on one that it must leave alone.

use super::*;
use crate::agent::{Kind, classify, file};
use crate::base::{BlobId, MemoryTree, Tree};
use crate::config::Declared;

fn rules_of(files: &[(&str, &[u8])]) -> Vec<String> {
    let tree = MemoryTree::new(files.iter().copied());
    let mut found = Vec::new();
    let mut read_files = Vec::new();
    for entry in tree.entries() {
        let kind = classify(&entry.path, &tree, &Declared::default()).unwrap_or(Kind::Imported);
        let read =
            file::read(&entry.path, kind, BlobId([0; 20]), &tree.read(&entry.path, u64::MAX).expect("there"));
        found.extend(check_faults(&entry.path, &read.faults));
        read_files.push(read.file);
    }
    found.extend(check_repo(&Repo::new(read_files)));
    found.iter().map(|finding| format!("{} {}", finding.rule, finding.place.path)).collect()
}

#[test]
fn files_that_cannot_be_read_as_meant() {
    assert_eq!(rules_of(&[("AGENTS.md", b"\xff")]), ["invalid-utf8 AGENTS.md"]);
    assert_eq!(rules_of(&[("AGENTS.md", b"a\0b")]), ["nul-byte AGENTS.md"]);
    let limits = "environments/ci/budget-limits.yaml";
    assert_eq!(rules_of(&[(limits, b"a: [")]), [format!("unreadable-yaml {limits}")]);
    assert_eq!(rules_of(&[(limits, b"a: 1\na: 2")]), [format!("duplicate-key {limits}")]);
    assert!(rules_of(&[(limits, b"a: 1\nb: 2"), ("AGENTS.md", "ä".as_bytes())]).is_empty());
}

#[test]
fn faults_from_the_tree() {
    let path = RepoPath::new("AGENTS.md").expect("inside");
    let rules = |fault: Fault| check_faults(&path, &[fault])[0].rule.clone();
    assert_eq!(rules(Fault::TooLarge { size: 9, limit: 3 }), "oversized-file");
    assert_eq!(rules(Fault::RefusedLink { reason: "x".into() }), "refused-link");
    assert_eq!(rules(Fault::Unreadable { reason: "x".into() }), "unreadable-file");
}

#[test]
fn instructions_that_nobody_reads() {
    assert_eq!(rules_of(&[("AGENTS.md", b"x"), ("CLAUDE.md", b"y")]), ["hidden-instructions AGENTS.md"]);
    assert!(rules_of(&[("AGENTS.md", b"x"), ("CLAUDE.md", b"@AGENTS.md")]).is_empty());
    assert!(rules_of(&[("AGENTS.md", b"x")]).is_empty());
    assert_eq!(
        rules_of(&[("AGENTS.md", b"x"), ("AGENTS.override.md", b"")]),
        ["empty-override AGENTS.override.md"]
    );
    let long = vec![b'x'; 20_000];
    assert_eq!(
        rules_of(&[("AGENTS.md", &long), ("a/AGENTS.md", &long), ("a/b/AGENTS.md", b"x")]),
        ["truncated-instructions a/AGENTS.md", "truncated-instructions a/b/AGENTS.md"]
    );
}

#[test]
fn names_and_listings() {
    let agent = b"---\nname: same\ndescription: d\n---\n";
    assert_eq!(
        rules_of(&[
            (".claude/agents/a.md", agent),
            (".claude/agents/b.md", agent),
            ("x/.claude/agents/c.md", agent)
        ]),
        ["duplicate-agent-name .claude/agents/b.md"]
    );
    let skill = format!("---\nname: s\ndescription: {}\n---\n", "d".repeat(1500));
    let paths: Vec<String> = (0..6).map(|number| format!(".claude/skills/s{number}/SKILL.md")).collect();
    let files: Vec<(&str, &[u8])> = paths.iter().map(|path| (path.as_str(), skill.as_bytes())).collect();
    assert_eq!(rules_of(&files), ["crowded-listing .claude/skills/s0/SKILL.md"]);
    assert!(rules_of(&files[..5]).is_empty());
}

#[test]
fn what_the_cost_stage_finds_is_registered() {
    use crate::cost::declared::{AGENTS, COST, MODEL, PRICE, SUM};
    let of_cost = RULES.iter().filter(|rule| matches!(rule.check, Check::Cost)).map(|rule| rule.id);
    assert_eq!(
        of_cost.collect::<Vec<_>>(),
        [AGENTS, COST, MODEL, PRICE, SUM, "retired-model", "unpriced-model"]
    );
}
