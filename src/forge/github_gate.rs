//! What GitHub says about a change for a decision: statements, commits, rights, and revisions without a checkout.

use super::api::{self, ForgeError, encode, parse};
use super::gate::{History, Moment, mentions_us};
use super::github::Github;
use super::github_models::RawUser;
use super::remote::{MAX_LISTED, RemoteEntry};
use crate::approval::{
    Carrier, Contributor, Membership, Person, PersonKind, ReviewState, Rights, Role, Statement,
};
use crate::host::Response;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};

/// Pages of a list that are read: 5,000 items.
const MAX_PAGES: usize = 50;
/// GitHub lists at most 250 commits of a pull request.
const MAX_COMMITS: u64 = 250;
/// GitHub's own committer of what is done on its pages.
const WEB_FLOW: &str = "web-flow";

impl From<RawUser> for Person {
    fn from(user: RawUser) -> Self {
        let kind = match user.kind.as_deref() {
            Some("User") => PersonKind::Human,
            Some("Bot") => PersonKind::Bot,
            _ => PersonKind::Unknown,
        };
        Self { id: user.id, login: user.login, kind }
    }
}

#[derive(Debug, Deserialize)]
struct RawStatement {
    id: u64,
    body: Option<String>,
    user: Option<RawUser>,
    html_url: Option<String>,
    created_at: Moment,
    updated_at: Moment,
    performed_via_github_app: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct RawReview {
    id: u64,
    body: Option<String>,
    user: Option<RawUser>,
    html_url: Option<String>,
    state: String,
    commit_id: Option<String>,
    submitted_at: Option<Moment>,
}

#[derive(Debug, Deserialize)]
struct RawChange {
    user: Option<RawUser>,
    commits: Option<u64>,
    head: RawHead,
}

#[derive(Debug, Deserialize)]
struct RawOther {
    number: u64,
    state: Option<String>,
    head: RawSha,
}

#[derive(Debug, Deserialize)]
struct RawHead {
    sha: String,
    #[serde(rename = "ref")]
    branch: String,
    repo: Option<RawRepository>,
}

#[derive(Debug, Deserialize)]
struct RawRepository {
    full_name: String,
}

#[derive(Debug, Deserialize)]
struct RawCommit {
    sha: String,
    commit: RawCommitText,
    author: Option<MaybeUser>,
    committer: Option<MaybeUser>,
}

/// An account, or `{}` where GitHub found none.
#[derive(Debug, Deserialize)]
struct MaybeUser {
    id: Option<u64>,
    login: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RawCommitText {
    author: Option<RawSignature>,
    committer: Option<RawSignature>,
    message: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RawSignature {
    email: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RawActivity {
    after: Option<String>,
    timestamp: Option<Moment>,
    actor: Option<RawUser>,
}

#[derive(Debug, Deserialize)]
struct RawPermission {
    permission: Option<String>,
    role_name: Option<String>,
    user: Option<RawUser>,
}

#[derive(Debug, Deserialize)]
struct RawMembership {
    state: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RawRef {
    object: RawObject,
}

#[derive(Debug, Deserialize)]
struct RawObject {
    sha: String,
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RawComparison {
    merge_base_commit: RawSha,
}

#[derive(Debug, Deserialize)]
struct RawSha {
    sha: String,
}

#[derive(Debug, Deserialize)]
struct RawTree {
    tree: Vec<RawTreeEntry>,
    #[serde(default)]
    truncated: bool,
}

#[derive(Debug, Deserialize)]
struct RawTreeEntry {
    path: String,
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    sha: String,
    size: Option<u64>,
}

impl Github<'_> {
    pub(super) async fn pages<T: DeserializeOwned>(
        &self,
        what: &str,
        path: &str,
    ) -> Result<Vec<T>, ForgeError> {
        let mut items = Vec::new();
        let mut next = Some(self.url(path));
        for _page in 0..MAX_PAGES {
            let Some(url) = next else { return Ok(items) };
            let response = self.get(what, &url).await?;
            items.extend(parse::<Vec<T>>(what, &response)?);
            next = api::next_page(what, &response, self.api())?;
        }
        // Half a list is no list: what is missing may be a revocation.
        if next.is_none() {
            Ok(items)
        } else {
            Err(ForgeError::failed(what, "there are more than 5,000 of them"))
        }
    }

    /// The commit a branch points at now. By its full name: a tag may be called the same.
    pub(super) async fn tip(&self, branch: &str) -> Result<String, ForgeError> {
        let what = "reading the target branch";
        let name: Vec<String> = branch.split('/').map(encode).collect();
        let response = self.get(what, &self.url(&format!("/git/ref/heads/{}", name.join("/")))).await?;
        let found: RawRef = parse(what, &response)?;
        match found.object.kind.as_deref() {
            Some("commit") | None => Ok(found.object.sha),
            Some(_) => Err(ForgeError::failed(what, "it does not point at a commit")),
        }
    }

    /// The full name of a commit.
    pub(super) async fn full_name(&self, commit: &str) -> Result<String, ForgeError> {
        let what = "looking for a commit";
        let response = self.get(what, &self.url(&format!("/commits/{}?per_page=1", encode(commit)))).await?;
        Ok(parse::<RawSha>(what, &response)?.sha)
    }

    pub(super) async fn merge_base(&self, one: &str, other: &str) -> Result<String, ForgeError> {
        let what = "looking for the merge base";
        let path = format!("/compare/{}...{}?per_page=1", encode(one), encode(other));
        let response = self.get(what, &self.url(&path)).await?;
        Ok(parse::<RawComparison>(what, &response)?.merge_base_commit.sha)
    }

    pub(super) async fn entries(&self, commit: &str) -> Result<Vec<RemoteEntry>, ForgeError> {
        let what = "listing a revision";
        let response =
            self.get(what, &self.url(&format!("/git/trees/{}?recursive=1", encode(commit)))).await?;
        let tree: RawTree = parse(what, &response)?;
        if tree.truncated || tree.tree.len() > MAX_LISTED {
            return Err(ForgeError::failed(what, "it has more files than the API lists at once"));
        }
        Ok(tree
            .tree
            .into_iter()
            .filter(|entry| entry.kind == "blob")
            .map(|entry| RemoteEntry { path: entry.path, mode: entry.mode, id: entry.sha, size: entry.size })
            .collect())
    }

    pub(super) async fn blob(&self, id: &str) -> Result<Response, ForgeError> {
        self.get_raw("reading a file", &self.url(&format!("/git/blobs/{}", encode(id)))).await
    }

    /// What was said about a pull request: comments that speak to us, and every review.
    pub(super) async fn statements(&self, number: u64) -> Result<Vec<Statement>, ForgeError> {
        let comments: Vec<RawStatement> =
            self.pages("listing comments", &format!("/issues/{number}/comments?per_page=100")).await?;
        let mut found: Vec<Statement> = comments
            .into_iter()
            .filter(|raw| raw.body.as_deref().is_some_and(mentions_us))
            .map(|raw| Statement {
                carrier: Carrier::Comment,
                id: raw.id,
                url: raw.html_url,
                person: raw.user.map(Person::from),
                via_app: raw.performed_via_github_app.is_some_and(|app| !app.is_null()),
                created: raw.created_at.0,
                edited: raw.updated_at != raw.created_at,
                text: raw.body.unwrap_or_default(),
            })
            .collect();
        let reviews: Vec<RawReview> =
            self.pages("listing reviews", &format!("/pulls/{number}/reviews?per_page=100")).await?;
        let speaks = |raw: &RawReview| raw.body.as_deref().is_some_and(mentions_us);
        let unedited =
            if reviews.iter().any(speaks) { self.unedited_reviews(number).await? } else { BTreeSet::new() };
        found.extend(reviews.into_iter().filter_map(|raw| {
            let speaks = speaks(&raw);
            let state = match raw.state.as_str() {
                "APPROVED" => ReviewState::Approved,
                "CHANGES_REQUESTED" => ReviewState::ChangesRequested,
                "DISMISSED" => ReviewState::Dismissed,
                "PENDING" => ReviewState::Pending,
                _ => ReviewState::Commented,
            };
            Some(Statement {
                edited: speaks && !unedited.contains(&raw.id),
                carrier: Carrier::Review { state, commit: raw.commit_id },
                id: raw.id,
                url: raw.html_url,
                person: raw.user.map(Person::from),
                via_app: false,
                // Only pending reviews have none, and only their writer sees those.
                created: raw.submitted_at?.0,
                text: raw.body.filter(|_| speaks).unwrap_or_default(),
            })
        }));
        Ok(found)
    }

    /// The reviews whose text was never edited. REST does not say; without GraphQL none counts as unedited.
    async fn unedited_reviews(&self, number: u64) -> Result<BTreeSet<u64>, ForgeError> {
        let what = "asking which reviews were edited";
        let (owner, name) = self.repository().split_once('/').unwrap_or_default();
        let query = "query($owner: String!, $name: String!, $number: Int!, $after: String) { repository(owner: \
                     $owner, name: $name) { pullRequest(number: $number) { reviews(first: 100, after: $after) { nodes \
                     { databaseId includesCreatedEdit lastEditedAt } pageInfo { hasNextPage endCursor } } } } }";
        let mut found = BTreeSet::new();
        let mut after = Value::Null;
        for _page in 0..MAX_PAGES {
            let variables = json!({"owner": owner, "name": name, "number": number, "after": after});
            let answer = self.graphql(what, &json!({"query": query, "variables": variables})).await?;
            let Some(reviews) = answer.pointer("/data/repository/pullRequest/reviews") else { break };
            for node in reviews["nodes"].as_array().into_iter().flatten() {
                let edited = node["includesCreatedEdit"] != json!(false) || !node["lastEditedAt"].is_null();
                if let Some(id) = node["databaseId"].as_u64().filter(|_| !edited) {
                    found.insert(id);
                }
            }
            if reviews.pointer("/pageInfo/hasNextPage") != Some(&json!(true)) {
                break;
            }
            after = reviews.pointer("/pageInfo/endCursor").cloned().unwrap_or_default();
        }
        Ok(found)
    }

    /// Whose work a pull request is.
    pub(super) async fn history(&self, number: u64) -> Result<History, ForgeError> {
        let what = "reading the pull request";
        let response = self.get(what, &self.url(&format!("/pulls/{number}"))).await?;
        let change: RawChange = parse(what, &response)?;
        let commits: Vec<RawCommit> =
            self.pages("listing commits", &format!("/pulls/{number}/commits?per_page=100")).await?;
        let complete =
            change.commits.is_some_and(|count| count <= MAX_COMMITS && count == commits.len() as u64)
                && commits.last().is_some_and(|last| last.sha == change.head.sha);
        let mut history = History {
            author: change.user.map(Person::from),
            contributors: commits.iter().flat_map(contributors).collect(),
            complete,
            ..History::default()
        };
        let source = change.head.repo.map(|repository| repository.full_name);
        let same = source.as_deref() == Some(self.repository());
        match self.pusher(source.as_deref(), &change.head.branch, &change.head.sha).await {
            Ok(Some((pusher, since))) => (history.last_pusher, history.head_since) = (pusher, since),
            Ok(None) => history.pusher_unknown(same, "GitHub lists no push of this commit"),
            Err(error) => history.pusher_unknown(same, &error.to_string()),
        }
        Ok(history)
    }

    /// The open pull requests whose head is this commit.
    pub(super) async fn changes_of(&self, sha: &str) -> Result<Vec<u64>, ForgeError> {
        let what = "looking for other pull requests of the same commit";
        let all: Vec<RawOther> =
            self.pages(what, &format!("/commits/{}/pulls?per_page=100", encode(sha))).await?;
        let open = all.into_iter().filter(|other| other.state.as_deref() == Some("open"));
        Ok(open.filter(|other| other.head.sha == sha).map(|other| other.number).collect())
    }

    /// Who pushed a commit to a branch, and when, by GitHub's own record.
    async fn pusher(
        &self,
        repository: Option<&str>,
        branch: &str,
        sha: &str,
    ) -> Result<Option<(Option<Person>, Option<Timestamp>)>, ForgeError> {
        let what = "asking who pushed last";
        let Some(repository) = repository else { return Ok(None) };
        let place = encode(&format!("refs/heads/{branch}"));
        let url = format!("{}/repos/{repository}/activity?ref={place}&per_page=100", self.api());
        let response = self.get(what, &url).await?;
        let list: Vec<RawActivity> = parse(what, &response)?;
        let found = list.into_iter().find(|push| push.after.as_deref() == Some(sha));
        Ok(found.map(|push| (push.actor.map(Person::from), push.timestamp.map(|at| at.0))))
    }

    /// What somebody may do here, now.
    pub(super) async fn rights(&self, person: &Person, teams: &BTreeSet<String>) -> Rights {
        let mut rights = Rights::default();
        match self.role(person).await {
            Ok(role) => rights.role = Some(role),
            Err(fault) => rights.fault = Some(fault),
        }
        for team in teams {
            rights.teams.insert(team.clone(), self.membership(person, team).await);
        }
        rights
    }

    async fn role(&self, person: &Person) -> Result<Role, String> {
        let what = "asking for the role of a person";
        let url = self.url(&format!("/collaborators/{}/permission", encode(&person.login)));
        let response = match self.get(what, &url).await {
            Ok(response) => response,
            Err(ForgeError::Gone { .. }) => return Ok(Role::None),
            Err(error) => return Err(error.to_string()),
        };
        let found: RawPermission = parse(what, &response).map_err(|error| error.to_string())?;
        if found.user.is_none_or(|user| user.id != person.id) {
            return Err("the login belongs to another account now".to_owned());
        }
        let name = found.role_name.as_deref().and_then(Role::from_name);
        // A role of the organisation's own counts as what it is built on.
        Ok(name.or_else(|| Role::from_name(found.permission.as_deref()?)).unwrap_or(Role::None))
    }

    async fn membership(&self, person: &Person, team: &str) -> Membership {
        let what = "asking for the members of a team";
        let Some((organisation, slug)) = team.split_once('/') else { return Membership::No };
        let path = format!("{}/orgs/{}/teams/{}", self.api(), encode(organisation), encode(slug));
        let url = format!("{path}/memberships/{}", encode(&person.login));
        match self.get(what, &url).await {
            Ok(response) => match parse::<RawMembership>(what, &response) {
                Ok(found) => match found.state.as_deref() {
                    Some("active") => Membership::Active,
                    Some("pending") => Membership::Pending,
                    _ => Membership::No,
                },
                Err(error) => Membership::Unknown(error.to_string()),
            },
            // Not a member, or a team this token does not see: those cannot be told apart by this answer alone.
            Err(ForgeError::Gone { .. }) => match self.get(what, &path).await {
                Ok(_) => Membership::No,
                Err(_) => Membership::Unknown(format!(
                    "the token does not see the team {team}; it needs `members: read` of the organisation"
                )),
            },
            Err(error) => Membership::Unknown(error.to_string()),
        }
    }
}

/// Author, committer and co-authors of a commit.
fn contributors(raw: &RawCommit) -> Vec<Contributor> {
    let sha: String = raw.sha.chars().take(12).collect();
    let of = |part: &str, user: Option<&MaybeUser>, signature: Option<&RawSignature>| Contributor {
        id: user.and_then(|user| user.id),
        login: user.and_then(|user| user.login.clone()),
        email: signature.and_then(|signature| signature.email.clone()),
        part: format!("{part} of {sha}"),
    };
    let mut found = vec![of("author", raw.author.as_ref(), raw.commit.author.as_ref())];
    let committer = of("committer", raw.committer.as_ref(), raw.commit.committer.as_ref());
    if committer.login.as_deref() != Some(WEB_FLOW) {
        found.push(committer);
    }
    found.extend(super::gate::co_authors(raw.commit.message.as_deref().unwrap_or_default(), &sha));
    // The e-mail address of a co-author may be that of an account that wrote another commit.
    let known: HashMap<String, (Option<u64>, Option<String>)> = found
        .iter()
        .filter(|one| one.id.is_some())
        .filter_map(|one| Some((one.email.clone()?.to_lowercase(), (one.id, one.login.clone()))))
        .collect();
    for one in found.iter_mut().filter(|one| one.id.is_none()) {
        let email = one.email.as_deref().unwrap_or_default().to_lowercase();
        if let Some((id, login)) = known.get(&email) {
            (one.id, one.login) = (*id, login.clone());
        }
    }
    found
}
