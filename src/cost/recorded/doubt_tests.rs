//! Sources that contradict themselves or each other, and fields that cannot be right.

use super::tests::{EVENT, assistant, attribute, only, read, read_with, span, tokens};
use super::*;

fn csv(mapping: &str, text: &str, now: Option<&str>) -> Recorded {
    let mapping = Some(Mapping::parse(mapping).expect("a mapping"));
    let now = now.map(|now| now.parse().expect("a time"));
    read_with(&[("x.csv", text)], Options { mapping, now, ..Options::default() })
}

const PLAIN: &str = "input: inclusive\ncolumns: {key: k, input: i, output: o, time: t, cost: c, calls: n}";

#[test]
fn a_time_or_cost_that_cannot_be_right_is_shown() {
    let text = "k,i,o,t,c,n\n1,5,6,09/01/2026 10:00,0.5,1\n2,5,6,20260901,$0.50,1\n3,5,6,3000-01-01T00:00:00Z,much,1\n\
        4,5,6,,,1\n5,5,6,0001-01-01T00:00:00Z,,1\n6,5,6,2026-11-22T00:00:00Z,,1\n";
    let recorded = csv(PLAIN, text, Some("2026-11-21T00:00:00Z"));
    assert_eq!((recorded.calls.len(), recorded.bad_lines), (6, 0));
    assert_eq!(recorded.calls.iter().filter(|call| call.at.is_some()).count(), 2);
    let unread: Vec<(u64, &str)> =
        recorded.unread.values().map(|unread| (unread.count, unread.example.as_str())).collect();
    assert_eq!(unread, [(1, "much"), (3, "09/01/2026 10:00")]);
    let costs: Vec<String> = recorded
        .calls
        .iter()
        .filter_map(|call| call.cost_reported)
        .map(|usd| usd.amount().to_string())
        .collect();
    assert_eq!(costs, ["0.5", "0.5"]);
}

#[test]
fn a_record_of_billions_of_calls_is_a_mistake() {
    let recorded = csv(PLAIN, "k,i,o,n\n1,5,6,4000000000\n2,5,6,1000\n", None);
    assert_eq!((recorded.calls.len(), recorded.bad_lines), (1, 1));
    assert_eq!(only(&recorded).calls, Some(1_000));
}

#[test]
fn what_the_total_has_more_than_its_parts_is_not_lost() {
    let mapping =
        "input: exclusive\ncolumns: {key: k, input: i, output: o, cache_write: w, cache_write_1h: h}";
    let recorded = csv(mapping, "k,i,o,w,h\n1,10,6,100000,40000\n", None);
    assert_eq!(only(&recorded).tokens, tokens(10, 0, 60_000, 40_000, 6));
    assert!(only(&recorded).known.ttl);
    let zero = assistant("", "m", "r", 5, "\"x\"")
        .replace("_5m_input_tokens\":10", "_5m_input_tokens\":0")
        .replace("_1h_input_tokens\":20", "_1h_input_tokens\":0");
    let recorded = read(&[("s.jsonl", &zero)]);
    assert_eq!(only(&recorded).tokens, tokens(4, 100, 30, 0, 5));
    assert!(!only(&recorded).known.ttl, "nobody said for how long");
}

#[test]
fn a_forked_session_repeats_what_came_before() {
    let line = |session: &str, message: &str, request: &str| {
        assistant("", message, request, 5, "\"x\"")
            .replace("\"sessionId\":\"s\"", &format!("\"sessionId\":\"{session}\""))
    };
    let one = [line("s1", "m1", "r1"), line("s1", "m2", "r2")].join("\n");
    let fork = [line("s2", "m1", "r1"), line("s2", "m2", "r2"), line("s2", "m3", "r3")].join("\n");
    let recorded = read(&[("a", &one), ("b", &fork)]);
    assert_eq!((recorded.calls.len(), recorded.duplicates), (3, 2), "{recorded:#?}");
    let runs: Vec<&str> = recorded.calls.iter().map(|call| &*call.run).collect();
    assert_eq!(runs, ["s1", "s1", "s2"]);
    // Without a request id, a message id says nothing outside of its session.
    let plain = |session: &str| line(session, "m1", "r1").replace("\"requestId\":\"r1\",", "");
    assert_eq!(read(&[("a", &plain("s1")), ("b", &plain("s2"))]).calls.len(), 2);
    // A line of an answer that lost its request id is one of that answer.
    assert_eq!(read(&[("a", &[line("s1", "m1", "r1"), plain("s1")].join("\n"))]).calls.len(), 1);
}

