//! What the tools of an MCP server weigh: the schemas that clients send with every call, or the names they list.

use super::assumed::Assumed;
use super::tokens::{Weight, weigh};
use crate::agent::mcp::Listing;
use crate::base::Client;
use crate::base::text::plural;
use serde_json::Value;

/// Claude Code cuts descriptions of tools and instructions of servers at this many characters.
///
/// Source: Claude Code documentation, "mcp": tool descriptions and server instructions are truncated at 2 KB.
const CLAUDE_CODE_CHARS: usize = 2_048;

/// What a tool weighs: name, description and input schema as an API takes them. What else the server says about it
/// (title, annotations, output schema) is not sent to a model by any client that we know of.
pub fn weigh_tool(tool: &Value) -> Weight {
    weigh(&sent(tool, usize::MAX))
}

fn sent(tool: &Value, limit: usize) -> String {
    let text = |key: &str| tool.get(key).and_then(Value::as_str).unwrap_or_default();
    let description: String = text("description").chars().take(limit).collect();
    let schema = tool.get("inputSchema").cloned().unwrap_or_default();
    serde_json::json!({"name": text("name"), "description": description, "input_schema": schema}).to_string()
}

/// The tools of one server, as clients send them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerWeight {
    /// How many tools.
    pub tools: usize,
    /// Schemas and instructions in full.
    pub full: Weight,
    /// The same, cut where Claude Code cuts them.
    pub cut: Weight,
    /// The names alone, as Claude Code lists them, and the instructions.
    pub names: Weight,
    /// Claude Code is told to send the schemas with every call.
    pub always_load: bool,
    /// Where it is written down.
    pub source: String,
}

impl ServerWeight {
    /// Weighs a list; `source` is the file it is recorded in.
    pub fn of(listing: &Listing, always_load: bool, source: impl Into<String>) -> Self {
        let instructions = listing.instructions.as_deref().unwrap_or_default();
        let cut: String = instructions.chars().take(CLAUDE_CODE_CHARS).collect();
        let all = |limit: usize, start: Weight| {
            listing.tools.iter().fold(start, |sum, tool| sum.plus(weigh(&sent(tool, limit))))
        };
        let names: String = listing
            .tools
            .iter()
            .filter_map(|tool| Some(format!("mcp__{}__{}\n", listing.server, tool.get("name")?.as_str()?)))
            .collect();
        Self {
            tools: listing.tools.len(),
            full: all(usize::MAX, weigh(instructions)),
            cut: all(CLAUDE_CODE_CHARS, weigh(&cut)),
            names: weigh(&names).plus(weigh(&cut)),
            always_load,
            source: source.into(),
        }
    }

    /// What a client sends with every call. Claude Code lists names and looks the schemas up when a tool is needed.
    pub const fn sent_by(&self, client: Client) -> Weight {
        match client {
            Client::ClaudeCode if self.always_load => self.cut,
            Client::ClaudeCode => self.names,
            _ => self.full,
        }
    }

    /// The same with where it comes from.
    pub fn assumed(&self, client: Client) -> Assumed<Weight> {
        let how = if client == Client::ClaudeCode && !self.always_load { "the names of " } else { "" };
        let tools = plural(self.tools, "tool", "tools");
        Assumed::declared(self.sent_by(client), format!("{} ({how}{tools})", self.source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn clients_send_schemas_or_names() {
        let tools = vec![
            json!({"name": "now", "description": "x ".repeat(4_000), "inputSchema": {"type": "object"}, "outputSchema": {"type": "object"}}),
            json!({"name": "convert"}),
        ];
        let listing = Listing {
            server: "time".to_owned(),
            instructions: Some("Be on time".to_owned()),
            tools,
            ..Listing::default()
        };
        let lazy = ServerWeight::of(&listing, false, "f.json");
        let eager = ServerWeight::of(&listing, true, "f.json");
        let names = "mcp__time__now\nmcp__time__convert\n";
        assert_eq!(lazy.sent_by(Client::ClaudeCode).o200k, weigh(names).o200k + weigh("Be on time").o200k);
        assert!(eager.sent_by(Client::ClaudeCode).o200k < lazy.sent_by(Client::Codex).o200k);
        assert!(eager.sent_by(Client::ClaudeCode).o200k > lazy.sent_by(Client::ClaudeCode).o200k);
        assert_eq!(
            lazy.assumed(Client::ClaudeCode).origin.words(),
            "declared in f.json (the names of 2 tools)"
        );
    }

    #[test]
    fn what_no_model_reads_weighs_nothing() {
        let plain = json!({"name": "a", "description": "b", "inputSchema": {}});
        let more = json!({"name": "a", "description": "b", "inputSchema": {}, "title": "t", "outputSchema": {"x": 1}});
        assert_eq!(weigh_tool(&plain), weigh_tool(&more));
    }
}
