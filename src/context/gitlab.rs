//! GitLab CI: the environment says everything.

use super::{BaseRef, ChangeRequest, ContextError, Event, Forge, PipelineContext, RunOrder};
use crate::base::text;
use crate::host::{Host, Var};

/// The context inside GitLab CI.
///
/// # Errors
/// When a variable that the kind of pipeline must set is missing or malformed.
pub fn detect(host: &dyn Host) -> Result<PipelineContext, ContextError> {
    let source =
        host.env(Var::CiPipelineSource).ok_or_else(|| variable("GitLab", Var::CiPipelineSource.name()))?;
    let mut context = surroundings(host, &source)?;
    let details = Details { event: &source, host };
    match source.as_str() {
        "merge_request_event" => details.merge_request(&mut context)?,
        "push" => details.push(&mut context)?,
        "schedule" => details.on_branch(&mut context, Event::Schedule)?,
        "web" | "api" | "trigger" | "pipeline" | "parent_pipeline" | "chat" => {
            // A downstream pipeline of a merge request still knows it.
            if host.env(Var::CiMergeRequestIid).is_some() {
                details.merge_request(&mut context)?;
            } else {
                details.on_branch(&mut context, Event::Manual)?;
            }
        }
        other => {
            details.on_branch(&mut context, Event::Local)?;
            let other = text::truncate_end(&text::visible(other), 60);
            context.notes.push(format!(
                "the pipeline source {other} is not one Weighbridge knows: the commit being built is judged"
            ));
        }
    }
    Ok(context)
}

/// What every pipeline has.
fn surroundings(host: &dyn Host, event: &str) -> Result<PipelineContext, ContextError> {
    let repository =
        host.env(Var::CiProjectPath).ok_or_else(|| variable(event, Var::CiProjectPath.name()))?;
    let server_url = url(host, event, Var::CiServerUrl)?;
    let api_url =
        url(host, event, Var::CiApiV4Url)?.or_else(|| Some(format!("{}/api/v4", server_url.as_ref()?)));
    let number = |var: Var| host.env(var).and_then(|value| value.trim().parse::<u64>().ok());
    let project = host.env(Var::CiMergeRequestProjectId).or_else(|| host.env(Var::CiProjectId));
    let project = match project {
        Some(id) if id.chars().all(|c| c.is_ascii_digit()) => Some(id),
        Some(_) => return Err(variable(event, Var::CiProjectId.name())),
        None => None,
    };
    Ok(PipelineContext {
        forge: Forge::Gitlab,
        event: Event::Local,
        event_name: event.to_owned(),
        repository: Some(repository),
        project_id: project,
        api_url,
        server_url,
        head_sha: None,
        base: None,
        change: None,
        actor: host.env(Var::GitlabUserLogin),
        run_url: host
            .env(Var::CiJobUrl)
            .or_else(|| host.env(Var::CiPipelineUrl))
            .filter(|url| super::is_web_url(url)),
        run: RunOrder {
            run: number(Var::CiPipelineId).unwrap_or(0),
            attempt: number(Var::CiJobId).unwrap_or(0),
        },
        notes: Vec::new(),
    })
}

/// Reads one kind of pipeline.
struct Details<'a> {
    event: &'a str,
    host: &'a dyn Host,
}

