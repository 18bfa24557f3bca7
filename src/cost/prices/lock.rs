//! `prices.lock`: list prices that a repository has agreed on, in a file that people can review.

use super::names;
use super::terms::Terms;
use crate::config::prices::Rate;
use crate::config::yaml::{self, Node, Value};
use crate::cost::rates::{PerMillion, Rates, Tier};
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The file's name at the root of a repository.
pub const FILE_NAME: &str = "prices.lock";
/// Larger locks are refused, in bytes.
pub const MAX_BYTES: u64 = 2 * 1024 * 1024;
/// The version of the format.
const FORMAT: &str = "1";
/// Tiers of one model at most; four are the most there are.
const MAX_TIERS: usize = 16;
/// The largest size of a prompt at which a tier may begin; no model takes as many tokens.
const MAX_ABOVE: u64 = 1 << 40;

/// List prices and where they are from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// What they were taken from: `genai-prices` or `litellm`.
    pub source: String,
    /// Its version, as far as it was told.
    pub version: Option<String>,
    /// SHA-256 of the file they were taken from, in hexadecimal.
    pub sha256: String,
    /// Of which day they are.
    pub date: Date,
    /// The prices, by [`names::canonical`].
    pub models: BTreeMap<String, Locked>,
}

/// The list prices of one model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// How many tokens a request may have.
    pub context_window: Option<u64>,
    /// The ordinary rates.
    pub standard: Rates,
    /// Rates under other terms, by their [`Terms`] as text.
    pub variants: BTreeMap<String, Rates>,
}

/// One thing that is wrong with a lock.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{FILE_NAME}:{line}: {message}")]
pub struct LockError {
    /// 1-based line.
    pub line: u32,
    /// What is wrong.
    pub message: String,
}

impl Locked {
    /// True when a lock with it can be read again: every rate and size is one that a lock may have.
    pub fn is_readable(&self) -> bool {
        std::iter::once(&self.standard).chain(self.variants.values()).all(|rates| {
            rates.tiers().len() <= MAX_TIERS
                && rates.tiers().iter().all(|tier| {
                    let rate = &tier.per_million;
                    let mut all =
                        [rate.input, rate.output].into_iter().chain(cached(rate).map(|(_, value)| value));
                    tier.above <= MAX_ABOVE && all.all(|rate| Rate::new(rate).is_some())
                })
        })
    }

    /// The rates under these terms, where there are any.
    pub fn under(&self, terms: &Terms) -> Option<&Rates> {
        if terms.is_standard() { Some(&self.standard) } else { self.variants.get(&terms.to_string()) }
    }
}

impl Lock {
    /// Source, version and date in a few words.
    pub fn title(&self) -> String {
        let version = self.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
        format!("{}{version}, {}", self.source, self.date)
    }

