//! The command line as a user meets it: exit codes, formats, revisions, the environment.

use crate::common::{Git, Outcome, Sandbox, read, source_root, symlink, write};
use serde_json::Value;
use std::path::Path;

const AGENTS: &str = "# Shop\n\nRun `make test` before you commit.\n";
const BROKEN_MCP: &str = "{\n  \"mcpServers\": {},\n}\n";
const OUR_COMMANDS: [&str; 9] =
    ["run", "validate", "loads", "tokens", "prices", "calibrate", "rules", "lsp", "completions"];

fn repository(sandbox: &Sandbox) -> Git {
    Git::init(sandbox.path("work"))
}

fn rules_of(report: &Value) -> Vec<(String, String)> {
    let findings = report["findings"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    findings.iter().map(|finding| (text(&finding["rule"]), text(&finding["change"]))).collect()
}

#[test]
fn version_and_help() {
    let sandbox = Sandbox::new();
    let version = sandbox.outcome(&["--version"]).exits(0);
    assert_eq!((version.stdout.as_str(), version.stderr.as_str()), ("weighbridge [VERSION]\n", ""));
    let help = sandbox.outcome(&["--help"]).exits(0);
    assert!(OUR_COMMANDS.iter().all(|name| help.stdout.contains(name)), "{}", help.stdout);
    for name in OUR_COMMANDS {
        sandbox.outcome(&[name, "--help"]).exits(0);
    }
}

#[test]
fn shells_are_told_what_can_be_typed() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = sandbox.outcome(&["completions", shell]).exits(0);
        assert!(script.stdout.contains("validate") && script.stderr.is_empty(), "{shell}: {}", script.stdout);
        if shell == "bash" {
            let file = sandbox.path("completions.bash");
            write(&file, script.stdout.as_bytes());
            let parsed = std::process::Command::new("bash").arg("-n").arg(&file).output().unwrap();
            assert!(parsed.status.success() && parsed.stderr.is_empty(), "{parsed:?}");
        }
    }
    sandbox.outcome(&["completions", "tcsh"]).exits(2);
}

#[test]
fn verdicts_and_errors_have_their_exit_codes() {
    let pass = Sandbox::with(&[("AGENTS.md", AGENTS)]);
    pass.outcome(&["run"]).exits(0);
    let blocked = Sandbox::with(&[(".mcp.json", BROKEN_MCP)]);
    blocked.outcome(&["run"]).exits(1);
    blocked.outcome(&["validate"]).exits(1);
    blocked.outcome(&["run", "--exit-zero"]).exits(0);
    for wrong in [&["run", "--no-such-option"][..], &["weigh"], &["run", "--client", "emacs"], &[]] {
        let outcome = pass.outcome(wrong).exits(2);
        assert!(outcome.stdout.is_empty(), "usage belongs on standard error");
    }
    let both = pass.outcome(&["run", "--base", "main", "--base-dir", "x"]).exits(2);
    assert!(both.stderr.contains("--base-dir"), "{}", both.stderr);
    let gone = pass.outcome(&["run", "no-such-folder"]).exits(2);
    assert!(gone.stderr.contains("no-such-folder"), "{}", gone.stderr);
    let output = pass.outcome(&["run", "--output", "/proc/no/such"]).exits(5);
    assert!(output.stderr.contains("/proc/no/such"), "{}", output.stderr);
}

#[test]
fn a_broken_configuration_is_said_with_every_line() {
    let sandbox = Sandbox::with(&[
        ("AGENTS.md", AGENTS),
        ("weighbridge.yaml", "version: 1\nclients:\n  - codx\nfiles:\n  exclude: ['a[']\n"),
    ]);
    let outcome = sandbox.outcome(&["run"]).exits(3);
    for line in ["weighbridge.yaml:3: `codx`", "weighbridge.yaml:5: `a[`", "help:"] {
        assert!(outcome.stderr.contains(line), "{line} in {}", outcome.stderr);
    }
    assert_eq!(outcome.stdout, "");
    sandbox.write_all("work", &[("weighbridge.yaml", "version: 1\n"), ("other.yaml", "versoin: 1\n")]);
    sandbox.outcome(&["run"]).exits(0);
    let named = sandbox.outcome(&["run", "--config", "other.yaml"]).exits(3);
    assert!(named.stderr.contains("other.yaml:1: "), "{}", named.stderr);
    sandbox.run(&["run"]).env("WEIGHBRIDGE_CONFIG", "other.yaml").outcome().exits(3);
    sandbox.outcome(&["run", "--config", "gone.yaml"]).exits(5);
}

