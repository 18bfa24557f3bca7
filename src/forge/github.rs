//! GitHub and GitHub Enterprise Server, through octocrab as the maker of requests.
//!
//! octocrab stands on a service of ours, so that every request goes through the host's network: no redirects
//! of its own, no retries of its own (it would repeat a POST), our timeouts. Requests name absolute URLs below
//! the API base of the context, and nothing is ever sent to another server.
//!
//! Whose token is it? `GET /user` answers for the token of a person. The token of an app, such as the job's
//! `GITHUB_TOKEN`, is refused there (403); GraphQL's `viewer` then gives the app's login, and where it does
//! not, the token is taken for that of the job: `github-actions[bot]`.

use super::api::{self, ChangeNow, CheckDone, ForgeApi, ForgeError, accept, encode, parse};
use super::github_models::{
    CheckStart, CheckUpdate, CommentBody, RawCheckRun, RawCheckRuns, RawComment, RawIssue, RawPull, RawUser,
    Status, external_id, updates,
};
use super::github_wire::{octocrab, receive};
use super::retry::Caller;
use super::sticky::{Comment, Identity};
use super::{CheckReport, FollowUp};
use crate::context::{PipelineContext, RunOrder};
use crate::host::{Host, HttpError, Response, Var};
use ::http::Method;
use octocrab::Octocrab;
use octocrab::params::checks::CheckRunStatus;
use serde::Serialize;
use std::sync::Arc;

/// Pages of a list that are read: 5,000 comments.
const MAX_PAGES: usize = 50;
/// Redirects that are followed: a repository may have been renamed and transferred.
const MAX_REDIRECTS: usize = 3;
/// The app behind the token of a job.
const ACTIONS_BOT: &str = "github-actions[bot]";

/// One repository on GitHub.
pub(crate) struct Github<'a> {
    crab: Octocrab,
    caller: &'a Caller<'a>,
    api: String,
    repository: String,
}

impl<'a> Github<'a> {
    /// The repository of the context. Needs a running tokio runtime, for octocrab's buffer.
    ///
    /// # Errors
    /// The reason to degrade, when there is no token or no repository.
    pub(crate) fn new(
        host: &dyn Host,
        caller: &'a Caller<'a>,
        context: &PipelineContext,
    ) -> Result<Self, String> {
        let token = host.secret(Var::GithubToken).ok_or(
            "there is no token: give the step `env: GITHUB_TOKEN: ${{ github.token }}` and the job the permissions \
             `checks: write` and `pull-requests: write`; annotations, the job summary and report files were \
             written instead",
        )?;
        let (Some(api), Some(repository)) = (&context.api_url, &context.repository) else {
            return Err("the repository is not known, so nothing was posted".to_owned());
        };
        let crab = octocrab(Arc::clone(host.http()), token);
        Ok(Self { crab, caller, api: api.trim_end_matches('/').to_owned(), repository: repository.clone() })
    }

    pub(super) fn api(&self) -> &str {
        &self.api
    }

