//! Findings of both revisions on their way into the report: levels, ignores, comparison, what was accepted.

use crate::base::{Change, Finding, RepoPath, Tree};
use crate::config::rules::Levels;
use crate::report::{Silenced, SilencedBy};
use crate::rules;
use crate::rules::accepted::{self, Accepted};
use crate::rules::compare::{Located, compare};
use crate::rules::ignore::Ignores;
use crate::rules::sink::{Sunk, accept, groups, loosened, sink};
use std::collections::BTreeMap;

/// What was found in one revision, and what its files say about ignoring it.
#[derive(Default)]
pub(super) struct Unsettled {
    /// The findings.
    pub(super) found: Vec<Located>,
    /// The ignores, by file.
    pub(super) ignores: BTreeMap<RepoPath, Ignores>,
}

impl Unsettled {
    /// Adds what was found elsewhere in the same revision.
    pub(super) fn add(&mut self, other: Self) {
        self.found.extend(other.found);
        self.ignores.extend(other.ignores);
    }
}

/// What is left, and what is not.
#[derive(Default)]
pub(super) struct Settled {
    /// Findings that count.
    pub(super) findings: Vec<Finding>,
    /// Findings that do not, with who says so.
    pub(super) silenced: Vec<Silenced>,
    /// Ignores of errors that the change makes.
    pub(super) loosened: Vec<String>,
    /// What the reader should know.
    pub(super) notes: Vec<String>,
    /// What cannot be read, so that nothing can be said.
    pub(super) faults: Vec<String>,
}

/// Settles the findings of head, compared with those of base. What was accepted is read from the revision that policy
/// comes from.
pub(super) fn settle(
    head: Unsettled,
    base: Option<Unsettled>,
    levels: &Levels,
    policy: &dyn Tree,
    renames: &BTreeMap<RepoPath, RepoPath>,
) -> Settled {
    // The catalogue is large, and who sets no level does not need it.
    let groups = if levels.names().next().is_some() { groups(&rules::all()) } else { BTreeMap::new() };
    let sunk = |side: Unsettled| sink(side.found, levels, &side.ignores, &groups);
    let (head, base) = (sunk(head), base.map(sunk));
    let mut settled = Settled {
        loosened: base
            .as_ref()
            .map_or_else(Vec::new, |base| loosened(&head.silenced, &base.silenced, renames)),
        ..Settled::default()
    };
    let reasons = |sunk: &Sunk| -> BTreeMap<Key, String> {
        sunk.silenced.iter().map(|(located, reason)| (key(&located.finding), reason.clone())).collect()
    };
    let now = reasons(&head);
    let before = base.as_ref().map_or_else(BTreeMap::new, reasons);
    // What is silenced is compared with the rest: a finding that is ignored now is not fixed by that, one that is shown
    // again is not new for that, and one that was ignored is not missed when it goes.
    for finding in compare(all(head), base.map(all), renames) {
        let of_base = finding.change == Change::Fixed;
        match (if of_base { &before } else { &now }).get(&key(&finding)) {
            Some(_) if of_base => {}
            Some(reason) => {
                let (by, reason) = (SilencedBy::Comment, reason.clone());
                settled.silenced.push(Silenced { finding, by, reason });
            }
            None => settled.findings.push(finding),
        }
    }
    match accepted_in(policy) {
        Ok(None) => {}
        Ok(Some(known)) => {
            let (silenced, idle) = accept(&mut settled.findings, &known);
            let silenced = silenced.into_iter();
            settled.silenced.extend(silenced.map(|(finding, reason)| Silenced {
                finding,
                by: SilencedBy::Baseline,
                reason,
            }));
            if let Some(first) = idle.first() {
                settled.notes.push(format!(
                    "{} of {} no longer found, the first in {first}; `weighbridge validate --accept` writes the file anew",
                    crate::base::text::plural(idle.len(), "entry", "entries"),
                    accepted::FILE
                ));
            }
        }
        Err(fault) => settled.faults.push(fault),
    }
    if !settled.silenced.is_empty() {
        settled.notes.push(said(&settled.silenced));
    }
    settled
}

/// Both what counts and what is silenced.
fn all(sunk: Sunk) -> Vec<Located> {
    sunk.found.into_iter().chain(sunk.silenced.into_iter().map(|(located, _)| located)).collect()
}

/// One finding of one revision: rule, file, line, message.
type Key = (String, RepoPath, u32, String);

fn key(finding: &Finding) -> Key {
    (finding.rule.clone(), finding.place.path.clone(), finding.place.line(), finding.message.clone())
}

/// `3 findings do not count: 2 ignored by comments, 1 accepted in .weighbridge/accepted.yaml`.
fn said(silenced: &[Silenced]) -> String {
    let count = |by| silenced.iter().filter(|one| one.by == by).count();
    let (commented, accepted) = (count(SilencedBy::Comment), count(SilencedBy::Baseline));
    let mut parts = Vec::new();
    if commented > 0 {
        parts.push(format!("{commented} ignored by comments"));
    }
    if accepted > 0 {
        parts.push(format!("{accepted} accepted in {}", accepted::FILE));
    }
    let all = crate::base::text::plural(silenced.len(), "finding does", "findings do");
    format!("{all} not count: {}", parts.join(", "))
}

/// What a revision has accepted; `None` when it says nothing.
pub(crate) fn accepted_in(tree: &dyn Tree) -> Result<Option<Accepted>, String> {
    let Some(path) = RepoPath::new(accepted::FILE).filter(|path| tree.entry(path.as_str()).is_some()) else {
        return Ok(None);
    };
    let at = |reason: String| format!("{path}: {reason}");
    let bytes = tree.read(&path, accepted::MAX_BYTES).map_err(|error| error.to_string())?;
    let text = std::str::from_utf8(&bytes).map_err(|error| at(error.to_string()))?;
    Accepted::parse(text).map(Some).map_err(at)
}
