//! Cases: what an agent is asked, what its tools answer, and what has to hold of what it does.
//!
//! Our own format ([`suite`]) and those people already have: `evals.json` of skills ([`evals_json`]) and a subset of
//! promptfoo's configuration ([`promptfoo`]). All become [`Case`]; [`judge`] holds a [`Transcript`] against it.

pub mod assertion;
pub mod evals_json;
pub mod find;
pub mod judge;
mod markdown;
pub mod promptfoo;
mod similar;
pub mod suite;
pub mod transcript;

use crate::base::{Client, Place, RepoPath};
use crate::chat::{Api, Sampling};
use assertion::Assertion;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

pub use transcript::Transcript;

/// Larger files with cases are refused, in bytes.
pub const MAX_BYTES: u64 = 4 * 1024 * 1024;
/// More cases of one file are refused.
pub const MAX_CASES: usize = 10_000;
/// More repeats of one case are refused.
pub const MAX_REPEAT: u32 = 1_000;
/// More model calls in one run of a case are refused.
pub const MAX_TURNS: u32 = 200;
/// Most tokens of an answer, where nothing is said.
pub const DEFAULT_MAX_TOKENS: u32 = 2_048;
/// Model calls in one run of a case, where nothing is said.
pub const DEFAULT_MAX_TURNS: u32 = 12;

/// One case, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Names it: the file and the id in it, as in `evals/refunds.eval.yaml#over-limit`.
    pub id: String,
    /// Where it stands.
    pub place: Place,
    /// What the user says, one after the other; the next when the agent has finished with the one before.
    pub prompts: Vec<String>,
    /// Who is asked.
    pub target: Target,
    /// The model; without it that of the agent, of the configuration, or of the client.
    pub model: Option<String>,
    /// The provider, where the model's name does not say it.
    pub provider: Option<String>,
    /// How answers are drawn.
    pub sampling: Sampling,
    /// Most model calls of one run.
    pub max_turns: u32,
    /// How often the case is run.
    pub repeat: u32,
    /// The share of repeats that have to pass, in percent.
    pub pass_percent: u8,
    /// Only the first answer counts: whatever it calls, the run ends there.
    pub first_only: bool,
    /// Tools, with what they answer.
    pub tools: BTreeMap<String, Fixture>,
    /// What has to hold.
    pub asserts: Vec<Placed>,
}

/// An assertion and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// What has to hold.
    pub assertion: Assertion,
    /// 1-based line in the file of the case.
    pub line: u32,
}

/// Who is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A client in a folder, with everything it reads there; as one of its sub-agents where one is named.
    Client {
        /// The client; without it the first that reads files here.
        client: Option<Client>,
        /// The folder.
        folder: RepoPath,
        /// The file of the sub-agent.
        agent: Option<RepoPath>,
    },
    /// The bare model, with this system prompt.
    Model {
        /// The system prompt; may be empty.
        system: String,
    },
}

/// A tool of a case.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    /// What the model is told about it. Without it: what the recorded list of its MCP server says.
    pub description: Option<String>,
    /// JSON Schema of its arguments.
    pub input_schema: Option<Value>,
    /// What it answers: the first whose `when` fits.
    #[serde(default)]
    pub replies: Vec<FixtureReply>,
}

/// What a tool answers.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixtureReply {
    /// Arguments this answer is for: every key that stands here has to have this value in the call. Without it: any.
    pub when: Option<Value>,
    /// The answer: a text, or JSON.
    pub result: Option<Value>,
    /// The tool fails with this message.
    pub error: Option<String>,
}

impl FixtureReply {
    /// True when it is for these arguments.
    pub fn fits(&self, arguments: &Value) -> bool {
        self.when.as_ref().is_none_or(|wanted| is_within(wanted, arguments))
    }
}

/// True when everything of one value is in another: objects by key, everything else as a whole.
fn is_within(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => {
            wanted.iter().all(|(key, value)| found.get(key).is_some_and(|found| is_within(value, found)))
        }
        _ => wanted == found,
    }
}

/// A provider and a model in one name, as in `anthropic:claude-x` or `openai:chat:gpt-x`.
pub fn split_model(name: &str) -> (Option<&str>, &str) {
    match name.split_once(':') {
        Some((provider, rest)) if provider_api(provider).is_some() => {
            let kinds = ["chat:", "messages:", "completion:", "responses:"];
            let model = kinds.iter().find_map(|kind| rest.strip_prefix(kind)).unwrap_or(rest);
            (Some(provider), model)
        }
        _ => (None, name),
    }
}

/// The format of one of the three public providers, by the names people use for it.
pub fn provider_api(name: &str) -> Option<Api> {
    match name {
        "openai" => Some(Api::Openai),
        "anthropic" => Some(Api::Anthropic),
        "gemini" | "google" => Some(Api::Gemini),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_fixture_fits_by_the_keys_it_names() {
        let reply =
            FixtureReply { when: Some(json!({"id": "A", "at": {"x": 1}})), ..FixtureReply::default() };
        assert!(reply.fits(&json!({"id": "A", "at": {"x": 1, "y": 2}, "more": true})));
        for other in [json!({"id": "B", "at": {"x": 1}}), json!({"id": "A"}), json!("A"), json!(null)] {
            assert!(!reply.fits(&other), "{other}");
        }
        assert!(FixtureReply::default().fits(&json!(null)));
    }

    #[test]
    fn providers_are_taken_off_the_names_of_models() {
        assert_eq!(split_model("openai:chat:gpt-5"), (Some("openai"), "gpt-5"));
        assert_eq!(split_model("anthropic:messages:claude-x"), (Some("anthropic"), "claude-x"));
        assert_eq!(split_model("llama3:8b"), (None, "llama3:8b"));
    }
}
