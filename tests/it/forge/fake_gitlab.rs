//! A GitLab that remembers: notes of one merge request and statuses of its commits.

use super::fake::{Fault, Log, answer, page};
use super::world::World;
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
    pub(crate) issues: Vec<Value>,
    pub(crate) page_size: usize,
    /// `Link` instead of `x-next-page`.
    pub(crate) keyset: bool,
    pub(crate) may_write: bool,
    /// What a decision asks for, where a test has one.
    pub(crate) world: Option<World>,
    pub(crate) log: Log,
    /// When notes are written.
    pub(crate) at: String,
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
            issues: vec![],
            page_size: 100,
            keyset: false,
            may_write: true,
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
        context(Forge::Gitlab, &format!("{}/gitlab/api/v4", self.server.uri()), run)
    }

    pub(crate) fn seed_note(&self, author: &Value, body: &str, system: bool) {
        let mut state = self.state();
        let id = state.id();
        let mut note = note(id, body, author, &state.at);
        note["system"] = json!(system);
        state.notes.push(note);
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

fn note(id: u64, body: &str, author: &Value, at: &str) -> Value {
    json!({"id": id, "body": body, "author": author, "system": false, "created_at": at, "updated_at": at})
}

pub(crate) fn account(who: (u64, &str)) -> Value {
    json!({"id": who.0, "username": who.1, "name": who.1})
}

fn level(role: &str) -> u32 {
    match role {
        "admin" => 50,
        "maintain" => 40,
        "write" => 30,
        "triage" => 20,
        _ => 10,
    }
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
            ("GET", ["projects", "12", "repository", "commits", sha, "merge_requests"]) => {
                let twin = self.world.as_ref().and_then(|world| world.twin);
                let open = |number: u64| json!({"iid": number, "state": "opened", "sha": sha});
                reply(200, json!(std::iter::once(7).chain(twin).map(open).collect::<Vec<_>>()))
            }
            ("GET", ["projects", "12", "issues"]) => reply(200, json!(self.issues)),
            ("POST", ["projects", "12", "issues"]) => {
                let issue = json!({"iid": 40 + self.issues.len(), "title": body["title"]});
                self.issues.push(issue.clone());
                reply(201, issue)
            }
            ("GET", ["projects", "12", "merge_requests", "7"]) => reply(200, self.merge_request()),
            ("GET", ["projects", "12", "merge_requests", "7", "notes"]) => {
                self.list_notes(request, base, path)
            }
            ("POST", ["projects", "12", "merge_requests", "7", "notes"]) => {
                let note = note(self.id(), body["body"].as_str().unwrap(), &me(), &self.at);
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
            ("GET", ["projects", "12", "repository", "tree"]) => self.list_tree(request, base),
            ("GET", parts) if self.world.is_some() => self.of_world(parts),
            _ => panic!("unexpected request {method} {path}"),
        }
    }

    fn merge_request(&mut self) -> Value {
        let head = self.head.clone();
        let (author, now, source) = match &mut self.world {
            Some(world) => (world.author.map(account), world.head(&head), if world.fork { 99 } else { 12 }),
            None => (None, head, 99),
        };
        json!({
            "iid": 7, "sha": now, "title": "t", "author": author, "draft": false,
            "source_branch": "skill", "target_branch": "main", "source_project_id": source, "target_project_id": 12,
            "diff_refs": {"base_sha": OTHER, "head_sha": now, "start_sha": OTHER}
        })
    }

    fn of_world(&self, parts: &[&str]) -> ResponseTemplate {
        let world = self.world.as_ref().unwrap();
        let missing = || reply(404, json!({"message": "404 Not found"}));
        match parts {
            ["projects", "12", "repository", "branches", "main"] => {
                reply(200, json!({"name": "main", "commit": {"id": world.tip}}))
            }
            ["projects", "12", "repository", "commits", name] => {
                match world.revisions.keys().find(|sha| sha.starts_with(name)) {
                    Some(sha) => reply(200, json!({"id": sha})),
                    None => missing(),
                }
            }
            ["projects", "12", "repository", "merge_base"] => reply(200, json!({"id": world.merge_base})),
            ["projects", "12", "repository", "blobs", id, "raw"] => match world.blob(id) {
                Some(text) => ResponseTemplate::new(200).set_body_raw(text, "text/plain"),
                None => missing(),
            },
            ["projects", "12", "merge_requests", "7", "approvals"] => {
                let given: Vec<Value> = world
                    .approvals
                    .iter()
                    .map(|(id, login, at)| json!({"user": account((*id, *login)), "approved_at": at}))
                    .collect();
                reply(200, json!({"approved_by": given}))
            }
            ["projects", "12", "merge_requests", "7", "versions"] => {
                reply(200, json!([{"id": 1, "head_commit_sha": self.head, "created_at": world.pushed_at}]))
            }
            ["projects", "12", "merge_requests", "7", "commits"] => {
                let mut all: Vec<Value> = world
                    .commits
                    .iter()
                    .enumerate()
                    .map(|(index, commit)| {
                        let id = world.commit_sha(index, &self.head);
                        json!({"id": id, "author_email": commit.email, "committer_email": commit.email, "message": commit.message})
                    })
                    .collect();
                all.reverse();
                reply(200, json!(all))
            }
            ["projects", "12", "merge_requests", "7", "pipelines"] => {
                let pipelines: Vec<Value> =
                    world.pusher.iter().map(|_| json!({"id": 900, "sha": self.head})).collect();
                reply(200, json!(pipelines))
            }
            ["projects", "12", "pipelines", "900"] => {
                reply(200, json!({"id": 900, "user": world.pusher.map(account)}))
            }
            ["projects", "12", "members", "all", id] => {
                let found = world.roles.values().find(|(known, _)| known.to_string() == *id);
                match found {
                    Some((id, role)) => {
                        reply(200, json!({"id": id, "access_level": level(role), "state": "active"}))
                    }
                    None => missing(),
                }
            }
            ["groups", group, "members", "all", id] => {
                let group = group.replace("%2F", "/");
                let login = world
                    .roles
                    .iter()
                    .find(|(_, (known, _))| known.to_string() == *id)
                    .map(|(login, _)| *login);
                let state = login.and_then(|login| world.teams.get(group.as_str())?.get(login));
                match state {
                    Some(state) => {
                        let state = if *state == "active" { "active" } else { "awaiting" };
                        reply(200, json!({"id": 1, "access_level": 30, "state": state}))
                    }
                    None => missing(),
                }
            }
            ["users", id] => {
                let id: u64 = id.parse().unwrap();
                reply(200, json!({"id": id, "username": "x", "bot": world.bots.contains(&id)}))
            }
            ["users"] => reply(200, json!([])),
            other => panic!("unexpected request {other:?}"),
        }
    }

    /// Pages with a `Link` only, as the real one does here.
    fn list_tree(&self, request: &Request, base: &str) -> ResponseTemplate {
        let asked = request.url.query_pairs().find(|(key, _)| key == "ref").unwrap().1.into_owned();
        let Some(all) = self.world.as_ref().and_then(|world| world.tree(&asked)) else {
            return reply(404, json!({"message": "404 Tree Not Found"}));
        };
        let (items, next) = page(request, &all, 1);
        let listed = reply(200, Value::Array(items));
        match next {
            Some(next) => {
                let url =
                    format!("{base}{}?ref={asked}&recursive=true&per_page=1&page={next}", request.url.path());
                listed.insert_header("link", format!("<{url}>; rel=\"next\"").as_str())
            }
            None => listed,
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
