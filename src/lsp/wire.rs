//! JSON-RPC as the Language Server Protocol frames it: bytes to messages, and messages to bytes.
//!
//! Written here and not taken from a library: those that fit end with the first message they cannot read, and reserve
//! whatever length is announced.

use serde_json::{Value, json};

/// Longer messages are skipped, in bytes. The text of a document of 10 MB, escaped, has room.
pub const MAX_BODY: usize = 64 * 1024 * 1024;
/// Longer headers are no headers, in bytes.
const MAX_HEADER: usize = 8 * 1024;

/// Error codes of JSON-RPC and of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// It is no JSON.
    Parse = -32700,
    /// It is no message, or comes at the wrong time.
    InvalidRequest = -32600,
    /// There is no such method here.
    MethodNotFound = -32601,
    /// The parameters do not fit the method.
    InvalidParams = -32602,
    /// `initialize` has to come first.
    ServerNotInitialized = -32002,
    /// The client does not want the answer any more.
    RequestCancelled = -32800,
}

/// A message of the client.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// Wants an answer.
    Request {
        /// A number or a text.
        id: Value,
        /// What is asked.
        method: String,
        /// About what.
        params: Value,
    },
    /// Wants none.
    Notification {
        /// What has happened.
        method: String,
        /// To what.
        params: Value,
    },
    /// The answer to a request of ours.
    Answer,
}

/// Reads a message.
///
/// # Errors
/// The answer to what is none.
pub fn read(body: &[u8]) -> Result<Incoming, Value> {
    let message: Value = serde_json::from_slice(body)
        .map_err(|error| failure(&Value::Null, Code::Parse, &format!("this is no JSON: {error}")))?;
    let Value::Object(mut message) = message else {
        return Err(failure(&Value::Null, Code::InvalidRequest, "a message is an object"));
    };
    let id = message.shift_remove("id");
    let params = message.shift_remove("params").unwrap_or(Value::Null);
    match (message.shift_remove("method"), id) {
        (Some(Value::String(method)), Some(id @ (Value::Number(_) | Value::String(_)))) => {
            Ok(Incoming::Request { id, method, params })
        }
        (Some(Value::String(method)), None) => Ok(Incoming::Notification { method, params }),
        (None, Some(_)) if message.contains_key("result") || message.contains_key("error") => {
            Ok(Incoming::Answer)
        }
        (_, id) => {
            let id = id.filter(|id| id.is_number() || id.is_string()).unwrap_or(Value::Null);
            Err(failure(
                &id,
                Code::InvalidRequest,
                "a message has a method, and an id that is a number or a text",
            ))
        }
    }
}

/// The answer to a request.
pub fn success(id: &Value, result: Value) -> Value {
    let mut message = json!({"jsonrpc": "2.0", "id": id});
    if let Value::Object(message) = &mut message {
        message.insert("result".to_owned(), result);
    }
    message
}

/// The answer to a request that cannot be answered.
pub fn failure(id: &Value, code: Code, message: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code as i32, "message": message}})
}

/// Something the client should know.
pub fn notification(method: &str, params: Value) -> Value {
    let mut message = json!({"jsonrpc": "2.0", "method": method});
    if let Value::Object(message) = &mut message {
        message.insert("params".to_owned(), params);
    }
    message
}

/// Something the client is asked for.
pub fn request(id: u64, method: &str, params: Value) -> Value {
    let mut message = notification(method, params);
    if let Value::Object(message) = &mut message {
        message.insert("id".to_owned(), json!(format!("weighbridge-{id}")));
    }
    message
}

/// A message with its header, ready to be written.
pub fn frame(message: &Value) -> String {
    let body = message.to_string();
    format!("Content-Length: {}\r\n\r\n{body}", body.len())
}

/// Cuts a stream of bytes into the bodies of messages. Whatever comes, it goes on with what follows.
#[derive(Debug)]
pub struct Decoder {
    bytes: Vec<u8>,
    state: State,
    limit: usize,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Before or in a header; the length, once it has been read.
    Header(Option<usize>),
    /// In a body of so many bytes.
    Body(usize),
    /// In a body that is too long: so many bytes are still to come.
    Skipped(usize),
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new(MAX_BODY)
    }
}

