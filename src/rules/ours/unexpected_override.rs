//! An environment that changes more than models, budgets, data and secrets: what was tested is not what runs.

use super::{Check, Example, Rule};
use crate::agent::view::Node;
use crate::agent::{FileView, Kind};
use crate::base::{Finding, Place, Severity};
use crate::environments::SAME;

pub(super) static RULE: Rule = Rule {
    id: "unexpected-override",
    summary: "An environment overrides what has to be the same everywhere",
    severity: Severity::Warning,
    source: "https://github.com/weighbridge-dev/weighbridge/blob/main/docs/requirements.md",
    since: "0.1.0",
    examples: &[
        Example::bad(&[("environments/staging/model-overrides.yaml", "default_model: haiku\nsystem_prompt: Be brief\n")]),
        Example::bad(&[("environments/staging/model-overrides.yaml", "agents:\n  reviewer: {model: haiku, tools: [Bash]}\n")]),
        Example::bad(&[("environments/production/AGENTS.md", "Be careful.\n")]),
        Example::good(&[("environments/staging/model-overrides.yaml", "default_model: haiku\nagents:\n  reviewer: sonnet\n  team: haiku\n")]),
        Example::good(&[("environments/staging/budget-limits.yaml", "tokens:\n  skills: 5000\n  prompt: 900\n")]),
    ],
    check: Check::File(check),
};

fn check(rule: &Rule, view: &FileView<'_>) -> Vec<Finding> {
    let help = "keep it the same everywhere; only models, budgets, data sources, secrets and flags may differ";
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
    let root = view.settings().map(Node::pairs).unwrap_or_default();
    let of_agents = root.iter().filter(|_| view.kind == Kind::ModelOverrides).flat_map(|(key, value)| agents(key, value));
    root.iter()
        .chain(of_agents.flat_map(Node::pairs))
        .filter(|(key, _)| key.text().is_some_and(|key| SAME.contains(&key)))
        .map(|(key, _)| {
            let message = format!("`{}` is changed for one environment", key.text().unwrap_or(""));
            rule.finding(view.at(key.span), message).with_help(help)
        })
        .collect()
}

/// What is said of single agents: below a list of them, or at the top.
fn agents<'a>(key: &'a Node, value: &'a Node) -> Vec<&'a Node> {
    match key.text() {
        Some("agents" | "models" | "overrides" | "model_overrides") => value.pairs().iter().map(|(_, agent)| agent).collect(),
        _ if value.get("model").is_some() => vec![value],
        _ => Vec::new(),
    }
}
