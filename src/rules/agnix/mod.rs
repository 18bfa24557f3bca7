//! The rules of `agnix-core`, run over any [`Tree`]: the working tree or a git revision.
//!
//! Only its per-file entry point is used. It runs in parallel, and it reads other files through a
//! [`FileSystem`](agnix_core::FileSystem) of ours that serves the tree and writes down every question it is
//! asked, so that a result can be kept for as long as the answers stay the same ([`Trace`]). Its project-wide
//! rules are not run: they walk the disk themselves, so they cannot judge a git revision, and some of them
//! compare every file with every other.

mod limits;
mod overrides;
mod places;
mod reread;
mod trace;
mod words;

pub use overrides::{OVERRIDES, Override, adjust};
pub use trace::{Trace, TracedTree};

use super::RuleInfo;
use super::fix::Fix;
use crate::base::{Client, RepoPath, Severity, Tree};
use agnix_core::{Diagnostic, DiagnosticLevel, LintConfig, ValidatorRegistry};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

/// Name and version of the rule set, for reports and cache keys.
pub const RULE_SET: &str = "agnix 0.60.3";

/// agnix reads regular expressions over text of at most this size, and refuses larger files itself.
pub const MAX_BYTES: u64 = 1024 * 1024;

/// Where the repository appears to be. agnix looks for files in folders above the root, where there are none.
const ROOT: &str = "/repository";

/// Rules that are not run. The first four look at all files for every file, so that twice the files take four
/// times as long; `duplicate-agent-name` and `crowded-listing` take the place of the first two in linear time. The
/// last two say what `truncated-instructions` says with the bytes of every file.
const NOT_RUN: [&str; 6] = ["CC-AG-023", "CC-SK-025", "CC-AG-021", "CX-SK-004", "CDX-AG-009", "CDX-AG-010"];

/// Rules whose fixes are not offered: they close a tag or a code block at the end of the file, wherever it was opened.
const NOT_FIXED: [&str; 4] = ["XML-001", "XML-002", "XML-003", "AGM-001"];

static REGISTRY: LazyLock<ValidatorRegistry> = LazyLock::new(ValidatorRegistry::with_defaults);

/// A finding of agnix before it is known whether it counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawFinding {
    /// Rule id.
    pub rule: String,
    /// Gravity.
    pub severity: Severity,
    /// Message.
    pub message: String,
    /// 1-based line; 0 means the whole file.
    pub line: u32,
    /// 1-based column; 0 when unknown.
    pub column: u32,
    /// 1-based last line, when it is a range.
    pub end_line: Option<u32>,
    /// 1-based column of the last character, when it is a range.
    pub end_column: Option<u32>,
    /// What to do.
    pub help: Option<String>,
    /// The tool the rule is about, as agnix names it; `None` when it is about all.
    pub tool: Option<String>,
    /// The clients a finding of our own is about; empty when it is about all.
    pub clients: Vec<Client>,
    /// Tells two values apart that must not be shown, on one machine; see [`super::compare::Located`].
    pub value: Option<u64>,
}

/// True when agnix has rules for a file at this path.
pub fn recognises(path: &RepoPath) -> bool {
    agnix_core::detect_file_type(Path::new(path.as_str())) != agnix_core::FileType::Unknown
}

/// The findings on one file, and what they depend on besides its own text. Never panics: a panic of a rule
/// becomes a finding.
pub fn check(path: &RepoPath, text: &str, tree: &Arc<dyn Tree>) -> (Vec<RawFinding>, Trace) {
    if let Some(refused) = limits::refused(path, text).filter(|_| recognises(path)) {
        return (vec![refused], Trace::default());
    }
    let traced = Arc::new(TracedTree::new(Arc::clone(tree)));
    let kind = agnix_core::detect_file_type(Path::new(path.as_str()));
    let text = reread::without_mark(kind, text);
    let findings = match diagnostics(path, text, &traced) {
        Some(found) => {
            let found = reread::beyond(kind, text, found, &|text| diagnostics(path, text, &traced));
            at_most(found.into_iter().map(raw).collect())
        }
        None => vec![RawFinding {
            rule: "rule-panic".to_owned(),
            severity: Severity::Error,
            message: format!("a rule of {RULE_SET} failed on this file, so it was not checked whole"),
            line: 0,
            column: 0,
            end_line: None,
            end_column: None,
            help: Some("please report the file to the maintainers of Weighbridge".to_owned()),
            tool: None,
            clients: Vec::new(),
            value: None,
        }],
    };
    (findings, traced.take_trace())
}

/// Findings of one rule on one file; more say nothing new.
pub(super) const MAX_OF_RULE: usize = 50;

