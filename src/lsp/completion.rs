//! Names of rules and groups where `weighbridge.yaml` wants them.

use super::diagnostics::all_rules;
use crate::base::Severity;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The names that fit at a byte of the configuration; empty where it wants something else.
pub(super) fn completion(text: &str, at: usize) -> Vec<Value> {
    let before = text.get(..text.floor_char_boundary(at)).unwrap_or_default();
    let (above, line) = before.rsplit_once('\n').unwrap_or(("", before));
    if !wants_rule(above, line) {
        return Vec::new();
    }
    let groups: BTreeSet<&str> = all_rules().map(|rule| rule.category.as_str()).collect();
    let groups = groups
        .into_iter()
        .map(|group| json!({"label": group, "kind": 9, "detail": "every rule of this group"}));
    let rules = all_rules().map(|rule| {
        let severity = rule.severity.map_or("", Severity::name);
        json!({"label": rule.id, "kind": 20, "detail": severity, "documentation": rule.summary})
    });
    groups.chain(rules).collect()
}

/// True at the place of a key below `levels`, in either form of a mapping.
fn wants_rule(above: &str, line: &str) -> bool {
    let is_word = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if let Some((_, inside)) = line.rsplit_once("levels:") {
        let open = inside.rsplit_once('{').map(|(_, inside)| inside);
        let key = open.and_then(|inside| inside.rsplit(',').next());
        return key.is_some_and(|key| !inside.contains('}') && is_word(key.trim_start()));
    }
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '-']).len();
    if !is_word(line.trim_start()) || indent(line) == 0 {
        return false;
    }
    let parent = above.lines().rev().find(|above| {
        let content = above.trim();
        !content.is_empty() && !content.starts_with('#') && indent(above) < indent(line)
    });
    parent.is_some_and(|parent| parent.trim_start_matches([' ', '-']).trim_end() == "levels:")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(text: &str) -> bool {
        let (before, after) = text.split_once('|').unwrap();
        !completion(&format!("{before}{after}"), before.len()).is_empty()
    }

    #[test]
    fn names_are_offered_below_levels_only() {
        assert!(offered("rules:\n  levels:\n    |"));
        assert!(offered("rules:\n  levels:\n    # why\n    a-b: error\n\n    mcp-|\n"));
        assert!(offered("rules: {levels: {a-b: off, |}}"));
        assert!(offered("rules:\n  paths:\n    - files: [a]\n      levels:\n        |"));
        for text in [
            "|",
            "rules:\n  |",
            "rules:\n  levels:\n    a-b: |",
            "rules: {levels: {a-b: |",
            "rules: {levels: {}, |",
            "levels:\n|",
        ] {
            assert!(!offered(text), "{text}");
        }
        let all = completion("rules: {levels: {", 17);
        let has = |name: &str| all.iter().any(|item| item["label"] == name);
        assert!(all.len() > 700 && has("unused-ignore") && has("files"));
    }
}
