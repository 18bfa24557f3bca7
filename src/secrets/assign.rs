//! Values under a name: `api_key = "..."`, `"token": "..."`, `--token ...`, `Authorization: Bearer ...`, `the key is ...`.
//!
//! Reads text, not a grammar: the same pair stands in JSON, YAML, shell, code and prose, and in files that no parser
//! takes because they are broken. How strictly the value is judged depends on where it stands ([`Level`]).

use super::cursor::Cursor;
use super::names::{Says, says};
use super::place::{Place, follows_login, is_generated_with_symbols, is_in_capitals, is_mixed};
use super::quiet;
use std::ops::Range;

/// How strictly values are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Prose, code, samples: the value has to look made by a machine.
    Strict,
    /// Configuration of any kind.
    Data,
    /// `.env` and MCP configuration: whatever stands under the name of a secret is one.
    Liberal,
}

/// A value and the name it stands under.
pub(super) struct Assigned<'t> {
    /// The name with what stands before it on its line, in lower case.
    pub(super) context: String,
    /// What the name says.
    says: Says,
    /// The value.
    pub(super) value: &'t str,
    /// Where the value stands, in bytes.
    pub(super) range: Range<usize>,
    quoted: bool,
    /// Tied to the name by more than standing near it.
    firm: bool,
    /// Only the item after the name in a list.
    loose: bool,
    /// `bearer`, `basic` and the like, where one stands before the value.
    scheme: Option<&'static str>,
    /// What else says that the value is a literal and meant to be secret.
    place: Place,
}

/// Bytes of a name to either side, of the line before it, and of a value.
const MAX_NAME: usize = 64;
const MAX_CONTEXT: usize = 48;
const MAX_VALUE: usize = 4096;
/// Bytes of a value without quotes; what is longer is no value.
const MAX_BARE: usize = 1024;
const MAX_GAP: usize = 48;

/// Words of an `Authorization` header before the secret.
const SCHEMES: [&str; 11] = [
    "bearer",
    "basic",
    "token",
    "apikey",
    "api-key",
    "api-token",
    "bot",
    "key",
    "digest",
    "private-token",
    "ssws",
];

const fn in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// The end of the name that holds the byte `at`.
pub(super) fn end_of_name(bytes: &[u8], at: usize) -> usize {
    let more = bytes.iter().skip(at).take(MAX_NAME).take_while(|byte| in_name(**byte)).count();
    at + more
}

/// What is assigned to the name that holds the byte `at`, if the name speaks of a secret.
pub(super) fn read(text: &str, at: usize, whole_lines: bool) -> Option<Assigned<'_>> {
    let bytes = text.as_bytes();
    let before = bytes.get(..at)?.iter().rev().take(MAX_NAME).take_while(|byte| in_name(**byte)).count();
    let (start, end) = (at - before, end_of_name(bytes, at));
    let name = text.get(start..end)?;
    let line = text.get(..start).map_or(start, |head| head.len() - tail_of_line(head).len());
    let context = text.get(line..end)?.to_ascii_lowercase();
    let said = says(name).max(says_with_words_before(&context))?;
    let cursor = Cursor { bytes, at: end };
    let is_flag = name.starts_with('-') || bytes.get(start.wrapping_sub(1)) == Some(&b'-');
    // In a list the name has to be the whole item before: `["--token", "..."]`.
    let is_item = start > 0 && matches!(bytes.get(start - 1), Some(b'"' | b'\'' | b'`'));
    // `login ada password ...` is .netrc, on one line or on three.
    let in_netrc = name == "password"
        && (context.contains("login ") || (context.trim_start() == name && follows_login(text, start)));
    let by_space = is_flag || in_netrc || context.ends_with("bearer");
    let in_query = matches!(bytes.get(start.wrapping_sub(1)), Some(b'?' | b'&'));
    let tie = Tie { is_flag: by_space, is_item, is_variable: !in_query && is_in_capitals(name) };
    let mut found = cursor.value(text, tie, whole_lines)?;
    let scheme = strip_scheme(text, &mut found.0);
    let (range, quoted, firm) = found;
    let value = text.get(range.clone())?;
    // `"-e", "API_TOKEN", "acme/server:1.2"` passes a variable on; what follows is the next argument.
    let loose = !name.starts_with('-') && text.get(end..range.start)?.contains(',');
    let place = Place::of(text, line..start, end, &range, said, &context);
    // `?password=` ends where the next part of the address begins, as if it were quoted.
    let quoted = quoted || in_netrc || (in_query && range.start == end + 1);
    Some(Assigned { context, says: said, value, range, quoted, firm, loose, scheme, place })
}

