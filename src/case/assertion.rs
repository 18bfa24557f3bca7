//! What can be asked of a transcript. A type that is not in this list is an error where it stands, never a pass.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// One thing that has to hold. In YAML: a mapping with one key.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Assertion {
    /// The answer contains all of these texts.
    Contains(Texts),
    /// The answer contains one of these texts at least.
    ContainsAny(Texts),
    /// The same, whether letters are large or small.
    Icontains(Texts),
    /// The same for one of these at least.
    IcontainsAny(Texts),
    /// The answer contains none of these texts.
    NotContains(Texts),
    /// The answer is this text; white space around it does not count.
    Equals(String),
    /// The answer is this text to the letter.
    EqualsExactly(String),
    /// The answer begins with this text.
    StartsWith(String),
    /// The answer has a match for this regular expression (syntax of Rust's `regex`: no look-around).
    Regex(String),
    /// The answer has no match for it.
    NotRegex(String),
    /// The answer is JSON, alone or as the only fenced block, and follows this JSON Schema; `true` is any JSON.
    JsonSchema(Value),
    /// The same, and nothing but the JSON: no fence around it.
    JsonOnly(Value),
    /// The answer as Markdown has this structure.
    Markdown(Structure),
    /// The answer is as similar to a golden text as this.
    Similar(Similar),
    /// Tools that are called.
    Tools(Trajectory),
    /// Skills that are read.
    Skills(Skills),
    /// Tokens of all model calls of a run together, hits of recordings included.
    Tokens(Most),
    /// Dollars of the same.
    Cost(Most),
    /// Model calls of a run.
    Turns(Most),
    /// Milliseconds of a run. Never judged on a replay.
    LatencyMs(Most),
    /// A model judges by a rubric. Only where models are asked; its cost counts.
    Judge(Judge),
    /// The opposite of another assertion.
    Not(Box<Assertion>),
}

/// One text, or several.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Texts {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Texts {
    /// As a list.
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }
}

/// A limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Most {
    /// No more than this.
    #[schemars(with = "f64")]
    pub at_most: Decimal,
}

/// The structure of a Markdown text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Structure {
    /// Headings that have to be there, in this order; others may stand between them.
    pub headings: Vec<String>,
    /// Keys its front matter has to have.
    pub front_matter: Vec<String>,
    /// Tables it has to have at least: each is the titles of its columns, in order.
    pub tables: Vec<Vec<String>>,
}

/// Similarity to a golden text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Similar {
    /// The golden text.
    pub to: String,
    /// How similar: from 0 to 1.
    #[schemars(with = "f64")]
    pub at_least: Decimal,
    /// How similarity is measured.
    #[serde(default)]
    pub measure: Measure,
}

/// How similarity is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// The harmonic mean of the shares of words that each text has in common with the other, each word as often as it
    /// stands (ROUGE-1 F).
    #[default]
    WordF1,
    /// One minus the edits from one text to the other, divided by the length of the longer (Levenshtein).
    Levenshtein,
}

impl Measure {
    /// The name used in configuration and output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WordF1 => "word-f1",
            Self::Levenshtein => "levenshtein",
        }
    }
}

/// Tools that are called, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Trajectory {
    /// Exactly these calls, in this order.
    pub exact: Option<Vec<String>>,
    /// These in this order, with others before, between and after.
    pub in_order: Vec<String>,
    /// These, each as often as it stands here, in any order.
    pub any_order: Vec<String>,
    /// None of these.
    pub forbidden: Vec<String>,
}

/// Skills that are read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Skills {
    /// These are.
    pub loaded: Vec<String>,
    /// These are not.
    pub not_loaded: Vec<String>,
}

/// A model as judge.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Judge {
    /// What has to hold, in words.
    pub rubric: String,
    /// The model that judges; without it the one that answered.
    pub model: Option<String>,
}

impl Assertion {
    /// The name of its type.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Contains(_) => "contains",
            Self::ContainsAny(_) => "contains-any",
            Self::Icontains(_) => "icontains",
            Self::IcontainsAny(_) => "icontains-any",
            Self::NotContains(_) => "not-contains",
            Self::Equals(_) => "equals",
            Self::EqualsExactly(_) => "equals-exactly",
            Self::StartsWith(_) => "starts-with",
            Self::Regex(_) => "regex",
            Self::NotRegex(_) => "not-regex",
            Self::JsonSchema(_) => "json-schema",
            Self::JsonOnly(_) => "json-only",
            Self::Markdown(_) => "markdown",
            Self::Similar(_) => "similar",
            Self::Tools(_) => "tools",
            Self::Skills(_) => "skills",
            Self::Tokens(_) => "tokens",
            Self::Cost(_) => "cost",
            Self::Turns(_) => "turns",
            Self::LatencyMs(_) => "latency-ms",
            Self::Judge(_) => "judge",
            Self::Not(_) => "not",
        }
    }

    /// What is wrong with it in itself: an expression that is none, a schema that is none, nothing to hold.
    pub fn fault(&self) -> Option<String> {
        match self {
            Self::Regex(pattern) | Self::NotRegex(pattern) => super::judge::regex(pattern).err(),
            Self::JsonSchema(schema) | Self::JsonOnly(schema) => super::judge::validator(schema).err(),
            Self::Contains(texts)
            | Self::ContainsAny(texts)
            | Self::Icontains(texts)
            | Self::IcontainsAny(texts)
            | Self::NotContains(texts) => (texts.all().is_empty()
                || texts.all().iter().any(String::is_empty))
            .then(|| "an empty text is in every answer; write the text that is meant".to_owned()),
            Self::Markdown(structure) => (*structure == Structure::default()).then(|| {
                "nothing is asked of the structure; name `headings`, `front_matter` or `tables`".to_owned()
            }),
            Self::Similar(similar) => (similar.at_least <= Decimal::ZERO || similar.at_least > Decimal::ONE)
                .then(|| "`at_least` has to be above 0 and at most 1".to_owned()),
            Self::Tools(tools) => (*tools == Trajectory::default()).then(|| {
                "no tools are named; use `exact`, `in_order`, `any_order` or `forbidden`".to_owned()
            }),
            Self::Skills(skills) => (*skills == Skills::default())
                .then(|| "no skills are named; use `loaded` or `not_loaded`".to_owned()),
            Self::Tokens(most) | Self::Cost(most) | Self::Turns(most) | Self::LatencyMs(most) => {
                (most.at_most < Decimal::ZERO).then(|| "`at_most` is below 0".to_owned())
            }
            Self::Judge(judge) => judge.rubric.trim().is_empty().then(|| "the rubric is empty".to_owned()),
            Self::Not(inner) => match &**inner {
                Self::Judge(_) | Self::LatencyMs(_) | Self::Not(_) => {
                    Some(format!("`not` is not possible with `{}`", inner.name()))
                }
                inner => inner.fault(),
            },
            Self::Equals(_) | Self::EqualsExactly(_) | Self::StartsWith(_) => None,
        }
    }
}
