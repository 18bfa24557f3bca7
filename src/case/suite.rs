//! Our own format: `*.eval.yaml`.

use super::assertion::Assertion;
use super::{
    Case, DEFAULT_MAX_TOKENS, DEFAULT_MAX_TURNS, Fixture, MAX_CASES, MAX_REPEAT, MAX_TURNS, Placed, Target,
};
use crate::base::{Client, Place, RepoPath, Span};
use crate::chat::Sampling;
use crate::config::ConfigError;
use crate::config::document::{Lines, read};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A file of cases, as it is written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawSuite {
    /// Version of this format: 1.
    #[serde(default = "one")]
    pub version: u32,
    /// What holds for every case that does not say otherwise.
    #[serde(default)]
    pub settings: RawSettings,
    /// Tools of every case.
    #[serde(default)]
    pub tools: BTreeMap<String, Fixture>,
    /// The cases.
    pub cases: Vec<RawCase>,
}

const fn one() -> u32 {
    1
}

/// Who is asked, and how.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RawSettings {
    /// The client whose files are sent. Without it: the first that reads files in the folder.
    pub client: Option<String>,
    /// The folder in which the task is done, from the root of the repository.
    pub folder: Option<String>,
    /// The file of a sub-agent, from the root of the repository.
    pub agent: Option<String>,
    /// Ask the bare model with this system prompt; nothing of the repository is sent.
    pub system: Option<String>,
    /// The model, by the name its provider knows or one of the price list.
    pub model: Option<String>,
    /// The provider: `openai`, `anthropic`, `gemini`, or one that `weighbridge.yaml` declares.
    pub provider: Option<String>,
    /// Temperature. Without it none is sent.
    #[schemars(with = "Option<f64>")]
    pub temperature: Option<Decimal>,
    /// Nucleus sampling. Without it none is sent.
    #[schemars(with = "Option<f64>")]
    pub top_p: Option<Decimal>,
    /// Seed, where the provider has one.
    pub seed: Option<u64>,
    /// Most tokens of one answer; 2,048 when nothing is said.
    pub max_tokens: Option<u32>,
    /// A JSON Schema that answers have to follow, where the provider can.
    pub response_schema: Option<Value>,
    /// Most model calls of one run; 12 when nothing is said.
    pub max_turns: Option<u32>,
    /// How often each case is run; once when nothing is said.
    pub repeat: Option<u32>,
    /// The share of repeats that have to pass, in percent; 100 when nothing is said.
    pub pass_percent: Option<u8>,
}

/// A case, as it is written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawCase {
    /// Names it within the file.
    pub id: String,
    /// What the user says.
    pub prompt: Option<String>,
    /// What the user says, one after the other.
    #[serde(default)]
    pub prompts: Vec<String>,
    /// What is different for this case.
    #[serde(default)]
    pub settings: RawSettings,
    /// Tools of this case; they go before those of the file.
    #[serde(default)]
    pub tools: BTreeMap<String, Fixture>,
    /// What has to hold. At least one thing.
    pub assert: Vec<Assertion>,
}

impl RawSettings {
    /// These settings, and where they say nothing, others.
    fn over(&self, other: &Self) -> Self {
        let (mine, theirs) = (self.clone(), other.clone());
        // Who is asked belongs together: a case that names a model alone has no client of the file.
        let targets =
            mine.system.is_some() || mine.client.is_some() || mine.agent.is_some() || mine.folder.is_some();
        let target = if mine.system.is_some() {
            (None, None, None, mine.system)
        } else {
            (
                mine.client.or(theirs.client),
                mine.folder.or(theirs.folder),
                mine.agent.or(theirs.agent),
                theirs.system.filter(|_| !targets),
            )
        };
        Self {
            client: target.0,
            folder: target.1,
            agent: target.2,
            system: target.3,
            model: mine.model.or(theirs.model),
            provider: mine.provider.or(theirs.provider),
            temperature: mine.temperature.or(theirs.temperature),
            top_p: mine.top_p.or(theirs.top_p),
            seed: mine.seed.or(theirs.seed),
            max_tokens: mine.max_tokens.or(theirs.max_tokens),
            response_schema: mine.response_schema.or(theirs.response_schema),
            max_turns: mine.max_turns.or(theirs.max_turns),
            repeat: mine.repeat.or(theirs.repeat),
            pass_percent: mine.pass_percent.or(theirs.pass_percent),
        }
    }
}

