//! A GitHub that remembers: comments, check runs and statuses of one repository.

use super::fake::{self, Fault, Log, answer, page};
use super::world::{World, user};
use super::{HEAD, OTHER, context};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard};
use weighbridge::context::{Forge, PipelineContext};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// Whose token the fake believes to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// The token of a job.
    Actions,
    /// Of another app.
    App(&'static str),
    /// Of a person with this id.
    Person(u64),
    /// Of a job for a fork.
    ReadOnly,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) token: Token,
    pub(crate) head: String,
    pub(crate) comments: Vec<Value>,
    pub(crate) checks: Vec<Value>,
    pub(crate) statuses: Vec<Value>,
    pub(crate) issues: Vec<Value>,
    pub(crate) page_size: usize,
    /// `acme/shop` is only a redirect to `/repositories/1`.
    pub(crate) renamed: bool,
    pub(crate) viewer: bool,
    /// What a decision asks for, where a test has one.
    pub(crate) world: Option<World>,
    pub(crate) log: Log,
    /// When comments are written.
    pub(crate) at: String,
    next_id: u64,
}

#[derive(Clone)]
pub(crate) struct FakeGithub {
    pub(crate) server: Arc<MockServer>,
    state: Arc<Mutex<State>>,
}

impl FakeGithub {
    pub(crate) async fn start() -> Self {
        let state = State {
            token: Token::Actions,
            head: HEAD.into(),
            comments: vec![],
            checks: vec![],
            statuses: vec![],
            issues: vec![],
            page_size: 100,
            renamed: false,
            viewer: false,
            world: None,
            log: Log::default(),
            at: "2026-11-21T11:30:00Z".to_owned(),
            next_id: 100,
        };
        let fake = Self { server: Arc::new(MockServer::start().await), state: Arc::new(Mutex::new(state)) };
        let served = Served { base: fake.server.uri(), state: Arc::clone(&fake.state) };
        Mock::given(any()).respond_with(served).mount(&fake.server).await;
        fake
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn fault(&self, fault: Fault) {
        self.state().log.faults.push(fault);
    }

    pub(crate) fn context(&self, run: u64) -> PipelineContext {
        context(Forge::Github, &self.server.uri(), run)
    }

    /// Puts a comment there; `user` is GitHub's user object or null.
    pub(crate) fn seed_comment(&self, user: &Value, body: &str) -> u64 {
        let mut state = self.state();
        let id = state.id();
        let comment = state.comment(id, body, user);
        state.comments.push(comment);
        id
    }
}

struct Served {
    base: String,
    state: Arc<Mutex<State>>,
}

impl Respond for Served {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut state = self.state.lock().unwrap();
        let fault = state.log.take(request);
        fake::record(state.log.seen.last().unwrap());
        assert_eq!(request.headers.get("authorization").unwrap(), "Bearer ghs_secret");
        assert!(request.headers.get("user-agent").unwrap().to_str().unwrap().starts_with("weighbridge/"));
        assert_eq!(request.headers.get("x-github-api-version").unwrap(), "2022-11-28");
        answer(fault, || state.serve(request, &self.base))
    }
}

