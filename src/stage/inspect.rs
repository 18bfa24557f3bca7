//! One revision: find its agent files, read them, weigh them, check them. Faults stay with their file.

use super::cache::{Cache, listing};
use super::masked::{MaskedTree, without_names};
use super::secrets::{is_binary, tag};
use crate::agent::markdown::code_ranges;
use crate::agent::verdict::{self, Ruling};
use crate::agent::{
    AgentFile, Fault, FileView, Kind, PartName, ReadFile, Repo, classify, front_matter, read,
};
use crate::base::tree::{BlobId, hash_blob};
use crate::base::{Entry, EntryKind, Finding, LineIndex, Place, Position, RepoPath, Span, Tree, TreeError};
use crate::config::Declared;
use crate::cost::always_loaded::Scales;
use crate::cost::tokens::{Weight, weigh};
use crate::rules::agnix::{self, RawFinding, Trace};
use crate::rules::compare::{Located, line_digest};
use crate::rules::ignore::{self, Ignores};
use crate::rules::ours::{self, LEAKED_SECRET};
use crate::secrets::{Key, Leak, scan};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Larger files are neither weighed nor checked. Claude Code skips instruction files beyond this size.
const MAX_READ_BYTES: u64 = 4 * 1024 * 1024;
/// How many rounds of imports are followed: Claude Code follows four, and a fifth is reported as too far.
const IMPORT_ROUNDS: usize = 6;
/// Imported texts that are read in one round; real repositories import a handful.
const MAX_IMPORTED: usize = 2_000;

/// One file, read, weighed and checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspected {
    /// What it declares.
    pub file: AgentFile,
    /// The weight of each of its parts.
    pub weights: Vec<(PartName, Weight)>,
    /// What the rules say about it, with the digest of the line each points at.
    pub findings: Vec<(RawFinding, u64)>,
    /// What readers do with it, where they do not load it as it stands.
    pub rulings: Vec<Ruling>,
    /// What its checks asked about other files.
    pub trace: Trace,
    /// What it says about being ignored.
    pub ignores: Ignores,
    /// There are secrets in it.
    pub leaky: bool,
}

/// One revision, inspected.
pub struct Inspection {
    /// The tree it was made from, with the secrets of its agent files blotted out.
    pub tree: Arc<dyn Tree>,
    /// The same with them, and without those of its paths.
    pub(super) raw: Arc<dyn Tree>,
    /// Its agent files.
    pub repo: Repo,
    /// The weight of every part of every file.
    pub weights: BTreeMap<(RepoPath, PartName), Weight>,
    /// What readers do with files that they do not load as they stand.
    pub rulings: BTreeMap<RepoPath, Vec<Ruling>>,
    /// Findings of agnix and of our own file rules, whether they count or not.
    pub findings: Vec<(RepoPath, RawFinding, u64)>,
    /// What files say about being ignored, where they say something.
    pub ignores: BTreeMap<RepoPath, Ignores>,
    /// The paths that the configuration leaves out.
    pub excluded: globset::GlobSet,
    /// The only files that were looked at; `None` for all.
    pub only: Option<Arc<BTreeSet<RepoPath>>>,
}

/// How far a look at a file goes: each step takes several times as long as the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// What it declares.
    Read,
    /// Its tokens too.
    Weigh,
    /// What the rules say too.
    Check,
}

/// Looks at the files of a revision as far as is asked for, and keeps nothing.
pub fn look(tree: &Arc<dyn Tree>, depth: Depth, tick: &(dyn Fn() + Sync)) -> Inspection {
    let config = crate::config::Config::default();
    look_at(tree, (&config.declared, &config.excluded), depth, tick)
}

/// The same for the files a configuration names and leaves out.
pub fn look_at(
    tree: &Arc<dyn Tree>,
    (declared, excluded): (&Declared, &globset::GlobSet),
    depth: Depth,
    tick: &(dyn Fn() + Sync),
) -> Inspection {
    inspect_with(tree, (declared, excluded), None, &Cache::default(), tick, depth)
}