/// What stands before on the line, at most a few words.
fn tail_of_line(head: &str) -> &str {
    let mut from = head.len().saturating_sub(MAX_CONTEXT);
    while !head.is_char_boundary(from) {
        from += 1;
    }
    // Only the tail is looked at: a line may be as long as the file.
    head.get(from..).unwrap_or("").rsplit(['\n', '\r']).next().unwrap_or("")
}

/// `API key`, `access token`: the word before belongs to the name.
fn says_with_words_before(context: &str) -> Option<Says> {
    let mut words = context.rsplit(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let (last, before) = (words.next()?, words.next()?);
    // To pass is a verb.
    if last != "pass" && context.ends_with(&format!("{before} {last}")) {
        says(&format!("{before}_{last}"))
    } else {
        None
    }
}

/// Takes `Bearer ` and the like off the front of a value.
fn strip_scheme(text: &str, range: &mut Range<usize>) -> Option<&'static str> {
    let value = text.get(range.clone())?;
    let (first, rest) = value.split_once(' ')?;
    let scheme = SCHEMES.into_iter().find(|scheme| first.eq_ignore_ascii_case(scheme))?;
    let trimmed = rest.trim_start();
    range.start = range.end - trimmed.len();
    // Some schemes quote or name the token: `Token token=abc`.
    Some(scheme)
}

/// What stands behind the type of a variable.
enum AfterType {
    /// A literal, here.
    Literal(usize),
    /// `KEY: Type = Type(1)`: code.
    Code,
}

/// How a name may be tied to the value after it.
#[derive(Clone, Copy)]
struct Tie {
    /// By nothing but a space.
    is_flag: bool,
    /// By a comma.
    is_item: bool,
    /// `NAME=value` of a shell, where `&` ends no value.
    is_variable: bool,
}

