//! What both fakes know of a change that is to be signed: revisions, people, rights.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use weighbridge::base::tree::hash_blob;

/// Files of one revision.
pub(crate) type Files = Vec<(&'static str, String)>;

/// A repository with one change, as far as a decision asks.
#[derive(Clone, Debug)]
pub(crate) struct World {
    /// Files by commit.
    pub(crate) revisions: BTreeMap<String, Files>,
    /// The target branch.
    pub(crate) tip: String,
    /// Where the change left it.
    pub(crate) merge_base: String,
    /// Who opened the change: number and login.
    pub(crate) author: Option<(u64, &'static str)>,
    /// Author and committer of each commit, and its message; the last one is the head.
    pub(crate) commits: Vec<Commit>,
    /// How many commits the forge says there are, when that is not the number it lists.
    pub(crate) commit_count: Option<u64>,
    /// Who pushed the head; `None`: the forge does not say.
    pub(crate) pusher: Option<(u64, &'static str)>,
    /// When the head became the head.
    pub(crate) pushed_at: String,
    /// From another repository.
    pub(crate) fork: bool,
    /// Roles by login; with the number of the account that has the login now.
    pub(crate) roles: BTreeMap<&'static str, (u64, &'static str)>,
    /// Members of teams and groups with their state.
    pub(crate) teams: BTreeMap<&'static str, BTreeMap<&'static str, &'static str>>,
    /// The token does not see teams.
    pub(crate) teams_hidden: bool,
    /// Reviews, as GitHub gives them.
    pub(crate) reviews: Vec<Value>,
    /// Reviews whose text was edited.
    pub(crate) edited: BTreeSet<u64>,
    /// Accounts that are bots.
    pub(crate) bots: BTreeSet<u64>,
    /// Approvals of GitLab: number, login, time.
    pub(crate) approvals: Vec<(u64, &'static str, String)>,
    /// A listing that ends early.
    pub(crate) truncated: bool,
    /// Blobs whose bytes are others than their name says.
    pub(crate) tampered: BTreeSet<String>,
    /// The head moves to this commit after so many times it was asked for.
    pub(crate) moves: Option<(usize, String)>,
    /// How often the head was asked for.
    pub(crate) asked: usize,
}

/// A commit of the change.
#[derive(Clone, Debug)]
pub(crate) struct Commit {
    pub(crate) author: Option<(u64, &'static str)>,
    pub(crate) committer: Option<(u64, &'static str)>,
    pub(crate) email: &'static str,
    pub(crate) message: String,
}

impl World {
    /// The head as the forge gives it now.
    pub(crate) fn head(&mut self, head: &str) -> String {
        self.asked += 1;
        match &self.moves {
            Some((after, to)) if self.asked > *after => to.clone(),
            _ => head.to_owned(),
        }
    }

    pub(crate) fn tree(&self, sha: &str) -> Option<Vec<Value>> {
        let files = self.revisions.get(sha)?;
        Some(
            files
                .iter()
                .map(|(path, text)| {
                    let id = hash_blob(text.as_bytes()).unwrap().to_string();
                    json!({"path": path, "mode": "100644", "type": "blob", "sha": id, "id": id, "size": text.len()})
                })
                .collect(),
        )
    }

    pub(crate) fn blob(&self, id: &str) -> Option<String> {
        let texts = self.revisions.values().flatten().map(|(_, text)| text);
        let found = texts.into_iter().find(|text| hash_blob(text.as_bytes()).unwrap().to_string() == id)?;
        Some(if self.tampered.contains(id) { format!("{found}\n") } else { found.clone() })
    }

    /// The name of a commit of the change: the last is the head.
    pub(crate) fn commit_sha(&self, index: usize, head: &str) -> String {
        if index + 1 == self.commits.len() { head.to_owned() } else { format!("{index:040x}") }
    }
}

pub(crate) fn user(who: (u64, &str)) -> Value {
    let kind = if who.1.ends_with("[bot]") { "Bot" } else { "User" };
    json!({"id": who.0, "login": who.1, "type": kind})
}