/// Inspects a revision; `excluded` are paths the configuration leaves out, `tick` is called once a file.
pub fn inspect(
    tree: &Arc<dyn Tree>,
    declared: &Declared,
    excluded: &globset::GlobSet,
    only: Option<Arc<BTreeSet<RepoPath>>>,
    cache: &Cache,
    tick: &(dyn Fn() + Sync),
) -> Inspection {
    inspect_with(tree, (declared, excluded), only, cache, tick, Depth::Check)
}

/// The kind of a file that is looked at.
pub fn kind_of(path: &RepoPath, tree: &dyn Tree, declared: &Declared) -> Option<Kind> {
    classify(path, tree, declared).or_else(|| agnix::recognises(path).then_some(Kind::Other))
}

/// The agent files that differ between two revisions, wherever there is a difference.
pub fn changed_files(
    (base, head): (&dyn Tree, &dyn Tree),
    declared: &Declared,
    excluded: &globset::GlobSet,
    cache: &Cache,
) -> BTreeSet<RepoPath> {
    let known = |tree: &dyn Tree, other: &dyn Tree| -> Vec<RepoPath> {
        let candidates = tree.entries().iter().filter(|entry| {
            !excluded.is_match(entry.path.as_str())
                && (kind_of(&entry.path, tree, declared).is_some() || is_document_of_team(&entry.path))
        });
        let differs = |entry: &&Entry| {
            let there = other.entry(entry.path.as_str());
            let id = |entry: &Entry, tree: &dyn Tree| match entry.kind {
                EntryKind::File => entry.known_id().or_else(|| cache.id_of(entry, tree, MAX_READ_BYTES)),
                _ => None,
            };
            // Links and what cannot be read count as changed, on the safe side.
            there.is_none_or(|there| {
                let (here, there) = (id(entry, tree), id(there, other));
                here.is_none() || here != there
            })
        };
        candidates.filter(differs).map(|entry| entry.path.clone()).collect()
    };
    known(head, base).into_iter().chain(known(base, head)).collect()
}

/// Documents of teams are no agent files, and are read with them.
fn is_document_of_team(path: &RepoPath) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("md"))
}

fn inspect_with(
    tree: &Arc<dyn Tree>,
    (declared, excluded): (&Declared, &globset::GlobSet),
    only: Option<Arc<BTreeSet<RepoPath>>>,
    cache: &Cache,
    tick: &(dyn Fn() + Sync),
    depth: Depth,
) -> Inspection {
    let (tree, leaky_names) = &without_names(tree);
    let wanted: Vec<(RepoPath, Kind)> = tree
        .entries()
        .iter()
        .filter(|entry| !excluded.is_match(entry.path.as_str()))
        // A server may be called `mcp` or `settings`; its list is no file of a client.
        .filter(|entry| entry.path.parent().as_str() != crate::agent::mcp::listing::FOLDER)
        .filter(|entry| only.as_ref().is_none_or(|only| only.contains(&entry.path)))
        .filter_map(|entry| Some((entry.path.clone(), kind_of(&entry.path, &**tree, declared)?)))
        .collect();
    // Who asks for changed files alone waits for it, and loading a vocabulary takes longer than all the rest.
    let weighs = depth >= Depth::Weigh && only.is_none();
    let look = Look { tree, cache, listing: listing(&**tree), tick, depth, weighs, key: cache.key() };
    let mut results = look.at_all(&wanted);
    let mut known: BTreeSet<RepoPath> = wanted.into_iter().map(|(path, _)| path).collect();
    for _ in 0..IMPORT_ROUNDS {
        let fresh = imported(&results, &known, &**tree);
        if fresh.is_empty() {
            break;
        }
        known.extend(fresh.iter().map(|(path, _)| path.clone()));
        results.extend(look.at_all(&fresh));
    }
    let mut weights = BTreeMap::new();
    let mut findings = Vec::new();
    let mut ignores = BTreeMap::new();
    let mut rulings = BTreeMap::new();
    for result in &results {
        if result.ignores != Ignores::default() {
            ignores.insert(result.file.path.clone(), result.ignores.clone());
        }
        if !result.rulings.is_empty() {
            rulings.insert(result.file.path.clone(), result.rulings.clone());
        }
        for (part, weight) in &result.weights {
            weights.insert((result.file.path.clone(), *part), *weight);
        }
        let path = &result.file.path;
        findings.extend(result.findings.iter().map(|(raw, digest)| (path.clone(), raw.clone(), *digest)));
    }
    for path in leaky_names {
        findings.push((path.clone(), raw(&ours::of_leaky_name(path)), 0));
    }
    let leaky = results.iter().filter(|result| result.leaky).map(|result| result.file.path.clone()).collect();
    let repo = Repo::new(results.into_iter().map(|result| result.file.clone()));
    Inspection {
        tree: MaskedTree::over(tree, leaky),
        raw: Arc::clone(tree),
        repo,
        weights,
        rulings,
        findings,
        ignores,
        excluded: excluded.clone(),
        only,
    }
}

