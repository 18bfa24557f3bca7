//! Files of one's own: JSON lines or CSV, with a mapping that says which column means what.

use super::csv::Row;
use super::sink::Sink;
use super::{CallKey, Known, RecordedCall, Status, fields};
use crate::cost::rates::CallTokens;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// No record sums up so many calls; more is a mistake of the source.
const MAX_CALLS: u64 = 10_000_000;

/// What the columns of a file mean.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Whether the column of the input counts cached tokens too.
    pub input: Semantics,
    /// The column of each field. In JSON, a dot goes into an object.
    pub columns: BTreeMap<Field, String>,
    /// Fields that are the same in every record.
    #[serde(default)]
    pub constants: BTreeMap<Field, String>,
}

/// Whether input counts include cached tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Semantics {
    /// Input is everything; cache reads and writes are parts of it (`OpenAI`, `OTel`).
    Inclusive,
    /// Input is what is neither read from the cache nor written to it (Anthropic).
    Exclusive,
}

/// A field that a column can be mapped to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// What identifies the call; without it, records are told apart by run, time, agent, model and tokens.
    Key,
    /// The run.
    Run,
    /// The workflow.
    Workflow,
    /// The phase.
    Phase,
    /// The agent.
    Agent,
    /// The agent that called it.
    ParentAgent,
    /// The model.
    Model,
    /// The skill.
    Skill,
    /// Input tokens.
    Input,
    /// Tokens read from the cache.
    CacheRead,
    /// Tokens written to the cache, for a time nobody says.
    CacheWrite,
    /// Tokens written for five minutes.
    #[serde(rename = "cache_write_5m")]
    CacheWrite5m,
    /// Tokens written for one hour.
    #[serde(rename = "cache_write_1h")]
    CacheWrite1h,
    /// Output tokens.
    Output,
    /// How many requests the record stands for.
    Calls,
    /// When.
    Time,
    /// Digest of the configuration.
    Config,
    /// Dollars the source says it cost.
    Cost,
}

impl Mapping {
    /// Reads a mapping.
    ///
    /// # Errors
    /// When it is no mapping, or maps no count of tokens.
    pub fn parse(yaml: &str) -> Result<Self, String> {
        let mapping: Self = serde_yaml::from_str(yaml).map_err(|error| error.to_string())?;
        if mapping.columns.contains_key(&Field::Input) && mapping.columns.contains_key(&Field::Output) {
            Ok(mapping)
        } else {
            Err("`columns` has to name the columns of `input` and `output`".to_owned())
        }
    }

    /// Whether records of this kind are what the mapping is about.
    pub(crate) fn fits(&self, has: impl Fn(&str) -> bool) -> bool {
        self.token_columns().iter().any(|column| has(column))
    }

    /// The columns that hold input and output.
    pub(crate) fn token_columns(&self) -> Vec<&str> {
        [Field::Input, Field::Output]
            .iter()
            .filter_map(|field| self.columns.get(field))
            .map(String::as_str)
            .collect()
    }

    fn text<'a>(&'a self, field: Field, get: &impl Fn(&str) -> Option<String>) -> Option<String> {
        let column = self.columns.get(&field).and_then(|column: &'a String| get(column));
        column.or_else(|| self.constants.get(&field).cloned())
    }
}

/// Reads a JSON record.
pub(crate) fn read(record: &Value, mapping: &Mapping, sink: &mut Sink) -> Result<(), String> {
    if !record.is_object() {
        return Err("the record is no object".to_owned());
    }
    take(mapping, &|column| fields::name_at(record, column), sink)
}

/// Reads a row.
pub(crate) fn read_row(row: &Row, mapping: &Mapping, sink: &mut Sink) -> Result<(), String> {
    take(mapping, &|column| row.get(column).map(str::to_owned), sink)
}

