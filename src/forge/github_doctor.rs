//! What GitHub says about the rules of a branch and the settings of a repository, for `doctor`.

use super::api::{ForgeError, encode, parse};
use super::doctor::github::{
    Bypass, Classic, ClassicDetails, GithubFacts, RequiredCheck, Reviews, Rule, RuleKind, TokenDefaults,
};
use super::doctor::workflow::Workflow;
use super::doctor::{Asked, Facts, Protection, Who, reason};
use super::github::Github;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Where workflows lie.
const FOLDER: &str = "/contents/.github/workflows";
/// Workflow files that are read.
const MAX_WORKFLOWS: usize = 100;
/// Bytes of a workflow file that are read; GitHub itself takes no more.
const MAX_BYTES: usize = 512 * 1024;
/// GitHub Actions on github.com.
const ACTIONS_APP: u64 = 15_368;

#[derive(Debug, Deserialize)]
struct RawRepository {
    default_branch: String,
    private: Option<bool>,
    allow_forking: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct RawRule {
    #[serde(rename = "type")]
    kind: String,
    ruleset_id: Option<u64>,
    #[serde(default)]
    parameters: Value,
}

#[derive(Debug, Deserialize)]
struct RawRuleset {
    /// Absent when the token may not see it.
    bypass_actors: Option<Vec<RawActor>>,
}

#[derive(Debug, Deserialize)]
struct RawActor {
    actor_id: Option<u64>,
    actor_type: String,
}

#[derive(Debug, Deserialize)]
struct RawTokenDefaults {
    default_workflow_permissions: String,
    can_approve_pull_request_reviews: bool,
}

#[derive(Debug, Deserialize)]
struct RawFile {
    path: String,
    #[serde(rename = "type")]
    kind: String,
    sha: String,
}

#[derive(Debug, Deserialize)]
struct RawApp {
    id: u64,
}

impl Github<'_> {
    /// Reads everything that `doctor` judges.
    pub(super) async fn protection(&self, branch: Option<&str>) -> Result<Protection, ForgeError> {
        let what = "reading the repository";
        let found: RawRepository = parse(what, &self.get(what, &self.url("")).await?)?;
        let branch = branch.unwrap_or(&found.default_branch).to_owned();
        let what = "reading the branch";
        let path = format!("/branches/{}", encode(&branch));
        let summary: Value = parse(what, &self.get(what, &self.url(&path)).await?)?;
        let rules = self.rules(&branch).await;
        let mut bypass = BTreeMap::new();
        for id in rules.iter().flatten().map(|rule| rule.ruleset).collect::<BTreeSet<u64>>() {
            bypass.insert(id, self.bypass(id).await);
        }
        let (workflows, unreadable) = match self.workflows(&found.default_branch).await {
            Ok((workflows, unreadable)) => (Ok(workflows), unreadable),
            Err(why) => (Err(why), Vec::new()),
        };
        let mut environments = BTreeMap::new();
        let with_secrets = |workflow: &Workflow| -> BTreeSet<String> {
            let jobs = workflow.gates().filter(|job| !job.secrets.is_empty());
            jobs.filter_map(|job| job.environment.clone()).collect()
        };
        for name in workflows.iter().flatten().flat_map(with_secrets).collect::<BTreeSet<String>>() {
            let limited = self.environment(&name).await;
            environments.insert(name, limited);
        }
        let facts = GithubFacts {
            takes_forks: found.private != Some(true) || found.allow_forking == Some(true),
            rules,
            bypass,
            classic: self.classic(&path, &summary).await,
            actions_app: self.actions_app().await,
            token: self.token_defaults().await,
            workflows,
            workflows_owned: self.workflows_owned(&branch).await,
            unreadable,
            environments,
            default_branch: found.default_branch,
        };
        Ok(Protection {
            repository: self.repository().to_owned(),
            branch,
            facts: Facts::Github(Box::new(facts)),
        })
    }

    async fn ask<T: serde::de::DeserializeOwned>(&self, what: &str, url: &str) -> Asked<T> {
        let response = self.get(what, url).await.map_err(|error| reason(&error))?;
        parse(what, &response).map_err(|error| reason(&error))
    }

