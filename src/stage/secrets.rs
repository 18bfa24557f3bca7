//! Secrets in what a change touches besides agent files, and the report without any.

use super::cache::Cache;
use super::inspect::Inspection;
use super::sink::Unsettled;
use crate::base::tree::{BlobId, Entry, EntryKind, hash_blob};
use crate::base::{Finding, RepoPath, Tree};
use crate::report::RunReport;
use crate::rules::compare::{Located, line_digest};
use crate::rules::ignore;
use crate::rules::ours::{self, LEAKED_SECRET};
use crate::secrets::{Key, Leak, scan, scrub};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

/// Larger files are no texts that people write, in bytes.
pub const MAX_FILE_BYTES: u64 = 1024 * 1024;
/// Bytes of one revision that are read to find out what a change touches.
const MAX_BYTES: u64 = 256 * 1024 * 1024;
/// Texts of one change that are searched at most, where reading one costs nothing.
pub const MAX_TEXTS: usize = 20_000;
/// A NUL in this many bytes says that a file is no text, as in git.
const PROBE: usize = 8_000;

/// True when the bytes are no text.
pub fn is_binary(bytes: &[u8]) -> bool {
    memchr::memchr(0, bytes.get(..PROBE).unwrap_or(bytes)).is_some()
}

/// The leaks in one file of a tree, with what it says about them; none when it is no text, and `None` when it is too large
/// to be looked at.
fn leaks_in(tree: &dyn Tree, path: &RepoPath, key: &Key) -> Option<Unsettled> {
    let bytes = tree.read(path, MAX_FILE_BYTES).ok()?;
    if is_binary(&bytes) {
        return Some(Unsettled::default());
    }
    let text = String::from_utf8_lossy(&bytes);
    let found = scan(path, &text);
    let masked = found.masked(&text);
    let ignores = ignore::of_rule(LEAKED_SECRET, path, &masked);
    let ignores = (!ignores.ignores.is_empty()).then(|| (path.clone(), ignores)).into_iter().collect();
    let lines = crate::base::LineIndex::new(&masked);
    let leaks = found.leaks(path, &text, key);
    let line_of = |leak: &Leak| line_digest(lines.line(leak.span.start.line));
    Some(Unsettled { found: leaks.iter().map(|leak| located(leak, line_of(leak))).collect(), ignores })
}

/// A leak as a finding that can be compared with those of another revision.
pub fn located(leak: &Leak, line_digest: u64) -> Located {
    Located { finding: ours::of_leak(leak), line_digest, value: Some(tag(leak)) }
}

/// The fingerprint as a number, to tell two values apart. It never leaves the machine.
pub fn tag(leak: &Leak) -> u64 {
    let digits: String = leak.fingerprint.0.chars().skip(3).take(16).collect();
    u64::from_str_radix(&digits, 16).unwrap_or(0)
}

