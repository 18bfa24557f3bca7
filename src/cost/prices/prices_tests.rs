use super::overrides::Overrides;
use super::*;
use crate::base::Family;
use crate::config::prices::RawPrices;
use crate::cost::rates::PerMillion;
use rust_decimal::Decimal;

fn at(day: &str) -> jiff::Timestamp {
    format!("{day}T09:00:00Z").parse().expect("a time")
}

fn today() -> jiff::Timestamp {
    at("2026-11-21")
}

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn rates(model: &str) -> Rates {
    Book::new(today()).quote(model).expect("known").rates.clone()
}

fn words(rates: &PerMillion) -> [String; 5] {
    let cached = |rate: Option<Decimal>| rate.map_or("-".to_owned(), |rate| rate.to_string());
    [
        rates.input.to_string(),
        rates.output.to_string(),
        cached(rates.cache_read),
        cached(rates.cache_write_5m),
        cached(rates.cache_write_1h),
    ]
}

fn layer(text: &str) -> Overrides {
    Overrides::new(&serde_yaml::from_str::<RawPrices>(text).expect("valid")).expect("valid")
}

#[test]
fn rates_of_the_book_are_exact() {
    for (model, expected) in [
        ("claude-sonnet-4-6", ["3", "15", "0.3", "3.75", "6"]),
        ("claude-sonnet-5-5", ["2", "10", "0.1", "2.5", "4"]),
        ("claude-opus-5-5", ["4", "20", "0.2", "5", "8"]),
        ("claude-fable-5-1", ["10", "50", "0.25", "12.5", "20"]),
        ("claude-opus-4-8", ["5", "25", "0.5", "6.25", "10"]),
        ("gpt-5.3-codex", ["1.75", "14", "0.175", "-", "-"]),
        ("gpt-5.2-codex", ["1.75", "14", "0.175", "-", "-"]),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", ["3.3", "16.5", "0.33", "4.125", "6.6"]),
    ] {
        let rates = rates(model);
        assert_eq!(rates.tiers().len(), 1, "{model}");
        assert_eq!(words(&rates.tiers()[0].per_million), expected, "{model}");
    }
}

#[test]
fn cache_reads_have_a_rate_of_their_own_for_every_generation() {
    for (model, share) in [
        ("claude-opus-4-8", "0.1"),
        ("claude-sonnet-5-5", "0.05"),
        ("claude-opus-5-5", "0.05"),
        ("claude-fable-5-1", "0.025"),
    ] {
        let rates = rates(model);
        let first = &rates.tiers()[0].per_million;
        assert_eq!(first.cache_read.map(|read| read / first.input), Some(decimal(share)), "{model}");
    }
}

#[test]
fn tiers_begin_where_the_vendor_says() {
    for (model, above, factor) in [
        ("claude-haiku-5-5", 100_000, "5"),
        ("gpt-5.4", 272_000, "2"),
        ("gemini-3.1-pro-preview", 200_000, "2"),
        ("grok-4.5", 199_999, "2"),
    ] {
        let rates = rates(model);
        let [low, high] = rates.tiers() else { panic!("{model}: {rates:?}") };
        assert_eq!(high.above, above, "{model}");
        assert_eq!(high.per_million.input, low.per_million.input * decimal(factor), "{model}");
    }
    let many = rates("openrouter/qwen/qwen3-coder-flash");
    assert_eq!(many.tiers().iter().map(|tier| tier.above).collect::<Vec<_>>(), [0, 32_000, 128_000]);
}

#[test]
fn a_batch_costs_half_where_there_are_batches() {
    let book = Book::new(today());
    let batch = book.quote_under("claude-sonnet-5-5", &Terms::batch()).expect("offered");
    assert_eq!(words(&batch.rates.tiers()[0].per_million), ["1", "5", "0.05", "1.25", "2"]);
    let haiku = book.quote_under("claude-haiku-5-5", &Terms::batch()).expect("offered");
    assert_eq!(words(&haiku.rates.tiers()[1].per_million), ["0.25", "1.25", "0.025", "0.3125", "0.5"]);
    // The crate would give the standard price here.
    for (model, terms) in [
        ("claude-3-opus", Terms::batch()),
        ("claude-sonnet-5-5", Terms { service_tier: Some("flex".to_owned()), ..Terms::default() }),
    ] {
        let error = book.quote_under(model, &terms).expect_err("not offered");
        assert!(error.reason.contains(&format!("{terms} processing")), "{error}");
    }
    // Batch prices are known from October 2026 on.
    assert!(Book::new(at("2026-09-01")).quote_under("claude-sonnet-5-5", &Terms::batch()).is_err());
    let default = Terms { service_tier: Some("default".to_owned()), ..Terms::default() };
    assert!(book.quote_under("gpt-5.4", &default).is_ok());
}

