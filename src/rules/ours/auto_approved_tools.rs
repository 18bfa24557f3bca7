//! Settings of a workspace of VS Code that let its agent run tools without asking: for everybody who opens the folder.
//!
//! An agent that was talked into it wrote the first of them itself (CVE-2025-53773).

use super::{Check, Example, Rule};
use crate::agent::view::Node;
use crate::agent::{Repo, json};
use crate::base::{Finding, Place, Severity, Tree};

pub(super) static RULE: Rule = Rule {
    id: "auto-approved-tools",
    summary: "Settings of a VS Code workspace let the agent run tools without asking",
    severity: Severity::Warning,
    source: "https://code.visualstudio.com/docs/agents/run/approvals",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".vscode/settings.json", "{\n  // for everybody\n  \"chat.tools.autoApprove\": true\n}\n")]),
        Example::bad(&[(".vscode/settings.json", "{\"chat.tools.terminal.autoApprove\": {\"/.*/\": true}}")]),
        Example::good(&[(".vscode/settings.json", "{\"chat.tools.global.autoApprove\": false, \"chat.tools.terminal.autoApprove\": {\"git status\": true, \"rm\": false}}")]),
    ],
    check: Check::Tree(check),
};

/// Settings that approve every tool.
const ALL: [&str; 2] = ["chat.tools.autoApprove", "chat.tools.global.autoApprove"];
/// The one that approves commands by pattern.
const COMMANDS: &str = "chat.tools.terminal.autoApprove";
/// Patterns that every command matches.
const ANY: [&str; 5] = ["/.*/", "/^.*$/", "/.+/", "/^/", "/./"];
/// Larger files are not read.
const MAX_BYTES: u64 = 256 * 1024;

fn check(rule: &Rule, tree: &dyn Tree, _repo: &Repo) -> Vec<Finding> {
    let is_settings = |path: &str| path == ".vscode/settings.json" || path.ends_with("/.vscode/settings.json");
    let mut found = Vec::new();
    for entry in tree.entries().iter().filter(|entry| is_settings(entry.path.as_str())) {
        let Ok(bytes) = tree.read(&entry.path, MAX_BYTES) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        let Some(json) = text.contains("autoApprove").then(|| json::parse(&text).ok()).flatten() else { continue };
        let mut say = |key: &Node, message: &str| {
            let help = "leave it out of the repository: whoever wants it can set it for themselves";
            found.push(rule.finding(Place::span(entry.path.clone(), key.span), message).with_help(help));
        };
        for (key, value) in json.root.pairs() {
            if value.is_true() && key.text().is_some_and(|key| ALL.contains(&key)) {
                say(key, "every tool runs without being asked for, in versions that read this here");
            }
        }
        for (key, value) in json.root.get(COMMANDS).map(Node::pairs).unwrap_or_default() {
            let approved = value.is_true() || value.get("approve").is_some_and(Node::is_true);
            if approved && key.text().is_some_and(|key| ANY.contains(&key)) {
                say(key, "every command of the terminal runs without being asked for");
            }
        }
    }
    found
}
