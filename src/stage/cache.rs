//! Results kept from one revision to the next and from one run to the next.
//!
//! A result belongs to a path, a kind and the blob id of the content, under one version of the program and its
//! rule set. It also carries what its checks asked about other files; it is used again only while those
//! questions get the same answers. So a cache can make a run faster but never change what it says. Whoever can
//! write the cache folder can write its answers: in CI, restore it from branches you trust only.

use super::inspect::Inspected;
use crate::agent::Kind;
use crate::base::tree::{BlobId, Entry as TreeEntry, Stamp, hash_blob};
use crate::base::{EntryKind, RepoPath, Tree};
use crate::cost::prices::{Embedded, Entry, NoEntry, Source, Terms};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Raised when the meaning of stored results changes without a new version of the program or its rules.
const FORMAT: u32 = 12;

/// Larger caches are started anew.
pub const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// What a result belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Key {
    path: RepoPath,
    kind: Kind,
    id: [u8; 20],
}

#[derive(Serialize, Deserialize)]
struct Stored {
    stamp: String,
    salt: String,
    saved_ns: i128,
    files: BTreeMap<RepoPath, (Stamp, [u8; 20])>,
    results: Vec<(Key, Vec<(u64, Inspected)>)>,
    /// As JSON: decimals describe themselves, which this format does not allow.
    prices: Vec<(PriceKey, String)>,
    /// As JSON, for the same reason.
    worked_out: Vec<(WorkedKey, String)>,
}

/// The same without copies, for writing.
#[derive(Serialize)]
struct StoredRef<'a> {
    stamp: String,
    salt: &'a str,
    saved_ns: i128,
    files: &'a BTreeMap<RepoPath, (Stamp, [u8; 20])>,
    results: Vec<(&'a Key, Vec<(u64, &'a Inspected)>)>,
    prices: Vec<(&'a PriceKey, String)>,
    worked_out: Vec<(&'a WorkedKey, &'a str)>,
}

/// What was worked out of several files together, and a digest of them.
type WorkedKey = (String, [u8; 32]);

/// Model, terms and day of a list price.
type PriceKey = (String, String, String);

/// What the price book says of a model.
type Priced = Result<Entry, NoEntry>;

/// Results of one file, each with the listing of the tree it was last found to hold in.
type Results = Vec<(u64, Arc<Inspected>)>;

/// Results by path, kind and content.
#[derive(Default)]
pub struct Cache {
    saved_ns: i128,
    salt: String,
    files: BTreeMap<RepoPath, (Stamp, [u8; 20])>,
    old: BTreeMap<Key, Results>,
    old_prices: BTreeMap<PriceKey, Priced>,
    old_worked_out: BTreeMap<WorkedKey, String>,
    fresh: Mutex<Fresh>,
}

#[derive(Default)]
struct Fresh {
    files: BTreeMap<RepoPath, (Stamp, [u8; 20])>,
    results: BTreeMap<Key, Results>,
    prices: BTreeMap<PriceKey, Priced>,
    worked_out: BTreeMap<WorkedKey, String>,
    misses: usize,
}

/// A file that changed this shortly before the cache was written may have changed again since without a new
/// stamp: clocks of file systems are coarse.
const RACY_NS: i128 = 2_000_000_000;

/// Under what a result is valid: program, rule set, calibration and format.
fn stamp() -> String {
    format!("{}|{}|{FORMAT}", env!("CARGO_PKG_VERSION"), crate::rules::agnix::RULE_SET)
}

impl Cache {
    /// Reads stored bytes. Bytes of another version, or damaged ones, are an empty cache.
    pub fn load(bytes: &[u8]) -> Self {
        let Ok(stored) = postcard::from_bytes::<Stored>(bytes) else { return Self::default() };
        if stored.stamp != stamp() {
            return Self::default();
        }
        let shared = |(listing, result)| (listing, Arc::new(result));
        let results = stored.results.into_iter();
        Self {
            saved_ns: stored.saved_ns,
            salt: stored.salt,
            files: stored.files,
            old: results.map(|(key, results)| (key, results.into_iter().map(shared).collect())).collect(),
            old_prices: stored
                .prices
                .into_iter()
                .filter_map(|(key, text)| Some((key, serde_json::from_str(&text).ok()?)))
                .collect(),
            old_worked_out: stored.worked_out.into_iter().collect(),
            fresh: Mutex::default(),
        }
    }

