//! Times the counting of tokens alone, for `compare.py`: one thread, files read and vocabulary loaded before.
//!
//! `cargo bench --bench count -- LIST exact|weigh`, where `LIST` is a file with one path a line. Each text is counted
//! once, as in a run: what the counter remembers from one text to the next it has learned from these texts.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program for measuring reads files and prints a figure"
)]

use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;
use weighbridge::cost::tokens::{count_o200k, weigh};

fn cpu_seconds() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    #[allow(clippy::cast_precision_loss, reason = "seconds since the thread began")]
    let (whole, nanoseconds) = (now.tv_sec as f64, now.tv_nsec as f64);
    whole + nanoseconds / 1e9
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [list, what] = arguments.as_slice() else {
        return Err("usage: cargo bench --bench count -- LIST exact|weigh".into());
    };
    let count: fn(&str) -> u64 = match what.as_str() {
        "exact" => count_o200k,
        "weigh" => |text| black_box(weigh(text)).o200k,
        _ => return Err(format!("{what} is neither `exact` nor `weigh`").into()),
    };
    let texts: Vec<String> =
        std::fs::read_to_string(list)?.lines().map(std::fs::read_to_string).collect::<Result<_, _>>()?;
    // Loads the vocabulary and the weights of the estimates.
    black_box(count("word"));
    let start = cpu_seconds();
    let tokens: u64 = texts.iter().map(|text| count(black_box(text))).sum();
    let seconds = cpu_seconds() - start;
    let bytes: usize = texts.iter().map(String::len).sum();
    println!("{{\"bytes\": {bytes}, \"tokens\": {tokens}, \"seconds\": {seconds:.6}}}");
    Ok(())
}
