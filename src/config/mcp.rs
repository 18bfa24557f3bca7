//! What a configuration says about MCP servers.

use schemars::JsonSchema;
use serde::Deserialize;

/// More names than this are refused.
pub(super) const MAX_NAMES: usize = 500;
/// A server may take this long at most, in seconds.
pub(super) const MAX_SECONDS: u32 = 600;

/// MCP servers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawMcp {
    /// Names of the servers that `weighbridge mcp` may start. Nothing else is ever started, and nothing by default.
    #[serde(default)]
    pub allow: Vec<String>,
    /// How long a server may take to say what it offers, in seconds: 1 to 600.
    #[serde(default)]
    pub timeout_seconds: Option<u32>,
}
