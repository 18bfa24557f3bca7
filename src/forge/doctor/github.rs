//! GitHub: which rules of a branch and settings of a repository hold the gate up.

use super::workflow::Workflow;
use super::{Asked, Findings, Protection, Who, gates, quoted};
use crate::forge::CHECK_NAME;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What GitHub says.
#[derive(Clone, Debug)]
pub struct GithubFacts {
    /// The default branch, where workflows of other events than pull requests come from.
    pub default_branch: String,
    /// Whether anybody, or anybody who can read, may open a change from a fork.
    pub takes_forks: bool,
    /// Rules of rulesets that are in force.
    pub rules: Asked<Vec<Rule>>,
    /// Who may bypass a ruleset, by its id.
    pub bypass: BTreeMap<u64, Asked<Vec<Bypass>>>,
    /// Classic protection.
    pub classic: Asked<Option<Classic>>,
    /// The id of the app behind every job's token.
    pub actions_app: Asked<u64>,
    /// What the token of a job may, when its file does not say.
    pub token: Asked<TokenDefaults>,
    /// Workflows of the default branch.
    pub workflows: Asked<Vec<Workflow>>,
    /// Whether CODEOWNERS names somebody for workflow files.
    pub workflows_owned: Asked<bool>,
    /// Workflows that could not be read, with the reason.
    pub unreadable: Vec<(String, String)>,
    /// Environments with secrets of the gate: whether only some branches may use them.
    pub environments: BTreeMap<String, Asked<bool>>,
}

/// A rule in force, and the ruleset it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Id of the ruleset.
    pub ruleset: u64,
    /// What it demands.
    pub kind: RuleKind,
}

/// What a rule demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleKind {
    /// Checks that have to pass.
    Checks {
        /// The checks.
        checks: Vec<RequiredCheck>,
        /// They have to be of the change merged with the branch as it is now.
        strict: bool,
    },
    /// Changes come by pull request.
    PullRequest(Reviews),
    /// Changes go through a queue.
    MergeQueue,
    /// History is not rewritten.
    NonFastForward,
    /// Workflows of another repository have to pass: whether each runs Weighbridge.
    Workflows(Vec<(String, Asked<bool>)>),
    /// Something else.
    Other,
}

/// A check that has to pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredCheck {
    /// Its name.
    pub context: String,
    /// The app it has to come from; `None` for anybody.
    pub app: Option<u64>,
}

/// What is asked of reviews.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Reviews {
    /// How many approvals.
    pub count: u64,
    /// A push takes approvals back.
    pub dismiss_stale: bool,
    /// Somebody else than the last pusher has to approve.
    pub last_push: bool,
    /// Owners of what is changed have to approve.
    pub owners: bool,
}

/// Classic branch protection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classic {
    /// Checks that have to pass.
    pub checks: Vec<RequiredCheck>,
    /// What only an admin's token sees.
    pub details: Asked<ClassicDetails>,
}

/// The part of classic branch protection that only an admin's token sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent settings, each asked for by name")]
pub struct ClassicDetails {
    /// Checks have to be of the change merged with the branch as it is now.
    pub strict: bool,
    /// Admins are held to it.
    pub admins: bool,
    /// Pull requests are required.
    pub reviews: Option<Reviews>,
    /// Some people or apps may merge without what is asked of pull requests.
    pub exempt: bool,
    /// History may be rewritten.
    pub force_pushes: bool,
}

/// Who may bypass a ruleset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bypass {
    /// Who that is.
    pub who: Who,
    /// In words: `the role write`, `the team 17`.
    pub words: String,
}

/// Settings of Actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenDefaults {
    /// The token of a job may write unless its file says otherwise.
    pub write: bool,
    /// A job may approve pull requests.
    pub may_approve: bool,
}

/// The question, and the commands that answer it.
pub(super) struct Doctor<'a> {
    pub(super) protection: &'a Protection,
    pub(super) facts: &'a GithubFacts,
}

/// Judges.
pub(super) fn diagnose(protection: &Protection, facts: &GithubFacts, findings: &mut Findings) {
    let doctor = Doctor { protection, facts };
    doctor.required(findings);
    doctor.source(findings);
    doctor.bypass(findings);
    doctor.reviews(findings);
    doctor.same_head(findings);
    doctor.history(findings);
    doctor.current(findings);
    doctor.token(findings);
    gates::diagnose(&doctor, findings);
}

