//! An `AGENTS.md` that Claude Code never reads, because a `CLAUDE.md` on the path switches it off.
//!
//! Since v2.1.277 Claude Code reads `AGENTS.md` only where no file of the `CLAUDE.md` family is on the path; an
//! import or a link keeps both.

use super::{Check, Example, Rule};
use crate::agent::{Effect, Kind, Repo, instruction_chain};
use crate::base::{Client, Finding, Place, Severity};

pub(super) static RULE: Rule = Rule {
    id: "hidden-instructions",
    summary: "Claude Code never reads an AGENTS.md, because a CLAUDE.md is beside or above it",
    severity: Severity::Warning,
    source: "https://code.claude.com/docs/en/memory",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("AGENTS.md", "Write tests.\n"), ("CLAUDE.md", "Be brief.\n")]),
        Example::good(&[("AGENTS.md", "Write tests.\n"), ("CLAUDE.md", "@AGENTS.md\n")]),
    ],
    check: Check::Repo(check),
};

fn check(rule: &Rule, repo: &Repo) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in repo.files() {
        if file.kind != Kind::AgentsMd || file.path.name() != "AGENTS.md" || file.blank {
            continue;
        }
        let home = file.path.parent();
        // Cheap first: only folders with a CLAUDE.md beside or above can hide anything.
        let beside = home.ancestors_from_root().into_iter().rev().find_map(|level| {
            ["CLAUDE.md", ".claude/CLAUDE.md"].iter().find_map(|name| repo.in_folder(&level, name))
        });
        if beside.is_none() {
            continue;
        }
        let here = instruction_chain(Client::ClaudeCode, &home, repo);
        let Some(Effect::Shadowed { by }) =
            here.iter().find(|load| load.path == file.path).map(|load| load.effect.clone())
        else {
            continue;
        };
        let help = if by.parent() == home {
            format!("add a line `@AGENTS.md` to {by}, or make it a link to AGENTS.md")
        } else {
            format!("add a CLAUDE.md with the line `@AGENTS.md` beside it, since {by} switches it off")
        };
        found.push(
            rule.finding(
                Place::file(file.path.clone()),
                format!("Claude Code does not read this file: {by} takes its place and does not import it"),
            )
            .with_help(help)
            .with_clients([Client::ClaudeCode]),
        );
    }
    found
}
