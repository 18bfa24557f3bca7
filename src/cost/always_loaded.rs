//! The always-loaded part: what a client sends with every request of a session, weighed and priced.

use super::prices;
use super::tokens::{self, Weight};
use crate::agent::loads::readers::readers;
use crate::agent::{Effect, Kind, Load, PartName, Repo, loads};
use crate::base::{Client, Count, RepoPath, Usd};
use rust_decimal::Decimal;

/// A piece of the always-loaded part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What is read, and to what effect.
    pub load: Load,
    /// Its weight as far as it is read at the start; zero for anything else.
    pub weight: Weight,
    /// The file is one this client reads; that Codex ignores a CLAUDE.md is no news.
    pub meant: bool,
}

/// What a client reads at the start of a task in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlwaysLoaded {
    /// The client.
    pub client: Client,
    /// The model it is priced with.
    pub model: ModelChoice,
    /// The pieces in the order in which they are read.
    pub pieces: Vec<Piece>,
}

/// A model and why it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelChoice {
    /// The model as the price book names it.
    pub model: String,
    /// `declared in ...`, or that it is the default.
    pub reason: String,
}

/// Weighs a part of a file: whole, listing or body; a truncated one up to a number of bytes.
pub trait Scales {
    /// The weight of a part.
    fn weigh(&self, path: &RepoPath, part: PartName) -> Weight;

    /// The weight of the first bytes of a file.
    fn weigh_prefix(&self, path: &RepoPath, bytes: u64) -> Weight;
}

/// What `client` reads at the start of a task in `folder`.
pub fn always_loaded(client: Client, folder: &RepoPath, repo: &Repo, scales: &dyn Scales) -> AlwaysLoaded {
    let pieces = loads(client, folder, repo)
        .into_iter()
        .map(|load| {
            let weight = match load.effect {
                Effect::Loaded => scales.weigh(&load.path, load.part),
                Effect::Truncated { bytes } => scales.weigh_prefix(&load.path, bytes),
                _ => Weight::default(),
            };
            let meant = repo.get(&load.path).is_none_or(|file| {
                file.kind == Kind::Imported || readers(&load.path, file.kind).contains(&client)
            });
            Piece { load, weight, meant }
        })
        .collect();
    AlwaysLoaded { client, model: choose_model(client, repo), pieces }
}

impl AlwaysLoaded {
    /// The weight of all pieces.
    pub fn weight(&self) -> Weight {
        self.pieces.iter().fold(Weight::default(), |sum, piece| sum.plus(piece.weight))
    }

    /// The tokens of all pieces in the family of the model.
    pub fn count(&self) -> Count {
        let family =
            prices::names::family(&self.model.model).unwrap_or_else(|| tokens::default_family(self.client));
        self.weight().count(family)
    }

    /// Dollars for 1,000 requests, by the price that `price` knows for one request of a model with so many
    /// tokens; `None` when the model has no price.
    pub fn per_1000_calls(&self, price: impl FnOnce(&str, u64) -> Option<Usd>) -> Option<Usd> {
        price(&self.model.model, self.count().tokens)?.checked_mul(Decimal::ONE_THOUSAND)
    }
}

/// The model a client would use here: declared in the repository's settings, else the vendor's default.
pub fn choose_model(client: Client, repo: &Repo) -> ModelChoice {
    let settings = match client {
        Client::ClaudeCode => ".claude/settings.json",
        Client::Codex => ".codex/config.toml",
        Client::GeminiCli => ".gemini/settings.json",
        Client::OpenCode => "opencode.json",
        _ => "",
    };
    let declared = RepoPath::new(settings)
        .and_then(|path| repo.get(&path))
        .and_then(|file| file.declares.model.as_deref());
    if let Some(name) = declared {
        return ModelChoice { model: prices::resolve(name), reason: format!("declared in {settings}") };
    }
    let model = match tokens::default_family(client) {
        crate::base::Family::O200k => "gpt-5.3-codex",
        crate::base::Family::Gemini => "gemini-3.1-pro-preview",
        crate::base::Family::ClaudeV3 | crate::base::Family::ClaudeV48 => "claude-sonnet-5-5",
    };
    ModelChoice { model: model.to_owned(), reason: "assumed, since no settings file names one".to_owned() }
}