/// Reads what follows a name.
impl Cursor<'_> {
    fn take(&mut self, text: &[u8]) -> bool {
        let here = self.bytes.get(self.at..).unwrap_or(&[]);
        let matches = here.len() >= text.len()
            && here.iter().zip(text).all(|(one, other)| one.eq_ignore_ascii_case(other));
        if matches {
            self.at += text.len();
        }
        matches
    }

    /// The value after a separator: where it stands, whether in quotes, and whether firmly tied.
    fn value(mut self, text: &str, tie: Tie, whole_lines: bool) -> Option<(Range<usize>, bool, bool)> {
        let closing = self.skip(|byte| matches!(byte, b'*' | b'`' | b'"' | b'\'' | b'\\' | b']'), 4);
        let gap = self.skip(|byte| matches!(byte, b' ' | b'\t'), MAX_GAP);
        let mut firm = true;
        if let Some(at) = self.named_value(closing > 0, gap > 0) {
            self.at = at;
        } else if self.take(b"=>")
            || self.take(b"->")
            || self.take(b":=")
            || self.take(b"==")
            || self.take(b"?=")
        {
        } else if matches!(self.peek(), b'=' | b':') {
            let is_colon = self.peek() == b':';
            self.at += 1;
            if is_colon && self.peek() == b':' {
                return None;
            }
            self.skip(|byte| byte == b'*', 2);
            match self.after_type().filter(|_| is_colon) {
                Some(AfterType::Literal(at)) => self.at = at,
                Some(AfterType::Code) => return None,
                None => {}
            }
        } else if self.peek() == b'|' || (self.peek() == b'>' && gap == 0 && closing == 0) {
            self.at += 1;
            self.skip_to_last_word();
        } else if self.peek() == b',' && closing > 0 && tie.is_item {
            self.at += 1;
            self.skip(|byte| byte.is_ascii_whitespace(), MAX_GAP);
            if !matches!(self.peek(), b'"' | b'\'' | b'`') {
                return None;
            }
        } else if gap > 0
            && (self.take(b"is ")
                || self.take(b"was ")
                || self.take(b"to ")
                || self.take(b"as ")
                || self.take(b"is: "))
        {
            firm = false;
        } else if gap > 0 && tie.is_flag {
        } else if gap > 0 && (self.take(b"- '") || self.take(b"- \"")) {
            firm = false;
            self.at -= 1;
        } else if gap > 0 && matches!(self.peek(), b'`' | b'"' | b'\'' | b'(') {
            firm = false;
            self.skip(|byte| byte == b'(', 1);
        } else if gap > 0 && closing == 0 && self.is_bare_secret(text) {
            firm = false;
        } else if (gap > 0 || closing > 0)
            && let Some(at) = self.after_words()
        {
            firm = false;
            self.at = at;
        } else {
            return None;
        }
        self.skip(|byte| matches!(byte, b' ' | b'\t'), MAX_GAP);
        self.skip(|byte| byte == b'*', 2);
        // A long literal stands on a line of its own.
        let mut below = self;
        below.skip(|byte| byte.is_ascii_whitespace(), MAX_GAP);
        if matches!(self.peek(), b'\n' | b'\r') && matches!(below.peek(), b'"' | b'\'') {
            self.at = below.at;
        }
        let (range, quoted) = self.literal(text, whole_lines, tie.is_variable)?;
        (!range.is_empty()).then_some((range, quoted, firm))
    }

    /// `<secret>{vendor id 9f86...}</secret>`: the last of several words in braces. One word alone is encrypted.
    fn skip_to_last_word(&mut self) {
        if self.peek() != b'{' {
            return;
        }
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let length =
            rest.iter().take(MAX_BARE).take_while(|byte| !matches!(byte, b'}' | b'<' | b'\n')).count();
        let inside = rest.get(..length).unwrap_or(&[]);
        if let Some(space) = inside.iter().rposition(|byte| *byte == b' ') {
            self.at += space + 1;
        }
    }

    /// `secret 9f86...`: nothing ties the two, so the value has to say it alone.
    fn is_bare_secret(&self, text: &str) -> bool {
        let inside =
            |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'_' | b'-' | b'+' | b'/' | b'=');
        let length = self.bytes.iter().skip(self.at).take(200).take_while(inside).count();
        let value = text.get(self.at..self.at + length).unwrap_or("");
        (20..200).contains(&length) && !quiet::is_digest(value) && quiet::looks_random(value)
    }

    /// `"name": "API_KEY", "value": "..."` and the same in YAML, where the name itself is a value.
    fn named_value(&self, closed: bool, spaced: bool) -> Option<usize> {
        let mut ahead = *self;
        if closed {
            ahead.skip(|byte| byte == b',', 1);
        }
        let blank = ahead.skip(|byte| byte.is_ascii_whitespace(), MAX_GAP);
        if blank == 0 && ahead.at == self.at && !(closed && spaced) {
            return None;
        }
        // `variable "API_KEY" { default = "..." }` of Terraform.
        if closed && spaced && ahead.take(b"{") {
            ahead.skip(|byte| byte.is_ascii_whitespace(), MAX_GAP);
            let is_default = ahead.take(b"default");
            ahead.skip(|byte| byte == b' ', MAX_GAP);
            return (is_default && ahead.take(b"=")).then_some(ahead.at);
        }
        let in_json = ahead.skip(|byte| byte == b'"', 1) > 0;
        if !ahead.take(b"value") {
            return None;
        }
        ahead.skip(|byte| byte == b'"', 1);
        ahead.skip(|byte| byte == b' ', 2);
        // `<add key="API_KEY" value="..."/>` has it in attributes.
        (ahead.take(b":") || (!in_json && closed && ahead.take(b"="))).then_some(ahead.at)
    }

    /// `the token for the staging server is ...`: a few words, and then what ties a value to a name.
    fn after_words(&self) -> Option<usize> {
        let mut ahead = *self;
        ahead.skip(
            |byte| {
                byte.is_ascii_alphanumeric()
                    || matches!(byte, b' ' | b'_' | b'-' | b'\'' | b'/' | b'(' | b')' | b'`')
            },
            MAX_GAP,
        );
        if matches!(ahead.peek(), b':' | b'=') {
            return Some(ahead.at + 1);
        }
        let words = self.bytes.get(self.at..ahead.at)?;
        let is = memchr::memmem::rfind(words, b" is ")?;
        Some(self.at + is + 4)
    }

    /// `token: str = "..."`: the value stands after the type.
    fn after_type(&self) -> Option<AfterType> {
        let mut ahead = *self;
        let is_type = |byte: u8| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b' ' | b'_' | b'<' | b'>' | b'[' | b']' | b'|' | b'?' | b'&' | b'\'' | b'.')
        };
        ahead.skip(is_type, 32);
        let spaced = self.bytes.get(ahead.at.saturating_sub(1)) == Some(&b' ');
        if !spaced || !ahead.take(b"=") {
            return None;
        }
        ahead.skip(|byte| byte == b' ', 2);
        let is_literal = matches!(ahead.peek(), b'"' | b'\'' | b'`');
        Some(if is_literal { AfterType::Literal(ahead.at) } else { AfterType::Code })
    }

    /// A literal in quotes, or up to where one without quotes ends.
    fn literal(mut self, text: &str, whole_lines: bool, is_variable: bool) -> Option<(Range<usize>, bool)> {
        if matches!(self.peek(), b'f' | b'b' | b'r' | b'u' | b'@')
            && matches!(self.bytes.get(self.at + 1), Some(b'"' | b'\''))
        {
            self.at += 1;
        }
        self.skip(|byte| byte == b'\\', 1);
        let quote = self.peek();
        if matches!(quote, b'"' | b'\'' | b'`') {
            let quotes = self.skip(|byte| byte == quote, 3);
            if quotes == 2 && !self.peek().is_ascii_alphanumeric() {
                // Nothing is in quotes, and what follows is code.
                return None;
            }
            let start = self.at;
            let mut at = start;
            while let Some(byte) = self.bytes.get(at).filter(|byte| **byte != b'\n' && at - start < MAX_VALUE)
            {
                if *byte == quote {
                    let end = if self.bytes.get(at - 1) == Some(&b'\\') && at > start { at - 1 } else { at };
                    return Some((start..end, true));
                }
                at += if *byte == b'\\'
                    && self.bytes.get(at + 1).is_some_and(|next| *next != quote && *next != b'\n')
                {
                    2
                } else {
                    1
                };
            }
        }
        let start = self.at;
        let ends = |byte: u8| {
            byte.is_ascii_whitespace()
                || matches!(byte, b'"' | b'\'' | b'`')
                || (!whole_lines
                    && (matches!(byte, b'<' | b'>' | b',' | b';' | b')' | b'}' | b']' | b'|' | b'\\')
                        || (byte == b'&' && !is_variable)))
        };
        if self.skip(|byte| !ends(byte), MAX_BARE) == MAX_BARE {
            return None;
        }
        let value = text.get(start..self.at)?;
        if SCHEMES.iter().any(|scheme| value.eq_ignore_ascii_case(scheme)) && self.peek() == b' ' {
            self.at += 1;
            self.skip(|byte| !ends(byte), MAX_BARE);
        }
        let value = text.get(start..self.at)?;
        // Three dots say that something was left out.
        let kept = if whole_lines || value.ends_with("...") {
            value
        } else {
            value.trim_end_matches(['.', ',', ':', '!', '?', '*', '_'])
        };
        Some((start..start + kept.len(), false))
    }
}

