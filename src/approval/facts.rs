//! What is true now: the facts a decision rests on. All of them were just fetched from the forge or just computed.

use crate::config::approval::{Role, lower};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An account, as the forge authenticated it. Two are the same when their ids are.
#[derive(Clone, Debug)]
pub struct Person {
    /// The forge's number of the account. It never changes and is never given twice.
    pub id: u64,
    /// The login name, which can change.
    pub login: String,
    /// What kind of account it is.
    pub kind: PersonKind,
}

impl PartialEq for Person {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Person {}

/// The kind of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonKind {
    /// A human being, as far as the forge knows. Only these may sign.
    Human,
    /// A bot, an app, a service account.
    Bot,
    /// The forge does not say.
    Unknown,
}

/// What the forge says about somebody's rights at the time of the decision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// The role in the repository; `None` when it was not asked for.
    pub role: Option<Role>,
    /// Membership of teams and groups, by the names in [`super::who_to_ask`].
    pub teams: BTreeMap<String, Membership>,
    /// Why the forge could not be asked. Whoever it is about is refused with this reason.
    pub fault: Option<String>,
}

/// Whether somebody is a member of a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Membership {
    /// A member.
    Active,
    /// Invited, and not a member yet.
    Pending,
    /// No member.
    No,
    /// The forge did not say, with the reason.
    Unknown(String),
}

/// What somebody says something with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Carrier {
    /// A comment on the change.
    Comment,
    /// A review of GitHub.
    Review {
        /// What the review says, as it stands now.
        state: ReviewState,
        /// The commit it was made for.
        commit: Option<String>,
    },
    /// An approval of a merge request.
    MergeRequestApproval {
        /// The head commit when it was given, as the caller worked it out from the versions of the merge request;
        /// `None` when that is not known, and then it does not count: such an approval survives pushes.
        commit: Option<String>,
    },
    /// A job that was started by hand in a protected environment.
    ProtectedJob {
        /// The environment.
        environment: String,
        /// The commit of the job's pipeline.
        commit: Option<String>,
    },
}

impl Carrier {
    /// `comment`, `review`, `approval` or `job`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Review { .. } => "review",
            Self::MergeRequestApproval { .. } => "approval",
            Self::ProtectedJob { .. } => "job",
        }
    }
}

/// What a review says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReviewState {
    /// It approves.
    Approved,
    /// It asks for changes.
    ChangesRequested,
    /// It only comments.
    Commented,
    /// It was dismissed.
    Dismissed,
    /// It is not submitted.
    Pending,
}

impl ReviewState {
    /// For people: "this review ...".
    pub const fn words(self) -> &'static str {
        match self {
            Self::Approved => "approves",
            Self::ChangesRequested => "asks for changes",
            Self::Commented => "only comments",
            Self::Dismissed => "was dismissed",
            Self::Pending => "is not submitted",
        }
    }
}

/// Something somebody said about the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it was said with.
    pub carrier: Carrier,
    /// The forge's number of it.
    pub id: u64,
    /// Where to read it.
    pub url: Option<String>,
    /// Who said it; `None` when the account is deleted.
    pub person: Option<Person>,
    /// True when an app wrote it in the person's name.
    pub via_app: bool,
    /// When it was written.
    pub created: Timestamp,
    /// True when it was changed after that.
    pub edited: bool,
    /// What was written.
    pub text: String,
}

/// What a change costs, in dollars.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// A month of head.
    pub total_per_month: Decimal,
    /// A run of head.
    pub total_per_run: Decimal,
    /// A month of head less a month of base; `None` when the cost of base is not known, and then everything counts
    /// as an increase.
    pub increase_per_month: Option<Decimal>,
    /// A run of head less a run of base; `None` as above.
    pub increase_per_run: Option<Decimal>,
    /// The increase of a month in per cent of base. `None` when no percentage says it: from nothing to something, or
    /// from something unknown. With an increase above nothing, every threshold counts as exceeded.
    pub increase_percent: Option<Decimal>,
}

/// A budget that is broken, and worse than in base.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exceeded {
    /// What is limited: "cost per month of support".
    pub what: String,
    /// Where the budget is written.
    pub place: String,
    /// Who owns it.
    pub owner: Option<String>,
    /// What is used and what is allowed, for people: "$4,120 of $4,000".
    pub amount: String,
}

/// Somebody whose work is in the change: author, committer or co-author of a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contributor {
    /// The account, when the forge knows it.
    pub id: Option<u64>,
    /// The login name, when it is known.
    pub login: Option<String>,
    /// The e-mail address in the commit.
    pub email: Option<String>,
    /// What it did: "author of 4f1c9a2b77de", for people.
    pub part: String,
}

