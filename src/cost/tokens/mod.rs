//! How many tokens a text has, for each tokenizer family.
//!
//! The families of `OpenAI` are counted exactly by the `tiktoken` crate. Claude and Gemini publish no tokenizer;
//! their counts are [estimated](estimate) with an error band measured on files the estimate was not fitted on.

pub mod estimate;
mod exact;

pub use exact::count as count_o200k;

use crate::base::{Client, Count, Family, Method};
use serde::{Deserialize, Serialize};

/// Tokens of one text in every family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weight {
    /// Bytes of the text.
    pub bytes: u64,
    /// `o200k_base`, exact.
    pub o200k: u64,
    /// Claude 3 to 4.6, estimated.
    pub claude_v3: u64,
    /// Claude from Opus 4.7 on, estimated.
    pub claude_v48: u64,
    /// Gemini, estimated.
    pub gemini: u64,
}

impl Weight {
    /// The count in a family, and how it was obtained.
    pub const fn count(self, family: Family) -> Count {
        let (tokens, method) = match family {
            Family::O200k => (self.o200k, Method::Exact),
            Family::ClaudeV3 => (self.claude_v3, Method::Estimated),
            Family::ClaudeV48 => (self.claude_v48, Method::Estimated),
            Family::Gemini => (self.gemini, Method::Estimated),
        };
        Count { tokens, family, method }
    }

    /// The counts in several families.
    pub fn counts(self, families: &[Family]) -> Vec<Count> {
        families.iter().map(|family| self.count(*family)).collect()
    }

    /// Adds up, saturating. Estimates of pieces add up to the estimate of the whole but for what spans the
    /// seams.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_add(other.bytes),
            o200k: self.o200k.saturating_add(other.o200k),
            claude_v3: self.claude_v3.saturating_add(other.claude_v3),
            claude_v48: self.claude_v48.saturating_add(other.claude_v48),
            gemini: self.gemini.saturating_add(other.gemini),
        }
    }
}

/// The tokenizer family of a model name; `None` for vendors whose tokenizer we do not know.
pub fn family_of_model(model: &str) -> Option<Family> {
    let model = model.to_ascii_lowercase();
    if model.starts_with("gemini") {
        return Some(Family::Gemini);
    }
    if ["gpt-", "o1", "o3", "o4", "codex"].iter().any(|prefix| model.starts_with(prefix)) {
        return Some(Family::O200k);
    }
    if !model.starts_with("claude") {
        return None;
    }
    let version: Vec<u32> =
        model.split(['-', '.']).filter_map(|part| part.parse().ok()).filter(|number| *number < 100).collect();
    let (major, minor) = (version.first().copied().unwrap_or(3), version.get(1).copied().unwrap_or(0));
    let newer = major >= 5 || (model.contains("opus") && (major, minor) >= (4, 7));
    Some(if newer { Family::ClaudeV48 } else { Family::ClaudeV3 })
}

/// The family a client's tokens are shown in when no model is declared.
pub const fn default_family(client: Client) -> Family {
    match client {
        Client::ClaudeCode
        | Client::Cursor
        | Client::OpenCode
        | Client::Amp
        | Client::Kiro
        | Client::Windsurf => Family::ClaudeV48,
        Client::Codex | Client::Copilot | Client::Cline | Client::Zed => Family::O200k,
        Client::GeminiCli => Family::Gemini,
    }
}

/// What the reader should know about counts in these families: how they were obtained and how far off they are.
pub fn notes(families: &[Family]) -> Vec<String> {
    families
        .iter()
        .filter_map(|family| {
            let (estimated, models) = match family {
                Family::O200k => return None,
                Family::ClaudeV3 => (estimate::Family::ClaudeV3, "Claude up to 4.6"),
                Family::ClaudeV48 => (estimate::Family::ClaudeV48, "Claude from Opus 4.7 on"),
                Family::Gemini => (estimate::Family::Gemini, "Gemini"),
            };
            let band = estimate::error_band(estimated);
            Some(format!(
                "tokens marked ~ are estimates for {models}: for nine files of ten the true count lies between \
                 {:+.1} % and {:+.1} % of the estimate",
                band.p5_percent, band.p95_percent
            ))
        })
        .collect()
}

/// Weighs a text. Special tokens such as `<|endoftext|>` count as the text they are.
pub fn weigh(text: &str) -> Weight {
    if text.is_empty() {
        return Weight::default();
    }
    let o200k = count_o200k(text);
    let features = estimate::features(text);
    let estimated = |family| estimate::estimate(family, o200k, &features);
    Weight {
        bytes: text.len() as u64,
        o200k,
        claude_v3: estimated(estimate::Family::ClaudeV3),
        claude_v48: estimated(estimate::Family::ClaudeV48),
        gemini: estimated(estimate::Family::Gemini),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_special_tokens_as_text() {
        assert_eq!(weigh("hello world").o200k, 2);
        assert!(weigh("<|endoftext|>").o200k > 1);
        assert_eq!(weigh(""), Weight::default());
    }

    #[test]
    fn text_without_a_single_break_is_counted_too() {
        assert!(weigh(&"a".repeat(300_000)).o200k > 1000);
        assert!(weigh(&"\u{301}".repeat(100_000)).o200k > 1000);
        assert!(weigh(&" ".repeat(300_000)).o200k > 1);
    }

    #[test]
    fn knows_the_families_of_models() {
        for (model, family) in [
            ("claude-sonnet-4-5-20250929", Some(Family::ClaudeV3)),
            ("claude-opus-4-6", Some(Family::ClaudeV3)),
            ("claude-opus-4-7", Some(Family::ClaudeV48)),
            ("claude-3-7-sonnet-latest", Some(Family::ClaudeV3)),
            ("claude-sonnet-5-5", Some(Family::ClaudeV48)),
            ("gpt-5.3-codex", Some(Family::O200k)),
            ("gemini-3.1-pro-preview", Some(Family::Gemini)),
            ("llama-4", None),
        ] {
            assert_eq!(family_of_model(model), family, "{model}");
        }
    }
}
