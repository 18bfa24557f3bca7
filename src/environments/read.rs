//! Reads the files of environments: `model-overrides.yaml`, `budget-limits.yaml`, `data-sources.yaml`, `secrets.yaml`,
//! `flags.yaml`, and of `.env` files the names.

use super::value;
use super::{EVERY_AGENT, Environment, Environments, Kind, SAME, Setting};
use crate::agent::Kind as FileKind;
use crate::agent::environment::{FOUR, Section, canonical, order};
use crate::agent::view::{Node, Shape, Value, shape};
use crate::agent::{Repo, classify};
use crate::base::text::truncate_end;
use crate::base::{EntryKind, Place, RepoPath, Span, Tree};
use crate::config::Declared;
use crate::config::yaml;
use crate::secrets;
use std::collections::{BTreeMap, BTreeSet};

/// Larger files are not read; real ones have a few lines.
const MAX_BYTES: u64 = 256 * 1024;
/// Environments of one folder that are read.
const MAX_ENVIRONMENTS: usize = 50;
/// Settings of one environment that are kept.
const MAX_SETTINGS: usize = 1_000;
/// Characters of the name of a setting.
const MAX_NAME: usize = 100;
/// Characters of the name of a model.
const MAX_MODEL: usize = 200;
/// Words that say there is none.
const ABSENT: [&str; 6] = ["none", "absent", "not used", "no environment", "does not exist", "not needed"];

/// Keys that describe the file.
const ABOUT: [&str; 16] = [
    "version",
    "schema_version",
    "environment",
    "description",
    "name",
    "title",
    "purpose",
    "comment",
    "notes",
    "reason",
    "owner",
    "reviewed",
    "review_date",
    "last_updated",
    "approved_by",
    "$schema",
];
/// How a model is called: part of which model is chosen.
const CALL: [&str; 22] = [
    "model",
    "temperature",
    "top_p",
    "top_k",
    "seed",
    "max_tokens",
    "max_output_tokens",
    "max_input_tokens",
    "context_window",
    "effort",
    "reasoning",
    "reasoning_effort",
    "thinking",
    "thinking_budget",
    "fallback",
    "fallbacks",
    "fallback_model",
    "provider",
    "region",
    "base_url",
    "api_base",
    "endpoint",
];
/// Limits of money, which have several names.
const LIMITS: [(&str, &[&str]); 5] = [
    ("cost.per_run", &["per_run", "cost_per_run", "per_workflow"]),
    ("cost.per_day", &["per_day", "daily", "cost_per_day", "daily_limit"]),
    ("cost.per_month", &["per_month", "monthly", "cost_per_month", "monthly_limit"]),
    ("cost.increase_per_month", &["increase_per_month"]),
    ("cost.increase_percent", &["increase_percent"]),
];

/// The environments of a revision, by folder. Only folders with overrides of models or budgets count: elsewhere
/// `environments/` belongs to tools that have nothing to do with agents.
pub fn read(tree: &dyn Tree, repo: &Repo) -> Vec<Environments> {
    let of_environments =
        repo.files().filter(|file| matches!(file.kind, FileKind::ModelOverrides | FileKind::BudgetLimits));
    let folders: BTreeSet<RepoPath> = of_environments.map(|file| file.path.parent().parent()).collect();
    folders.into_iter().map(|folder| one(tree, folder)).collect()
}

fn one(tree: &dyn Tree, folder: RepoPath) -> Environments {
    let mut found: BTreeMap<String, Environment> = BTreeMap::new();
    let declared = Declared::default();
    for entry in tree.entries().iter().filter(|entry| entry.path.is_within(&folder)) {
        let path = &entry.path;
        let home = path.parent();
        if home.parent() != folder || home == folder || entry.kind != EntryKind::File {
            continue;
        }
        let Some(what) = File::of(path, tree, &declared) else { continue };
        if found.len() >= MAX_ENVIRONMENTS && !found.contains_key(home.name()) {
            continue;
        }
        let environment = found.entry(home.name().to_owned()).or_default();
        home.name().clone_into(&mut environment.name);
        match what {
            File::Models => environment.models = Some(path.clone()),
            File::Budget => environment.budget = Some(path.clone()),
            File::Env { template: true } => environment.templates.push(path.clone()),
            File::Section(_) | File::Env { .. } => {}
        }
        match tree.read(path, MAX_BYTES) {
            Ok(bytes) => Reader { path, environment }.file(what, &String::from_utf8_lossy(&bytes)),
            Err(error) => environment.faults.push(error.to_string()),
        }
    }
    let mut list: Vec<Environment> = found.into_values().collect();
    list.sort_by(|one, other| order(&one.name).cmp(&order(&other.name)));
    let absent = absent(tree, &folder, &list);
    Environments { folder, list, absent }
}

