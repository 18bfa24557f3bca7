//! From policy and facts to a decision.

use super::asks::{Ask, amount, asks};
use super::command::{Command, MIN_SHA, dollars};
use super::facts::{Carrier, Facts, Outcome, Person, PersonKind};
use super::judge::{
    Meaning, Read, Signature, TakenBack, emergency_fits, fits, has_right, may_sign, read, signs_for,
};
use super::reason::{Reason, bounded, short};
use crate::base::text::{plural, truncate_end, visible};
use crate::config::approval::ApprovalPolicy;
use jiff::Timestamp;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

/// The most the grammar has digits for, in cents.
const MOST: i64 = 99_999_999_999;
/// Characters of a login name that are shown.
const LOGIN: usize = 100;

/// What was decided, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// How it ends.
    pub outcome: Outcome,
    /// What has to be signed, in dollars a month: what head costs, rounded up to the cent.
    pub amount: Decimal,
    /// The head commit.
    pub sha: String,
    /// What asks for a signature, and who has signed.
    pub asks: Vec<AskState>,
    /// Every statement that signs, wants to, or takes back, in the order of time.
    pub candidates: Vec<Candidate>,
    /// The line that signs: `/weighbridge approve $2,100.00 4f1c9a2b77de`. It has the full name of the commit where a
    /// short one could stand for another.
    pub command: String,
    /// The emergency that lets it pass.
    pub emergency: Option<Emergency>,
    /// Findings that no signature lifts.
    pub blocked: Vec<String>,
    /// Why it cannot be decided.
    pub faults: Vec<String>,
    /// What else a reader should know.
    pub notes: Vec<String>,
    /// When it was decided.
    pub time: Timestamp,
}

/// Something that asks, and who has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskState {
    /// What asks.
    pub ask: Ask,
    /// Who has signed, by login name.
    pub signed_by: Vec<String>,
    /// How many signatures are missing.
    pub missing: u32,
}

/// A statement that signs, wants to, or takes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The forge's number of the statement.
    pub id: u64,
    /// Where to read it.
    pub url: Option<String>,
    /// What it was said with.
    pub carrier: Carrier,
    /// Who said it.
    pub person: Option<Person>,
    /// When.
    pub created: Timestamp,
    /// True when it counts as a signature.
    pub accepted: bool,
    /// Why it counts, or why not.
    pub reason: Reason,
    /// For what it counts.
    pub for_asks: Vec<String>,
    /// For what it does not count, and why, where it counts for something else.
    pub not_for: Vec<(String, Reason)>,
    /// The amount it names.
    pub amount: Option<Decimal>,
}

/// The emergency that lets a change pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emergency {
    /// Who said so.
    pub person: Person,
    /// Why.
    pub reason: String,
    /// The number of the comment.
    pub id: u64,
    /// Where to read it.
    pub url: Option<String>,
}

/// Whom and what the forge has to be asked about before [`decide`] can judge rights.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inquiry {
    /// The accounts, by number.
    pub people: Vec<Person>,
    /// The teams and groups, in lower case.
    pub teams: BTreeSet<String>,
}

/// Decides. The same policy and facts give the same decision, in whatever order the statements come.
pub fn decide(policy: &ApprovalPolicy, facts: &Facts) -> Decision {
    let (asks, mut notes) = asks(policy, facts);
    let needed = amount(&asks, facts);
    let wanted = !asks.is_empty() || !facts.blocked.is_empty();
    let faults = faults(facts, wanted);
    notes.extend(remarks(facts, wanted, needed));
    let read = sorted(facts);
    let taken_back = TakenBack::of(&read);
    let mut room =
        Room { policy, facts, asks: &asks, needed, wanted, signed: BTreeMap::new(), emergency: None };
    // From the latest to the first: of two that say the same, the later one counts.
    let mut candidates: Vec<Candidate> =
        read.iter().rev().filter_map(|read| room.candidate(read, &taken_back)).collect();
    candidates.reverse();
    let Room { signed, emergency, .. } = room;
    let asks: Vec<AskState> = asks
        .iter()
        .enumerate()
        .map(|(index, ask)| {
            let people = signed.get(&index);
            let count = people.map_or(0, |people| u32::try_from(people.len()).unwrap_or(u32::MAX));
            let mut signed_by: Vec<String> =
                people.into_iter().flatten().map(|(_, (_, login))| login.clone()).collect();
            signed_by.sort();
            AskState { ask: ask.clone(), signed_by, missing: ask.count.saturating_sub(count) }
        })
        .collect();
    let met = asks.iter().all(|state| state.missing == 0);
    let usual = match (faults.is_empty(), facts.blocked.is_empty(), asks.is_empty(), met) {
        (false, ..) => Outcome::Undecidable,
        (true, false, ..) => Outcome::Blocked,
        (true, true, true, _) => Outcome::NothingToSign,
        (true, true, false, true) => Outcome::Approved,
        (true, true, false, false) => Outcome::NeedsApproval,
    };
    let lifts = matches!(usual, Outcome::NeedsApproval | Outcome::Blocked);
    let (outcome, emergency) = match emergency {
        Some((emergency, _)) if lifts => (Outcome::ApprovedInEmergency, Some(emergency)),
        unused => {
            if let Some((_, at)) = unused.filter(|_| usual.passes()) {
                for candidate in candidates.iter_mut().filter(|candidate| candidate.key() == at) {
                    candidate.accepted = false;
                    candidate.for_asks = Vec::new();
                    candidate.reason = Reason::EmergencyNotNeeded;
                }
            }
            (usual, None)
        }
    };
    Decision {
        outcome,
        amount: needed,
        sha: facts.head_sha.clone(),
        asks,
        candidates,
        command: line(facts, needed),
        emergency,
        blocked: facts.blocked.iter().map(|text| bounded(text)).collect(),
        faults,
        notes,
        time: facts.now,
    }
}

