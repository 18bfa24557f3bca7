//! GitLab, hosted and self-managed, over REST.
//!
//! The job's own token cannot post, so a project or group access token has to be given; without it nothing is
//! posted and the reason says which variable to set. A commit status belongs to the project the pipeline runs
//! in, a note to the project of the merge request: with a fork these are two.

use super::api::{self, ChangeNow, CheckDone, ForgeApi, ForgeError, accept, encode, parse};
use super::retry::Caller;
use super::sticky::{Author, Comment, Identity, kept};
use super::{CheckReport, Conclusion, FollowUp};
use crate::base::{Secret, text};
use crate::context::{BaseRef, PipelineContext, RunOrder};
use crate::host::{Host, HttpError, Request, Response, Var};
use ::http::Method;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Pages of a list that are read: 5,000 notes, where GitLab itself stops.
const MAX_PAGES: usize = 51;
/// Redirects that are followed, on the same server only.
const MAX_REDIRECTS: usize = 3;
/// What the description, the name and the URL of a status may have.
const STATUS_CHARS: usize = 255;

/// One project on GitLab.
pub(crate) struct Gitlab<'a> {
    host: &'a dyn Host,
    caller: &'a Caller<'a>,
    token: Secret,
    api: String,
    /// Holds the merge request.
    project: String,
    /// Runs the pipeline.
    pipeline_project: String,
}

impl<'a> Gitlab<'a> {
    /// The project of the context.
    ///
    /// # Errors
    /// The reason to degrade, when there is no token or no project.
    pub(crate) fn new(
        host: &'a dyn Host,
        caller: &'a Caller<'a>,
        context: &PipelineContext,
    ) -> Result<Self, String> {
        let token = host.secret(Var::GitlabToken).ok_or_else(|| {
            format!(
                "{} is not set, and the job's own token cannot post: create a project or group access token (role \
                 Developer, scope `api`) and save it as a masked CI/CD variable of that name; the job log and the \
                 report files were written instead",
                Var::GitlabToken.name()
            )
        })?;
        let (Some(api), Some(pipeline_project)) = (&context.api_url, &context.repository) else {
            return Err("the project is not known, so nothing was posted".to_owned());
        };
        Ok(Self {
            host,
            caller,
            token,
            api: api.trim_end_matches('/').to_owned(),
            project: encode(context.project_id.as_ref().unwrap_or(pipeline_project)),
            pipeline_project: encode(pipeline_project),
        })
    }

    pub(super) fn api(&self) -> &str {
        &self.api
    }

    /// The project of the merge request, encoded for a path.
    pub(super) fn project_id(&self) -> &str {
        &self.project
    }

    pub(super) fn merge_request(&self, number: u64, rest: &str) -> String {
        format!("{}/projects/{}/merge_requests/{number}{rest}", self.api, self.project)
    }

    async fn once(&self, method: &Method, url: &str, body: &[u8]) -> Result<Response, HttpError> {
        let mut url = url.to_owned();
        let mut hops = 0;
        loop {
            let mut headers = vec![("accept".to_owned(), "application/json".to_owned())];
            if !body.is_empty() {
                headers.push(("content-type".to_owned(), "application/json".to_owned()));
            }
            let request = Request {
                method: method.clone(),
                url: url.clone(),
                headers,
                credential: Some(("private-token".to_owned(), self.token.clone())),
                body: bytes::Bytes::copy_from_slice(body),
            };
            let response = self.host.http().send(request).await?;
            match api::redirect(method, &response, &self.api) {
                Some(target) if hops < MAX_REDIRECTS => {
                    hops += 1;
                    url = target;
                }
                _ => return Ok(response),
            }
        }
    }

    pub(super) async fn get(&self, what: &str, url: &str) -> Result<Response, ForgeError> {
        let answer = self.caller.call(what, true, async || self.once(&Method::GET, url, &[]).await).await?;
        accept(what, answer)
    }

    async fn write<B: Serialize>(
        &self,
        what: &str,
        method: Method,
        url: &str,
        body: &B,
    ) -> Result<Response, ForgeError> {
        let body = serde_json::to_vec(body).map_err(|error| ForgeError::failed(what, error.to_string()))?;
        let repeatable = method != Method::POST;
        let answer =
            self.caller.call(what, repeatable, async || self.once(&method, url, &body).await).await?;
        accept(what, answer)
    }

