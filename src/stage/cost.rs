//! The cost stage: the workflows of head and base, projected, compared, and held against the budgets.

mod curves;
mod limits;
mod show;

use super::inspect::Inspection;
use crate::base::{Client, EntryKind, RepoPath, Verdict};
use crate::config::CostConfig;
use crate::config::cost::{RawJudge, RawUnpriced};
use crate::cost::calibrate::{Calibration, measured};
use crate::cost::difference::{Difference, difference};
use crate::cost::environment::Environment;
use crate::cost::project::price::Prices;
use crate::cost::project::step::NodeCache;
use crate::cost::project::{WorkflowCost, project};
use crate::cost::sensitivity::sensitivities;
use crate::cost::workflow::Workflow;
use crate::cost::workflow::found::{Source, workflows};
use crate::report::StageReport;
use crate::report::cost::{AssumptionReport, CostReport, Coverage, UsdRangeEnds};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

/// Files of an environment that are read; real ones have a few lines.
const MAX_ENVIRONMENT_BYTES: u64 = 256 * 1024;
/// What `weighbridge calibrate --out` writes.
const CALIBRATION: &str = "weighbridge.calibration.json";
/// Larger ones are not read.
const MAX_CALIBRATION_BYTES: u64 = 4 * 1024 * 1024;
/// Environments that are shown.
const MAX_ENVIRONMENTS: usize = 20;
/// Assumptions that are shown.
const MAX_ASSUMPTIONS: usize = 12;

/// What the stage works on.
pub(super) struct CostInputs<'a> {
    /// Head.
    pub(super) head: &'a Inspection,
    /// Base.
    pub(super) base: Option<&'a Inspection>,
    /// What is said about cost where policy is read: the target branch.
    pub(super) policy: &'a CostConfig,
    /// What head says, when it says something else.
    pub(super) proposed: Option<&'a CostConfig>,
    /// The clients to judge for.
    pub(super) clients: &'a [Client],
    /// What files of base are called in head.
    pub(super) renames: &'a BTreeMap<RepoPath, RepoPath>,
    /// Prices.
    pub(super) prices: Prices<'a>,
    /// The prices head proposes, when they are others.
    pub(super) new_prices: Option<Prices<'a>>,
    /// More workflows, of head and of base: those of team specifications.
    pub(super) more: (Vec<Workflow>, Vec<Workflow>),
    /// What else the reader should know.
    pub(super) notes: Vec<String>,
    /// What is wrong with the prices in force: nothing can be said about the cost then.
    pub(super) faults: Vec<String>,
}

/// The workflows of a revision: what the configuration names goes before what is declared elsewhere.
fn all_workflows(
    inspection: &Inspection,
    config: &CostConfig,
    clients: &[Client],
    more: &[Workflow],
) -> Vec<Workflow> {
    let source = Source { config, repo: &inspection.repo, scales: inspection, clients };
    let mut found = workflows(&source);
    let names: BTreeSet<String> = found.iter().map(|workflow| workflow.name.clone()).collect();
    found.extend(more.iter().filter(|workflow| !names.contains(&workflow.name)).cloned());
    found
}

/// The workflows of a revision in the environment that the configuration chooses.
pub(super) fn in_force(
    inspection: &Inspection,
    config: &CostConfig,
    clients: &[Client],
    more: &[Workflow],
) -> Vec<Workflow> {
    let found = all_workflows(inspection, config, clients, more);
    let Some(name) = config.environment.as_deref() else { return found };
    let environments = environments_of(inspection);
    let chosen = environments.iter().find(|environment| environment.name == name);
    chosen.map_or_else(|| found.clone(), |environment| environment.apply(&found))
}

