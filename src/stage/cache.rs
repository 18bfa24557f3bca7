//! Results kept from one revision to the next and from one run to the next.
//!
//! A result belongs to a path, a kind and the blob id of the content, under one version of the program and its
//! rule set. It also carries what its checks asked about other files; it is used again only while those
//! questions get the same answers. So a cache can make a run faster but never change what it says. Whoever can
//! write the cache folder can write its answers: in CI, restore it from branches you trust only.

use super::inspect::Inspected;
use crate::agent::Kind;
use crate::base::tree::BlobId;
use crate::base::{RepoPath, Tree};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// Raised when the meaning of stored results changes without a new version of the program or its rules.
const FORMAT: u32 = 1;

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
    entries: Vec<(Key, Vec<Inspected>)>,
}

/// Results by path, kind and content.
#[derive(Default)]
pub struct Cache {
    old: BTreeMap<Key, Vec<Arc<Inspected>>>,
    fresh: Mutex<Fresh>,
}

#[derive(Default)]
struct Fresh {
    results: BTreeMap<Key, Vec<Arc<Inspected>>>,
    misses: usize,
}

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
        let old = stored
            .entries
            .into_iter()
            .map(|(key, results)| (key, results.into_iter().map(Arc::new).collect()))
            .collect();
        Self { old, fresh: Mutex::default() }
    }

    /// The bytes to store: the results of this run. `None` when nothing new was found, so that an unchanged
    /// cache is not written again.
    pub fn store(&self) -> Option<Vec<u8>> {
        let fresh = self.fresh.lock().ok()?;
        let used: BTreeSet<&Key> = fresh.results.keys().collect();
        if fresh.misses == 0 && self.old.keys().all(|key| used.contains(key)) {
            return None;
        }
        let entries = fresh
            .results
            .iter()
            .map(|(key, results)| {
                (key.clone(), results.iter().map(|result| Inspected::clone(result)).collect())
            })
            .collect();
        postcard::to_allocvec(&Stored { stamp: stamp(), entries }).ok()
    }

    /// The result for a file if there is one that still holds in this tree.
    pub fn get(&self, path: &RepoPath, kind: Kind, id: BlobId, tree: &dyn Tree) -> Option<Arc<Inspected>> {
        let key = Key { path: path.clone(), kind, id: id.0 };
        let holds = |results: &Vec<Arc<Inspected>>| {
            results.iter().find(|result| result.trace.still_holds(tree)).map(Arc::clone)
        };
        let fresh = self.fresh.lock().ok().and_then(|fresh| fresh.results.get(&key).cloned());
        if let Some(found) = fresh.as_ref().and_then(holds) {
            return Some(found);
        }
        let found = self.old.get(&key).and_then(holds)?;
        self.keep(key, &found, 0);
        Some(found)
    }

    /// Remembers a result.
    pub fn put(&self, id: BlobId, result: &Arc<Inspected>) {
        let key = Key { path: result.file.path.clone(), kind: result.file.kind, id: id.0 };
        self.keep(key, result, 1);
    }

    fn keep(&self, key: Key, result: &Arc<Inspected>, misses: usize) {
        if let Ok(mut fresh) = self.fresh.lock() {
            fresh.misses += misses;
            fresh.results.entry(key).or_default().push(Arc::clone(result));
        }
    }

    /// How many results had to be worked out in this run.
    pub fn misses(&self) -> usize {
        self.fresh.lock().map_or(0, |fresh| fresh.misses)
    }
}
