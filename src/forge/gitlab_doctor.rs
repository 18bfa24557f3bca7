//! What GitLab says about a project, a branch and its approvals, for `doctor`.

use super::api::{ForgeError, parse};
use super::doctor::gitlab::{ApprovalSettings, BranchProtection, GitlabFacts, ProjectFacts};
use super::doctor::{Asked, Facts, Protection, Who, reason};
use super::gitlab::Gitlab;
use serde::{Deserialize, Deserializer};

#[derive(Debug, Deserialize)]
struct RawProject {
    path_with_namespace: Option<String>,
    default_branch: Option<String>,
    only_allow_merge_if_pipeline_succeeds: Option<bool>,
    /// `null` means no, and is not the same as not saying.
    #[serde(default, deserialize_with = "said")]
    allow_merge_on_skipped_pipeline: Option<bool>,
    #[serde(default, deserialize_with = "said")]
    ci_config_path: Option<String>,
    merge_method: Option<String>,
    merge_trains_enabled: Option<bool>,
    merge_trains_skip_train_allowed: Option<bool>,
    ci_allow_fork_pipelines_to_run_in_parent_project: Option<bool>,
    forking_access_level: Option<String>,
    visibility: Option<String>,
    only_allow_merge_if_all_status_checks_passed: Option<bool>,
}

fn said<'de, T: Deserialize<'de> + Default, D: Deserializer<'de>>(raw: D) -> Result<Option<T>, D::Error> {
    Ok(Some(Option::<T>::deserialize(raw)?.unwrap_or_default()))
}

