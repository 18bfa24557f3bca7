//! Gemini CLI. Rule numbers G01 to G10 are those of `docs/loads.md`.

use super::{Load, Loads, Repo};
use crate::agent::{HeaderState, Kind, PartName};
use crate::base::RepoPath;

const CONTEXT: &str = "geminicli.com/docs/cli/gemini-md";
const SKILLS: &str = "geminicli.com/docs/cli/skills";

/// What Gemini CLI reads for a task in `folder`, with the default `context.fileName`.
pub(super) fn loads(folder: &RepoPath, repo: &Repo) -> Vec<Load> {
    let mut out = Loads::default();
    for level in folder.ancestors_from_root() {
        if let Some(file) = repo.in_folder(&level, "GEMINI.md") {
            if file.blank {
                out.skip(file, "it is empty", "empty files are dropped", CONTEXT);
            } else {
                out.start(file, "every GEMINI.md from the repository root down to the folder", CONTEXT);
            }
        }
    }
    for file in repo.below(folder).filter(|file| file.kind == Kind::GeminiMd) {
        let home = file.path.parent();
        if home != *folder {
            let when = format!("a tool touches a path in {home}");
            out.on_demand(file, PartName::Whole, when, "files below the folder load just in time", CONTEXT);
        }
    }
    // G03
    for name in ["AGENTS.md", "CLAUDE.md"] {
        if let Some(file) = repo.in_folder(&RepoPath::root(), name) {
            out.skip(
                file,
                "only GEMINI.md is read unless `context.fileName` says more",
                "default file name",
                CONTEXT,
            );
        }
    }
    for folder in [".gemini/skills", ".agents/skills"] {
        for file in repo.skills_in(&RepoPath::root(), folder) {
            // G09: SKILL.md or one folder down, and both name and description.
            let depth = file
                .path
                .relative_to(&RepoPath::new(folder).unwrap_or_default())
                .map_or(0, |rest| rest.matches('/').count());
            let declares = &file.declares;
            if depth > 1 {
                out.skip(file, super::TOO_DEEP_FOR_GEMINI, "`*/SKILL.md`", SKILLS);
            } else if matches!(declares.header, HeaderState::Read | HeaderState::Repaired)
                && (declares.name.is_none() || declares.description_chars.is_none())
            {
                out.skip(file, "name and description are both needed", "dropped silently", SKILLS);
            } else {
                out.skill(file, SKILLS);
            }
        }
    }
    out.found
}
