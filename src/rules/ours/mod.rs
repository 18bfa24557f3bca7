//! The rules of our own, one file each.
//!
//! An id names the bad pattern, so that "allow `invalid-utf8`" reads. To add a rule: one file here, one word
//! in the list below.

use super::RuleInfo;
use crate::agent::{Fault, FileView, Repo};
use crate::base::{Finding, Place, RepoPath, Severity, Tree};

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
    /// What it finds and what it leaves alone; run as tests, shown by `weighbridge rules RULE`.
    pub examples: &'static [Example],
    /// The check.
    pub check: Check,
}

/// Files that a rule finds fault with, or leaves alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Example {
    /// True when the rule finds something.
    pub bad: bool,
    /// Paths and texts.
    pub files: &'static [(&'static str, &'static str)],
    /// The files of the base, for rules about a change.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub base: &'static [(&'static str, &'static str)],
}

impl Example {
    /// Files the rule finds fault with.
    pub const fn bad(files: &'static [(&'static str, &'static str)]) -> Self {
        Self { bad: true, files, base: &[] }
    }

    /// Files the rule leaves alone.
    pub const fn good(files: &'static [(&'static str, &'static str)]) -> Self {
        Self { bad: false, files, base: &[] }
    }

    /// The same against a base.
    #[must_use]
    pub const fn after(self, base: &'static [(&'static str, &'static str)]) -> Self {
        Self { base, ..self }
    }
}

/// What a check looks at.
pub enum Check {
    /// One fault of one file.
    Fault(fn(&Rule, &RepoPath, &Fault) -> Option<Finding>),
    /// The text of one file. Its findings are kept with the file.
    File(fn(&Rule, &FileView<'_>) -> Vec<Finding>),
    /// All agent files of a revision together.
    Repo(fn(&Rule, &Repo) -> Vec<Finding>),
    /// The agent files of base and head.
    Change(fn(&Rule, &Repo, &Repo) -> Vec<Finding>),
    /// All files of a revision, agent files or not. What it finds concerns everybody.
    Tree(fn(&Rule, &dyn Tree, &Repo) -> Vec<Finding>),
    /// What clients do with a file, by their verdicts; see [`super::verdicts`].
    Verdict,
    /// What MCP servers were seen to offer. Found by the validate stage over the recorded lists.
    Mcp,
    /// What a team declares. Found by the cost stage, since it needs prices, which rules do not have.
    Cost,
    /// What a change does to the prompts of trigger sets. Found by the validate stage, which asks `triggers`.
    Triggers,
    /// What is said beside the text about being ignored. Found by the sink, which knows what was silenced.
    Ignore,
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
                Check::Fault(_) | Check::File(_) | Check::Tree(_) | Check::Change(_) | Check::Ignore => {
                    "files"
                }
                Check::Repo(_) | Check::Verdict => "loads",
                Check::Mcp => "mcp",
                Check::Cost => "cost",
                Check::Triggers => "triggers",
                Check::Secrets => "secrets",
                Check::Team => "teams",
            }
            .to_owned(),
            source: Some(self.source.to_owned()),
            since: Some(self.since),
            fix: fixes::safety(self.id),
            examples: self.examples,
        }
    }

    pub(super) fn finding(&self, place: Place, message: impl Into<String>) -> Finding {
        Finding::new(self.id, self.severity, place, message)
    }
}

macro_rules! rules {
    ($($name:ident),+ $(,)?) => {
        $(pub(in crate::rules) mod $name;)+
        /// Every rule of our own.
        pub static RULES: &[&Rule] = &[$(&$name::RULE,)+];
    };
}

