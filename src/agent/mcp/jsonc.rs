//! JSON with comments and trailing commas, as VS Code writes it, made plain without moving anything.

/// The text with comments and trailing commas blanked out. Lines and columns stay what they are.
pub fn plain(text: &str) -> String {
    walk(text).0
}

/// True when commas stand before closing brackets, which some readers of comments refuse all the same.
pub fn has_trailing_comma(text: &str) -> bool {
    walk(text).1
}

fn walk(text: &str) -> (String, bool) {
    let mut trailing = false;
    let mut out: Vec<char> = text.chars().collect();
    let mut at = 0;
    // The last comma that nothing but white space has followed.
    let mut comma: Option<usize> = None;
    let character = |out: &[char], at: usize| out.get(at).copied();
    let blank = |out: &mut [char], at: usize| {
        if let Some(place) = out.get_mut(at).filter(|character| !character.is_whitespace()) {
            *place = ' ';
        }
    };
    while let Some(now) = character(&out, at) {
        match now {
            '"' => {
                comma = None;
                at += 1;
                while let Some(inside) = character(&out, at).filter(|inside| *inside != '"') {
                    at += if inside == '\\' { 2 } else { 1 };
                }
            }
            '/' if character(&out, at + 1) == Some('/') => {
                while character(&out, at).is_some_and(|inside| inside != '\n') {
                    blank(&mut out, at);
                    at += 1;
                }
                continue;
            }
            '/' if character(&out, at + 1) == Some('*') => {
                while character(&out, at).is_some() {
                    let ends = character(&out, at) == Some('*') && character(&out, at + 1) == Some('/');
                    blank(&mut out, at);
                    at += 1;
                    if ends {
                        blank(&mut out, at);
                        break;
                    }
                }
            }
            ',' => comma = Some(at),
            '}' | ']' => {
                if let Some(comma) = comma.take() {
                    trailing = true;
                    blank(&mut out, comma);
                }
            }
            other if other.is_whitespace() => {}
            _ => comma = None,
        }
        at += 1;
    }
    (out.into_iter().collect(), trailing)
}

#[cfg(test)]
mod tests {
    use super::{has_trailing_comma, plain};
    use proptest::prelude::*;

    #[test]
    fn comments_and_trailing_commas_go() {
        let text = "{ // one\n \"a\": \"// no \\\" /* comment */\", /* two\n lines */ \"b\": [1, 2, ],\n}";
        let value: serde_json::Value = serde_json::from_str(&plain(text)).unwrap();
        assert_eq!(value, serde_json::json!({"a": "// no \" /* comment */", "b": [1, 2]}));
        assert_eq!(plain(text).lines().count(), text.lines().count());
        assert!(has_trailing_comma(text) && !has_trailing_comma("{\"a\": \",}\" /* ,} */, \"b\": 1}"));
    }

    proptest! {
        #[test]
        fn plain_json_stays_as_it_is(texts in proptest::collection::vec(".{0,12}", 0..6)) {
            let json = serde_json::to_string_pretty(&texts).unwrap();
            prop_assert_eq!(plain(&json), json);
        }

        #[test]
        fn any_text_keeps_its_length(text in "[/*\",\\\\\\[\\]{}a\n ]{0,40}") {
            prop_assert_eq!(plain(&text).chars().count(), text.chars().count());
        }
    }
}
