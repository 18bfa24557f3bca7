//! Projection: what workflows cost, per run and per month, with a range.
//!
//! Expectations are exact sums over distributions ([`nodes`], [`run`]); ranges come from ten thousand simulated
//! runs ([`simulate`]). Base and head draw the same runs, so what did not change differs by exactly nothing.

pub mod nodes;
pub mod price;
pub mod run;
pub mod simulate;
pub mod step;

use super::assumed::Spread;
use super::workflow::{Behaviour, Workflow};
use crate::base::Usd;
use crate::cost::random::Random;
use nodes::{SLICES, normal_quantile};
use price::{NoPrice, Prices};
use rayon::prelude::*;
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive as _, ToPrimitive as _};
use simulate::{Samples, Summary, shuffled, summary};
use step::{NodeCache, Ready, ready_at};

/// Days of an average month: 365.25 / 12.
pub const DAYS_PER_MONTH: &str = "30.4375";

/// How a figure was obtained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Estimator {
    /// From declared figures, in closed form.
    Declared,
    /// From ten thousand simulated runs.
    Simulated,
    /// From recorded runs, to which only the difference was applied.
    Replayed,
}

impl Estimator {
    /// The name used in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Simulated => "simulated",
            Self::Replayed => "replayed",
        }
    }
}

/// What one step costs.
#[derive(Clone, Debug)]
pub struct StepCost {
    /// The phase.
    pub phase: String,
    /// The agent.
    pub agent: String,
    /// The model as the price book names it; as it was written when it has no price.
    pub model: String,
    /// Dollars in one run of the workflow, by kind of token in the order of `TokenKind::ALL`; `None` without a price.
    pub per_run: Option<[Decimal; 5]>,
}

impl StepCost {
    /// All kinds together.
    pub fn total(&self) -> Option<Decimal> {
        self.per_run.map(|kinds| kinds.iter().sum())
    }
}

/// What one workflow costs.
#[derive(Clone, Debug)]
pub struct WorkflowCost {
    /// Its name.
    pub name: String,
    /// Its steps in order.
    pub steps: Vec<StepCost>,
    /// How the figures were obtained.
    pub estimator: Estimator,
    /// The expected cost of one run, of the steps that have a price.
    pub per_run: Decimal,
    /// The runs of a month, expected.
    pub runs_per_month: Decimal,
    /// Simulated runs.
    pub samples: Samples,
    /// Of one run.
    pub run: Summary,
    /// Of a month.
    pub month: Summary,
    /// Models without a price.
    pub unpriced: Vec<NoPrice>,
}

impl WorkflowCost {
    /// A workflow without steps.
    pub fn empty(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            steps: Vec::new(),
            estimator: Estimator::Declared,
            per_run: Decimal::ZERO,
            runs_per_month: Decimal::ZERO,
            samples: Samples::new(),
            run: Summary::default(),
            month: Summary::default(),
            unpriced: Vec::new(),
        }
    }

    /// The expected cost of a month.
    pub fn per_month(&self) -> Decimal {
        self.per_run.checked_mul(self.runs_per_month).unwrap_or(Decimal::MAX).round_dp(18)
    }
}

/// More runs of a month than this are counted as this many, so that sums cannot overflow.
const MAX_RUNS: i64 = 100_000_000;

/// The runs of a month, expected.
pub fn expected_runs(runs: Spread) -> Decimal {
    let expected = if runs.is_constant() {
        runs.p50
    } else {
        Decimal::from_f64(runs.mean()).unwrap_or(runs.p50).round_dp(6)
    };
    expected.clamp(Decimal::ZERO, Decimal::from(MAX_RUNS))
}

/// What is expected of several workflows together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Dollars of one run of each.
    pub per_run: Decimal,
    /// Dollars of a month.
    pub per_month: Decimal,
    /// True when everything has a price.
    pub complete: bool,
}

/// The expected cost of workflows, where no range is wanted: nothing is simulated.
pub fn expected(workflows: &[Workflow], prices: Prices<'_>, nodes: &NodeCache) -> Expected {
    let mut all = Expected { per_run: Decimal::ZERO, per_month: Decimal::ZERO, complete: true };
    for workflow in workflows {
        let mut per_run = Decimal::ZERO;
        for (phase, step) in
            workflow.phases.iter().flat_map(|phase| phase.steps.iter().map(move |step| (phase, step)))
        {
            match prices(&step.model.value) {
                Ok(price) => {
                    per_run += ready_at(step, phase.iterations.value, &price, nodes).expected_total();
                }
                Err(_) => all.complete = false,
            }
        }
        let runs = expected_runs(workflow.runs_per_month.value);
        all.per_run += per_run;
        all.per_month += per_run.checked_mul(runs).unwrap_or(Decimal::MAX).round_dp(18);
    }
    all
}

/// Projects workflows, in their order.
pub fn project(workflows: &[Workflow], prices: Prices<'_>, nodes: &NodeCache) -> Vec<WorkflowCost> {
    workflows.par_iter().map(|workflow| project_one(workflow, prices, nodes)).collect()
}

