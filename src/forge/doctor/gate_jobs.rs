//! GitHub: what one workflow file that runs the gate leaves open.

use super::gates::{OF_THE_CHANGE, TRUSTED, place};
use super::github::Doctor;
use super::workflow::{Job, Workflow};
use super::{Findings, Who};
use crate::forge::CHECK_NAME;

pub(super) fn filters(doctor: &Doctor<'_>, workflow: &Workflow, findings: &mut Findings) {
    const ID: &str = "path-filter";
    let mut clean = true;
    for trigger in &workflow.triggers {
        if trigger.paths && OF_THE_CHANGE.iter().chain(&TRUSTED).any(|event| *event == trigger.event) {
            clean = false;
            findings.open(
                ID,
                None,
                format!(
                    "{} has a filter of paths at `{}`: where it does not run, the required check stays pending for ever",
                    workflow.path, trigger.event
                ),
                "remove `paths` and `paths-ignore`: Weighbridge says `skip` in a moment when there is nothing to do",
            );
        }
        let branch = &doctor.protection.branch;
        let plain = trigger.branches.iter().all(|name| !name.contains(['*', '?', '!', '+', '[']));
        let of_target =
            matches!(trigger.event.as_str(), "pull_request" | "pull_request_target" | "merge_group");
        if of_target && plain && !trigger.branches.is_empty() && !trigger.branches.contains(branch) {
            clean = false;
            findings.open(
                ID,
                None,
                format!("{} runs at `{}` for other branches than {branch}", workflow.path, trigger.event),
                format!("add {branch} to `branches`"),
            );
        }
    }
    if clean {
        findings.closed(ID, format!("{} runs for every change to the branch", workflow.path));
    }
}

/// True for a commit or a digest, which nobody can move.
fn is_pinned(uses: &str) -> bool {
    // What is in the repository comes with the workflow itself.
    if uses.starts_with("./") {
        return true;
    }
    let version = uses.rsplit('@').next().unwrap_or_default();
    let digest = version.strip_prefix("sha256:").unwrap_or(version);
    uses.contains('@')
        && matches!(digest.len(), 40 | 64)
        && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
}

pub(super) fn pinned(workflow: &Workflow, job: &Job, findings: &mut Findings) {
    const ID: &str = "pinned";
    let loose: Vec<&str> = job.uses.iter().map(String::as_str).filter(|uses| !is_pinned(uses)).collect();
    if loose.is_empty() {
        findings.closed(ID, format!("{} uses nothing that somebody could move", place(workflow, job)));
    } else {
        findings.open(
            ID,
            Who::Publisher,
            format!(
                "{} uses {}: whoever may move that tag or branch, in the repository it names, changes the gate",
                place(workflow, job),
                loose.join(", ")
            ),
            "write the full commit (for an image: `@sha256:...`) in place of the tag; the page of each release names it",
        );
    }
}

/// Secrets outside an environment are there for every workflow that somebody pushes.
pub(super) fn keys(doctor: &Doctor<'_>, workflow: &Workflow, job: &Job, findings: &mut Findings) {
    const ID: &str = "gate-secret";
    if job.secrets.is_empty() {
        return;
    }
    let names: Vec<&str> = job.secrets.iter().map(String::as_str).collect();
    let names = names.join(", ");
    let repository = &doctor.protection.repository;
    let default = &doctor.facts.default_branch;
    let Some(environment) = &job.environment else {
        findings.open(
            ID,
            Who::Writer,
            format!(
                "{} takes {names} without an environment: a workflow that somebody pushes on a branch can read it, and \
                 speak in the name of the gate",
                place(workflow, job)
            ),
            format!(
                "make an environment that only {default} may use, move the secret there, and name it in the job: \
                 `environment: weighbridge`"
            ),
        );
        return;
    };
    match doctor.facts.environments.get(environment) {
        Some(Ok(true)) => {
            findings.closed(ID, format!("{names} is in the environment {environment}, which only some branches may use"));
        }
        Some(Ok(false)) => findings.open(
            ID,
            Who::Writer,
            format!("every branch may use the environment {environment}, and with it {names}"),
            format!(
                "printf %s '{{\"deployment_branch_policy\":{{\"protected_branches\":true,\"custom_branch_policies\":false}}}}' \
                 | gh api --method PUT repos/{repository}/environments/{} --input -",
                crate::forge::api::encode(environment)
            ),
        ),
        Some(Err(why)) => findings.unknown(
            ID,
            Who::Writer,
            format!("which branches may use the environment {environment}, which keeps {names}: {why}"),
            doctor.again(),
        ),
        None => {
            let what = format!("which branches may use the environment {environment}, which keeps {names}");
            findings.unknown(ID, Who::Writer, what, doctor.again());
        }
    }
}

pub(super) fn may_fail(workflow: &Workflow, job: &Job, findings: &mut Findings) {
    if job.may_fail {
        findings.open(
            "continue-on-error",
            Who::Writer,
            format!(
                "{} goes on when the gate fails: the job is green whatever the verdict, and a rule that requires the job \
                 in place of the check stops nobody",
                place(workflow, job)
            ),
            "remove `continue-on-error`",
        );
    }
}

/// A job makes a check of its own name, and one that is skipped satisfies a required check.
pub(super) fn names(all: &[Workflow], findings: &mut Findings) {
    const ID: &str = "job-name";
    let mut clean = true;
    for workflow in all {
        for job in &workflow.jobs {
            if job.name.as_deref().unwrap_or(&job.id) == CHECK_NAME {
                clean = false;
                findings.open(
                    ID,
                    Who::Writer,
                    format!(
                        "{} makes a check of its own called `{CHECK_NAME}`: when the job is skipped, that one satisfies \
                         the rule without a verdict",
                        place(workflow, job)
                    ),
                    "give the job another name",
                );
            }
        }
    }
    if clean {
        findings.closed(ID, format!("no job is called `{CHECK_NAME}`"));
    }
}
