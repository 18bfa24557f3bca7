use super::*;
use crate::cost::prices::lock::Lock;
use crate::cost::prices::terms::Terms;
use crate::cost::rates::Rates;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

fn today() -> Date {
    day("2026-11-21")
}

fn words(rates: &Rates) -> Vec<String> {
    rates
        .tiers()
        .iter()
        .map(|tier| {
            let rate = &tier.per_million;
            let cached = |rate: Option<Decimal>| rate.map_or("-".to_owned(), |rate| rate.to_string());
            let (read, write, hour) =
                (cached(rate.cache_read), cached(rate.cache_write_5m), cached(rate.cache_write_1h));
            format!(">{} {} {} {read} {write} {hour}", tier.above, rate.input, rate.output)
        })
        .collect()
}

const GENAI: &str = r#"[{"id": "anthropic", "name": "Anthropic", "api_pattern": "https://api\\.anthropic\\.com", "models": [
  {"id": "claude-haiku-5-5", "match": {"starts_with": "claude-haiku-5-5"}, "context_window": 1000000,
   "prices": {"input_mtok": {"base": 0.1, "tiers": [{"start": 100000, "price": 5e-1}]}, "output_mtok": 0.50, "cache_read_mtok": 0.01},
   "price_variants": [
     {"when": {"processing": "batch"}, "prices": {"input_mtok": 0.05}, "constraint": {"start_date": "2026-10-14"}},
     {"when": {"service_tier": "flex"}, "prices": {"input_mtok": 0.01}, "constraint": {"start_date": "2027-01-01"}}]},
  {"id": "claude-opus-5-5", "match": {"equals": "claude-opus-5-5"},
   "prices": [{"prices": {"input_mtok": 9, "output_mtok": 10}},
              {"constraint": {"start_date": "2026-11-01"}, "prices": {"input_mtok": 4, "output_mtok": 20}},
              {"constraint": {"start_date": "2026-12-01"}, "prices": {"input_mtok": 3, "output_mtok": 20}}]},
  {"id": "claude-sonnet-5-5", "match": {"equals": "claude-sonnet-5-5"},
   "prices": [{"prices": {"input_mtok": 1, "output_mtok": 2}},
              {"constraint": {"start_time": "01:00:00Z", "end_time": "04:00:00Z"}, "prices": {"input_mtok": 3, "output_mtok": 6}}]},
  {"id": "claude-pictures", "match": {"equals": "claude-pictures"}, "prices": {"requests_kcount": 3}}
]}]"#;

const LITELLM: &str = r#"{"sample_spec": {"mode": "one of"},
  "claude-haiku-5-5": {"litellm_provider": "anthropic", "mode": "chat", "max_input_tokens": 1000000,
    "input_cost_per_token": 1e-07, "output_cost_per_token": 5e-07, "cache_read_input_token_cost": 1e-08,
    "cache_creation_input_token_cost": 1.25e-07, "cache_creation_input_token_cost_above_1hr": 2e-07,
    "input_cost_per_token_above_100k_tokens": 5e-07, "output_cost_per_token_above_100k_tokens": 0.0000025,
    "cache_creation_input_token_cost_above_1hr_above_100k_tokens": 1e-06,
    "input_cost_per_token_batches": 5e-08, "output_cost_per_token_batches": 2.5e-07,
    "input_cost_per_token_above_100k_tokens_batches": 2.5e-07, "output_cost_per_token_above_100k_tokens_batches": 1.25e-06,
    "input_cost_per_token_priority": 2e-07, "output_cost_per_token_priority": 1e-06},
  "us.anthropic.claude-opus-5-5": {"litellm_provider": "bedrock_converse", "mode": "chat", "input_cost_per_token": 4.4e-06, "output_cost_per_token": 2.2e-05},
  "gemini-2.5-pro": {"litellm_provider": "vertex_ai-language-models", "mode": "chat", "input_cost_per_token": 9e-06, "output_cost_per_token": 9e-06},
  "gemini/gemini-2.5-pro": {"litellm_provider": "gemini", "mode": "chat", "input_cost_per_token": 1.25e-06, "output_cost_per_token": 1e-05},
  "dashscope/qwen-flash": {"litellm_provider": "dashscope", "mode": "chat", "tiered_pricing": [
    {"range": [0, 256000.0], "input_cost_per_token": 5e-08, "output_cost_per_token": 4e-07},
    {"range": [256000.0, 1000000.0], "input_cost_per_token": 2.5e-07, "output_cost_per_token": 2e-06}]},
  "text-embedding-3-small": {"litellm_provider": "openai", "mode": "embedding", "input_cost_per_token": 2e-08, "output_cost_per_token": 0.0}}"#;

