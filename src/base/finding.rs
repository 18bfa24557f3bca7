//! What a check has to say about a place in a file.

use super::{Client, Place};
use serde::{Deserialize, Serialize};

/// How grave a finding is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; never changes the verdict.
    Info,
    /// Likely not what the author wants; the verdict becomes `warn`.
    Warning,
    /// A client will reject, drop or misread this; the verdict becomes `block`.
    Error,
}

impl Severity {
    /// The name used in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// How a finding of the head relates to the base.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// In the head only: counts against the change. Without a base, everything is new.
    New,
    /// In both.
    Unchanged,
    /// In the base only.
    Fixed,
}

/// An identity of a finding that survives line shifts and file renames: 16 hexadecimal digits.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(transparent)]
#[schemars(transparent)]
pub struct Fingerprint(pub String);

/// One thing a check has to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Finding {
    /// The rule's stable id, `kebab-case` for ours, `XX-000` for those of agnix.
    pub rule: String,
    /// How grave it is, after the sink has applied the configuration.
    pub severity: Severity,
    /// One sentence without a full stop. May quote the change: escape it for wherever it is printed.
    pub message: String,
    /// Where.
    pub place: Place,
    /// What to do next, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The clients it concerns; empty means every client that reads the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<Client>,
    /// Identity across revisions; empty until the sink computes it.
    pub fingerprint: Fingerprint,
    /// Relation to the base.
    pub change: Change,
}

impl Finding {
    /// A finding as a check makes it; the sink completes severity, fingerprint and change.
    pub fn new(rule: &str, severity: Severity, place: Place, message: impl Into<String>) -> Self {
        Self {
            rule: rule.to_owned(),
            severity,
            message: message.into(),
            place,
            help: None,
            clients: Vec::new(),
            fingerprint: Fingerprint::default(),
            change: Change::New,
        }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Names the clients concerned.
    #[must_use]
    pub fn with_clients(mut self, clients: impl IntoIterator<Item = Client>) -> Self {
        self.clients = clients.into_iter().collect();
        self
    }

    /// The order in which findings are shown: place first, then gravity, rule and text.
    pub fn sort_key(&self) -> impl Ord + '_ {
        (&self.place.path, self.place.span, std::cmp::Reverse(self.severity), &self.rule, &self.message)
    }
}
