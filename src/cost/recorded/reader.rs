//! Reads files one after the other and brings what they say together.

use super::claude_result::Results;
use super::claude_transcript::Transcripts;
use super::detect::{self, Format};
use super::generic::Mapping;
use super::otlp::Otlp;
use super::records::{Record, records};
use super::sink::Sink;
use super::{BadLine, CallKey, Recorded, RecordedCall, csv, generic, litellm};
use serde_json::Value;
use std::collections::HashMap;

/// So many bad lines are shown; all are counted.
const SHOWN_BAD_LINES: usize = 20;

/// How to read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The workflow of runs of which no record says it.
    pub workflow: Option<String>,
    /// How files are read that are in no known format.
    pub mapping: Option<Mapping>,
    /// The present moment; dates more than two days after it are mistakes.
    pub now: Option<jiff::Timestamp>,
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
        // Clocks and time zones may differ by as much.
        let latest = options.now.and_then(|now| now.checked_add(jiff::SignedDuration::from_hours(48)).ok());
        Self { options, sink: Sink::until(latest), ..Self::default() }
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
        self.sink.settle();
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
                Format::ClaudeResult => results.read(&value, &mut self.sink),
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
        self.sink.settle();
        let calls = self.sink.take_calls();
        let workflow = self.options.workflow.take().map(|name| self.sink.label(&name));
        let (left_out, unread) = self.sink.remarks();
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
        let (bad_lines, bad) = (self.bad_lines, self.bad);
        Recorded { calls: merged, bad_lines, bad, duplicates, left_out, unread }
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
