//! Requests in each format, and answers as the documentation shows them.

use super::*;
use crate::chat::sample::request;
use crate::chat::{Stop, Usage};
use serde_json::json;

#[test]
fn addresses_are_those_of_the_libraries() {
    assert_eq!(
        url(Api::Openai, "http://localhost:4010/v1/", "gpt-5"),
        "http://localhost:4010/v1/chat/completions"
    );
    assert_eq!(
        url(Api::Anthropic, public_base(Api::Anthropic), "x"),
        "https://api.anthropic.com/v1/messages"
    );
    assert_eq!(
        url(Api::Gemini, "http://h", "../x?y#z"),
        "http://h/v1beta/models/..%2Fx%3Fy%23z:generateContent"
    );
}

#[test]
fn a_conversation_in_openai_chat() {
    let mut asked = request(Api::Openai);
    let sent = body(&asked);
    assert_eq!(
        sent["messages"][0],
        json!({"role": "system", "content": "Be brief.\nBe kind.\n\npdf: reads PDF files"})
    );
    assert_eq!(sent["messages"][2]["tool_calls"][0]["function"]["arguments"], "{\"id\":\"A-1\"}");
    assert_eq!(sent["messages"][3], json!({"role": "tool", "tool_call_id": "call_1", "content": "shipped"}));
    assert_eq!(sent["max_completion_tokens"], 256);
    assert_eq!(sent["temperature"].to_string(), "0.7");
    asked.provider = "our-gateway".to_owned();
    assert_eq!(body(&asked)["max_tokens"], 256);
}

#[test]
fn a_conversation_in_anthropic_messages() {
    let sent = body(&request(Api::Anthropic));
    assert_eq!(sent["system"], "Be brief.\nBe kind.\n\npdf: reads PDF files");
    assert_eq!(sent["messages"][1]["content"][1]["input"], json!({"id": "A-1"}));
    assert_eq!(sent["messages"][2]["content"][0]["tool_use_id"], "call_1");
    assert_eq!(sent["tools"][0]["input_schema"]["type"], "object");
}

#[test]
fn a_conversation_in_gemini() {
    let sent = body(&request(Api::Gemini));
    assert_eq!(sent["contents"][2]["parts"][0]["functionResponse"]["response"], json!({"result": "shipped"}));
    assert_eq!(sent["generationConfig"], json!({"maxOutputTokens": 256, "temperature": 0.7}));
}

#[test]
fn answers_of_openai() {
    let answer = json!({"model": "gpt-5-2026-08-07", "choices": [{"finish_reason": "tool_calls", "message":
        {"role": "assistant", "content": null, "tool_calls": [
            {"id": "call_xyz", "type": "function", "function": {"name": "lookup", "arguments": "{\"id\": 1}"}},
            {"id": "call_abc", "type": "function", "function": {"name": "lookup", "arguments": "{broken"}}]}}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 60}}});
    let answered = reply(Api::Openai, &answer, 2).expect("an answer");
    assert_eq!(answered.stop, Stop::Tools);
    assert_eq!(answered.usage, Some(Usage { input: 40, cache_read: 60, cache_write: 0, output: 7 }));
    let calls: Vec<(&str, String)> =
        answered.calls.iter().map(|call| (call.id.as_str(), call.arguments.to_string())).collect();
    assert_eq!(calls, [("call_3", "{\"id\":1}".to_owned()), ("call_4", "\"{broken\"".to_owned())]);
    let refused =
        json!({"choices": [{"finish_reason": "stop", "message": {"content": null, "refusal": "No."}}]});
    let answered = reply(Api::Openai, &refused, 0).expect("an answer");
    assert_eq!((answered.stop, answered.text.as_str(), answered.usage), (Stop::Refusal, "No.", None));
}

#[test]
fn answers_of_anthropic() {
    let answer = json!({"model": "claude-x", "stop_reason": "tool_use", "content": [
        {"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "I look."},
        {"type": "tool_use", "id": "toolu_1", "name": "lookup", "input": {"id": "A-1"}}],
        "usage": {"input_tokens": 5, "cache_read_input_tokens": 50, "cache_creation_input_tokens": 10, "output_tokens": 3}});
    let answered = reply(Api::Anthropic, &answer, 0).expect("an answer");
    assert_eq!((answered.text.as_str(), answered.stop), ("I look.", Stop::Tools));
    assert_eq!(answered.usage.map(Usage::total), Some(68));
    assert_eq!(answered.calls[0].id, "call_1");
}

#[test]
fn answers_of_gemini() {
    let answer = json!({"modelVersion": "gemini-x", "candidates": [{"finishReason": "STOP", "content": {"parts": [
        {"text": "hm", "thought": true}, {"text": "Here."},
        {"functionCall": {"name": "lookup", "args": {"id": 1}}, "thoughtSignature": "abc"}]}}],
        "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 2, "thoughtsTokenCount": 5}});
    let answered = reply(Api::Gemini, &answer, 0).expect("an answer");
    assert_eq!((answered.text.as_str(), answered.stop), ("Here.", Stop::Tools));
    assert_eq!(answered.usage, Some(Usage { input: 10, output: 7, ..Usage::default() }));
    assert_eq!(answered.calls[0].signature.as_deref(), Some("abc"));
    let refused = json!({"promptFeedback": {"blockReason": "SAFETY"}});
    assert_eq!(reply(Api::Gemini, &refused, 0).expect("an answer").stop, Stop::Refusal);
}

#[test]
fn what_is_no_answer_is_an_error() {
    for api in [Api::Openai, Api::Anthropic, Api::Gemini] {
        for answer in
            [json!(null), json!({}), json!([]), json!({"choices": [], "content": "x", "candidates": 3})]
        {
            assert!(reply(api, &answer, 0).is_err(), "{api:?} took {answer}");
        }
    }
}
