//! Where findings of agnix stand: it places many of them at the beginning of the file, and we know their keys.

use super::RawFinding;
use crate::agent::view::{FileView, Node, Value};
use crate::base::Span;

/// The key of the front matter that a rule is about.
const KEYS: [(&str, &str); 18] = [
    ("CC-AG-001", "name"),
    ("CC-AG-002", "description"),
    ("CC-AG-003", "model"),
    ("CC-AG-004", "permissionMode"),
    ("CC-AG-006", "disallowedTools"),
    ("CC-AG-008", "memory"),
    ("CC-AG-009", "tools"),
    ("CC-AG-010", "disallowedTools"),
    ("CC-AG-011", "hooks"),
    ("CC-AG-012", "permissionMode"),
    ("CC-AG-014", "effort"),
    ("CC-AG-015", "isolation"),
    ("CC-AG-017", "maxTurns"),
    ("CC-AG-020", "name"),
    ("CC-HK-014", "hooks"),
    ("CC-SK-010", "hooks"),
    ("CC-SK-022", "name"),
    ("AS-004", "name"),
];

/// Puts a finding that stands at the beginning where it belongs.
pub(super) fn point(finding: &mut RawFinding, view: &FileView<'_>) {
    if finding.line > 1 || finding.rule.chars().any(|c| c.is_ascii_lowercase()) {
        return;
    }
    let of_key = || {
        let (_, key) = KEYS.iter().find(|(rule, _)| *rule == finding.rule)?;
        let (name, value) = view.front()?.pairs().iter().rev().find(|(name, _)| name.text() == Some(key))?;
        Some(item(value, &finding.message).unwrap_or(name.span))
    };
    if let Some(span) = of_key().or_else(|| of_hook(finding, view)) {
        (finding.line, finding.column) = (span.start.line, span.start.column);
        (finding.end_line, finding.end_column) = (None, None);
    }
}

/// The item of a list that a message names first in quotes.
fn item(value: &Node, message: &str) -> Option<Span> {
    let Value::Sequence(items) = &value.value else { return None };
    let named = message.split('\'').nth(1)?;
    items.iter().find(|item| item.text() == Some(named)).map(|item| item.span)
}

/// The event of a hook that a message names, as `hooks.Stop[0]` or `'Stop'`; the key `hooks` where it names none.
fn of_hook(finding: &RawFinding, view: &FileView<'_>) -> Option<Span> {
    if !finding.rule.starts_with("CC-HK-") {
        return None;
    }
    let root = view.settings()?;
    let (key, hooks) = root.pairs().iter().rev().find(|(key, _)| key.text() == Some("hooks"))?;
    let message = finding.message.as_str();
    let path =
        message.split_once("hooks.").map(|(_, rest)| rest.split(['[', '.', ' ', '\'']).next().unwrap_or(""));
    let quoted = message.split('\'').nth(1);
    let event = path
        .into_iter()
        .chain(quoted)
        .find_map(|event| hooks.pairs().iter().find(|(name, _)| name.text() == Some(event)));
    Some(event.map_or(key.span, |(name, _)| name.span))
}