#[test]
fn the_list_of_genai_prices_is_read_exactly() {
    let list = Imported::read(GENAI.as_bytes(), today()).expect("a list");
    assert_eq!((list.source, list.date, list.skipped), ("genai-prices", Some(day("2026-11-01")), 1));
    let haiku = list.get("claude-haiku-5-5").expect("there");
    assert_eq!(words(&haiku.standard), [">0 0.1 0.5 0.01 - -", ">100000 0.5 0.5 0.01 - -"]);
    assert_eq!(haiku.under(&Terms::batch()).map(words), Some(vec![">0 0.05 0.5 0.01 - -".to_owned()]));
    assert_eq!(haiku.variants.len(), 1);
    assert_eq!(haiku.context_window, Some(1_000_000));
    assert_eq!(words(&list.get("claude-opus-5-5").expect("there").standard), [">0 4 20 - - -"]);
    // The dearest hours.
    assert_eq!(words(&list.get("claude-sonnet-5-5").expect("there").standard), [">0 3 6 - - -"]);
    assert_eq!(list.get("claude-opus-4-8"), None);
}

#[test]
fn the_list_of_litellm_is_read_exactly() {
    let list = Imported::read(LITELLM.as_bytes(), today()).expect("a list");
    assert_eq!((list.source, list.date, list.skipped), ("litellm", None, 1));
    let haiku = list.get("claude-haiku-5-5").expect("there");
    assert_eq!(words(&haiku.standard), [">0 0.1 0.5 0.01 0.125 0.2", ">100000 0.5 2.5 0.01 0.125 1"]);
    assert_eq!(
        haiku.under(&Terms::batch()).map(words),
        // The list has no batch price for the cache; half of that for input is half of it for the cache.
        Some(vec![
            ">0 0.05 0.25 0.005 0.0625 0.1".to_owned(),
            ">100000 0.25 1.25 0.005 0.0625 0.5".to_owned()
        ])
    );
    // Priority has no tier for large prompts, and none is made up.
    assert!(!haiku.variants.contains_key("priority"));
    assert_eq!(
        words(&list.get("aws/us.anthropic.claude-opus-5-5").expect("there").standard),
        [">0 4.4 22 - - -"]
    );
    assert_eq!(words(&list.get("gemini-2.5-pro").expect("there").standard), [">0 1.25 10 - - -"]);
    assert_eq!(
        words(&list.get("dashscope/qwen-flash").expect("there").standard),
        [">0 0.05 0.4 - - -", ">256000 0.25 2 - - -"]
    );
}

#[test]
fn what_is_no_price_list_is_refused() {
    for wrong in ["", "hello", "[1]", "{\"a\": 1}", "[{\"id\": \"x\"}]"] {
        assert!(Imported::read(wrong.as_bytes(), today()).is_err(), "{wrong}");
    }
    for nothing in
        ["[]", "{}", r#"{"x": {"mode": "chat", "input_cost_per_token": 0, "output_cost_per_token": 0}}"#]
    {
        let error = Imported::read(nothing.as_bytes(), today()).expect_err("no model");
        assert!(error.to_string().contains("no model with rates"), "{error}");
    }
    assert!(Imported::read(&[0xff], today()).is_err());
}

#[test]
fn an_update_says_what_changes() {
    let list = Imported::read(GENAI.as_bytes(), today()).expect("a list");
    let wanted = BTreeSet::from(["claude-haiku-5-5".to_owned(), "claude-opus-6".to_owned()]);
    let first = update(None, &list, Some(&wanted), Some("0.2.1"), today());
    assert_eq!(first.missing, ["claude-opus-6"]);
    let said: Vec<String> = first.changes.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["claude-haiku-5-5 is new: input $0.1, output $0.5"]);
    assert_eq!((first.lock.title().as_str(), first.lock.models.len()), ("genai-prices 0.2.1, 2026-11-01", 1));
    assert_eq!(Lock::parse(&first.lock.write()).as_ref(), Ok(&first.lock));

    let dearer = GENAI
        .replace("\"base\": 0.1", "\"base\": 0.11")
        .replace("\"cache_read_mtok\": 0.01", "\"cache_write_mtok\": 1");
    let list = Imported::read(dearer.as_bytes(), today()).expect("a list");
    let second = update(Some(&first.lock), &list, Some(&BTreeSet::new()), None, today());
    let said: Vec<String> = second.changes.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "claude-haiku-5-5 input $0.1 -> $0.11",
            "claude-haiku-5-5 cache read $0.01 -> none",
            "claude-haiku-5-5 cache write 5m none -> $1",
            "claude-haiku-5-5 cache read above 100000 $0.01 -> none",
            "claude-haiku-5-5 cache write 5m above 100000 none -> $1",
            "claude-haiku-5-5 batch cache read $0.01 -> none",
            "claude-haiku-5-5 batch cache write 5m none -> $1",
        ]
    );
    assert_eq!(second.lock.version, None);
    let again = update(Some(&second.lock), &list, Some(&BTreeSet::new()), None, today());
    assert_eq!((again.changes.len(), &again.lock), (0, &second.lock));
    let all = update(Some(&second.lock), &list, None, None, today());
    assert_eq!(all.lock.models.len(), 3);
}

