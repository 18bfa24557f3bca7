//! Conversations with a scripted model, recorded and replayed; what makes a replay fail, and what does not.

use super::conversation::Next;
use super::plan::{Asked, plan};
use super::replay::replay;
use super::*;
use crate::base::{Client, MemoryTree, RepoPath, Tree};
use crate::case::{Case, Transcript, suite};
use crate::chat::{Call, Reply, Stop, Usage};
use crate::cost::project::price::{ModelPrice, NoPrice};
use crate::cost::rates::{PerMillion, Rates};
use crate::stage::inspect::{Depth, look};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

const CASES: &str = "\
settings: {client: claude-code, model: claude-test, temperature: 0}
tools:
  lookup:
    description: Finds an order.
    input_schema: {type: object, properties: {id: {type: string}}}
    replies:
    - {when: {id: A-1}, result: {status: shipped}}
    - {when: {id: B-2}, error: no such order}
cases:
- id: order
  prompt: Where is A-1?
  assert:
  - contains: shipped
  - tools: {exact: [Skill, lookup]}
  - skills: {loaded: [orders]}
  - cost: {at_most: 0.01}
";

fn files() -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("CLAUDE.md", "Be brief.\n".to_owned()),
        (
            ".claude/skills/orders/SKILL.md",
            "---\nname: orders\ndescription: Finds orders\n---\n\nUse lookup.\n".to_owned(),
        ),
        (".claude/skills/orders/more.md", "More.\n".to_owned()),
        (
            ".claude/agents/clerk.md",
            "---\nname: clerk\ndescription: Answers letters\nmodel: claude-small\n---\nYou are a clerk.\n"
                .to_owned(),
        ),
        ("docs/notes.md", "Nobody loads this.\n".to_owned()),
        ("evals/a.eval.yaml", CASES.to_owned()),
    ])
}

fn says(text: &str) -> Reply {
    Reply {
        text: text.to_owned(),
        calls: Vec::new(),
        stop: Stop::End,
        stop_as_sent: "end_turn".to_owned(),
        model: "claude-test-2026".to_owned(),
        usage: Some(Usage { input: 1_000, output: 10, ..Usage::default() }),
    }
}

