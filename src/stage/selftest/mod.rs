//! The gate tried out: a copy of it is weakened in every way we know, and the gate judges each copy.
//!
//! Base is the repository as it is, head the weakened copy, and nobody has signed. A weakening is noticed when such a
//! change does not pass, for a reason that an unchanged copy does not give. What there is nothing of to weaken is not
//! applicable, and counts for nothing.

mod edit;
mod ideas;
mod scene;
#[cfg(test)]
mod tests;

use super::approval::nobody;
use super::cache::Cache;
use super::gate_files::has_gate;
use super::pipeline::{self, Inputs, Side};
use crate::approval::{Decision, decide};
use crate::base::overlay::{Overlay, Put};
use crate::base::{Client, RepoPath, Tree};
use crate::config::Config;
use crate::context::PipelineContext;
use crate::cost::prices::overrides::Overrides;
use rayon::prelude::*;
use scene::{Edits, Scene, Weakening};
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Copies of one weakening that are tried; a gate with more places than this is tried in the first ones.
const MAX_PLACES: usize = 24;

/// What is tried out.
pub struct Gate<'a> {
    /// The repository.
    pub tree: Arc<dyn Tree>,
    /// Its configuration.
    pub config: &'a Config,
    /// Clients named on the command line.
    pub clients: &'a [Client],
    /// Where the run takes place.
    pub context: PipelineContext,
    /// Results for files that are the same in every copy.
    pub cache: &'a Cache,
    /// Now.
    pub now: jiff::Timestamp,
    /// Called once for every copy that has been judged.
    pub tick: &'a (dyn Fn() + Sync),
}

/// How a weakening went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Noticed {
    /// No copy weakened this way passes.
    Noticed,
    /// One passes as if nothing had happened.
    Missed,
    /// There is nothing to weaken this way.
    NotApplicable,
}

/// One weakening.
#[derive(Clone, Debug, Serialize)]
pub struct Trial {
    /// Its name.
    pub id: &'static str,
    /// What was done.
    pub what: &'static str,
    /// How it went.
    pub result: Noticed,
    /// In how many places.
    pub places: usize,
    /// The files of the copy that passed, or of the first one that did not.
    pub files: Vec<RepoPath>,
    /// What asked or stood in the way; what there was instead when it was missed.
    pub how: String,
}

/// How all of them went.
#[derive(Clone, Debug, Serialize)]
pub struct Selftest {
    /// Weakenings that were tried.
    pub tried: usize,
    /// Those that were noticed.
    pub noticed: usize,
    /// Those that do not apply here.
    pub not_applicable: usize,
    /// What stands in the way of an unchanged copy. It says nothing about a weakening.
    pub always: Vec<String>,
    /// Every one.
    pub trials: Vec<Trial>,
}

impl Selftest {
    /// Those that were missed.
    pub fn missed(&self) -> impl Iterator<Item = &Trial> {
        self.trials.iter().filter(|trial| trial.result == Noticed::Missed)
    }
}

/// Tries everything. `None` when there is no gate.
pub fn run(gate: &Gate<'_>) -> Option<Selftest> {
    try_out(gate, &ideas::all().collect::<Vec<_>>())
}

fn try_out(gate: &Gate<'_>, ideas: &[&'static Weakening]) -> Option<Selftest> {
    if !has_gate(&*gate.tree) {
        return None;
    }
    // A file that means nothing: what stands in its way stands in the way of everything.
    let harmless = RepoPath::new("selftest.txt").map(|path| vec![(path, Put::Text(String::new()))]);
    let always: BTreeSet<String> = reasons(&judge(gate, harmless.unwrap_or_default()));
    let scene = Scene::new(&*gate.tree);
    let all: Vec<_> = ideas.iter().map(|idea| (*idea, (idea.heads)(&scene))).collect();
    let trials: Vec<Trial> = all
        .into_par_iter()
        .map(|(idea, mut heads)| {
            heads.truncate(MAX_PLACES);
            let mut trial = Trial {
                id: idea.id,
                what: idea.what,
                result: Noticed::NotApplicable,
                places: heads.len(),
                files: Vec::new(),
                how: String::new(),
            };
            for edits in heads {
                let files: Vec<RepoPath> = edits.iter().map(|(path, _)| path.clone()).collect();
                let new: Vec<String> = reasons(&judge(gate, edits)).difference(&always).cloned().collect();
                if new.is_empty() {
                    "nothing asked for a signature".clone_into(&mut trial.how);
                    trial.files = files;
                    trial.result = Noticed::Missed;
                    break;
                }
                if trial.result == Noticed::NotApplicable {
                    trial.result = Noticed::Noticed;
                    trial.files = files;
                    trial.how = new.join("; ");
                }
            }
            trial
        })
        .collect();
    let count = |result| trials.iter().filter(|trial| trial.result == result).count();
    let not_applicable = count(Noticed::NotApplicable);
    Some(Selftest {
        tried: trials.len() - not_applicable,
        noticed: count(Noticed::Noticed),
        not_applicable,
        always: always.into_iter().collect(),
        trials,
    })
}

/// What the gate decides on a copy that nobody has signed for.
fn judge(gate: &Gate<'_>, edits: Edits) -> Decision {
    let side = |name: &str, tree: &Arc<dyn Tree>| Side { name: name.to_owned(), tree: Arc::clone(tree) };
    let head: Arc<dyn Tree> = Arc::new(Overlay::new(Arc::clone(&gate.tree), edits));
    let outcome = pipeline::run(&Inputs {
        head: side("the weakened copy", &head),
        base: Some(side("the repository", &gate.tree)),
        whole: None,
        policy: Some(side("the repository", &gate.tree)),
        changed_files: None,
        config: gate.config.clone(),
        config_pinned: false,
        prices: &Overrides::default(),
        clients: gate.clients,
        context: gate.context.clone(),
        only_changed: false,
        with_cost: true,
        recordings: None,
        cache: gate.cache,
        now: gate.now,
        notes: Vec::new(),
        tick: &|| {},
    });
    (gate.tick)();
    let mut facts = outcome.subject.facts(&"0".repeat(40), gate.now);
    outcome.subject.digests(&mut facts);
    nobody(&mut facts);
    decide(&gate.config.approvals, &facts)
}

/// Why a change does not pass; nothing when it does.
fn reasons(decision: &Decision) -> BTreeSet<String> {
    if decision.outcome.passes() {
        return BTreeSet::new();
    }
    let asks = decision.asks.iter().map(|state| format!("{}: {}", state.ask.rule, state.ask.why));
    asks.chain(decision.blocked.iter().cloned()).chain(decision.faults.iter().cloned()).collect()
}
