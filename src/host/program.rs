//! Programs that are started as values: what is started with which variables, and the two ends of the talk with it.

use super::http::BoxFuture;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncRead, AsyncWrite};

/// How much of what a program says on its standard error is kept, in bytes: the end of it.
const MAX_TAIL_BYTES: usize = 16 * 1024;

/// A program to start.
///
/// `Debug` shows neither arguments nor values: both may hold credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct Program {
    /// Its name, or a path to it.
    pub command: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// All of its environment: nothing of ours is passed on besides.
    pub environment: BTreeMap<String, String>,
    /// The folder it is started in.
    pub folder: PathBuf,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} arguments, ***)", self.command, self.arguments.len())
    }
}

/// A program that has been started. It ends, with everything it has started itself, when its input is closed: also
/// when we are killed.
pub struct Running {
    /// What it reads.
    pub input: Box<dyn AsyncWrite + Send + Unpin>,
    /// What it writes.
    pub output: Box<dyn AsyncRead + Send + Unpin>,
    /// The end of what it says on its standard error.
    pub errors: Tail,
    /// Done when it has ended and nothing of it is left. Its input has to be closed first.
    pub ended: BoxFuture<'static, ()>,
}

/// The program could not be started.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot start a program: {reason}")]
pub struct ProgramError {
    /// What the world said.
    pub reason: String,
}

/// The end of a text that may be endless.
#[derive(Clone, Debug, Default)]
pub struct Tail(Arc<Mutex<Vec<u8>>>);

impl Tail {
    /// Adds to the end.
    pub fn push(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(bytes);
        let surplus = kept.len().saturating_sub(MAX_TAIL_BYTES);
        kept.drain(..surplus);
    }

    /// What is kept.
    pub fn text(&self) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&kept).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_is_kept() {
        let tail = Tail::default();
        tail.push(&vec![b'a'; MAX_TAIL_BYTES]);
        tail.push(b"end");
        assert_eq!(tail.text().len(), MAX_TAIL_BYTES);
        assert!(tail.text().ends_with("aend"));
    }

    #[test]
    fn arguments_and_values_are_not_shown() {
        let environment = BTreeMap::from([("KEY".to_owned(), "hunter2".to_owned())]);
        let program = Program {
            command: "server".to_owned(),
            arguments: vec!["--token=hunter2".to_owned()],
            environment,
            folder: PathBuf::new(),
        };
        assert!(!format!("{program:?}").contains("hunter2"));
    }
}