    /// All pages of a list. `x-next-page` is preferred over `Link`, whose host is often wrong behind a proxy.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        what: &str,
        url: &str,
    ) -> Result<Vec<T>, ForgeError> {
        self.list_up_to(what, url, MAX_PAGES).await
    }

    /// The same with another limit of pages.
    pub(super) async fn list_up_to<T: DeserializeOwned>(
        &self,
        what: &str,
        url: &str,
        pages: usize,
    ) -> Result<Vec<T>, ForgeError> {
        let mut items = Vec::new();
        let mut next = url.to_owned();
        for _page in 0..pages {
            let response = self.get(what, &next).await?;
            items.extend(parse::<Vec<T>>(what, &response)?);
            let page = response.header("x-next-page").map(str::trim);
            next = match page.map(str::parse::<u32>) {
                Some(Ok(page)) => format!("{url}&page={page}"),
                // Present and empty on the last page.
                Some(Err(_)) => return Ok(items),
                None => match api::next_page(what, &response, &self.api)? {
                    Some(link) => link,
                    None => return Ok(items),
                },
            };
        }
        // Without the whole list, ours could be missed and posted a second time.
        Err(ForgeError::failed(what, "there are more of them than are read"))
    }

    /// The last status of a name counts, so sending it twice is the same as sending it once.
    async fn post_status(&self, what: &str, url: &str, body: &NewStatus<'_>) -> Result<Response, ForgeError> {
        let body = serde_json::to_vec(body).map_err(|error| ForgeError::failed(what, error.to_string()))?;
        self.caller.call(what, true, async || self.once(&Method::POST, url, &body).await).await
    }

    /// The pipeline that last set this status on the commit.
    async fn last_pipeline(&self, name: &str, sha: &str) -> Result<Option<u64>, ForgeError> {
        let statuses: Vec<RawStatus> = self
            .list(
                "listing commit statuses",
                &format!(
                    "{}/projects/{}/repository/commits/{}/statuses?name={}&all=true&per_page=100",
                    self.api,
                    self.pipeline_project,
                    encode(sha),
                    encode(name)
                ),
            )
            .await?;
        Ok(statuses
            .iter()
            .filter(|status| status.name.as_deref() == Some(name))
            .filter_map(|s| s.pipeline_id)
            .max())
    }
}

