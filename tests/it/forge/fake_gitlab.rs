//! A GitLab that remembers: notes of one merge request and statuses of its commits.

use super::fake::{Fault, Log, answer, page};
use super::{HEAD, OTHER, context};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard};
use weighbridge::context::{Forge, PipelineContext};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) head: String,
    pub(crate) notes: Vec<Value>,
    pub(crate) statuses: Vec<Value>,
    pub(crate) page_size: usize,
    /// `Link` instead of `x-next-page`.
    pub(crate) keyset: bool,
    pub(crate) may_write: bool,
    pub(crate) log: Log,
    next_id: u64,
}

#[derive(Clone)]
pub(crate) struct FakeGitlab {
    pub(crate) server: Arc<MockServer>,
    state: Arc<Mutex<State>>,
}

impl FakeGitlab {
    pub(crate) async fn start() -> Self {
        let state = State {
            head: HEAD.into(),
            notes: vec![],
            statuses: vec![],
            page_size: 100,
            keyset: false,
            may_write: true,
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
        context(Forge::Gitlab, &format!("{}/gitlab/api/v4", self.server.uri()), run)
    }

    pub(crate) fn seed_note(&self, author: &Value, body: &str, system: bool) {
        let mut state = self.state();
        let id = state.id();
        state.notes.push(json!({"id": id, "body": body, "author": author, "system": system}));
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
        assert_eq!(request.headers.get("private-token").unwrap(), "glpat-secret");
        answer(fault, || state.serve(request, &self.base))
    }
}

fn reply(status: u16, body: Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

fn me() -> Value {
    json!({"id": 50, "username": "project_12_bot", "name": "weighbridge"})
}

impl State {
    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn serve(&mut self, request: &Request, base: &str) -> ResponseTemplate {
        let path = request.url.path();
        let rest = path.strip_prefix("/gitlab/api/v4/").unwrap_or_else(|| panic!("unexpected path {path}"));
        let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        let method = request.method.as_str();
        if method != "GET" && !self.may_write {
            return reply(403, json!({"message": "403 Forbidden"}));
        }
        let parts: Vec<&str> = rest.split('/').collect();
        match (method, parts.as_slice()) {
            ("GET", ["user"]) => reply(200, me()),
            ("GET", ["projects", "12", "merge_requests", "7"]) => reply(
                200,
                json!({
                    "iid": 7, "sha": self.head, "title": "t", "author": null, "draft": false,
                    "source_branch": "skill", "target_branch": "main", "source_project_id": 99, "target_project_id": 12,
                    "diff_refs": {"base_sha": OTHER, "head_sha": self.head, "start_sha": OTHER}
                }),
            ),
            ("GET", ["projects", "12", "merge_requests", "7", "notes"]) => {
                self.list_notes(request, base, path)
            }
            ("POST", ["projects", "12", "merge_requests", "7", "notes"]) => {
                let note = json!({"id": self.id(), "body": body["body"], "author": me(), "system": false});
                self.notes.push(note.clone());
                reply(201, note)
            }
            ("PUT", ["projects", "12", "merge_requests", "7", "notes", id]) => {
                match self.notes.iter_mut().find(|note| has_id(note, id)) {
                    None => reply(404, json!({"message": "404 Note Not Found"})),
                    Some(note) => {
                        assert_eq!(note["author"], me(), "a foreign note was overwritten");
                        note["body"] = body["body"].clone();
                        reply(200, note.clone())
                    }
                }
            }
            ("DELETE", ["projects", "12", "merge_requests", "7", "notes", id]) => {
                self.notes.retain(|note| !has_id(note, id));
                ResponseTemplate::new(204)
            }
            ("GET", ["projects", "acme%2Fshop", "repository", "commits", sha, "statuses"]) => {
                let found: Vec<&Value> =
                    self.statuses.iter().filter(|status| status["sha"] == *sha).collect();
                reply(200, json!(found))
            }
            ("POST", ["projects", "acme%2Fshop", "statuses", sha]) => self.set_status(sha, body),
            _ => panic!("unexpected request {method} {path}"),
        }
    }

    fn list_notes(&self, request: &Request, base: &str, path: &str) -> ResponseTemplate {
        let (items, next) = page(request, &self.notes, self.page_size);
        let listed = reply(200, Value::Array(items));
        match (self.keyset, next) {
            (false, next) => {
                let next = next.map(|number| number.to_string()).unwrap_or_default();
                // Behind a proxy the host of the link is often wrong: it must not be needed.
                let wrong = "<http://internal.invalid/notes?page=2>; rel=\"next\"";
                listed.insert_header("x-next-page", next.as_str()).insert_header("link", wrong)
            }
            (true, Some(next)) => {
                let url = format!("<{base}{path}?per_page=100&page={next}>; rel=\"next\"");
                listed.insert_header("link", url.as_str())
            }
            (true, None) => listed,
        }
    }

    fn set_status(&mut self, sha: &str, mut body: Value) -> ResponseTemplate {
        let too_long = |field: &str| body[field].as_str().is_some_and(|text| text.chars().count() > 255);
        if too_long("description") || too_long("target_url") {
            return reply(
                400,
                json!({"message": {"description": ["is too long (maximum is 255 characters)"]}}),
            );
        }
        body["sha"] = json!(sha);
        let same = |status: &&mut Value| {
            ["name", "pipeline_id", "sha"].iter().all(|field| status[field] == body[field])
        };
        if let Some(status) = self.statuses.iter_mut().find(same) {
            if status["state"] == body["state"] {
                let state = body["state"].as_str().unwrap();
                let said = format!(
                    "Cannot transition status via :drop from :{state} (Reason(s): Status cannot transition via \"drop\")"
                );
                return reply(400, json!({"message": said}));
            }
            *status = body.clone();
        } else {
            self.statuses.push(body.clone());
        }
        reply(201, body)
    }
}

fn has_id(item: &Value, id: &str) -> bool {
    item["id"].as_u64() == id.parse().ok()
}
