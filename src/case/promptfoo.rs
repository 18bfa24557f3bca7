//! A subset of promptfoo's `promptfooconfig.yaml`: inline prompts with variables, chat providers, and the assertions that
//! have a counterpart here. What is outside the subset is an error that names it, never left out.

use super::assertion::{Assertion, Judge, Measure, Most, Similar, Texts};
use super::{Case, DEFAULT_MAX_TOKENS, MAX_CASES, Placed, Target, split_model};
use crate::base::{Place, RepoPath, Span};
use crate::chat::Sampling;
use crate::config::ConfigError;
use crate::config::document::{Lines, read};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfig {
    // What changes no answer and no verdict.
    #[serde(rename = "description")]
    _description: Option<Value>,
    #[serde(rename = "tags")]
    _tags: Option<Value>,
    #[serde(rename = "metadata")]
    _metadata: Option<Value>,
    #[serde(rename = "outputPath")]
    _output_path: Option<Value>,
    #[serde(rename = "sharing")]
    _sharing: Option<Value>,
    prompts: OneOrMany<Value>,
    providers: OneOrMany<Value>,
    #[serde(default)]
    tests: Vec<RawTest>,
    #[serde(default, rename = "defaultTest")]
    default_test: RawTest,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    Many(Vec<T>),
    One(T),
}

