//! An organisation that does not exist: workflows whose true behaviour is known, so that forecasts can be scored.
//!
//! Heavy tails (turns are log-normal with sigma 0.9, one run in two hundred is from a Pareto tail), slow drift of
//! turns, context and volume over the weeks, weekends, busy and quiet days. Prices are constant. Everything follows
//! from the seed.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "counts that are drawn are small and never negative"
)]

use crate::cost::random::Random;
use crate::cost::rates::CallTokens;

/// Runs in four weeks, workflow by workflow, before chance: from far too few to plenty.
const VOLUMES: [f64; 8] = [80.0, 150.0, 300.0, 600.0, 1_200.0, 2_500.0, 4_000.0, 6_000.0];
/// Dollars per million tokens: fresh, read, written for 5 minutes, written for 1 hour, output. Three sizes of model.
pub const PRICES: [[f64; 5]; 3] =
    [[1.0, 0.1, 1.25, 2.0, 5.0], [3.0, 0.3, 3.75, 6.0, 15.0], [5.0, 0.5, 6.25, 10.0, 25.0]];
/// The names of the models.
pub const MODELS: [&str; 3] = ["claude-haiku-4-5", "claude-sonnet-4-6", "claude-opus-4-6"];
/// No run goes on for longer.
const MAX_TURNS: f64 = 150.0;
/// The client summarises before the prompt grows larger.
const WINDOW: f64 = 160_000.0;

/// How one agent behaves, in truth.
#[derive(Clone, Debug)]
pub struct Agent {
    /// Which of [`MODELS`].
    pub model: usize,
    median_turns: f64,
    first: f64,
    growth: f64,
    output: f64,
    hit: f64,
    hour: f64,
}

/// One workflow, in truth.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Its agents.
    pub agents: Vec<Agent>,
    runs_per_day: f64,
    /// Logarithms of what the weeks multiply turns, context and volume with.
    drift: Vec<[f64; 3]>,
}

/// How wild the organisation is.
#[derive(Clone, Copy, Debug)]
pub struct Wildness {
    /// Standard deviation of the logarithm of turns.
    pub turns: f64,
    /// What drift and trend are multiplied with.
    pub drift: f64,
}

impl Default for Wildness {
    fn default() -> Self {
        Self { turns: 0.9, drift: 1.0 }
    }
}

/// One run of one agent.
#[derive(Clone, Copy, Debug)]
pub struct AgentRun {
    /// Model calls.
    pub turns: u32,
    first: f64,
    growth: f64,
    output: f64,
    hit: f64,
    hour: bool,
    chance: u64,
}

/// The organisation of a seed.
#[derive(Clone, Debug)]
pub struct Organisation {
    seed: u64,
    wildness: Wildness,
    /// Its workflows.
    pub flows: Vec<Flow>,
}

impl Organisation {
    /// With so many weeks of history and future, and so many times the usual volume.
    pub fn new(seed: u64, weeks: usize, volume: f64, wildness: Wildness) -> Self {
        let mut random = Random::new(seed ^ 0x5EED_0F0A_C0DE);
        let drift = wildness.drift * (0.5 + random.uniform());
        let flows = VOLUMES.iter().map(|runs| Flow::new(&mut random, runs * volume, weeks, drift)).collect();
        Self { seed, wildness, flows }
    }

    /// Calls back for every run of a workflow on a day, counted from 0, in order.
    pub fn each_run(&self, flow: usize, day: usize, mut visit: impl FnMut(&Flow, &[AgentRun])) {
        let Some(truth) = self.flows.get(flow) else { return };
        let place = (flow as u64) << 32 | day as u64;
        let mut random = Random::new(self.seed.wrapping_mul(0x9E37_79B9) ^ Random::new(place).next());
        let [turns, context, volume] = truth.drift.get(day / 7).copied().unwrap_or_default();
        let weekday = if day % 7 >= 5 { 0.35 } else { 1.26 };
        let busy = (0.1 * random.normal() - 0.005).exp();
        let runs = random.poisson(truth.runs_per_day * weekday * busy * volume.exp());
        let mut drawn = Vec::with_capacity(truth.agents.len());
        let mut run = 0.0;
        while run < runs {
            drawn.clear();
            drawn.extend(
                truth.agents.iter().map(|agent| agent.draw(&mut random, turns, context, self.wildness)),
            );
            visit(truth, &drawn);
            run += 1.0;
        }
    }
}

