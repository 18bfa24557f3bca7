//! Codex. Rule numbers X01 to X26 are those of `docs/loads.md`.

use super::{Effect, Load, Loads, Repo};
use crate::agent::{AgentFile, HeaderState, PartName};
use crate::base::RepoPath;

const AGENTS: &str = "openai/codex codex-rs/core/src/agents_md.rs";
const SKILLS: &str = "openai/codex codex-rs/core-skills/src/loader.rs";
const CONFIG: &str = "developers.openai.com/codex/config";

/// `project_doc_max_bytes`: one budget for the whole chain, spent from the root down. Source: X05.
const PROJECT_DOC_MAX_BYTES: u64 = 32_768;
/// Longest description of a skill in characters. Source: X22.
const MAX_DESCRIPTION_CHARS: u64 = 1024;
/// Longest name of a skill in characters. Source: X22.
const MAX_NAME_CHARS: usize = 64;

/// What Codex reads for a task in `folder`. The repository root is taken as the project root (X01).
pub(super) fn loads(folder: &RepoPath, repo: &Repo) -> Vec<Load> {
    let mut out = Loads { found: instruction_chain(folder, repo) };
    let chain = folder.ancestors_from_root();
    for level in &chain {
        for file in repo.skills_in(level, ".agents/skills") {
            skill(&mut out, file, level, ".agents/skills");
        }
    }
    for file in repo.skills_in(&RepoPath::root(), ".codex/skills") {
        skill(&mut out, file, &RepoPath::root(), ".codex/skills");
    }
    for level in &chain {
        for file in repo.skills_in(level, ".claude/skills") {
            out.skip(file, "Codex does not read .claude/skills", "it reads .agents/skills", SKILLS);
        }
        if let Some(file) = repo.in_folder(level, "CLAUDE.md") {
            out.skip(file, "Codex does not read CLAUDE.md", "it is no fallback name by default", AGENTS);
        }
    }
    for level in &chain {
        if let Some(file) = repo.in_folder(level, ".codex/config.toml") {
            // X07
            let when = "the user trusts the project";
            out.on_demand(file, PartName::Whole, when, "settings and MCP servers of the project", CONFIG);
        }
    }
    out.found
}

/// Folders below the root of skills that are looked into. Source: X21.
const MAX_DEPTH: usize = 6;

/// The AGENTS.md files on the path to `folder`.
pub(super) fn instruction_chain(folder: &RepoPath, repo: &Repo) -> Vec<Load> {
    let mut out = Loads::default();
    let mut left = PROJECT_DOC_MAX_BYTES;
    for level in &folder.ancestors_from_root() {
        // X03: the first existing file of a folder takes the slot.
        let mut slot: Option<&AgentFile> = None;
        for name in ["AGENTS.override.md", "AGENTS.md"] {
            let Some(file) = repo.in_folder(level, name) else { continue };
            if let Some(by) = slot {
                // X04: an empty override hides AGENTS.md all the same.
                out.shadowed(file, &by.path, "one file per folder; the override comes first", AGENTS);
                continue;
            }
            slot = Some(file);
            let reason = "one AGENTS.md per folder, from the project root down to the folder";
            if file.blank {
                out.skip(file, "it is empty", reason, AGENTS);
            } else if left == 0 {
                let why = "the 32,768 bytes for project instructions are spent by the files above it";
                out.skip(file, why, reason, AGENTS);
            } else if file.bytes > left {
                out.add(file, PartName::Whole, Effect::Truncated { bytes: left }, reason, AGENTS);
                left = 0;
            } else {
                left -= file.bytes;
                out.start(file, reason, AGENTS);
            }
        }
    }
    out.found
}

fn skill(out: &mut Loads, file: &AgentFile, level: &RepoPath, root: &str) {
    let declares = &file.declares;
    let home = file.path.parent();
    let folders: Vec<&str> =
        level.join(root).as_ref().and_then(|root| home.relative_to(root)).unwrap_or("").split('/').collect();
    let refused = match declares.header {
        _ if folders.len() > MAX_DEPTH => Some(super::TOO_DEEP_FOR_CODEX),
        _ if folders.iter().any(|folder| folder.starts_with('.')) => Some(super::HIDDEN_FROM_CODEX),
        HeaderState::Absent => Some("it has no front matter"),
        HeaderState::Broken | HeaderState::Repaired => Some("its front matter is no YAML"),
        HeaderState::Read if declares.description_chars.is_none() => Some("it has no `description`"),
        HeaderState::Read if declares.description_chars > Some(MAX_DESCRIPTION_CHARS) => {
            Some("its description is longer than 1,024 characters; newer versions cut it there")
        }
        HeaderState::Read
            if declares.name.as_ref().is_some_and(|name| name.chars().count() > MAX_NAME_CHARS) =>
        {
            Some("its name is longer than 64 characters")
        }
        HeaderState::Read => None,
    };
    match refused {
        Some(why) => out.skip(file, why, "the skill is dropped with a log line", SKILLS),
        None => out.skill(file, SKILLS),
    }
}
