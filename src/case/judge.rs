//! Holds a transcript against what was asserted.

use super::assertion::{Assertion, Most, Skills, Texts, Trajectory};
use super::{Placed, Transcript, markdown, similar};
use crate::base::text::{thousands, truncate_end, visible};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;

/// Bytes a compiled regular expression may take.
const MAX_REGEX_BYTES: usize = 1024 * 1024;
/// Characters of an answer that are shown in a reason.
const SHOWN: usize = 120;

/// What became of an assertion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "verdict", content = "reason")]
pub enum Held {
    /// It holds.
    Pass,
    /// It does not, and why.
    Fail(String),
    /// It cannot be judged in this run, and why: latency on a replay, a judge without a network.
    NotJudged(String),
    /// It could not be told, and why: a cost without a price.
    Error(String),
}

/// One assertion and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Judged {
    /// Its type.
    pub assertion: String,
    /// 1-based line in the file of the case.
    pub line: u32,
    /// What became of it.
    #[serde(flatten)]
    pub held: Held,
}

/// Judges everything that needs no model. Judges by rubric are left to `rubric`, which answers for those that stand at
/// the number it is called with.
pub fn judge(
    asserts: &[Placed],
    transcript: &Transcript,
    rubric: &dyn Fn(usize) -> Option<Held>,
) -> Vec<Judged> {
    let judged = asserts.iter().enumerate().map(|(number, placed)| {
        let held = match &placed.assertion {
            Assertion::Judge(_) => rubric(number)
                .unwrap_or_else(|| Held::NotJudged("a model judges this, and none was asked".to_owned())),
            assertion => hold(assertion, transcript),
        };
        Judged { assertion: placed.assertion.name().to_owned(), line: placed.line, held }
    });
    judged.collect()
}

fn hold(assertion: &Assertion, transcript: &Transcript) -> Held {
    let answer = transcript.answer.as_str();
    let lower = || answer.to_lowercase();
    match assertion {
        Assertion::Contains(texts) => all(texts, |text| answer.contains(text), answer),
        Assertion::ContainsAny(texts) => any(texts, |text| answer.contains(text), answer),
        Assertion::Icontains(texts) => {
            let answer = lower();
            all(texts, |text| answer.contains(&text.to_lowercase()), &answer)
        }
        Assertion::IcontainsAny(texts) => {
            let answer = lower();
            any(texts, |text| answer.contains(&text.to_lowercase()), &answer)
        }
        Assertion::NotContains(texts) => match texts.all().iter().find(|text| answer.contains(text.as_str()))
        {
            Some(text) => Held::Fail(format!("{} is in the answer", shown(text))),
            None => Held::Pass,
        },
        Assertion::Equals(text) => when(answer.trim() == text.trim(), || {
            format!("the answer is {}, not {}", shown(answer), shown(text))
        }),
        Assertion::EqualsExactly(text) => {
            when(answer == text, || format!("the answer is {}, not {}", shown(answer), shown(text)))
        }
        Assertion::StartsWith(text) => {
            when(answer.starts_with(text.as_str()), || format!("the answer begins with {}", shown(answer)))
        }
        Assertion::Regex(pattern) => matches(pattern, answer, true),
        Assertion::NotRegex(pattern) => matches(pattern, answer, false),
        Assertion::JsonSchema(schema) => json_schema(schema, answer, json_of(answer)),
        Assertion::JsonOnly(schema) => json_schema(schema, answer, serde_json::from_str(answer.trim()).ok()),
        Assertion::Markdown(structure) => fails(markdown::missing(structure, answer)),
        Assertion::Similar(wanted) => {
            let found = similar::similarity(wanted.measure, answer, &wanted.to);
            when(found >= wanted.at_least, || {
                let how = crate::chat::differ::first_difference(wanted.to.trim(), answer.trim());
                let measure = wanted.measure.name();
                format!(
                    "similarity ({measure}) is {found}, less than {}; against the golden text, {how}",
                    wanted.at_least
                )
            })
        }
        Assertion::Tools(wanted) => fails(trajectory(wanted, &transcript.tools)),
        Assertion::Skills(wanted) => fails(skills(wanted, &transcript.skills)),
        Assertion::Tokens(most) if transcript.unmeasured > 0 => Held::Error(format!(
            "the provider did not say how many tokens {} took, so {} cannot be checked",
            crate::base::text::plural(transcript.unmeasured as usize, "model call", "model calls"),
            most.at_most
        )),
        Assertion::Tokens(most) => at_most(*most, Decimal::from(transcript.usage.total()), "tokens"),
        Assertion::Cost(most) => match transcript.cost {
            Some(cost) => {
                when(cost <= most.at_most, || format!("it cost ${cost}, more than ${}", most.at_most))
            }
            None => Held::Error(
                "the cost is not known: the model has no price, or its usage was not said".to_owned(),
            ),
        },
        Assertion::Turns(most) => at_most(*most, Decimal::from(transcript.turns), "model calls"),
        Assertion::LatencyMs(most) => match transcript.latency_ms {
            Some(ms) => at_most(*most, Decimal::from(ms), "ms"),
            None => Held::NotJudged("a replay measures no latency".to_owned()),
        },
        Assertion::Judge(_) => Held::NotJudged("a model judges this, and none was asked".to_owned()),
        Assertion::Not(inner) => match hold(inner, transcript) {
            Held::Pass => Held::Fail(format!("`{}` holds, and it should not", inner.name())),
            Held::Fail(_) => Held::Pass,
            other => other,
        },
    }
}

