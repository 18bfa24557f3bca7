//! Fixes of one file, as agnix proposes them.

use crate::base::{RepoPath, Tree};
use crate::rules::agnix;
use std::ops::Range;
use std::sync::Arc;

/// A change of a file that settles a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fix {
    /// The rule of the finding.
    pub(super) rule: String,
    /// The line of the finding.
    pub(super) line: u32,
    /// What it does.
    pub(super) message: String,
    /// The bytes that are replaced.
    pub(super) range: Range<usize>,
    /// By what.
    pub(super) replacement: String,
    /// It changes nothing that anybody could have meant.
    pub(super) safe: bool,
}

/// The fixes of a file.
pub(super) fn fixes(path: &RepoPath, text: &str, tree: &Arc<dyn Tree>) -> Vec<Fix> {
    agnix::proposals(path, text, tree)
        .into_iter()
        .map(|(rule, line, fix)| Fix {
            rule,
            line,
            message: fix.description.clone(),
            range: fix.start_byte..fix.end_byte,
            safe: fix.is_safe(),
            replacement: fix.replacement,
        })
        .collect()
}
