//! Trigger sets: prompts that should start a skill and prompts that should not, in every shape people write.
//!
//! `docs/triggers.md` lists the shapes with where each was seen. What cannot be understood is an error with its line:
//! a set that is read as empty would pass for ever.

use super::json;
use crate::base::text::{truncate_end, visible};
use crate::base::{Place, RepoPath, Span};
use crate::config::yaml::{self, Node, Value};

/// Prompts of one set that are read; real sets have about twenty.
const MAX_QUERIES: usize = 2_000;
/// Errors of one set that are reported.
const MAX_ERRORS: usize = 20;
/// Mappings inside mappings that are looked into: a split inside a polarity inside `triggers`.
const MAX_DEPTH: usize = 4;

/// Keys of lists of rows that say for themselves what should happen.
const ROWS: [&str; 9] = [
    "queries",
    "evals",
    "cases",
    "prompts",
    "tests",
    "test_cases",
    "trigger_evals",
    "trigger_tests",
    "items",
];
/// Keys of lists of prompts that should start the skill.
const YES: [&str; 5] = ["should_trigger", "should_fire", "should_activate", "should_match", "positive"];
/// Keys of lists of prompts that should not.
const NO: [&str; 7] = [
    "should_not_trigger",
    "shouldnt_trigger",
    "should_not_fire",
    "should_not_activate",
    "should_not_match",
    "no_trigger",
    "negative",
];
/// Keys of parts that are sets themselves: splits for training and validation, and a plain wrapper.
const PARTS: [&str; 9] =
    ["train", "val", "validation", "valid", "dev", "test", "holdout", "held_out", "triggers"];
/// Keys of the prompt of a row.
const TEXT: [&str; 6] = ["query", "prompt", "input", "text", "intent", "user_prompt"];
/// Keys of a row with true or false.
const LABEL: [&str; 5] = ["should_trigger", "should_match", "should_fire", "should_activate", "triggers"];
/// Keys of a row with a word.
const WORD: [&str; 3] = ["expect", "expected", "type"];
/// Keys with the skill that is meant.
const SKILL: [&str; 6] = ["skill_name", "skill", "target", "expected_skill", "target_skill", "name"];

/// What the author wants to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Label {
    /// The skill should start.
    Triggers,
    /// It should not.
    Stays,
    /// Both are fine: an edge case that the author marks as one.
    Either,
}

/// A prompt with its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// What a user types.
    pub text: String,
    /// What the author wants.
    pub label: Label,
    /// The skill that the row itself names.
    pub skill: Option<String>,
    /// Where it stands.
    pub span: Span,
}

/// Why a set or a row of it cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetError {
    /// Where.
    pub place: Place,
    /// What is wrong, without a full stop.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// A file with prompts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriggerSet {
    /// The file.
    pub path: RepoPath,
    /// The skill that the file names.
    pub skill: Option<String>,
    /// Its prompts, in order.
    pub queries: Vec<Query>,
    /// What of it cannot be used.
    pub errors: Vec<SetError>,
}

/// Reads a file. Rows without a label are errors, unless `mixed`: a file that has other cases too.
pub fn read(path: &RepoPath, text: &str, mixed: bool) -> TriggerSet {
    let mut reader = Reader {
        set: TriggerSet { path: path.clone(), skill: None, queries: Vec::new(), errors: Vec::new() },
        mixed,
        understood: false,
    };
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let parsed = if is_json { yaml::parse(&json::for_yaml(text), 1) } else { yaml::parse(text, 1) };
    match parsed {
        Err(error) => {
            let at = Span { start: error.at, end: error.at };
            let format = if is_json { "JSON" } else { "YAML" };
            reader.error(at, &format!("it is no {format}: {}", error.message), "correct the syntax");
        }
        Ok(node) => reader.top(&node),
    }
    reader.set
}

struct Reader {
    set: TriggerSet,
    mixed: bool,
    understood: bool,
}

fn get<'a>(node: &'a Node, keys: &[&str]) -> Option<&'a Node> {
    keys.iter().find_map(|key| {
        node.pairs().iter().find(|(name, _)| name.text().is_some_and(|name| same(name, key))).map(|(_, v)| v)
    })
}

/// `should-not-trigger`, `shouldNotTrigger` and `should_not_trigger` are one key.
fn same(written: &str, key: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    letters(written) == letters(key)
}

