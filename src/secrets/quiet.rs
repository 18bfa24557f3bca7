//! What is no secret: references to one, placeholders, documented samples, words.
//!
//! A scanner that is wrong once in ten times is switched off. Everything here is about the value alone; what the name
//! beside it says is in `names`.

pub(super) use super::words::{is_leet_vocabulary, is_vocabulary};

/// What a value may begin with when it names the place of a secret.
const REFERENCE_STARTS: [&str; 44] = [
    "$",
    "%(",
    "{{",
    "{%",
    "#{",
    "<%",
    "@microsoft.keyvault",
    "op://",
    "vault:",
    "arn:",
    "ssm:",
    "ssm/",
    "sm://",
    "projects/",
    "env:",
    "env.",
    "env(",
    "env[",
    "file:",
    "secret:",
    "secrets.",
    "secretref",
    "keychain:",
    "keyring:",
    "bw://",
    "doppler:",
    "infisical:",
    "akv:",
    "enc[",
    "enc(",
    "process.env",
    "os.environ",
    "os.getenv",
    "os.env",
    "system.getenv",
    "system.env",
    "std::env",
    "getenv(",
    "import.meta.env",
    "input:",
    "ref+",
    "sops:",
    "!",
    "agenix:",
];

/// Long enough to stand in no random text by accident: one of these anywhere makes a placeholder.
const PLACEHOLDER_PARTS: [&str; 27] = [
    "example",
    "placeholder",
    "your",
    "changeme",
    "change-me",
    "change_me",
    "replace",
    "redacted",
    "dummy",
    "insert",
    "sample",
    "xxxx",
    "goes-here",
    "goes_here",
    "goeshere",
    "paste",
    "foobar",
    "lorem",
    "notreal",
    "not-real",
    "not_real",
    "to-be-",
    "removed",
    "hidden",
    "masked",
    "censored",
    "obfuscat",
];

/// True when the value names a place where the secret is, or code that fetches it, and holds none itself.
pub(super) fn is_reference(value: &str) -> bool {
    let value = value.trim();
    let lower = value.to_ascii_lowercase();
    if REFERENCE_STARTS.iter().any(|start| lower.starts_with(start)) {
        // `$` begins a reference only when a name follows: a password may begin with it.
        return !lower.starts_with('$') || is_dollar_reference(value);
    }
    let is_percent = value.len() > 2 && value.starts_with('%') && value.ends_with('%');
    let opens = ["${", "$(", "{{", "<%", "#{", "$env:", "getenv", "environ[", "%{"];
    is_percent || opens.iter().any(|open| lower.contains(open)) || is_other_scheme(&lower)
}

/// `$NAME`, `${NAME}`, `$(command)`, `$env:NAME`, `$1`, `$input.x`.
fn is_dollar_reference(value: &str) -> bool {
    let rest = value.get(1..).unwrap_or("");
    if rest.starts_with(['{', '(', '$']) {
        return true;
    }
    let name = rest.strip_prefix("env:").unwrap_or(rest);
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'>' | b'-'))
        && !looks_random(name)
}

/// An address of any kind is a place; a password in it is looked for by `shapes`.
fn is_other_scheme(lower: &str) -> bool {
    let Some((scheme, _)) = lower.split_once("://") else { return false };
    scheme.len() < 20 && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-_:".contains(&byte))
}

/// True when nobody could take the value for a real one.
pub(super) fn is_placeholder(value: &str) -> bool {
    let value = value.trim();
    if value.len() < 3 || value.contains("...") || value.contains('…') || value.contains("***") {
        return true;
    }
    if is_hash(value) {
        return true;
    }
    if value.starts_with(['<', '[', '{', '(', '«', '‹', '*'])
        || value.contains("<your")
        || value.contains('•')
    {
        return true;
    }
    let lower = value.to_ascii_lowercase();
    PLACEHOLDER_PARTS.iter().any(|part| lower.contains(part))
        || is_vocabulary(&lower)
        || is_pattern(value.as_bytes())
}

/// What a password was made into, so that it need not be kept.
fn is_hash(value: &str) -> bool {
    let starts =
        ["$argon2", "$2a$", "$2b$", "$2y$", "$1$", "$5$", "$6$", "pbkdf2", "scrypt:", "{SSHA", "\\x"];
    starts.iter().any(|start| value.starts_with(start))
}

/// Made by hand: one character again and again, the alphabet, few characters, or one piece repeated.
pub(super) fn is_pattern(value: &[u8]) -> bool {
    has_run(value, 5, |one, other| one == other)
        || has_run(value, 6, |one, other| one.checked_add(1) == Some(other))
        || (value.len() >= 12 && distinct(value) < 6)
        || is_periodic(value)
}

/// How many different bytes there are.
fn distinct(value: &[u8]) -> usize {
    let mut seen = [false; 256];
    for byte in value {
        if let Some(slot) = seen.get_mut(usize::from(*byte)) {
            *slot = true;
        }
    }
    seen.iter().filter(|seen| **seen).count()
}

