//! Levels of rules: everywhere, and for some files.

use crate::base::{RepoPath, Severity};
use globset::GlobSet;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// `rules:` as it is written.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawRules {
    /// The level of a rule, or of every rule of a group, everywhere. A rule goes before its group.
    #[serde(default)]
    pub levels: BTreeMap<String, Level>,
    /// Other levels for some files; the last entry that says something counts.
    #[serde(default)]
    pub paths: Vec<RawPathLevels>,
}

/// Levels for some files.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawPathLevels {
    /// Globs of the files.
    pub files: Vec<String>,
    /// The level of a rule, or of every rule of a group.
    pub levels: BTreeMap<String, Level>,
    /// Why. Required where `leaked-secret` is switched off.
    #[serde(default)]
    pub reason: Option<String>,
}

impl RawPathLevels {
    /// The level of a rule of a group.
    fn says(&self, rule: &str, group: &str) -> Option<Level> {
        said(&self.levels, rule, group)
    }
}

/// A rule goes before its group.
fn said(levels: &BTreeMap<String, Level>, rule: &str, group: &str) -> Option<Level> {
    levels.get(rule).or_else(|| levels.get(group)).copied()
}

/// What becomes of the findings of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// They are not reported.
    Off,
    /// Worth knowing.
    Info,
    /// The verdict becomes `warn`.
    Warning,
    /// The verdict becomes `block`.
    Error,
}

impl Level {
    /// The severity; `None` when there is nothing to report.
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Info => Some(Severity::Info),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}

/// Levels, ready to be asked.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    everywhere: BTreeMap<String, Level>,
    paths: Vec<(GlobSet, RawPathLevels)>,
}

impl Levels {
    /// From what is written and its globs.
    pub fn new(raw: &RawRules, globs: Vec<GlobSet>) -> Self {
        let paths = globs.into_iter().zip(raw.paths.iter().cloned());
        Self { everywhere: raw.levels.clone(), paths: paths.collect() }
    }

    /// Why a rule of a group is switched off for a file, when it is.
    pub fn switched_off(&self, rule: &str, group: &str, path: &RepoPath) -> Option<&str> {
        (self.of(rule, group, path) == Some(Level::Off)).then(|| {
            let here = self.paths.iter().rev().filter(|(globs, _)| globs.is_match(path.as_str()));
            let says = |entry: &&RawPathLevels| entry.says(rule, group).is_some();
            let reason = here.map(|(_, entry)| entry).find(says).and_then(|entry| entry.reason.as_deref());
            reason.unwrap_or("everywhere")
        })
    }

    /// The level of a rule of a group for a file; `None` where nothing is said.
    pub fn of(&self, rule: &str, group: &str, path: &RepoPath) -> Option<Level> {
        let here = self.paths.iter().rev().filter(|(globs, _)| globs.is_match(path.as_str()));
        let here = here.map(|(_, entry)| entry).find_map(|entry| entry.says(rule, group));
        here.or_else(|| said(&self.everywhere, rule, group))
    }

    /// Every name of a rule or group that something is said about, with the keys that lead to it.
    pub fn names(&self) -> impl Iterator<Item = (Vec<String>, &str)> {
        let everywhere = self
            .everywhere
            .keys()
            .map(|name| (vec!["rules".to_owned(), "levels".to_owned(), name.clone()], &**name));
        let some = self.paths.iter().enumerate().flat_map(|(at, (_, entry))| {
            entry.levels.keys().map(move |name| {
                let keys = ["rules", "paths", &at.to_string(), "levels", name].map(str::to_owned);
                (keys.to_vec(), &**name)
            })
        });
        everywhere.chain(some)
    }
}

#[cfg(test)]
mod tests {
    use crate::base::RepoPath;
    use crate::config::parse;
    use crate::config::rules::Level;

    #[test]
    fn the_nearest_word_counts() {
        let text = "rules:\n  levels: {mcp: 'off', a-b: error, files: info}\n  paths:\n    - {files: ['docs/**'], levels: {a-b: info}}\n    - {files: ['docs/x/**'], levels: {mcp: warning}}\n";
        let levels = parse("weighbridge.yaml", text).expect("valid").levels;
        let of = |rule, group, path| levels.of(rule, group, &RepoPath::new(path).expect("inside"));
        assert_eq!(of("a-b", "files", "x.md"), Some(Level::Error), "a rule goes before its group");
        assert_eq!(of("c-d", "files", "x.md"), Some(Level::Info));
        assert_eq!(of("a-b", "files", "docs/y.md"), Some(Level::Info));
        assert_eq!(of("m", "mcp", "docs/x/y.md"), Some(Level::Warning));
        assert_eq!(of("m", "mcp", "docs/y.md"), Some(Level::Off));
        assert_eq!(of("z", "skills", "docs/y.md"), None);
        assert_eq!(levels.names().count(), 5);
    }

    #[test]
    fn whoever_switches_secrets_off_says_why() {
        let text = |more: &str| {
            format!("rules:\n  paths:\n    - files: ['a/**']\n      levels: {{leaked-secret: 'off'}}\n{more}")
        };
        let errors = parse("weighbridge.yaml", &text("")).expect_err("no reason");
        assert!(errors[0].to_string().starts_with("weighbridge.yaml:4: "), "{errors:?}");
        assert!(parse("weighbridge.yaml", &text("      reason: ' '\n")).is_err());
        let levels = parse("weighbridge.yaml", &text("      reason: test vectors\n")).expect("valid").levels;
        let off =
            |path| levels.switched_off("leaked-secret", "secrets", &RepoPath::new(path).expect("inside"));
        assert_eq!((off("a/b"), off("b")), (Some("test vectors"), None));
    }

    #[test]
    fn a_glob_that_is_none_is_named_with_its_line() {
        let errors = parse("weighbridge.yaml", "rules:\n  paths:\n    - {files: ['a['], levels: {}}\n")
            .expect_err("wrong");
        assert!(errors[0].to_string().starts_with("weighbridge.yaml:3: `a[` is no glob"), "{errors:?}");
    }
}
