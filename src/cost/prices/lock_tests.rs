use super::*;
use proptest::prelude::*;

const GOOD: &str = "format: 1
source: genai-prices
version: \"0.2.1\"
sha256: \"36b2d46ee3f339666e58962d6e4d9ecb175adf2a0456ad029ea0cbafd9baf75c\"
date: 2026-10-20
models:
  claude-haiku-5-5:
    context_window: 1000000
    standard:
      - {above: 0, input: \"0.1\", output: \"0.5\", cache_read: \"0.01\"}
      - {above: 100000, input: \"0.5\", output: \"2.5\", cache_read: \"0.05\"}
    batch:
      - {above: 0, input: \"0.05\", output: \"0.25\"}
";

fn errors(text: &str) -> Vec<String> {
    Lock::parse(text).expect_err("wrong").iter().map(ToString::to_string).collect()
}

#[test]
fn reads_what_it_writes() {
    let lock = Lock::parse(GOOD).expect("valid");
    let written = lock.write();
    assert_eq!(Lock::parse(&written).as_ref(), Ok(&lock));
    assert!(written.ends_with(GOOD), "{written}");
    let model = &lock.models["claude-haiku-5-5"];
    assert_eq!(model.under(&Terms::batch()).expect("offered").tiers().len(), 1);
    let flex = Terms { service_tier: Some("flex".to_owned()), ..Terms::default() };
    assert_eq!(model.under(&flex), None);
    assert_eq!(lock.title(), "genai-prices 0.2.1, 2026-10-20");
    let empty = Lock { models: BTreeMap::new(), ..lock };
    assert_eq!(Lock::parse(&empty.write()), Ok(empty));
}

#[test]
fn says_everything_that_is_wrong_and_where() {
    let text = GOOD
        .replace("date: 2026-10-20", "date: lately")
        .replace("context_window", "window: 1\n    context_windows")
        .replace("output: \"2.5\"", "output: \"-2.5\"")
        .replace("claude-haiku-5-5:", "Haiku 5.5:")
        .replace("above: 0, input: \"0.05\"", "above: 3, input: \"0.05\", inputs: 1");
    let found = errors(&text);
    let lines: Vec<&str> = found.iter().filter_map(|error| error.split(": ").next()).collect();
    let places = [5, 7, 8, 9, 12, 14].map(|line| format!("prices.lock:{line}"));
    assert_eq!(lines, places, "{found:#?}");
    let found = errors(&GOOD.replace("above: 0, input: \"0.05\"", "above: 3, input: \"0.05\""));
    assert_eq!(found, ["prices.lock:13: `above` has to begin with 0 and to rise, in at most 16 tiers"]);
    assert!(errors("")[0].contains("`format` is missing"));
    assert!(errors("format: 2\n")[0].contains("reads format 1"));
    assert!(errors(&GOOD.replace("source:", "colour: red\nsource:"))[0].contains("`colour` is not known"));
    assert!(errors(&format!("{GOOD}models: {{}}\n"))[0].contains("stands twice"));
    assert!(errors(&"x".repeat(3 << 20))[0].contains("bytes"));
}

proptest! {
    #[test]
    fn no_text_breaks_it(text in "\\PC{0,300}") {
        let _ = Lock::parse(&text);
    }

    #[test]
    fn no_damage_breaks_it(at in 0usize..400, with in "\\PC{0,6}", cut in 0usize..40) {
        let mut text = GOOD.to_owned();
        let start = text.floor_char_boundary(at);
        let end = (start + cut).min(text.len());
        text.replace_range(start..end, &with);
        if let Ok(lock) = Lock::parse(&text) {
            prop_assert_eq!(Lock::parse(&lock.write()), Ok(lock));
        }
    }

    #[test]
    fn names_survive(name in "[ -~]{1,20}") {
        let Ok(name) = names::canonical(&name) else { return Ok(()) };
        prop_assume!(!name.is_empty() && names::canonical(&name).as_deref() == Ok(name.as_str()));
        let mut lock = Lock::parse(GOOD).expect("valid");
        let model = lock.models["claude-haiku-5-5"].clone();
        lock.models.insert(name, model);
        prop_assert_eq!(Lock::parse(&lock.write()), Ok(lock));
    }
}