impl Details<'_> {
    fn merge_request(&self, context: &mut PipelineContext) -> Result<(), ContextError> {
        let host = self.host;
        let number = host.env(Var::CiMergeRequestIid).and_then(|iid| iid.trim().parse().ok());
        let number = number.ok_or_else(|| variable(self.event, Var::CiMergeRequestIid.name()))?;
        let kind = host.env(Var::CiMergeRequestEventType);
        context.event =
            if kind.as_deref() == Some("merge_train") { Event::MergeQueue } else { Event::Change };

        let source_sha = self.sha(Var::CiMergeRequestSourceSha)?;
        let merged = matches!(kind.as_deref(), Some("merged_result" | "merge_train"));
        context.head_sha = match (source_sha, merged) {
            (Some(sha), _) => Some(sha),
            // Detached: what is built is the head itself.
            (None, false) => Some(self.required(Var::CiCommitSha)?),
            (None, true) => {
                context.notes.push(format!(
                    "{} is not set, and the commit being built is a test merge: the API is asked for the head",
                    Var::CiMergeRequestSourceSha.name()
                ));
                None
            }
        };

        let target_branch = host.env(Var::CiMergeRequestTargetBranch);
        context.base = match (self.sha(Var::CiMergeRequestDiffBaseSha)?, &target_branch) {
            (Some(base), _) => Some(BaseRef::Commit(base)),
            (None, Some(branch)) => Some(BaseRef::MergeBaseWith(format!("refs/remotes/origin/{branch}"))),
            (None, None) => return Err(variable(self.event, Var::CiMergeRequestTargetBranch.name())),
        };

        let source_project = host.env(Var::CiMergeRequestSourceProjectId);
        let title = host.env(Var::CiMergeRequestTitle);
        context.change = Some(ChangeRequest {
            number,
            // GitLab marks drafts by their title.
            draft: title.as_ref().is_some_and(|title| {
                let title = title.to_ascii_lowercase();
                ["draft:", "[draft]", "(draft)"].iter().any(|mark| title.starts_with(mark))
            }),
            title,
            author: None,
            source_branch: host.env(Var::CiMergeRequestSourceBranch),
            target_branch,
            // Without a source project, it was deleted: it was another one.
            from_fork: source_project.is_none() || source_project != context.project_id,
            source_repository: source_project,
        });
        Ok(())
    }

    fn push(&self, context: &mut PipelineContext) -> Result<(), ContextError> {
        context.event = Event::Push;
        context.head_sha = Some(self.required(Var::CiCommitSha)?);
        let before = self.sha(Var::CiCommitBeforeSha)?;
        context.base = match before {
            Some(before) if self.host.env(Var::CiCommitTag).is_none() => Some(BaseRef::Commit(before)),
            _ => self.default_branch(context),
        };
        Ok(())
    }

    fn on_branch(&self, context: &mut PipelineContext, event: Event) -> Result<(), ContextError> {
        context.event = event;
        context.head_sha = Some(self.required(Var::CiCommitSha)?);
        context.base = self.default_branch(context);
        Ok(())
    }

    /// A commit id; `None` when the variable is unset or all zeros, as GitLab writes "there is none".
    fn sha(&self, var: Var) -> Result<Option<String>, ContextError> {
        match self.host.env(var) {
            None => Ok(None),
            Some(sha) if super::is_zero(&sha) => Ok(None),
            Some(sha) if super::is_sha(&sha) => Ok(Some(sha)),
            Some(_) => Err(variable(self.event, var.name())),
        }
    }

    fn required(&self, var: Var) -> Result<String, ContextError> {
        self.sha(var)?.ok_or_else(|| variable(self.event, var.name()))
    }

    /// The default branch as a base: the full name of the ref, since a tag may be called the same. A branch is
    /// not compared with itself.
    fn default_branch(&self, context: &mut PipelineContext) -> Option<BaseRef> {
        let Some(name) = self.host.env(Var::CiDefaultBranch) else {
            context.notes.push("the default branch is not known: there is no base".to_owned());
            return None;
        };
        if self.host.env(Var::CiCommitBranch).as_deref() == Some(name.as_str()) {
            context.notes.push("this is the default branch: there is nothing to compare with".to_owned());
            return None;
        }
        Some(BaseRef::MergeBaseWith(format!("refs/remotes/origin/{name}")))
    }
}

fn url(host: &dyn Host, event: &str, var: Var) -> Result<Option<String>, ContextError> {
    match host.env(var) {
        None => Ok(None),
        Some(url) if super::is_web_url(url.trim()) => Ok(Some(url.trim().trim_end_matches('/').to_owned())),
        Some(_) => Err(variable(event, var.name())),
    }
}

fn variable(event: &str, variable: &str) -> ContextError {
    let event = text::truncate_end(&text::visible(event), 60);
    ContextError::Variable { event, variable: variable.to_owned() }
}

#[cfg(test)]
#[path = "gitlab_tests.rs"]
mod tests;
