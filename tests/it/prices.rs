//! Prices: the embedded book against the data of its crate, and `weighbridge prices` as a user meets it.

use crate::common::{Sandbox, read, source_root, write};
use jiff::civil::Date;
use std::path::PathBuf;
use std::process::Command;
use weighbridge::cost::prices::import::Imported;
use weighbridge::cost::prices::{
    BOOK, BOOK_DATE, BOOK_SHA256, Embedded, NoEntry, Processing, Source, Terms, catalogue,
};

/// The data of the crate `genai-prices`, wherever cargo keeps it.
fn data() -> Vec<u8> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .current_dir(source_root())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let package =
        metadata["packages"].as_array().unwrap().iter().find(|package| package["name"] == "genai-prices");
    let package = package.expect("genai-prices is a dependency");
    assert_eq!(format!("genai-prices {}", package["version"].as_str().unwrap()), BOOK);
    let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap());
    std::fs::read(manifest.with_file_name("data/prices.json")).unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn the_book_is_as_old_as_its_data() {
    let data = data();
    let list = Imported::read(&data, day("2026-11-21")).unwrap();
    assert_eq!((list.date, list.sha256.as_str()), (Some(BOOK_DATE), BOOK_SHA256));
    // What is dated later was announced ahead of time. When the crate is updated, look at these again.
    let announced = Imported::read(&data, day("9999-12-31")).unwrap();
    assert_eq!(announced.date, Some(day("2027-01-01")));
}

/// The book is asked what requests cost; the data is read. Both have to come to the same rates, for every model,
/// under all terms, on days with different prices.
#[test]
fn rates_found_by_asking_are_those_of_the_data() {
    let data = data();
    let tier = |name: &str| Terms { service_tier: Some(name.to_owned()), ..Terms::default() };
    let batch = Terms { processing: Processing::Batch, service_tier: None };
    let all_terms = [Terms::default(), batch, tier("flex"), tier("priority"), tier("fast")];
    for on in [day("2026-11-21"), day("2025-06-01")] {
        let list = Imported::read(&data, on).unwrap();
        let mut compared = 0;
        let mut thirds = 0;
        let mut wrong = Vec::new();
        for model in catalogue() {
            let read = list.models.get(&model);
            for terms in &all_terms {
                // Most models have one set of rates; asking every one of them for all others takes a minute.
                if !terms.is_standard()
                    && compared % 8 != 0
                    && read.is_none_or(|read| read.under(terms).is_none())
                {
                    continue;
                }
                let asked = Embedded.entry(&model, terms, on);
                let read = read.and_then(|read| read.under(terms));
                match (asked, read) {
                    (Ok(asked), Some(read)) if asked.rates == *read => compared += 1,
                    (Ok(asked), Some(read)) => {
                        thirds += 1;
                        if !nearly(&asked.rates, read) {
                            wrong.push(format!("{model}, {terms}: {:?} {read:?}", asked.rates));
                        }
                    }
                    // A fine-tuned model is named after whoever tuned it; the entry itself is no model.
                    (Err(NoEntry::Unknown { .. }), Some(_)) if model.starts_with("openai/ft:") => {}
                    (Err(NoEntry::Unknown { .. }), Some(_)) => wrong.push(format!("{model} is not found")),
                    // A name the book takes for that of an entry before it.
                    (Ok(_), None) if !terms.is_standard() => {
                        wrong.push(format!("{model}, {terms} is not in the data"))
                    }
                    (Err(reason), Some(_)) => wrong.push(format!("{model}, {terms}: {reason}")),
                    (_, None) => {}
                }
            }
        }
        assert!(
            wrong.is_empty(),
            "{on}: {compared} equal, {thirds} rounded, {}:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
        assert!(compared > 1800 && thirds < 40, "{on}: {compared} equal, {thirds} rounded");
    }
}

/// Equal but for rounding to twelve digits.
fn nearly(asked: &weighbridge::cost::rates::Rates, read: &weighbridge::cost::rates::Rates) -> bool {
    let numbers = |rates: &weighbridge::cost::rates::Rates| -> Vec<f64> {
        let of = |tier: &weighbridge::cost::rates::Tier| {
            let rate = &tier.per_million;
            let cached = [rate.cache_read, rate.cache_write_5m, rate.cache_write_1h];
            let kinds = [Some(rate.input), Some(rate.output)].into_iter().chain(cached);
            kinds
                .map(|rate| rate.map_or(-1.0, |rate| rate.to_string().parse().unwrap()))
                .collect::<Vec<f64>>()
        };
        rates.tiers().iter().flat_map(of).collect()
    };
    let (asked, read) = (numbers(asked), numbers(read));
    asked.len() == read.len() && asked.iter().zip(&read).all(|(a, b)| (a - b).abs() <= 1e-11 * b.abs())
}

#[test]
fn show_names_the_price_and_who_says_so() {
    let sandbox = Sandbox::new();
    let shown = sandbox.outcome(&["prices", "show", "Claude Sonnet 5.5", "haiku"]).exits(0);
    let lines: Vec<&str> = shown.stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{}", shown.stdout);
    assert!(
        lines[1].contains("2          10         0.1") && lines[1].contains("claude-sonnet-5-5 ([PRICES])")
    );
    assert!(lines[3].ends_with("claude-haiku-5-5, prompts above 100,000"), "{}", shown.stdout);
    let paid = sandbox
        .outcome(&["prices", "show", "sonnet", "--price", "sonnet.input=1.8", "--json"])
        .exits(0)
        .json();
    assert_eq!(paid[0]["rates"][0]["input"], "1.8");
    assert_eq!(paid[0]["origin"]["layer"], "flag");
    let batch = sandbox.outcome(&["prices", "show", "sonnet", "--batch", "--json"]).exits(0).json();
    assert_eq!(batch[0]["rates"][0]["output"], "5");
    let unknown = sandbox.outcome(&["prices", "show", "gpt-6", "--quiet"]).exits(1);
    assert!(
        unknown.stdout.contains("unpriced") && unknown.stdout.contains("gpt-6-sol"),
        "{}",
        unknown.stdout
    );
    sandbox.outcome(&["prices", "show", "--price", "sonnet=1"]).exits(2);
    assert!(
        sandbox.outcome(&["prices", "show", "--all", "--json"]).exits(0).json().as_array().unwrap().len()
            > 2000
    );
}

const LIST: &str = r#"{"claude-sonnet-5-5": {"litellm_provider": "anthropic", "mode": "chat",
    "input_cost_per_token": 2e-06, "output_cost_per_token": 1e-05, "cache_read_input_token_cost": 1e-07}}"#;

