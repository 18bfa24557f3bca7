//! One statement: whether it can be a signature at all, and whether it is one for an ask.

use super::asks::Ask;
use super::command::{self, Command, Said};
use super::facts::{Carrier, Facts, Membership, Person, PersonKind, ReviewState, Rights, Statement};
use super::reason::Reason;
use crate::config::approval::{Signers, lower};
use jiff::SignedDuration;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// How far the clocks of the forge and of this machine may differ.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// How long an emergency holds.
const EMERGENCY: SignedDuration = SignedDuration::from_hours(24);

/// What a statement signs.
#[derive(Clone, Debug)]
pub(super) struct Signature {
    /// The amount; `None` where none is named.
    pub(super) amount: Option<Decimal>,
    /// The commit as written, and as the forge bound it to the statement.
    pub(super) written: Option<String>,
    pub(super) bound: Option<String>,
    /// Why, for an emergency.
    pub(super) emergency: Option<String>,
    /// True for a review.
    pub(super) review: bool,
}

/// What a statement is, as far as the statement itself says.
#[derive(Clone, Debug)]
pub(super) enum Meaning {
    /// Nothing to the gate.
    Nothing,
    /// It takes back.
    Withdrawal(Reason),
    /// It wants to sign and cannot.
    Refused(Reason),
    /// It signs.
    Signs(Signature),
}

/// A statement that was read.
pub(super) struct Read<'a> {
    pub(super) statement: &'a Statement,
    pub(super) meaning: Meaning,
}

/// Reads a statement. Nothing is said yet about who wrote it.
pub(super) fn read(statement: &Statement) -> Read<'_> {
    let meaning = match &statement.carrier {
        Carrier::Comment => comment(&command::read(&statement.text, false)),
        Carrier::Review { state, commit } => {
            review(&command::read(&statement.text, true), *state, commit.as_deref())
        }
        Carrier::MergeRequestApproval { commit } | Carrier::ProtectedJob { commit, .. } => {
            Meaning::Signs(Signature {
                amount: None,
                written: None,
                bound: commit.clone(),
                emergency: None,
                review: false,
            })
        }
    };
    Read { statement, meaning }
}

fn comment(said: &Said) -> Meaning {
    if said.revokes() {
        return Meaning::Withdrawal(Reason::Revokes);
    }
    match refused(said) {
        Some(reason) => Meaning::Refused(reason),
        None => said.signatures().next().map_or(Meaning::Nothing, |command| signs(command, None, false)),
    }
}

fn review(said: &Said, state: ReviewState, commit: Option<&str>) -> Meaning {
    if said.revokes() {
        return Meaning::Withdrawal(Reason::Revokes);
    }
    match state {
        ReviewState::Dismissed => return Meaning::Withdrawal(Reason::Dismissed),
        ReviewState::ChangesRequested => return Meaning::Withdrawal(Reason::ChangesRequested),
        ReviewState::Approved | ReviewState::Commented | ReviewState::Pending => {}
    }
    if let Some(reason) = refused(said) {
        return Meaning::Refused(reason);
    }
    match (said.signatures().next(), state) {
        (Some(Command::Emergency { .. }), _) => Meaning::Refused(Reason::EmergencyInReview),
        (Some(command), ReviewState::Approved) => signs(command, commit, true),
        (Some(_), state) => Meaning::Refused(Reason::NotApproving(state)),
        (None, ReviewState::Approved) => Meaning::Signs(Signature {
            amount: None,
            written: None,
            bound: commit.map(str::to_owned),
            emergency: None,
            review: true,
        }),
        (None, _) => Meaning::Nothing,
    }
}

/// What is wrong with a text, before it is asked what it signs. One wrong line spoils the text: what else it says
/// could be meant differently too.
fn refused(said: &Said) -> Option<Reason> {
    if said.too_long {
        return Some(Reason::TooLong);
    }
    if let Some(fault) = said.faults.first() {
        return Some(Reason::Malformed(fault.clone()));
    }
    if said.signatures().nth(1).is_some() {
        return Some(Reason::Ambiguous);
    }
    said.inside.filter(|_| said.commands.is_empty()).map(Reason::Quoted)
}

fn signs(command: &Command, bound: Option<&str>, review: bool) -> Meaning {
    let (amount, written, emergency) = match command {
        Command::Approve { amount, sha } => (*amount, sha.clone(), None),
        Command::Emergency { amount, sha, reason } => (*amount, Some(sha.clone()), Some(reason.clone())),
        Command::Revoke | Command::Status | Command::Explain => return Meaning::Nothing,
    };
    let bound = bound.map(str::to_owned);
    Meaning::Signs(Signature { amount: Some(amount), written, bound, emergency, review })
}

