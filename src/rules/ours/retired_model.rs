//! An environment runs on a model that its vendor has switched off: every request fails.
//!
//! Found by the cost stage, which knows models and the day.

use super::{Check, Example, Rule};
use crate::base::Severity;

pub(in crate::rules) static RULE: Rule = Rule {
    id: "retired-model",
    summary: "An environment runs on a model that its vendor has retired",
    severity: Severity::Warning,
    source: "https://platform.claude.com/docs/en/about-claude/model-deprecations",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("environments/ci/model-overrides.yaml", "agents: {reviewer: claude-3-5-sonnet-20241022}\n")]),
        Example::good(&[("environments/ci/model-overrides.yaml", "agents: {reviewer: claude-sonnet-5-5}\n")]),
        // Other houses have dates of their own.
        Example::good(&[("environments/ci/model-overrides.yaml", "agents: {reviewer: bedrock/anthropic.claude-3-5-sonnet-20241022-v2:0}\n")]),
    ],
    check: Check::Cost,
};
