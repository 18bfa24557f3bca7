//! GitHub Actions: the environment and the event file.
//!
//! The head is always the head of the change, never the test merge that `GITHUB_SHA` names. What GitHub leaves
//! out of an event stays unknown here, with a note; `forge::complete` asks the API for it.

use super::github_event::{EventFile, PullRequest, Repository, WorkflowRun};
use super::{BaseRef, ChangeRequest, ContextError, Event, Forge, PipelineContext, RunOrder};
use crate::base::text;
use crate::host::{Host, Var};
use std::path::Path;

/// Reads at most this much of the event file, in bytes: GitHub delivers no more.
const EVENT_LIMIT: u64 = 25 * 1024 * 1024;

/// The context inside GitHub Actions.
///
/// # Errors
/// When a variable or the event file is missing or malformed: guessing would judge the wrong commit.
pub fn detect(host: &dyn Host) -> Result<PipelineContext, ContextError> {
    let event_name =
        host.env(Var::GithubEventName).ok_or_else(|| variable("GitHub", Var::GithubEventName.name()))?;
    let file = read_event(host, &event_name)?;
    let mut context = surroundings(host, &event_name)?;
    let details = Details { event: &event_name, host, file: &file };
    match event_name.as_str() {
        "pull_request" | "pull_request_target" | "pull_request_review" | "pull_request_review_comment" => {
            details.pull_request(&mut context)?;
        }
        "merge_group" => details.merge_group(&mut context)?,
        "push" => details.push(&mut context)?,
        "workflow_dispatch" | "repository_dispatch" => details.on_branch(&mut context, Event::Manual)?,
        "schedule" => details.on_branch(&mut context, Event::Schedule)?,
        "issue_comment" => details.comment(&mut context)?,
        "workflow_run" => details.workflow_run(&mut context)?,
        other => {
            details.on_branch(&mut context, Event::Local)?;
            let other = text::truncate_end(&text::visible(other), 60);
            context.notes.push(format!(
                "the event {other} is not one Weighbridge knows: the commit that triggered it is judged"
            ));
        }
    }
    Ok(context)
}

/// Owner and branch a finished workflow ran for, to look its pull request up: forks leave `pull_requests`
/// empty. `None` outside `workflow_run` events.
pub(crate) fn workflow_source(host: &dyn Host) -> Option<(String, String)> {
    let event = host.env(Var::GithubEventName).filter(|name| name == "workflow_run")?;
    let run = read_event(host, &event).ok()?.workflow_run?;
    let full_name = run.head_repository?.full_name?;
    let (owner, _) = full_name.split_once('/')?;
    Some((owner.to_owned(), run.head_branch?))
}

fn read_event(host: &dyn Host, event: &str) -> Result<EventFile, ContextError> {
    let path = host.env(Var::GithubEventPath).ok_or_else(|| variable(event, Var::GithubEventPath.name()))?;
    let malformed = |reason: String| ContextError::Event {
        forge: "GitHub",
        path: text::visible(&path),
        reason: text::truncate_end(&text::visible(&reason), 300),
    };
    let bytes = host.read_file(Path::new(&path), EVENT_LIMIT).map_err(|error| malformed(error.reason))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    // Names the field, as in `pull_request.number: invalid type`.
    serde_path_to_error::deserialize(&mut reader).map_err(|error| malformed(error.to_string()))
}

/// What every event has.
fn surroundings(host: &dyn Host, event: &str) -> Result<PipelineContext, ContextError> {
    let repository =
        host.env(Var::GithubRepository).ok_or_else(|| variable(event, Var::GithubRepository.name()))?;
    if !is_repository(&repository) {
        return Err(variable(event, Var::GithubRepository.name()));
    }
    let url = |var: Var, default: &str| -> Result<String, ContextError> {
        let url = host.env(var).unwrap_or_else(|| default.to_owned());
        let url = url.trim().trim_end_matches('/').to_owned();
        if super::is_web_url(&url) { Ok(url) } else { Err(variable(event, var.name())) }
    };
    let server_url = url(Var::GithubServerUrl, "https://github.com")?;
    let api_url = url(Var::GithubApiUrl, "https://api.github.com")?;
    let number = |var: Var| host.env(var).and_then(|value| value.trim().parse::<u64>().ok());
    let run_url = number(Var::GithubRunId).map(|id| format!("{server_url}/{repository}/actions/runs/{id}"));
    Ok(PipelineContext {
        forge: Forge::Github,
        event: Event::Local,
        event_name: event.to_owned(),
        repository: Some(repository),
        project_id: None,
        api_url: Some(api_url),
        server_url: Some(server_url),
        head_sha: None,
        base: None,
        change: None,
        actor: host.env(Var::GithubActor),
        run_url,
        run: RunOrder {
            run: number(Var::GithubRunNumber).unwrap_or(0),
            attempt: number(Var::GithubRunAttempt).unwrap_or(0),
        },
        notes: Vec::new(),
    })
}

