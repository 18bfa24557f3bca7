//! Token counts that say how they were obtained.

use serde::{Deserialize, Serialize};

/// A tokenizer family: models of one family split text the same way.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// `o200k_base` of `OpenAI`: GPT-4o and later.
    O200k,
    /// Claude 3 to Opus 4.6, Sonnet 4.6 and Haiku 4.5.
    ClaudeV3,
    /// Opus 4.7 and later, Sonnet 5 and later, Fable 5 and later.
    ClaudeV48,
    /// Gemini 2 and later (the Gemma 3 vocabulary).
    Gemini,
}

impl Family {
    /// The name used in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::O200k => "o200k",
            Self::ClaudeV3 => "claude-v3",
            Self::ClaudeV48 => "claude-v4.8",
            Self::Gemini => "gemini",
        }
    }
}

/// How a count was obtained.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The vendor's own tokenizer.
    Exact,
    /// A calibrated estimate; the error band is published with the calibration.
    Estimated,
    /// The provider's count endpoint.
    Counted,
}

/// A number of tokens and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Count {
    /// Tokens.
    pub tokens: u64,
    /// Tokenizer family.
    pub family: Family,
    /// How it was obtained.
    pub method: Method,
}

impl Count {
    /// `~` before an estimate, nothing before an exact count.
    pub const fn mark(self) -> &'static str {
        match self.method {
            Method::Exact | Method::Counted => "",
            Method::Estimated => "~",
        }
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&format!("{}{}", self.mark(), super::text::thousands(self.tokens)))
    }
}
