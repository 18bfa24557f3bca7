//! The recorded lists of MCP servers in a revision: what is wrong with them, and what their tools weigh.

use super::inspect::Inspection;
use crate::agent::mcp::listing::{Recorded, by_server, recorded};
use crate::agent::mcp::named::{Named, named};
use crate::agent::mcp::servers;
use crate::base::text::visible;
use crate::base::{Client, Finding};
use crate::cost::assumed::Origin;
use crate::cost::tools::ServerWeight;
use crate::cost::workflow::{Piece, Workflow};
use crate::rules;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Larger agent files are not read for the tools they name.
const MAX_BYTES: u64 = 1024 * 1024;

/// The lists of a revision that the configuration does not leave out.
pub(super) fn lists(side: &Inspection) -> Vec<Recorded> {
    let mut found = recorded(&*side.tree);
    found.retain(|list| !side.excluded.is_match(list.path.as_str()));
    found
}

/// What is wrong in a revision; with the lists of the base, also what differs from them.
pub(super) fn findings(side: &Inspection, base: Option<&[Recorded]>) -> Vec<Finding> {
    let lists = lists(side);
    if lists.is_empty() && base.is_none_or(<[Recorded]>::is_empty) {
        return Vec::new();
    }
    let names = if lists.is_empty() { Vec::new() } else { names(side) };
    let (servers, _) = servers::read(&*side.tree);
    rules::mcp::check(&lists, base, &servers, &names)
}

/// The tools that agents, commands and skills name.
fn names(side: &Inspection) -> Vec<Named> {
    let files: Vec<_> = side.repo.files().filter(|file| file.link.is_none()).collect();
    files
        .par_iter()
        .filter_map(|file| {
            let bytes = side.tree.read(&file.path, MAX_BYTES).ok()?;
            Some(named(&file.path, file.kind, std::str::from_utf8(&bytes).ok()?))
        })
        .flatten()
        .collect()
}

/// Servers that are named in a note.
const NAMED: usize = 10;

/// Of which servers the tools are weighed as they were seen, instead of being assumed.
pub(super) fn provenance(workflows: &[Workflow]) -> Option<String> {
    let steps = workflows.iter().flat_map(|workflow| &workflow.phases).flat_map(|phase| &phase.steps);
    let known: BTreeSet<(&str, &str)> = steps
        .flat_map(|step| &step.sent)
        .filter_map(|sent| match (&sent.piece, &sent.probability.origin) {
            (Piece::Server { name, .. }, Origin::Declared { place }) => Some((name.as_str(), place.as_str())),
            _ => None,
        })
        .collect();
    let shown: Vec<String> =
        known.iter().take(NAMED).map(|(name, place)| format!("{} from {place}", visible(name))).collect();
    let more = known.len().saturating_sub(NAMED);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    (!shown.is_empty()).then(|| {
        format!(
            "the tools of MCP servers are weighed as they were recorded, not assumed: {}{more}",
            shown.join(", ")
        )
    })
}

/// What the tools of each recorded server weigh.
pub(super) fn weights(side: &Inspection) -> BTreeMap<String, ServerWeight> {
    let lists = lists(side);
    if lists.is_empty() {
        return BTreeMap::new();
    }
    let (servers, _) = servers::read(&*side.tree);
    let is_eager = |name: &str| {
        servers.iter().any(|one| one.name == name && one.client == Client::ClaudeCode && one.always_load)
    };
    by_server(&lists)
        .into_iter()
        .map(|(name, (list, listing))| {
            (name.to_owned(), ServerWeight::of(listing, is_eager(name), list.path.as_str()))
        })
        .collect()
}
