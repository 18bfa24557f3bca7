//! Takes secrets out of answers before they are used or kept: a model may repeat one it was shown.
//!
//! The patterns are the vendors' documented formats. What is taken out leaves its kind behind, so that a reader knows.

use crate::base::Secret;
use crate::chat::{Call, Reply};
use regex::Regex;
use serde_json::Value;
use std::sync::OnceLock;

/// Kind, what every value of it holds, and format. Longer prefixes come first.
const FORMATS: &[(&str, &[&str], &str)] = &[
    ("Anthropic key", &["sk-ant-"], r"sk-ant-[A-Za-z0-9]{2,10}-[A-Za-z0-9_-]{20,}"),
    ("OpenAI key", &["sk-"], r"sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,}"),
    ("Google key", &["AIza"], r"AIza[0-9A-Za-z_-]{35}"),
    ("AWS key", &["AKIA", "ASIA"], r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    (
        "GitHub token",
        &["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
        r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})",
    ),
    (
        "GitLab token",
        &["glpat-", "glcbt-", "gldt-", "glrt-", "gloas-", "glft-", "glsoat-"],
        r"\bgl(?:pat|cbt|dt|rt|oas|ft|soat)-[A-Za-z0-9_.-]{20,}",
    ),
    ("Slack token", &["xox"], r"\bxox[abeprs]-[A-Za-z0-9-]{10,}"),
    ("Stripe key", &["k_live_"], r"\b[sr]k_live_[A-Za-z0-9]{16,}"),
    ("Notion token", &["ntn_", "secret_"], r"\b(?:ntn_|secret_)[A-Za-z0-9]{40,}"),
    ("Linear key", &["lin_"], r"\blin_(?:api|oauth)_[A-Za-z0-9]{32,}"),
    ("npm token", &["npm_"], r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("JSON Web Token", &["eyJ"], r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    (
        "private key",
        &["PRIVATE KEY-----"],
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)",
    ),
    ("password in an address", &["://"], r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{1,100}:[^\s/@]{1,200}@"),
];

/// Compiled when a text may hold one: most answers hold none, and all of them together take a megabyte.
static COMPILED: [OnceLock<Option<Regex>>; FORMATS.len()] = [const { OnceLock::new() }; FORMATS.len()];

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
    for ((kind, parts, format), compiled) in FORMATS.iter().zip(&COMPILED) {
        if !parts.iter().any(|part| out.contains(part)) {
            continue;
        }
        let Some(regex) = compiled.get_or_init(|| Regex::new(format).ok()) else { continue };
        let found = regex.find_iter(&out).count();
        if found > 0 {
            count += found;
            out = regex.replace_all(&out, format!("[{kind} taken out]").as_str()).into_owned();
        }
    }
    (out, count)
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
    fn every_format_is_taken_out_and_plain_text_is_not() {
        assert!(FORMATS.iter().all(|(_, _, format)| Regex::new(format).is_ok()));
        let long = "h".repeat(44);
        let made = [
            format!("github_pat_{long}"),
            format!("xoxb-{long}"),
            format!("rk_live_{long}"),
            format!("secret_{long}"),
            format!("lin_oauth_{long}"),
            format!("npm_{}", "i".repeat(36)),
            format!("sk-ant-oat01-{}", "a".repeat(40)),
            format!("sk-proj-{}", "b".repeat(40)),
            format!("AIza{}", "c".repeat(35)),
            format!("AKIA{}", "D".repeat(16)),
            format!("ghp_{}", "e".repeat(36)),
            format!("glpat-{}", "f".repeat(20)),
            format!("eyJ{0}.eyJ{0}.{0}", "g".repeat(12)),
            "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----".to_owned(),
            "postgres://user:hunter22@db.example.com/x".to_owned(),
        ];
        for secret in made {
            let (text, count) = scrub(&format!("the key is {secret}."), &[]);
            assert_eq!(count, 1, "{text}");
            assert!(text.starts_with("the key is [") && !text.contains("hunter22"), "{text}");
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
