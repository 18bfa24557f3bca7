use super::*;
use crate::cost::rates::{PerMillion, Rates, price_of_call};
use proptest::prelude::*;

pub(super) fn read(files: &[(&str, &str)]) -> Recorded {
    read_with(files, Options::default())
}

pub(super) fn read_with(files: &[(&str, &str)], options: Options) -> Recorded {
    let mut reader = Reader::new(options);
    for (name, text) in files {
        reader.read(name, text.as_bytes()).expect("a known format");
    }
    reader.finish()
}

pub(super) fn only(recorded: &Recorded) -> &RecordedCall {
    assert_eq!(recorded.calls.len(), 1, "{recorded:#?}");
    &recorded.calls[0]
}

pub(super) fn tokens(fresh: u64, cache_read: u64, five: u64, hour: u64, output: u64) -> CallTokens {
    CallTokens { fresh, cache_read, cache_write_5m: five, cache_write_1h: hour, output }
}

#[test]
fn a_result_is_accounted_from_the_models_and_not_from_usage() {
    let result = r#"{"type":"result","subtype":"success","is_error":false,"num_turns":9,"session_id":"s","uuid":"u",
      "total_cost_usd":0.5,"usage":{"input_tokens":1,"output_tokens":2,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":40}},
      "modelUsage":{"claude-sonnet-4-6":{"inputTokens":352,"outputTokens":2100,"cacheReadInputTokens":286600,"cacheCreationInputTokens":46500,"costUSD":0.397536}}}"#;
    let recorded = read(&[("result.json", result)]);
    let call = only(&recorded);
    assert_eq!(call.tokens, tokens(352, 286_600, 0, 46_500, 2_100));
    assert_eq!((call.calls, call.known.ttl), (Some(9), true));
    let decimal = |text: &str| text.parse().expect("a decimal");
    let rates = Rates::flat(PerMillion {
        input: decimal("3"),
        output: decimal("15"),
        cache_read: Some(decimal("0.30")),
        cache_write_5m: Some(decimal("3.75")),
        cache_write_1h: Some(decimal("6")),
    });
    assert_eq!(price_of_call(&rates, call.tokens), call.cost_reported, "the golden vector of rajbos#1589");
}

#[test]
fn running_totals_of_a_stream_count_once_and_a_stream_without_a_result_is_said() {
    let line = |n: u64| {
        format!(
            r#"{{"type":"result","session_id":"s","uuid":"u{n}","modelUsage":{{"m":{{"inputTokens":{n},"outputTokens":{n}}}}}}}"#
        )
    };
    let init = r#"{"type":"system","subtype":"init","session_id":"s"}"#;
    let text = format!("{init}\n{}\n{}\n", line(10), line(30));
    assert_eq!(only(&read(&[("stream.jsonl", &text)])).tokens, tokens(30, 0, 0, 0, 30));
    let array = format!("[\n  {init},\n  {}\n]", line(5));
    assert_eq!(only(&read(&[("execution.json", &array)])).tokens.fresh, 5);
    let crashed = read(&[("stream.jsonl", &format!("{init}\n"))]);
    assert_eq!((crashed.calls.len(), crashed.bad_lines), (0, 1));
}

pub(super) fn assistant(extra: &str, id: &str, request: &str, output: u64, stop: &str) -> String {
    format!(
        r#"{{"type":"assistant","sessionId":"s","timestamp":"2026-09-01T10:00:00Z","requestId":"{request}"{extra},"message":{{"id":"{id}","model":"claude-sonnet-4-6","stop_reason":{stop},"usage":{{"input_tokens":4,"cache_read_input_tokens":100,"cache_creation_input_tokens":30,"cache_creation":{{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20}},"output_tokens":{output}}},"content":[{{"type":"tool_use","id":"t1","name":"Task","input":{{"subagent_type":"reviewer"}}}}]}}}}"#
    )
}