/// Reads a file of cases.
///
/// # Errors
/// Everything that is wrong with it, each with its line.
pub fn parse(path: &RepoPath, text: &str) -> Result<Vec<Case>, Vec<ConfigError>> {
    let (raw, lines) = read::<RawSuite>(path.as_str(), text)?;
    let mut errors = Vec::new();
    if raw.version != 1 {
        let message = format!("version {} is not known to this program; write `version: 1`", raw.version);
        errors.push(lines.error(&["version"], message));
    }
    if raw.cases.is_empty() {
        errors.push(lines.error(&["cases"], "there are no cases"));
    }
    if raw.cases.len() > MAX_CASES {
        let message = format!("{} cases are more than the {MAX_CASES} that are read", raw.cases.len());
        errors.push(lines.error(&["cases"], message));
        return Err(errors);
    }
    let mut seen = BTreeSet::new();
    let mut cases = Vec::new();
    for (index, case) in raw.cases.iter().enumerate() {
        let at = index.to_string();
        if !is_id(&case.id) {
            let message =
                "an id has 1 to 100 letters, digits, `-`, `_` or `.`, and begins with a letter or digit";
            errors.push(lines.error(&["cases", &at, "id"], message));
        } else if !seen.insert(case.id.to_ascii_lowercase()) {
            let message = format!("the id `{}` stands twice (large and small letters are the same)", case.id);
            errors.push(lines.error(&["cases", &at, "id"], message));
        }
        check(&raw, case, &at, &lines, path, &mut errors, &mut cases);
    }
    if errors.is_empty() { Ok(cases) } else { Err(errors) }
}

