//! `environments/<name>/{model-overrides,budget-limits}.yaml`: the same workflows elsewhere.

use super::assumed::{Assumed, Spread};
use super::workflow::Workflow;
use crate::agent::environment::Section;
pub use crate::agent::environment::canonical;
use crate::agent::view::{Shape, shape};
use crate::base::RepoPath;
use crate::config::cost::RawCostBudget;
use crate::config::yaml::{self, Node};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// What differs in an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Its name: that of its folder.
    pub name: String,
    /// Every agent's model, when one is given for all.
    pub default_model: Option<Assumed<String>>,
    /// Models that take the place of others.
    pub models: BTreeMap<String, Assumed<String>>,
    /// Models of single agents.
    pub agents: BTreeMap<String, Assumed<String>>,
    /// Runs of a month of single workflows; `*` is all of them.
    pub runs: BTreeMap<String, Assumed<Spread>>,
    /// Limits of all workflows together, and where they stand.
    pub budget: RawCostBudget,
    /// The place of each limit.
    pub places: BTreeMap<&'static str, String>,
    /// Keys that mean nothing to us, with their places.
    pub unread: Vec<String>,
}

impl Environment {
    /// Reads `model-overrides.yaml`.
    pub fn read_models(&mut self, path: &RepoPath, text: &str) {
        let Some(root) = self.document(path, text) else { return };
        for (key, value) in root.pairs() {
            let place = format!("{path}:{}", key.span.start.line);
            match (key.text().unwrap_or(""), value.non_empty()) {
                ("default" | "default_model" | "model", Some(model)) => {
                    self.default_model = Some(Assumed::declared(model.to_owned(), place));
                }
                ("models" | "aliases", None) => {
                    for (from, to) in names(path, value, &mut self.unread) {
                        self.models.insert(from, to);
                    }
                }
                ("agents" | "overrides" | "model_overrides", None) => {
                    for (agent, model) in names(path, value, &mut self.unread) {
                        self.agents.insert(agent, model);
                    }
                }
                ("runs_per_month", Some(figure)) => self.runs("*", figure, &place),
                ("workflows" | "runs_per_month", None) => {
                    for (name, node) in value.pairs() {
                        let figure = node.get("runs_per_month").unwrap_or(node);
                        let place = format!("{path}:{}", name.span.start.line);
                        if let (Some(name), Some(figure)) = (name.text(), figure.non_empty()) {
                            self.runs(name, figure, &place);
                        }
                    }
                }
                // Read with the other prices.
                ("version" | "environment" | "description" | "name" | "prices", _) => {}
                // Said of environments, and no matter of cost.
                (name, _)
                    if matches!(
                        Section::of(name),
                        Some(Section::Data | Section::Secrets | Section::Variables | Section::Flags)
                    ) => {}
                (name, None) if value.get("model").and_then(Node::non_empty).is_some() => {
                    let model = value.get("model").and_then(Node::non_empty).unwrap_or_default();
                    self.agents.insert(name.to_owned(), Assumed::declared(model.to_owned(), place));
                }
                // The shortest form: agent or model to model.
                (name, Some(model)) if !name.is_empty() && shape(value) == Shape::Text => {
                    self.agents.insert(name.to_owned(), Assumed::declared(model.to_owned(), place));
                }
                (name, _) => self.unread.push(format!("{place}: `{name}` is no key of model overrides")),
            }
        }
    }

    /// Reads `budget-limits.yaml`.
    pub fn read_budget(&mut self, path: &RepoPath, text: &str) {
        let Some(root) = self.document(path, text) else { return };
        let inner = ["cost", "budgets", "budget", "limits"].iter().find_map(|key| root.get(key));
        let node = inner.filter(|node| !node.pairs().is_empty()).unwrap_or(&root);
        for (key, value) in node.pairs() {
            let name = key.text().unwrap_or("");
            let place = format!("{path}:{}", key.span.start.line);
            let plain = name.trim_end_matches("_usd").trim_start_matches("max_");
            let (slot, known) = match plain {
                "per_run" | "cost_per_run" | "per_workflow" => (&mut self.budget.per_run, "per_run"),
                "per_day" | "daily" | "cost_per_day" | "daily_limit" => (&mut self.budget.per_day, "per_day"),
                "per_month" | "monthly" | "cost_per_month" | "monthly_limit" => {
                    (&mut self.budget.per_month, "per_month")
                }
                "increase_per_month" => (&mut self.budget.increase_per_month, "increase_per_month"),
                "increase_percent" => (&mut self.budget.increase_percent, "increase_percent"),
                "owner" => {
                    self.budget.owner = value.non_empty().map(str::to_owned);
                    continue;
                }
                "version" | "environment" | "description" | "name" | "currency" => continue,
                _ => {
                    self.unread.push(format!("{place}: `{name}` is no limit of money; known are per_run, per_day, per_month, increase_per_month, increase_percent"));
                    continue;
                }
            };
            match value.non_empty().and_then(figure) {
                Some(limit) => {
                    *slot = Some(limit);
                    self.places.insert(known, place);
                }
                None => self.unread.push(format!("{place}: the value of `{name}` is no amount")),
            }
        }
    }

