//! Checks over agent files: one rule, one file; one registry; one place that compares base and head.
//!
//! Format rules come from the `agnix-core` crate, behind [`agnix`]; the rules in [`ours`] are those it lacks.
//! A check pushes facts. Severity and what is ignored are settled in [`sink`], identity and relation to the base in
//! [`compare`].

pub mod accepted;
pub mod agnix;
mod characters;
pub mod compare;
pub mod coordination;
pub mod fix;
pub mod ignore;
mod lookalikes;
pub mod mcp;
pub mod models;
pub mod ours;
mod patterns;
pub mod roster;
pub mod sink;
pub mod verdicts;

use crate::base::Severity;

/// What a rule is, for `weighbridge rules`, SARIF and the documentation.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct RuleInfo {
    /// Stable id.
    pub id: String,
    /// One sentence.
    pub summary: String,
    /// How grave its findings are by default; agnix decides per finding.
    pub severity: Option<Severity>,
    /// Group, for example `files` or `claude-code`.
    pub category: String,
    /// Where the fact it rests on is documented.
    pub source: Option<String>,
    /// The first version of Weighbridge that had it; `None` for rules of agnix.
    pub since: Option<&'static str>,
    /// Whether it has a fix that is `safe`, `unsafe` or either, as the text is; `None` for rules without one, and for those
    /// of agnix, which decides for each finding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<&'static str>,
    /// What it finds and what it leaves alone.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub examples: &'static [ours::Example],
}

/// Every rule, ours first, sorted by id within each group.
pub fn all() -> Vec<RuleInfo> {
    let mut found: Vec<RuleInfo> = ours::RULES.iter().map(|rule| rule.info()).collect();
    found.sort_by(|one, other| one.id.cmp(&other.id));
    found.extend(agnix::rule_infos());
    found
}

/// The rule with this id.
pub fn find(id: &str) -> Option<RuleInfo> {
    ours::RULES
        .iter()
        .find(|rule| rule.id == id)
        .map(|rule| rule.info())
        .or_else(|| agnix::rule_infos().into_iter().find(|rule| rule.id == id))
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_are_unique_and_every_rule_says_what_it_is() {
        let all = super::all();
        let mut ids: Vec<_> = all.iter().map(|rule| rule.id.clone()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all.len());
        assert!(all.len() > 700);
        assert!(all.iter().all(|rule| rule.summary.len() > 5), "a rule without a summary");
    }
}
