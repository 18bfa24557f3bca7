//! What a team's documents say, put together.

use super::document::Document;
use super::names::Name;
use super::numbers::Figure;
use super::tables::{Table, TypedRow};
use crate::base::{Place, RepoPath};
use rust_decimal::Decimal;

/// Something that was written, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cited<T> {
    /// What was written.
    pub value: T,
    /// Where.
    pub place: Place,
}

impl<T> Cited<T> {
    /// Written at a place.
    pub const fn new(value: T, place: Place) -> Self {
        Self { value, place }
    }

    /// `teams/x/TEAM_SPEC.md:40`.
    pub fn words(&self) -> String {
        format!("{}:{}", self.place.path, self.place.line())
    }
}

/// A team of agents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Its folder.
    pub folder: RepoPath,
    /// The folder's name.
    pub name: String,
    /// Its agents, in the order in which they are introduced.
    pub agents: Vec<Agent>,
    /// Its phases, in order.
    pub phases: Vec<Phase>,
    /// Its configurations.
    pub profiles: Vec<Profile>,
    /// What it says models charge.
    pub prices: Vec<Price>,
    /// Its budget limits.
    pub limits: Vec<Limit>,
    /// Runs per month that are stated.
    pub volumes: Vec<Cited<u32>>,
    /// Agents with instructions of their own that are not among the agents of the team.
    pub strangers: Vec<Cited<String>>,
    /// The documents it was read from.
    pub documents: Vec<Document>,
    /// Their tables.
    pub tables: Vec<Placed>,
    /// What could not be read, in words.
    pub unread: Vec<Cited<String>>,
    /// What was left out altogether, so that a cost of the rest is not that of the team.
    pub left_out: Vec<String>,
}

/// An agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Its name as it is introduced.
    pub name: String,
    /// The names it goes by.
    pub aliases: Vec<Name>,
    /// Where it is introduced.
    pub place: Place,
    /// Its model, wherever one is named without "in this configuration"; the first is what the others are held against.
    pub models: Vec<Cited<String>>,
    /// Its token budget, likewise.
    pub budgets: Vec<Cited<Figure>>,
    /// Its input and output tokens, where a table of agents gives them apart.
    pub split: Option<(Cited<Figure>, Cited<Figure>)>,
    /// Its instructions.
    pub instructions: Option<RepoPath>,
    /// The phases in which its instructions say it is at work.
    pub active_in: Vec<Cited<u32>>,
}

/// A phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// Its name.
    pub name: String,
    /// Its name, taken apart.
    pub key: Name,
    /// Its number, counted from 1.
    pub number: Option<u32>,
    /// Where it is introduced.
    pub place: Place,
    /// How many agents are at work.
    pub active: Option<Cited<Figure>>,
    /// Input tokens.
    pub input: Option<Cited<Figure>>,
    /// Output tokens.
    pub output: Option<Cited<Figure>>,
    /// Tokens of both kinds.
    pub tokens: Option<Cited<Figure>>,
    /// What it costs.
    pub cost: Option<Cited<Figure>>,
    /// What it costs according to the heading of its own section.
    pub title_cost: Option<Cited<Figure>>,
    /// The agents with their tokens, from a table of its own.
    pub rows: Vec<AgentRow>,
    /// The agents according to the orchestration: places in the list of agents.
    pub members: Vec<Cited<usize>>,
    /// True when its agents work at the same time.
    pub parallel: bool,
    /// True when what it takes is said to be part of another phase.
    pub included: bool,
}

/// An agent in a table of a phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentRow {
    /// As written.
    pub label: String,
    /// The agent meant, when it is clear.
    pub agent: Option<usize>,
    /// Its model here.
    pub model: Option<Cited<String>>,
    /// Input tokens.
    pub input: Option<Cited<Figure>>,
    /// Output tokens.
    pub output: Option<Cited<Figure>>,
    /// Tokens of both kinds.
    pub tokens: Option<Cited<Figure>>,
    /// What it costs.
    pub cost: Option<Cited<Figure>>,
    /// Where the row stands.
    pub place: Place,
    /// True when what it takes is said to be part of another row.
    pub included: bool,
}

impl AgentRow {
    /// The figures that make up all its tokens: the column, or input and output; empty when they are not said.
    pub fn all_tokens(&self) -> Vec<&Figure> {
        match (&self.tokens, &self.input, &self.output) {
            (Some(all), ..) => vec![&all.value],
            (None, Some(input), Some(output)) => vec![&input.value, &output.value],
            _ => Vec::new(),
        }
    }
}

/// A configuration: which agent runs on which model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Its name, taken apart.
    pub key: Name,
    /// True for the one that holds when nothing is said.
    pub default: bool,
    /// Where it is introduced.
    pub place: Place,
    /// Agent and model; an agent is there more than once when it is written more than once.
    pub models: Vec<(usize, Cited<String>)>,
    /// What a run is said to cost.
    pub cost: Option<Cited<Figure>>,
}

/// What a model is said to charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// The model as written.
    pub model: String,
    /// Dollars per million input tokens.
    pub input: Cited<Figure>,
    /// Dollars per million output tokens.
    pub output: Cited<Figure>,
    /// Dollars for `blended_tokens` tokens of both kinds.
    pub blended: Option<Cited<Figure>>,
    /// For how many tokens the blended figure holds.
    pub blended_tokens: Decimal,
    /// Input tokens for each output token behind the blended figure, when it is stated.
    pub ratio: Option<Decimal>,
}

/// A budget limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Its key, as written.
    pub key: String,
    /// Its value.
    pub value: Cited<Figure>,
    /// The comment on its line.
    pub comment: String,
}

/// A table and where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The document: a place in the team's list.
    pub document: usize,
    /// The section of the document.
    pub section: usize,
    /// The table.
    pub table: Table,
    /// What it is about.
    pub topic: Topic,
}

/// What a table is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// The phases: the one from which they were read.
    Phases,
    /// The agents of one phase.
    Phase(usize),
    /// The models of one configuration.
    Profile(usize),
    /// Its own columns say what it is.
    Own,
}

impl Team {
    /// The document of a table.
    pub fn document(&self, placed: &Placed) -> Option<&Document> {
        self.documents.get(placed.document)
    }

    /// The place of a row of a table.
    pub fn place(&self, placed: &Placed, row: &TypedRow) -> Place {
        let path =
            self.document(placed).map_or_else(|| self.folder.clone(), |document| document.path.clone());
        Place::span(path, row.label.span)
    }

    /// The agent that a name means, when it is clear.
    pub fn agent(&self, name: &str) -> super::names::Match {
        super::names::find_agent(name, self.agents.iter().map(|agent| agent.aliases.as_slice()))
    }

    /// The phase that a name means, when it is clear.
    pub fn phase(&self, name: &str, number: Option<u32>) -> super::names::Match {
        let known = self.phases.iter().map(|phase| (&phase.key, phase.number));
        super::names::find_phase(name, number, known)
    }

    /// The configuration that holds when nothing is said.
    pub fn default_profile(&self) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.default)
    }

    /// The configuration with a name.
    pub fn profile(&self, name: &str) -> Option<&Profile> {
        let exact = self.profiles.iter().find(|profile| profile.name.eq_ignore_ascii_case(name.trim()));
        exact.or_else(|| {
            let wanted = Name::new(name);
            let mut near = self.profiles.iter().filter(|profile| profile.key.is_like(&wanted));
            near.next().filter(|_| near.next().is_none())
        })
    }
}