/// An id is part of the name of a file with recordings.
pub(super) fn is_id(id: &str) -> bool {
    id.len() <= 100
        && id.starts_with(|first: char| first.is_ascii_alphanumeric())
        && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

fn check(
    raw: &RawSuite,
    case: &RawCase,
    at: &str,
    lines: &Lines,
    path: &RepoPath,
    errors: &mut Vec<ConfigError>,
    cases: &mut Vec<Case>,
) {
    let settings = case.settings.over(&raw.settings);
    let mut say = |key: &[&str], message: String| {
        let place: Vec<&str> = ["cases", at].into_iter().chain(key.iter().copied()).collect();
        errors.push(lines.error(&place, message));
    };
    let prompts = match (&case.prompt, case.prompts.is_empty()) {
        (Some(prompt), true) => vec![prompt.clone()],
        (None, false) => case.prompts.clone(),
        (Some(_), false) => {
            say(&["prompts"], "a case has `prompt` or `prompts`; keep one".to_owned());
            Vec::new()
        }
        (None, true) => {
            say(&[], "nothing is asked; write `prompt`".to_owned());
            Vec::new()
        }
    };
    if prompts.iter().any(|prompt| prompt.trim().is_empty()) {
        say(&["prompt"], "the prompt is empty".to_owned());
    }
    if case.assert.is_empty() {
        say(&["assert"], "nothing is asserted, so the case could not fail".to_owned());
    }
    let target = target(&settings).unwrap_or_else(|message| {
        say(&["settings"], message);
        Target::Model { system: String::new() }
    });
    for (index, assertion) in case.assert.iter().enumerate() {
        if let Some(fault) = assertion.fault() {
            say(&["assert", &index.to_string()], format!("`{}`: {fault}", assertion.name()));
        }
    }
    for (key, value, most) in [
        ("max_turns", settings.max_turns, MAX_TURNS),
        ("repeat", settings.repeat, MAX_REPEAT),
        ("max_tokens", settings.max_tokens, 1_000_000),
        ("pass_percent", settings.pass_percent.map(u32::from), 100),
    ] {
        if value.is_some_and(|value| value == 0 || value > most) {
            say(&["settings", key], format!("`{key}` has to be from 1 to {most}"));
        }
    }
    for (key, value, most) in [("temperature", settings.temperature, 2), ("top_p", settings.top_p, 1)] {
        if value.is_some_and(|value| value < Decimal::ZERO || value > Decimal::from(most)) {
            say(&["settings", key], format!("`{key}` has to be from 0 to {most}"));
        }
    }
    let mut tools = raw.tools.clone();
    tools.extend(case.tools.clone());
    for (name, tool) in &tools {
        for reply in &tool.replies {
            if reply.result.is_some() == reply.error.is_some() {
                say(&["tools", name], format!("a reply of the tool `{name}` has `result` or `error`"));
            }
        }
    }
    let asserts = case.assert.iter().enumerate().map(|(index, assertion)| Placed {
        assertion: assertion.clone(),
        line: lines.line(&["cases", at, "assert", &index.to_string()]),
    });
    cases.push(Case {
        id: format!("{path}#{}", case.id),
        place: Place::span(path.clone(), Span::at(lines.line(&["cases", at]), 1)),
        prompts,
        target,
        model: settings.model,
        provider: settings.provider,
        sampling: Sampling {
            max_tokens: settings.max_tokens.unwrap_or(DEFAULT_MAX_TOKENS),
            temperature: settings.temperature,
            top_p: settings.top_p,
            seed: settings.seed,
            response_schema: settings.response_schema,
        },
        max_turns: settings.max_turns.unwrap_or(DEFAULT_MAX_TURNS),
        repeat: settings.repeat.unwrap_or(1),
        pass_percent: settings.pass_percent.unwrap_or(100),
        first_only: false,
        tools,
        asserts: asserts.collect(),
    });
}

fn target(settings: &RawSettings) -> Result<Target, String> {
    if let Some(system) = &settings.system {
        if settings.client.is_some() || settings.agent.is_some() || settings.folder.is_some() {
            return Err("`system` asks the bare model; it goes with neither `client`, `agent` nor `folder`"
                .to_owned());
        }
        return Ok(Target::Model { system: system.clone() });
    }
    let path = |key: &str, written: Option<&String>| match written {
        Some(written) => RepoPath::new(written).map(Some).ok_or_else(|| {
            format!("`{key}` is no path inside the repository: write it from the repository's root")
        }),
        None => Ok(None),
    };
    let client = match settings.client.as_deref() {
        Some(name) => Some(Client::from_name(name).ok_or_else(|| {
            let known: Vec<&str> = Client::ALL.iter().map(|client| client.name()).collect();
            format!("`client` is none that is known; known are {}", known.join(", "))
        })?),
        None => None,
    };
    Ok(Target::Client {
        client,
        folder: path("folder", settings.folder.as_ref())?.unwrap_or_default(),
        agent: path("agent", settings.agent.as_ref())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn path() -> RepoPath {
        RepoPath::new("evals/a.eval.yaml").expect("a path")
    }

    fn wrong(text: &str) -> String {
        let errors = parse(&path(), text).expect_err("wrong");
        errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_case_has_the_settings_of_its_file_where_it_says_nothing() {
        let text = "settings: {client: codex, folder: src, temperature: 0, repeat: 3}\n\
                    tools: {look: {description: Looks., replies: [{result: 1}]}}\n\
                    cases:\n\
                    - {id: one, prompt: Hi, assert: [{contains: hello}]}\n\
                    - id: two\n  prompts: [Hi, Bye]\n  settings: {system: Be brief., repeat: 1}\n  assert:\n  - equals: x\n  - not: {regex: y}\n";
        let cases = parse(&path(), text).expect("cases");
        assert_eq!(cases[0].id, "evals/a.eval.yaml#one");
        assert_eq!(
            cases[0].target,
            Target::Client {
                client: Some(Client::Codex),
                folder: RepoPath::new("src").unwrap(),
                agent: None
            }
        );
        assert_eq!((cases[0].repeat, cases[1].repeat), (3, 1));
        assert_eq!(cases[1].target, Target::Model { system: "Be brief.".to_owned() });
        assert_eq!(cases[1].sampling.temperature, Some(Decimal::ZERO));
        assert_eq!(cases[1].asserts.iter().map(|placed| placed.line).collect::<Vec<_>>(), [9, 10]);
        assert_eq!(cases[1].tools.len(), 1);
    }

    #[test]
    fn what_could_never_fail_or_is_not_known_is_an_error_with_its_line() {
        let case = |assert: &str| format!("cases:\n- id: a\n  prompt: x\n  assert:\n  - {assert}\n");
        for (assert, message) in [
            ("{contians: x}", ":5: unknown variant `contians`"),
            ("{contains: ''}", ":5: `contains`: an empty text is in every answer"),
            ("{contains: []}", ":5: `contains`: an empty text is in every answer"),
            ("{regex: '('}", ":5: `regex`: "),
            ("{json-schema: {type: nonsense}}", ":5: `json-schema`: "),
            ("{markdown: {}}", ":5: `markdown`: nothing is asked"),
            ("{similar: {to: x, at_least: 7}}", ":5: `similar`: `at_least` has to be above 0"),
            ("{tools: {}}", ":5: `tools`: no tools are named"),
            ("{tokens: {at_most: -1}}", ":5: `tokens`: `at_most` is below 0"),
            ("{not: {judge: {rubric: x}}}", ":5: `not`: `not` is not possible with `judge`"),
        ] {
            let said = wrong(&case(assert));
            assert!(said.contains(message), "{assert}: {said}");
        }
        assert!(wrong("cases: []").contains("there are no cases"));
        assert!(wrong("cases:\n- id: a\n  prompt: x\n  assert: []").contains(":4: nothing is asserted"));
        assert!(wrong("cases:\n- id: ../x\n  prompt: x\n  assert: [{equals: x}]").contains(":2: an id has"));
        assert!(
            wrong("cases:\n- id: a\n  prompt: x\n  typo: 1\n  assert: [{equals: x}]")
                .contains("unknown field `typo`")
        );
        let twice = "cases:\n- {id: a, prompt: x, assert: [{equals: x}]}\n- {id: A, prompt: x, assert: [{equals: x}]}";
        assert!(wrong(twice).contains(":3: the id `A` stands twice"));
        let both = "settings: {agent: a.md}\ncases:\n- {id: a, prompt: x, settings: {system: s, client: codex}, assert: [{equals: x}]}";
        assert!(parse(&path(), both).is_ok(), "a case that asks the bare model has no client");
        let out = "settings: {folder: ../..}\ncases:\n- {id: a, prompt: x, assert: [{equals: x}]}";
        assert!(wrong(out).contains("no path inside the repository"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,200}") {
            let _ = parse(&path(), &text);
            let _ = parse(&path(), &format!("cases:\n- {text}"));
        }
    }
}
