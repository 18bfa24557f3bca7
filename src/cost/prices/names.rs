//! People's names for models, and the one name the program uses for each.
//!
//! A model of its own vendor is named as the vendor does: `claude-sonnet-4-5`. One that another house sells, at
//! prices of its own, has that house before it: `aws/us.anthropic.claude-sonnet-4-5-20250929-v1:0`. Nothing is
//! looked up here, so a name that comes out need not be that of a model that exists.

use super::claude::{self, Claude};
use crate::base::Family;
use crate::cost::tokens;

/// Longer names are names of nothing.
const MAX_NAME: usize = 200;

/// Names people and clients use, and the model meant. Each says since when and where that is written.
///
/// A line of Claude without a version, such as `sonnet`, is [`claude::newest`].
const ALIASES: [(&str, &str); 7] = [
    // genai-prices 0.2.1 and litellm 1.109.1 have these models under their preview names only; 2026-11-21.
    ("gemini-3.1-pro", "gemini-3.1-pro-preview"),
    ("gemini-3-pro", "gemini-3-pro-preview"),
    ("gemini-3-flash", "gemini-3-flash-preview"),
    // The price book, whose entry for Sol also answers to the bare version.
    ("gpt-5.6", "gpt-5.6-sol"),
    // The price book calls by its version what answers to the name of its snapshot.
    ("mistral-medium-3-1", "mistral-medium-2508"),
    // Names without the vendor's prefix, as people write them.
    ("4o", "gpt-4o"),
    ("4o-mini", "gpt-4o-mini"),
];

/// Names that stand for two models at once.
const DOUBLE: [(&str, [&str; 2]); 1] = [
    // Claude Code, "model configuration": Opus while planning, Sonnet afterwards.
    ("opusplan", ["claude-opus-5-5", "claude-sonnet-5-5"]),
];

/// Houses that sell models: what names begin with, and the provider as the price book calls it.
const HOUSES: [(&str, &str); 66] = [
    ("anthropic", "anthropic"),
    ("openai", "openai"),
    ("google", "google"),
    ("gemini", "google"),
    ("google-ai", "google"),
    ("models", "google"),
    ("vertex", "google"),
    ("vertex-ai", "google"),
    ("google-vertex", "google"),
    ("azure", "azure"),
    ("azure-ai", "azure"),
    ("azure-openai", "azure"),
    ("aws", "aws"),
    ("bedrock", "aws"),
    ("bedrock-converse", "aws"),
    ("amazon-bedrock", "aws"),
    ("xai", "x-ai"),
    ("x-ai", "x-ai"),
    ("mistral", "mistral"),
    ("mistralai", "mistral"),
    ("deepseek", "deepseek"),
    ("cohere", "cohere"),
    ("moonshot", "moonshotai"),
    ("moonshotai", "moonshotai"),
    ("minimax", "minimax"),
    ("zai", "zai"),
    ("z-ai", "zai"),
    ("zhipuai", "zhipuai"),
    ("voyage", "voyageai"),
    ("voyageai", "voyageai"),
    ("meta", "meta"),
    ("cursor", "cursor"),
    ("arcee", "arcee"),
    ("avian", "avian"),
    ("baseten", "baseten"),
    ("cerebras", "cerebras"),
    ("cloudflare", "cloudflare"),
    ("databricks", "databricks"),
    ("doubleword", "doubleword"),
    ("elevenlabs", "elevenlabs"),
    ("fireworks", "fireworks"),
    ("fireworks-ai", "fireworks"),
    ("github-copilot", "github-copilot"),
    ("copilot", "github-copilot"),
    ("groq", "groq"),
    ("modal", "modal"),
    ("novita", "novita"),
    ("openrouter", "openrouter"),
    ("ovhcloud", "ovhcloud"),
    ("perplexity", "perplexity"),
    ("quicksilverpro", "quicksilverpro"),
    ("together", "together"),
    ("together-ai", "together"),
    ("typesafe", "typesafe"),
    ("huggingface-cerebras", "huggingface_cerebras"),
    ("huggingface-fireworks-ai", "huggingface_fireworks-ai"),
    ("huggingface-groq", "huggingface_groq"),
    ("huggingface-hyperbolic", "huggingface_hyperbolic"),
    ("huggingface-nebius", "huggingface_nebius"),
    ("huggingface-novita", "huggingface_novita"),
    ("huggingface-nscale", "huggingface_nscale"),
    ("huggingface-ovhcloud", "huggingface_ovhcloud"),
    ("huggingface-publicai", "huggingface_publicai"),
    ("huggingface-sambanova", "huggingface_sambanova"),
    ("huggingface-together", "huggingface_together"),
    ("openai-decisions", "openai-decisions"),
];

