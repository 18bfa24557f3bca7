//! The stages of the pipeline and the one place that decides what runs.
//!
//! [`inspect`] reads and checks the agent files of one revision; [`pipeline`] inspects head and base, compares
//! them, and assembles the one [`RunReport`](crate::report::RunReport) that everything else shows.

pub mod approval;
mod book;
pub mod cache;
pub mod changes;
mod cost;
pub mod dry_run;
pub mod environments;
pub(crate) mod files;
pub mod fix;
mod gate_files;
pub mod inspect;
mod loaded;
mod masked;
mod mcp;
mod notes;
pub mod pipeline;
pub mod search;
pub mod secrets;
pub mod selftest;
mod sink;
mod subject;
mod teams;
pub(crate) mod triggers;

pub use book::prices_in_force;
pub(crate) use sink::accepted_in;
pub use subject::{Charge, Evaluated, Subject};

#[cfg(test)]
mod examples_tests;
