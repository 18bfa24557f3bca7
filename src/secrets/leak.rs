//! A leaked secret as the rest of the program knows it: everything about it but the secret.

use super::assign::Level;
use super::kinds;
use super::scan::{self, Found};
use crate::base::text::hex;
use crate::base::{LineIndex, RepoPath, Span};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fmt;

/// The version of the way fingerprints are made.
const FINGERPRINT: &str = "v1:";

/// What fingerprints are made with. Without it, nobody can try passwords against them.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Vec<u8>);

impl Key {
    /// A key of any length; it should have 16 bytes at least.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// HMAC-SHA256 (RFC 2104) over parts with a NUL between them.
    fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        const BLOCK: usize = 64;
        let short = if self.0.len() > BLOCK { Sha256::digest(&self.0).to_vec() } else { self.0.clone() };
        let padded = |with: u8| {
            let mut block = [with; BLOCK];
            block.iter_mut().zip(&short).for_each(|(slot, byte)| *slot = byte ^ with);
            block
        };
        let mut inner = Sha256::new();
        inner.update(padded(0x36));
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                inner.update([0]);
            }
            inner.update(part);
        }
        let mut outer = Sha256::new();
        outer.update(padded(0x5c));
        outer.update(inner.finalize());
        outer.finalize().into()
    }

    pub(super) fn fingerprint(&self, kind: &str, value: &str) -> SecretFingerprint {
        let mac = self.mac(&[kind.as_bytes(), normal(value).as_bytes()]);
        SecretFingerprint(format!("{FINGERPRINT}{}", hex(mac.get(..16).unwrap_or_default())))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A key block is the same on one line and on many.
fn normal(value: &str) -> String {
    value
        .replace("\\n", "")
        .replace("\\r", "")
        .chars()
        .filter(|character| !character.is_whitespace())
        .collect()
}

/// An identity of a secret that gives nothing away: `v1:` and 128 bits of a keyed digest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct SecretFingerprint(pub String);

/// How long a secret is, roughly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Length {
    /// Under 20 characters: may be guessed.
    Short,
    /// 20 to 64.
    Medium,
    /// More.
    Long,
}

impl Length {
    fn of(value: &str) -> Self {
        match value.chars().count() {
            0..20 => Self::Short,
            20..=64 => Self::Medium,
            _ => Self::Long,
        }
    }
}

/// How sure it is that this is a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Only its name says so.
    Named,
    /// Its name says so, in a file that is made to hold such values.
    Placed,
    /// Its form says so.
    Formed,
}

/// A secret that stands where it must not. Holds no part of it but the beginning that its format fixes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Leak {
    /// Id of the kind: `anthropic-api-key`.
    pub kind: &'static str,
    /// The kind in words.
    pub title: &'static str,
    /// The file.
    pub path: RepoPath,
    /// Where in it.
    pub span: Span,
    /// The beginning that every value of the kind has; empty when there is none.
    pub prefix: &'static str,
    /// How long it is, roughly.
    pub length: Length,
    /// Its identity.
    pub fingerprint: SecretFingerprint,
    /// How sure it is.
    pub confidence: Confidence,
    /// Why it may stay, when a comment beside it or the configuration says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed: Option<String>,
}

impl Leak {
    /// One sentence without a full stop.
    pub fn message(&self) -> String {
        let shown = if self.prefix.is_empty() { String::new() } else { format!(" (`{}…`)", self.prefix) };
        let what = match self.confidence {
            Confidence::Formed => format!("{}{shown} in clear text", self.title),
            Confidence::Named | Confidence::Placed => format!("{}{shown}, written out", self.title),
        };
        match &self.allowed {
            Some(reason) => format!("{what}; allowed here: {reason}"),
            None => what,
        }
    }

    /// What to do.
    pub fn help(&self) -> String {
        // JSON has no comments.
        let otherwise = if self.path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
            "switch `leaked-secret` off for this file in weighbridge.yaml, under `rules.paths`, with a `reason`"
        } else {
            "say so in a comment on the line: `weighbridge-ignore leaked-secret: ` and the reason"
        };
        format!(
            "revoke it at its issuer first, since whoever can read the repository or its history has it; then {}, and \
             keep the new one outside of the repository. If it is none, {otherwise}",
            self.replacement()
        )
    }

    /// How the client that reads this file is told where a secret is.
    fn replacement(&self) -> &'static str {
        let path = self.path.as_str();
        let is = |part: &str| path.contains(part);
        if is(".cursor/") {
            "name a variable: `${env:NAME}`"
        } else if is(".vscode/") {
            "ask for it: an entry of `inputs` and `${input:name}`"
        } else if is(".codex/") {
            "name a variable in `env_vars` or `bearer_token_env_var`"
        } else if is(".gemini/") {
            "name a variable: `$NAME`"
        } else if path.ends_with("mcp.json") || is("mcp") || is("plugin.json") || is(".claude") {
            "name a variable: `${NAME}`"
        } else {
            "read it from the environment"
        }
    }
}

/// The secrets of one file, still with their values: hand it to [`Scan::leaks`] and [`Scan::masked`], and drop it.
pub struct Scan {
    found: Vec<Found>,
    named: Confidence,
}

/// Looks for secrets in the text of a file.
pub fn scan(path: &RepoPath, text: &str) -> Scan {
    let (found, level) = scan::file(path, text);
    let named = if level == Level::Liberal { Confidence::Placed } else { Confidence::Named };
    Scan { found, named }
}

impl Scan {
    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Where they stand, in bytes.
    pub fn ranges(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        self.found.iter().map(|found| found.range.clone())
    }

    /// What may be said about them, in the order in which they stand.
    pub fn leaks(&self, path: &RepoPath, text: &str, key: &Key) -> Vec<Leak> {
        if self.found.is_empty() {
            return Vec::new();
        }
        let index = LineIndex::new(text);
        self.found
            .iter()
            .map(|found| {
                let span = index.span(found.range.clone());
                let by_name = std::ptr::eq(found.kind, &raw const kinds::GENERIC);
                Leak {
                    kind: found.kind.id,
                    title: found.kind.title,
                    path: path.clone(),
                    span,
                    prefix: found.start,
                    length: Length::of(&found.value),
                    fingerprint: key.fingerprint(found.kind.id, &found.value),
                    confidence: if by_name { self.named } else { Confidence::Formed },
                    allowed: None,
                }
            })
            .collect()
    }

    /// The text with every secret blotted out, every line and column where it was.
    pub fn masked(&self, text: &str) -> String {
        super::mask::mask(text, &self.found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_rfc_4231() {
        let key = Key::new(b"Jefe".to_vec());
        assert_eq!(
            hex(&key.mac(&[b"what do ya want for nothing?"])),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let long = Key::new(vec![0xaa; 131]);
        assert_eq!(
            hex(&long.mac(&[b"Test Using Larger Than Block-Size Key - Hash Key First"])),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }
}
