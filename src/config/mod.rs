//! `weighbridge.yaml`: what a user wrote (`raw`) and what the program may rely on ([`Config`]).
//!
//! All errors are collected, each with its line. Keys that are not known are errors: a misspelt setting that
//! silently does nothing is how gates are left open.

pub mod approval;
mod approval_check;
mod check;
pub mod cost;
pub mod document;
pub mod evaluation;
pub mod mcp;
pub mod prices;
mod raw;
pub mod rules;
pub mod yaml;

pub use raw::{RawConfig, schema};

use crate::base::Client;
use globset::{Glob, GlobSet, GlobSetBuilder};
use std::collections::BTreeMap;

/// The file's name at the root of a repository.
pub const FILE_NAME: &str = "weighbridge.yaml";
/// Larger configurations are refused, in bytes.
pub const MAX_BYTES: u64 = 256 * 1024;

/// Files declared to be of a kind, wherever they stand.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// Globs of sub-agents outside the folders the clients know.
    pub agents: GlobSet,
    /// Globs of commands outside those folders.
    pub commands: GlobSet,
}

/// A checked configuration.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The clients to judge for; empty means those the repository has files of.
    pub clients: Vec<Client>,
    /// Files declared to be of a kind.
    pub declared: Declared,
    /// Files that are left out.
    pub excluded: GlobSet,
    /// What is said about cost, checked.
    pub cost: CostConfig,
    /// Which MCP servers may be started.
    pub mcp: mcp::RawMcp,
    /// Who has to sign for what.
    pub approvals: approval::ApprovalPolicy,
    /// How cases are run.
    pub evaluation: evaluation::Evaluation,
    /// What becomes of findings.
    pub levels: rules::Levels,
}

/// What a configuration says about cost. Every figure makes sense by itself.
#[derive(Clone, Debug, Default)]
pub struct CostConfig {
    /// The name of the file, for places.
    pub file: String,
    /// Workflows by name.
    pub workflows: BTreeMap<String, cost::RawWorkflow>,
    /// Defaults.
    pub assumptions: cost::RawAssumptions,
    /// The environment in force.
    pub environment: Option<String>,
    /// Limits.
    pub budgets: cost::RawBudgets,
    /// How the cost is judged.
    pub gate: cost::RawGate,
    /// What is paid where it differs from the list price.
    pub prices: prices::RawPrices,
    /// The document, for lines.
    document: Option<yaml::Node>,
}

impl CostConfig {
    /// Where a value stands: `weighbridge.yaml:12`. Keys of mappings, and numbers for items of lists; where a
    /// key is missing, the nearest thing around it.
    pub fn place(&self, path: &[&str]) -> String {
        format!("{}:{}", self.file, self.line(path))
    }

    /// The line of a value, likewise.
    pub fn line(&self, path: &[&str]) -> u32 {
        let path: Vec<check::At> = path
            .iter()
            .map(|step| step.parse().map_or_else(|_| check::At::Key((*step).to_owned()), check::At::Item))
            .collect();
        self.document.as_ref().map_or(1, |document| check::line_of(document, &path))
    }
}

/// One thing that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct ConfigError {
    /// The file.
    pub file: String,
    /// 1-based line.
    pub line: u32,
    /// What is wrong and what to do.
    pub message: String,
}

