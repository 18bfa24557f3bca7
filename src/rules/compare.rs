//! Base against head: which findings are new, which are fixed, which were there all along.
//!
//! A finding is recognised by its rule, its file (followed through renames), its message without numbers, and
//! the text of the line it points at. Lines that move do not change it; the third of three equal findings is the
//! third on both sides.

use crate::base::{Change, Finding, Fingerprint, RepoPath};
use sha2::Digest;
use std::collections::{BTreeMap, BTreeSet};

/// A finding and the trimmed text of the line it points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The finding.
    pub finding: Finding,
    /// A digest of the trimmed line, without any secret in it; 0 for findings about the whole file.
    pub line_digest: u64,
    /// Tells the values of two secrets apart. It decides whether a finding is new, and is in no output.
    pub value: Option<u64>,
}

/// Gives every finding its fingerprint and its relation to the base, and sorts them. Without a base everything
/// is new. `renames` maps paths of base to paths of head.
pub fn compare(
    head: Vec<Located>,
    base: Option<Vec<Located>>,
    renames: &BTreeMap<RepoPath, RepoPath>,
) -> Vec<Finding> {
    let mut head = identify(head, &BTreeMap::new());
    let Some(base) = base else {
        return sorted(head.into_values().collect());
    };
    let shown: BTreeSet<String> = head.values().map(|finding| finding.fingerprint.0.clone()).collect();
    let mut fixed = Vec::new();
    for (fingerprint, mut finding) in identify(base, renames) {
        if let Some(same) = head.get_mut(&fingerprint) {
            same.change = Change::Unchanged;
        } else {
            finding.change = Change::Fixed;
            if shown.contains(&finding.fingerprint.0) {
                // Another secret took its place on the same line.
                finding.fingerprint = Fingerprint(digest(&[&finding.fingerprint.0, "fixed"]));
            }
            fixed.push(finding);
        }
    }
    let mut all: Vec<Finding> = head.into_values().collect();
    all.extend(fixed);
    sorted(all)
}

fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|one, other| one.sort_key().cmp(&other.sort_key()));
    findings
}

fn identify(mut findings: Vec<Located>, renames: &BTreeMap<RepoPath, RepoPath>) -> BTreeMap<String, Finding> {
    findings.sort_by(|one, other| one.finding.sort_key().cmp(&other.finding.sort_key()));
    findings.dedup_by(|one, other| one.finding.sort_key() == other.finding.sort_key());
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let mut seen_values: BTreeMap<(String, u64), u32> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for Located { mut finding, line_digest, value } in findings {
        let path = renames.get(&finding.place.path).unwrap_or(&finding.place.path);
        let message = without_numbers(&as_if_renamed(&finding.message, &finding.place.path, path));
        let identity = digest(&[&finding.rule, path.as_str(), &message, &line_digest.to_string()]);
        let ordinal = seen.entry(identity.clone()).or_default();
        *ordinal += 1;
        let fingerprint =
            if *ordinal == 1 { identity.clone() } else { digest(&[&identity, &ordinal.to_string()]) };
        finding.fingerprint = Fingerprint(fingerprint.clone());
        let key = match value {
            None => fingerprint,
            // The same place and words do not make it the same secret.
            Some(value) => {
                let ordinal = seen_values.entry((identity.clone(), value)).or_default();
                *ordinal += 1;
                digest(&[&identity, &value.to_string(), &ordinal.to_string()])
            }
        };
        found.insert(key, finding);
    }
    found
}

/// A message may name its own file or folder; a rename must not make it another finding.
fn as_if_renamed(message: &str, from: &RepoPath, to: &RepoPath) -> String {
    if from == to {
        return message.to_owned();
    }
    let (old, new) = (from.parent(), to.parent());
    let moved = if old.is_root() { message.to_owned() } else { message.replace(old.as_str(), new.as_str()) };
    moved.replace(from.name(), to.name())
}

/// Counts in messages ("501 lines") change with every edit; what is meant does not.
fn without_numbers(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    for character in message.chars() {
        match character {
            '0'..='9' if out.ends_with('#') => {}
            '0'..='9' => out.push('#'),
            other => out.push(other),
        }
    }
    out
}

