//! What differs between two requests, in the words of whoever edits the files.

use super::{Message, Request, Tool};
use crate::base::text::{truncate_end, visible};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Characters of a text that are shown.
const SHOWN: usize = 80;

/// What differs from an older request, most telling first. Empty when the two are the same to the model.
pub fn differences(old: &Request, new: &Request) -> Vec<String> {
    let mut found = Vec::new();
    let mut say = |what: &str, old: &str, new: &str| {
        if old != new {
            found.push(format!("{what}: was {}, is {}", shown(old), shown(new)));
        }
    };
    say("provider", &old.provider, &new.provider);
    say("API", old.api.name(), new.api.name());
    say("model", &old.model, &new.model);
    let (was, is) = (&old.sampling, &new.sampling);
    let number = |value: &Option<rust_decimal::Decimal>| {
        value.map_or_else(|| "not set".to_owned(), |value| value.normalize().to_string())
    };
    say("temperature", &number(&was.temperature), &number(&is.temperature));
    say("top_p", &number(&was.top_p), &number(&is.top_p));
    say("max_tokens", &was.max_tokens.to_string(), &is.max_tokens.to_string());
    let seed = |seed: Option<u64>| seed.map_or_else(|| "not set".to_owned(), |seed| seed.to_string());
    say("seed", &seed(was.seed), &seed(is.seed));
    if was.response_schema != is.response_schema {
        found.push("the JSON Schema of the answer changed".to_owned());
    }
    system(old, new, &mut found);
    tools(&old.tools, &new.tools, &mut found);
    messages(&old.messages, &new.messages, &mut found);
    found
}

/// The system prompt, file by file.
fn system(old: &Request, new: &Request, found: &mut Vec<String>) {
    if super::key::system_text(old) == super::key::system_text(new) {
        return;
    }
    let by_source = |request: &Request| -> BTreeMap<String, String> {
        let mut texts: BTreeMap<String, String> = BTreeMap::new();
        for part in &request.system {
            texts.entry(part.source.clone()).or_default().push_str(&part.text);
        }
        texts
    };
    let (was, is) = (by_source(old), by_source(new));
    let before = found.len();
    for (source, text) in &is {
        match was.get(source) {
            None => found.push(format!("{}: is new in the system prompt", shown(source))),
            Some(earlier) if earlier != text => {
                found.push(format!("{}: {}", shown(source), first_difference(earlier, text)));
            }
            Some(_) => {}
        }
    }
    for source in was.keys().filter(|source| !is.contains_key(*source)) {
        found.push(format!("{}: is no longer in the system prompt", shown(source)));
    }
    if found.len() == before {
        found.push("the system prompt has another order".to_owned());
    }
}

fn tools(old: &[Tool], new: &[Tool], found: &mut Vec<String>) {
    for tool in new {
        let name = shown(&tool.name);
        match old.iter().find(|other| other.name == tool.name) {
            None => found.push(format!("tool {name}: is new")),
            Some(other) => {
                if other.description != tool.description {
                    let how = first_difference(&other.description, &tool.description);
                    found.push(format!("tool {name}: description: {how}"));
                }
                if let Some(how) = json_difference(&other.input_schema, &tool.input_schema, "") {
                    found.push(format!("tool {name}: schema: {how}"));
                }
            }
        }
    }
    for tool in old.iter().filter(|tool| !new.iter().any(|other| other.name == tool.name)) {
        found.push(format!("tool {}: is gone", shown(&tool.name)));
    }
}

fn messages(old: &[Message], new: &[Message], found: &mut Vec<String>) {
    // Later messages follow from the first one that differs.
    for (at, (was, is)) in old.iter().zip(new).enumerate() {
        if was != is {
            let (who, was, is) = (who(is), text_of(was), text_of(is));
            found.push(format!("message {} ({who}): {}", at + 1, first_difference(&was, &is)));
            return;
        }
    }
    if old.len() != new.len() {
        found.push(format!("the conversation had {} messages here, and has {}", old.len(), new.len()));
    }
}

const fn who(message: &Message) -> &'static str {
    match message {
        Message::User { .. } => "user",
        Message::Assistant { .. } => "assistant",
        Message::Tools { .. } => "tools",
    }
}

