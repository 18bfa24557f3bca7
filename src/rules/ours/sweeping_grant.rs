//! A permission that the repository grants to commands which run or reach anything: as root, on other machines, in
//! containers.
//!
//! agnix finds interpreters and package runners in settings (`CC-SET-036`) and the bare `Bash` of a skill (`CC-SK-007`).

use super::{Check, Example, Rule};
use crate::agent::view::Node;
use crate::agent::{FileView, Kind};
use crate::base::{Client, Finding, Severity};

pub(super) static RULE: Rule = Rule {
    id: "sweeping-grant",
    summary: "A permission covers commands that run as root, in any container or on any machine",
    severity: Severity::Warning,
    source: "https://code.claude.com/docs/en/permissions",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".claude/settings.json", "{\"permissions\": {\"allow\": [\"Bash(sudo:*)\"]}}")]),
        Example::bad(&[(".claude/skills/pdf/SKILL.md", "---\nname: pdf\ndescription: Reads PDF files. Use when asked for their text.\nallowed-tools: Read, Bash(bash -c:*)\n---\nx\n")]),
        Example::good(&[(".claude/settings.json", "{\"permissions\": {\"allow\": [\"Bash(docker ps:*)\", \"Bash(git *)\"], \"deny\": [\"Bash(sudo:*)\"]}}")]),
    ],
    check: Check::File(check),
};

/// Programs that do anything, with any arguments.
const WIDE: [&str; 5] = ["sudo", "doas", "su", "eval", "nsenter"];
/// Those that agnix finds in settings and not elsewhere.
const ELSEWHERE: [&str; 8] = ["bash", "sh", "zsh", "bash -c", "sh -c", "zsh -c", "*", "env"];
/// Those that do so too, and that many repositories grant on purpose: a note.
const FAR: [&str; 5] = ["docker", "podman", "docker run", "ssh", "xargs"];

fn check(rule: &Rule, view: &FileView<'_>) -> Vec<Finding> {
    let granted: Vec<&Node> = match view.kind {
        Kind::Settings => {
            let allow = view.settings().and_then(|root| root.get("permissions")).and_then(|permissions| permissions.get("allow"));
            allow.into_iter().flat_map(super::items).collect()
        }
        Kind::Skill | Kind::Command => view.key("allowed-tools").map(super::texts).unwrap_or_default(),
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for node in granted {
        for command in commands(node.text().unwrap_or("")) {
            let far = FAR.contains(&command);
            let wide = WIDE.contains(&command) || (view.kind != Kind::Settings && ELSEWHERE.contains(&command));
            if wide || far {
                let message = format!("`{}` with any arguments does whatever it is told, and nobody is asked", super::shown(command));
                let help = "grant the commands that are needed, each with its subcommand";
                let finding = rule.finding(view.at(node.span), message).with_help(help);
                let mut finding = finding.with_clients([Client::ClaudeCode]);
                if !wide {
                    finding.severity = Severity::Info;
                }
                found.push(finding);
            }
        }
    }
    found
}

/// The commands of `Bash(...)` that are granted with any arguments, without what says so.
fn commands(text: &str) -> Vec<&str> {
    let inside = text.split("Bash(").skip(1).filter_map(|rest| rest.split(')').next());
    let inside = inside.map(str::trim);
    inside
        .filter_map(|command| if command == "*" { Some(command) } else { command.strip_suffix(":*").or_else(|| command.strip_suffix('*')) })
        .map(str::trim)
        .collect()
}
