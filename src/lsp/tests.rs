#![expect(clippy::needless_pass_by_value, reason = "messages are literals")]

mod folders;

use super::*;
use crate::base::{MemoryTree, RepoPath};
use crate::context::local;
use crate::host::MemoryHost;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::cell::RefCell;

/// Files below `/repo`, which a test may change.
struct Files {
    tree: RefCell<Arc<dyn Tree>>,
    ignored: Vec<&'static str>,
    opened: RefCell<usize>,
}

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        Self {
            tree: RefCell::new(tree(files)),
            ignored: vec!["/repo/private/AGENTS.md"],
            opened: RefCell::new(0),
        }
    }
}

fn tree(files: &[(&str, &str)]) -> Arc<dyn Tree> {
    Arc::new(MemoryTree::new(files.iter().map(|(path, text)| (*path, *text))))
}

impl World for Files {
    fn open(&self, root: &Path) -> Result<Arc<dyn Tree>, String> {
        *self.opened.borrow_mut() += 1;
        match root.to_str() {
            Some("/repo" | "/other") => Ok(Arc::clone(&self.tree.borrow())),
            _ => Err("there is no such folder".to_owned()),
        }
    }

    fn is_there(&self, path: &Path) -> bool {
        self.ignored.iter().any(|ignored| Path::new(ignored) == path)
    }

    fn kept(&self, _root: &Path) -> Cache {
        Cache::default()
    }

    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_second(1_795_262_400).unwrap()
    }

    fn context(&self) -> PipelineContext {
        local::detect(&MemoryHost::new())
    }

    fn clients(&self) -> &[Client] {
        &[]
    }
}

/// A client that speaks literal JSON.
struct Editor<'w> {
    session: Session<'w>,
    requests: u64,
}

impl<'w> Editor<'w> {
    fn new(world: &'w Files) -> Self {
        Self { session: Session::new(world), requests: 0 }
    }

    /// An editor that has begun, with these abilities; what it was told is given too.
    fn begun(world: &'w Files, capabilities: Value) -> (Self, Vec<Value>) {
        let mut editor = Self::new(world);
        let answer =
            editor.ask("initialize", json!({"rootUri": "file:///repo", "capabilities": capabilities}));
        assert_eq!(answer["result"]["serverInfo"]["name"], "weighbridge");
        let told = editor.tell("initialized", json!({}));
        (editor, told)
    }

    fn send(&mut self, messages: &[Value]) -> Vec<Value> {
        self.session.handle(messages.iter().map(|message| Ok(message.to_string().into_bytes()))).messages
    }

    fn tell(&mut self, method: &str, params: Value) -> Vec<Value> {
        self.send(&[json!({"jsonrpc": "2.0", "method": method, "params": params})])
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.requests += 1;
        let id = self.requests;
        let mut told = self.send(&[json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})]);
        let at = told.iter().position(|message| message["id"] == id).expect("an answer");
        told.remove(at)
    }

    fn open(&mut self, uri: &str, text: &str) -> Vec<Value> {
        self.tell(
            "textDocument/didOpen",
            json!({"textDocument": {"uri": uri, "languageId": "markdown", "version": 1, "text": text}}),
        )
    }

    fn edit(&mut self, uri: &str, version: i64, changes: Value) -> Vec<Value> {
        self.tell(
            "textDocument/didChange",
            json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": changes}),
        )
    }
}

/// What was published: address, version, and the codes with their lines.
fn published(told: &[Value]) -> Vec<(String, Option<i64>, Vec<String>)> {
    let all = told.iter().filter(|message| message["method"] == "textDocument/publishDiagnostics");
    all.map(|message| {
        let params = &message["params"];
        let found = params["diagnostics"].as_array().unwrap().iter();
        let found = found
            .map(|one| format!("{}@{}", one["code"].as_str().unwrap_or("-"), one["range"]["start"]["line"]));
        (params["uri"].as_str().unwrap().to_owned(), params["version"].as_i64(), found.collect())
    })
    .collect()
}