impl Decoder {
    /// Bodies of more than `limit` bytes are skipped.
    pub const fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), state: State::Header(None), limit }
    }

    /// Takes what was read, and gives the bodies that are whole now. In place of one that cannot be read stands why.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Result<Vec<u8>, String>> {
        self.bytes.extend_from_slice(bytes);
        let mut found = Vec::new();
        let mut at = 0;
        loop {
            let rest = self.bytes.get(at..).unwrap_or_default();
            let taken = match self.state {
                State::Header(length) => match header(rest) {
                    Line::Part => break,
                    Line::Overlong => {
                        found.push(Err("a header that does not end".to_owned()));
                        self.state = State::Header(None);
                        rest.len()
                    }
                    Line::Whole(line, taken) => {
                        let (state, fault) = after_line(length, line, self.limit);
                        self.state = state;
                        found.extend(fault.map(Err));
                        taken
                    }
                },
                State::Body(length) => match rest.get(..length) {
                    None => break,
                    Some(body) => {
                        found.push(Ok(body.to_vec()));
                        self.state = State::Header(None);
                        length
                    }
                },
                State::Skipped(length) => {
                    let taken = length.min(rest.len());
                    if taken < length {
                        self.state = State::Skipped(length - taken);
                        at += taken;
                        break;
                    }
                    self.state = State::Header(None);
                    taken
                }
            };
            at += taken;
        }
        self.bytes.drain(..at.min(self.bytes.len()));
        found
    }
}

/// A line of a header.
enum Line<'a> {
    /// Its end has not come yet.
    Part,
    /// Its end is too far away.
    Overlong,
    /// The line without its end, and how many bytes it takes with it.
    Whole(&'a [u8], usize),
}

fn header(bytes: &[u8]) -> Line<'_> {
    match memchr::memchr(b'\n', bytes.get(..bytes.len().min(MAX_HEADER)).unwrap_or_default()) {
        Some(end) => Line::Whole(bytes.get(..end).unwrap_or_default().trim_ascii(), end + 1),
        None if bytes.len() < MAX_HEADER => Line::Part,
        None => Line::Overlong,
    }
}

fn after_line(length: Option<usize>, line: &[u8], limit: usize) -> (State, Option<String>) {
    if line.is_empty() {
        return match length {
            Some(length) if length > limit => {
                let fault = format!("a message of {length} bytes is longer than the {limit} that are read");
                (State::Skipped(length), Some(fault))
            }
            Some(length) => (State::Body(length), None),
            // An empty line between messages means nothing.
            None => (State::Header(None), None),
        };
    }
    let (name, value) = line.iter().position(|byte| *byte == b':').map_or((line, None), |colon| {
        let (name, value) = line.split_at(colon);
        (name, value.get(1..))
    });
    let number = value.and_then(|value| std::str::from_utf8(value).ok()?.trim().parse().ok());
    match (name.eq_ignore_ascii_case(b"content-length"), number) {
        (true, Some(number)) => (State::Header(Some(number)), None),
        (true, None) => (State::Header(None), Some("a Content-Length that is no number".to_owned())),
        (false, _) if name.eq_ignore_ascii_case(b"content-type") => (State::Header(length), None),
        (false, _) => {
            // After a length that was wrong, a header stands behind the rest of a body.
            let late = after_rest(line);
            (State::Header(late.or(length)), Some("a line that is no header of a message".to_owned()))
        }
    }
}