/// What a change brings along in texts that are no agent files: the leaks of head and those of base in the same files,
/// and a note when not everything was looked at.
pub(super) fn in_change(
    inspected: &Inspection,
    base: &Inspection,
    most: usize,
    cache: &Cache,
) -> (Unsettled, Unsettled, Option<String>) {
    let (head, base) = (&inspected.raw, &base.raw);
    let key = cache.key();
    let read = AtomicU64::new(0);
    let old_ids: BTreeSet<BlobId> = base.entries().iter().filter_map(|entry| entry.id).collect();
    let candidates: Vec<&Entry> = head
        .entries()
        .iter()
        .filter(|entry| entry.kind == EntryKind::File && inspected.repo.get(&entry.path).is_none())
        .filter(|entry| !inspected.excluded.is_match(entry.path.as_str()))
        .collect();
    if most == 0 {
        return (Unsettled::default(), Unsettled::default(), None);
    }
    let mut touched: Vec<(&Entry, bool)> = candidates
        .into_par_iter()
        .filter_map(|entry| {
            let before = base.entry(entry.path.as_str());
            let id = id_of(&**head, entry, cache, &read);
            let same = match (id, before) {
                (Some(id), Some(before)) => id_of(&**base, before, cache, &read) == Some(id),
                _ => false,
            };
            // What only moved is not new.
            let moved = id.is_some_and(|id| old_ids.contains(&id));
            (!same && !moved).then_some((entry, before.is_some()))
        })
        .collect();
    let left_out = touched.len().saturating_sub(most);
    touched.truncate(most);
    let looked: Vec<(Option<Unsettled>, Option<Unsettled>)> = touched
        .par_iter()
        .map(|(entry, was_there)| {
            let now = leaks_in(&**head, &entry.path, &key);
            let says_something =
                now.as_ref().is_some_and(|now| !now.found.is_empty() || !now.ignores.is_empty());
            let before = (says_something && *was_there).then(|| leaks_in(&**base, &entry.path, &key));
            (now, before.flatten())
        })
        .collect();
    let skipped = left_out + looked.iter().filter(|(now, _)| now.is_none()).count();
    let note = (skipped > 0).then(|| {
        format!(
            "{} of this change not searched for secrets: larger than {} KiB, unreadable, or more than {most} in one \
             change; `weighbridge secrets --base` searches all",
            crate::base::text::plural(skipped, "file", "files"),
            MAX_FILE_BYTES / 1024
        )
    });
    let (mut all_now, mut all_before) = (Unsettled::default(), Unsettled::default());
    for (now, before) in looked {
        all_now.add(now.unwrap_or_default());
        all_before.add(before.unwrap_or_default());
    }
    (all_now, all_before, note)
}

/// The blob id of a file, from the tree, from an earlier run, or by reading it; `None` when it is not known.
fn id_of(tree: &dyn Tree, entry: &Entry, cache: &Cache, read: &AtomicU64) -> Option<BlobId> {
    if let Some(id) = entry.known_id().or_else(|| cache.known_id(&entry.path, entry.stamp?)) {
        return Some(id);
    }
    let size = entry.size.unwrap_or(0);
    if size > MAX_FILE_BYTES || read.fetch_add(size, Ordering::Relaxed) > MAX_BYTES {
        return None;
    }
    let id = hash_blob(&tree.read(&entry.path, MAX_FILE_BYTES).ok()?)?;
    if let Some(stamp) = entry.stamp {
        cache.learn(&entry.path, stamp, id);
    }
    Some(id)
}

/// Takes secrets out of what a report says that is not the text of a file: names of files and branches, titles.
/// Renderers cut long texts, and what is cut has no form any more, so this comes before them.
pub(super) fn scrub_report(report: &mut RunReport) {
    for silenced in &mut report.silenced {
        clean(&mut silenced.reason);
    }
    let silenced = report.silenced.iter_mut().map(|one| &mut one.finding);
    report.findings.iter_mut().chain(silenced).for_each(scrub_finding);
    for file in &mut report.files {
        clean_path(&mut file.path);
        file.renamed_from.iter_mut().for_each(clean_path);
    }
    for load in &mut report.always_loaded {
        load.pieces.iter_mut().for_each(|piece| clean_path(&mut piece.path));
    }
    report.notes.iter_mut().chain(&mut report.hints).for_each(clean);
    clean(&mut report.compared.head);
    report.compared.base.iter_mut().for_each(clean);
    if let Some(change) = &mut report.context.change {
        for text in [&mut change.title, &mut change.source_branch].into_iter().flatten() {
            clean(text);
        }
    }
}

/// The same for one finding.
pub(super) fn scrub_finding(finding: &mut Finding) {
    clean(&mut finding.message);
    finding.help.iter_mut().for_each(clean);
    clean_path(&mut finding.place.path);
}

fn clean(text: &mut String) {
    if let std::borrow::Cow::Owned(clean) = scrub(text) {
        *text = clean;
    }
}

fn clean_path(path: &mut RepoPath) {
    if let std::borrow::Cow::Owned(clean) = scrub(path.as_str()) {
        *path = RepoPath::new(&clean).unwrap_or_default();
    }
}