    fn document(&mut self, path: &RepoPath, text: &str) -> Option<Node> {
        match yaml::parse(text, 1) {
            Ok(node) => Some(node),
            Err(error) => {
                self.unread.push(format!("{path}:{}: this is not readable YAML: {error}", error.at.line));
                None
            }
        }
    }

    fn runs(&mut self, name: &str, text: &str, place: &str) {
        match figure(text).filter(|runs| *runs > Decimal::ZERO) {
            Some(runs) => {
                let runs = Assumed::declared(Spread::constant(runs), place);
                self.runs.insert(name.to_owned(), runs);
            }
            None => self.unread.push(format!("{place}: `{text}` is no number of runs")),
        }
    }

    /// The workflows as they are in this environment.
    pub fn apply(&self, workflows: &[Workflow]) -> Vec<Workflow> {
        let mut workflows = workflows.to_vec();
        for workflow in &mut workflows {
            if let Some(runs) = self.runs.get(&workflow.name).or_else(|| self.runs.get("*")) {
                workflow.runs_per_month = runs.clone();
            }
            let steps = workflow.phases.iter_mut().flat_map(|phase| &mut phase.steps);
            for step in steps.filter(|step| !step.is_unknown()) {
                let model = self
                    .agents
                    .get(&step.agent)
                    .or_else(|| self.models.get(&step.model.value))
                    .or_else(|| self.agents.get(&step.model.value))
                    .or(self.default_model.as_ref());
                if let Some(model) = model {
                    step.model = model.clone();
                }
            }
        }
        workflows
    }

    /// What it changes, in words.
    pub fn words(&self) -> Vec<String> {
        let all = self.default_model.iter().map(|model| format!("every agent on {}", model.value));
        let models = self.models.iter().map(|(from, to)| format!("{from} -> {}", to.value));
        let agents = self.agents.iter().map(|(agent, model)| format!("{agent} on {}", model.value));
        let runs = self.runs.iter().map(|(name, runs)| match name.as_str() {
            "*" => format!("{} runs a month", runs.value.p50),
            name => format!("{name}: {} runs a month", runs.value.p50),
        });
        all.chain(models).chain(agents).chain(runs).collect()
    }
}

/// `name: model` or `name: {model: ...}`.
fn names(path: &RepoPath, node: &Node, unread: &mut Vec<String>) -> Vec<(String, Assumed<String>)> {
    let mut found = Vec::new();
    for (key, value) in node.pairs() {
        let place = format!("{path}:{}", key.span.start.line);
        let model = value.non_empty().or_else(|| value.get("model").and_then(Node::non_empty));
        match (key.text(), model) {
            (Some(name), Some(model)) => {
                found.push((name.to_owned(), Assumed::declared(model.to_owned(), place)));
            }
            (name, _) => unread.push(format!("{place}: `{}` names no model", name.unwrap_or(""))),
        }
    }
    found
}

/// `4000`, `$4,000.50`, `4_000`.
fn figure(text: &str) -> Option<Decimal> {
    let plain: String = text.chars().filter(|c| !matches!(c, '$' | ',' | '_' | ' ')).collect();
    let figure: Decimal = plain.parse().ok()?;
    (!figure.is_sign_negative() && figure < Decimal::from(1_000_000_000_000_i64)).then_some(figure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn path(name: &str) -> RepoPath {
        RepoPath::new(&format!("environments/ci/{name}")).expect("a path")
    }

    #[test]
    fn reads_the_forms_people_write() {
        let mut ci = Environment::default();
        ci.read_models(
            &path("model-overrides.yaml"),
            "default: haiku\nmodels: {opus: sonnet}\nagents:\n  triage: {model: claude-haiku-4-5}\nruns_per_month: 50\n\
             nonsense: [1]\n",
        );
        assert_eq!(
            ci.words(),
            ["every agent on haiku", "opus -> sonnet", "triage on claude-haiku-4-5", "50 runs a month"]
        );
        assert_eq!(
            ci.unread,
            ["environments/ci/model-overrides.yaml:6: `nonsense` is no key of model overrides"]
        );
        ci.read_budget(
            &path("budget-limits.yaml"),
            "cost:\n  per_month: $1,500\n  max_per_run_usd: 0.6\n  tokens: x\n",
        );
        assert_eq!(ci.budget.per_month, Some(Decimal::from(1500)));
        assert_eq!(ci.budget.per_run, Some(Decimal::new(6, 1)));
        assert_eq!(ci.places["per_month"], "environments/ci/budget-limits.yaml:2");
        assert_eq!(ci.unread.len(), 2);
    }

    #[test]
    fn what_is_no_model_is_none() {
        let mut ci = Environment::default();
        ci.read_models(
            &path("model-overrides.yaml"),
            "triage: {model: haiku, temperature: 0}\nmax_retries: 3\nverbose: true\nsecrets: [DB_PASSWORD]\nflags: {x: true}\n",
        );
        assert_eq!(ci.words(), ["triage on haiku"]);
        assert_eq!(
            ci.unread,
            [
                "environments/ci/model-overrides.yaml:2: `max_retries` is no key of model overrides",
                "environments/ci/model-overrides.yaml:3: `verbose` is no key of model overrides"
            ]
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,200}") {
            let mut environment = Environment::default();
            environment.read_models(&path("model-overrides.yaml"), &text);
            environment.read_budget(&path("budget-limits.yaml"), &text);
        }
    }
}