/// Those of the four that the README of the folder says there are none of.
fn absent(tree: &dyn Tree, folder: &RepoPath, list: &[Environment]) -> Vec<&'static str> {
    let readme = folder.join("README.md").filter(|path| tree.entry(path.as_str()).is_some());
    let text = readme.and_then(|path| tree.read(&path, MAX_BYTES).ok());
    let text = text.map(|bytes| String::from_utf8_lossy(&bytes).to_lowercase()).unwrap_or_default();
    let mut found: Vec<&'static str> = Vec::new();
    for line in text.lines() {
        // A line is about the environment it names first: `staging: none, we release to production behind a switch`.
        let words =
            || line.split(|c: char| !c.is_alphanumeric() && c != '-').map(|word| word.trim_matches('-'));
        let named = words()
            .find_map(|word| FOUR.iter().find(|(_, names)| names.contains(&word)).map(|row| (word, row.0)));
        let Some((word, name)) = named else { continue };
        let says_none =
            ABSENT.iter().any(|none| line.contains(none)) || line.contains(&format!("no {word} "));
        if says_none && !found.contains(&name) && !list.iter().any(|one| canonical(&one.name) == name) {
            found.push(name);
        }
    }
    found.sort_by_key(|name| order(name));
    found
}

/// A file of an environment.
#[derive(Clone, Copy)]
enum File {
    Models,
    Budget,
    /// Everything in it is about one thing.
    Section(Kind),
    /// Names of variables; in a template they have no values yet.
    Env {
        template: bool,
    },
}

impl File {
    fn of(path: &RepoPath, tree: &dyn Tree, declared: &Declared) -> Option<Self> {
        match classify(path, tree, declared) {
            Some(FileKind::ModelOverrides) => return Some(Self::Models),
            Some(FileKind::BudgetLimits) => return Some(Self::Budget),
            _ => {}
        }
        let name = path.name();
        if name == ".env" || name.starts_with(".env.") {
            let template = ["example", "sample", "template", "dist", "tpl"];
            return Some(Self::Env { template: name.split('.').any(|part| template.contains(&part)) });
        }
        let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"))?;
        match stem {
            "data" | "data-sources" | "data_sources" => Some(Self::Section(Kind::Data)),
            "secrets" | "credentials" => Some(Self::Section(Kind::Secret)),
            "flags" | "features" | "feature-flags" => Some(Self::Section(Kind::Flag)),
            _ => None,
        }
    }
}

/// What everything below a key is about.
fn section(key: &str) -> Option<Kind> {
    Some(match Section::of(key)? {
        Section::Data => Kind::Data,
        Section::Secrets => Kind::Secret,
        Section::Variables => Kind::Variable,
        Section::Flags => Kind::Flag,
        Section::Prices => Kind::Price,
        Section::Volume => Kind::Volume,
        Section::Budget => Kind::Budget,
    })
}

struct Reader<'a> {
    path: &'a RepoPath,
    environment: &'a mut Environment,
}

