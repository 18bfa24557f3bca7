//! What a decision needs from a forge: who said what, whose work the change is, who may do what, and the revisions
//! themselves, read through the API.
//!
//! Everything is asked anew for every decision, and everything that cannot be had makes the decision harder, never
//! easier: half a list is an error, an unknown right is no right.

use super::api::{ForgeApi as _, ForgeError};
use super::github::Github;
use super::gitlab::Gitlab;
use super::remote::{self, MAX_BLOB_BYTES, MAX_BLOBS, RemoteEntry, RemoteTree, SharedStore};
use super::retry::Caller;
use super::sticky::Marker;
use crate::approval::{Contributor, Person, PersonKind, Rights, Statement};
use crate::base::tree::hash_blob;
use crate::base::{RepoPath, Subtree, Tree, text};
use crate::context::{Forge, PipelineContext};
use crate::host::Host;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Commands begin with this.
const PREFIX: &str = "/weighbridge";
/// Symbolic links of one revision whose text is read.
const MAX_LINKS: usize = 500;

/// Whether a text may hold a command: cheap, and never wrong about those that do.
pub(super) fn mentions_us(text: &str) -> bool {
    // Look-alikes and other cases are refused with a reason, which needs their text.
    let lower = text.to_lowercase();
    lower.contains(PREFIX) || lower.contains("weighbridge")
}

/// A time as forges write it: `2026-11-21T12:00:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(pub(super) Timestamp);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

/// Whose work a change is.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Who opened it.
    pub author: Option<Person>,
    /// Authors, committers and co-authors of its commits.
    pub contributors: Vec<Contributor>,
    /// False when not every commit could be read.
    pub complete: bool,
    /// Who pushed the head.
    pub last_pusher: Option<Person>,
    /// Since when the head is the head, by the forge's clock.
    pub head_since: Option<Timestamp>,
    /// Why nothing can be decided.
    pub faults: Vec<String>,
    /// What the reader should know.
    pub notes: Vec<String>,
}

impl History {
    /// In the repository itself anybody with write access may have pushed, so not knowing who did is a fault. To a
    /// fork only its owner pushes, who opened the change, and maintainers where that is allowed.
    pub(super) fn pusher_unknown(&mut self, same_repository: bool, why: &str) {
        let words = format!("who pushed the head commit could not be found out: {why}");
        if same_repository { self.faults.push(words) } else { self.notes.push(words) }
    }
}

/// The co-authors that a commit message names.
pub(super) fn co_authors(message: &str, sha: &str) -> Vec<Contributor> {
    const KEY: &str = "co-authored-by:";
    message
        .lines()
        .filter(|line| line.get(..KEY.len()).is_some_and(|start| start.eq_ignore_ascii_case(KEY)))
        .filter_map(|line| {
            let (_, address) = line.rsplit_once('<')?;
            let email = address.split('>').next().unwrap_or(address).trim().to_owned();
            Some(Contributor {
                email: Some(email),
                part: format!("co-author of {sha}"),
                ..Contributor::default()
            })
        })
        .take(100)
        .collect()
}

/// The revisions of a change, pinned: none of them can move while the change is judged.
pub struct Revisions {
    /// The head commit.
    pub head_sha: String,
    /// Where the change left the target branch.
    pub base_sha: String,
    /// The target branch now: where policy comes from.
    pub policy_sha: String,
    /// The files of head.
    pub head: Arc<dyn Tree>,
    /// The files of the base.
    pub base: Arc<dyn Tree>,
    /// The files of the target branch.
    pub policy: Arc<dyn Tree>,
    store: SharedStore,
}

impl Revisions {
    /// Looks at one folder of the repository only.
    pub fn narrow(&mut self, folder: &RepoPath) {
        for tree in [&mut self.head, &mut self.base, &mut self.policy] {
            *tree = Arc::new(Subtree::new(Arc::clone(tree), folder.clone()));
        }
    }
}

/// A forge, for decisions.
pub struct Gate<'a> {
    api: Api<'a>,
}

enum Api<'a> {
    Github(Box<Github<'a>>),
    Gitlab(Box<Gitlab<'a>>),
}

/// Both forges have the same calls.
macro_rules! ask {
    ($gate:expr, $api:ident => $call:expr) => {
        match &$gate.api {
            Api::Github($api) => $call.await,
            Api::Gitlab($api) => $call.await,
        }
    };
}

/// Waits between requests and repeats them; lives as long as a [`Gate`].
pub struct Line<'a>(pub(super) Caller<'a>);

impl<'a> Line<'a> {
    /// A line to the forge over the host's network.
    pub const fn new(host: &'a dyn Host) -> Self {
        Self(Caller::new(host))
    }
}

impl<'a> Gate<'a> {
    /// The forge of a context. Needs a running tokio runtime.
    ///
    /// # Errors
    /// When there is no forge, no token, or no repository.
    pub fn new(host: &'a dyn Host, line: &'a Line<'a>, context: &PipelineContext) -> Result<Self, String> {
        let api = match context.forge {
            Forge::Github => Api::Github(Box::new(Github::new(host, &line.0, context)?)),
            Forge::Gitlab => Api::Gitlab(Box::new(Gitlab::new(host, &line.0, context)?)),
            Forge::Local => return Err("this is not running in GitHub Actions or GitLab CI".to_owned()),
        };
        Ok(Self { api })
    }

    /// The head of a change as the forge sees it now.
    ///
    /// # Errors
    /// When the forge does not say.
    pub async fn head_now(&self, number: u64) -> Result<String, String> {
        let now = ask!(self, api => api.change(number)).map_err(|error| error.to_string())?;
        now.head_sha.ok_or_else(|| "the forge does not say the head of the change".to_owned())
    }