/// Reads one kind of event.
struct Details<'a> {
    event: &'a str,
    host: &'a dyn Host,
    file: &'a EventFile,
}

impl Details<'_> {
    fn pull_request(&self, context: &mut PipelineContext) -> Result<(), ContextError> {
        let pull = self.file.pull_request.as_ref().ok_or_else(|| variable(self.event, "pull_request"))?;
        let head = pull.head.as_ref().and_then(|head| head.sha.as_deref());
        context.event = Event::Change;
        context.head_sha = Some(self.sha(head, "pull_request.head.sha")?);
        let base = pull.base.as_ref().and_then(|base| base.sha.as_deref());
        context.base = Some(BaseRef::MergeBaseWith(self.sha(base, "pull_request.base.sha")?));
        let number =
            pull.number.or(self.file.number).ok_or_else(|| variable(self.event, "pull_request.number"))?;
        context.change = Some(change(pull, number));
        Ok(())
    }

    fn merge_group(&self, context: &mut PipelineContext) -> Result<(), ContextError> {
        let group = self.file.merge_group.as_ref().ok_or_else(|| variable(self.event, "merge_group"))?;
        context.event = Event::MergeQueue;
        context.head_sha = Some(self.sha(group.head_sha.as_deref(), "merge_group.head_sha")?);
        context.base = Some(BaseRef::Commit(self.sha(group.base_sha.as_deref(), "merge_group.base_sha")?));
        match group.head_ref.as_deref().and_then(queued) {
            Some(number) => context.change = Some(ChangeRequest::numbered(number)),
            None => context.notes.push("the merge queue does not say which pull request this is".to_owned()),
        }
        Ok(())
    }

    fn push(&self, context: &mut PipelineContext) -> Result<(), ContextError> {
        context.event = Event::Push;
        if self.file.deleted.unwrap_or(false) {
            context.notes.push("the push deleted its branch: there is nothing to judge".to_owned());
            return Ok(());
        }
        let after = self.file.after.clone().or_else(|| self.host.env(Var::GithubSha));
        context.head_sha = Some(self.sha(after.as_deref(), "after")?);
        let before = self.file.before.as_deref().filter(|sha| !super::is_zero(sha));
        match before {
            Some(_) if self.file.forced.unwrap_or(false) && !self.on_default_branch() => {
                context.notes.push(
                    "the push rewrote its branch, so the branch is compared with the default branch"
                        .to_owned(),
                );
                context.base = self.default_branch(context);
            }
            Some(before) if !self.file.created.unwrap_or(false) => {
                context.base = Some(BaseRef::Commit(self.sha(Some(before), "before")?));
            }
            _ => context.base = self.default_branch(context),
        }
        Ok(())
    }

    fn on_branch(&self, context: &mut PipelineContext, event: Event) -> Result<(), ContextError> {
        context.event = event;
        context.head_sha = Some(self.sha(self.host.env(Var::GithubSha).as_deref(), Var::GithubSha.name())?);
        context.base = self.default_branch(context);
        Ok(())
    }

    fn comment(&self, context: &mut PipelineContext) -> Result<(), ContextError> {
        context.event = Event::Comment;
        let issue = self.file.issue.as_ref().ok_or_else(|| variable(self.event, "issue"))?;
        if issue.pull_request.is_none() {
            context
                .notes
                .push("the comment is on an issue, not on a pull request: nothing to judge".to_owned());
            return Ok(());
        }
        let number = issue.number.ok_or_else(|| variable(self.event, "issue.number"))?;
        context.change = Some(ChangeRequest {
            title: issue.title.clone(),
            author: issue.user.as_ref().and_then(|user| user.login.clone()),
            draft: issue.draft.unwrap_or(false),
            ..ChangeRequest::numbered(number)
        });
        context
            .notes
            .push("a comment event does not say the head of its pull request: the API is asked".to_owned());
        Ok(())
    }

    fn workflow_run(&self, context: &mut PipelineContext) -> Result<(), ContextError> {
        let run = self.file.workflow_run.as_ref().ok_or_else(|| variable(self.event, "workflow_run"))?;
        context.event = Event::WorkflowRun;
        let head = self.sha(run.head_sha.as_deref(), "workflow_run.head_sha")?;
        self.change_of_run(context, run, &head);
        context.head_sha = Some(head);
        Ok(())
    }

    /// A workflow may have run for several pull requests, or, from a fork, name none.
    fn change_of_run(&self, context: &mut PipelineContext, run: &WorkflowRun, head: &str) {
        let pulls = run.pull_requests.iter().flatten();
        let mut matching =
            pulls.filter(|pull| pull.head.as_ref().and_then(|side| side.sha.as_deref()) == Some(head));
        let (first, second) = (matching.next(), matching.next());
        let single = first.filter(|_| second.is_none()).and_then(|pull| Some((pull, pull.number?)));
        let Some((pull, number)) = single else {
            context.notes.push(
                "the event does not name one pull request for this commit (forks never do): the API is asked"
                    .to_owned(),
            );
            return;
        };
        let full_name =
            |repository: Option<&Repository>| repository.and_then(|found| found.full_name.clone());
        let source = full_name(run.head_repository.as_ref());
        let target = full_name(self.file.repository.as_ref()).or_else(|| context.repository.clone());
        let base = pull.base.as_ref().and_then(|base| base.sha.as_deref()).filter(|sha| super::is_sha(sha));
        context.base = base.map(|sha| BaseRef::MergeBaseWith(sha.to_owned()));
        context.change = Some(ChangeRequest {
            number,
            title: None,
            author: None,
            source_branch: run.head_branch.clone(),
            target_branch: pull.base.as_ref().and_then(|base| base.branch.clone()),
            from_fork: source.is_none() || source != target,
            source_repository: source,
            draft: false,
        });
    }

    fn sha(&self, sha: Option<&str>, field: &str) -> Result<String, ContextError> {
        let sha = sha.filter(|sha| super::is_sha(sha) && !super::is_zero(sha));
        sha.map(str::to_owned).ok_or_else(|| variable(self.event, field))
    }

    fn default_branch_name(&self) -> Option<&str> {
        self.file.repository.as_ref()?.default_branch.as_deref().filter(|name| !name.is_empty())
    }

    fn on_default_branch(&self) -> bool {
        let branch = self.file.git_ref.clone().or_else(|| self.host.env(Var::GithubRef));
        let branch = branch.as_deref().and_then(|name| name.strip_prefix("refs/heads/"));
        branch.is_some() && branch == self.default_branch_name()
    }

    /// The default branch as a base: the full name of the ref, since a tag may be called the same. A branch is
    /// not compared with itself.
    fn default_branch(&self, context: &mut PipelineContext) -> Option<BaseRef> {
        if self.on_default_branch() {
            context.notes.push("this is the default branch: there is nothing to compare with".to_owned());
            return None;
        }
        let Some(name) = self.default_branch_name() else {
            context.notes.push("the event does not say the default branch: there is no base".to_owned());
            return None;
        };
        Some(BaseRef::MergeBaseWith(format!("refs/remotes/origin/{name}")))
    }
}