#[test]
fn update_locks_prices_and_says_what_changes() {
    let sandbox = Sandbox::with(&[("list.json", LIST), ("AGENTS.md", "# Agents\n")]);
    let lock = sandbox.path("work/prices.lock");
    let update = ["prices", "update", "--from", "list.json"];
    let with = |more: &[&'static str]| -> Vec<&'static str> { [&update[..], more].concat() };

    assert!(sandbox.outcome(&update).exits(2).stderr.contains("nothing to update"));
    let missing = sandbox.outcome(&with(&["gpt-5.3-codex"])).exits(2);
    assert!(missing.stderr.contains("has no rates for gpt-5.3-codex"), "{}", missing.stderr);
    sandbox.outcome(&with(&["sonnet", "--check"])).exits(1);
    assert!(!lock.exists(), "--check writes nothing");
    let first = sandbox.outcome(&with(&["sonnet", "--source-version", "1.109.1"])).exits(0);
    assert_eq!(first.stdout, "claude-sonnet-5-5 is new: input $2, output $10\n");
    let text = read(&lock);
    assert!(text.contains("- {above: 0, input: \"2\", output: \"10\", cache_read: \"0.1\"}"), "{text}");
    sandbox.outcome(&with(&["--check"])).exits(0);
    assert_eq!(read(&lock), text);

    write(&sandbox.path("work/list.json"), LIST.replace("2e-06", "2.2e-6").as_bytes());
    let second = sandbox.outcome(&with(&["--check"])).exits(1);
    assert_eq!(second.stdout, "claude-sonnet-5-5 input $2 -> $2.2\n");
    sandbox.outcome(&update).exits(0);
    let shown = sandbox.outcome(&["prices", "show"]).exits(0);
    assert!(
        shown.stdout.contains("2.2") && shown.stdout.contains("prices.lock (litellm, "),
        "{}",
        shown.stdout
    );

    write(&lock, b"format: 1\nsource: x\n");
    let broken = sandbox.outcome(&["prices", "show"]).exits(3);
    assert!(broken.stderr.contains("prices.lock:1: `sha256` is missing"), "{}", broken.stderr);
    write(&sandbox.path("work/list.json"), b"[]x");
    std::fs::remove_file(&lock).unwrap();
    sandbox.outcome(&with(&["sonnet"])).exits(2);
}
