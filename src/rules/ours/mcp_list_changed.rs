//! A recorded list of an MCP server that has other tools, prompts, resources or schemas than in the base.
//!
//! Found by the stage over the recorded lists (`rules::mcp`); nothing is started.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(in crate::rules) static RULE: Rule = Rule {
    id: "mcp-list-changed",
    summary: "What an MCP server offers has changed",
    severity: Severity::Info,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/mcp.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".weighbridge/mcp/time.json", "{\n  \"version\": 1,\n  \"server\": \"time\",\n  \"tools\": [\n    {\n      \"name\": \"now\",\n      \"description\": \"Says the time\"\n    },\n    {\n      \"name\": \"set\",\n      \"description\": \"Says the time\"\n    }\n  ]\n}\n")]).after(&[(".weighbridge/mcp/time.json", "{\n  \"version\": 1,\n  \"server\": \"time\",\n  \"tools\": [\n    {\n      \"name\": \"now\",\n      \"description\": \"Says the time\"\n    }\n  ]\n}\n")]),
        Example::good(&[(".weighbridge/mcp/time.json", "{\n  \"version\": 1,\n  \"server\": \"time\",\n  \"tools\": [\n    {\n      \"name\": \"now\",\n      \"description\": \"Says the time\"\n    }\n  ]\n}\n")]).after(&[(".weighbridge/mcp/time.json", "{\n  \"version\": 1,\n  \"server\": \"time\",\n  \"tools\": [\n    {\n      \"name\": \"now\",\n      \"description\": \"Says the time\"\n    }\n  ]\n}\n")]),
    ],
    check: Check::Mcp,
};
