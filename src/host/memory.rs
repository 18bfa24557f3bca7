//! A world made of values, for tests and examples: nothing in it touches the real one.

use super::http::{BoxFuture, Http, HttpError, Request, Response};
use super::program::{Program, ProgramError, Running, Tail};
use super::{FileError, GitError, Host, Repository, Var};
use crate::base::Tree;
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What a program answers to a line, line by line.
type Answer = Arc<dyn Fn(&str) -> Vec<String> + Send + Sync>;

/// Answers from values. Sleeping returns at once, is recorded, and moves the clock.
pub struct MemoryHost {
    env: BTreeMap<Var, String>,
    named: BTreeMap<String, String>,
    programs: BTreeMap<String, Answer>,
    started: Mutex<Vec<Program>>,
    current_dir: PathBuf,
    files: Mutex<BTreeMap<PathBuf, Vec<u8>>>,
    trees: BTreeMap<PathBuf, Arc<dyn Tree>>,
    repository: Option<Arc<dyn Repository>>,
    http: Arc<dyn Http>,
    clock: Mutex<jiff::Timestamp>,
    sleeps: Mutex<Vec<Duration>>,
    nonces: AtomicU64,
}

impl Default for MemoryHost {
    /// An empty world on 2026-11-21, 12:00 UTC, in the folder `/work`, without a network.
    fn default() -> Self {
        Self {
            env: BTreeMap::new(),
            named: BTreeMap::new(),
            programs: BTreeMap::new(),
            started: Mutex::default(),
            current_dir: PathBuf::from("/repo"),
            files: Mutex::default(),
            trees: BTreeMap::new(),
            repository: None,
            http: Arc::new(ScriptedHttp::default()),
            clock: Mutex::new(jiff::Timestamp::from_second(1_795_262_400).unwrap_or_default()),
            sleeps: Mutex::default(),
            nonces: AtomicU64::new(0),
        }
    }
}

