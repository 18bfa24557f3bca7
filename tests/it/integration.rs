//! Cases against a model server: recorded, replayed without it, limited, compared with a baseline; skills on trial.

use crate::common::{Sandbox, files_below, read};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

const KEY: &str = "sk-ant-api03-recognisable-key-of-this-test";

const CASES: &str = "\
settings: {client: claude-code, model: claude-sonnet-5-5, temperature: 0, max_tokens: 200}
tools:
  look_up:
    description: Finds an order.
    input_schema: {type: object, properties: {number: {type: string}}}
    replies: [{result: shipped}]
cases:
- id: order
  prompt: Where is order 1?
  settings: {repeat: 10}
  assert:
  - contains: shipped
  - tools: {exact: [look_up]}
- id: judged
  prompt: Say something kind.
  assert:
  - judge: {rubric: The answer is kind.}
";

const SKILL: &str =
    "---\nname: refunds\ndescription: Pays money back. Use it when somebody wants a refund.\n---\n\nPay.\n";

const SET: &str = "[{\"query\": \"I want a refund\", \"should_trigger\": true},\n\
                   {\"query\": \"refund the shoes\", \"should_trigger\": true},\n\
                   {\"query\": \"what is a refund, in general?\", \"should_trigger\": false},\n\
                   {\"query\": \"where are you?\", \"should_trigger\": false}]";

/// A model that looks orders up, reads the skill when it reads "refund", and is kind.
struct Model {
    asked: Arc<AtomicU32>,
    /// What it says of an order it has found.
    verb: &'static str,
}

impl Respond for Model {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let last = body["messages"].as_array().unwrap().last().unwrap().to_string();
        let text = |text: &str| json!([{"type": "text", "text": text}]);
        let call = |name: &str, input: Value| json!([{"type": "tool_use", "id": "toolu_x", "name": name, "input": input}]);
        let (content, stop) = if last.contains("requirement") {
            (text("{\"pass\": true, \"reason\": \"It says please.\"}"), "end_turn")
        } else if last.contains("tool_result") {
            (text(&format!("It is {}.", self.verb)), "end_turn")
        } else if last.contains("order") {
            (call("look_up", json!({"number": "1"})), "tool_use")
        } else if last.contains("refund") {
            (call("Skill", json!({"skill": "refunds"})), "tool_use")
        } else {
            (text("Here, please."), "end_turn")
        };
        ResponseTemplate::new(200).set_body_json(json!({
            "model": "claude-sonnet-5-5-20260901", "content": content, "stop_reason": stop,
            "usage": {"input_tokens": 1000, "output_tokens": 50}
        }))
    }
}

struct World {
    sandbox: Sandbox,
    server: MockServer,
    asked: Arc<AtomicU32>,
    runtime: tokio::runtime::Runtime,
}

impl World {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let server = runtime.block_on(MockServer::start());
        let sandbox = Sandbox::with(&[
            ("CLAUDE.md", "Be brief.\n"),
            (".claude/skills/refunds/SKILL.md", SKILL),
            (".claude/skills/refunds/evals/trigger-evals.json", SET),
            ("evals/a.eval.yaml", CASES),
        ]);
        let world = Self { sandbox, server, asked: Arc::default(), runtime };
        world.answers("shipped");
        world
    }

    fn answers(&self, verb: &'static str) {
        let asked = Arc::clone(&self.asked);
        self.runtime.block_on(async {
            self.server.reset().await;
            let model = Model { asked, verb };
            let mock = Mock::given(method("POST")).and(path("/v1/messages")).respond_with(model);
            mock.mount(&self.server).await;
        });
    }

    fn run(&self, args: &[&str]) -> crate::common::Outcome {
        let mut all = vec!["integration", "--format", "json"];
        all.extend(args);
        let run = self.sandbox.run(&all).env("ANTHROPIC_BASE_URL", self.server.uri());
        run.env("ANTHROPIC_API_KEY", KEY).outcome()
    }

    fn asked(&self) -> u32 {
        self.asked.swap(0, Ordering::SeqCst)
    }
}