/// The first 16 hexadecimal digits of a SHA-256 over the parts.
fn digest(parts: &[&str]) -> String {
    let mut hash = sha2::Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    crate::base::text::hex(hash.finalize().get(..8).unwrap_or_default())
}

/// The digest of a line for [`Located::line_digest`].
pub fn line_digest(line: &str) -> u64 {
    let hash = sha2::Sha256::digest(line.trim().as_bytes());
    hash.iter().take(8).fold(0, |value, byte| (value << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Place, Severity, Span};
    use proptest::prelude::*;

    fn located(path: &str, line: u32, message: &str, text: &str) -> Located {
        let place = Place::span(RepoPath::new(path).expect("inside"), Span::at(line, 1));
        Located {
            finding: Finding::new("r", Severity::Error, place, message),
            line_digest: line_digest(text),
            value: None,
        }
    }

    fn changes(findings: &[Finding]) -> Vec<(Change, u32)> {
        findings.iter().map(|finding| (finding.change, finding.place.line())).collect()
    }

    #[test]
    fn a_finding_that_moved_is_the_same_one() {
        let base = vec![located("a.md", 3, "501 lines", "x"), located("a.md", 9, "gone", "y")];
        let head = vec![located("a.md", 30, "502 lines", " x "), located("a.md", 2, "fresh", "z")];
        let found = compare(head, Some(base), &BTreeMap::new());
        assert_eq!(changes(&found), [(Change::New, 2), (Change::Fixed, 9), (Change::Unchanged, 30)]);
    }

    #[test]
    fn another_secret_in_the_same_place_is_new() {
        let secret = |value| vec![Located { value: Some(value), ..located("a.md", 3, "a key", "x") }];
        assert_eq!(changes(&compare(secret(1), Some(secret(1)), &BTreeMap::new())), [(Change::Unchanged, 3)]);
        let found = compare(secret(2), Some(secret(1)), &BTreeMap::new());
        assert_eq!(found.len(), 2);
        assert!(found.iter().any(|finding| finding.change == Change::New));
        assert_ne!(found[0].fingerprint, found[1].fingerprint);
        let alone = compare(secret(7), None, &BTreeMap::new());
        assert_eq!(
            alone[0].fingerprint,
            compare(secret(8), None, &BTreeMap::new())[0].fingerprint,
            "it says nothing of the value"
        );
    }

    #[test]
    fn renames_keep_findings() {
        let renames =
            BTreeMap::from([(RepoPath::new("a.md").expect("x"), RepoPath::new("b/c.md").expect("x"))]);
        let base = vec![located("a.md", 3, "a.md is long", "x")];
        let head = vec![located("b/c.md", 3, "c.md is long", "x")];
        assert_eq!(changes(&compare(head, Some(base), &renames)), [(Change::Unchanged, 3)]);
        let renames = BTreeMap::from([(
            RepoPath::new("s/old/S.md").expect("x"),
            RepoPath::new("s/new/S.md").expect("x"),
        )]);
        let base = vec![located("s/old/S.md", 3, "no file s/old/../x.md", "x")];
        let head = vec![located("s/new/S.md", 3, "no file s/new/../x.md", "x")];
        assert_eq!(changes(&compare(head, Some(base), &renames)), [(Change::Unchanged, 3)]);
    }

    #[test]
    fn a_third_copy_is_new() {
        let same = |count: u32| (1..=count).map(|line| located("a.md", line, "m", "x")).collect::<Vec<_>>();
        let found = compare(same(3), Some(same(2)), &BTreeMap::new());
        assert_eq!(found.iter().filter(|finding| finding.change == Change::New).count(), 1);
        assert_eq!(found.len(), 3);
    }

    proptest! {
        #[test]
        fn nothing_is_new_against_itself(lines in proptest::collection::vec((1_u32..50, "[a-c]{1,2}", "[a-c]{0,2}"), 0..40)) {
            let all: Vec<Located> = lines.iter().map(|(line, message, text)| located("f.md", *line, message, text)).collect();
            let found = compare(all.clone(), Some(all), &BTreeMap::new());
            prop_assert!(found.iter().all(|finding| finding.change == Change::Unchanged));
        }
    }
}
