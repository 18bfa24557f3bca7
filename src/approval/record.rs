//! The record of a decision: one line of JSON, chained to the line before it by a digest.
//!
//! A line that was changed, removed, inserted or moved shows. What does not show from the lines alone is that the
//! *end* of the file was cut off, or that somebody who may write it wrote the whole chain anew: for that, keep the last
//! digest in another place, such as the check of the change, and use [`verify_up_to`].

use super::asks::Ask;
use super::decide::{Candidate, Decision};
use super::facts::{Facts, Outcome};
use super::reason::bounded;
use crate::base::Usd;
use crate::base::text::hex;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The version of the format.
pub const SCHEMA_VERSION: u32 = 1;
/// What stands for the line before in the first one.
pub const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Refused statements that are recorded; all that count always are.
const MAX_REFUSED: usize = 200;

/// The record of a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The version of this format: 1.
    pub schema_version: u32,
    /// When it was decided.
    pub time: String,
    /// The change: its number or address.
    pub change: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// What had to be signed, in dollars a month.
    pub amount: Usd,
    /// What a month of base costs.
    pub base: Option<Usd>,
    /// The head commit.
    pub sha: String,
    /// Digest of everything that was evaluated.
    pub digest: String,
    /// Digest of the policy that was in force.
    pub policy_digest: String,
    /// Version of the price table.
    pub price_book: String,
    /// What asked.
    pub asks: Vec<RecordedAsk>,
    /// What was said: everything that counts, and the latest of what does not.
    pub candidates: Vec<RecordedCandidate>,
    /// How many more were refused.
    pub candidates_left_out: u32,
    /// Why it passed in an emergency.
    pub emergency: Option<String>,
    /// Findings that no signature lifts.
    pub blocked: Vec<String>,
    /// Why it could not be decided.
    pub faults: Vec<String>,
    /// The digest of the line before.
    pub previous: String,
    /// The digest of this line without this field.
    pub hash: String,
}

/// Something that asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedAsk {
    /// What asked.
    pub rule: String,
    /// Why.
    pub why: String,
    /// Who may sign.
    pub by: String,
    /// How many have to.
    pub count: u32,
    /// Who has signed.
    pub signed_by: Vec<String>,
    /// How many signatures are missing.
    pub missing: u32,
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedCandidate {
    /// `comment`, `review`, `approval` or `job`.
    pub carrier: String,
    /// The forge's number of it.
    pub id: u64,
    /// The number of the account.
    pub person: Option<u64>,
    /// Its login name then.
    pub login: Option<String>,
    /// When it was said.
    pub created: String,
    /// The amount it names.
    pub amount: Option<Usd>,
    /// True when it counts.
    pub accepted: bool,
    /// For what.
    pub for_asks: Vec<String>,
    /// Why it counts, or why not.
    pub reason: String,
}

impl Record {
    /// The record of a decision. `previous` is the digest of the line before; `None` for the first.
    pub fn new(decision: &Decision, facts: &Facts, change: Option<String>, previous: Option<&str>) -> Self {
        let refused = decision.candidates.iter().filter(|candidate| !candidate.accepted).count();
        let mut skip = refused.saturating_sub(MAX_REFUSED);
        let left_out = u32::try_from(skip).unwrap_or(u32::MAX);
        let kept = decision.candidates.iter().filter(|candidate| {
            let out = !candidate.accepted && skip > 0;
            skip -= usize::from(out);
            !out
        });
        let mut record = Self {
            schema_version: SCHEMA_VERSION,
            time: decision.time.to_string(),
            change: change.map(|change| bounded(&change)),
            outcome: decision.outcome,
            amount: Usd::new(decision.amount),
            base: facts.base_total.map(Usd::new),
            sha: decision.sha.clone(),
            digest: facts.digest.clone(),
            policy_digest: facts.policy_digest.clone(),
            price_book: facts.price_book.clone(),
            asks: decision
                .asks
                .iter()
                .map(|state| recorded(&state.ask, &state.signed_by, state.missing))
                .collect(),
            candidates: kept.map(|candidate| said(candidate, &decision.command)).collect(),
            candidates_left_out: left_out,
            emergency: decision
                .emergency
                .as_ref()
                .map(|emergency| format!("{}: {}", bounded(&emergency.person.login), emergency.reason)),
            blocked: decision.blocked.clone(),
            faults: decision.faults.clone(),
            previous: previous.unwrap_or(FIRST).to_owned(),
            hash: String::new(),
        };
        record.hash = hash_of(&record.value());
        record
    }

    /// The line to append, with its line break.
    pub fn line(&self) -> String {
        let mut line = canonical(&self.value());
        line.push('\n');
        line
    }

    fn value(&self) -> Value {
        // Strings, numbers, lists and names of fields: this cannot fail, and null would never be verified.
        serde_json::to_value(self).unwrap_or(Value::Null)
    }
}

