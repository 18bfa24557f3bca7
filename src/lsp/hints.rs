//! What a file weighs, at the first line of each of its parts.

use super::text::{Encoding, Text};
use super::workspace::Judged;
use crate::agent::loads::readers::readers;
use crate::agent::{AgentFile, PartName, front_matter};
use crate::base::{Client, Count, Family, RepoPath};
use crate::cost::tokens::default_family;
use crate::stage::files::{When, otherwise};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::Range;

/// The hints of a file within these bytes.
pub(super) fn hints(
    judged: &Judged,
    path: &RepoPath,
    text: &Text,
    within: &Range<usize>,
    encoding: Encoding,
) -> Vec<Value> {
    let Some(file) = judged.head.repo.get(path) else { return Vec::new() };
    let mut found = Vec::new();
    for part in &file.parts {
        let first = text.seen(Some(crate::base::Span::at(first_line(*part, text.as_str()), 1)));
        let at = first.end;
        if at < within.start || at > within.end {
            continue;
        }
        let Some((label, tooltip)) = label(judged, file, *part) else { continue };
        found.push(json!({
            "position": text.position(at, encoding),
            "label": label,
            "tooltip": tooltip,
            "paddingLeft": true,
        }));
    }
    found
}

/// The line at which a part is shown: the body at the first one after the front matter.
fn first_line(part: PartName, text: &str) -> u32 {
    match part {
        PartName::Whole | PartName::Listing => 1,
        PartName::Body => {
            let before = text.get(..front_matter::split(text).body).unwrap_or_default();
            u32::try_from(memchr::memchr_iter(b'\n', before.as_bytes()).count())
                .unwrap_or(u32::MAX)
                .saturating_add(1)
        }
    }
}

/// `~812 tokens with every call of Claude Code`, and the counts of all families.
fn label(judged: &Judged, file: &AgentFile, part: PartName) -> Option<(String, String)> {
    let weight = judged.head.weights.get(&(file.path.clone(), part)).copied().unwrap_or_default();
    // Who reads it with every call, and how much of it: clients that count alike are named together.
    let mut every: BTreeMap<(u64, Family), (Count, Vec<&str>)> = BTreeMap::new();
    for loaded in judged.loads() {
        let family = loaded.count().family;
        let pieces = loaded.pieces.iter().filter(|piece| piece.load.effect.is_at_start());
        for piece in pieces.filter(|piece| piece.load.path == file.path && piece.load.part == part) {
            let count = piece.weight.count(family);
            let named = every.entry((count.tokens, family)).or_insert((count, Vec::new()));
            named.1.push(loaded.client.title());
        }
    }
    let what = if file.parts.len() > 1 { format!("{}: ", part.name()) } else { String::new() };
    let always: Vec<String> = every
        .values()
        .filter(|(count, _)| count.tokens > 0)
        .map(|(count, clients)| format!("{count} tokens with every call of {}", clients.join(", ")))
        .collect();
    let label = if always.is_empty() {
        let count = weight.count(family_of(judged, file));
        if count.tokens == 0 {
            return None;
        }
        format!("{what}{count} tokens {}", otherwise(file, &file.path, &When::new()))
    } else {
        format!("{what}{}", always.join("; "))
    };
    let counts = [Family::O200k, Family::ClaudeV48, Family::ClaudeV3, Family::Gemini];
    let counts: Vec<String> =
        counts.iter().map(|family| format!("{}: {}", family.name(), weight.count(*family))).collect();
    Some((label, format!("Tokens of the {} by tokenizer: {}", part.name(), counts.join(", "))))
}

/// The family of the first client that reads the file.
fn family_of(judged: &Judged, file: &AgentFile) -> Family {
    let reads = readers(&file.path, file.kind);
    let client =
        judged.clients.iter().find(|client| reads.contains(client)).or_else(|| judged.clients.first());
    client.map_or(Family::O200k, |client: &Client| default_family(*client))
}
