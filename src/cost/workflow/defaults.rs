//! What is assumed of a run of which nothing is known.
//!
//! Every figure names its public source, or says that it is a choice of ours. `docs/cost.md` has the reasons.

use super::{CacheTtl, Compaction, Turns};
use crate::base::Client;
use crate::config::cost::{RawAssumptions, RawBehaviour, RawProfile, RawSpread};
use crate::cost::assumed::{Assumed, Spread};
use rust_decimal::Decimal;

/// Runs of a month when nobody says how many.
const RUNS_PER_MONTH: i64 = 1_000;
/// Tokens of Claude Code's system prompt and environment: 4,200 and 280.
const SYSTEM_PROMPT: u64 = 4_480;
const SYSTEM_PROMPT_SOURCE: &str = "the startup example of Claude Code's documentation: 4,200 tokens of system prompt and 280 of environment";
/// Tokens a server's tools take where clients send their schemas with every call.
const SERVER_TOOLS: u64 = 2_638;
const SERVER_TOOLS_SOURCE: &str = "the 14 tools of the reference filesystem server, measured";
/// Tokens a server's tools take where the client only lists their names.
const DEFERRED_TOOLS: u64 = 120;
const DEFERRED_TOOLS_SOURCE: &str = "the startup example of Claude Code's documentation: MCP tools, deferred";

/// What a client itself sends with every call, in tokens.
pub fn system_prompt(client: Client) -> Assumed<u64> {
    match client {
        Client::ClaudeCode => Assumed::default(SYSTEM_PROMPT, SYSTEM_PROMPT_SOURCE),
        other => Assumed::default(
            SYSTEM_PROMPT,
            format!("{} publishes no figure; that of Claude Code is taken", other.title()),
        ),
    }
}

/// What an MCP server adds to every call, in tokens.
pub fn server_tools(client: Client) -> Assumed<u64> {
    match client {
        Client::ClaudeCode => Assumed::default(DEFERRED_TOOLS, DEFERRED_TOOLS_SOURCE),
        _ => Assumed::default(SERVER_TOOLS, SERVER_TOOLS_SOURCE),
    }
}

/// The share of runs in which a listed skill is read.
pub fn skill_trigger() -> Assumed<Decimal> {
    Assumed::default(Decimal::new(5, 2), "a choice of ours: one run of twenty")
}

/// Runs of a month.
pub fn runs_per_month() -> Assumed<Spread> {
    Assumed::default(
        Spread::constant(Decimal::from(RUNS_PER_MONTH)),
        "a choice of ours, so that months can be compared",
    )
}

/// How long a run of the main agent is.
fn turns(profile: RawProfile) -> Assumed<Spread> {
    let (name, p50, p90) = match profile {
        RawProfile::Small => ("small", 4, 9),
        RawProfile::Medium => ("medium", 12, 40),
        RawProfile::Large => ("large", 30, 90),
    };
    let spread = Spread { p50: Decimal::from(p50), p90: Decimal::from(p90) };
    let source = format!(
        "the {name} profile, a choice of ours; thirty medium runs cost about the $13 a day that Claude Code's \
         documentation gives for a developer"
    );
    Assumed::default(spread, source)
}

/// How long a run of a sub-agent is: it gets one errand.
fn errand() -> Assumed<Spread> {
    let spread = Spread { p50: Decimal::from(6), p90: Decimal::from(14) };
    Assumed::default(spread, "a choice of ours for one errand of a sub-agent")
}

/// Which kind of agent a default is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Works on the task.
    Main,
    /// Gets errands from the main agent.
    SubAgent,
}

/// The behaviour of an agent: what is said of it, else what is said of all, else our defaults. `place` says
/// where a key of the agent stands, `general` where one of the assumptions does.
pub fn behaviour(
    client: Client,
    role: Role,
    own: &RawBehaviour,
    place: &dyn Fn(&str) -> String,
    assumptions: &RawAssumptions,
    general: &dyn Fn(&str) -> String,
) -> Turns {
    let all = &assumptions.behaviour;
    let profile = assumptions.profile.unwrap_or_default();
    let figure =
        |key: &str, own: Option<Decimal>, all: Option<Decimal>, value: i64, source: &str| match (own, all) {
            (Some(own), _) => Assumed::declared(own, place(key)),
            (None, Some(all)) => Assumed::declared(all, general(key)),
            (None, None) => Assumed::default(Decimal::from(value), source),
        };
    let turns = match (own.turns, all.turns) {
        (Some(own), _) => Assumed::declared(spread(own), place("turns")),
        (None, Some(all)) if role == Role::Main => Assumed::declared(spread(all), general("turns")),
        _ if role == Role::SubAgent => errand(),
        _ => turns(profile),
    };
    let cache = match (own.cache, all.cache) {
        (Some(own), _) => Assumed::declared(own, place("cache")),
        (None, Some(all)) => Assumed::declared(all, general("cache")),
        (None, None) if client == Client::ClaudeCode && role == Role::Main => Assumed::default(
            CacheTtl::OneHour,
            "Claude Code mostly writes the one-hour cache: 78 % of the cache writes of 425 published transcripts",
        ),
        (None, None) => Assumed::default(CacheTtl::FiveMinutes, "the vendors' default"),
    };
    let cache_hit = match (own.cache_hit, all.cache_hit) {
        (Some(own), _) => Assumed::declared(own, place("cache_hit")),
        (None, Some(all)) => Assumed::declared(all, general("cache_hit")),
        (None, None) => {
            Assumed::default(Decimal::new(95, 2), "a choice of ours: one call in twenty comes too late")
        }
    };
    Turns {
        turns,
        first_input: figure(
            "first_input",
            own.first_input,
            all.first_input,
            500,
            "a choice of ours for the task",
        ),
        input_per_turn: figure(
            "input_per_turn",
            own.input_per_turn,
            all.input_per_turn,
            1_500,
            "a choice of ours for the results of tools",
        ),
        output_per_turn: figure(
            "output_per_turn",
            own.output_per_turn,
            all.output_per_turn,
            400,
            "a choice of ours for an answer with a call of a tool",
        ),
        cache,
        cache_hit,
        compaction: None,
    }
}

/// When a conversation is summarised where the context window is known and nothing else is said.
pub fn compaction(window: u64) -> Compaction {
    Compaction {
        at: Assumed::default(window / 10 * 9, "a choice of ours: nine tenths of the context window"),
        summary: Assumed::default(5_000, "a choice of ours for the summary of a conversation"),
    }
}

/// A checked spread.
pub fn spread(raw: RawSpread) -> Spread {
    let (p50, p90) = raw.quantiles();
    Spread { p50, p90 }
}
