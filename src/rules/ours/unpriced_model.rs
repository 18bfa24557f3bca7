//! A model of a team or an environment that no price list knows: its cost cannot be checked, and perhaps it does not exist.
//!
//! Found by the cost stage, which has the prices.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(in crate::rules) static RULE: Rule = Rule {
    id: "unpriced-model",
    summary: "A team or an environment runs on a model that has no known price",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/teams.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("t/TEAM_SPEC.md", "# Team\n\n| Agent | Model | Tokens |\n|---|---|---|\n| Coordinator | claude-opus-4-6 | 30K |\n| Builder | claude-opus-4-6 | 90K |\n| Reviewer | claude-nobody-9 | 50K |\n")]),
        Example::good(&[("t/TEAM_SPEC.md", "# Team\n\n| Agent | Model | Tokens |\n|---|---|---|\n| Coordinator | claude-opus-4-6 | 30K |\n| Builder | claude-opus-4-6 | 90K |\n| Reviewer | claude-opus-4-6 | 50K |\n")]),
        Example::bad(&[("environments/ci/model-overrides.yaml", "agents: {reviewer: claude-sonet-5-5}\n")]),
        Example::good(&[("environments/ci/model-overrides.yaml", "agents: {reviewer: claude-sonnet-5-5, sorter: ollama/llama3.1, planner: opusplan}\n")]),
        Example::good(&[("environments/ci/model-overrides.yaml", "agents: {reviewer: in-house-1}\nprices: {models: {in-house-1: {input: 0.1, output: 0.2}}}\n")]),
        Example::good(&[("environments/ci/model-overrides.yaml", "agents: {reviewer: quick}\n"), ("weighbridge.yaml", "prices:\n  aliases: {quick: claude-haiku-5-5}\n")]),
    ],
    check: Check::Cost,
};
