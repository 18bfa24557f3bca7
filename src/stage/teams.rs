//! The teams that are specified in a revision.
//!
//! Reading a team takes longer than everything else of a warm run, so what is worked out of its documents is kept under a
//! digest of them, and a team is read only when something is not known yet.

use super::cache::Cache;
use super::inspect::Inspection;
use crate::agent::PartName;
use crate::agent::team::{self, File, Team};
use crate::base::text::{plural, thousands};
use crate::base::{Client, Entry, Finding, RepoPath, Tree};
use crate::cost::declared::{self, Claim, Verdict};
use crate::cost::prices::Book;
use crate::cost::rates::Rates;
use crate::cost::tokens::Weight;
use crate::cost::workflow::Workflow;
use crate::cost::workflow::team::workflow;
use crate::rules::compare::Located;
use crate::rules::{coordination, roster};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock};

/// Larger documents of a team are not read.
const MAX_DOCUMENT_BYTES: u64 = 1024 * 1024;

/// A team as its documents have it, which are read when they have to be.
pub(super) struct Specified<'a> {
    folder: RepoPath,
    documents: Vec<RepoPath>,
    /// Digest of paths and contents; `None` where nothing may be kept.
    id: Option<[u8; 32]>,
    tree: Arc<dyn Tree>,
    cache: &'a Cache,
    team: OnceLock<Team>,
}

impl Specified<'_> {
    fn team(&self) -> &Team {
        self.team.get_or_init(|| {
            let texts: Vec<(&RepoPath, String)> = self
                .documents
                .iter()
                .filter_map(|path| {
                    let bytes = self.tree.read(path, MAX_DOCUMENT_BYTES).ok()?;
                    Some((path, String::from_utf8_lossy(&bytes).into_owned()))
                })
                .collect();
            let files: Vec<File<'_>> = texts.iter().map(|(path, text)| File { path, text }).collect();
            team::read(&self.folder, &files)
        })
    }

    /// What was kept of these documents if it still holds, else what is worked out now.
    fn or_work_out<T: Serialize + serde::de::DeserializeOwned>(
        &self,
        what: &str,
        holds: impl Fn(&T) -> bool,
        work_out: impl FnOnce(&Team) -> T,
    ) -> T {
        match self.id {
            Some(id) => self.cache.or_work_out(what, id, holds, || work_out(self.team())),
            None => work_out(self.team()),
        }
    }
}

/// Finds them.
pub(super) fn teams<'a>(inspection: &Inspection, cache: &'a Cache) -> Vec<Specified<'a>> {
    let excluded = |entry: &&Entry| inspection.excluded.is_match(entry.path.as_str());
    let entries: Vec<&Entry> = inspection.tree.entries().iter().filter(|entry| !excluded(entry)).collect();
    let folders = team::folders(entries.iter().map(|entry| &entry.path));
    folders
        .into_par_iter()
        .filter_map(|folder| {
            let wanted: Vec<&Entry> =
                entries.iter().filter(|entry| team::is_wanted(&entry.path, &folder)).copied().collect();
            let only = inspection.only.as_ref();
            if only.is_some_and(|only| !wanted.iter().any(|entry| only.contains(&entry.path))) {
                return None;
            }
            let id = digest(&folder, &wanted, &*inspection.tree, cache);
            let documents = wanted.iter().map(|entry| entry.path.clone()).collect();
            let tree = Arc::clone(&inspection.tree);
            Some(Specified { folder, documents, id, tree, cache, team: OnceLock::new() })
        })
        .collect()
}

fn digest(folder: &RepoPath, documents: &[&Entry], tree: &dyn Tree, cache: &Cache) -> Option<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut add = |path: &RepoPath| {
        hash.update((path.as_str().len() as u64).to_le_bytes());
        hash.update(path.as_str());
    };
    add(folder);
    let mut ids = Vec::new();
    for entry in documents {
        add(&entry.path);
        ids.extend(cache.id_of(entry, tree, MAX_DOCUMENT_BYTES)?.0);
    }
    hash.update(&ids);
    Some(hash.finalize().into())
}

