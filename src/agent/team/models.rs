//! Names of models in texts: `Opus 4.6`, `claude-opus-4-6` and `**Opus 4.6**` are one.

/// Families that are recognised in running text. Names in a column for models need not be among them.
const FAMILIES: &[&str] = &[
    "opus",
    "sonnet",
    "haiku",
    "gpt",
    "gemini",
    "gemma",
    "llama",
    "mistral",
    "mixtral",
    "codestral",
    "devstral",
    "deepseek",
    "qwen",
    "grok",
    "kimi",
    "glm",
    "minimax",
    "o1",
    "o3",
    "o4",
];

/// Words that say nothing about which model is meant.
const FILLERS: &[&str] =
    &["claude", "anthropic", "openai", "google", "meta", "model", "the", "latest", "llm"];

/// Words of a name that tell it from others, at most twelve, as they are written.
fn words(name: &str) -> ([&str; 12], usize) {
    let mut found = [""; 12];
    let mut count = 0;
    let is_filler = |word: &str| FILLERS.iter().any(|filler| filler.eq_ignore_ascii_case(word));
    let telling = name
        .split('(')
        .next()
        .unwrap_or("")
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !is_filler(word))
        // A date of release: `claude-sonnet-4-5-20250929`.
        .filter(|word| !(word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit())));
    for (place, word) in found.iter_mut().zip(telling) {
        *place = word;
        count += 1;
    }
    (found, count)
}

/// True when two names can mean one model: `Opus` and `claude-opus-4-6` can, `Opus 4.6` and `Opus 4.5` cannot. Asked for
/// every pair of names of a document, so nothing is put together for it.
pub fn same(one: &str, other: &str) -> bool {
    let ((one, ones), (other, others)) = (words(one), words(other));
    let (one, other) = (one.get(..ones).unwrap_or_default(), other.get(..others).unwrap_or_default());
    let alike = |a: &str, b: &str| {
        if a.is_ascii() && b.is_ascii() {
            a.eq_ignore_ascii_case(b)
        } else {
            a.to_lowercase() == b.to_lowercase()
        }
    };
    let within = |part: &[&str], whole: &[&str]| {
        part.iter().any(|word| word.chars().any(char::is_alphabetic))
            && part.iter().all(|word| whole.iter().any(|known| alike(known, word)))
    };
    within(one, other) || within(other, one)
}

/// The models a text names, in order, each with its version where one follows.
pub fn mentions(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_alphanumeric() || c == '.';
    let mut found: Vec<String> = Vec::new();
    let mut rest = text.get(..text.len().min(20_000)).unwrap_or(text);
    while let Some(start) = rest.find(is_part) {
        let (word, after) = part(rest.get(start..).unwrap_or(""));
        rest = after;
        if !FAMILIES.contains(&word.to_lowercase().trim_matches('.')) {
            continue;
        }
        let mut name = word.trim_matches('.').to_owned();
        let mut joint = ' ';
        // Only what follows right away belongs to the name: `Sonnet) | 330K` has no version.
        while let Some((next, after)) = rest.strip_prefix([' ', '-']).map(part) {
            let bare = next.trim_end_matches('.');
            let number = |c: char| c.is_ascii_digit() || c == '.';
            let version = bare.starts_with(|c: char| c.is_ascii_digit())
                && bare.len() <= 4
                && bare.trim_end_matches('o').chars().all(number);
            let variant =
                matches!(bare.to_lowercase().as_str(), "pro" | "flash" | "mini" | "nano" | "lite" | "turbo");
            if !version && !variant {
                break;
            }
            name.push(joint);
            name.push_str(bare);
            // `opus-4-6`: the second number belongs to the version.
            joint = if version && !bare.contains('.') { '.' } else { ' ' };
            rest = after;
        }
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

/// The word a text begins with, and what follows.
fn part(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '.')).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_model_has_many_names() {
        assert!(
            same("Opus 4.6", "claude-opus-4-6")
                && same("Sonnet", "Claude Sonnet 4.5")
                && same("GPT-5", "gpt-5")
        );
        assert!(same("claude-sonnet-4-5-20250929", "Sonnet 4.5") && same("Opus 4.6 (fast)", "opus-4.6"));
        assert!(!same("Opus 4.6", "Opus 4.5") && !same("Opus 4.6", "Sonnet 4.6") && !same("4.6", "Opus 4.6"));
        assert!(!same("", "Opus 4.6") && !same("", ""));
    }

    #[test]
    fn finds_models_in_prose() {
        assert_eq!(
            mentions("Two operate on Sonnet 4.5 for planning. One uses Haiku."),
            ["Sonnet 4.5", "Haiku"]
        );
        assert_eq!(mentions("1 (CEO/Opus)"), ["Opus"]);
        assert_eq!(mentions("6 (Sonnet) | ~330K | 4 Opus 330K, GPT-4o"), ["Sonnet", "Opus", "GPT 4o"]);
        assert_eq!(mentions("claude-opus-4-6, gemini-2.5-pro"), ["opus 4.6", "gemini 2.5 pro"]);
        assert_eq!(mentions("nothing of note"), Vec::<String>::new());
    }
}
