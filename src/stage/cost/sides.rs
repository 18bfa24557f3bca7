//! The workflows of both revisions, under one configuration or another.

use super::CostInputs;
use crate::base::{Client, EntryKind, RepoPath, Tree};
use crate::config::CostConfig;
use crate::cost::assumed::{Assumed, Spread};
use crate::cost::calibrate::{Calibration, measured};
use crate::cost::difference::{Difference, difference_with};
use crate::cost::environment::{Environment, canonical};
use crate::cost::project::step::NodeCache;
use crate::cost::workflow::Workflow;
use crate::cost::workflow::found::{Source, workflows};
use crate::stage::inspect::Inspection;
use crate::stage::mcp::weights;
use std::collections::{BTreeMap, BTreeSet};

/// Files of an environment that are read; real ones have a few lines.
const MAX_ENVIRONMENT_BYTES: u64 = 256 * 1024;
/// What `weighbridge calibrate --out` writes.
const CALIBRATION: &str = "weighbridge.calibration.json";
/// Larger ones are not read.
const MAX_CALIBRATION_BYTES: u64 = 4 * 1024 * 1024;

/// The workflows of head, and of base where there is one.
#[derive(Clone, Debug)]
pub(super) struct Sides {
    pub(super) head: Vec<Workflow>,
    pub(super) base: Option<Vec<Workflow>>,
}

impl Sides {
    pub(super) fn compare(&self, inputs: &CostInputs<'_>, nodes: &NodeCache) -> Difference {
        let base = self.base.as_deref().unwrap_or_default();
        difference_with(base, &self.head, inputs.renames, inputs.prices, nodes)
    }
}

/// What both revisions say besides their workflows.
pub(super) struct Revisions<'a> {
    inputs: &'a CostInputs<'a>,
    calibration: Option<Calibration>,
    /// The environment in force.
    pub(super) chosen: Option<String>,
    /// Those of head.
    pub(super) environments: Vec<Environment>,
    before: Vec<Environment>,
    /// Those of the policy.
    in_policy: Vec<Environment>,
}

impl<'a> Revisions<'a> {
    pub(super) fn new(inputs: &'a CostInputs<'a>, notes: &mut Vec<String>) -> Self {
        let environments = environments_of(&*inputs.head.tree);
        let before = inputs.base.map(|base| environments_of(&*base.tree)).unwrap_or_default();
        let chosen = inputs.policy.environment.clone();
        if let Some(name) = &chosen
            && find(&environments, name).is_none()
        {
            notes.push(format!("environments/{name} has no overrides, so nothing differs there"));
        }
        notes.extend(environments.iter().flat_map(|environment| environment.unread.iter().cloned()));
        let calibration = calibration(inputs.policy_tree, notes);
        let in_policy = environments_of(inputs.policy_tree);
        Self { inputs, calibration, chosen, environments, before, in_policy }
    }

    /// The limits of the environment in force: those of the policy.
    pub(super) fn limits(&self) -> Option<&Environment> {
        find(&self.in_policy, self.chosen.as_deref()?)
    }

    /// The workflows that a configuration of head names, against those of the policy.
    pub(super) fn sides(&self, of_head: &CostConfig) -> Sides {
        let inputs = self.inputs;
        let head = all_workflows(inputs.head, of_head, inputs.clients, &inputs.more.0);
        let base = inputs.base.map(|base| {
            // Workflows that are written down for the first time were there before: only their names are new.
            let first = inputs.policy.workflows.is_empty() && !of_head.workflows.is_empty();
            let config = if first { of_head } else { inputs.policy };
            all_workflows(base, config, inputs.clients, &inputs.more.1)
        });
        self.calibrated(Sides { head, base })
    }

    /// Puts what was measured in the place of what was assumed.
    fn calibrated(&self, mut sides: Sides) -> Sides {
        let Some(calibration) = &self.calibration else { return sides };
        let reference = sides.base.clone().unwrap_or_else(|| sides.head.clone());
        measured::apply(&mut sides.head, &reference, calibration, self.inputs.prices);
        if let Some(base) = &mut sides.base {
            measured::apply(base, &reference, calibration, self.inputs.prices);
        }
        sides
    }

    /// The same in one environment: head in that of head, base in that of base.
    pub(super) fn in_environment(&self, sides: &Sides, name: &str) -> Sides {
        let of = |list: &[Environment], workflows: &[Workflow]| {
            find(list, name).map_or_else(|| workflows.to_vec(), |environment| environment.apply(workflows))
        };
        Sides {
            head: of(&self.environments, &sides.head),
            base: sides.base.as_ref().map(|base| of(&self.before, base)),
        }
    }

