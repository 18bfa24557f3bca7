//! Recorded replies: one file for each run of a case, which people can read and compare.
//!
//! A file lists the exchanges of a run in order. An answer is found by its key alone, so renaming a case loses nothing; the
//! requests stand beside the answers so that a miss can say what has changed.

use super::REPLIES;
use super::skill_triggers::TRIAL;
use crate::base::{MemoryTree, RepoPath, Tree};
use crate::chat::differ::differences;
use crate::chat::key::{SCHEMA, key};
use crate::chat::{Message, Reply, Request};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// Larger recordings are not read, in bytes.
pub const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// Reasons that are shown of one miss.
const MAX_REASONS: usize = 5;

/// A recorded run, as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// Version of keys and format.
    pub schema: u32,
    /// The case.
    pub case: String,
    /// Which repeat it is, from 1.
    pub repeat: u32,
    /// What was asked and answered, in order.
    pub exchanges: Vec<Exchange>,
}

/// A question and its answer, as they are written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// The key of the request.
    pub key: String,
    /// When the answer came.
    pub recorded_at: jiff::Timestamp,
    /// How long it took, in milliseconds.
    pub latency_ms: u64,
    /// Who asked; empty for the main agent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub agent: String,
    /// The whole request; left out where it goes on from the one before it of the same agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
    /// What was said since the request before it of the same agent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Message>,
    /// The answer.
    pub reply: Reply,
}

/// An answer that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The answer.
    pub reply: Reply,
    /// When it came.
    pub recorded_at: jiff::Timestamp,
    /// How long it took then, in milliseconds.
    pub latency_ms: u64,
}

impl Recording {
    /// An empty one.
    pub fn new(case: &str, repeat: u32) -> Self {
        Self { schema: SCHEMA, case: case.to_owned(), repeat, exchanges: Vec::new() }
    }

    /// Adds an exchange.
    pub fn add(
        &mut self,
        agent: &str,
        request: &Request,
        reply: Reply,
        at: jiff::Timestamp,
        latency_ms: u64,
    ) {
        let key = key(request, self.repeat);
        let before =
            self.requests().into_iter().rev().find(|(name, _)| name == agent).map(|(_, request)| request);
        let rest = before.and_then(|before| {
            let tail = request.messages.strip_prefix(before.messages.as_slice())?.to_vec();
            let same = Request { messages: before.messages.clone(), ..request.clone() } == before;
            (same && !tail.is_empty()).then_some(tail)
        });
        let request = if rest.is_some() { None } else { Some(request.clone()) };
        self.exchanges.push(Exchange {
            key,
            recorded_at: at,
            latency_ms,
            agent: agent.to_owned(),
            request,
            messages: rest.unwrap_or_default(),
            reply,
        });
    }

    /// The requests in full, each with who asked.
    pub fn requests(&self) -> Vec<(String, Request)> {
        let mut last: BTreeMap<&str, Request> = BTreeMap::new();
        let mut found = Vec::new();
        for exchange in &self.exchanges {
            let request = match (&exchange.request, last.get(exchange.agent.as_str())) {
                (Some(request), _) => request.clone(),
                (None, Some(before)) => {
                    let mut request = before.clone();
                    request.messages.extend(exchange.messages.iter().cloned());
                    request
                }
                // Refused by `parse`.
                (None, None) => continue,
            };
            last.insert(&exchange.agent, request.clone());
            found.push((exchange.agent.clone(), request));
        }
        found
    }

    /// The text of the file.
    ///
    /// # Errors
    /// When it cannot be written as YAML.
    pub fn text(&self) -> Result<String, String> {
        serde_yaml::to_string(self).map_err(|error| error.to_string())
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let read: Self = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
        if read.schema != SCHEMA {
            return Err(format!(
                "it was recorded with version {} of the format, and this program knows {SCHEMA}; record it again",
                read.schema
            ));
        }
        let requests = read.requests();
        if requests.len() != read.exchanges.len() {
            return Err("an exchange goes on from a request that is not there; record it again".to_owned());
        }
        // Answers are found by key, so an edited request would stand for what nobody asked.
        let wrong = requests
            .iter()
            .zip(&read.exchanges)
            .position(|((_, request), exchange)| key(request, read.repeat) != exchange.key);
        match wrong {
            Some(at) => Err(format!(
                "the request of exchange {} is not the one its key was made of; record it again",
                at + 1
            )),
            None => Ok(read),
        }
    }
}

/// Where the recording of a run is kept, below the folder of recordings.
pub fn file_of(case: &str, repeat: u32) -> Option<RepoPath> {
    let (file, id) = case.rsplit_once('#')?;
    RepoPath::new(&format!("{file}/{id}.{repeat}.yaml"))
}

