//! Which assumption widens the range most: each is moved alone from its low to its high end.

use super::assumed::{Assumed, Origin, Spread};
use super::project::expected_runs;
use super::project::price::Prices;
use super::project::step::{NodeCache, ready};
use super::workflow::{Behaviour, Turns, Workflow};
use rayon::prelude::*;
use rust_decimal::Decimal;

/// An assumption and what it does to a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sensitivity {
    /// What is assumed: `turns of support`.
    pub what: String,
    /// The figure in words.
    pub value: String,
    /// Where it comes from, for people.
    pub origin: String,
    /// Dollars a month of all workflows at its low end.
    pub low: Decimal,
    /// The same at its high end.
    pub high: Decimal,
}

impl Sensitivity {
    /// How far it moves the month.
    pub fn width(&self) -> Decimal {
        (self.high - self.low).abs()
    }
}

/// What can be moved.
#[derive(Clone, Copy)]
enum Knob {
    Volume,
    Turns,
    Input,
    Output,
    CacheHit,
    Triggers,
}

const KNOBS: [Knob; 6] =
    [Knob::Volume, Knob::Turns, Knob::Input, Knob::Output, Knob::CacheHit, Knob::Triggers];

/// The assumptions of all workflows, the widest first.
pub fn sensitivities(workflows: &[Workflow], prices: Prices<'_>, nodes: &NodeCache) -> Vec<Sensitivity> {
    let month = |workflow: &Workflow| -> Decimal {
        let steps =
            workflow.phases.iter().flat_map(|phase| phase.steps.iter().map(move |step| (step, phase)));
        let run: Decimal = steps
            .filter_map(|(step, phase)| Some(ready(step, phase, prices, nodes).ok()?.expected_total()))
            .sum();
        run.checked_mul(expected_runs(workflow.runs_per_month.value)).unwrap_or(Decimal::MAX)
    };
    let months: Vec<Decimal> = workflows.par_iter().map(month).collect();
    let whole: Decimal = months.iter().sum();
    let mut found: Vec<Sensitivity> = workflows
        .par_iter()
        .zip(&months)
        .flat_map_iter(|(workflow, usual)| {
            KNOBS.iter().filter_map(move |knob| {
                let (value, origin) = said(workflow, *knob)?;
                let at = |end: End| whole - usual + month(&moved(workflow, *knob, end));
                Some(Sensitivity {
                    what: format!("{} of {}", name(*knob), workflow.name),
                    value,
                    origin,
                    low: at(End::Low),
                    high: at(End::High),
                })
            })
        })
        .collect();
    found.sort_by(|a, b| b.width().cmp(&a.width()).then_with(|| a.what.cmp(&b.what)));
    found
}

const fn name(knob: Knob) -> &'static str {
    match knob {
        Knob::Volume => "runs a month",
        Knob::Turns => "turns",
        Knob::Input => "input per turn",
        Knob::Output => "output per turn",
        Knob::CacheHit => "cache hits",
        Knob::Triggers => "skills read",
    }
}

/// The figure and its origin, of the first step that has it: the others of a workflow are said in the JSON.
fn said(workflow: &Workflow, knob: Knob) -> Option<(String, String)> {
    if let Knob::Volume = knob {
        return Some(in_words(&workflow.runs_per_month));
    }
    let steps = || workflow.phases.iter().flat_map(|phase| &phase.steps);
    if let Knob::Triggers = knob {
        let late = steps().flat_map(|step| &step.sent).find(|sent| sent.late)?;
        return Some((format!("{} of the runs", late.probability.value), late.probability.origin.words()));
    }
    let turns = steps().find_map(|step| match &step.behaviour {
        Behaviour::Turns(turns) => Some(turns),
        Behaviour::Totals { .. } => None,
    })?;
    let figure = |assumed: &Assumed<Decimal>, unit: &str| {
        (format!("{} {unit}", assumed.value.normalize()), assumed.origin.words())
    };
    Some(match knob {
        Knob::Turns => in_words(&turns.turns),
        Knob::Input => figure(&turns.input_per_turn, "tokens"),
        Knob::Output => figure(&turns.output_per_turn, "tokens"),
        _ => figure(&turns.cache_hit, "of the later calls"),
    })
}

fn in_words(spread: &Assumed<Spread>) -> (String, String) {
    let Spread { p50, p90 } = spread.value;
    let words = if spread.value.is_constant() { p50.to_string() } else { format!("p50 {p50}, p90 {p90}") };
    (words, spread.origin.words())
}

#[derive(Clone, Copy)]
enum End {
    Low,
    High,
}

/// The workflow with one assumption at one of its ends: a spread at its 10th and 90th percentile; a figure of ours
/// at half and twice; a declared or measured single figure stays.
fn moved(workflow: &Workflow, knob: Knob, end: End) -> Workflow {
    let mut workflow = workflow.clone();
    if let Knob::Volume = knob {
        move_spread(&mut workflow.runs_per_month, end);
        return workflow;
    }
    for step in workflow.phases.iter_mut().flat_map(|phase| &mut phase.steps) {
        if let Knob::Triggers = knob {
            for sent in step.sent.iter_mut().filter(|sent| sent.late) {
                move_share(&mut sent.probability, end, (Decimal::ZERO, Decimal::new(25, 2)));
            }
            continue;
        }
        let Behaviour::Turns(turns) = &mut step.behaviour else { continue };
        let Turns { turns, input_per_turn, output_per_turn, cache_hit, .. } = turns;
        match knob {
            Knob::Turns => move_spread(turns, end),
            Knob::Input => move_figure(input_per_turn, end),
            Knob::Output => move_figure(output_per_turn, end),
            _ => move_share(cache_hit, end, (Decimal::new(75, 2), Decimal::ONE)),
        }
    }
    workflow
}

const fn is_ours(origin: &Origin) -> bool {
    matches!(origin, Origin::Default { .. })
}

fn move_spread(spread: &mut Assumed<Spread>, end: End) {
    let Spread { p50, p90 } = spread.value;
    if spread.value.is_constant() {
        let mut figure = Assumed { value: p50, origin: spread.origin.clone() };
        move_figure(&mut figure, end);
        spread.value = Spread::constant(figure.value);
        return;
    }
    // Log-normal: as far below the median as the 90th percentile is above, as a ratio.
    let low = (p50 * p50).checked_div(p90).unwrap_or(p50);
    spread.value = Spread::constant(match end {
        End::Low => low,
        End::High => p90,
    });
}

fn move_figure(figure: &mut Assumed<Decimal>, end: End) {
    if is_ours(&figure.origin) {
        figure.value = match end {
            End::Low => figure.value / Decimal::TWO,
            End::High => figure.value * Decimal::TWO,
        };
    }
}

fn move_share(share: &mut Assumed<Decimal>, end: End, (low, high): (Decimal, Decimal)) {
    if is_ours(&share.origin) {
        share.value = match end {
            End::Low => low,
            End::High => high,
        };
    }
}
