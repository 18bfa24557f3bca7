//! The few figures that describe a conversation in turns, fitted to samples, and what they make of its tokens.

use super::fit::{Sample, counts};

/// Fitted figures; `None` where no sample spoke of one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Shape {
    /// Mean and standard deviation of the logarithm of the number of turns.
    pub(super) turns: Option<(f64, f64)>,
    pub(super) first: Option<f64>,
    pub(super) input: Option<f64>,
    pub(super) output: Option<f64>,
    pub(super) hit: Option<f64>,
    pub(super) hour: Option<f64>,
    pub(super) effective_runs: f64,
}

fn ratio((part, whole): (f64, f64)) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

impl Shape {
    pub(super) fn fit(samples: &[Sample]) -> Self {
        let sum = |value: &dyn Fn(&Sample) -> Option<(f64, f64)>| {
            samples.iter().fold((0.0, 0.0), |(a, b), sample| {
                value(sample).map_or((a, b), |(x, y)| (a + sample.weight * x, b + sample.weight * y))
            })
        };
        let logs = |sample: &Sample| sample.turns.filter(|turns| *turns > 0.0).map(f64::ln);
        let turns = ratio(sum(&|sample| logs(sample).map(|log| (log, 1.0)))).map(|mu| {
            let variance = ratio(sum(&|sample| logs(sample).map(|log| ((log - mu).powi(2), 1.0))));
            (mu, variance.unwrap_or_default().sqrt())
        });
        let mut first = ratio(sum(&|sample| sample.first.map(|first| (first, 1.0))));
        let output = ratio(sum(&|sample| Some(sample.output)));
        let prompt = |sample: &Sample| counts(sample.tokens).iter().take(4).sum::<f64>();
        // Turns before each turn, summed: every one of them made the prompt grow once.
        let pairs = |turns: f64| turns * (turns - 1.0) / 2.0;
        let growth = if let Some(first) = first {
            // What runs used beyond their first prompts, spread over all growth there was; sums come out right,
            // summaries of long conversations included.
            ratio(sum(&|sample| sample.turns.map(|turns| (prompt(sample) - turns * first, pairs(turns)))))
        } else {
            let moments = |value: &dyn Fn(f64, f64) -> f64| {
                sum(&|s| s.turns.map(|turns| (value(turns, prompt(s)), 1.0))).0
            };
            // Least squares of the prompt on turns and pairs of turns.
            let (tt, tp) = (moments(&|t, _| t * t), moments(&|t, _| t * pairs(t)));
            let (pp, ty) = (moments(&|t, _| pairs(t) * pairs(t)), moments(&|t, y| t * y));
            let py = moments(&|t, y| pairs(t) * y);
            let determinant = tt * pp - tp * tp;
            let told_apart = determinant > 1e-9 * tt * pp;
            first =
                if told_apart { Some(((ty * pp - py * tp) / determinant).max(0.0)) } else { ratio((ty, tt)) };
            told_apart.then(|| (py * tt - ty * tp) / determinant)
        };
        let one_by_one = ratio(sum(&|sample| Some(sample.hit)));
        let input = growth.map(|growth| (growth - output.unwrap_or_default()).max(0.0));
        let (weights, squares) =
            samples.iter().fold((0.0, 0.0), |(a, b), s| (a + s.weight, b + s.weight * s.weight));
        let hit = one_by_one.or_else(|| {
            let (first, growth) = (first?, growth.unwrap_or_default());
            // Prompts but the last one can be read again. A split that was filled in says nothing of the cache;
            // unknown is not "never".
            ratio(sum(&|sample| {
                let turns = sample.turns.filter(|turns| sample.cache_known && *turns > 1.0)?;
                let again = (turns - 1.0) * first + growth * pairs(turns - 1.0);
                let [_, read, ..] = counts(sample.tokens);
                Some((read, again.max(1.0)))
            }))
            .map(|hit| hit.min(1.0))
        });
        Self {
            turns,
            first,
            input,
            output,
            hit,
            hour: ratio(sum(&|sample| Some(sample.hour))),
            effective_runs: if squares > 0.0 { weights * weights / squares } else { 0.0 },
        }
    }

    /// So much of oneself, the rest of the prior; what is unknown is taken from it.
    pub(super) fn towards(&self, prior: &Self, own: f64) -> Self {
        let mix = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => Some(own * a + (1.0 - own) * b),
            (a, b) => a.or(b),
        };
        let turns =
            |at: fn(&(f64, f64)) -> f64| mix(self.turns.as_ref().map(at), prior.turns.as_ref().map(at));
        Self {
            turns: turns(|turns| turns.0).zip(turns(|turns| turns.1)),
            first: mix(self.first, prior.first),
            input: mix(self.input, prior.input),
            output: mix(self.output, prior.output),
            hit: mix(self.hit, prior.hit),
            hour: mix(self.hour, prior.hour),
            effective_runs: self.effective_runs,
        }
    }

    /// Mean tokens of a run in closed form: fresh, read, written for five minutes, for one hour, output.
    pub(super) fn expected(&self) -> Option<[f64; 5]> {
        let ((mu, sigma), first) = (self.turns?, self.first?);
        let (output, hit, hour) =
            (self.output.unwrap_or_default(), self.hit.unwrap_or_default(), self.hour.unwrap_or_default());
        let growth = self.input.unwrap_or_default() + output;
        let mean = (mu + sigma * sigma / 2.0).exp();
        let square = (2.0 * (mu + sigma * sigma)).exp();
        let pairs = ((square - mean) / 2.0).max(0.0);
        let prompts = mean * first + growth * pairs;
        // All prompts but the last could be read: (n - 1) first prompts and the growth between them.
        let again = ((mean - 1.0) * first + growth * (pairs - mean + 1.0)).clamp(0.0, prompts);
        let read = hit * again;
        // Nothing is written where nothing is ever read.
        let written = if hit > 0.0 { prompts - read } else { 0.0 };
        let fresh = prompts - read - written;
        Some([fresh, read, written * (1.0 - hour), written * hour, mean * output])
    }

    /// What was recorded over what the closed form says, drawn towards 1 and kept within a factor of ten.
    pub(super) fn correction(&self, recorded: [f64; 5], n: f64, prior_runs: f64) -> [f64; 5] {
        let mut factors = [1.0; 5];
        let Some(expected) = self.expected() else { return factors };
        let own = n / (n + prior_runs);
        for ((factor, recorded), expected) in factors.iter_mut().zip(recorded).zip(expected) {
            if recorded > 0.0 && expected > 0.0 {
                *factor = (own * (recorded / expected).clamp(0.1, 10.0).ln()).exp();
            }
        }
        factors
    }
}
