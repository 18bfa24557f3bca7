//! Characters that people do not see in a recorded text of an MCP server: the model reads them.
//!
//! Found by the stage over the recorded lists (`rules::mcp`); nothing is started.

use super::{Check, Rule};
use crate::base::Severity;

pub(in crate::rules) static RULE: Rule = Rule {
    id: "mcp-hidden-text",
    summary: "A text of an MCP server holds characters that people do not see",
    severity: Severity::Error,
    source: "https://www.unicode.org/reports/tr36/",
    since: "0.1.0",
    examples: &[],
    check: Check::Mcp,
};
