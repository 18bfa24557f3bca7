//! What follows from the files around a file: chains of instructions that are cut, files that others hide.

use super::{Outcome, Reader, Ruling};
use crate::agent::Kind;
use crate::agent::file::AgentFile;
use crate::agent::loads::{Effect, OUT_OF_REACH, Repo, instruction_chain, loads};
use crate::base::text::thousands;
use crate::base::{Client, RepoPath};
use std::collections::BTreeMap;

/// The rulings on the files of a revision: those of the files themselves, and those of their surroundings, by path.
/// An instruction file is judged for a task in its own folder, everything else for one at the root.
pub fn with_chain(
    repo: &Repo,
    of_files: &BTreeMap<RepoPath, Vec<Ruling>>,
    clients: &[Client],
) -> BTreeMap<RepoPath, Vec<Ruling>> {
    let mut found = of_files.clone();
    for client in clients {
        let at_root: BTreeMap<RepoPath, Ruling> = loads(*client, &RepoPath::root(), repo)
            .into_iter()
            .filter_map(|load| Some((load.path, ruling(*client, &load.effect, load.source)?)))
            .collect();
        for file in repo.files() {
            let own = if is_chained(*client, file) {
                let chain = instruction_chain(*client, &file.path.parent(), repo);
                chain
                    .into_iter()
                    .find(|load| load.path == file.path)
                    .and_then(|load| ruling(*client, &load.effect, load.source))
            } else if file.kind == Kind::Skill {
                // What follows from the file itself has been said.
                let is_of_place = |own: &&Ruling| OUT_OF_REACH.contains(&own.why.as_str());
                at_root.get(&file.path).filter(is_of_place).cloned()
            } else if matches!(file.kind, Kind::SubAgent | Kind::Mcp) {
                None
            } else {
                at_root.get(&file.path).cloned()
            };
            if let Some(own) = own {
                found.entry(file.path.clone()).or_default().push(own);
            }
        }
    }
    found
}

/// The two clients whose chains are known to the byte.
fn is_chained(client: Client, file: &AgentFile) -> bool {
    match client {
        Client::Codex => file.kind == Kind::AgentsMd,
        Client::ClaudeCode => {
            matches!(file.kind, Kind::AgentsMd | Kind::ClaudeMd) && file.path.parent().name() != ".claude"
        }
        _ => false,
    }
}

fn ruling(client: Client, effect: &Effect, source: &'static str) -> Option<Ruling> {
    let (outcome, why) = match effect {
        Effect::Loaded | Effect::OnDemand { .. } => return None,
        Effect::Truncated { bytes } => {
            (Outcome::Truncated, format!("only its first {} bytes are read", thousands(*bytes)))
        }
        Effect::Skipped { reason } => (Outcome::Skipped, reason.clone()),
        Effect::Shadowed { by } => (Outcome::Skipped, format!("{by} takes its place")),
        Effect::Unknown { reason } => (Outcome::Unknown, reason.clone()),
    };
    Some(Ruling {
        reader: Reader::Client(client),
        outcome,
        about: "file".into(),
        why,
        span: None,
        source: source.into(),
        help: None,
    })
}
