//! Two hundred secrets in all the places where they are forgotten, and not a piece of one in anything that is written.

use crate::common::{Git, Outcome, Sandbox, files_below};
use std::collections::BTreeSet;
use std::fmt::Write as _;

const BASE62: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX: &str = "0123456789abcdef";
const DIGITS: &str = "123456789";
/// A piece this long shows that the secret was written.
const WINDOW: usize = 8;

/// Random text, the same in every run.
struct Noise(u64);

impl Noise {
    fn text(&mut self, length: usize, alphabet: &str) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..length)
            .map(|_| {
                self.0 ^= self.0 << 13;
                self.0 ^= self.0 >> 7;
                self.0 ^= self.0 << 17;
                letters[usize::try_from(self.0 >> 33).unwrap() % letters.len()]
            })
            .collect()
    }
}

/// A secret: what is written, and the part of it that nobody may see.
#[derive(Clone)]
struct Planted {
    text: String,
    own: String,
    /// Its form alone says what it is; others are known by the name they stand under.
    formed: bool,
}

fn planted(noise: &mut Noise, number: usize) -> Planted {
    let formed = |prefix: &str, own: String| Planted { text: format!("{prefix}{own}"), own, formed: true };
    let named = |own: String| Planted { text: own.clone(), own, formed: false };
    match number % 20 {
        0 => formed("sk-ant-api03-", noise.text(95, BASE62)),
        1 => formed("sk-ant-oat01-", noise.text(95, BASE62)),
        2 => formed("sk-proj-", noise.text(100, BASE62)),
        3 => formed("ghp_", noise.text(36, BASE62)),
        4 => formed("github_pat_", noise.text(70, BASE62)),
        5 => formed("glpat-", noise.text(20, BASE62)),
        6 => formed("AKIA", noise.text(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
        7 => formed("AIza", noise.text(35, BASE62)),
        8 => formed("xoxb-", format!("{}-{}", noise.text(12, DIGITS), noise.text(24, BASE62))),
        9 => formed("lin_api_", noise.text(40, BASE62)),
        10 => formed("ntn_", noise.text(46, BASE62)),
        11 => formed("sk_live_", noise.text(24, BASE62)),
        12 => formed("hf_", noise.text(34, BASE62)),
        13 => formed("npm_", noise.text(36, BASE62)),
        14 => formed("SG.", format!("{}.{}", noise.text(22, BASE62), noise.text(43, BASE62))),
        15 => {
            let own = noise.text(18, BASE62);
            Planted { text: format!("postgres://app:{own}@db.shop.net:5432/main"), own, formed: true }
        }
        16 => formed("sbp_", noise.text(40, HEX)),
        17 => named(noise.text(32, HEX)),
        18 => named(noise.text(40, BASE62)),
        _ => named(format!("{}7!{}", noise.text(8, BASE62), noise.text(6, BASE62))),
    }
}

/// Files with a secret in each place; `next` hands out another.
fn files(next: &mut dyn FnMut(bool) -> String) -> Vec<(String, String)> {
    let mut any = || next(false);
    let server = |env: &str, arg: &str, header: &str| {
        format!(
            "{{\n  \"mcpServers\": {{\n    \"a b\": {{\"command\": \"npx\", \"args\": [\"-y\", \"x\", \"--token\", \"{arg}\"], \
             \"env\": {{\"SHOP_API_KEY\": \"{env}\"}}}},\n    \"c\": {{\"url\": \"https://m.shop.net/?token={arg}\", \
             \"headers\": {{\"Authorization\": \"Bearer {header}\"}}}}\n  }}\n"
        )
    };
    let mut files = vec![
        (".mcp.json".to_owned(), server(&any(), &any(), &any()) + "}\n"),
        // Not JSON: the parser's message must not quote it.
        ("broken/.mcp.json".to_owned(), server(&any(), &any(), &any())),
        (".cursor/mcp.json".to_owned(), server(&any(), &any(), &any()) + "}\n"),
        (
            ".codex/config.toml".to_owned(),
            format!("[mcp_servers.a]\ncommand = \"x\"\n[mcp_servers.a.env]\nSHOP_TOKEN = \"{}\"\n", any()),
        ),
        (
            ".claude/settings.json".to_owned(),
            format!(
                "{{\"model\": 1, \"permissions\": {{\"allow\": [\"Bash(curl -H 'Authorization: Bearer {}' https://a.shop.net)\"]}}, \
                 \"hooks\": {{\"PreToolUse\": [{{\"hooks\": [{{\"type\": \"command\", \"command\": \"curl -H 'X-Api-Key: {}' x | sh\"}}]}}]}}, \
                 \"env\": {{\"A_TOKEN\": \"{}\"}}}}",
                any(),
                any(),
                any()
            ),
        ),
        // Nothing in this front matter can be read, and the message says why.
        (
            ".claude/skills/one/SKILL.md".to_owned(),
            format!("---\nname: [\ndescription: api_key: \"{}\"\ntoken: {}: x\n---\nBody\n", any(), any()),
        ),
        (
            ".claude/agents/two.md".to_owned(),
            format!(
                "---\nname: two\ndescription: d\ntools: \"token={}\"\ncolor: \"secret: {}\"\n---\nPassword: `{}`\n",
                any(),
                any(),
                any()
            ),
        ),
        (
            "environments/ci/budget-limits.yaml".to_owned(),
            format!("api_key: \"{}\"\napi_key: \"{}\"\n", any(), any()),
        ),
        (".env".to_owned(), format!("SHOP_API_KEY={}\nexport B_TOKEN='{}'\n", any(), any())),
        ("src/main.py".to_owned(), format!("client = Client(api_key=\"{}\")\n", any())),
        ("a.eval.yaml".to_owned(), format!("cases:\n- name: \"token={}\"\n  ask: \"x\"\n", any())),
        (
            "AGENTS.md".to_owned(),
            format!("See @notes.md\n\nexport SHOP_TOKEN={}\n\n<!-- key: `api_key={}` -->\n", any(), any()),
        ),
    ];
    let mut prose = String::from("# Shop\n\n");
    for line in 0..140 {
        let _ = writeln!(prose, "{}. SHOP_{line}_TOKEN=\"{}\"", line + 1, any());
    }
    files.push(("CLAUDE.md".to_owned(), prose));
    // In the name of a file, of a folder, and as a key: only what has a form can be known there.
    files.push((format!(".claude/agents/{}.md", next(true)), "no front matter\n".to_owned()));
    files.push((format!(".claude/skills/{}/SKILL.md", next(true)), "---\nname: other\n---\n".to_owned()));
    files.push((
        "environments/prod/model-overrides.yaml".to_owned(),
        format!("{}: 1\n{}: [\n", next(true), next(true)),
    ));
    files
}

struct World {
    sandbox: Sandbox,
    secrets: Vec<Planted>,
    branch: String,
}

fn world() -> World {
    let mut noise = Noise(0x2026_1122);
    let mut secrets: Vec<Planted> = Vec::new();
    let mut number = 0;
    let mut hand_out = |formed: bool, plain: bool| loop {
        number += 1;
        let one = planted(&mut noise, number);
        // Names of files hold no slashes.
        if (!formed || one.formed) && (!plain || !one.text.contains('/')) {
            secrets.push(one.clone());
            break one.text;
        }
    };
    let made = files(&mut |formed| hand_out(formed, formed));
    let more: Vec<(String, String)> = (0..40)
        .map(|file| {
            (
                format!("docs/{file}.md"),
                format!("The key:\n\n    export DOC_TOKEN={}\n", hand_out(false, false)),
            )
        })
        .collect();
    let branch = hand_out(true, true);
    let sandbox = Sandbox::new();
    let git = Git::init(sandbox.path("work"));
    git.commit("start", &[("AGENTS.md", "# Shop\n"), ("README.md", "# Shop\n")]);
    git.call(&["switch", "--quiet", "--create", &branch]);
    let all: Vec<(&str, &str)> =
        made.iter().chain(&more).map(|(path, text)| (path.as_str(), text.as_str())).collect();
    git.commit("secrets", &all);
    World { sandbox, secrets, branch }
}

/// Every piece of every secret that nobody may see.
fn pieces(secrets: &[Planted]) -> BTreeSet<&[u8]> {
    secrets.iter().flat_map(|secret| secret.own.as_bytes().windows(WINDOW)).collect()
}

#[track_caller]
fn assert_clean(what: &str, bytes: &[u8], pieces: &BTreeSet<&[u8]>) {
    if let Some(at) = bytes.windows(WINDOW).position(|window| pieces.contains(window)) {
        let around = String::from_utf8_lossy(&bytes[at.saturating_sub(160)..(at + 80).min(bytes.len())]);
        panic!("{what} shows a secret at {at}: …{around}…");
    }
}

#[test]
fn no_secret_is_in_anything_that_is_written() {
    let World { sandbox, secrets, branch } = world();
    assert!(secrets.len() >= 200, "{}", secrets.len());
    let pieces = pieces(&secrets);
    let said = |name: &str, args: &[&str]| -> Outcome {
        let run = sandbox
            .run(args)
            .env("GITHUB_HEAD_REF", &branch)
            .env("WEIGHBRIDGE_CACHE_DIR", sandbox.path("cache"));
        let outcome = run.outcome();
        assert_clean(&format!("{name}: standard output of {args:?}"), outcome.stdout.as_bytes(), &pieces);
        assert_clean(&format!("{name}: standard error of {args:?}"), outcome.stderr.as_bytes(), &pieces);
        outcome
    };
    for command in ["run", "validate"] {
        for format in
            ["terminal", "markdown", "json", "sarif", "junit", "code-quality", "github", "html", "csv"]
        {
            let outcome = said(command, &[command, "--format", format, "--base", "main", "-vvv"]);
            assert!(outcome.code == 1 || outcome.code == 5, "{}{}", outcome.stdout, outcome.stderr);
        }
    }
    said("all formats", &["run", "--report-dir", "reports", "--base", "main"]);
    said("dry run", &["run", "--dry-run"]);
    for args in [
        &["tokens"][..],
        &["tokens", "--json"],
        &["loads"],
        &["loads", "--json"],
        &["cost"],
        &["dry-run"],
        &["triggers"],
        &["mcp", "list"],
        &["selftest", "--json"],
        &["secrets"],
        &["secrets", "--format", "json"],
        &["secrets", "--format", "sarif"],
        &["secrets", "--base", "main"],
        &["secrets", "--history", "--format", "json"],
        &["secrets", "--history"],
        &[
            "secrets",
            "--write-baseline",
            "--baseline",
            "known.yaml",
            "--reason",
            "planted by a test, worth nothing",
        ],
    ] {
        said("other commands", args);
    }
    for folder in ["work/reports", "cache"] {
        let written = files_below(&sandbox.path(folder));
        assert!(!written.is_empty(), "{folder}");
        for file in written {
            let bytes = std::fs::read(sandbox.path(folder).join(&file)).unwrap();
            assert_clean(&format!("{folder}/{}", file.display()), &bytes, &pieces);
        }
    }
    assert_clean("known.yaml", &std::fs::read(sandbox.path("work/known.yaml")).unwrap(), &pieces);
    let known = said("with a baseline", &["secrets", "--baseline", "known.yaml"]);
    assert_eq!(known.code, 0, "{}", known.stdout);
}

#[test]
fn every_planted_secret_is_found() {
    let World { sandbox, secrets, .. } = world();
    let found = sandbox.outcome(&["secrets", "--format", "json"]).exits(1).json();
    let leaks = found["leaks"].as_array().unwrap();
    // All but those that stand in names of files and branches; the URL of each server holds its argument once more.
    let in_names = 3;
    let fingerprints: BTreeSet<&str> =
        leaks.iter().map(|leak| leak["fingerprint"].as_str().unwrap()).collect();
    assert!(
        fingerprints.len() >= secrets.len() - in_names,
        "{} of {}: {found:#}",
        fingerprints.len(),
        secrets.len()
    );
    let history = sandbox.outcome(&["secrets", "--history", "--format", "json"]).exits(1).json();
    assert_eq!(
        history["leaks"].as_array().unwrap().len(),
        leaks
            .iter()
            .map(|leak| (&leak["path"], &leak["fingerprint"]))
            .map(|pair| format!("{pair:?}"))
            .collect::<BTreeSet<_>>()
            .len()
    );
    assert_eq!(history["leaks"][0]["commit"].as_str().unwrap().len(), 40);
}

#[test]
fn a_secret_that_was_taken_out_is_still_in_the_history() {
    let secret = format!("ghp_{}", Noise(7).text(36, BASE62));
    let sandbox = Sandbox::new();
    let git = Git::init(sandbox.path("work"));
    git.commit("start", &[("a.sh", "echo\n")]);
    git.commit("leak", &[("a.sh", &format!("T={secret}\n"))]);
    git.commit("hide", &[("a.sh", "echo\n")]);
    assert_eq!(sandbox.outcome(&["secrets"]).code, 0);
    let outcome = sandbox.outcome(&["secrets", "--history"]).exits(1);
    assert!(
        outcome.stdout.contains("GitHub personal access token") && outcome.stdout.contains("since commit")
    );
    assert!(outcome.stdout.contains("revoke first"), "{}", outcome.stdout);
    git.call(&["branch", "before"]);
    git.commit("again", &[("b.sh", &format!("T={secret}\n"))]);
    assert_eq!(sandbox.outcome(&["secrets", "--base", "before"]).code, 1);
    git.call(&["branch", "after"]);
    git.commit("more", &[("b.sh", &format!("# moved\nT={secret}\n"))]);
    assert_eq!(sandbox.outcome(&["secrets", "--base", "after"]).code, 0, "it was there before");
}

#[test]
fn a_change_is_blocked_by_a_secret_in_any_text_it_touches() {
    let secret = |seed| format!("ghp_{}", Noise(seed).text(36, BASE62));
    let (old, new) = (secret(1), secret(2));
    let sandbox = Sandbox::new();
    let git = Git::init(sandbox.path("work"));
    git.commit("start", &[("AGENTS.md", "# Shop\n"), ("deploy.sh", &format!("T={old}\n"))]);
    git.call(&["switch", "--quiet", "--create", "change"]);
    git.commit("harmless", &[("deploy.sh", &format!("# deploys\nT={old}\n"))]);
    sandbox.outcome(&["validate", "--base", "main"]).exits(0);
    git.commit("another", &[("deploy.sh", &format!("# deploys\nT={new}\n"))]);
    let outcome = sandbox.outcome(&["validate", "--base", "main", "--format", "json"]).exits(1);
    let findings = outcome.json()["findings"].clone();
    let of_secrets: Vec<&str> = findings
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["rule"] == "leaked-secret")
        .map(|finding| finding["change"].as_str().unwrap())
        .collect();
    assert_eq!(of_secrets, ["fixed", "new"], "{findings:#}");
    let ignored = format!("T={new} # weighbridge-ignore leaked-secret: revoked, a test vector\n");
    git.commit("ignored", &[("deploy.sh", &ignored)]);
    sandbox.outcome(&["validate", "--base", "main"]).exits(0);
    let outcome = sandbox.outcome(&["secrets"]).exits(0);
    assert!(outcome.stdout.contains("allowed here: revoked, a test vector"), "{}", outcome.stdout);
    let outcome = sandbox.outcome(&["run", "--base", "main"]).exits(4);
    assert!(outcome.stdout.contains("deploy.sh:1 ignores leaked-secret"), "{}", outcome.stdout);
    git.call(&["branch", "signed"]);
    git.commit(
        "more",
        &[("deploy.sh", &format!("# deploys\n{ignored}# weighbridge-ignore leaked-secret: gone\n"))],
    );
    let outcome = sandbox.outcome(&["run", "--base", "signed", "--format", "json"]).exits(0);
    let said = outcome.json();
    assert_eq!(said["silenced"][0]["reason"], "revoked, a test vector", "{said:#}");
    let unused =
        said["findings"].as_array().unwrap().iter().find(|finding| finding["rule"] == "unused-ignore");
    assert_eq!(unused.expect("one is")["place"]["span"]["start"]["line"], 3, "{said:#}");
}

#[test]
fn a_folder_of_samples_is_named_in_the_configuration_with_a_reason() {
    let secret = format!("ghp_{}", Noise(3).text(36, BASE62));
    let sandbox = Sandbox::new();
    let off = "version: 1\nrules:\n  paths:\n    - files: ['samples/**']\n      levels: {leaked-secret: 'off'}\n      reason: made up\n";
    let git = Git::init(sandbox.path("work"));
    git.commit("start", &[("AGENTS.md", "# Shop\n"), ("weighbridge.yaml", off)]);
    git.call(&["switch", "--quiet", "--create", "change"]);
    git.commit("sample", &[("samples/a.json", &format!("{{\"token\": \"{secret}\"}}\n"))]);
    sandbox.outcome(&["validate", "--base", "main"]).exits(0);
    let outcome = sandbox.outcome(&["secrets"]).exits(0);
    assert!(outcome.stdout.contains("allowed here: made up (weighbridge.yaml)"), "{}", outcome.stdout);
    git.commit("another", &[("other/a.json", &format!("{{\"token\": \"{secret}\"}}\n"))]);
    sandbox.outcome(&["secrets"]).exits(1);
    sandbox.outcome(&["validate", "--base", "main"]).exits(1);
}

#[test]
fn a_fix_neither_shows_a_secret_nor_writes_it_in_another_form() {
    let (hex, token) = (Noise(5).text(64, HEX), Noise(6).text(36, BASE62));
    let skill = |name: &str| {
        format!(
            "---\nname: Deploy {name}\ndescription: Use when the shop is deployed.\n---\nDeploy\u{200b} it.\n"
        )
    };
    let sandbox = Sandbox::with(&[
        (".claude/skills/one/SKILL.md", &skill(&format!("dop_v1_{hex}"))),
        (".claude/skills/two/SKILL.md", &skill(&format!("ghp_{token}"))),
    ]);
    let before = sandbox.outcome(&["secrets", "--format", "json"]).exits(1).json()["leaks"].clone();
    assert_eq!(before.as_array().unwrap().len(), 2);
    let lower = token.to_lowercase();
    let pieces: BTreeSet<&[u8]> = [hex.as_bytes(), token.as_bytes(), lower.as_bytes()]
        .iter()
        .flat_map(|own| own.windows(WINDOW))
        .collect();
    for args in [&["fix", "--dry-run", "--unsafe"][..], &["fix", "--unsafe"]] {
        let Outcome { stdout, stderr, .. } = sandbox.outcome(args);
        assert!(
            stdout.contains("Deploy") || stdout.contains("zero-width-characters"),
            "something is fixed: {stdout}"
        );
        assert_clean(&args.join(" "), stdout.as_bytes(), &pieces);
        assert_clean(&args.join(" "), stderr.as_bytes(), &pieces);
    }
    let after = sandbox.outcome(&["secrets", "--format", "json"]).exits(1).json()["leaks"].clone();
    assert_eq!(after.as_array().unwrap().len(), 2, "they are still found");
}
