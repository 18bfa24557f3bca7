//! MCP servers as files know them: how clients are told to start them, what they were seen to offer, and who names it.
//!
//! Nothing here starts a server. [`servers`] reads what is configured, [`expand`] fills in variables as each client does,
//! [`listing`] is the recorded list of what a server offers, [`difference`] tells two lists apart, [`mod@hidden`] finds
//! text that people do not see, and [`named`] the tools that agents name.

pub mod difference;
pub mod expand;
pub mod hidden;
pub mod jsonc;
pub mod listing;
pub mod named;
pub mod servers;

pub use difference::{Difference, Kind, What};
pub use hidden::{Hidden, hidden, texts};
pub use listing::{Listing, Recorded};
pub use servers::{Server, Transport};
