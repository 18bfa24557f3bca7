//! The conversation with one client: what it may ask when, and which documents are open.

use super::World;
use super::abilities::Abilities;
use super::diagnostics;
use super::text::Text;
use super::uri::path_of;
use super::wire::{Code, Incoming, failure, notification, read, request, success};
use super::workspace::{Judged, Told, Workspace};
use crate::base::RepoPath;
use crate::base::text::visible;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Larger files are not read to place findings in them, in bytes; they are not checked either.
const MAX_TEXT: u64 = 4 * 1024 * 1024;

/// What may happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing but `initialize`.
    Fresh,
    /// Everything.
    Running,
    /// Nothing but `exit`.
    ShutDown,
}

/// An open document.
pub(super) struct Document {
    pub(super) text: Text,
    pub(super) version: i64,
}

/// What the client is told.
#[derive(Debug, Default)]
pub struct Reply {
    /// In this order.
    pub messages: Vec<Value>,
    /// The conversation is over; false when the client has not asked for that first.
    pub exit: Option<bool>,
}

/// A session with one client.
pub struct Session<'w> {
    world: &'w dyn World,
    phase: Phase,
    /// The client has heard the answer to `initialize`, and may be told things.
    ready: bool,
    pub(super) abilities: Abilities,
    pub(super) workspaces: Vec<Workspace>,
    pub(super) documents: BTreeMap<String, Document>,
    requests: u64,
    out: Vec<Value>,
}

