//! GitHub: what the workflow files of the default branch leave open.

use super::github::Doctor;
use super::workflow::{Job, Workflow};
use super::{Asked, Findings, Who};
use crate::base::text::truncate_end;
use crate::forge::CHECK_NAME;

/// Events whose workflow comes from the default branch, while a change, perhaps from a fork, is what they are about.
const TRUSTED: [&str; 3] = ["pull_request_target", "workflow_run", "issue_comment"];
/// Events that run the copy of the workflow that the change brings.
const OF_THE_CHANGE: [&str; 3] = ["pull_request", "pull_request_review", "pull_request_review_comment"];
/// Events by which a signature is given or taken back.
const SIGNS: [&str; 2] = ["issue_comment", "pull_request_review"];

/// Judges the workflows.
pub(super) fn diagnose(doctor: &Doctor<'_>, findings: &mut Findings) {
    let all = match &doctor.facts.workflows {
        Ok(all) => all.as_slice(),
        Err(why) => {
            let what = format!("what the workflows of the default branch do: they could not be read ({why})");
            findings.unknown(
                "workflow",
                Who::Writer,
                what,
                "ask again with a token that may read `contents`",
            );
            return;
        }
    };
    for (path, why) in &doctor.facts.unreadable {
        let what = format!("what {path} does: {}", truncate_end(why, 200));
        findings.unknown(
            "workflow",
            Who::Writer,
            what,
            "make it a workflow that GitHub reads as well, or remove it",
        );
    }
    foreign_code(doctor, all, findings);
    let gates: Vec<&Workflow> = all.iter().filter(|workflow| workflow.gates().next().is_some()).collect();
    if doctor.by_workflow().is_some() {
        return;
    }
    if gates.is_empty() {
        let branch = &doctor.facts.default_branch;
        findings.unknown(
            "workflow",
            Who::Writer,
            format!("no workflow of {branch} runs Weighbridge: the gate runs somewhere else, or not at all"),
            "copy the two files github-fork-safe-evaluate.yml and github-fork-safe-publish.yml of Weighbridge's \
             examples/workflows to .github/workflows; a gate that runs elsewhere has to be looked at there",
        );
        return;
    }
    of_the_change(doctor, &gates, findings);
    queue(doctor, &gates, findings);
    signatures(doctor, &gates, findings);
    for workflow in &gates {
        filters(doctor, workflow, findings);
        for job in workflow.gates() {
            pinned(workflow, job, findings);
            keys(doctor, workflow, job, findings);
            may_fail(workflow, job, findings);
        }
    }
    names(all, findings);
}

fn place(workflow: &Workflow, job: &Job) -> String {
    format!("{}, job `{}`", workflow.path, job.id)
}

fn default_writes(doctor: &Doctor<'_>) -> Option<bool> {
    doctor.facts.token.as_ref().ok().map(|token| token.write)
}

/// What is wrong with a job that handles what it must not trust: it may write, or it has secrets.
fn powers(job: &Job, default: Option<bool>) -> Asked<Vec<String>> {
    let mut found = Vec::new();
    match &job.writes {
        Some(scopes) if scopes.is_empty() => {}
        Some(scopes) => {
            let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
            found.push(format!("may write {}", scopes.join(", ")));
        }
        None if default == Some(true) => {
            found.push("may write everything, because it does not say".to_owned())
        }
        None if default == Some(false) => {}
        None if job.secrets.is_empty() => {
            return Err(
                "it has no `permissions`, and what the repository gives by default is not known".to_owned()
            );
        }
        None => {}
    }
    if !job.secrets.is_empty() {
        let names: Vec<&str> = job.secrets.iter().map(String::as_str).collect();
        found.push(format!("has the secrets {}", names.join(", ")));
    }
    Ok(found)
}

/// Any workflow of the default branch that runs what a fork wrote with a token can post a check of any name.
fn foreign_code(doctor: &Doctor<'_>, all: &[Workflow], findings: &mut Findings) {
    const ID: &str = "foreign-code";
    let fix = "do not check the change out there: `weighbridge decide` reads it through the API. What has to run it \
               belongs in a `pull_request` job with `permissions: {contents: read}` and no secrets";
    let mut clean = true;
    for workflow in all {
        let events: Vec<&str> =
            TRUSTED.iter().filter(|event| workflow.trigger(event).is_some()).copied().collect();
        if events.is_empty() {
            continue;
        }
        for job in workflow.jobs.iter().filter(|job| job.checks_out_head) {
            let words = format!(
                "{} is started by {} and checks out the change",
                place(workflow, job),
                events.join(", ")
            );
            match powers(job, default_writes(doctor)) {
                Ok(powers) if powers.is_empty() => {}
                Ok(powers) => {
                    clean = false;
                    let what = format!(
                        "{words}, while it {}: what it runs of a fork has that too",
                        powers.join(" and ")
                    );
                    findings.open(ID, Who::ForkAuthor, what, fix);
                }
                Err(why) => {
                    clean = false;
                    findings.unknown(
                        ID,
                        Who::ForkAuthor,
                        format!("{words}; whether it may write: {why}"),
                        fix,
                    );
                }
            }
        }
    }
    if clean && doctor.facts.unreadable.is_empty() {
        findings.closed(ID, "no workflow of the default branch checks a change out with a token that may write, or with secrets");
    }
}