    pub(super) fn repository(&self) -> &str {
        &self.repository
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}/repos/{}{path}", self.api, self.repository)
    }

    /// Sends one request, without repeating it, following redirects on the same server.
    async fn once<B: Serialize + ?Sized>(
        &self,
        method: &Method,
        url: &str,
        body: Option<&B>,
    ) -> Result<Response, HttpError> {
        let mut url = url.to_owned();
        let mut hops = 0;
        loop {
            let sent = match *method {
                Method::GET => self.crab._get(url.as_str()).await,
                Method::POST => self.crab._post(url.as_str(), body).await,
                Method::PATCH => self.crab._patch(url.as_str(), body).await,
                _ => self.crab._delete(url.as_str(), body).await,
            };
            let response = receive(sent, &url).await?;
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
        let answer =
            self.caller.call(what, true, async || self.once(&Method::GET, url, None::<&()>).await).await?;
        accept(what, answer)
    }

    /// The bytes of a file, not wrapped in JSON.
    pub(super) async fn get_raw(&self, what: &str, url: &str) -> Result<Response, ForgeError> {
        let mut headers = ::http::HeaderMap::new();
        headers.insert("accept", ::http::HeaderValue::from_static("application/vnd.github.raw+json"));
        let send = async || receive(self.crab._get_with_headers(url, Some(headers.clone())).await, url).await;
        accept(what, self.caller.call(what, true, send).await?)
    }

    /// Asks GraphQL. On Enterprise Server the REST base ends in /api/v3 and GraphQL lies at /api/graphql.
    pub(super) async fn graphql(
        &self,
        what: &str,
        query: &serde_json::Value,
    ) -> Result<serde_json::Value, ForgeError> {
        let url = format!("{}/graphql", self.api.strip_suffix("/v3").unwrap_or(&self.api));
        let send = async || self.once(&Method::POST, &url, Some(query)).await;
        parse(what, &accept(what, self.caller.call(what, true, send).await?)?)
    }

    async fn write<B: Serialize + ?Sized>(
        &self,
        what: &str,
        method: Method,
        url: &str,
        body: Option<&B>,
    ) -> Result<Response, ForgeError> {
        let repeatable = method != Method::POST;
        let answer = self.caller.call(what, repeatable, async || self.once(&method, url, body).await).await?;
        accept(what, answer)
    }

    async fn check_runs(&self, name: &str, sha: &str) -> Result<Vec<RawCheckRun>, ForgeError> {
        let what = "listing check runs";
        let path = format!("/commits/{}/check-runs?check_name={}&per_page=100", encode(sha), encode(name));
        let mut runs = Vec::new();
        let mut next = Some(self.url(&path));
        for _page in 0..MAX_PAGES {
            let Some(url) = next else { return Ok(runs) };
            let response = self.get(what, &url).await?;
            runs.extend(parse::<RawCheckRuns>(what, &response)?.check_runs);
            next = api::next_page(what, &response, &self.api)?;
        }
        Err(ForgeError::failed(what, "there are more than 5,000 of them"))
    }

    /// Our check runs of this name on this commit, with the runs that wrote them. More than one only when two
    /// runs created theirs at the same moment.
    async fn our_checks(
        &self,
        app: &str,
        name: &str,
        sha: &str,
    ) -> Result<Vec<(RawCheckRun, RunOrder)>, ForgeError> {
        let runs = self.check_runs(name, sha).await?;
        Ok(runs.into_iter().filter_map(|run| run.ours(app, name, sha).map(|order| (run, order))).collect())
    }

    async fn start_check(
        &self,
        app: &str,
        sha: &str,
        id: &str,
        report: &CheckReport,
    ) -> Result<RawCheckRun, ForgeError> {
        let what = "creating the check run";
        let url = self.url("/check-runs");
        let body = CheckStart {
            name: &report.name,
            head_sha: sha,
            status: CheckRunStatus::InProgress,
            external_id: id,
            details_url: report.details_url.as_deref(),
        };
        let post = async || parse(what, &self.write(what, Method::POST, &url, Some(&body)).await?);
        let find = async || {
            let ours = self.our_checks(app, &report.name, sha).await?;
            Ok(ours.into_iter().find(|(_, order)| external_id(*order) == id).map(|(run, _)| run))
        };
        self.caller.create(post, find).await
    }

    async fn update_check(&self, id: u64, update: &CheckUpdate<'_>) -> Result<RawCheckRun, ForgeError> {
        let what = "updating the check run";
        let url = self.url(&format!("/check-runs/{id}"));
        parse(what, &self.write(what, Method::PATCH, &url, Some(update)).await?)
    }

    /// An update that adds annotations, `total` with those before: sent twice, it would add them twice.
    async fn add_annotations(
        &self,
        id: u64,
        update: &CheckUpdate<'_>,
        total: usize,
    ) -> Result<RawCheckRun, ForgeError> {
        let what = "adding annotations to the check run";
        let url = self.url(&format!("/check-runs/{id}"));
        let patch = async || {
            let send = async || self.once(&Method::PATCH, &url, Some(update)).await;
            parse(what, &accept(what, self.caller.call(what, false, send).await?)?)
        };
        let find = async || {
            let check: RawCheckRun = parse(what, &self.get(what, &url).await?)?;
            Ok((check.annotations() >= total).then_some(check))
        };
        self.caller.create(patch, find).await
    }

    /// Brings our one check run of this commit to this report, unless a later run has reported.
    ///
    /// Check runs cannot be deleted, so two runs that create theirs at the same moment settle it otherwise:
    /// each looks again after creating and after completing, and whichever sees both gives the later verdict
    /// to the earlier one's check run. Which of the two a merge waits for then makes no difference.
    async fn set_check_run(
        &self,
        app: &str,
        sha: &str,
        run: RunOrder,
        report: &CheckReport,
    ) -> Result<CheckDone, ForgeError> {
        let id = external_id(run);
        let left_alone = |check: RawCheckRun| {
            let words = format!("left the check {} alone: a later run has reported already", report.name);
            CheckDone { words, url: check.html_url }
        };

        let ours = self.our_checks(app, &report.name, sha).await?;
        let (check, sent, verb) = match latest(&ours) {
            Some((later, order)) if order > run => return Ok(left_alone(later)),
            // The same run again continues where it stopped. Another run on the same commit finds the same
            // things, and annotations cannot be taken back: they are not sent a second time.
            Some((check, order)) => {
                let resume = order == run || check.annotations() == 0;
                let sent = if resume { check.annotations() } else { usize::MAX };
                (check, sent, "updated")
            }
            None => {
                let check = self.start_check(app, sha, &id, report).await?;
                let ours = self.our_checks(app, &report.name, sha).await?;
                if let Some(later) = self.follow(&check, &ours, run).await? {
                    return Ok(left_alone(later));
                }
                let sent = check.annotations();
                (check, sent, "created")
            }
        };
        let url = self.report_on(&check, &id, sent, report).await?;

        let ours = self.our_checks(app, &report.name, sha).await?;
        if let Some(later) = self.follow(&check, &ours, run).await? {
            return Ok(left_alone(later));
        }
        for (other, order) in ours {
            // Of an earlier run; or ours, on which an earlier run has just written.
            if order < run || (order == run && other.id != check.id) {
                self.report_on(&other, &id, usize::MAX, report).await?;
            }
        }
        let words = format!("{verb} the check {} on {sha}: {}", report.name, report.conclusion.name());
        Ok(CheckDone { words, url })
    }

    /// When there is a later run, gives its verdict to our check run. While that is still in progress, ours is
    /// left to it: it looks for others once it is done.
    async fn follow(
        &self,
        check: &RawCheckRun,
        ours: &[(RawCheckRun, RunOrder)],
        run: RunOrder,
    ) -> Result<Option<RawCheckRun>, ForgeError> {
        let Some((later, order)) = latest(ours).filter(|(_, order)| *order > run) else { return Ok(None) };
        if let Some(update) = later.mirrored(&external_id(order)).filter(|_| later.id != check.id) {
            self.update_check(check.id, &update).await?;
        }
        Ok(Some(later))
    }

    async fn report_on(
        &self,
        check: &RawCheckRun,
        id: &str,
        sent: usize,
        report: &CheckReport,
    ) -> Result<Option<String>, ForgeError> {
        let mut url = check.html_url.clone();
        let mut total = sent;
        for update in updates(report, id, sent) {
            let batch = update.output.annotations.len();
            let updated = if batch == 0 {
                self.update_check(check.id, &update).await?
            } else {
                total = total.saturating_add(batch);
                self.add_annotations(check.id, &update, total).await?
            };
            url = updated.html_url.or(url);
        }
        Ok(url)
    }

    async fn set_status(&self, sha: &str, report: &CheckReport) -> Result<CheckDone, ForgeError> {
        let what = "setting the commit status";
        let url = self.url(&format!("/statuses/{}", encode(sha)));
        let status = Status::of(report);
        // The last status of a context counts, so sending it twice is the same as sending it once.
        let send = async || self.once(&Method::POST, &url, Some(&status)).await;
        accept(what, self.caller.call(what, true, send).await?)?;
        let conclusion = report.conclusion.name();
        let words = format!(
            "set the commit status {} on {sha}: {conclusion} (the token of a person may not write check runs)",
            report.name
        );
        Ok(CheckDone { words, url: None })
    }

    /// The login of the app behind an installation token.
    async fn viewer(&self) -> Option<String> {
        let query = serde_json::json!({ "query": "query { viewer { login } }" });
        let answer = self.graphql("asking whose token this is", &query).await.ok()?;
        let login = answer.pointer("/data/viewer/login")?.as_str()?;
        login.ends_with("[bot]").then(|| login.to_owned())
    }
}