    /// The text of the file: models in order, one line for each tier.
    pub fn write(&self) -> String {
        let mut out = "# List prices in US dollars per million tokens, written by `weighbridge prices update`.\n\
                       # Review a change of it like any other; prices of your own belong in weighbridge.yaml.\n"
            .to_owned();
        let _ = writeln!(out, "format: {FORMAT}\nsource: {}", text(&self.source));
        if let Some(version) = &self.version {
            let _ = writeln!(out, "version: {}", text(version));
        }
        let _ = writeln!(out, "sha256: {}\ndate: {}", text(&self.sha256), self.date);
        out.push_str(if self.models.is_empty() { "models: {}\n" } else { "models:\n" });
        for (name, model) in &self.models {
            let _ = writeln!(out, "  {}:", text(name));
            if let Some(window) = model.context_window {
                let _ = writeln!(out, "    context_window: {window}");
            }
            write_tiers(&mut out, "standard", &model.standard);
            for (terms, rates) in &model.variants {
                write_tiers(&mut out, &text(terms), rates);
            }
        }
        out
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the file.
    pub fn parse(text: &str) -> Result<Self, Vec<LockError>> {
        if text.len() as u64 > MAX_BYTES {
            let message = format!("it has more than {MAX_BYTES} bytes; lock the models that are used");
            return Err(vec![LockError { line: 1, message }]);
        }
        let root = yaml::parse(text, 1).map_err(|error| {
            vec![LockError { line: error.at.line, message: format!("this is not readable YAML: {error}") }]
        })?;
        let mut reader = Reader { errors: Vec::new() };
        for (key, span) in root.duplicate_keys() {
            reader.error(span.start.line, format!("the key `{key}` stands twice; keep one of them"));
        }
        let lock = reader.lock(&root);
        reader.errors.sort_by_key(|error| error.line);
        match lock {
            Some(lock) if reader.errors.is_empty() => Ok(lock),
            _ => Err(reader.errors),
        }
    }
}

fn write_tiers(out: &mut String, terms: &str, rates: &Rates) {
    let _ = writeln!(out, "    {terms}:");
    for tier in rates.tiers() {
        let rate = &tier.per_million;
        let _ = write!(
            out,
            "      - {{above: {}, input: \"{}\", output: \"{}\"",
            tier.above, rate.input, rate.output
        );
        for (key, value) in cached(rate) {
            let _ = write!(out, ", {key}: \"{value}\"");
        }
        out.push_str("}\n");
    }
}

/// The rates a model need not have, with their keys.
fn cached(rate: &PerMillion) -> impl Iterator<Item = (&'static str, Decimal)> {
    let all = [
        ("cache_read", rate.cache_read),
        ("cache_write_5m", rate.cache_write_5m),
        ("cache_write_1h", rate.cache_write_1h),
    ];
    all.into_iter().filter_map(|(key, value)| Some((key, value?)))
}

/// A scalar: plain where YAML reads the same text, else in quotes.
fn text(value: &str) -> String {
    let plain = value.starts_with(|c: char| c.is_ascii_lowercase())
        && value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '/'))
        && !matches!(value, "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n");
    if plain {
        return value.to_owned();
    }
    let mut quoted = "\"".to_owned();
    for character in value.chars() {
        match character {
            '\\' | '"' => quoted.extend(['\\', character]),
            // A line break in a version would break the file.
            _ if character.is_control() || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

struct Reader {
    errors: Vec<LockError>,
}

impl Reader {
    fn error(&mut self, line: u32, message: String) {
        self.errors.push(LockError { line, message });
    }

    /// The pairs of a mapping that has only these keys.
    fn mapping<'a>(&mut self, node: &'a Node, what: &str, keys: &[&str]) -> Option<&'a [(Node, Node)]> {
        let Value::Mapping(pairs) = &node.value else {
            self.error(node.span.start.line, format!("{what} has to be a mapping"));
            return None;
        };
        for (key, _) in pairs {
            let name = key.text().unwrap_or("a key that is no text");
            if !keys.is_empty() && !keys.contains(&name) {
                self.error(
                    key.span.start.line,
                    format!("`{name}` is not known here; known are {}", keys.join(", ")),
                );
            }
        }
        Some(pairs)
    }

    fn wanted<'a>(&mut self, node: &'a Node, key: &str) -> Option<&'a Node> {
        let found = node.get(key);
        if found.is_none() {
            self.error(node.span.start.line, format!("`{key}` is missing"));
        }
        found
    }

    fn words(&mut self, node: &Node, key: &str) -> Option<String> {
        let found = node.non_empty();
        if found.is_none() {
            self.error(node.span.start.line, format!("`{key}` has to be a text"));
        }
        found.map(str::to_owned)
    }

    fn lock(&mut self, root: &Node) -> Option<Lock> {
        self.mapping(root, "the file", &["format", "source", "version", "sha256", "date", "models"])?;
        let format = self.wanted(root, "format")?;
        if format.text() != Some(FORMAT) {
            let message = format!("this format is not known to this program; it reads format {FORMAT}");
            self.error(format.span.start.line, message);
            return None;
        }
        let source = self.wanted(root, "source").and_then(|node| self.words(node, "source"));
        let version = root.get("version").and_then(|node| self.words(node, "version"));
        let sha256 = self.wanted(root, "sha256").and_then(|node| {
            let text = node.text().unwrap_or_default();
            let fits = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            if !fits {
                self.error(node.span.start.line, "`sha256` has to be 64 hexadecimal digits".to_owned());
            }
            fits.then(|| text.to_owned())
        });
        let date = self.wanted(root, "date").and_then(|node| {
            let date = node.text().and_then(|text| text.parse::<Date>().ok());
            if date.is_none() {
                self.error(node.span.start.line, "`date` has to be a day such as 2026-11-21".to_owned());
            }
            date
        });
        let mut models = BTreeMap::new();
        let node = self.wanted(root, "models")?;
        for (key, node) in self.mapping(node, "`models`", &[])? {
            let Some(name) = key.non_empty() else {
                self.error(key.span.start.line, "a model has to be named by a text".to_owned());
                continue;
            };
            if names::canonical(name).as_deref() != Ok(name) {
                let message = match names::canonical(name) {
                    Ok(meant) => format!("`{name}` is written {meant} here"),
                    Err(error) => error.to_string(),
                };
                self.error(key.span.start.line, message);
            }
            if let Some(model) = self.model(node) {
                models.insert(name.to_owned(), model);
            }
        }
        Some(Lock { source: source?, version, sha256: sha256?, date: date?, models })
    }

    fn model(&mut self, node: &Node) -> Option<Locked> {
        let pairs = self.mapping(node, "a model", &[])?;
        let standard = self.wanted(node, "standard").and_then(|tiers| self.tiers(tiers));
        let (mut context_window, mut variants) = (None, BTreeMap::new());
        for (key, value) in pairs {
            match key.text() {
                Some("standard") => {}
                Some("context_window") => context_window = self.whole(value, "context_window"),
                Some(terms) if terms.split(' ').all(is_word) => {
                    if let Some(rates) = self.tiers(value) {
                        variants.insert(terms.to_owned(), rates);
                    }
                }
                _ => self.error(
                    key.span.start.line,
                    "a model has `context_window`, `standard`, and terms such as `batch` or `flex`"
                        .to_owned(),
                ),
            }
        }
        Some(Locked { context_window, standard: standard?, variants })
    }

    fn tiers(&mut self, node: &Node) -> Option<Rates> {
        let Value::Sequence(items) = &node.value else {
            self.error(node.span.start.line, "rates have to be a list of tiers".to_owned());
            return None;
        };
        let before = self.errors.len();
        let tiers: Vec<Tier> = items.iter().take(MAX_TIERS + 1).filter_map(|item| self.tier(item)).collect();
        if self.errors.len() > before {
            return None;
        }
        let rates = Some(tiers).filter(|tiers| tiers.len() <= MAX_TIERS).and_then(Rates::new);
        if rates.is_none() {
            let message = format!("`above` has to begin with 0 and to rise, in at most {MAX_TIERS} tiers");
            self.error(node.span.start.line, message);
        }
        rates
    }

    fn tier(&mut self, node: &Node) -> Option<Tier> {
        let keys = ["above", "input", "output", "cache_read", "cache_write_5m", "cache_write_1h"];
        self.mapping(node, "a tier", &keys)?;
        let above = self.wanted(node, "above").and_then(|above| {
            let tokens = self.whole(above, "above")?;
            if tokens > MAX_ABOVE {
                self.error(above.span.start.line, format!("`above` is at most {MAX_ABOVE} tokens"));
            }
            Some(tokens)
        });
        let input = self.wanted(node, "input").and_then(|rate| self.rate(rate));
        let output = self.wanted(node, "output").and_then(|rate| self.rate(rate));
        let mut cached = |key: &str| node.get(key).and_then(|rate| self.rate(rate));
        let per_million = PerMillion {
            cache_read: cached("cache_read"),
            cache_write_5m: cached("cache_write_5m"),
            cache_write_1h: cached("cache_write_1h"),
            input: input?,
            output: output?,
        };
        Some(Tier { above: above?, per_million })
    }

    fn rate(&mut self, node: &Node) -> Option<Decimal> {
        let rate = node.text().unwrap_or_default().parse::<Rate>();
        rate.map_err(|error| self.error(node.span.start.line, error)).ok().map(Rate::get)
    }

    fn whole(&mut self, node: &Node, key: &str) -> Option<u64> {
        let number = node.text().and_then(|text| text.parse().ok());
        if number.is_none() {
            self.error(node.span.start.line, format!("`{key}` has to be a whole number"));
        }
        number
    }
}

fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-'))
}

#[cfg(test)]
#[path = "lock_tests.rs"]
mod tests;