#[test]
fn two_terms_at_once_need_a_price_of_their_own() {
    let book = Book::new(today());
    let both = |tier: &str| Terms { service_tier: Some(tier.to_owned()), ..Terms::batch() };
    for (model, tier) in [("claude-sonnet-5-5", "nonsense"), ("gpt-5.5", "priority"), ("gpt-5.5", "nonsense")]
    {
        let found = book.quote_under(model, &both(tier));
        assert!(found.is_err(), "{model} {tier}: {found:?}");
    }
    assert!(book.quote_under("claude-sonnet-5-5", &both("default")).is_ok());
}

#[test]
fn models_that_many_sell_need_their_house() {
    let book = Book::new(today());
    for name in
        ["gpt-oss-120b", "openai gpt-oss-120b", "glm-5.3", "GLM 5.3", "deepseek-chat-9", "deepseek-chat-v9"]
    {
        assert!(book.quote(name).is_err(), "{name}: {:?}", book.quote(name));
    }
    let error = book.quote("gpt-oss-120b").expect_err("many");
    assert!(error.reason.contains("could mean") && error.reason.contains("/gpt-oss-120b"), "{error}");
    assert!(book.quote("zai/glm-5.3").is_ok() && book.quote("zhipuai/glm-5.3").is_ok());
    assert!(book.quote("gpt-4o-2024-05-13").is_ok() && book.quote("deepseek-chat").is_ok());
}

#[test]
fn what_a_vendor_lists_is_not_what_is_paid() {
    let overrides = "{aliases: {reviewer: claude-opus-4-6}, discount_percent: 50, processing: batch, region: us,\
                     models: {reviewer: {input: 1}}}";
    let book = Book::new(today()).with_layer(PriceOrigin::Repository, layer(overrides));
    let input = |book: &Book<'_>| book.quote("reviewer").expect("known").rates.tiers()[0].per_million.input;
    assert_eq!((input(&book), input(&book.at_list_price())), (decimal("1"), decimal("5")));
    assert!(book.at_list_price().terms().is_standard());
}

#[test]
fn rates_without_effect_are_found() {
    let overrides = "{models: {claude-sonet-9: {input: 7}, mine: {input: 1, output: 2}, sonnet: {input: 1}}}";
    let book = Book::new(today()).with_layer(PriceOrigin::Repository, layer(overrides));
    assert_eq!(book.without_effect(&PriceOrigin::Repository), ["claude-sonet-9"]);
    // A name that another layer gives a meaning.
    let book = Book::new(today())
        .with_layer(PriceOrigin::Repository, layer("{aliases: {reviewer: claude-opus-4-6}}"))
        .with_layer(PriceOrigin::Flag, Overrides::from_flags(["reviewer.input=0.01"]).expect("valid"));
    let quote = book.quote("reviewer").expect("known");
    assert_eq!((quote.model.as_str(), &quote.origin), ("claude-opus-4-6", &PriceOrigin::Flag));
    assert_eq!(quote.rates.tiers()[0].per_million.input, decimal("0.01"));
}

#[test]
fn prices_are_those_of_the_day() {
    let input = |day| {
        let quote = Book::new(at(day)).quote("o3").expect("known");
        quote.rates.tiers()[0].per_million.input
    };
    assert_eq!((input("2025-05-01"), input("2026-11-21")), (decimal("10"), decimal("2")));
    // DeepSeek charges more in the hours of its day.
    let night = Book::new("2026-11-21T23:00:00Z".parse().expect("a time"));
    let noted = night.quote("deepseek-v4-pro").expect("known");
    assert!(noted.notes.iter().any(|note| note.contains("dearest hours")), "{noted:?}");
}

#[test]
fn what_rates_cannot_say_has_no_price() {
    let book = Book::new(today());
    for (model, reason) in [
        ("perplexity/sonar-pro", "each request"),
        ("text-embedding-3-large", "output"),
        ("whisper-1", "input"),
        ("azure/mai-ds-r1:free", "input"),
        ("gpt-99-imaginary", "no price is known"),
        ("claude-sonnet-4-55", "no price is known"),
        ("gemini-3.8-flash-cyber", "gemini-3.8-flash"),
    ] {
        let error = book.quote(model).expect_err(model);
        assert!(error.reason.contains(reason), "{error}");
        assert!(error.help.contains("prices.models"), "{}", error.help);
    }
}

#[test]
fn a_name_that_may_mean_several_models_says_which() {
    let book = Book::new(today());
    let error = book.quote("Claude 4.5").expect_err("three");
    assert!(error.reason.contains("claude-opus-4-5 or claude-sonnet-4-5"), "{error}");
    let error = book.quote("gpt-6").expect_err("three");
    assert!(error.reason.contains("gpt-6-sol") && error.reason.contains("gpt-6-astra"), "{error}");
    let error = book.quote("llama-3.3-70b-versatile").expect_err("no vendor sells it");
    assert!(error.reason.contains("groq/llama-3.3-70b-versatile"), "{error}");
}

