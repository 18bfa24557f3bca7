//! A plugin whose files changed and whose version did not: whoever has it installed does not get the change.

use super::{Check, Example, Rule};
use crate::agent::{Kind, Repo};
use crate::base::text::plural;
use crate::base::{Client, Finding, Place, Severity};

pub(super) static RULE: Rule = Rule {
    id: "unbumped-plugin",
    summary: "Files of a plugin changed and its version did not",
    severity: Severity::Warning,
    source: "https://code.claude.com/docs/en/plugins-reference",
    since: "0.1.0",
    examples: &[
        Example::bad(&[
            (".claude-plugin/plugin.json", "{\"name\": \"desk\", \"version\": \"1.0.0\"}"),
            ("agents/one.md", "---\nname: one\ndescription: Reviews well\n---\nx\n"),
        ])
        .after(&[
            (".claude-plugin/plugin.json", "{\"name\": \"desk\", \"version\": \"1.0.0\"}"),
            ("agents/one.md", "---\nname: one\ndescription: Reviews\n---\nx\n"),
        ]),
        Example::good(&[
            (".claude-plugin/plugin.json", "{\"name\": \"desk\", \"version\": \"1.0.1\"}"),
            ("agents/one.md", "---\nname: one\ndescription: Reviews well\n---\nx\n"),
        ])
        .after(&[
            (".claude-plugin/plugin.json", "{\"name\": \"desk\", \"version\": \"1.0.0\"}"),
            ("agents/one.md", "---\nname: one\ndescription: Reviews\n---\nx\n"),
        ]),
    ],
    check: Check::Change(check),
};

fn check(rule: &Rule, base: &Repo, head: &Repo) -> Vec<Finding> {
    let mut found = Vec::new();
    for manifest in head.files().filter(|file| file.kind == Kind::Plugin) {
        let Some(version) = manifest.declares.version.as_ref() else { continue };
        let before = base.get(&manifest.path).and_then(|file| file.declares.version.as_ref());
        if before != Some(version) {
            continue;
        }
        let folder = manifest.path.parent().parent();
        // What the client loads of a plugin; a README or a manifest's description is no such thing.
        let counts = |kind| matches!(kind, Kind::Skill | Kind::SkillReference | Kind::SubAgent | Kind::Command | Kind::Hooks | Kind::Mcp);
        let changed = head
            .below(&folder)
            .filter(|file| counts(file.kind) && !file.path.parts().any(|part| part == ".claude"))
            .filter(|file| base.get(&file.path).is_none_or(|before| before.id != file.id))
            .count();
        let gone = base.below(&folder).filter(|file| counts(file.kind) && head.get(&file.path).is_none()).count();
        if changed + gone > 0 {
            let message = format!(
                "{} of this plugin changed and its version is still {}; whoever has it installed does not get them",
                plural(changed + gone, "file", "files"),
                super::shown(version)
            );
            found.push(
                rule.finding(Place::file(manifest.path.clone()), message)
                    .with_help("raise `version`")
                    .with_clients([Client::ClaudeCode]),
            );
        }
    }
    found
}
