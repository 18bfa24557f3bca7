//! Loads: what a client reads for a task in a folder, in order, with the reason and the effect.
//!
//! One file per client family. Every rule names its source; where a vendor's documentation is silent the
//! effect is [`Effect::Unknown`] with what is not known, never a guess. Only files of the repository are
//! shown: a user's own `~/.claude` or `~/.codex` is not ours to see.

mod claude_code;
mod codex;
mod copilot;
mod cursor;
mod gemini;
mod others;
pub mod readers;

pub use super::file::LISTING_CHARS;

use super::{AgentFile, Kind, PartName};
use crate::base::{Client, RepoPath};
use std::collections::BTreeMap;

/// Why a skill lies where a client does not look: the only reasons that do not follow from the file itself.
pub const OUT_OF_REACH: [&str; 4] =
    [TOO_DEEP_FOR_GEMINI, TOO_DEEP_FOR_CODEX, HIDDEN_FROM_CODEX, DEEP_FOR_CLAUDE];
const TOO_DEEP_FOR_GEMINI: &str = "skills are looked for one folder deep";
const TOO_DEEP_FOR_CODEX: &str = "skills are looked for six folders deep";
const HIDDEN_FROM_CODEX: &str = "hidden folders are skipped";
const DEEP_FOR_CLAUDE: &str = "whether skills more than one folder below .claude/skills are found";

/// Something a client reads, or would be expected to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    /// The file.
    pub path: RepoPath,
    /// The part of it.
    pub part: PartName,
    /// What happens to it.
    pub effect: Effect,
    /// Why, in words.
    pub reason: String,
    /// Where that rule is documented.
    pub source: &'static str,
}

/// What happens to a file when a client starts a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// In the context of the first request.
    Loaded,
    /// The first bytes are, the rest is not.
    Truncated {
        /// Bytes that are read.
        bytes: u64,
    },
    /// Later, when something happens.
    OnDemand {
        /// What has to happen.
        when: String,
    },
    /// Not read, though it looks as if it should be.
    Skipped {
        /// Why.
        reason: String,
    },
    /// Not read, because another file takes its place.
    Shadowed {
        /// The other file.
        by: RepoPath,
    },
    /// The client's documentation does not say.
    Unknown {
        /// What is not known.
        reason: String,
    },
}

impl Effect {
    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::Loaded => "loaded".to_owned(),
            Self::Truncated { bytes } => {
                format!("truncated to {} bytes", crate::base::text::thousands(*bytes))
            }
            Self::OnDemand { when } => format!("on demand: {when}"),
            Self::Skipped { reason } => format!("skipped: {reason}"),
            Self::Shadowed { by } => format!("shadowed by {by}"),
            Self::Unknown { reason } => format!("unknown: {reason}"),
        }
    }

    /// True when at least part of it is in the context of the first request.
    pub const fn is_at_start(&self) -> bool {
        matches!(self, Self::Loaded | Self::Truncated { .. })
    }
}

/// The agent files of one revision, by path.
#[derive(Clone, Debug, Default)]
pub struct Repo {
    files: BTreeMap<RepoPath, AgentFile>,
}

impl Repo {
    /// Collects files; the last one of a path wins.
    pub fn new(files: impl IntoIterator<Item = AgentFile>) -> Self {
        Self { files: files.into_iter().map(|file| (file.path.clone(), file)).collect() }
    }

    /// The file at a path.
    pub fn get(&self, path: &RepoPath) -> Option<&AgentFile> {
        self.files.get(path)
    }

    /// The file with this name in a folder.
    pub fn in_folder(&self, folder: &RepoPath, name: &str) -> Option<&AgentFile> {
        self.files.get(&folder.join(name)?)
    }

    /// Every file, by path.
    pub fn files(&self) -> impl Iterator<Item = &AgentFile> {
        self.files.values()
    }

