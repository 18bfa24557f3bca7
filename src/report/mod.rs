//! Saying it: one [`RunReport`] value in, text out. Nothing here reads files, posts or decides.
//!
//! Every renderer is a function from the report to a string. Text that came from the change is untrusted and
//! is escaped by [`escape`] for where it goes; sizes are kept by leaving out the least important part first
//! and saying so.

pub mod annotations;
pub mod approval;
pub mod cases;
pub mod code_quality;
pub mod cost;
pub mod csv;
pub mod environments;
pub mod escape;
pub mod html;
pub mod json;
pub mod junit;
pub mod links;
pub mod markdown;
#[cfg(test)]
pub(crate) mod sample;
pub mod sarif;
pub mod terminal;
pub mod words;

use crate::base::{Change, Client, Count, Finding, RepoPath, Severity, Span, Usd, Verdict};
use crate::context::PipelineContext;
use serde::Serialize;

/// The version of the JSON report. Raised when a reader of an older version would misread a newer report.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything one run has to say: the only input of every renderer.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct RunReport {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The program that made the report.
    pub tool: Tool,
    /// The gravest verdict of the stages.
    pub verdict: Verdict,
    /// Where the run took place.
    pub context: PipelineContext,
    /// What was judged, and what it was compared with.
    pub compared: Compared,
    /// The stages in the order in which they ran.
    pub stages: Vec<StageReport>,
    /// All findings of head, and those of base that are gone, sorted by place.
    pub findings: Vec<Finding>,
    /// Findings of head that do not count, and who says so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub silenced: Vec<Silenced>,
    /// Every agent file of head, and those of base that are gone, sorted by path.
    pub files: Vec<FileReport>,
    /// What each client reads at the repository root before the first prompt.
    pub always_loaded: Vec<ClientLoad>,
    /// What the workflows cost; absent when the cost stage did not run or found no workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<cost::CostReport>,
    /// What differs between environments; absent when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environments: Option<environments::EnvironmentsReport>,
    /// What came of the cases; absent when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cases: Option<cases::CasesReport>,
    /// Who has to sign, and who has; absent when nothing asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<approval::ApprovalReport>,
    /// What the reader should know about how the figures came about: estimates, assumptions, limits.
    pub notes: Vec<String>,
    /// What to do next, most useful first. Shown after the report.
    pub hints: Vec<String>,
}

impl RunReport {
    /// A report that says nothing yet but what was judged.
    pub fn empty(tool: Tool, context: PipelineContext, compared: Compared) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            tool,
            verdict: Verdict::Skip,
            context,
            compared,
            stages: Vec::new(),
            findings: Vec::new(),
            silenced: Vec::new(),
            files: Vec::new(),
            always_loaded: Vec::new(),
            cost: None,
            environments: None,
            cases: None,
            approval: None,
            notes: Vec::new(),
            hints: Vec::new(),
        }
    }
}

/// A finding that does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Silenced {
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// Who says so.
    pub by: SilencedBy,
    /// Why, as it is written there.
    pub reason: String,
}

/// Who says that a finding does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SilencedBy {
    /// A comment beside it.
    Comment,
    /// What the repository has accepted.
    Baseline,
}

/// The program that made the report.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Tool {
    /// `weighbridge`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Name and version of the rule set of agnix.
    pub rule_set: String,
    /// Where prices come from: name, version, date.
    pub price_book: String,
}

/// The two revisions.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Compared {
    /// Head: a commit, or the working tree.
    pub head: String,
    /// Base: a commit or folder; `None` when everything counts as new.
    pub base: Option<String>,
    /// How many files differ between the two, agent files or not.
    pub changed_files: Option<usize>,
}

/// One stage.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct StageReport {
    /// `validate`, `dry-run`, `cost`.
    pub id: String,
    /// Its conclusion.
    pub verdict: Verdict,
    /// One line: what was checked and what came out, or why there was nothing to check.
    pub summary: String,
}

/// One agent file, weighed.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct FileReport {
    /// Path in head; in base when it is gone.
    pub path: RepoPath,
    /// Path in base when it was renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<RepoPath>,
    /// What kind of file it is, for example `skill` or `sub-agent`.
    pub kind: String,
    /// Relation to the base.
    pub state: FileState,
    /// Bytes in head, 0 when it is gone.
    pub bytes: u64,
    /// Its parts as clients see them, for example `listing entry` and `body`; tokens in head.
    pub parts: Vec<PartReport>,
}