#[derive(Debug, Deserialize)]
struct RawProtected {
    name: String,
    #[serde(default)]
    push_access_levels: Vec<RawAccess>,
    allow_force_push: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct RawAccess {
    access_level: Option<u32>,
    access_level_description: Option<String>,
    user_id: Option<u64>,
    group_id: Option<u64>,
    deploy_key_id: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct RawApprovals {
    reset_approvals_on_push: Option<bool>,
    merge_requests_author_approval: Option<bool>,
    merge_requests_disable_committers_approval: Option<bool>,
    disable_overriding_approvers_per_merge_request: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct RawApprovalRule {
    approvals_required: Option<u64>,
    #[serde(default)]
    protected_branches: Vec<RawName>,
    applies_to_all_protected_branches: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct RawName {
    name: String,
}

impl Gitlab<'_> {
    /// Reads everything that `doctor` judges.
    pub(super) async fn protection(&self, branch: Option<&str>) -> Result<Protection, ForgeError> {
        let what = "reading the project";
        let base = format!("{}/projects/{}", self.api(), self.project_id());
        let raw: RawProject = parse(what, &self.get(what, &base).await?)?;
        let named = branch.map(str::to_owned).or(raw.default_branch);
        let branch =
            named.ok_or_else(|| ForgeError::failed(what, "GitLab does not say its default branch"))?;
        let project = ProjectFacts {
            pipeline_must_succeed: raw.only_allow_merge_if_pipeline_succeeds,
            skipped_counts: raw.allow_merge_on_skipped_pipeline,
            ci_config_path: raw.ci_config_path,
            merge_method: raw.merge_method,
            merge_trains: raw.merge_trains_enabled,
            may_skip_train: raw.merge_trains_skip_train_allowed,
            fork_pipelines_here: raw.ci_allow_fork_pipelines_to_run_in_parent_project,
            forking: raw.forking_access_level,
            visibility: raw.visibility,
            checks_must_pass: raw.only_allow_merge_if_all_status_checks_passed,
        };
        let checks: Asked<Vec<RawName>> =
            self.all("listing external status checks", &base, "/external_status_checks").await;
        let facts = GitlabFacts {
            project,
            protections: self.protections(&base, &branch).await,
            approvals: self.approval_settings(&base).await,
            required_approvals: self.required_approvals(&base, &branch).await,
            external_checks: checks.map(|checks| checks.into_iter().map(|check| check.name).collect()),
        };
        Ok(Protection {
            repository: raw.path_with_namespace.unwrap_or_else(|| self.project_id().to_owned()),
            branch,
            facts: Facts::Gitlab(Box::new(facts)),
        })
    }

    async fn all<T: serde::de::DeserializeOwned>(
        &self,
        what: &str,
        base: &str,
        below: &str,
    ) -> Asked<Vec<T>> {
        self.list(what, &format!("{base}{below}?per_page=100")).await.map_err(|error| reason(&error))
    }

    /// Every protection that fits the branch. The list is read, because asking by name finds no pattern.
    async fn protections(&self, base: &str, branch: &str) -> Asked<Vec<BranchProtection>> {
        let all: Vec<RawProtected> =
            self.all("listing protected branches", base, "/protected_branches").await?;
        Ok(all
            .into_iter()
            .filter(|one| fits(&one.name, branch))
            .map(|one| BranchProtection {
                pushers: one.push_access_levels.iter().filter_map(pusher).collect(),
                force_push: one.allow_force_push.unwrap_or(false),
                name: one.name,
            })
            .collect())
    }

    async fn approval_settings(&self, base: &str) -> Asked<ApprovalSettings> {
        let what = "reading the settings of approvals";
        let response = self.get(what, &format!("{base}/approvals")).await.map_err(|error| reason(&error))?;
        let raw: RawApprovals = parse(what, &response).map_err(|error| reason(&error))?;
        Ok(ApprovalSettings {
            reset_on_push: raw.reset_approvals_on_push,
            by_author: raw.merge_requests_author_approval,
            not_by_committers: raw.merge_requests_disable_committers_approval,
            rules_fixed: raw.disable_overriding_approvers_per_merge_request,
        })
    }

    async fn required_approvals(&self, base: &str, branch: &str) -> Asked<u64> {
        let all: Vec<RawApprovalRule> = self.all("listing approval rules", base, "/approval_rules").await?;
        let here = all.iter().filter(|rule| {
            rule.applies_to_all_protected_branches == Some(true)
                || rule.protected_branches.is_empty()
                || rule.protected_branches.iter().any(|one| fits(&one.name, branch))
        });
        Ok(here.filter_map(|rule| rule.approvals_required).max().unwrap_or(0))
    }
}

/// Who an entry lets push; `None` for "no one".
fn pusher(raw: &RawAccess) -> Option<(Who, String)> {
    let said = raw.access_level_description.clone();
    if let Some(id) = raw.deploy_key_id {
        return Some((Who::Writer, format!("the deploy key {id}")));
    }
    if let Some(id) = raw.user_id {
        return Some((Who::Writer, format!("the user {}", said.unwrap_or_else(|| id.to_string()))));
    }
    if let Some(id) = raw.group_id {
        return Some((Who::Writer, format!("the group {}", said.unwrap_or_else(|| id.to_string()))));
    }
    match raw.access_level {
        Some(0) => None,
        Some(1..=30) => Some((Who::Writer, "every developer".to_owned())),
        Some(31..=40) => Some((Who::Maintainer, "every maintainer".to_owned())),
        Some(_) => Some((Who::Admin, "every admin".to_owned())),
        None => Some((Who::Writer, said.unwrap_or_else(|| "somebody".to_owned()))),
    }
}

/// Whether a name or a pattern with `*` of a protected branch fits a branch. Case counts.
fn fits(pattern: &str, branch: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = branch.strip_prefix(first) else { return false };
    if !pattern.contains('*') {
        return rest.is_empty();
    }
    let mut parts: Vec<&str> = parts.collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match rest.find(part).and_then(|at| rest.get(at + part.len()..)) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_branches() {
        for (pattern, branch, expected) in [
            ("main", "main", true),
            ("main", "mainly", false),
            ("*", "main", true),
            ("release/*", "release/1.2", true),
            ("release/*", "released", false),
            ("*-stable", "1-stable", true),
            ("*-stable", "1-stable-x", false),
            ("a*b*c", "a1b2c", true),
            ("a*b*c", "a1c", false),
            ("Main", "main", false),
        ] {
            assert_eq!(fits(pattern, branch), expected, "{pattern} {branch}");
        }
    }

    #[test]
    fn null_is_an_answer() {
        let raw: RawProject = serde_json::from_str(r#"{"allow_merge_on_skipped_pipeline":null}"#).unwrap();
        assert_eq!((raw.allow_merge_on_skipped_pipeline, raw.ci_config_path), (Some(false), None));
    }
}