/// Looks at the files of one revision.
struct Look<'a> {
    tree: &'a Arc<dyn Tree>,
    cache: &'a Cache,
    listing: u64,
    tick: &'a (dyn Fn() + Sync),
    depth: Depth,
    weighs: bool,
    key: Key,
}

impl Look<'_> {
    fn at_all(&self, wanted: &[(RepoPath, Kind)]) -> Vec<Arc<Inspected>> {
        wanted
            .par_iter()
            .map(|(path, kind)| {
                let result = self.at(path, *kind);
                (self.tick)();
                result
            })
            .collect()
    }

    fn at(&self, path: &RepoPath, kind: Kind) -> Arc<Inspected> {
        let entry = self.tree.entry(path.as_str());
        if let Some(EntryKind::Link { target }) = entry.map(|entry| &entry.kind) {
            return Arc::new(self.at_link(path, kind, target));
        }
        let stamp = entry.and_then(|entry| entry.stamp);
        let known = entry
            .and_then(|entry| entry.id)
            .or_else(|| stamp.and_then(|stamp| self.cache.known_id(path, stamp)));
        if let Some(found) = known.and_then(|id| self.cached(path, kind, id)) {
            return found;
        }
        let bytes = match self.tree.read(path, MAX_READ_BYTES) {
            Ok(bytes) => bytes,
            Err(error) => return Arc::new(faulty(path, kind, &error)),
        };
        let id = entry.and_then(|entry| entry.id).or_else(|| hash_blob(&bytes));
        if let Some((stamp, id)) = stamp.zip(id) {
            self.cache.learn(path, stamp, id);
        }
        if let Some(found) = id.and_then(|id| self.cached(path, kind, id)) {
            return found;
        }
        let result = Arc::new(self.check(path, kind, id.unwrap_or(BlobId([0; 20])), &bytes));
        // Another run may want the weights.
        if let Some(id) = id.filter(|_| self.weighs || self.depth < Depth::Check) {
            self.cache.put(id, &result, self.listing);
        }
        result
    }

    fn check(&self, path: &RepoPath, kind: Kind, id: BlobId, bytes: &[u8]) -> Inspected {
        let (leaks, masked) = self.leaks(path, kind, bytes);
        let mut found = read(path, kind, id, masked.as_deref().map_or(bytes, str::as_bytes));
        let too_large = bytes.len() as u64 > agnix::MAX_BYTES;
        if kind == Kind::Imported {
            // Anything may be imported, a picture too; only the weight of its text matters.
            found.faults.clear();
        } else if too_large {
            let limit = agnix::MAX_BYTES;
            found.faults.push(Fault::TooLarge { size: bytes.len() as u64, limit });
        }
        let (mut findings, mut trace) = match found.text.as_deref() {
            Some(text) if !too_large && self.depth >= Depth::Check => agnix::check(path, text, self.tree),
            _ => (Vec::new(), Trace::default()),
        };
        if kind.is_prose() {
            point_at_the_fault(&mut findings, &found);
        } else {
            point_where_the_message_says(&mut findings);
        }
        let mut rulings = if found.text.is_none() { verdict::of_unreadable(path, kind) } else { Vec::new() };
        if let Some(text) = found.text.as_deref().filter(|_| !too_large) {
            let plugin = is_of_plugin(path, kind, &**self.tree, &mut trace);
            let view = FileView::new((path, kind), text, (&found.header, &found.split), plugin);
            rulings = verdict::of_file(&view);
            if self.depth >= Depth::Check {
                agnix::adjust(&mut findings, &view);
                findings.extend(ours::check_file(&view).iter().map(raw));
            }
        }
        findings.extend(ours::check_faults(path, &found.faults).iter().map(raw));
        findings.extend(leaks.iter().map(raw_leak));
        let findings = with_line_digests(findings, found.text.as_deref().unwrap_or(""));
        // A model reads the secret too, so it counts.
        let whole = masked.as_ref().map(|_| read(path, kind, id, bytes));
        let weighed = whole.as_ref().unwrap_or(&found);
        let parts = weighed.file.parts.iter().filter(|_| self.weighs);
        let weights = parts.map(|part| (*part, weigh(&weighed.part(*part)))).collect();
        let ignores = ignores_of(&found, kind);
        let leaky = !leaks.is_empty();
        Inspected { file: found.file, weights, findings, rulings, trace, ignores, leaky }
    }

    /// The secrets of a file, and its text without them when there are any. Nothing else reads the text before.
    fn leaks(&self, path: &RepoPath, kind: Kind, bytes: &[u8]) -> (Vec<Leak>, Option<String>) {
        if kind == Kind::Imported && is_binary(bytes) {
            return (Vec::new(), None);
        }
        let text = String::from_utf8_lossy(bytes);
        let scan = scan(path, &text);
        if scan.is_empty() {
            (Vec::new(), None)
        } else {
            (scan.leaks(path, &text, &self.key), Some(scan.masked(&text)))
        }
    }

    fn cached(&self, path: &RepoPath, kind: Kind, id: BlobId) -> Option<Arc<Inspected>> {
        self.cache.get(path, kind, id, &**self.tree, self.listing)
    }

    /// What a link shows is judged where it stands, once.
    fn at_link(&self, path: &RepoPath, kind: Kind, target: &RepoPath) -> Inspected {
        let mut result = match self.tree.read(path, MAX_READ_BYTES) {
            Ok(bytes) => {
                let id = hash_blob(&bytes).unwrap_or(BlobId([0; 20]));
                self.check(path, kind, id, &bytes)
            }
            Err(error) => faulty(path, kind, &error),
        };
        if classify(target, &**self.tree, &Declared::default()).is_some() || agnix::recognises(target) {
            result.findings.clear();
        }
        result.file.link = Some(target.clone());
        result
    }
}

