//! Findings and verdicts brought together: a finding is as grave as what the judged clients do, and says what each does.
//!
//! A rule of a file format does not know who reads the file. The readers' verdicts do: a part of a file that a judged
//! client drops is an error; one that only the gates for others refuse is a warning. What no rule found and a client
//! drops all the same becomes a finding of its own.

use super::compare::Located;
use super::ours::{
    Rule, misread_file, unloadable_agent, unloadable_servers, unloadable_skill, unportable_skill,
};
use crate::agent::Kind;
use crate::agent::verdict::{Outcome, Reader, Ruling, readers_of, sentence};
use crate::base::{Client, Finding, Place, RepoPath, Severity};
use std::collections::{BTreeMap, BTreeSet};

/// The parts of a file that rules of agnix are about, in the words of rulings.
const ABOUT: [(&str, &[&str]); 21] = [
    ("AS-001", &["header", "file"]),
    ("AS-002", &["name"]),
    ("AS-003", &["description"]),
    ("AS-004", &["name"]),
    ("AS-005", &["name"]),
    ("AS-006", &["name"]),
    ("AS-008", &["description"]),
    ("AS-009", &["description"]),
    ("AS-011", &["compatibility"]),
    ("AS-016", &["header", "file", "name", "description", "metadata", "allowed-tools", "disallowed-tools"]),
    ("AS-017", &["name"]),
    ("CC-SK-022", &["name"]),
    ("CC-SK-030", &["name"]),
    ("CC-SK-031", &["name", "description"]),
    ("CC-AG-001", &["name"]),
    ("CC-AG-002", &["description"]),
    ("CC-AG-007", &["header", "name", "description"]),
    ("CC-AG-011", &["hooks"]),
    ("CC-AG-020", &["name"]),
    ("MCP-007", &["header"]),
    ("COP-035", &["wrapper"]),
];

/// Rules of agnix about single servers. Where the verdicts say which servers are left out and why, those go before
/// them: they name every server and every fault.
const OF_SERVERS: [&str; 6] = ["MCP-009", "MCP-010", "MCP-011", "MCP-022", "MCP-024", "CC-MCP-005"];
/// Rules about keys of a header that is not there: one finding says that.
const OF_KEYS: [&str; 2] = ["CC-AG-001", "CC-AG-002"];
/// Parts of a file that no other rule watches: read otherwise than they stand, they are a finding.
const WATCHED: [&str; 8] =
    ["header", "file", "name", "description", "when_to_use", "oauth", "server name", "mcpServers"];

fn about(rule: &str) -> Option<&'static [&'static str]> {
    ABOUT.iter().find(|(name, _)| *name == rule).map(|(_, about)| *about)
}

/// Settles the severity and the help of findings by the verdicts, and makes findings of what else judged clients drop.
pub fn settle(
    found: &mut Vec<Located>,
    rulings: &BTreeMap<RepoPath, Vec<Ruling>>,
    kind: &dyn Fn(&RepoPath) -> Kind,
    clients: &[Client],
) -> Vec<Finding> {
    found.retain(|one| {
        let finding = &one.finding;
        let own = rulings.get(&finding.place.path).map_or(&[][..], Vec::as_slice);
        let lost =
            |about: &str| own.iter().any(|ruling| ruling.about == about && ruling.outcome != Outcome::Loads);
        let of_server = OF_SERVERS.contains(&finding.rule.as_str()) && lost("server");
        let of_key = OF_KEYS.contains(&finding.rule.as_str()) && lost("header");
        !of_server && !of_key
    });
    let mut covered: BTreeSet<(RepoPath, &str)> = BTreeSet::new();
    for one in found.iter_mut() {
        let finding = &mut one.finding;
        let Some(about) = about(&finding.rule) else { continue };
        let path = finding.place.path.clone();
        let own = rulings.get(&path).map_or(&[][..], Vec::as_slice);
        let readers = judged(&path, kind(&path), clients);
        let of = |who: &dyn Fn(&Reader) -> bool| {
            let among = own.iter().filter(|ruling| readers.contains(&ruling.reader) && who(&ruling.reader));
            among.filter(|ruling| about.contains(&&*ruling.about)).map(|ruling| ruling.outcome).max()
        };
        let of_clients = of(&|reader| matches!(reader, Reader::Client(_)));
        let of_gates = of(&|reader| !matches!(reader, Reader::Client(_)));
        finding.severity = match (of_clients, of_gates) {
            (Some(outcome), _) if outcome.is_lost() => Severity::Error,
            // What a lenient client reads otherwise, or only a gate refuses, or nobody we know minds.
            _ => finding.severity.min(Severity::Warning),
        };
        if let Some(words) = sentence(own, &readers, about) {
            finding.help = Some(match finding.help.take() {
                Some(help) => format!("{}. {words}", help.trim_end_matches('.')),
                None => words,
            });
        }
        covered.extend(about.iter().map(|about| (path.clone(), *about)));
    }
    let mut more = Vec::new();
    for (path, own) in rulings {
        more.extend(unsaid(path, kind(path), own, clients, &covered));
    }
    more
}

