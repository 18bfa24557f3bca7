//! The rules of our own, one file each.
//!
//! An id names the bad pattern, so that "allow `invalid-utf8`" reads. To add a rule: one file here, one word
//! in the list below.

use super::RuleInfo;
use crate::agent::{Fault, Repo};
use crate::base::{Finding, Place, RepoPath, Severity};

/// A rule and its check.
pub struct Rule {
    /// Stable id.
    pub id: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Default severity.
    pub severity: Severity,
    /// Where the fact it rests on is documented.
    pub source: &'static str,
    /// First version that had it.
    pub since: &'static str,
    /// The check.
    pub check: Check,
}

/// What a check looks at.
pub enum Check {
    /// One fault of one file.
    Fault(fn(&Rule, &RepoPath, &Fault) -> Option<Finding>),
    /// All agent files of a revision together.
    Repo(fn(&Rule, &Repo) -> Vec<Finding>),
    /// What MCP servers were seen to offer. Found by the validate stage over the recorded lists.
    Mcp,
    /// What a team declares. Found by the cost stage, since it needs prices, which rules do not have.
    Cost,
    /// What a change does to the prompts of trigger sets. Found by the validate stage, which asks `triggers`.
    Triggers,
    /// What looks like a secret. Found by the validate stage, which asks `secrets`.
    Secrets,
    /// How a team works together. Found by the validate stage, which reads teams; see [`super::coordination`].
    Team,
}

impl Rule {
    /// The rule without its check.
    pub fn info(&self) -> RuleInfo {
        RuleInfo {
            id: self.id.to_owned(),
            summary: self.summary.to_owned(),
            severity: Some(self.severity),
            category: match self.check {
                Check::Fault(_) => "files",
                Check::Repo(_) => "loads",
                Check::Mcp => "mcp",
                Check::Cost => "cost",
                Check::Triggers => "triggers",
                Check::Secrets => "secrets",
                Check::Team => "teams",
            }
            .to_owned(),
            source: Some(self.source.to_owned()),
            since: Some(self.since),
        }
    }

    pub(super) fn finding(&self, place: Place, message: impl Into<String>) -> Finding {
        Finding::new(self.id, self.severity, place, message)
    }
}

macro_rules! rules {
    ($($name:ident),+ $(,)?) => {
        $(pub(super) mod $name;)+
        /// Every rule of our own.
        pub static RULES: &[&Rule] = &[$(&$name::RULE,)+];
    };
}

rules! {
    colliding_descriptions,
    crowded_listing,
    declared_agents_mismatch,
    declared_cost_mismatch,
    declared_model_mismatch,
    declared_price_outdated,
    declared_sum_mismatch,
    duplicate_agent_name,
    duplicate_key,
    empty_override,
    hidden_instructions,
    inconsistent_phase,
    invalid_utf8,
    mcp_description_changed,
    mcp_hidden_text,
    mcp_list_changed,
    mcp_unknown_server,
    mcp_unknown_tool,
    mcp_unreadable_list,
    leaked_secret,
    lost_triggers,
    moved_triggers,
    nul_byte,
    oversized_file,
    refused_link,
    shared_file_writers,
    stray_triggers,
    truncated_instructions,
    unbounded_loop,
    undeclared_message_type,
    unknown_handoff_target,
    unreachable_agent,
    unreadable_file,
    unreadable_message_example,
    unreadable_trigger_set,
    unreadable_yaml,
}

pub use leaked_secret::{finding as of_leak, of_name as of_leaky_name};

/// The findings for the faults of one file.
pub fn check_faults(path: &RepoPath, faults: &[Fault]) -> Vec<Finding> {
    faults
        .iter()
        .flat_map(|fault| {
            RULES.iter().filter_map(move |rule| match rule.check {
                Check::Fault(check) => check(rule, path, fault),
                Check::Repo(_)
                | Check::Mcp
                | Check::Cost
                | Check::Triggers
                | Check::Secrets
                | Check::Team => None,
            })
        })
        .collect()
}

/// The findings about the files of a revision taken together.
pub fn check_repo(repo: &Repo) -> Vec<Finding> {
    RULES
        .iter()
        .flat_map(|rule| match rule.check {
            Check::Repo(check) => check(rule, repo),
            Check::Fault(_) | Check::Mcp | Check::Cost | Check::Triggers | Check::Secrets | Check::Team => {
                Vec::new()
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