fn when(holds: bool, reason: impl FnOnce() -> String) -> Held {
    if holds { Held::Pass } else { Held::Fail(reason()) }
}

fn fails(reason: Option<String>) -> Held {
    reason.map_or(Held::Pass, Held::Fail)
}

fn at_most(most: Most, found: Decimal, unit: &str) -> Held {
    let shown = |value: Decimal| match u64::try_from(value) {
        Ok(whole) if value.fract().is_zero() => thousands(whole),
        _ => value.to_string(),
    };
    when(found <= most.at_most, || format!("{} {unit}, more than {}", shown(found), shown(most.at_most)))
}

fn all(texts: &Texts, holds: impl Fn(&str) -> bool, answer: &str) -> Held {
    let missing: Vec<String> =
        texts.all().iter().filter(|text| !holds(text)).map(|text| shown(text)).collect();
    when(missing.is_empty(), || {
        format!("{} is not in the answer, which is {}", missing.join(", "), shown(answer))
    })
}

fn any(texts: &Texts, holds: impl Fn(&str) -> bool, answer: &str) -> Held {
    when(texts.all().iter().any(|text| holds(text)), || {
        let wanted: Vec<String> = texts.all().iter().map(|text| shown(text)).collect();
        format!("none of {} is in the answer, which is {}", wanted.join(", "), shown(answer))
    })
}

fn matches(pattern: &str, answer: &str, wanted: bool) -> Held {
    match regex(pattern) {
        Err(fault) => Held::Error(fault),
        Ok(regex) => match (regex.find(answer), wanted) {
            (Some(_), true) | (None, false) => Held::Pass,
            (None, true) => Held::Fail(format!("no match for /{pattern}/ in {}", shown(answer))),
            (Some(found), false) => Held::Fail(format!("/{pattern}/ matches {}", shown(found.as_str()))),
        },
    }
}

/// A regular expression of bounded size.
///
/// # Errors
/// What is wrong with it.
pub(super) fn regex(pattern: &str) -> Result<regex::Regex, String> {
    let built =
        regex::RegexBuilder::new(pattern).size_limit(MAX_REGEX_BYTES).dfa_size_limit(MAX_REGEX_BYTES).build();
    built.map_err(|error| {
        let text = error.to_string();
        let last = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("this is no regular expression: {}", visible(last))
    })
}

/// A validator of a JSON Schema. Schemas elsewhere are not fetched.
///
/// # Errors
/// What is wrong with it.
pub(super) fn validator(schema: &Value) -> Result<jsonschema::Validator, String> {
    jsonschema::validator_for(schema).map_err(|error| {
        format!("this is no JSON Schema: {}", truncate_end(&visible(&error.to_string()), 200))
    })
}