/// The first findings of each rule, and how many more there are.
fn at_most(findings: Vec<RawFinding>) -> Vec<RawFinding> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut kept = Vec::with_capacity(findings.len().min(MAX_OF_RULE));
    for finding in findings {
        let count = counts.entry(finding.rule.clone()).or_default();
        *count += 1;
        if *count <= MAX_OF_RULE {
            kept.push(finding);
        }
    }
    for finding in kept.iter_mut().rev() {
        if let Some(count) = counts.remove(&finding.rule).filter(|count| *count > MAX_OF_RULE) {
            let more = count - MAX_OF_RULE;
            finding.message =
                format!("{} (and {more} more of {} in this file)", finding.message, finding.rule);
        }
    }
    kept
}

/// What the rules would write instead. Whether a fix is sure is what its rule says.
pub fn fixes(path: &RepoPath, text: &str, tree: &Arc<dyn Tree>) -> Vec<Fix> {
    if limits::refused(path, text).is_some() {
        return Vec::new();
    }
    let traced = Arc::new(TracedTree::new(Arc::clone(tree)));
    let found = diagnostics(path, text, &traced).unwrap_or_default().into_iter();
    found
        .filter(|diagnostic| !NOT_FIXED.contains(&diagnostic.rule.as_str()))
        .flat_map(|diagnostic| {
            let rule = diagnostic.rule.clone();
            let line = u32::try_from(diagnostic.line).unwrap_or(u32::MAX);
            diagnostic.fixes.into_iter().map(move |fix| Fix {
                rule: rule.clone(),
                line,
                safe: fix.is_safe(),
                message: tidy(&fix.description),
                range: fix.start_byte..fix.end_byte,
                replacement: fix.replacement,
                group: fix.group,
            })
        })
        .collect()
}

/// What the rules say; `None` when one of them panics.
fn diagnostics(path: &RepoPath, text: &str, traced: &Arc<TracedTree>) -> Option<Vec<Diagnostic>> {
    let mut config = LintConfig::default();
    config.set_root_dir(PathBuf::from(ROOT));
    config.rules_mut().disabled_rules = NOT_RUN.iter().map(|rule| (*rule).to_owned()).collect();
    // A change must not switch off the rules it is judged by.
    config.set_ignore_inline_suppressions(true);
    config.set_fs(Arc::clone(traced) as Arc<dyn agnix_core::FileSystem>);
    let absolute = Path::new(ROOT).join(path.as_str());
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        agnix_core::validate_content(&absolute, text, &config, &REGISTRY)
    }));
    outcome.ok()
}

fn raw(diagnostic: Diagnostic) -> RawFinding {
    let clamp = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    RawFinding {
        severity: match diagnostic.level {
            DiagnosticLevel::Error => Severity::Error,
            DiagnosticLevel::Warning => Severity::Warning,
            DiagnosticLevel::Info => Severity::Info,
        },
        message: tidy(&diagnostic.message),
        line: clamp(diagnostic.line),
        column: clamp(diagnostic.column),
        end_line: diagnostic.end_line.map(clamp),
        end_column: diagnostic.end_column.map(clamp),
        help: diagnostic.suggestion.as_deref().map(tidy),
        tool: diagnostic.metadata.and_then(|metadata| metadata.applies_to_tool),
        clients: Vec::new(),
        value: None,
        rule: diagnostic.rule,
    }
}

/// Messages name files below the root they were given; readers know them without it.
fn tidy(message: &str) -> String {
    // A plugin at the root has no folder to be named by.
    let message = message.replace(" in plugin 'repository'", "");
    message.replace(&format!("{ROOT}/"), "").replace(ROOT, ".").trim_end_matches('.').to_owned()
}

/// The client a tool of agnix is, where we know it.
pub fn client_of_tool(tool: &str) -> Option<Client> {
    Some(match tool {
        "claude-code" => Client::ClaudeCode,
        "codex" => Client::Codex,
        "github-copilot" | "copilot" => Client::Copilot,
        "cursor" => Client::Cursor,
        "gemini-cli" => Client::GeminiCli,
        "opencode" => Client::OpenCode,
        "windsurf" => Client::Windsurf,
        "cline" => Client::Cline,
        "amp" => Client::Amp,
        "kiro" => Client::Kiro,
        _ => return None,
    })
}

/// The folder that belongs to a tool we have no model of.
pub fn folder_of_tool(tool: &str) -> Option<&'static str> {
    Some(match tool {
        "antigravity" => ".agent/",
        "grok-code" => ".grok/",
        "pi" => ".pi/",
        "roo-code" => ".roo/",
        _ => return None,
    })
}

/// Of the catalogue that agnix ships, one line for each rule: id, group, first source, summary. The whole has 770 kB, most
/// of which nobody asks for; a test holds the two against each other.
const CATALOGUE: &str = include_str!("../../../data/agnix-rules.tsv");

