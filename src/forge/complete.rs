//! Asking the forge for what an event does not say.

use super::api::{ChangeNow, ForgeApi, ForgeError};
use super::github::Github;
use super::gitlab::Gitlab;
use super::retry::Caller;
use crate::context::github as github_event;
use crate::context::{ChangeRequest, Event, Forge, PipelineContext};
use crate::host::Host;

/// Completes a context: the head of a pull request that was commented on, or the pull request of a finished
/// workflow. Does nothing, without a request, when head and change are known already.
///
/// What cannot be found stays unknown, with a note that says why. Needs a running tokio runtime.
pub async fn complete(host: &dyn Host, context: PipelineContext) -> PipelineContext {
    let needed = match context.event {
        Event::WorkflowRun => context.change.is_none() || context.base.is_none(),
        Event::Change | Event::Comment | Event::MergeQueue => {
            context.change.is_some() && context.head_sha.is_none()
        }
        _ => false,
    };
    if !needed {
        return context;
    }
    let caller = Caller::new(host);
    let found = match context.forge {
        Forge::Local => return context,
        Forge::Github => match Github::new(host, &caller, &context) {
            Ok(api) => look_up(&api, host, &context).await,
            Err(reason) => Err(ForgeError::failed("asking for the change", reason)),
        },
        Forge::Gitlab => match Gitlab::new(host, &caller, &context) {
            Ok(api) => look_up(&api, host, &context).await,
            Err(reason) => Err(ForgeError::failed("asking for the change", reason)),
        },
    };
    merge(context, found)
}

async fn look_up<A: ForgeApi>(
    api: &A,
    host: &dyn Host,
    context: &PipelineContext,
) -> Result<Option<ChangeNow>, ForgeError> {
    let number = match (&context.change, &context.head_sha) {
        (Some(change), _) => Some(change.number),
        (None, Some(sha)) => {
            let source = github_event::workflow_source(host);
            let source = source.as_ref().map(|(owner, branch)| (owner.as_str(), branch.as_str()));
            api.change_of(sha, source).await?
        }
        (None, None) => None,
    };
    match number {
        Some(number) => api.change(number).await.map(Some),
        None => Ok(None),
    }
}

fn merge(mut context: PipelineContext, found: Result<Option<ChangeNow>, ForgeError>) -> PipelineContext {
    match found {
        Err(error) => context.notes.push(format!("the change could not be looked up: {error}")),
        Ok(None) => {
            context.notes.push("no single open change has this head: nothing is posted on one".to_owned());
        }
        Ok(Some(now)) => {
            let same_head = context.head_sha.is_none() || context.head_sha == now.head_sha;
            context.head_sha = context.head_sha.or(now.head_sha);
            if same_head || context.base.is_none() {
                context.base = now.base.or(context.base);
            }
            context.change = Some(ChangeRequest {
                number: now.number,
                title: now.title,
                author: now.author,
                source_branch: now.source_branch,
                target_branch: now.target_branch,
                source_repository: now.source_repository,
                from_fork: now.from_fork,
                draft: now.draft,
            });
        }
    }
    context
}
