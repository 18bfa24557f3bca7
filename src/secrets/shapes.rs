//! Secrets with a shape of their own: key blocks, JSON Web Tokens, passwords in addresses, and marks in the middle.

use super::decode;
use super::kinds::{self, Kind};
use super::place::is_mixed;
use super::quiet;
use std::ops::Range;

/// A secret, and where it stands, in bytes.
pub(super) type Hit = (&'static Kind, Range<usize>);

/// Bytes of a key block that are read.
const MAX_BLOCK: usize = 32 * 1024;
/// Bytes of one part of a token or address that are read.
const MAX_PART: usize = 8 * 1024;

/// `openssh-key-v1` as base64.
const OPENSSH: &str = "b3BlbnNzaC1rZXktdjEA";

/// Where the stretch of bytes that pass `test` and end at `at` begins.
fn back(bytes: &[u8], at: usize, most: usize, test: impl Fn(u8) -> bool) -> usize {
    let count = bytes
        .get(..at)
        .map_or(0, |before| before.iter().rev().take(most).take_while(|byte| test(**byte)).count());
    at - count
}

/// Where the stretch of bytes that pass `test` and begin at `at` ends.
fn ahead(bytes: &[u8], at: usize, most: usize, test: impl Fn(u8) -> bool) -> usize {
    at + bytes.iter().skip(at).take(most).take_while(|byte| test(**byte)).count()
}

const fn is_url64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// A block that begins with `-----BEGIN ` at `at`, or with `Private-Lines:` in a file of `PuTTY`.
pub(super) fn key_block(text: &str, at: usize) -> Option<Hit> {
    let bytes = text.as_bytes();
    let label_ends = ahead(bytes, at, 80, |byte| byte != b'\n');
    let label = text.get(at..label_ends)?;
    let body_at = if label.starts_with("-----") {
        let close = at + 11 + label.get(11..)?.find("-----")?;
        if !text.get(at..close)?.contains("PRIVATE KEY") {
            return None;
        }
        close + 5
    } else {
        ahead(bytes, at + "Private-Lines:".len(), 8, |byte| byte == b' ' || byte.is_ascii_digit())
    };
    let mut count = 0_usize;
    let mut end = body_at;
    let mut in_header = false;
    for (index, byte) in bytes.iter().enumerate().skip(body_at).take(MAX_BLOCK) {
        match byte {
            b'-' if bytes.get(index..index + 5) == Some(b"-----") => break,
            b'\n' => in_header = false,
            b':' => in_header = true,
            _ if in_header => {}
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'=' => count += 1,
            b'+' | b'\\' | b'"' | b'\'' | b',' | b' ' | b'\t' | b'\r' | b'-' | b'.' | b'#' | b'>' | b'|'
            | b'*' | b'&' | b';' => {}
            _ => break,
        }
        end = index + 1;
    }
    let body = text.get(body_at..end)?;
    // Every key of OpenSSH begins with the same header, and the header has runs of `A`.
    let first = body.trim();
    let made_up = match first.strip_prefix(OPENSSH) {
        Some(rest) => quiet::is_mostly_pattern(rest.as_bytes().get(..64).unwrap_or(rest.as_bytes())),
        None => quiet::is_pattern(first.as_bytes().get(..24)?),
    };
    let is_sample = body.contains("...") || body.to_ascii_lowercase().contains("example") || made_up;
    (count >= 48 && !is_sample).then_some((&kinds::PRIVATE_KEY, at..end))
}

/// A JSON Web Token that begins at `at`, and whether it is a real one and no sample.
pub(super) fn token(text: &str, at: usize) -> Option<(Hit, bool)> {
    let bytes = text.as_bytes();
    let header = ahead(bytes, at, MAX_PART, is_url64);
    let payload = (bytes.get(header) == Some(&b'.')).then(|| ahead(bytes, header + 1, MAX_PART, is_url64))?;
    let signature =
        (bytes.get(payload) == Some(&b'.')).then(|| ahead(bytes, payload + 1, MAX_PART, is_url64))?;
    if header - at < 12 || payload - header < 9 || signature - payload < 17 {
        return None;
    }
    // `{"alg":` and its like; what follows may be broken, the token is not.
    let known = ["eyJhbGciOi", "eyJ0eXAiOi", "eyJraWQiOi"];
    if !known.iter().any(|start| text.get(at..header).is_some_and(|head| head.starts_with(start))) {
        let head = decode::base64(bytes.get(at..header)?)?;
        if !head.contains("\"alg\"") && !head.contains("\"enc\"") && !head.contains("\"typ\"") {
            return None;
        }
    }
    let says = decode::base64(bytes.get(header + 1..payload)?).unwrap_or_default();
    let is_sample = says.contains("1234567890") || says.contains("John Doe") || says.contains("\"anon\"");
    let made_up = quiet::is_sample(text.get(payload + 1..signature)?);
    Some(((&kinds::JWT, at..signature), !is_sample && !made_up))
}

/// Schemes of databases and brokers.
const DATABASES: [&str; 25] = [
    "postgres",
    "postgresql",
    "mysql",
    "mysqlx",
    "mariadb",
    "mongodb",
    "mongodb+srv",
    "redis",
    "rediss",
    "valkey",
    "amqp",
    "amqps",
    "mssql",
    "sqlserver",
    "oracle",
    "clickhouse",
    "clickhouses",
    "cockroachdb",
    "snowflake",
    "postgis",
    "neo4j",
    "neo4j+s",
    "bolt",
    "couchdb",
    "nats",
];

/// The password of an address whose `://` stands at `at`.
pub(super) fn address(text: &str, at: usize, strict: bool) -> Option<Hit> {
    let bytes = text.as_bytes();
    let start =
        back(bytes, at, 40, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_'));
    let scheme = text.get(start..at)?.to_ascii_lowercase();
    let base = scheme.rsplit(['.', ':']).next().unwrap_or("").split('+').next().unwrap_or("").to_owned();
    let is_database = DATABASES.contains(&scheme.as_str()) || DATABASES.contains(&base.as_str());
    let from = at + 3;
    let stops = |byte: u8| {
        byte.is_ascii_whitespace()
            || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b'|' | b')' | b',')
            || (!is_database && matches!(byte, b'/' | b'?' | b'#'))
    };
    // A password may hold what belongs into an address escaped; the last `@` ends it.
    let end = ahead(bytes, from, 400, |byte| !stops(byte));
    let area = text.get(from..end)?;
    let authority = if is_database { area.rfind('@') } else { area.find('@') }?;
    let user_info = area.get(..authority)?;
    let host =
        area.get(authority + 1..)?.split(['/', '?', ':', '#']).next().unwrap_or("").to_ascii_lowercase();
    let Some((user, password)) = user_info.split_once(':') else {
        // A token in the place of the user: `https://TOKEN@host`.
        let public = host.contains("sentry") || host.contains("ingest");
        let is_token =
            user_info.len() >= 20 && quiet::looks_random(user_info) && !quiet::is_placeholder(user_info);
        return (is_token && !public).then_some((&kinds::URL_PASSWORD, from..from + authority));
    };
    if is_database && password.contains("://") {
        return None;
    }
    // `https://TOKEN:x-oauth-basic@github.com`: the password says that the user is none.
    if password == "x-oauth-basic" {
        let is_token =
            user.len() >= 20 && !quiet::is_reference(user) && !quiet::is_mostly_pattern(user.as_bytes());
        return is_token.then_some((&kinds::URL_PASSWORD, from..from + user.len()));
    }
    let plain = decode::percent(password).unwrap_or_else(|| password.to_owned());
    let humps = plain.bytes().zip(plain.bytes().skip(1));
    let humps = humps.filter(|(one, other)| one.is_ascii_lowercase() && other.is_ascii_uppercase()).count();
    let local = host.is_empty()
        || host.contains("localhost")
        || host.starts_with("127.")
        || !host.contains('.')
        || matches!(host.rsplit('.').next(), Some("test" | "local"));
    // Names of documentation: a word is a sample there, and what somebody thought up need not be.
    let near = local || host.contains("example");
    let has_digit = plain.bytes().any(|byte| byte.is_ascii_digit());
    // `mySecret789` for a database that is reached over the net was chosen by somebody.
    let chosen = is_database && !near && has_digit && humps > 0 && !quiet::is_pattern(plain.as_bytes());
    if plain.len() < 4
        || plain == user
        || quiet::is_reference(&plain)
        || (quiet::is_placeholder(&plain) && !(chosen && quiet::is_vocabulary(&plain.to_ascii_lowercase())))
        || plain.starts_with(['$', '{', '%', '[', ':', '*'])
        || plain.contains("://")
    {
        return None;
    }
    let random = quiet::looks_random(&plain) || quiet::is_complex(&plain);
    // `s3cr3t` is a sample beside `localhost`, and a password beside the name of a host.
    if quiet::is_leet_vocabulary(&plain) && (local || !has_digit || (near && humps == 0)) {
        return None;
    }
    let weak = quiet::is_wordy(&plain) && humps <= 2 && !has_digit;
    // A database that is reached by name over the net is somebody's.
    let weak = weak && !(is_database && !near && plain.len() >= 6);
    if !random
        && ((near && quiet::is_wordy(&plain)) || (strict && weak) || (strict && near && plain.len() < 8))
    {
        return None;
    }
    let kind = if is_database { &kinds::DATABASE_URL } else { &kinds::URL_PASSWORD };
    let begin = from + user.len() + 1;
    Some((kind, begin..from + authority))
}

/// A secret with its mark in the middle, the mark being `start..end`.
pub(super) fn around(text: &str, mark: &'static str, at: usize) -> Option<Hit> {
    let bytes = text.as_bytes();
    let after = at + mark.len();
    let alone = |range: &Range<usize>| {
        let edge = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
        edge(range.start.checked_sub(1).and_then(|before| bytes.get(before))) && edge(bytes.get(range.end))
    };
    let (kind, range) = match mark {
        "Q~" => {
            let part = |byte: u8| is_url64(byte) || matches!(byte, b'~' | b'.');
            let (start, end) = (back(bytes, at, 4, part), ahead(bytes, after, 34, part));
            (at - start == 4 && end - after >= 31 && bytes.get(at - 1)?.is_ascii_digit())
                .then_some((&kinds::ENTRA, start..end))?
        }
        "JQQJ9" => {
            let (start, end) = (
                back(bytes, at, 60, |byte| byte.is_ascii_alphanumeric()),
                ahead(bytes, after, 40, |byte| byte.is_ascii_alphanumeric()),
            );
            (at - start >= 44 && end - after >= 20).then_some((&kinds::AZURE_KEY, start..end))?
        }
        "+ACR" => {
            let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
            let (start, end) = (back(bytes, at, 43, part), ahead(bytes, after, 7, part));
            (at - start == 42 && end - after == 6).then_some((&kinds::AZURE_KEY, start..end))?
        }
        ":AA" => {
            let (start, end) =
                (back(bytes, at, 12, |byte| byte.is_ascii_digit()), ahead(bytes, after, 40, is_url64));
            ((8..=11).contains(&(at - start)) && (32..=34).contains(&(end - after)))
                .then_some((&kinds::TELEGRAM, start..end))?
        }
        ".atlasv1." => {
            let (start, end) = (
                back(bytes, at, 16, |byte| byte.is_ascii_alphanumeric()),
                ahead(bytes, after, 80, |byte| is_url64(byte) || byte == b'='),
            );
            (at - start == 14 && end - after >= 56).then_some((&kinds::TERRAFORM, start..end))?
        }
        "-us" => {
            let (start, end) = (
                back(bytes, at, 33, |byte| byte.is_ascii_hexdigit()),
                ahead(bytes, after, 3, |byte| byte.is_ascii_digit()),
            );
            (at - start == 32 && end > after).then_some((&kinds::MAILCHIMP, start..end))?
        }
        _ => return None,
    };
    let value = text.get(range.clone())?;
    (alone(&range) && !quiet::is_sample(value)).then_some((kind, range))
}

/// `-u user:password` of curl, the option ending at `at`; its command may have begun some lines before.
pub(super) fn curl_user(text: &str, at: usize) -> Option<Hit> {
    let bytes = text.as_bytes();
    let mut from = back(bytes, at, 400, |byte| byte.is_ascii());
    // A line that ends in `\` goes on.
    let before = bytes.get(from..at)?;
    let breaks = before.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n');
    let begins = breaks.map(|(index, _)| index).find(|index| {
        let last = before.get(..*index).and_then(|line| line.iter().rfind(|byte| **byte != b'\r'));
        last != Some(&b'\\')
    });
    from += begins.map_or(0, |index| index + 1);
    let line = text.get(from..at)?;
    if !line.contains("curl") && !line.contains("http") && !line.contains("wget") {
        return None;
    }
    let start = ahead(bytes, at, 4, |byte| matches!(byte, b'"' | b'\'' | b' '));
    let end = ahead(bytes, start, 300, |byte| {
        !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\'' | b'`' | b'\\')
    });
    let (user, password) = text.get(start..end)?.split_once(':')?;
    let mut from = start + user.len() + 1;
    let mut to = end;
    if password.is_empty()
        && matches!(bytes.get(end), Some(b'"' | b'\''))
        && bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric)
    {
        // `ada:'...'`: only the password is quoted.
        from = end + 1;
        to = ahead(bytes, from, 300, |byte| !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\''));
    } else if password.is_empty() {
        // `token:`: a key in the place of the user.
        (from, to) = (start, start + user.len());
    }
    let secret = text.get(from..to)?;
    let is_secret = (quiet::looks_random(secret) || quiet::is_complex(secret) || is_mixed(secret))
        && !quiet::is_reference(secret)
        && !quiet::is_placeholder(secret);
    is_secret.then_some((&kinds::BASIC_AUTH, from..to))
}

/// What a value under a name is, when its shape says so.
pub(super) fn is_discord_token(value: &str) -> bool {
    let parts: Vec<&str> = value.split('.').collect();
    let [account, time, mac] = parts.as_slice() else { return false };
    (23..=28).contains(&account.len())
        && time.len() == 6
        && mac.len() >= 27
        && account.starts_with(['M', 'N', 'O'])
}
