use super::*;
use proptest::prelude::*;

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn raw(text: &str) -> RawPrices {
    serde_yaml::from_str(text).expect("valid")
}

fn list() -> Rates {
    let tier = |above, input: &str, output: &str, read: &str| Tier {
        above,
        per_million: PerMillion {
            input: decimal(input),
            output: decimal(output),
            cache_read: Some(decimal(read)),
            cache_write_5m: None,
            cache_write_1h: None,
        },
    };
    Rates::new(vec![tier(0, "3", "15", "0.3"), tier(200_000, "6", "22.5", "0.6")]).expect("rising")
}

#[test]
fn numbers_and_strings_are_read_exactly() {
    let raw = raw("models: {a: {input: 1.8, output: '9.123456789', cache_read: 0.1, cache_write_5m: 3}}\n\
                   discount_percent: 12.5\nregion: us\nregion_factor: '1.1'\nprocessing: batch\n");
    let overrides = Overrides::new(&raw).expect("valid");
    let rates = overrides.models["a"].over(None).expect("complete");
    let rates = &rates.tiers()[0].per_million;
    assert_eq!((rates.input, rates.output), (decimal("1.8"), decimal("9.123456789")));
    assert_eq!((rates.cache_read, rates.cache_write_5m), (Some(decimal("0.1")), Some(decimal("3"))));
    assert_eq!(overrides.discount_percent, Some(decimal("12.5")));
    assert_eq!(overrides.processing, Some(Processing::Batch));
    for wrong in [
        "{models: {a: {input: -1}}}",
        "{models: {a: {input: .inf}}}",
        "{models: {a: {input: '1e3'}}}",
        "{models: {a: {inputs: 1}}}",
        "{discount_percent: 101}",
        "{region: mars}",
        "{models: {a: {tiers: [{above: 0, input: 1}]}}}",
    ] {
        assert!(serde_yaml::from_str::<RawPrices>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_rate_without_tiers_holds_for_prompts_of_every_size() {
    let overrides = Overrides::new(&raw("models: {a: {input: 2}}")).expect("valid");
    let rates = overrides.models["a"].over(Some(&list())).expect("rates");
    let inputs: Vec<Decimal> = rates.tiers().iter().map(|tier| tier.per_million.input).collect();
    assert_eq!(inputs, [decimal("2"), decimal("2")]);
    assert_eq!(rates.tiers()[1].per_million.output, decimal("22.5"));
    assert_eq!(overrides.models["a"].over(None), None);
}

#[test]
fn stated_tiers_take_the_place_of_all_tiers() {
    let overrides =
        Overrides::new(&raw("models: {a: {input: 2, tiers: [{above: 100000, input: 5}]}}")).expect("valid");
    let rates = overrides.models["a"].over(Some(&list())).expect("rates");
    let shown: Vec<(u64, Decimal, Decimal)> =
        rates.tiers().iter().map(|t| (t.above, t.per_million.input, t.per_million.output)).collect();
    assert_eq!(shown, [(0, decimal("2"), decimal("15")), (100_000, decimal("5"), decimal("15"))]);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let errors = Overrides::new(&raw(
        "aliases: {mine: Claude 4.5}\nmodels: {Opus 4.6: {input: 1}, claude-opus-4-6: {input: 2}, x: {}}",
    ))
    .expect_err("wrong");
    let places: Vec<String> = errors.iter().map(|error| error.path.join(".")).collect();
    assert_eq!(places, ["aliases.mine", "models.claude-opus-4-6", "models.x"]);
    assert!(errors[0].message.contains("claude-sonnet-4-5"), "{}", errors[0]);
}

#[test]
fn a_name_of_ones_own_has_the_price_of_what_it_means() {
    let overrides = Overrides::new(&raw("aliases: {Reviewer: claude-opus-4-6, sonnet: claude-sonnet-4-6}\n\
         models: {reviewer: {input: 0.01, output: 0.01}, sonnet: {input: 0.02, output: 0.02}}"))
    .expect("valid");
    let priced: Vec<&str> = overrides.models.keys().map(String::as_str).collect();
    assert_eq!(priced, ["claude-opus-4-6", "claude-sonnet-4-6"]);
    let twice =
        raw("aliases: {mine: claude-opus-4-6}\nmodels: {mine: {input: 1}, claude-opus-4-6: {input: 2}}");
    assert!(Overrides::new(&twice).expect_err("twice")[0].message.contains("another name"));
}

#[test]
fn flags_name_model_kind_and_rate() {
    // Two names of one model are one model.
    let found =
        Overrides::from_flags(["sonnet.input=1.8", "claude-sonnet-5-5.output = 9", "gpt-5.3-codex.input=1"])
            .expect("valid");
    assert_eq!(found.models["claude-sonnet-5-5"].kinds.input, Some(decimal("1.8")));
    assert_eq!(found.models["claude-sonnet-5-5"].kinds.output, Some(decimal("9")));
    assert_eq!(found.models["gpt-5.3-codex"].kinds.input, Some(decimal("1")));
    let errors = Overrides::from_flags(["x", "a.b=1", "a.input=much", ".input=1"]).expect_err("wrong");
    assert_eq!(errors.len(), 4);
}

proptest! {
    #[test]
    fn no_text_breaks_the_readers(text in ".{0,200}") {
        let _ = Overrides::from_flags([text.as_str()]);
        if let Ok(raw) = serde_yaml::from_str::<RawPrices>(&text) {
            let _ = Overrides::new(&raw);
        }
        let _ = text.parse::<Rate>();
    }

    #[test]
    fn rates_come_back_as_they_were_written(units in 0u64..1_000_000, digits in 0u32..1_000_000) {
        let text = format!("{units}.{digits:06}");
        let rate: Rate = text.parse().expect("in range");
        prop_assert_eq!(rate.get(), text.parse::<Decimal>().expect("a decimal"));
    }
}