/// What to hold against a value: a reference may carry a literal as its default.
pub(super) fn default_of(value: &str) -> Option<Range<usize>> {
    let inner = value.strip_prefix("${")?;
    let end = inner.find('}')?;
    let inner = inner.get(..end)?;
    let at = inner.find(":-").map(|at| at + 2).or_else(|| inner.find('-').map(|at| at + 1))?;
    let (start, end) = (2 + at, 2 + end);
    (end > start).then_some(start..end)
}

impl<'t> Assigned<'t> {
    /// Under `Authorization: Basic`.
    pub(super) fn is_basic(&self) -> bool {
        self.scheme == Some("basic")
    }

    /// `"auth": "..."` of Docker and npm: user and password as base64.
    pub(super) fn holds_a_pair(&self) -> bool {
        self.context.ends_with("auth")
            && self.value.len() >= 12
            && super::decode::base64(self.value.as_bytes()).is_some_and(|plain| {
                plain
                    .split_once(':')
                    .is_some_and(|(user, _)| !user.is_empty() && !user.contains(['{', '"', ' ']))
            })
    }

    /// The same name with another value.
    pub(super) fn with(&self, value: &'t str, range: Range<usize>) -> Self {
        Self { value, range, context: String::new(), ..*self }
    }

    /// Whether the value, which looks like those of the vendor that the name speaks of, may be one of them.
    pub(super) fn may_be_of_a_vendor(&self) -> bool {
        let value = self.value;
        let made_up =
            quiet::is_reference(value) || quiet::is_placeholder(value) || quiet::is_sample_uuid(value);
        let tied = (self.firm && self.says >= Says::Secret)
            || (quiet::is_uuid(value) && (self.firm || self.quoted || self.says >= Says::Secret));
        tied && !made_up && value.len() >= 18 && !quiet::is_wordy(value) && !is_code(value, self.quoted)
    }