/// Whom and what to ask the forge about: only people with a statement that would count if they had the right. A flood
/// of comments that are wrong in any other way asks for nothing.
pub fn who_to_ask(policy: &ApprovalPolicy, facts: &Facts) -> Inquiry {
    let (asks, _) = asks(policy, facts);
    let needed = amount(&asks, facts);
    let mut found = Inquiry::default();
    if asks.is_empty() && facts.blocked.is_empty() {
        return found;
    }
    let read = sorted(facts);
    let taken_back = TakenBack::of(&read);
    let mut seen = BTreeSet::new();
    for Read { statement, meaning } in &read {
        let (Meaning::Signs(signature), Ok(person)) = (meaning, may_sign(facts, statement, &taken_back))
        else {
            continue;
        };
        let said = (*statement, signature);
        let counts = match signature.emergency {
            Some(_) => policy.emergency.is_some() && emergency_fits(facts, needed, said).is_ok(),
            None => asks.iter().any(|ask| fits(ask, facts, needed, said).is_ok()),
        };
        if counts && seen.insert(person.id) {
            found.people.push(person.clone());
        }
    }
    let signers = asks.iter().map(|ask| &ask.by).chain(&policy.emergency);
    found.teams = signers.flat_map(|by| by.teams.iter().cloned()).collect();
    found
}

/// The statements in the order of time.
fn sorted(facts: &Facts) -> Vec<Read<'_>> {
    let mut statements: Vec<_> = facts.statements.iter().collect();
    statements
        .sort_by(|a, b| (a.created, a.id, &a.carrier, &a.text).cmp(&(b.created, b.id, &b.carrier, &b.text)));
    statements.into_iter().map(read).collect()
}

fn faults(facts: &Facts, wanted: bool) -> Vec<String> {
    let mut found: Vec<String> = facts.faults.iter().map(|fault| bounded(fault)).collect();
    let head = &facts.head_sha;
    if head.len() < MIN_SHA || !head.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        found.push("the head commit of the change is not known.".to_owned());
    }
    if wanted && !facts.contributors_complete {
        found.push(
            "not every commit of the change could be read, so nobody can be told apart from its authors."
                .to_owned(),
        );
    }
    if wanted && facts.author.is_none() {
        found.push(
            "the forge does not say who opened the change, so nobody can be told apart from that person."
                .to_owned(),
        );
    }
    found
}

/// What a reader should know who wants to rely on the decision.
fn remarks(facts: &Facts, wanted: bool, needed: Decimal) -> Vec<String> {
    let mut found = Vec::new();
    if !wanted {
        return found;
    }
    if needed > Decimal::new(MOST, 2) {
        found.push(format!("{} is more than anybody can sign in one line.", dollars(needed)));
    }
    let strangers: BTreeSet<&str> = facts
        .contributors
        .iter()
        .filter(|contributor| !contributor.is_known())
        .map(|contributor| contributor.email.as_deref().unwrap_or("without an address"))
        .collect();
    if let Some(first) = strangers.first() {
        found.push(format!(
            "{} of the change belong to no account the forge knows ({}): whether one of them signed cannot be seen.",
            plural(strangers.len(), "contributor", "contributors"),
            bounded(first)
        ));
    }
    if facts.last_pusher.is_none() {
        found.push("Who pushed last is not known; authors and committers of all commits are.".to_owned());
    }
    found
}

fn line(facts: &Facts, needed: Decimal) -> String {
    let head = &facts.head_sha;
    let sha = if facts.head_since.is_some() { short(head) } else { visible(&truncate_end(head, 64)) };
    Command::Approve { amount: needed, sha: Some(sha) }.to_string()
}

/// Who a signature is from, with which statement: by number of the account.
type Signed = BTreeMap<u64, (u64, String)>;

