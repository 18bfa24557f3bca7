//! A recorded list of an MCP server that cannot be read, so nothing can be held against it.
//!
//! Found by the stage over the recorded lists (`rules::mcp`); nothing is started.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(in crate::rules) static RULE: Rule = Rule {
    id: "mcp-unreadable-list",
    summary: "The recorded list of an MCP server cannot be read",
    severity: Severity::Error,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/mcp.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".weighbridge/mcp/time.json", "{")]),
        Example::good(&[(".weighbridge/mcp/time.json", "{\n  \"version\": 1,\n  \"server\": \"time\",\n  \"tools\": [\n    {\n      \"name\": \"now\",\n      \"description\": \"Says the time\"\n    }\n  ]\n}\n")]),
    ],
    check: Check::Mcp,
};
