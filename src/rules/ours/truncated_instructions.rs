//! A chain of `AGENTS.md` files that is longer than what Codex reads: the deepest file is cut or dropped.
//!
//! The budget of 32,768 bytes is one for the whole chain, spent from the root down, cut at a raw byte, with
//! nothing but a log line to tell.

use super::{Check, Rule};
use crate::agent::{Effect, Kind, Repo, instruction_chain};
use crate::base::text::thousands;
use crate::base::{Client, Finding, Place, Severity};

pub(super) static RULE: Rule = Rule {
    id: "truncated-instructions",
    summary: "Codex cuts or drops an AGENTS.md, because the files above it use up its budget",
    severity: Severity::Warning,
    source: "https://developers.openai.com/codex/guides/agents-md",
    since: "0.1.0",
    examples: &[],
    check: Check::Repo(check),
};

fn check(rule: &Rule, repo: &Repo) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in repo.files() {
        if file.kind != Kind::AgentsMd || file.path.name() == "AGENT.md" {
            continue;
        }
        let home = file.path.parent();
        let chain = instruction_chain(Client::Codex, &home, repo);
        let Some(load) = chain.iter().find(|load| load.path == file.path) else { continue };
        let message = match &load.effect {
            Effect::Truncated { bytes } => format!(
                "Codex reads only the first {} of {} bytes: the chain of AGENTS.md files down to this folder is \
                 longer than the 32,768 bytes it reads",
                thousands(*bytes),
                thousands(file.bytes)
            ),
            Effect::Skipped { reason } if !file.blank => format!("Codex does not read this file: {reason}"),
            _ => continue,
        };
        found.push(
            rule.finding(Place::file(file.path.clone()), message)
                .with_help("shorten the files above it, or move detail into skills, which are read when needed")
                .with_clients([Client::Codex]),
        );
    }
    found
}