    /// What was said about a change.
    ///
    /// # Errors
    /// When not all of it can be read.
    pub async fn statements(&self, number: u64) -> Result<Vec<Statement>, String> {
        let mut found = ask!(self, api => api.statements(number)).map_err(|error| error.to_string())?;
        let me = ask!(self, api => api.whoami()).map_err(|error| error.to_string())?;
        // Our own comment shows the line that signs; that is no attempt to sign.
        found.retain(|statement| {
            let ours = statement
                .person
                .as_ref()
                .is_some_and(|person| me.is(person.id, &person.login, person.kind == PersonKind::Bot));
            !ours || Marker::of(&statement.text).is_none()
        });
        Ok(found)
    }

    /// Whose work a change is.
    ///
    /// # Errors
    /// When the forge does not say.
    pub async fn history(&self, number: u64) -> Result<History, String> {
        ask!(self, api => api.history(number)).map_err(|error| error.to_string())
    }

    /// A revision by the full or short name of its commit, listed; its files cannot be read. `None` where there is none
    /// or it cannot be listed: whatever was said about it does not count then.
    pub async fn listed(&self, commit: &str) -> Option<(String, Arc<dyn Tree>)> {
        let full = ask!(self, api => api.full_name(commit)).ok()?;
        let tree = self.tree(&full, &SharedStore::default()).await.ok()?;
        Some((full, tree))
    }

    /// Another open change with the same head. `None` as well where this token may not ask: it cannot write then.
    ///
    /// # Errors
    /// When the forge does not answer.
    pub async fn twin(&self, number: u64, sha: &str) -> Result<Option<u64>, String> {
        match ask!(self, api => api.changes_of(sha)) {
            Ok(changes) => Ok(changes.into_iter().filter(|other| *other != number).min()),
            Err(ForgeError::Denied { .. } | ForgeError::Gone { .. }) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// What somebody may do, now. What cannot be found out is in the answer.
    pub async fn rights(&self, person: &Person, teams: &BTreeSet<String>) -> Rights {
        ask!(self, api => api.rights(person, teams))
    }

    /// The revisions of a change, listed; their files are fetched by [`Gate::fetch`].
    ///
    /// # Errors
    /// When one of them cannot be listed whole.
    pub async fn revisions(&self, number: u64) -> Result<Revisions, String> {
        self.list_revisions(number).await.map_err(|error| error.to_string())
    }

    async fn list_revisions(&self, number: u64) -> Result<Revisions, ForgeError> {
        let what = "reading the change";
        let now = ask!(self, api => api.change(number))?;
        let missing = |field: &str| ForgeError::failed(what, format!("the forge does not say its {field}"));
        let head_sha = now.head_sha.clone().ok_or_else(|| missing("head"))?;
        let branch = now.target_branch.clone().ok_or_else(|| missing("target branch"))?;
        let policy_sha = ask!(self, api => api.tip(&branch))?;
        let base_sha = ask!(self, api => api.merge_base(&policy_sha, &head_sha))?;
        let store = SharedStore::default();
        let head = self.tree(&head_sha, &store).await?;
        let policy = self.tree(&policy_sha, &store).await?;
        let base =
            if base_sha == policy_sha { Arc::clone(&policy) } else { self.tree(&base_sha, &store).await? };
        Ok(Revisions { head_sha, base_sha, policy_sha, head, base, policy, store })
    }

    async fn tree(&self, commit: &str, store: &SharedStore) -> Result<Arc<dyn Tree>, ForgeError> {
        let entries: Vec<RemoteEntry> = ask!(self, api => api.entries(commit))?;
        let mut links = BTreeMap::new();
        for entry in entries.iter().filter(|entry| entry.is_link()).take(MAX_LINKS) {
            if !links.contains_key(&entry.id) {
                let response = ask!(self, api => api.blob(&entry.id))?;
                if hash_blob(&response.body) != remote::blob_id(&entry.id) {
                    let reason = format!("what came is not {}", text::visible(&entry.id));
                    return Err(ForgeError::failed("reading a link", reason));
                }
                let text: String = String::from_utf8_lossy(&response.body).chars().take(4_096).collect();
                links.insert(entry.id.clone(), text);
            }
        }
        Ok(Arc::new(RemoteTree::new(&entries, &links, store)))
    }

    /// Fetches the files that were asked for since the last time. False when there were none.
    ///
    /// # Errors
    /// When one of them cannot be had.
    pub async fn fetch(&self, revisions: &Revisions) -> Result<bool, String> {
        let what = "reading a file";
        let ids = remote::wanted(&revisions.store);
        if remote::fetched(&revisions.store) + ids.len() > MAX_BLOBS {
            return Err(format!("more than {MAX_BLOBS} files would have to be read"));
        }
        for id in &ids {
            let response = ask!(self, api => api.blob(&id.to_string())).map_err(|error| error.to_string())?;
            if response.body.len() as u64 > MAX_BLOB_BYTES {
                return Err(format!("{what}: {id} has more than {MAX_BLOB_BYTES} bytes"));
            }
            if !remote::put(&revisions.store, *id, &response.body) {
                return Err(format!("{what}: what came is not {id}"));
            }
        }
        Ok(!ids.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn co_authors_are_read_in_any_case() {
        let found = co_authors(
            "Fix\n\nCo-authored-by: Ana <17+ana@users.noreply.github.com>\nCO-AUTHORED-BY: B <b@x.org>\nco-authored",
            "4f1c",
        );
        let emails: Vec<&str> = found.iter().filter_map(|one| one.email.as_deref()).collect();
        assert_eq!(emails, ["17+ana@users.noreply.github.com", "b@x.org"]);
    }
}