/// Why a request is not answered.
pub(super) type Refused = (Code, &'static str);

pub(super) const BAD_PARAMS: Refused = (Code::InvalidParams, "the parameters are not those of the method");

impl<'w> Session<'w> {
    /// A session that has not begun.
    pub fn new(world: &'w dyn World) -> Self {
        Self {
            world,
            phase: Phase::Fresh,
            ready: false,
            abilities: Abilities::default(),
            workspaces: Vec::new(),
            documents: BTreeMap::new(),
            requests: 0,
            out: Vec::new(),
        }
    }

    /// Takes the messages that have come since the last time, together: what is typed while the files are judged is
    /// judged once, and a request is not answered that the client has taken back.
    pub fn handle(&mut self, batch: impl IntoIterator<Item = Result<Vec<u8>, String>>) -> Reply {
        let read_one = |body: Result<Vec<u8>, String>| match body {
            Ok(body) => read(&body),
            Err(fault) => Err(failure(&Value::Null, Code::Parse, &fault)),
        };
        let messages: Vec<Result<Incoming, Value>> = batch.into_iter().map(read_one).collect();
        let cancelled: BTreeSet<String> = messages.iter().filter_map(cancelled).collect();
        let mut exit = None;
        for message in messages {
            match message {
                Err(answer) => self.out.push(answer),
                Ok(Incoming::Answer) => {}
                Ok(Incoming::Request { id, .. }) if cancelled.contains(&id.to_string()) => {
                    self.out.push(failure(&id, Code::RequestCancelled, "the client has taken it back"));
                }
                Ok(Incoming::Request { id, method, params }) => {
                    let answer = match self.request(&method, &params) {
                        Ok(result) => success(&id, result),
                        Err((code, message)) => failure(&id, code, message),
                    };
                    self.out.push(answer);
                }
                Ok(Incoming::Notification { method, .. }) if method == "exit" => {
                    exit = Some(self.phase == Phase::ShutDown);
                    break;
                }
                Ok(Incoming::Notification { method, params }) => self.notified(&method, &params),
            }
        }
        if self.ready && self.phase == Phase::Running && exit.is_none() {
            self.judge();
            self.publish();
        }
        Reply { messages: std::mem::take(&mut self.out), exit }
    }

    fn request(&mut self, method: &str, params: &Value) -> Result<Value, Refused> {
        match (self.phase, method) {
            (Phase::Fresh, "initialize") => return Ok(self.initialize(params)),
            (Phase::Fresh, _) => return Err((Code::ServerNotInitialized, "`initialize` has to come first")),
            (Phase::ShutDown, _) => return Err((Code::InvalidRequest, "the server has been shut down")),
            (Phase::Running, "initialize") => {
                return Err((Code::InvalidRequest, "the server has been initialized already"));
            }
            (Phase::Running, "shutdown") => {
                self.phase = Phase::ShutDown;
                return Ok(Value::Null);
            }
            (Phase::Running, _) => {}
        }
        match method {
            "textDocument/hover" => self.hover(params),
            "textDocument/inlayHint" => self.inlay_hints(params),
            "textDocument/codeAction" => self.code_actions(params),
            "textDocument/completion" => self.completions(params),
            _ => Err((Code::MethodNotFound, "this server has no such method")),
        }
    }

    fn initialize(&mut self, params: &Value) -> Value {
        self.abilities = Abilities::of(params);
        let folders = params.get("workspaceFolders").and_then(Value::as_array);
        let uris: Vec<&str> = match folders.filter(|folders| !folders.is_empty()) {
            Some(folders) => folders.iter().filter_map(|folder| folder.get("uri")?.as_str()).collect(),
            None => params.get("rootUri").and_then(Value::as_str).into_iter().collect(),
        };
        let mut roots: Vec<String> = uris.into_iter().filter_map(path_of).collect();
        // What came before `rootUri`.
        let old = params.get("rootPath").and_then(Value::as_str).filter(|path| path.starts_with('/'));
        if let Some(path) = old.filter(|_| roots.is_empty()) {
            roots.push(path.to_owned());
        }
        for root in roots {
            self.add_folder(&root);
        }
        self.phase = Phase::Running;
        json!({
            "capabilities": {
                "positionEncoding": self.abilities.style.encoding.name(),
                "textDocumentSync": {"openClose": true, "change": 2, "save": {"includeText": false}},
                "hoverProvider": true,
                "inlayHintProvider": true,
                "codeActionProvider": {"codeActionKinds": ["quickfix"]},
                "completionProvider": {},
                "workspace": {"workspaceFolders": {"supported": true, "changeNotifications": true}},
            },
            "serverInfo": {"name": "weighbridge", "version": env!("CARGO_PKG_VERSION")},
        })
    }

    fn add_folder(&mut self, root: &str) {
        let root = root.trim_end_matches('/').to_owned();
        if root.is_empty() {
            // The root of the file system is no repository, and nobody wants all of it read.
            return;
        }
        if self.workspaces.iter().all(|workspace| workspace.root != root) {
            self.workspaces.push(Workspace::new(root, self.world));
        }
    }

    fn notified(&mut self, method: &str, params: &Value) {
        if self.phase != Phase::Running {
            return;
        }
        self.ready = true;
        match method {
            "initialized" => self.begin(),
            "textDocument/didOpen" => self.open(params),
            "textDocument/didChange" => self.change(params),
            "textDocument/didClose" => {
                if let Some(uri) = uri_in(params) {
                    self.documents.remove(uri);
                    self.changed_on_disk(uri);
                }
            }
            "textDocument/didSave" => {
                if let Some(uri) = uri_in(params) {
                    self.changed_on_disk(uri);
                }
            }
            "workspace/didChangeWatchedFiles" => {
                for change in params.get("changes").and_then(Value::as_array).into_iter().flatten() {
                    if let Some(uri) = change.get("uri").and_then(Value::as_str) {
                        self.changed_on_disk(uri);
                    }
                }
            }
            "workspace/didChangeWorkspaceFolders" => self.change_folders(params),
            // What is not known and wants no answer may be left alone.
            _ => {}
        }
    }

    fn begin(&mut self) {
        if self.workspaces.is_empty() {
            let message = "no folder is open, so there is nothing to judge; open the folder of a repository";
            self.out.push(notification("window/logMessage", json!({"type": 3, "message": message})));
        }
        if self.abilities.watches {
            let globs = [
                "**/*.{md,mdc,json,jsonc,yaml,yml,toml}",
                "**/.{cursorrules,windsurfrules,clinerules,rules}",
            ];
            let watchers: Vec<Value> = globs.iter().map(|glob| json!({"globPattern": glob})).collect();
            let registration = json!({
                "id": "weighbridge-files",
                "method": "workspace/didChangeWatchedFiles",
                "registerOptions": {"watchers": watchers},
            });
            self.ask("client/registerCapability", json!({"registrations": [registration]}));
        }
    }

    fn ask(&mut self, method: &str, params: Value) {
        self.requests += 1;
        self.out.push(request(self.requests, method, params));
    }

    fn open(&mut self, params: &Value) {
        let Some(document) = params.get("textDocument") else { return };
        let text = document.get("text").and_then(Value::as_str);
        let uri = document.get("uri").and_then(Value::as_str);
        let (Some(uri), Some(text)) = (uri, text) else { return };
        let version = document.get("version").and_then(Value::as_i64).unwrap_or(0);
        // It may have been made a moment ago.
        self.changed_on_disk(uri);
        self.documents.insert(uri.to_owned(), Document { text: Text::new(text.to_owned()), version });
    }

    fn change(&mut self, params: &Value) {
        let Some(uri) = uri_in(params) else { return };
        let version = params.pointer("/textDocument/version").and_then(Value::as_i64);
        let changes = params.get("contentChanges").and_then(Value::as_array);
        let (Some(document), Some(changes)) = (self.documents.get_mut(uri), changes) else { return };
        for change in changes {
            let Some(text) = change.get("text").and_then(Value::as_str) else { continue };
            match change.get("range").filter(|range| !range.is_null()) {
                None => document.text = Text::new(text.to_owned()),
                Some(range) => {
                    if let Some(bytes) = document.text.bytes(range, self.abilities.style.encoding) {
                        document.text.replace(bytes, text);
                    }
                }
            }
        }
        document.version = version.unwrap_or(document.version);
        if let Some((at, _)) = self.place(uri)
            && let Some(workspace) = self.workspaces.get_mut(at)
        {
            workspace.stale = true;
        }
    }

    fn change_folders(&mut self, params: &Value) {
        let of = |list: &str| -> Vec<String> {
            let folders = params.pointer(&format!("/event/{list}")).and_then(Value::as_array);
            let folders = folders.into_iter().flatten();
            folders.filter_map(|folder| path_of(folder.get("uri")?.as_str()?)).collect()
        };
        for gone in of("removed") {
            let gone = gone.trim_end_matches('/');
            let at = self.workspaces.iter().position(|workspace| workspace.root == gone);
            if let Some(workspace) = at.map(|at| self.workspaces.remove(at)) {
                self.out.extend(workspace.told.values().map(|before| told(&before.uri, None, &[])));
            }
        }
        for root in of("added") {
            self.add_folder(&root);
        }
        // A folder within another one is judged by itself.
        self.workspaces.iter_mut().for_each(|workspace| workspace.stale = true);
    }

    fn changed_on_disk(&mut self, uri: &str) {
        let Some(path) = path_of(uri) else { return };
        for workspace in self.workspaces.iter_mut().filter(|workspace| workspace.inside(&path).is_some()) {
            workspace.changed_on_disk();
        }
    }

    /// The folder a document belongs to, the innermost of them, and its path there.
    pub(super) fn place(&self, uri: &str) -> Option<(usize, RepoPath)> {
        let path = path_of(uri)?;
        let inside = self.workspaces.iter().enumerate();
        let inside = inside.filter_map(|(at, workspace)| Some((at, workspace.inside(&path)?)));
        inside.min_by_key(|(_, path)| path.as_str().len())
    }

    /// Judges the folders in which something has changed.
    pub(super) fn judge(&mut self) {
        let places: Vec<(usize, RepoPath, &str)> = self
            .documents
            .iter()
            .filter_map(|(uri, document)| {
                let (at, path) = self.place(uri)?;
                Some((at, path, document.text.as_str()))
            })
            .collect();
        for (at, workspace) in self.workspaces.iter_mut().enumerate().filter(|(_, one)| one.stale) {
            let documents = places.iter().filter(|(of, ..)| *of == at);
            let documents = documents.map(|(_, path, text)| (path.clone(), *text));
            if let Err(reason) = workspace.judge(documents, self.world) {
                let message = format!("weighbridge cannot judge this folder: {}", visible(&reason));
                self.out.push(notification("window/showMessage", json!({"type": 1, "message": message})));
            }
        }
    }

    /// Tells the client what is new since it was last told.
    pub(super) fn publish(&mut self) {
        let mut messages = Vec::new();
        let mut told_now = Vec::new();
        let open: BTreeMap<(usize, RepoPath), &String> =
            self.documents.keys().filter_map(|uri| Some((self.place(uri)?, uri))).collect();
        for (at, workspace) in self.workspaces.iter().enumerate() {
            let Some(judged) = &workspace.judged else { continue };
            let mut now = BTreeMap::new();
            let paths: BTreeSet<&RepoPath> = judged.findings.keys().chain(workspace.told.keys()).collect();
            for path in paths {
                let uri = open.get(&(at, path.clone()));
                let document = uri.and_then(|uri| self.documents.get(*uri));
                let version = document.map(|document| document.version);
                let findings = judged.of(path);
                let before = workspace.told.get(path);
                let uri = uri.map_or_else(|| workspace.uri(path), |uri| (*uri).clone());
                if !findings.is_empty() {
                    now.insert(path.clone(), Told { version, findings: findings.to_vec(), uri: uri.clone() });
                }
                let same =
                    |told: &Told| told.version == version && told.findings == findings && told.uri == uri;
                if before.is_some_and(same) || (before.is_none() && findings.is_empty()) {
                    continue;
                }
                // Under its other address the file would keep what was said.
                messages.extend(
                    before.filter(|before| before.uri != uri).map(|before| told(&before.uri, None, &[])),
                );
                let read = if document.is_none() { text_of(judged, path) } else { Text::default() };
                let text = document.map_or(&read, |document| &document.text);
                let found = diagnostics::diagnostics(findings, &uri, text, self.abilities.style);
                messages.push(told(&uri, version, &found));
            }
            told_now.push((at, now));
        }
        let refreshed = !messages.is_empty() && self.abilities.refreshes;
        self.out.extend(messages);
        for (at, now) in told_now {
            if let Some(workspace) = self.workspaces.get_mut(at) {
                workspace.told = now;
            }
        }
        if refreshed {
            self.ask("workspace/inlayHint/refresh", Value::Null);
        }
    }
}

/// The text of a file that is not open.
fn text_of(judged: &Judged, path: &RepoPath) -> Text {
    let bytes = judged.head.tree.read(path, MAX_TEXT);
    let text = bytes.map_or_else(|_| String::new(), |bytes| String::from_utf8_lossy(&bytes).into_owned());
    Text::new(text)
}

fn told(uri: &str, version: Option<i64>, found: &[Value]) -> Value {
    let mut params = json!({"uri": uri, "diagnostics": found});
    if let (Value::Object(params), Some(version)) = (&mut params, version) {
        params.insert("version".to_owned(), json!(version));
    }
    notification("textDocument/publishDiagnostics", params)
}

pub(super) fn uri_in(params: &Value) -> Option<&str> {
    params.pointer("/textDocument/uri")?.as_str()
}

/// The request that is taken back.
fn cancelled(message: &Result<Incoming, Value>) -> Option<String> {
    match message {
        Ok(Incoming::Notification { method, params }) if method == "$/cancelRequest" => {
            Some(params.get("id")?.to_string())
        }
        _ => None,
    }
}
