//! What the price book lacks: from which size prompts are cached, what keeping requests in a region costs, and which
//! models are no more.
//!
//! All are facts of the vendors' own interfaces. A row holds for every model whose plain name begins with it;
//! the longest row counts.

use super::names;
use crate::config::prices::Region;
use jiff::civil::{Date, date};
use rust_decimal::Decimal;

/// Assumed for models that no row is about; most vendors begin at this size.
pub const DEFAULT_MIN_CACHEABLE: u64 = 1024;

const LITELLM: &str = "PyPI litellm 1.109.1, `prompt_cache_min_tokens`";
const OPENAI: &str =
    "OpenAI cookbook, \"Prompt Caching 201\", for models before GPT-5.6; assumed for later ones";
const US: &str = "PyPI litellm 1.109.1, `provider_specific_entry.us`";
const OPENAI_REGION: &str = "PyPI litellm 1.109.1, `regional_processing_uplift_multiplier_us` and `_eu`";

const WINDOW: &str = "PyPI litellm 1.109.1, `max_input_tokens`";

/// Beginning of a model's plain name, tokens from which a prefix is cached, source.
const MIN_CACHEABLE: [(&str, u64, &str); 28] = [
    ("claude-fable-5", 512, LITELLM),
    ("claude-mythos-5", 512, LITELLM),
    ("claude-opus-5", 512, LITELLM),
    ("claude-sonnet-5-5", 512, LITELLM),
    ("claude-haiku-5-5", 512, LITELLM),
    ("claude-sonnet-5", 1024, LITELLM),
    ("claude-opus-4-8", 1024, LITELLM),
    ("claude-opus-4-7", 2048, LITELLM),
    ("claude-opus-4-6", 4096, LITELLM),
    ("claude-opus-4-5", 4096, LITELLM),
    ("claude-opus-4-1", 1024, LITELLM),
    ("claude-opus-4-0", 1024, LITELLM),
    ("claude-sonnet-4", 1024, LITELLM),
    ("claude-haiku-4-5", 4096, LITELLM),
    ("claude-3-5-haiku", 2048, LITELLM),
    ("gpt-", 1024, OPENAI),
    ("o1", 1024, OPENAI),
    ("o3", 1024, OPENAI),
    ("o4", 1024, OPENAI),
    ("codex-", 1024, OPENAI),
    ("gemini-2.5-pro", 2048, LITELLM),
    ("gemini-3.1-pro-preview", 4096, LITELLM),
    ("gemini-3.5-flash", 4096, LITELLM),
    ("gemini-3.6-flash", 4096, LITELLM),
    ("gemini-3.7-flash", 4096, LITELLM),
    ("gemini-3.8-flash", 4096, LITELLM),
    ("gemini-flash-latest", 4096, LITELLM),
    ("gemini-4-argon", 6144, LITELLM),
];

/// Beginning of a model's name at its own vendor, region, factor in hundredths, source.
const REGIONAL: [(&str, Region, i64, &str); 23] = [
    ("claude-fable-5", Region::Us, 110, US),
    ("claude-mythos-5", Region::Us, 110, US),
    ("claude-opus-5", Region::Us, 110, US),
    ("claude-sonnet-5", Region::Us, 110, US),
    ("claude-haiku-5-5", Region::Us, 110, US),
    ("claude-opus-4-8", Region::Us, 110, US),
    ("claude-opus-4-7", Region::Us, 110, US),
    ("claude-opus-4-6", Region::Us, 110, US),
    ("claude-sonnet-4-6", Region::Us, 110, US),
    ("gpt-6-astra", Region::Us, 110, OPENAI_REGION),
    ("gpt-6-sol", Region::Us, 110, OPENAI_REGION),
    ("gpt-6-luna", Region::Us, 110, OPENAI_REGION),
    ("gpt-6.1", Region::Us, 110, OPENAI_REGION),
    ("gpt-5.6", Region::Us, 110, OPENAI_REGION),
    ("gpt-5.5", Region::Us, 110, OPENAI_REGION),
    ("gpt-5.4", Region::Us, 110, OPENAI_REGION),
    ("gpt-6-astra", Region::Eu, 110, OPENAI_REGION),
    ("gpt-6-sol", Region::Eu, 110, OPENAI_REGION),
    ("gpt-6-luna", Region::Eu, 110, OPENAI_REGION),
    ("gpt-6.1", Region::Eu, 110, OPENAI_REGION),
    ("gpt-5.6", Region::Eu, 110, OPENAI_REGION),
    ("gpt-5.5", Region::Eu, 110, OPENAI_REGION),
    ("gpt-5.4", Region::Eu, 110, OPENAI_REGION),
];

