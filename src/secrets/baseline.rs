//! Secrets that are known and may stay for now: by value and path, never by line or commit.
//!
//! An entry that names a line would let the next secret on that line pass. A fingerprint is made with the key of
//! `WEIGHBRIDGE_SECRETS_KEY`, else with the salt that the file itself holds.

use super::{Key, Leak, SecretFingerprint};
use globset::{Glob, GlobMatcher};
use serde::{Deserialize, Serialize};

/// Baselines larger than this are not read, in bytes.
pub const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// The file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// 1.
    pub version: u32,
    /// What fingerprints were made with, when no key of the environment was; 32 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    /// What the key makes of a text that everyone knows: says whether another key is the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<SecretFingerprint>,
    /// What may stay.
    #[serde(default)]
    pub secrets: Vec<Entry>,
}

/// A secret that may stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Which.
    pub fingerprint: SecretFingerprint,
    /// Where: a path or glob.
    pub path: String,
    /// What it is, for the reader.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Why it may stay.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The last day on which it may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<jiff::civil::Date>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// A baseline, and which of its entries were needed.
pub struct Applied<'b> {
    entries: Vec<(&'b Entry, Option<GlobMatcher>, bool)>,
    today: jiff::civil::Date,
}

impl Baseline {
    /// Reads the file.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(text: &str) -> Result<Self, String> {
        let read: Self = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
        if read.version != 1 {
            return Err(format!("`version` is {}, and this program knows 1", read.version));
        }
        for (index, entry) in read.secrets.iter().enumerate() {
            let place = format!("`secrets[{index}]`");
            if entry.reason.trim().is_empty() {
                return Err(format!("{place} has no `reason`: say why the secret may stay"));
            }
            Glob::new(&entry.path).map_err(|error| format!("{place}: `path` is no glob: {error}"))?;
        }
        Ok(read)
    }

    /// Adds what is not in it yet: every value once for every path, each with this reason. Nothing is taken out; the result
    /// is how many are new. `key` is what the leaks' fingerprints were made with.
    pub fn add(&mut self, leaks: &[Leak], key: &Key, reason: &str) -> usize {
        let before = self.secrets.len();
        // Whether it is in time is no matter: who writes it anew says so by a later day.
        let mut known = self.on(jiff::civil::Date::MIN);
        let fresh: Vec<&Leak> =
            leaks.iter().filter(|leak| leak.allowed.is_none() && !known.covers(leak)).collect();
        let entry = |leak: &Leak| Entry {
            fingerprint: leak.fingerprint.clone(),
            path: literal(leak.path.as_str()),
            kind: leak.kind.to_owned(),
            reason: reason.to_owned(),
            expires: None,
            owner: None,
        };
        let fresh: Vec<Entry> = fresh.into_iter().map(entry).collect();
        self.secrets.extend(fresh);
        let order = |entry: &Entry| (entry.path.clone(), entry.fingerprint.clone());
        self.secrets.sort_by_cached_key(order);
        self.secrets.dedup_by(|one, other| one.path == other.path && one.fingerprint == other.fingerprint);
        self.check = Some(key.fingerprint(CHECK, CHECK));
        self.secrets.len() - before
    }

    /// As text.
    ///
    /// # Errors
    /// When the serialiser refuses: our own bug.
    pub fn write(&self) -> Result<String, String> {
        serde_yaml::to_string(self).map_err(|error| error.to_string())
    }

    /// What its fingerprints were made with: its salt, else the key of the environment.
    ///
    /// # Errors
    /// When that key is missing, or is another one: then nothing can be said about any entry.
    pub fn key(&self, of_environment: Option<&str>) -> Result<Key, &'static str> {
        let key = self.salt.as_deref().or(of_environment).map(Key::new);
        let key = key.ok_or("it was made with a key that is not here; set WEIGHBRIDGE_SECRETS_KEY")?;
        match &self.check {
            Some(check) if *check != key.fingerprint(CHECK, CHECK) => {
                Err("it was made with another key than WEIGHBRIDGE_SECRETS_KEY is now")
            }
            _ => Ok(key),
        }
    }

    /// Ready to be asked, on this day.
    pub fn on(&self, today: jiff::civil::Date) -> Applied<'_> {
        let matcher = |entry: &Entry| Glob::new(&entry.path).ok().map(|glob| glob.compile_matcher());
        Applied { entries: self.secrets.iter().map(|entry| (entry, matcher(entry), false)).collect(), today }
    }
}

/// What the key is tried on.
const CHECK: &str = "weighbridge";

/// A path as a glob that means just it.
fn literal(path: &str) -> String {
    globset::escape(path)
}

impl Applied<'_> {
    /// True when the leak is known and may stay today.
    pub fn covers(&mut self, leak: &Leak) -> bool {
        let today = self.today;
        let mut covered = false;
        for (entry, glob, used) in &mut self.entries {
            let in_time = entry.expires.is_none_or(|last| today <= last);
            let there = glob.as_ref().is_some_and(|glob| glob.is_match(leak.path.as_str()));
            if entry.fingerprint == leak.fingerprint && there {
                *used = true;
                covered |= in_time;
            }
        }
        covered
    }

    /// Entries that would cover a leak, and whose last day has passed.
    pub fn expired(&self) -> impl Iterator<Item = (&Entry, jiff::civil::Date)> {
        let used = self.entries.iter().filter(|(_, _, used)| *used);
        used.filter_map(|(entry, ..)| Some((*entry, entry.expires.filter(|last| *last < self.today)?)))
    }

    /// Entries that no leak needed: the secret is gone, and so should they be.
    pub fn unused(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|(_, _, used)| !used).map(|(entry, ..)| *entry)
    }
}
