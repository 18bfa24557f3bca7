//! Whether what is said about approvals makes sense, each with the line on which it stands.

use super::approval::{MAX_COUNT, RESERVED, RawApprovals, RawSigners, Role, is_name, lower, valid_for};
use super::check::{At, Checker, MAX_FIGURE, below, item};
use std::collections::BTreeSet;

/// More rules, and more names in one list, are refused.
const MAX_NAMES: usize = 100;
/// Longer names of rules are refused.
const MAX_NAME: usize = 64;

impl Checker<'_> {
    /// Everything about approvals.
    pub(super) fn approvals(&mut self, raw: &RawApprovals) {
        let at = below(&[], "approvals");
        self.terms(&at, (raw.by.as_ref(), raw.count), (None, None));
        self.time(&at, raw.valid_for.as_deref());
        let default = (raw.by.as_ref(), raw.count);
        let rules = below(&at, "rules");
        if raw.rules.len() > MAX_NAMES {
            self.say(
                &rules,
                format!("{} rules are more than the {MAX_NAMES} that are read", raw.rules.len()),
            );
        }
        let mut names = BTreeSet::new();
        for (index, rule) in raw.rules.iter().enumerate() {
            let at = item(&rules, index);
            self.rule_name(&below(&at, "name"), &rule.name);
            if !names.insert(rule.name.as_str()) {
                self.say(&at, format!("the rule `{}` stands twice; give one another name", rule.name));
            }
            let when = below(&at, "when");
            let thresholds = [
                ("increase_per_month", rule.when.increase_per_month),
                ("increase_percent", rule.when.increase_percent),
                ("total_per_month", rule.when.total_per_month),
                ("increase_per_run", rule.when.increase_per_run),
                ("total_per_run", rule.when.total_per_run),
            ];
            if thresholds.iter().all(|(_, threshold)| threshold.is_none()) {
                let known: Vec<&str> = thresholds.iter().map(|(key, _)| *key).collect();
                self.say(
                    &when,
                    format!("the rule `{}` never asks; give `when` one of {}", rule.name, known.join(", ")),
                );
            }
            for (key, threshold) in thresholds {
                self.figure(&below(&when, key), threshold, MAX_FIGURE);
            }
            self.terms(&at, (rule.by.as_ref(), rule.count), default);
            self.time(&at, rule.valid_for.as_deref());
        }
        if let Some(policy) = &raw.policy {
            self.terms(&below(&at, "policy"), (policy.by.as_ref(), policy.count), default);
        }
        if let Some(emergency) = &raw.emergency {
            self.terms(&below(&at, "emergency"), (Some(&emergency.by), Some(1)), default);
        }
    }

    fn rule_name(&mut self, at: &[At], name: &str) {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(fits) {
            self.say(
                at,
                format!(
                    "`{}` is no name of a rule: write up to {MAX_NAME} letters, digits and hyphens",
                    super::shown(name)
                ),
            );
        } else if RESERVED.contains(&name) {
            self.say(at, format!("`{name}` is a name of the program's own; write another one"));
        }
    }

    /// Who signs, and how many; `default` is in force where one of them is not said.
    fn terms(
        &mut self,
        at: &[At],
        own: (Option<&RawSigners>, Option<u32>),
        default: (Option<&RawSigners>, Option<u32>),
    ) {
        let by = below(at, "by");
        if let Some(signers) = own.0 {
            self.signers(&by, signers);
        }
        let count = own.1.or(default.1).unwrap_or(1);
        if let Some(count) = own.1.filter(|count| !(1..=MAX_COUNT).contains(count)) {
            self.say(&below(at, "count"), format!("{count} is not between 1 and {MAX_COUNT}"));
            return;
        }
        let said = own.0.is_some() || own.1.is_some();
        if let Some(signers) = own.0.or(default.0).filter(|_| said) {
            let people: BTreeSet<String> = signers.users.iter().map(|name| lower(name)).collect();
            let closed = signers.teams.is_empty() && signers.groups.is_empty() && signers.role.is_none();
            let few = u32::try_from(people.len()).is_ok_and(|people| people > 0 && people < count);
            if closed && few {
                let at = if own.1.is_some() { below(at, "count") } else { by };
                self.say(
                    &at,
                    format!("{count} signatures can never be had from {} people; name more", people.len()),
                );
            }
        }
    }

    fn signers(&mut self, at: &[At], signers: &RawSigners) {
        let lists = [("users", &signers.users), ("teams", &signers.teams), ("groups", &signers.groups)];
        if lists.iter().all(|(_, list)| list.is_empty()) && signers.role.is_none() {
            self.say(at, "nobody may sign here; name `users`, `teams`, `groups` or a `role`");
        }
        for (key, list) in lists {
            let list_at = below(at, key);
            if list.len() > MAX_NAMES {
                self.say(
                    &list_at,
                    format!("{} names are more than the {MAX_NAMES} that are read", list.len()),
                );
            }
            for (index, name) in list.iter().enumerate() {
                let slashes = lower(name).matches('/').count();
                let wanted = match key {
                    "users" if slashes == 0 => None,
                    "users" => Some("write a login name; a team stands in `teams`"),
                    "teams" if slashes == 1 => None,
                    "teams" => Some("write a team as `org/team`"),
                    _ => None,
                };
                if !is_name(&lower(name)) {
                    self.say(&item(&list_at, index), format!("`{}` is no name", super::shown(name)));
                } else if let Some(wanted) = wanted {
                    self.say(&item(&list_at, index), format!("`{}`: {wanted}", super::shown(name)));
                }
            }
        }
        if let Some(role) = signers.role.as_deref().filter(|role| Role::from_name(role).is_none()) {
            self.say(
                &below(at, "role"),
                format!(
                    "`{}` is no role; known are read, triage, write, maintain, admin, and of GitLab guest, reporter, \
                     developer, maintainer, owner",
                    super::shown(role)
                ),
            );
        }
    }

    fn time(&mut self, at: &[At], text: Option<&str>) {
        if let Some(text) = text.filter(|text| valid_for(Some(text)).is_none()) {
            self.say(
                &below(at, "valid_for"),
                format!("`{}` is no time from 1h to 366d; write `48h` or `14d`", super::shown(text)),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::approval::{Role, Terms};
    use crate::config::cost::RawJudge;
    use crate::config::parse;
    use jiff::SignedDuration;

    fn errors(text: &str) -> Vec<String> {
        let errors = parse("w", text).expect_err("wrong");
        errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn reads_everything() {
        let text = "gate: {judge: p90}
approvals:
  by: {users: ['@Ana'], teams: [Acme/FinOps], groups: [acme], role: maintainer}
  count: 2
  valid_for: 48h
  rules:
    - name: large
      when: {increase_per_month: 100, total_per_run: 0.5}
      judge: expected
      by: {users: [bo]}
      count: 1
      valid_for: 3d
      keep_when_unchanged: true
      amount: not-needed
    - name: other
      when: {increase_percent: 0}
  emergency: {by: {role: owner}}
";
        let policy = parse("w", text).expect("valid").approvals;
        assert_eq!(
            policy.terms.by.to_string(),
            "ana, a member of acme, a member of acme/finops or anyone with the role maintain or more"
        );
        assert_eq!(policy.judge, RawJudge::P90);
        let [large, other] = policy.rules.as_slice() else { panic!("two rules") };
        assert_eq!((large.place.as_str(), large.judge), ("w:7", RawJudge::Expected));
        assert_eq!(large.when.total_per_run.unwrap().to_string(), "0.5");
        assert!(!large.terms.amount_needed && large.terms.keep_when_unchanged);
        assert_eq!(large.terms.valid_for, SignedDuration::from_hours(72));
        assert_eq!((other.judge, &other.terms), (RawJudge::P90, &policy.terms));
        assert_eq!(policy.policy, policy.terms);
        assert_eq!(policy.emergency.unwrap().role, Some(Role::Admin));
    }

    #[test]
    fn without_the_key_maintainers_sign() {
        let policy = parse("w", "version: 1\n").expect("valid").approvals;
        assert_eq!((policy.terms, policy.policy), (Terms::default(), Terms::default()));
        assert!(policy.rules.is_empty() && policy.emergency.is_none());
    }

    #[test]
    fn a_kept_signature_is_never_one_for_the_gate_itself() {
        let policy = parse("w", "approvals: {keep_when_unchanged: true}\n").expect("valid").approvals;
        assert!(policy.terms.keep_when_unchanged && !policy.policy.keep_when_unchanged);
    }

    #[test]
    fn says_what_makes_no_sense_and_where() {
        let text = "approvals:
  by: {}
  count: 0
  valid_for: 2 weeks
  rules:
    - name: a
      when: {increase_per_month: -1}
      by: {role: boss}
    - name: a
      count: 11
    - name: policy
      when: {total_per_run: 1}
      by: {users: [ana, '@ANA']}
      count: 2
    - name: 'a b'
      when: {total_per_run: 1}
      by: {users: [acme/x], teams: [finops], groups: ['a//b']}
      valid_for: 0d
  emergency:
    by: {}
";
        assert_eq!(
            errors(text),
            [
                "w:2: nobody may sign here; name `users`, `teams`, `groups` or a `role`",
                "w:3: 0 is not between 1 and 10",
                "w:4: `2 weeks` is no time from 1h to 366d; write `48h` or `14d`",
                "w:7: -1 is below 0",
                "w:8: `boss` is no role; known are read, triage, write, maintain, admin, and of GitLab guest, reporter, developer, maintainer, owner",
                "w:9: the rule `a` stands twice; give one another name",
                "w:9: the rule `a` never asks; give `when` one of increase_per_month, increase_percent, total_per_month, increase_per_run, total_per_run",
                "w:10: 11 is not between 1 and 10",
                "w:11: `policy` is a name of the program's own; write another one",
                "w:14: 2 signatures can never be had from 1 people; name more",
                "w:15: `a b` is no name of a rule: write up to 64 letters, digits and hyphens",
                "w:17: `acme/x`: write a login name; a team stands in `teams`",
                "w:17: `finops`: write a team as `org/team`",
                "w:17: `a//b` is no name",
                "w:18: `0d` is no time from 1h to 366d; write `48h` or `14d`",
                "w:20: nobody may sign here; name `users`, `teams`, `groups` or a `role`",
            ]
        );
        assert_eq!(
            errors(
                "approvals:\n  by: {users: [ana]}\n  rules:\n    - {name: a, when: {total_per_run: 1}, count: 3}\n"
            ),
            ["w:4: 3 signatures can never be had from 1 people; name more"]
        );
        assert!(errors("approvals: {emergency: {}}\n")[0].contains("missing field `by`"));
        assert!(errors("approvals: {rules: [{name: a, wen: {}}]}\n")[0].contains("unknown field"));
    }
}
