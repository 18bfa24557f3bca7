//! What a server really said: the results of its answers as raw JSON, read off the wire beside `rmcp`.

use serde_json::Value;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, ReadBuf};

/// Keeps results until somebody asks for them, and counts bytes.
#[derive(Clone)]
pub(super) struct Frames {
    inner: Arc<Mutex<Inner>>,
    limit: u64,
}

#[derive(Default)]
struct Inner {
    line: Vec<u8>,
    results: Vec<Value>,
    bytes: u64,
}

impl Frames {
    pub(super) fn new(limit: u64) -> Self {
        Self { inner: Arc::default(), limit }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The results since the last time, in order.
    pub(super) fn take(&self) -> Vec<Value> {
        self.with(|inner| std::mem::take(&mut inner.results))
    }

    /// True when the server has said more than it may.
    pub(super) fn is_full(&self) -> bool {
        self.with(|inner| inner.bytes > self.limit)
    }

    /// Counts bytes; an error when there are too many.
    pub(super) fn count(&self, bytes: usize) -> io::Result<()> {
        self.with(|inner| inner.bytes = inner.bytes.saturating_add(bytes as u64));
        if self.is_full() { Err(io::Error::other("the server has said too much")) } else { Ok(()) }
    }

    /// Keeps the result of a message that is one.
    pub(super) fn message(&self, message: &[u8]) {
        let Ok(Value::Object(mut message)) = serde_json::from_slice(message) else { return };
        if let Some(result) = message.shift_remove("result") {
            self.with(|inner| inner.results.push(result));
        }
    }

    fn lines(&self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(at) = memchr::memchr(b'\n', rest) {
            let (head, tail) = rest.split_at(at);
            let line = self.with(|inner| {
                inner.line.extend_from_slice(head);
                std::mem::take(&mut inner.line)
            });
            self.message(&line);
            rest = tail.get(1..).unwrap_or(&[]);
        }
        self.with(|inner| inner.line.extend_from_slice(rest));
    }
}

/// Reads from a program, and shows what it reads to the [`Frames`].
pub(super) struct Tee<R> {
    pub(super) from: R,
    pub(super) frames: Frames,
}

impl<R: AsyncRead + Unpin> AsyncRead for Tee<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.from).poll_read(context, buffer))?;
        let fresh = buffer.filled().get(before..).unwrap_or(&[]);
        self.frames.count(fresh.len())?;
        self.frames.lines(fresh);
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn only_results_are_kept_and_too_much_is_an_error() {
        let frames = Frames::new(50);
        frames.lines(b"log\n{\"id\":1,\"result\":{\"x\":1,\"own\":2}}\n{\"method\":\"ping\"}\n{\"id\":2");
        assert_eq!(frames.take(), [json!({"x": 1, "own": 2})]);
        assert!(frames.count(50).is_ok() && frames.count(1).is_err() && frames.is_full());
    }

    proptest! {
        #[test]
        fn lines_may_come_in_any_pieces(cuts in proptest::collection::vec(1_usize..20, 0..20)) {
            let text = b"{\"result\":{\"a\":1}}\n\n{\"error\":1}\n{\"result\":[2]}\nrest";
            let frames = Frames::new(1000);
            let mut rest = &text[..];
            for cut in cuts {
                let (head, tail) = rest.split_at(cut.min(rest.len()));
                frames.lines(head);
                rest = tail;
            }
            frames.lines(rest);
            prop_assert_eq!(frames.take(), vec![json!({"a": 1}), json!([2])]);
        }
    }
}
