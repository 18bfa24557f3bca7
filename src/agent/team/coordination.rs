//! How the members of a team work together, as far as it is written down in a form that can be read: messages, chains of
//! hand-offs, what a phase waits for, loops, and who writes which file.
//!
//! Prose is left alone. What is not clearly one of these forms is not read, since nothing may be said about it then.

use super::document::{Code, Document, Role, Section};
use super::names::{self, Match};
use super::spec::{Cited, Team};
use crate::base::{Place, Span};
use crate::config::yaml::{self, Node, Value};

/// Things of one kind that are read of one team.
const MAX_FOUND: usize = 500;
/// Words of one step of a chain; longer ones are sentences.
const MAX_STEP_WORDS: usize = 4;

/// A message, a hand-off or a transition that is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// `type`.
    pub kind: Option<Cited<String>>,
    /// `from`.
    pub from: Cited<String>,
    /// `to`.
    pub to: Vec<Cited<String>>,
    /// `phase`.
    pub phase: Option<Cited<u32>>,
    /// True for an edge of a list of hand-offs: it happens in every run.
    pub is_edge: bool,
    /// True when it says when, or how often.
    pub has_condition: bool,
}

/// A phase that waits for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The phase that waits.
    pub phase: u32,
    /// The one it waits for.
    pub on: Cited<u32>,
}

/// A file that an agent writes in a phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The phase: a place in the team's list.
    pub phase: usize,
    /// The agent: a place in the team's list.
    pub agent: usize,
    /// The path or branch, as written.
    pub target: Cited<String>,
    /// True when its phase speaks of a lock, an owner or a merge.
    pub is_guarded: bool,
}

/// How a team works together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coordination {
    /// Messages and hand-offs.
    pub messages: Vec<Message>,
    /// Message types that are declared, by document.
    pub types: Vec<(crate::base::RepoPath, Vec<String>)>,
    /// Examples of messages that are neither YAML nor JSON.
    pub unreadable: Vec<Cited<String>>,
    /// Steps of chains of agents that are no agents.
    pub unknown_steps: Vec<Cited<String>>,
    /// Agents in chains: places in the team's list.
    pub in_chains: Vec<usize>,
    /// What phases wait for.
    pub dependencies: Vec<Dependency>,
    /// Phases said to be parallel in one place and sequential in another.
    pub both_ways: Vec<Cited<u32>>,
    /// Loops without a bound.
    pub loops: Vec<Cited<String>>,
    /// What is written where.
    pub writes: Vec<Write>,
}

/// Reads it.
pub fn read(team: &Team) -> Coordination {
    let mut found = Coordination::default();
    for document in &team.documents {
        if document.role == Role::Scenario {
            continue;
        }
        for section in &document.sections {
            messages(document, section, &mut found);
            chains(team, document, section, &mut found);
            if document.role == Role::Team {
                dependencies(document, section, &mut found);
                loops(team, document, section, &mut found);
                writes(team, document, section, &mut found);
            }
        }
        if document.role == Role::Team {
            both_ways(document, &mut found);
        }
    }
    found.messages.truncate(MAX_FOUND);
    found.unknown_steps.truncate(MAX_FOUND);
    found.writes.truncate(MAX_FOUND);
    found.loops.truncate(MAX_FOUND);
    found
}

fn is_about(section: &Section, word: &str) -> bool {
    section.titles().take(2).any(|title| title.to_lowercase().contains(word))
}

fn structured(code: &Code) -> Option<Result<Node, (String, u32)>> {
    let language = code.language.split_whitespace().next().unwrap_or("").to_lowercase();
    if !matches!(language.as_str(), "yaml" | "yml" | "json") {
        return None;
    }
    Some(yaml::parse(&code.text, code.first_line).map_err(|error| (error.message, error.at.line)))
}

fn messages(document: &Document, section: &Section, found: &mut Coordination) {
    if is_about(section, "message type") {
        let types: Vec<String> = section
            .tables
            .iter()
            .filter(|table| {
                table.header.first().is_some_and(|head| head.text.to_lowercase().contains("type"))
            })
            .flat_map(|table| table.rows.iter().filter_map(|row| row.first()))
            .map(|cell| cell.text.trim_matches('`').trim().to_owned())
            .filter(|name| !name.is_empty())
            .collect();
        if types.len() >= 2 {
            found.types.push((document.path.clone(), types));
        }
    }
    for code in &section.code {
        let node = match structured(code) {
            None => continue,
            Some(Ok(node)) => node,
            Some(Err((message, line))) => {
                if is_about(section, "message format") || is_about(section, "message schema") {
                    let place = document.place(Span::at(line, 1));
                    found.unreadable.push(Cited::new(message, place));
                }
                continue;
            }
        };
        let told = ["type", "phase", "subject"].iter().any(|key| node.get(key).is_some());
        if told {
            found.messages.extend(message(document, &node, false));
        }
        for key in ["handoffs", "hand_offs", "transitions", "edges"] {
            if let Some(Value::Sequence(items)) = node.get(key).map(|list| &list.value) {
                found.messages.extend(items.iter().filter_map(|item| message(document, item, true)));
            }
        }
    }
}

