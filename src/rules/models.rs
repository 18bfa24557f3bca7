//! Models that environments choose: those that nobody knows, and those that are no more.

use super::ours::{retired_model, unpriced_model};
use crate::base::Finding;
use crate::base::text::{truncate_end, visible};
use crate::environments::{Environments, Kind};

/// What is known of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// It has a price, or none is asked of it.
    Fine,
    /// Its vendor has switched it off.
    Retired {
        /// Since which day.
        since: String,
    },
    /// It has no price.
    Unpriced {
        /// Why.
        reason: String,
        /// The known name that is most like it.
        nearest: Option<String>,
    },
}

fn shown(text: &str) -> String {
    visible(&truncate_end(text, 80))
}

/// What is wrong with the models of environments. `known` gets the environment and the name of a model.
pub fn check(environments: &Environments, known: &dyn Fn(&str, &str) -> Known) -> Vec<Finding> {
    let mut found = Vec::new();
    for environment in &environments.list {
        for ((kind, name), setting) in &environment.settings {
            let Some(model) = setting.model.as_deref().filter(|_| *kind == Kind::Model) else { continue };
            let whose = format!("`{}` in {}", shown(name), shown(&environment.name));
            let place = setting.place.clone();
            found.extend(match known(&environment.name, model) {
                Known::Fine => None,
                Known::Retired { since } => {
                    let message = format!("{whose} is set to `{}`, which its vendor switched off on {since}: every request fails", shown(model));
                    Some(retired_model::RULE.finding(place, message).with_help("choose one of its successors"))
                }
                Known::Unpriced { reason, nearest } => {
                    let message = format!("{whose} is set to `{}`: {}", shown(model), shown(&reason));
                    let help = match nearest {
                        Some(nearest) => format!("the nearest known name is `{}`; if the name is right, say what it costs under `prices` in weighbridge.yaml", shown(&nearest)),
                        None => "correct the name, or say what it costs under `prices` in weighbridge.yaml".to_owned(),
                    };
                    Some(unpriced_model::RULE.finding(place, message).with_help(help))
                }
            });
        }
    }
    found
}