    /// With a random text for telling secrets apart, unless it was stored with one.
    #[must_use]
    pub fn salted(mut self, salt: impl FnOnce() -> String) -> Self {
        if self.salt.is_empty() {
            self.salt = salt();
        }
        self
    }

    /// What secrets are told apart with.
    pub fn key(&self) -> crate::secrets::Key {
        crate::secrets::Key::new(self.salt.as_bytes())
    }

    /// The bytes to store: the results of this run. `None` when nothing new was found, so that an unchanged
    /// cache is not written again.
    pub fn store(&self, now: jiff::Timestamp) -> Option<Vec<u8>> {
        let fresh = self.fresh.lock().ok()?;
        if fresh.misses == 0 && self.old.keys().all(|key| fresh.results.contains_key(key)) {
            return None;
        }
        let stored = StoredRef {
            stamp: stamp(),
            salt: &self.salt,
            saved_ns: now.as_nanosecond(),
            files: &fresh.files,
            results: fresh
                .results
                .iter()
                .map(|(key, results)| {
                    (key, results.iter().map(|(listing, result)| (*listing, &**result)).collect())
                })
                .collect(),
            prices: fresh
                .prices
                .iter()
                .filter_map(|(key, priced)| Some((key, serde_json::to_string(priced).ok()?)))
                .collect(),
            worked_out: fresh.worked_out.iter().map(|(key, text)| (key, text.as_str())).collect(),
        };
        postcard::to_allocvec(&stored).ok()
    }

    /// The blob id of a file of the working tree that has not changed since it was last read.
    pub fn known_id(&self, path: &RepoPath, stamp: Stamp) -> Option<BlobId> {
        let (known, id) = self.files.get(path)?;
        let settled = stamp.modified_ns.max(stamp.changed_ns) + RACY_NS < self.saved_ns;
        if *known != stamp || !settled {
            return None;
        }
        self.learn(path, stamp, BlobId(*id));
        Some(BlobId(*id))
    }

    /// Remembers the blob id of a file of the working tree.
    pub fn learn(&self, path: &RepoPath, stamp: Stamp, id: BlobId) {
        if let Ok(mut fresh) = self.fresh.lock()
            && may_be_kept(path)
        {
            fresh.files.insert(path.clone(), (stamp, id.0));
        }
    }

    /// The result for a file if there is one that still holds in this tree, whose [`listing`] is given.
    pub fn get(
        &self,
        path: &RepoPath,
        kind: Kind,
        id: BlobId,
        tree: &dyn Tree,
        listing: u64,
    ) -> Option<Arc<Inspected>> {
        let key = Key { path: path.clone(), kind, id: id.0 };
        let known = |path: &RepoPath, stamp| self.known_id(path, stamp);
        let holds = |results: &Results| {
            let found = results.iter().find(|(seen, result)| {
                let trace = &result.trace;
                if *seen == listing {
                    trace.contents_still_hold(tree, &known)
                } else {
                    trace.still_holds(tree, &known)
                }
            });
            found.map(|(_, result)| Arc::clone(result))
        };
        let fresh = self.fresh.lock().ok().and_then(|fresh| fresh.results.get(&key).cloned());
        if let Some(found) = fresh.as_ref().and_then(holds) {
            return Some(found);
        }
        let found = self.old.get(&key).and_then(holds)?;
        self.keep(key, &found, listing, 0);
        Some(found)
    }

    /// Remembers a result that holds in a tree with this [`listing`].
    pub fn put(&self, id: BlobId, result: &Arc<Inspected>, listing: u64) {
        let key = Key { path: result.file.path.clone(), kind: result.file.kind, id: id.0 };
        self.keep(key, result, listing, 1);
    }

    fn keep(&self, key: Key, result: &Arc<Inspected>, listing: u64, misses: usize) {
        if let Ok(mut fresh) = self.fresh.lock() {
            if !may_be_kept(&key.path) {
                return;
            }
            fresh.misses += misses;
            fresh.results.entry(key).or_default().push((listing, Arc::clone(result)));
        }
    }

