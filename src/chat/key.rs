//! The name of a request: SHA-256 over everything that can change the answer, and nothing that cannot.
//!
//! In: the version of this list, provider and format, the model as it is asked for, the whole system prompt, the
//! conversation, the tools sorted by name, the sampling, and which repeat it is (two repeats are two samples). Out: keys,
//! addresses, times, who asks, and which file a piece of the system prompt is from.

use super::Request;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Raised when the list of what is in the key changes: older recordings are then misses that say so.
pub const SCHEMA: u32 = 1;

/// The key of a request, in hexadecimal.
pub fn key(request: &Request, repeat: u32) -> String {
    let mut tools = request.tools.clone();
    tools.sort_by(|one, other| one.name.cmp(&other.name));
    let value = json!({
        "schema": SCHEMA,
        "provider": request.provider,
        "api": request.api.name(),
        "model": request.model,
        "system": system_text(request),
        "messages": request.messages,
        "tools": tools,
        "sampling": request.sampling,
        "repeat": repeat,
    });
    digest(&value)
}

/// SHA-256 of a value in canonical form, in hexadecimal.
pub fn digest(value: &Value) -> String {
    let mut text = String::new();
    canonical(value, &mut text);
    crate::base::text::hex(&Sha256::digest(text.as_bytes()))
}

/// The system prompt as one text.
pub fn system_text(request: &Request) -> String {
    let parts: Vec<&str> = request.system.iter().map(|part| part.text.as_str()).collect();
    parts.join("\n\n")
}

/// Canonical JSON: keys sorted by their UTF-16 units, no white space (RFC 8785). Numbers are written as `serde_json`
/// writes them, which is the RFC's form for whole numbers and for the decimals of a configuration.
pub fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
            out.push('{');
            for (at, (key, value)) in pairs.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                canonical(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                canonical(item, out);
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::sample::request;
    use crate::chat::{Api, Message, Tool};
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    #[test]
    fn keys_are_sorted_by_their_units() {
        // The example of RFC 8785, section 3.2.3.
        let value: Value = serde_json::from_str(
            "{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":6,\"\\u00f6\":7}",
        )
        .expect("JSON");
        let mut text = String::new();
        canonical(&value, &mut text);
        let order: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
        // The key "1" is followed by its value 4.
        assert_eq!(order, ['2', '1', '4', '6', '7', '1', '5', '3'], "{text}");
    }

    #[test]
    fn everything_that_can_change_the_answer_changes_the_key() {
        type Alter = fn(&mut Request);
        let base = request(Api::Anthropic);
        let original = key(&base, 1);
        let changes: [(&str, Alter); 11] = [
            ("provider", |r| r.provider = "gateway".to_owned()),
            ("api", |r| r.api = Api::Openai),
            ("model", |r| r.model.push('x')),
            ("a word of the system prompt", |r| r.system[0].text.push('!')),
            ("order of the system prompt", |r| r.system.swap(0, 1)),
            ("a message", |r| r.messages.push(Message::User { text: String::new() })),
            ("a tool's description", |r| r.tools[0].description.push('!')),
            ("a tool's schema", |r| r.tools[0].input_schema["required"] = json!(["id"])),
            ("temperature", |r| r.sampling.temperature = Some(Decimal::new(71, 2))),
            ("no temperature", |r| r.sampling.temperature = None),
            ("most tokens", |r| r.sampling.max_tokens += 1),
        ];
        let mut seen = std::collections::BTreeSet::from([original.clone()]);
        for (what, change) in changes {
            let mut changed = base.clone();
            change(&mut changed);
            assert!(seen.insert(key(&changed, 1)), "{what} is not in the key");
        }
        assert!(seen.insert(key(&base, 2)), "repeats are one sample");
        let mut renamed = base.clone();
        renamed.system[0].source = "docs/AGENTS.md".to_owned();
        assert_eq!(key(&renamed, 1), original, "a file's name is not sent");
    }

    #[test]
    fn the_order_of_tools_is_not_in_the_key() {
        let mut one = request(Api::Openai);
        one.tools.push(Tool {
            name: "alpha".to_owned(),
            description: String::new(),
            input_schema: json!({}),
        });
        let mut other = one.clone();
        other.tools.reverse();
        assert_eq!(key(&one, 1), key(&other, 1));
    }

    proptest! {
        #[test]
        fn a_request_that_was_kept_has_the_same_key(text in "\\PC{0,40}", hundredths in 0..200i64) {
            let mut one = request(Api::Gemini);
            one.system[0].text = text;
            one.sampling.temperature = Some(Decimal::new(hundredths, 2));
            let kept = serde_yaml::to_string(&one).expect("YAML");
            let read: Request = serde_yaml::from_str(&kept).expect("the same again");
            prop_assert_eq!(key(&one, 3), key(&read, 3));
        }
    }
}
