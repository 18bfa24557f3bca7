//! Verdicts: what each reader does with a file, and why: it loads, loads changed, is cut, skipped or rejected.
//!
//! [`of_file`] says what follows from the file itself, so its result can be kept with the file. What follows from the
//! files around it (a chain that is cut, a file that another hides) is added by [`with_chain`]. A reader that is not
//! named for a file loads it as it stands. Where a vendor is silent the outcome is [`Outcome::Unknown`].

mod chain;
mod elsewhere;
mod entry;
mod mcp;
mod pyyaml;
mod settings;
mod skill;
mod skill_claude;
mod skill_spec;
mod sub_agent;

pub use chain::with_chain;
pub use entry::RESERVED;
pub use mcp::client as client_of_servers;
pub use skill_claude::is_switch;
pub use sub_agent::COLORS;

use super::kind::Kind;
use super::loads::readers::readers;
use super::view::FileView;
use crate::base::{Client, RepoPath, Span};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Whoever takes a file in: a client, or one of the two gates that skills pass on their way to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Reader {
    /// A client that works in the repository.
    Client(Client),
    /// An upload of a skill to the Claude API or claude.ai.
    ClaudeApi,
    /// The reference validator of agentskills.io.
    AgentSkills,
}

impl Reader {
    /// The name used in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client(client) => client.name(),
            Self::ClaudeApi => "claude-api",
            Self::AgentSkills => "agentskills",
        }
    }

    /// The name used in prose.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Client(client) => client.title(),
            Self::ClaudeApi => "the Claude API",
            Self::AgentSkills => "the reference validator of agentskills.io",
        }
    }
}

/// What a reader does with a file. Later ones are graver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is read as it stands.
    Loads,
    /// It is read, but something that stands in it is dropped or read otherwise.
    LoadsWithChanges,
    /// The beginning is read.
    Truncated,
    /// Nobody says what happens.
    Unknown,
    /// It is left out, and no error ends anything.
    Skipped,
    /// It is refused with an error.
    Rejected,
}

impl Outcome {
    /// The name used in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Loads => "loads",
            Self::LoadsWithChanges => "loads-with-changes",
            Self::Truncated => "truncated",
            Self::Unknown => "unknown",
            Self::Skipped => "skipped",
            Self::Rejected => "rejected",
        }
    }

    /// As a verb with its object.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Loads => "loads it",
            Self::LoadsWithChanges => "loads it changed",
            Self::Truncated => "cuts it",
            Self::Unknown => "may or may not load it",
            Self::Skipped => "skips it",
            Self::Rejected => "rejects it",
        }
    }

    /// True when nothing of the file is read.
    pub const fn is_lost(self) -> bool {
        matches!(self, Self::Skipped | Self::Rejected)
    }
}

/// One reason why a reader does not load a file as it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ruling {
    /// Who.
    pub reader: Reader,
    /// What it does.
    pub outcome: Outcome,
    /// The part of the file it is about: a key, `header`, `file`, or `server` for an entry of a list of servers.
    pub about: Cow<'static, str>,
    /// Why, as a half sentence after "because".
    pub why: String,
    /// Where, when it is a place in the file.
    pub span: Option<Span>,
    /// Who says so.
    pub source: Cow<'static, str>,
    /// What to write instead, when that is known.
    pub help: Option<String>,
}

/// Collects rulings.
struct Bench {
    found: Vec<Ruling>,
}

impl Bench {
    fn say(
        &mut self,
        (reader, outcome): (Reader, Outcome),
        about: impl Into<Cow<'static, str>>,
        why: impl Into<String>,
        span: Option<Span>,
        source: &'static str,
    ) {
        let about = about.into();
        self.found.push(Ruling {
            reader,
            outcome,
            about,
            why: why.into(),
            span,
            source: source.into(),
            help: None,
        });
    }

    /// Says what to write instead of what the last ruling is about.
    fn advise(&mut self, help: impl Into<String>) {
        if let Some(last) = self.found.last_mut() {
            last.help = Some(help.into());
        }
    }
}

/// Rulings on one file; more say nothing new.
const MAX_OF_FILE: usize = 200;