fn recorded(ask: &Ask, signed_by: &[String], missing: u32) -> RecordedAsk {
    RecordedAsk {
        rule: ask.rule.clone(),
        why: ask.why.clone(),
        by: ask.by.to_string(),
        count: ask.count,
        signed_by: signed_by.to_vec(),
        missing,
    }
}

fn said(candidate: &Candidate, command: &str) -> RecordedCandidate {
    let carrier = candidate.carrier.name();
    RecordedCandidate {
        carrier: carrier.to_owned(),
        id: candidate.id,
        person: candidate.person.as_ref().map(|person| person.id),
        login: candidate.person.as_ref().map(|person| bounded(&person.login)),
        created: candidate.created.to_string(),
        amount: candidate.amount.map(Usd::new),
        accepted: candidate.accepted,
        for_asks: candidate.for_asks.clone(),
        reason: candidate.reason.words(command),
    }
}

/// What is wrong with a file of records, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct Break {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: Broken,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// It is no JSON.
    #[error("this is no record: it is not JSON")]
    NotJson,
    /// The last line has no end.
    #[error("the last line is cut off")]
    Truncated,
    /// The content does not give the digest.
    #[error("the record was changed after it was written")]
    Changed,
    /// The line before is in the file, at another place.
    #[error("the lines are not in the order in which they were written")]
    Reordered,
    /// The line before is not in the file.
    #[error("a line before this one was removed, changed or inserted")]
    Missing,
    /// The first line of the file is not the first that was written.
    #[error("the beginning of the file was removed")]
    NoBeginning,
    /// The last digest is not the one that is kept elsewhere.
    #[error(
        "the file does not end with the record that is known to be the last; lines at the end were removed"
    )]
    End,
    /// The same line stands twice.
    #[error("the line stands twice")]
    Twice,
}

/// Checks the chain of a file of records; the number of records when it holds.
///
/// # Errors
/// Every line that is wrong. Lines cut off at the end are not seen here: use [`verify_up_to`].
pub fn verify(text: &str) -> Result<usize, Vec<Break>> {
    check(text).map(|(count, _)| count)
}

/// Checks the chain, and that it ends with the digest that is known, from another place, to be the last.
///
/// # Errors
/// Every line that is wrong.
pub fn verify_up_to(text: &str, last_hash: &str) -> Result<usize, Vec<Break>> {
    let (count, last) = check(text)?;
    if last.as_deref().unwrap_or(FIRST) == last_hash {
        Ok(count)
    } else {
        Err(vec![Break { line: count, what: Broken::End }])
    }
}

fn check(text: &str) -> Result<(usize, Option<String>), Vec<Break>> {
    let mut breaks = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    let read: Vec<Option<Value>> = lines.iter().map(|line| serde_json::from_str(line).ok()).collect();
    // The first line of each digest, to tell what was moved from what is gone.
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, value) in read.iter().enumerate() {
        if let Some(hash) = value.as_ref().and_then(|value| field(value, "hash")) {
            places.entry(hash).or_insert(index);
        }
    }
    let mut before = Some(FIRST);
    for (index, (line, value)) in lines.iter().zip(&read).enumerate() {
        let mut say = |what| breaks.push(Break { line: index + 1, what });
        let Some(value) = value else {
            let cut = index + 1 == lines.len() && !text.ends_with('\n');
            say(if cut { Broken::Truncated } else { Broken::NotJson });
            before = None;
            continue;
        };
        let (hash, previous) = (field(value, "hash"), field(value, "previous"));
        if hash != Some(hash_of(value).as_str()) || canonical(value) != *line {
            say(Broken::Changed);
        }
        if hash.is_some_and(|hash| places.get(hash).is_some_and(|first| *first < index)) {
            say(Broken::Twice);
        } else if previous != before {
            // After a line that cannot be read, what was said about that line is enough.
            match previous.and_then(|previous| places.get(previous)) {
                Some(_) => say(Broken::Reordered),
                None if before.is_none() => {}
                None if previous == Some(FIRST) => say(Broken::Reordered),
                None if index == 0 => say(Broken::NoBeginning),
                None => say(Broken::Missing),
            }
        }
        before = hash;
    }
    if breaks.is_empty() {
        Ok((lines.len(), before.filter(|_| !lines.is_empty()).map(str::to_owned)))
    } else {
        Err(breaks)
    }
}

fn field<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

/// SHA-256 over the canonical form without `hash`.
fn hash_of(value: &Value) -> String {
    let mut value = value.clone();
    if let Value::Object(fields) = &mut value {
        fields.shift_remove("hash");
    }
    hex(&Sha256::digest(canonical(&value).as_bytes()))
}

/// JSON with sorted keys and no white space. Values come from `serde_json`, which bounds how deep they nest.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let sorted: BTreeMap<&String, &Value> = fields.iter().collect();
            let fields: Vec<String> = sorted
                .into_iter()
                .map(|(key, value)| format!("{}:{}", quoted(key), canonical(value)))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}

fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}