fn text_of(message: &Message) -> String {
    match message {
        Message::User { text } => text.clone(),
        Message::Assistant { text, calls } => {
            let calls = calls.iter().map(|call| format!("{}({})", call.name, call.arguments));
            std::iter::once(text.clone()).chain(calls).collect::<Vec<_>>().join("\n")
        }
        Message::Tools { results } => {
            let lines = results.iter().map(|result| format!("{}: {}", result.name, result.content));
            lines.collect::<Vec<_>>().join("\n")
        }
    }
}

/// "line 3: was `a`, is `b`", from the first line that differs.
pub fn first_difference(old: &str, new: &str) -> String {
    let (mut was, mut is) = (old.lines(), new.lines());
    let mut line = 0;
    loop {
        line += 1;
        return match (was.next(), is.next()) {
            (Some(one), Some(other)) if one == other => continue,
            (Some(one), Some(other)) => {
                format!("line {line}: was {}, is {}", around(one, other), around(other, one))
            }
            (Some(one), None) => format!("line {line} is gone: {}", shown(one)),
            (None, Some(other)) => format!("line {line} is new: {}", shown(other)),
            (None, None) => "only line ends differ".to_owned(),
        };
    }
}

/// The first place in which two values differ, as a JSON pointer.
fn json_difference(old: &Value, new: &Value, path: &str) -> Option<String> {
    if old == new {
        return None;
    }
    let place = || if path.is_empty() { "as a whole".to_owned() } else { format!("at {}", visible(path)) };
    if let (Value::Object(was), Value::Object(is)) = (old, new) {
        let keys: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        return keys.into_iter().find_map(|key| {
            let below = format!("{path}/{key}");
            match (was.get(key), is.get(key)) {
                (Some(one), Some(other)) => json_difference(one, other, &below),
                (Some(_), None) => Some(format!("{} is gone", visible(&below))),
                (None, _) => Some(format!("{} is new", visible(&below))),
            }
        });
    }
    Some(format!("{}: was {}, is {}", place(), shown(&old.to_string()), shown(&new.to_string())))
}

/// The part of a line in which it differs from another.
fn around(line: &str, other: &str) -> String {
    let same = line.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let from = same.saturating_sub(SHOWN / 2);
    let cut: String = line.chars().skip(from).collect();
    if from > 0 { shown(&format!("…{cut}")) } else { shown(&cut) }
}

fn shown(text: &str) -> String {
    format!("`{}`", truncate_end(&visible(text), SHOWN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::sample::request;
    use crate::chat::{Api, SystemPart};

    fn say(change: impl Fn(&mut Request)) -> Vec<String> {
        let old = request(Api::Openai);
        let mut new = old.clone();
        change(&mut new);
        differences(&old, &new)
    }

    #[test]
    fn says_which_file_and_which_line() {
        assert_eq!(
            say(|new| new.system[0].text = "Be brief.\nBe very kind.".to_owned()),
            ["`AGENTS.md`: line 2: was `Be kind.`, is `Be very kind.`"]
        );
        assert_eq!(
            say(|new| new.tools[0].description = "Finds orders.".to_owned()),
            ["tool `lookup`: description: line 1: was `Finds an order.`, is `Finds orders.`"]
        );
        assert_eq!(say(|new| new.model = "other".to_owned()), ["model: was `some-model`, is `other`"]);
        assert_eq!(say(|new| new.sampling.temperature = None), ["temperature: was `0.7`, is `not set`"]);
        assert_eq!(say(|new| new.system.swap(0, 1)), ["the system prompt has another order"]);
        assert_eq!(
            say(|new| {
                new.system[1] = SystemPart { source: "x".to_owned(), text: "y".to_owned() };
            }),
            ["`x`: is new in the system prompt", "`SKILL.md`: is no longer in the system prompt"]
        );
        assert_eq!(
            say(|new| new.messages[2] = Message::User { text: "so?".to_owned() }),
            ["message 3 (user): line 1: was `lookup: shipped`, is `so?`"]
        );
        assert_eq!(say(|_| ()), Vec::<String>::new());
    }

    #[test]
    fn hidden_characters_are_shown() {
        let found = say(|new| new.model = "a\u{202e}b\u{1b}[31m".to_owned());
        assert!(!found[0].contains('\u{202e}') && !found[0].contains('\u{1b}'), "{found:?}");
    }
}