impl Reader<'_> {
    fn file(&mut self, what: File, text: &str) {
        if let File::Env { template } = what {
            return self.variables(text, template);
        }
        let root = match yaml::parse(text, 1) {
            Ok(root) => root,
            Err(error) => {
                let fault = format!("{}:{}: this is not readable YAML: {error}", self.path, error.at.line);
                return self.environment.faults.push(fault);
            }
        };
        match what {
            File::Models => self.models(&root),
            File::Budget => self.budget(&root),
            File::Section(kind) => {
                let inner = root.pairs().iter().filter(|(key, _)| key.text().and_then(section) == Some(kind));
                let inner: Vec<&Node> = inner.map(|(_, value)| value).collect();
                match inner.as_slice() {
                    // `secrets:` in secrets.yaml says nothing more.
                    [only] if root.pairs().len() <= 2 => self.below(kind, "", only, only),
                    _ => self.below(kind, "", &root, &root),
                }
            }
            File::Env { .. } => {}
        }
    }

    fn add(&mut self, kind: Kind, name: &str, shown: String, span: Span) -> Option<&mut Setting> {
        let settings = &mut self.environment.settings;
        let key = (kind, value::shown(&truncate_end(name, MAX_NAME)));
        if settings.len() >= MAX_SETTINGS && !settings.contains_key(&key) {
            let fault =
                format!("{}: it sets more than {MAX_SETTINGS} things; the rest is not looked at", self.path);
            if !self.environment.faults.contains(&fault) {
                self.environment.faults.push(fault);
            }
            return None;
        }
        let setting = Setting { shown, model: None, place: Place::span(self.path.clone(), span) };
        settings.insert(key.clone(), setting);
        settings.get_mut(&key)
    }

    fn models(&mut self, root: &Node) {
        for (key, node) in root.pairs() {
            let Some(name) = key.text().filter(|name| !ABOUT.contains(name)) else { continue };
            let is_map = shape(node) == Shape::Map;
            match name {
                "default" | "default_model" | "model" => self.agent(EVERY_AGENT, key, node),
                "models" | "aliases" | "agents" | "overrides" | "model_overrides" if is_map => {
                    for (key, node) in node.pairs() {
                        self.agent(key.text().unwrap_or(""), key, node);
                    }
                }
                _ if SAME.contains(&name) => self.leaf(Kind::Other, name, key, node),
                _ if CALL.contains(&name) => self.below(Kind::Model, name, key, node),
                _ => match section(name) {
                    Some(kind @ (Kind::Budget | Kind::Volume)) => self.below(kind, name, key, node),
                    Some(kind) => self.section(kind, key, node),
                    // The shortest form: agent or model to model.
                    None if is_map && node.get("model").is_some() => self.agent(name, key, node),
                    None if node.non_empty().is_some_and(is_model) && shape(node) == Shape::Text => {
                        self.agent(name, key, node);
                    }
                    None => self.below(Kind::Other, name, key, node),
                },
            }
        }
    }

    /// What is said of one agent, or of one model.
    fn agent(&mut self, name: &str, key: &Node, node: &Node) {
        if let Some(model) = node.non_empty().filter(|_| shape(node) == Shape::Text) {
            // Nobody calls an agent `api_key`, and what stands there is no model.
            if secrets::speaks_of_secret(name) && !begins_like_a_model(model) {
                return self.leaf(Kind::Secret, name, node, node);
            }
            let shown = value::shown(model);
            if let Some(setting) = self.add(Kind::Model, name, shown, node.span) {
                setting.model = Some(truncate_end(model.trim(), MAX_MODEL));
            }
            return;
        }
        if shape(node) != Shape::Map {
            return self.leaf(Kind::Other, name, key, node);
        }
        for (key, node) in node.pairs() {
            let Some(part) = key.text() else { continue };
            match part {
                "model" => self.agent(name, key, node),
                _ if CALL.contains(&part) => self.below(Kind::Model, &format!("{name}.{part}"), key, node),
                _ if ABOUT.contains(&part) => {}
                _ => {
                    let kind = section(part).unwrap_or(Kind::Other);
                    self.below(kind, &format!("{name}.{part}"), key, node);
                }
            }
        }
    }

    fn budget(&mut self, root: &Node) {
        for (key, node) in root.pairs() {
            let Some(name) = key.text().filter(|name| *name == "owner" || !ABOUT.contains(name)) else {
                continue;
            };
            let holds_limits = matches!(name, "cost" | "budgets" | "budget" | "limits");
            match section(name) {
                _ if SAME.contains(&name) => self.leaf(Kind::Other, name, key, node),
                Some(kind @ (Kind::Secret | Kind::Data | Kind::Variable | Kind::Flag)) => {
                    self.section(kind, key, node);
                }
                _ if holds_limits && shape(node) == Shape::Map => {
                    for (key, node) in node.pairs() {
                        let part = key.text().unwrap_or("");
                        match limit(part) {
                            Some(known) => self.below(Kind::Budget, known, key, node),
                            None => self.below(Kind::Budget, &format!("{name}.{part}"), key, node),
                        }
                    }
                }
                _ => self.below(Kind::Budget, limit(name).unwrap_or(name), key, node),
            }
        }
    }

    /// A section whose name says no more than what it is about.
    fn section(&mut self, kind: Kind, key: &Node, node: &Node) {
        let name = if node.text().is_some() { key.text().unwrap_or("") } else { "" };
        self.below(kind, name, key, node);
    }

    /// Everything below a node, each value by the keys that lead to it.
    fn below(&mut self, kind: Kind, name: &str, at: &Node, node: &Node) {
        let join = |part: &str| if name.is_empty() { part.to_owned() } else { format!("{name}.{part}") };
        match (&node.value, kind) {
            (Value::Mapping(pairs), Kind::Secret | Kind::Variable) => {
                for (key, node) in pairs {
                    let shown = if kind == Kind::Secret {
                        value::of_secret(node)
                    } else {
                        set_or_empty(node).to_owned()
                    };
                    self.named(kind, key, shown);
                }
            }
            (Value::Sequence(items), Kind::Secret | Kind::Variable) => {
                for item in items {
                    let named = item.get("name").unwrap_or(item);
                    self.named(kind, named, "named".to_owned());
                }
            }
            (Value::Mapping(pairs), _) if !pairs.is_empty() => {
                for (key, node) in pairs {
                    self.below(kind, &join(key.text().unwrap_or("…")), key, node);
                }
            }
            (Value::Sequence(items), _) if items.iter().any(|item| shape(item) == Shape::Map) => {
                for (at, item) in items.iter().enumerate() {
                    let number = (at + 1).to_string();
                    let part = item.get("name").and_then(Node::non_empty).unwrap_or(&number);
                    self.below(kind, &join(part), item, item);
                }
            }
            _ => self.leaf(kind, name, at, node),
        }
    }

    fn leaf(&mut self, kind: Kind, name: &str, at: &Node, node: &Node) {
        let key = name.rsplit('.').next().unwrap_or(name);
        // Figures of a budget are about tokens, not secrets.
        let secret = shape(node) == Shape::Text && kind != Kind::Budget && secrets::speaks_of_secret(key);
        let kind = if secret { Kind::Secret } else { kind };
        self.add(kind, name, value::of(kind, key, node), at.span);
    }

    /// A secret or a variable, by its name.
    fn named(&mut self, kind: Kind, name: &Node, shown: String) {
        let Some(text) = name.non_empty() else { return };
        // A list of secrets that holds no names may hold the secrets themselves.
        let is_name = text.len() <= MAX_NAME
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/'));
        let text = if is_name { text } else { "(no name)" };
        self.add(kind, text, shown, name.span);
    }

    /// `NAME=value`, line by line; values are not kept.
    fn variables(&mut self, text: &str, template: bool) {
        for (line, number) in text.lines().zip(1_u32..) {
            let line = line.trim_start();
            let line = line.strip_prefix("export ").unwrap_or(line);
            let Some((name, given)) = line.split_once('=').filter(|_| !line.starts_with('#')) else {
                continue;
            };
            let name = name.trim();
            let is_name = (1..=MAX_NAME).contains(&name.len())
                && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if !is_name {
                continue;
            }
            let kind = if secrets::speaks_of_secret(name) { Kind::Secret } else { Kind::Variable };
            let shown = match template {
                true => "named",
                false if given.trim().is_empty() => "empty",
                false => "set",
            };
            let known = self.environment.settings.get(&(kind, name.to_owned()));
            if known.is_none_or(|known| known.shown == "named") {
                self.add(kind, name, shown.to_owned(), Span::at(number, 1));
            }
        }
    }
}