/// Reads a configuration.
///
/// # Errors
/// Every error there is, in the order of the file.
pub fn parse(file: &str, text: &str) -> Result<Config, Vec<ConfigError>> {
    let mut errors = Vec::new();
    let node = yaml::parse(text, 1).map_err(|error| {
        vec![ConfigError {
            file: file.to_owned(),
            line: error.at.line,
            message: format!("this is not readable YAML: {error}"),
        }]
    })?;
    for (key, span) in node.duplicate_keys() {
        errors.push(ConfigError {
            file: file.to_owned(),
            line: span.start.line,
            message: format!("the key `{key}` stands twice; keep one of them"),
        });
    }
    let raw = match serde_yaml::from_str::<Option<RawConfig>>(text) {
        Ok(raw) => raw.unwrap_or_default(),
        Err(error) => {
            if errors.is_empty() {
                let line = error.location().map_or(1, |location| location.line());
                errors.push(ConfigError {
                    file: file.to_owned(),
                    line: u32::try_from(line).unwrap_or(u32::MAX),
                    message: error.to_string(),
                });
            }
            return Err(errors);
        }
    };
    let line_of = |path: &[&str]| {
        let found = path.iter().try_fold(&node, |node, key| node.get(key));
        found.map_or(1, |node| node.span.start.line)
    };
    if raw.version != 1 {
        errors.push(ConfigError {
            file: file.to_owned(),
            line: line_of(&["version"]),
            message: format!("version {} is not known to this program; write `version: 1`", raw.version),
        });
    }
    let mut config = Config::default();
    for name in &raw.clients {
        match Client::from_name(name) {
            Some(client) => config.clients.push(client),
            None => errors.push(ConfigError {
                file: file.to_owned(),
                line: line_of(&["clients"]),
                message: format!("`{name}` is no client; known are {}", names()),
            }),
        }
    }
    let mut globs = |line: u32, patterns: &[String]| {
        glob_set(patterns).unwrap_or_else(|(pattern, reason)| {
            let message = format!("`{pattern}` is no glob: {reason}");
            errors.push(ConfigError { file: file.to_owned(), line, message });
            GlobSet::empty()
        })
    };
    config.declared.agents = globs(line_of(&["files", "agents"]), &raw.files.agents);
    config.declared.commands = globs(line_of(&["files", "commands"]), &raw.files.commands);
    config.excluded = globs(line_of(&["files", "exclude"]), &raw.files.exclude);
    let of_paths = raw.rules.paths.iter().enumerate().map(|(at, entry)| {
        let path = check::item(&check::below(&check::below(&[], "rules"), "paths"), at);
        globs(check::line_of(&node, &path), &entry.files)
    });
    config.levels = rules::Levels::new(&raw.rules, of_paths.collect());
    let mut checker = check::Checker { root: &node, errors: Vec::new() };
    checker.check(&raw);
    errors.extend(checker.errors.into_iter().map(|(line, message)| ConfigError {
        file: file.to_owned(),
        line,
        message,
    }));
    for (path, message) in raw.evaluation.faults() {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        errors.push(ConfigError { file: file.to_owned(), line: line_of(&path), message });
    }
    config.evaluation = raw.evaluation;
    let approvals = raw.approvals;
    config.mcp = raw.mcp;
    config.cost = CostConfig {
        file: file.to_owned(),
        workflows: raw.workflows,
        assumptions: raw.assumptions,
        environment: raw.environment,
        budgets: raw.budgets,
        gate: raw.gate,
        prices: raw.prices,
        document: Some(node),
    };
    let place = |path: &[&str]| config.cost.place(path);
    config.approvals =
        approval::ApprovalPolicy::of(approvals.as_ref(), config.cost.gate.judge.unwrap_or_default(), &place);
    errors.sort_by_key(|error| error.line);
    if errors.is_empty() { Ok(config) } else { Err(errors) }
}

/// What a user wrote, short enough and visible enough for a message.
fn shown(text: &str) -> String {
    crate::base::text::visible(&crate::base::text::truncate_end(text, 80))
}

/// The same for what a parser says, which quotes what it read.
fn shown_long(text: &str) -> String {
    crate::base::text::visible(&crate::base::text::truncate_end(text, 400))
}

fn names() -> String {
    Client::ALL.iter().map(|client| client.name()).collect::<Vec<_>>().join(", ")
}

