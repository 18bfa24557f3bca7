//! What a report says besides its findings: how figures came about, what was not looked at, what to do next.

use super::inspect::Inspection;
use super::pipeline::Inputs;
use crate::base::{Change, Client, Family, Finding, Severity};
use crate::cost::{prices, tokens};

/// Notes about paths that were not looked at; the rest are counted.
const SHOWN: usize = 10;

/// What the reader should know.
pub(super) fn notes(
    inputs: &Inputs<'_>,
    head: &Inspection,
    clients: &[Client],
    families: &[Family],
    nothing_read: bool,
) -> Vec<String> {
    let mut notes = inputs.notes.clone();
    notes.extend(inputs.context.notes.iter().cloned());
    if inputs.clients.is_empty() && inputs.config.clients.is_empty() && !clients.is_empty() {
        let names: Vec<&str> = clients.iter().map(|client| client.title()).collect();
        notes.push(format!(
            "judged for the clients this repository has files of: {}; name others with `clients` in \
             weighbridge.yaml or with --client",
            names.join(", ")
        ));
    }
    if inputs.with_cost {
        notes.extend(tokens::notes(families));
    }
    if inputs.with_cost && !nothing_read {
        notes.push(format!(
            "prices are list prices of {}; the cost is that of the always-loaded part of 1,000 model calls, \
             without output and without the conversation",
            prices::BOOK
        ));
    }
    if head.only.is_some() {
        notes.push(
            "only changed files were checked, and not weighed; what a change does to other files, and tokens, are seen without \
             --only-changed"
                .to_owned(),
        );
    }
    if inputs.only_changed && head.only.is_none() {
        notes.push("there is no base to compare with, so --only-changed looked at every file".to_owned());
    }
    let tree_notes = head.tree.notes();
    notes.extend(tree_notes.iter().take(SHOWN).cloned());
    if tree_notes.len() > SHOWN {
        notes.push(format!("and {} more paths that were not looked at", tree_notes.len() - SHOWN));
    }
    notes
}

/// What to do next.
pub(super) fn hints(
    findings: &[Finding],
    files: &[crate::report::FileReport],
    has_base: bool,
    clients: &[Client],
) -> Vec<String> {
    let mut hints = Vec::new();
    if files.is_empty() {
        hints.push(
            "agent files are AGENTS.md, CLAUDE.md, SKILL.md, .claude/agents/*.md, .mcp.json and their like; name \
             other places with `files.agents` in weighbridge.yaml"
                .to_owned(),
        );
        return hints;
    }
    if !has_base {
        hints.push(
            "everything counts, since there is nothing to compare with; `weighbridge run --base origin/main` \
             judges only what a branch changes"
                .to_owned(),
        );
    }
    if findings.iter().any(|finding| finding.severity == Severity::Error && finding.change == Change::New) {
        hints.push("`weighbridge rules RULE` says where a rule comes from".to_owned());
    }
    if let Some(client) = clients.first() {
        hints.push(format!(
            "`weighbridge loads --client {client}` shows what {} reads, in order",
            client.title()
        ));
    }
    hints
}