#[test]
fn what_was_recorded_is_not_asked_again_and_needs_no_key() {
    let world = World::new();
    let report = world.run(&[]).exits(0).json();
    assert_eq!(report["stages"][0]["id"], "integration");
    // Ten repeats of two calls, one answer and one judgement.
    assert_eq!((world.asked(), report["cases"]["asked"].as_u64()), (22, Some(22)));
    let again = world.run(&[]).exits(0).json();
    assert_eq!((world.asked(), again["cases"]["replayed"].as_u64()), (0, Some(22)));
    assert_eq!(again["cases"]["cost"], report["cases"]["cost"], "what is replayed is charged all the same");

    let dry = world.sandbox.outcome(&["dry-run", "--format", "json"]).exits(0).json();
    assert_eq!(dry["cases"]["replayed"], 22);
    crate::common::write(&world.sandbox.path("work/CLAUDE.md"), b"Be kind.\n");
    let dry = world.sandbox.outcome(&["dry-run"]).exits(5);
    assert!(dry.stdout.contains("`CLAUDE.md`: line 1: was `Be brief.`, is `Be kind.`"), "{}", dry.stdout);
    let run = world.sandbox.outcome(&["run"]).exits(5);
    assert!(run.stdout.contains("2 cases not recorded"), "{}", run.stdout);
}

#[test]
fn a_key_is_left_nowhere() {
    let world = World::new();
    let said = world.run(&["--report-dir", "reports", "-vvv"]);
    let mut texts = vec![said.stdout.clone(), said.stderr.clone()];
    let files = files_below(&world.sandbox.path("work"));
    assert!(files.len() > 15, "recordings and reports: {files:?}");
    texts.extend(files.iter().map(|file| read(&world.sandbox.path("work").join(file))));
    assert!(texts.iter().all(|text| !text.contains("recognisable")), "the key is in one of them");
}

#[test]
fn beyond_the_limit_nothing_passes() {
    let world = World::new();
    let said = world.run(&["--limit-usd", "0.05", "-j", "8"]).exits(5).json();
    let states = |report: &Value| -> Vec<String> {
        let cases = report["cases"]["cases"].as_array().unwrap();
        cases.iter().map(|case| case["state"].as_str().unwrap().to_owned()).collect()
    };
    assert!(states(&said).contains(&"not-run".to_owned()), "{said}");
    // $3 and $15 a million: a call of 1,000 and 50 tokens is $0.00375 at most, whatever the price list says today.
    assert!(world.asked() < 22);
    let cost: f64 = said["cases"]["cost"].as_str().unwrap().parse().unwrap();
    assert!(cost > 0.0 && cost <= 0.05, "{cost}");
    let replayed = world.run(&["--limit-tokens", "3000", "--mode", "replay"]).exits(5).json();
    assert!(!states(&replayed).contains(&"passed".to_owned()), "{replayed}");
}

#[test]
fn a_run_is_compared_with_its_baseline() {
    let world = World::new();
    world.run(&["--save-baseline"]).exits(0);
    let kept = read(&world.sandbox.path("work/.weighbridge/baseline.yaml"));
    assert!(kept.contains("passed: 10"), "{kept}");
    let same = world.run(&["--mode", "refresh"]).exits(0).json();
    assert_eq!(same["cases"]["compared"][0]["verdict"], "no evidence");

    world.answers("lost");
    let worse = world.run(&["--mode", "refresh"]).exits(1).json();
    assert_eq!(worse["cases"]["compared"][0]["verdict"], "regression");
    assert_eq!(worse["cases"]["compared"][0]["after"], json!([0, 10]));
    // A run that was cut short does not become what later ones are measured by.
    let cut = world.run(&["--mode", "refresh", "--limit-tokens", "9000", "--save-baseline"]);
    assert!(cut.stderr.contains("the baseline was left as it is"), "{}", cut.stderr);
    assert_eq!(read(&world.sandbox.path("work/.weighbridge/baseline.yaml")), kept);
}

#[test]
fn skills_are_tried_with_a_bound() {
    let world = World::new();
    let report = world.run(&["--triggers", "15", "--case", "judged"]).exits(1).json();
    let skill = &report["cases"]["triggers"][0];
    assert_eq!(skill["skill"], "refunds");
    let side = |side: &str| {
        let side = &skill[side];
        (
            side["passed"].as_u64().unwrap(),
            side["of"].as_u64().unwrap(),
            side["verdict"].as_str().unwrap().to_owned(),
        )
    };
    assert_eq!(side("should"), (30, 30, "shown".to_owned()));
    assert_eq!(side("should_not"), (15, 30, "refuted".to_owned()));
    assert_eq!(skill["misses"][0]["prompt"], "what is a refund, in general?");

    // Without a server there are no trials, and an error is none that passed.
    let down = world.sandbox.run(&[
        "integration",
        "--mode",
        "off",
        "--triggers",
        "1",
        "--case",
        "judged",
        "--format",
        "json",
    ]);
    let down = down.env("ANTHROPIC_BASE_URL", "http://127.0.0.1:9").outcome().exits(5).json();
    let skill = &down["cases"]["triggers"][0];
    assert_eq!((&skill["should"]["of"], &skill["should"]["errors"]), (&json!(0), &json!(2)));
}
