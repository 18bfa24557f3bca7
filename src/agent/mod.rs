//! Agent configuration files: find them, parse them with positions, and the model of what an agent loads.
//!
//! Nothing here reads the disk: a [`Tree`](crate::base::Tree) hands in paths and bytes, values come out.

pub mod environment;
pub mod file;
pub mod front_matter;
pub mod json;
pub mod kind;
pub mod loads;
pub mod markdown;
pub mod mcp;
pub mod team;
pub mod verdict;
pub mod view;

pub use file::{AgentFile, Declares, Fault, HeaderState, Import, PartName, ReadFile, read};
pub use kind::{Kind, classify};
pub use loads::{Effect, Load, Repo, instruction_chain, loads};
pub use view::FileView;