/// A part of a file as a client sees it.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct PartReport {
    /// `whole`, `listing entry`, `body`, `front matter`.
    pub part: String,
    /// When a client reads it: `always`, `on demand`, `never`, `depends`.
    pub when: String,
    /// Tokens in head, one count for each tokenizer family of the clients; 0 when the part is gone.
    pub head: Vec<Count>,
    /// Tokens in base, in the same order; empty without a base or when the part is new.
    pub base: Vec<Count>,
}

/// Relation of a file to the base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FileState {
    /// In head only.
    Added,
    /// In both, with different bytes.
    Modified,
    /// In both, under another path.
    Renamed,
    /// In base only.
    Removed,
    /// In both, with the same bytes; also every file when there is no base.
    Unchanged,
}

/// What one client reads before the first prompt of a session at the repository root.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct ClientLoad {
    /// The client.
    pub client: Client,
    /// Tokens in head.
    pub head: Count,
    /// Tokens in base, when there is one.
    pub base: Option<Count>,
    /// The model assumed for the price, as the price book names it.
    pub model: String,
    /// Why that model: `declared in .claude/settings.json`, or the default and that it is one.
    pub model_reason: String,
    /// Dollars per 1,000 model calls when nothing is cached; `None` when the price is unknown.
    pub fresh_per_1000: Option<PricePair>,
    /// Dollars per 1,000 model calls when all of it is read from the prompt cache.
    pub cached_per_1000: Option<PricePair>,
    /// The pieces in the order in which they are read: the largest explain the total.
    pub pieces: Vec<LoadPiece>,
}

/// A price in both revisions.
#[derive(Clone, Copy, Debug, Serialize, schemars::JsonSchema)]
pub struct PricePair {
    /// Head.
    pub head: Usd,
    /// Base, when there is one.
    pub base: Option<Usd>,
}

/// One piece of what a client reads.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct LoadPiece {
    /// The file.
    pub path: RepoPath,
    /// The part of it.
    pub part: String,
    /// `loaded`, `truncated to 32,768 bytes`, `skipped: ...`, `shadowed by ...`, `on demand: ...`, `unknown: ...`.
    pub effect: String,
    /// Tokens read at the start in head; 0 unless loaded or truncated.
    pub head_tokens: u64,
    /// The same in base.
    pub base_tokens: Option<u64>,
}

/// What the outside formats say about a rule; the registry of rules provides it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// One sentence: what the rule finds.
    pub summary: String,
    /// Web page with the documentation.
    pub help_uri: Option<String>,
    /// The family it belongs to, for example `claude-agents`.
    pub category: String,
}

/// A report could not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// A template does not fit its data: our own bug.
    #[error("the template {name} of the report cannot be filled: {reason}; this is a bug of weighbridge")]
    Template {
        /// The template.
        name: String,
        /// What the engine said.
        reason: String,
    },
    /// Not even the shortest form fits.
    #[error(
        "the shortest form of the report has {length} bytes, more than the {limit} that are allowed here"
    )]
    TooLong {
        /// Bytes of the shortest form.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A serialiser refused: our own bug.
    #[error("the report cannot be written as {format}: {reason}; this is a bug of weighbridge")]
    Format {
        /// `JSON`, `SARIF`, `JUnit XML`.
        format: &'static str,
        /// What the serialiser said.
        reason: String,
    },
}

/// The last line that a span covers: an end at the beginning of a line does not cover that line.
pub(crate) fn last_line(span: Span) -> u32 {
    let (first, last) = (span.start.line.max(1), span.end.line);
    let last = if span.end.column <= 1 && last > first { last - 1 } else { last };
    last.max(first)
}

/// How many findings there are, by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Infos.
    pub infos: usize,
}

impl Tally {
    /// Counts findings.
    pub fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        findings.into_iter().fold(Self::default(), |mut tally, finding| {
            match finding.severity {
                Severity::Error => tally.errors += 1,
                Severity::Warning => tally.warnings += 1,
                Severity::Info => tally.infos += 1,
            }
            tally
        })
    }

    /// All of them.
    pub const fn total(self) -> usize {
        self.errors + self.warnings + self.infos
    }

    /// `2 errors, 1 warning`; `none` when there are none.
    pub fn words(self) -> String {
        use crate::base::text::plural;
        let parts: Vec<String> = [
            (self.errors, plural(self.errors, "error", "errors")),
            (self.warnings, plural(self.warnings, "warning", "warnings")),
            (self.infos, plural(self.infos, "note", "notes")),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(_, words)| words)
        .collect();
        if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
    }
}

impl RunReport {
    /// The findings with this relation to the base.
    pub fn findings_that_are(&self, change: Change) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.change == change)
    }

    /// True when base and head were compared.
    pub const fn has_base(&self) -> bool {
        self.compared.base.is_some()
    }
}
