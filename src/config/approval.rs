//! `approvals:` of `weighbridge.yaml`: which cost asks for a signature, and who may sign.
//!
//! The raw part is what a user writes. [`ApprovalPolicy`] is what the program relies on: every default filled in.

use super::cost::RawJudge;
use jiff::SignedDuration;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// How long a signature holds when nothing is said.
pub const DEFAULT_VALID_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Signatures hold at most this long.
pub const MAX_VALID_FOR: SignedDuration = SignedDuration::from_hours(366 * 24);
/// More signatures than this are not asked for.
pub const MAX_COUNT: u32 = 10;
/// Names of asks that are not rules.
pub const RESERVED: [&str; 3] = ["policy", "unpriced", "emergency"];

/// Which cost asks for a signature, and who may sign.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawApprovals {
    /// Who signs where a rule does not say. Without it: everybody with the role `maintain` or more.
    pub by: Option<RawSigners>,
    /// How many different people have to sign: 1 to 10.
    #[schemars(range(min = 1, max = 10))]
    pub count: Option<u32>,
    /// How long a signature holds: `48h`, `14d`. Without it: 30 days.
    pub valid_for: Option<String>,
    /// Whether a signature for an earlier commit counts while everything that is evaluated is the same.
    pub keep_when_unchanged: Option<bool>,
    /// What asks for a signature besides budgets that are exceeded.
    #[serde(default)]
    pub rules: Vec<RawRule>,
    /// Who signs a change of the gate itself.
    pub policy: Option<RawPolicyTerms>,
    /// Who may let a change pass in an emergency. Without it: nobody.
    pub emergency: Option<RawEmergency>,
}

/// Who may sign: whoever is named by any of these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawSigners {
    /// Login names.
    #[serde(default)]
    pub users: Vec<String>,
    /// Teams of GitHub, written `org/team`.
    #[serde(default)]
    pub teams: Vec<String>,
    /// Groups of GitLab, by their full path.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Everybody with at least this role in the repository: `read`, `triage`, `write`, `maintain`, `admin`, or in
    /// the words of GitLab `guest`, `reporter`, `developer`, `maintainer`, `owner`.
    pub role: Option<String>,
}

/// A rule: which cost asks for a signature.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawRule {
    /// Its name.
    pub name: String,
    /// The thresholds. The rule asks when any of them is exceeded.
    #[serde(default)]
    pub when: RawWhen,
    /// What is held against the thresholds. Without it: `gate.judge`.
    pub judge: Option<RawJudge>,
    /// Who signs.
    pub by: Option<RawSigners>,
    /// How many different people have to sign.
    #[schemars(range(min = 1, max = 10))]
    pub count: Option<u32>,
    /// How long a signature holds.
    pub valid_for: Option<String>,
    /// Whether a signature for an earlier commit counts while everything that is evaluated is the same.
    pub keep_when_unchanged: Option<bool>,
    /// Whether a signature has to name the amount. Without it: `needed`.
    pub amount: Option<RawAmount>,
}

/// Thresholds of money.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawWhen {
    /// Dollars a month more than base.
    #[schemars(with = "Option<f64>")]
    pub increase_per_month: Option<Decimal>,
    /// Per cent a month more than base.
    #[schemars(with = "Option<f64>")]
    pub increase_percent: Option<Decimal>,
    /// Dollars of a month.
    #[schemars(with = "Option<f64>")]
    pub total_per_month: Option<Decimal>,
    /// Dollars a run more than base.
    #[schemars(with = "Option<f64>")]
    pub increase_per_run: Option<Decimal>,
    /// Dollars of a run.
    #[schemars(with = "Option<f64>")]
    pub total_per_run: Option<Decimal>,
}

/// Whether a signature has to name the amount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RawAmount {
    /// It has to.
    #[default]
    Needed,
    /// An approval of the forge for the head commit is enough, without an amount.
    NotNeeded,
}

/// Who signs a change of the gate itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawPolicyTerms {
    /// Who signs.
    pub by: Option<RawSigners>,
    /// How many different people have to sign.
    #[schemars(range(min = 1, max = 10))]
    pub count: Option<u32>,
}

/// Who may let a change pass in an emergency.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawEmergency {
    /// Who may.
    pub by: RawSigners,
}

/// What somebody may do in a repository, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Nothing.
    None,
    /// Read; GitLab: guest.
    Read,
    /// Triage; GitLab: reporter.
    Triage,
    /// Write; GitLab: developer.
    Write,
    /// Maintain; GitLab: maintainer.
    Maintain,
    /// Admin; GitLab: owner.
    Admin,
}

impl Role {
    /// The role of a name, in the words of GitHub or GitLab. `None` for any other word, and for no role at all.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "read" | "guest" => Some(Self::Read),
            "triage" | "reporter" => Some(Self::Triage),
            "write" | "developer" => Some(Self::Write),
            "maintain" | "maintainer" => Some(Self::Maintain),
            "admin" | "owner" => Some(Self::Admin),
            _ => None,
        }
    }

    /// The name, in the words of GitHub.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Triage => "triage",
            Self::Write => "write",
            Self::Maintain => "maintain",
            Self::Admin => "admin",
        }
    }
}

/// Who may sign: whoever is named by any of these. Names are in lower case, as forges compare them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signers {
    /// Login names.
    pub users: BTreeSet<String>,
    /// Teams and groups.
    pub teams: BTreeSet<String>,
    /// Everybody with at least this role.
    pub role: Option<Role>,
    /// What a user named in `users` needs besides. Set where a name was not written as a signer: the owner of a
    /// budget can be any word, and anybody can register an account of that name.
    pub users_need: Option<Role>,
}