fn take(mapping: &Mapping, get: &impl Fn(&str) -> Option<String>, sink: &mut Sink) -> Result<(), String> {
    let text = |field| mapping.text(field, get);
    let count = |field| text(field).map_or(Ok(None), |text| fields::count_in(&text));
    let input = count(Field::Input)?.ok_or("the record has no input tokens")?;
    let output = count(Field::Output)?;
    let written = Written {
        any: count(Field::CacheWrite)?,
        five: count(Field::CacheWrite5m)?,
        hour: count(Field::CacheWrite1h)?,
    };
    let (mut tokens, mut known) = split(input, count(Field::CacheRead)?, written, mapping.input);
    tokens.output = output.unwrap_or_default();
    known.output = output.is_some();
    if mapping.input == Semantics::Exclusive && !known.cache {
        let cached = [Field::CacheRead, Field::CacheWrite, Field::CacheWrite5m, Field::CacheWrite1h];
        let expected = cached.iter().any(|field| mapping.columns.contains_key(field));
        // No such column: nothing is cached there. An empty cell: how much was, nobody knows.
        known = Known { input: !expected, cache: !expected, ttl: !expected, ..known };
    }
    let run = text(Field::Run).or_else(|| text(Field::Key)).ok_or("the record names neither run nor key")?;
    let time = text(Field::Time);
    let key = text(Field::Key).map_or_else(
        || {
            let name = |field| text(field).unwrap_or_default();
            let counts = format!("{tokens:?}");
            let at = time.clone().unwrap_or_default();
            CallKey::of(&["generic", &run, &at, &name(Field::Agent), &name(Field::Model), &counts])
        },
        |key| CallKey::of(&["generic", &key]),
    );
    let run = sink.label(&run);
    let mut call = RecordedCall::new(key, run);
    call.workflow = sink.named(text(Field::Workflow));
    call.phase = sink.named(text(Field::Phase));
    call.agent = sink.named(text(Field::Agent));
    call.parent_agent = sink.named(text(Field::ParentAgent));
    call.model = sink.named(text(Field::Model));
    call.skill = sink.named(text(Field::Skill));
    call.config = sink.named(text(Field::Config));
    call.at = sink.time(time);
    call.cost_reported = sink.usd(text(Field::Cost));
    call.calls = match count(Field::Calls)? {
        Some(calls) if calls > MAX_CALLS => return Err(format!("no record stands for {calls} calls")),
        Some(calls) => u32::try_from(calls).ok().filter(|calls| *calls > 0),
        // A record is a call unless a column says otherwise; then an empty cell is an unknown number.
        None if mapping.columns.contains_key(&Field::Calls) => None,
        None => Some(1),
    };
    call.tokens = tokens;
    call.known = known;
    call.status = Status::Ok;
    if mapping.input == Semantics::Inclusive {
        sink.inclusive(input, sink.file());
    }
    sink.push(call);
    Ok(())
}

/// What a source says of cache writes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Written {
    /// In all.
    pub(crate) any: Option<u64>,
    /// For five minutes.
    pub(crate) five: Option<u64>,
    /// For one hour.
    pub(crate) hour: Option<u64>,
}

impl Written {
    /// Tokens written for five minutes and for one hour, and whether the source says which. What the total has more
    /// than its parts is of the lifetime that has no part of its own; where both have, nobody knows.
    pub(crate) fn by_lifetime(self) -> (u64, u64, bool) {
        let (five, hour) = (self.five.unwrap_or_default(), self.hour.unwrap_or_default());
        let rest = self.any.unwrap_or_default().saturating_sub(five + hour);
        match (self.five, self.hour) {
            (Some(_), None) => (five, hour + rest, true),
            (None, Some(_)) => (five + rest, hour, true),
            (Some(_), Some(_)) => (five + rest, hour, rest == 0),
            (None, None) => (rest, 0, self.any == Some(0)),
        }
    }
}

/// Input by how it was billed. Parts larger than the whole are no parts of it: the source counts exclusively, which
/// [`Sink`] then says of all its records.
pub(crate) fn split(
    input: u64,
    read: Option<u64>,
    written: Written,
    semantics: Semantics,
) -> (CallTokens, Known) {
    let (five, hour, ttl) = written.by_lifetime();
    let cached = read.unwrap_or_default() + five + hour;
    let fresh = match semantics {
        Semantics::Inclusive => input.checked_sub(cached).unwrap_or(input),
        Semantics::Exclusive => input,
    };
    let tokens = CallTokens {
        fresh,
        cache_read: read.unwrap_or_default(),
        cache_write_5m: five,
        cache_write_1h: hour,
        output: 0,
    };
    let said = read.is_some() || written.any.is_some() || written.five.is_some() || written.hour.is_some();
    (tokens, Known { input: true, cache: said, ttl: ttl || (said && five + hour == 0), output: true })
}