impl<T> OneOrMany<T> {
    fn all(&self) -> &[T] {
        match self {
            Self::Many(all) => all,
            Self::One(one) => std::slice::from_ref(one),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawTest {
    #[serde(rename = "description")]
    _description: Option<Value>,
    #[serde(rename = "metadata")]
    _metadata: Option<Value>,
    vars: BTreeMap<String, Value>,
    assert: Vec<Value>,
}

/// Who is asked.
struct Provider {
    name: Option<String>,
    model: String,
    sampling: Sampling,
}

/// Reads the file: each prompt with each provider and each test is a case.
///
/// # Errors
/// Everything that is wrong with it or outside the subset, each with its line.
pub fn parse(path: &RepoPath, text: &str) -> Result<Vec<Case>, Vec<ConfigError>> {
    let (raw, lines) = read::<RawConfig>(path.as_str(), text)?;
    let mut errors = Vec::new();
    let mut prompts = Vec::new();
    for (index, prompt) in raw.prompts.all().iter().enumerate() {
        match prompt.as_str().or_else(|| prompt.get("raw")?.as_str()) {
            // A list of messages as JSON or YAML is a conversation of its own.
            Some(text) if !text.starts_with("file://") && !text.trim_start().starts_with(['[', '-']) => {
                prompts.push(text)
            }
            _ => errors.push(outside(
                &lines,
                &["prompts", &index.to_string()],
                "a prompt that is not a text here",
            )),
        }
    }
    let mut providers = Vec::new();
    for (index, provider) in raw.providers.all().iter().enumerate() {
        match read_provider(provider) {
            Ok(provider) => providers.push(provider),
            Err(what) => errors.push(outside(&lines, &["providers", &index.to_string()], &what)),
        }
    }
    let no_test = [RawTest::default()];
    let tests = if raw.tests.is_empty() { &no_test[..] } else { &raw.tests };
    if tests.len().saturating_mul(prompts.len()).saturating_mul(providers.len()) > MAX_CASES {
        errors.push(lines.error(&["tests"], format!("more than {MAX_CASES} cases follow from this file")));
        return Err(errors);
    }
    let mut cases = Vec::new();
    for (index, test) in tests.iter().enumerate() {
        let at = index.to_string();
        let vars: BTreeMap<&String, &Value> = raw.default_test.vars.iter().chain(&test.vars).collect();
        let mut asserts = assertions(&raw.default_test, &["defaultTest"], &vars, &lines, &mut errors);
        asserts.extend(assertions(test, &["tests", &at], &vars, &lines, &mut errors));
        if asserts.is_empty() {
            errors.push(lines.error(&["tests", &at], "nothing is asserted, so the test could not fail"));
        }
        for (number, prompt) in prompts.iter().enumerate() {
            let filled = match fill(prompt, &vars) {
                Ok(filled) => filled,
                Err(what) => {
                    errors.push(outside(&lines, &["tests", &at], &what));
                    continue;
                }
            };
            for (which, provider) in providers.iter().enumerate() {
                let parts: Vec<String> =
                    [(tests.len(), index), (prompts.len(), number), (providers.len(), which)]
                        .iter()
                        .enumerate()
                        .filter(|(place, (count, _))| *place == 0 || *count > 1)
                        .map(|(_, (_, number))| (number + 1).to_string())
                        .collect();
                cases.push(Case {
                    id: format!("{path}#{}", parts.join(".")),
                    place: Place::span(path.clone(), Span::at(lines.line(&["tests", &at]), 1)),
                    prompts: vec![filled.clone()],
                    target: Target::Model { system: String::new() },
                    model: Some(provider.model.clone()),
                    provider: provider.name.clone(),
                    sampling: provider.sampling.clone(),
                    max_turns: 1,
                    repeat: 1,
                    pass_percent: 100,
                    first_only: false,
                    tools: BTreeMap::new(),
                    asserts: asserts.clone(),
                });
            }
        }
    }
    if errors.is_empty() { Ok(cases) } else { Err(errors) }
}

fn outside(lines: &Lines, path: &[&str], what: &str) -> ConfigError {
    let shown = crate::base::text::visible(&crate::base::text::truncate_end(what, 120));
    lines.error(path, format!("{shown}: outside of what is read of promptfoo's format; see docs/cases.md"))
}

fn read_provider(value: &Value) -> Result<Provider, String> {
    let id = value.as_str().or_else(|| value.get("id")?.as_str()).ok_or("a provider without an id")?;
    let (name, model) = split_model(id);
    if name.is_none() {
        return Err(format!("the provider {id}"));
    }
    if id.starts_with("openai:")
        && !["openai:chat:", "openai:gpt", "openai:o"].iter().any(|known| id.starts_with(known))
    {
        return Err(format!("the provider {id}"));
    }
    let config = value.get("config").and_then(Value::as_object);
    // Addresses and keys come from the environment.
    let known = [
        "temperature",
        "max_tokens",
        "maxOutputTokens",
        "top_p",
        "seed",
        "apiBaseUrl",
        "apiHost",
        "apiKeyEnvar",
    ];
    let others = value.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
    let others = others.filter(|key| !["id", "label", "config"].contains(key));
    let settings =
        config.into_iter().flatten().map(|(key, _)| key.as_str()).filter(|key| !known.contains(key));
    if let Some(other) = others.chain(settings).next() {
        return Err(format!("`{other}` of a provider"));
    }
    let get = |key: &str| config.and_then(|config| config.get(key));
    let decimal = |key: &str| get(key).and_then(|value| value.to_string().parse::<Decimal>().ok());
    let whole = |key: &str| get(key).and_then(Value::as_u64);
    let max_tokens = whole("max_tokens").or_else(|| whole("maxOutputTokens"));
    Ok(Provider {
        name: name.map(str::to_owned),
        model: model.to_owned(),
        sampling: Sampling {
            max_tokens: max_tokens.and_then(|most| u32::try_from(most).ok()).unwrap_or(DEFAULT_MAX_TOKENS),
            temperature: decimal("temperature"),
            top_p: decimal("top_p"),
            seed: whole("seed"),
            response_schema: None,
        },
    })
}

/// Fills every text of a value in.
fn fill_value(value: &Value, vars: &BTreeMap<&String, &Value>) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => Value::String(fill(text, vars)?),
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| fill_value(item, vars)).collect::<Result<_, _>>()?)
        }
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, value)| Ok((key.clone(), fill_value(value, vars)?)))
                .collect::<Result<_, String>>()?,
        ),
        other => other.clone(),
    })
}

/// Fills `{{name}}` in. Anything else between braces is a template language of its own.
fn fill(prompt: &str, vars: &BTreeMap<&String, &Value>) -> Result<String, String> {
    let mut out = String::with_capacity(prompt.len());
    let mut rest = prompt;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, tail) = after.split_once("}}").ok_or("an open `{{`")?;
        out.push_str(before);
        let name = name.trim().to_owned();
        match vars.get(&name) {
            Some(Value::String(text)) if !text.starts_with("file://") => out.push_str(text),
            Some(Value::Array(_)) => return Err(format!("the list of values of {name}")),
            Some(Value::String(_)) => return Err(format!("the file for {name}")),
            Some(value) => out.push_str(&value.to_string()),
            None => return Err(format!("the expression {{{{{name}}}}}")),
        }
        rest = tail;
    }
    if rest.contains("{%") {
        return Err("the statement {%".to_owned());
    }
    out.push_str(rest);
    Ok(out)
}

