//! Reads files one after the other and brings what they say together.

use super::claude_result::Results;
use super::claude_transcript::Transcripts;
use super::detect::{self, Format};
use super::generic::Mapping;
use super::otlp::Otlp;
use super::records::{Record, records};
use super::{BadLine, CallKey, Label, Recorded, RecordedCall, csv, fields, generic, litellm};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};

/// So many bad lines are shown; all are counted.
const SHOWN_BAD_LINES: usize = 20;
/// More calls than this are not kept; they would not fit into the memory of a CI machine.
const MAX_CALLS: usize = 10_000_000;

/// How to read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The workflow of runs of which no record says it.
    pub workflow: Option<String>,
    /// How files are read that are in no known format.
    pub mapping: Option<Mapping>,
}

/// A file whose content nobody understands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {reason}; understood are {}", Format::list())]
pub struct ReadError {
    /// The file.
    pub file: String,
    /// What was found instead.
    pub reason: String,
}

/// Where the readers of the formats put what they find.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    labels: HashSet<Label>,
    calls: Vec<RecordedCall>,
    left_out: BTreeMap<&'static str, u64>,
}

impl Sink {
    /// The shared form of a name.
    pub(crate) fn label(&mut self, text: &str) -> Label {
        if let Some(label) = self.labels.get(text) {
            return label.clone();
        }
        let label = Label::from(text);
        self.labels.insert(label.clone());
        label
    }

    /// Like [`Sink::label`], for a name that may be missing.
    pub(crate) fn named(&mut self, text: Option<String>) -> Option<Label> {
        text.and_then(|text| fields::clean(&text)).map(|text| self.label(&text))
    }

    /// One more call.
    pub(crate) fn push(&mut self, call: RecordedCall) {
        if self.calls.len() < MAX_CALLS {
            self.calls.push(call);
        } else {
            self.leave_out("beyond the ten million calls that are kept");
        }
    }

    /// A record that is understood and not counted.
    pub(crate) fn leave_out(&mut self, reason: &'static str) {
        *self.left_out.entry(reason).or_default() += 1;
    }
}

/// Reads files; [`Reader::finish`] says what was in them.
#[derive(Debug, Default)]
pub struct Reader {
    options: Options,
    sink: Sink,
    transcripts: Transcripts,
    otlp: Otlp,
    bad_lines: u64,
    bad: Vec<BadLine>,
}

impl Reader {
    /// A reader that has read nothing.
    pub fn new(options: Options) -> Self {
        Self { options, ..Self::default() }
    }

    /// Reads a file. Bad lines are counted and are no error.
    ///
    /// # Errors
    /// When its content is in no known format.
    pub fn read(&mut self, file: &str, bytes: &[u8]) -> Result<Format, ReadError> {
        let format = detect::detect(bytes, self.options.mapping.as_ref())
            .map_err(|reason| ReadError { file: file.to_owned(), reason })?;
        match format {
            Format::LiteLlmCsv => self.read_csv(file, bytes, litellm::read_row),
            Format::GenericCsv => {
                if let Some(mapping) = self.options.mapping.clone() {
                    self.read_csv(file, bytes, |row, sink| generic::read_row(row, &mapping, sink));
                }
            }
            _ => self.read_json(file, bytes, format),
        }
        Ok(format)
    }

    fn read_csv(
        &mut self,
        file: &str,
        bytes: &[u8],
        mut read: impl FnMut(&csv::Row, &mut Sink) -> Result<(), String>,
    ) {
        for row in csv::Table::new(bytes) {
            let outcome = match row {
                Ok(row) => read(&row, &mut self.sink).map_err(|reason| (row.line, reason)),
                Err((line, reason)) => Err((line, reason.to_owned())),
            };
            if let Err((line, reason)) = outcome {
                self.bad_line(file, line, reason);
            }
        }
    }

    fn read_json(&mut self, file: &str, bytes: &[u8], format: Format) {
        let mut results = Results::default();
        let mapping = self.options.mapping.clone();
        for record in records(bytes) {
            // Most lines of a transcript are texts; parsing them would take most of the time.
            if format == Format::ClaudeTranscript && !Transcripts::wants(record.bytes) {
                if !looks_whole(record) {
                    self.bad_line(file, record.line, "the line is cut off".to_owned());
                }
                continue;
            }
            let outcome = value(record).and_then(|value| match format {
                Format::ClaudeResult => results.read(&value),
                Format::ClaudeTranscript => self.transcripts.read(&value, &mut self.sink),
                Format::Otlp => self.otlp.read(&value, &mut self.sink),
                Format::LiteLlm => litellm::read(&value, &mut self.sink),
                _ => {
                    mapping.as_ref().map_or(Ok(()), |mapping| generic::read(&value, mapping, &mut self.sink))
                }
            });
            if let Err(reason) = outcome {
                self.bad_line(file, record.line, reason);
            }
        }
        if format == Format::ClaudeResult && !results.finish(&mut self.sink) {
            let reason = "the stream ends without a result; what the run used is not in it".to_owned();
            self.bad_line(file, 1, reason);
        }
    }

    fn bad_line(&mut self, file: &str, line: u64, reason: String) {
        self.bad_lines += 1;
        if self.bad.len() < SHOWN_BAD_LINES {
            self.bad.push(BadLine { place: format!("{file}:{line}"), reason });
        }
    }

    /// Everything that was read, each call once.
    pub fn finish(mut self) -> Recorded {
        self.transcripts.finish(&mut self.sink);
        self.otlp.finish(&mut self.sink);
        let workflow = self.options.workflow.take().map(|name| self.sink.label(&name));
        let Sink { calls, left_out, .. } = self.sink;
        let mut places: HashMap<CallKey, usize> = HashMap::with_capacity(calls.len());
        let mut merged: Vec<RecordedCall> = Vec::with_capacity(calls.len());
        let mut duplicates = 0;
        for call in calls {
            if let Some(first) = places.get(&call.key).and_then(|place| merged.get_mut(*place)) {
                duplicates += 1;
                first.merge(call);
            } else {
                places.insert(call.key, merged.len());
                merged.push(call);
            }
        }
        for call in &mut merged {
            call.workflow = call.workflow.take().or_else(|| workflow.clone());
        }
        // Stable: calls without a time keep the order in which they were written.
        merged.sort_by(|a, b| (&a.run, a.at).cmp(&(&b.run, b.at)));
        Recorded { calls: merged, bad_lines: self.bad_lines, bad: self.bad, duplicates, left_out }
    }
}

fn value(record: Record<'_>) -> Result<Value, String> {
    if let Some(reason) = record.refused {
        return Err(reason.to_owned());
    }
    serde_json::from_slice(record.bytes).map_err(|error| {
        if error.is_eof() { "the line is cut off".to_owned() } else { format!("no JSON: {error}") }
    })
}

/// Whether a line that is not parsed may be whole: it ends as it has to.
fn looks_whole(record: Record<'_>) -> bool {
    record.refused.is_none() && record.bytes.starts_with(b"{") && record.bytes.ends_with(b"}")
}