fn latest(checks: &[(RawCheckRun, RunOrder)]) -> Option<(RawCheckRun, RunOrder)> {
    checks.iter().max_by_key(|(check, order)| (*order, check.id)).cloned()
}

impl ForgeApi for Github<'_> {
    /// 65,536 characters are accepted; bytes have been refused near 262,144.
    const COMMENT_LIMIT: (usize, usize) = (65_000, 200_000);

    async fn whoami(&self) -> Result<Identity, ForgeError> {
        let what = "asking whose token this is";
        match self.get(what, &format!("{}/user", self.api)).await {
            Ok(response) => {
                let user: RawUser = parse(what, &response)?;
                Ok(Identity::User { id: user.id, login: user.login })
            }
            Err(ForgeError::Denied { status: 403, .. } | ForgeError::Gone { .. }) => {
                Ok(Identity::App { login: self.viewer().await.unwrap_or_else(|| ACTIONS_BOT.to_owned()) })
            }
            Err(error) => Err(error),
        }
    }

    async fn change(&self, number: u64) -> Result<ChangeNow, ForgeError> {
        let what = "reading the pull request";
        let response = self.get(what, &self.url(&format!("/pulls/{number}"))).await?;
        parse::<RawPull>(what, &response).map(ChangeNow::from)
    }

    async fn change_of(&self, sha: &str, source: Option<(&str, &str)>) -> Result<Option<u64>, ForgeError> {
        let what = "looking for the pull request";
        let Some((owner, branch)) = source else { return Ok(None) };
        let head = encode(&format!("{owner}:{branch}"));
        let response =
            self.get(what, &self.url(&format!("/pulls?state=open&head={head}&per_page=100"))).await?;
        let pulls: Vec<RawPull> = parse(what, &response)?;
        let mut matching = pulls.iter().filter(|pull| pull.head_is(sha));
        let first = matching.next().map(RawPull::number);
        Ok(first.filter(|_| matching.next().is_none()))
    }

    async fn comments(&self, number: u64) -> Result<Vec<Comment>, ForgeError> {
        let what = "listing comments";
        let mut comments = Vec::new();
        let mut next = Some(self.url(&format!("/issues/{number}/comments?per_page=100")));
        for _page in 0..MAX_PAGES {
            let Some(url) = next else { return Ok(comments) };
            let response = self.get(what, &url).await?;
            comments.extend(parse::<Vec<RawComment>>(what, &response)?.into_iter().map(Comment::from));
            next = api::next_page(what, &response, &self.api)?;
        }
        // Without the whole list, ours could be missed and posted a second time.
        if next.is_none() {
            Ok(comments)
        } else {
            Err(ForgeError::failed(what, "there are more than 5,000 of them"))
        }
    }

    async fn create_comment(&self, number: u64, body: &str) -> Result<Comment, ForgeError> {
        let what = "creating the comment";
        let url = self.url(&format!("/issues/{number}/comments"));
        let response = self.write(what, Method::POST, &url, Some(&CommentBody { body })).await?;
        parse::<RawComment>(what, &response).map(Comment::from)
    }

    async fn update_comment(&self, _number: u64, id: u64, body: &str) -> Result<(), ForgeError> {
        let url = self.url(&format!("/issues/comments/{id}"));
        self.write("updating the comment", Method::PATCH, &url, Some(&CommentBody { body })).await.map(drop)
    }

    async fn delete_comment(&self, _number: u64, id: u64) -> Result<(), ForgeError> {
        let url = self.url(&format!("/issues/comments/{id}"));
        match self.write("deleting a duplicate comment", Method::DELETE, &url, None::<&()>).await {
            Ok(_) | Err(ForgeError::Gone { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn open_issue(&self, me: &Identity, issue: &FollowUp) -> Result<String, ForgeError> {
        let what = "opening the issue to follow up";
        let creator = encode(me.login());
        let url = self.url(&format!("/issues?state=all&creator={creator}&per_page=100"));
        let find = async || {
            let issues: Vec<RawIssue> = parse(what, &self.get(what, &url).await?)?;
            Ok(issues.into_iter().find(|found| found.title.as_deref() == Some(&issue.title)))
        };
        if let Some(found) = find().await? {
            return Ok(format!("issue {} follows up already", found.number));
        }
        let body = serde_json::json!({"title": issue.title, "body": issue.body});
        let target = self.url("/issues");
        let post = async || parse(what, &self.write(what, Method::POST, &target, Some(&body)).await?);
        let made: RawIssue = self.caller.create(post, find).await?;
        Ok(format!("opened issue {} to follow up", made.number))
    }

    async fn set_check(
        &self,
        me: &Identity,
        sha: &str,
        run: RunOrder,
        report: &CheckReport,
    ) -> Result<CheckDone, ForgeError> {
        match me.app_slug() {
            Some(app) => self.set_check_run(app, sha, run, report).await,
            None => self.set_status(sha, report).await,
        }
    }
}