/// What follows from the file itself. Skills are judged by every reader of skills, wherever they lie: the same folder
/// is copied, linked and uploaded.
pub fn of_file(view: &FileView<'_>) -> Vec<Ruling> {
    let mut bench = Bench { found: Vec::new() };
    match view.kind {
        Kind::Skill if view.path.name() == "SKILL.md" => {
            skill::judge(view, &mut bench);
            skill_spec::judge(view, &mut bench);
            skill::unknown_elsewhere(&mut bench);
        }
        Kind::SubAgent => sub_agent::judge(view, &mut bench),
        Kind::Mcp => mcp::judge(view, &mut bench),
        Kind::Settings | Kind::Hooks => settings::judge(view, &mut bench),
        _ => {}
    }
    let mut found = bench.found;
    for ruling in &mut found {
        // What is missing would stand at the top.
        ruling.span.get_or_insert(Span::at(1, 1));
    }
    found.sort();
    found.dedup();
    // The gravest are kept, since they are the verdict.
    found.sort_by_key(|ruling| std::cmp::Reverse(ruling.outcome));
    found.truncate(MAX_OF_FILE);
    found.sort();
    found
}

/// What follows from a file whose bytes are no UTF-8, for a file that has readers at all.
pub fn of_unreadable(path: &RepoPath, kind: Kind) -> Vec<Ruling> {
    let mut bench = Bench { found: Vec::new() };
    for reader in readers_of(path, kind) {
        let why = "its bytes are no UTF-8";
        // Read in the sources of the three: each opens the file as UTF-8.
        let (outcome, why) = match reader {
            Reader::ClaudeApi | Reader::AgentSkills => (Outcome::Rejected, why.to_owned()),
            Reader::Client(Client::Codex) => (Outcome::Skipped, why.to_owned()),
            Reader::Client(_) => {
                (Outcome::Unknown, format!("{why}, and what it makes of them is not documented"))
            }
        };
        bench.say(
            (reader, outcome),
            "file",
            why,
            None,
            "https://docs.rs/std/latest/std/fs/fn.read_to_string.html",
        );
    }
    bench.found
}

/// The readers a file has: the clients that look where it lies, and for skills the two gates.
pub fn readers_of(path: &RepoPath, kind: Kind) -> Vec<Reader> {
    let mut found: Vec<Reader> = readers(path, kind).iter().map(|client| Reader::Client(*client)).collect();
    if kind == Kind::Skill {
        found.extend([Reader::ClaudeApi, Reader::AgentSkills]);
    }
    found
}

/// The gravest outcome of a reader, with its reasons; [`Outcome::Loads`] when there are none.
pub fn of_reader(rulings: &[Ruling], reader: Reader) -> (Outcome, Vec<&Ruling>) {
    let mut own: Vec<&Ruling> = rulings.iter().filter(|ruling| ruling.reader == reader).collect();
    own.sort_by_key(|ruling| std::cmp::Reverse(ruling.outcome));
    (own.first().map_or(Outcome::Loads, |first| first.outcome), own)
}

/// "Claude Code loads it; the Claude API and Codex reject it: `foo` is no key": one sentence about one part of a file,
/// or `None` when every reader agrees. A reader that does worse with another part is left out: it would be said to
/// load what it refuses.
pub fn sentence(rulings: &[Ruling], among: &[Reader], about: &[&str]) -> Option<String> {
    let mut groups: BTreeMap<(Outcome, &str), Vec<&'static str>> = BTreeMap::new();
    let mut seen: Vec<Outcome> = Vec::new();
    for reader in among {
        let mut own: Vec<&Ruling> = rulings
            .iter()
            .filter(|ruling| ruling.reader == *reader && about.contains(&&*ruling.about))
            .collect();
        own.sort_by_key(|ruling| std::cmp::Reverse(ruling.outcome));
        let (outcome, why) =
            own.first().map_or((Outcome::Loads, ""), |first| (first.outcome, first.why.as_str()));
        if of_reader(rulings, *reader).0 > outcome {
            continue;
        }
        seen.push(outcome);
        groups.entry((outcome, why)).or_default().push(reader.title());
    }
    if seen.iter().all(|outcome| *outcome == Outcome::Loads) {
        return None;
    }
    let parts: Vec<String> = groups
        .into_iter()
        .map(|((outcome, why), who)| {
            let verb = if who.len() > 1 { plural(outcome) } else { outcome.verb() };
            let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
            format!("{} {verb}{why}", listed(&who))
        })
        .collect();
    let mut text = parts.join("; ");
    if text.starts_with("the ") {
        text.replace_range(..1, "T");
    }
    Some(text)
}

const fn plural(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Loads => "load it",
        Outcome::LoadsWithChanges => "load it changed",
        Outcome::Truncated => "cut it",
        Outcome::Unknown => "may or may not load it",
        Outcome::Skipped => "skip it",
        Outcome::Rejected => "reject it",
    }
}

/// `a`, `a and b`, `a, b and c`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// Text of a file, shortened and made visible, for a reason.
fn shown(text: &str) -> String {
    crate::base::text::visible(&crate::base::text::truncate_end(text, 60))
}

#[cfg(test)]
mod tests;