fn diagnostics_of<'v>(told: &'v [Value], uri: &str) -> &'v [Value] {
    let of = told.iter().rev().find(|message| message["params"]["uri"] == uri).expect("something was said");
    of["params"]["diagnostics"].as_array().unwrap()
}

const CLAUDE: &str = "file:///repo/CLAUDE.md";
const IMPORTS: &str = "# Rules 😀\n\nSee @docs/gone.md for the rest.\n";

#[test]
fn the_whole_workspace_is_judged_as_validate_judges_it() {
    let world = Files::new(&[("CLAUDE.md", IMPORTS), ("docs/readme.md", "x\n")]);
    let (_, told) = Editor::begun(&world, json!({}));
    let found = published(&told);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].0.as_str(), found[0].1), (CLAUDE, None));
    let by_validate: Vec<String> = {
        let inputs_tree = Arc::clone(&world.tree.borrow());
        let mut workspace = workspace::Workspace::new("/repo".to_owned(), &world);
        workspace.judge(std::iter::empty(), &world).unwrap();
        let judged = workspace.judged.unwrap();
        assert_eq!(judged.head.tree.entries().len(), inputs_tree.entries().len());
        judged
            .of(&RepoPath::new("CLAUDE.md").unwrap())
            .iter()
            .map(|finding| format!("{}@{}", finding.rule, finding.place.line() - 1))
            .collect()
    };
    assert_eq!(found[0].2, by_validate);
    assert!(found[0].2.contains(&"CC-MEM-001@2".to_owned()), "{found:?}");
}

#[test]
fn what_is_typed_is_judged_and_what_is_settled_goes() {
    let world = Files::new(&[("CLAUDE.md", "# Rules\n\nRun the tests with `cargo test`.\n")]);
    let (mut editor, _) = Editor::begun(&world, json!({}));
    let opened = published(&editor.open(CLAUDE, "# Rules 😀\n\nSee the rest.\n"));
    assert!(
        opened.iter().all(|(_, _, found)| !found.iter().any(|code| code.starts_with("CC-MEM-001"))),
        "{opened:?}"
    );
    // A change in the units of UTF-16, where the smile takes two.
    let insert = json!([
        {"range": {"start": {"line": 2, "character": 4}, "end": {"line": 2, "character": 12}}, "text": "@docs/gone.md"},
        {"range": {"start": {"line": 0, "character": 8}, "end": {"line": 0, "character": 10}}, "text": "é"},
    ]);
    let told = editor.edit(CLAUDE, 2, insert);
    let found = published(&told);
    assert_eq!((found[0].0.as_str(), found[0].1), (CLAUDE, Some(2)));
    assert!(found[0].2.contains(&"CC-MEM-001@2".to_owned()), "{found:?}");
    // The whole text at once.
    let told = editor.edit(CLAUDE, 3, json!([{"text": "# Rules\n\nRun the tests with `cargo test`.\n"}]));
    assert!(!published(&told)[0].2.contains(&"CC-MEM-001@2".to_owned()), "{told:?}");
    // Closed without being saved: what is on disk counts again.
    editor.edit(CLAUDE, 4, json!([{"text": IMPORTS}]));
    let told = editor.tell("textDocument/didClose", json!({"textDocument": {"uri": CLAUDE}}));
    assert!(!published(&told)[0].2.contains(&"CC-MEM-001@2".to_owned()), "{told:?}");
}

#[test]
fn nothing_is_said_twice() {
    let world = Files::new(&[("CLAUDE.md", IMPORTS)]);
    let (mut editor, _) = Editor::begun(&world, json!({}));
    let first = editor.open(CLAUDE, IMPORTS);
    assert_eq!(published(&first).len(), 1, "the version is new");
    assert_eq!(
        editor.tell("textDocument/didSave", json!({"textDocument": {"uri": CLAUDE}})),
        [] as [Value; 0]
    );
    assert_eq!(editor.tell("$/setTrace", json!({"value": "off"})), [] as [Value; 0]);
    assert_eq!(editor.tell("textDocument/didChange", json!({"nonsense": 1})), [] as [Value; 0]);
}