#[test]
fn every_format_parses() {
    let sandbox = Sandbox::with(&[("AGENTS.md", AGENTS), (".mcp.json", BROKEN_MCP)]);
    let format = |name: &str| sandbox.outcome(&["run", "--no-cache", "--format", name]).exits(1);
    let report = format("json").json();
    assert_eq!((&report["verdict"], &report["tool"]["name"]), (&"block".into(), &"weighbridge".into()));
    assert!(rules_of(&report).contains(&("MCP-007".into(), "new".into())), "{report}");

    let sarif = format("sarif").json();
    let mut schema: Value =
        serde_json::from_str(&read(&source_root().join("tests/data/sarif-schema-2.1.0.json"))).unwrap();
    // The published schema has a regular expression that is none.
    for holder in ["run", "toolComponent"] {
        schema["definitions"][holder]["properties"]["language"].as_object_mut().unwrap().remove("pattern");
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&sarif).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], ".mcp.json");
    assert!(result["partialFingerprints"].as_object().is_some_and(|prints| !prints.is_empty()), "{result}");

    let quality = format("code-quality").json();
    assert_eq!(quality[0]["location"]["path"], ".mcp.json");
    assert!(quality[0]["fingerprint"].as_str().is_some_and(|print| print.len() >= 16));

    let junit = format("junit").stdout;
    assert_eq!(failures_in(&junit), 1, "{junit}");
    assert!(format("markdown").stdout.starts_with("### Weighbridge: blocked"));
    let github = format("github").stdout;
    assert!(github.starts_with("::error file=.mcp.json,line=3"), "{github}");
    assert!(github.lines().all(|line| line.starts_with("::")), "{github}");
}

/// Walks the whole document, so that it has to be well-formed, and counts the failures in it.
fn failures_in(xml: &str) -> usize {
    let mut reader = quick_xml::Reader::from_str(xml);
    let (mut failures, mut depth) = (0, 0);
    loop {
        use quick_xml::events::Event;
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(tag) => {
                depth += 1;
                failures += usize::from(tag.name().as_ref() == b"failure");
            }
            Event::End(_) => depth -= 1,
            Event::Empty(tag) => failures += usize::from(tag.name().as_ref() == b"failure"),
            _ => {}
        }
    }
    assert_eq!(depth, 0);
    failures
}

#[test]
fn report_files_and_output_file() {
    let sandbox = Sandbox::with(&[("AGENTS.md", AGENTS)]);
    let outcome =
        sandbox.outcome(&["run", "--format", "json", "--output", "o/r.json", "--report-dir", "all"]).exits(0);
    assert_eq!(outcome.stdout, "");
    let written: Vec<String> = crate::common::files_below(&sandbox.path("work/all"))
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    assert_eq!(
        written,
        [
            "comment.md",
            "cost.csv",
            "gl-code-quality.json",
            "junit.xml",
            "report.html",
            "report.json",
            "report.sarif",
            "summary.md"
        ]
    );
    assert_eq!(read(&sandbox.path("work/o/r.json")), read(&sandbox.path("work/all/report.json")));
    // The reports of the last run are no agent files of the next.
    sandbox.outcome(&["run"]).exits(0);
}

