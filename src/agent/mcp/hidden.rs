//! Characters that people do not see in what a server tells a model.

use super::listing::{Listing, key};
use crate::base::text::is_deceptive;
use serde_json::Value;

/// Deeper values are not looked at; the JSON parser ends at 128.
const MAX_DEPTH: usize = 130;

/// A text with characters that hide.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hidden {
    /// The tool, prompt or resource; empty for the server's instructions.
    pub item: String,
    /// The keys down to the text: `inputSchema.properties.path.description`.
    pub field: String,
    /// The first of them, such as `U+202E`.
    pub character: String,
    /// How many.
    pub count: usize,
}

/// All of them, sorted.
pub fn hidden(listing: &Listing) -> Vec<Hidden> {
    let mut found = Vec::new();
    texts(listing, &mut |item, field, text| look(item, field, text, &mut found));
    found.sort();
    found
}

/// Every text of a list, names of keys among them: whose it is (empty for the server's instructions), the keys down to it,
/// the text.
pub fn texts(listing: &Listing, visit: &mut dyn FnMut(&str, &str, &str)) {
    if let Some(instructions) = &listing.instructions {
        visit("", "instructions", instructions);
    }
    for items in [&listing.tools, &listing.prompts, &listing.resources, &listing.templates] {
        for item in items {
            walk(key(item), "", item, 0, visit);
        }
    }
}

fn walk(item: &str, at: &str, value: &Value, depth: usize, visit: &mut dyn FnMut(&str, &str, &str)) {
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::String(text) => visit(item, at, text),
        Value::Array(items) => items.iter().for_each(|inner| walk(item, at, inner, depth + 1, visit)),
        Value::Object(map) => {
            for (name, inner) in map {
                let below = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                visit(item, &below, name);
                walk(item, &below, inner, depth + 1, visit);
            }
        }
        _ => {}
    }
}

fn look(item: &str, field: &str, text: &str, found: &mut Vec<Hidden>) {
    let mut before = ' ';
    let mut hiding = Vec::new();
    for character in text.chars() {
        // Emoji and some scripts join characters, and that is to be seen; Windows ends its lines so.
        let joins = matches!(character, '\u{200c}' | '\u{200d}') && before > '\u{2ff}';
        if is_deceptive(character) && !joins && character != '\r' {
            hiding.push(character);
        }
        before = character;
    }
    if let Some(first) = hiding.first() {
        let character = format!("U+{:04X}", u32::from(*first));
        found.push(Hidden { item: item.to_owned(), field: field.to_owned(), character, count: hiding.len() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn hidden_text_is_found_wherever_it_is() {
        let listing = Listing {
            instructions: Some("fine \u{1f468}\u{200d}\u{1f469}, and\r\nlines\tand tabs".to_owned()),
            tools: vec![json!({
                "name": "t", "description": "reads\u{e0041}\u{e0042}",
                "inputSchema": {"properties": {"p\u{200b}": {"description": ["x\u{202e}"]}}},
            })],
            ..Listing::default()
        };
        let found: Vec<String> = hidden(&listing)
            .iter()
            .map(|one| format!("{} {:?} {} {}", one.item, one.field, one.character, one.count))
            .collect();
        assert_eq!(
            found,
            [
                "t \"description\" U+E0041 2",
                "t \"inputSchema.properties.p\\u{200b}\" U+200B 1",
                "t \"inputSchema.properties.p\\u{200b}.description\" U+202E 1",
            ]
        );
    }
}
