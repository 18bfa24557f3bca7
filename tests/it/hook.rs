//! What is about to be committed, by the real git: what counts is the index, not the working tree.

use crate::common::{Git, Outcome, Sandbox, read, write};
use std::process::{Command, Stdio};

const GOOD: &str = "---\nname: good\ndescription: Reviews a change\ntools: Read\n---\nReview.\n";
const BAD: &str = "---\nname: good\ndescription: Reviews a change\nmodel: nope\ntools: Read\n---\nReview.\n";
const AGENT: &str = ".claude/agents/good.md";

/// A clone with the hook, in which the agent is committed.
fn clone() -> (Sandbox, Git) {
    let sandbox = Sandbox::new();
    let git = Git::init(sandbox.path("work"));
    git.commit("first", &[(AGENT, GOOD)]);
    let installed = sandbox.outcome(&["hook", "install"]).exits(0);
    assert!(installed.stderr.contains("installed"), "{}", installed.stderr);
    (sandbox, git)
}

/// `git` with the program on its path, as a user has it.
fn git(sandbox: &Sandbox, args: &[&str]) -> (bool, String) {
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_weighbridge")).parent().expect("a folder");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let output = Command::new("git")
        .args(["-c", "user.name=A", "-c", "user.email=a@example.com"])
        .args(args)
        .current_dir(sandbox.path("work"))
        .env_clear()
        .env("PATH", path)
        .env("HOME", sandbox.path("home"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::null())
        .output()
        .expect("git");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn the_hook_judges_the_index_and_not_the_working_tree() {
    let (sandbox, _git) = clone();
    let agent = sandbox.path("work").join(AGENT);
    write(&agent, BAD.as_bytes());
    assert!(git(&sandbox, &["add", "."]).0);
    write(&agent, GOOD.as_bytes());
    let (passed, said) = git(&sandbox, &["commit", "-m", "bad is staged"]);
    assert!(!passed && said.contains("CC-AG-003") && said.contains("--no-verify"), "{said}");
    assert!(git(&sandbox, &["add", "."]).0);
    write(&agent, BAD.as_bytes());
    write(&sandbox.path("work/README.md"), b"text\n");
    assert!(git(&sandbox, &["add", "README.md"]).0);
    let (passed, said) = git(&sandbox, &["commit", "-m", "bad is only in the working tree"]);
    assert!(passed && !said.contains("CC-AG-003"), "{said}");
}

#[test]
fn a_commit_of_some_paths_is_judged_by_its_own_index() {
    let (sandbox, _git) = clone();
    write(&sandbox.path("work").join(AGENT), BAD.as_bytes());
    write(&sandbox.path("work/README.md"), b"text\n");
    assert!(git(&sandbox, &["add", "."]).0);
    let (passed, said) = git(&sandbox, &["commit", "-m", "the other file", "README.md"]);
    assert!(passed, "{said}");
    let (passed, said) = git(&sandbox, &["commit", "-m", "the agent", AGENT]);
    assert!(!passed && said.contains("CC-AG-003"), "{said}");
}

#[test]
fn a_hook_of_others_stays_and_ours_goes() {
    let (sandbox, _git) = clone();
    let hook = sandbox.path("work/.git/hooks/pre-commit");
    assert!(read(&hook).contains("weighbridge hook run"));
    sandbox.outcome(&["hook", "uninstall"]).exits(0);
    assert!(!hook.exists());
    write(&hook, b"#!/bin/sh\nexit 0\n");
    let Outcome { stderr, .. } = sandbox.outcome(&["hook", "install"]).exits(2);
    assert!(stderr.contains("another hook") && stderr.contains("weighbridge hook run || exit 1"), "{stderr}");
    sandbox.outcome(&["hook", "uninstall"]).exits(0);
    assert_eq!(read(&hook), "#!/bin/sh\nexit 0\n");
}

#[test]
fn staged_needs_a_repository_and_works_before_the_first_commit() {
    let sandbox = Sandbox::with(&[(AGENT, BAD)]);
    let outcome = sandbox.outcome(&["validate", "--staged"]).exits(2);
    assert!(outcome.stderr.contains("not in a git repository"), "{}", outcome.stderr);
    let git = Git::init(sandbox.path("work"));
    assert!(sandbox.outcome(&["validate", "--staged"]).exits(0).stdout.contains("nothing to check"));
    git.call(&["add", "."]);
    assert!(sandbox.outcome(&["validate", "--staged"]).exits(1).stdout.contains("CC-AG-003"));
}

#[test]
fn fixes_are_shown_then_written_and_then_there_are_none() {
    let text = "---\r\nname: a\r\ndescription: Reviews a change\r\ntools: Read\r\nmodel: Sonnet\r\n---\r\nReview.\r\n";
    let broken = "---\nname: [\n---\n";
    let sandbox = Sandbox::with(&[(AGENT, text), (".claude/agents/broken.md", broken)]);
    let shown = sandbox.outcome(&["fix", "--dry-run", "--unsafe"]).exits(1);
    assert!(
        shown.stdout.contains("-model: Sonnet") && shown.stdout.contains("+model: sonnet"),
        "{}",
        shown.stdout
    );
    assert!(shown.stderr.contains("broken.md is not touched"), "{}", shown.stderr);
    assert_eq!(read(&sandbox.path("work").join(AGENT)), text, "nothing is written");
    sandbox.outcome(&["fix", "--unsafe"]).exits(0);
    let fixed = read(&sandbox.path("work").join(AGENT));
    assert!(
        fixed.contains("model: sonnet\r\n") && fixed.matches('\n').count() == fixed.matches("\r\n").count(),
        "{fixed}"
    );
    let again = sandbox.outcome(&["fix", "--unsafe"]).exits(0);
    assert!(again.stdout.is_empty() && again.stderr.contains("nothing to fix"), "{}", again.stderr);
    assert_eq!(read(&sandbox.path("work/.claude/agents/broken.md")), broken);
}

#[test]
fn only_changed_files_are_looked_at_and_a_stamp_that_was_set_back_hides_none() {
    let agent = |name: &str| format!("---\nname: {name}\ndescription: Says what was bought\n---\nSay it.\n");
    let sandbox = Sandbox::new();
    let git = Git::init(sandbox.path("work"));
    let (one, two) = (agent("one"), agent("two"));
    git.commit("start", &[(".claude/agents/one.md", &one), (".claude/agents/two.md", &two)]);
    // Git takes a file that was written in the same instant as its index for one that may have changed.
    std::thread::sleep(std::time::Duration::from_millis(20));
    git.call(&["update-index", "--refresh"]);
    git.call(&["add", "--renormalize", "."]);
    let checked = || -> Vec<String> {
        let outcome = sandbox.outcome(&["validate", "--only-changed", "--base", "main", "--format", "json"]);
        let files = outcome.json()["files"].clone();
        files.as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(checked(), [""; 0]);
    let path = sandbox.path("work").join(".claude/agents/two.md");
    let before = std::fs::metadata(&path).unwrap().modified().unwrap();
    std::fs::write(&path, two.replace("bought", "bougth")).unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(before).unwrap();
    assert_eq!(checked(), [".claude/agents/two.md"]);
    git.call(&["add", "--all"]);
    assert_eq!(checked(), [".claude/agents/two.md"], "staged is changed too");
    std::fs::write(&path, &two).unwrap();
    assert_eq!(checked(), [""; 0], "written again as it was");
}

#[test]
fn the_hook_goes_where_git_looks_or_nowhere() {
    let sandbox = Sandbox::new();
    let work = Git::init(sandbox.path("work"));
    let refused = |what: &str| {
        let outcome = sandbox.outcome(&["hook", "install"]);
        assert_ne!(outcome.code, 0, "{what}: {}", outcome.stdout);
        outcome.stderr
    };
    std::fs::create_dir_all(sandbox.path("home")).unwrap();
    write(&sandbox.path("home/.gitconfig"), b"[core]\n\thooksPath = ~/hooks\n");
    let said = refused("hooks of all repositories");
    assert!(said.contains("all your repositories") && said.contains("core.hooksPath"), "{said}");
    work.call(&["config", "core.hooksPath", "~/own"]);
    sandbox.outcome(&["hook", "install"]).exits(0);
    assert!(sandbox.path("home/own/pre-commit").exists() && !sandbox.path("work/~").exists());
    work.call(&["config", "core.hooksPath", ""]);
    assert!(refused("an empty path").contains("it is empty"));
    work.call(&["config", "core.hooksPath", ".husky/_"]);
    assert!(refused("husky").contains(".husky/pre-commit"));
    std::fs::remove_file(sandbox.path("home/.gitconfig")).unwrap();
    work.call(&["config", "--unset", "core.hooksPath"]);
    let hook = sandbox.path("work/.git/hooks/pre-commit");
    std::os::unix::fs::symlink("/nowhere", &hook).unwrap();
    assert!(refused("a link that leads nowhere").contains("another hook"));
    std::fs::remove_file(&hook).unwrap();
    write(&hook, &vec![b'#'; 2 * 1024 * 1024]);
    assert!(refused("a large hook").contains("another hook"));
    std::fs::remove_file(&hook).unwrap();
    sandbox.outcome(&["hook", "install"]).exits(0);
    let edited = read(&hook) + "npm test\n";
    write(&hook, edited.as_bytes());
    assert!(refused("an edited hook").contains("was changed"));
    let said = sandbox.outcome(&["hook", "uninstall"]).exits(0).stderr;
    assert!(said.contains("left as it is") && read(&hook) == edited, "{said}");
    work.call(&["config", "core.bare", "true"]);
    assert!(refused("a bare repository").contains("bare"));
}

#[test]
fn a_merge_is_judged_by_what_neither_side_has() {
    let (sandbox, work) = clone();
    sandbox.outcome(&["hook", "uninstall"]).exits(0);
    work.call(&["switch", "--quiet", "--create", "feature"]);
    work.commit("theirs", &[("notes.md", "feature\n")]);
    work.call(&["switch", "--quiet", "main"]);
    work.commit("ours, past the hook", &[("notes.md", "main\n"), (".claude/agents/bad.md", BAD)]);
    work.call(&["switch", "--quiet", "feature"]);
    sandbox.outcome(&["hook", "install"]).exits(0);
    let (merged, _) = git(&sandbox, &["merge", "main"]);
    assert!(!merged, "both changed the notes");
    write(&sandbox.path("work/notes.md"), b"both\n");
    assert!(git(&sandbox, &["add", "--all"]).0);
    let (passed, said) = git(&sandbox, &["commit", "--no-edit"]);
    assert!(passed, "main has the broken agent: {said}");
}

#[test]
fn other_repositories_inside_are_not_looked_at() {
    let (sandbox, work) = clone();
    let inner = Git::init(sandbox.path("work/lib/inner"));
    inner.commit("broken", &[(AGENT, BAD)]);
    work.call(&["worktree", "add", "--quiet", ".claude/worktrees/a"]);
    write(&sandbox.path("work/.claude/worktrees/a").join(AGENT), BAD.as_bytes());
    let outcome = sandbox.outcome(&["validate"]).exits(0);
    assert!(outcome.stdout.contains("lib/inner, which is a repository of its own"), "{}", outcome.stdout);
    write(&sandbox.path("work/.git/info/exclude"), b".claude/agents/mine.md\n");
    write(&sandbox.path("work/.claude/agents/mine.md"), BAD.as_bytes());
    sandbox.outcome(&["validate"]).exits(0);
}

#[test]
fn who_mends_the_configuration_can_commit_and_reads_whose_is_broken() {
    let (sandbox, work) = clone();
    sandbox.outcome(&["hook", "uninstall"]).exits(0);
    work.commit("broken", &[("weighbridge.yaml", "version: 1\nrules: 3\n")]);
    sandbox.outcome(&["hook", "install"]).exits(0);
    write(&sandbox.path("work/weighbridge.yaml"), b"version: 1\n");
    assert!(git(&sandbox, &["add", "--all"]).0);
    let (passed, said) = git(&sandbox, &["commit", "-m", "mended"]);
    assert!(passed, "{said}");
    let outcome = sandbox.outcome(&["validate", "--base", "HEAD~1"]).exits(3);
    assert!(outcome.stderr.contains("weighbridge.yaml of the base ("), "{}", outcome.stderr);
    sandbox.outcome(&["hook", "uninstall"]).exits(0);
    work.commit("old name", &[("weighbridge.yaml", "version: 1\nrules: {levels: {no-such-rule: error}}\n")]);
    let outcome = sandbox.outcome(&["validate", "--base", "HEAD"]).exits(0);
    assert!(outcome.stdout.contains("`no-such-rule` is no rule"), "{}", outcome.stdout);
}

#[test]
fn a_staged_text_that_is_too_large_is_named() {
    let (sandbox, _work) = clone();
    write(&sandbox.path("work/large.txt"), &vec![b'a'; 2 * 1024 * 1024]);
    assert!(git(&sandbox, &["add", "--all"]).0);
    let (passed, said) = git(&sandbox, &["commit", "-m", "large"]);
    assert!(passed && said.contains("not searched for secrets"), "{said}");
}

#[test]
fn a_file_is_no_folder_and_a_missing_folder_is_named() {
    let sandbox = Sandbox::with(&[("CLAUDE.md", "Be brief.\n")]);
    let said = sandbox.outcome(&["validate", "CLAUDE.md"]).exits(2).stderr;
    assert!(said.contains("CLAUDE.md is a file"), "{said}");
    let said = sandbox.outcome(&["secrets", "nowhere"]).exits(2).stderr;
    assert!(said.contains("there is no folder nowhere"), "{said}");
}

#[test]
fn fixes_of_ours_take_idle_ignores_out_and_read_comments() {
    let ignored = "# Title\n\nWrite tests.\n\n<!-- weighbridge-ignore nul-byte: was there once -->\nBe brief. <!-- weighbridge-ignore zero-width-characters: Gr\u{200b}uß quoted -->\n";
    let servers = "{\n  // ours\n  \"servers\": {\n    \"a\": {\"command\": \"x\", \"env\": {\"A\": \"$TOKEN\"}},\n  },\n}\n";
    let plain = "{\n  // nothing to fix\n  \"servers\": {},\n}\n";
    let sandbox = Sandbox::with(&[
        ("AGENTS.md", ignored),
        (".vscode/mcp.json", servers),
        ("b/.vscode/mcp.json", plain),
    ]);
    let outcome = sandbox.outcome(&["fix"]).exits(0);
    assert!(outcome.stderr.contains("2 fixes applied in 2 files"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("not touched"), "{}", outcome.stderr);
    let now = |path: &str| read(&sandbox.path("work").join(path));
    assert_eq!(
        now("AGENTS.md"),
        ignored.replace("<!-- weighbridge-ignore nul-byte: was there once -->\n", "")
    );
    assert_eq!(now(".vscode/mcp.json"), servers.replace("$TOKEN", "${env:TOKEN}"));
    assert!(sandbox.outcome(&["fix"]).exits(0).stderr.contains("nothing to fix"));
}

#[test]
fn a_rule_that_is_switched_off_fixes_nothing() {
    let config = "version: 1\nrules:\n  levels:\n    zero-width-characters: \"off\"\n";
    let text = "# Title\n\nBe\u{200b} brief.\n";
    let sandbox = Sandbox::with(&[("AGENTS.md", text), ("weighbridge.yaml", config)]);
    assert!(sandbox.outcome(&["fix"]).exits(0).stderr.contains("nothing to fix"));
    assert_eq!(read(&sandbox.path("work/AGENTS.md")), text);
}

#[test]
fn files_of_clients_that_are_left_out_are_not_fixed() {
    let sandbox = Sandbox::with(&[(AGENT, BAD), ("weighbridge.yaml", "version: 1\nclients: [codex]\n")]);
    let said = sandbox.outcome(&["fix", "--dry-run", "--unsafe"]).exits(0);
    assert!(said.stderr.contains("nothing to fix"), "{}", said.stderr);
    write(&sandbox.path("work/weighbridge.yaml"), b"version: 1\nclients: [claude-code]\n");
    sandbox.outcome(&["fix", "--dry-run", "--unsafe"]).exits(1);
}
