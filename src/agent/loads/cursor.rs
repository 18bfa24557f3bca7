//! Cursor. Rule numbers U01 to U10 are those of `docs/loads.md`.

use super::{Load, Loads, Repo, shown};
use crate::agent::{Kind, PartName};
use crate::base::RepoPath;

const RULES: &str = "cursor.com/docs/rules";
const SKILLS: &str = "cursor.com/docs/skills";
const AGENTS: &str = "cursor.com/docs/subagents";

/// What Cursor reads in a workspace opened at the repository root. The order between kinds is not documented.
pub(super) fn loads(folder: &RepoPath, repo: &Repo) -> Vec<Load> {
    let mut out = Loads::default();
    for file in repo.files() {
        let path = file.path.as_str();
        let home = file.path.parent();
        match file.kind {
            Kind::CursorRule if path == ".cursorrules" => {
                out.start(file, "the old single rule file is still read", RULES);
            }
            Kind::CursorRule if !path.starts_with(".cursor/rules/") => {
                out.unknown(file, "whether nested .cursor/rules folders are still read", RULES);
            }
            // U02
            Kind::CursorRule if file.path.extension() != Some("mdc") => {
                out.skip(
                    file,
                    "only .mdc files are rules",
                    "other files in .cursor/rules are ignored",
                    RULES,
                );
            }
            Kind::CursorRule => rule(&mut out, file),
            // U05
            Kind::AgentsMd if file.path.name() == "AGENTS.md" => {
                if folder.is_within(&home) {
                    out.start(file, "AGENTS.md of the folder and the folders above", RULES);
                } else if home.is_within(folder) {
                    let when = format!("a file in {home} is worked on");
                    out.on_demand(file, PartName::Whole, when, "a nested AGENTS.md", RULES);
                }
            }
            Kind::ClaudeMd if path == "CLAUDE.md" => {
                out.start(file, "a CLAUDE.md at the root is applied like AGENTS.md", RULES);
            }
            Kind::Skill => {
                let roots = [".agents/skills/", ".cursor/skills/", ".claude/skills/", ".codex/skills/"];
                if roots.iter().any(|root| path.starts_with(root)) {
                    out.skill(file, SKILLS);
                }
            }
            Kind::SubAgent if path.starts_with(".cursor/agents/") || path.starts_with(".claude/agents/") => {
                out.on_demand(file, PartName::Body, "the sub-agent is started", "in its own context", AGENTS);
            }
            _ => {}
        }
    }
    out.found
}

fn rule(out: &mut Loads, file: &crate::agent::AgentFile) {
    let declares = &file.declares;
    if declares.always_apply {
        out.start(file, "`alwaysApply: true`", RULES);
    } else if let Some(globs) = &declares.globs {
        let when = format!("a file matching {} is in context", shown(globs));
        out.on_demand(file, PartName::Body, when, "the rule has `globs`", RULES);
    } else if declares.description_chars.is_some() {
        out.on_demand(
            file,
            PartName::Body,
            "the model asks for it by its description",
            "only a description",
            RULES,
        );
    } else {
        out.on_demand(
            file,
            PartName::Body,
            "someone mentions it by name",
            "neither globs nor description",
            RULES,
        );
    }
}
