//! `evals/evals.json` beside a skill, as the Agent Skills documentation and skill-creator write it.
//!
//! Its assertions are sentences, so a model has to judge them; `expected_output` is one more sentence.

use super::assertion::{Assertion, Judge};
use super::suite::is_id;
use super::{Case, DEFAULT_MAX_TOKENS, DEFAULT_MAX_TURNS, MAX_CASES, Placed, Target};
use crate::base::{Place, RepoPath, Span};
use crate::chat::Sampling;
use crate::config::ConfigError;
use crate::config::document::read;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Deserialize)]
struct RawEvals {
    // Others may stand there: it is not our format.
    evals: Vec<RawEval>,
}

#[derive(Deserialize)]
struct RawEval {
    id: Option<Value>,
    name: Option<String>,
    prompt: Option<String>,
    expected_output: Option<String>,
    #[serde(default)]
    assertions: Vec<RawSentence>,
    #[serde(default)]
    expectations: Vec<RawSentence>,
    #[serde(default)]
    files: Vec<Value>,
    should_trigger: Option<bool>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawSentence {
    Text(String),
    Named {
        #[serde(alias = "description", alias = "assertion", alias = "expectation", alias = "check")]
        text: String,
    },
}

impl RawSentence {
    fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Named { text } => text,
        }
    }
}

/// Reads the file. Entries that say only whether a skill is to be used are no cases, but a trigger set.
///
/// # Errors
/// Everything that is wrong with it, each with its line.
pub fn parse(path: &RepoPath, text: &str) -> Result<Vec<Case>, Vec<ConfigError>> {
    let (raw, lines) = read::<RawEvals>(path.as_str(), text)?;
    let mut errors = Vec::new();
    let mut seen = BTreeSet::new();
    let mut cases = Vec::new();
    for (index, eval) in raw.evals.iter().take(MAX_CASES).enumerate() {
        let at = index.to_string();
        let mut say = |key: &str, message: &str| errors.push(lines.error(&["evals", &at, key], message));
        let sentences = eval
            .assertions
            .iter()
            .map(|said| ("assertions", said))
            .enumerate()
            .chain(eval.expectations.iter().map(|said| ("expectations", said)).enumerate());
        let mut asserts: Vec<Placed> = sentences
            .map(|(number, (key, said))| {
                placed(said.text(), lines.line(&["evals", &at, key, &number.to_string()]))
            })
            .collect();
        if let Some(expected) = eval.expected_output.as_deref().filter(|text| !text.trim().is_empty()) {
            let rubric = format!("The answer is, or does, this: {expected}");
            asserts.push(placed(&rubric, lines.line(&["evals", &at, "expected_output"])));
        }
        if asserts.is_empty() && eval.should_trigger.is_some() {
            continue;
        }
        let Some(prompt) = eval.prompt.as_ref().filter(|prompt| !prompt.trim().is_empty()) else {
            say("prompt", "nothing is asked; write `prompt`");
            continue;
        };
        if asserts.is_empty() {
            say("", "nothing is asserted; write `assertions` or `expected_output`");
            continue;
        }
        if asserts.iter().any(|placed| placed.assertion.fault().is_some()) {
            say("assertions", "an assertion is empty");
        }
        if !eval.files.is_empty() {
            say(
                "files",
                "files of a case cannot be handed over yet; put their content into the prompt, or exclude the file",
            );
        }
        let id = match (&eval.name, &eval.id) {
            (_, Some(Value::String(id))) => id.clone(),
            (_, Some(Value::Number(id))) => id.to_string(),
            (Some(name), _) => name.clone(),
            _ => (index + 1).to_string(),
        };
        let id: String =
            id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(60).collect();
        let id = id.trim_matches('-').to_owned();
        if !is_id(&id) || !seen.insert(id.to_ascii_lowercase()) {
            say("id", "the id stands twice or has no letter or digit");
        }
        cases.push(Case {
            id: format!("{path}#{id}"),
            place: Place::span(path.clone(), Span::at(lines.line(&["evals", &at]), 1)),
            prompts: vec![prompt.clone()],
            target: Target::Client { client: None, folder: RepoPath::root(), agent: None },
            model: None,
            provider: None,
            sampling: Sampling { max_tokens: DEFAULT_MAX_TOKENS, ..Sampling::default() },
            max_turns: DEFAULT_MAX_TURNS,
            repeat: 1,
            pass_percent: 100,
            first_only: false,
            tools: BTreeMap::new(),
            asserts,
        });
    }
    if errors.is_empty() { Ok(cases) } else { Err(errors) }
}

fn placed(rubric: &str, line: u32) -> Placed {
    Placed { assertion: Assertion::Judge(Judge { rubric: rubric.to_owned(), model: None }), line }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path() -> RepoPath {
        RepoPath::new(".claude/skills/pdf/evals/evals.json").expect("a path")
    }

    #[test]
    fn sentences_are_for_a_judge() {
        let text = r#"{"skill_name": "pdf", "evals": [
            {"id": 1, "prompt": "Fill the form", "expected_output": "A filled form", "assertions": ["It names every field"]},
            {"id": "b c", "prompt": "Read it", "expectations": [{"text": "It quotes the title"}]},
            {"prompt": "pdf?", "should_trigger": true}]}"#;
        let cases = parse(&path(), text).expect("cases");
        let ids: Vec<&str> = cases.iter().map(|case| case.id.rsplit('#').next().unwrap()).collect();
        assert_eq!(ids, ["1", "b-c"]);
        assert_eq!(cases[0].asserts.len(), 2);
        assert_eq!(cases[0].asserts[0].line, 2);
    }

    #[test]
    fn what_says_nothing_is_an_error() {
        let wrong = |text: &str| parse(&path(), text).expect_err("wrong")[0].to_string();
        assert!(wrong("{\"evals\": [{\"prompt\": \"x\"}]}").contains("nothing is asserted"));
        assert!(wrong("{\"evals\": [{\"assertions\": [\"x\"]}]}").contains("nothing is asked"));
        assert!(wrong("{\"cases\": []}").contains("missing field `evals`"));
    }
}
