//! One binary for all integration tests: it links once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::missing_panics_doc,
    clippy::disallowed_methods,
    clippy::format_collect,
    clippy::assigning_clones,
    clippy::too_many_lines,
    reason = "a test makes its own world, and stops where it meets the unexpected"
)]

mod ci;
mod cli;
mod common;
mod families;
mod forge;
mod gate;
mod hook;
mod house;
mod integration;
#[cfg(target_os = "linux")]
mod mcp;
mod mutations;
mod prices;
mod scenarios;
mod selftest;
mod teams;
mod tokens;