/// At least `length` characters in a row, each related to the one before.
fn has_run(value: &[u8], length: usize, related: impl Fn(u8, u8) -> bool) -> bool {
    let mut run = 1;
    value.iter().zip(value.iter().skip(1)).any(|(one, other)| {
        let (one, other) = (one.to_ascii_lowercase(), other.to_ascii_lowercase());
        run = if other.is_ascii_alphanumeric() && related(one, other) { run + 1 } else { 1 };
        run >= length
    })
}

/// One piece of at most eight characters three times or more, and nothing else.
fn is_periodic(value: &[u8]) -> bool {
    (1..=8).any(|period| {
        value.len() >= period * 3
            && value.iter().zip(value.iter().skip(period)).all(|(one, other)| one == other)
    })
}

/// A value of a known format that was made for a page of documentation. `body` is what follows the beginning.
pub(super) fn is_sample(body: &str) -> bool {
    let lower = body.to_ascii_lowercase();
    PLACEHOLDER_PARTS.iter().any(|part| lower.contains(part)) || is_mostly_pattern(body.as_bytes())
}

/// As [`is_pattern`], for values of a known format: those are long enough to hold a sequence by accident, so more than
/// half of it has to be one. The alphabet in two cases is none.
pub(super) fn is_mostly_pattern(value: &[u8]) -> bool {
    if value.len() < 20 {
        return is_pattern(value);
    }
    let same = in_runs(value, 5, |one, other| one.eq_ignore_ascii_case(&other));
    let rising = in_runs(value, 6, |one, other| one.checked_add(1) == Some(other));
    // `PersonalAccessToken00000000`: words, filled up by hand.
    let digits = value.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let words = value.get(..value.len() - digits).and_then(|words| std::str::from_utf8(words).ok());
    let filled = digits >= 8 && words.is_some_and(is_wordy);
    filled || (same + rising) * 5 >= value.len() * 3 || distinct(value) < 6 || is_periodic(value)
}

/// How many bytes stand in runs of at least `length`, each byte related to the one before.
fn in_runs(value: &[u8], length: usize, related: impl Fn(u8, u8) -> bool) -> usize {
    let (mut inside, mut run) = (0, 1);
    for (one, other) in value.iter().zip(value.iter().skip(1)) {
        run = if other.is_ascii_alphanumeric() && related(*one, *other) { run + 1 } else { 1 };
        inside += match run.cmp(&length) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => length,
            std::cmp::Ordering::Greater => 1,
        };
    }
    inside
}

/// True when a machine must have made the value: letters and digits change too often for words.
pub(super) fn looks_random(value: &str) -> bool {
    let bytes = value.trim_end_matches('=').as_bytes();
    let mut counts = [0_u16; 128];
    let (mut letters, mut digits, mut changes, mut pairs, mut fragments) =
        (0_u32, 0_u32, 0_u32, 0_u32, 0_u32);
    let mut before = 0_u8;
    for byte in bytes.iter().copied() {
        if byte.is_ascii_alphanumeric() {
            if let Some(count) = counts.get_mut(usize::from(byte)) {
                *count = count.saturating_add(1);
            }
            letters += u32::from(byte.is_ascii_alphabetic());
            digits += u32::from(byte.is_ascii_digit());
            if before.is_ascii_alphanumeric() {
                pairs += 1;
                let changed = class(before) != class(byte)
                    && !(before.is_ascii_uppercase() && byte.is_ascii_lowercase());
                changes += u32::from(changed);
                fragments += u32::from(changed && byte.is_ascii_alphabetic());
            } else {
                fragments += u32::from(byte.is_ascii_alphabetic());
            }
        }
        before = byte;
    }
    let length = letters + digits;
    let others = u32::try_from(bytes.len()).unwrap_or(u32::MAX).saturating_sub(length);
    if length < 12 || others * 4 > length || bytes.iter().any(|byte| !(b'!'..=b'~').contains(byte)) {
        return false;
    }
    let share = |part: u32, whole: u32| f64::from(part) / f64::from(whole.max(1));
    let entropy: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let p = share(u32::from(*count), length);
            -p * p.log2()
        })
        .sum();
    let enough = (0.70 * f64::from(length).log2()).min(3.0);
    let by_digits = digits > 0 && share(changes, pairs) >= 0.18 && changes >= 4;
    let by_case = share(letters, fragments) < 3.0 && changes >= 4;
    entropy >= enough && (by_digits || by_case)
}

const fn class(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => 0,
        b'A'..=b'Z' => 1,
        _ => 2,
    }
}

/// A password that a person or a generator made to satisfy a policy: letters, digits, and more than that.
pub(super) fn is_complex(value: &str) -> bool {
    let has = |test: fn(&u8) -> bool| value.as_bytes().iter().any(test);
    let special =
        has(|byte| byte.is_ascii_punctuation() && !matches!(byte, b'_' | b'-' | b'.' | b'/' | b':'));
    let letters = usize::from(has(u8::is_ascii_lowercase)) + usize::from(has(u8::is_ascii_uppercase));
    value.len() >= 8
        && has(u8::is_ascii_digit)
        && letters + usize::from(special) >= 2
        && letters > 0
        && !value.contains(['(', ')', '{', '}', '[', ']', '<', '>', ' ', '`', '|', '"'])
        && !(value.contains('/') && is_wordy(value))
        && !value.contains("\\x")
        && !is_leet_vocabulary(value)
}