impl Signers {
    /// Everybody with at least a role.
    pub fn of_role(role: Role) -> Self {
        Self { role: Some(role), ..Self::default() }
    }

    /// What the configuration says; what cannot be read is left out, which never lets anybody in.
    fn of(raw: &RawSigners) -> Self {
        Self {
            users: raw.users.iter().map(|name| lower(name)).collect(),
            teams: raw.teams.iter().chain(&raw.groups).map(|name| lower(name)).collect(),
            role: raw.role.as_deref().and_then(Role::from_name),
            users_need: None,
        }
    }
}

impl fmt::Display for Signers {
    /// For people: `ana, a member of acme/finops, or anyone with the role maintain`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = self.users.iter().cloned().collect();
        parts.extend(self.teams.iter().map(|team| format!("a member of {team}")));
        parts.extend(self.role.map(|role| format!("anyone with the role {} or more", role.name())));
        match parts.split_last() {
            None => f.write_str("nobody"),
            Some((last, [])) => f.write_str(last),
            Some((last, rest)) => write!(f, "{} or {last}", rest.join(", ")),
        }
    }
}

/// The conditions of a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Who signs.
    pub by: Signers,
    /// How many different people have to sign.
    pub count: u32,
    /// How long a signature holds.
    pub valid_for: SignedDuration,
    /// Whether a signature for an earlier commit counts while everything that is evaluated is the same.
    pub keep_when_unchanged: bool,
    /// Whether a signature has to name the amount.
    pub amount_needed: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            by: Signers::of_role(Role::Maintain),
            count: 1,
            valid_for: DEFAULT_VALID_FOR,
            keep_when_unchanged: false,
            amount_needed: true,
        }
    }
}

/// A rule: which cost asks for a signature, and under which conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Where it is written: `weighbridge.yaml:12`.
    pub place: String,
    /// The thresholds.
    pub when: RawWhen,
    /// What is held against them.
    pub judge: RawJudge,
    /// The conditions.
    pub terms: Terms,
}

/// Everything that is said about approvals, with every default filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApprovalPolicy {
    /// The conditions where nothing else is said: budgets, models without a price.
    pub terms: Terms,
    /// What is held against budgets.
    pub judge: RawJudge,
    /// The rules.
    pub rules: Vec<Rule>,
    /// The conditions for a change of the gate itself.
    pub policy: Terms,
    /// Where `approvals` is written; empty without it.
    pub place: String,
    /// Who may let a change pass in an emergency.
    pub emergency: Option<Signers>,
}

impl ApprovalPolicy {
    /// The policy of a configuration that was checked. `place` says where a path of keys stands.
    pub(super) fn of(raw: Option<&RawApprovals>, judge: RawJudge, place: &dyn Fn(&[&str]) -> String) -> Self {
        let Some(raw) = raw else { return Self { judge, ..Self::default() } };
        let usual = Terms::default();
        let terms = Terms {
            by: raw.by.as_ref().map_or(usual.by, Signers::of),
            count: raw.count.unwrap_or(usual.count),
            valid_for: valid_for(raw.valid_for.as_deref()).unwrap_or(usual.valid_for),
            keep_when_unchanged: raw.keep_when_unchanged.unwrap_or(usual.keep_when_unchanged),
            amount_needed: true,
        };
        let rules = raw.rules.iter().enumerate().map(|(index, rule)| Rule {
            name: rule.name.clone(),
            place: place(&["approvals", "rules", &index.to_string()]),
            when: rule.when.clone(),
            judge: rule.judge.unwrap_or(judge),
            terms: Terms {
                by: rule.by.as_ref().map_or_else(|| terms.by.clone(), Signers::of),
                count: rule.count.unwrap_or(terms.count),
                valid_for: valid_for(rule.valid_for.as_deref()).unwrap_or(terms.valid_for),
                keep_when_unchanged: rule.keep_when_unchanged.unwrap_or(terms.keep_when_unchanged),
                amount_needed: rule.amount.unwrap_or_default() == RawAmount::Needed,
            },
        });
        let own = raw.policy.clone().unwrap_or_default();
        Self {
            judge,
            rules: rules.collect(),
            policy: Terms {
                by: own.by.as_ref().map_or_else(|| terms.by.clone(), Signers::of),
                count: own.count.unwrap_or(terms.count),
                keep_when_unchanged: false,
                ..terms.clone()
            },
            place: place(&["approvals"]),
            emergency: raw.emergency.as_ref().map(|emergency| Signers::of(&emergency.by)),
            terms,
        }
    }
}

/// A name as forges compare them: without `@`, in lower case.
pub fn lower(name: &str) -> String {
    let name = name.trim();
    name.strip_prefix('@').unwrap_or(name).to_ascii_lowercase()
}

/// True for what forges allow in names of accounts, teams and groups: parts between single slashes.
pub fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    name.len() <= 255 && name.split('/').all(|part| !part.is_empty() && part.bytes().all(fits))
}

/// A time such as `48h` or `14d`; `None` when there is none, or none that makes sense.
pub(super) fn valid_for(text: Option<&str>) -> Option<SignedDuration> {
    let text = text?;
    let (digits, hours) = match (text.strip_suffix('h'), text.strip_suffix('d')) {
        (Some(digits), _) => (digits, 1),
        (_, Some(digits)) => (digits, 24),
        _ => return None,
    };
    if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let time = SignedDuration::from_hours(digits.parse::<i64>().ok()?.checked_mul(hours)?);
    (time > SignedDuration::ZERO && time <= MAX_VALID_FOR).then_some(time)
}