fn is_one_of(node: &Node, keys: &[&str]) -> bool {
    node.text().is_some_and(|text| keys.iter().any(|key| same(text, key)))
}

impl Reader {
    fn error(&mut self, at: Span, message: &str, help: &str) {
        if self.set.errors.len() < MAX_ERRORS {
            let place = Place::span(self.set.path.clone(), at);
            self.set.errors.push(SetError { place, message: message.to_owned(), help: help.to_owned() });
        }
    }

    fn top(&mut self, node: &Node) {
        let name = get(node, &SKILL).and_then(Node::non_empty);
        self.set.skill = name.map(str::to_owned);
        self.part(node, None, 0);
        if !self.understood && !self.mixed {
            let keys: Vec<&str> = node.pairs().iter().filter_map(|(key, _)| key.text()).take(6).collect();
            let found = if keys.is_empty() {
                "it has no list of prompts".to_owned()
            } else {
                let keys = truncate_end(&visible(&keys.join("`, `")), 120);
                format!("it has the keys `{keys}`, and none of them is a list of prompts in a known shape")
            };
            self.error(
                node.span,
                &found,
                "write a list of `query` and `should_trigger`; docs/triggers.md has the other shapes",
            );
        } else if self.set.queries.is_empty() && self.set.errors.is_empty() && !self.mixed {
            self.error(node.span, "it has no prompts", "add prompts, or remove the file");
        }
    }

    /// A list of rows or prompts, or a mapping with such lists; `label` is what the keys above say.
    fn part(&mut self, node: &Node, label: Option<Label>, depth: usize) {
        match &node.value {
            Value::Sequence(items) => {
                self.understood = true;
                for item in items {
                    if self.set.queries.len() >= MAX_QUERIES {
                        let message = format!("prompts beyond the first {MAX_QUERIES} are not read");
                        self.error(item.span, &message, "split the set");
                        return;
                    }
                    self.row(item, label);
                }
            }
            Value::Mapping(pairs) if depth < MAX_DEPTH => {
                for (key, value) in pairs {
                    let is_list = matches!(value.value, Value::Sequence(_) | Value::Mapping(_));
                    if is_list && is_one_of(key, &YES) {
                        self.part(value, Some(Label::Triggers), depth + 1);
                    } else if is_list && is_one_of(key, &NO) {
                        self.part(value, Some(Label::Stays), depth + 1);
                    } else if is_list && (is_one_of(key, &PARTS) || is_one_of(key, &ROWS)) {
                        self.part(value, label, depth + 1);
                    } else if label.is_some() {
                        // Below a polarity every list is one of prompts, whatever it is called.
                        if let Value::Sequence(_) = value.value {
                            self.part(value, label, depth + 1);
                        }
                    }
                }
            }
            Value::Mapping(_) => self.error(node.span, "it nests too deeply", "use one of the known shapes"),
            Value::Scalar { .. } | Value::Alias => {
                self.error(node.span, "a list of prompts is expected here", "write a list");
            }
        }
    }

    fn row(&mut self, item: &Node, above: Option<Label>) {
        if let (Some(text), Some(label)) = (item.non_empty(), above) {
            let query = Query { text: text.to_owned(), label, skill: None, span: item.span };
            self.set.queries.push(query);
            return;
        }
        if item.pairs().is_empty() {
            let wanted = if above.is_some() {
                "a prompt is expected here"
            } else {
                "this row says nothing of whether the skill should start"
            };
            self.error(item.span, wanted, "write `query: ...` and `should_trigger: true` or `false`");
            return;
        }
        let text = get(item, &TEXT).and_then(|node| node.non_empty().map(|text| (text, node.span)));
        let label = match self.label(item) {
            Ok(label) => label.or(above),
            Err(()) => return,
        };
        match (text, label) {
            (Some((text, span)), Some(label)) => {
                let skill = get(item, SKILL.get(..5).unwrap_or(&SKILL)).and_then(Node::non_empty);
                let skill = skill.filter(|name| !same(name, "none") && !same(name, "null"));
                let query = Query { text: text.to_owned(), label, skill: skill.map(str::to_owned), span };
                self.set.queries.push(query);
            }
            // A file with cases of another kind among them.
            (_, None) if self.mixed => {}
            (None, _) => self.error(
                item.span,
                "this row has no prompt",
                "add `query`; `prompt` and `input` are understood too",
            ),
            (Some(_), None) => self.error(
                item.span,
                "this row says nothing of whether the skill should start",
                "add `should_trigger: true` or `false`",
            ),
        }
    }