fn change(pull: &PullRequest, number: u64) -> ChangeRequest {
    let repository = |side: Option<&super::github_event::Side>| {
        side.and_then(|side| side.repo.as_ref()).and_then(|repository| repository.full_name.clone())
    };
    let source = repository(pull.head.as_ref());
    let target = repository(pull.base.as_ref());
    ChangeRequest {
        number,
        title: pull.title.clone(),
        author: pull.user.as_ref().and_then(|user| user.login.clone()),
        source_branch: pull.head.as_ref().and_then(|head| head.branch.clone()),
        target_branch: pull.base.as_ref().and_then(|base| base.branch.clone()),
        // A deleted repository is null: it was another one.
        from_fork: source.is_none() || source != target,
        source_repository: source,
        draft: pull.draft.unwrap_or(false),
    }
}

/// The pull request in the name of a branch of the merge queue: `refs/heads/gh-readonly-queue/main/pr-12-4f1c…`.
/// Only GitHub makes branches below that name.
fn queued(head_ref: &str) -> Option<u64> {
    let (_, name) = head_ref.strip_prefix("refs/heads/gh-readonly-queue/")?.rsplit_once('/')?;
    let (number, sha) = name.strip_prefix("pr-")?.split_once('-')?;
    number.parse().ok().filter(|_| super::is_sha(sha))
}

/// `owner/name`, in the characters GitHub allows: it becomes part of URLs.
fn is_repository(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    text.split_once('/').is_some_and(|(owner, name)| is_part(owner) && is_part(name))
}

fn variable(event: &str, variable: &str) -> ContextError {
    let event = text::truncate_end(&text::visible(event), 60);
    ContextError::Variable { event, variable: variable.to_owned() }
}

#[cfg(test)]
#[path = "github_tests.rs"]
mod tests;
