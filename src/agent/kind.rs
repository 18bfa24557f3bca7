//! Which files are agent configuration, and of which kind.

use crate::base::{RepoPath, Tree};
use crate::config::Declared;
use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)+) => {
        /// The kind of an agent configuration file.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Kind { $($(#[$doc])* $variant,)+ }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name used in output.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

kinds! {
    /// `AGENTS.md`, `AGENT.md`, `AGENTS.override.md`.
    AgentsMd = "instructions";
    /// `CLAUDE.md`, `.claude/CLAUDE.md`, `CLAUDE.local.md`.
    ClaudeMd = "instructions";
    /// `.claude/rules/**/*.md`.
    ClaudeRule = "Claude rule";
    /// `GEMINI.md`.
    GeminiMd = "instructions";
    /// `.github/copilot-instructions.md` and `.github/instructions/**/*.instructions.md`.
    CopilotInstructions = "Copilot instructions";
    /// `.cursor/rules/**`, `.cursorrules`.
    CursorRule = "Cursor rule";
    /// Instruction files of the other clients: Windsurf, Cline, Kiro, Zed, Junie.
    ClientRule = "client rule";
    /// `SKILL.md`.
    Skill = "skill";
    /// Markdown beside a `SKILL.md`.
    SkillReference = "skill reference";
    /// A sub-agent or custom agent.
    SubAgent = "sub-agent";
    /// A slash command or prompt file.
    Command = "command";
    /// A list of MCP servers.
    Mcp = "MCP servers";
    /// Client settings, hooks among them.
    Settings = "settings";
    /// `hooks.json`.
    Hooks = "hooks";
    /// `plugin.json`.
    Plugin = "plugin manifest";
    /// `marketplace.json`.
    Marketplace = "marketplace";
    /// `TEAM_SPEC.md`.
    TeamSpec = "team specification";
    /// `ORCHESTRATION.md`.
    Orchestration = "orchestration";
    /// `CONFIG.md` beside a team specification.
    TeamConfig = "team configuration";
    /// `MODEL_CONFIGS.md`.
    ModelConfigs = "model configurations";
    /// `environments/*/model-overrides.yaml`.
    ModelOverrides = "model overrides";
    /// `environments/*/budget-limits.yaml`.
    BudgetLimits = "budget limits";
    /// A text that an instruction file imports with `@path`.
    Imported = "imported text";
    /// A file that only the rule set knows.
    Other = "other";
}

impl Kind {
    /// True for Markdown and similar text that reaches a model.
    pub const fn is_prose(self) -> bool {
        matches!(
            self,
            Self::AgentsMd
                | Self::ClaudeMd
                | Self::ClaudeRule
                | Self::GeminiMd
                | Self::CopilotInstructions
                | Self::CursorRule
                | Self::ClientRule
                | Self::Skill
                | Self::SkillReference
                | Self::SubAgent
                | Self::Command
                | Self::TeamSpec
                | Self::Orchestration
                | Self::TeamConfig
                | Self::ModelConfigs
                | Self::Imported
        )
    }
}

/// The kind of a path; `None` when it is no agent configuration as far as we know.
pub fn classify(path: &RepoPath, tree: &dyn Tree, declared: &Declared) -> Option<Kind> {
    if declared.agents.is_match(path.as_str()) {
        return Some(Kind::SubAgent);
    }
    if declared.commands.is_match(path.as_str()) {
        return Some(Kind::Command);
    }
    by_name(path, tree).or_else(|| by_folder(path, tree)).or_else(|| {
        let is_markdown = path.extension() == Some("md");
        (is_markdown && is_below_skill(path, tree)).then_some(Kind::SkillReference)
    })
}

#[expect(clippy::match_same_arms, reason = "one line for each name reads as a table")]
fn by_name(path: &RepoPath, tree: &dyn Tree) -> Option<Kind> {
    let name = path.name();
    let folder = path.parent();
    let in_folder = |wanted: &str| folder.name() == wanted;
    Some(match name {
        "AGENTS.md" | "AGENTS.override.md" | "AGENT.md" => Kind::AgentsMd,
        "CLAUDE.md" | "CLAUDE.local.md" => Kind::ClaudeMd,
        "GEMINI.md" => Kind::GeminiMd,
        "SKILL.md" => Kind::Skill,
        "TEAM_SPEC.md" => Kind::TeamSpec,
        "ORCHESTRATION.md" => Kind::Orchestration,
        "MODEL_CONFIGS.md" => Kind::ModelConfigs,
        "CONFIG.md" if has_team(&folder, tree) => Kind::TeamConfig,
        "copilot-instructions.md" if in_folder(".github") => Kind::CopilotInstructions,
        ".cursorrules" => Kind::CursorRule,
        ".windsurfrules" | ".clinerules" | ".rules" => Kind::ClientRule,
        ".mcp.json" | "mcp_servers.json" | "claude_desktop_config.json" => Kind::Mcp,
        "mcp.json" | "mcp-config.json" => Kind::Mcp,
        "plugin.json" if is_manifest_folder(folder.name()) => Kind::Plugin,
        "marketplace.json" if is_manifest_folder(folder.name()) => Kind::Marketplace,
        "settings.json" | "settings.local.json" if in_folder(".claude") || in_folder(".gemini") => {
            Kind::Settings
        }
        "config.toml" if in_folder(".codex") => Kind::Settings,
        "opencode.json" | "opencode.jsonc" => Kind::Settings,
        "hooks.json" if in_folder("hooks") || in_folder(".cursor") || in_folder(".codex") => Kind::Hooks,
        "model-overrides.yaml" | "model-overrides.yml" if is_environment(&folder) => Kind::ModelOverrides,
        "budget-limits.yaml" | "budget-limits.yml" if is_environment(&folder) => Kind::BudgetLimits,
        _ if name.ends_with(".agent.md") || name.ends_with(".chatmode.md") => Kind::SubAgent,
        _ if name.ends_with(".prompt.md") => Kind::Command,
        _ if name.ends_with(".instructions.md") => Kind::CopilotInstructions,
        _ if path.extension() == Some("json") && in_folder("mcp-servers") => Kind::Mcp,
        _ => return None,
    })
}

fn is_manifest_folder(name: &str) -> bool {
    matches!(name, ".claude-plugin" | ".cursor-plugin" | ".codex-plugin" | ".plugin")
}

fn is_environment(folder: &RepoPath) -> bool {
    folder.parent().name() == "environments"
}

fn has_team(folder: &RepoPath, tree: &dyn Tree) -> bool {
    ["TEAM_SPEC.md", "ORCHESTRATION.md", "MODEL_CONFIGS.md"]
        .iter()
        .any(|name| folder.join(name).is_some_and(|path| tree.entry(path.as_str()).is_some()))
}

#[expect(clippy::match_same_arms, reason = "one line for each folder of each client reads as a table")]
fn by_folder(path: &RepoPath, tree: &dyn Tree) -> Option<Kind> {
    let parts: Vec<&str> = path.parts().collect();
    let extension = path.extension().unwrap_or("");
    for (index, part) in parts.iter().enumerate().take(parts.len().saturating_sub(1)) {
        let below = parts.get(index + 1).copied().unwrap_or("");
        let deeper = parts.len() > index + 2;
        let found = match (*part, below, extension) {
            (".claude", "rules", "md") if deeper => Kind::ClaudeRule,
            (".claude" | ".cursor" | ".opencode", "agents" | "agent", "md") if deeper => Kind::SubAgent,
            (".claude" | ".cursor" | ".opencode", "commands" | "command", "md") if deeper => Kind::Command,
            (".gemini", "commands", "toml") | (".github", "prompts", "md") if deeper => Kind::Command,
            (".claude", "output-styles", "md") if deeper => Kind::ClaudeRule,
            (".github", "agents" | "chatmodes", "md") if deeper => Kind::SubAgent,
            (".codex", "agents", "toml") | (".kiro", "agents", "md" | "json") if deeper => Kind::SubAgent,
            (".cursor", "rules", "mdc" | "md") if deeper => Kind::CursorRule,
            (".windsurf" | ".devin", "rules", "md") if deeper => Kind::ClientRule,
            (".kiro", "steering", "md") | (".junie", _, "md") => Kind::ClientRule,
            (".clinerules", _, "md" | "txt") => Kind::ClientRule,
            ("agents", _, "md") if is_plugin_root(&parts, index, tree) => Kind::SubAgent,
            ("commands", _, "md") if is_plugin_root(&parts, index, tree) => Kind::Command,
            _ => continue,
        };
        // A skill's own folder may hold anything; its files belong to the skill.
        if matches!(found, Kind::SubAgent | Kind::Command)
            && *part != ".claude"
            && !part.starts_with('.')
            && is_below_skill(path, tree)
        {
            return Some(Kind::SkillReference);
        }
        return Some(found);
    }
    None
}

/// True when the folder above component `index` is a plugin: it has a manifest, or a marketplace above it
/// lists plugins without one.
fn is_plugin_root(parts: &[&str], index: usize, tree: &dyn Tree) -> bool {
    let root = parts.get(..index).unwrap_or(&[]).join("/");
    let manifest = |folder: &str| {
        let path =
            if folder.is_empty() { ".claude-plugin".to_owned() } else { format!("{folder}/.claude-plugin") };
        RepoPath::new(&path).is_some_and(|path| tree.is_folder(path.as_str()))
    };
    manifest(&root) || (index > 0 && manifest(""))
}

fn is_below_skill(path: &RepoPath, tree: &dyn Tree) -> bool {
    let mut folder = path.parent();
    while !folder.is_root() {
        if folder.join("SKILL.md").is_some_and(|skill| tree.entry(skill.as_str()).is_some()) {
            return true;
        }
        folder = folder.parent();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::MemoryTree;

    #[test]
    fn knows_the_files_by_name_and_place() {
        let files = [
            ("AGENTS.md", Some(Kind::AgentsMd)),
            ("src/api/AGENTS.override.md", Some(Kind::AgentsMd)),
            (".claude/agents/team/reviewer.md", Some(Kind::SubAgent)),
            (".claude/agents/README.txt", None),
            (".claude/skills/pdf/SKILL.md", Some(Kind::Skill)),
            (".claude/skills/pdf/reference/forms.md", Some(Kind::SkillReference)),
            (".claude/skills/pdf/agents/grader.md", Some(Kind::SkillReference)),
            ("plugins/a/.claude-plugin/plugin.json", Some(Kind::Plugin)),
            ("plugins/a/agents/one.md", Some(Kind::SubAgent)),
            ("plugins/a/commands/deep/two.md", Some(Kind::Command)),
            ("agents/loose.md", None),
            ("docs/CONFIG.md", None),
            ("teams/x/CONFIG.md", Some(Kind::TeamConfig)),
            ("teams/x/TEAM_SPEC.md", Some(Kind::TeamSpec)),
            ("teams/x/mcp-servers/github.json", Some(Kind::Mcp)),
            ("environments/ci/budget-limits.yaml", Some(Kind::BudgetLimits)),
            ("config/budget-limits.yaml", None),
            (".cursor/rules/style.mdc", Some(Kind::CursorRule)),
            (".github/instructions/a/tests.instructions.md", Some(Kind::CopilotInstructions)),
            ("README.md", None),
        ];
        let tree = MemoryTree::new(files.iter().map(|(path, _)| (*path, "")));
        for (path, kind) in files {
            let path = RepoPath::new(path).expect("inside");
            assert_eq!(classify(&path, &tree, &Declared::default()), kind, "{path}");
        }
    }
}