fn project_one(workflow: &Workflow, prices: Prices<'_>, nodes: &NodeCache) -> WorkflowCost {
    let mut steps = Vec::new();
    let mut samples = vec![0.0; SLICES];
    let mut unpriced = Vec::new();
    let mut per_run = Decimal::ZERO;
    let mut varies = false;
    for phase in &workflow.phases {
        for step in &phase.steps {
            let mut cost = StepCost {
                phase: phase.name.clone(),
                agent: step.agent.clone(),
                model: step.model.value.clone(),
                per_run: None,
            };
            match prices(&step.model.value) {
                Ok(price) => {
                    let ready = ready_at(step, phase.iterations.value, &price, nodes);
                    let kinds = ready.expected();
                    per_run += kinds.iter().sum::<Decimal>();
                    cost.per_run = Some(kinds);
                    varies |= may_vary(&ready) && matches!(step.behaviour, Behaviour::Turns(_));
                    simulate::add(&mut samples, &ready, &[&workflow.name, &phase.name, &step.agent]);
                    cost.model = price.model;
                }
                Err(error) => unpriced.push(error),
            }
            steps.push(cost);
        }
    }
    unpriced.sort();
    unpriced.dedup();
    let run = summary(&samples);
    let runs = workflow.runs_per_month.value;
    WorkflowCost {
        name: workflow.name.clone(),
        steps,
        estimator: if varies { Estimator::Simulated } else { Estimator::Declared },
        per_run,
        runs_per_month: expected_runs(runs),
        month: month(runs, run.mean, run.variance, &[&workflow.name]),
        run,
        samples,
        unpriced,
    }
}

fn may_vary(step: &Ready) -> bool {
    !step.turns.is_constant() || step.probability < 1.0
}

/// The cost of simulated months: the number of runs is drawn from its spread, and the sum of that many
/// independent runs is near normal (with a Poisson number around what was drawn).
pub fn months(runs: Spread, mean: f64, variance: f64, names: &[&str]) -> Samples {
    let (mu, sigma) = runs.parameters();
    let middle_runs = mu.exp();
    let mut random = Random::named(names);
    let volumes = shuffled(&mut random);
    let normals = shuffled(&mut random);
    let deviations = deviations();
    let deviation = |slice: u32| deviations.get(slice as usize).copied().unwrap_or(0.0);
    volumes
        .zip(normals)
        .map(|(volume, normal)| {
            let runs = if sigma > 0.0 { (mu + sigma * deviation(volume)).exp() } else { middle_runs };
            let spread = (runs * (variance + mean * mean)).max(0.0).sqrt();
            // Money saved has its own sign: a difference may be negative, a cost may not.
            let sum = runs * mean + spread * deviation(normal);
            if mean >= 0.0 { sum.max(0.0) } else { sum.min(0.0) }
        })
        .collect()
}

/// The same, summed up. When every month has as many runs, the sum of a month is a normal quantity, whose quantiles
/// need no months to be drawn.
pub fn month(runs: Spread, mean: f64, variance: f64, names: &[&str]) -> Summary {
    let (mu, sigma) = runs.parameters();
    if sigma <= 0.0 {
        let runs = mu.exp();
        let spread = (runs * (variance + mean * mean)).max(0.0).sqrt();
        let deviations = deviations();
        let at = |place: usize| runs * mean + spread * deviations.get(place).copied().unwrap_or(0.0);
        let (lowest, highest) = (at(0), at(SLICES - 1));
        // What has one sign has it in every month; where some would have the other, they are cut off there.
        if (mean >= 0.0 && lowest >= 0.0) || (mean < 0.0 && highest <= 0.0) {
            return Summary {
                mean: runs * mean,
                variance: spread * spread * variance_of_deviations(),
                p10: at(SLICES / 10),
                p50: at(SLICES / 2),
                p90: at(SLICES / 10 * 9),
            };
        }
    }
    summary(&months(runs, mean, variance, names))
}

/// The variance of the slices' middles: a little below 1, since the ends of the distribution are cut off.
fn variance_of_deviations() -> f64 {
    static VARIANCE: std::sync::LazyLock<f64> = std::sync::LazyLock::new(|| summary(deviations()).variance);
    *VARIANCE
}

/// The middle of each slice of the standard normal distribution, computed once: every workflow needs them all.
fn deviations() -> &'static [f64] {
    static DEVIATIONS: std::sync::LazyLock<Vec<f64>> = std::sync::LazyLock::new(|| {
        #[expect(clippy::cast_precision_loss, reason = "ten thousand slices")]
        let middle = |slice: u32| (f64::from(slice) + 0.5) / SLICES as f64;
        (0..).take(SLICES).map(|slice| normal_quantile(middle(slice))).collect()
    });
    &DEVIATIONS
}

/// Dollars from floating point, for quantiles.
pub fn usd(value: f64) -> Usd {
    Usd::new(Decimal::from_f64(value).unwrap_or_default().round_dp(9).normalize())
}

/// Floating point from exact dollars, for quantiles.
pub fn float(value: Decimal) -> f64 {
    value.to_f64().unwrap_or(0.0)
}
