//! The coding agents ("clients") whose files we know.

use serde::{Deserialize, Serialize};

macro_rules! clients {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $title:literal;)+) => {
        /// A program that reads agent configuration files.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
            schemars::JsonSchema, clap::ValueEnum,
        )]
        #[serde(rename_all = "kebab-case")]
        pub enum Client { $($(#[$doc])* #[serde(rename = $name)] #[value(name = $name)] $variant,)+ }

        impl Client {
            /// Every client, in the order in which they are shown.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name used in options, configuration and JSON.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The name used in prose.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }
        }
    };
}

clients! {
    /// Anthropic's Claude Code.
    ClaudeCode = "claude-code", "Claude Code";
    /// Codex of `OpenAI`.
    Codex = "codex", "Codex";
    /// GitHub Copilot in VS Code and on github.com.
    Copilot = "copilot", "GitHub Copilot";
    /// Cursor.
    Cursor = "cursor", "Cursor";
    /// Google's Gemini CLI.
    GeminiCli = "gemini-cli", "Gemini CLI";
    /// `OpenCode`.
    OpenCode = "opencode", "OpenCode";
    /// Windsurf.
    Windsurf = "windsurf", "Windsurf";
    /// Cline.
    Cline = "cline", "Cline";
    /// Amp.
    Amp = "amp", "Amp";
    /// Kiro.
    Kiro = "kiro", "Kiro";
    /// Zed.
    Zed = "zed", "Zed";
}

impl Client {
    /// The client with this name, as used in options and configuration.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|client| client.name() == name)
    }
}

impl std::fmt::Display for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}
