//! Do the agents still behave: every case, answered from recordings. No network, no key.

use super::inspect::Inspection;
use crate::base::{Client, RepoPath, Verdict};
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

/// What came out.
#[derive(Default)]
pub struct DryRun {
    /// The cases; `None` when neither side has any.
    pub cases: Option<(CasesReport, StageReport)>,
    /// What the reader should know.
    pub notes: Vec<String>,
}

/// How the note on cases of other tools begins.
pub const OTHERS: &str = "cases of other tools are not run here";

/// Files that are named in a note.
const NAMED: usize = 3;

/// Replays the cases of head. Files in the formats of other tools count once they are named in the configuration or
/// recorded: until then they are there for those tools, and nobody promised anything about them here.
pub fn dry_run(inputs: &Inputs<'_>) -> DryRun {
    let head = inputs.head;
    let named = inputs.evaluation.named();
    let counts =
        |recordings: &Recordings, path: &RepoPath| named.is_match(path.as_str()) || recordings.has(path);
    let found = find(&*head.tree, &head.excluded, &|path| counts(inputs.recordings, path));
    let base = inputs.base.map(|base| {
        let recordings = Recordings::in_tree(&base.tree);
        find(&*base.tree, &base.excluded, &|path| counts(&recordings, path))
    });
    let mut notes = Vec::new();
    if let Some((names, more)) = few(&found.left) {
        notes.push(format!(
            "{OTHERS}: {names}{more}; `weighbridge integration` asks and records them, and \
             what is recorded is replayed in every run"
        ));
    }
    let had_some = base.as_ref().is_some_and(|base| base.files > 0);
    if found.files == 0 && !had_some {
        return DryRun { cases: None, notes };
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
    DryRun { cases: Some((report, stage)), notes }
}

/// The first paths, and how many more there are.
fn few(paths: &[RepoPath]) -> Option<(String, String)> {
    let names: Vec<&str> = paths.iter().take(NAMED).map(RepoPath::as_str).collect();
    let more = paths.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!names.is_empty()).then(|| (names.join(", "), more))
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
