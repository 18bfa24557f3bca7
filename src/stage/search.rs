//! The search of a whole tree, of a change, or of a history for secrets: what `weighbridge secrets` does.

use super::pipeline::tool;
use super::secrets::{MAX_FILE_BYTES, is_binary, located};
use crate::agent::classify;
use crate::base::text::visible;
use crate::base::tree::{BlobId, Entry, EntryKind, is_skipped_folder};
use crate::base::{RepoPath, Tree, TreeError, Verdict};
use crate::config::{self, Config};
use crate::context::PipelineContext;
use crate::cost::prices;
use crate::report::{Compared, RunReport, StageReport};
use crate::rules::agnix;
use crate::rules::compare::compare;
use crate::rules::ignore;
use crate::rules::ours::LEAKED_SECRET;
use crate::secrets::{Key, Leak, SecretFingerprint, scan};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// What a search found.
#[derive(Clone, Debug, Default)]
pub struct Searched {
    /// The leaks, sorted by place.
    pub leaks: Vec<Leak>,
    /// Texts that were searched.
    pub texts: usize,
    /// Files that were not, with the reason.
    pub skipped: Vec<(RepoPath, String)>,
}

/// The group of the rule about secrets.
const GROUP: &str = "secrets";

enum Looked {
    Text(Vec<Leak>),
    Binary,
    Skipped(RepoPath, String),
}

/// Searches the files of a tree; `tick` is called once a file.
pub fn in_tree(
    tree: &dyn Tree,
    config: &Config,
    agent_files: bool,
    key: &Key,
    tick: &(dyn Fn() + Sync),
) -> Searched {
    let is_agent_file = |entry: &Entry| {
        classify(&entry.path, tree, &config.declared).is_some() || agnix::recognises(&entry.path)
    };
    let wanted: Vec<&Entry> = tree
        .entries()
        .iter()
        // What a link shows is searched where it stands.
        .filter(|entry| entry.kind == EntryKind::File && !config.excluded.is_match(entry.path.as_str()))
        .filter(|entry| !agent_files || is_agent_file(entry))
        .collect();
    let looked: Vec<Looked> = wanted
        .par_iter()
        .map(|entry| {
            tick();
            look(tree, &entry.path, config, key)
        })
        .collect();
    gather(looked)
}

fn look(tree: &dyn Tree, path: &RepoPath, config: &Config, key: &Key) -> Looked {
    match tree.read(path, MAX_FILE_BYTES) {
        Ok(bytes) => look_at(path, &bytes, config, key),
        Err(TreeError::TooLarge { size, .. }) => {
            Looked::Skipped(path.clone(), format!("it has {size} bytes"))
        }
        Err(error) => Looked::Skipped(path.clone(), error.to_string()),
    }
}

fn look_at(path: &RepoPath, bytes: &[u8], config: &Config, key: &Key) -> Looked {
    if is_binary(bytes) {
        return Looked::Binary;
    }
    let text = String::from_utf8_lossy(bytes);
    let scan = scan(path, &text);
    let mut leaks = scan.leaks(path, &text, key);
    if !leaks.is_empty() {
        let off = config.levels.switched_off(LEAKED_SECRET, GROUP, path);
        let off = off.map(|reason| format!("{reason} ({})", config::FILE_NAME));
        let ignores = ignore::of_rule(LEAKED_SECRET, path, &scan.masked(&text));
        for leak in &mut leaks {
            let beside = ignores.reason(LEAKED_SECRET, leak.span.start.line).map(visible);
            leak.allowed = off.clone().or(beside);
        }
    }
    Looked::Text(leaks)
}

fn gather(looked: Vec<Looked>) -> Searched {
    let mut searched = Searched::default();
    for one in looked {
        match one {
            Looked::Text(leaks) => {
                searched.texts += 1;
                searched.leaks.extend(leaks);
            }
            Looked::Binary => {}
            Looked::Skipped(path, reason) => searched.skipped.push((path, reason)),
        }
    }
    searched
}

