//! What really enforces the gate: settings of a forge as values, and from them what is closed, open, or beyond telling.
//!
//! [`examine`] reads, [`diagnose`] judges and asks nobody. What a plan or a token does not say is
//! [`Level::Unknown`] and never closed. Nothing here changes a setting: a fix is a command for somebody who may.

mod gate_jobs;
mod gates;
pub(crate) mod github;
mod github_rules;
pub(crate) mod gitlab;
pub(crate) mod workflow;

#[cfg(test)]
mod github_tests;
#[cfg(test)]
mod gitlab_tests;

use super::api::ForgeError;
use super::gate::Line;
use super::github::Github;
use super::gitlab::Gitlab;
use crate::base::text;
use crate::context::{Forge, PipelineContext};
use crate::host::Host;
use serde::Serialize;

pub use github::GithubFacts;
pub use gitlab::GitlabFacts;

/// Characters of a finding: a file may name a thousand actions.
const MAX_WORDS: usize = 1_000;

/// What was read, or why it could not be.
pub type Asked<T> = Result<T, String>;

/// The settings of one branch of one repository.
#[derive(Clone, Debug)]
pub struct Protection {
    /// `owner/name` or `group/project`.
    pub repository: String,
    /// The branch that is to be protected.
    pub branch: String,
    /// What the forge says.
    pub facts: Facts,
}

/// What a forge says.
#[derive(Clone, Debug)]
pub enum Facts {
    /// GitHub.
    Github(Box<GithubFacts>),
    /// GitLab.
    Gitlab(Box<GitlabFacts>),
}

/// Whether a way around the gate is closed. The order is that of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Somebody can get through, or the gate cannot do its work.
    Open,
    /// The plan or the token does not say.
    Unknown,
    /// Nobody gets through here.
    Closed,
}

impl Level {
    /// In a word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Unknown => "unknown",
            Self::Closed => "closed",
        }
    }
}

/// Who could get through. The one who needs least comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// Anybody who can open a change from a fork.
    ForkAuthor,
    /// Somebody who may push branches: write on GitHub, Developer on GitLab.
    Writer,
    /// Maintain on GitHub, Maintainer on GitLab.
    Maintainer,
    /// Admin on GitHub, Owner on GitLab.
    Admin,
    /// Whoever publishes an action or an image that the gate uses.
    Publisher,
}

impl Who {
    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ForkAuthor => "the author of a fork",
            Self::Writer => "a writer",
            Self::Maintainer => "a maintainer",
            Self::Admin => "an admin",
            Self::Publisher => "whoever publishes what the gate uses",
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// Its name in `docs/doctor.md`.
    pub id: &'static str,
    /// Whether it is closed.
    pub level: Level,
    /// What is so, in words.
    pub what: String,
    /// Who could get through; `None` when nobody gets through, but the gate cannot do its work.
    pub who: Option<Who>,
    /// The exact change that closes it, or what to ask again with.
    pub fix: Option<String>,
}

/// Findings as they come.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<Diagnosis>);

impl Findings {
    pub(crate) fn closed(&mut self, id: &'static str, what: impl Into<String>) {
        self.push(id, Level::Closed, None, &what.into(), None);
    }

    pub(crate) fn open(
        &mut self,
        id: &'static str,
        who: impl Into<Option<Who>>,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.push(id, Level::Open, who.into(), &what.into(), Some(&fix.into()));
    }

    pub(crate) fn unknown(
        &mut self,
        id: &'static str,
        who: impl Into<Option<Who>>,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.push(id, Level::Unknown, who.into(), &what.into(), Some(&fix.into()));
    }

    /// Names of jobs, actions and environments are anybody's text: nothing in them hides, and they end.
    fn push(&mut self, id: &'static str, level: Level, who: Option<Who>, what: &str, fix: Option<&str>) {
        let what = text::truncate_end(&text::visible(what), MAX_WORDS);
        self.0.push(Diagnosis { id, level, what, who, fix: fix.map(text::visible) });
    }

    fn sorted(mut self) -> Vec<Diagnosis> {
        // Who needs least comes first; what only hinders the gate itself comes last.
        self.0.sort_by(|one, other| {
            let key = |found: &Diagnosis| (found.level, found.who.is_none(), found.who, found.id);
            key(one).cmp(&key(other)).then_with(|| one.what.cmp(&other.what))
        });
        self.0.dedup();
        self.0
    }
}