impl Contributor {
    /// True when this is that person. An address that forges give to accounts names its account:
    /// `17+ana@users.noreply.github.com`, `17-ana@users.noreply.gitlab.com`.
    pub fn is(&self, person: &Person) -> bool {
        let login = lower(&person.login);
        let (mail_id, mail_login) = self.address();
        self.id.or(mail_id) == Some(person.id)
            || mail_id == Some(person.id)
            || self.login.as_deref().is_some_and(|own| lower(own) == login)
            || mail_login.is_some_and(|own| own == login)
    }

    /// True when it can be told whose account this is.
    pub fn is_known(&self) -> bool {
        let (mail_id, mail_login) = self.address();
        self.id.is_some() || self.login.is_some() || mail_id.is_some() || mail_login.is_some()
    }

    fn address(&self) -> (Option<u64>, Option<String>) {
        let Some((local, domain)) = self.email.as_deref().and_then(|email| email.rsplit_once('@')) else {
            return (None, None);
        };
        if !domain.to_ascii_lowercase().starts_with("users.noreply.") {
            return (None, None);
        }
        let numbered = local.split_once(['+', '-']).and_then(|(id, login)| Some((id.parse().ok()?, login)));
        match numbered {
            Some((id, login)) => (Some(id), Some(lower(login))),
            None => (None, Some(lower(local))),
        }
    }
}

/// A commit that was the head earlier, as the caller computed it anew. Never read from a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierApproval {
    /// The commit.
    pub sha: String,
    /// The digest of everything that was evaluated at it.
    pub digest: String,
    /// The digest of the policy that was in force.
    pub policy_digest: String,
}

/// Everything a decision rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The head commit.
    pub head_sha: String,
    /// Since when the forge has had this commit as the head of the change, by the forge's own clock (never the date in
    /// the commit); `None` when it is not known. A short commit name written before that was written for another
    /// commit: whoever makes the commits can make two that begin alike within seconds.
    pub head_since: Option<Timestamp>,
    /// Digest of everything that was evaluated.
    pub digest: String,
    /// Version of the price table.
    pub price_book: String,
    /// Digest of the policy in force.
    pub policy_digest: String,
    /// The expected cost.
    pub expected: Amounts,
    /// What nine of ten stay below.
    pub p90: Amounts,
    /// What a month of base costs, for the record.
    pub base_total: Option<Decimal>,
    /// True when everything has a price.
    pub complete: bool,
    /// Budgets that are broken and worse than in base.
    pub exceeded: Vec<Exceeded>,
    /// Files of the gate itself that the change touches.
    pub policy_changes: Vec<String>,
    /// Models without a price.
    pub unpriced: Vec<String>,
    /// Why nothing can be decided. With one of these nothing is ever approved.
    pub faults: Vec<String>,
    /// Findings that no signature lifts.
    pub blocked: Vec<String>,
    /// Who opened the change.
    pub author: Option<Person>,
    /// Whose work is in it.
    pub contributors: Vec<Contributor>,
    /// Who pushed last.
    pub last_pusher: Option<Person>,
    /// False when not every commit could be read; then nobody can be told apart from a contributor.
    pub contributors_complete: bool,
    /// What was said about the change.
    pub statements: Vec<Statement>,
    /// The rights of those who said it, by the number of the account.
    pub rights: BTreeMap<u64, Rights>,
    /// The time.
    pub now: Timestamp,
    /// Commits that were the head earlier.
    pub earlier: Vec<EarlierApproval>,
}

/// How a decision ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing asks for a signature.
    NothingToSign,
    /// Signatures are missing.
    NeedsApproval,
    /// Everything that was asked for is signed.
    Approved,
    /// Somebody who may lets it pass in an emergency.
    ApprovedInEmergency,
    /// A finding blocks it that no signature lifts.
    Blocked,
    /// It cannot be told; never a pass.
    Undecidable,
}

impl Outcome {
    /// True when the change may pass.
    pub const fn passes(self) -> bool {
        matches!(self, Self::NothingToSign | Self::Approved | Self::ApprovedInEmergency)
    }

    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NothingToSign => "nothing to sign",
            Self::NeedsApproval => "needs approval",
            Self::Approved => "approved",
            Self::ApprovedInEmergency => "approved in an emergency",
            Self::Blocked => "blocked",
            Self::Undecidable => "cannot be decided",
        }
    }
}