/// Leaves out what stood in the same file of `base` already: as often, and with the same value.
pub fn new_since(searched: &mut Searched, base: &dyn Tree, config: &Config, key: &Key) {
    let paths: BTreeSet<&RepoPath> = searched.leaks.iter().map(|leak| &leak.path).collect();
    let mut before: BTreeMap<(RepoPath, SecretFingerprint), usize> = BTreeMap::new();
    for path in paths {
        if let Looked::Text(leaks) = look(base, path, config, key) {
            for leak in leaks {
                *before.entry((leak.path, leak.fingerprint)).or_default() += 1;
            }
        }
    }
    searched.leaks.retain(|leak| {
        let known = before.get_mut(&(leak.path.clone(), leak.fingerprint.clone()));
        known.is_none_or(|count| {
            let is_new = *count == 0;
            *count = count.saturating_sub(1);
            is_new
        })
    });
}

/// One version of a file, and the first commit that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The commit.
    pub commit: String,
    /// The path there.
    pub path: RepoPath,
    /// The content.
    pub id: BlobId,
}

/// A leak, and the first commit that has it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct OldLeak {
    /// What, and where in that commit.
    #[serde(flatten)]
    pub leak: Leak,
    /// The commit.
    pub commit: String,
}

/// Searches every version of every file once, the oldest first; every secret is reported once for every path.
///
/// Whole versions are searched, not lines that were added: what a value is depends on what stands around it. A content
/// that many commits share is read once.
pub fn in_history(
    versions: &[Version],
    read: &(dyn Fn(BlobId) -> Result<Option<Vec<u8>>, String> + Sync),
    config: &Config,
    key: &Key,
    tick: &(dyn Fn() + Sync),
) -> (Vec<OldLeak>, Searched) {
    let wanted: Vec<&Version> = versions
        .iter()
        .filter(|version| !config.excluded.is_match(version.path.as_str()))
        .filter(|version| {
            let folder = version.path.parent();
            !folder.parts().any(|part| is_skipped_folder(part, |_| false))
        })
        .collect();
    let looked: Vec<Looked> = wanted
        .par_iter()
        .map(|version| {
            tick();
            match read(version.id) {
                Ok(Some(bytes)) => look_at(&version.path, &bytes, config, key),
                Ok(None) => Looked::Skipped(version.path.clone(), "it is too large".to_owned()),
                Err(reason) => Looked::Skipped(version.path.clone(), reason),
            }
        })
        .collect();
    let mut seen: BTreeSet<(RepoPath, SecretFingerprint)> = BTreeSet::new();
    let mut found = Vec::new();
    for (version, one) in wanted.iter().zip(&looked) {
        let Looked::Text(leaks) = one else { continue };
        for leak in leaks {
            if seen.insert((leak.path.clone(), leak.fingerprint.clone())) {
                found.push(OldLeak { leak: leak.clone(), commit: version.commit.clone() });
            }
        }
    }
    (found, gather(looked))
}

/// A report that says nothing but this, for the renderers that every command shares.
pub fn report(
    leaks: &[Leak],
    texts: usize,
    summary: String,
    head: String,
    notes: Vec<String>,
    context: PipelineContext,
) -> RunReport {
    let open = leaks.iter().any(|leak| leak.allowed.is_none());
    let verdict = match (open, texts) {
        (true, _) => Verdict::Block,
        (false, 0) => Verdict::Skip,
        (false, _) => Verdict::Pass,
    };
    let found = leaks.iter().map(|leak| located(leak, 0)).collect();
    let compared = Compared { head, base: None, changed_files: None };
    let mut report = RunReport {
        verdict,
        stages: vec![StageReport { id: "secrets".to_owned(), verdict, summary }],
        findings: compare(found, None, &BTreeMap::new()),
        notes,
        ..RunReport::empty(tool(prices::BOOK.to_owned()), context, compared)
    };
    super::secrets::scrub_report(&mut report);
    report
}
