//! Who has signed for what a change costs, decided on what is true now.
//!
//! [`decide`] is a function of two values: the policy of the target branch and the [`Facts`], which the caller has
//! just fetched or computed. It keeps nothing between runs and believes no comment of ours. Whatever is missing,
//! unreadable or unclear makes a change wait; nothing of that kind makes it pass.
//!
//! # What a signature has to be
//! Written by a human account the forge authenticated, who did not open the change, is no author, committer or
//! co-author of a commit in it, and did not push last; who holds the right now; never edited; for the head commit;
//! for an amount that covers the cost; not expired, and not taken back. Each statement is answered with one [`Reason`].
//!
//! # What it takes back
//! `/weighbridge revoke` takes back everything its writer signed until then; at the same time, taking back wins. It
//! does so edited as well: then its time is unknown, and it takes back everything. A dismissed review, or one that
//! asks for changes, takes back the earlier reviews of its writer. What an edit or a deletion removed altogether
//! cannot be seen here: whoever may delete the comments of others can delete a revocation.
//!
//! # Emergencies
//! An emergency lifts missing signatures and findings that block. It does not lift a fault: what cannot be told is
//! not let through by anybody. It holds for one day, for the head commit, for an amount, and its writer is held to
//! everything a signer is held to. Off unless the policy names who may.
//!
//! # Limits
//! Accounts are told apart by number, so two accounts of one human being are two people. A contributor whose address
//! belongs to no account the forge knows cannot be recognised; the decision says so in a note. Policies name people
//! by login, which can be renamed and taken by somebody else; teams are safer.

mod asks;
pub mod command;
mod decide;
mod facts;
mod judge;
mod lines;
mod reason;
pub mod record;

#[cfg(test)]
mod attack_how_tests;
#[cfg(test)]
mod attack_tests;
#[cfg(test)]
mod command_tests;
#[cfg(test)]
mod decide_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod record_tests;

pub use crate::config::approval::{ApprovalPolicy, Role, Signers};
pub use asks::Ask;
pub use decide::{AskState, Candidate, Decision, Emergency, Inquiry, decide, who_to_ask};
pub use facts::{
    Amounts, Carrier, Contributor, EarlierApproval, Exceeded, Facts, Membership, Outcome, Person, PersonKind,
    ReviewState, Rights, Statement,
};
pub use reason::Reason;
pub use record::{Break, Record, verify, verify_up_to};
