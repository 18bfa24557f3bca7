//! Carrying a plan out, the same way on every forge.

use super::Publication;
use super::api::{ForgeApi, ForgeError};
use super::fit::fit;
use super::github::Github;
use super::gitlab::Gitlab;
use super::plan::{Plan, Step, plan};
use super::retry::Caller;
use super::sticky::{self, Action, Identity, Marker};
use crate::base::text;
use crate::context::{Forge, PipelineContext};
use crate::host::Host;

/// How often the comment is decided anew when another run changes it meanwhile.
const ROUNDS: usize = 4;
/// Always the end of a reason to degrade.
const INSTEAD: &str = "annotations, the job summary and report files were written instead";

/// What was published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// What was done, in order, in words.
    pub actions: Vec<String>,
    /// What was left out and why, in words.
    pub skipped: Vec<String>,
    /// Why something could not be written with this token. Not an error: the caller prints annotations and
    /// shows this sentence.
    pub degraded: Option<String>,
    /// What the forge did not answer or refused for another reason; an environment error (exit code 5).
    pub failed: Vec<String>,
    /// Web page of the comment.
    pub comment_url: Option<String>,
    /// Web page of the check.
    pub check_url: Option<String>,
}

/// Publishes, on the forge of the context, what [`plan()`] says. Needs a running tokio runtime.
///
/// Never fails as a whole: see the fields of [`Published`]. Waits at most two minutes in total for rate limits.
pub async fn publish(host: &dyn Host, context: &PipelineContext, publication: &Publication) -> Published {
    let plan = plan(context, publication);
    let caller = Caller::new(host);
    match context.forge {
        Forge::Local => leave_out(&plan),
        Forge::Github => match Github::new(host, &caller, context) {
            Ok(api) => carry_out(&api, &caller, context, &plan).await,
            Err(reason) => degraded(&plan, reason),
        },
        Forge::Gitlab => match Gitlab::new(host, &caller, context) {
            Ok(api) => carry_out(&api, &caller, context, &plan).await,
            Err(reason) => degraded(&plan, reason),
        },
    }
}

fn leave_out(plan: &Plan) -> Published {
    let skipped = plan.steps.iter().filter(|step| matches!(step, Step::Skip { .. })).map(ToString::to_string);
    Published { skipped: skipped.collect(), ..Published::default() }
}

fn degraded(plan: &Plan, reason: String) -> Published {
    Published { degraded: Some(reason), ..leave_out(plan) }
}

async fn carry_out<A: ForgeApi>(
    api: &A,
    caller: &Caller<'_>,
    context: &PipelineContext,
    plan: &Plan,
) -> Published {
    let mut published = leave_out(plan);
    if plan.steps.iter().all(|step| matches!(step, Step::Skip { .. })) {
        return published;
    }
    let me = match api.whoami().await {
        Ok(me) => me,
        Err(error) => {
            note(&mut published, context, &error);
            return published;
        }
    };
    for step in &plan.steps {
        let outcome = match step {
            Step::Skip { .. } => Ok(()),
            Step::Check { sha, report } => api.set_check(&me, sha, context.run, report).await.map(|done| {
                published.actions.push(done.words);
                published.check_url = done.url;
            }),
            Step::Issue(issue) => match api.open_issue(&me, issue).await {
                Ok(done) => {
                    published.actions.push(done);
                    Ok(())
                }
                // Issues may be switched off, or the token may not: the record and the comment are loud enough.
                Err(ForgeError::Denied { .. } | ForgeError::Gone { .. }) => {
                    let why = "the token may not open issues here".to_owned();
                    published.skipped.push(Step::Skip { what: "issue to follow up", why }.to_string());
                    Ok(())
                }
                Err(error) => Err(error),
            },
            Step::Comment { change, sha, marker, text } => {
                let comment = Wanted { change: *change, sha, marker, text };
                upsert(api, caller, &me, &comment, &mut published).await
            }
        };
        if let Err(error) = outcome {
            note(&mut published, context, &error);
        }
    }
    published
}

