//! Worked examples: a repository, a client, a folder, and what is read.

use super::*;
use crate::agent::{classify, file};
use crate::base::{BlobId, MemoryTree, Tree};
use crate::config::Declared;
use std::fmt::Write as _;

fn repo(files: &[(&str, &str)]) -> Repo {
    let tree = MemoryTree::new(files.iter().copied());
    Repo::new(tree.entries().iter().map(|entry| {
        let kind = classify(&entry.path, &tree, &Declared::default()).unwrap_or(Kind::Imported);
        let bytes = tree.read(&entry.path, u64::MAX).expect("there");
        file::read(&entry.path, kind, BlobId([0; 20]), &bytes).file
    }))
}

fn shown_loads(client: Client, folder: &str, files: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for load in loads(client, &RepoPath::new(folder).expect("inside"), &repo(files)) {
        writeln!(out, "{} [{}] {}", load.path, load.part.name(), load.effect.words()).expect("string");
    }
    out
}

const SKILL: &str = "---\nname: pdf\ndescription: Reads PDF\n---\nBody\n";

#[test]
fn codex_spends_one_budget_from_the_root_down() {
    let root = "r".repeat(20_000);
    let api = "a".repeat(20_000);
    let files = [
        ("AGENTS.md", root.as_str()),
        ("src/AGENTS.md", &api),
        ("src/api/AGENTS.md", "x"),
        ("src/api/x/AGENTS.md", "below"),
    ];
    insta::assert_snapshot!(shown_loads(Client::Codex, "src/api", &files), @r"
    AGENTS.md [whole] loaded
    src/AGENTS.md [whole] truncated to 12,768 bytes
    src/api/AGENTS.md [whole] skipped: the 32,768 bytes for project instructions are spent by the files above it
    ");
}

#[test]
fn codex_takes_one_file_per_folder_even_an_empty_one() {
    let files = [
        ("AGENTS.override.md", " \n"),
        ("AGENTS.md", "text"),
        ("CLAUDE.md", "x"),
        (".claude/skills/a/SKILL.md", SKILL),
    ];
    insta::assert_snapshot!(shown_loads(Client::Codex, "", &files), @r"
    AGENTS.override.md [whole] skipped: it is empty
    AGENTS.md [whole] shadowed by AGENTS.override.md
    .claude/skills/a/SKILL.md [body] skipped: Codex does not read .claude/skills
    CLAUDE.md [whole] skipped: Codex does not read CLAUDE.md
    ");
}

#[test]
fn claude_reads_agents_md_only_without_a_claude_md_on_the_path() {
    let files = [("AGENTS.md", "root"), ("src/AGENTS.md", "src"), ("src/api/CLAUDE.md", "api")];
    insta::assert_snapshot!(shown_loads(Client::ClaudeCode, "src", &files), @r"
    AGENTS.md [whole] loaded
    src/AGENTS.md [whole] loaded
    src/api/CLAUDE.md [whole] on demand: a file in src/api is read or written
    ");
    insta::assert_snapshot!(shown_loads(Client::ClaudeCode, "src/api", &files), @r"
    src/api/CLAUDE.md [whole] loaded
    AGENTS.md [whole] shadowed by src/api/CLAUDE.md
    src/AGENTS.md [whole] shadowed by src/api/CLAUDE.md
    ");
}

#[test]
fn claude_follows_imports_four_hops_and_once() {
    let files = [
        ("CLAUDE.md", "@AGENTS.md @a.md @a.md"),
        ("AGENTS.md", "text"),
        ("a.md", "@b.md @CLAUDE.md"),
        ("b.md", "@c.md"),
        ("c.md", "@d.md"),
        ("d.md", "@e.md"),
        ("e.md", "too far"),
    ];
    insta::assert_snapshot!(shown_loads(Client::ClaudeCode, "", &files), @r"
    CLAUDE.md [whole] loaded
    AGENTS.md [whole] loaded
    a.md [whole] loaded
    b.md [whole] loaded
    c.md [whole] loaded
    d.md [whole] loaded
    e.md [whole] skipped: imports reach four hops and this is the fifth
    ");
}

#[test]
fn claude_drops_agents_without_a_word() {
    let files = [
        (".claude/agents/good.md", "---\nname: good\ndescription: Does\n---\nPrompt"),
        (".claude/agents/none.md", "---\nname: none\n---\nPrompt"),
        (".claude/agents/dash.md", "---\nname: -dash\ndescription: Does\n---\n"),
        (".claude/agents/broken.md", "---\nname: [a\n---\n"),
        (".claude/rules/always.md", "text"),
        (".claude/rules/some.md", "---\npaths: [\"src/**\"]\n---\ntext"),
        (".claude/skills/pdf/SKILL.md", SKILL),
        (
            ".claude/skills/own/SKILL.md",
            "---\nname: own\ndescription: d\ndisable-model-invocation: true\n---\n",
        ),
        (".agents/skills/pdf/SKILL.md", SKILL),
        (".mcp.json", "{\"mcpServers\":{\"a\":{}}}"),
    ];
    insta::assert_snapshot!(shown_loads(Client::ClaudeCode, "", &files), @r"
    .claude/rules/always.md [body] loaded
    .claude/rules/some.md [body] on demand: a file matching `src/**` is read or written
    .claude/skills/own/SKILL.md [body] on demand: the user types its command
    .claude/skills/pdf/SKILL.md [listing entry] loaded
    .claude/skills/pdf/SKILL.md [body] on demand: the model or the user invokes the skill
    .agents/skills/pdf/SKILL.md [body] skipped: Claude Code does not read .agents/skills
    .claude/agents/broken.md [body] skipped: its front matter cannot be read
    .claude/agents/dash.md [body] skipped: its name begins with `-`
    .claude/agents/good.md [listing entry] loaded
    .claude/agents/good.md [body] on demand: the sub-agent is started, in its own context
    .claude/agents/none.md [body] skipped: it has no `description`
    .mcp.json [whole] on demand: a server's tools are searched for; their schemas come from the server
    ");
}

#[test]
fn zed_reads_exactly_one_file_and_opencode_one_name() {
    let files = [
        ("AGENTS.md", "a"),
        ("CLAUDE.md", "c"),
        (".github/copilot-instructions.md", "p"),
        ("src/CLAUDE.md", "c"),
    ];
    insta::assert_snapshot!(shown_loads(Client::Zed, "", &files), @r"
    .github/copilot-instructions.md [body] loaded
    AGENTS.md [whole] shadowed by .github/copilot-instructions.md
    CLAUDE.md [whole] shadowed by .github/copilot-instructions.md
    ");
    insta::assert_snapshot!(shown_loads(Client::OpenCode, "src", &files), @r"
    AGENTS.md [whole] loaded
    CLAUDE.md [whole] shadowed by AGENTS.md
    src/CLAUDE.md [whole] shadowed by AGENTS.md
    ");
}

#[test]
fn cursor_rules_load_by_their_header() {
    let files = [
        (".cursor/rules/a.mdc", "---\nalwaysApply: true\n---\nx"),
        (".cursor/rules/b.mdc", "---\nglobs: src/**, lib/**\nalwaysApply: false\n---\nx"),
        (".cursor/rules/c.mdc", "---\ndescription: when\n---\nx"),
        (".cursor/rules/d.md", "x"),
        ("AGENTS.md", "x"),
        ("web/AGENTS.md", "x"),
    ];
    insta::assert_snapshot!(shown_loads(Client::Cursor, "", &files), @r"
    .cursor/rules/a.mdc [body] loaded
    .cursor/rules/b.mdc [body] on demand: a file matching `src/**`, `lib/**` is in context
    .cursor/rules/c.mdc [body] on demand: the model asks for it by its description
    .cursor/rules/d.md [body] skipped: only .mdc files are rules
    AGENTS.md [whole] loaded
    web/AGENTS.md [whole] on demand: a file in web is worked on
    ");
}

#[test]
fn every_client_answers_on_every_folder_without_panic() {
    let files = [
        ("AGENTS.md", "x"),
        ("a-b/AGENTS.md", "x"),
        ("a/b/AGENTS.md", "x"),
        ("a/CLAUDE.md", "@../x.md"),
        ("x.md", ""),
    ];
    for client in Client::ALL {
        for folder in ["", "a", "a/b", "nowhere/deep"] {
            let _ = shown_loads(*client, folder, &files);
        }
    }
}

#[test]
fn folders_with_a_common_beginning_are_told_apart() {
    let repo = repo(&[("a/AGENTS.md", "x"), ("a-b/AGENTS.md", "x"), ("a.c/AGENTS.md", "x")]);
    let below: Vec<String> =
        repo.below(&RepoPath::new("a").expect("inside")).map(|file| file.path.to_string()).collect();
    assert_eq!(below, ["a/AGENTS.md"]);
}
