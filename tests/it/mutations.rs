//! Ten thousand damaged files, and the special inputs that a file system can hold: no panic, no hang.
//!
//! Seeded, so that a failure is the same on every machine. The seeds are the files below `examples/` and, where
//! it lies beside the checkout, a sample of the corpus.

use crate::common::{Sandbox, files_below, source_root, symlink, write};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use weighbridge::base::{MemoryTree, Tree};
use weighbridge::config::Declared;
use weighbridge::stage::cache::Cache;
use weighbridge::stage::inspect::{Inspection, inspect};

const FILES: usize = 10_000;
const FILES_A_TREE: usize = 100;
/// Of the corpus, every file is a seed whose turn comes at this stride.
const SAMPLE: usize = 200;
/// Larger seeds make the run long and find nothing else.
const SEED_BYTES: usize = 6_000;
const BATCH_LIMIT: Duration = Duration::from_mins(1);

/// A small generator of numbers; the same ones every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.roll() % (limit.max(1) as u64)).unwrap()
    }
}

/// Agent files with the path that gives them their kind.
fn seeds() -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let examples = source_root().join("examples");
    let corpus: PathBuf = source_root().join("../shared/corpus");
    let mut take = |root: &PathBuf, at_most: usize| {
        let all: Vec<PathBuf> = files_below(root)
            .into_iter()
            .filter(|path| !path.components().any(|part| part.as_os_str() == ".git"))
            .filter(|path| root.join(path).is_file())
            .collect();
        let stride = all.len().div_ceil(at_most).max(1);
        for path in all.into_iter().step_by(stride) {
            let Ok(mut bytes) = read_bytes(&root.join(&path)) else { continue };
            bytes.truncate(SEED_BYTES);
            let name = path.to_string_lossy().into_owned();
            // What no client reads is seen once it has the name of something they do read.
            found.push((name, bytes));
        }
    };
    take(&examples, 1_000);
    if corpus.is_dir() {
        take(&corpus, SAMPLE);
    }
    assert!(found.len() > 50, "the examples are gone");
    found
}

#[expect(clippy::disallowed_methods, reason = "reads seeds of any encoding")]
fn read_bytes(path: &std::path::Path) -> std::io::Result<Vec<u8>> {
    std::fs::read(path)
}

/// Names under which a text means something: a seed is also tried as another kind of file.
const NAMES: [&str; 14] = [
    "AGENTS.md",
    "CLAUDE.md",
    "GEMINI.md",
    "SKILL.md",
    ".claude/agents/a.md",
    ".claude/commands/c.md",
    ".claude/settings.json",
    ".mcp.json",
    ".cursor/rules/r.mdc",
    ".codex/config.toml",
    "environments/ci/budget-limits.yaml",
    ".claude-plugin/plugin.json",
    ".github/agents/x.agent.md",
    "hooks/hooks.json",
];

