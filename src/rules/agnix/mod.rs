//! The rules of `agnix-core`, run over any [`Tree`]: the working tree or a git revision.
//!
//! Only its per-file entry point is used. It runs in parallel, and it reads other files through a
//! [`FileSystem`](agnix_core::FileSystem) of ours that serves the tree and writes down every question it is
//! asked, so that a result can be kept for as long as the answers stay the same ([`Trace`]). Its project-wide
//! rules are not run: they walk the disk themselves, so they cannot judge a git revision, and some of them
//! compare every file with every other.

mod trace;

pub use trace::{Trace, TracedTree};

use super::RuleInfo;
use crate::base::{Client, RepoPath, Severity, Tree};
use agnix_core::{Diagnostic, DiagnosticLevel, LintConfig, ValidatorRegistry};
use serde::{Deserialize, Serialize};
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
}

/// True when agnix has rules for a file at this path.
pub fn recognises(path: &RepoPath) -> bool {
    agnix_core::detect_file_type(Path::new(path.as_str())) != agnix_core::FileType::Unknown
}

/// The findings on one file, and what they depend on besides its own text. Never panics: a panic of a rule
/// becomes a finding.
pub fn check(path: &RepoPath, text: &str, tree: &Arc<dyn Tree>) -> (Vec<RawFinding>, Trace) {
    let traced = Arc::new(TracedTree::new(Arc::clone(tree)));
    let mut config = LintConfig::default();
    config.set_root_dir(PathBuf::from(ROOT));
    config.rules_mut().disabled_rules = NOT_RUN.iter().map(|rule| (*rule).to_owned()).collect();
    // A change must not switch off the rules it is judged by.
    config.set_ignore_inline_suppressions(true);
    config.set_fs(Arc::clone(&traced) as Arc<dyn agnix_core::FileSystem>);
    let absolute = Path::new(ROOT).join(path.as_str());
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        agnix_core::validate_content(&absolute, text, &config, &REGISTRY)
    }));
    let findings = match outcome {
        Ok(diagnostics) => diagnostics.into_iter().map(raw).collect(),
        Err(_) => vec![RawFinding {
            rule: "rule-panic".to_owned(),
            severity: Severity::Error,
            message: format!("a rule of {RULE_SET} failed on this file, so it was not checked whole"),
            line: 0,
            column: 0,
            end_line: None,
            end_column: None,
            help: Some("please report the file to the maintainers of Weighbridge".to_owned()),
            tool: None,
        }],
    };
    (findings, traced.take_trace())
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
        rule: diagnostic.rule,
    }
}

/// Messages name files below the root they were given; readers know them without it.
fn tidy(message: &str) -> String {
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

#[derive(Deserialize)]
struct Catalogue {
    rules: Vec<CatalogueRule>,
}

#[derive(Deserialize)]
struct CatalogueRule {
    id: String,
    name: String,
    category: String,
    evidence: Option<Evidence>,
}

#[derive(Deserialize)]
struct Evidence {
    #[serde(default)]
    source_urls: Vec<String>,
}

/// What the rules are, from the catalogue agnix ships.
pub fn rule_infos() -> Vec<RuleInfo> {
    let catalogue: Catalogue =
        serde_json::from_str(agnix_rules::rules_json()).unwrap_or(Catalogue { rules: Vec::new() });
    let mut infos: Vec<RuleInfo> = catalogue
        .rules
        .into_iter()
        .filter(|rule| !NOT_RUN.contains(&rule.id.as_str()))
        .map(|rule| RuleInfo {
            id: rule.id,
            summary: rule.name,
            severity: None,
            category: rule.category,
            source: rule.evidence.and_then(|evidence| evidence.source_urls.into_iter().next()),
            since: None,
        })
        .collect();
    infos.sort_by(|one, other| one.id.cmp(&other.id));
    infos.dedup_by(|one, other| one.id == other.id);
    infos
}

/// What agnix would change in one file, with the rule and the line of the finding each change is for. Its line breaks have
/// to be those of Unix.
pub fn proposals(path: &RepoPath, text: &str, tree: &Arc<dyn Tree>) -> Vec<(String, u32, agnix_core::Fix)> {
    if text.len() as u64 > MAX_BYTES {
        return Vec::new();
    }
    let mut config = LintConfig::default();
    config.set_root_dir(PathBuf::from(ROOT));
    config.rules_mut().disabled_rules = NOT_RUN.iter().map(|rule| (*rule).to_owned()).collect();
    config.set_ignore_inline_suppressions(true);
    config.set_fs(Arc::new(TracedTree::new(Arc::clone(tree))));
    let absolute = Path::new(ROOT).join(path.as_str());
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        agnix_core::validate_content(&absolute, text, &config, &REGISTRY)
    }));
    let found = outcome.unwrap_or_default().into_iter();
    found
        .flat_map(|diagnostic| {
            let (rule, line) = (diagnostic.rule, u32::try_from(diagnostic.line).unwrap_or(u32::MAX));
            diagnostic.fixes.into_iter().map(move |fix| (rule.clone(), line, fix))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::MemoryTree;

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
    fn knows_its_own_catalogue() {
        assert!(rule_infos().len() > 700);
        assert!(recognises(&path("AGENTS.md")) && !recognises(&path("src/main.rs")));
    }
}
