//! What a name says about the value beside it.

/// How surely a name speaks of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Says {
    /// `key`, `auth`: it may.
    Perhaps,
    /// `api_key`, `client_secret`, `access-token`.
    Secret,
    /// `password`: its value need not look random.
    Password,
}

/// A word at the end says what the value is about, and it is not the secret itself.
const ABOUT: [&str; 58] = [
    "age",
    "algorithm",
    "arn",
    "budget",
    "callback",
    "class",
    "color",
    "command",
    "config",
    "count",
    "default",
    "digest",
    "dir",
    "duration",
    "enabled",
    "endpoint",
    "env",
    "exp",
    "expires",
    "expiry",
    "field",
    "file",
    "fingerprint",
    "folder",
    "format",
    "hash",
    "header",
    "host",
    "id",
    "ids",
    "label",
    "length",
    "lifetime",
    "limit",
    "link",
    "location",
    "max",
    "message",
    "min",
    "mode",
    "name",
    "names",
    "path",
    "pattern",
    "policy",
    "prefix",
    "provider",
    "ref",
    "regex",
    "size",
    "source",
    "store",
    "suffix",
    "ttl",
    "type",
    "uri",
    "url",
    "usage",
];

/// What stands before `token` when tokens of text, of pages or of parsers are meant.
const NOT_TOKENS: [&str; 34] = [
    "bos",
    "budget",
    "cached",
    "cancel",
    "cancellation",
    "completion",
    "continuation",
    "csrf",
    "current",
    "cursor",
    "delimiter",
    "end",
    "eos",
    "first",
    "input",
    "last",
    "mask",
    "max",
    "min",
    "next",
    "num",
    "output",
    "pad",
    "page",
    "pagination",
    "per",
    "prompt",
    "separator",
    "special",
    "start",
    "stop",
    "sync",
    "total",
    "unk",
];

/// What stands before `key` when no secret is meant.
const NOT_KEYS: [&str; 57] = [
    "alias",
    "anon",
    "answer",
    "arrow",
    "attribute",
    "cache",
    "column",
    "composite",
    "config",
    "context",
    "data",
    "dict",
    "enter",
    "escape",
    "field",
    "foreign",
    "group",
    "hash",
    "hot",
    "i18n",
    "idempotency",
    "index",
    "instrumentation",
    "issue",
    "jira",
    "json",
    "lookup",
    "map",
    "measurement",
    "meta",
    "natural",
    "object",
    "option",
    "param",
    "partition",
    "project",
    "pub",
    "public",
    "publishable",
    "query",
    "recaptcha",
    "ref",
    "registry",
    "routing",
    "row",
    "shift",
    "shortcut",
    "site",
    "sort",
    "storage",
    "sub",
    "super",
    "surrogate",
    "tab",
    "translation",
    "unique",
    "value",
];

/// What makes a `key` a secret for sure.
const KEYS: [&str; 44] = [
    "access",
    "account",
    "admin",
    "api",
    "app",
    "application",
    "auth",
    "client",
    "consumer",
    "deploy",
    "deployment",
    "developer",
    "encryption",
    "ingest",
    "ingestion",
    "integration",
    "jwt",
    "license",
    "management",
    "master",
    "personal",
    "primary",
    "private",
    "rest",
    "role",
    "root",
    "sas",
    "secondary",
    "secret",
    "security",
    "seller",
    "server",
    "service",
    "session",
    "shared",
    "signature",
    "signing",
    "ssh",
    "subscription",
    "token",
    "user",
    "vault",
    "webhook",
    "write",
];

/// What may follow without changing what is meant: `API_KEY_PROD`, `secret_key_base`.
const TAILS: [&str; 22] = [
    "b64",
    "backup",
    "base",
    "base64",
    "dev",
    "development",
    "here",
    "live",
    "local",
    "new",
    "old",
    "plain",
    "plaintext",
    "prod",
    "production",
    "raw",
    "staging",
    "string",
    "test",
    "v",
    "val",
    "value",
];

/// Words of names without separators that end like this are secrets too: `PGPASSWORD`, `authtoken`.
const ENDINGS: [(&str, Says); 22] = [
    ("password", Says::Password),
    ("passwd", Says::Password),
    ("passphrase", Says::Password),
    ("passwort", Says::Password),
    ("passcode", Says::Password),
    ("pwd", Says::Password),
    ("apikey", Says::Secret),
    ("authkey", Says::Secret),
    ("accesskey", Says::Secret),
    ("secretkey", Says::Secret),
    ("privatekey", Says::Secret),
    ("masterkey", Says::Secret),
    ("accountkey", Says::Secret),
    ("presharedkey", Says::Secret),
    ("sharedkey", Says::Secret),
    ("signingkey", Says::Secret),
    ("encryptionkey", Says::Secret),
    ("servicekey", Says::Secret),
    ("token", Says::Secret),
    ("secret", Says::Secret),
    ("credential", Says::Secret),
    ("apisecret", Says::Secret),
];