/// Beginning of a model's plain name, tokens of its context window, source; only where the book has none.
const WINDOWS: [(&str, u64, &str); 2] =
    [("gemini-2.5-pro", 1_048_576, WINDOW), ("gemini-3.1-pro-preview", 1_048_576, WINDOW)];

/// A fact and where it is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The fact.
    pub value: T,
    /// Where it is from.
    pub source: &'static str,
}

/// From how many tokens on a prefix of the prompt is cached; shorter ones are billed as fresh input each time.
pub fn min_cacheable(model: &str) -> Sourced<u64> {
    let model = names::plain(model);
    let rows = MIN_CACHEABLE.iter().filter(|(prefix, ..)| begins(&model, prefix));
    rows.max_by_key(|(prefix, ..)| prefix.len()).map_or(
        Sourced { value: DEFAULT_MIN_CACHEABLE, source: "assumed" },
        |(_, value, source)| Sourced { value: *value, source },
    )
}

/// How many tokens a request may have, for models of which the book does not say so.
pub fn context_window(model: &str) -> Option<Sourced<u64>> {
    let model = names::plain(model);
    let row = WINDOWS.iter().find(|(prefix, ..)| begins(&model, prefix));
    row.map(|(_, value, source)| Sourced { value: *value, source })
}

/// What the list price is multiplied by when requests have to stay in a region; `None` when no factor is known.
///
/// Another house than the vendor has names of its own for regions (`us.anthropic...`), with prices of their own.
pub fn regional_factor(model: &str, region: Region) -> Option<Sourced<Decimal>> {
    if region == Region::Global {
        return Some(Sourced { value: Decimal::ONE, source: "list price" });
    }
    let rows = REGIONAL.iter().filter(|(prefix, row, ..)| *row == region && begins(model, prefix));
    rows.max_by_key(|(prefix, ..)| prefix.len())
        .map(|(.., hundredths, source)| Sourced { value: Decimal::new(*hundredths, 2).normalize(), source })
}

const DEPRECATIONS: &str = "Claude API documentation, \"Model deprecations\"; https://platform.claude.com/docs/en/about-claude/model-deprecations";
const RELEASE_NOTES: &str =
    "Claude API documentation, \"Release notes\"; https://platform.claude.com/docs/en/release-notes/overview";

/// Beginning of a model's name at its own vendor, the day from which requests fail, source. Partners that sell the same
/// models have dates of their own, so rows hold for the vendor alone.
const RETIRED: [(&str, Date, &str); 10] = [
    ("claude-2", date(2025, 7, 21), DEPRECATIONS),
    ("claude-3-sonnet", date(2025, 7, 21), DEPRECATIONS),
    ("claude-3-5-sonnet", date(2025, 10, 28), DEPRECATIONS),
    ("claude-3-opus", date(2026, 1, 5), DEPRECATIONS),
    ("claude-3-7-sonnet", date(2026, 2, 19), DEPRECATIONS),
    ("claude-3-5-haiku", date(2026, 2, 19), DEPRECATIONS),
    ("claude-3-haiku", date(2026, 4, 20), RELEASE_NOTES),
    ("claude-sonnet-4-0", date(2026, 6, 15), RELEASE_NOTES),
    ("claude-opus-4-0", date(2026, 6, 15), RELEASE_NOTES),
    ("claude-opus-4-1", date(2026, 8, 5), DEPRECATIONS),
];