/// What stands before models that somebody runs himself.
const OWN: [&str; 24] = [
    "ollama",
    "ollama-chat",
    "local",
    "localhost",
    "lmstudio",
    "lm-studio",
    "llamacpp",
    "llama.cpp",
    "llama-cpp",
    "llamafile",
    "vllm",
    "hosted-vllm",
    "sglang",
    "tgi",
    "mlx",
    "xinference",
    "localai",
    "jan",
    "custom",
    "self-hosted",
    "selfhosted",
    "on-prem",
    "onprem",
    "internal",
];

/// What the names of a vendor's own models begin with.
const VENDORS: [(&str, &str); 29] = [
    ("claude", "anthropic"),
    ("gpt-", "openai"),
    ("chatgpt-", "openai"),
    ("codex-", "openai"),
    ("computer-use", "openai"),
    ("text-embedding-", "openai"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4", "openai"),
    ("gemini", "google"),
    ("grok", "x-ai"),
    ("mistral", "mistral"),
    ("mixtral", "mistral"),
    ("ministral", "mistral"),
    ("magistral", "mistral"),
    ("codestral", "mistral"),
    ("devstral", "mistral"),
    ("pixtral", "mistral"),
    ("voxtral", "mistral"),
    ("open-mi", "mistral"),
    ("labs-", "mistral"),
    ("deepseek", "deepseek"),
    ("command-", "cohere"),
    ("kimi", "moonshotai"),
    ("moonshot", "moonshotai"),
    ("minimax-m", "minimax"),
    ("voyage-", "voyageai"),
    ("composer-", "cursor"),
    ("muse-spark-", "meta"),
];

/// What the names of models begin with that many houses sell, at prices far apart. GPT-OSS has no price at its vendor;
/// GLM has two lists of one vendor, in dollars (`zai/`) and in yuan (`zhipuai/`).
const SOLD_BY_MANY: [&str; 2] = ["gpt-oss-", "glm-"];

/// A name that may mean several models.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` could mean {}", .models.join(" or "))]
pub struct Ambiguous {
    /// The name.
    pub name: String,
    /// The models, as the program names them.
    pub models: Vec<String>,
}

/// The program's name for what somebody calls a model.
///
/// # Errors
/// When the name fits several models.
pub fn canonical(name: &str) -> Result<String, Ambiguous> {
    let plain = clean(name);
    if plain.len() > MAX_NAME {
        return Ok(plain);
    }
    if let Some((_, models)) = DOUBLE.iter().find(|(double, _)| *double == plain) {
        let models = models.iter().map(|model| (*model).to_owned()).collect();
        return Err(Ambiguous { name: name.trim().to_owned(), models });
    }
    if let Some(rest) = plain.strip_prefix("arn:") {
        // An inference profile of Bedrock ends with the name of its model.
        return Ok(of_aws(rest.rsplit('/').next().unwrap_or(rest)));
    }
    if let Some((first, rest)) = plain.split_once('/') {
        if matches!(first, "litellm" | "litellm-proxy" | "litellm_proxy") {
            return canonical(rest);
        }
        let Some(house) = house(first) else { return Ok(plain) };
        return in_house(house, rest);
    }
    if is_of_aws(&plain) {
        return Ok(of_aws(&plain));
    }
    if let Some((model, _)) = plain.split_once('@').filter(|(model, _)| model.starts_with("claude")) {
        // Only Vertex puts the date behind an at sign.
        return in_house("google", model);
    }
    of_vendor(&plain, name)
}

/// Like [`canonical`] for callers that have no place to say that a name is ambiguous: such a name stays as it is,
/// and has no price.
pub fn resolve(name: &str) -> String {
    canonical(name).unwrap_or_else(|_| clean(name))
}

/// True for models that somebody runs himself, which no price list can know: `ollama/llama3.1`, `qwen2.5-coder:32b`,
/// `models/our.gguf`.
pub fn is_self_hosted(name: &str) -> bool {
    let plain = clean(name);
    let first = plain.split(['/', ':']).next().unwrap_or("").replace('_', "-");
    let is_path = plain.starts_with(['/', '.', '~']) || plain.starts_with("file:") || plain.contains("://");
    let is_weights = [".gguf", ".ggml", ".safetensors", ".onnx"].iter().any(|ending| plain.ends_with(ending));
    // Only Ollama writes a tag behind a colon; Bedrock ends its names with `:0`, fine-tuning begins them with `ft:`.
    let tag = plain
        .split_once(':')
        .filter(|(model, _)| !model.contains('/') && *model != "ft" && !is_of_aws(&plain));
    OWN.contains(&first.as_str()) || is_path || is_weights || tag.is_some()
}

/// True for a name that stands for two models at once, on purpose.
pub fn is_double(name: &str) -> bool {
    let plain = clean(name);
    DOUBLE.iter().any(|(double, _)| *double == plain)
}

/// Provider and name within it, as the price book wants them. No provider: the book knows by the name.
pub fn split(model: &str) -> (Option<&str>, &str) {
    match model.split_once('/') {
        Some((first, rest)) if HOUSES.iter().any(|(_, house)| *house == first) => (Some(first), rest),
        _ => (vendor(model), model),
    }
}

/// The vendor of a model that is named as its vendor does.
pub fn vendor(model: &str) -> Option<&'static str> {
    if needs_house(model) {
        return None;
    }
    VENDORS.iter().find(|(prefix, _)| model.starts_with(prefix)).map(|(_, vendor)| *vendor)
}

