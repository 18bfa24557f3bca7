//! Weighbridge: the gate that every change to AI-agent configuration passes before it merges.
//!
//! The rooms, in the order in which data flows:
//!
//! | room | what it holds | may use |
//! |---|---|---|
//! | [`base`] | the vocabulary: findings, places, trees, money, tokens, verdicts | nothing |
//! | [`host`] | every effect on the world, behind one trait | base |
//! | [`chat`] | model calls as values, in the formats of three APIs | base |
//! | [`context`] | where are we running, for which change | base, host |
//! | [`config`] | `weighbridge.yaml`; YAML with positions | base, chat |
//! | [`agent`] | agent files: find, parse, and the model of what a client loads | base, config |
//! | [`case`] | what agents are asked, and what has to hold of their answers | base, config, chat |
//! | [`approval`] | who has to sign for what, and who has: policy and facts to a decision | base, config |
//! | [`evidence`] | what counts of passes and misses show | base |
//! | [`triggers`] | does a skill's description still attract its prompts, offline | base, config, agent |
//! | [`secrets`] | credentials in files: found, and blotted out of what is printed | base, agent and config |
//! | [`environments`] | what differs between environments, setting by setting | base, config, agent and secrets |
//! | [`rules`] | checks, what is ignored, and base against head | base, config, agent, secrets and environments |
//! | [`cost`] | count tokens, price them, project workflows, explain differences | base, config, agent |
//! | [`eval`] | runs cases: the loop between model and tools, recordings, limits | base, config, agent, secrets, cost, chat, case, evidence and triggers |
//! | [`report`] | one value, many texts | base, context, case, eval |
//! | [`forge`] | GitHub and GitLab | base, host, approval, context, report |
//! | [`provider`] | model endpoints: answers, exact token counts | base, host, chat |
//! | [`mcp`] | MCP servers: start them, list what they offer | base, host, context, agent |
//! | [`stage`] | what runs, and the verdict | everything above but host, forge, provider and mcp |
//! | [`lsp`] | a language server: messages of an editor in, messages to it out | base, context, config, agent, rules, cost, report and stage |
//! | [`cli`] | what was typed, what was meant, the exit code | everything |
//!
//! One way for data: context, then base and head revision, then the model, then the stages, then one
//! [`report::RunReport`], then the forge. `ARCHITECTURE.md` has the invariants; a test guards them.

pub mod base;
pub mod chat;
pub mod host;

pub mod config;
pub mod context;

pub mod agent;
pub mod approval;
pub mod case;
pub mod cost;
pub mod environments;
pub mod eval;
pub mod evidence;
pub mod rules;
pub mod secrets;
pub mod triggers;

pub mod report;

pub mod forge;
pub mod lsp;
pub mod mcp;
pub mod provider;
pub mod stage;

pub mod cli;