fn reply(status: u16, body: Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

fn forbidden() -> ResponseTemplate {
    reply(403, json!({"message": "Resource not accessible by integration"}))
}

impl State {
    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn me(&self) -> Value {
        match self.token {
            Token::Actions | Token::ReadOnly => {
                json!({"id": 41_898_282, "login": "github-actions[bot]", "type": "Bot"})
            }
            Token::App(slug) => json!({"id": 77, "login": format!("{slug}[bot]"), "type": "Bot"}),
            Token::Person(id) => json!({"id": id, "login": "ada", "type": "User"}),
        }
    }

    fn serve(&mut self, request: &Request, base: &str) -> ResponseTemplate {
        let path = request.url.path().trim_start_matches("/api/v3").to_owned();
        let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        let method = request.method.as_str();
        if path == "/user" {
            return if matches!(self.token, Token::Person(_)) { reply(200, self.me()) } else { forbidden() };
        }
        if path.ends_with("/graphql")
            && body["query"].as_str().is_some_and(|query| query.contains("reviews("))
        {
            return self.edited_reviews();
        }
        if path.ends_with("/graphql") {
            let login = &self.me()["login"];
            return if self.viewer {
                reply(200, json!({"data": {"viewer": {"login": login}}}))
            } else {
                forbidden()
            };
        }
        if let Some(rest) = path.strip_prefix("/orgs/") {
            return self.team(&rest.split('/').collect::<Vec<_>>());
        }
        if path.ends_with("/activity") {
            return self.activity();
        }
        let rest = match path.strip_prefix("/repos/acme/shop") {
            Some(rest) if self.renamed => {
                let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
                let to = format!("{base}/repositories/1{rest}{query}");
                let status = if method == "GET" { 301 } else { 307 };
                return reply(status, json!({"message": "Moved"})).insert_header("location", to.as_str());
            }
            Some(rest) => rest,
            None => path.strip_prefix("/repositories/1").unwrap_or_else(|| panic!("unexpected path {path}")),
        };
        if method != "GET" && self.token == Token::ReadOnly {
            return forbidden();
        }
        let parts: Vec<&str> = rest.split('/').skip(1).collect();
        match (method, parts.as_slice()) {
            ("GET", ["commits", sha, "pulls"]) => {
                let twin = self.world.as_ref().and_then(|world| world.twin);
                let open = |number: u64| json!({"number": number, "state": "open", "head": {"sha": sha}});
                reply(200, json!(std::iter::once(7).chain(twin).map(open).collect::<Vec<_>>()))
            }
            ("GET", ["issues"]) => reply(200, json!(self.issues)),
            ("POST", ["issues"]) => {
                let issue =
                    json!({"number": 40 + self.issues.len(), "title": body["title"], "body": body["body"]});
                self.issues.push(issue.clone());
                reply(201, issue)
            }
            ("GET", ["pulls", "7"]) => reply(200, self.pull()),
            ("GET", ["pulls"]) => reply(200, json!([self.pull()])),
            ("GET", ["issues", "7", "comments"]) => self.list_comments(request, base, rest),
            ("POST", ["issues", "7", "comments"]) => self.create_comment(&body),
            ("PATCH", ["issues", "comments", id]) => self.update_comment(id, &body),
            ("DELETE", ["issues", "comments", id]) => self.delete_comment(id),
            ("GET", ["commits", sha, "check-runs"]) => self.list_checks(request, sha),
            ("POST", ["check-runs"]) => self.create_check(&body),
            ("GET", ["check-runs", id]) => {
                let found = self.checks.iter().find(|check| has_id(check, id));
                reply(200, found.cloned().unwrap())
            }
            ("PATCH", ["check-runs", id]) => self.update_check(id, &body),
            ("POST", ["statuses", sha]) => {
                let mut status = body.clone();
                status["sha"] = json!(sha);
                self.statuses.push(status);
                reply(201, json!({"id": 1}))
            }
            ("GET", parts) if self.world.is_some() => self.of_world(request, base, rest, parts),
            _ => panic!("unexpected request {method} {path}"),
        }
    }

    fn comment(&self, id: u64, body: &str, user: &Value) -> Value {
        let at = &self.at;
        json!({
            "id": id, "body": body, "user": user, "html_url": format!("https://github.example/c/{id}"),
            "created_at": at, "updated_at": at, "performed_via_github_app": null
        })
    }

    fn edited_reviews(&self) -> ResponseTemplate {
        let Some(world) = &self.world else { return forbidden() };
        let nodes: Vec<Value> = world
            .reviews
            .iter()
            .map(|review| {
                let edited = world.edited.contains(&review["id"].as_u64().unwrap());
                json!({"databaseId": review["id"], "includesCreatedEdit": edited, "lastEditedAt": null})
            })
            .collect();
        let reviews = json!({"nodes": nodes, "pageInfo": {"hasNextPage": false, "endCursor": null}});
        reply(200, json!({"data": {"repository": {"pullRequest": {"reviews": reviews}}}}))
    }

    fn team(&self, parts: &[&str]) -> ResponseTemplate {
        let world = self.world.as_ref().expect("teams are of a world");
        let missing = || reply(404, json!({"message": "Not Found"}));
        let [organisation, "teams", slug, rest @ ..] = parts else { panic!("{parts:?}") };
        let team = format!("{organisation}/{slug}");
        let Some(members) = world.teams.get(team.as_str()).filter(|_| !world.teams_hidden) else {
            return missing();
        };
        match rest {
            [] => reply(200, json!({"slug": slug})),
            ["memberships", login] => match members.get(login) {
                Some(state) => reply(200, json!({"state": state, "role": "member"})),
                None => missing(),
            },
            other => panic!("{other:?}"),
        }
    }

    fn activity(&self) -> ResponseTemplate {
        let world = self.world.as_ref().expect("activity is of a world");
        let pushes: Vec<Value> = world
            .pusher
            .iter()
            .map(|who| json!({"after": self.head, "actor": user(*who), "timestamp": world.pushed_at}))
            .collect();
        reply(200, json!(pushes))
    }

    fn of_world(&self, request: &Request, base: &str, rest: &str, parts: &[&str]) -> ResponseTemplate {
        let world = self.world.as_ref().unwrap();
        let missing = || reply(404, json!({"message": "Not Found"}));
        match parts {
            ["git", "ref", "heads", "main"] => {
                reply(200, json!({"ref": "refs/heads/main", "object": {"sha": world.tip, "type": "commit"}}))
            }
            ["compare", _range] => reply(200, json!({"merge_base_commit": {"sha": world.merge_base}})),
            ["git", "trees", sha] => match world.tree(sha) {
                Some(tree) => reply(200, json!({"sha": sha, "tree": tree, "truncated": world.truncated})),
                None => missing(),
            },
            ["commits", name] => match world.revisions.keys().find(|sha| sha.starts_with(name)) {
                Some(sha) => reply(200, json!({"sha": sha})),
                None => missing(),
            },
            ["git", "blobs", id] => {
                assert_eq!(request.headers.get("accept").unwrap(), "application/vnd.github.raw+json");
                match world.blob(id) {
                    Some(text) => ResponseTemplate::new(200).set_body_raw(text, "application/octet-stream"),
                    None => missing(),
                }
            }
            ["pulls", "7", "reviews"] => reply(200, json!(world.reviews)),
            ["pulls", "7", "commits"] => {
                let all: Vec<Value> = world
                    .commits
                    .iter()
                    .enumerate()
                    .map(|(index, commit)| {
                        let signature = json!({"name": "n", "email": commit.email, "date": "2026-11-20T10:00:00Z"});
                        json!({
                            "sha": world.commit_sha(index, &self.head),
                            "commit": {"author": signature, "committer": signature, "message": commit.message},
                            "author": commit.author.map(user), "committer": commit.committer.map(user)
                        })
                    })
                    .collect();
                let (items, next) = page(request, &all, self.page_size);
                let listed = reply(200, json!(items));
                match next {
                    Some(next) => listed.insert_header(
                        "link",
                        format!("<{base}/repos/acme/shop{rest}?per_page=100&page={next}>; rel=\"next\"")
                            .as_str(),
                    ),
                    None => listed,
                }
            }
            ["collaborators", login, "permission"] => match world.roles.get(login) {
                Some((id, role)) => {
                    let permission = match *role {
                        "admin" => "admin",
                        "maintain" | "write" => "write",
                        "none" => "none",
                        _ => "read",
                    };
                    reply(
                        200,
                        json!({"permission": permission, "role_name": role, "user": {"id": id, "login": login, "type": "User"}}),
                    )
                }
                None => missing(),
            },
            other => panic!("unexpected request {other:?}"),
        }
    }

    fn pull(&mut self) -> Value {
        let head = self.head.clone();
        if let Some(world) = &mut self.world {
            let source = if world.fork { "mallory/shop" } else { "acme/shop" };
            let count = world.commit_count.unwrap_or(world.commits.len() as u64);
            let author = world.author.map(user);
            let now = world.head(&head);
            return json!({
                "number": 7, "title": "t", "draft": false, "user": author, "commits": count,
                "head": {"sha": now, "ref": "skill", "repo": {"full_name": source}},
                "base": {"sha": world.tip, "ref": "main", "repo": {"full_name": "acme/shop"}}
            });
        }
        json!({
            "number": 7, "title": "t", "draft": false, "user": null,
            "head": {"sha": self.head, "ref": "skill", "repo": {"full_name": "mallory/shop"}},
            "base": {"sha": OTHER, "ref": "main", "repo": {"full_name": "acme/shop"}}
        })
    }

    fn list_comments(&self, request: &Request, base: &str, rest: &str) -> ResponseTemplate {
        let (items, next) = page(request, &self.comments, self.page_size);
        let listed = reply(200, Value::Array(items));
        let repository = if self.renamed { "/repositories/1" } else { "/repos/acme/shop" };
        match next {
            Some(next) => {
                let url = format!("{base}{repository}{rest}?per_page=100&page={next}");
                listed.insert_header(
                    "link",
                    format!("<{url}>; rel=\"next\", <{base}/x>; rel=\"last\"").as_str(),
                )
            }
            None => listed,
        }
    }

    fn create_comment(&mut self, body: &Value) -> ResponseTemplate {
        let text = body["body"].as_str().unwrap();
        if text.chars().count() > 65_536 {
            return reply(422, json!({"message": "Body is too long (maximum is 65536 characters)"}));
        }
        let id = self.id();
        let comment = self.comment(id, text, &self.me());
        self.comments.push(comment.clone());
        reply(201, comment)
    }

    fn update_comment(&mut self, id: &str, body: &Value) -> ResponseTemplate {
        let me = self.me();
        match self.comments.iter_mut().find(|comment| has_id(comment, id)) {
            None => reply(404, json!({"message": "Not Found"})),
            Some(comment) => {
                assert_eq!(comment["user"], me, "a foreign comment was overwritten");
                comment["body"] = body["body"].clone();
                reply(200, comment.clone())
            }
        }
    }

    fn delete_comment(&mut self, id: &str) -> ResponseTemplate {
        let before = self.comments.len();
        self.comments.retain(|comment| !has_id(comment, id));
        if self.comments.len() == before {
            reply(404, json!({"message": "Not Found"}))
        } else {
            ResponseTemplate::new(204)
        }
    }

    fn list_checks(&self, request: &Request, sha: &str) -> ResponseTemplate {
        let name = request
            .url
            .query_pairs()
            .find(|(key, _)| key == "check_name")
            .map(|(_, value)| value.into_owned());
        let runs: Vec<&Value> = self
            .checks
            .iter()
            .filter(|check| {
                check["head_sha"] == sha && name.as_deref().is_none_or(|name| check["name"] == name)
            })
            .collect();
        reply(200, json!({"total_count": runs.len(), "check_runs": runs}))
    }

    fn create_check(&mut self, body: &Value) -> ResponseTemplate {
        let id = self.id();
        let slug = self.me()["login"].as_str().unwrap().trim_end_matches("[bot]").to_owned();
        let check = json!({
            "id": id, "name": body["name"], "head_sha": body["head_sha"], "external_id": body["external_id"],
            "status": body["status"], "conclusion": null, "html_url": format!("https://github.example/r/{id}"),
            "app": {"id": 1, "slug": slug}, "output": {"title": null, "summary": null, "annotations_count": 0},
            "annotations": []
        });
        self.checks.push(check.clone());
        reply(201, check)
    }

    fn update_check(&mut self, id: &str, body: &Value) -> ResponseTemplate {
        let output = &body["output"];
        let notes = output["annotations"].as_array().cloned().unwrap_or_default();
        if notes.len() > 50 || output["summary"].as_str().is_some_and(|text| text.len() > 65_535) {
            return reply(422, json!({"message": "Invalid request."}));
        }
        let check = self.checks.iter_mut().find(|check| has_id(check, id)).unwrap();
        for key in ["external_id", "status", "conclusion"] {
            if !body[key].is_null() {
                check[key] = body[key].clone();
            }
        }
        check["output"]["title"] = output["title"].clone();
        check["output"]["summary"] = output["summary"].clone();
        let all = check["annotations"].as_array_mut().unwrap();
        all.extend(notes);
        let count = all.len();
        check["output"]["annotations_count"] = json!(count);
        reply(200, check.clone())
    }
}

fn has_id(item: &Value, id: &str) -> bool {
    item["id"].as_u64() == id.parse().ok()
}