/// Since when requests to a model fail at its own vendor; `None` while they do not, or nobody says.
///
/// The name is as [`names::canonical`] writes it; one of another house has that house before it, and no row.
pub fn retired(model: &str, day: Date) -> Option<Sourced<Date>> {
    let row = RETIRED.iter().find(|(prefix, ..)| begins(model, prefix))?;
    (row.1 <= day).then_some(Sourced { value: row.1, source: row.2 })
}

/// `claude-opus-5` begins `claude-opus-5-5` but not `claude-opus-55`.
fn begins(model: &str, prefix: &str) -> bool {
    let rest = model.strip_prefix(prefix);
    rest.is_some_and(|rest| {
        rest.is_empty() || prefix.ends_with('-') || !rest.starts_with(|c: char| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_prompts_are_not_cached() {
        for (model, tokens) in [
            ("claude-sonnet-5-5", 512),
            ("claude-opus-5", 512),
            ("claude-sonnet-5", 1024),
            ("claude-opus-4-8", 1024),
            ("claude-haiku-4-5", 4096),
            ("aws/us.anthropic.claude-haiku-4-5-20251001-v1:0", 4096),
            ("gpt-5.3-codex", 1024),
            ("gemini-4-argon", 6144),
            ("o33-imaginary", DEFAULT_MIN_CACHEABLE),
        ] {
            assert_eq!(min_cacheable(model).value, tokens, "{model}");
        }
        assert_eq!(min_cacheable("llama-4").source, "assumed");
    }

    #[test]
    fn a_region_costs_more_where_the_vendor_says_so() {
        let factor = |model, region| regional_factor(model, region).map(|row| row.value.to_string());
        assert_eq!(factor("claude-sonnet-5-5", Region::Us).as_deref(), Some("1.1"));
        assert_eq!(factor("gpt-5.4-mini", Region::Eu).as_deref(), Some("1.1"));
        assert_eq!(factor("claude-sonnet-5-5", Region::Global).as_deref(), Some("1"));
        assert_eq!(factor("claude-sonnet-4-5", Region::Us), None);
        assert_eq!(factor("aws/us.anthropic.claude-sonnet-5-5", Region::Us), None);
    }

    #[test]
    fn models_are_retired_at_their_vendor_from_a_day_on() {
        let since = |name: &str, day: &str| {
            let model = names::canonical(name).unwrap();
            retired(&model, day.parse().unwrap()).map(|row| row.value.to_string())
        };
        assert_eq!(since("claude-3-5-sonnet-20241022", "2026-11-21").as_deref(), Some("2025-10-28"));
        assert_eq!(since("claude-sonnet-4-20250514", "2026-11-21").as_deref(), Some("2026-06-15"));
        assert_eq!(since("Claude Opus 4.1", "2026-08-05").as_deref(), Some("2026-08-05"));
        assert_eq!(since("claude-opus-4-1", "2026-08-04"), None);
        for name in [
            "claude-sonnet-4-5",
            "claude-haiku-4-5",
            "us.anthropic.claude-3-5-sonnet-20241022-v2:0",
            "gpt-4o",
            "sonnet",
        ] {
            assert_eq!(since(name, "2026-11-21"), None, "{name}");
        }
        assert!(RETIRED.iter().all(|(.., source)| source.contains("https://")));
    }

    #[test]
    fn rows_are_sourced_and_not_repeated() {
        let mut rows: Vec<&str> = MIN_CACHEABLE.iter().map(|(prefix, ..)| *prefix).collect();
        rows.sort_unstable();
        rows.dedup();
        assert_eq!(rows.len(), MIN_CACHEABLE.len());
        assert!(MIN_CACHEABLE.iter().all(|(.., source)| source.len() > 10));
    }
}
