//! The one comment: which of the comments on a change is ours, and what to do about it. Pure.
//!
//! A comment is ours when its author is the identity of our token **and** its last line is our marker. A
//! marker in somebody else's comment means nothing: anybody who may comment can write one. Nothing is ever
//! read from a comment except the order of the run that wrote it.
//!
//! No lock is needed for two runs that start at the same time: both create, both list again, and the
//! decision, a function of the list alone, leaves the comment with the lowest id, with the later report. One
//! gap of a round trip remains when both update an existing comment: the workflows we ship close it with a
//! `concurrency` group, and the verdict itself, the check, looks again after writing.

use crate::context::RunOrder;

/// Whose token this is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A person or a bot with an id of its own: GitHub with a personal token, GitLab always.
    User {
        /// Numeric id, which survives renames.
        id: u64,
        /// Login, for messages.
        login: String,
    },
    /// A GitHub App, `github-actions[bot]` for the token of a job. Brackets cannot occur in a person's login,
    /// and the account type is compared as well.
    App {
        /// `<slug>[bot]`.
        login: String,
    },
}

impl Identity {
    /// The app's slug; `None` for a user.
    pub fn app_slug(&self) -> Option<&str> {
        match self {
            Self::User { .. } => None,
            Self::App { login } => Some(login.strip_suffix("[bot]").unwrap_or(login)),
        }
    }

    /// The login, for messages and lists.
    pub fn login(&self) -> &str {
        match self {
            Self::User { login, .. } | Self::App { login } => login,
        }
    }

    fn wrote(&self, comment: &Comment) -> bool {
        comment.author.as_ref().is_some_and(|author| self.is(author.id, &author.login, author.bot))
    }

    /// True for our own account.
    pub(crate) fn is(&self, other: u64, name: &str, bot: bool) -> bool {
        match self {
            Self::User { id, .. } => other == *id,
            Self::App { login } => bot && name == login,
        }
    }
}

/// Who wrote a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// Numeric id.
    pub id: u64,
    /// Login.
    pub login: String,
    /// True for apps.
    pub bot: bool,
}

/// A comment on a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Grows with time.
    pub id: u64,
    /// Untrusted text.
    pub body: String,
    /// `None` when the account was deleted.
    pub author: Option<Author>,
    /// Web page.
    pub url: Option<String>,
}

/// The last line of our comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    key: String,
    sha: String,
    run: RunOrder,
}

const PREFIX: &str = "<!-- weighbridge:v1 key=";

/// The text of a listed comment, as far as it matters here: without a marker it is not ours, and five thousand long
/// ones are not kept.
pub(crate) fn kept(body: Option<String>) -> String {
    body.filter(|body| body.contains(PREFIX)).unwrap_or_default()
}
const SUFFIX: &str = " -->";

impl Marker {
    /// A marker; characters that a key or a sha may not have become `-`, so that no value can end the line.
    pub fn new(key: &str, sha: &str, run: RunOrder) -> Self {
        let clean = |text: &str| -> String {
            let clean: String = text.chars().take(64).map(|c| if is_word(c) { c } else { '-' }).collect();
            if clean.is_empty() { "-".to_owned() } else { clean }
        };
        Self { key: clean(key), sha: clean(sha), run }
    }

    /// Separates the comments of several gates on one change.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The run that wrote the comment.
    pub const fn run(&self) -> RunOrder {
        self.run
    }

    /// The line, without a line break.
    pub fn line(&self) -> String {
        format!("{PREFIX}{} sha={} run={}.{}{SUFFIX}", self.key, self.sha, self.run.run, self.run.attempt)
    }

    /// Reads the marker of a comment: the last line, whole, exactly as [`Marker::line`] writes it.
    pub fn of(body: &str) -> Option<Self> {
        let line = body.trim_end().lines().next_back()?;
        let rest = line.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
        let (key, rest) = rest.split_once(" sha=")?;
        let (sha, rest) = rest.split_once(" run=")?;
        let (run, attempt) = rest.split_once('.')?;
        let run = RunOrder { run: run.parse().ok()?, attempt: attempt.parse().ok()? };
        let marker = Self { key: key.to_owned(), sha: sha.to_owned(), run };
        // Written back, it must be the same line: no signs, no leading zeros, no odd characters.
        (Self::new(key, sha, run) == marker && marker.line() == line).then_some(marker)
    }
}

const fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '/' | '-')
}

/// The body as it is posted: the text, then the marker as the last line.
pub fn with_marker(text: &str, marker: &Marker) -> String {
    format!("{}\n\n{}\n", text.trim_end(), marker.line())
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What to do with the comment that stays.
    pub action: Action,
    /// Comments of our own to delete afterwards: what two runs at the same time left behind.
    pub delete: Vec<u64>,
}

/// What to do with the comment that stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// There is none of ours.
    Create,
    /// Replace the body of this one.
    Update {
        /// Its id.
        id: u64,
    },
    /// Leave it alone.
    Nothing {
        /// Its id.
        id: u64,
        /// Why.
        why: &'static str,
    },
}

/// Decides what to do so that `body`, whose last line is `marker`, becomes the one comment.
pub fn decide(comments: &[Comment], me: &Identity, marker: &Marker, body: &str) -> Decision {
    let mut own: Vec<(&Comment, Marker)> = comments
        .iter()
        .filter(|comment| me.wrote(comment))
        .filter_map(|comment| Some((comment, Marker::of(&comment.body)?)))
        .filter(|(_, found)| found.key == marker.key)
        .collect();
    own.sort_by_key(|(comment, _)| comment.id);
    own.dedup_by_key(|(comment, _)| comment.id);

    let Some((lowest, _)) = own.first() else {
        return Decision { action: Action::Create, delete: Vec::new() };
    };
    // What is newer than us belongs to a run that is about to look for itself.
    let delete =
        own.iter().skip(1).filter(|(_, found)| found.run <= marker.run).map(|(comment, _)| comment.id);
    let action = if own.iter().any(|(_, found)| found.run > marker.run) {
        Action::Nothing { id: lowest.id, why: "a later run has reported already" }
    } else if same_text(&lowest.body, body) {
        Action::Nothing { id: lowest.id, why: "it says the same already" }
    } else {
        Action::Update { id: lowest.id }
    };
    Decision { action, delete: delete.collect() }
}

/// Our comment for exactly this run, to find out whether a request without an answer has landed.
pub fn landed<'a>(comments: &'a [Comment], me: &Identity, marker: &Marker) -> Option<&'a Comment> {
    comments
        .iter()
        .filter(|comment| me.wrote(comment) && Marker::of(&comment.body).as_ref() == Some(marker))
        .min_by_key(|comment| comment.id)
}

/// Forges change line endings and cut white space at the end.
fn same_text(one: &str, other: &str) -> bool {
    one.trim_end().lines().eq(other.trim_end().lines())
}

#[cfg(test)]
#[path = "sticky_tests.rs"]
mod tests;
