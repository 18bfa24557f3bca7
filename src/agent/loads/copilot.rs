//! GitHub Copilot in VS Code. Rule numbers P01 to P14 are those of `docs/loads.md`.

use super::{Effect, Load, Loads, Repo, shown};
use crate::agent::{AgentFile, HeaderState, Kind, PartName};
use crate::base::RepoPath;

const VSCODE: &str = "code.visualstudio.com/docs/copilot/customization/custom-instructions";
const SKILLS: &str = "code.visualstudio.com/docs/copilot/customization/agent-skills";
const AGENTS: &str = "code.visualstudio.com/docs/copilot/customization/custom-agents";

/// What Copilot reads in a workspace opened at the repository root. No order is guaranteed (P01).
pub(super) fn loads(folder: &RepoPath, repo: &Repo) -> Vec<Load> {
    let mut out = Loads::default();
    let root = RepoPath::root();
    for name in
        [".github/copilot-instructions.md", "AGENTS.md", "CLAUDE.md", ".claude/CLAUDE.md", "CLAUDE.local.md"]
    {
        if let Some(file) = repo.in_folder(&root, name) {
            out.start(file, "instructions of the workspace root", VSCODE);
        }
    }
    for file in repo.files() {
        let path = file.path.as_str();
        match file.kind {
            Kind::CopilotInstructions if path.starts_with(".github/instructions/") => match &file
                .declares
                .globs
            {
                Some(globs) if globs.iter().any(|glob| glob == "**") => {
                    out.start(file, "`applyTo` is `**`", VSCODE);
                }
                Some(globs) => {
                    let when = format!("a file matching {} is worked on", shown(globs));
                    out.on_demand(file, PartName::Body, when, "the file has `applyTo`", VSCODE);
                }
                // P02
                None => {
                    out.on_demand(file, PartName::Body, "someone attaches it", "it has no `applyTo`", VSCODE)
                }
            },
            Kind::ClaudeRule if path.starts_with(".claude/rules/") => match &file.declares.globs {
                // P03
                Some(globs) => {
                    let when = format!("a file matching {} is worked on", shown(globs));
                    out.on_demand(file, PartName::Body, when, "`paths` is read like `applyTo`", VSCODE);
                }
                None => out.start(file, "a rule without `paths` applies to every file", VSCODE),
            },
            // P04
            Kind::AgentsMd if is_nested_near(file, folder) => {
                let why = "nested AGENTS.md files are off by default";
                out.skip(file, why, "`chat.useNestedAgentsMdFiles`", VSCODE);
            }
            Kind::Skill => skill(&mut out, file),
            Kind::SubAgent if path.starts_with(".github/agents/") || path.starts_with(".claude/agents/") => {
                out.on_demand(
                    file,
                    PartName::Body,
                    "the agent is chosen",
                    "custom agents are chosen by hand",
                    AGENTS,
                );
            }
            Kind::Command if path.starts_with(".github/prompts/") => {
                out.on_demand(
                    file,
                    PartName::Body,
                    "the prompt is typed",
                    "prompt files are commands",
                    VSCODE,
                );
            }
            _ => {}
        }
    }
    out.found
}

fn is_nested_near(file: &AgentFile, folder: &RepoPath) -> bool {
    let home = file.path.parent();
    file.path.name() == "AGENTS.md" && !home.is_root() && (folder.is_root() || folder.is_within(&home))
}

fn skill(out: &mut Loads, file: &AgentFile) {
    let path = file.path.as_str();
    if ![".github/skills/", ".claude/skills/", ".agents/skills/"].iter().any(|root| path.starts_with(root)) {
        return;
    }
    // P06
    let declared = file.declares.name.as_deref();
    let folder = file.path.parent();
    if file.declares.header != HeaderState::Read || file.declares.description_chars.is_none() {
        out.skip(
            file,
            "it has no readable name and description",
            "invalid skills are dropped silently",
            SKILLS,
        );
    } else if declared != Some(folder.name()) {
        out.skip(file, "its name is not that of its folder", "invalid skills are dropped silently", SKILLS);
    } else {
        out.add(file, PartName::Listing, Effect::Loaded, "skills are listed by name and description", SKILLS);
        out.on_demand(file, PartName::Body, "the model uses the skill", "bodies are read when used", SKILLS);
    }
}