    /// What a row itself says.
    fn label(&mut self, item: &Node) -> Result<Option<Label>, ()> {
        if let Some(node) = get(item, &LABEL) {
            let text = node.text().unwrap_or("").to_ascii_lowercase();
            return match text.as_str() {
                "true" | "yes" => Ok(Some(Label::Triggers)),
                "false" | "no" => Ok(Some(Label::Stays)),
                _ => {
                    self.error(node.span, "it is neither true nor false", "write `true` or `false`");
                    Err(())
                }
            };
        }
        let Some(node) = get(item, &WORD) else { return Ok(None) };
        let word = node.text().unwrap_or("");
        let is = |known: &[&str]| known.iter().any(|known| same(word, known));
        if is(&["trigger", "triggers", "should_trigger", "activate", "fire", "match", "true", "yes"]) {
            Ok(Some(Label::Triggers))
        } else if is(&["no_trigger", "should_not_trigger", "not_trigger", "none", "ignore", "false", "no"]) {
            Ok(Some(Label::Stays))
        } else if is(&["ambiguous", "either", "edge_case", "maybe", "optional"]) {
            Ok(Some(Label::Either))
        } else if self.mixed {
            Ok(None)
        } else {
            let message = format!("`{}` is no known expectation", truncate_end(&visible(word), 40));
            self.error(node.span, &message, "write `trigger`, `no_trigger` or `ambiguous`");
            Err(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(name: &str, text: &str) -> TriggerSet {
        read(&RepoPath::new(name).expect("inside"), text, false)
    }

    /// Label, first letter of the prompt and line of every query.
    fn shown(set: &TriggerSet) -> Vec<(char, String, u32)> {
        assert_eq!(set.errors, [], "{}", set.path);
        let letter = |label| match label {
            Label::Triggers => '+',
            Label::Stays => '-',
            Label::Either => '?',
        };
        set.queries.iter().map(|q| (letter(q.label), q.text.clone(), q.span.start.line)).collect()
    }

    #[test]
    fn every_shape_is_read_with_its_lines() {
        let wanted = |lines: [u32; 2]| {
            vec![('+', "make it".to_owned(), lines[0]), ('-', "break it".to_owned(), lines[1])]
        };
        let cases = [
            (
                "a.json",
                "[\n{\"query\": \"make it\", \"should_trigger\": true},\n{\"prompt\":\"break it\",\"should_trigger\":false}\n]",
                [2, 3],
            ),
            (
                "b.json",
                "{\"should_trigger\": [\n\"make it\"],\n\"should_not_trigger\":\n[\"break it\"], \"notes\": [\"x\"]}",
                [2, 4],
            ),
            (
                "b2.json",
                "{\"should_trigger\": {\"train\": [\"make it\"], \"val\": []},\n\"should_not_trigger\": {\"val\": [\"break it\"]}}",
                [1, 2],
            ),
            (
                "b3.json",
                "{\"train\": {\"should_trigger\": [\"make it\"]},\n\"val\": {\"should_not_trigger\": [\"break it\"]}}",
                [1, 2],
            ),
            (
                "c.json",
                "{\"skill_name\": \"s\", \"queries\": [{\"id\": 1, \"query\": \"make it\", \"should_trigger\": true, \"area\": \"x\"},\n{\"query\": \"break it\", \"should_trigger\": false}]}",
                [1, 2],
            ),
            (
                "d.json",
                "{\"evals\": [{\"prompt\": \"make it\", \"should_trigger\": true},\n{\"prompt\": \"break it\", \"should_trigger\": false}]}",
                [1, 2],
            ),
            (
                "e.yaml",
                "lens: s\nshould_fire:\n  - make it\nshould_not_fire:\n  - intent: break it\n    touched_files: [x]\n",
                [3, 5],
            ),
            (
                "f.yml",
                "cases:\n  - input: make it\n    expect: trigger\n  - input: break it\n    expect: no_trigger\n",
                [2, 4],
            ),
            (
                "g.yml",
                "queries:\n- input: make it\n  should_match: true\n  min_score: 0.4\n- input: break it\n  should_match: false\n",
                [2, 5],
            ),
            ("h.yaml", "triggers:\n  should-trigger: [make it]\n  shouldNotTrigger: [break it]\n", [2, 3]),
            (
                "i.json",
                "{\"test_cases\": [{\"type\": \"should_trigger\", \"prompt\": \"make it\"},\n{\"type\": \"should_not_trigger\", \"prompt\": \"break it\"}]}",
                [1, 2],
            ),
        ];
        for (name, text, lines) in cases {
            assert_eq!(shown(&set(name, text)), wanted(lines), "{name}");
        }
    }

    #[test]
    fn names_of_skills_are_kept() {
        let found = set(
            "a.json",
            "{\"cases\": [{\"query\": \"x\", \"should_trigger\": true, \"target\": \"scan\"},{\"query\": \"y\", \"should_trigger\": false, \"target\": \"none\"}]}",
        );
        assert_eq!(found.queries[0].skill.as_deref(), Some("scan"));
        assert_eq!((found.queries[1].skill.as_deref(), found.skill), (None, None));
        assert_eq!(
            set("a.yml", "skill: s\ncases: [{query: q, expect: ambiguous}]").skill.as_deref(),
            Some("s")
        );
    }

    #[test]
    fn what_is_not_understood_is_an_error_with_its_line() {
        let cases = [
            ("a.json", "{\n\"prompts_for_me\": [\"x\"]}", 1, "`prompts_for_me`"),
            ("a.json", "[{\"query\": \"x\"},\n{\"should_trigger\": true}]", 1, "says nothing of whether"),
            ("a.json", "[\n\"just a text\"]", 2, "says nothing of whether"),
            ("a.json", "[{\"query\": \"x\",\n\"should_trigger\": \"perhaps\"}]", 2, "neither true nor false"),
            ("a.json", "[\n{\"query\": }}", 2, "it is no JSON"),
            ("a.json", "[]", 1, "no prompts"),
            ("a.json", "{}", 1, "no list of prompts"),
            ("a.json", "{\"queries\": {\"a\": 1}}", 1, "none of them is a list"),
            ("a.yml", "cases:\n- input: x\n  expect: sometimes\n", 3, "`sometimes` is no known expectation"),
            ("a.yml", "should_trigger: true\n", 1, "none of them is a list"),
            ("a.yml", "should_trigger:\n- [x]\n", 2, "a prompt is expected"),
        ];
        for (name, text, line, words) in cases {
            let found = set(name, text);
            let error = found.errors.first().unwrap_or_else(|| panic!("no error: {text}"));
            assert!(error.message.contains(words), "{}: {text}", error.message);
            assert_eq!(error.place.line(), line, "{text}");
            assert!(found.queries.is_empty() && !error.help.is_empty());
        }
    }

    #[test]
    fn a_file_of_cases_may_have_some_that_are_not_about_triggers() {
        let text = "{\"evals\": [{\"prompt\": \"x\", \"expected_output\": \"y\"}, {\"prompt\": \"z\", \"should_trigger\": true}]}";
        let found = read(&RepoPath::new("evals/evals.json").expect("inside"), text, true);
        assert_eq!((found.queries.len(), found.errors.len()), (1, 0));
    }

    #[test]
    fn limits_hold() {
        let rows = vec!["{\"query\": \"x\", \"should_trigger\": true}"; MAX_QUERIES + 5].join(",\n");
        let found = set("a.json", &format!("[{rows}]"));
        assert_eq!((found.queries.len(), found.errors.len()), (MAX_QUERIES, 1));
        let deep = format!("{}[]{}", "{\"train\": ".repeat(30), "}".repeat(30));
        assert!(set("a.json", &deep).errors[0].message.contains("deep"));
        assert!(
            set("a.json", &"[{}]".replace("{}", &vec!["{\"a\":1}"; 500].join(","))).errors.len()
                <= MAX_ERRORS
        );
    }

    proptest! {
        #[test]
        fn no_text_is_read_as_an_empty_set(text in "[\\[\\]{}\",:a-c \n]{0,60}|[a-z_: \n-]{0,60}", json: bool) {
            let found = set(if json { "a.json" } else { "a.yaml" }, &text);
            prop_assert!(!found.queries.is_empty() || !found.errors.is_empty());
        }
    }
}
