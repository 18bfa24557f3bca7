//! How long a full cost difference takes, and how it grows: `cargo bench --bench cost`.
//!
//! Organisations of ten agents in each workflow, of which every agent of head differs from base by a longer
//! instruction file, every third by its model and every fifth by its turns. Prints one line of JSON for each size
//! and the slope; exits 1 when the largest misses its target.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::exit,
    missing_docs,
    reason = "a program of its own that measures; it prints, and it may fail loudly"
)]

use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::time::Instant;
use weighbridge::base::{Client, RepoPath};
use weighbridge::cost::assumed::{Assumed, Spread};
use weighbridge::cost::difference::difference;
use weighbridge::cost::project::price::{ModelPrice, NoPrice};
use weighbridge::cost::project::step::NodeCache;
use weighbridge::cost::rates::{PerMillion, Rates, Tier};
use weighbridge::cost::sensitivity::sensitivities;
use weighbridge::cost::tokens::Weight;
use weighbridge::cost::workflow::{Behaviour, CacheTtl, Phase, Piece, Sent, Step, Turns, Workflow};

/// Seconds and megabytes for 2,000 agents in 200 workflows.
const SECONDS: f64 = 1.0;
const MEGABYTES: f64 = 200.0;

fn given<T>(value: T) -> Assumed<T> {
    Assumed::declared(value, "bench")
}

fn price(name: &str) -> Result<ModelPrice, NoPrice> {
    let rates = |input: i64| PerMillion {
        input: Decimal::from(input),
        output: Decimal::from(5 * input),
        cache_read: Some(Decimal::new(input, 1)),
        cache_write_5m: Some(Decimal::new(125 * input, 2)),
        cache_write_1h: Some(Decimal::from(2 * input)),
    };
    match name {
        "flat" => {
            Ok(ModelPrice { context_window: Some(1_000_000), ..ModelPrice::new(name, Rates::flat(rates(3))) })
        }
        "tiered" => {
            let tiers = vec![
                Tier { above: 0, per_million: rates(1) },
                Tier { above: 100_000, per_million: rates(5) },
            ];
            Ok(ModelPrice::new(name, Rates::new(tiers).expect("rising")))
        }
        _ => Err(NoPrice { name: name.to_owned(), reason: "unknown".to_owned() }),
    }
}

fn text(path: &str, tokens: u64) -> Sent {
    Sent {
        piece: Piece::File { path: RepoPath::new(path).expect("a path"), part: "whole".to_owned() },
        weight: Weight { bytes: 0, o200k: tokens, claude_v3: tokens, claude_v48: tokens, gemini: tokens },
        probability: given(Decimal::ONE),
        late: false,
    }
}

fn step(agent: usize, head: bool) -> Step {
    let p50 = i64::try_from(3 + agent % 17).expect("small");
    let longer = i64::from(head && agent.is_multiple_of(5));
    let model = if agent.is_multiple_of(2) ^ (head && agent.is_multiple_of(3)) { "flat" } else { "tiered" };
    Step {
        agent: format!("agent-{agent}"),
        client: Client::ClaudeCode,
        model: given(model.to_owned()),
        sent: vec![
            text("AGENTS.md", if head { 5_000 } else { 4_000 }),
            text(&format!("agents/{agent}.md"), 700 + agent as u64),
        ],
        behaviour: Behaviour::Turns(Turns {
            turns: given(Spread { p50: Decimal::from(p50 + longer), p90: Decimal::from(3 * p50) }),
            first_input: given(Decimal::from(500)),
            input_per_turn: given(Decimal::from(1_500)),
            output_per_turn: given(Decimal::from(400)),
            cache: given(CacheTtl::FiveMinutes),
            cache_hit: given(Decimal::new(95, 2)),
            compaction: None,
        }),
        parallel: given(1),
        retries: given(Decimal::ZERO),
        probability: given(Decimal::ONE),
    }
}

fn organisation(agents: usize, head: bool) -> Vec<Workflow> {
    (0..agents / 10)
        .map(|workflow| Workflow {
            name: format!("workflow-{workflow}"),
            source: "bench".to_owned(),
            runs_per_month: given(Spread::constant(Decimal::from(100))),
            phases: vec![Phase {
                name: "work".to_owned(),
                iterations: given(Decimal::ONE),
                steps: (0..10).map(|agent| step(workflow * 10 + agent, head)).collect(),
            }],
            unread: Vec::new(),
        })
        .collect()
}

/// The most memory this process ever had, in megabytes.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0
}

fn main() {
    let mut seconds = BTreeMap::new();
    for agents in [250, 500, 1_000, 2_000] {
        let (base, head) = (organisation(agents, false), organisation(agents, true));
        let mut best = f64::INFINITY;
        for _ in 0..3 {
            let start = Instant::now();
            let found = difference(&base, &head, &BTreeMap::new(), &price);
            best = best.min(start.elapsed().as_secs_f64());
            let (before, after) = found.per_month();
            let parts: Decimal = found.amounts().iter().map(|amount| amount.per_month).sum();
            assert_eq!(parts, after - before);
        }
        let start = Instant::now();
        let assumptions = sensitivities(&head, &price, &NodeCache::default()).len();
        let sensitivity = start.elapsed().as_secs_f64();
        println!(
            "{{\"agents\": {agents}, \"difference_s\": {best:.3}, \"sensitivity_s\": {sensitivity:.3}, \
             \"assumptions\": {assumptions}, \"peak_mb\": {:.0}}}",
            peak()
        );
        seconds.insert(agents, best);
    }
    let (small, large) = (seconds[&500], seconds[&2_000]);
    println!("{{\"growth_500_to_2000\": {:.2}, \"linear\": 4.0}}", large / small);
    if large > SECONDS || peak() > MEGABYTES {
        println!("missed: {large:.3} s of {SECONDS} s, {:.0} MB of {MEGABYTES} MB", peak());
        std::process::exit(1);
    }
}