/// What each account has taken back.
#[derive(Default)]
pub(super) struct TakenBack<'a> {
    revoked: BTreeMap<u64, Vec<&'a Statement>>,
    reviews: BTreeMap<u64, Vec<&'a Statement>>,
}

impl<'a> TakenBack<'a> {
    pub(super) fn of(read: &[Read<'a>]) -> Self {
        let mut found = Self::default();
        for Read { statement, meaning } in read {
            let (Meaning::Withdrawal(reason), Some(person)) = (meaning, &statement.person) else { continue };
            let list = if *reason == Reason::Revokes { &mut found.revoked } else { &mut found.reviews };
            list.entry(person.id).or_default().push(statement);
            // A review that asks for changes, or was dismissed, and revokes as well does both.
            let state = match &statement.carrier {
                Carrier::Review { state, .. } => Some(*state),
                _ => None,
            };
            if *reason == Reason::Revokes
                && matches!(state, Some(ReviewState::Dismissed | ReviewState::ChangesRequested))
            {
                found.reviews.entry(person.id).or_default().push(statement);
            }
        }
        // One account cannot make this slow: of each kind, only the latest and the edited ones matter.
        for list in found.revoked.values_mut().chain(found.reviews.values_mut()) {
            let edited =
                list.iter().filter(|statement| statement.edited).min_by_key(|s| (s.created, s.id)).copied();
            let latest = list.iter().max_by_key(|s| (s.created, s.id)).copied();
            *list = edited.into_iter().chain(latest).collect();
        }
        found
    }

    /// Why a signature does not hold any more. At the same time, taking back wins.
    fn reason(&self, person: &Person, statement: &Statement) -> Option<Reason> {
        let revoked = self.revoked.get(&person.id).into_iter().flatten();
        for by in revoked {
            if by.edited || by.created >= statement.created {
                return Some(Reason::Revoked { by: by.id, edited: by.edited });
            }
        }
        if matches!(statement.carrier, Carrier::Review { .. }) {
            let reviews = self.reviews.get(&person.id).into_iter().flatten();
            for by in reviews {
                if by.created >= statement.created {
                    return Some(Reason::ReviewTakenBack(by.id));
                }
            }
        }
        None
    }
}

/// Whether a person may sign for this change at all, whatever it is that asks.
pub(super) fn may_sign<'a>(
    facts: &Facts,
    statement: &'a Statement,
    taken_back: &TakenBack<'_>,
) -> Result<&'a Person, Reason> {
    let Some(person) = &statement.person else { return Err(Reason::DeletedAccount) };
    if person.kind != PersonKind::Human {
        return Err(Reason::NotHuman);
    }
    if statement.via_app {
        return Err(Reason::ViaApp);
    }
    if statement.edited {
        return Err(Reason::Edited);
    }
    let latest = facts.now.checked_add(SKEW).unwrap_or(facts.now);
    if statement.created > latest {
        return Err(Reason::FromFuture(statement.created));
    }
    if facts.author.as_ref() == Some(person) {
        return Err(Reason::Author);
    }
    if let Some(contributor) = facts.contributors.iter().find(|contributor| contributor.is(person)) {
        return Err(Reason::Contributor(contributor.part.clone()));
    }
    if facts.last_pusher.as_ref() == Some(person) {
        return Err(Reason::LastPusher);
    }
    taken_back.reason(person, statement).map_or(Ok(person), Err)
}

/// Whether a signature of somebody who may sign at all is one for this ask. `Err` has the reason, and how far it
/// came: of several asks, the reason of the one that was nearest is what its writer needs to read.
pub(super) fn signs_for(
    ask: &Ask,
    facts: &Facts,
    needed: Decimal,
    (person, statement, signature): (&Person, &Statement, &Signature),
) -> Result<(), (u8, Reason)> {
    fits(ask, facts, needed, (statement, signature))?;
    has_right(&ask.by, facts.rights.get(&person.id), person).map_err(|reason| (3, reason))
}