fn message(document: &Document, node: &Node, is_edge: bool) -> Option<Message> {
    let cited = |node: &Node| Some(Cited::new(node.non_empty()?.to_owned(), document.place(node.span)));
    let from = cited(node.get("from")?)?;
    let to = node.get("to")?;
    let to: Vec<Cited<String>> = match &to.value {
        Value::Sequence(items) => items.iter().filter_map(cited).collect(),
        _ => cited(to).into_iter().collect(),
    };
    let phase = node
        .get("phase")
        .and_then(|node| Some(Cited::new(node.non_empty()?.parse().ok()?, document.place(node.span))));
    let conditions =
        ["when", "if", "condition", "until", "max", "max_cycles", "max_iterations", "max_retries"];
    Some(Message {
        kind: node.get("type").and_then(cited),
        from,
        to,
        phase,
        is_edge,
        has_condition: conditions.iter().any(|key| node.get(key).is_some()),
    })
}

/// `Coordinator → Specialist A → Reviewer`, in a line or a code block, also over several lines.
fn chains(team: &Team, document: &Document, section: &Section, found: &mut Coordination) {
    for code in section.code.iter().filter(|code| code.language.is_empty() || code.language == "text") {
        let mut chain = String::new();
        let mut first = code.first_line;
        for (line, number) in code.text.lines().zip(code.first_line..) {
            let is_more = line.trim_start().starts_with(['→', '-']) && !chain.is_empty();
            if !is_more {
                chain_of(team, document, &chain, first, found);
                chain.clear();
                first = number;
            }
            chain.push(' ');
            chain.push_str(line.trim());
        }
        chain_of(team, document, &chain, first, found);
    }
    for line in &section.lines {
        chain_of(team, document, &line.text, line.span.start.line, found);
    }
}

fn chain_of(team: &Team, document: &Document, text: &str, line: u32, found: &mut Coordination) {
    // Nearly every line has none.
    if !text.contains(['>', '→', '⟶', '➜']) {
        return;
    }
    let arrows = ["-->", "->", "=>", "⟶", "➜"];
    let plain = arrows.iter().fold(text.to_owned(), |text, arrow| text.replace(arrow, "→"));
    let steps: Vec<&str> = plain.split('→').map(str::trim).collect();
    if steps.len() < 3 {
        return;
    }
    let is_step = |step: &str| {
        !step.is_empty()
            && step.split_whitespace().count() <= MAX_STEP_WORDS
            && !step.contains(['[', ']', '/', '`', ':', '|', '.', '<', '(', '=', ',', '"'])
            && step.starts_with(char::is_uppercase)
    };
    if !steps.iter().all(|step| is_step(step)) {
        return;
    }
    let mut agents = Vec::new();
    let mut unknown = Vec::new();
    for step in &steps {
        match team.agent(step) {
            Match::One(agent) => agents.push(agent),
            Match::Ambiguous => {}
            Match::None => unknown.push(*step),
        }
    }
    // Mostly agents, else it is a chain of something else.
    if agents.len() >= 2 && agents.len() >= 2 * unknown.len() {
        found.in_chains.extend(agents);
        let cited = |step: &str| Cited::new(step.to_owned(), document.place(Span::at(line, 1)));
        found.unknown_steps.extend(unknown.into_iter().map(cited));
    }
}

/// The number of the phase that a section is about.
fn phase_number(section: &Section) -> Option<u32> {
    section.titles().find_map(|title| names::numbered(title).map(|(number, _)| number))
}

fn dependencies(document: &Document, section: &Section, found: &mut Coordination) {
    let Some(phase) = phase_number(section) else { return };
    for field in
        section.fields().into_iter().filter(|field| matches!(field.key.as_str(), "depends on" | "requires"))
    {
        let words: Vec<&str> = field.value.split(|c: char| !c.is_alphanumeric()).collect();
        for pair in words.windows(2) {
            let [word, number] = pair else { continue };
            if word.eq_ignore_ascii_case("phase")
                && let Ok(number) = number.parse()
            {
                found
                    .dependencies
                    .push(Dependency { phase, on: Cited::new(number, document.place(field.span)) });
            }
        }
    }
}