impl Flow {
    fn new(random: &mut Random, runs: f64, weeks: usize, drift: f64) -> Self {
        let count = 1 + (random.uniform() * 3.0) as usize;
        let agents = (0..count).map(|_| Agent::new(random)).collect();
        let trends = [0.004, 0.003, 0.006].map(|sd| sd * drift * random.normal());
        let mut now = [0.0; 3];
        let walk = (0..weeks)
            .map(|_| {
                for ((value, trend), step) in now.iter_mut().zip(trends).zip([0.006, 0.004, 0.012]) {
                    *value += trend + step * drift * random.normal();
                }
                now
            })
            .collect();
        Self { agents, runs_per_day: runs / 28.0 * (0.8 + 0.45 * random.uniform()), drift: walk }
    }
}

impl Agent {
    fn new(random: &mut Random) -> Self {
        let mut around = |median: f64, sigma: f64| median * (sigma * random.normal()).exp();
        Self {
            median_turns: around(9.0, 0.3),
            first: around(24_000.0, 0.3),
            growth: around(1_300.0, 0.3),
            output: around(500.0, 0.3),
            hit: 1.0 - around(0.05, 0.4).min(0.3),
            model: ((random.uniform() * 3.0) as usize).min(2),
            hour: if random.uniform() < 0.5 { 0.8 } else { 0.0 },
        }
    }

    fn draw(&self, random: &mut Random, turns: f64, context: f64, wildness: Wildness) -> AgentRun {
        let median = self.median_turns * turns.exp();
        let usual = median * (wildness.turns * random.normal()).exp();
        let wild = random.uniform() < 0.005;
        let turns = if wild { median * 8.0 * random.uniform().powf(-1.0 / 1.5) } else { usual };
        AgentRun {
            turns: turns.round().clamp(1.0, MAX_TURNS) as u32,
            first: self.first * (0.15 * random.normal()).exp(),
            growth: self.growth * (context + 0.3 * random.normal()).exp(),
            output: self.output * (0.2 * random.normal()).exp(),
            hit: self.hit,
            hour: random.uniform() < self.hour,
            chance: random.next(),
        }
    }
}

impl AgentRun {
    /// Its calls, one after the other.
    pub fn calls(&self) -> impl Iterator<Item = CallTokens> + use<> {
        let run = *self;
        let mut random = Random::new(run.chance);
        let mut before = 0_u64;
        let mut prompt = run.first;
        (0..run.turns).map(move |turn| {
            let whole = prompt as u64;
            let alive = turn > 0 && random.uniform() < run.hit;
            let read = if alive { before.min(whole) } else { 0 };
            let (fresh, output) = (20_u64.min(whole - read), run.output as u64);
            let written = whole - read - fresh;
            before = whole;
            prompt += run.growth + run.output;
            if prompt > WINDOW {
                prompt = run.first + 8_000.0;
                before = 0;
            }
            let (five, hour) = if run.hour { (0, written) } else { (written, 0) };
            CallTokens { fresh, cache_read: read, cache_write_5m: five, cache_write_1h: hour, output }
        })
    }

    /// All its tokens.
    pub fn total(&self) -> CallTokens {
        self.calls().fold(CallTokens::default(), |sum, call| CallTokens {
            fresh: sum.fresh + call.fresh,
            cache_read: sum.cache_read + call.cache_read,
            cache_write_5m: sum.cache_write_5m + call.cache_write_5m,
            cache_write_1h: sum.cache_write_1h + call.cache_write_1h,
            output: sum.output + call.output,
        })
    }
}

/// What tokens cost.
pub fn price(tokens: CallTokens, model: usize) -> f64 {
    let counts =
        [tokens.fresh, tokens.cache_read, tokens.cache_write_5m, tokens.cache_write_1h, tokens.output];
    let rates = PRICES.get(model).copied().unwrap_or_default();
    counts.iter().zip(rates).map(|(count, rate)| *count as f64 * rate).sum::<f64>() / 1e6
}