#[test]
fn loads_tokens_and_rules() {
    let sandbox = Sandbox::with(&[
        ("AGENTS.md", AGENTS),
        ("src/api/AGENTS.md", "# API\n"),
        ("CLAUDE.md", "@AGENTS.md\n"),
    ]);
    repository(&sandbox);
    let loads = sandbox.outcome(&["loads", "src/api", "--client", "codex", "--json"]).exits(0).json();
    let paths: Vec<&Value> = loads[0]["loads"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|load| !load["tokens"].is_null())
        .map(|load| &load["path"])
        .collect();
    assert_eq!(paths, ["AGENTS.md", "src/api/AGENTS.md"]);
    assert_eq!(loads[0]["folder"], "src/api");
    let text = sandbox.outcome(&["loads"]).exits(0).stdout;
    assert!(text.contains("Claude Code in the repository root") && text.contains("CLAUDE.md"), "{text}");
    sandbox.outcome(&["loads", "gone"]).exits(2);

    let tokens = sandbox.outcome(&["tokens", "--json"]).exits(0).json();
    assert_eq!(tokens.as_array().unwrap().len(), 3);
    let table = sandbox.outcome(&["tokens"]).exits(0).stdout;
    assert!(table.lines().last().unwrap().ends_with("total") && table.contains("~14 "), "{table}");

    let rules = sandbox.outcome(&["rules"]).exits(0).stdout;
    assert!(rules.lines().count() > 700 && rules.contains("truncated-instructions"));
    let one = sandbox.outcome(&["rules", "CC-AG-001"]).exits(0).stdout;
    assert!(one.contains("source  http") && one.contains("from    [RULES]"), "{one}");
    let none = sandbox.outcome(&["rules", "NO-SUCH"]).exits(2);
    assert!(none.stderr.contains("`NO-SUCH`") && none.stderr.contains("help"), "{}", none.stderr);
    assert_eq!(
        sandbox.outcome(&["rules", "duplicate-key", "--json"]).exits(0).json()[0]["id"],
        "duplicate-key"
    );
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.run(&["rules"]).into_command();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command
        .stdout(writer)
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap()
        .wait_with_output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*said), (Some(0), ""));
}

#[test]
fn quiet_and_colour() {
    let sandbox = Sandbox::with(&[(".mcp.json", BROKEN_MCP)]);
    let plain = sandbox.outcome(&["run", "--no-cache"]).exits(1);
    assert!(plain.stdout.contains("hint:") && !plain.stdout.contains('\u{1b}'));
    let quiet = sandbox.outcome(&["run", "--no-cache", "--quiet"]).exits(1);
    assert!(!quiet.stdout.contains("hint:") && quiet.stdout.contains("MCP-007"), "{}", quiet.stdout);
    let colour = |args: &[&str], name: &str, value: &str| {
        sandbox.run(args).env("CLICOLOR_FORCE", "1").env(name, value).outcome().stdout.contains('\u{1b}')
    };
    assert!(colour(&["run"], "A", "b"));
    assert!(!colour(&["run"], "NO_COLOR", "1"), "NO_COLOR goes first");
    assert!(colour(&["run", "--color", "always"], "NO_COLOR", "1"), "an option goes before both");
    assert!(!colour(&["run", "--color", "never"], "A", "b"));
    let empty = Sandbox::new();
    assert_ne!(empty.outcome(&["tokens"]).stderr, "");
    assert_eq!(empty.outcome(&["tokens", "--quiet"]).stderr, "");
}

