//! What differs between the environments of a repository: `environments/<name>/`, setting by setting.
//!
//! Models, budgets, data sources, secrets and flags may differ; everything else was tested in one environment and would
//! run in another. The values of secrets and of environment variables are never kept: a setting says that they are set,
//! or by which reference.

mod parity;
mod read;
mod value;

pub use parity::{Row, Standing, alike, standing};
pub use read::read;

use crate::base::{Place, RepoPath};
use std::collections::BTreeMap;

/// Keys that have to be the same everywhere, wherever they stand.
pub const SAME: [&str; 14] = [
    "tools",
    "allowed_tools",
    "permissions",
    "permission_mode",
    "system_prompt",
    "prompt",
    "prompts",
    "instructions",
    "skills",
    "hooks",
    "mcp_servers",
    "mcpServers",
    "phases",
    "team",
];

/// The name of the setting that chooses the model of every agent without one of its own.
pub const EVERY_AGENT: &str = "every agent";

/// What a setting is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The model of an agent, or how it is called.
    Model,
    /// What a model costs there.
    Price,
    /// How often workflows run.
    Volume,
    /// What may be spent.
    Budget,
    /// Where data comes from.
    Data,
    /// A secret, by its name.
    Secret,
    /// An environment variable, by its name.
    Variable,
    /// A switch.
    Flag,
    /// Anything else: it has to be the same everywhere.
    Other,
}

impl Kind {
    /// For people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Price => "price",
            Self::Volume => "runs",
            Self::Budget => "budget",
            Self::Data => "data source",
            Self::Secret => "secret",
            Self::Variable => "variable",
            Self::Flag => "flag",
            Self::Other => "other",
        }
    }

    /// True when an environment may differ from the others in it.
    pub const fn may_differ(self) -> bool {
        !matches!(self, Self::Other)
    }

    /// What holds where an environment does not set it.
    pub const fn unset(self) -> &'static str {
        match self {
            Self::Model | Self::Price | Self::Volume => "as default",
            _ => "not set",
        }
    }
}

/// One thing that an environment sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The value as it may be shown: short, made visible, without secrets.
    pub shown: String,
    /// The name of a model, as it is written.
    pub model: Option<String>,
    /// Where it stands.
    pub place: Place,
}

/// One environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Its name: that of its folder.
    pub name: String,
    /// Its `model-overrides.yaml`.
    pub models: Option<RepoPath>,
    /// Its `budget-limits.yaml`.
    pub budget: Option<RepoPath>,
    /// Its templates of `.env` files.
    pub templates: Vec<RepoPath>,
    /// What it sets, by what it is about and how it is called.
    pub settings: BTreeMap<(Kind, String), Setting>,
    /// What cannot be read, with places.
    pub faults: Vec<String>,
}

/// The environments below one folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environments {
    /// The folder `environments`.
    pub folder: RepoPath,
    /// Its environments, from local to production.
    pub list: Vec<Environment>,
    /// Those of the four that the README beside them says there are none of.
    pub absent: Vec<&'static str>,
}

#[cfg(test)]
mod tests;
