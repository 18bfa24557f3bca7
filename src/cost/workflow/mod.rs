//! Workflows: who is called how often with what, wherever that was written down.
//!
//! A workflow is a list of phases, a phase a list of steps, a step one agent and how it behaves. Where it was
//! written (`weighbridge.yaml`, a team specification, sub-agents, nothing at all) no longer matters after this.

pub mod defaults;
pub mod found;
pub mod team;

pub use crate::config::cost::CacheTtl;

use super::assumed::{Assumed, Spread};
use super::tokens::Weight;
use crate::base::{Client, RepoPath};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A workflow: one run is one pass through its phases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workflow {
    /// Its name, unique in a revision.
    pub name: String,
    /// Where it was found, for people: `weighbridge.yaml`, `teams/x/TEAM_SPEC.md`, `default`.
    pub source: String,
    /// How many runs there are in a month.
    pub runs_per_month: Assumed<Spread>,
    /// In order; phases follow each other.
    pub phases: Vec<Phase>,
    /// What was found of the workflow and cannot be priced, in words.
    pub unread: Vec<String>,
}

impl Workflow {
    /// Gives phases, and agents of one phase, names of their own where two have the same: what is compared is
    /// found by its name.
    pub fn tell_apart(&mut self) {
        fn unique<'a>(names: impl Iterator<Item = &'a mut String>) {
            let mut seen: BTreeSet<String> = BTreeSet::new();
            for name in names {
                let plain = name.clone();
                let mut count = 1;
                while !seen.insert(name.clone()) {
                    count += 1;
                    *name = format!("{plain} ({count})");
                }
            }
        }
        unique(self.phases.iter_mut().map(|phase| &mut phase.name));
        for phase in &mut self.phases {
            unique(phase.steps.iter_mut().map(|step| &mut step.agent));
        }
    }
}

/// A phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    /// Its name, unique in its workflow.
    pub name: String,
    /// How often it is gone through in one run.
    pub iterations: Assumed<Decimal>,
    /// Its agents.
    pub steps: Vec<Step>,
}

/// One agent in one phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The agent's name, unique in its phase.
    pub agent: String,
    /// The client that runs it; decides what is sent with every call.
    pub client: Client,
    /// The model as it was named.
    pub model: Assumed<String>,
    /// What is sent with every call besides the conversation, in order.
    pub sent: Vec<Sent>,
    /// How it behaves.
    pub behaviour: Behaviour,
    /// How many run at the same time.
    pub parallel: Assumed<u32>,
    /// How many attempts there are besides the first one, on average.
    pub retries: Assumed<Decimal>,
    /// In which share of the runs the step takes place at all: 0 to 1.
    pub probability: Assumed<Decimal>,
}

/// What the model of a step is called when something of the step is not known; the reason follows. No price list has
/// it, so that what costs an unknown amount is never taken for free.
pub const UNKNOWN: &str = "unknown: ";

impl Step {
    /// True when its tokens are not known: naming its model would not give it a cost.
    pub fn is_unknown(&self) -> bool {
        let nothing = |tokens: &Assumed<Decimal>| tokens.value.is_zero();
        self.model.value.starts_with(UNKNOWN)
            && matches!(&self.behaviour, Behaviour::Totals { input, output } if nothing(input) && nothing(output))
    }
}

/// How an agent behaves in one run.
#[expect(clippy::large_enum_variant, reason = "there are dozens of steps, not thousands")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Behaviour {
    /// It calls the model in turns, and every turn re-reads what was said before.
    Turns(Turns),
    /// Somebody wrote down how many tokens it takes; nothing is known of its turns.
    Totals {
        /// Input tokens of a run.
        input: Assumed<Decimal>,
        /// Output tokens of a run.
        output: Assumed<Decimal>,
    },
}

/// A conversation in turns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turns {
    /// Model calls of a run.
    pub turns: Assumed<Spread>,
    /// Tokens that come in with the first call besides what is always sent: the task, what the step before handed over.
    pub first_input: Assumed<Decimal>,
    /// Tokens that come in with every later call: results of tools, replies.
    pub input_per_turn: Assumed<Decimal>,
    /// Tokens the model writes in each turn, thinking included.
    pub output_per_turn: Assumed<Decimal>,
    /// How long the prompt cache lives.
    pub cache: Assumed<CacheTtl>,
    /// In which share of the later calls the cache is still alive: 0 to 1.
    pub cache_hit: Assumed<Decimal>,
    /// When the client summarises its conversation.
    pub compaction: Option<Compaction>,
}

/// A client summarises a conversation that has grown too long, in one more call, and goes on with the summary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compaction {
    /// Prompt size, in tokens, at which it happens.
    pub at: Assumed<u64>,
    /// Tokens of the summary.
    pub summary: Assumed<u64>,
}

/// A text that is sent with every call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// What it is, and the cause a difference is blamed on.
    pub piece: Piece,
    /// Its weight in every tokenizer family.
    pub weight: Weight,
    /// In which share of the runs it is sent: 1 for what is always loaded, the trigger probability for a skill's body.
    pub probability: Assumed<Decimal>,
    /// True when it is sent from the second call on, since the first one has to ask for it.
    pub late: bool,
}

/// What is sent.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Piece {
    /// A part of a file of the repository.
    File {
        /// The file.
        path: RepoPath,
        /// The part: `whole`, `listing entry`, `body`.
        part: String,
    },
    /// The schemas of the tools of an MCP server.
    Server {
        /// Its name.
        name: String,
        /// The file that lists it.
        path: RepoPath,
    },
    /// What the client itself sends: its system prompt and its own tools.
    Client {
        /// `system prompt`, `tools`.
        what: String,
    },
}
