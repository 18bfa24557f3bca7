//! Weighbridge: the gate that every change to AI-agent configuration passes before it merges.
//!
//! The rooms, in the order in which data flows:
//!
//! | room | what it holds | may use |
//! |---|---|---|
//! | [`base`] | the vocabulary: findings, places, trees, money, tokens, verdicts | nothing |
//! | [`host`] | every effect on the world, behind one trait | base |
//! | [`context`] | where are we running, for which change | base, host |
//! | [`config`] | `weighbridge.yaml`; YAML with positions | base |
//! | [`agent`] | agent files: find, parse, and the model of what a client loads | base, config |
//! | [`approval`] | who has to sign for what, and who has: policy and facts to a decision | base, config |
//! | [`evidence`] | what counts of passes and misses show | base |
//! | [`triggers`] | does a skill's description still attract its prompts, offline | base, config, agent |
//! | [`rules`] | checks, and base against head | base, agent |
//! | [`cost`] | count tokens, price them, project workflows, explain differences | base, config, agent |
//! | [`report`] | one value, many texts | base, context |
//! | [`forge`] | GitHub and GitLab | base, host, approval, context, report |
//! | [`provider`] | model endpoints: exact token counts | base, host |
//! | [`stage`] | what runs, and the verdict | everything above but host, forge and provider |
//! | [`cli`] | what was typed, what was meant, the exit code | everything |
//!
//! One way for data: context, then base and head revision, then the model, then the stages, then one
//! [`report::RunReport`], then the forge. `ARCHITECTURE.md` has the invariants; a test guards them.

pub mod base;
pub mod host;

pub mod config;
pub mod context;

pub mod agent;
pub mod approval;
pub mod cost;
pub mod evidence;
pub mod rules;
pub mod triggers;

pub mod report;

pub mod forge;
pub mod provider;
pub mod stage;

pub mod cli;