    /// What was worked out of files with this digest, if it still holds; else it is worked out now, and kept.
    pub fn or_work_out<T: Serialize + DeserializeOwned>(
        &self,
        what: &str,
        id: [u8; 32],
        holds: impl Fn(&T) -> bool,
        work_out: impl FnOnce() -> T,
    ) -> T {
        let key = (what.to_owned(), id);
        let fresh = self.fresh.lock().ok().and_then(|fresh| fresh.worked_out.get(&key).cloned());
        for known in fresh.as_ref().into_iter().chain(self.old_worked_out.get(&key)) {
            if let Some(found) = serde_json::from_str(known).ok().filter(&holds) {
                self.keep_text(key, known.clone(), 0);
                return found;
            }
        }
        let found = work_out();
        if let Ok(text) = serde_json::to_string(&found) {
            self.keep_text(key, text, 1);
        }
        found
    }

    fn keep_text(&self, key: WorkedKey, text: String, misses: usize) {
        if let Ok(mut fresh) = self.fresh.lock() {
            fresh.misses += misses;
            fresh.worked_out.insert(key, text);
        }
    }

    /// The blob id of a file; `None` where what is read of it is not all that is in it, as of a link.
    pub fn id_of(&self, entry: &TreeEntry, tree: &dyn Tree, limit: u64) -> Option<BlobId> {
        if !matches!(entry.kind, EntryKind::File) {
            return None;
        }
        let known = || entry.stamp.and_then(|stamp| self.known_id(&entry.path, stamp));
        entry.id.or_else(known).or_else(|| {
            let id = hash_blob(&tree.read(&entry.path, limit).ok()?)?;
            if let Some(stamp) = entry.stamp {
                self.learn(&entry.path, stamp, id);
            }
            Some(id)
        })
    }

    /// The cache for the next run of a program that goes on running: what this run used is kept, and nothing else, so
    /// that it does not grow with every keystroke. `began` is when this run began to read.
    #[must_use]
    pub fn next_run(self, began: jiff::Timestamp) -> Self {
        let fresh = self.fresh.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Of the results of one content only the last is that of the tree as it is now.
        let last = |mut results: Results| results.pop().into_iter().collect();
        Self {
            saved_ns: began.as_nanosecond(),
            salt: self.salt,
            files: fresh.files,
            old: fresh.results.into_iter().map(|(key, results)| (key, last(results))).collect(),
            old_prices: fresh.prices,
            old_worked_out: fresh.worked_out,
            fresh: Mutex::default(),
        }
    }

    /// How many results had to be worked out in this run.
    pub fn misses(&self) -> usize {
        self.fresh.lock().map_or(0, |fresh| fresh.misses)
    }
}

/// Nothing is kept of a file whose name is a secret.
fn may_be_kept(path: &RepoPath) -> bool {
    matches!(crate::secrets::scrub(path.as_str()), std::borrow::Cow::Borrowed(_))
}

/// List prices, looked up once: reading the price book takes longer than everything else of a warm run.
impl Source for Cache {
    fn entry(&self, model: &str, terms: &Terms, day: jiff::civil::Date) -> Priced {
        let key = (model.to_owned(), terms.to_string(), day.to_string());
        let known = self.old_prices.get(&key).cloned();
        let misses = usize::from(known.is_none());
        let priced = known.unwrap_or_else(|| Embedded.entry(model, terms, day));
        if let Ok(mut fresh) = self.fresh.lock() {
            fresh.misses += misses;
            fresh.prices.insert(key, priced.clone());
        }
        priced
    }
}

/// A digest of the paths, kinds and sizes of a tree: while it is the same, only contents can differ.
pub fn listing(tree: &dyn Tree) -> u64 {
    use sha2::Digest;
    let mut hash = sha2::Sha256::new();
    for entry in tree.entries() {
        hash.update((entry.path.as_str().len() as u64).to_le_bytes());
        hash.update(entry.path.as_str().as_bytes());
        match &entry.kind {
            EntryKind::File => hash.update([0]),
            EntryKind::Link { target } => {
                hash.update([1]);
                hash.update(target.as_str().as_bytes());
            }
            EntryKind::BadLink { .. } => hash.update([2]),
        }
        // Of a git revision the size is not known, but the id is, and says more.
        hash.update(entry.size.unwrap_or(u64::MAX).to_le_bytes());
        if let Some(id) = entry.id {
            hash.update(id.0);
        }
    }
    hash.finalize().iter().take(8).fold(0, |value, byte| (value << 8) | u64::from(*byte))
}
