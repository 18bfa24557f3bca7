//! An empty `AGENTS.override.md` hides the `AGENTS.md` beside it: Codex then reads neither.

use super::{Check, Example, Rule};
use crate::base::{Client, Place, Severity};

pub(super) static RULE: Rule = Rule {
    id: "empty-override",
    summary: "An empty AGENTS.override.md hides the AGENTS.md beside it",
    severity: Severity::Warning,
    source: "https://developers.openai.com/codex/guides/agents-md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("AGENTS.md", "Write tests.\n"), ("AGENTS.override.md", "")]),
        Example::good(&[("AGENTS.md", "Write tests.\n"), ("AGENTS.override.md", "Write none.\n")]),
    ],
    check: Check::Repo(|rule, repo| {
        repo.files()
            .filter(|file| file.blank && file.path.name() == "AGENTS.override.md")
            .filter(|file| repo.in_folder(&file.path.parent(), "AGENTS.md").is_some())
            .map(|file| {
                rule.finding(
                    Place::file(file.path.clone()),
                    "the file is empty, yet it takes the place of the AGENTS.md beside it: Codex reads neither",
                )
                .with_help("delete it, or write the instructions that should replace AGENTS.md")
                .with_clients([Client::Codex])
            })
            .collect()
    }),
};
