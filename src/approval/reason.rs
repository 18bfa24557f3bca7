//! Why a statement counts as a signature, or why not.

use super::command::{Fault, MAX_TEXT, dollars};
use super::facts::ReviewState;
use crate::base::text::{plural, truncate_end, visible};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

/// Why a statement counts as a signature, or why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It counts.
    Counts,
    /// It takes back what its writer signed.
    Revokes,
    /// Nothing asks for a signature.
    NotAsked,
    /// The account does not exist any more.
    DeletedAccount,
    /// A bot, or an account the forge says nothing about.
    NotHuman,
    /// An app wrote it in the person's name.
    ViaApp,
    /// The writer opened the change.
    Author,
    /// The writer's work is in the change: how.
    Contributor(String),
    /// The writer pushed last.
    LastPusher,
    /// The writer may not sign: who may.
    NoRight(String),
    /// Whether the writer may sign could not be found out: why.
    RightsUnknown(String),
    /// It was changed after it was written.
    Edited,
    /// It is for a commit that was the head earlier: the commit, and what the head is.
    OlderHead {
        /// The commit it names.
        named: String,
        /// The head.
        head: String,
    },
    /// It is for a commit that is not the head.
    OtherCommit {
        /// The commit it names.
        named: String,
        /// The head.
        head: String,
    },
    /// It names the head by a short name, and was written before that commit was the head.
    BeforeHead,
    /// For which commit it was given is not known.
    NoCommit,
    /// The amount does not cover the cost.
    AmountTooSmall {
        /// What was signed.
        signed: Decimal,
        /// What has to be.
        needed: Decimal,
    },
    /// It names no amount: a review without the command, an approval of the forge.
    NoAmount {
        /// True for a review, which can name one.
        review: bool,
    },
    /// The line begins like a command and is none, or is in another currency.
    Malformed(Fault),
    /// More than one signature in one text.
    Ambiguous,
    /// The text is too long to be read.
    TooLong,
    /// The command does not stand in a line of its own: in what it stands.
    Quoted(&'static str),
    /// It is too old.
    Expired {
        /// When it was written.
        created: Timestamp,
        /// How long it held.
        valid_for: SignedDuration,
    },
    /// It was written later than now.
    FromFuture(Timestamp),
    /// The writer took it back: with which statement, and whether that one was edited, which leaves its time open.
    Revoked {
        /// The number of the statement.
        by: u64,
        /// True when that statement was edited.
        edited: bool,
    },
    /// The same person signed the same again: with which statement.
    Superseded(u64),
    /// The review was dismissed.
    Dismissed,
    /// The review asks for changes.
    ChangesRequested,
    /// The same person asked for changes later, or had a later review dismissed: with which review.
    ReviewTakenBack(u64),
    /// The review does not approve.
    NotApproving(ReviewState),
    /// Emergencies are not configured.
    EmergencyOff,
    /// An emergency is said in a comment, not in a review.
    EmergencyInReview,
    /// The change passes without the emergency.
    EmergencyNotNeeded,
}

impl Reason {
    /// True for statements that take signatures back. They are no signatures, and they still matter.
    pub const fn withdraws(&self) -> bool {
        matches!(self, Self::Revokes | Self::Dismissed | Self::ChangesRequested)
    }

