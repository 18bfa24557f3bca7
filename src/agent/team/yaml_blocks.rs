//! YAML in code blocks: `agents: coordinator: {model, max_tokens}` and budget limits.

use super::document::{Code, Section};
use super::numbers::{Figure, Unit};
use super::spec::{Cited, Limit};
use crate::base::{Place, RepoPath, Span};
use crate::config::yaml::{self, Node, Value};
use rust_decimal::Decimal;

/// An agent of a YAML block.
pub(super) struct Entry {
    /// Its key or name.
    pub(super) name: String,
    /// Its model.
    pub(super) model: Option<(String, Span)>,
    /// Its token budget.
    pub(super) tokens: Option<(Figure, Span)>,
    /// Where it stands.
    pub(super) span: Span,
}

fn is_yaml(code: &Code) -> bool {
    matches!(code.language.split_whitespace().next(), Some("yaml" | "yml"))
        || (code.language.is_empty() && code.text.contains(": "))
}

fn documents(section: &Section) -> Vec<Node> {
    let blocks = section.code.iter().filter(|code| is_yaml(code)).take(20);
    blocks.filter_map(|code| yaml::parse(&code.text, code.first_line).ok()).collect()
}

/// The name of the configuration a block belongs to.
pub(super) fn profile(section: &Section) -> Option<String> {
    documents(section).iter().find_map(|node| {
        ["model_config", "profile", "configuration", "preset", "tier"]
            .iter()
            .find_map(|key| node.get(key).and_then(Node::non_empty).map(str::to_owned))
    })
}

/// The agents of the blocks of a section.
pub(super) fn agents(section: &Section) -> Vec<Entry> {
    let mut found = Vec::new();
    for node in documents(section) {
        let list = ["agents", "team", "members", "roles", "models"].iter().find_map(|key| node.get(key));
        let Some(list) = list else { continue };
        for (key, value) in list.pairs() {
            if let Some(name) = key.text() {
                found.push(entry(name, key.span, value));
            }
        }
        if let Value::Sequence(items) = &list.value {
            for item in items {
                let name = ["name", "role", "id", "agent"].iter().find_map(|key| item.get(key));
                if let Some((name, node)) = name.and_then(|node| node.non_empty().map(|name| (name, node))) {
                    found.push(entry(name, node.span, item));
                }
            }
        }
    }
    found.retain(|entry| entry.model.is_some() || entry.tokens.is_some());
    found
}

fn entry(name: &str, span: Span, value: &Node) -> Entry {
    let model = ["model", "llm", "model_id"].iter().find_map(|key| value.get(key)).or(Some(value));
    let model = model.and_then(|node| node.non_empty().map(|text| (text.to_owned(), node.span)));
    // Not `max_tokens`: that is how long one answer may be.
    let tokens = ["token_budget", "max_total_tokens", "tokens", "budget_tokens"]
        .iter()
        .find_map(|key| value.get(key))
        .and_then(|node| super::roster::tokens(node.non_empty()?).map(|figure| (figure, node.span)));
    Entry { name: name.to_owned(), model, tokens, span }
}

/// The budget limits and counts of iterations of the blocks of a section.
pub(super) fn limits(section: &Section, path: &RepoPath) -> Vec<Limit> {
    let mut found = Vec::new();
    for code in section.code.iter().filter(|code| is_yaml(code)).take(20) {
        let Ok(node) = yaml::parse(&code.text, code.first_line) else { continue };
        let lines: Vec<&str> = code.text.lines().collect();
        let mut open = vec![&node];
        while let Some(node) = open.pop() {
            for (key, value) in node.pairs() {
                open.push(value);
                let (Some(key), Some(text)) = (key.text(), value.non_empty()) else { continue };
                let Some(unit) = unit_of(key) else { continue };
                let Some(figure) = super::numbers::figure(text) else { continue };
                let line = value.span.start.line.saturating_sub(code.first_line);
                let line = lines.get(usize::try_from(line).unwrap_or(usize::MAX)).copied().unwrap_or("");
                let comment = line.split_once('#').map_or("", |(_, comment)| comment.trim()).to_owned();
                let place = Place::span(path.clone(), value.span);
                let figure =
                    if figure.unit == Unit::Count { figure.scaled(Decimal::ONE, unit) } else { figure };
                found.push(Limit { key: key.to_owned(), value: Cited::new(figure, place), comment });
            }
        }
    }
    found.sort_by(|one, other| one.value.place.cmp(&other.value.place));
    found
}

/// What a limit counts; `None` for keys that are none.
fn unit_of(key: &str) -> Option<Unit> {
    let key = key.to_lowercase();
    let words: Vec<&str> = key.split('_').collect();
    let has = |word: &str| words.contains(&word);
    let bound = has("max") || has("limit") || has("budget") || has("cap") || has("ceiling");
    if bound && (has("cost") || has("usd") || has("dollars")) {
        Some(Unit::Dollars)
    } else if bound && (has("tokens") || has("token")) && key != "max_tokens" {
        Some(Unit::Tokens)
    } else if (bound
        && (has("cycles") || has("iterations") || has("retries") || has("iteration") || has("rounds")))
        || key == "iterations"
    {
        Some(Unit::Count)
    } else {
        None
    }
}
