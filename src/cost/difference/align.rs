//! Moves and renames: base in the words of head.

use crate::base::RepoPath;
use crate::cost::workflow::{Phase, Piece, Step, Workflow};
use std::collections::{BTreeMap, BTreeSet};

/// Base with the names that head has for the same things. `renames` says what a file of base is called in head.
///
/// An agent or workflow that only got another name keeps its runs in the simulation and costs nothing.
pub fn align(base: &[Workflow], head: &[Workflow], renames: &BTreeMap<RepoPath, RepoPath>) -> Vec<Workflow> {
    let mut base: Vec<Workflow> = base.to_vec();
    for piece in
        base.iter_mut().flat_map(|w| &mut w.phases).flat_map(|p| &mut p.steps).flat_map(|s| &mut s.sent)
    {
        if let Piece::File { path, .. } | Piece::Server { path, .. } = &mut piece.piece
            && let Some(new) = renames.get(path)
        {
            *path = new.clone();
        }
    }
    let names =
        |list: &[Workflow]| list.iter().map(|workflow| workflow.name.clone()).collect::<BTreeSet<_>>();
    let (in_base, in_head) = (names(&base), names(head));
    for workflow in &mut base {
        if !in_head.contains(&workflow.name)
            && let Some(twin) =
                head.iter().find(|twin| !in_base.contains(&twin.name) && same_workflow(workflow, twin))
        {
            workflow.name.clone_from(&twin.name);
        }
        let Some(twin) = head.iter().find(|twin| twin.name == workflow.name) else { continue };
        align_phases(workflow, twin);
    }
    base
}

fn align_phases(base: &mut Workflow, head: &Workflow) {
    let base_names: BTreeSet<String> = base.phases.iter().map(|phase| phase.name.clone()).collect();
    for phase in &mut base.phases {
        let known = head.phases.iter().find(|twin| twin.name == phase.name);
        let twin = known.or_else(|| {
            head.phases.iter().find(|twin| !base_names.contains(&twin.name) && same_phase(phase, twin))
        });
        let Some(twin) = twin else { continue };
        phase.name.clone_from(&twin.name);
        let agents: BTreeSet<String> = phase.steps.iter().map(|step| step.agent.clone()).collect();
        for step in &mut phase.steps {
            if twin.steps.iter().any(|other| other.agent == step.agent) {
                continue;
            }
            let renamed = twin.steps.iter().find(|o| !agents.contains(&o.agent) && same_step(step, o));
            if let Some(renamed) = renamed {
                step.agent.clone_from(&renamed.agent);
            }
        }
    }
}

/// True when two workflows differ in nothing but names.
fn same_workflow(a: &Workflow, b: &Workflow) -> bool {
    a.runs_per_month.value == b.runs_per_month.value
        && a.phases.len() == b.phases.len()
        && a.phases.iter().zip(&b.phases).all(|(a, b)| same_phase(a, b))
}

fn same_phase(a: &Phase, b: &Phase) -> bool {
    a.iterations.value == b.iterations.value
        && a.steps.len() == b.steps.len()
        && a.steps.iter().zip(&b.steps).all(|(a, b)| same_step(a, b))
}

fn same_step(a: &Step, b: &Step) -> bool {
    let plain = |step: &Step| {
        let mut step = step.clone();
        step.agent.clear();
        super::forget_origins(&mut step);
        step
    };
    plain(a) == plain(b)
}