impl MemoryHost {
    /// The empty world.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn with_env(mut self, var: Var, value: impl Into<String>) -> Self {
        self.env.insert(var, value.into());
        self
    }

    /// Sets a variable that a configuration may name.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.named.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Puts a program that answers each line it reads with others.
    #[must_use]
    pub fn with_program(
        mut self,
        command: &str,
        answer: impl Fn(&str) -> Vec<String> + Send + Sync + 'static,
    ) -> Self {
        self.programs.insert(command.to_owned(), Arc::new(answer));
        self
    }

    /// What was started, in order.
    pub fn started(&self) -> Vec<Program> {
        lock(&self.started).clone()
    }

    /// Puts a file outside any tree.
    #[must_use]
    pub fn with_file(self, path: impl Into<PathBuf>, content: impl Into<Vec<u8>>) -> Self {
        lock(&self.files).insert(path.into(), content.into());
        self
    }

    /// Puts a tree at a folder.
    #[must_use]
    pub fn with_tree(mut self, path: impl Into<PathBuf>, tree: Arc<dyn Tree>) -> Self {
        self.trees.insert(path.into(), tree);
        self
    }

    /// Puts everything into a git repository.
    #[must_use]
    pub fn with_repository(mut self, repository: Arc<dyn Repository>) -> Self {
        self.repository = Some(repository);
        self
    }

    /// Replaces the network.
    #[must_use]
    pub fn with_http(mut self, http: Arc<dyn Http>) -> Self {
        self.http = http;
        self
    }

    /// Replaces the network by a function.
    #[must_use]
    pub fn with_responder(
        self,
        respond: impl Fn(Request) -> Result<Response, HttpError> + Send + Sync + 'static,
    ) -> Self {
        self.with_http(Arc::new(FnHttp(respond)))
    }

    /// Sets the clock.
    #[must_use]
    pub fn at(self, now: jiff::Timestamp) -> Self {
        *lock(&self.clock) = now;
        self
    }

    /// The content of a file, whoever wrote it.
    pub fn file(&self, path: impl AsRef<Path>) -> Option<Vec<u8>> {
        lock(&self.files).get(path.as_ref()).cloned()
    }

    /// Like [`MemoryHost::file`], as text.
    pub fn text(&self, path: impl AsRef<Path>) -> Option<String> {
        self.file(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Every wait that was asked for, in order.
    pub fn sleeps(&self) -> Vec<Duration> {
        lock(&self.sleeps).clone()
    }
}

impl Host for MemoryHost {
    fn env(&self, var: Var) -> Option<String> {
        self.env.get(&var).filter(|value| !value.is_empty()).cloned()
    }

    fn named_variable(&self, name: &str) -> Option<String> {
        self.named.get(name).cloned()
    }

    fn current_dir(&self) -> PathBuf {
        self.current_dir.clone()
    }

    fn now(&self) -> jiff::Timestamp {
        *lock(&self.clock)
    }

    fn read_file(&self, path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
        let refuse = |reason: String| FileError { action: "read", path: path.to_owned(), reason };
        let content = self.file(path).ok_or_else(|| refuse("there is no such file".to_owned()))?;
        if content.len() as u64 > limit {
            return Err(refuse(format!(
                "it has {} bytes, more than the {limit} that are read",
                content.len()
            )));
        }
        Ok(content)
    }

    fn write_file(&self, path: &Path, content: &[u8]) -> Result<(), FileError> {
        lock(&self.files).insert(path.to_owned(), content.to_owned());
        Ok(())
    }

    fn make_executable(&self, path: &Path) -> Result<(), FileError> {
        let refuse = || FileError {
            action: "change",
            path: path.to_owned(),
            reason: "there is no such file".to_owned(),
        };
        lock(&self.files).get(path).map(drop).ok_or_else(refuse)
    }

    fn append_file(&self, path: &Path, content: &[u8]) -> Result<(), FileError> {
        lock(&self.files).entry(path.to_owned()).or_default().extend_from_slice(content);
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> Result<(), FileError> {
        lock(&self.files).remove(path);
        Ok(())
    }

    fn real_path(&self, path: &Path) -> Result<PathBuf, FileError> {
        Ok(path.to_owned())
    }

    fn is_folder(&self, path: &Path) -> Option<bool> {
        Some(!lock(&self.files).contains_key(path))
    }

    fn list_dir(&self, path: &Path) -> Result<Vec<String>, FileError> {
        let mut names: Vec<String> = lock(&self.files)
            .keys()
            .filter_map(|file| file.strip_prefix(path).ok()?.components().next())
            .map(|name| name.as_os_str().to_string_lossy().into_owned())
            .collect();
        names.dedup();
        Ok(names)
    }

    fn open_dir(&self, path: &Path) -> Result<Arc<dyn Tree>, FileError> {
        self.trees.get(path).cloned().ok_or_else(|| FileError {
            action: "list",
            path: path.to_owned(),
            reason: "there is no such folder".to_owned(),
        })
    }

    fn open_repository(&self, _path: &Path) -> Result<Option<Arc<dyn Repository>>, GitError> {
        Ok(self.repository.clone())
    }

    fn nonce(&self) -> String {
        format!("{:016x}", self.nonces.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn http(&self) -> &Arc<dyn Http> {
        &self.http
    }

    fn start(&self, program: &Program) -> Result<Running, ProgramError> {
        lock(&self.started).push(program.clone());
        let Some(answer) = self.programs.get(&program.command).cloned() else {
            return Err(ProgramError { reason: format!("there is no program `{}`", program.command) });
        };
        let (input, theirs) = tokio::io::duplex(64 * 1024);
        let (ours, output) = tokio::io::duplex(64 * 1024);
        let talk = tokio::spawn(converse(theirs, ours, answer));
        let ended = Box::pin(async move { drop(talk.await) });
        Ok(Running { input: Box::new(input), output: Box::new(output), errors: Tail::default(), ended })
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        lock(&self.sleeps).push(duration);
        let mut clock = lock(&self.clock);
        let later =
            jiff::SignedDuration::try_from(duration).ok().and_then(|span| clock.checked_add(span).ok());
        *clock = later.unwrap_or(*clock);
        Box::pin(std::future::ready(()))
    }
}

/// Gives prepared answers in order and remembers what was asked; out of answers, it cannot connect.
#[derive(Debug, Default)]
pub struct ScriptedHttp {
    answers: Mutex<VecDeque<Result<Response, HttpError>>>,
    requests: Mutex<Vec<Request>>,
}

impl ScriptedHttp {
    /// Prepares the answers.
    pub fn new(answers: impl IntoIterator<Item = Result<Response, HttpError>>) -> Self {
        Self { answers: Mutex::new(answers.into_iter().collect()), requests: Mutex::default() }
    }

    /// What was asked, in order.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.requests).clone()
    }
}

impl Http for ScriptedHttp {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        let host = request.url.clone();
        lock(&self.requests).push(request);
        let nothing = || HttpError::Connect { host, reason: "the script has no more answers".to_owned() };
        let answer = lock(&self.answers).pop_front().unwrap_or_else(|| Err(nothing()));
        Box::pin(std::future::ready(answer))
    }
}

/// Answers by a function.
struct FnHttp<F>(F);

impl<F: Fn(Request) -> Result<Response, HttpError> + Send + Sync> Http for FnHttp<F> {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        Box::pin(std::future::ready(self.0(request)))
    }
}

/// Reads lines and answers them, until there are no more.
async fn converse(from: tokio::io::DuplexStream, mut to: tokio::io::DuplexStream, answer: Answer) {
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
    let mut lines = BufReader::new(from).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        for said in answer(&line) {
            if to.write_all(format!("{said}\n").as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

/// A response with a JSON or text body.
pub fn response(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Response {
    Response {
        status,
        headers: headers.iter().map(|(name, value)| (name.to_lowercase(), (*value).to_owned())).collect(),
        body: body.into(),
    }
}

/// A panic in another test thread must not turn into a second one here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