#[test]
fn lines_of_one_answer_count_once_with_the_most_output() {
    let side = r#","isSidechain":true,"agentId":"a1""#;
    let main =
        [assistant("", "m1", "r1", 1, "null"), assistant("", "m1", "r1", 50, "\"end_turn\"")].join("\n");
    let started = r#"{"type":"user","sessionId":"s","toolUseResult":{"agentId":"a1"},"message":{"content":[{"type":"tool_result","tool_use_id":"t1"}]}}"#;
    let main = format!("{{\"type\":\"summary\",\"summary\":\"x\"}}\n{main}\n{started}\n");
    // The sub-agent's file begins with its parent's message, and its own request never got its final usage.
    let sub = [assistant(side, "m1", "r1", 60, "null"), assistant(side, "m2", "r2", 3, "null")].join("\n");
    let recorded = read(&[("s.jsonl", &main), ("agent-a1.jsonl", &sub)]);
    assert_eq!(recorded.calls.len(), 2, "{recorded:#?}");
    let (parent, child) = (&recorded.calls[0], &recorded.calls[1]);
    assert_eq!((parent.agent.as_deref(), parent.tokens.output), (Some("main"), 50), "the copy loses");
    assert_eq!(parent.tokens, tokens(4, 100, 10, 20, 50));
    assert_eq!((child.agent.as_deref(), child.parent_agent.as_deref()), (Some("reviewer"), Some("main")));
    assert!(!child.complete && !child.known.output && parent.complete);
}

#[test]
fn a_gateway_that_repeats_message_ids_is_told_apart_by_request() {
    let text = [assistant("", "m", "r1", 5, "\"x\""), assistant("", "m", "r2", 6, "\"x\"")].join("\n");
    assert_eq!(read(&[("a", &text)]).calls.len(), 2);
    // The same file twice changes nothing.
    assert_eq!(read(&[("a", &text), ("b", &text)]).calls.len(), 2);
}

#[test]
fn bad_lines_are_counted_with_their_place_and_end_nothing() {
    let good = assistant("", "m", "r", 5, "\"x\"");
    let cut = good.split_at(good.len() / 2).0;
    let wrong = assistant("", "m2", "r", 5, "\"x\"").replace(":4,", ":-4,");
    let recorded =
        read(&[("s.jsonl", &format!("{good}\n{cut}\n{wrong}\nrubbish\n{{\"type\":\"user\",\"te"))]);
    assert_eq!((recorded.calls.len(), recorded.bad_lines), (1, 4), "{:#?}", recorded.bad);
    assert_eq!(recorded.bad[0], BadLine { place: "s.jsonl:2".into(), reason: "the line is cut off".into() });
    assert_eq!(recorded.bad[1].reason, "input_tokens: `-4` is no count of tokens");
}

pub(super) const EVENT: &str = r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"workflow","value":{"stringValue":"review"}},{"key":"agent","value":{"stringValue":"bills"}},{"key":"config_hash","value":{"stringValue":"c1"}},{"key":"ci.run_id","value":{"intValue":"77"}}]},"scopeLogs":[{"scope":{"name":"com.anthropic.claude_code.events"},"logRecords":[{"timeUnixNano":"1788256800000000000","body":{"stringValue":"claude_code.api_request"},"attributes":[{"key":"session.id","value":{"stringValue":"s"}},{"key":"agent.name","value":{"stringValue":"custom"}},{"key":"model","value":{"stringValue":"claude-sonnet-4-6"}},{"key":"input_tokens","value":{"stringValue":"10"}},{"key":"output_tokens","value":{"intValue":20}},{"key":"cache_read_tokens","value":{"intValue":"30"}},{"key":"cache_creation_tokens","value":{"intValue":"40"}},{"key":"cost_usd_micros","value":{"intValue":"1234"}},{"key":"request_id","value":{"stringValue":"req1"}}]}]}]}]}"#;

pub(super) fn span(attributes: &str, scope: &str) -> String {
    format!(
        r#"{{"resourceSpans":[{{"resource":{{}},"scopeSpans":[{{"scope":{{"name":"{scope}"}},"spans":[{{"traceId":"t","spanId":"p","name":"chat x","startTimeUnixNano":"1788256800000000000","attributes":[{attributes}]}}]}}]}}]}}"#
    )
}

