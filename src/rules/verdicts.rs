//! Findings and verdicts brought together: a finding is as grave as what the judged clients do, and says what each does.
//!
//! A rule of a file format does not know who reads the file. The readers' verdicts do: a part of a file that a judged
//! client drops is an error; one that only the gates for others refuse is a warning. What no rule found and a client
//! drops all the same becomes a finding of its own.

mod tables;

use super::agnix::MAX_OF_RULE;
use super::compare::Located;
use super::ours::{
    Rule, misread_file, unloadable_agent, unloadable_servers, unloadable_skill, unportable_skill,
};
use crate::agent::Kind;
use crate::agent::loads::readers::readers as clients_of;
use crate::agent::verdict::{Outcome, Reader, Ruling, client_of_servers, readers_of, sentence};
use crate::base::{Client, Finding, Place, RepoPath, Severity, Span};
use std::collections::{BTreeMap, BTreeSet};
use tables::{OF_KEYS, OF_SERVERS, about, decides, is_watched, said};

/// What rules have found already: a path and a part of it.
type Covered = BTreeSet<(RepoPath, &'static str)>;

/// Settles the severity and the help of findings by the verdicts, and makes findings of what else judged clients drop.
pub fn settle(
    found: &mut Vec<Located>,
    rulings: &BTreeMap<RepoPath, Vec<Ruling>>,
    kind: &dyn Fn(&RepoPath) -> Kind,
    clients: &[Client],
) -> Vec<Finding> {
    found.retain(|one| !is_said_better(&one.finding, rulings));
    let mut covered = Covered::new();
    // Files whose front matter agnix could not read: its rules are silent about all keys.
    let mut unparsed: BTreeSet<RepoPath> = BTreeSet::new();
    for one in found.iter_mut() {
        let finding = &mut one.finding;
        let path = finding.place.path.clone();
        if matches!(finding.rule.as_str(), "CC-AG-007" | "AS-016" | "oversized-file") {
            unparsed.insert(path.clone());
        }
        // Nobody reads the file, so nobody leaves a server out.
        if OF_SERVERS.contains(&finding.rule.as_str()) && clients_of(&path, kind(&path)).is_empty() {
            finding.severity = Severity::Info;
        }
        if let Some(parts) = said(&finding.rule) {
            let own = rulings.get(&path).map_or(&[][..], Vec::as_slice);
            if drops(own, parts, clients) {
                finding.severity = Severity::Error;
            }
            covered.extend(parts.iter().map(|about| (path.clone(), *about)));
        }
        let Some(parts) = about(&finding.rule) else { continue };
        let own = rulings.get(&path).map_or(&[][..], Vec::as_slice);
        weigh(finding, parts, own, &judged(&path, kind(&path), clients));
        covered.extend(parts.iter().map(|about| (path.clone(), *about)));
    }
    let mut more = Vec::new();
    for (path, own) in rulings {
        let all = unparsed.contains(path);
        more.extend(unsaid(path, kind(path), own, clients, (&covered, all)));
    }
    more
}

/// True for a finding whose place a verdict takes: it names every server, or says that the whole header is missing.
fn is_said_better(finding: &Finding, rulings: &BTreeMap<RepoPath, Vec<Ruling>>) -> bool {
    let path = &finding.place.path;
    let rule = finding.rule.as_str();
    let own = rulings.get(path).map_or(&[][..], Vec::as_slice);
    let lost =
        |about: &str| own.iter().any(|ruling| ruling.about == about && ruling.outcome != Outcome::Loads);
    let is_page = || ["header", "page", "nested page"].into_iter().any(lost);
    (OF_SERVERS.contains(&rule) && (lost("server") || client_of_servers(path).is_some()))
        || (OF_KEYS.contains(&rule) && lost("header"))
        || (rule == "CC-AG-007" && finding.message.contains("no frontmatter") && is_page())
}

/// True when a judged client drops the value of a key that decides what runs: as grave in a skill as in a sub-agent.
fn drops(own: &[Ruling], parts: &[&str], clients: &[Client]) -> bool {
    own.iter().any(|ruling| {
        let about = &*ruling.about;
        ruling.outcome == Outcome::LoadsWithChanges
            && parts.contains(&about)
            && decides(about)
            && !is_ignored_in_plugin(ruling)
            && matches!(ruling.reader, Reader::Client(client) if clients.contains(&client))
    })
}

/// What a plugin's agents may not decide is said by a rule of its own.
fn is_ignored_in_plugin(ruling: &Ruling) -> bool {
    ruling.why.contains("ignored in the agents of a plugin")
}

/// Makes a finding as grave as what the readers do with the part it is about, and has it say what that is.
fn weigh(finding: &mut Finding, parts: &[&str], own: &[Ruling], readers: &[Reader]) {
    let of = |who: &dyn Fn(&Reader) -> bool| {
        let among = own.iter().filter(|ruling| readers.contains(&ruling.reader) && who(&ruling.reader));
        among.filter(|ruling| parts.contains(&&*ruling.about)).map(|ruling| ruling.outcome).max()
    };
    finding.severity = match of(&|reader| matches!(reader, Reader::Client(_))) {
        Some(outcome) if outcome.is_lost() => Severity::Error,
        // What a lenient client reads otherwise, or only a gate refuses, or nobody we know minds.
        _ => finding.severity.min(Severity::Warning),
    };
    finding.help = joined(finding.help.take(), sentence(own, readers, parts));
}

fn joined(help: Option<String>, words: Option<String>) -> Option<String> {
    match (help, words) {
        (Some(help), Some(words)) => Some(format!("{}. {words}", help.trim_end_matches('.'))),
        (help, words) => help.or(words),
    }
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

/// What no rule found although a client leaves it out.
fn unloadable(kind: Kind) -> Option<&'static Rule> {
    match kind {
        Kind::Skill => Some(&unloadable_skill::RULE),
        Kind::SubAgent => Some(&unloadable_agent::RULE),
        Kind::Mcp | Kind::Settings => Some(&unloadable_servers::RULE),
        _ => None,
    }
}

/// A finding for each part of a file that a judged client drops or reads otherwise and no rule has found, and one for
/// what only the gates refuse.
fn unsaid(
    path: &RepoPath,
    kind: Kind,
    own: &[Ruling],
    clients: &[Client],
    (covered, all): (&Covered, bool),
) -> Vec<Finding> {
    let Some(unloadable) = unloadable(kind) else { return Vec::new() };
    let readers = judged(path, kind, clients);
    let mut found = Vec::new();
    let mut said: BTreeSet<(&str, Option<Span>)> = BTreeSet::new();
    let mut own_first: Vec<&Ruling> = own.iter().filter(|ruling| readers.contains(&ruling.reader)).collect();
    own_first.sort_by_key(|ruling| {
        (!matches!(ruling.reader, Reader::Client(_)), std::cmp::Reverse(ruling.outcome))
    });
    for ruling in own_first {
        // Faults of one kind of thing are told apart by their places, those of one key are one.
        let is_many = ruling.about.starts_with("server")
            || ruling.about.starts_with("duplicate")
            || matches!(&*ruling.about, "mcpServers" | "url" | "oauth" | "disabled" | "comment");
        let place = if is_many { ruling.span } else { None };
        let is_covered = covered.iter().any(|(other, about)| other == path && *about == ruling.about);
        if is_covered || said.contains(&(&*ruling.about, place)) {
            continue;
        }
        let Some((rule, severity)) = rule_of(ruling, kind, unloadable, all) else { continue };
        said.insert((&ruling.about, place));
        let place =
            ruling.span.map_or_else(|| Place::file(path.clone()), |span| Place::span(path.clone(), span));
        let verb = if ruling.about.starts_with("server") { "" } else { ruling.outcome.verb() };
        let who = format!("{} {verb}", capital(ruling.reader.title()));
        let mut finding = rule.finding(place, format!("{}: {}", who.trim_end(), ruling.why));
        finding.severity = severity;
        if let Reader::Client(client) = ruling.reader {
            finding.clients = vec![client];
        }
        let about = [&*ruling.about];
        // Said already, when nobody else has a say.
        let own_words =
            format!("{} {} ({})", capital(ruling.reader.title()), ruling.outcome.verb(), ruling.why);
        // What is said of the other servers of the file is no reason for this one.
        let here = |other: &&Ruling| !is_many || other.about != ruling.about || other.span == ruling.span;
        let here: Vec<Ruling> = own.iter().filter(here).cloned().collect();
        let words =
            sentence(&here, &readers, &about).filter(|words| readers.len() > 1 && *words != own_words);
        finding.help = joined(ruling.help.clone(), words);
        found.push(finding);
    }
    at_most(found)
}

/// The first findings of each rule on one file; the last says that there are more.
fn at_most(found: Vec<Finding>) -> Vec<Finding> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut kept: Vec<Finding> = Vec::with_capacity(found.len().min(MAX_OF_RULE));
    for finding in found {
        let count = counts.entry(finding.rule.clone()).or_default();
        *count += 1;
        if *count <= MAX_OF_RULE {
            kept.push(finding);
        } else if *count == MAX_OF_RULE + 1
            && let Some(last) = kept.iter_mut().rev().find(|last| last.rule == finding.rule)
        {
            last.message = format!("{} (and more of {} in this file)", last.message, finding.rule);
        }
    }
    kept
}