/// The length in a header that follows the rest of something else on its line.
fn after_rest(line: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length:";
    let at = line.windows(NAME.len()).rposition(|window| window.eq_ignore_ascii_case(NAME))?;
    std::str::from_utf8(line.get(at + NAME.len()..)?).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fmt::Write as _;

    fn text(found: Vec<Result<Vec<u8>, String>>) -> Vec<Result<String, String>> {
        found.into_iter().map(|one| one.map(|body| String::from_utf8(body).unwrap())).collect()
    }

    #[test]
    fn messages_follow_each_other_whatever_stands_between_them() {
        let mut decoder = Decoder::new(10);
        let stream = b"Content-Length: 2\r\n\r\n{}what is this\r\ncontent-length: x\r\n\r\nContent-Length: 3\r\nContent-Type: a\r\n\r\n[1]\
                       Content-Length: 12\r\n\r\n123456789012Content-Length: 1\n\n7";
        let found = text(decoder.push(stream));
        let bodies: Vec<&str> = found.iter().flatten().map(String::as_str).collect();
        assert_eq!(bodies, ["{}", "[1]", "7"]);
        let faults: Vec<&str> =
            found.iter().filter_map(|one| one.as_ref().err()).map(String::as_str).collect();
        assert_eq!(
            faults,
            [
                "a line that is no header of a message",
                "a Content-Length that is no number",
                "a message of 12 bytes is longer than the 10 that are read"
            ]
        );
    }

    #[test]
    fn after_a_wrong_length_the_next_message_or_the_one_after_it_is_read() {
        for wrong in [-1_isize, 1] {
            let mut decoder = Decoder::default();
            let bodies = ["{\"a\":\"é\"}", "{\"b\":1}", "{\"c\":2}", "{\"d\":3}"];
            let mut stream = String::new();
            for (at, body) in bodies.iter().enumerate() {
                let length = body.len().checked_add_signed(if at == 0 { wrong } else { 0 }).unwrap();
                let _ = write!(stream, "Content-Length: {length}\r\n\r\n{body}");
            }
            let found = text(
                decoder
                    .push(stream.as_bytes())
                    .into_iter()
                    .filter(|one| one.as_ref().is_ok_and(|body| std::str::from_utf8(body).is_ok()))
                    .collect(),
            );
            let last: Vec<&str> = found.iter().flatten().map(String::as_str).collect();
            assert!(last.ends_with(&bodies[2..]), "{wrong}: {last:?}");
        }
    }

    #[test]
    fn a_length_that_cannot_be_takes_no_memory() {
        let mut decoder = Decoder::default();
        let found = decoder.push(b"Content-Length: 18446744073709551615\r\n\r\nabc");
        assert_eq!(found.len(), 1);
        assert!(decoder.bytes.capacity() < 1000, "{decoder:?}");
        let found = decoder.push(&vec![b'x'; 3 * MAX_HEADER]);
        assert!(found.is_empty() && decoder.bytes.is_empty());
        assert_eq!(Decoder::default().push(&vec![b'x'; 3 * MAX_HEADER]).len(), 1);
    }

    #[test]
    fn what_is_no_message_is_answered() {
        let code =
            |body: &str| read(body.as_bytes()).map_err(|answer| answer["error"]["code"].as_i64().unwrap());
        assert_eq!(code("{"), Err(-32700));
        assert_eq!(code("\u{1}"), Err(-32700));
        assert_eq!(code("[]"), Err(-32600));
        assert_eq!(code("{\"id\": 1}"), Err(-32600));
        assert_eq!(code("{\"id\": {}, \"method\": \"x\"}"), Err(-32600));
        assert_eq!(code(&"[".repeat(100_000)), Err(-32700));
        assert_eq!(code("{\"id\": 1, \"result\": null}"), Ok(Incoming::Answer));
        let asked = code("{\"id\": \"a\", \"method\": \"x\"}");
        assert_eq!(
            asked,
            Ok(Incoming::Request { id: json!("a"), method: "x".to_owned(), params: Value::Null })
        );
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(
            bodies in proptest::collection::vec("[a-zé\n]{0,30}", 0..6),
            cuts in proptest::collection::vec(1_usize..40, 0..40),
        ) {
            let stream: Vec<String> =
                bodies.iter().map(|body| format!("Content-Length: {}\r\n\r\n{body}", body.len())).collect();
            let stream = stream.concat();
            let mut decoder = Decoder::new(100);
            let (mut found, mut rest) = (Vec::new(), stream.as_bytes());
            for cut in cuts {
                let (head, tail) = rest.split_at(cut.min(rest.len()));
                found.extend(decoder.push(head));
                rest = tail;
            }
            found.extend(decoder.push(rest));
            let found: Vec<String> = text(found).into_iter().map(Result::unwrap).collect();
            prop_assert_eq!(found, bodies);
        }

        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400), after in "[a-z]{1,9}") {
            let mut decoder = Decoder::new(100);
            for body in decoder.push(&bytes).into_iter().flatten() {
                let _ = read(&body);
            }
            let _ = decoder.push(after.as_bytes());
        }
    }
}