/// Runs the stage. `None` when there is no workflow to price.
pub(super) fn cost(inputs: &CostInputs<'_>) -> Option<(CostReport, StageReport)> {
    let found = |inspection: &Inspection, config: &CostConfig, more: &[Workflow]| {
        all_workflows(inspection, config, inputs.clients, more)
    };
    let environments = environments_of(inputs.head);
    let before_environments = inputs.base.map(environments_of);
    let config = inputs.proposed.unwrap_or(inputs.policy);
    let mut head = found(inputs.head, config, &inputs.more.0);
    let mut base = inputs.base.map(|base| found(base, inputs.policy, &inputs.more.1));
    let mut notes = inputs.notes.clone();
    calibrate(inputs, &mut head, &mut base, &mut notes);
    if head.is_empty() && base.as_ref().is_none_or(Vec::is_empty) {
        return None;
    }
    let chosen = inputs.policy.environment.as_deref();
    let in_environment = |list: &[Environment], name: &str, workflows: &[Workflow]| {
        let found = list.iter().find(|environment| environment.name == name);
        found.map_or_else(|| workflows.to_vec(), |environment| environment.apply(workflows))
    };
    let in_force = |workflows: &[Workflow], list: &[Environment]| match chosen {
        Some(name) => in_environment(list, name, workflows),
        None => workflows.to_vec(),
    };
    let head_in_force = in_force(&head, &environments);
    let base_in_force =
        base.as_ref().map(|base| in_force(base, before_environments.as_deref().unwrap_or_default()));
    let none = Vec::new();
    let compared =
        difference(base_in_force.as_ref().unwrap_or(&none), &head_in_force, inputs.renames, inputs.prices);
    let has_base = base.is_some();
    let worst = worst_case(inputs, &found, &compared, chosen, &environments, &mut notes);
    let limits_of = before_environments
        .as_ref()
        .unwrap_or(&environments)
        .iter()
        .find(|e| Some(e.name.as_str()) == chosen);
    if let Some(name) = chosen
        && !environments.iter().any(|environment| environment.name == name)
    {
        notes.push(format!("environments/{name} has no overrides, so nothing differs there"));
    }
    let budgets = limits::budgets(&limits::Subject {
        policy: inputs.policy,
        environment: limits_of,
        compared: &compared,
        worst,
        has_base,
        head: inputs.head,
        base: inputs.base,
        judge: inputs.policy.gate.judge.unwrap_or_default(),
        clients: inputs.clients,
    });
    let nodes = NodeCache::default();
    let assumptions = sensitivities(&head_in_force, inputs.prices, &nodes)
        .into_iter()
        .take(MAX_ASSUMPTIONS)
        .map(|found| AssumptionReport {
            effect: (found.low != found.high)
                .then(|| UsdRangeEnds { low: show::usd(found.low), high: show::usd(found.high) }),
            what: found.what,
            value: found.value,
            origin: found.origin,
        })
        .collect();
    notes.extend(environments.iter().flat_map(|environment| environment.unread.iter().cloned()));
    let tables = environments
        .iter()
        .take(MAX_ENVIRONMENTS)
        .map(|environment| {
            let head = environment.apply(&head);
            let before = before_environments
                .as_ref()
                .zip(base.as_ref())
                .map(|(list, base)| in_environment(list, &environment.name, base));
            show::environment(environment, &head, before.as_deref(), inputs.prices, &nodes)
        })
        .collect();
    let coverage = coverage(&compared, &head);
    let mut report = CostReport {
        environment: chosen.map(str::to_owned),
        assumptions,
        coverage,
        environments: tables,
        budgets,
        notes,
        ..CostReport::default()
    };
    show::fill(&mut report, &compared, (&head_in_force, base_in_force.as_deref()), inputs.prices);
    price_change(inputs, &mut report, &head_in_force, &nodes);
    let mut stage = conclude(&report, inputs.policy.gate.unpriced.unwrap_or_default());
    if let Some(fault) = inputs.faults.first() {
        stage.verdict = Verdict::Error;
        stage.summary = format!("the prices in force cannot be read: {fault}");
        report.notes.extend(inputs.faults.iter().skip(1).cloned());
    }
    Some((report, stage))
}

/// What head costs more under the prices it proposes: a line of its own.
fn price_change(inputs: &CostInputs<'_>, report: &mut CostReport, head: &[Workflow], nodes: &NodeCache) {
    if let Some(new) = inputs.new_prices {
        let month = |prices| {
            let costs = project(head, prices, nodes);
            costs.iter().map(WorkflowCost::per_month).sum::<Decimal>()
        };
        let change = show::usd(month(new) - month(inputs.prices));
        report.price_change = Some(change);
        report.notes.push(format!(
            "this change also edits the prices: under those of head, head costs {} a month more or less; everything \
             else here is priced as on the target branch",
            change.signed()
        ));
    }
}

/// Finds the workflows of a revision under a configuration, with those declared elsewhere.
type Found<'a> = &'a dyn Fn(&Inspection, &CostConfig, &[Workflow]) -> Vec<Workflow>;