    /// The same in the environment in force.
    pub(super) fn in_force(&self, sides: &Sides) -> Sides {
        self.chosen.as_deref().map_or_else(|| sides.clone(), |name| self.in_environment(sides, name))
    }

    /// What the policy's own workflows and volumes say, where the change says something else of either.
    pub(super) fn strict(&self) -> Option<Sides> {
        let inputs = self.inputs;
        inputs.base?;
        let chosen = self.chosen.as_deref();
        let mut there = chosen.and_then(|name| find(&self.environments, name)).cloned().unwrap_or_default();
        let before =
            chosen.and_then(|name| find(&self.before, name)).map(|e| e.runs.clone()).unwrap_or_default();
        if inputs.proposed.is_none() && volumes(&there.runs) == volumes(&before) {
            return None;
        }
        there.runs = before;
        let sides = self.sides(inputs.policy);
        let mut strict = self.in_force(&sides);
        strict.head = there.apply(&sides.head);
        Some(strict)
    }
}

/// How often workflows run, wherever that is written.
fn volumes(runs: &BTreeMap<String, Assumed<Spread>>) -> BTreeMap<&str, Spread> {
    runs.iter().map(|(name, runs)| (name.as_str(), runs.value)).collect()
}

/// The environment of this name, else one whose name is an alias of it.
fn find<'a>(list: &'a [Environment], name: &str) -> Option<&'a Environment> {
    let exact = list.iter().find(|environment| environment.name == name);
    exact.or_else(|| list.iter().find(|environment| canonical(&environment.name) == canonical(name)))
}

/// The workflows of a revision: what the configuration names goes before what is declared elsewhere.
fn all_workflows(
    inspection: &Inspection,
    config: &CostConfig,
    clients: &[Client],
    more: &[Workflow],
) -> Vec<Workflow> {
    let tools = weights(inspection);
    let source = Source { config, repo: &inspection.repo, scales: inspection, clients, tools: &tools };
    let mut found = workflows(&source);
    let names: BTreeSet<String> = found.iter().map(|workflow| workflow.name.clone()).collect();
    found.extend(more.iter().filter(|workflow| !names.contains(&workflow.name)).cloned());
    found.iter_mut().for_each(Workflow::tell_apart);
    found
}

/// The workflows of one revision in the environment that the configuration chooses.
pub(in crate::stage) fn in_force(
    inspection: &Inspection,
    config: &CostConfig,
    clients: &[Client],
    more: &[Workflow],
) -> Vec<Workflow> {
    let found = all_workflows(inspection, config, clients, more);
    let Some(name) = config.environment.as_deref() else { return found };
    let environments = environments_of(&*inspection.tree);
    find(&environments, name).map_or_else(|| found.clone(), |environment| environment.apply(&found))
}

/// What was measured: `weighbridge.calibration.json` of the target branch. A change cannot bring its own.
fn calibration(tree: &dyn Tree, notes: &mut Vec<String>) -> Option<Calibration> {
    let path = RepoPath::new(CALIBRATION)?;
    tree.entry(path.as_str())?;
    let found = tree.read(&path, MAX_CALIBRATION_BYTES).map_err(|error| error.to_string());
    match found.and_then(|bytes| serde_json::from_slice(&bytes).map_err(|error| error.to_string())) {
        Ok(calibration) => {
            notes.extend(
                measured::remarks(&calibration).iter().map(|remark| format!("{CALIBRATION}: {remark}")),
            );
            Some(calibration)
        }
        Err(error) => {
            notes.push(format!(
                "{CALIBRATION} is not used: {error}; write it anew with `weighbridge calibrate --out`"
            ));
            None
        }
    }
}

/// The environments of a revision.
fn environments_of(tree: &dyn Tree) -> Vec<Environment> {
    let mut found: BTreeMap<String, Environment> = BTreeMap::new();
    for entry in tree.entries() {
        let is_file = !matches!(entry.kind, EntryKind::Link { .. });
        let folder = entry.path.parent();
        if !is_file || folder.parent().name() != "environments" {
            continue;
        }
        let name = entry.path.name();
        let is_models = matches!(name, "model-overrides.yaml" | "model-overrides.yml");
        let is_budget = matches!(name, "budget-limits.yaml" | "budget-limits.yml");
        if !is_models && !is_budget {
            continue;
        }
        let environment = found.entry(folder.name().to_owned()).or_default();
        folder.name().clone_into(&mut environment.name);
        match tree.read(&entry.path, MAX_ENVIRONMENT_BYTES) {
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes);
                if is_models {
                    environment.read_models(&entry.path, &text);
                } else {
                    environment.read_budget(&entry.path, &text);
                }
            }
            Err(error) => environment.unread.push(error.to_string()),
        }
    }
    found.into_values().collect()
}