fn json_schema(schema: &Value, answer: &str, value: Option<Value>) -> Held {
    let Some(value) = value else {
        return Held::Fail(format!("the answer is no JSON: {}", shown(answer)));
    };
    match validator(schema) {
        Err(fault) => Held::Error(fault),
        Ok(validator) => match validator.iter_errors(&value).next() {
            None => Held::Pass,
            Some(error) => {
                let (place, error) =
                    (error.instance_path().to_string(), truncate_end(&visible(&error.to_string()), 200));
                Held::Fail(if place.is_empty() { error } else { format!("at {}: {error}", visible(&place)) })
            }
        },
    }
}

/// The JSON of an answer: all of it, or its only fenced block.
fn json_of(answer: &str) -> Option<Value> {
    serde_json::from_str(answer.trim()).ok().or_else(|| {
        let mut blocks = markdown::fenced(answer).into_iter();
        let only = blocks.next().filter(|_| blocks.next().is_none())?;
        serde_json::from_str(&only).ok()
    })
}

fn trajectory(wanted: &Trajectory, called: &[String]) -> Option<String> {
    let calls = || if called.is_empty() { "nothing".to_owned() } else { called.join(", ") };
    if let Some(tool) = wanted.forbidden.iter().find(|tool| called.contains(tool)) {
        return Some(format!("{tool} was called, and must not be"));
    }
    if wanted.exact.as_ref().is_some_and(|exact| exact != called) {
        let exact = wanted.exact.as_deref().unwrap_or_default();
        let expected = if exact.is_empty() { "nothing".to_owned() } else { exact.join(", ") };
        return Some(format!("called were {}, not exactly {expected}", calls()));
    }
    let mut rest = called.iter();
    if let Some(missing) = wanted.in_order.iter().find(|tool| !rest.any(|called| called == *tool)) {
        return Some(format!(
            "{missing} was not called in the order {}; called were {}",
            wanted.in_order.join(", "),
            calls()
        ));
    }
    let times = |list: &[String], tool: &String| list.iter().filter(|other| *other == tool).count();
    let missing =
        wanted.any_order.iter().find(|tool| times(called, tool) < times(&wanted.any_order, tool))?;
    let count = times(&wanted.any_order, missing);
    Some(format!(
        "{missing} was called {} times, and should be {count} times; called were {}",
        times(called, missing),
        calls()
    ))
}

fn skills(wanted: &Skills, loaded: &[String]) -> Option<String> {
    if let Some(skill) = wanted.loaded.iter().find(|skill| !loaded.contains(skill)) {
        let all = if loaded.is_empty() { "none".to_owned() } else { loaded.join(", ") };
        return Some(format!("the skill {skill} was not read; read were: {all}"));
    }
    let skill = wanted.not_loaded.iter().find(|skill| loaded.contains(skill))?;
    Some(format!("the skill {skill} was read, and should not be"))
}