/// True for models of which only the house that sells them tells the price.
pub(super) fn needs_house(model: &str) -> bool {
    SOLD_BY_MANY.iter().any(|prefix| model.starts_with(prefix))
}

/// The name of a model that a provider of the book calls by an id.
pub fn of_book(provider: &str, id: &str) -> String {
    let id = id.to_ascii_lowercase();
    let name =
        if vendor(&id) == Some(provider) && !id.contains('/') { id } else { format!("{provider}/{id}") };
    canonical(&name).unwrap_or(name)
}

/// The model itself, whoever sells it: `claude-sonnet-4-5` for `aws/us.anthropic.claude-sonnet-4-5-20250929-v1:0`.
pub fn plain(model: &str) -> String {
    let (_, rest) = split(model);
    let last = rest.rsplit('/').next().unwrap_or(rest);
    // Bedrock writes the vendor, and before it the region, with dots.
    let bare = BEDROCK_VENDORS
        .iter()
        .find_map(|vendor| {
            last.split_once(vendor).filter(|(region, _)| region.is_empty() || region.ends_with('.'))
        })
        .map_or(last, |(_, bare)| bare);
    let bare = bare.strip_prefix("databricks-").unwrap_or(bare);
    Claude::read(bare).map_or_else(|| bare.to_owned(), Claude::id)
}

/// The tokenizer family of a model, whoever sells it.
pub fn family(model: &str) -> Option<Family> {
    tokens::family_of_model(&plain(model))
}

/// False when a book took a name for that of another version, because both begin alike.
pub(super) fn same_model(name: &str, id: &str) -> bool {
    match (Claude::read(&plain(name)), Claude::read(&plain(id))) {
        (Some(asked), Some(found)) => asked == found,
        _ => true,
    }
}

/// True when a name has a word that the id of a model has not, other than a date, the number of a snapshot (`-001`) or
/// `latest`: as `gemini-3.8-flash-cyber` has, which is not `gemini-3.8-flash`, and `deepseek-chat-9`.
pub(super) fn has_foreign_word(name: &str, id: &str) -> bool {
    let (name, id) = (plain(name).to_ascii_lowercase(), plain(id).to_ascii_lowercase());
    let words = |text: &'_ str| -> Vec<String> {
        text.split(['-', '.', ':', '@', '_', '/'])
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let known = words(&id);
    let mut run = String::new();
    for word in words(&name).iter().filter(|word| !known.contains(word)) {
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            // `2024-05-13` is one date.
            run.push_str(word);
        } else if !matches!(word.as_str(), "latest" | "preview" | "exp" | "beta" | "default") {
            return true;
        }
    }
    let is_snapshot = run.len() == 3 && run.starts_with('0');
    !(run.is_empty() || is_snapshot || is_date(&run))
}

