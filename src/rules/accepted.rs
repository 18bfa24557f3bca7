//! What a repository has accepted: findings that were there when the gate was introduced.
//!
//! A finding is recognised by its fingerprint, which survives moved lines and other numbers in its message. Secrets are
//! not accepted here: a line with another secret would have to be another finding.

use crate::base::{Finding, Fingerprint, RepoPath};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The file, from the root of the repository.
pub const FILE: &str = ".weighbridge/accepted.yaml";
/// Larger files are not read, in bytes.
pub const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// Version of the format.
const SCHEMA: u32 = 1;

/// The rule whose findings are never accepted here: secrets have a baseline of their own, by their values.
const NEVER: &str = "leaked-secret";

/// The file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// Version of the format.
    pub schema: u32,
    /// In the order of paths and rules.
    pub findings: Vec<Entry>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its file.
    pub path: RepoPath,
    /// Its rule.
    pub rule: String,
    /// What it is recognised by.
    pub fingerprint: Fingerprint,
    /// What it says, for people.
    pub message: String,
    /// Why it may stay.
    #[serde(default = "there_before")]
    pub reason: String,
}

fn there_before() -> String {
    "it was there before".to_owned()
}

impl Accepted {
    /// Reads the file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let read: Self = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
        if read.schema != SCHEMA {
            return Err(format!(
                "it has version {} of the format, and this program knows {SCHEMA}",
                read.schema
            ));
        }
        Ok(read)
    }

    /// Everything that was found, accepted. Reasons that were written down before are kept.
    pub fn of<'a>(found: impl Iterator<Item = &'a Finding>, before: &Self) -> Self {
        let reasons: BTreeMap<&Fingerprint, &String> =
            before.findings.iter().map(|entry| (&entry.fingerprint, &entry.reason)).collect();
        let mut findings: Vec<Entry> = found
            .filter(|finding| finding.rule != NEVER)
            .map(|finding| Entry {
                path: finding.place.path.clone(),
                rule: finding.rule.clone(),
                fingerprint: finding.fingerprint.clone(),
                message: finding.message.clone(),
                reason: reasons
                    .get(&finding.fingerprint)
                    .map_or_else(there_before, |reason| (*reason).clone()),
            })
            .collect();
        findings.sort_by(|one, other| {
            (&one.path, &one.rule, &one.fingerprint).cmp(&(&other.path, &other.rule, &other.fingerprint))
        });
        Self { schema: SCHEMA, findings }
    }

    /// The text of the file.
    ///
    /// # Errors
    /// When it cannot be written as YAML.
    pub fn text(&self) -> Result<String, String> {
        serde_yaml::to_string(self).map_err(|error| error.to_string())
    }

    /// The entries by what they are recognised by.
    pub fn by_fingerprint(&self) -> BTreeMap<&Fingerprint, &Entry> {
        let entries = self.findings.iter().filter(|entry| entry.rule != NEVER);
        entries.map(|entry| (&entry.fingerprint, entry)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Place, Severity};

    fn finding(rule: &str, fingerprint: &str) -> Finding {
        let place = Place::file(RepoPath::new("a.md").expect("inside"));
        let mut finding = Finding::new(rule, Severity::Error, place, "it is wrong");
        finding.fingerprint = Fingerprint(fingerprint.to_owned());
        finding
    }

    #[test]
    fn what_was_written_reads_the_same_and_keeps_its_reasons() {
        let found = [finding("a-b", "1"), finding("c-d", "2")];
        let mut accepted = Accepted::of(found.iter(), &Accepted::default());
        assert_eq!(accepted.findings[0].reason, "it was there before");
        accepted.findings[1].reason = "it is on purpose".to_owned();
        let read = Accepted::parse(&accepted.text().expect("YAML")).expect("what was written");
        assert_eq!(read, accepted);
        let again = Accepted::of(found.iter(), &read);
        assert_eq!(again.findings[1].reason, "it is on purpose");
    }

    #[test]
    fn secrets_are_never_accepted_here() {
        let leak = finding(NEVER, "3");
        assert_eq!(Accepted::of([&leak].into_iter(), &Accepted::default()).findings, []);
        let text =
            "schema: 1\nfindings:\n- {path: a.md, rule: leaked-secret, fingerprint: '3', message: x}\n";
        assert!(Accepted::parse(text).expect("readable").by_fingerprint().is_empty());
    }

    #[test]
    fn what_it_cannot_read_it_says() {
        for text in
            ["schema: 2\nfindings: []\n", "findings: []\n", "schema: 1\nfindings: [{path: ../x}]\n", "{"]
        {
            assert!(Accepted::parse(text).is_err(), "{text}");
        }
    }
}