pub(super) fn attribute(key: &str, value: u64) -> String {
    format!(r#"{{"key":"{key}","value":{{"intValue":"{value}"}}}}"#)
}

#[test]
fn events_exclude_the_cache_and_spans_include_it() {
    let recorded = read(&[("logs.json", EVENT)]);
    let call = only(&recorded);
    assert_eq!(call.tokens, tokens(10, 30, 40, 0, 20));
    assert_eq!(
        (call.agent.as_deref(), call.workflow.as_deref(), &*call.run),
        (Some("bills"), Some("review"), "77")
    );
    assert_eq!(call.config.as_deref(), Some("c1"));
    assert!(call.known.cache && !call.known.ttl);
    assert_eq!(call.cost_reported.map(|usd| usd.amount().to_string()).as_deref(), Some("0.001234"));

    let counts = [
        attribute("gen_ai.usage.input_tokens", 100),
        attribute("gen_ai.usage.cache_read.input_tokens", 60),
        attribute("gen_ai.usage.cache_creation.input_tokens", 30),
        attribute("gen_ai.usage.output_tokens", 7),
    ];
    let recorded = read(&[("spans.json", &span(&counts.join(","), "x"))]);
    assert_eq!(only(&recorded).tokens, tokens(10, 60, 30, 0, 7));
    let recorded = read(&[("spans.json", &span(&[counts[0].clone(), counts[3].clone()].join(","), "x"))]);
    let call = only(&recorded);
    assert_eq!((call.tokens, call.known.cache), (tokens(100, 0, 0, 0, 7), false), "unknown is not zero");
    let wrong = [attribute("gen_ai.usage.input_tokens", 5), counts[1].clone(), counts[3].clone()];
    let recorded = read(&[("spans.json", &span(&wrong.join(","), "x"))]);
    assert_eq!(
        only(&recorded).tokens,
        tokens(5, 60, 0, 0, 7),
        "parts larger than the whole: it counts exclusively"
    );
}

#[test]
fn spans_of_claude_code_give_way_to_its_events() {
    let session = r#"{"key":"session.id","value":{"stringValue":"s"}}"#;
    let attributes = [attribute("gen_ai.usage.input_tokens", 80), session.to_owned()].join(",");
    let own = span(&attributes, "com.anthropic.claude_code.tracing");
    let both = read(&[("spans.json", &own), ("logs.json", EVENT)]);
    assert_eq!((both.calls.len(), both.left_out.values().sum::<u64>()), (1, 1));
    assert_eq!(read(&[("spans.json", &own)]).calls.len(), 1);
    let metrics = Reader::new(Options::default()).read("m.json", br#"{"resourceMetrics":[]}"#);
    assert!(metrics.expect_err("sums").to_string().contains("sum up"));
}

#[test]
fn spend_logs_as_json_and_as_csv_say_the_same() {
    let json = r#"[{"request_id":"q1","model":"gpt-5","prompt_tokens":100,"completion_tokens":9,"spend":0.01,"startTime":"2026-09-01 10:00:00","session_id":"s","status":"success","metadata":"{\"usage_object\":{\"prompt_tokens_details\":{\"cached_tokens\":40}},\"agent\":\"bills\"}"},
      {"request_id":"q2","model":"gpt-5","prompt_tokens":100,"completion_tokens":9,"spend":0,"cache_hit":"True","startTime":"x"}]"#;
    let csv = "request_id,model,prompt_tokens,completion_tokens,spend,startTime,session_id,status,metadata\n\
        q1,gpt-5,100,9,0.01,2026-09-01 10:00:00,s,success,\"{\"\"usage_object\"\":{\"\"prompt_tokens_details\"\":{\"\"cached_tokens\"\":40}},\"\"agent\"\":\"\"bills\"\"}\"\n";
    let (one, other) = (read(&[("a.json", json)]), read(&[("a.csv", csv)]));
    assert_eq!(only(&one).tokens, tokens(60, 40, 0, 0, 9));
    assert_eq!(one.calls, other.calls);
    assert_eq!(one.left_out.len(), 1);
    let both = read(&[("a.json", json), ("a.csv", csv)]);
    assert_eq!((both.calls.len(), both.duplicates), (1, 1));
}

const MAPPING: &str = "input: inclusive\ncolumns: {run: job, agent: who, model: m, input: in.all, output: out, cache_read: in.cached, time: t}\nconstants: {workflow: nightly}\n";

#[test]
fn a_mapping_says_what_columns_mean() {
    let mapping = Mapping::parse(MAPPING).expect("a mapping");
    let options = Options { workflow: Some("other".into()), mapping: Some(mapping), now: None };
    let jsonl = "{\"job\":7,\"who\":\"a\",\"m\":\"x\",\"in\":{\"all\":100,\"cached\":90},\"out\":5,\"t\":1788256800}\n{\"job\":7,\"in\":{\"all\":1}}\n";
    let recorded = read_with(&[("x.jsonl", jsonl)], options.clone());
    let call = &recorded.calls[0];
    assert_eq!((recorded.calls.len(), recorded.bad_lines), (2, 0));
    assert!(recorded.calls.iter().any(|call| call.tokens == tokens(10, 90, 0, 0, 5)));
    assert!(recorded.calls.iter().any(|call| !call.known.output && !call.known.cache));
    assert_eq!(call.workflow.as_deref(), Some("nightly"));
    let csv = "job,in.all,in.cached,out\n1,50,20,3\n2,oops,,\n";
    let recorded = read_with(&[("x.csv", csv)], options);
    assert_eq!(recorded.calls[0].tokens, tokens(30, 20, 0, 0, 3));
    assert_eq!(recorded.bad[0].place, "x.csv:3");
    assert!(Mapping::parse("input: inclusive\ncolumns: {run: x}\n").is_err());
    assert!(Mapping::parse("input: sometimes\ncolumns: {}\n").is_err());
}

#[test]
fn exclusive_input_with_an_empty_cell_is_not_the_whole_prompt() {
    let mapping = Mapping::parse("input: exclusive\ncolumns: {key: k, input: i, output: o, cache_read: r}")
        .expect("ok");
    let csv = "k,i,o,r\n1,5,6,7\n2,5,6,\n";
    let recorded = read_with(&[("x.csv", csv)], Options { mapping: Some(mapping), ..Options::default() });
    let known: Vec<bool> = recorded.calls.iter().map(|call| call.known.input).collect();
    assert_eq!(known, [true, false]);
}

#[test]
fn what_nobody_understands_is_an_error_that_says_what_is_understood() {
    for text in ["", "hello\n", "{\"a\":1}\n", "a,b\n1,2\n", "[[1]]"] {
        let error = Reader::new(Options::default()).read("x", text.as_bytes()).expect_err(text);
        assert!(error.to_string().contains("a Claude Code transcript"), "{error}");
    }
}

#[test]
fn runs_hold_their_calls_and_the_first_name_they_are_given() {
    let mut calls: Vec<RecordedCall> =
        (0..4).map(|n| RecordedCall::new(CallKey::raw(n), if n < 3 { "r1" } else { "r2" }.into())).collect();
    calls[1].workflow = Some("w".into());
    calls[2].workflow = Some("v".into());
    let runs = Recorded { calls, ..Recorded::default() }.runs();
    let found: Vec<(&str, &str, usize)> =
        runs.iter().map(|r| (&*r.id, &*r.workflow, r.calls.len())).collect();
    assert_eq!(found, [("r1", "w", 3), ("r2", UNNAMED, 1)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn no_input_makes_a_reader_panic(
        seed in 0_usize..6, cut in 0_usize..2000, junk in prop::collection::vec(any::<u8>(), 0..40), at in 0_usize..2000
    ) {
        let samples = [
            EVENT.to_owned(),
            assistant("", "m", "r", 5, "null"),
            r#"{"type":"result","session_id":"s","modelUsage":{"m":{"inputTokens":1}}}"#.to_owned(),
            r#"[{"request_id":"q","prompt_tokens":1,"spend":1}]"#.to_owned(),
            "job,in.all,out\n1,2,3\n".to_owned(),
            span(&attribute("gen_ai.usage.input_tokens", 1), "x"),
        ];
        let mut bytes = samples[seed].repeat(2).into_bytes();
        bytes.truncate(cut.max(1));
        let at = at.min(bytes.len());
        bytes.splice(at..at, junk);
        let mapping = Mapping::parse(MAPPING).expect("a mapping");
        let mut reader = Reader::new(Options { mapping: Some(mapping), ..Options::default() });
        let _ = reader.read("x", &bytes);
        let _ = reader.read("y", &bytes);
        let _ = reader.finish().runs();
    }
}