fn set_or_empty(node: &Node) -> &'static str {
    if node.non_empty().is_none() && node.text().is_some() { "empty" } else { "set" }
}

/// The one name of a limit of money.
fn limit(name: &str) -> Option<&'static str> {
    let plain = name.trim_end_matches("_usd").trim_start_matches("max_");
    LIMITS.iter().find(|(_, names)| names.contains(&plain)).map(|(known, _)| *known)
}

/// True when a value may be the name of a model: it has a version, a house, or is a line of models.
fn is_model(text: &str) -> bool {
    let lower = text.trim().to_ascii_lowercase();
    let one_word = !lower.contains(char::is_whitespace) && !lower.contains("://");
    let is_version =
        lower.contains(|c: char| c.is_ascii_digit()) && lower.contains(|c: char| c.is_ascii_alphabetic());
    one_word && (is_version || has_line(&lower))
}

/// Stricter, for values that would else be taken for secrets: `claude-haiku-5-5`, but no random text with `gpt` in it.
fn begins_like_a_model(text: &str) -> bool {
    let first = text.split('-').next().unwrap_or("");
    let of_model = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    text.len() <= 40
        && text.chars().all(of_model)
        && ["opus", "sonnet", "haiku", "fable", "mythos", "gpt", "gemini", "claude", "inherit"]
            .contains(&first)
}

fn has_line(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let lines = ["opus", "sonnet", "haiku", "fable", "mythos", "gpt", "gemini", "claude", "inherit"];
    lines.iter().any(|line| lower.contains(line))
}