    async fn rules(&self, branch: &str) -> Asked<Vec<Rule>> {
        let path = format!("/rules/branches/{}?per_page=100", encode(branch));
        let raw: Vec<RawRule> =
            self.pages("listing the rules of the branch", &path).await.map_err(|error| reason(&error))?;
        let mut rules = Vec::new();
        for rule in raw {
            let kind = if rule.kind == "workflows" {
                RuleKind::Workflows(self.required_workflows(&rule.parameters).await)
            } else {
                kind(&rule.kind, &rule.parameters)
            };
            rules.push(Rule { ruleset: rule.ruleset_id.unwrap_or_default(), kind });
        }
        Ok(rules)
    }

    /// Workflows of other repositories, and whether each runs Weighbridge.
    async fn required_workflows(&self, parameters: &Value) -> Vec<(String, Asked<bool>)> {
        let mut found = Vec::new();
        for listed in at(parameters, "/workflows").as_array().into_iter().flatten() {
            let path = at(listed, "/path").as_str().unwrap_or_default().to_owned();
            let gate = self.required_workflow(&path, listed).await;
            found.push((path, gate));
        }
        found
    }

    async fn required_workflow(&self, path: &str, listed: &Value) -> Asked<bool> {
        let what = "reading a required workflow";
        let id =
            at(listed, "/repository_id").as_u64().ok_or_else(|| "its repository is not named".to_owned())?;
        let revision = at(listed, "/sha").as_str().or_else(|| at(listed, "/ref").as_str());
        let query = revision.map(|revision| format!("?ref={}", encode(revision))).unwrap_or_default();
        let steps: Vec<String> = path.split('/').map(encode).collect();
        let url = format!("{}/repositories/{id}/contents/{}{query}", self.api(), steps.join("/"));
        let response = self.get_raw(what, &url).await.map_err(|error| reason(&error))?;
        Ok(read_workflow(path, &response.body)?.gates().next().is_some())
    }

    async fn bypass(&self, id: u64) -> Asked<Vec<Bypass>> {
        let raw: RawRuleset = self.ask("reading a ruleset", &self.url(&format!("/rulesets/{id}"))).await?;
        let actors = raw.bypass_actors.ok_or_else(|| "GitHub does not say so to this token".to_owned())?;
        Ok(actors.iter().map(actor).collect())
    }

    /// What the branch itself says of its protection any reader sees; the rest only an admin.
    async fn classic(&self, path: &str, summary: &Value) -> Asked<Option<Classic>> {
        let all: Asked<Value> =
            self.ask("reading the protection of the branch", &self.url(&format!("{path}/protection"))).await;
        let seen = summary.get("protection");
        match (all, seen.and_then(|seen| at(seen, "/enabled").as_bool())) {
            (Ok(all), _) => {
                let checks = checks(at(&all, "/required_status_checks"));
                Ok(Some(Classic { checks, details: Ok(details(&all)) }))
            }
            (Err(_), Some(false)) => Ok(None),
            (Err(_), None) if at(summary, "/protected") == &Value::Bool(false) => Ok(None),
            (Err(why), None) => Err(why),
            (Err(why), Some(true)) => {
                let listed = at(summary, "/protection/required_status_checks");
                let off = at(listed, "/enforcement_level").as_str() == Some("off");
                let checks = if off { Vec::new() } else { checks(listed) };
                Ok(Some(Classic { checks, details: Err(why) }))
            }
        }
    }

    async fn actions_app(&self) -> Asked<u64> {
        let url = format!("{}/apps/github-actions", self.api());
        match self.ask::<RawApp>("asking for the app behind the token of jobs", &url).await {
            Ok(app) => Ok(app.id),
            // There it never changes; a server of one's own has its own number.
            Err(_) if self.api() == "https://api.github.com" => Ok(ACTIONS_APP),
            Err(why) => Err(why),
        }
    }

    async fn token_defaults(&self) -> Asked<TokenDefaults> {
        let url = self.url("/actions/permissions/workflow");
        let raw: RawTokenDefaults = self.ask("asking what the token of a job may", &url).await?;
        Ok(TokenDefaults {
            write: raw.default_workflow_permissions != "read",
            may_approve: raw.can_approve_pull_request_reviews,
        })
    }