impl<'a> Doctor<'a> {
    pub(super) fn rules(&self) -> impl Iterator<Item = &'a Rule> {
        self.facts.rules.iter().flatten()
    }

    pub(super) fn classic(&self) -> Option<&'a Classic> {
        self.facts.classic.as_ref().ok().and_then(Option::as_ref)
    }

    /// Both sources of rules as they are; what could not be read is here as the reason.
    pub(super) fn unread(&self) -> Option<String> {
        let of =
            |what: &str, asked: Option<&String>| asked.map(|why| format!("{what} could not be read ({why})"));
        let parts = [
            of("the rulesets", self.facts.rules.as_ref().err()),
            of("classic branch protection", self.facts.classic.as_ref().err()),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(" and "))
    }

    /// Required checks of our name, with the ruleset each is from.
    fn ours(&self) -> Vec<(&'a RequiredCheck, Option<u64>)> {
        let of_rules = self.rules().flat_map(|rule| match &rule.kind {
            RuleKind::Checks { checks, .. } => {
                checks.iter().map(|check| (check, Some(rule.ruleset))).collect()
            }
            _ => Vec::new(),
        });
        let of_classic = self.classic().into_iter().flat_map(|classic| &classic.checks).map(|it| (it, None));
        of_rules.chain(of_classic).filter(|(check, _)| check.context == CHECK_NAME).collect()
    }

    /// Required workflows of other repositories, with whether each runs Weighbridge.
    fn required_workflows(&self) -> impl Iterator<Item = (u64, &'a str, &'a Asked<bool>)> {
        self.rules().flat_map(|rule| match &rule.kind {
            RuleKind::Workflows(listed) => {
                listed.iter().map(|(path, gate)| (rule.ruleset, path.as_str(), gate)).collect()
            }
            _ => Vec::new(),
        })
    }

    pub(super) fn by_workflow(&self) -> Option<&'a str> {
        self.required_workflows().find(|(_, _, gate)| **gate == Ok(true)).map(|(_, path, _)| path)
    }

    /// A command that adds a ruleset with these rules: rulesets add up, so nothing that is there gets weaker.
    pub(super) fn add_ruleset(&self, name: &str, rules: &Value) -> String {
        let body = json!({
            "name": name, "target": "branch", "enforcement": "active",
            "conditions": {"ref_name": {"include": [format!("refs/heads/{}", self.protection.branch)], "exclude": []}},
            "rules": rules,
        });
        let repository = &self.protection.repository;
        format!(
            "printf %s {} | gh api --method POST repos/{repository}/rulesets --input -",
            quoted(&body.to_string())
        )
    }

    pub(super) fn require_check(&self, name: &str, app: Option<&str>) -> String {
        let check = match app {
            Some(app) => json!({"context": CHECK_NAME, "integration_id": app}),
            None => json!({"context": CHECK_NAME}),
        };
        let parameters =
            json!({"required_status_checks": [check], "strict_required_status_checks_policy": true});
        self.add_ruleset(name, &json!([{"type": "required_status_checks", "parameters": parameters}]))
    }

    const AGAIN: &'static str = "ask again with a token of an admin: `GITHUB_TOKEN=$(gh auth token) weighbridge doctor \
                                 --forge github --repository OWNER/NAME`";

    pub(super) fn again(&self) -> String {
        Self::AGAIN.replace("OWNER/NAME", &self.protection.repository)
    }

    fn required(&self, findings: &mut Findings) {
        const ID: &str = "required-check";
        let branch = &self.protection.branch;
        if let Some(path) = self.by_workflow() {
            findings
                .closed(ID, format!("the workflow {path}, which runs Weighbridge, has to pass on {branch}"));
        }
        if !self.ours().is_empty() {
            findings.closed(
                ID,
                format!("the check `{CHECK_NAME}` has to pass before anything gets into {branch}"),
            );
        } else if self.by_workflow().is_some() {
        } else if let Some(why) = self.unread() {
            let what = format!("whether the check `{CHECK_NAME}` is required on {branch}: {why}");
            findings.unknown(ID, Who::Writer, what, self.again());
        } else {
            let what =
                format!("the check `{CHECK_NAME}` is not required on {branch}: a red one stops nobody");
            findings.open(ID, Who::Writer, what, self.require_check(CHECK_NAME, None));
        }
    }

    /// Who could make the check say what he likes.
    fn source(&self, findings: &mut Findings) {
        const ID: &str = "check-source";
        let ours = self.ours();
        if let Some(path) = self.by_workflow() {
            findings.closed(
                ID,
                format!("the verdict comes from {path} of another repository, which no change here alters"),
            );
            return;
        }
        let unread_workflow =
            self.required_workflows().find_map(|(_, path, gate)| Some((path, gate.as_ref().err()?)));
        if let Some((path, why)) = unread_workflow {
            let what = format!(
                "whether the required workflow {path} runs Weighbridge: it could not be read ({why})"
            );
            findings.unknown(
                ID,
                Who::Writer,
                what,
                "ask again with a token that may read the repository of that workflow",
            );
        }
        let apps: Vec<u64> = ours.iter().filter_map(|(check, _)| check.app).collect();
        let app_fix = format!(
            "make a GitHub App with the permission `checks: write`, keep its key in an environment that only {} may \
             use, post with its token, and require the check from it (its numeric id in place of APP_ID): {}",
            quoted(&self.protection.default_branch_or(self.facts)),
            self.require_check("weighbridge-app", Some("APP_ID")).replace("\"APP_ID\"", "APP_ID")
        );
        match &self.facts.actions_app {
            _ if ours.is_empty() => {}
            Ok(actions) => match apps.iter().find(|app| *app != actions) {
                Some(app) => findings.closed(
                    ID,
                    format!(
                        "the check has to come from the app {app}: as long as its key is out of reach of workflows \
                         that somebody can push, only it can say `success`"
                    ),
                ),
                None if apps.is_empty() => findings.open(
                    ID,
                    Who::Writer,
                    format!(
                        "the check `{CHECK_NAME}` may come from anybody: whoever may push can set a commit status of \
                         that name, or push a workflow that makes a check of that name"
                    ),
                    app_fix,
                ),
                None => findings.open(
                    ID,
                    Who::Writer,
                    format!(
                        "the check has to come from GitHub Actions ({actions}), and so does that of every workflow \
                         somebody pushes on a branch: a job called `{CHECK_NAME}`, or one with `checks: write`, can say \
                         `success` in its place"
                    ),
                    app_fix,
                ),
            },
            Err(why) => findings.unknown(
                ID,
                Who::Writer,
                format!("whether the check comes from an app of its own: the id of GitHub Actions could not be read ({why})"),
                self.again(),
            ),
        }
    }

    fn bypass(&self, findings: &mut Findings) {
        const ID: &str = "bypass";
        let mut enforcing: BTreeSet<u64> = self.ours().iter().filter_map(|(_, ruleset)| *ruleset).collect();
        enforcing.extend(
            self.required_workflows().filter(|(_, _, gate)| **gate == Ok(true)).map(|(ruleset, ..)| ruleset),
        );
        let repository = &self.protection.repository;
        for id in enforcing {
            match self.facts.bypass.get(&id) {
                Some(Ok(list)) if list.is_empty() => {
                    findings.closed(
                        ID,
                        format!("nobody may bypass the ruleset {id}; an admin can still change it"),
                    );
                }
                Some(Ok(list)) => {
                    for actor in list {
                        findings.open(
                            ID,
                            actor.who,
                            format!("{} may bypass the ruleset {id}, which holds the gate", actor.words),
                            format!(
                                "printf %s '{{\"bypass_actors\":[]}}' | gh api --method PUT \
                                 repos/{repository}/rulesets/{id} --input - (for a ruleset of the organisation: \
                                 orgs/ORG/rulesets/{id})"
                            ),
                        );
                    }
                }
                Some(Err(why)) => findings.unknown(
                    ID,
                    Who::Writer,
                    format!("who may bypass the ruleset {id}: {why}"),
                    self.again(),
                ),
                None => findings.unknown(
                    ID,
                    Who::Writer,
                    format!("who may bypass the ruleset {id}"),
                    self.again(),
                ),
            }
        }
        if !self.ours().iter().any(|(_, ruleset)| ruleset.is_none()) {
            return;
        }
        let branch = crate::forge::api::encode(&self.protection.branch);
        let details = self.classic().map(|classic| &classic.details);
        if details.is_some_and(|details| details.as_ref().is_ok_and(|details| details.exempt)) {
            findings.open(
                ID,
                Who::Writer,
                "some people, teams or apps may push or merge without a pull request (classic branch protection)",
                format!(
                    "printf %s '{{\"bypass_pull_request_allowances\":{{\"users\":[],\"teams\":[],\"apps\":[]}}}}' | gh api \
                     --method PATCH repos/{repository}/branches/{branch}/protection/required_pull_request_reviews \
                     --input -"
                ),
            );
        }
        match details {
            Some(Ok(details)) if details.admins => {
                findings.closed(ID, "admins are held to classic branch protection; one can still change it");
            }
            Some(Ok(_)) => findings.open(
                ID,
                Who::Admin,
                "admins are not held to classic branch protection, and their pushes pass without the check",
                format!(
                    "gh api --method POST repos/{repository}/branches/{branch}/protection/enforce_admins"
                ),
            ),
            Some(Err(why)) => findings.unknown(
                ID,
                Who::Admin,
                format!("whether admins are held to classic branch protection: {why}"),
                self.again(),
            ),
            None => {}
        }
    }
}

impl Protection {
    fn default_branch_or(&self, facts: &GithubFacts) -> String {
        if facts.default_branch.is_empty() { self.branch.clone() } else { facts.default_branch.clone() }
    }
}