fn assertions(
    test: &RawTest,
    at: &[&str],
    vars: &BTreeMap<&String, &Value>,
    lines: &Lines,
    errors: &mut Vec<ConfigError>,
) -> Vec<Placed> {
    let mut found = Vec::new();
    for (index, value) in test.assert.iter().enumerate() {
        let number = index.to_string();
        let path: Vec<&str> = at.iter().copied().chain(["assert", &number]).collect();
        match fill_value(value, vars).and_then(|value| assertion(&value)) {
            Ok(assertion) => match assertion.fault() {
                Some(fault) => errors.push(lines.error(&path, format!("`{}`: {fault}", assertion.name()))),
                None => found.push(Placed { assertion, line: lines.line(&path) }),
            },
            Err(what) => errors.push(outside(lines, &path, &what)),
        }
    }
    found
}

fn assertion(value: &Value) -> Result<Assertion, String> {
    let kind = value.get("type").and_then(Value::as_str).ok_or("an assertion without a type")?;
    let (kind, negated) = kind.strip_prefix("not-").map_or((kind, false), |kind| (kind, true));
    let wanted = value.get("value");
    let known = ["type", "value", "threshold", "metric", "description"];
    if let Some(other) =
        value.as_object().and_then(|map| map.keys().find(|key| !known.contains(&key.as_str())))
    {
        return Err(format!("`{other}` of an assertion"));
    }
    let text = || match wanted {
        Some(Value::String(text)) if !text.starts_with("file://") => Ok(text.clone()),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => Ok(value.to_string()),
        _ => Err(format!("the value of `{kind}`")),
    };
    let texts = || {
        if let Some(Value::Array(items)) = wanted {
            let all = items
                .iter()
                .map(|item| item.as_str().map(str::to_owned).ok_or_else(|| format!("the value of `{kind}`")));
            return all.collect::<Result<Vec<_>, _>>().map(Texts::Many);
        }
        let text = text()?;
        // Quoted fields have commas of their own.
        if text.contains('"') {
            return Err(format!("quotes in the value of `{kind}`"));
        }
        Ok(Texts::Many(text.split(',').map(|part| part.trim().to_owned()).collect()))
    };
    let threshold = || {
        let number = value.get("threshold").and_then(|value| value.to_string().parse::<Decimal>().ok());
        number.ok_or_else(|| format!("`{kind}` without a threshold"))
    };
    let found = match kind {
        "equals" => Assertion::EqualsExactly(text()?),
        "contains" => Assertion::Contains(Texts::One(text()?)),
        "icontains" => Assertion::Icontains(Texts::One(text()?)),
        "contains-all" => Assertion::Contains(texts()?),
        "contains-any" => Assertion::ContainsAny(texts()?),
        "icontains-all" => Assertion::Icontains(texts()?),
        "icontains-any" => Assertion::IcontainsAny(texts()?),
        "starts-with" => Assertion::StartsWith(text()?),
        "regex" => Assertion::Regex(ascii_classes(&text()?)),
        "is-json" => Assertion::JsonOnly(wanted.cloned().unwrap_or(Value::Object(Map::new()))),
        "cost" => Assertion::Cost(Most { at_most: threshold()? }),
        "latency" => Assertion::LatencyMs(Most { at_most: threshold()? }),
        "levenshtein" => {
            // Theirs is a number of edits; ours a share, so only no edits at all means the same.
            let edits = threshold()?;
            if edits != Decimal::ZERO {
                return Err("`levenshtein` with a number of edits".to_owned());
            }
            let measure = Measure::Levenshtein;
            Assertion::Similar(Similar { to: text()?, at_least: Decimal::ONE, measure })
        }
        "llm-rubric" => Assertion::Judge(Judge { rubric: text()?, model: None }),
        other => return Err(format!("the assertion `{other}`")),
    };
    let found = match found {
        Assertion::JsonOnly(Value::String(_)) => return Err("the value of `is-json`".to_owned()),
        Assertion::JsonOnly(Value::Object(map)) if map.is_empty() => Assertion::JsonOnly(json!(true)),
        found => found,
    };
    Ok(if negated { Assertion::Not(Box::new(found)) } else { found })
}