/// The rule that a ruling is found by, and how grave it is; `None` when it is no finding. With `all`, no rule of agnix
/// has looked at the keys.
fn rule_of(
    ruling: &Ruling,
    kind: Kind,
    unloadable: &'static Rule,
    all: bool,
) -> Option<(&'static Rule, Severity)> {
    let about = &*ruling.about;
    // A page beside agents is left out, and rightly; what settings cannot be read, agnix says.
    let rightly =
        about == "page" || is_ignored_in_plugin(ruling) || (kind == Kind::Settings && about == "header");
    if rightly {
        return None;
    }
    let watched = is_watched(about) || (all && about != "keys" && about != "color");
    match (ruling.reader, ruling.outcome) {
        (Reader::Client(_), outcome) if outcome.is_lost() && about == "nested page" => {
            Some((unloadable, Severity::Warning))
        }
        (Reader::Client(_), outcome) if outcome.is_lost() || about == "server" => {
            Some((unloadable, unloadable.severity))
        }
        (Reader::Client(_), Outcome::LoadsWithChanges | Outcome::Truncated) if watched => {
            let severity = if about == "server keys" {
                Severity::Info
            } else if decides(about) {
                Severity::Error
            } else {
                misread_file::RULE.severity
            };
            Some((&misread_file::RULE, severity))
        }
        // Where nobody says what happens, only what can be mended for sure is a finding.
        (Reader::Client(_), Outcome::Unknown) if watched && ruling.help.is_some() => {
            Some((&misread_file::RULE, misread_file::RULE.severity))
        }
        // Keys of Claude Code are what skills for it are made of.
        (Reader::ClaudeApi | Reader::AgentSkills, _) if about != "keys" => {
            Some((&unportable_skill::RULE, unportable_skill::RULE.severity))
        }
        _ => None,
    }
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::{FileView, read, verdict};
    use crate::base::BlobId;

    #[test]
    fn what_is_said_of_one_server_is_no_reason_for_another() {
        let text = "{\"mcpServers\":{\"one\":{\"url\":\"https://x.dev/mcp\"},\"two\":{\"type\":\"http\"}}}";
        let path = RepoPath::new(".mcp.json").expect("inside");
        let file = read(&path, Kind::Mcp, BlobId([0; 20]), text.as_bytes());
        let view = FileView::new((&path, Kind::Mcp), text, (&file.header, &file.split), false);
        let rulings = BTreeMap::from([(path.clone(), verdict::of_file(&view))]);
        let clients = [Client::ClaudeCode, Client::Copilot];
        let found = settle(&mut Vec::new(), &rulings, &|_| Kind::Mcp, &clients);
        let of = |name: &str, other: &str| {
            let finding = found.iter().find(|finding| finding.message.contains(&format!("`{name}`")));
            let help = finding.expect("each is found").help.clone().unwrap_or_default();
            assert!(
                help.contains("GitHub Copilot loads it") && !help.contains(&format!("`{other}`")),
                "{help}"
            );
        };
        of("one", "two");
        of("two", "one");
    }
}
