//! Characters that people do not see in a recorded text of an MCP server: the model reads them.
//!
//! Found by the stage over the recorded lists (`rules::mcp`); nothing is started.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(in crate::rules) static RULE: Rule = Rule {
    id: "mcp-hidden-text",
    summary: "A text of an MCP server holds characters that people do not see",
    severity: Severity::Error,
    source: "https://www.unicode.org/reports/tr36/",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".weighbridge/mcp/time.json", "{\n  \"version\": 1,\n  \"server\": \"time\",\n  \"tools\": [\n    {\n      \"name\": \"now\",\n      \"description\": \"Says\\u200b the time\"\n    }\n  ]\n}\n")]),
        Example::good(&[(".weighbridge/mcp/time.json", "{\n  \"version\": 1,\n  \"server\": \"time\",\n  \"tools\": [\n    {\n      \"name\": \"now\",\n      \"description\": \"Says the time\"\n    }\n  ]\n}\n")]),
    ],
    check: Check::Mcp,
};