/// What head costs a month under the policy's own workflows, when it proposes others that make it cheaper: a
/// change must not talk its own cost down.
fn worst_case(
    inputs: &CostInputs<'_>,
    found: Found<'_>,
    compared: &Difference,
    chosen: Option<&str>,
    environments: &[Environment],
    notes: &mut Vec<String>,
) -> Option<Difference> {
    inputs.proposed?;
    let mut head = found(inputs.head, inputs.policy, &inputs.more.0);
    if let Some(environment) = environments.iter().find(|e| Some(e.name.as_str()) == chosen) {
        head = environment.apply(&head);
    }
    let base = inputs.base.map(|base| found(base, inputs.policy, &inputs.more.1)).unwrap_or_default();
    let strict = difference(&base, &head, inputs.renames, inputs.prices);
    let (ours, theirs) = (compared.per_month().1, strict.per_month().1);
    (theirs > ours).then(|| {
        notes.push(format!(
            "weighbridge.yaml changes what is projected: {} a month by the workflows of head, {} by those of base; \
             budgets are held against the higher figure",
            show::usd(ours),
            show::usd(theirs)
        ));
        strict
    })
}

/// Puts what was measured in the place of what was assumed, in both revisions.
fn calibrate(
    inputs: &CostInputs<'_>,
    head: &mut [Workflow],
    base: &mut Option<Vec<Workflow>>,
    notes: &mut Vec<String>,
) {
    let Some(calibration) = calibration(inputs.base.unwrap_or(inputs.head), notes) else { return };
    let reference = base.clone().unwrap_or_else(|| head.to_vec());
    measured::apply(head, &reference, &calibration, inputs.prices);
    if let Some(base) = base {
        measured::apply(base, &reference, &calibration, inputs.prices);
    }
}

/// What was measured: `weighbridge.calibration.json` of the target branch. A change cannot bring its own.
fn calibration(inspection: &Inspection, notes: &mut Vec<String>) -> Option<Calibration> {
    let path = RepoPath::new(CALIBRATION)?;
    inspection.tree.entry(path.as_str())?;
    let bytes = inspection.tree.read(&path, MAX_CALIBRATION_BYTES).ok()?;
    match serde_json::from_slice(&bytes) {
        Ok(calibration) => Some(calibration),
        Err(error) => {
            notes.push(format!(
                "{CALIBRATION} is not used: {error}; write it anew with `weighbridge calibrate --out`"
            ));
            None
        }
    }
}

/// The environments of a revision.
fn environments_of(inspection: &Inspection) -> Vec<Environment> {
    let mut found: BTreeMap<String, Environment> = BTreeMap::new();
    for entry in inspection.tree.entries() {
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
        match inspection.tree.read(&entry.path, MAX_ENVIRONMENT_BYTES) {
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

fn coverage(compared: &Difference, head: &[Workflow]) -> Coverage {
    let costs = || compared.workflows.iter().filter_map(|workflow| workflow.head.as_ref());
    let steps = || costs().flat_map(|cost| &cost.steps);
    let unpriced: BTreeSet<String> = costs()
        .flat_map(|cost| &cost.unpriced)
        .map(|model| format!("{}: {}", model.name, model.reason))
        .collect();
    Coverage {
        priced: steps().filter(|step| step.per_run.is_some()).count() as u64,
        total: steps().count() as u64,
        unpriced: unpriced.into_iter().collect(),
        unread: head.iter().flat_map(|workflow| workflow.unread.iter().cloned()).collect(),
    }
}

fn conclude(report: &CostReport, unpriced: RawUnpriced) -> StageReport {
    let mut verdict = report.budgets.iter().map(|budget| budget.verdict).max().unwrap_or(Verdict::Pass);
    if !report.coverage.unpriced.is_empty() {
        verdict = verdict.max(match unpriced {
            RawUnpriced::Warn => Verdict::Warn,
            RawUnpriced::Block => Verdict::Block,
        });
    }
    StageReport { id: "cost".to_owned(), verdict, summary: show::summary(report) }
}

/// Which figure of a month is judged.
fn judged(expected: Decimal, p90: f64, judge: RawJudge) -> Decimal {
    use rust_decimal::prelude::FromPrimitive as _;
    match judge {
        RawJudge::Expected => expected,
        RawJudge::P90 => Decimal::from_f64(p90).unwrap_or(expected).round_dp(9).max(Decimal::ZERO),
    }
}