fn glob_set(patterns: &[String]) -> Result<GlobSet, (String, String)> {
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        builder.add(Glob::new(pattern).map_err(|error| (pattern.clone(), error.kind().to_string()))?);
    }
    builder.build().map_err(|error| (patterns.join(", "), error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(text: &str) -> Vec<String> {
        parse("weighbridge.yaml", text).expect_err("wrong").iter().map(ToString::to_string).collect()
    }

    #[test]
    fn reads_what_it_knows() {
        let text = "version: 1\nclients: [codex, claude-code]\nfiles:\n  agents: ['categories/**/*.md']\n";
        let config = parse("weighbridge.yaml", text).expect("valid");
        assert_eq!(config.clients, [Client::Codex, Client::ClaudeCode]);
        assert!(config.declared.agents.is_match("categories/01/x.md"));
        assert!(parse("weighbridge.yaml", "").expect("empty is the default").clients.is_empty());
    }

    #[test]
    fn reads_workflows_and_knows_where_they_stand() {
        let text = "workflows:\n  support:\n    runs_per_month: 12000\n    steps:\n      - {agent: triage, turns: {p50: 4, p90: 9}}\n      - agent: resolver\n        turns: 6\n        probability: 0.35\nbudgets:\n  cost: {per_month: 4000.50}\n";
        let cost = parse("weighbridge.yaml", text).expect("valid").cost;
        let steps = &cost.workflows["support"].steps;
        assert_eq!(steps[0].turns.unwrap().quantiles(), (4.into(), 9.into()));
        assert_eq!(steps[1].probability.unwrap().to_string(), "0.35");
        assert_eq!(cost.budgets.cost.per_month.unwrap().normalize().to_string(), "4000.5");
        assert_eq!(cost.place(&["workflows", "support", "steps", "1", "turns"]), "weighbridge.yaml:7");
    }

    #[test]
    fn refuses_figures_that_make_no_sense() {
        let text = "workflows:\n  a:\n    runs_per_month: 0\n    steps:\n      - agent: x\n        turns: {p50: 9, p90: 4}\n      - agent: x\n        cache_hit: 1.5\n        parallel: 0\n        client: codx\n  b: {}\n";
        let lines: Vec<String> = errors(text)
            .iter()
            .map(|error| error.split(": ").take(2).collect::<Vec<_>>().join(": "))
            .collect();
        assert_eq!(
            lines,
            [
                "weighbridge.yaml:3: 0 is not above 0",
                "weighbridge.yaml:6: p90 (4) is below p50 (9)",
                "weighbridge.yaml:7: the agent `x` stands twice in one phase; use `parallel`, or phases",
                "weighbridge.yaml:8: 1.5 is no share",
                "weighbridge.yaml:9: 0 is not between 1 and 1000",
                "weighbridge.yaml:10: `codx` is no client; known are claude-code, codex, copilot, cursor, gemini-cli, opencode, windsurf, cline, amp, kiro, zed",
                "weighbridge.yaml:11: the workflow `b` has no steps; add `steps` or `phases`",
            ]
        );
    }

    #[test]
    fn servers_are_allowed_by_name() {
        let config =
            parse("weighbridge.yaml", "mcp:\n  allow: [time, git]\n  timeout_seconds: 60\n").expect("valid");
        assert_eq!(
            (config.mcp.allow.join(" "), config.mcp.timeout_seconds),
            ("time git".to_owned(), Some(60))
        );
        assert_eq!(
            errors("mcp:\n  allow:\n    - time\n    - 'g*'\n  timeout_seconds: 0\n"),
            [
                "weighbridge.yaml:4: `g*` is no name of a server",
                "weighbridge.yaml:5: 0 is not between 1 and 600",
            ]
        );
    }

    #[test]
    fn says_everything_that_is_wrong_and_where() {
        assert_eq!(
            errors("version: 2\nclients:\n  - codx\nfiles:\n  exclude: ['a[']\n"),
            [
                "weighbridge.yaml:1: version 2 is not known to this program; write `version: 1`",
                "weighbridge.yaml:3: `codx` is no client; known are claude-code, codex, copilot, cursor, gemini-cli, opencode, windsurf, cline, amp, kiro, zed",
                "weighbridge.yaml:5: `a[` is no glob: unclosed character class; missing ']'",
            ]
        );
        assert!(errors("version: 1\nclient: []\n")[0].starts_with("weighbridge.yaml:2: "));
        assert!(errors("version: 1\nversion: 1\n")[0].contains("stands twice"));
    }
}