#[test]
fn entries_that_cannot_be_used_are_counted() {
    let price = "4.4e-06";
    for wrong in ["-4.4e-06", "2", "4.400000000000000000000000001e-06"] {
        let list = Imported::read(LITELLM.replace(price, wrong).as_bytes(), today()).expect("a list");
        assert_eq!((list.skipped, list.get("aws/us.anthropic.claude-opus-5-5")), (2, None), "{wrong}");
        let made = update(None, &list, None, Some("1\n2\u{7}\u{2028}\"x"), today());
        assert_eq!(Lock::parse(&made.lock.write()).as_ref(), Ok(&made.lock), "{wrong}");
    }
    let free = LITELLM.replace(price, "0").replace("2.2e-05", "0.0");
    let list = Imported::read(free.as_bytes(), today()).expect("a list");
    assert_eq!((list.skipped, list.get("aws/us.anthropic.claude-opus-5-5")), (2, None));
    let broken = GENAI.replace("\"input_mtok\": 4", "\"input_mtok\": 4000000");
    let list = Imported::read(broken.as_bytes(), today()).expect("a list");
    assert_eq!((list.skipped, list.get("claude-opus-5-5")), (2, None));
    // The other list has zeros where a model is free.
    let free =
        GENAI.replace("\"input_mtok\": 4, \"output_mtok\": 20", "\"input_mtok\": 0, \"output_mtok\": 0");
    let list = Imported::read(free.as_bytes(), today()).expect("a list");
    let made = update(None, &list, Some(&BTreeSet::from(["claude-opus-5-5".to_owned()])), None, today());
    assert!(made.changes[0].to_string().contains("is new: free of charge, input $0"), "{:?}", made.changes);
}

#[test]
fn the_largest_size_of_a_tier_does_not_overflow() {
    let list = Imported::read(GENAI.as_bytes(), today()).expect("a list");
    let mut before = update(None, &list, None, None, today()).lock;
    if let Some(model) = before.models.get_mut("claude-haiku-5-5") {
        let tier = |above| crate::cost::rates::Tier { above, ..model.standard.tiers()[0].clone() };
        model.standard = Rates::new(vec![tier(0), tier(u64::MAX)]).expect("rising");
    }
    assert!(!update(Some(&before), &list, None, None, today()).changes.is_empty());
    assert!(Lock::parse(&before.write()).expect_err("too large")[0].to_string().contains("at most"));
}

proptest! {
    #[test]
    fn no_text_breaks_it(text in "[\\[{]?\\PC{0,200}") {
        let _ = Imported::read(text.as_bytes(), today());
    }

    #[test]
    fn no_damage_breaks_it(at in 0usize..2000, cut in 0usize..30, with in "[-0-9eE.\\[\\]{}\",a-z]{0,6}", which in any::<bool>()) {
        let mut text = if which { GENAI } else { LITELLM }.to_owned();
        let start = at.min(text.len());
        let end = (start + cut).min(text.len());
        text.replace_range(start..end, &with);
        let _ = Imported::read(text.as_bytes(), today());
    }

    #[test]
    fn prices_per_token_become_prices_per_million(digits in 1u64..1_000_000, exponent in 7u32..12) {
        let text = format!(r#"{{"x": {{"mode": "chat", "input_cost_per_token": {digits}e-{exponent}, "output_cost_per_token": 0}}}}"#);
        let list = Imported::read(text.as_bytes(), today()).expect("a list");
        let rate = list.models["x"].standard.tiers()[0].per_million.input;
        let expected = Decimal::from(digits) * Decimal::from(1_000_000) / Decimal::from(10u64.pow(exponent));
        prop_assert_eq!(rate, expected);
    }
}
