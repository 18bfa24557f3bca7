//! MCP servers, started and asked: what do they offer?
//!
//! The only room that talks to them, through `rmcp`; programs and requests go through the [`host`](crate::host). What
//! comes back is a [`Listing`](crate::agent::mcp::Listing) of the server's own JSON, read beside `rmcp`, which would drop
//! the fields it does not know. No tool is ever called.

pub mod allow;
pub mod ask;
mod frames;
mod http;
pub mod target;

pub use ask::{AskError, Era, Limits, ask};
pub use target::{Target, target};
