//! An environment that changes more than models, budgets, data and secrets: what was tested is not what runs.

use super::{Check, Example, Rule};
use crate::agent::{FileView, Kind};
use crate::base::{Finding, Place, Severity};

pub(super) static RULE: Rule = Rule {
    id: "unexpected-override",
    summary: "An environment overrides what has to be the same everywhere",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/requirements.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("environments/staging/model-overrides.yaml", "default_model: haiku\nsystem_prompt: Be brief\n")]),
        Example::bad(&[("environments/production/AGENTS.md", "Be careful.\n")]),
        Example::good(&[("environments/staging/model-overrides.yaml", "default_model: haiku\nagents:\n  reviewer: sonnet\n")]),
    ],
    check: Check::File(check),
};

/// What has to be the same everywhere.
const SAME: [&str; 14] = [
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

fn check(rule: &Rule, view: &FileView<'_>) -> Vec<Finding> {
    let help = "keep it the same everywhere; only models, budgets, data sources and secrets may differ";
    let in_environment = view.path.parts().next() == Some("environments") && view.path.parts().count() > 2;
    if matches!(view.kind, Kind::AgentsMd | Kind::ClaudeMd | Kind::Skill | Kind::SubAgent | Kind::TeamSpec | Kind::Orchestration)
        && in_environment
    {
        let message = "this environment has agent configuration of its own, so what was tested elsewhere is not what runs here";
        return vec![rule.finding(Place::file(view.path.clone()), message).with_help(help)];
    }
    if !matches!(view.kind, Kind::ModelOverrides | Kind::BudgetLimits) {
        return Vec::new();
    }
    view.settings()
        .map(crate::agent::view::Node::pairs)
        .unwrap_or_default()
        .iter()
        .filter(|(key, _)| key.text().is_some_and(|key| SAME.contains(&key)))
        .map(|(key, _)| {
            let message = format!("`{}` is changed for one environment", key.text().unwrap_or(""));
            rule.finding(view.at(key.span), message).with_help(help)
        })
        .collect()
}
