//! Takes secrets out of answers before they are used or kept: a model may repeat one it was shown.
//!
//! What has the form of a secret is known to [`crate::secrets`]; the keys of the run are taken out whatever they look like.
//! What is taken out leaves its kind behind, so that a reader knows.

use crate::base::Secret;
use crate::chat::{Call, Reply};
use crate::secrets::take_out;
use serde_json::Value;

/// Shorter values are no secrets, and would be taken out of every other word.
const SHORTEST: usize = 8;

/// The text without secrets, and how many were taken out: those of this run, whatever they look like, and everything that
/// has the form of one.
pub fn scrub(text: &str, own: &[Secret]) -> (String, usize) {
    let mut out = text.to_owned();
    let mut count = 0;
    for secret in own.iter().map(Secret::expose).filter(|secret| secret.len() >= SHORTEST) {
        let found = out.matches(secret).count();
        if found > 0 {
            count += found;
            out = out.replace(secret, "[key taken out]");
        }
    }
    let (out, formed) = take_out(&out);
    (out, count + formed)
}

/// An answer without secrets, and how many were taken out.
pub fn scrub_reply(reply: &Reply, own: &[Secret]) -> (Reply, usize) {
    let mut count = 0;
    let mut clean = |text: &str| {
        let (text, found) = scrub(text, own);
        count += found;
        text
    };
    let calls = reply
        .calls
        .iter()
        .map(|call| Call {
            id: call.id.clone(),
            name: clean(&call.name),
            arguments: scrub_value(&call.arguments, &mut clean),
            // Opaque, and of no use when anything in it is changed.
            signature: call.signature.clone().filter(|signature| clean(signature) == *signature),
        })
        .collect();
    let scrubbed = Reply {
        text: clean(&reply.text),
        calls,
        stop: reply.stop,
        stop_as_sent: clean(&reply.stop_as_sent),
        model: clean(&reply.model),
        usage: reply.usage,
    };
    (scrubbed, count)
}

fn scrub_value(value: &Value, clean: &mut dyn FnMut(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(clean(text)),
        Value::Array(items) => Value::Array(items.iter().map(|item| scrub_value(item, clean)).collect()),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(key, value)| (clean(key), scrub_value(value, clean))).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_the_form_of_a_secret_is_taken_out_and_plain_text_is_not() {
        let noise =
            |length| "q7Rf2Kx9LmZt4Wv8Yb3Nc6Hd1Gj5Ps0TuEoAiVyBnMkQwXzLrDhFgJcSp".get(..length).unwrap_or("");
        let made = [
            format!("ghp_{}", noise(36)),
            format!("sk-ant-oat01-{}", noise(50)),
            format!("xoxb-849207316508-{}", noise(24)),
            "postgres://app:zR8mQw2LxT@db.shop.net/x".to_owned(),
        ];
        for secret in made {
            let (text, count) = scrub(&format!("the key is {secret} and {secret}."), &[]);
            assert_eq!(count, 2, "{text}");
            assert!(text.starts_with("the key is [") || text.contains("[password"), "{text}");
            assert!(!text.contains("zR8mQw2LxT") && !text.contains("q7Rf") && text.ends_with('.'), "{text}");
        }
        let plain =
            "Use `sk-...` or https://example.com:443/a@b; commit 0123456789abcdef0123456789abcdef01234567";
        assert_eq!(scrub(plain, &[]), (plain.to_owned(), 0));
    }

    #[test]
    fn the_keys_of_the_run_are_taken_out_wherever_they_stand() {
        let own = [Secret::new("Zq-of-no-vendor").expect("a secret"), Secret::new("a").expect("a secret")];
        let hidden = "my Zq-of-no-vendor key";
        let reply = Reply {
            text: hidden.to_owned(),
            calls: vec![Call {
                id: "call_1".to_owned(),
                name: hidden.to_owned(),
                arguments: serde_json::json!({ hidden: [hidden] }),
                signature: Some(hidden.to_owned()),
            }],
            stop: crate::chat::Stop::End,
            stop_as_sent: hidden.to_owned(),
            model: hidden.to_owned(),
            usage: None,
        };
        let (clean, count) = scrub_reply(&reply, &own);
        assert_eq!(count, 7);
        assert!(!format!("{clean:?}").contains("Zq"), "{clean:?}");
        assert_eq!(clean.text, "my [key taken out] key", "short values stay");
    }
}