#[test]
fn a_keystroke_does_not_list_the_files_again_and_other_files_on_disk_do() {
    let world = Files::new(&[("CLAUDE.md", IMPORTS)]);
    let (mut editor, _) = Editor::begun(&world, json!({}));
    editor.open(CLAUDE, IMPORTS);
    let before = *world.opened.borrow();
    for version in 2..9 {
        editor.edit(CLAUDE, version, json!([{"range": {"start": {"line": 9, "character": 0}, "end": {"line": 9, "character": 0}}, "text": "x"}]));
    }
    assert_eq!(*world.opened.borrow(), before);
    *world.tree.borrow_mut() = tree(&[("CLAUDE.md", IMPORTS), ("docs/gone.md", "Here it is.\n")]);
    let told = editor.tell(
        "workspace/didChangeWatchedFiles",
        json!({"changes": [{"uri": "file:///repo/docs/gone.md", "type": 1}]}),
    );
    let found = published(&told);
    assert!(
        found.iter().any(|(uri, _, found)| uri == CLAUDE && !found.contains(&"CC-MEM-001@2".to_owned())),
        "{found:?}"
    );
}

#[test]
fn several_changes_that_wait_are_judged_once() {
    let world = Files::new(&[("CLAUDE.md", "x\n")]);
    let (mut editor, _) = Editor::begun(&world, json!({}));
    editor.open(CLAUDE, "x\n");
    let change = |version: i64, text: &str| json!({"method": "textDocument/didChange", "params": {"textDocument": {"uri": CLAUDE, "version": version}, "contentChanges": [{"text": text}]}});
    let told = editor.send(&[change(2, IMPORTS), change(3, "y\n"), change(4, IMPORTS)]);
    let versions: Vec<Option<i64>> = published(&told).into_iter().map(|(_, version, _)| version).collect();
    assert_eq!(versions, [Some(4)]);
}

#[test]
fn the_configuration_is_in_force_and_its_own_errors_are_shown() {
    let config = "file:///repo/weighbridge.yaml";
    let world = Files::new(&[
        ("CLAUDE.md", IMPORTS),
        ("weighbridge.yaml", "rules:\n  levels:\n    CC-MEM-001: info\n"),
    ]);
    let (mut editor, told) = Editor::begun(&world, json!({}));
    let severity = |told: &[Value]| {
        let found = diagnostics_of(told, CLAUDE).iter().find(|one| one["code"] == "CC-MEM-001").cloned();
        found.map(|one| one["severity"].clone())
    };
    assert_eq!(severity(&told), Some(json!(3)));
    let told = editor.open(config, "rules:\n  levels:\n    CC-MEM-001: 'off'\n");
    assert_eq!(severity(&told), None);
    // While it is broken, the last one that could be read is in force.
    let told = editor.edit(
        config,
        2,
        json!([{"text": "rules:\n  levels:\n    no-such-rule: info\n    CC-MEM-001: error\n"}]),
    );
    let found = published(&told);
    assert_eq!(found, [(config.to_owned(), Some(2), vec!["configuration@2".to_owned()])]);
    let told = editor.edit(config, 3, json!([{"text": "version: 2\nclient: []\n"}]));
    assert!(published(&told)[0].2[0].starts_with("configuration@"), "{told:?}");
    let told = editor.edit(config, 4, json!([{"text": "rules:\n  levels:\n    CC-MEM-001: warning\n"}]));
    assert_eq!(severity(&told), Some(json!(2)));
    assert!(diagnostics_of(&told, config).is_empty());
}