#[test]
fn a_house_without_a_price_of_its_own_is_said_to_have_none() {
    let book = Book::new(today());
    let notes = |model| book.quote(model).expect("known").notes.clone();
    assert_eq!(notes("azure/o3"), Vec::<String>::new());
    assert!(notes("azure/gpt-5.4")[0].contains("the vendor's own"));
    // Amazon's prices differ by region, and the book has one.
    for regional in ["bedrock/eu-west-2/meta.llama3-8b-instruct-v1:0", "azure/eu/o4-mini"] {
        assert!(book.quote(regional).is_err(), "{regional}");
    }
}

#[test]
fn layers_win_from_the_top_kind_by_kind() {
    let book = Book::new(today())
        .with_layer(PriceOrigin::Flag, Overrides::from_flags(["sonnet.input=1"]).expect("valid"))
        .with_layer(
            PriceOrigin::Repository,
            layer("{models: {sonnet: {input: 3, output: 30}}, aliases: {reviewer: opus}}"),
        )
        .with_layer(
            PriceOrigin::Environment("production".to_owned()),
            layer("{models: {sonnet: {output: 20}}}"),
        );
    let quote = book.quote("Claude Sonnet 5.5").expect("known");
    assert_eq!(words(&quote.rates.tiers()[0].per_million), ["1", "20", "0.1", "2.5", "4"]);
    assert_eq!(quote.origin, PriceOrigin::Flag);
    assert_eq!(book.quote("Reviewer").expect("an alias").model, "claude-opus-5-5");
    assert_eq!(book.quote("opus").expect("known").origin, PriceOrigin::Book);
}

#[test]
fn discounts_and_regions_are_for_list_prices() {
    let overrides =
        "{discount_percent: 10, region: us, models: {opus: {input: 1}, mine: {input: 1, output: 2}}}";
    let book = Book::new(today()).with_layer(PriceOrigin::Repository, layer(overrides));
    let sonnet = book.quote("sonnet").expect("known");
    assert_eq!(sonnet.rates.tiers()[0].per_million.input, decimal("1.98"));
    assert_eq!(sonnet.notes, ["times 1.1 for the region us", "less 10 %"]);
    let opus = book.quote("opus").expect("known");
    assert_eq!(
        (opus.rates.tiers()[0].per_million.input, opus.rates.tiers()[0].per_million.output),
        (decimal("1"), decimal("19.8"))
    );
    assert_eq!(book.quote("mine").expect("stated").origin, PriceOrigin::Repository);
    let old = book.quote("claude-sonnet-4-5").expect("known");
    assert_eq!(old.notes, ["no factor is known for the region us", "less 10 %"]);
    let batch = Book::new(today()).with_layer(PriceOrigin::Repository, layer("{processing: batch}"));
    assert_eq!(batch.quote("sonnet").expect("offered").rates.tiers()[0].per_million.input, decimal("1"));
}

#[test]
fn a_lock_goes_before_the_book_and_has_an_age() {
    let text = "format: 1\nsource: litellm\nsha256: \"36b2d46ee3f339666e58962d6e4d9ecb175adf2a0456ad029ea0cbafd9baf75c\"\n\
                date: 2026-09-01\nmodels:\n  claude-sonnet-5-5:\n    standard:\n      - {above: 0, input: \"7\", output: \"8\"}\n";
    let lock = lock::Lock::parse(text).expect("valid");
    let book = Book::new(today()).with_lock(lock);
    let quote = book.quote("sonnet").expect("locked");
    assert_eq!(words(&quote.rates.tiers()[0].per_million), ["7", "8", "-", "-", "-"]);
    assert_eq!(quote.origin.to_string(), "prices.lock (litellm, 2026-09-01)");
    assert!(book.quote_under("sonnet", &Terms::batch()).is_err());
    let opus = book.quote("opus").expect("known");
    assert!(opus.notes[0].contains("not in prices.lock"), "{opus:?}");
    assert!(book.age_warning(today()).expect("old").contains("81 days"));
    assert_eq!(Book::new(today()).age_warning(today()), None);
    assert!(Book::new(today()).age_warning(at("2026-12-20")).expect("old").contains("61 days"));
}

#[test]
fn a_quote_says_what_else_matters() {
    let book = Book::new(today());
    let haiku = book.quote("claude-haiku-4-5").expect("known");
    assert_eq!(
        (haiku.min_cacheable, haiku.context_window, haiku.family),
        (4096, Some(200_000), Some(Family::ClaudeV3))
    );
    assert_eq!(book.quote("sonnet").expect("known").min_cacheable, 512);
    assert_eq!(book.quote("gemini-2.5-pro").expect("known").context_window, Some(1_048_576));
}

#[test]
fn input_is_priced_from_the_rates() {
    let rates = rates("claude-sonnet-5-5");
    let price = |billing| input_price(&rates, 10_000, billing).expect("no overflow").to_string();
    assert_eq!((price(Billing::Fresh).as_str(), price(Billing::CacheRead).as_str()), ("$0.0200", "$0.0010"));
}

#[test]
fn every_provider_of_the_book_is_a_house() {
    for model in catalogue() {
        let (provider, _) = names::split(&model);
        assert!(provider.is_some(), "{model}");
    }
}