/// Whether a signature is one for this ask, if its writer has the right.
pub(super) fn fits(
    ask: &Ask,
    facts: &Facts,
    needed: Decimal,
    (statement, signature): (&Statement, &Signature),
) -> Result<(), (u8, Reason)> {
    commit(ask.keep_when_unchanged, facts, statement, signature).map_err(|reason| (0, reason))?;
    match signature.amount {
        Some(signed) if signed < needed => return Err((1, Reason::AmountTooSmall { signed, needed })),
        None if ask.amount_needed => return Err((1, Reason::NoAmount { review: signature.review })),
        _ => {}
    }
    if facts.now.duration_since(statement.created) > ask.valid_for {
        return Err((2, Reason::Expired { created: statement.created, valid_for: ask.valid_for }));
    }
    Ok(())
}

/// Whether an emergency holds, if its writer has the right. It is never kept over a push.
pub(super) fn emergency_fits(
    facts: &Facts,
    needed: Decimal,
    (statement, signature): (&Statement, &Signature),
) -> Result<(), Reason> {
    commit(false, facts, statement, signature)?;
    if let Some(signed) = signature.amount.filter(|signed| *signed < needed) {
        return Err(Reason::AmountTooSmall { signed, needed });
    }
    let created = statement.created;
    if facts.now.duration_since(created) > EMERGENCY {
        return Err(Reason::Expired { created, valid_for: EMERGENCY });
    }
    Ok(())
}

/// Whether somebody holds a right now. What the forge did not say is no right.
pub(super) fn has_right(by: &Signers, rights: Option<&Rights>, person: &Person) -> Result<(), Reason> {
    let unknown = |why: &str| Err(Reason::RightsUnknown(why.to_owned()));
    let Some(rights) = rights else { return unknown("the forge was not asked") };
    if let Some(fault) = &rights.fault {
        return unknown(fault);
    }
    let named = by.users.contains(&lower(&person.login));
    if named && by.users_need.is_none_or(|least| rights.role.is_some_and(|role| role >= least)) {
        return Ok(());
    }
    if by.role.is_some_and(|least| rights.role.is_some_and(|role| role >= least)) {
        return Ok(());
    }
    let mut open = None;
    for team in &by.teams {
        match rights.teams.get(team) {
            Some(Membership::Active) => return Ok(()),
            Some(Membership::Pending | Membership::No) => {}
            Some(Membership::Unknown(why)) => open = Some(why.clone()),
            None => open = Some(format!("whether the account is in {team} was not asked")),
        }
    }
    if rights.role.is_none() && (by.role.is_some() || (named && by.users_need.is_some())) {
        open = open.or_else(|| Some("the role in the repository was not asked".to_owned()));
    }
    match open {
        Some(why) => unknown(&why),
        None => Err(Reason::NoRight(by.to_string())),
    }
}

/// Whether a signature is for the head commit, or for an earlier one with which nothing has changed.
fn commit(keep: bool, facts: &Facts, statement: &Statement, signature: &Signature) -> Result<(), Reason> {
    let head = facts.head_sha.as_str();
    let names = [signature.bound.as_deref(), signature.written.as_deref()];
    if names.iter().all(Option::is_none) || (signature.review && signature.bound.is_none()) {
        return Err(Reason::NoCommit);
    }
    let other = names.into_iter().flatten().find(|name| !names_commit(name, head));
    let Some(named) = other else {
        let short =
            signature.bound.is_none() && signature.written.as_ref().is_some_and(|sha| sha.len() < head.len());
        let early = facts.head_since.is_some_and(|since| statement.created < since);
        return if short && early { Err(Reason::BeforeHead) } else { Ok(()) };
    };
    let mut earlier = facts
        .earlier
        .iter()
        .filter(|earlier| names.iter().flatten().all(|name| names_commit(name, &earlier.sha)));
    let (known, same) = match (earlier.next(), earlier.next()) {
        (None, _) => (facts.earlier.iter().any(|earlier| names_commit(named, &earlier.sha)), false),
        // Two commits that begin alike: it is not known which one was meant.
        (Some(_), Some(_)) => (true, false),
        (Some(one), None) => (
            true,
            one.digest == facts.digest && one.policy_digest == facts.policy_digest && !one.digest.is_empty(),
        ),
    };
    let (named, head) = (named.to_owned(), head.to_owned());
    match (keep && same, known || signature.bound.is_some()) {
        (true, _) => Ok(()),
        (false, true) => Err(Reason::OlderHead { named, head }),
        (false, false) => Err(Reason::OtherCommit { named, head }),
    }
}

/// True when this is the commit, or the beginning of its name.
fn names_commit(name: &str, sha: &str) -> bool {
    name.len() >= command::MIN_SHA && sha.starts_with(name)
}
