//! Team specifications: agents, phases, budgets and prices as people write them down in Markdown.
//!
//! Nothing is guessed: what a heading, a column or a figure means has to follow from its words and values, and what
//! cannot be read is listed.

pub mod coordination;
pub mod document;
pub mod models;
pub mod names;
pub mod numbers;
mod phases;
pub mod profiles;
mod read;
mod roster;
mod rows;
pub mod spec;
pub mod tables;
mod yaml_blocks;

pub use read::{File, folders, is_wanted, read};
pub use spec::{Agent, Cited, Team};
