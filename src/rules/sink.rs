//! Where findings go: levels of the configuration, ignores beside the text, and what a repository has accepted.
//!
//! Nothing is dropped without a trace: what is silenced is kept with who silenced it and why, and an ignore that silences
//! nothing is a finding itself.

use super::accepted::Accepted;
use super::ignore::{Ignores, Malformed};
use super::{RuleInfo, ours};
use crate::base::{Change, Finding, Place, RepoPath, Severity};
use crate::config::rules::{Level, Levels};
use crate::config::{Config, ConfigError};
use crate::rules::compare::Located;
use std::collections::{BTreeMap, BTreeSet};

/// What is left of one revision.
#[derive(Debug, Default)]
pub struct Sunk {
    /// Findings that count.
    pub found: Vec<Located>,
    /// Those that a comment silences.
    pub silenced: Vec<(Located, String)>,
}

/// Applies levels and ignores to the findings of a revision.
pub fn sink(
    found: Vec<Located>,
    levels: &Levels,
    ignores: &BTreeMap<RepoPath, Ignores>,
    groups: &BTreeMap<String, String>,
) -> Sunk {
    let mut used: BTreeSet<(&RepoPath, usize)> = BTreeSet::new();
    let mut sunk = Sunk::default();
    for mut located in found {
        let finding = &mut located.finding;
        let group = groups.get(&finding.rule).map_or("", String::as_str);
        if !settle_level(finding, levels, group) {
            continue;
        }
        match ignores.get_key_value(&finding.place.path).and_then(|(path, said)| {
            let line = finding.place.span.map_or(0, |span| span.start.line);
            let at = said.position(&finding.rule, line)?;
            Some((path, at, said.ignores.get(at)?))
        }) {
            Some((path, at, ignore)) => {
                used.insert((path, at));
                sunk.silenced.push((located, ignore.reason.clone()));
            }
            None => sunk.found.push(located),
        }
    }
    for (path, said) in ignores {
        let all = said.ignores.iter().enumerate();
        for (_, ignore) in all.filter(|(at, _)| !used.contains(&(path, *at))) {
            let finding = match no_rule(&ignore.rule) {
                Some(message) => ours::malformed_ignore(path, &Malformed { message, span: ignore.span }),
                None => ours::unused_ignore(path, ignore),
            };
            sunk.found.extend(about(levels, finding));
        }
        for malformed in &said.malformed {
            sunk.found.extend(about(levels, ours::malformed_ignore(path, malformed)));
        }
    }
    sunk
}

/// Gives a finding the severity of its level; false when its rule is switched off.
fn settle_level(finding: &mut Finding, levels: &Levels, group: &str) -> bool {
    match levels.of(&finding.rule, group, &finding.place.path).map(Level::severity) {
        None => true,
        Some(None) => false,
        Some(Some(severity)) => {
            finding.severity = severity;
            true
        }
    }
}

/// What is wrong with the name of a rule; `None` when there is such a rule.
fn no_rule(name: &str) -> Option<String> {
    if super::find(name).is_some() {
        return None;
    }
    let is_group = super::all().iter().any(|rule| rule.category == name);
    Some(if is_group {
        format!(
            "`{name}` is a group, and an ignore names rules one by one; `weighbridge rules {name}` lists them"
        )
    } else {
        format!("`{name}` is no rule; `weighbridge rules` lists them")
    })
}

/// A finding about an ignore, unless its own rule is switched off.
fn about(levels: &Levels, mut finding: Finding) -> Option<Located> {
    settle_level(&mut finding, levels, "files").then_some(Located { finding, line_digest: 0, value: None })
}

/// The group of each rule.
pub fn groups(rules: &[RuleInfo]) -> BTreeMap<String, String> {
    rules.iter().map(|rule| (rule.id.clone(), rule.category.clone())).collect()
}

/// Takes out of the compared findings what the repository has accepted, with the reasons. Paths of entries that accept
/// nothing are given back.
pub fn accept<'a>(
    found: &mut Vec<Finding>,
    accepted: &'a Accepted,
) -> (Vec<(Finding, String)>, Vec<&'a RepoPath>) {
    let (mut silenced, mut used, known) = (Vec::new(), BTreeSet::new(), accepted.by_fingerprint());
    let entry = |finding: &Finding| {
        known.get(&finding.fingerprint).filter(|entry| entry.rule == finding.rule).copied()
    };
    found.retain(|finding| match entry(finding).filter(|_| finding.change != Change::Fixed) {
        Some(entry) => {
            used.insert(&entry.fingerprint);
            silenced.push((finding.clone(), entry.reason.clone()));
            false
        }
        None => true,
    });
    let idle = accepted.findings.iter().filter(|entry| !used.contains(&entry.fingerprint));
    (silenced, idle.map(|entry| &entry.path).collect())
}