#[test]
fn a_second_run_from_the_cache_says_the_same() {
    let sandbox =
        Sandbox::with(&[("AGENTS.md", AGENTS), (".mcp.json", BROKEN_MCP), ("CLAUDE.md", "@gone.md\n")]);
    let outcome = |args: &[&str]| sandbox.outcome(args);
    let first = outcome(&["run", "--format", "json"]);
    let cached = crate::common::files_below(&sandbox.path("cache/weighbridge"));
    assert_eq!(cached.len(), 1, "{cached:?}");
    assert_eq!(outcome(&["run", "--format", "json"]), first);
    assert_eq!(outcome(&["run", "--format", "json", "--no-cache"]), first);
    // What a rule asked about another file is asked again.
    sandbox.write_all("work", &[("gone.md", "Here.\n")]);
    let now = outcome(&["run", "--format", "json"]);
    assert_ne!(now, first);
    assert_eq!(now, outcome(&["run", "--format", "json", "--no-cache"]));
    // A damaged cache is no cache.
    let file = sandbox.path("cache/weighbridge").join(&cached[0]);
    write(&file, b"\xff\xff\xff\xff not ours");
    assert_eq!(outcome(&["run", "--format", "json"]), now);
    // In CI only where the job names a folder.
    let ci = Sandbox::with(&[("AGENTS.md", AGENTS)]);
    ci.run(&["run"]).env("CI", "true").outcome().exits(0);
    assert!(!ci.path("cache/weighbridge").exists());
    ci.run(&["run"]).env("CI", "true").env("WEIGHBRIDGE_CACHE_DIR", "kept").outcome().exits(0);
    assert!(ci.path("work/kept").exists());
}

#[test]
fn environment_variables_stand_in_for_options() {
    let sandbox =
        Sandbox::with(&[("a/AGENTS.md", AGENTS), ("a/CLAUDE.md", "Short.\n"), ("b/.mcp.json", BROKEN_MCP)]);
    let run = |name: &str, value: &str| sandbox.run(&["run", "--format", "json"]).env(name, value).outcome();
    run("WEIGHBRIDGE_PATH", "a").exits(0);
    sandbox.run(&["run", "b"]).env("WEIGHBRIDGE_PATH", "a").outcome().exits(1);
    let codex = sandbox.run(&["run", "a", "--format", "json"]).env("WEIGHBRIDGE_CLIENTS", "codex");
    let codex = codex.outcome().exits(0).json();
    let clients: Vec<&Value> =
        codex["always_loaded"].as_array().unwrap().iter().map(|load| &load["client"]).collect();
    assert_eq!(clients, ["codex"]);
    let wrong = run("WEIGHBRIDGE_CLIENTS", "codex, emacs").exits(2);
    assert!(
        wrong.stderr.contains("WEIGHBRIDGE_CLIENTS") && wrong.stderr.contains("emacs"),
        "{}",
        wrong.stderr
    );
    assert!(run("WEIGHBRIDGE_POST", "maybe").exits(2).stderr.contains("WEIGHBRIDGE_POST"));
    run("WEIGHBRIDGE_REPORT_DIR", "out");
    assert!(sandbox.path("work/out/report.json").exists());
    assert!(run("WEIGHBRIDGE_BASE", "main").exits(2).stderr.contains("not in a git repository"));
    assert_eq!(
        run("WEIGHBRIDGE_PATH", ""),
        sandbox.outcome(&["run", "--format", "json"]),
        "empty is not set"
    );
}

#[test]
fn unknown_ci_is_local_and_said() {
    let sandbox = Sandbox::with(&[("AGENTS.md", AGENTS)]);
    let outcome = sandbox.run(&["run"]).env("CI", "true").outcome().exits(0);
    assert!(outcome.stdout.contains("neither GitHub Actions nor GitLab CI"), "{}", outcome.stdout);
}

#[test]
fn github_without_its_event_is_no_guess() {
    let sandbox = Sandbox::with(&[("AGENTS.md", AGENTS)]);
    let bare = sandbox.run(&["run"]).env("GITHUB_ACTIONS", "true").outcome().exits(5);
    assert!(bare.stderr.contains("GITHUB_EVENT_NAME"), "{}", bare.stderr);
    let outcome = sandbox
        .run(&["run"])
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_EVENT_NAME", "pull_request")
        .env("GITHUB_REPOSITORY", "acme/shop")
        .env("GITHUB_EVENT_PATH", "/no/such/event.json")
        .outcome()
        .exits(5);
    assert!(outcome.stderr.contains("/no/such/event.json"), "{}", outcome.stderr);
    let gitlab = sandbox.run(&["run"]).env("GITLAB_CI", "true").outcome().exits(5);
    assert!(gitlab.stderr.contains("CI_PIPELINE_SOURCE"), "{}", gitlab.stderr);
}

