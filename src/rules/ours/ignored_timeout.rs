//! A `timeout` of an MCP server in seconds: Claude Code counts milliseconds and ignores what is under 1,000.

use super::{Check, Example, Rule, fixes};
use crate::agent::FileView;
use crate::agent::view::{Node, Shape, shape};
use crate::base::{Client, Finding, Severity};
use crate::rules::fix::Fix;

pub(super) static RULE: Rule = Rule {
    id: "ignored-timeout",
    summary: "The timeout of an MCP server is under 1,000 ms and ignored",
    severity: Severity::Warning,
    source: "https://code.claude.com/docs/en/mcp",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".mcp.json", "{\"mcpServers\": {\"files\": {\"command\": \"files-server\", \"timeout\": 999}}}")]),
        Example::good(&[(".mcp.json", "{\"mcpServers\": {\"files\": {\"command\": \"files-server\", \"timeout\": 1000}}}")]),
    ],
    check: Check::File(check),
};

/// The timeouts that are ignored.
fn ignored<'a>(view: &'a FileView<'_>) -> impl Iterator<Item = (&'a Node, f64)> {
    super::servers_of_claude_code(view)
        .into_iter()
        .filter_map(|server| server.entry.get("timeout"))
        .filter(|timeout| shape(timeout) == Shape::Number)
        .filter_map(|timeout| Some((timeout, timeout.text()?.parse::<f64>().ok()?)))
        .filter(|(_, value)| *value < 1000.0)
}

fn check(rule: &Rule, view: &FileView<'_>) -> Vec<Finding> {
    let found = ignored(view).map(|(timeout, _)| {
        let message = "a timeout under 1,000 ms is ignored; Claude Code counts milliseconds";
        let help = "write it in milliseconds, such as 30000 for half a minute";
        rule.finding(view.at(timeout.span), message).with_help(help).with_clients([Client::ClaudeCode])
    });
    found.collect()
}

/// Seconds become milliseconds. Whether seconds were meant, nobody but the author knows.
pub(super) fn fix(rule: &Rule, view: &FileView<'_>) -> Vec<Fix> {
    let fixed = ignored(view).filter_map(|(timeout, seconds)| {
        let (range, _) = fixes::written(view, timeout.span)?;
        let milliseconds = seconds * 1000.0;
        let whole = milliseconds >= 1000.0 && milliseconds.fract() == 0.0;
        let message = format!("write {seconds} seconds as milliseconds");
        whole.then(|| fixes::of(rule, timeout.span.start.line, (range, format!("{milliseconds:.0}")), message, false))
    });
    fixed.collect()
}