/// A workflow of a team, and the weights it was made with.
#[derive(Serialize, Deserialize)]
struct Weighed {
    asked: Vec<(RepoPath, Option<Weight>)>,
    workflow: Option<Workflow>,
}

/// What they cost, as far as it is written down.
pub(super) fn workflows(
    teams: &[Specified<'_>],
    inspection: &Inspection,
    clients: &[Client],
) -> Vec<Workflow> {
    let client = clients.first().copied().unwrap_or(Client::ClaudeCode);
    let weigh = |path: &RepoPath| {
        let of = |part| inspection.weights.get(&(path.clone(), part)).copied();
        of(PartName::Body).or_else(|| of(PartName::Whole))
    };
    let one = |team: &Specified<'_>| {
        let holds = |known: &Weighed| known.asked.iter().all(|(path, weight)| weigh(path) == *weight);
        let found = team.or_work_out(&format!("workflow {client}"), holds, |team| {
            let asked = Mutex::new(BTreeMap::new());
            let workflow = workflow(team, client, &|path| {
                let weight = weigh(path);
                if let Ok(mut asked) = asked.lock() {
                    asked.insert(path.clone(), weight);
                }
                weight
            });
            Weighed { asked: asked.into_inner().unwrap_or_default().into_iter().collect(), workflow }
        });
        Some((team.folder.clone(), found.workflow?))
    };
    let all: Vec<(RepoPath, Workflow)> = teams.par_iter().filter_map(one).collect();
    let mut names = BTreeSet::new();
    let mut found: Vec<Workflow> = all
        .into_iter()
        .map(|(folder, mut found)| {
            if !names.insert(found.name.clone()) {
                found.name = format!("{} ({folder})", found.name);
            }
            found
        })
        .collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

/// What is wrong with a team, and the rates it was held against, each as JSON.
#[derive(Serialize, Deserialize)]
struct Checked {
    asked: Vec<(String, String)>,
    declared: Vec<Finding>,
    note: Option<String>,
    together: Vec<Finding>,
}

/// What is wrong with them; with prices also what they declare and is not so, and how much of that was checked.
pub(super) fn findings(teams: &[Specified<'_>], book: Option<&Book<'_>>) -> (Vec<Located>, Vec<String>) {
    // A specification quotes the vendor's list, whatever this repository pays.
    let list = book.map(Book::at_list_price);
    let rates = |name: &str| list.as_ref()?.quote(name).ok().map(|quote| quote.rates.clone());
    let what = if book.is_some() { "findings with prices" } else { "findings" };
    let one = |team: &Specified<'_>| {
        let holds =
            |known: &Checked| known.asked.iter().all(|(name, said)| json(rates(name).as_ref()) == *said);
        team.or_work_out(what, holds, |team| check(team, book.is_some().then_some(&rates)))
    };
    let all: Vec<Checked> = teams.par_iter().map(one).collect();
    let (mut declared, mut together, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    for checked in all {
        declared.extend(checked.declared);
        together.extend(checked.together);
        notes.extend(checked.note);
    }
    let found = declared.into_iter().chain(together);
    (found.map(|finding| Located { finding, line_digest: 0, value: None }).collect(), notes)
}

/// What a model costs.
type RatesOf<'a> = dyn Fn(&str) -> Option<Rates> + Sync + 'a;

fn check(team: &Team, rates: Option<&RatesOf<'_>>) -> Checked {
    let asked: Mutex<BTreeMap<String, Option<Rates>>> = Mutex::default();
    let (mut declared, mut note) = (Vec::new(), None);
    if let Some(rates) = rates {
        let remembered = |name: &str| {
            let Ok(mut asked) = asked.lock() else { return rates(name) };
            asked.entry(name.to_owned()).or_insert_with(|| rates(name)).clone()
        };
        let claims = declared::check(team, &remembered);
        note = said(team, &claims);
        declared = declared::findings(&claims);
        declared.extend(roster::unpriced(team, &|name| remembered(name).is_some()));
    }
    let asked = asked.into_inner().unwrap_or_default();
    Checked {
        asked: asked.into_iter().map(|(name, rates)| (name, json(rates.as_ref()))).collect(),
        declared,
        note,
        together: coordination::check(team).into_iter().chain(roster::check(team)).collect(),
    }
}

fn json(rates: Option<&Rates>) -> String {
    // What cannot be written is never taken for what was kept.
    serde_json::to_string(&rates).unwrap_or_default()
}

/// Reasons that are named in a note.
const MAX_REASONS: usize = 2;

/// `teams/x: 273 figures confirmed, 111 contradicted, 2 beyond checking (the price of `y` is not known)`.
fn said(team: &Team, claims: &[Claim]) -> Option<String> {
    let count = |wanted: &Verdict| claims.iter().filter(|claim| claim.verdict == *wanted).count() as u64;
    let (confirmed, contradicted) = (count(&Verdict::Confirmed), count(&Verdict::Contradicted));
    let mut reasons: Vec<&str> = Vec::new();
    let mut open = 0_u64;
    for claim in claims {
        if let Verdict::Unverifiable(reason) = &claim.verdict {
            open += 1;
            if !reasons.contains(&reason.as_str()) && reasons.len() <= MAX_REASONS {
                reasons.push(reason);
            }
        }
    }
    let more = if reasons.len() > MAX_REASONS { "; and more" } else { "" };
    reasons.truncate(MAX_REASONS);
    let why = if reasons.is_empty() { String::new() } else { format!(" ({}{more})", reasons.join("; ")) };
    let place = if team.folder.as_str().is_empty() { team.name.as_str() } else { team.folder.as_str() };
    (!claims.is_empty()).then(|| {
        format!(
            "{place}: {} of its documents confirmed, {} contradicted, {} beyond checking{why}",
            plural(usize::try_from(confirmed).unwrap_or(usize::MAX), "figure", "figures"),
            thousands(contradicted),
            thousands(open)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::inspect::{Depth, look};
    use super::*;
    use crate::base::MemoryTree;
    use crate::config::prices::RawPrices;
    use crate::cost::prices::PriceOrigin;
    use crate::cost::prices::overrides::Overrides;

    fn inspection(text: &str) -> Inspection {
        let tree: Arc<dyn Tree> = Arc::new(MemoryTree::new([("t/TEAM_SPEC.md", text)]));
        look(&tree, Depth::Weigh, &|| ())
    }

    #[test]
    fn what_is_declared_is_held_against_the_list() {
        let inspection = inspection(
            "| Agent | Model | Input tokens | Output tokens | Cost |\n|--|--|--|--|--|\n| Cook | claude-opus-4-6 | 100K | 20K | $1.00 |\n| Waiter | claude-opus-4-6 | 100K | 20K | $9 |\n| Guest | nobody-1 | 100K | 20K | $9 |\n",
        );
        let raw: RawPrices = serde_yaml::from_str(
            "{discount_percent: 50, region: us, models: {claude-opus-4-6: {output: 9}}}",
        )
        .unwrap();
        let now = "2026-11-21T09:00:00Z".parse().unwrap();
        let book = Book::new(now).with_layer(PriceOrigin::Repository, Overrides::new(&raw).unwrap());
        let cache = Cache::default();
        let (found, notes) = findings(&teams(&inspection, &cache), Some(&book));
        let messages: Vec<&str> = found.iter().map(|found| found.finding.message.as_str()).collect();
        assert!(messages.contains(&"no price list knows the model `nobody-1`"), "{messages:#?}");
        assert!(
            messages[0].contains("the cost of Waiter") && messages[0].contains("cost $1.00 at list price")
        );
        assert_eq!(
            notes,
            [
                "t: 1 figure of its documents confirmed, 1 contradicted, 1 beyond checking (the price of `nobody-1` is not known)"
            ]
        );
    }
}
