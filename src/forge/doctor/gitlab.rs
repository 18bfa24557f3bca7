//! GitLab: which settings of a project and a branch hold the gate up.

use super::{Asked, Findings, Protection, Who, quoted};
use crate::forge::CHECK_NAME;
use crate::forge::api::encode;

/// What GitLab says.
#[derive(Clone, Debug)]
pub struct GitlabFacts {
    /// Settings of the project.
    pub project: ProjectFacts,
    /// Every protection that fits the branch.
    pub protections: Asked<Vec<BranchProtection>>,
    /// Settings of approvals (Premium).
    pub approvals: Asked<ApprovalSettings>,
    /// How many approvals the rules of the branch ask for, the highest (Premium).
    pub required_approvals: Asked<u64>,
    /// Names of external status checks (Ultimate).
    pub external_checks: Asked<Vec<String>>,
}

/// Settings of a project. `None` where GitLab did not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectFacts {
    /// Pipelines must succeed.
    pub pipeline_must_succeed: Option<bool>,
    /// A skipped pipeline counts as one that succeeded.
    pub skipped_counts: Option<bool>,
    /// Where the CI configuration lies; empty for `.gitlab-ci.yml`.
    pub ci_config_path: Option<String>,
    /// How merge requests are merged: `merge`, `rebase_merge`, `ff`.
    pub merge_method: Option<String>,
    /// Merge trains are on.
    pub merge_trains: Option<bool>,
    /// Merge requests may leave the train.
    pub may_skip_train: Option<bool>,
    /// Pipelines of forks may run here, with our variables.
    pub fork_pipelines_here: Option<bool>,
    /// Who may fork: `disabled`, `private` (members), `enabled`.
    pub forking: Option<String>,
    /// `private`, `internal`, `public`.
    pub visibility: Option<String>,
    /// External status checks must have passed.
    pub checks_must_pass: Option<bool>,
}

/// One protection that fits the branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchProtection {
    /// Its name or pattern.
    pub name: String,
    /// Who may push without a merge request, with what GitLab calls them.
    pub pushers: Vec<(Who, String)>,
    /// Force push is allowed.
    pub force_push: bool,
}

/// Settings of approvals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ApprovalSettings {
    /// A push takes approvals back.
    pub reset_on_push: Option<bool>,
    /// Authors may approve.
    pub by_author: Option<bool>,
    /// Committers may not approve.
    pub not_by_committers: Option<bool>,
    /// Rules cannot be edited in a merge request.
    pub rules_fixed: Option<bool>,
}

struct Doctor<'a> {
    protection: &'a Protection,
    facts: &'a GitlabFacts,
}

/// Judges.
pub(super) fn diagnose(protection: &Protection, facts: &GitlabFacts, findings: &mut Findings) {
    let doctor = Doctor { protection, facts };
    doctor.pipelines(findings);
    doctor.configuration(findings);
    doctor.forks(findings);
    doctor.branch(findings);
    doctor.current(findings);
    doctor.approvals(findings);
}