/// The recordings of a revision or of a folder.
pub struct Recordings {
    tree: Arc<dyn Tree>,
    folder: RepoPath,
    by_key: OnceLock<BTreeMap<String, Hit>>,
}

impl Recordings {
    /// Those that are kept in a revision.
    pub fn in_tree(tree: &Arc<dyn Tree>) -> Self {
        let folder = RepoPath::new(REPLIES).unwrap_or_default();
        Self { tree: Arc::clone(tree), folder, by_key: OnceLock::new() }
    }

    /// Those of a folder of their own.
    pub fn in_folder(tree: Arc<dyn Tree>) -> Self {
        Self { tree, folder: RepoPath::root(), by_key: OnceLock::new() }
    }

    /// None at all.
    pub fn empty() -> Self {
        Self::in_folder(Arc::new(MemoryTree::default()))
    }

    /// The recording of a run; `None` when there is none.
    ///
    /// # Errors
    /// When there is one that cannot be read.
    pub fn of(&self, case: &str, repeat: u32) -> Result<Option<Recording>, String> {
        let Some(path) = file_of(case, repeat).and_then(|file| self.folder.join(file.as_str())) else {
            return Ok(None);
        };
        if self.tree.entry(path.as_str()).is_none() {
            return Ok(None);
        }
        self.read(&path).map(Some).map_err(|reason| format!("{path}: {reason}"))
    }

    fn read(&self, path: &RepoPath) -> Result<Recording, String> {
        let bytes = self.tree.read(path, MAX_BYTES).map_err(|error| error.to_string())?;
        Recording::parse(std::str::from_utf8(&bytes).map_err(|error| error.to_string())?)
    }

    /// Every recording there is: its path and what it holds, or why it cannot be read.
    pub fn all(&self) -> impl Iterator<Item = (RepoPath, Result<Recording, String>)> + '_ {
        let files = self.tree.entries().iter().map(|entry| &entry.path);
        let wanted = files.filter(|path| path.is_within(&self.folder) && path.extension() == Some("yaml"));
        wanted.map(|path| (path.clone(), self.read(path)))
    }

    /// True when runs of a file's cases were recorded. Trials of a trigger set are none: the prompts of an `evals.json`
    /// may have been tried, and its cases not.
    pub fn has(&self, file: &RepoPath) -> bool {
        self.folder.join(file.as_str()).is_some_and(|folder| {
            self.tree.is_folder(folder.as_str())
                && self
                    .tree
                    .entries()
                    .iter()
                    .any(|entry| entry.path.parent() == folder && !entry.path.name().starts_with(TRIAL))
        })
    }

    /// Files that a run left behind when it was stopped while writing.
    pub fn left_over(&self) -> Vec<RepoPath> {
        let files = self.tree.entries().iter().map(|entry| &entry.path);
        let wanted = |path: &&RepoPath| {
            path.is_within(&self.folder) && path.name().contains(".yaml.") && path.extension() == Some("tmp")
        };
        files.filter(wanted).cloned().collect()
    }

    /// An answer anywhere: that of a case with another name.
    pub fn by_key(&self, key: &str) -> Option<Hit> {
        let known = self.by_key.get_or_init(|| {
            let mut known = BTreeMap::new();
            for (_, recording) in self.all() {
                for exchange in recording.into_iter().flat_map(|recording| recording.exchanges) {
                    known.insert(exchange.key.clone(), hit(&exchange));
                }
            }
            known
        });
        known.get(key).cloned()
    }
}

/// What an exchange answers.
pub fn hit(exchange: &Exchange) -> Hit {
    Hit { reply: exchange.reply.clone(), recorded_at: exchange.recorded_at, latency_ms: exchange.latency_ms }
}

/// Why a request has no recorded answer: what differs from the one that stands in its place.
pub fn reasons(recording: Option<&Recording>, at: usize, agent: &str, request: &Request) -> Vec<String> {
    let Some(recording) = recording else {
        return vec!["there is no recording of it; run `weighbridge integration --mode record` where models can be asked".to_owned()];
    };
    let requests = recording.requests();
    let nearest = requests
        .get(at)
        .filter(|(name, _)| name == agent)
        .or_else(|| requests.iter().rev().find(|(name, _)| name == agent))
        .or_else(|| requests.last());
    let Some((_, old)) = nearest else {
        return vec!["the recording holds no request".to_owned()];
    };
    let mut found = differences(old, request);
    if found.is_empty() {
        found.push("the recording ends before this request".to_owned());
    }
    let more = found.len().saturating_sub(MAX_REASONS);
    found.truncate(MAX_REASONS);
    if more > 0 {
        found.push(format!("and {more} more differences"));
    }
    found
}