/// Words, numbers and paths as people write them.
pub(super) fn is_wordy(value: &str) -> bool {
    value.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()).all(|part| {
        let word = part.trim_end_matches(|c: char| c.is_ascii_digit());
        part.len() - word.len() <= 4 && (word.is_empty() || is_pronounceable(word))
    })
}

/// One word or several in `camelCase`, each of which could be said aloud.
fn is_pronounceable(word: &str) -> bool {
    let bytes = word.as_bytes();
    if bytes.len() > 40 || !bytes.iter().all(u8::is_ascii_alphabetic) {
        return false;
    }
    let (mut run, mut longest, mut words, mut before) = (0, 0, 1_usize, b'a');
    for (index, byte) in bytes.iter().copied().enumerate() {
        if byte.is_ascii_uppercase() && before.is_ascii_lowercase() && index > 0 {
            words += 1;
            run = 0;
        }
        run = if b"aeiouyAEIOUY".contains(&byte) { 0 } else { run + 1 };
        longest = longest.max(run);
        before = byte;
    }
    longest <= 4 && bytes.len() >= words * 3 && bytes.len() <= words * 16
}

/// Digests, ids and versions: hexadecimal digits of the length of a hash, or a UUID.
pub(super) fn is_digest(value: &str) -> bool {
    let is_hex = value.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_hex && matches!(value.len(), 40 | 64 | 96 | 128)) || value.starts_with("sha") || is_uuid(value)
}

/// A UUID.
pub(super) fn is_uuid(value: &str) -> bool {
    let groups: Vec<usize> = value.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && value.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// UUIDs of documentation pages.
pub(super) fn is_sample_uuid(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let known = [
        "123e4567-",
        "550e8400-",
        "12345678-",
        "00000000-",
        "11111111-",
        "xxxxxxxx-",
        "f81d4fae-",
        "6ba7b810-",
    ];
    known.iter().any(|start| lower.starts_with(start)) || is_pattern(value.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn references_hold_no_secret() {
        for value in [
            "${TOKEN}",
            "$TOKEN",
            "${env:TOKEN}",
            "${input:token}",
            "op://vault/item/field",
            "{{ token }}",
            "%TOKEN%",
            "vault://kv/data/x#y",
            "arn:aws:secretsmanager:eu-west-1:1:secret:x",
            "process.env.TOKEN",
            "$(pass show x)",
            "https://api.example.com/v1",
            "os.environ[\"X\"]",
            "$env:TOKEN",
            "ENC[AES256_GCM,data:abc]",
        ] {
            assert!(is_reference(value), "{value}");
        }
        for value in ["$ecr3t!Pa55", "hunter2hunter2", "$2Kx9vQz7LmN4pR8"] {
            assert!(!is_reference(value), "{value}");
        }
    }

    #[test]
    fn placeholders_are_known() {
        for value in [
            "your-api-key",
            "YOUR_API_KEY",
            "sk-...",
            "xxxx",
            "changeme",
            "<token>",
            "my-secret-token",
            "password123",
            "[REDACTED]",
            "1234567890abcdef",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "secret",
            "test",
            "API_KEY_HERE",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
        for value in ["Xk9mPq2vLwR7tYz", "correct-horse-battery", "hG7#kd92!x"] {
            assert!(!is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn what_is_filled_up_by_hand_is_a_sample() {
        assert!(is_sample("PersonalAccessToken01245678900000000"));
        assert!(is_sample("InstallationUserToServer000000000000"));
        assert!(!is_sample("zK4pLq7wTx0bN3mR9vYd2HsJ6fGc00000000"));
    }

    #[test]
    fn words_are_not_random() {
        for value in [
            "claude-3-5-sonnet-20241022",
            "getApiTokenFromRequestHeader",
            "anthropic.claude-opus-4-1-20250805-v1:0",
            "AWS_SECRET_ACCESS_KEY",
            "my-very-long-service-name-v2",
            "https://example.com/path",
            "kebab-case-words-here",
        ] {
            assert!(!looks_random(value), "{value}");
        }
        for value in [
            "9f86d081884c7d659a2feaa0c55ad015",
            "Zx8Kq2LmWv7Rt4Yp1Ns6",
            "k3jq9x0v8b2n5m1c7z4l6p0a",
            "aGVsbG8gd29ybGQgMTIz",
        ] {
            assert!(looks_random(value), "{value}");
        }
    }

    proptest! {
        #[test]
        fn random_keys_look_random(value in "[A-Za-z0-9]{32}") {
            // A key without a single digit in 32 characters comes once in 400.
            prop_assume!(value.bytes().filter(u8::is_ascii_digit).count() >= 2);
            prop_assert!(looks_random(&value), "{value}");
        }

        #[test]
        fn nothing_panics(value in ".{0,80}") {
            let _ = (is_reference(&value), is_placeholder(&value), looks_random(&value), is_complex(&value), is_wordy(&value));
        }
    }
}