    async fn workflows(&self, branch: &str) -> Asked<(Vec<Workflow>, Vec<(String, String)>)> {
        let what = "listing workflows";
        let url = self.url(&format!("{FOLDER}?ref={}", encode(branch)));
        let response = match self.get(what, &url).await {
            Ok(response) => response,
            Err(ForgeError::Gone { .. }) => return Ok((Vec::new(), Vec::new())),
            Err(error) => return Err(reason(&error)),
        };
        let listed: Vec<RawFile> = parse(what, &response).map_err(|error| reason(&error))?;
        let yaml = |file: &&RawFile| {
            file.kind == "file" && [".yml", ".yaml"].iter().any(|ending| file.path.ends_with(ending))
        };
        let files: Vec<&RawFile> = listed.iter().filter(yaml).collect();
        if files.len() > MAX_WORKFLOWS {
            return Err(format!("there are more than {MAX_WORKFLOWS} of them"));
        }
        let (mut found, mut unreadable) = (Vec::new(), Vec::new());
        for file in files {
            let bytes = self.blob(&file.sha).await.map_err(|error| reason(&error));
            match bytes.and_then(|response| read_workflow(&file.path, &response.body)) {
                Ok(workflow) => found.push(workflow),
                Err(why) => unreadable.push((file.path.clone(), why)),
            }
        }
        Ok((found, unreadable))
    }

    /// Whether CODEOWNERS of the branch names somebody for workflow files. The first of three places counts.
    async fn workflows_owned(&self, branch: &str) -> Asked<bool> {
        for path in [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"] {
            let url = self.url(&format!("/contents/{path}?ref={}", encode(branch)));
            match self.get_raw("reading CODEOWNERS", &url).await {
                Ok(response) => return Ok(owned(&String::from_utf8_lossy(&response.body))),
                Err(ForgeError::Gone { .. }) => {}
                Err(error) => return Err(reason(&error)),
            }
        }
        Ok(false)
    }

    /// Whether only some branches may use an environment.
    async fn environment(&self, name: &str) -> Asked<bool> {
        let url = self.url(&format!("/environments/{}", encode(name)));
        let raw: Value = self.ask("reading an environment", &url).await?;
        Ok(at(&raw, "/deployment_branch_policy").is_object())
    }
}

/// The value a pointer names, or `null`.
fn at<'v>(value: &'v Value, pointer: &str) -> &'v Value {
    static NULL: Value = Value::Null;
    value.pointer(pointer).unwrap_or(&NULL)
}

