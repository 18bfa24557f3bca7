//! Where the readers of the formats put what they find, until it is known what of it counts.

use super::{Label, RecordedCall, Unread, fields};
use crate::base::Usd;
use std::collections::{BTreeMap, HashMap, HashSet};

/// So much of a field that could not be read is shown.
const SHOWN_CHARACTERS: usize = 40;
/// More calls than this are not kept; they would not fit into the memory of a CI machine.
const MAX_CALLS: usize = 10_000_000;

/// What tells the calls of a session of Claude Code; the one that tells them best comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// Sums of a run.
    Result,
    /// Spans.
    Spans,
    /// A transcript.
    Transcript,
    /// Log events.
    Events,
}

impl Source {
    /// Why its calls are left out where there is a better one.
    const fn gives_way(self) -> &'static str {
        match self {
            Self::Result => "results of sessions of which the single calls were read",
            Self::Spans => "spans of Claude Code whose session has a transcript or log events",
            Self::Transcript | Self::Events => "calls in transcripts whose session has log events",
        }
    }
}

/// Where the readers of the formats put what they find.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    labels: HashSet<Label>,
    calls: Vec<RecordedCall>,
    left_out: BTreeMap<&'static str, u64>,
    unread: BTreeMap<&'static str, Unread>,
    latest: Option<jiff::Timestamp>,
    /// The best source of each session, and the calls that are of a session: place, session, source.
    best: HashMap<Label, Source>,
    of_sessions: Vec<(usize, Label, Source)>,
    /// The number of the file that is read.
    file: usize,
    /// Calls whose input is said to have its cached parts in it: file, place, that input.
    inclusive: Vec<(usize, usize, u64)>,
}

impl Sink {
    /// Takes no date after this one.
    pub(crate) fn until(latest: Option<jiff::Timestamp>) -> Self {
        Self { latest, ..Self::default() }
    }

    /// What was left out, and what could not be read.
    pub(crate) fn remarks(self) -> (BTreeMap<&'static str, u64>, BTreeMap<&'static str, Unread>) {
        (self.left_out, self.unread)
    }

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

    /// One more call of a session of Claude Code, which other sources may tell as well.
    pub(crate) fn push_of_session(&mut self, call: RecordedCall, session: Label, source: Source) {
        if self.calls.len() < MAX_CALLS {
            self.of_sessions.push((self.calls.len(), session.clone(), source));
            let best = self.best.entry(session).or_insert(source);
            *best = source.max(*best);
        }
        self.push(call);
    }

    /// Says of the call that is pushed next that its input has its cached parts in it.
    pub(crate) fn inclusive(&mut self, input: u64, file: usize) {
        if self.calls.len() < MAX_CALLS {
            self.inclusive.push((file, self.calls.len(), input));
        }
    }

    /// The number of the file that is read.
    pub(crate) const fn file(&self) -> usize {
        self.file
    }

    /// A source whose parts exceed the whole counts exclusively, whatever its documentation says: gateways pass
    /// Anthropic's counts on under names of `OpenAI`. One such record tells it of all calls of its file and model:
    /// others look inclusive only because little of them was cached.
    pub(crate) fn settle(&mut self) {
        let inclusive = std::mem::take(&mut self.inclusive);
        let exceeds = |place: usize, input: u64| {
            let call = self.calls.get(place)?;
            let cached = call.tokens.prompt() - call.tokens.fresh;
            (cached > input).then(|| call.model.clone())
        };
        let exclusive: HashSet<(usize, Option<Label>)> = inclusive
            .iter()
            .filter_map(|(file, place, input)| Some((*file, exceeds(*place, *input)?)))
            .collect();
        for (file, place, input) in inclusive.into_iter().filter(|_| !exclusive.is_empty()) {
            if let Some(call) = self.calls.get_mut(place)
                && exclusive.contains(&(file, call.model.clone()))
            {
                call.tokens.fresh = input;
            }
        }
        self.file += 1;
    }

    /// The calls, without those that a better source of their session tells.
    pub(crate) fn take_calls(&mut self) -> Vec<RecordedCall> {
        let mut calls: Vec<Option<RecordedCall>> =
            std::mem::take(&mut self.calls).into_iter().map(Some).collect();
        for (place, session, source) in std::mem::take(&mut self.of_sessions) {
            if self.best.get(&session).is_some_and(|best| *best > source)
                && let Some(call) = calls.get_mut(place)
            {
                *call = None;
                self.leave_out(source.gives_way());
            }
        }
        calls.into_iter().flatten().collect()
    }

    /// The time in a field, if there is one. One that cannot be right counts as missing, and is shown.
    pub(crate) fn time(&mut self, text: Option<String>) -> Option<jiff::Timestamp> {
        let text = text.filter(|text| !text.trim().is_empty())?;
        let time = fields::time_in(&text).filter(|time| self.latest.is_none_or(|latest| *time <= latest));
        if time.is_none() {
            self.unread(
                "times (unknown form, before 2015 or to come), whose records count as undated",
                &text,
            );
        }
        time
    }

    /// The amount in a field, if there is one. One that is none is shown.
    pub(crate) fn usd(&mut self, text: Option<String>) -> Option<Usd> {
        let text = text.filter(|text| !text.trim().is_empty())?;
        let usd = fields::usd_in(&text);
        if usd.is_none() {
            self.unread("costs", &text);
        }
        usd
    }

    /// A field that could not be read in a record that counts all the same.
    pub(crate) fn unread(&mut self, what: &'static str, text: &str) {
        let unread = self
            .unread
            .entry(what)
            .or_insert_with(|| Unread { count: 0, example: text.chars().take(SHOWN_CHARACTERS).collect() });
        unread.count += 1;
    }

    /// A record that is understood and not counted.
    pub(crate) fn leave_out(&mut self, reason: &'static str) {
        *self.left_out.entry(reason).or_default() += 1;
    }
}
