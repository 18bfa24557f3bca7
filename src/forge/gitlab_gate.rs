//! What GitLab says about a change for a decision: notes, approvals, commits, rights, and revisions without a checkout.

use super::api::{ForgeError, encode, parse};
use super::gate::{History, Moment, co_authors, mentions_us};
use super::gitlab::Gitlab;
use super::remote::{MAX_LISTED, RemoteEntry};
use crate::approval::{Carrier, Contributor, Membership, Person, PersonKind, Rights, Role, Statement};
use crate::host::Response;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// People whose kind is asked for; more statements than from so many people are refused.
const MAX_PEOPLE: usize = 200;
/// Addresses of commits that are looked up.
const MAX_ADDRESSES: usize = 50;

#[derive(Clone, Debug, Deserialize)]
struct RawPerson {
    id: u64,
    username: Option<String>,
    bot: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct RawStatement {
    id: u64,
    body: Option<String>,
    author: Option<RawPerson>,
    system: Option<bool>,
    created_at: Moment,
    updated_at: Moment,
}

#[derive(Debug, Deserialize)]
struct RawApprovals {
    approved_by: Option<Vec<RawApproval>>,
}

#[derive(Debug, Deserialize)]
struct RawApproval {
    user: Option<RawPerson>,
    approved_at: Option<Moment>,
}

#[derive(Debug, Deserialize)]
struct RawVersion {
    head_commit_sha: Option<String>,
    created_at: Option<Moment>,
}

#[derive(Debug, Deserialize)]
struct RawChange {
    author: Option<RawPerson>,
    sha: Option<String>,
    source_project_id: Option<u64>,
    target_project_id: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct RawOther {
    iid: u64,
    sha: Option<String>,
    state: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RawCommit {
    id: String,
    author_email: Option<String>,
    committer_email: Option<String>,
    message: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RawPipeline {
    id: u64,
    sha: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RawPipelineDetails {
    user: Option<RawPerson>,
}

#[derive(Debug, Deserialize)]
struct RawMember {
    access_level: Option<u32>,
    state: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RawBranch {
    commit: RawId,
}

#[derive(Debug, Deserialize)]
struct RawId {
    id: String,
}

#[derive(Debug, Deserialize)]
struct RawTreeEntry {
    id: String,
    path: String,
    mode: String,
    #[serde(rename = "type")]
    kind: String,
}

fn person(raw: &RawPerson, kind: PersonKind) -> Person {
    Person { id: raw.id, login: raw.username.clone().unwrap_or_default(), kind }
}

/// GitLab's access levels as roles: guest, reporter, developer, maintainer, owner.
const fn role(level: u32) -> Role {
    match level {
        0..=9 => Role::None,
        10..=19 => Role::Read,
        20..=29 => Role::Triage,
        30..=39 => Role::Write,
        40..=49 => Role::Maintain,
        _ => Role::Admin,
    }
}

impl Gitlab<'_> {
    fn project(&self, rest: &str) -> String {
        format!("{}/projects/{}{rest}", self.api(), self.project_id())
    }

    /// The commit a branch points at now.
    pub(super) async fn tip(&self, branch: &str) -> Result<String, ForgeError> {
        let what = "reading the target branch";
        let url = self.project(&format!("/repository/branches/{}", encode(branch)));
        Ok(parse::<RawBranch>(what, &self.get(what, &url).await?)?.commit.id)
    }

    /// The full name of a commit.
    pub(super) async fn full_name(&self, commit: &str) -> Result<String, ForgeError> {
        let what = "looking for a commit";
        let url = self.project(&format!("/repository/commits/{}", encode(commit)));
        Ok(parse::<RawId>(what, &self.get(what, &url).await?)?.id)
    }

    pub(super) async fn merge_base(&self, one: &str, other: &str) -> Result<String, ForgeError> {
        let what = "looking for the merge base";
        let (one, other) = (encode(one), encode(other));
        let url = self.project(&format!("/repository/merge_base?refs[]={one}&refs[]={other}"));
        Ok(parse::<RawId>(what, &self.get(what, &url).await?)?.id)
    }

    pub(super) async fn entries(&self, commit: &str) -> Result<Vec<RemoteEntry>, ForgeError> {
        let what = "listing a revision";
        let sha = encode(commit);
        let url = self
            .project(&format!("/repository/tree?ref={sha}&recursive=true&pagination=keyset&per_page=100"));
        let listed: Vec<RawTreeEntry> = self.list_up_to(what, &url, MAX_LISTED / 100).await?;
        Ok(listed
            .into_iter()
            .filter(|entry| entry.kind == "blob")
            .map(|entry| RemoteEntry { path: entry.path, mode: entry.mode, id: entry.id, size: None })
            .collect())
    }

    pub(super) async fn blob(&self, id: &str) -> Result<Response, ForgeError> {
        self.get("reading a file", &self.project(&format!("/repository/blobs/{}/raw", encode(id)))).await
    }

    /// What was said about a merge request: notes that speak to us, and approvals.
    pub(super) async fn statements(&self, number: u64) -> Result<Vec<Statement>, ForgeError> {
        let url = self.merge_request(number, "/notes?sort=asc&order_by=created_at&per_page=100");
        let notes: Vec<RawStatement> = self.list("listing notes", &url).await?;
        let spoken = notes
            .into_iter()
            .filter(|raw| !raw.system.unwrap_or(false) && raw.body.as_deref().is_some_and(mentions_us));
        let mut kinds: BTreeMap<u64, PersonKind> = BTreeMap::new();
        let mut found = Vec::new();
        for raw in spoken {
            let who = match &raw.author {
                Some(author) => Some(person(author, self.kind(author.id, &mut kinds).await?)),
                None => None,
            };
            found.push(Statement {
                carrier: Carrier::Comment,
                id: raw.id,
                url: None,
                person: who,
                via_app: false,
                created: raw.created_at.0,
                edited: raw.updated_at != raw.created_at,
                text: raw.body.unwrap_or_default(),
            });
        }
        let what = "listing approvals";
        let approvals: RawApprovals =
            parse(what, &self.get(what, &self.merge_request(number, "/approvals")).await?)?;
        let approved = approvals.approved_by.unwrap_or_default();
        let versions = if approved.is_empty() { Vec::new() } else { self.versions(number).await? };
        for approval in approved {
            let (Some(user), Some(created)) = (approval.user, approval.approved_at) else { continue };
            // An approval survives pushes: it is for what was the head when it was given.
            let commit = versions
                .iter()
                .filter(|version| version.created_at.is_some_and(|at| at <= created))
                .max_by_key(|version| version.created_at)
                .and_then(|version| version.head_commit_sha.clone());
            found.push(Statement {
                carrier: Carrier::MergeRequestApproval { commit },
                id: user.id,
                url: None,
                person: Some(person(&user, self.kind(user.id, &mut kinds).await?)),
                via_app: false,
                created: created.0,
                edited: false,
                text: String::new(),
            });
        }
        Ok(found)
    }

    async fn versions(&self, number: u64) -> Result<Vec<RawVersion>, ForgeError> {
        self.list("listing versions", &self.merge_request(number, "/versions?per_page=100")).await
    }

    /// A human being or not: notes do not say it, the account does.
    async fn kind(&self, id: u64, known: &mut BTreeMap<u64, PersonKind>) -> Result<PersonKind, ForgeError> {
        if let Some(kind) = known.get(&id) {
            return Ok(*kind);
        }
        let what = "reading an account";
        if known.len() >= MAX_PEOPLE {
            return Err(ForgeError::failed(what, "too many different people wrote commands"));
        }
        let kind = match self.get(what, &format!("{}/users/{id}", self.api())).await {
            Ok(response) => match parse::<RawPerson>(what, &response)?.bot {
                Some(true) => PersonKind::Bot,
                Some(false) => PersonKind::Human,
                None => PersonKind::Unknown,
            },
            Err(ForgeError::Gone { .. } | ForgeError::Denied { .. }) => PersonKind::Unknown,
            Err(error) => return Err(error),
        };
        known.insert(id, kind);
        Ok(kind)
    }

    /// Whose work a merge request is.
    pub(super) async fn history(&self, number: u64) -> Result<History, ForgeError> {
        let what = "reading the merge request";
        let change: RawChange = parse(what, &self.get(what, &self.merge_request(number, "")).await?)?;
        let same = change.source_project_id.is_some() && change.source_project_id == change.target_project_id;
        let commits: Vec<RawCommit> =
            self.list("listing commits", &self.merge_request(number, "/commits?per_page=100")).await?;
        let head = change.sha.unwrap_or_default();
        let mut contributors: Vec<Contributor> = commits.iter().flat_map(contributors).collect();
        self.find_accounts(&mut contributors).await;
        let mut history = History {
            author: change.author.as_ref().map(|author| person(author, PersonKind::Unknown)),
            // The latest commit stands first.
            complete: commits.first().is_some_and(|first| first.id == head),
            contributors,
            ..History::default()
        };
        let versions = self.versions(number).await?;
        let first = versions.iter().filter(|version| version.head_commit_sha.as_deref() == Some(&head));
        history.head_since = first.filter_map(|version| version.created_at).max().map(|at| at.0);
        match self.pusher(number, &head).await {
            Ok(Some(pusher)) => history.last_pusher = Some(pusher),
            Ok(None) => history.pusher_unknown(same, "no pipeline of the merge request has this commit"),
            Err(error) => history.pusher_unknown(same, &error.to_string()),
        }
        Ok(history)
    }

    /// The open merge requests whose head is this commit.
    pub(super) async fn changes_of(&self, sha: &str) -> Result<Vec<u64>, ForgeError> {
        let what = "looking for other merge requests of the same commit";
        let url = self.project(&format!("/repository/commits/{}/merge_requests?per_page=100", encode(sha)));
        let all: Vec<RawOther> = self.list(what, &url).await?;
        let open = all.into_iter().filter(|other| other.state.as_deref() == Some("opened"));
        Ok(open.filter(|other| other.sha.as_deref() == Some(sha)).map(|other| other.iid).collect())
    }

    /// GitLab starts a pipeline for whoever pushes: the first of a commit says who that was.
    async fn pusher(&self, number: u64, head: &str) -> Result<Option<Person>, ForgeError> {
        let what = "asking who pushed last";
        let pipelines: Vec<RawPipeline> =
            self.list(what, &self.merge_request(number, "/pipelines?per_page=100")).await?;
        let of_head = pipelines.iter().filter(|pipeline| pipeline.sha.as_deref() == Some(head));
        let Some(first) = of_head.map(|pipeline| pipeline.id).min() else { return Ok(None) };
        let response = self.get(what, &self.project(&format!("/pipelines/{first}"))).await?;
        let details: RawPipelineDetails = parse(what, &response)?;
        Ok(details.user.map(|user| person(&user, PersonKind::Unknown)))
    }

    /// Commits of GitLab name addresses, not accounts: those that people have made public are looked up.
    async fn find_accounts(&self, contributors: &mut [Contributor]) {
        let addresses: BTreeSet<String> =
            contributors.iter().filter_map(|one| one.email.clone()).take(MAX_ADDRESSES).collect();
        for address in addresses {
            let url = format!("{}/users?search={}", self.api(), encode(&address));
            let Ok(response) = self.get("looking for an account", &url).await else { return };
            let Ok(found) = parse::<Vec<RawPerson>>("looking for an account", &response) else { return };
            let [only] = found.as_slice() else { continue };
            for one in contributors.iter_mut().filter(|one| one.email.as_deref() == Some(&address)) {
                (one.id, one.login) = (Some(only.id), only.username.clone());
            }
        }
    }

    /// What somebody may do here, now.
    pub(super) async fn rights(&self, person: &Person, groups: &BTreeSet<String>) -> Rights {
        let mut rights = Rights::default();
        let url = self.project(&format!("/members/all/{}", person.id));
        match self.member(&url).await {
            Ok(level) => rights.role = Some(level.map_or(Role::None, role)),
            Err(error) => rights.fault = Some(error.to_string()),
        }
        for group in groups {
            let url = format!("{}/groups/{}/members/all/{}", self.api(), encode(group), person.id);
            let membership = match self.member(&url).await {
                Ok(Some(_)) => Membership::Active,
                Ok(None) => Membership::No,
                Err(error) => Membership::Unknown(error.to_string()),
            };
            rights.teams.insert(group.clone(), membership);
        }
        rights
    }

    /// The access level of a member in force; `None` for anybody else.
    async fn member(&self, url: &str) -> Result<Option<u32>, ForgeError> {
        let what = "asking for the rights of a person";
        match self.get(what, url).await {
            Ok(response) => {
                let found: RawMember = parse(what, &response)?;
                let in_force = found.state.as_deref() == Some("active");
                Ok(found.access_level.filter(|level| in_force && *level > 0))
            }
            Err(ForgeError::Gone { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn contributors(raw: &RawCommit) -> Vec<Contributor> {
    let sha: String = raw.id.chars().take(12).collect();
    let of = |part: &str, email: Option<&String>| Contributor {
        email: email.cloned(),
        part: format!("{part} of {sha}"),
        ..Contributor::default()
    };
    let mut found =
        vec![of("author", raw.author_email.as_ref()), of("committer", raw.committer_email.as_ref())];
    found.extend(co_authors(raw.message.as_deref().unwrap_or_default(), &sha));
    found
}
