//! Model calls as values: what is asked, what comes back, and the three formats in which providers want it.
//!
//! Nothing here sends anything: [`wire`] turns a [`Request`] into the JSON of an API and an answer's JSON into a
//! [`Reply`]; [`key`] names everything in a request that can change the answer; [`differ`] says what did.

pub mod differ;
pub mod key;
pub mod wire;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The format a provider speaks.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Api {
    /// `OpenAI` chat completions, and the many servers that speak it.
    Openai,
    /// Anthropic messages.
    Anthropic,
    /// Gemini `generateContent`.
    Gemini,
}

impl Api {
    /// The name used in configuration and output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Openai => "openai",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
        }
    }

    /// The API that serves a model, by the name of the model; `None` for names of nobody we know.
    pub fn of_model(model: &str) -> Option<Self> {
        let name = model.to_ascii_lowercase();
        let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
        if starts(&["claude"]) || matches!(name.as_str(), "opus" | "sonnet" | "haiku") {
            Some(Self::Anthropic)
        } else if starts(&["gemini"]) {
            Some(Self::Gemini)
        } else if starts(&["gpt-", "o1", "o3", "o4", "chatgpt", "codex"]) {
            Some(Self::Openai)
        } else {
            None
        }
    }
}

/// One model call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Which provider: the name of one of the three public APIs, or of one that the configuration declares.
    pub provider: String,
    /// Its format.
    pub api: Api,
    /// The model as it is asked for.
    pub model: String,
    /// The system prompt in the order in which it is sent.
    pub system: Vec<SystemPart>,
    /// The conversation so far.
    pub messages: Vec<Message>,
    /// The tools on offer, sorted by name.
    pub tools: Vec<Tool>,
    /// How the answer is drawn.
    pub sampling: Sampling,
}

/// A piece of the system prompt, and the file it is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemPart {
    /// The file and the part of it, such as `AGENTS.md` or `.claude/skills/pdf/SKILL.md (listing entry)`.
    pub source: String,
    /// The text as it is sent.
    pub text: String,
}

/// How an answer is drawn. What is not set is not sent, and the provider's default holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sampling {
    /// Most tokens of an answer.
    pub max_tokens: u32,
    /// Temperature.
    #[serde(skip_serializing_if = "Option::is_none", with = "number")]
    pub temperature: Option<Decimal>,
    /// Nucleus sampling.
    #[serde(skip_serializing_if = "Option::is_none", with = "number")]
    pub top_p: Option<Decimal>,
    /// Seed, where the provider has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// A JSON Schema the answer has to follow, where the provider can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_schema: Option<Value>,
}

/// Decimals as JSON numbers, so that 0.7 is sent and kept as 0.7.
mod number {
    use super::Decimal;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};
    use serde_json::Number;

    #[expect(clippy::ref_option, reason = "the signature serde asks for")]
    pub(super) fn serialize<S: Serializer>(value: &Option<Decimal>, to: S) -> Result<S::Ok, S::Error> {
        value.and_then(super::json_number).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Decimal>, D::Error> {
        let number = Option::<Number>::deserialize(from)?;
        Ok(number.and_then(|number| number.to_string().parse().ok()))
    }
}

/// A decimal as the nearest JSON number.
pub fn json_number(value: Decimal) -> Option<serde_json::Number> {
    let value = value.normalize();
    match i64::try_from(value) {
        Ok(whole) if Decimal::from(whole) == value => Some(whole.into()),
        _ => value.to_string().parse::<f64>().ok().and_then(serde_json::Number::from_f64),
    }
}

/// A message of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "role")]
pub enum Message {
    /// What the user says.
    User {
        /// The text.
        text: String,
    },
    /// What the model said.
    Assistant {
        /// The text; may be empty when it only calls tools.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
        /// The tools it called.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        calls: Vec<Call>,
    },
    /// What the tools answered, in the order of the calls.
    Tools {
        /// The answers.
        results: Vec<ToolResult>,
    },
}

/// A tool call of the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Names the call within its conversation: `call_1`, `call_2` and so on, whatever the provider called it.
    pub id: String,
    /// The tool.
    pub name: String,
    /// What it is called with.
    pub arguments: Value,
    /// What the provider wants back with the call, unread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// The answer to a tool call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolResult {
    /// The call's id.
    pub call: String,
    /// The tool, which Gemini wants to be told again.
    pub name: String,
    /// The answer.
    pub content: String,
    /// The tool failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
}

/// A tool on offer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    /// Name.
    pub name: String,
    /// Description.
    pub description: String,
    /// JSON Schema of its arguments.
    pub input_schema: Value,
}

/// Why the model stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// It had said everything.
    End,
    /// It waits for its tools.
    Tools,
    /// The answer was cut at `max_tokens`.
    Length,
    /// The provider or the model refused.
    Refusal,
    /// Something else, as sent.
    Other,
}

/// Tokens as the provider counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default)]
pub struct Usage {
    /// Fresh input.
    pub input: u64,
    /// Input read from the provider's prompt cache.
    #[serde(skip_serializing_if = "is_zero")]
    pub cache_read: u64,
    /// Input written to it.
    #[serde(skip_serializing_if = "is_zero")]
    pub cache_write: u64,
    /// Output, reasoning included.
    pub output: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
const fn is_zero(value: &u64) -> bool {
    *value == 0
}

impl Usage {
    /// All tokens together.
    pub const fn total(self) -> u64 {
        self.input
            .saturating_add(self.cache_read)
            .saturating_add(self.cache_write)
            .saturating_add(self.output)
    }

    /// The sum of two.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            cache_read: self.cache_read.saturating_add(other.cache_read),
            cache_write: self.cache_write.saturating_add(other.cache_write),
            output: self.output.saturating_add(other.output),
        }
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The tools the model wants to call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Call>,
    /// Why it stopped.
    pub stop: Stop,
    /// The same in the provider's words.
    pub stop_as_sent: String,
    /// The model that answered, which may be a dated version of the one that was asked.
    pub model: String,
    /// Tokens as the provider counted them; `None` when it did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

#[cfg(test)]
pub(crate) mod sample {
    //! A request for tests.

    use super::*;

    /// A small request.
    pub(crate) fn request(api: Api) -> Request {
        Request {
            provider: api.name().to_owned(),
            api,
            model: "some-model".to_owned(),
            system: vec![
                SystemPart { source: "AGENTS.md".to_owned(), text: "Be brief.\nBe kind.".to_owned() },
                SystemPart { source: "SKILL.md".to_owned(), text: "pdf: reads PDF files".to_owned() },
            ],
            messages: vec![
                Message::User { text: "Where is order A-1?".to_owned() },
                Message::Assistant {
                    text: "I look it up.".to_owned(),
                    calls: vec![Call {
                        id: "call_1".to_owned(),
                        name: "lookup".to_owned(),
                        arguments: serde_json::json!({"id": "A-1"}),
                        signature: None,
                    }],
                },
                Message::Tools {
                    results: vec![ToolResult {
                        call: "call_1".to_owned(),
                        name: "lookup".to_owned(),
                        content: "shipped".to_owned(),
                        failed: false,
                    }],
                },
            ],
            tools: vec![Tool {
                name: "lookup".to_owned(),
                description: "Finds an order.".to_owned(),
                input_schema: serde_json::json!({"type": "object", "properties": {"id": {"type": "string"}}}),
            }],
            sampling: Sampling {
                max_tokens: 256,
                temperature: Some(Decimal::new(7, 1)),
                ..Sampling::default()
            },
        }
    }
}
