//! Names of Claude models: lines and versions in any order, with and without dots, dates and dashes.

/// The lines, and the newest model of each.
///
/// Source: Claude Code documentation, "model configuration": a line without a version is its newest model. Which
/// that is, is read off the price book (genai-prices 0.2.1), for Mythos off litellm 1.109.1, on 2026-11-21.
const NEWEST: [(&str, u32, u32); 5] =
    [("opus", 5, 5), ("sonnet", 5, 5), ("haiku", 5, 5), ("fable", 5, 1), ("mythos", 5, 1)];

/// Models that a version without a line may mean. Source: genai-prices 0.2.1 and litellm 1.109.1, 2026-11-21.
const KNOWN: [(&str, u32, u32); 25] = [
    ("opus", 5, 5),
    ("sonnet", 5, 5),
    ("haiku", 5, 5),
    ("fable", 5, 1),
    ("mythos", 5, 1),
    ("opus", 5, 0),
    ("sonnet", 5, 0),
    ("fable", 5, 0),
    ("mythos", 5, 0),
    ("opus", 4, 8),
    ("opus", 4, 7),
    ("opus", 4, 6),
    ("sonnet", 4, 6),
    ("opus", 4, 5),
    ("sonnet", 4, 5),
    ("haiku", 4, 5),
    ("opus", 4, 1),
    ("opus", 4, 0),
    ("sonnet", 4, 0),
    ("sonnet", 3, 7),
    ("sonnet", 3, 5),
    ("haiku", 3, 5),
    ("opus", 3, 0),
    ("sonnet", 3, 0),
    ("haiku", 3, 0),
];

/// What a line is called without a version.
pub(super) fn lines() -> impl Iterator<Item = &'static str> {
    NEWEST.iter().map(|(line, ..)| *line)
}

/// A Claude model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Claude {
    line: &'static str,
    major: u32,
    minor: u32,
}

impl Claude {
    /// The name as Anthropic writes it.
    pub(super) fn id(self) -> String {
        let Self { line, major, minor } = self;
        match (major, minor) {
            (..=3, 0) => format!("claude-{major}-{line}"),
            (..=3, _) => format!("claude-{major}-{minor}-{line}"),
            (5.., 0) => format!("claude-{line}-{major}"),
            _ => format!("claude-{line}-{major}-{minor}"),
        }
    }

    /// Reads a name that has a line and a version.
    pub(super) fn read(name: &str) -> Option<Self> {
        let words = words(name)?;
        let (line, (major, minor)) = (words.line?, words.version?);
        Some(Self { line, major, minor })
    }
}

/// The models a name may mean; none when it is no name of a Claude.
pub(super) fn named(name: &str) -> Vec<String> {
    let id = |(line, major, minor): (&'static str, u32, u32)| Claude { line, major, minor }.id();
    let Some(words) = words(name) else { return Vec::new() };
    match (words.line, words.version) {
        (Some(line), Some((major, minor))) => vec![id((line, major, minor))],
        (Some(line), None) => NEWEST.into_iter().filter(|(known, ..)| *known == line).map(id).collect(),
        (None, Some(version)) => {
            KNOWN.into_iter().filter(|(_, major, minor)| (*major, *minor) == version).map(id).collect()
        }
        (None, None) => NEWEST.into_iter().map(id).collect(),
    }
}

struct Words {
    line: Option<&'static str>,
    version: Option<(u32, u32)>,
}

/// Line and version; `None` when a word is neither that nor part of how Claude models are named.
fn words(name: &str) -> Option<Words> {
    let (mut line, mut numbers, mut vendor) = (None, Vec::new(), false);
    // `-v1:0` is the version of Bedrock's copy.
    let name = name.split(':').next().unwrap_or(name);
    for word in name.split(['-', '.', '_', '@', ' ']).filter(|word| !word.is_empty()) {
        if let Some((known, ..)) = NEWEST.iter().find(|(known, ..)| *known == word) {
            if line.replace(*known).is_some() {
                return None;
            }
        } else if let Ok(number) = word.parse::<u32>() {
            match number {
                0..=99 => numbers.push(number),
                // A date: Anthropic has one price for all snapshots of a version.
                20_200_101..=20_991_231 => {}
                _ => return None,
            }
        } else if matches!(word, "claude" | "anthropic") {
            vendor = true;
        } else if !matches!(word, "latest" | "default" | "v1" | "v2" | "thinking") {
            return None;
        }
    }
    if !vendor && line.is_none() {
        return None;
    }
    let version = match numbers.as_slice() {
        [] => None,
        // Claude 2 and earlier are no lines.
        [major] if *major >= 3 => Some((*major, 0)),
        [major, minor] if *major >= 3 => Some((*major, *minor)),
        _ => return None,
    };
    Some(Words { line, version })
}
