//! `evaluation:` of weighbridge.yaml: who answers the cases, and what asking may cost.

use crate::chat::Api;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How cases are run.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Evaluation {
    /// The model of cases that name none. Without it: that of the agent's file or of the client's settings.
    pub model: Option<String>,
    /// Globs of files with cases in the formats of other tools (`evals/evals.json`, `promptfooconfig.yaml`) that count here
    /// too. Those with recordings do anyway.
    pub cases: Vec<String>,
    /// Providers besides `openai`, `anthropic` and `gemini`, by name. Their key is `WEIGHBRIDGE_PROVIDER_KEY`.
    pub providers: BTreeMap<String, Provider>,
    /// The most that one run of `weighbridge integration` may spend.
    pub limit: Limit,
}

/// A provider.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Its format.
    pub api: Api,
    /// Its base URL, as the format's own client library takes it: with `/v1` for `openai`, without a version else.
    pub base_url: String,
}

/// A spending limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limit {
    /// Dollars.
    #[schemars(with = "Option<f64>")]
    pub usd: Option<Decimal>,
    /// Tokens of every kind together.
    pub tokens: Option<u64>,
}

impl Evaluation {
    /// The files with cases that `cases` names.
    pub fn named(&self) -> globset::GlobSet {
        super::glob_set(&self.cases).unwrap_or_default()
    }

    /// What is wrong with it: the keys that lead there, and why.
    pub(super) fn faults(&self) -> Vec<(Vec<String>, String)> {
        let mut found = Vec::new();
        if let Err((pattern, reason)) = super::glob_set(&self.cases) {
            let at = ["evaluation", "cases"].map(str::to_owned).to_vec();
            found.push((at, format!("`{}` is no glob: {reason}", super::shown(&pattern))));
        }
        for (name, provider) in &self.providers {
            let at = || ["evaluation", "providers", name].map(str::to_owned).to_vec();
            if matches!(name.as_str(), "openai" | "anthropic" | "gemini" | "google") {
                found.push((at(), format!("`{name}` is a public provider; give yours another name")));
            }
            if !provider.base_url.starts_with("https://") && !provider.base_url.starts_with("http://") {
                found.push((at(), "`base_url` has to begin with https:// or http://".to_owned()));
            }
        }
        if self.limit.usd.is_some_and(|usd| usd < Decimal::ZERO) {
            found.push((
                ["evaluation", "limit", "usd"].map(str::to_owned).to_vec(),
                "a limit is not below 0".to_owned(),
            ));
        }
        found
    }
}