/// Ignores of head that base does not have and that silence an error: a change that makes them loosens the gate.
/// `renames` maps paths of base to paths of head.
pub fn loosened(
    head: &[(Located, String)],
    base: &[(Located, String)],
    renames: &BTreeMap<RepoPath, RepoPath>,
) -> Vec<String> {
    let key = |(located, reason): &(Located, String)| {
        let Finding { rule, message, place, .. } = &located.finding;
        let path = renames.get(&place.path).unwrap_or(&place.path);
        (path.clone(), rule.clone(), message.clone(), reason.clone())
    };
    let known: BTreeSet<_> = base.iter().map(key).collect();
    let fresh = head.iter().filter(|silenced| silenced.0.finding.severity == Severity::Error);
    fresh
        .filter(|silenced| !known.contains(&key(silenced)))
        .map(|(located, _)| {
            let Place { path, .. } = &located.finding.place;
            format!("{path}:{} ignores {}", located.finding.place.line(), located.finding.rule)
        })
        .collect()
}

/// What is wrong with the names of rules in a configuration, which knows none of them itself.
pub fn unknown_rules(file: &str, config: &Config) -> Vec<ConfigError> {
    // The catalogue is large, and who sets no level does not need it.
    if config.levels.names().next().is_none() {
        return Vec::new();
    }
    let unknown = unknown_names(&config.levels, &super::all()).into_iter();
    unknown
        .map(|(keys, unknown)| {
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            let message = format!(
                "`{}` is no rule and no group of rules; `weighbridge rules` lists them",
                crate::base::text::visible(&unknown)
            );
            ConfigError { file: file.to_owned(), line: config.cost.line(&keys), message }
        })
        .collect()
}

/// Names in levels that are no rule and no group, with the keys that lead to them.
fn unknown_names(levels: &Levels, rules: &[RuleInfo]) -> Vec<(Vec<String>, String)> {
    let known: BTreeSet<&str> =
        rules.iter().flat_map(|rule| [rule.id.as_str(), rule.category.as_str()]).collect();
    let unknown = levels.names().filter(|(_, name)| !known.contains(name));
    unknown.map(|(keys, name)| (keys, name.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Span;
    use crate::rules::ignore;

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text).expect("inside")
    }

    fn located(rule: &str, line: u32) -> Located {
        let place = Place::span(path("a.md"), Span::at(line, 1));
        Located {
            finding: Finding::new(rule, Severity::Error, place, format!("{rule} is wrong")),
            line_digest: 0,
            value: None,
        }
    }

    fn levels(text: &str) -> Levels {
        crate::config::parse("weighbridge.yaml", text).expect("valid").levels
    }

    fn said(text: &str) -> BTreeMap<RepoPath, Ignores> {
        BTreeMap::from([(path("a.md"), ignore::read(text, Vec::new, &(0..0)))])
    }

    fn rules(sunk: &Sunk) -> Vec<(&str, Severity)> {
        sunk.found.iter().map(|one| (one.finding.rule.as_str(), one.finding.severity)).collect()
    }

    #[test]
    fn levels_ignores_and_idle_ignores() {
        let ignores = said(
            "x <!-- weighbridge-ignore a-b, nul-byte, c-d, cursor: known -->\n<!-- weighbridge-ignore nul-byte -->",
        );
        let found = vec![located("a-b", 1), located("a-b", 7), located("e-f", 1), located("off-one", 1)];
        let groups = BTreeMap::from([("e-f".to_owned(), "files".to_owned())]);
        let levels = levels("rules: {levels: {off-one: 'off', files: info, unused-ignore: error}}");
        let sunk = sink(found, &levels, &ignores, &groups);
        assert_eq!(
            rules(&sunk),
            [
                ("a-b", Severity::Error),
                ("e-f", Severity::Info),
                ("unused-ignore", Severity::Error),
                ("malformed-ignore", Severity::Info),
                ("malformed-ignore", Severity::Info),
                ("malformed-ignore", Severity::Info)
            ]
        );
        let said: Vec<&str> = sunk.found.iter().map(|one| one.finding.message.as_str()).collect();
        assert!(said[3].contains("`c-d` is no rule") && said[4].contains("`cursor` is a group"), "{said:?}");
        assert_eq!(sunk.silenced.len(), 1);
        assert_eq!(sunk.silenced[0].1, "known");
    }

    #[test]
    fn a_change_that_ignores_an_error_loosens_the_gate() {
        let all =
            |text| sink(vec![located("a-b", 1)], &Levels::default(), &said(text), &BTreeMap::new()).silenced;
        let one = all("<!-- weighbridge-ignore-file a-b: known -->");
        assert_eq!(loosened(&one, &[], &BTreeMap::new()), ["a.md:1 ignores a-b"]);
        assert_eq!(loosened(&one, &one, &BTreeMap::new()), [""; 0]);
        let mut elsewhere = one.clone();
        elsewhere[0].0.finding.place.path = path("b.md");
        assert_eq!(loosened(&elsewhere, &one, &BTreeMap::new()), ["b.md:1 ignores a-b"]);
        let renames = BTreeMap::from([(path("a.md"), path("b.md"))]);
        assert_eq!(loosened(&elsewhere, &one, &renames), [""; 0]);
        assert_eq!(loosened(&all(""), &[], &BTreeMap::new()), [""; 0]);
    }

    #[test]
    fn names_are_rules_or_groups() {
        let levels = levels("rules: {levels: {nul-byte: info, files: info, no-such: error}}");
        let unknown = unknown_names(&levels, &crate::rules::all());
        assert_eq!(
            unknown,
            [(["rules", "levels", "no-such"].map(str::to_owned).to_vec(), "no-such".to_owned())]
        );
    }
}