fn mutate(bytes: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    let at = dice.below(bytes.len() + 1);
    match dice.below(14) {
        0 => {
            for _ in 0..=dice.below(8) {
                let at = dice.below(bytes.len());
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << dice.below(8);
                }
            }
        }
        1 => bytes.truncate(at),
        2 => {
            let end = (at + dice.below(400)).min(bytes.len());
            let chunk = bytes[at..end].to_vec();
            for _ in 0..=dice.below(5) {
                bytes.splice(at..at, chunk.iter().copied());
            }
        }
        3 => insert(bytes, if dice.below(2) == 0 { 0 } else { at }, b"\xef\xbb\xbf"),
        4 => *bytes = bytes.iter().flat_map(|byte| if *byte == b'\n' { vec![b'\r', b'\n'] } else { vec![*byte] }).collect(),
        5 => insert(bytes, at, b"\0"),
        6 => insert(bytes, at, [&b"\xff"[..], b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"][dice.below(4)]),
        7 => {
            let bracket = [&b"["[..], b"{", b"(", b"> ", b"- ", b"{\"a\":", b"<b>", b"*"][dice.below(8)];
            insert(bytes, at, &bracket.repeat(1 + dice.below(300)));
        }
        8 => insert(bytes, 0, b"---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n---\n"),
        9 => insert(bytes, at, &[b'a', b' ', b'-', b'`', b'/'][dice.below(5)..][..1].repeat(dice.below(8_000))),
        10 => *bytes = other.to_vec(),
        11 => {
            let end = (at + dice.below(200)).min(bytes.len());
            bytes.drain(at..end);
        }
        12 => {
            let text = ["é\u{301}", "\u{202e}", "\u{2028}", "😀", "\u{fffd}", "\t", "ß", "\u{0}"][dice.below(8)];
            insert(bytes, at, text.repeat(1 + dice.below(9)).as_bytes());
        }
        _ => {
            let key = ["---\n", "name: |", "description: >-\n", "tools: [", "@a/../../b\n", "![](", "\"", "'", ": ", "*x\n"];
            insert(bytes, at, key[dice.below(key.len())].as_bytes());
        }
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, what: &[u8]) {
    bytes.splice(at..at, what.iter().copied());
}

fn look(tree: &Arc<dyn Tree>) -> Inspection {
    inspect(tree, &Declared::default(), &globset::GlobSet::empty(), None, &Cache::default(), &|| ())
}

/// What a panic of a rule leaves behind.
fn panics(inspection: &Inspection) -> Vec<String> {
    let found = inspection.findings.iter().filter(|(_, finding, _)| finding.rule == "rule-panic");
    found.map(|(path, _, _)| path.to_string()).collect()
}

/// Runs a piece of work on a thread with the stack that the program gives its workers; ends the whole test run,
/// by name, when it takes too long.
fn watched<T: Send>(what: &str, work: impl FnOnce() -> T + Send) -> T {
    let (done, wait) = channel::<()>();
    let name = what.to_owned();
    let watchdog = std::thread::spawn(move || {
        if wait.recv_timeout(BATCH_LIMIT) == Err(RecvTimeoutError::Timeout) {
            abort(&name);
        }
    });
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).stack_size(32 * 1024 * 1024).build().unwrap();
    let result = pool.install(work);
    drop(done);
    watchdog.join().unwrap();
    result
}

/// The test harness holds back what is printed, and would lose it here.
fn abort(what: &str) {
    let words = format!("\n{what}: no end after {} seconds\n", BATCH_LIMIT.as_secs());
    let _ = std::io::stderr().write_all(words.as_bytes());
    std::process::abort();
}

#[test]
fn ten_thousand_damaged_files() {
    let seeds = seeds();
    let mut dice = Dice(20_261_121);
    let (mut looked_at, mut findings) = (0, 0);
    for batch in 0..FILES / FILES_A_TREE {
        let files: Vec<(String, Vec<u8>)> = (0..FILES_A_TREE)
            .map(|index| {
                let (path, bytes) = &seeds[dice.below(seeds.len())];
                let (_, other) = &seeds[dice.below(seeds.len())];
                let mut bytes = bytes.clone();
                for _ in 0..=dice.below(3) {
                    mutate(&mut bytes, other, &mut dice);
                }
                let name = if dice.below(3) == 0 { NAMES[dice.below(NAMES.len())] } else { path };
                (format!("{index}/{name}"), bytes)
            })
            .collect();
        let what = format!("batch {batch} of the damaged files");
        let started = Instant::now();
        let tree: Arc<dyn Tree> =
            Arc::new(MemoryTree::new(files.iter().map(|(path, bytes)| (path.as_str(), bytes))));
        let inspection = watched(&what, || look(&tree));
        assert!(started.elapsed() < BATCH_LIMIT);
        looked_at += inspection.repo.files().count();
        findings += inspection.findings.len();
        if let Some(path) = panics(&inspection).into_iter().next() {
            let bytes = files
                .iter()
                .find(|(name, _)| *name == path)
                .map(|(_, bytes)| bytes.escape_ascii().to_string());
            panic!("{what}: a rule failed on {path}: b\"{}\"", bytes.unwrap_or_default());
        }
    }
    assert!(
        looked_at > FILES / 3 && findings > FILES / 3,
        "{looked_at} files, {findings} findings: nothing was tested"
    );
}

#[test]
fn deep_and_long_texts() {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(3_000), close.repeat(3_000));
    let line = "a".repeat(1024 * 1024 - 10);
    let bomb: String = std::iter::once("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned())
        .chain((1..30).map(|level| {
            let before = level - 1;
            format!(
                "a{level}: &a{level} [*a{before},*a{before},*a{before},*a{before},*a{before},*a{before}]\n"
            )
        }))
        .collect();
    let front = |text: &str| format!("---\nname: a\ndescription: {text}\n---\n\nBody\n");
    let texts = [
        ("deep JSON arrays", deep("[", "]")),
        ("deep JSON objects", deep("{\"a\":", "}")),
        ("unclosed brackets", "[".repeat(3_000)),
        ("deep YAML flow", front(&deep("[", "]"))),
        (
            "deep YAML blocks",
            front(&(0..3_000).map(|depth| format!("\n{}a:", " ".repeat(depth % 900))).collect::<String>()),
        ),
        ("nested lists", "- ".repeat(3_000)),
        ("nested quotes", "> ".repeat(3_000)),
        ("aliases", format!("---\n{bomb}---\n")),
        ("aliases in YAML", bomb),
        ("one long line", line.clone()),
        ("one long header", front(&line[..line.len() - 100])),
        ("backticks", "`".repeat(100_000)),
        ("emphasis", "*a ".repeat(100_000)),
        ("links", "[a](".repeat(50_000)),
        // The time grows with the square of the mentions on one line, inside agnix; 50,000 take over a minute.
        ("imports", "@a/b.md ".repeat(4_000)),
    ];
    for (what, text) in texts {
        let files = NAMES.iter().map(|name| (*name, text.as_bytes().to_vec()));
        let tree: Arc<dyn Tree> = Arc::new(MemoryTree::new(files));
        let inspection = watched(what, || look(&tree));
        assert_eq!(panics(&inspection), Vec::<String>::new(), "{what}");
        assert_eq!(inspection.repo.files().count(), NAMES.len(), "{what}: every file is accounted for");
    }
}

/// The program on what a disk can hold and a tree in memory cannot.
#[test]
fn strange_things_on_disk() {
    let name = format!("{}.agent.md", "n".repeat(255 - ".agent.md".len()));
    let sandbox = Sandbox::with(&[
        ("AGENTS.md", "# Shop\n"),
        (&format!(".github/agents/{name}"), "---\ndescription: x\n---\n\nBody\n"),
    ]);
    let work = sandbox.path("work");
    write(&work.join("big/AGENTS.md"), b"");
    // 100 MB without a block on the disk.
    let big = std::fs::OpenOptions::new().write(true).open(work.join("big/AGENTS.md")).unwrap();
    big.set_len(100 * 1024 * 1024).unwrap();
    symlink(std::path::Path::new("b"), &work.join("loop/a"));
    symlink(std::path::Path::new("a"), &work.join("loop/b"));
    symlink(std::path::Path::new(".."), &work.join("loop/up"));
    symlink(std::path::Path::new("SKILL.md"), &work.join("loop/SKILL.md"));
    fifo(&work.join("fifo/CLAUDE.md"));
    symlink(std::path::Path::new("../fifo/CLAUDE.md"), &work.join("fifo-link/CLAUDE.md"));
    let odd: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"not-\xff-utf8");
    write(&work.join(odd).join("AGENTS.md"), b"x\n");
    let command = sandbox.run(&["run", "--no-cache", "--format", "json"]);
    let started = Instant::now();
    let outcome = watched("strange things on disk", || command.outcome()).exits(1);
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    let report = outcome.json();
    let rules: Vec<(&str, &str)> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (finding["rule"].as_str().unwrap(), finding["place"]["path"].as_str().unwrap()))
        .collect();
    for expected in [
        ("oversized-file", "big/AGENTS.md"),
        ("refused-link", "loop/SKILL.md"),
        ("refused-link", "fifo-link/CLAUDE.md"),
    ] {
        assert!(rules.contains(&expected), "{expected:?} in {rules:?}");
    }
    let files = report["files"].as_array().unwrap();
    assert!(files.iter().any(|file| file["path"] == format!(".github/agents/{name}")));
    assert!(report["notes"].to_string().contains("not UTF-8"), "{}", report["notes"]);
}

