//! Servers that are functions, asked as real ones are.

use super::super::target::target;
use super::*;
use crate::agent::mcp::servers::of_file;
use crate::base::RepoPath;
use crate::host::MemoryHost;
use crate::host::memory::response;
use serde_json::json;
use std::path::Path;

/// A server of the older protocol, as its answers to methods.
fn legacy(request: &Value) -> Value {
    match request["method"].as_str().unwrap_or_default() {
        "initialize" => json!({
            "protocolVersion": "2025-11-25",
            "capabilities": {"tools": {}, "prompts": {}, "own": 1},
            "serverInfo": {"name": "s", "version": "1", "build": 7},
            "instructions": "Speak softly",
        }),
        "tools/list" => match request["params"]["cursor"].as_str() {
            None => {
                json!({"tools": [{"name": "b", "inputSchema": {"type": "object"}, "own": [1]}], "nextCursor": "2"})
            }
            Some(_) => {
                json!({"tools": [{"name": "a", "description": "key s3cret-value", "inputSchema": {"type": "object"}}]})
            }
        },
        _ => Value::Null,
    }
}

/// A server of the newer one.
fn modern(request: &Value) -> Value {
    match request["method"].as_str().unwrap_or_default() {
        "server/discover" => json!({
            "supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}, "instructions": "New",
            "resultType": "complete", "ttlMs": 0, "cacheScope": "private",
            "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "m", "version": "2"}},
        }),
        "tools/list"
            if request["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] == "2026-07-28" =>
        {
            json!({"tools": [{"name": "now", "inputSchema": {"type": "object"}}],
                   "resultType": "complete", "ttlMs": 0, "cacheScope": "private"})
        }
        _ => Value::Null,
    }
}

fn answer(line: &str, server: fn(&Value) -> Value) -> Option<Value> {
    let request: Value = serde_json::from_str(line).unwrap();
    let id = request.get("id")?;
    Some(match server(&request) {
        Value::Null => {
            json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32601, "message": "Method not found"}})
        }
        result => json!({"jsonrpc": "2.0", "id": id, "result": result}),
    })
}

fn program(server: fn(&Value) -> Value) -> MemoryHost {
    MemoryHost::new()
        .with_variable("KEY", "s3cret-value")
        .with_program("server", move |line| answer(line, server).iter().map(Value::to_string).collect())
}

fn reach(host: &MemoryHost, text: &str) -> Target {
    let path = RepoPath::new(".mcp.json").unwrap();
    let server = of_file(&path, crate::base::Client::ClaudeCode, text).unwrap().remove(0);
    target(&server, Path::new("/repo"), host).unwrap()
}

fn run(host: &MemoryHost, text: &str, era: Era, limits: Limits) -> Result<Listing, AskError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(ask(&reach(host, text), era, limits, host))
}

const STDIO: &str = r#"{"mcpServers": {"s": {"command": "server", "env": {"K": "${KEY}"}}}}"#;
const WEB: &str = r#"{"mcpServers": {"s": {"type": "http", "url": "https://s.example/mcp", "headers": {"X-Key": "${KEY}"}}}}"#;