fn shown(text: &str) -> String {
    format!("`{}`", truncate_end(&visible(text), SHOWN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Usage;
    use serde_json::json;

    fn transcript(answer: &str) -> Transcript {
        let text = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Transcript {
            answer: answer.to_owned(),
            tools: text(&["a", "b", "a"]),
            skills: text(&["pdf"]),
            turns: 3,
            usage: Usage { input: 900, output: 100, ..Usage::default() },
            cost: Some(Decimal::new(12, 3)),
            ..Transcript::default()
        }
    }

    fn held(assertion: &Value, transcript: &Transcript) -> Held {
        let assertion: Assertion = serde_json::from_value(assertion.clone()).expect("an assertion");
        assert_eq!(assertion.fault(), None, "{assertion:?}");
        let placed = [Placed { assertion, line: 1 }];
        judge(&placed, transcript, &|_| None).remove(0).held
    }

    #[test]
    fn what_holds_and_what_does_not() {
        let answer =
            "# Refund\n\nYou get **$12** back.\n\n## Next\n\n| Day | What |\n|---|---|\n| 1 | wait |\n";
        for (holds, fails) in [
            (json!({"contains": "$12"}), json!({"contains": ["$12", "$13"]})),
            (json!({"contains-any": ["$13", "$12"]}), json!({"contains-any": ["$13"]})),
            (json!({"icontains": "REFUND"}), json!({"icontains": "sorry"})),
            (json!({"icontains-any": ["NEXT", "x"]}), json!({"icontains-any": ["zebra", "x-y"]})),
            (json!({"not-contains": "sorry"}), json!({"not-contains": ["sorry", "back"]})),
            (json!({"equals": format!("\n{answer}\n")}), json!({"equals": "x"})),
            (json!({"starts-with": "# R"}), json!({"starts-with": "R"})),
            (json!({"regex": r"\$\d+"}), json!({"regex": r"€\d+"})),
            (json!({"not-regex": r"€\d+"}), json!({"not-regex": r"\$\d+"})),
            (json!({"not": {"equals": "x"}}), json!({"not": {"contains": "back"}})),
            (
                json!({"markdown": {"headings": ["Refund", "Next"]}}),
                json!({"markdown": {"headings": ["Next", "Refund"]}}),
            ),
            (json!({"markdown": {"tables": [["Day", "What"]]}}), json!({"markdown": {"tables": [["Day"]]}})),
            (
                json!({"similar": {"to": answer, "at_least": 1}}),
                json!({"similar": {"to": "you get", "at_least": 0.9}}),
            ),
            (json!({"tools": {"exact": ["a", "b", "a"]}}), json!({"tools": {"exact": ["a", "b"]}})),
            (json!({"tools": {"in_order": ["a", "a"]}}), json!({"tools": {"in_order": ["b", "b"]}})),
            (json!({"tools": {"any_order": ["a", "a", "b"]}}), json!({"tools": {"any_order": ["b", "b"]}})),
            (json!({"tools": {"forbidden": ["c"]}}), json!({"tools": {"forbidden": ["b"]}})),
            (json!({"skills": {"loaded": ["pdf"]}}), json!({"skills": {"loaded": ["docx"]}})),
            (json!({"skills": {"not_loaded": ["docx"]}}), json!({"skills": {"not_loaded": ["pdf"]}})),
            (json!({"tokens": {"at_most": 1000}}), json!({"tokens": {"at_most": 999}})),
            (json!({"cost": {"at_most": 0.012}}), json!({"cost": {"at_most": 0.0119}})),
            (json!({"turns": {"at_most": 3}}), json!({"turns": {"at_most": 2}})),
        ] {
            assert_eq!(held(&holds, &transcript(answer)), Held::Pass, "{holds}");
            assert!(matches!(held(&fails, &transcript(answer)), Held::Fail(_)), "{fails}");
        }
    }

    #[test]
    fn json_is_taken_from_the_only_block() {
        let schema = json!({"json-schema": {"type": "object", "required": ["id"]}});
        assert_eq!(held(&schema, &transcript("{\"id\": 1}")), Held::Pass);
        assert_eq!(held(&schema, &transcript("Here:\n```json\n{\"id\": 1}\n```\n")), Held::Pass);
        let Held::Fail(reason) = held(&schema, &transcript("{\"is\": 1}")) else { panic!("passes") };
        assert_eq!(reason, "\"id\" is a required property");
        for bad in ["no", "```\n{}\n```\n```\n{}\n```"] {
            assert!(matches!(held(&schema, &transcript(bad)), Held::Fail(_)), "{bad}");
        }
        assert_eq!(held(&json!({"json-schema": true}), &transcript("[1]")), Held::Pass);
        assert_eq!(held(&json!({"json-only": true}), &transcript(" [1]\n")), Held::Pass);
        assert!(matches!(held(&json!({"json-only": true}), &transcript("```\n[1]\n```")), Held::Fail(_)));
        assert_eq!(held(&json!({"equals-exactly": "a"}), &transcript("a")), Held::Pass);
        assert!(matches!(held(&json!({"equals-exactly": "a"}), &transcript("a\n")), Held::Fail(_)));
    }

    #[test]
    fn what_is_not_known_is_no_pass() {
        let unpriced = Transcript { cost: None, unmeasured: 1, ..transcript("x") };
        assert!(matches!(held(&json!({"cost": {"at_most": 1}}), &unpriced), Held::Error(_)));
        assert!(matches!(held(&json!({"tokens": {"at_most": 1}}), &unpriced), Held::Error(_)));
        assert!(matches!(held(&json!({"not": {"cost": {"at_most": 1}}}), &unpriced), Held::Error(_)));
        assert!(matches!(held(&json!({"latency-ms": {"at_most": 1}}), &unpriced), Held::NotJudged(_)));
        assert!(matches!(held(&json!({"judge": {"rubric": "kind"}}), &unpriced), Held::NotJudged(_)));
    }
}
