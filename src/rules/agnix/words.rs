//! What findings of agnix say, where it names types of Rust or a remedy for another fault.

use super::RawFinding;
use crate::agent::front_matter::Header;
use crate::agent::view::FileView;

/// Keys of sub-agents and of skills that are often misspelt.
const AGENT_KEYS: [&str; 14] = [
    "name",
    "description",
    "tools",
    "disallowedTools",
    "model",
    "permissionMode",
    "maxTurns",
    "skills",
    "mcpServers",
    "hooks",
    "memory",
    "background",
    "initialPrompt",
    "isolation",
];
const SKILL_KEYS: [&str; 17] = [
    "name",
    "description",
    "when_to_use",
    "argument-hint",
    "arguments",
    "disable-model-invocation",
    "user-invocable",
    "allowed-tools",
    "disallowed-tools",
    "model",
    "effort",
    "context",
    "agent",
    "background",
    "hooks",
    "metadata",
    "compatibility",
];

/// Corrects the words of a finding.
pub(super) fn advise(finding: &mut RawFinding, view: &FileView<'_>) {
    match finding.rule.as_str() {
        "CC-AG-007" | "AS-016" if finding.message.starts_with("Failed to parse") => unread(finding, view),
        "AS-008" if finding.message.ends_with("got 0") => {
            finding.help = Some("write what the skill does and when to use it".to_owned());
        }
        "AS-011" if finding.message.ends_with("got 0") => {
            finding.help = Some("write what the skill needs, or take the key out".to_owned());
        }
        "CC-AG-019" => meant(finding, &AGENT_KEYS),
        "CC-SK-017" | "XP-SK-001" => meant(finding, &SKILL_KEYS),
        _ => {}
    }
}

/// A front matter that is no YAML, in the words of our parser.
fn unread(finding: &mut RawFinding, view: &FileView<'_>) {
    let what = finding.message.split(": ").next().unwrap_or("").to_owned();
    match view.header {
        Header::Repaired(_, error) => {
            finding.message = format!("{what}: {}", error.message);
            finding.help = Some("put the value in quotes".to_owned());
        }
        Header::Broken(error) => {
            finding.message = format!("{what}: {}", error.message);
            finding.help = Some(
                "put values with `: `, ` #`, or one of [ { * & % @ ` at their beginning in quotes, and indent with spaces"
                    .to_owned(),
            );
        }
        _ if finding.message.contains("invalid type") => {
            finding.message = format!("{what}: it is no mapping of keys to values");
            finding.help = Some("write `key: value` in each line, between two lines `---`".to_owned());
        }
        _ => {}
    }
}

/// Names the key that was meant, when it is clear which.
fn meant(finding: &mut RawFinding, known: &[&str]) {
    let Some(written) = finding.message.split('\'').nth(1) else { return };
    let plain = |text: &str| text.to_ascii_lowercase().replace(['_', '-'], "");
    let wanted = plain(written);
    // Tools are spelt differently in agents and skills.
    let wanted = if wanted == "allowedtools" && known.contains(&"tools") && !known.contains(&"allowed-tools")
    {
        "tools".to_owned()
    } else {
        wanted
    };
    let close = known
        .iter()
        .find(|key| plain(key) == wanted)
        .or_else(|| known.iter().filter(|_| wanted.len() > 5).find(|key| is_one_edit(&plain(key), &wanted)));
    if let Some(key) = close.filter(|key| **key != written) {
        finding.help = Some(format!("write `{key}`"));
    }
}

/// True for texts that differ in one character that is left out, added or another.
fn is_one_edit(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > 1 {
        return false;
    }
    let before = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let behind = one.iter().rev().zip(other.iter().rev()).take_while(|(one, other)| one == other).count();
    before + behind + 1 >= one.len().max(other.len())
}

#[cfg(test)]
mod tests {
    use super::is_one_edit;

    #[test]
    fn one_edit() {
        for (one, other, wanted) in [
            ("userinvocable", "userinvokable", true),
            ("description", "descripton", true),
            ("description", "desription", true),
            ("model", "mode", true),
            ("memory", "mammary", false),
            ("tools", "skills", false),
        ] {
            assert_eq!(is_one_edit(one, other), wanted, "{one} {other}");
        }
    }
}