/// A regular expression of JavaScript, whose classes know ASCII alone, in Rust's words.
fn ascii_classes(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        match rest.next() {
            Some('d') => out.push_str("[0-9]"),
            Some('D') => out.push_str("[^0-9]"),
            Some('w') => out.push_str("[0-9A-Za-z_]"),
            Some('W') => out.push_str("[^0-9A-Za-z_]"),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path() -> RepoPath {
        RepoPath::new("promptfooconfig.yaml").expect("a path")
    }

    #[test]
    fn each_prompt_with_each_provider_and_test_is_a_case() {
        let text = "prompts: ['Say {{ word }}', 'Shout {{word}}']\n\
                    providers: [openai:gpt-x, {id: 'anthropic:messages:claude-x', config: {temperature: 0, max_tokens: 9}}]\n\
                    defaultTest: {assert: [{type: not-contains, value: sorry}]}\n\
                    tests:\n- vars: {word: hello}\n  assert:\n  - {type: icontains, value: HELLO}\n- vars: {word: 7}\n  assert: [{type: is-json}]\n";
        let cases = parse(&path(), text).expect("cases");
        let ids: Vec<&str> = cases.iter().map(|case| case.id.rsplit('#').next().unwrap()).collect();
        assert_eq!(ids, ["1.1.1", "1.1.2", "1.2.1", "1.2.2", "2.1.1", "2.1.2", "2.2.1", "2.2.2"]);
        assert_eq!(cases[5].prompts, ["Say 7"]);
        assert_eq!(
            (cases[5].provider.as_deref(), cases[5].model.as_deref()),
            (Some("anthropic"), Some("claude-x"))
        );
        assert_eq!(cases[5].sampling.max_tokens, 9);
        assert_eq!(cases[0].asserts.len(), 2);
        assert_eq!(cases[0].asserts[1].line, 7);
        let text = "prompts: [x]\nproviders: openai:gpt-x\ntests: [{vars: {w: apple}, assert: [{type: not-contains, value: '{{w}}'}]}]";
        let filled = Assertion::Not(Box::new(Assertion::Contains(Texts::One("apple".to_owned()))));
        assert_eq!(parse(&path(), text).expect("cases")[0].asserts[0].assertion, filled);
    }

    #[test]
    fn classes_of_expressions_know_ascii_alone() {
        assert_eq!(ascii_classes(r"^\w+[\d.]\\w\s$"), r"^[0-9A-Za-z_]+[[0-9].]\\w\s$");
        let regex = regex::Regex::new(&ascii_classes(r"^[\w-]+\d$")).expect("an expression");
        assert!(regex.is_match("a-b1") && !regex.is_match("é1") && !regex.is_match("a\u{664}"));
    }

    #[test]
    fn what_is_outside_the_subset_is_named() {
        let config = |tests: &str| format!("prompts: [x]\nproviders: openai:gpt-x\ntests:\n- {tests}\n");
        let wrong = |text: &str| parse(&path(), text).expect_err("wrong")[0].to_string();
        for (tests, message) in [
            ("assert: [{type: javascript, value: 'true'}]", "the assertion `javascript`"),
            ("assert: [{type: equals, value: 'file://a'}]", "the value of `equals`"),
            ("assert: [{type: contains, value: x, transform: y}]", "`transform` of an assertion"),
            ("assert: [{type: similar, value: x, threshold: 0.8}]", "the assertion `similar`"),
            ("assert: []", "nothing is asserted"),
            ("assert: [{type: contains-any, value: '\"a, b\", c'}]", "quotes in the value of `contains-any`"),
            ("{options: {transform: x}, assert: [{type: equals, value: x}]}", "unknown field `options`"),
        ] {
            let said = wrong(&config(tests));
            assert!(said.contains(message) && said.contains(":4:"), "{tests}: {said}");
        }
        assert!(wrong("prompts: ['{% if x %}']\nproviders: openai:gpt-x\ntests: [{assert: [{type: equals, value: x}]}]").contains("{%"));
        assert!(wrong("prompts: [file://p.txt]\nproviders: openai:gpt-x").contains(":1: a prompt"));
        assert!(wrong("prompts: [x]\nproviders: [exec:rm]\n").contains(":2: the provider exec:rm"));
        assert!(
            wrong("prompts: [x]\nproviders: [openai:responses:gpt-x]\n")
                .contains("the provider openai:responses")
        );
        assert!(
            wrong("prompts: ['[{\"role\": \"user\"}]']\nproviders: openai:gpt-x\n")
                .contains("a prompt that is")
        );
        assert!(
            wrong("prompts: [x]\nproviders: [{id: openai:gpt-x, config: {tools: []}}]\n")
                .contains("`tools` of a provider")
        );
        assert!(
            wrong("prompts: [x]\nproviders: openai:gpt-x\nscenarios: []\n")
                .contains("unknown field `scenarios`")
        );
    }
}
