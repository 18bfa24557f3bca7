//! A name that people read as one word and that is spelled with letters of two alphabets: it stands in for another.

use super::{Check, Example, Rule};
use crate::agent::view::Node;
use crate::agent::{FileView, Kind};
use crate::base::{Finding, Place, Severity};
use crate::rules::lookalikes::{mixed_word, plain};

pub(super) static RULE: Rule = Rule {
    id: "mixed-script-name",
    summary: "The name of a skill, agent, server or tool is spelled with lookalikes of Latin letters",
    severity: Severity::Error,
    source: "https://www.unicode.org/reports/tr39/",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".claude/agents/a.md", "---\nname: revi\u{435}wer\ndescription: Reviews code. Use when asked for a review.\n---\nx\n")]),
        Example::bad(&[(".mcp.json", "{\"mcpServers\": {\"g\u{456}thub\": {\"command\": \"github-server\"}}}")]),
        Example::bad(&[(".claude/agents/a.md", "---\nname: a\ndescription: Reviews code. Use when asked for a review.\ntools: R\u{435}ad, Grep\n---\nx\n")]),
        Example::bad(&[(".mcp.json", "{\"mcpServers\": {\"g\\u0456thub\": {\"command\": \"github-server\"}}}")]),
        Example::good(&[(".claude/agents/a.md", "---\nname: ревьюер\ndescription: Reviews code, \u{3b2}-test. Use when asked for a review.\ntools: Read\n---\nx\n")]),
    ],
    check: Check::File(check),
};

/// Keys of the front matter that hold names.
const NAMES: [&str; 6] = ["name", "tools", "disallowedTools", "allowed-tools", "skills", "mcpServers"];

fn check(rule: &Rule, view: &FileView<'_>) -> Vec<Finding> {
    // Nearly every file is ASCII where names stand.
    if view.text.is_ascii() && view.path.as_str().is_ascii() && !view.text.contains("\\u") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut say = |place: Place, name: &str| {
        let Some((_, word, odd)) = mixed_word(name) else { return };
        let message = format!(
            "`{}` looks like `{}` and is another name: it has the letter U+{:04X}, which is no Latin one",
            super::shown(word),
            super::shown(&plain(word)),
            u32::from(odd)
        );
        found.push(rule.finding(place, message).with_help("spell it with Latin letters, or in one other script"));
    };
    if matches!(view.kind, Kind::Skill | Kind::SubAgent | Kind::Command) {
        for node in NAMES.iter().filter_map(|key| view.key(key)).flat_map(named) {
            say(view.at(node.span), node.text().unwrap_or(""));
        }
        let parent = view.path.parent();
        say(Place::file(view.path.clone()), if view.kind == Kind::Skill { parent.name() } else { view.path.name() });
    }
    for server in super::servers(view) {
        say(view.at(server.key.span), server.name);
    }
    if matches!(view.kind, Kind::Plugin | Kind::Marketplace)
        && let Some(root) = view.settings()
    {
        let plugins = root.get("plugins").into_iter().flat_map(super::items);
        for name in std::iter::once(root).chain(plugins).filter_map(|node| node.get("name")) {
            say(view.at(name.span), name.text().unwrap_or(""));
        }
    }
    found
}

/// The texts of a value, and the keys of a mapping.
fn named(node: &Node) -> Vec<&Node> {
    let keys = node.pairs().iter().map(|(key, _)| key);
    if node.pairs().is_empty() { super::texts(node) } else { keys.collect() }
}
