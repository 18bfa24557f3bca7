//! Fills in what sources left out, so that a missing field is neither a zero nor a reason to drop a run.
//!
//! A call whose input is not split gets the shares of the calls like it: of the same workflow, agent and model first,
//! then of ever larger groups. What is missing at random then changes no mean.

use crate::cost::rates::CallTokens;
use crate::cost::recorded::{Label, RecordedCall, RecordedRun};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A group has to have so many calls to speak for others.
const MIN_CALLS: f64 = 5.0;

type Group = (Option<Label>, Option<Label>, Option<Label>);

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    split: [f64; 4],
    five: f64,
    hour: f64,
    cached: f64,
    cached_calls: f64,
    output: f64,
    output_calls: f64,
    records: f64,
}

/// Fills in names, shares and outputs. The marks of what the source said stay as they are.
pub fn resolve(runs: &mut [RecordedRun]) {
    name(runs);
    let mut groups: HashMap<Group, Sums> = HashMap::new();
    for run in runs.iter() {
        for call in &run.calls {
            for group in levels(&run.workflow, call) {
                groups.entry(group).or_default().add(call);
            }
        }
    }
    for run in runs {
        for call in &mut run.calls {
            if call.known.input && call.known.cache && call.known.ttl && call.known.output {
                continue;
            }
            let like = |fits: &dyn Fn(&Sums) -> bool| {
                levels(&run.workflow, call)
                    .into_iter()
                    .filter_map(|group| groups.get(&group))
                    .find(|sums| fits(sums))
            };
            let split =
                like(&|sums| sums.records >= MIN_CALLS && sums.split.iter().sum::<f64>() > 0.0).copied();
            let ttl = like(&|sums| sums.five + sums.hour > 0.0).copied();
            let cached = like(&|sums| sums.cached_calls >= MIN_CALLS).copied();
            let output = like(&|sums| sums.output_calls >= MIN_CALLS).copied();
            fill(call, split, ttl, cached, output);
        }
    }
}

fn levels(workflow: &Label, call: &RecordedCall) -> [Group; 4] {
    let (workflow, agent, model) = (Some(workflow.clone()), call.agent.clone(), call.model.clone());
    [
        (workflow.clone(), agent.clone(), model.clone()),
        (workflow, agent, None),
        (None, None, model),
        (None, None, None),
    ]
}

impl Sums {
    fn add(&mut self, call: &RecordedCall) {
        let (tokens, known) = (call.tokens, call.known);
        let calls = call.calls.map(f64::from);
        if known.input && known.cache {
            self.records += 1.0;
            let written = tokens.cache_write_5m + tokens.cache_write_1h;
            let parts = [tokens.fresh, tokens.cache_read, written, 0];
            for (sum, part) in self.split.iter_mut().zip(parts) {
                *sum += float(part);
            }
            if let Some(calls) = calls {
                self.cached += float(tokens.cache_read + written);
                self.cached_calls += calls;
            }
        }
        if known.cache && known.ttl {
            self.five += float(tokens.cache_write_5m);
            self.hour += float(tokens.cache_write_1h);
        }
        if let Some(calls) = calls.filter(|_| known.output) {
            self.output += float(tokens.output);
            self.output_calls += calls;
        }
    }
}

fn fill(
    call: &mut RecordedCall,
    split: Option<Sums>,
    ttl: Option<Sums>,
    cached: Option<Sums>,
    output: Option<Sums>,
) {
    let calls = f64::from(call.calls.unwrap_or(1));
    let tokens = &mut call.tokens;
    if !call.known.input
        && let Some(cached) = cached
    {
        // Stands as fresh until it is split below; the fresh part itself is known and small.
        let missing = whole(cached.cached / cached.cached_calls * calls);
        let total = cached.split.get(1..).unwrap_or_default().iter().sum::<f64>();
        let read = cached.split.get(1).copied().unwrap_or_default();
        let read = if total > 0.0 { whole(float(missing) * read / total) } else { 0 };
        (tokens.cache_read, tokens.cache_write_5m) = (read, missing - read.min(missing));
    } else if !call.known.cache
        && let Some(Sums { split: [fresh, read, written, _], .. }) = split
    {
        let (all, prompt) = (fresh + read + written, tokens.prompt());
        let part = |share: f64| whole(float(prompt) * share / all);
        let (read, written) = (part(read), part(written));
        *tokens = CallTokens {
            fresh: prompt.saturating_sub(read + written),
            cache_read: read,
            cache_write_5m: written.min(prompt.saturating_sub(read)),
            cache_write_1h: 0,
            output: tokens.output,
        };
    }
    if !call.known.ttl
        && let Some(ttl) = ttl
    {
        let written = tokens.cache_write_5m + tokens.cache_write_1h;
        let hour = whole(float(written) * ttl.hour / (ttl.five + ttl.hour)).min(written);
        (tokens.cache_write_5m, tokens.cache_write_1h) = (written - hour, hour);
    }
    if !call.known.output
        && let Some(output) = output
    {
        tokens.output = tokens.output.max(whole(output.output / output.output_calls * calls));
    }
}

/// Where a workflow has one agent on a model, or an agent one model, a missing name can be only that one.
fn name(runs: &mut [RecordedRun]) {
    let mut models: BTreeMap<(Label, Label), BTreeSet<Label>> = BTreeMap::new();
    let mut agents: BTreeMap<(Label, Label), BTreeSet<Label>> = BTreeMap::new();
    for run in runs.iter() {
        for call in &run.calls {
            if let (Some(agent), Some(model)) = (&call.agent, &call.model) {
                models.entry((run.workflow.clone(), agent.clone())).or_default().insert(model.clone());
                agents.entry((run.workflow.clone(), model.clone())).or_default().insert(agent.clone());
            }
        }
    }
    let only = |found: Option<&BTreeSet<Label>>| found.filter(|set| set.len() == 1)?.first().cloned();
    for run in runs {
        for call in &mut run.calls {
            match (&call.agent, &call.model) {
                (Some(agent), None) => call.model = only(models.get(&(run.workflow.clone(), agent.clone()))),
                (None, Some(model)) => call.agent = only(agents.get(&(run.workflow.clone(), model.clone()))),
                _ => {}
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of tokens are far below 2^52")]
pub(crate) const fn float(count: u64) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "means of counts, never negative"
)]
const fn whole(value: f64) -> u64 {
    value.round().max(0.0) as u64
}
