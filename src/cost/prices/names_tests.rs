use super::*;
use proptest::prelude::*;

fn name(text: &str) -> String {
    canonical(text).expect("one model")
}

#[test]
fn people_and_programs_name_one_model_in_many_ways() {
    for (written, meant) in [
        ("Opus 4.6", "claude-opus-4-6"),
        ("**Opus 4.6**", "claude-opus-4-6"),
        ("`claude-opus-4.6`", "claude-opus-4-6"),
        ("sonnet", "claude-sonnet-5-5"),
        ("sonnet[1m]", "claude-sonnet-5-5"),
        ("Haiku", "claude-haiku-5-5"),
        ("Fable", "claude-fable-5-1"),
        ("Claude Sonnet 4.5", "claude-sonnet-4-5"),
        ("claude sonnet 4.5 [1m]", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
        ("anthropic/claude-sonnet-4-5", "claude-sonnet-4-5"),
        ("anthropic/sonnet", "claude-sonnet-5-5"),
        ("claude-3-5-sonnet-20241022", "claude-3-5-sonnet"),
        ("claude-3-opus-latest", "claude-3-opus"),
        ("claude-opus-4-20250514", "claude-opus-4-0"),
        ("Claude Opus 4", "claude-opus-4-0"),
        ("claude-opus-5", "claude-opus-5"),
        ("Claude 4.8", "claude-opus-4-8"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws/us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("bedrock/us-east-1/anthropic.claude-opus-5", "aws/anthropic.claude-opus-5"),
        (
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-5",
            "aws/us.anthropic.claude-opus-5",
        ),
        ("claude-sonnet-4-5@20250929", "google/claude-sonnet-4-5"),
        ("vertex_ai/claude-sonnet-4-5@20250929", "google/claude-sonnet-4-5"),
        ("models/gemini-2.5-pro", "gemini-2.5-pro"),
        ("gemini 3.1 pro", "gemini-3.1-pro-preview"),
        ("Gemini 2.5 Flash", "gemini-2.5-flash"),
        ("openai/gpt-5.3-codex", "gpt-5.3-codex"),
        ("GPT-5.3 Codex", "gpt-5.3-codex"),
        ("GPT5 mini", "gpt-5-mini"),
        ("gpt-4o-2024-05-13", "gpt-4o-2024-05-13"),
        ("bedrock/eu-west-1/meta.llama3-8b-instruct-v1:0", "aws/eu-west-1/meta.llama3-8b-instruct-v1:0"),
        ("bedrock/claude_platform/claude-opus-5", "claude-opus-5"),
        ("azure/gpt-4o", "azure/gpt-4o"),
        ("azure/eu/gpt-4o", "azure/eu/gpt-4o"),
        ("azure/global/gpt-4o", "azure/gpt-4o"),
        ("openrouter/anthropic/claude-sonnet-4.5", "openrouter/anthropic/claude-sonnet-4.5"),
        ("litellm/groq/llama-3.3-70b-versatile", "groq/llama-3.3-70b-versatile"),
        ("x-ai/grok-4", "grok-4"),
        ("xai/grok-4", "grok-4"),
        ("mistral/mistral-large-latest", "mistral-large-latest"),
        ("claude-opus-4-9-experimental-build", "claude-opus-4-9-experimental-build"),
        ("claude-2.1", "claude-2.1"),
        ("", ""),
    ] {
        assert_eq!(name(written), meant, "{written}");
        assert_eq!(name(&name(written)), meant, "{written} is not named once and for all");
    }
}

#[test]
fn a_name_that_means_two_models_says_which() {
    for (written, models) in [
        ("Claude 4.5", vec!["claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"]),
        ("opusplan", vec!["claude-opus-5-5", "claude-sonnet-5-5"]),
        ("Claude 3", vec!["claude-3-opus", "claude-3-sonnet", "claude-3-haiku"]),
    ] {
        let error = canonical(written).expect_err("several");
        assert_eq!(error.models, models);
        assert!(models.iter().all(|model| error.to_string().contains(model)), "{error}");
    }
    assert!(canonical("claude").is_err());
    assert_eq!(resolve("opusplan"), "opusplan");
}

#[test]
fn a_model_is_known_whoever_sells_it() {
    for (written, model, family) in [
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5", Some(Family::ClaudeV3)),
        ("openrouter/anthropic/claude-sonnet-5.5", "claude-sonnet-5-5", Some(Family::ClaudeV48)),
        ("azure/gpt-5.3-codex", "gpt-5.3-codex", Some(Family::O200k)),
        ("gemini/gemini-2.5-pro", "gemini-2.5-pro", Some(Family::Gemini)),
        ("groq/llama-3.3-70b-versatile", "llama-3.3-70b-versatile", None),
    ] {
        assert_eq!(plain(&name(written)), model);
        assert_eq!(super::family(&name(written)), family);
    }
}

#[test]
fn versions_that_begin_alike_are_not_the_same() {
    assert!(same_model("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"));
    assert!(same_model("claude-3-7-sonnet", "claude-3-7-sonnet-latest"));
    assert!(same_model(
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "regional.anthropic.claude-sonnet-4-5-20250929-v1:0"
    ));
    assert!(!same_model("claude-sonnet-4-55", "claude-sonnet-4-5"));
    assert!(same_model("grok-4", "grok-4-0709"));
    for (name, foreign) in [
        ("deepseek-chat-9", true),
        ("deepseek-chat-v9", true),
        ("deepseek-chat-20260131", false),
        ("deepseek-chat-2026-01-31", false),
        ("deepseek-chat-0324", false),
        ("deepseek-chat-9999", true),
        ("deepseek-chat-001", false),
        ("deepseek-chat-latest", false),
    ] {
        assert_eq!(has_foreign_word(name, "deepseek-chat"), foreign, "{name}");
    }
}

proptest! {
    #[test]
    fn any_text_has_a_stable_name(text in ".{0,80}") {
        if let Ok(first) = canonical(&text) {
            let _ = plain(&first);
            let _ = split(&first);
            prop_assert!(first.len() <= text.len() + 40);
        }
    }

    #[test]
    fn names_of_models_are_stable(text in "[a-z]{0,8}[/. @-]?(claude|gpt|gemini|opus|us.anthropic.)?[-. ]?[0-9]{0,2}[-.]?[0-9]{0,2}(:0|@2025|-v1)?") {
        if let Ok(first) = canonical(&text) {
            prop_assert_eq!(canonical(&first), Ok(first.clone()));
        }
    }
}
