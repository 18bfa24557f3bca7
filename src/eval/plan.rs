//! Which model answers a case, who provides it, and what it costs.

use super::context::Contexts;
use crate::case::{Case, provider_api, split_model};
use crate::chat::Api;
use crate::config::evaluation::Provider;
use crate::cost::prices;
use crate::cost::project::price::Prices;
use crate::cost::rates::Rates;
use std::collections::BTreeMap;

/// The declared providers by name.
pub type Providers = BTreeMap<String, Provider>;

/// Who is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The provider.
    pub provider: String,
    /// Its format.
    pub api: Api,
    /// The model, as it is asked for.
    pub model: String,
}

impl Asked {
    /// The same for a sub-agent with a model of its own. One that another vendor makes is answered by the case's model:
    /// the case decides on the provider, and that provider does not have it.
    pub(super) fn for_agent(&self, model: Option<&str>) -> Self {
        let Some(model) = model.map(full_name).filter(|model| Api::of_model(model) == Some(self.api)) else {
            return self.clone();
        };
        Self { model, ..self.clone() }
    }
}

/// A case with who is asked.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// The case.
    pub case: &'a Case,
    /// Who is asked; or why nobody can be.
    pub asked: Result<Asked, String>,
}

/// Decides who is asked for each case. `usual` is the model of the configuration, for cases and agents that name none.
pub fn plan<'a>(
    cases: &'a [Case],
    contexts: &Contexts<'_>,
    usual: Option<&str>,
    providers: &Providers,
) -> Vec<Plan<'a>> {
    let asked = |case: &Case| -> Result<Asked, String> {
        let context = contexts.of_case(case)?;
        let named = case.model.as_deref().or(usual).or(context.model.as_deref());
        let named = named.ok_or("no model is named; write `model` into the settings of the case")?;
        let (from_name, model) = split_model(named);
        let model = full_name(model);
        let provider = case.provider.as_deref().or(from_name);
        let Some(name) = provider else {
            let api = Api::of_model(&model).ok_or_else(|| {
                format!("nobody says who provides the model `{model}`; write `provider` into the settings of the case")
            })?;
            return Ok(Asked { provider: api.name().to_owned(), api, model });
        };
        let declared = providers.get(name).map(|provider| provider.api);
        let api = declared.or_else(|| provider_api(name)).ok_or_else(|| {
            format!(
                "the provider `{name}` is not known; declare it under `evaluation.providers` in weighbridge.yaml"
            )
        })?;
        let name = if declared.is_some() { name } else { api.name() };
        Ok(Asked { provider: name.to_owned(), api, model })
    };
    cases.iter().map(|case| Plan { case, asked: asked(case) }).collect()
}

/// The name of a model for the short names that clients have for theirs; any other stays as it is written.
fn full_name(model: &str) -> String {
    match model {
        "opus" | "sonnet" | "haiku" | "fable" | "default" => prices::resolve(model),
        _ => model.to_owned(),
    }
}

/// The rates of a model, when it has a price: that of another model is none.
pub fn rates(prices: Prices<'_>, model: &str) -> Option<Rates> {
    prices(model).ok().map(|price| price.rates)
}
