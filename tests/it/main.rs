//! One binary for all integration tests: it links once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::missing_panics_doc,
    reason = "a test that meets the unexpected shall stop there"
)]

mod ci;
mod cli;
mod common;
mod forge;
mod house;
mod mutations;
mod scenarios;
