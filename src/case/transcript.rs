//! What happened in one run of a case.

use crate::chat::{Stop, Usage};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;

/// One run of a case, from the first prompt to the last answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Transcript {
    /// What was said and done, in order.
    pub events: Vec<Event>,
    /// The last answer.
    pub answer: String,
    /// Why the model stopped after it.
    pub stop: Option<Stop>,
    /// Tools that were called, in order, those of sub-agents included.
    pub tools: Vec<String>,
    /// Skills that were read, in order, each once.
    pub skills: Vec<String>,
    /// Calls of things that nobody declared.
    pub undeclared: Vec<String>,
    /// Model calls.
    pub turns: u32,
    /// Tokens, as far as providers said.
    pub usage: Usage,
    /// Model calls whose tokens nobody said.
    pub unmeasured: u32,
    /// Dollars; `None` when a model has no price or a provider did not say how many tokens.
    #[schemars(with = "Option<String>")]
    pub cost: Option<Decimal>,
    /// Milliseconds the models took; `None` on a replay, which measures nothing.
    pub latency_ms: Option<u64>,
    /// Requests that were sent again.
    pub retries: u32,
}

/// Something that was said or done.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum Event {
    /// The user said something.
    User {
        /// The text.
        text: String,
    },
    /// An agent said something.
    Agent {
        /// Its name; empty for the main one.
        agent: String,
        /// The text.
        text: String,
    },
    /// An agent called a tool.
    Call {
        /// Its name; empty for the main one.
        agent: String,
        /// The tool.
        tool: String,
        /// What with.
        arguments: Value,
        /// What came back.
        result: String,
        /// The tool failed.
        failed: bool,
    },
}