/// Asserts that this run reports these rules as these changes.
#[track_caller]
fn reports(outcome: &Outcome, expected: &[(&str, &str)]) {
    let found = rules_of(&outcome.json());
    let errors: Vec<(&str, &str)> = found
        .iter()
        .map(|(rule, change)| (rule.as_str(), change.as_str()))
        .filter(|(rule, _)| expected.iter().any(|(wanted, _)| wanted == rule) || *rule == "MCP-007")
        .collect();
    assert_eq!(errors, expected);
}

#[test]
fn a_branch_is_compared_with_its_merge_base() {
    let sandbox = Sandbox::new();
    let git = repository(&sandbox);
    let start = git.commit("start", &[("AGENTS.md", AGENTS), (".mcp.json", BROKEN_MCP)]);
    git.call(&["switch", "--quiet", "--create", "change"]);
    git.commit("change", &[("AGENTS.md", "# Shop\n\nMore.\n")]);
    git.call(&["switch", "--quiet", "main"]);
    // Mended on main after the branch left: not the doing of the branch, in neither direction.
    let mended = git.commit("mend", &[(".mcp.json", "{\"mcpServers\": {}}\n")]);
    git.call(&["switch", "--quiet", "change"]);
    let args = |base: &'static str| ["run", "--no-cache", "--format", "json", "--base", base];
    let outcome = sandbox.outcome(&args("main")).exits(0);
    reports(&outcome, &[("MCP-007", "unchanged")]);
    assert_eq!(outcome.json()["compared"]["base"], start[..12]);
    let head = sandbox
        .outcome(&["run", "--no-cache", "--format", "json", "--base", "change", "--head", "main"])
        .exits(0);
    reports(&head, &[("MCP-007", "fixed")]);
    assert_eq!(head.json()["compared"]["head"], mended[..12]);
    // Work that is not committed yet counts.
    sandbox.write_all("work", &[("x/.mcp.json", BROKEN_MCP)]);
    reports(&sandbox.outcome(&args("main")).exits(1), &[("MCP-007", "unchanged"), ("MCP-007", "new")]);
    sandbox.run(&["run", "--no-cache"]).env("WEIGHBRIDGE_BASE", "main").outcome().exits(1);

    let unknown = sandbox.outcome(&args("no-such-branch")).exits(5);
    assert!(
        unknown.stderr.contains("no-such-branch") && unknown.stderr.contains("git branch --all"),
        "{}",
        unknown.stderr
    );
    git.call(&["switch", "--quiet", "--orphan", "alone"]);
    git.commit("alone", &[("AGENTS.md", AGENTS)]);
    let apart = sandbox.outcome(&args("main")).exits(5);
    assert!(apart.stderr.contains("no common ancestor"), "{}", apart.stderr);
}

#[test]
fn a_shallow_clone_says_how_to_get_the_rest() {
    let sandbox = Sandbox::new();
    let origin = Git::init(sandbox.path("origin"));
    let first = origin.commit("one", &[("AGENTS.md", AGENTS)]);
    origin.call(&["branch", "old"]);
    origin.commit("two", &[("AGENTS.md", "# Shop\n")]);
    origin.commit("three", &[("AGENTS.md", "# The shop\n")]);
    let url = format!("file://{}", origin.folder().display());
    let here = sandbox.path("");
    Git::init(sandbox.path("spare")).call(&[
        "clone",
        "--quiet",
        "--depth",
        "1",
        &url,
        here.join("clone").to_str().unwrap(),
    ]);
    let clone = sandbox.path("clone");
    for base in ["origin/old", first.as_str()] {
        let outcome = sandbox.run(&["run", "--base", base]).dir(&clone).outcome().exits(5);
        assert!(outcome.stderr.contains("fetch-depth: 0"), "{}", outcome.stderr);
    }
    // Both commits are there, but not what is between them.
    let git = Git::init(clone.clone());
    git.call(&["fetch", "--quiet", "--depth", "1", &url, "old:refs/remotes/origin/old"]);
    let outcome = sandbox.run(&["run", "--base", "origin/old"]).dir(&clone).outcome().exits(5);
    assert!(outcome.stderr.contains("fetch-depth: 0"), "{}", outcome.stderr);
    git.call(&["fetch", "--quiet", "--unshallow", &url]);
    sandbox.run(&["run", "--base", "origin/old"]).dir(&clone).outcome().exits(0);
}