#[test]
fn a_session_that_several_sources_tell_counts_once() {
    let event = EVENT;
    let transcript =
        [assistant("", "m1", "r1", 5, "\"x\""), assistant("", "m2", "r2", 5, "\"x\"")].join("\n");
    let result = r#"{"type":"result","session_id":"s","uuid":"u","modelUsage":{"m":{"inputTokens":8,"outputTokens":10}}}"#;
    let count = |files: &[(&str, &str)]| {
        let recorded = read(files);
        (recorded.calls.len(), recorded.left_out.values().sum::<u64>())
    };
    assert_eq!(count(&[("t", &transcript), ("e", event), ("r", result)]), (1, 3));
    assert_eq!(count(&[("r", result), ("t", &transcript)]), (2, 1));
    assert_eq!(count(&[("r", result), ("e", event)]), (1, 1));
    let other = result.replace("\"s\"", "\"another\"");
    assert_eq!(count(&[("r", &other), ("t", &transcript)]), (3, 0));
}

#[test]
fn a_source_counts_inclusively_or_exclusively_and_not_both() {
    let log = |id: &str, model: &str, input: u64, read: u64, written: u64| {
        format!(
            r#"{{"request_id":"{id}","session_id":"s","model":"{model}","prompt_tokens":{input},"completion_tokens":1,"spend":0,"metadata":{{"usage_object":{{"cache_read_input_tokens":{read},"cache_creation_input_tokens":{written}}}}}}}"#
        )
    };
    let mixed =
        [log("1", "m", 5_000, 0, 4_000), log("2", "m", 10, 24_000, 500), log("3", "n", 5_000, 0, 4_000)];
    let fresh = |files: &[(&str, &str)]| -> Vec<u64> {
        read(files).calls.iter().map(|call| call.tokens.fresh).collect()
    };
    assert_eq!(fresh(&[("a", &mixed.join("\n"))]), [5_000, 10, 1_000]);
    let other = log("4", "m", 5_000, 0, 4_000);
    assert_eq!(
        fresh(&[("b", &other), ("a", &mixed.join("\n"))]),
        [1_000, 5_000, 10, 1_000],
        "each file alone"
    );
}

#[test]
fn litellm_says_what_was_cached_in_several_places() {
    let log = |rest: &str| {
        format!(
            r#"[{{"request_id":"q","model":"m","prompt_tokens":50000,"completion_tokens":4,"spend":0.1{rest}}}]"#
        )
    };
    let details = r#","metadata":{"usage_object":{"prompt_tokens_details":{"cached_tokens":10000,"cache_creation_tokens":39000,"cache_creation_token_details":{"ephemeral_5m_input_tokens":9000,"ephemeral_1h_input_tokens":30000}}}}"#;
    let recorded = read(&[("a", &log(details))]);
    assert_eq!(only(&recorded).tokens, tokens(1_000, 10_000, 9_000, 30_000, 4));
    assert!(only(&recorded).known.ttl);
    let python = read(&[("a", &log(r#","metadata":"{'usage_object': {'cache_read_input_tokens': 900}}""#))]);
    assert_eq!((only(&python).known.cache, python.unread.len()), (false, 1));
    let failed = log(r#","status":"failure""#).replace("50000", "0").replace(":4,", ":0,");
    let failed = read(&[("a", &failed)]);
    assert_eq!((failed.calls.len(), failed.left_out.len()), (0, 1));
    let billed = read(&[("a", &log(r#","status":"failure""#))]);
    assert_eq!(only(&billed).status, Status::Error, "it failed after all had been read");
}

#[test]
fn a_span_around_a_request_is_no_request() {
    let usage =
        [attribute("gen_ai.usage.input_tokens", 100), attribute("gen_ai.usage.output_tokens", 5)].join(",");
    let chat = format!("{usage},{}", r#"{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}}"#);
    let outer = span(&usage, "x");
    let inner = span(&chat, "x").replace(r#""spanId":"p""#, r#""spanId":"c","parentSpanId":"p""#);
    for files in [[("a", &*outer), ("b", &*inner)], [("b", &*inner), ("a", &*outer)]] {
        let recorded = read(&files);
        assert_eq!((recorded.calls.len(), recorded.left_out.values().sum::<u64>()), (1, 1));
    }
    let other = span(&attribute("llm.token_count.prompt", 5), "openinference");
    let recorded = read(&[("oi.json", &other)]);
    assert_eq!((recorded.calls.len(), recorded.left_out.values().sum::<u64>()), (0, 1));
    assert!(recorded.left_out.keys().any(|reason| reason.contains("llm.")), "{:?}", recorded.left_out);
}

#[test]
fn a_session_in_which_nothing_was_asked_is_a_transcript() {
    for text in [
        r#"{"type":"summary","summary":"x","leafUuid":"abc"}"#,
        r#"{"type":"file-history-snapshot","messageId":"x","snapshot":{}}"#,
    ] {
        let format = Reader::new(Options::default()).read("x", text.as_bytes());
        assert_eq!(format, Ok(Format::ClaudeTranscript));
    }
}