/// What the rules are.
pub fn rule_infos() -> Vec<RuleInfo> {
    CATALOGUE
        .lines()
        .filter_map(|line| {
            let mut parts = line.splitn(4, '\t').map(str::to_owned);
            let (id, category, source) = (parts.next()?, parts.next()?, parts.next()?);
            let source = Some(source).filter(|source| !source.is_empty());
            Some(RuleInfo {
                id,
                summary: parts.next()?,
                severity: None,
                category,
                source,
                since: None,
                fix: None,
                examples: &[],
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::MemoryTree;
    use std::fmt::Write as _;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a generated file is written when that is asked for")]
    fn the_catalogue_is_that_of_agnix() {
        let all: serde_json::Value = serde_json::from_str(agnix_rules::rules_json()).expect("JSON");
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().replace(['\t', '\n'], " ");
        let mut lines = BTreeMap::new();
        for rule in all["rules"].as_array().expect("rules") {
            let id = text(&rule["id"]);
            if NOT_RUN.contains(&id.as_str()) {
                continue;
            }
            let mut line = String::new();
            let source = text(&rule["evidence"]["source_urls"][0]);
            let _ = writeln!(line, "{id}\t{}\t{source}\t{}", text(&rule["category"]), text(&rule["name"]));
            lines.entry(id).or_insert(line);
        }
        let wanted: String = lines.into_values().collect();
        if std::env::var_os("BLESS").is_some() {
            std::fs::write("data/agnix-rules.tsv", &wanted).expect("the folder of the package");
        }
        assert!(wanted == CATALOGUE, "run the test with BLESS=1");
    }

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text).expect("inside")
    }

    #[test]
    fn finds_what_is_wrong_with_an_agent_and_remembers_what_it_looked_at() {
        let tree: Arc<dyn Tree> =
            Arc::new(MemoryTree::new([("CLAUDE.md", "@docs/gone.md\n"), ("docs/here.md", "x")]));
        let (findings, trace) = check(&path("CLAUDE.md"), "@docs/gone.md\n", &tree);
        assert!(findings.iter().any(|finding| finding.rule == "CC-MEM-001"), "{findings:?}");
        assert!(findings.iter().all(|finding| !finding.message.contains(ROOT)), "{findings:?}");
        assert!(trace.still_holds(&*tree, &|_, _| None));
        let grown: Arc<dyn Tree> =
            Arc::new(MemoryTree::new([("CLAUDE.md", "@docs/gone.md\n"), ("docs/gone.md", "x")]));
        assert!(!trace.still_holds(&*grown, &|_, _| None));
    }

    #[test]
    fn a_rule_speaks_fifty_times_and_then_counts() {
        let tree: Arc<dyn Tree> = Arc::new(MemoryTree::new([("CLAUDE.md", "x")]));
        let text: String =
            (0..80).fold(String::new(), |text, number| format!("{text}@docs/gone{number}.md\n"));
        let (findings, _) = check(&path("CLAUDE.md"), &text, &tree);
        let gone: Vec<&RawFinding> = findings.iter().filter(|finding| finding.rule == "CC-MEM-001").collect();
        assert_eq!(gone.len(), 50);
        assert!(gone[49].message.contains("and 30 more of CC-MEM-001"), "{}", gone[49].message);
    }

    #[test]
    fn one_key_that_agnix_cannot_read_hides_no_other() {
        let tree: Arc<dyn Tree> = Arc::new(MemoryTree::new([("CLAUDE.md", "x")]));
        let rules = |file: &str, text: &str| {
            let (findings, _) = check(&path(file), text, &tree);
            findings.into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
        };
        let agent =
            |inside: &str| format!("---\nname: a\ndescription: d\n{inside}permissionMode: yolo\n---\nx\n");
        for inside in [
            "skills: pdf\n",
            "background: 'true'\n",
            "model: [x]\n",
            "name: b\n",
            "tools: 3\n",
            "color: a: b\n",
        ] {
            let found = rules(".claude/agents/a.md", &agent(inside));
            assert!(found.iter().any(|rule| rule == "CC-AG-004"), "{inside}: {found:?}");
        }
        let marked = format!("\u{feff}{}", agent(""));
        let found = rules(".claude/agents/a.md", &marked);
        assert!(
            found.iter().any(|rule| rule == "CC-AG-004") && !found.iter().any(|rule| rule == "CC-AG-007"),
            "{found:?}"
        );
        let skill =
            "---\nname: pdf\ndescription: Reads. Use when asked.\nlicense: [x]\neffort: nope\n---\nx\n";
        let found = rules(".claude/skills/pdf/SKILL.md", skill);
        assert!(!found.iter().any(|rule| rule == "AS-016") && !found.is_empty(), "{found:?}");
    }

    #[test]
    fn knows_its_own_catalogue() {
        assert!(rule_infos().len() > 700);
        assert!(recognises(&path("AGENTS.md")) && !recognises(&path("src/main.rs")));
    }
}