    /// A password that no machine made.
    pub(super) fn looks_chosen(&self) -> bool {
        self.says == Says::Password && !quiet::looks_random(self.value) && !quiet::is_complex(self.value)
    }

    /// Whether the value is taken for a secret at this level.
    pub(super) fn is_secret(&self, level: Level) -> bool {
        let value = self.value;
        if quiet::is_reference(value)
            || quiet::is_placeholder(value)
            || is_code(value, self.quoted || level == Level::Liberal)
        {
            return false;
        }
        let random = quiet::looks_random(value);
        let long = value.len() >= 16;
        if self.loose && !(random && long && !value.contains(['/', ':', '@'])) {
            return false;
        }
        if self.says == Says::Perhaps {
            let digest = quiet::is_digest(value) && level != Level::Liberal;
            return random
                && !digest
                && (self.firm || self.quoted)
                && value.len() >= if level == Level::Liberal { 16 } else { 20 };
        }
        if quiet::is_uuid(value) {
            return (self.firm || self.quoted) && !quiet::is_sample_uuid(value);
        }
        let special = |byte: u8| byte.is_ascii_punctuation() && !b"_-./:=+,@".contains(&byte);
        let complex = quiet::is_complex(value)
            && (self.says == Says::Password || (value.len() >= 12 && value.bytes().any(special)));
        match level {
            _ if self.firm && self.quoted && is_generated_with_symbols(value) => true,
            Level::Strict => {
                (random && long && (self.firm || self.quoted || value.len() >= 20))
                    || (complex
                        && (self.firm || value.len() >= 10)
                        && is_password_of_prose(value, self.quoted))
                    || self.place.says_chosen(value, self.says, self.firm, self.quoted)
            }
            Level::Data => {
                (random && long)
                    || (complex && self.firm)
                    || (self.says == Says::Password && is_mixed(value))
                    || self.place.says_chosen(value, self.says, self.firm, self.quoted)
            }
            Level::Liberal => !is_harmless(value, self.says),
        }
    }
}