fn read_workflow(path: &str, bytes: &[u8]) -> Asked<Workflow> {
    if bytes.len() > MAX_BYTES {
        return Err(format!("it has more than {MAX_BYTES} bytes"));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    Workflow::parse(path, text)
}

/// Whether the last line that is about workflow files, or about everything, names owners.
fn owned(text: &str) -> bool {
    const ABOUT: [&str; 7] = [
        "*",
        "**",
        "/.github",
        "/.github/**",
        "/.github/workflows",
        "/.github/workflows/*",
        "/.github/workflows/**",
    ];
    let mut lines = text.lines().rev().filter_map(|line| {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let pattern = words.next()?.trim_end_matches('/');
        let rooted = format!("/{}", pattern.trim_start_matches('/'));
        let about = ABOUT.iter().any(|known| *known == pattern || *known == rooted);
        about.then(|| words.next().is_some_and(|owner| owner.contains('@')))
    });
    lines.next().unwrap_or(false)
}

fn kind(name: &str, parameters: &Value) -> RuleKind {
    let flag = |name: &str| at(parameters, &format!("/{name}")).as_bool().unwrap_or(false);
    match name {
        "required_status_checks" => RuleKind::Checks {
            checks: at(parameters, "/required_status_checks")
                .as_array()
                .into_iter()
                .flatten()
                .map(check)
                .collect(),
            strict: flag("strict_required_status_checks_policy"),
        },
        "pull_request" => RuleKind::PullRequest(Reviews {
            count: at(parameters, "/required_approving_review_count").as_u64().unwrap_or(0),
            dismiss_stale: flag("dismiss_stale_reviews_on_push"),
            last_push: flag("require_last_push_approval"),
            owners: flag("require_code_owner_review"),
        }),
        "merge_queue" => RuleKind::MergeQueue,
        "non_fast_forward" => RuleKind::NonFastForward,
        _ => RuleKind::Other,
    }
}

/// A check of a ruleset (`integration_id`) or of classic protection (`app_id`, -1 for anybody).
fn check(raw: &Value) -> RequiredCheck {
    let app = at(raw, "/integration_id").as_u64().or_else(|| at(raw, "/app_id").as_u64());
    RequiredCheck { context: at(raw, "/context").as_str().unwrap_or_default().to_owned(), app }
}

/// Classic checks: `checks`, and on older servers only `contexts`.
fn checks(raw: &Value) -> Vec<RequiredCheck> {
    let named: Vec<RequiredCheck> = at(raw, "/checks").as_array().into_iter().flatten().map(check).collect();
    let plain = at(raw, "/contexts").as_array().into_iter().flatten().filter_map(Value::as_str);
    let missing: Vec<RequiredCheck> = plain
        .filter(|context| !named.iter().any(|check| check.context == *context))
        .map(|context| RequiredCheck { context: context.to_owned(), app: None })
        .collect();
    named.into_iter().chain(missing).collect()
}

fn details(raw: &Value) -> ClassicDetails {
    let on = |name: &str| at(raw, &format!("/{name}/enabled")).as_bool().unwrap_or(false);
    let reviews = at(raw, "/required_pull_request_reviews");
    let flag = |name: &str| at(reviews, &format!("/{name}")).as_bool().unwrap_or(false);
    let exempt = at(reviews, "/bypass_pull_request_allowances")
        .as_object()
        .is_some_and(|lists| lists.values().any(|list| list.as_array().is_some_and(|list| !list.is_empty())));
    ClassicDetails {
        strict: at(raw, "/required_status_checks/strict").as_bool().unwrap_or(false),
        admins: on("enforce_admins"),
        reviews: reviews.is_object().then(|| Reviews {
            count: at(reviews, "/required_approving_review_count").as_u64().unwrap_or(0),
            dismiss_stale: flag("dismiss_stale_reviews"),
            last_push: flag("require_last_push_approval"),
            owners: flag("require_code_owner_reviews"),
        }),
        exempt,
        force_pushes: on("allow_force_pushes"),
    }
}

fn actor(raw: &RawActor) -> Bypass {
    let id = raw.actor_id.map(|id| id.to_string()).unwrap_or_default();
    let (who, words) = match (raw.actor_type.as_str(), raw.actor_id) {
        ("RepositoryRole", Some(5)) => (Who::Admin, "the role admin".to_owned()),
        ("RepositoryRole", Some(2)) => (Who::Maintainer, "the role maintain".to_owned()),
        ("RepositoryRole", Some(4)) => (Who::Writer, "the role write".to_owned()),
        ("RepositoryRole", _) => (Who::Writer, format!("the role {id}")),
        ("OrganizationAdmin", _) => (Who::Admin, "every owner of the organisation".to_owned()),
        ("EnterpriseOwner", _) => (Who::Admin, "every owner of the enterprise".to_owned()),
        ("Team", _) => (Who::Writer, format!("the team {id}")),
        ("User", _) => (Who::Writer, format!("the user {id}")),
        ("Integration", _) => (Who::Writer, format!("the app {id}, and who holds its key,")),
        ("DeployKey", _) => (Who::Writer, "every deploy key that may write".to_owned()),
        (other, _) => (Who::Writer, format!("{other} {id}")),
    };
    Bypass { who, words }
}

#[cfg(test)]
mod tests {
    use super::super::doctor::{Level, diagnose, examine};
    use super::super::gate::Line;
    use super::*;
    use crate::context::{Forge, PipelineContext, local};
    use crate::host::memory::response;
    use crate::host::{MemoryHost, Request, Var};

    const DECIDE: &str = "on: {pull_request_target: , issue_comment: , workflow_run: {workflows: [Relay]}, merge_group: }\n\
                          permissions: {}\njobs: {decide: {environment: gate, permissions: {checks: write}, env: {KEY: \
                          '${{ secrets.K }}'}, steps: [{uses: o/weighbridge@0123456789012345678901234567890123456789}]}}";

    /// A repository where everything is closed, as GitHub would say it.
    fn answer(path: &str) -> Option<String> {
        let rules = r#"[
            {"type":"required_status_checks","ruleset_id":5,"parameters":{"strict_required_status_checks_policy":false,
             "required_status_checks":[{"context":"weighbridge","integration_id":4711}]}},
            {"type":"pull_request","ruleset_id":5,"parameters":{"required_approving_review_count":1,
             "dismiss_stale_reviews_on_push":true,"require_last_push_approval":true,"require_code_owner_review":true}},
            {"type":"non_fast_forward","ruleset_id":5},{"type":"merge_queue","ruleset_id":5},{"type":"new_kind"}]"#;
        let text = match path {
            "" => r#"{"default_branch":"trunk","private":false}"#,
            "/branches/trunk" => r#"{"protected":true,"protection":{"enabled":false}}"#,
            "/rules/branches/trunk" => rules,
            "/rulesets/5" => r#"{"bypass_actors":[]}"#,
            "/actions/permissions/workflow" => {
                r#"{"default_workflow_permissions":"read","can_approve_pull_request_reviews":false}"#
            }
            "/contents/.github/workflows" => {
                r#"[{"path":".github/workflows/gate.yaml","type":"file","sha":"a1"},{"path":"x","type":"dir","sha":"a2"}]"#
            }
            "/git/blobs/a1" => DECIDE,
            "/environments/gate" => r#"{"deployment_branch_policy":{"protected_branches":true}}"#,
            "/contents/CODEOWNERS" => "/.github/ @acme/gate",
            _ => return None,
        };
        Some(text.to_owned())
    }

    async fn found(change: fn(&str) -> Option<(u16, &'static str)>) -> Vec<(Level, &'static str)> {
        let host =
            MemoryHost::new().with_env(Var::GithubToken, "t").with_responder(move |request: Request| {
                let url = request.url.split('?').next().unwrap_or_default().to_owned();
                let path = url.strip_prefix("https://ghe.example/api/v3/repos/acme/shop");
                if url.ends_with("/apps/github-actions") {
                    return Ok(response(200, &[], r#"{"id":99}"#));
                }
                let path = path.unwrap_or_else(|| panic!("{url}"));
                Ok(match (change(path), answer(path)) {
                    (Some((status, body)), _) => response(status, &[], body),
                    (None, Some(body)) => response(200, &[], body),
                    (None, None) => response(404, &[], r#"{"message":"Not Found"}"#),
                })
            });
        let context = PipelineContext {
            forge: Forge::Github,
            repository: Some("acme/shop".to_owned()),
            api_url: Some("https://ghe.example/api/v3".to_owned()),
            ..local::detect(&host)
        };
        let protection = examine(&host, &Line::new(&host), &context, None).await.unwrap();
        assert_eq!(protection.branch, "trunk");
        let all = diagnose(&protection).into_iter().filter(|one| one.level != Level::Closed);
        all.map(|one| (one.level, one.id)).collect()
    }

    #[tokio::test]
    async fn what_github_says_is_understood() {
        const DENIED: (u16, &str) = (403, r#"{"message":"Resource not accessible by integration"}"#);
        let (open, unknown) = (Level::Open, Level::Unknown);
        assert_eq!(found(|_| None).await, []);
        let said = found(|path| (path == "/rulesets/5").then_some((200, r#"{"id":5}"#))).await;
        assert_eq!(said, [(unknown, "bypass")]);
        let said = found(|path| (path == "/actions/permissions/workflow").then_some(DENIED)).await;
        assert_eq!(said, [(unknown, "actions-approve"), (unknown, "token-default")]);
        let said = found(|path| (path == "/contents/CODEOWNERS").then_some((404, "{}"))).await;
        assert_eq!(said, [(open, "workflow-owners")]);
        let said = found(|path| (path == "/environments/gate").then_some(DENIED)).await;
        assert_eq!(said, [(unknown, "gate-secret")]);
        let said = found(|path| (path == "/git/blobs/a1").then_some((200, "on: [\u{202e}"))).await;
        assert_eq!(said, [(unknown, "workflow"), (unknown, "workflow")]);
        // Everything of rules stays unknown, and nothing of them is said to be open.
        let said = found(|path| (path == "/rules/branches/trunk").then_some(DENIED)).await;
        assert!(said.len() >= 8 && said.iter().all(|(level, _)| *level == unknown), "{said:?}");
        // Half an answer is none.
        let said = found(|path| (path == "/rules/branches/trunk").then_some((200, r#"{"rules":1}"#))).await;
        assert!(said.contains(&(unknown, "required-check")), "{said:?}");
    }

    #[test]
    fn owners_of_workflow_files() {
        for (text, expected) in [
            ("* @acme/all", true),
            (".github/ @acme/gate # who else", true),
            ("/.github/workflows/ gate@acme.example", true),
            ("# * @acme/all\n/src/ @acme/dev", false),
            ("* @acme/all\n/.github/", false),
            ("", false),
        ] {
            assert_eq!(owned(text), expected, "{text:?}");
        }
    }
}