/// What the parentheses behind a phase say: `Phase 2 (parallel): ...`, `### Phase 2: Build (Parallel -- ~20 minutes)`.
fn marked(text: &str) -> Option<(u32, bool)> {
    let head = text.split_once("):").map_or(text, |(head, _)| head);
    let (number, _) = names::numbered(head)?;
    let (_, inside) = head.rsplit_once('(')?;
    let lower = inside.to_lowercase();
    match (lower.starts_with("parallel"), lower.starts_with("sequential")) {
        (true, false) => Some((number, true)),
        (false, true) => Some((number, false)),
        _ => None,
    }
}

fn both_ways(document: &Document, found: &mut Coordination) {
    let headings: Vec<(u32, bool)> =
        document.sections.iter().filter_map(|section| marked(&section.title)).collect();
    let mut lines: Vec<(u32, bool, Place)> = Vec::new();
    for code in document.sections.iter().flat_map(|section| &section.code) {
        for (line, number) in code.text.lines().zip(code.first_line..) {
            if let Some((phase, parallel)) = marked(line) {
                lines.push((phase, parallel, document.place(Span::at(number, 1))));
            }
        }
    }
    for (phase, parallel, place) in &lines {
        // Several lists are several modes of the team, and the headings speak of one of them.
        if lines.iter().filter(|(other, ..)| other == phase).count() == 1
            && headings.iter().any(|(other, way)| other == phase && way != parallel)
        {
            found.both_ways.push(Cited::new(*phase, place.clone()));
        }
    }
}

const BOUNDS: [&str; 11] = [
    "max",
    "at most",
    "up to",
    "limit",
    "no more than",
    "cycles",
    "attempts",
    "times",
    "rounds",
    "timeout",
    "minutes",
];

fn loops(team: &Team, document: &Document, section: &Section, found: &mut Coordination) {
    let is_bounded = |text: &str| {
        let lower = text.to_lowercase();
        BOUNDS.iter().any(|word| lower.contains(word))
    };
    let limited = team.limits.iter().any(|limit| {
        let key = limit.key.to_lowercase();
        ["cycle", "iteration", "retr", "round", "attempt"].iter().any(|word| key.contains(word))
    });
    if limited || section.lines.iter().any(|line| is_bounded(&line.text)) || phase_number(section).is_none() {
        return;
    }
    for line in &section.lines {
        let lower = line.text.to_lowercase();
        let again = ["re-review", "rereview", "repeat", "iterate", "loop back", "retry", "try again"];
        if again.iter().any(|word| lower.starts_with(word)) && lower.contains(" until ") {
            found.loops.push(Cited::new(line.text.clone(), document.place(line.span)));
        }
    }
}

/// Files that agents write in a phase: `- Create branch ...`, below the heading of an agent below that of a phase.
fn writes(team: &Team, document: &Document, section: &Section, found: &mut Coordination) {
    let Some(number) = section.above.iter().rev().find_map(|title| names::numbered(title)) else { return };
    let Match::One(phase) = team.phase(&number.1, Some(number.0)) else { return };
    let Match::One(agent) = team.agent(&section.title) else { return };
    let of_phase = |other: &&Section| {
        std::iter::once(&other.title)
            .chain(&other.above)
            .any(|title| names::numbered(title).is_some_and(|found| found.0 == number.0))
    };
    let is_guarded =
        document.sections.iter().filter(of_phase).flat_map(|section| &section.lines).any(|line| {
            let lower = line.text.to_lowercase();
            ["lock", "owner", "owned", "own branch", "merge", "one writer", "append"]
                .iter()
                .any(|word| lower.contains(word))
        });
    for code_span in code_spans(document, section) {
        found.writes.push(Write { phase, agent, target: code_span, is_guarded });
    }
}

/// Paths in lines that begin with a word for writing. The markup is gone, so a path is what looks like one.
fn code_spans(document: &Document, section: &Section) -> Vec<Cited<String>> {
    let verbs = ["write", "create", "update", "edit", "modify", "overwrite", "save", "generate", "rewrite"];
    let mut found = Vec::new();
    for line in &section.lines {
        let lower = line.text.to_lowercase();
        let first = lower.split_whitespace().next().unwrap_or("");
        if !verbs.contains(&first) {
            continue;
        }
        for word in line.text.split_whitespace() {
            let word =
                word.trim_matches(|c: char| matches!(c, ',' | ';' | '.' | ')' | '(' | '"' | '\'' | ':'));
            let is_file = word.rsplit_once('.').is_some_and(|(stem, end)| {
                !stem.is_empty()
                    && (2..=5).contains(&end.len())
                    && end.chars().all(|c| c.is_ascii_lowercase())
            });
            // Without a file name at its end `and/or` would be one.
            if is_file && word.is_ascii() && !word.contains(['<', '[', '*', '{', '@']) {
                found.push(Cited::new(word.to_owned(), document.place(line.span)));
            }
        }
    }
    found
}
