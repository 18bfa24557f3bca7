//! GitHub: what the workflow files of the default branch leave open.

use super::gate_jobs::{filters, keys, may_fail, names, pinned};
use super::github::Doctor;
use super::workflow::{Job, Workflow};
use super::{Asked, Findings, Who};
use crate::base::text::truncate_end;

/// Events whose workflow comes from the default branch, while a change, perhaps from a fork, is what they are about.
pub(super) const TRUSTED: [&str; 3] = ["pull_request_target", "workflow_run", "issue_comment"];
/// Events that run the copy of the workflow that the change brings.
pub(super) const OF_THE_CHANGE: [&str; 3] =
    ["pull_request", "pull_request_review", "pull_request_review_comment"];
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
            "copy the two files github-fork-safe-evaluate.yml and github-fork-safe-decide.yml of Weighbridge's \
             examples/workflows to .github/workflows; a gate that runs elsewhere has to be looked at there",
        );
        return;
    }
    of_the_change(doctor, &gates, findings);
    queue(doctor, &gates, findings);
    signatures(&gates, findings);
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

pub(super) fn place(workflow: &Workflow, job: &Job) -> String {
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
               as github-fork-safe-decide.yml of Weighbridge's examples/workflows; give the job that the change brings \
               itself `post: never` and `permissions: {contents: read}`";
    let default = default_writes(doctor);
    // A push has to be enough: a comment may never come.
    let by_trusted = |workflow: &Workflow| {
        ["pull_request_target", "workflow_run"].iter().any(|event| workflow.trigger(event).is_some())
    };
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
            "add `merge_group: {types: [checks_requested]}` to the triggers of the workflow that posts the verdict",
        );
    }
}

/// Whoever changes the gate itself needs a signature, whatever `weighbridge.yaml` says: every gate has them.
fn signatures(gates: &[&Workflow], findings: &mut Findings) {
    const ID: &str = "signature-events";
    let runs_on = |event: &str| gates.iter().any(|workflow| workflow.trigger(event).is_some());
    let missing: Vec<String> = SIGNS
        .iter()
        // A review may also reach the gate through another workflow.
        .filter(|event| !(runs_on(event) || **event == "pull_request_review" && runs_on("workflow_run")))
        .map(|event| format!("`{event}`"))
        .collect();
    if missing.is_empty() {
        findings.closed(ID, "a signature that is given or taken back is noticed at once");
        return;
    }
    let missing = missing.join(" and ");
    findings.open(
        ID,
        Who::Writer,
        format!(
            "the gate does not run on {missing}: a signature given there counts only at the next push, and one that is \
             taken back leaves the check green until then"
        ),
        format!("run `weighbridge decide` on {missing}; for reviews from a `workflow_run` of the default branch"),
    );
}
