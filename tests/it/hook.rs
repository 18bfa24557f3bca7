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
