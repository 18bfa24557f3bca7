//! Do the agents still behave: every case, answered from recordings. No network, no key.

use super::inspect::Inspection;
use crate::base::{Client, Verdict};
use crate::case::Case;
use crate::case::find::{Found, find};
use crate::config::evaluation::Evaluation;
use crate::cost::project::price::Prices;
use crate::eval::plan::plan;
use crate::eval::replay::replay;
use crate::eval::{Contexts, Recordings};
use crate::report::StageReport;
use crate::report::cases::CasesReport;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// The stage's name.
pub const ID: &str = "dry-run";

/// What the stage needs.
pub struct Inputs<'a> {
    /// What is judged.
    pub head: &'a Inspection,
    /// What it is compared with.
    pub base: Option<&'a Inspection>,
    /// The clients it is judged for.
    pub clients: &'a [Client],
    /// The configuration in force.
    pub evaluation: &'a Evaluation,
    /// The recordings.
    pub recordings: &'a Recordings,
    /// What models cost.
    pub prices: Prices<'a>,
    /// Now, for the age of recordings.
    pub now: jiff::Timestamp,
}

/// Replays the cases of head. `None` when neither side has any.
pub fn dry_run(inputs: &Inputs<'_>) -> Option<(CasesReport, StageReport)> {
    let head = inputs.head;
    let found = find(&*head.tree, &head.excluded);
    let base = inputs.base.map(|base| find(&*base.tree, &base.excluded));
    let had_some = base.as_ref().is_some_and(|base| base.files > 0);
    if found.files == 0 && !had_some {
        return None;
    }
    let contexts = Contexts::new(&*head.tree, &head.repo, inputs.clients);
    let plans =
        plan(&found.cases, &contexts, inputs.evaluation.model.as_deref(), &inputs.evaluation.providers);
    let cases =
        plans.par_iter().map(|plan| replay(plan, &contexts, inputs.recordings, inputs.prices)).collect();
    let weakened = base.map_or_else(Vec::new, |base| weakened(&base, &found));
    let faults = found.errors.iter().map(ToString::to_string).collect();
    let report = CasesReport::new("replay", cases, weakened, faults, inputs.now);
    let stage = stage(&report);
    Some((report, stage))
}

/// What the cases mean for the change.
pub fn stage(report: &CasesReport) -> StageReport {
    let worst = report.cases.iter().map(|case| case.state.verdict()).max().unwrap_or(Verdict::Skip);
    let weaker = if report.weakened.is_empty() { Verdict::Skip } else { Verdict::Warn };
    let broken = if report.faults.is_empty() { Verdict::Skip } else { Verdict::Error };
    let worse = if report.regressions() > 0 { Verdict::Block } else { Verdict::Skip };
    let sides = report.triggers.iter().flat_map(|skill| [&skill.should, &skill.should_not]);
    let skills = sides.map(|side| match side.verdict.as_str() {
        _ if side.errors > 0 => Verdict::Error,
        "refuted" => Verdict::Block,
        "not shown" => Verdict::Warn,
        "shown" => Verdict::Pass,
        _ => Verdict::Skip,
    });
    let worst = skills.fold(worst.max(weaker).max(broken).max(worse), Verdict::max);
    StageReport { id: ID.to_owned(), verdict: worst, summary: report.summary() }
}

/// Cases of base that head no longer has, and assertions it no longer makes: whoever changes an agent must not drop
/// what holds it, unseen.
fn weakened(base: &Found, head: &Found) -> Vec<String> {
    let now: BTreeMap<&str, &Case> = head.cases.iter().map(|case| (case.id.as_str(), case)).collect();
    let mut found = Vec::new();
    for old in &base.cases {
        let Some(new) = now.get(old.id.as_str()) else {
            found.push(format!("the case {} is gone", old.id));
            continue;
        };
        let mut rest: Vec<_> = new.asserts.iter().map(|placed| &placed.assertion).collect();
        for placed in &old.asserts {
            match rest.iter().position(|assertion| **assertion == placed.assertion) {
                Some(at) => {
                    rest.remove(at);
                }
                None => found.push(format!(
                    "{}: the assertion `{}` of {}:{} in base is gone or changed",
                    old.id,
                    placed.assertion.name(),
                    old.place.path,
                    placed.line
                )),
            }
        }
        if new.repeat < old.repeat {
            found.push(format!("{}: is repeated {} times, and was {} times", old.id, new.repeat, old.repeat));
        }
        if new.pass_percent < old.pass_percent {
            found.push(format!(
                "{}: passes with {} %, and did with {} %",
                old.id, new.pass_percent, old.pass_percent
            ));
        }
    }
    found
}