/// True for a file of a plugin: a folder above it has a manifest, and it lies in no client's own folder.
pub(super) fn is_of_plugin(path: &RepoPath, kind: Kind, tree: &dyn Tree, trace: &mut Trace) -> bool {
    let parts = path.parts().count();
    let own = path.parts().take(parts.saturating_sub(1)).any(|part| part.starts_with('.'));
    if own || !matches!(kind, Kind::SubAgent | Kind::Mcp | Kind::Skill) {
        return false;
    }
    let folders = path.parent().ancestors_from_root();
    let above: &[RepoPath] = if kind == Kind::Mcp {
        folders.last().map(std::slice::from_ref).unwrap_or_default()
    } else {
        &folders
    };
    above
        .iter()
        .any(|folder| folder.join(".claude-plugin").is_some_and(|manifest| trace.is_folder(tree, &manifest)))
}

fn faulty(path: &RepoPath, kind: Kind, error: &TreeError) -> Inspected {
    let mut file = read(path, kind, BlobId([0; 20]), &[]).file;
    let fault = match error {
        TreeError::TooLarge { size, limit, .. } => {
            file.bytes = *size;
            file.blank = false;
            Fault::TooLarge { size: *size, limit: *limit }
        }
        TreeError::BadLink { reason, .. } => Fault::RefusedLink { reason: reason.clone() },
        TreeError::Missing(_) => Fault::Unreadable { reason: "it is gone".to_owned() },
        TreeError::Unreadable { reason, .. } => Fault::Unreadable { reason: reason.clone() },
    };
    file.parts.clear();
    let findings = ours::check_faults(path, &[fault]).into_iter().map(|finding| (raw(&finding), 0)).collect();
    Inspected {
        file,
        weights: Vec::new(),
        findings,
        rulings: Vec::new(),
        trace: Trace::default(),
        ignores: Ignores::default(),
        leaky: false,
    }
}

