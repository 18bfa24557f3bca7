//! The real binary in an environment that holds nothing but what the test gives, and git repositories whose
//! authors and dates never change.
#![expect(clippy::disallowed_methods, reason = "tests start processes and write files; the product does not")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A temporary world: a home, a cache, and `work`, where things are judged.
pub(crate) struct Sandbox {
    root: tempfile::TempDir,
}

/// What a run of the program left behind.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A run of the program that is being prepared.
pub(crate) struct Run {
    command: Command,
    root: PathBuf,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        let root = tempfile::Builder::new().prefix("weighbridge-it-").tempdir().unwrap();
        for folder in ["home", "cache", "work"] {
            fs::create_dir(root.path().join(folder)).unwrap();
        }
        Self { root }
    }

    /// A path below the temporary folder, as the kernel names it.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.root.path().canonicalize().unwrap().join(below)
    }

    /// A sandbox whose `work` holds these files.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let sandbox = Self::new();
        sandbox.write_all("work", files);
        sandbox
    }

    pub(crate) fn write_all(&self, folder: &str, files: &[(&str, &str)]) {
        for (path, text) in files {
            write(&self.path(folder).join(path), text.as_bytes());
        }
    }

    /// The program in `work` with these arguments.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weighbridge"));
        command
            .args(args)
            .env_clear()
            .env("HOME", self.path("home"))
            .env("XDG_CACHE_HOME", self.path("cache"))
            .current_dir(self.path("work"))
            .stdin(Stdio::null());
        Run { command, root: self.path("") }
    }

    /// Runs the program and hands out what it left.
    pub(crate) fn outcome(&self, args: &[&str]) -> Outcome {
        self.run(args).outcome()
    }
}

impl Run {
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn envs<'a>(mut self, all: impl IntoIterator<Item = &'a (&'a str, String)>) -> Self {
        for (name, value) in all {
            self.command.env(name, value);
        }
        self
    }

    pub(crate) fn dir(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub(crate) fn outcome(mut self) -> Outcome {
        let output = self.command.output().unwrap();
        let text = |bytes: &[u8]| placeholders(&String::from_utf8_lossy(bytes), &self.root);
        Outcome {
            code: output.status.code().expect("ended by a signal"),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// For tests that need the process itself.
    pub(crate) fn into_command(self) -> Command {
        self.command
    }
}

impl Outcome {
    /// Asserts the exit code; on failure shows everything the program said.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in\n{}", self.stdout))
    }
}

/// Replaces what differs from machine to machine and from release to release.
pub(crate) fn placeholders(text: &str, root: &Path) -> String {
    let root = root.to_string_lossy();
    text.replace(root.trim_end_matches('/'), "[ROOT]")
        .replace(&format!("weighbridge {}", env!("CARGO_PKG_VERSION")), "weighbridge [VERSION]")
        .replace(weighbridge::rules::agnix::RULE_SET, "[RULES]")
        .replace(weighbridge::cost::prices::BOOK, "[PRICES]")
}

/// Writes a file, creating its folder.
pub(crate) fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Reads a text file; a missing one is empty.
pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// Copies a folder with everything below it; links stay links.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().unwrap();
        if kind.is_symlink() {
            symlink(&fs::read_link(&from).unwrap(), &to);
        } else if kind.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

/// A symbolic link.
pub(crate) fn symlink(target: &Path, link: &Path) {
    fs::create_dir_all(link.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(target, link).unwrap();
}

/// Every file below a folder, relative, sorted.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    fn walk(at: &Path, root: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(at).unwrap_or_else(|error| panic!("{}: {error}", at.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.is_symlink() {
                walk(&path, root, found);
            } else {
                found.push(path.strip_prefix(root).unwrap().to_owned());
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, folder, &mut found);
    found.sort();
    found
}

/// The root of the source tree.
pub(crate) fn source_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether a switch for the people who run the tests is on.
pub(crate) fn switch(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// A git repository, made with the `git` program.
pub(crate) struct Git {
    folder: PathBuf,
}

impl Git {
    /// An empty repository at `work` with the branch `main`.
    pub(crate) fn init(folder: PathBuf) -> Self {
        fs::create_dir_all(&folder).unwrap();
        let git = Self { folder };
        git.call(&["init", "--quiet", "--initial-branch=main"]);
        git
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Calls git and hands out its answer.
    #[track_caller]
    pub(crate) fn call(&self, args: &[&str]) -> String {
        let date = "2026-01-02T03:04:05Z";
        let output = Command::new("git")
            .args(["-c", "protocol.file.allow=always", "-c", "core.quotePath=false"])
            .args(args)
            .current_dir(&self.folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")])
            .envs([
                ("GIT_AUTHOR_NAME", "Ada"),
                ("GIT_AUTHOR_EMAIL", "ada@example.com"),
                ("GIT_AUTHOR_DATE", date),
            ])
            .envs([("GIT_COMMITTER_NAME", "Ada"), ("GIT_COMMITTER_EMAIL", "ada@example.com")])
            .env("GIT_COMMITTER_DATE", date)
            .output()
            .expect("git is installed");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {args:?}: {said}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Writes these files and commits everything; the result is the commit's id.
    pub(crate) fn commit(&self, message: &str, files: &[(&str, &str)]) -> String {
        for (path, text) in files {
            write(&self.folder.join(path), text.as_bytes());
        }
        self.call(&["add", "--all"]);
        self.call(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.call(&["rev-parse", "HEAD"])
    }
}
