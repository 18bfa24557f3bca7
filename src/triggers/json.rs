//! JSON that a YAML reader can take, so that every value keeps its line.
//!
//! JSON is YAML but for two things that real files have: tabs as indentation, and characters beyond the basic plane
//! as two escapes (Python writes an emoji so). Both are replaced without moving a line.

/// The text with tabs between values as spaces and pairs of surrogate escapes as the character they stand for.
pub fn for_yaml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if inside && character == '\\' {
            let (replaced, read) = escape(rest);
            match replaced {
                Some(character) => out.push(character),
                None => out.push_str(rest.get(..read).unwrap_or("")),
            }
            rest = rest.get(read..).unwrap_or("");
            continue;
        }
        inside ^= character == '"';
        out.push(if character == '\t' && !inside { ' ' } else { character });
        rest = rest.get(character.len_utf8()..).unwrap_or("");
    }
    out
}

/// The escape at the beginning of `text`: the character of a surrogate pair, and how many bytes were read.
fn escape(text: &str) -> (Option<char>, usize) {
    let half = |at: usize| -> Option<u32> {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(digits, 16).ok()
    };
    match half(0) {
        Some(high @ 0xd800..=0xdbff) => match half(6) {
            Some(low @ 0xdc00..=0xdfff) => {
                (char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)), 12)
            }
            // Half a character is none; JSON readers put this one in its place.
            _ => (Some(char::REPLACEMENT_CHARACTER), 6),
        },
        Some(0xdc00..=0xdfff) => (Some(char::REPLACEMENT_CHARACTER), 6),
        _ => (None, 1 + text.chars().nth(1).map_or(0, char::len_utf8)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::yaml;
    use proptest::prelude::*;

    #[test]
    fn tabs_and_pairs_of_escapes_are_read() {
        let text = "[\n\t{\"a\":\t\"x\\ty \\ud83d\\ude00 \\\" \\\\\"},\n\t\"\\ud83d\",\n\t\"\\u00e4\\/\"\n]";
        let node = yaml::parse(&for_yaml(text), 1).expect("readable");
        let yaml::Value::Sequence(items) = &node.value else { panic!("a list") };
        assert_eq!(items[0].get("a").and_then(yaml::Node::text), Some("x\ty \u{1f600} \" \\"));
        assert_eq!((items[1].text(), items[1].span.start.line), (Some("\u{fffd}"), 3));
        assert_eq!(items[2].text(), Some("ä/"));
    }

    proptest! {
        #[test]
        fn every_string_of_json_comes_back(values in proptest::collection::vec(any::<String>(), 0..6), pretty: bool, ascii: bool) {
            let mut text = if pretty { serde_json::to_string_pretty(&values) } else { serde_json::to_string(&values) }.expect("strings");
            if ascii {
                text = text.chars().flat_map(|c| if c.is_ascii() { vec![c.to_string()] } else {
                    c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
                }).collect();
            }
            // YAML 1.2 has no unescaped control characters and no unescaped byte-order mark; neither do real files.
            prop_assume!(!text.chars().any(|c| matches!(c, '\u{7f}'..='\u{9f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' | '\u{2028}' | '\u{2029}')));
            let node = yaml::parse(&for_yaml(&text), 1).expect("readable");
            let found: Vec<&str> = match &node.value {
                yaml::Value::Sequence(items) => items.iter().filter_map(yaml::Node::text).collect(),
                _ => Vec::new(),
            };
            prop_assert_eq!(found, values.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
}