impl ForgeApi for Gitlab<'_> {
    /// One million bytes.
    const COMMENT_LIMIT: (usize, usize) = (1_000_000, 1_000_000);

    async fn whoami(&self) -> Result<Identity, ForgeError> {
        let what = "asking whose token this is";
        let response = self.get(what, &format!("{}/user", self.api)).await?;
        let user: RawUser = parse(what, &response)?;
        Ok(Identity::User { id: user.id, login: user.username.unwrap_or_default() })
    }

    async fn change(&self, number: u64) -> Result<ChangeNow, ForgeError> {
        let what = "reading the merge request";
        let response = self.get(what, &self.merge_request(number, "")).await?;
        parse::<RawMergeRequest>(what, &response).map(ChangeNow::from)
    }

    async fn change_of(&self, _sha: &str, _source: Option<(&str, &str)>) -> Result<Option<u64>, ForgeError> {
        // GitLab's pipelines always name their merge request.
        Ok(None)
    }

    async fn comments(&self, number: u64) -> Result<Vec<Comment>, ForgeError> {
        let url = self.merge_request(number, "/notes?sort=asc&order_by=created_at&per_page=100");
        let notes: Vec<RawNote> = self.list("listing notes", &url).await?;
        Ok(notes.into_iter().filter(|note| !note.system.unwrap_or(false)).map(Comment::from).collect())
    }

    async fn create_comment(&self, number: u64, body: &str) -> Result<Comment, ForgeError> {
        let what = "creating the note";
        let url = self.merge_request(number, "/notes");
        let response = self.write(what, Method::POST, &url, &NoteBody { body }).await?;
        parse::<RawNote>(what, &response).map(Comment::from)
    }

    async fn update_comment(&self, number: u64, id: u64, body: &str) -> Result<(), ForgeError> {
        let url = self.merge_request(number, &format!("/notes/{id}"));
        self.write("updating the note", Method::PUT, &url, &NoteBody { body }).await.map(drop)
    }

    async fn delete_comment(&self, number: u64, id: u64) -> Result<(), ForgeError> {
        let what = "deleting a duplicate note";
        let url = self.merge_request(number, &format!("/notes/{id}"));
        let answer =
            self.caller.call(what, true, async || self.once(&Method::DELETE, &url, &[]).await).await?;
        match accept(what, answer) {
            Ok(_) | Err(ForgeError::Gone { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn open_issue(&self, me: &Identity, issue: &FollowUp) -> Result<String, ForgeError> {
        let what = "opening the issue to follow up";
        let Identity::User { id, .. } = me else {
            return Err(ForgeError::failed(what, "whose token is this?"));
        };
        let base = format!("{}/projects/{}/issues", self.api, self.project);
        let find = async || {
            let url = format!("{base}?author_id={id}&scope=all&per_page=100");
            let issues: Vec<RawIssue> = parse(what, &self.get(what, &url).await?)?;
            Ok(issues.into_iter().find(|found| found.title.as_deref() == Some(&issue.title)))
        };
        if let Some(found) = find().await? {
            return Ok(format!("issue {} follows up already", found.iid));
        }
        let body = serde_json::json!({"title": issue.title, "description": issue.body});
        let post = async || parse(what, &self.write(what, Method::POST, &base, &body).await?);
        let made: RawIssue = self.caller.create(post, find).await?;
        Ok(format!("opened issue {} to follow up", made.iid))
    }

    async fn set_check(
        &self,
        _me: &Identity,
        sha: &str,
        run: RunOrder,
        report: &CheckReport,
    ) -> Result<CheckDone, ForgeError> {
        let name = text::truncate_end(&text::visible(&report.name), STATUS_CHARS);
        if self.last_pipeline(&name, sha).await?.is_some_and(|pipeline| pipeline > run.run) {
            let words = format!("left the status {name} alone: a later pipeline has reported already");
            return Ok(CheckDone { words, url: None });
        }
        let what = "setting the commit status";
        let url = format!("{}/projects/{}/statuses/{}", self.api, self.pipeline_project, encode(sha));
        let target_url = report.details_url.as_deref().filter(|url| url.chars().count() <= STATUS_CHARS);
        let mut body = NewStatus {
            state: match report.conclusion {
                Conclusion::Success => "success",
                Conclusion::Failure | Conclusion::ActionRequired => "failed",
            },
            name: &name,
            description: text::truncate_end(&text::visible(&report.title), STATUS_CHARS),
            target_url,
            pipeline_id: (run.run > 0).then_some(run.run),
        };
        let mut answer = self.post_status(what, &url, &body).await?;
        if answer.status == 404 && body.pipeline_id.take().is_some() {
            // This pipeline runs on another commit, such as a test merge: the status is of the commit alone then.
            answer = self.post_status(what, &url, &body).await?;
        }
        // GitLab refuses to set the state a status has already: then it is as we want it.
        let already = answer.status == 400 && api::message(&answer).contains("Cannot transition status");
        if !already {
            accept(what, answer)?;
        }
        let words = format!("set the status {name} on {sha}: {}", report.conclusion.name());
        Ok(CheckDone { words, url: report.details_url.clone() })
    }
}

#[derive(Serialize)]
struct NoteBody<'a> {
    body: &'a str,
}

#[derive(Serialize)]
struct NewStatus<'a> {
    state: &'static str,
    name: &'a str,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pipeline_id: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct RawUser {
    id: u64,
    username: Option<String>,
    bot: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct RawNote {
    id: u64,
    body: Option<String>,
    author: Option<RawUser>,
    system: Option<bool>,
}

impl From<RawNote> for Comment {
    fn from(raw: RawNote) -> Self {
        let author = raw.author.map(|author| Author {
            id: author.id,
            login: author.username.unwrap_or_default(),
            bot: author.bot.unwrap_or(false),
        });
        Self { id: raw.id, body: kept(raw.body), author, url: None }
    }
}

#[derive(Debug, Deserialize)]
struct RawIssue {
    iid: u64,
    title: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RawStatus {
    name: Option<String>,
    pipeline_id: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct RawMergeRequest {
    iid: u64,
    sha: Option<String>,
    diff_refs: Option<RawDiffRefs>,
    title: Option<String>,
    author: Option<RawUser>,
    source_branch: Option<String>,
    target_branch: Option<String>,
    source_project_id: Option<u64>,
    target_project_id: Option<u64>,
    draft: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct RawDiffRefs {
    base_sha: Option<String>,
    head_sha: Option<String>,
}

impl From<RawMergeRequest> for ChangeNow {
    fn from(raw: RawMergeRequest) -> Self {
        let (base, head) = raw.diff_refs.map_or((None, None), |refs| (refs.base_sha, refs.head_sha));
        Self {
            number: raw.iid,
            head_sha: raw.sha.or(head),
            base: base.map(BaseRef::Commit),
            title: raw.title,
            author: raw.author.and_then(|author| author.username),
            source_branch: raw.source_branch,
            target_branch: raw.target_branch,
            // A deleted source project is null: it was another one.
            from_fork: raw.source_project_id.is_none() || raw.source_project_id != raw.target_project_id,
            source_repository: raw.source_project_id.map(|id| id.to_string()),
            draft: raw.draft.unwrap_or(false),
        }
    }
}
