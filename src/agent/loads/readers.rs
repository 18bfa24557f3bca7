//! Which clients read a path at all: what decides whether a client's rule has a say about a file.
//!
//! The table is section 8 of `docs/loads.md`.

use crate::agent::Kind;
use crate::base::{Client, RepoPath};
use std::collections::BTreeSet;

use Client::{Amp, ClaudeCode, Cline, Codex, Copilot, Cursor, GeminiCli, Kiro, OpenCode, Windsurf, Zed};

/// The clients that read a file at this path, with their default settings.
#[expect(clippy::match_same_arms, reason = "one line for each pattern reads as a table")]
pub fn readers(path: &RepoPath, kind: Kind) -> &'static [Client] {
    let text = path.as_str();
    let starts = |prefix: &str| text.starts_with(prefix) || text.contains(&format!("/{prefix}"));
    match kind {
        Kind::AgentsMd => match path.name() {
            "AGENTS.override.md" => &[Codex],
            "AGENT.md" => &[Amp, Zed],
            _ => &[Codex, ClaudeCode, Copilot, Cursor, OpenCode, Windsurf, Cline, Amp, Kiro, Zed],
        },
        Kind::ClaudeMd if path.name() == "CLAUDE.local.md" || starts(".claude/") => &[ClaudeCode, Copilot],
        Kind::ClaudeMd => &[ClaudeCode, Copilot, Cursor, OpenCode, Amp, Zed],
        Kind::GeminiMd => &[GeminiCli, Copilot, Zed],
        Kind::ClaudeRule if starts(".claude/rules/") => &[ClaudeCode, Copilot],
        Kind::ClaudeRule => &[ClaudeCode],
        Kind::CopilotInstructions if path.name() == "copilot-instructions.md" => &[Copilot, Zed],
        Kind::CopilotInstructions => &[Copilot],
        Kind::CursorRule if path.name() == ".cursorrules" => &[Cursor, Cline, Zed],
        Kind::CursorRule => &[Cursor],
        Kind::ClientRule if starts(".windsurf/") || starts(".devin/") => &[Windsurf],
        Kind::ClientRule if path.name() == ".windsurfrules" => &[Windsurf, Cline, Zed],
        Kind::ClientRule if starts(".kiro/") => &[Kiro],
        Kind::ClientRule if starts(".clinerules") => &[Cline, Zed],
        Kind::ClientRule if path.name() == ".rules" => &[Zed],
        Kind::Skill | Kind::SkillReference if starts(".claude/skills/") => {
            &[ClaudeCode, Copilot, Cursor, OpenCode]
        }
        Kind::Skill | Kind::SkillReference if starts(".agents/skills/") => {
            &[Codex, Copilot, Cursor, GeminiCli, OpenCode, Amp, Zed, Windsurf, Cline]
        }
        Kind::Skill | Kind::SkillReference if starts(".codex/skills/") => &[Codex, Cursor],
        Kind::Skill | Kind::SkillReference if starts(".github/skills/") => &[Copilot],
        Kind::Skill | Kind::SkillReference if starts(".cursor/skills/") => &[Cursor],
        Kind::Skill | Kind::SkillReference if starts(".gemini/skills/") => &[GeminiCli],
        Kind::Skill | Kind::SkillReference if starts(".opencode/") => &[OpenCode],
        Kind::Skill | Kind::SkillReference if starts(".kiro/skills/") => &[Kiro],
        // Plugins and plain skill folders are distributed to Claude Code first of all.
        Kind::Skill | Kind::SkillReference => &[ClaudeCode],
        Kind::SubAgent if starts(".claude/agents/") => &[ClaudeCode, Copilot, Cursor],
        Kind::SubAgent
            if starts(".github/") || text.ends_with(".agent.md") || text.ends_with(".chatmode.md") =>
        {
            &[Copilot]
        }
        Kind::SubAgent if starts(".cursor/agents/") => &[Cursor],
        Kind::SubAgent if starts(".codex/agents/") => &[Codex],
        Kind::SubAgent if starts(".opencode/") => &[OpenCode],
        Kind::SubAgent if starts(".kiro/agents/") => &[Kiro],
        Kind::SubAgent => &[ClaudeCode],
        Kind::Command if starts(".github/prompts/") || text.ends_with(".prompt.md") => &[Copilot],
        Kind::Command if starts(".cursor/") => &[Cursor],
        Kind::Command if starts(".gemini/") => &[GeminiCli],
        Kind::Command if starts(".opencode/") => &[OpenCode],
        Kind::Command => &[ClaudeCode],
        Kind::Mcp if starts(".vscode/") => &[Copilot],
        Kind::Mcp if starts(".cursor/") => &[Cursor],
        Kind::Mcp if starts(".kiro/") => &[Kiro],
        Kind::Mcp if path.name() == ".mcp.json" => &[ClaudeCode, Copilot],
        Kind::Settings if starts(".claude/") => &[ClaudeCode],
        Kind::Settings if starts(".gemini/") => &[GeminiCli],
        Kind::Settings if starts(".codex/") => &[Codex],
        Kind::Settings => &[OpenCode],
        Kind::Hooks if starts(".cursor/") => &[Cursor],
        Kind::Hooks if starts(".codex/") => &[Codex],
        Kind::Hooks => &[ClaudeCode],
        Kind::Plugin | Kind::Marketplace if starts(".cursor-plugin/") => &[Cursor],
        Kind::Plugin | Kind::Marketplace if starts(".codex-plugin/") => &[Codex],
        Kind::Plugin | Kind::Marketplace => &[ClaudeCode],
        _ => &[],
    }
}

/// The clients this repository is made for: each leaves files of its own. `AGENTS.md` alone speaks for Codex,
/// whose file it was first.
pub fn in_use<'a>(files: impl IntoIterator<Item = (&'a RepoPath, Kind)>) -> BTreeSet<Client> {
    let mut found = BTreeSet::new();
    for (path, kind) in files {
        let own = match kind {
            Kind::AgentsMd if path.name() != "AGENT.md" => Some(Codex),
            Kind::Skill if path.as_str().contains(".agents/skills/") => Some(Codex),
            Kind::SkillReference | Kind::Imported => None,
            _ => match readers(path, kind) {
                [only] => Some(*only),
                // A file that several read was written for the first of them.
                [first, ..] if kind != Kind::AgentsMd => Some(*first),
                _ => None,
            },
        };
        found.extend(own);
    }
    found
}
