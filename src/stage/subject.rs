//! What of a run has to be signed for: amounts, budgets, changes of the gate itself, and a digest of everything that
//! was evaluated.

use super::gate_files::{changes, content, has_gate, is_policy};
use super::inspect::Inspection;
use crate::agent::{classify, team};
use crate::approval::{Amounts, Exceeded, Facts};
use crate::base::text::hex;
use crate::base::{RepoPath, Tree, Verdict};
use crate::case::find::is_case_file;
use crate::config::{Config, Declared};
use crate::eval::REPLIES;
use crate::report::RunReport;
use crate::rules::agnix;
use globset::GlobSet;
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a change costs, for whoever signs.
#[derive(Clone, Debug, Default)]
pub struct Charge {
    /// Expected.
    pub expected: Amounts,
    /// What nine of ten stay below.
    pub p90: Amounts,
    /// A month of base.
    pub base_total: Option<Decimal>,
    /// True when everything has a price.
    pub complete: bool,
    /// Budgets that need a signature.
    pub exceeded: Vec<Exceeded>,
    /// Models without a price.
    pub unpriced: Vec<String>,
}

/// What has to be signed for.
#[derive(Clone)]
pub struct Subject {
    /// The cost.
    pub charge: Charge,
    /// Everything that was evaluated.
    pub evaluated: Evaluated,
    /// Head, and where the policy in force comes from.
    trees: (Arc<dyn Tree>, Arc<dyn Tree>),
    /// The price list.
    pub price_book: String,
    /// Files of the gate itself that the change touches.
    pub policy_changes: Vec<String>,
    /// What no signature lifts.
    pub blocked: Vec<String>,
    /// Why nothing can be decided.
    pub faults: Vec<String>,
}

impl Subject {
    /// The facts that follow from the files, without [`Subject::digests`]. Those about people are missing, and without
    /// them nobody signs.
    pub fn facts(&self, head_sha: &str, now: jiff::Timestamp) -> Facts {
        let charge = self.charge.clone();
        Facts {
            head_sha: head_sha.to_owned(),
            head_since: None,
            digest: String::new(),
            price_book: self.price_book.clone(),
            policy_digest: String::new(),
            expected: charge.expected,
            p90: charge.p90,
            base_total: charge.base_total,
            complete: charge.complete,
            exceeded: charge.exceeded,
            policy_changes: self.policy_changes.clone(),
            unpriced: charge.unpriced,
            faults: self.faults.clone(),
            blocked: self.blocked.clone(),
            author: None,
            contributors: Vec::new(),
            last_pusher: None,
            contributors_complete: false,
            statements: Vec::new(),
            rights: std::collections::BTreeMap::new(),
            now,
            earlier: Vec::new(),
        }
    }

    /// Adds the digests of what was evaluated and of the policy: what a signature and a record are bound to.
    pub fn digests(&self, facts: &mut Facts) {
        facts.digest = self.evaluated.digest(&*self.trees.0);
        facts.policy_digest = digest(&*self.trees.1, is_policy);
    }
}

/// Puts together what has to be signed for.
pub(super) fn subject(
    report: &RunReport,
    charge: Charge,
    head: &Inspection,
    whole: Option<(&dyn Tree, &dyn Tree)>,
    policy: &Arc<dyn Tree>,
    config: &Config,
) -> Subject {
    let evaluated = Evaluated {
        files: head.repo.files().map(|file| file.path.clone()).collect(),
        declared: config.declared.clone(),
        excluded: config.excluded.clone(),
    };
    let of = |verdict: Verdict| {
        let stages = report.stages.iter().filter(move |stage| stage.verdict == verdict);
        stages.map(|stage| format!("{}: {}", stage.id, stage.summary)).collect::<Vec<_>>()
    };
    Subject {
        charge,
        evaluated,
        trees: (Arc::clone(&head.tree), Arc::clone(policy)),
        price_book: report.tool.price_book.clone(),
        policy_changes: whole
            .filter(|(base, _)| has_gate(*base) || has_gate(&**policy))
            .map_or_else(Vec::new, |(base, head)| changes(base, head)),
        blocked: of(Verdict::Block),
        faults: of(Verdict::Error),
    }
}

/// Which files a figure or a finding rests on: agent files and what they import, documents of teams, cases and their
/// recordings, and the policy.
#[derive(Clone, Debug, Default)]
pub struct Evaluated {
    /// Agent files of head with everything they import.
    files: BTreeSet<RepoPath>,
    declared: Declared,
    excluded: GlobSet,
}

impl Evaluated {
    /// The digest of these files in a revision. It needs no file to be read: what would be an agent file there counts
    /// as well, so a revision with one more or one less has another digest.
    pub fn digest(&self, tree: &dyn Tree) -> String {
        let folders = team::folders(tree.entries().iter().map(|entry| &entry.path));
        digest(tree, |path| {
            let is_agent_file = || {
                !self.excluded.is_match(path.as_str())
                    && (classify(path, tree, &self.declared).is_some() || agnix::recognises(path))
            };
            self.files.contains(path)
                || is_policy(path)
                || is_case_file(path)
                || path.as_str().starts_with(REPLIES)
                || is_agent_file()
                || folders.iter().any(|folder| team::is_wanted(path, folder))
        })
    }
}

/// SHA-256 over the paths and contents of some files, in their order.
fn digest(tree: &dyn Tree, wanted: impl Fn(&RepoPath) -> bool) -> String {
    let mut hash = Sha256::new();
    for entry in tree.entries().iter().filter(|entry| wanted(&entry.path)) {
        let content = content(tree, entry);
        // Lengths, so that no two lists of files run together.
        hash.update((entry.path.as_str().len() as u64).to_be_bytes());
        hash.update(entry.path.as_str());
        hash.update((content.len() as u64).to_be_bytes());
        hash.update(&content);
    }
    hex(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::MemoryTree;

    fn tree(files: &[(&str, &str)]) -> MemoryTree {
        MemoryTree::new(files.iter().map(|(path, text)| (*path, *text)))
    }

    #[test]
    fn a_digest_follows_names_and_contents() {
        let all = |_: &RepoPath| true;
        let of = |files: &[(&str, &str)]| digest(&tree(files), all);
        let one = of(&[("a", "1"), ("b", "2")]);
        assert_eq!(one, of(&[("b", "2"), ("a", "1")]), "the order of a list means nothing");
        for other in [&[("a", "1"), ("b", "3")][..], &[("a", "1")], &[("a", "1"), ("c", "2")], &[]] {
            assert_ne!(one, of(other));
        }
    }
}
