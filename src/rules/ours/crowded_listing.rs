//! More skill descriptions than Claude Code lists: names stay, whole descriptions of the least used skills go.
//!
//! The listing gets 1 % of the context window, in characters: 8,000 for a window of 200,000 tokens, the smallest
//! in use. Takes the place of agnix's CC-SK-025, which looks at every skill for every skill.

use super::{Check, Rule};
use crate::agent::loads::LISTING_CHARS;
use crate::agent::{Kind, Repo};
use crate::base::text::thousands;
use crate::base::{Client, Finding, Place, RepoPath, Severity};
use std::collections::BTreeMap;

/// Characters of the whole listing at a window of 200,000 tokens.
const BUDGET_CHARS: u64 = 8_000;

pub(super) static RULE: Rule = Rule {
    id: "crowded-listing",
    summary: "The descriptions of a folder's skills are longer than what Claude Code lists",
    severity: Severity::Info,
    source: "https://code.claude.com/docs/en/skills",
    since: "0.1.0",
    examples: &[],
    check: Check::Repo(check),
};

fn check(rule: &Rule, repo: &Repo) -> Vec<Finding> {
    let mut listings: BTreeMap<&str, (u64, usize, &RepoPath)> = BTreeMap::new();
    for file in repo.files().filter(|file| file.kind == Kind::Skill && !file.declares.hidden_from_model) {
        let Some((tree, _)) = file.path.as_str().split_once(".claude/skills/") else { continue };
        let name = file.path.parent().name().chars().count() as u64;
        let shown = file.declares.description_chars.unwrap_or(0).min(LISTING_CHARS as u64);
        let (chars, skills, _) = listings.entry(tree).or_insert((0, 0, &file.path));
        *chars += name + shown;
        *skills += 1;
    }
    listings
        .into_values()
        .filter(|(chars, ..)| *chars > BUDGET_CHARS)
        .map(|(chars, skills, first)| {
            rule.finding(
                Place::file(first.clone()),
                format!(
                    "the listing of the {} skills beside this one takes {} characters; at a window of 200,000 \
                     tokens Claude Code lists {} and drops whole descriptions beyond",
                    thousands(skills as u64),
                    thousands(chars),
                    thousands(BUDGET_CHARS)
                ),
            )
            .with_help("shorten descriptions, or set `disable-model-invocation` where only people start a skill")
            .with_clients([Client::ClaudeCode])
        })
        .collect()
}