#[test]
fn an_ignore_with_a_reason_silences_and_one_without_is_shown() {
    let world = Files::new(&[("CLAUDE.md", IMPORTS)]);
    let (mut editor, _) = Editor::begun(&world, json!({}));
    editor.open(CLAUDE, IMPORTS);
    let range = json!({"start": {"line": 2, "character": 0}, "end": {"line": 2, "character": 6}});
    let answer = editor.ask(
        "textDocument/codeAction",
        json!({"textDocument": {"uri": CLAUDE}, "range": range, "context": {"diagnostics": []}}),
    );
    let actions = answer["result"].as_array().unwrap();
    let ignore = actions
        .iter()
        .find(|one| one["title"] == "Ignore CC-MEM-001 here, for a reason that you write")
        .expect("offered");
    assert_eq!(
        (&ignore["kind"], &ignore["diagnostics"][0]["code"]),
        (&json!("quickfix"), &json!("CC-MEM-001"))
    );
    let edit = &ignore["edit"]["changes"][CLAUDE][0];
    assert_eq!(edit["newText"], " <!-- weighbridge-ignore CC-MEM-001: reason -->");
    let told = editor.edit(CLAUDE, 2, json!([{"range": edit["range"], "text": edit["newText"]}]));
    let found = &published(&told)[0].2;
    assert!(
        found.contains(&"CC-MEM-001@2".to_owned()) && found.contains(&"malformed-ignore@2".to_owned()),
        "{found:?}"
    );
    let told = editor.edit(CLAUDE, 3, json!([{"text": IMPORTS.replace("rest.", "rest. <!-- weighbridge-ignore CC-MEM-001: made by the build -->")}]));
    let found = &published(&told)[0].2;
    assert!(
        !found.iter().any(|code| code.starts_with("CC-MEM-001") || code.starts_with("malformed")),
        "{found:?}"
    );
    let other = json!({"textDocument": {"uri": CLAUDE}, "range": range, "context": {"diagnostics": [], "only": ["refactor"]}});
    assert_eq!(editor.ask("textDocument/codeAction", other)["result"], json!([]));
}