struct Room<'a> {
    policy: &'a ApprovalPolicy,
    facts: &'a Facts,
    asks: &'a [Ask],
    needed: Decimal,
    wanted: bool,
    /// Signatures by the number of the ask.
    signed: BTreeMap<usize, Signed>,
    /// The latest emergency, and which candidate it is.
    emergency: Option<(Emergency, Key)>,
}

/// What tells candidates apart.
type Key = (Timestamp, u64, Carrier);

impl Candidate {
    fn key(&self) -> Key {
        (self.created, self.id, self.carrier.clone())
    }

    /// For people: who, with what, and why it counts or not. `command` is that of the decision.
    pub fn words(&self, command: &str) -> String {
        let who = self.person.as_ref().map_or_else(|| "a deleted account".to_owned(), login);
        let amount = self.amount.map(|amount| format!(" for {}", dollars(amount))).unwrap_or_default();
        let with = self.carrier.name();
        format!("{who}, {with} {}{amount}: {}", self.id, self.reason.words(command))
    }
}

fn login(person: &Person) -> String {
    visible(&truncate_end(&person.login, LOGIN))
}

impl Room<'_> {
    fn candidate(&mut self, read: &Read<'_>, taken_back: &TakenBack<'_>) -> Option<Candidate> {
        let statement = read.statement;
        let mut candidate = Candidate {
            id: statement.id,
            url: statement.url.clone(),
            carrier: statement.carrier.clone(),
            person: statement.person.clone(),
            created: statement.created,
            accepted: false,
            reason: Reason::NotAsked,
            for_asks: Vec::new(),
            not_for: Vec::new(),
            amount: None,
        };
        let bot = statement.person.as_ref().is_some_and(|person| person.kind == PersonKind::Bot);
        match &read.meaning {
            Meaning::Nothing => return None,
            // Bots show the right line in their comments; that is no attempt to sign.
            Meaning::Refused(Reason::Quoted(_)) if bot || statement.via_app => return None,
            Meaning::Withdrawal(reason) | Meaning::Refused(reason) => candidate.reason = reason.clone(),
            Meaning::Signs(signature) => {
                candidate.amount = signature.amount;
                match may_sign(self.facts, statement, taken_back) {
                    Err(reason) => candidate.reason = reason,
                    Ok(person) => self.weigh(&mut candidate, person, read, signature),
                }
            }
        }
        Some(candidate)
    }

    fn weigh(&mut self, candidate: &mut Candidate, person: &Person, read: &Read<'_>, signature: &Signature) {
        if let Some(why) = &signature.emergency {
            if !self.wanted {
                candidate.reason = Reason::EmergencyNotNeeded;
                return;
            }
            candidate.reason = match (self.emergency(person, read, signature), &self.emergency) {
                (Err(refused), _) => refused,
                (Ok(()), Some((other, _))) => Reason::Superseded(other.id),
                (Ok(()), None) => {
                    let emergency = Emergency {
                        person: person.clone(),
                        reason: bounded(why),
                        id: candidate.id,
                        url: candidate.url.clone(),
                    };
                    self.emergency = Some((emergency, candidate.key()));
                    candidate.accepted = true;
                    candidate.for_asks.push("emergency".to_owned());
                    Reason::Counts
                }
            };
            return;
        }
        let mut nearest: Option<(u8, Reason)> = None;
        let mut superseded = None;
        for (index, ask) in self.asks.iter().enumerate() {
            match signs_for(ask, self.facts, self.needed, (person, read.statement, signature)) {
                Ok(()) => {
                    let signed = self.signed.entry(index).or_default();
                    if let Some((by, _)) = signed.get(&person.id) {
                        superseded = Some(*by);
                    } else {
                        signed.insert(person.id, (candidate.id, login(person)));
                        candidate.for_asks.push(ask.rule.clone());
                    }
                }
                Err((step, reason)) => {
                    candidate.not_for.push((ask.rule.clone(), reason.clone()));
                    if nearest.as_ref().is_none_or(|(other, _)| step > *other) {
                        nearest = Some((step, reason));
                    }
                }
            }
        }
        candidate.accepted = !candidate.for_asks.is_empty();
        candidate.reason = match (candidate.accepted, superseded, nearest) {
            (true, ..) => Reason::Counts,
            (false, Some(by), _) => Reason::Superseded(by),
            (false, None, Some((_, reason))) => reason,
            (false, None, None) => Reason::NotAsked,
        };
        if !candidate.accepted {
            candidate.not_for.clear();
        }
    }

    fn emergency(&self, person: &Person, read: &Read<'_>, signature: &Signature) -> Result<(), Reason> {
        let by = self.policy.emergency.as_ref().ok_or(Reason::EmergencyOff)?;
        emergency_fits(self.facts, self.needed, (read.statement, signature))?;
        has_right(by, self.facts.rights.get(&person.id), person)
    }
}