impl Doctor<'_> {
    fn path(&self, below: &str) -> String {
        format!("projects/{}{below}", encode(&self.protection.repository))
    }

    fn set(&self, setting: &str) -> String {
        format!("glab api --method PUT {} --raw-field {setting}", self.path(""))
    }

    fn set_approvals(&self, setting: &str) -> String {
        format!("glab api --method POST {} --raw-field {setting}", self.path("/approvals"))
    }

    fn again() -> &'static str {
        "ask again with a token of a Maintainer (scope `api` or `read_api`) in WEIGHBRIDGE_GITLAB_TOKEN"
    }

    fn pipelines(&self, findings: &mut Findings) {
        let project = &self.facts.project;
        let (must, skipped) = ("pipeline-must-succeed", "skipped-pipeline");
        match project.pipeline_must_succeed {
            Some(true) => findings.closed(must, "a merge request merges only when its pipeline has succeeded"),
            Some(false) => findings.open(
                must,
                Who::Writer,
                "a merge request may merge with a failed pipeline: a red gate stops nobody",
                self.set("only_allow_merge_if_pipeline_succeeds=true"),
            ),
            None => findings.unknown(
                must,
                Who::Writer,
                "whether a merge request needs a pipeline that has succeeded: GitLab does not say so to this token",
                Self::again(),
            ),
        }
        match project.skipped_counts {
            Some(true) => findings.open(
                skipped,
                Who::Writer,
                "a skipped pipeline counts as one that has succeeded: `[skip ci]` in a commit message leaves the gate out",
                self.set("allow_merge_on_skipped_pipeline=false"),
            ),
            Some(false) => findings.closed(skipped, "a skipped pipeline does not count as one that has succeeded"),
            None => findings.unknown(
                skipped,
                Who::Writer,
                "whether a skipped pipeline counts as one that has succeeded: GitLab does not say so to this token",
                Self::again(),
            ),
        }
    }

    /// Who writes the pipeline that has to succeed.
    fn configuration(&self, findings: &mut Findings) {
        const ID: &str = "ci-config";
        let path = self.facts.project.ci_config_path.as_deref().map(str::trim);
        let fix = format!(
            "keep the CI configuration in a project where only its maintainers may push, and name it: {} (or, with \
             Ultimate, a pipeline execution policy that adds the job)",
            self.set("'ci_config_path=.gitlab-ci.yml@GROUP/CI-PROJECT'")
        );
        let own = |path: &str| if path.is_empty() { ".gitlab-ci.yml".to_owned() } else { path.to_owned() };
        match path {
            None => findings.unknown(
                ID,
                Who::Writer,
                "where the CI configuration lies: GitLab does not say so to this token",
                Self::again(),
            ),
            Some(path) if path.contains('@') || path.starts_with("https://") => {
                findings
                    .closed(ID, format!("the CI configuration is {path}: a change here does not alter it"));
            }
            Some(path) => {
                let words = format!(
                    "a merge request brings its own {}: whoever may push can take the job out of it, and the pipeline \
                     succeeds without the gate",
                    own(path)
                );
                // Only Ultimate has pipeline execution policies, and only GraphQL lists them.
                if self.facts.external_checks.is_ok() {
                    let what = format!(
                        "{words}, unless a pipeline execution policy adds it, which this API does not say"
                    );
                    findings.unknown(ID, Who::Writer, what, fix);
                } else {
                    findings.open(ID, Who::Writer, words, fix);
                }
            }
        }
        if let Ok(names) = &self.facts.external_checks
            && names.iter().any(|name| name == CHECK_NAME)
            && self.facts.project.checks_must_pass == Some(true)
        {
            findings.open(
                    "external-check",
                    Who::Writer,
                    format!(
                        "there is an external status check `{CHECK_NAME}`: every developer can answer it through the API, \
                         so it holds up nobody who means to get through"
                    ),
                    "do not rely on it: let the job fail the pipeline, and keep its configuration in another project",
                );
        }
    }

    fn forks(&self, findings: &mut Findings) {
        let project = &self.facts.project;
        let id = "fork-pipeline";
        let who = match (project.forking.as_deref(), project.visibility.as_deref()) {
            (Some("disabled"), _) => None,
            // Only members can fork.
            (Some("private"), _) | (_, Some("private")) => Some(Who::Writer),
            _ => Some(Who::ForkAuthor),
        };
        match (project.forking.as_deref(), who) {
            (Some(_), None) => findings.closed(id, "nobody can fork the project"),
            (Some(_), Some(who)) => findings.open(
                id,
                who,
                "a merge request from a fork has the fork's pipeline, with the fork's CI configuration wherever yours lies: \
                 it can succeed without the gate. Somebody who may merge still has to merge it",
                self.set("forking_access_level=disabled"),
            ),
            (None, _) => findings.unknown(
                id,
                who,
                "whether the project can be forked: GitLab does not say so to this token",
                Self::again(),
            ),
        }
        let id = "fork-variables";
        match project.fork_pipelines_here {
            Some(false) => findings.closed(id, "what a fork wrote does not run here with the variables of this project"),
            Some(true) if project.forking.as_deref() == Some("disabled") => {
                findings.closed(id, "there are no forks whose pipelines could run here");
            }
            Some(true) => findings.open(
                id,
                Who::ForkAuthor,
                "a member who starts the pipeline of a fork's merge request runs the fork's CI configuration with the \
                 variables of this project, tokens among them",
                self.set("ci_allow_fork_pipelines_to_run_in_parent_project=false"),
            ),
            None => findings.unknown(
                id,
                Who::ForkAuthor,
                "whether pipelines of forks may run here with the variables of this project: GitLab does not say so to \
                 this token",
                Self::again(),
            ),
        }
    }

    fn branch(&self, findings: &mut Findings) {
        let (protected, direct, force) = ("protected-branch", "direct-push", "force-push");
        let branch = &self.protection.branch;
        let fix = format!(
            "glab api --method POST {} --raw-field {} --raw-field push_access_level=0 --raw-field merge_access_level=40",
            self.path("/protected_branches"),
            quoted(&format!("name={branch}"))
        );
        let found = match &self.facts.protections {
            Ok(found) => found,
            Err(why) => {
                let what = format!("whether {branch} is protected, and who may push to it: {why}");
                findings.unknown(protected, Who::Writer, what, Self::again());
                return;
            }
        };
        if found.is_empty() {
            let what =
                format!("{branch} is not protected: whoever may push can push to it without a pipeline");
            findings.open(protected, Who::Writer, what, fix);
            return;
        }
        findings.closed(protected, format!("{branch} is protected"));
        // Of several that fit, the most permissive counts.
        if found.iter().all(|one| one.pushers.is_empty()) {
            findings.closed(direct, format!("nobody pushes to {branch} without a merge request"));
        }
        for (one, who, words) in
            found.iter().flat_map(|one| one.pushers.iter().map(move |(who, words)| (one, who, words)))
        {
            let remove = self.path(&format!("/protected_branches/{}", encode(&one.name)));
            findings.open(
                direct,
                *who,
                format!("{words} may push to {branch} without a merge request, and so without the gate"),
                format!("glab api --method DELETE {remove}; then {fix}"),
            );
        }
        if let Some(one) = found.iter().find(|one| one.force_push) {
            findings.open(
                force,
                Who::Maintainer,
                format!("whoever may push to {branch} may rewrite its history"),
                format!(
                    "glab api --method PATCH {} --raw-field allow_force_push=false",
                    self.path(&format!("/protected_branches/{}", encode(&one.name)))
                ),
            );
        } else {
            findings.closed(force, format!("nobody rewrites the history of {branch}"));
        }
    }

    fn current(&self, findings: &mut Findings) {
        const ID: &str = "up-to-date";
        let branch = &self.protection.branch;
        let project = &self.facts.project;
        let linear = matches!(project.merge_method.as_deref(), Some("ff" | "rebase_merge"));
        let train = project.merge_trains == Some(true);
        if linear || (train && project.may_skip_train != Some(true)) {
            findings.closed(ID, format!("the verdict is on the change together with {branch} as it is now"));
        } else if train {
            findings.open(
                ID,
                Who::Maintainer,
                "a merge request may leave the merge train and merge at once",
                self.set("merge_trains_skip_train_allowed=false"),
            );
        } else if project.merge_method.is_none() {
            let what = format!(
                "whether the verdict has to be on {branch} as it is now: GitLab does not say so to this token"
            );
            findings.unknown(ID, Who::Writer, what, Self::again());
        } else {
            findings.open(
                ID,
                Who::Writer,
                format!("a change may merge on a verdict from before {branch} moved on: an older policy, older budgets"),
                format!("{} (or, with Premium, merge trains)", self.set("merge_method=rebase_merge")),
            );
        }
    }

    fn approvals(&self, findings: &mut Findings) {
        const DARK: &str = "this plan (approval rules need Premium) or this token does not say";
        match &self.facts.required_approvals {
            Ok(0) => findings.open(
                "second-person",
                Who::Writer,
                "nobody else has to look at a change, not even at one of the CI configuration",
                format!(
                    "glab api --method POST {} --raw-field name=reviewers --raw-field approvals_required=1",
                    self.path("/approval_rules")
                ),
            ),
            Ok(_) => findings.closed("second-person", "somebody else has to approve a change"),
            Err(why) => findings.unknown(
                "second-person",
                Who::Writer,
                format!("whether somebody else has to approve a change: {DARK} ({why})"),
                Self::again(),
            ),
        }
        let settings = match &self.facts.approvals {
            Ok(settings) => *settings,
            Err(why) => {
                let what = format!("how approvals are counted (authors, committers, pushes): {DARK} ({why})");
                findings.unknown("approval-settings", Who::Writer, what, Self::again());
                return;
            }
        };
        let points = [
            (
                "stale-review",
                settings.reset_on_push,
                "a push takes approvals back (but not one that leaves the difference as it was)",
                "an approval stays after a push: what is merged may not be what was approved. Weighbridge itself counts an \
                 approval for the commit it was given on",
                "reset_approvals_on_push=true",
            ),
            (
                "author-approval",
                settings.by_author.map(|may| !may),
                "the author cannot approve",
                "the author of a merge request may approve it",
                "merge_requests_author_approval=false",
            ),
            (
                "committer-approval",
                settings.not_by_committers,
                "who committed to a change cannot approve it",
                "somebody can commit to a colleague's merge request and approve it himself",
                "merge_requests_disable_committers_approval=true",
            ),
            (
                "approval-rules-fixed",
                settings.rules_fixed,
                "approval rules cannot be edited in a merge request",
                "the author of a merge request may edit its approval rules, and so take the approvers away",
                "disable_overriding_approvers_per_merge_request=true",
            ),
        ];
        for (id, good, closed, open, setting) in points {
            match good {
                Some(true) => findings.closed(id, closed),
                Some(false) => findings.open(id, Who::Writer, open, self.set_approvals(setting)),
                None => findings.unknown(
                    id,
                    Who::Writer,
                    format!("whether it holds that {closed}: {DARK}"),
                    Self::again(),
                ),
            }
        }
    }
}