#[test]
fn fixes_are_offered_and_settle_what_they_are_for() {
    let skill = "file:///repo/.claude/skills/Greet/SKILL.md";
    let text = "---\nname: Greet_User\ndescription: Use when somebody says hello, to greet them by name.\n---\nSay hello.\n";
    let world = Files::new(&[(".claude/skills/Greet/SKILL.md", text)]);
    let abilities =
        json!({"workspace": {"workspaceEdit": {"documentChanges": true, "snippetEditSupport": true}}});
    let (mut editor, told) = Editor::begun(&world, abilities);
    let before = diagnostics_of(&told, skill).to_vec();
    editor.open(skill, text);
    let everything = json!({"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}});
    let answer = editor.ask(
        "textDocument/codeAction",
        json!({"textDocument": {"uri": skill}, "range": everything, "context": {"diagnostics": []}}),
    );
    let actions = answer["result"].as_array().unwrap();
    let is_snippet = |one: &&Value| one["edit"]["documentChanges"][0]["edits"][0].get("snippet").is_some();
    let fix = actions.iter().find(|one| !is_snippet(one)).unwrap_or_else(|| panic!("{before:?} {actions:?}"));
    let change = &fix["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"], json!({"uri": skill, "version": 1}));
    let edit = &change["edits"][0];
    let told = editor.edit(skill, 2, json!([{"range": edit["range"], "text": edit["newText"]}]));
    let code = &fix["diagnostics"][0]["code"];
    let count = |found: &[Value]| found.iter().filter(|one| one["code"] == *code).count();
    assert!(count(diagnostics_of(&told, skill)) < count(&before), "{fix} did not settle {code}: {told:?}");
    let ignore = actions.iter().find(is_snippet).expect("an ignore");
    let snippet = ignore["edit"]["documentChanges"][0]["edits"][0]["snippet"]["value"].as_str().unwrap();
    assert!(
        snippet.starts_with("# weighbridge-ignore ") && snippet.ends_with(": ${1:reason}\n"),
        "{snippet}"
    );
}

#[test]
fn rules_of_ours_offer_fixes_too() {
    let text = "# Title\r\n\r\nBe\u{200b} brief.\r\n\r\n<!-- weighbridge-ignore nul-byte: old one -->\r\nx\u{200b}y\r\n";
    let world = Files::new(&[("CLAUDE.md", text)]);
    let (mut editor, told) = Editor::begun(&world, json!({}));
    let codes = |found: &[Value]| -> Vec<String> {
        found.iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
    };
    let wanted = ["zero-width-characters", "unused-ignore"];
    assert!(wanted.iter().all(|rule| codes(diagnostics_of(&told, CLAUDE)).contains(&(*rule).to_owned())));
    editor.open(CLAUDE, text);
    let everything = json!({"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}});
    let answer = editor.ask(
        "textDocument/codeAction",
        json!({"textDocument": {"uri": CLAUDE}, "range": everything, "context": {"diagnostics": []}}),
    );
    let offered: Vec<(&str, &Value)> = answer["result"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["title"].as_str().is_some_and(|title| title.starts_with("take ")))
        .map(|one| (one["diagnostics"][0]["code"].as_str().unwrap(), &one["edit"]["changes"][CLAUDE][0]))
        .collect();
    assert_eq!(offered.len(), 2, "{answer}");
    let at = |rule: &str| offered.iter().find(|(code, _)| *code == rule).unwrap().1;
    let place = |line: u32, from: u32, to: (u32, u32)| json!({"newText": "", "range": {"start": {"line": line, "character": from}, "end": {"line": to.0, "character": to.1}}});
    assert_eq!(*at("zero-width-characters"), place(2, 2, (2, 3)));
    assert_eq!(*at("unused-ignore"), place(4, 0, (5, 0)), "the whole line");
}

#[test]
fn a_finding_says_where_its_rule_comes_from() {
    let world = Files::new(&[("CLAUDE.md", IMPORTS)]);
    let rich = json!({"textDocument": {"publishDiagnostics": {"relatedInformation": true, "codeDescriptionSupport": true}}});
    let (mut editor, told) = Editor::begun(&world, rich);
    let found = diagnostics_of(&told, CLAUDE).iter().find(|one| one["code"] == "CC-MEM-001").unwrap();
    assert_eq!((&found["source"], &found["severity"]), (&json!("weighbridge"), &json!(1)));
    assert!(found["codeDescription"]["href"].as_str().unwrap().starts_with("https://"));
    assert_eq!(found["relatedInformation"][0]["location"]["uri"], CLAUDE);
    assert!(!found["message"].as_str().unwrap().contains("help:"));
    let plain = Editor::begun(&world, json!({})).1;
    let found = diagnostics_of(&plain, CLAUDE).iter().find(|one| one["code"] == "CC-MEM-001").unwrap();
    assert!(
        found["message"].as_str().unwrap().contains("\nhelp: ") && found.get("relatedInformation").is_none()
    );
    editor.open(CLAUDE, IMPORTS);
    let at = |line: u64, character: u64| json!({"textDocument": {"uri": CLAUDE}, "position": {"line": line, "character": character}});
    let answer = editor.ask("textDocument/hover", at(2, 6));
    let text = answer["result"]["contents"]["value"].as_str().unwrap();
    assert!(
        text.contains("CC-MEM-001") && text.contains("(error)") && text.contains("Source: <https://"),
        "{text}"
    );
    assert_eq!(editor.ask("textDocument/hover", at(1, 0))["result"], Value::Null);
    assert_eq!(
        editor.ask("textDocument/hover", json!({"textDocument": {"uri": CLAUDE}}))["error"]["code"],
        -32602
    );
    assert_eq!(editor.ask("textDocument/hover", json!({}))["error"]["code"], -32602);
}

#[test]
fn hints_say_what_is_read_with_every_call() {
    let skill = "---\nname: greet\ndescription: Use when somebody says hello, to greet them by name.\n---\nSay hello to everybody.\n";
    let uri = "file:///repo/.claude/skills/greet/SKILL.md";
    let world = Files::new(&[("CLAUDE.md", IMPORTS), (".claude/skills/greet/SKILL.md", skill)]);
    let (mut editor, _) = Editor::begun(&world, json!({}));
    editor.open(CLAUDE, IMPORTS);
    editor.open(uri, skill);
    let mut hints = |uri: &str, last: u64| {
        let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": last, "character": 0}});
        let answer =
            editor.ask("textDocument/inlayHint", json!({"textDocument": {"uri": uri}, "range": range}));
        let hints = answer["result"].as_array().unwrap().clone();
        hints
            .iter()
            .map(|hint| format!("{} {}", hint["position"], hint["label"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    let whole = hints(CLAUDE, 9);
    assert_eq!(whole.len(), 1, "{whole:?}");
    assert!(
        whole[0].starts_with("{\"line\":0,\"character\":10} ~")
            && whole[0].ends_with(" tokens with every call of Claude Code"),
        "{whole:?}"
    );
    let parts = hints(uri, 9);
    assert!(
        parts[0].contains("\"line\":0")
            && parts[0].contains("listing entry: ~")
            && parts[0].contains("with every call of Claude Code"),
        "{parts:?}"
    );
    assert!(
        parts[1].contains("\"line\":4")
            && parts[1].contains("body: ~")
            && parts[1].ends_with(" tokens on demand"),
        "{parts:?}"
    );
    assert_eq!(hints(uri, 1).len(), 1, "only what is in the range");
}

#[test]
fn names_of_rules_are_completed() {
    let uri = "file:///repo/weighbridge.yaml";
    let world = Files::new(&[("AGENTS.md", "x\n")]);
    let (mut editor, _) = Editor::begun(&world, json!({}));
    editor.open(uri, "rules:\n  levels:\n    \n");
    let at = |uri: &str| json!({"textDocument": {"uri": uri}, "position": {"line": 2, "character": 4}});
    assert!(editor.ask("textDocument/completion", at(uri))["result"].as_array().unwrap().len() > 700);
    assert_eq!(editor.ask("textDocument/completion", at("file:///repo/other.yaml"))["result"], json!([]));
}

#[test]
fn every_message_has_its_time() {
    let world = Files::new(&[("CLAUDE.md", IMPORTS)]);
    let mut editor = Editor::new(&world);
    assert_eq!(editor.ask("textDocument/hover", json!({}))["error"]["code"], -32002);
    assert_eq!(editor.open(CLAUDE, IMPORTS), [] as [Value; 0], "it is dropped before `initialize`");
    let answer = editor.ask("initialize", json!({"rootUri": "file:///repo", "capabilities": {"general": {"positionEncodings": ["utf-32", "utf-8"]}}}));
    assert_eq!(answer["result"]["capabilities"]["positionEncoding"], "utf-8");
    assert_eq!(editor.ask("initialize", json!({}))["error"]["code"], -32600);
    assert_eq!(editor.ask("textDocument/rename", json!({}))["error"]["code"], -32601);
    assert_eq!(editor.ask("$/what", json!({}))["error"]["code"], -32601);
    let ask = json!({"id": "a", "method": "textDocument/hover", "params": {}});
    let told = editor.send(&[ask.clone(), json!({"method": "$/cancelRequest", "params": {"id": "a"}})]);
    assert_eq!(told[0]["error"]["code"], -32800);
    assert_eq!(editor.send(&[ask])[0]["error"]["code"], -32602, "an id may be used again");
    assert_eq!(editor.ask("shutdown", Value::Null)["result"], Value::Null);
    assert_eq!(editor.ask("textDocument/hover", json!({}))["error"]["code"], -32600);
    let exit = |editor: &mut Editor<'_>| editor.session.handle([Ok(b"{\"method\":\"exit\"}".to_vec())]).exit;
    assert_eq!(exit(&mut editor), Some(true));
    assert_eq!(exit(&mut Editor::new(&world)), Some(false));
}

#[test]
fn what_cannot_be_read_is_answered_and_the_rest_goes_on() {
    let world = Files::new(&[("CLAUDE.md", IMPORTS)]);
    let (mut editor, _) = Editor::begun(&world, json!({}));
    let bodies = [
        Err("too long".to_owned()),
        Ok(b"{".to_vec()),
        Ok(b"[1]".to_vec()),
        Ok(b"{\"id\":7,\"method\":\"textDocument/hover\",\"params\":[]}".to_vec()),
        Ok(b"{\"method\":\"textDocument/didOpen\",\"params\":{\"textDocument\":{\"uri\":3}}}".to_vec()),
        Ok(b"{\"method\":\"textDocument/didChange\",\"params\":{\"textDocument\":{\"uri\":\"file:///repo/CLAUDE.md\"}}}".to_vec()),
        Ok(b"{\"id\":\"weighbridge-1\",\"result\":null}".to_vec()),
    ];
    let told = editor.session.handle(bodies).messages;
    let codes: Vec<&Value> = told.iter().map(|message| &message["error"]["code"]).collect();
    assert_eq!(codes, [&json!(-32700), &json!(-32700), &json!(-32600), &json!(-32602)]);
    assert!(published(&editor.open(CLAUDE, IMPORTS))[0].2.contains(&"CC-MEM-001@2".to_owned()));
}

#[test]
fn what_was_accepted_does_not_count_and_a_broken_list_is_shown() {
    let world = Files::new(&[("CLAUDE.md", IMPORTS), (".weighbridge/accepted.yaml", "findings: [\n")]);
    let (_, told) = Editor::begun(&world, json!({}));
    let found = published(&told);
    assert!(
        found.iter().any(|(uri, _, found)| uri.ends_with("accepted.yaml") && found == &["configuration@0"]),
        "{found:?}"
    );
}

#[test]
fn a_client_that_watches_is_asked_to() {
    let world = Files::new(&[("CLAUDE.md", IMPORTS)]);
    let abilities = json!({"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}, "inlayHint": {"refreshSupport": true}}});
    let (_, told) = Editor::begun(&world, abilities);
    let methods: Vec<&str> = told.iter().filter_map(|message| message["method"].as_str()).collect();
    assert_eq!(
        methods,
        ["client/registerCapability", "textDocument/publishDiagnostics", "workspace/inlayHint/refresh"]
    );
    let ids: Vec<&Value> = told.iter().filter_map(|message| message.get("id")).collect();
    assert_eq!(ids, ["weighbridge-1", "weighbridge-2"]);
}

#[test]
fn control_characters_of_a_file_are_shown_and_not_sent() {
    let skill =
        "---\nname: \"Gr\u{202e}eet \u{200b}\"\ndescription: Use when somebody says hello.\n---\nHello.\n";
    let world = Files::new(&[(".claude/skills/greet/SKILL.md", skill)]);
    let (_, told) = Editor::begun(&world, json!({}));
    let text = json!(told).to_string();
    assert!(text.contains("u{202e}eet") && !text.contains(['\u{202e}', '\u{200b}']), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_message_is_survived(
        messages in proptest::collection::vec(
            prop_oneof![
                "[ -~]{0,60}",
                "\\{\"id\":[0-9]{1,3},\"method\":\"(textDocument/(hover|codeAction|inlayHint|completion)|shutdown|x)\",\"params\":(null|\\{\\}|\\{\"textDocument\":\\{\"uri\":\"file:///repo/CLAUDE.md\"\\},\"position\":\\{\"line\":[0-9]{1,12},\"character\":-?[0-9]\\}\\})\\}",
                "\\{\"method\":\"textDocument/did(Open|Change|Close|Save)\",\"params\":\\{\"textDocument\":\\{\"uri\":\"file:///repo/(a|CLAUDE)\\.md\",\"version\":[0-9],\"text\":\"[a-z]\"\\},\"contentChanges\":\\[\\{\"text\":\"[a-z]\",\"range\":\\{\"start\":\\{\"line\":[0-9],\"character\":[0-9]\\},\"end\":\\{\"line\":[0-9],\"character\":[0-9]\\}\\}\\}\\]\\}\\}",
            ],
            0..6,
        ),
    ) {
        let world = Files::new(&[("CLAUDE.md", "x\n")]);
        let (mut editor, _) = Editor::begun(&world, json!({}));
        let asked = messages.iter().filter(|message| read_id(message).is_some()).count();
        let reply = editor.session.handle(messages.iter().map(|message| Ok(message.clone().into_bytes())));
        let answered = reply.messages.iter().filter(|message| message.get("id").is_some_and(Value::is_number)).count();
        prop_assert_eq!(answered, asked);
    }
}

fn read_id(message: &str) -> Option<Value> {
    match wire::read(message.as_bytes()) {
        Ok(wire::Incoming::Request { id, .. }) => Some(id),
        _ => None,
    }
}