/// `20240513`, `240513`, `2405`, `0513`.
fn is_date(digits: &str) -> bool {
    let number = |range: std::ops::Range<usize>| digits.get(range).and_then(|text| text.parse::<u32>().ok());
    let month = |range| number(range).is_some_and(|month| (1..=12).contains(&month));
    let day = |range| number(range).is_some_and(|day| (1..=31).contains(&day));
    match digits.len() {
        8 => digits.starts_with("20") && month(4..6) && day(6..8),
        6 => month(2..4) && day(4..6) || digits.starts_with("20") && month(4..6),
        4 => month(0..2) && day(2..4) || (number(0..2) >= Some(23) && month(2..4)),
        _ => false,
    }
}

/// Without what people put around a name: emphasis, quotes, spaces, the `[1m]` of Claude Code.
fn clean(name: &str) -> String {
    let around = |c: char| c.is_whitespace() || matches!(c, '*' | '`' | '"' | '\'' | '_' | ',' | ';');
    let lower = name.trim_matches(around).to_ascii_lowercase();
    let lower = lower.trim_end_matches("[1m]").trim_end_matches("(1m)").trim_matches(around);
    lower.split_whitespace().collect::<Vec<_>>().join("-")
}

fn house(first: &str) -> Option<&'static str> {
    let first = first.replace('_', "-");
    HOUSES.iter().find(|(name, _)| *name == first).map(|(_, house)| *house)
}

fn in_house(house: &'static str, rest: &str) -> Result<String, Ambiguous> {
    if let Some(model) = rest.strip_prefix("claude_platform/").filter(|_| house == "aws") {
        // Anthropic's own service, billed by Amazon.
        return in_house("anthropic", model);
    }
    if house == "aws" {
        return Ok(of_aws(rest));
    }
    if house == "azure" {
        let global = ["global/", "global-standard/"].iter().find_map(|prefix| rest.strip_prefix(prefix));
        return Ok(format!("azure/{}", global.unwrap_or(rest)));
    }
    if vendor(rest) == Some(house) {
        // `vertex_ai/gemini-...` and `gemini/gemini-...` are one list in the book.
        return of_vendor(rest, rest);
    }
    if house == "anthropic" || (house == "openai" && !rest.contains('/')) {
        // `anthropic/sonnet` of OpenCode.
        let model = of_vendor(rest, rest)?;
        return Ok(if vendor(&model) == Some(house) { model } else { format!("{house}/{rest}") });
    }
    let rest = rest.split_once('@').filter(|_| house == "google").map_or(rest, |(model, _)| model);
    Ok(format!("{house}/{}", rest.strip_prefix("models/").unwrap_or(rest)))
}

const BEDROCK_VENDORS: [&str; 15] = [
    "anthropic.",
    "amazon.",
    "meta.",
    "mistral.",
    "cohere.",
    "ai21.",
    "deepseek.",
    "openai.",
    "qwen.",
    "google.",
    "minimax.",
    "moonshotai.",
    "nvidia.",
    "zai.",
    "moonshot.",
];
const BEDROCK_REGIONS: [&str; 10] =
    ["us.", "eu.", "apac.", "au.", "jp.", "us-gov.", "global.", "ca.", "sa.", "regional."];

fn is_of_aws(name: &str) -> bool {
    let bare = BEDROCK_REGIONS.iter().find_map(|region| name.strip_prefix(region)).unwrap_or(name);
    BEDROCK_VENDORS.iter().any(|vendor| bare.starts_with(vendor))
}

/// Prices of Bedrock differ by region of Amazon; a region other than those of its price list is kept, and has no
/// price in the book.
fn of_aws(name: &str) -> String {
    let mut rest = name;
    while let Some((first, after)) = rest.split_once('/') {
        if !matches!(first, "us-east-1" | "us-east-2" | "us-west-2" | "converse" | "invoke" | "converse_like")
        {
            break;
        }
        rest = after;
    }
    format!("aws/{rest}")
}

fn of_vendor(plain: &str, name: &str) -> Result<String, Ambiguous> {
    let found = claude::named(plain);
    match found.as_slice() {
        [] => {}
        [model] => return Ok(model.clone()),
        models => return Err(Ambiguous { name: name.trim().to_owned(), models: models.to_vec() }),
    }
    // "GPT5", "gpt 5.3 codex", "Gemini2.5 pro".
    let mut model = plain.to_owned();
    for line in ["gpt", "gemini", "grok"] {
        if let Some(rest) =
            plain.strip_prefix(line).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        {
            model = format!("{line}-{rest}");
        }
    }
    let alias = ALIASES.iter().find(|(alias, _)| *alias == model);
    Ok(alias.map_or(model, |(_, meant)| (*meant).to_owned()))
}

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