/// A change brings its own `pull_request` workflow.
fn of_the_change(doctor: &Doctor<'_>, gates: &[&Workflow], findings: &mut Findings) {
    let fix = "decide in a workflow of the default branch, on `pull_request_target`, `issue_comment` and `workflow_run`, such \
               as github-fork-safe-publish.yml of Weighbridge's examples/workflows; give the job that the change brings \
               itself `post: never` and `permissions: {contents: read}`";
    let default = default_writes(doctor);
    let by_trusted = |workflow: &Workflow| TRUSTED.iter().any(|event| workflow.trigger(event).is_some());
    let trusted = gates.iter().any(|workflow| by_trusted(workflow) && workflow.gates().any(|job| job.posts));
    let mut powerful = false;
    for workflow in gates {
        let Some(event) = OF_THE_CHANGE.iter().find(|event| workflow.trigger(event).is_some()) else {
            continue;
        };
        for job in workflow.gates().filter(|job| job.checks_out || job.posts) {
            match powers(job, default) {
                Ok(powers) if powers.is_empty() => {}
                Ok(powers) => {
                    powerful = true;
                    let what = format!(
                        "{} runs on `{event}` and {}: a change from this repository brings its own copy of that \
                         file, and may do with it what it likes",
                        place(workflow, job),
                        powers.join(" and ")
                    );
                    findings.open("change-workflow", Who::Writer, what, fix);
                }
                Err(why) => {
                    powerful = true;
                    let what = format!("what {} may, which runs on `{event}`: {why}", place(workflow, job));
                    findings.unknown(
                        "change-workflow",
                        Who::Writer,
                        what,
                        "write `permissions: {contents: read}` into it",
                    );
                }
            }
        }
    }
    if trusted && !powerful {
        findings.closed(
            "change-workflow",
            "the verdict is posted by a workflow of the default branch, not by the change's own",
        );
    }
    if !trusted && !powerful {
        findings.open(
            "change-workflow",
            Who::Writer,
            "no workflow of the default branch posts the verdict: whether the gate runs is up to the change's own files",
            fix,
        );
    }
    if doctor.facts.takes_forks {
        if trusted {
            findings.closed(
                "fork-check",
                "a change from a fork gets its check from a workflow of the default branch",
            );
        } else {
            findings.open(
                "fork-check",
                None,
                "a change from a fork never gets the check, because its token may only read: it waits for ever, until \
                 somebody merges around the rule",
                fix,
            );
        }
    }
}

fn queue(doctor: &Doctor<'_>, gates: &[&Workflow], findings: &mut Findings) {
    const ID: &str = "merge-queue";
    if !doctor.rules().any(|rule| rule.kind == super::github::RuleKind::MergeQueue) {
        return;
    }
    if gates.iter().any(|workflow| workflow.trigger("merge_group").is_some()) {
        findings.closed(ID, "the gate also runs in the merge queue");
    } else {
        findings.open(
            ID,
            None,
            "there is a merge queue, and no workflow runs the gate on `merge_group`: the queue waits for the check in vain",
            "copy github-merge-queue.yml of Weighbridge's examples/workflows to .github/workflows",
        );
    }
}

fn signatures(doctor: &Doctor<'_>, gates: &[&Workflow], findings: &mut Findings) {
    const ID: &str = "signature-events";
    match &doctor.facts.asks_signatures {
        Ok(false) => {}
        Ok(true) => {
            let missing: Vec<String> = SIGNS
                .iter()
                .filter(|event| {
                    // A review may also reach it through another workflow.
                    let relayed = **event == "pull_request_review";
                    !gates.iter().any(|workflow| {
                        workflow.trigger(event).is_some()
                            || (relayed && workflow.trigger("workflow_run").is_some())
                    })
                })
                .map(|event| format!("`{event}`"))
                .collect();
            if missing.is_empty() {
                findings.closed(ID, "a signature that is given or taken back is noticed at once");
            } else {
                let missing = missing.join(" and ");
                findings.open(
                    ID,
                    Who::Writer,
                    format!(
                        "`weighbridge.yaml` asks for signatures, and nothing runs on {missing}: a signature that is taken \
                         back leaves the check green until the next push"
                    ),
                    format!("add {missing} to the workflow that runs `weighbridge decide`"),
                );
            }
        }
        Err(why) => findings.unknown(
            ID,
            Who::Writer,
            format!("whether `weighbridge.yaml` asks for signatures: {why}"),
            "ask again with a token that may read `contents`",
        ),
    }
}

fn filters(doctor: &Doctor<'_>, workflow: &Workflow, findings: &mut Findings) {
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

fn pinned(workflow: &Workflow, job: &Job, findings: &mut Findings) {
    const ID: &str = "pinned";
    let loose: Vec<&str> = job.uses.iter().map(String::as_str).filter(|uses| !is_pinned(uses)).collect();
    if loose.is_empty() {
        findings.closed(ID, format!("{} uses nothing that somebody could move", place(workflow, job)));
    } else {
        findings.open(
            ID,
            None,
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
fn keys(doctor: &Doctor<'_>, workflow: &Workflow, job: &Job, findings: &mut Findings) {
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
                "echo '{{\"deployment_branch_policy\":{{\"protected_branches\":true,\"custom_branch_policies\":false}}}}' \
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

fn may_fail(workflow: &Workflow, job: &Job, findings: &mut Findings) {
    if job.may_fail {
        findings.open(
            "continue-on-error",
            None,
            format!(
                "{} goes on when the gate fails: a red verdict does not make the job red",
                place(workflow, job)
            ),
            "remove `continue-on-error`",
        );
    }
}

/// A job makes a check of its own name, and one that is skipped satisfies a required check.
fn names(all: &[Workflow], findings: &mut Findings) {
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