#[test]
fn a_subfolder_is_judged_alone() {
    let sandbox = Sandbox::new();
    let git = repository(&sandbox);
    git.commit("one", &[("a/AGENTS.md", AGENTS), ("b/.mcp.json", BROKEN_MCP)]);
    git.commit("two", &[("a/AGENTS.md", "# Shop\n"), ("b/x/.mcp.json", BROKEN_MCP)]);
    let part = sandbox.outcome(&["run", "a", "--base", "HEAD~1", "--format", "json"]).exits(0);
    let files: Vec<Value> =
        part.json()["files"].as_array().unwrap().iter().map(|file| file["path"].clone()).collect();
    assert_eq!(files, ["AGENTS.md"]);
    sandbox.outcome(&["run", "b", "--base", "HEAD~1", "--head", "HEAD"]).exits(1);
    sandbox.outcome(&["run", "a", "--base", "HEAD~1", "--head", "HEAD"]).exits(0);
    // From inside a folder, the repository around it is judged.
    sandbox.run(&["run", "--base", "HEAD~1"]).dir(&sandbox.path("work/a")).outcome().exits(1);
}

#[test]
fn links_inside_are_followed_and_links_outside_are_not() {
    let sandbox = Sandbox::with(&[(
        ".agents/skills/pdf/SKILL.md",
        "---\nname: pdf\ndescription: Reads PDF files. Use when a PDF is given.\n---\n\nRead it.\n",
    )]);
    write(&sandbox.path("secret.md"), b"SECRET-OUTSIDE\n");
    let work = sandbox.path("work");
    symlink(Path::new("../.agents/skills"), &work.join(".claude/skills"));
    symlink(Path::new("../secret.md"), &work.join("AGENTS.md"));
    symlink(&sandbox.path("secret.md"), &work.join("x/AGENTS.md"));
    symlink(Path::new("CLAUDE.md"), &work.join("CLAUDE.md"));
    symlink(Path::new(".."), &work.join("skills/up"));
    for git in [false, true] {
        let args = if git {
            repository(&sandbox).commit("all", &[]);
            vec!["run", "--no-cache", "--format", "json", "--head", "HEAD"]
        } else {
            vec!["run", "--no-cache", "--format", "json"]
        };
        let outcome = sandbox.outcome(&args).exits(1);
        let report = outcome.json();
        let refused: Vec<&str> = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| finding["rule"] == "refused-link")
            .map(|finding| finding["place"]["path"].as_str().unwrap())
            .collect();
        assert_eq!(refused, ["AGENTS.md", "CLAUDE.md", "x/AGENTS.md"], "git: {git}");
        assert!(
            report["files"]
                .as_array()
                .unwrap()
                .iter()
                .any(|file| file["path"] == ".claude/skills/pdf/SKILL.md")
        );
        assert!(!outcome.stdout.contains("SECRET-OUTSIDE"));
    }
}

#[test]
fn a_change_is_judged_by_the_configuration_of_its_base() {
    let sandbox = Sandbox::new();
    let git = repository(&sandbox);
    let strict = "version: 1\nfiles:\n  exclude: ['examples/**']\n";
    git.commit(
        "one",
        &[("weighbridge.yaml", strict), ("examples/.mcp.json", BROKEN_MCP), ("AGENTS.md", AGENTS)],
    );
    sandbox.outcome(&["run"]).exits(0);
    let loose = "version: 1\nfiles:\n  exclude: ['**']\n";
    git.commit("two", &[("weighbridge.yaml", loose), (".mcp.json", BROKEN_MCP)]);
    let outcome = sandbox.outcome(&["run", "--base", "HEAD~1"]).exits(1);
    assert!(outcome.stdout.contains("judged by the configuration of the base"), "{}", outcome.stdout);
    sandbox.outcome(&["run"]).exits(0);
    sandbox.write_all("work", &[("weighbridge.yaml", "version: 9\n")]);
    let broken = sandbox.outcome(&["run", "--base", "HEAD~1"]).exits(3);
    assert!(
        broken.stderr.contains("weighbridge.yaml:1"),
        "a broken configuration must not merge: {}",
        broken.stderr
    );
}