#[test]
fn everything_is_listed_as_the_server_wrote_it() {
    let host = program(legacy);
    for era in [Era::Auto, Era::Initialize] {
        let found = run(&host, STDIO, era, Limits::default()).unwrap();
        assert_eq!(
            (found.protocol.as_str(), found.instructions.as_deref()),
            ("2025-11-25", Some("Speak softly"))
        );
        assert_eq!(found.info["build"], 7);
        assert_eq!(found.tools.iter().map(key).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(found.tools[1]["own"], json!([1]));
        // It said aloud what it was told in confidence, and says that it has prompts, which it has not.
        assert_eq!(found.tools[0]["description"], "key ***");
        assert!(found.prompts.is_empty());
    }
    let error = run(&host, STDIO, Era::Discover, Limits::default()).unwrap_err();
    assert!(error.reason.contains("-32601"), "{error}");
}

#[test]
fn the_newer_protocol_is_spoken_where_it_is_known() {
    let host = program(modern);
    for era in [Era::Auto, Era::Discover] {
        let found = run(&host, STDIO, era, Limits::default()).unwrap();
        assert_eq!((found.protocol.as_str(), found.tools.len()), ("2026-07-28", 1));
        assert_eq!(found.info["name"], "m");
    }
    assert!(run(&host, STDIO, Era::Initialize, Limits::default()).is_err());
}

#[test]
fn a_server_is_not_listened_to_for_ever() {
    let host = program(legacy);
    let limits = Limits { items: 1, ..Limits::default() };
    assert!(run(&host, STDIO, Era::Auto, limits).unwrap_err().reason.contains("more than 1 tools"));
    let limits = Limits { pages: 1, ..Limits::default() };
    assert!(run(&host, STDIO, Era::Auto, limits).unwrap_err().reason.contains("more than 1 pages"));
    let limits = Limits { bytes: 300, ..Limits::default() };
    assert!(run(&host, STDIO, Era::Auto, limits).unwrap_err().reason.contains("more than 300 bytes"));
    let silent = MemoryHost::new().with_program("server", |_| Vec::new());
    let limits = Limits { time: Duration::from_millis(50), ..Limits::default() };
    assert!(run(&silent, STDIO, Era::Auto, limits).unwrap_err().reason.contains("did not answer within"));
    let babbling = MemoryHost::new().with_program("server", |_| vec!["hello".to_owned(), "{}".to_owned()]);
    assert!(run(&babbling, STDIO, Era::Initialize, limits).is_err());
    assert!(run(&MemoryHost::new(), STDIO, Era::Auto, limits).unwrap_err().reason.contains("no program"));
}

/// Over HTTP, with the body of each answer as events or as plain JSON.
fn web(server: fn(&Value) -> Value, events: bool) -> MemoryHost {
    MemoryHost::new().with_variable("KEY", "s3cret-value").with_responder(move |request| {
        assert!(request.url == "https://s.example/mcp");
        assert!(request.headers.contains(&("x-key".to_owned(), "s3cret-value".to_owned())));
        if request.method != ::http::Method::POST {
            return Ok(response(405, &[], ""));
        }
        let Some(said) = answer(std::str::from_utf8(&request.body).unwrap(), server) else {
            return Ok(response(202, &[], ""));
        };
        Ok(if events {
            let noise = json!({"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "x"}});
            let body = format!("event: message\ndata: {noise}\n\nevent: message\ndata: {said}\n\n");
            response(200, &[("content-type", "text/event-stream"), ("mcp-session-id", "1")], body)
        } else {
            let status = if said.get("error").is_some() { 400 } else { 200 };
            response(status, &[("content-type", "application/json; charset=utf-8")], said.to_string())
        })
    })
}

#[test]
fn streamable_http_says_the_same() {
    for events in [true, false] {
        let found = run(&web(legacy, events), WEB, Era::Auto, Limits::default()).unwrap();
        assert_eq!((found.tools.len(), &found.tools[1]["own"]), (2, &json!([1])), "{events}");
        assert_eq!(found.tools[0]["description"], "key ***");
        let found = run(&web(modern, events), WEB, Era::Auto, Limits::default()).unwrap();
        assert_eq!((found.tools.len(), found.protocol.as_str()), (1, "2026-07-28"), "{events}");
    }
}

#[test]
fn a_web_server_that_does_not_answer_says_why() {
    let limits = Limits { time: Duration::from_secs(5), ..Limits::default() };
    for (status, body, why) in [
        (401, "", "HTTP 401"),
        (500, "", "HTTP 500"),
        (200, "<html>", "no message of the protocol"),
        (302, "", "HTTP 302"),
    ] {
        let host = MemoryHost::new()
            .with_variable("KEY", "s3cret-value")
            .with_responder(move |_| Ok(response(status, &[("content-type", "text/html")], body)));
        let error = run(&host, WEB, Era::Initialize, limits).unwrap_err();
        assert!(error.reason.contains(why), "{error}");
    }
    let host = MemoryHost::new().with_variable("KEY", "s3cret-value");
    let error = run(&host, WEB, Era::Auto, limits).unwrap_err();
    assert!(error.reason.contains("cannot connect"), "{error}");
}

#[test]
fn what_a_server_said_last_is_shown_without_secrets() {
    let host = program(legacy);
    let target = reach(&host, STDIO);
    let tail = Tail::default();
    tail.push(b"starting with s3cret-value\n\x1b[31mred\nweighbridge: the program ended by itself: exit status: 1\n");
    let error = failure("it ended", &target, &tail);
    assert_eq!(error.to_string(), "it ended (exit status: 1); it said: starting with *** | \\u{1b}[31mred");
    tail.push(b"weighbridge: cannot start `x`: No such file\n");
    assert_eq!(failure("it ended", &target, &tail).reason, "it cannot be started: `x`: No such file");
}
