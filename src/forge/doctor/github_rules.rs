//! GitHub: what rules and settings leave open beside the check itself.

use super::github::{Doctor, Reviews, RuleKind};
use super::{Findings, Who};
use serde_json::json;

impl Doctor<'_> {
    pub(super) fn reviews(&self, findings: &mut Findings) {
        let details = self.classic().and_then(|classic| classic.details.as_ref().ok());
        let asked = self.rules().filter_map(|rule| match rule.kind {
            RuleKind::PullRequest(reviews) => Some(reviews),
            _ => None,
        });
        // Rules add up: the strictest counts.
        let all = asked.chain(details.and_then(|details| details.reviews)).reduce(|one, other| Reviews {
            count: one.count.max(other.count),
            dismiss_stale: one.dismiss_stale || other.dismiss_stale,
            last_push: one.last_push || other.last_push,
            owners: one.owners || other.owners,
        });
        let dark = self.unread().or_else(|| {
            let why = self.classic()?.details.as_ref().err()?;
            Some(format!("classic branch protection could not be read whole ({why})"))
        });
        let fix = || {
            let parameters = json!({
                "required_approving_review_count": 1, "dismiss_stale_reviews_on_push": true,
                "require_last_push_approval": true, "require_code_owner_review": true,
                "required_review_thread_resolution": false,
            });
            self.add_ruleset(
                "weighbridge-reviews",
                &json!([{"type": "pull_request", "parameters": parameters}]),
            )
        };
        let branch = &self.protection.branch;
        self.owners(all.is_some_and(|all| all.owners), dark.as_deref(), &fix(), findings);
        let points: [(&'static str, bool, String, String); 4] = [
            (
                "pull-request",
                all.is_some(),
                format!("changes get into {branch} by pull request only"),
                format!(
                    "a commit may be pushed to {branch} without a pull request: it needs the check, and it may have got \
                     that in a pull request to another branch, under the policy of that one"
                ),
            ),
            (
                "second-person",
                all.is_some_and(|all| all.count > 0),
                "somebody else has to approve a change".to_owned(),
                "nobody else has to look at a change, not even at one of the workflow that runs the gate".to_owned(),
            ),
            (
                "stale-review",
                all.is_some_and(|all| all.dismiss_stale || all.last_push),
                "an approving review does not outlive a push".to_owned(),
                "an approving review stays after a push: what is merged may not be what was approved. Signatures for \
                 Weighbridge are for one commit in any case"
                    .to_owned(),
            ),
            (
                "last-push",
                all.is_some_and(|all| all.last_push),
                "the last pusher cannot be the one who approves".to_owned(),
                "somebody can push to a colleague's change and approve it himself".to_owned(),
            ),
        ];
        for (id, good, closed, open) in points {
            match &dark {
                _ if good => findings.closed(id, closed),
                Some(why) => findings.unknown(
                    id,
                    Who::Writer,
                    format!("whether it holds that {closed}: {why}"),
                    self.again(),
                ),
                None => findings.open(id, Who::Writer, open, fix()),
            }
        }
    }

    /// Whether somebody who knows has to look at a change of a workflow file. A merge queue runs the change's copy.
    fn owners(&self, asked: bool, dark: Option<&str>, fix: &str, findings: &mut Findings) {
        const ID: &str = "workflow-owners";
        let file = "add the line `/.github/ @ORG/TEAM` to .github/CODEOWNERS";
        match (&self.facts.workflows_owned, dark) {
            (Ok(true), _) if asked => findings.closed(ID, "owners have to approve a change of a workflow file"),
            (Ok(false), _) => findings.open(
                ID,
                Who::Writer,
                "nobody owns the workflow files: a change of them, which the merge queue runs with its token, needs no \
                 approval by somebody who knows",
                format!("{file}; then {fix}"),
            ),
            (Err(why), _) => findings.unknown(
                ID,
                Who::Writer,
                format!("whether CODEOWNERS names somebody for workflow files: {why}"),
                "ask again with a token that may read `contents`",
            ),
            (Ok(true), Some(why)) => findings.unknown(
                ID,
                Who::Writer,
                format!("whether the owners of workflow files have to approve: {why}"),
                self.again(),
            ),
            (Ok(true), None) => findings.open(
                ID,
                Who::Writer,
                "CODEOWNERS names somebody for workflow files, and no rule makes him approve a change of them",
                fix,
            ),
        }
    }

    /// A check belongs to a commit, and two changes to different branches may have the same head.
    pub(super) fn same_head(&self, findings: &mut Findings) {
        const ID: &str = "same-head";
        if self.by_workflow().is_some() {
            return;
        }
        let branch = &self.protection.branch;
        if self.rules().any(|rule| rule.kind == RuleKind::MergeQueue) {
            findings.closed(ID, format!("the merge queue decides once more, by the policy of {branch}"));
            return;
        }
        if let Err(why) = &self.facts.rules {
            let what = format!(
                "whether there is a merge queue, which decides once more by the policy of {branch}: {why}"
            );
            findings.unknown(ID, Who::Writer, what, self.again());
            return;
        }
        let parameters = json!({
            "check_response_timeout_minutes": 60, "grouping_strategy": "ALLGREEN", "max_entries_to_build": 5,
            "max_entries_to_merge": 1, "merge_method": "MERGE", "min_entries_to_merge": 1,
            "min_entries_to_merge_wait_minutes": 5,
        });
        findings.open(
            ID,
            Who::Writer,
            format!(
                "somebody can open a second pull request with the same head, to a branch with a looser policy: its check is \
                 for the commit, and so for the pull request to {branch} too. Where such a branch is there already, the \
                 author of a fork can"
            ),
            format!(
                "require a merge queue, which decides once more (repositories of an organisation; private ones need \
                 Enterprise Cloud): {}",
                self.add_ruleset("weighbridge-queue", &json!([{"type": "merge_queue", "parameters": parameters}]))
            ),
        );
    }

    pub(super) fn history(&self, findings: &mut Findings) {
        const ID: &str = "force-push";
        let branch = &self.protection.branch;
        let by_rule = self.rules().any(|rule| rule.kind == RuleKind::NonFastForward);
        let what = format!("whether the history of {branch} may be rewritten");
        match self.classic().map(|classic| &classic.details) {
            _ if by_rule => findings.closed(ID, format!("nobody rewrites the history of {branch}")),
            Some(Ok(details)) if !details.force_pushes => {
                findings.closed(ID, format!("nobody rewrites the history of {branch}"));
            }
            Some(Err(why)) => findings.unknown(ID, Who::Writer, format!("{what}: {why}"), self.again()),
            _ => match self.unread() {
                Some(why) => findings.unknown(ID, Who::Writer, format!("{what}: {why}"), self.again()),
                None => findings.open(
                    ID,
                    Who::Writer,
                    format!("the history of {branch} may be rewritten, back to a commit before a policy was tightened"),
                    self.add_ruleset("weighbridge-history", &json!([{"type": "non_fast_forward"}, {"type": "deletion"}])),
                ),
            },
        }
    }

    /// Whether a verdict may be older than the branch.
    pub(super) fn current(&self, findings: &mut Findings) {
        const ID: &str = "up-to-date";
        let branch = &self.protection.branch;
        let queue = self.rules().any(|rule| rule.kind == RuleKind::MergeQueue);
        let strict = self.rules().any(|rule| matches!(rule.kind, RuleKind::Checks { strict: true, .. }));
        let details = self.classic().map(|classic| &classic.details);
        if queue || strict || details.is_some_and(|it| it.as_ref().is_ok_and(|details| details.strict)) {
            findings.closed(ID, format!("the verdict is on the change together with {branch} as it is now"));
            return;
        }
        let why = details.and_then(|it| it.as_ref().err().cloned()).or_else(|| self.unread());
        match why {
            Some(why) => {
                let what = format!("whether the verdict has to be on {branch} as it is now: {why}");
                findings.unknown(ID, Who::Writer, what, self.again());
            }
            None => findings.open(
                ID,
                Who::Writer,
                format!("a change may merge on a verdict from before {branch} moved on: an older policy, older budgets"),
                self.require_check("weighbridge-up-to-date", None),
            ),
        }
    }

    pub(super) fn token(&self, findings: &mut Findings) {
        let (writes, approves) = ("token-default", "actions-approve");
        let repository = &self.protection.repository;
        let fix = format!(
            "gh api --method PUT repos/{repository}/actions/permissions/workflow \
             -f default_workflow_permissions=read -F can_approve_pull_request_reviews=false"
        );
        match &self.facts.token {
            Ok(token) => {
                if token.write {
                    findings.open(
                        writes,
                        Who::Writer,
                        "the token of a job may write unless its file says otherwise: whatever such a job runs of a \
                         change can post a check",
                        fix.clone(),
                    );
                } else {
                    findings
                        .closed(writes, "the token of a job may only read unless its file says otherwise");
                }
                if token.may_approve {
                    findings.open(
                        approves,
                        Who::Writer,
                        "a workflow may approve pull requests, its author's own among them (Weighbridge itself never \
                         counts a bot)",
                        fix,
                    );
                } else {
                    findings.closed(approves, "a workflow may not approve pull requests");
                }
            }
            Err(why) => {
                for (id, what) in [
                    (writes, "whether the token of a job may write unless its file says otherwise"),
                    (approves, "whether a workflow may approve pull requests"),
                ] {
                    findings.unknown(id, Who::Writer, format!("{what}: {why}"), self.again());
                }
            }
        }
    }
}