/// What a name says; `None` when it speaks of no secret.
pub(super) fn says(name: &str) -> Option<Says> {
    let words = words(name);
    let mut rest: &[String] = &words;
    while let [before @ .., last] = rest {
        let is_tail = TAILS.contains(&last.as_str()) || last.bytes().all(|byte| byte.is_ascii_digit());
        if before.is_empty() || !is_tail {
            break;
        }
        rest = before;
    }
    let (last, before) = rest.split_last()?;
    let last = last.trim_end_matches(|c: char| c.is_ascii_digit());
    let prior = before.last().map_or("", String::as_str);
    if ABOUT.binary_search(&last).is_ok() {
        return None;
    }
    match last {
        "pass" | "pw" | "pin" => return (!before.is_empty()).then_some(Says::Password),
        "token" if NOT_TOKENS.binary_search(&prior).is_ok() => return None,
        "key" => {
            return if NOT_KEYS.binary_search(&prior).is_ok() {
                None
            } else if KEYS.binary_search(&prior).is_ok() {
                Some(Says::Secret)
            } else {
                Some(Says::Perhaps)
            };
        }
        "creds" | "credentials" | "bearer" | "authorization" | "jwt" | "pat" => return Some(Says::Secret),
        "auth" | "cookie" | "sas" | "dsn" | "seed" | "salt" | "sk" | "accesskeyid" => {
            return Some(Says::Perhaps);
        }
        _ => {}
    }
    ENDINGS.iter().find(|(ending, _)| last.ends_with(ending)).map(|(_, says)| *says)
}

/// True when the name says that the value is an id, a digest, a path: something that is no secret.
pub(super) fn is_about(name: &str) -> bool {
    let words = words(name);
    words
        .last()
        .is_some_and(|last| ABOUT.binary_search(&last.as_str()).is_ok() || DIGESTS.contains(&last.as_str()))
}

/// Names of digests and versions.
const DIGESTS: [&str; 12] = [
    "rev",
    "sha",
    "sha1",
    "sha256",
    "commit",
    "checksum",
    "digest",
    "version",
    "ref",
    "profile",
    "project",
    "workspace",
];

/// The words of a name in lower case: `openaiApiKey`, `OPENAI_API_KEY` and `X-OpenAI-API-Key` alike.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut characters = name.chars().peekable();
    let mut before = ' ';
    while let Some(character) = characters.next() {
        let next_is_lower = characters.peek().is_some_and(char::is_ascii_lowercase);
        let starts = character.is_ascii_uppercase() && (!before.is_ascii_uppercase() || next_is_lower);
        if (!character.is_ascii_alphanumeric() || starts) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if character.is_ascii_alphanumeric() {
            word.push(character.to_ascii_lowercase());
        }
        before = character;
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted() {
        for list in [&NOT_TOKENS[..], &NOT_KEYS, &KEYS] {
            assert!(list.is_sorted(), "{list:?}");
        }
        assert!(ABOUT.is_sorted());
    }

    #[test]
    fn names_are_read_in_every_style() {
        for name in [
            "OPENAI_API_KEY",
            "openaiApiKey",
            "X-Api-Key",
            "apikey",
            "client_secret",
            "accessToken",
            "GH_PAT",
            "api_key_2",
            "SECRET_KEY_BASE",
            "token",
            "_authToken",
            "API_TOKEN_PROD",
            "github.token",
        ] {
            assert_eq!(says(name), Some(Says::Secret), "{name}");
        }
        for name in ["DB_PASSWORD", "PGPASSWORD", "password", "smtp.passwd", "MYSQL_PWD", "redis_pass"] {
            assert_eq!(says(name), Some(Says::Password), "{name}");
        }
        for name in ["key", "OPENAI_KEY", "auth"] {
            assert_eq!(says(name), Some(Says::Perhaps), "{name}");
        }
        for name in [
            "max_tokens",
            "TOKEN_LIMIT",
            "API_KEY_FILE",
            "public_key",
            "cache_key",
            "next_page_token",
            "secret_name",
            "AWS_ACCESS_KEY_ID",
            "monkey",
            "keyword",
            "tokenizer",
            "",
            "secrets",
        ] {
            assert_eq!(says(name), None, "{name}");
        }
    }
}