/// Judges what was read. Sorted: open, unknown, closed, each by who could get through.
pub fn diagnose(protection: &Protection) -> Vec<Diagnosis> {
    let mut findings = Findings::default();
    match &protection.facts {
        Facts::Github(facts) => github::diagnose(protection, facts, &mut findings),
        Facts::Gitlab(facts) => gitlab::diagnose(protection, facts, &mut findings),
    }
    findings.sorted()
}

/// The whole in one word: open when anything is, unknown when something could not be told, closed otherwise.
pub fn overall(found: &[Diagnosis]) -> Level {
    found.iter().map(|one| one.level).min().unwrap_or(Level::Unknown)
}

/// Reads the settings of a branch, that of the context's repository by default. Needs a running tokio runtime.
///
/// # Errors
/// When not even the repository and the branch can be read. What else cannot be read is in the answer.
pub async fn examine(
    host: &dyn Host,
    line: &Line<'_>,
    context: &PipelineContext,
    branch: Option<&str>,
) -> Result<Protection, String> {
    match context.forge {
        Forge::Github => Github::new(host, &line.0, context)?.protection(branch).await,
        Forge::Gitlab => Gitlab::new(host, &line.0, context)?.protection(branch).await,
        Forge::Local => return Err("it is not known which forge to ask".to_owned()),
    }
    .map_err(|error| error.to_string())
}

/// The reason why something could not be read, for a finding.
pub(crate) fn reason(error: &ForgeError) -> String {
    match error {
        ForgeError::Denied { status, message, .. } => format!("HTTP {status}: {message}"),
        ForgeError::Gone { .. } => "HTTP 404: it is not there, or the token may not see it".to_owned(),
        other => other.to_string(),
    }
}

/// One word for a POSIX shell, whatever is in it: names of branches come from the forge.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn open_outweighs_unknown_and_nothing_is_no_pass() {
        let mut findings = Findings::default();
        findings.closed("a", "fine");
        assert_eq!(overall(&findings.0), Level::Closed);
        findings.unknown("b", Who::Admin, "dark", "look");
        assert_eq!(overall(&findings.0), Level::Unknown);
        findings.open("c", None, "pending", "do");
        findings.open("d", Who::Writer, "hole", "do");
        findings.open("e", Who::ForkAuthor, "hole", "do");
        assert_eq!(overall(&findings.0), Level::Open);
        let order: Vec<&str> = findings.sorted().iter().map(|found| found.id).collect();
        assert_eq!(order, ["e", "d", "c", "b", "a"]);
        assert_eq!(overall(&[]), Level::Unknown);
    }

    #[test]
    fn what_a_file_says_neither_hides_nor_goes_on_for_ever() {
        let mut findings = Findings::default();
        findings.open("a", Who::Writer, format!("job \u{202e}{}", "x".repeat(5_000)), "y\u{1b}[2J");
        let found = &findings.sorted()[0];
        assert!(found.what.starts_with("job \\u{202e}x") && found.what.chars().count() == MAX_WORDS);
        assert_eq!(found.fix.as_deref(), Some("y\\u{1b}[2J"));
    }

    /// The page has one table for each forge, and each row begins with the name of a finding.
    #[test]
    fn the_page_names_every_finding_and_no_other() {
        let page = include_str!("../../../docs/doctor.md");
        let (_, rest) = page.split_once("\n## GitHub\n").unwrap();
        let (github, rest) = rest.split_once("\n## GitLab\n").unwrap();
        let (gitlab, _) = rest.split_once("\n## ").unwrap();
        for (text, ids) in [(github, github_tests::ids()), (gitlab, gitlab_tests::ids())] {
            let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
            assert_eq!(rows.map(|(id, _)| id).collect::<BTreeSet<&str>>(), ids);
        }
    }

    #[test]
    fn words_for_a_shell_stay_one_word() {
        assert_eq!(quoted("main"), "'main'");
        assert_eq!(quoted("a'; rm -rf ~ #"), "'a'\\''; rm -rf ~ #'");
    }
}