    /// The files below a folder, by path.
    pub fn below<'a>(&'a self, folder: &RepoPath) -> impl Iterator<Item = &'a AgentFile> + use<'a> {
        let folder = folder.clone();
        let from = self.files.range(folder.clone()..);
        // Siblings such as `a-b` sort between `a` and `a/x`, so a plain prefix walk would stop too early.
        from.map(|(_, file)| file)
            .take_while({
                let folder = folder.clone();
                move |file| folder.is_root() || file.path.as_str().starts_with(folder.as_str())
            })
            .filter(move |file| file.path.is_within(&folder) && file.path != folder)
    }

    /// The skills in `<folder>/<skills>`, one level or deeper.
    fn skills_in<'a>(&'a self, folder: &RepoPath, skills: &str) -> Vec<&'a AgentFile> {
        let Some(root) = folder.join(skills) else { return Vec::new() };
        self.below(&root).filter(|file| file.kind == Kind::Skill).collect()
    }
}

/// What a client reads for a task in `folder`, in order.
pub fn loads(client: Client, folder: &RepoPath, repo: &Repo) -> Vec<Load> {
    match client {
        Client::ClaudeCode => claude_code::loads(folder, repo),
        Client::Codex => codex::loads(folder, repo),
        Client::Copilot => copilot::loads(folder, repo),
        Client::Cursor => cursor::loads(folder, repo),
        Client::GeminiCli => gemini::loads(folder, repo),
        Client::OpenCode => others::opencode(folder, repo),
        Client::Windsurf => others::windsurf(folder, repo),
        Client::Cline => others::cline(folder, repo),
        Client::Amp => others::amp(folder, repo),
        Client::Kiro => others::kiro(folder, repo),
        Client::Zed => others::zed(repo),
    }
}

/// The instruction files alone, for the two clients whose chains we know to the byte. Cheap enough to ask for
/// every folder of a large repository.
pub fn instruction_chain(client: Client, folder: &RepoPath, repo: &Repo) -> Vec<Load> {
    match client {
        Client::ClaudeCode => claude_code::instruction_chain(folder, repo),
        Client::Codex => codex::instruction_chain(folder, repo),
        _ => loads(client, folder, repo),
    }
}

/// Collects loads; keeps the rules readable.
#[derive(Default)]
struct Loads {
    found: Vec<Load>,
}

impl Loads {
    fn add(
        &mut self,
        file: &AgentFile,
        part: PartName,
        effect: Effect,
        reason: impl Into<String>,
        source: &'static str,
    ) {
        self.found.push(Load { path: file.path.clone(), part, effect, reason: reason.into(), source });
    }

    fn start(&mut self, file: &AgentFile, reason: impl Into<String>, source: &'static str) {
        self.add(file, whole(file), Effect::Loaded, reason, source);
    }

    fn on_demand(
        &mut self,
        file: &AgentFile,
        part: PartName,
        when: impl Into<String>,
        reason: impl Into<String>,
        source: &'static str,
    ) {
        self.add(file, part, Effect::OnDemand { when: when.into() }, reason, source);
    }

    fn skip(
        &mut self,
        file: &AgentFile,
        why: impl Into<String>,
        reason: impl Into<String>,
        source: &'static str,
    ) {
        self.add(file, whole(file), Effect::Skipped { reason: why.into() }, reason, source);
    }

    fn unknown(&mut self, file: &AgentFile, what: impl Into<String>, source: &'static str) {
        self.add(file, whole(file), Effect::Unknown { reason: what.into() }, "not documented", source);
    }

    fn shadowed(&mut self, file: &AgentFile, by: &RepoPath, reason: impl Into<String>, source: &'static str) {
        self.add(file, whole(file), Effect::Shadowed { by: by.clone() }, reason, source);
    }

    /// A skill: its listing entry at the start, its body when the model or the user asks for it.
    fn skill(&mut self, file: &AgentFile, source: &'static str) {
        self.add(
            file,
            PartName::Listing,
            Effect::Loaded,
            "skills are listed by name and description",
            source,
        );
        self.on_demand(
            file,
            PartName::Body,
            "the model or the user invokes the skill",
            "bodies are read when used",
            source,
        );
    }
}

/// The part that stands for the content: the body where there is front matter, else everything.
fn whole(file: &AgentFile) -> PartName {
    if file.parts.contains(&PartName::Body) { PartName::Body } else { PartName::Whole }
}

/// "`**/*.ts`, `src/**`" for at most three globs.
fn shown(globs: &[String]) -> String {
    let first: Vec<String> = globs.iter().take(3).map(|glob| format!("`{glob}`")).collect();
    let more = if globs.len() > 3 { ", ..." } else { "" };
    format!("{}{more}", first.join(", "))
}

#[cfg(test)]
mod tests;
