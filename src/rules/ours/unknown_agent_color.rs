//! A colour of a sub-agent that Claude Code does not know: the agent loads without one.

use super::{Check, Example, Rule};
use crate::agent::verdict::COLORS;
use crate::agent::{FileView, Kind};
use crate::base::{Client, Finding, Severity};

pub(super) static RULE: Rule = Rule {
    id: "unknown-agent-color",
    summary: "A sub-agent has a colour that Claude Code does not know",
    severity: Severity::Warning,
    source: "https://code.claude.com/docs/en/sub-agents",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".claude/agents/one.md", "---\nname: one\ndescription: d\ncolor: magenta\n---\nx\n")]),
        Example::good(&[(".claude/agents/one.md", "---\nname: one\ndescription: d\ncolor: purple\n---\nx\n")]),
    ],
    check: Check::File(check),
};

fn check(rule: &Rule, view: &FileView<'_>) -> Vec<Finding> {
    let Some(color) = view.key("color").filter(|color| view.kind == Kind::SubAgent && !color.is_null()) else {
        return Vec::new();
    };
    if color.text().is_some_and(|text| COLORS.contains(&text)) {
        return Vec::new();
    }
    let message = "Claude Code does not know this colour and shows the agent without one";
    let help = format!("use one of {}", COLORS.join(", "));
    vec![rule.finding(view.at(color.span), message).with_help(help).with_clients([Client::ClaudeCode])]
}