rules! {
    agent_without_instructions,
    auto_approved_tools,
    bidirectional_controls,
    binary_in_skill,
    bypassed_permissions,
    colliding_descriptions,
    crowded_listing,
    declared_agents_mismatch,
    declared_cost_mismatch,
    declared_model_mismatch,
    declared_price_outdated,
    declared_sum_mismatch,
    downloaded_code,
    duplicate_agent_name,
    duplicate_key,
    empty_override,
    encoded_command,
    escaping_link,
    exfiltrating_image,
    exfiltration_pattern,
    forged_turn,
    gate_without_criteria,
    hangul_filler,
    hidden_element,
    hidden_instructions,
    hidden_tag_characters,
    ignored_agent_files,
    ignored_timeout,
    incomplete_environment,
    inconsistent_phase,
    instructions_in_comment,
    invalid_utf8,
    lookalike_package,
    mcp_description_changed,
    mcp_hidden_text,
    mcp_list_changed,
    mcp_poisoned_text,
    mcp_unknown_server,
    mcp_unknown_tool,
    mcp_unreadable_list,
    leaked_secret,
    lost_triggers,
    malformed_ignore,
    misnamed_server,
    misread_file,
    missing_environment,
    mixed_script_name,
    missing_secret,
    moved_triggers,
    nul_byte,
    overridden_instructions,
    privileged_container,
    oversized_file,
    redirected_api,
    refused_link,
    remote_instructions,
    requested_credentials,
    secret_to_unpinned_server,
    retired_model,
    shared_file_writers,
    stray_triggers,
    sudo_server,
    sweeping_grant,
    throwaway_host,
    truncated_instructions,
    unbounded_loop,
    unbumped_plugin,
    undeclared_message_type,
    undocumented_variable,
    unfound_skill,
    unexpanded_variable,
    unexpected_difference,
    unexpected_override,
    unignored_environment_file,
    unknown_agent_color,
    unknown_agent_server,
    unknown_handoff_target,
    unloadable_agent,
    unloadable_servers,
    unloadable_skill,
    unpinned_server,
    unportable_skill,
    unpriced_model,
    unreachable_agent,
    unread_agents,
    unreadable_file,
    unreadable_message_example,
    unreadable_trigger_set,
    unreadable_yaml,
    unused_ignore,
    unverified_address,
    variation_selector_run,
    versioned_credentials,
    versioned_environment_file,
    versioned_local_settings,
    versioned_runtime_state,
    whitespace_padding,
    zero_width_characters,
}

pub use leaked_secret::{LEAKED_SECRET, finding as of_leak, of_name as of_leaky_name};
pub(super) use malformed_ignore::malformed_ignore;
pub use unused_ignore::unused_ignore;

pub mod fixes;
mod help;

pub use help::is_sample;
use help::{
    all_texts, characters, client_of, is_near, is_pinned, is_public_number, items, package, scheme_and_host,
    servers, servers_of_claude_code, shown, texts, without_version,
};

/// The findings for the faults of one file.
pub fn check_faults(path: &RepoPath, faults: &[Fault]) -> Vec<Finding> {
    faults
        .iter()
        .flat_map(|fault| {
            RULES.iter().filter_map(move |rule| match rule.check {
                Check::Fault(check) => check(rule, path, fault),
                _ => None,
            })
        })
        .collect()
}

/// Findings of one rule on one file; more say nothing new.
const MAX_OF_FILE: usize = 50;

/// The findings about the text of one file.
pub fn check_file(view: &FileView<'_>) -> Vec<Finding> {
    RULES
        .iter()
        .flat_map(|rule| match rule.check {
            Check::File(check) => {
                let mut found = check(rule, view);
                found.truncate(MAX_OF_FILE);
                found
            }
            _ => Vec::new(),
        })
        .collect()
}

/// The findings about the files of a revision taken together.
pub fn check_repo(repo: &Repo) -> Vec<Finding> {
    RULES
        .iter()
        .flat_map(|rule| match rule.check {
            Check::Repo(check) => check(rule, repo),
            _ => Vec::new(),
        })
        .collect()
}

/// The findings about what a change does to agent files.
pub fn check_change(base: &Repo, head: &Repo) -> Vec<Finding> {
    RULES
        .iter()
        .flat_map(|rule| match rule.check {
            Check::Change(check) => check(rule, base, head),
            _ => Vec::new(),
        })
        .collect()
}

/// The findings about all files of a revision.
pub fn check_tree(tree: &dyn Tree, repo: &Repo) -> Vec<Finding> {
    RULES
        .iter()
        .flat_map(|rule| match rule.check {
            Check::Tree(check) => check(rule, tree, repo),
            _ => Vec::new(),
        })
        .collect()
}

#[cfg(test)]
mod tests;