/// In prose and code a password is believed when it is quoted or could be nothing else.
fn is_password_of_prose(value: &str, quoted: bool) -> bool {
    quoted
        || value.bytes().any(|byte| {
            byte.is_ascii_punctuation() && !matches!(byte, b'.' | b'_' | b'-' | b'/' | b':' | b'=' | b'+')
        })
}

/// Calls, paths through objects, and other code.
fn is_code(value: &str, quoted: bool) -> bool {
    let calls = value.contains("()")
        || value.contains("](")
        || value.contains("=>")
        || value.ends_with('(')
        || value.contains("::");
    calls || (!quoted && value.contains(['(', '{', '[']))
}

/// What stands under the name of a secret in configuration and is none: switches, numbers, paths, words.
fn is_harmless(value: &str, says: Says) -> bool {
    if value.len() < 6 || value.contains(' ') || value.starts_with("--") {
        return true;
    }
    let lower = value.to_ascii_lowercase();
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_'));
    let is_path = value.starts_with(['/', '~'])
        || value.starts_with("./")
        || value.starts_with("../")
        || [".json", ".pem", ".key", ".txt", ".yaml", ".yml", ".toml", ".crt", ".env"]
            .iter()
            .any(|end| lower.ends_with(end));
    if (is_number && (says != Says::Password || value.len() < 8)) || (is_path && !quiet::looks_random(value))
    {
        return true;
    }
    let parts = value.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()).count();
    quiet::is_wordy(value)
        && !value.bytes().any(|byte| byte.is_ascii_digit())
        && !(says == Says::Password && parts >= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<(String, bool)> {
        let at = ["token", "password", "key", "secret", "authorization"]
            .iter()
            .find_map(|word| text.to_ascii_lowercase().find(word))?;
        let found = read(text, at, false)?;
        Some((found.value.to_owned(), found.is_secret(Level::Strict)))
    }

    #[test]
    fn pairs_are_read_in_every_style() {
        let secret = "Zx8Kq2LmWv7Rt4Yp1Ns6";
        for text in [
            "token = \"@\"",
            "token: @",
            "\"token\": \"@\"",
            "TOKEN=@",
            "--token @",
            "[\"--token\", \"@\"]",
            "--token=@",
            "export API_TOKEN='@'",
            "Authorization: Bearer @",
            "\"Authorization\": \"Bearer @\"",
            "the token is `@`.",
            "**Token**: `@`",
            "<token>@</token>",
            "token := `@`",
            "url?token=@&x=1",
            "token: str = \"@\"",
            "{\\\"token\\\": \\\"@\\\"}",
            "- name: API_TOKEN\n  value: @",
            "| token | @ |",
            "set(\"token\", \"@\")",
            "'token' => '@'",
            "token (`@`)",
            "const token: string = '@';",
            "[\"--token\",\n  \"@\"]",
            "{\"name\": \"API_TOKEN\", \"value\": \"@\"}",
        ] {
            let text = text.replace('@', secret);
            assert_eq!(value(&text), Some((secret.to_owned(), true)), "{text}");
        }
    }

    #[test]
    fn what_is_no_secret_is_left_alone() {
        for text in [
            "token = get_token()",
            "token: ${TOKEN}",
            "password: string",
            "max_tokens: 4096",
            "api_key = os.environ[\"KEY\"]",
            "the token is required",
            "password = config.database.password",
            "token: your-token",
            "key: value",
            "secret: my-app-secret",
            "api_key=sk-...",
            "[\"-e\", \"API_TOKEN\", \"ghcr.io/acme/server-7f3:1.2.3\"]",
            "PASSWORD=password123",
            "token == null",
            "public_key = \"Zx8Kq2LmWv7Rt4Yp1Ns6\"",
        ] {
            assert!(value(text).is_none_or(|(_, secret)| !secret), "{text}");
        }
    }

    #[test]
    fn the_default_of_a_reference_is_a_value() {
        let text = "${TOKEN:-abc}";
        assert_eq!(default_of(text).and_then(|range| text.get(range)), Some("abc"));
        assert_eq!(default_of("${TOKEN}"), None);
        assert_eq!(default_of("${TOKEN:-}"), None);
    }
}