    /// For people: what is so, and what to do next. `command` is the line that would be right now.
    pub fn words(&self, command: &str) -> String {
        match self {
            Self::Counts => "It counts.".to_owned(),
            Self::Revokes => "It takes back what its writer signed before.".to_owned(),
            Self::NotAsked => "Nothing asks for a signature.".to_owned(),
            Self::DeletedAccount => "The account does not exist any more. Somebody else has to sign.".to_owned(),
            Self::NotHuman => "It was not written by a human being, as far as the forge says. Bots and apps cannot sign.".to_owned(),
            Self::ViaApp => "An app wrote it in the person's name. Write it on the page of the change instead.".to_owned(),
            Self::Author => "Whoever opened the change cannot sign for it. Ask somebody else.".to_owned(),
            Self::Contributor(part) => format!(
                "The writer's own work is in the change ({}). Ask somebody who did not contribute to it.",
                bounded(part)
            ),
            Self::LastPusher => "Whoever pushed last cannot sign. Ask somebody else.".to_owned(),
            Self::NoRight(who) => format!("The writer may not sign this. It has to be {}.", bounded(who)),
            Self::RightsUnknown(why) => format!(
                "Whether the writer may sign could not be found out: {}. Let the gate decide again; if it stays so, look at the rights of its token.",
                bounded(why)
            ),
            Self::Edited => format!("It was edited, and edited text never counts. Write a new comment: `{command}`"),
            Self::OlderHead { named, head } => format!(
                "It is for the commit {}, and the change has moved on to {}. Look at what is new and write `{command}`",
                short(named),
                short(head)
            ),
            Self::OtherCommit { named, head } => format!(
                "It is for the commit {}, which is not the head of the change; that is {}. Write `{command}`",
                short(named),
                short(head)
            ),
            Self::BeforeHead => format!(
                "It was written before this commit was the head, and two commits can begin alike. Write `{command}`"
            ),
            Self::NoCommit => format!("It is not known for which commit it was given. Write `{command}`"),
            Self::AmountTooSmall { signed, needed } => format!(
                "{} does not cover {}. Write `{command}`",
                dollars(*signed),
                dollars(*needed)
            ),
            Self::NoAmount { review: true } => {
                format!("The review approves and names no amount. Put this line into it, or into a comment: `{command}`")
            }
            Self::NoAmount { review: false } => {
                format!("It names no amount, and this needs one. Write a comment: `{command}`")
            }
            Self::Malformed(fault) => format!("It is no command: {}. Write `{command}`", fault.words()),
            Self::Ambiguous => format!("It signs more than once. Write one line only: `{command}`"),
            Self::TooLong => format!(
                "The text is longer than {} KiB and is not read. Write a comment with nothing but `{command}`",
                MAX_TEXT / 1024
            ),
            Self::Quoted(inside) => {
                format!("The command stands in {inside}. Write it in a paragraph of its own: `{command}`")
            }
            Self::Expired { created, valid_for } => format!(
                "It was written on {} and held for {}. Write it again: `{command}`",
                created.strftime("%Y-%m-%d %H:%M UTC"),
                time(*valid_for)
            ),
            Self::FromFuture(created) => format!(
                "It bears a time that has not come yet ({}). Look at the clock of the machine that decides, and let it decide again.",
                created.strftime("%Y-%m-%d %H:%M UTC")
            ),
            Self::Revoked { by, edited: false } => {
                format!("Its writer took it back (number {by}). To sign again: `{command}`")
            }
            Self::Revoked { by, edited: true } => format!(
                "Its writer took it back (number {by}). That text was edited, so nobody can tell when; delete it and write `{command}`"
            ),
            Self::Superseded(by) => format!("The same person signed again (number {by}); that one counts."),
            Self::Dismissed => format!("The review was dismissed. To sign again: `{command}`"),
            Self::ChangesRequested => "The review asks for changes, so it signs nothing, and takes back earlier reviews of its writer.".to_owned(),
            Self::ReviewTakenBack(by) => format!(
                "A later review of the same person (number {by}) asks for changes or was dismissed. To sign again: `{command}`"
            ),
            Self::NotApproving(state) => {
                format!("The review {}. Approve with it, or write a comment: `{command}`", state.words())
            }
            Self::EmergencyOff => {
                "Nobody may let a change pass in an emergency here: `approvals.emergency` is not set on the target branch.".to_owned()
            }
            Self::EmergencyInReview => "An emergency is said in a comment, not in a review. Write it there.".to_owned(),
            Self::EmergencyNotNeeded => "The change passes without it.".to_owned(),
        }
    }
}

/// `4f1c9a2b77de`.
pub(super) fn short(sha: &str) -> String {
    visible(&sha.chars().take(12).collect::<String>())
}

/// Text of others, short and visible.
pub(super) fn bounded(text: &str) -> String {
    truncate_end(&visible(&truncate_end(text, 300)), 300)
}

/// `14 days`, `36 hours`.
pub(super) fn time(time: SignedDuration) -> String {
    let hours = usize::try_from(time.as_hours()).unwrap_or(0);
    if hours.is_multiple_of(24) { plural(hours / 24, "day", "days") } else { plural(hours, "hour", "hours") }
}