fn calls(calls: &[(&str, Value)]) -> Reply {
    let calls = calls.iter().zip(1..).map(|((name, arguments), number)| Call {
        id: format!("call_{number}"),
        name: (*name).to_owned(),
        arguments: arguments.clone(),
        signature: None,
    });
    Reply { text: String::new(), calls: calls.collect(), stop: Stop::Tools, ..says("") }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of a price list")]
fn price(name: &str) -> Result<ModelPrice, NoPrice> {
    let per_million = PerMillion {
        input: Decimal::from(3),
        output: Decimal::from(15),
        cache_read: None,
        cache_write_5m: None,
        cache_write_1h: None,
    };
    Ok(ModelPrice::new(name, Rates::flat(per_million)))
}

fn tree(files: &BTreeMap<&str, String>) -> Arc<dyn Tree> {
    Arc::new(MemoryTree::new(files.iter().map(|(path, text)| (*path, text.as_str()))))
}

fn cases(text: &str) -> Vec<Case> {
    suite::parse(&RepoPath::new("evals/a.eval.yaml").unwrap(), text).expect("cases")
}

fn asked() -> Asked {
    Asked {
        provider: "anthropic".to_owned(),
        api: crate::chat::Api::Anthropic,
        model: "claude-test".to_owned(),
    }
}

/// Runs the first case with these answers, and records it.
fn run(
    files: &BTreeMap<&str, String>,
    cases_text: &str,
    replies: &[Reply],
) -> (Transcript, Recording, Option<String>) {
    let tree = tree(files);
    let inspection = look(&tree, Depth::Read, &|| ());
    let clients = [Client::ClaudeCode];
    let contexts = Contexts::new(&*tree, &inspection.repo, &clients);
    let cases = cases(cases_text);
    let mut conversation = Conversation::new(&cases[0], &contexts, asked()).expect("a conversation");
    let mut recording = Recording::new(&cases[0].id, 1);
    let at = "2026-11-21T09:00:00Z".parse().unwrap();
    let mut replies = replies.iter();
    let stuck = loop {
        match conversation.next() {
            Next::Done => break None,
            Next::Stuck(reason) => break Some(reason),
            Next::Ask { agent, request, .. } => {
                let reply = replies.next().expect("an answer for every question");
                recording.add(&agent, &request, reply.clone(), at, 5);
                conversation.answer(reply);
            }
        }
    };
    (conversation.transcript(), recording, stuck)
}

fn usual() -> Vec<Reply> {
    vec![
        calls(&[("Skill", json!({"skill": "orders"}))]),
        calls(&[("lookup", json!({"id": "A-1", "more": 1}))]),
        says("It is shipped."),
    ]
}

/// Replays the case of a repository with a recording.
fn again(files: &BTreeMap<&str, String>, recording: &Recording) -> CaseResult {
    let mut files = files.clone();
    let text = recording.text().expect("YAML");
    files.insert(".weighbridge/replies/evals/a.eval.yaml/order.1.yaml", text);
    let tree = tree(&files);
    let inspection = look(&tree, Depth::Read, &|| ());
    let clients = [Client::ClaudeCode];
    let contexts = Contexts::new(&*tree, &inspection.repo, &clients);
    let cases = cases(&files["evals/a.eval.yaml"]);
    let plans = plan(&cases, &contexts, None, &Providers::new());
    replay(&plans[0], &contexts, &Recordings::in_tree(&tree), &price)
}

#[test]
fn a_run_is_recorded_and_replayed() {
    let (transcript, recording, stuck) = run(&files(), CASES, &usual());
    assert_eq!((transcript.answer.as_str(), transcript.turns, stuck), ("It is shipped.", 3, None));
    assert_eq!(transcript.tools, ["Skill", "lookup"]);
    assert_eq!(recording.exchanges.len(), 3);
    assert!(recording.exchanges[0].request.is_some() && recording.exchanges[1].request.is_none());
    assert_eq!(Recording::parse(&recording.text().unwrap()).unwrap(), recording);
    let result = again(&files(), &recording);
    assert_eq!(result.state, CaseState::Passed, "{result:?}");
    assert_eq!((result.passed, result.judged, result.runs[0].replayed), (1, 1, 3));
    // Three calls of 1,000 tokens in and 10 out: charged as recorded.
    assert_eq!(result.runs[0].transcript.cost, Some(Decimal::new(945, 5)));
    assert_eq!(result.runs[0].transcript.latency_ms, None);
}

#[test]
fn what_can_change_the_answer_makes_the_replay_fail_with_the_reason() {
    let (_, recording, _) = run(&files(), CASES, &usual());
    for (path, from, to, reason) in [
        ("CLAUDE.md", "brief", "short", "`CLAUDE.md`: line 1: was `Be brief.`, is `Be short.`"),
        (
            ".claude/skills/orders/SKILL.md",
            "Finds orders",
            "Finds invoices",
            "`.claude/skills/orders/SKILL.md (listing entry)`: line 1: was `- orders: Finds orders`, is `- orders: Finds invoices`",
        ),
        (
            "evals/a.eval.yaml",
            "id: {type: string}",
            "id: {type: integer}",
            "tool `lookup`: schema: at /properties/id/type: was `\"string\"`, is `\"integer\"`",
        ),
        (
            "evals/a.eval.yaml",
            "model: claude-test",
            "model: claude-best",
            "model: was `claude-test`, is `claude-best`",
        ),
        ("evals/a.eval.yaml", "temperature: 0", "temperature: 0.5", "temperature: was `0`, is `0.5`"),
        (
            "evals/a.eval.yaml",
            "Where is A-1?",
            "Where is B-1?",
            "message 1 (user): line 1: was `Where is A-1?`, is `Where is B-1?`",
        ),
        // What is read on the way counts from there on.
        (
            ".claude/skills/orders/SKILL.md",
            "Use lookup",
            "Use look-up",
            "message 3 (tools): line 3: was `Use lookup.`, is `Use look-up.`",
        ),
        (
            "evals/a.eval.yaml",
            "status: shipped",
            "status: lost",
            "message 5 (tools): line 1: was `lookup: {\"status\":\"shipped\"}`, is `lookup: {\"status\":\"lost\"}`",
        ),
    ] {
        let mut changed = files();
        let text = changed[path].replace(from, to);
        assert_ne!(text, changed[path], "{from} is in {path}");
        changed.insert(path, text);
        let result = again(&changed, &recording);
        assert_eq!(result.state, CaseState::NotRecorded, "{path}: {from} -> {to}");
        let RunState::NotRecorded(reasons) = &result.runs[0].state else {
            panic!("{:?}", result.runs[0].state)
        };
        assert_eq!(reasons, &[reason.to_owned()]);
    }
}

#[test]
fn what_is_not_loaded_changes_nothing() {
    let (_, recording, _) = run(&files(), CASES, &usual());
    for (path, text) in [
        ("docs/notes.md", "Changed.\n"),
        (".claude/skills/orders/more.md", "Changed.\n"),
        ("docs/AGENTS.md", "For another folder.\n"),
        (
            ".claude/agents/clerk.md",
            "---\nname: clerk\ndescription: Answers letters\n---\nYou are another clerk.\n",
        ),
    ] {
        let mut changed = files();
        changed.insert(path, text.to_owned());
        assert_eq!(again(&changed, &recording).state, CaseState::Passed, "{path}");
    }
    // Assertions are not sent either: they are judged anew.
    let mut stricter = files();
    stricter.insert("evals/a.eval.yaml", CASES.replace("contains: shipped", "contains: lost"));
    assert_eq!(again(&stricter, &recording).state, CaseState::Failed);
}

#[test]
fn a_sub_agent_answers_with_its_own_prompt_and_model() {
    let replies = [
        calls(&[
            ("Task", json!({"agent": "clerk", "prompt": "Write to Ann"})),
            ("lookup", json!({"id": "B-2"})),
        ]),
        says("Dear Ann"),
        says("Done."),
    ];
    let (transcript, recording, stuck) = run(&files(), CASES, &replies);
    assert_eq!((stuck, transcript.answer.as_str()), (None, "Done."));
    let requests = recording.requests();
    let (agent, errand) = &requests[1];
    assert_eq!((agent.as_str(), errand.model.as_str()), ("clerk", "claude-small"));
    let sources: Vec<&str> = errand.system.iter().map(|part| part.source.as_str()).collect();
    assert_eq!(sources, [".claude/agents/clerk.md (body)", "CLAUDE.md"]);
    let crate::chat::Message::Tools { results } = &requests[2].1.messages[2] else { panic!("no results") };
    let told: Vec<(&str, bool)> =
        results.iter().map(|result| (result.content.as_str(), result.failed)).collect();
    assert_eq!(told, [("Dear Ann", false), ("no such order", true)]);
}

#[test]
fn what_nobody_declared_is_found() {
    let replies = [
        calls(&[
            ("delete_all", json!({})),
            ("Skill", json!({"skill": "taxes"})),
            ("Task", json!({"agent": "boss", "prompt": "x"})),
            ("Read", json!({"path": "docs/notes.md"})),
            ("Read", json!({"path": "../../etc/passwd"})),
            ("Read", json!({"path": ".claude/skills/orders/more.md"})),
        ]),
        says("shipped"),
    ];
    let (transcript, recording, _) = run(&files(), CASES, &replies);
    assert_eq!(transcript.undeclared, ["tool delete_all", "skill taxes", "agent boss"]);
    let crate::chat::Message::Tools { results } = &recording.requests()[1].1.messages[2] else {
        panic!("no results")
    };
    let failed: Vec<bool> = results.iter().map(|result| result.failed).collect();
    assert_eq!(failed, [true, true, true, true, true, false]);
    assert_eq!(results[5].content, "More.\n");
    let result = again(&files(), &recording);
    assert!(result.runs[0].judged.iter().any(|judged| judged.assertion == "declared"), "{result:?}");
}

#[test]
fn a_case_that_is_not_complete_or_does_not_end_is_an_error() {
    let (_, _, stuck) = run(&files(), CASES, &[calls(&[("lookup", json!({"id": "C-3"}))])]);
    assert_eq!(
        stuck.as_deref(),
        Some("the tool lookup has no reply for {\"id\":\"C-3\"}; add one to the case")
    );
    let endless: Vec<Reply> = (0..12).map(|_| calls(&[("lookup", json!({"id": "A-1"}))])).collect();
    let (_, _, stuck) = run(&files(), CASES, &endless);
    assert_eq!(stuck.as_deref(), Some("12 model calls were not enough; raise `max_turns` if that is right"));
}

#[test]
fn the_user_goes_on_when_the_agent_has_finished() {
    let text = CASES.replace("prompt: Where is A-1?", "prompts: [Hi, Bye]");
    let (transcript, recording, _) = run(&files(), &text, &[says("Hello."), says("Bye.")]);
    assert_eq!((transcript.answer.as_str(), transcript.turns), ("Bye.", 2));
    assert_eq!(recording.requests()[1].1.messages.len(), 3);
}

#[test]
fn a_renamed_case_keeps_its_recording() {
    let (_, recording, _) = run(&files(), CASES, &usual());
    let mut renamed = files();
    renamed.insert("evals/a.eval.yaml", CASES.replace("id: order\n", "id: parcel\n"));
    assert_eq!(again(&renamed, &recording).state, CaseState::Passed);
}

#[test]
fn without_a_recording_or_with_a_broken_one_there_is_no_pass() {
    let empty = Recording::new("evals/a.eval.yaml#order", 1);
    assert_eq!(again(&files(), &empty).state, CaseState::NotRecorded);
    let (_, recording, _) = run(&files(), CASES, &usual());
    let old = Recording { schema: 0, ..recording };
    let result = again(&files(), &old);
    assert_eq!(result.state, CaseState::Error);
    let RunState::Error(reason) = &result.runs[0].state else { panic!("no error") };
    assert!(reason.contains("record it again"), "{reason}");
}

#[test]
fn what_a_case_does_not_say_of_a_tool_its_server_does() {
    let mut with_list = files();
    let list = crate::agent::mcp::Listing {
        server: "shop".to_owned(),
        tools: vec![
            json!({"name": "find", "description": "Finds.", "inputSchema": {"type": "object", "required": ["q"]}}),
        ],
        ..crate::agent::mcp::Listing::default()
    };
    with_list.insert(".weighbridge/mcp/shop.json", list.to_text());
    let text = CASES.replace("  lookup:\n", "  mcp__shop__find: {replies: [{result: x}]}\n  lookup:\n");
    let (_, recording, _) = run(&with_list, &text, &[says("shipped")]);
    let (_, request) = &recording.requests()[0];
    let found = request.tools.iter().find(|tool| tool.name == "mcp__shop__find").expect("on offer");
    assert_eq!((found.description.as_str(), &found.input_schema["required"]), ("Finds.", &json!(["q"])));
}