/// The readers of a file that are judged for, and the gates.
fn judged(path: &RepoPath, kind: Kind, clients: &[Client]) -> Vec<Reader> {
    let mut readers = readers_of(path, kind);
    readers.retain(|reader| match reader {
        Reader::Client(client) => clients.contains(client),
        _ => true,
    });
    readers
}

/// A finding for each part of a file that a judged client drops or reads otherwise and no rule has found, and one for
/// what only the gates refuse.
fn unsaid(
    path: &RepoPath,
    kind: Kind,
    own: &[Ruling],
    clients: &[Client],
    covered: &BTreeSet<(RepoPath, &str)>,
) -> Vec<Finding> {
    let unloadable: &Rule = match kind {
        Kind::Skill => &unloadable_skill::RULE,
        Kind::SubAgent => &unloadable_agent::RULE,
        Kind::Mcp => &unloadable_servers::RULE,
        _ => return Vec::new(),
    };
    let readers = judged(path, kind, clients);
    let mut found = Vec::new();
    let mut said: BTreeSet<(&str, Option<u32>)> = BTreeSet::new();
    let mut own_first: Vec<&Ruling> = own.iter().filter(|ruling| readers.contains(&ruling.reader)).collect();
    own_first.sort_by_key(|ruling| {
        (!matches!(ruling.reader, Reader::Client(_)), std::cmp::Reverse(ruling.outcome))
    });
    for ruling in own_first {
        let line = ruling.span.map(|span| span.start.line);
        let by_line = if ruling.about == "server" { line } else { None };
        // A page beside agents is left out, and rightly.
        let ignored =
            ruling.about == "mcpServers" && ruling.why.contains("ignored in the agents of a plugin");
        if ruling.about == "page"
            || ignored
            || covered.contains(&(path.clone(), &*ruling.about))
            || said.contains(&(&*ruling.about, by_line))
        {
            continue;
        }
        let changed = matches!(ruling.outcome, Outcome::LoadsWithChanges | Outcome::Truncated);
        let rule = match ruling.reader {
            Reader::Client(_) if ruling.outcome.is_lost() || ruling.about == "server" => unloadable,
            Reader::Client(_) if changed && WATCHED.contains(&&*ruling.about) => &misread_file::RULE,
            // Keys of Claude Code are what skills for it are made of.
            Reader::ClaudeApi | Reader::AgentSkills if ruling.about != "keys" => &unportable_skill::RULE,
            _ => continue,
        };
        said.insert((&ruling.about, by_line));
        let place =
            ruling.span.map_or_else(|| Place::file(path.clone()), |span| Place::span(path.clone(), span));
        let verb = if ruling.about == "server" { "" } else { ruling.outcome.verb() };
        let who = format!("{} {verb}", capital(ruling.reader.title()));
        let mut finding = rule.finding(place, format!("{}: {}", who.trim_end(), ruling.why));
        if let Reader::Client(client) = ruling.reader {
            finding.clients = vec![client];
        }
        let about = [&*ruling.about];
        finding.help = sentence(own, &readers, &about).filter(|_| readers.len() > 1);
        found.push(finding);
    }
    found
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}