/// What a file says about being ignored. Only in the header of Markdown, and in other files, does `#` begin a comment.
fn ignores_of(read: &ReadFile, kind: Kind) -> Ignores {
    let Some(text) = read.text.as_deref() else { return Ignores::default() };
    if kind == Kind::Imported {
        return ignore::of_rule(LEAKED_SECRET, &read.file.path, text);
    }
    ignores_in(text, kind)
}

/// What the text of an agent file says about being ignored.
pub(super) fn ignores_in(text: &str, kind: Kind) -> Ignores {
    if !kind.is_prose() {
        return ignore::read(text, Vec::new, &(0..text.len()));
    }
    ignore::read(text, || code_ranges(text), &(0..front_matter::split(text).body))
}

fn with_line_digests(findings: Vec<RawFinding>, text: &str) -> Vec<(RawFinding, u64)> {
    if findings.is_empty() {
        return Vec::new();
    }
    let index = LineIndex::new(text);
    // Many findings may stand in one long line; it is hashed once.
    let mut digests: BTreeMap<u32, u64> = BTreeMap::from([(0, 0)]);
    findings
        .into_iter()
        .map(|finding| {
            let line = finding.line;
            (finding, *digests.entry(line).or_insert_with(|| line_digest(index.line(line))))
        })
        .collect()
}

/// agnix places an unreadable header at its beginning and counts lines from there; our parser knows the line of
/// the file.
fn point_at_the_fault(findings: &mut [RawFinding], read: &ReadFile) {
    let Some(error) = read.broken_header() else { return };
    let parse_errors = findings.iter_mut().filter(|finding| finding.message.starts_with("Failed to parse"));
    for finding in parse_errors {
        if let Some((message, _)) = finding.message.split_once(" at line ") {
            finding.message = message.to_owned();
        }
        (finding.line, finding.column) = (error.at.line, error.at.column);
        (finding.end_line, finding.end_column) = (None, None);
    }
}

/// agnix places a JSON file it cannot parse at its first line, while the parser's message names the right one.
fn point_where_the_message_says(findings: &mut [RawFinding]) {
    for finding in findings.iter_mut().filter(|finding| finding.line <= 1) {
        let Some((message, place)) = finding.message.rsplit_once(" at line ") else { continue };
        let Some((line, column)) = place.split_once(" column ") else { continue };
        let (Ok(line), Ok(column)) = (line.parse::<u32>(), column.parse::<u32>()) else { continue };
        if finding.message.starts_with("Failed to parse") && line > 0 {
            finding.message = message.to_owned();
            (finding.line, finding.column) = (line, column.max(1));
            (finding.end_line, finding.end_column) = (None, None);
        }
    }
}

