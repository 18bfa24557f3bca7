//! A colour of a sub-agent that Claude Code does not know: the agent loads without one.

use super::{Check, Example, Rule, fixes};
use crate::agent::verdict::COLORS;
use crate::agent::view::Node;
use crate::agent::{FileView, Kind};
use crate::base::{Client, Finding, Severity};
use crate::rules::fix::Fix;

pub(super) static RULE: Rule = Rule {
    id: "unknown-agent-color",
    summary: "A sub-agent has a colour that Claude Code does not know",
    severity: Severity::Warning,
    source: "https://code.claude.com/docs/en/sub-agents",
    since: "0.1.0",
    examples: &[
        Example::bad(&[(".claude/agents/one.md", "---\nname: one\ndescription: d\ncolor: magenta\n---\nx\n")]),
        Example::good(&[(".claude/agents/one.md", "---\nname: one\ndescription: d\ncolor: purple\n---\nx\n")]),
    ],
    check: Check::File(check),
};

/// The colour of a sub-agent that is none.
fn unknown<'a>(view: &FileView<'a>) -> Option<&'a Node> {
    let color = view.key("color").filter(|color| view.kind == Kind::SubAgent && !color.is_null())?;
    (!color.text().is_some_and(|text| COLORS.contains(&text))).then_some(color)
}

fn check(rule: &Rule, view: &FileView<'_>) -> Vec<Finding> {
    let Some(color) = unknown(view) else { return Vec::new() };
    let message = "Claude Code does not know this colour and shows the agent without one";
    let help = format!("use one of {}", COLORS.join(", "));
    vec![rule.finding(view.at(color.span), message).with_help(help).with_clients([Client::ClaudeCode])]
}

/// Colours that people write, and the one of the eight that is nearest.
const NEAREST: [(&str, &[&str]); 8] = [
    ("red", &["crimson", "maroon", "darkred", "scarlet", "brown"]),
    ("blue", &["navy", "indigo", "royalblue", "darkblue", "lightblue", "skyblue", "azure"]),
    ("green", &["lime", "olive", "emerald", "darkgreen", "lightgreen", "mint"]),
    ("yellow", &["gold", "amber"]),
    ("purple", &["violet", "lavender", "plum"]),
    ("orange", &["coral", "tan"]),
    ("pink", &["magenta", "fuchsia", "rose", "hotpink", "salmon"]),
    ("cyan", &["teal", "aqua", "turquoise", "aquamarine"]),
];

/// The nearest colour. Another case is none, everything else is a matter of taste.
pub(super) fn fix(rule: &Rule, view: &FileView<'_>) -> Vec<Fix> {
    let fixed = || {
        let color = unknown(view)?;
        let text = color.text()?;
        let lower = text.to_lowercase();
        let same = COLORS.iter().copied().find(|known| *known == lower);
        let named = || NEAREST.iter().find(|(_, others)| others.contains(&lower.as_str())).map(|(known, _)| *known);
        let known = same.or_else(named).or_else(|| COLORS.into_iter().find(|known| is_typo(&lower, known)))?;
        let (range, written) = fixes::written(view, color.span)?;
        let at = range.start + written.find(text)?;
        let message = format!("use `{known}`");
        Some(fixes::of(rule, color.span.start.line, (at..at + text.len(), known.to_owned()), message, same.is_some()))
    };
    fixed().into_iter().collect()
}

/// True when one letter is missing or too many.
fn is_typo(text: &str, known: &str) -> bool {
    let without = |long: &str, short: &str| {
        long.len() == short.len() + 1
            && long.char_indices().any(|(at, c)| {
                let (head, tail) = (long.get(..at), long.get(at + c.len_utf8()..));
                head.zip(tail).is_some_and(|(head, tail)| short.strip_prefix(head) == Some(tail))
            })
    };
    without(text, known) || without(known, text)
}