#[expect(clippy::disallowed_methods, reason = "the standard library makes no pipes in folders")]
fn fifo(path: &std::path::Path) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn a_file_without_permission_is_a_finding() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::with(&[("AGENTS.md", "# Shop\n")]);
    let file = sandbox.path("work/AGENTS.md");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&file).is_ok() {
        // Root reads everything.
        return;
    }
    let outcome = sandbox.outcome(&["run", "--no-cache", "--format", "json"]).exits(1);
    assert!(outcome.stdout.contains("unreadable-file"), "{}", outcome.stdout);
}

/// Text with spaces is wrapped; a line that begins with `::` would be obeyed by GitHub's runner.
#[test]
fn a_wrapped_name_gives_no_orders() {
    let sandbox = Sandbox::with(&[("AGENTS.md", "# Shop\n")]);
    for pad in 60..100 {
        let name = format!("{} ::error::pwned", "x".repeat(pad));
        let mut name = name.into_bytes();
        name.push(0xff);
        let odd: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(&name);
        write(&sandbox.path("work").join(odd).join("AGENTS.md"), b"x\n");
    }
    let outcome = sandbox.outcome(&["run", "--no-cache"]).exits(0);
    assert!(outcome.stdout.contains("pwned"), "{}", outcome.stdout);
    let orders: Vec<&str> =
        outcome.stdout.lines().filter(|line| line.trim_start().starts_with("::")).collect();
    assert_eq!(orders, Vec::<&str>::new());
}