/// A finding of our own in the form in which findings are cached.
fn raw(finding: &Finding) -> RawFinding {
    let span = finding.place.span;
    RawFinding {
        rule: finding.rule.clone(),
        severity: finding.severity,
        message: finding.message.clone(),
        line: span.map_or(0, |span| span.start.line),
        column: span.map_or(0, |span| span.start.column),
        end_line: span.map(|span| span.end.line),
        // agnix counts the last character in, and `located` expects that of all.
        end_column: span.map(|span| span.end.column.saturating_sub(1)),
        help: finding.help.clone(),
        tool: None,
        clients: finding.clients.clone(),
        value: None,
    }
}

/// A leak in the same form: the only one of our findings about one file that says where it ends.
fn raw_leak(leak: &Leak) -> RawFinding {
    RawFinding {
        end_line: Some(leak.span.end.line),
        end_column: Some(leak.span.end.column.saturating_sub(1)),
        value: Some(tag(leak)),
        ..raw(&ours::of_leak(leak))
    }
}

/// A raw finding as a finding at its place.
pub fn located(path: &RepoPath, raw: &RawFinding, digest: u64) -> Located {
    let place = if raw.line == 0 {
        Place::file(path.clone())
    } else {
        let start = Position { line: raw.line, column: raw.column.max(1) };
        let end = match (raw.end_line, raw.end_column) {
            // agnix counts the last character in; our spans end after it.
            (Some(line), Some(column)) => Position { line, column: column.saturating_add(1) }.max(start),
            _ => start,
        };
        Place::span(path.clone(), Span { start, end })
    };
    let mut finding = Finding::new(&raw.rule, raw.severity, place, raw.message.clone());
    finding.help.clone_from(&raw.help);
    finding.clients = raw.tool.as_deref().and_then(agnix::client_of_tool).into_iter().collect();
    finding.clients.extend(&raw.clients);
    Located { finding, line_digest: digest, value: raw.value }
}

/// Texts that the files seen so far import and that have not been read yet.
fn imported(
    results: &[Arc<Inspected>],
    known: &BTreeSet<RepoPath>,
    tree: &dyn Tree,
) -> Vec<(RepoPath, Kind)> {
    let mut fresh: Vec<RepoPath> = results
        .iter()
        .flat_map(|result| {
            let folder = result.file.path.parent();
            result.file.declares.imports.iter().filter_map(move |import| folder.join(&import.target))
        })
        .filter(|path| !known.contains(path) && tree.entry(path.as_str()).is_some())
        .collect();
    fresh.sort();
    fresh.dedup();
    fresh.truncate(MAX_IMPORTED);
    fresh.into_iter().map(|path| (path, Kind::Imported)).collect()
}

impl Inspection {
    /// The text of a part, read again; `part` is its name in output.
    pub fn part_text(&self, path: &RepoPath, part: &str) -> Option<String> {
        let file = self.repo.get(path)?;
        let name = file.parts.iter().find(|name| name.name() == part)?;
        let bytes = self.tree.read(path, MAX_READ_BYTES).ok()?;
        let read = read(path, file.kind, BlobId([0; 20]), &bytes);
        Some(read.part(*name).into_owned())
    }
}

impl Scales for Inspection {
    fn weigh(&self, path: &RepoPath, part: PartName) -> Weight {
        self.weights.get(&(path.clone(), part)).copied().unwrap_or_default()
    }

    fn weigh_prefix(&self, path: &RepoPath, bytes: u64) -> Weight {
        let Ok(content) = self.tree.read(path, MAX_READ_BYTES) else { return Weight::default() };
        let cut = usize::try_from(bytes).unwrap_or(usize::MAX).min(content.len());
        weigh(&String::from_utf8_lossy(content.get(..cut).unwrap_or(&[])))
    }
}