/// Sorts an error: a token without the right degrades, everything else failed.
fn note(published: &mut Published, context: &PipelineContext, error: &ForgeError) {
    let cause = match error {
        ForgeError::Denied { .. } | ForgeError::Gone { .. } => error.to_string(),
        ForgeError::Lost { .. } | ForgeError::Failed { .. } => {
            published.failed.push(error.to_string());
            return;
        }
    };
    tracing::debug!(cause, "the token may not write");
    if published.degraded.is_none() {
        let why = if context.change.as_ref().is_some_and(|change| change.from_fork) {
            "fork pull request".to_owned()
        } else {
            cause
        };
        published.degraded = Some(format!("the token may not write here ({why}); {INSTEAD}"));
    }
}

struct Wanted<'a> {
    change: u64,
    sha: &'a str,
    marker: &'a Marker,
    text: &'a str,
}

async fn upsert<A: ForgeApi>(
    api: &A,
    caller: &Caller<'_>,
    me: &Identity,
    wanted: &Wanted<'_>,
    published: &mut Published,
) -> Result<(), ForgeError> {
    let Wanted { change, sha, marker, text } = *wanted;
    let now = api.change(change).await?;
    if now.head_sha.as_deref().is_some_and(|head| head != sha) {
        let head = text::visible(now.head_sha.as_deref().unwrap_or_default());
        let why = format!("the change moved on to {head} meanwhile; its own run reports on that");
        published.skipped.push(Step::Skip { what: "comment", why }.to_string());
        return Ok(());
    }

    let (chars, bytes) = A::COMMENT_LIMIT;
    let room = marker.line().len() + 3;
    let body =
        sticky::with_marker(&fit(text, chars.saturating_sub(room), bytes.saturating_sub(room)), marker);
    let mut created = None;
    for _round in 0..ROUNDS {
        let comments = api.comments(change).await?;
        let decision = sticky::decide(&comments, me, marker, &body);
        let url = |id: u64| {
            comments.iter().find(|comment| comment.id == id).and_then(|comment| comment.url.clone())
        };
        let settled = match decision.action {
            // A list that does not show yet what was just created is no reason to create it again.
            Action::Create if created.is_some() => true,
            Action::Create => {
                let comment = create(api, caller, me, wanted, &body).await?;
                published.actions.push(format!("created comment {} on change {change}", comment.id));
                published.comment_url.clone_from(&comment.url);
                created = Some(comment.id);
                // Another run may have created one at the same moment: look once more.
                false
            }
            Action::Update { id } => match api.update_comment(change, id, &body).await {
                Ok(()) => {
                    published.actions.push(format!("updated comment {id} on change {change}"));
                    published.comment_url = url(id);
                    true
                }
                // Another run has tidied it up.
                Err(ForgeError::Gone { .. }) => continue,
                Err(error) => return Err(error),
            },
            Action::Nothing { id, why } => {
                if created != Some(id) {
                    let why = format!("comment {id} stays as it is: {why}");
                    published.skipped.push(Step::Skip { what: "new comment", why }.to_string());
                }
                published.comment_url = url(id);
                true
            }
        };
        for id in decision.delete {
            api.delete_comment(change, id).await?;
            published.actions.push(format!("deleted the duplicate comment {id}"));
        }
        if settled {
            return Ok(());
        }
    }
    Err(ForgeError::failed("updating the comment", "it changed again and again meanwhile: run the job again"))
}

async fn create<A: ForgeApi>(
    api: &A,
    caller: &Caller<'_>,
    me: &Identity,
    wanted: &Wanted<'_>,
    body: &str,
) -> Result<sticky::Comment, ForgeError> {
    caller
        .create(
            async || api.create_comment(wanted.change, body).await,
            async || {
                let comments = api.comments(wanted.change).await?;
                Ok(sticky::landed(&comments, me, wanted.marker).cloned())
            },
        )
        .await
}
