//! A GitHub that remembers: comments, check runs and statuses of one repository.

use super::fake::{self, Fault, Log, answer, page};
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
    pub(crate) page_size: usize,
    /// `acme/shop` is only a redirect to `/repositories/1`.
    pub(crate) renamed: bool,
    pub(crate) viewer: bool,
    pub(crate) log: Log,
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
            page_size: 100,
            renamed: false,
            viewer: false,
            log: Log::default(),
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
        state.comments.push(json!({"id": id, "body": body, "user": user, "html_url": format!("https://github.example/c/{id}")}));
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
        if path.ends_with("/graphql") {
            let login = &self.me()["login"];
            return if self.viewer {
                reply(200, json!({"data": {"viewer": {"login": login}}}))
            } else {
                forbidden()
            };
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
            _ => panic!("unexpected request {method} {path}"),
        }
    }

    fn pull(&self) -> Value {
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
        let comment = json!({"id": id, "body": text, "user": self.me(), "html_url": format!("https://github.example/c/{id}")});
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
