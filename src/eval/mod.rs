//! Running cases: what an agent would send ([`context`]), the loop between model and tools ([`conversation`]), recordings
//! ([`recording`]), what a run may cost ([`ledger`]), what came out ([`outcome`]), whether that is worse than before
//! ([`baseline`]), and whether models start skills when they should ([`skill_triggers`]).
//!
//! Everything here is a function of values. A conversation says what it wants to ask; whether a recording or a model
//! answers is decided outside ([`replay`] here, `cli` with a network).

pub mod baseline;
pub mod context;
pub mod conversation;
pub mod ledger;
pub mod outcome;
pub mod plan;
pub mod recording;
pub mod replay;
pub mod rubric;
pub mod scrub;
pub mod skill_triggers;

pub use context::Contexts;
pub use conversation::Conversation;
pub use outcome::{CaseResult, CaseState, RunResult, RunState};
pub use plan::{Plan, Providers};
pub use recording::{Exchange, Recording, Recordings};

/// The folder of recorded replies, from the root of the repository.
pub const REPLIES: &str = ".weighbridge/replies";

#[cfg(test)]
mod tests;