/// Twenty weeks of a workflow, forty runs a day, as JSON lines of one's own; some lines twice, one cut off.
fn recorded_runs() -> String {
    let mut text = String::new();
    for day in 0..140_u64 {
        for run in 0..40 {
            let (turns, time) = (4 + (day * 7 + run * 5) % 11, 1_780_272_000 + day * 86_400 + run * 2_000);
            let (input, read) = (turns * 20_000, (turns - 1) * 19_000);
            let line = format!(
                "{{\"id\":\"{day}.{run}\",\"t\":{time},\"in\":{input},\"r\":{read},\"w\":{},\"out\":{},\"n\":{turns}}}\n",
                input - read - 10 * turns,
                turns * 400
            );
            text.push_str(&line);
            if day % 10 == 0 {
                text.push_str(&line);
            }
        }
    }
    text.push_str("{\"id\":\"cut off");
    text
}

#[test]
fn recorded_runs_become_a_calibration_and_too_few_of_them_decide_nothing() {
    let mapping = "input: inclusive\ncolumns: {key: id, time: t, input: in, cache_read: r, cache_write_5m: w, output: out, calls: n}\n\
        constants: {agent: bills, model: claude-sonnet-4-6}\n";
    let runs = recorded_runs();
    let sandbox = Sandbox::with(&[
        ("runs.jsonl", &runs),
        ("map.yaml", mapping),
        ("few.jsonl", ""),
        ("x.txt", "hello\n"),
    ]);
    let all = ["calibrate", "runs.jsonl", "--mapping", "map.yaml", "--workflow", "review", "--backtest"];
    let text = sandbox.outcome(&[&all[..], &["--out", "calibration.json"]].concat()).exits(0);
    assert!(text.stdout.contains("review: 5600 runs") && text.stdout.contains("bills"), "{}", text.stdout);
    assert!(text.stderr.contains("runs.jsonl:6161: the line is cut off"), "{}", text.stderr);
    assert!(text.stderr.contains("560 records were copies"), "{}", text.stderr);
    let report = sandbox.outcome(&[&all[..], &["--json"]].concat()).exits(0).json();
    let workflow = &report["calibration"]["workflows"][0];
    assert_eq!((&workflow["name"], &workflow["agents"][0]["agent"]), (&"review".into(), &"bills".into()));
    assert_eq!(report["read"]["runs"], 5_600);
    let kept: Value = serde_json::from_str(&read(&sandbox.path("work/calibration.json"))).unwrap();
    assert_eq!(kept, report["calibration"]);
    assert_eq!(text.stdout.matches("back-test: ").count(), 1, "{}", text.stdout);
    assert!(report["back_test"]["review"]["verdict"].is_string(), "{}", report["back_test"]);
    sandbox.write_all("work", &[("few.jsonl", &runs.lines().take(50).collect::<Vec<_>>().join("\n"))]);
    let few = sandbox.outcome(&["calibrate", "few.jsonl", "--mapping", "map.yaml"]).exits(0);
    assert!(few.stdout.contains("insufficient data: "), "{}", few.stdout);
    let unknown = sandbox.outcome(&["calibrate", "x.txt"]).exits(2);
    assert!(
        unknown.stderr.contains("a Claude Code transcript") && unknown.stderr.contains("--mapping"),
        "{}",
        unknown.stderr
    );
    sandbox.outcome(&["calibrate", "gone.jsonl"]).exits(5);
    sandbox.outcome(&["calibrate"]).exits(2);
}
