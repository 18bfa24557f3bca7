//! Who has to sign for the cost, who has, and why a signature does not count.

use crate::base::Usd;
use serde::Serialize;

impl StatementReport {
    /// `yes`, `no`, or `takes back`.
    pub const fn effect(&self) -> &'static str {
        match (self.accepted, self.takes_back) {
            (true, _) => "yes",
            (false, true) => "takes back",
            (false, false) => "no",
        }
    }
}

/// The decision on the signatures of a change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ApprovalReport {
    /// `nothing-to-sign`, `needs-approval`, `approved`, `approved-in-emergency`, `blocked`, `undecidable`.
    pub outcome: String,
    /// True when the change may pass.
    pub passes: bool,
    /// The commit that is signed for.
    pub sha: String,
    /// What has to be signed, in dollars a month.
    pub amount: Usd,
    /// The line that signs, written as a comment of its own.
    pub command: String,
    /// What asks for signatures.
    pub asks: Vec<AskReport>,
    /// Everything that was said, with what became of it.
    pub statements: Vec<StatementReport>,
    /// The emergency that lets the change pass, in words.
    pub emergency: Option<String>,
    /// Why it could not be decided.
    pub faults: Vec<String>,
    /// What else the reader should know.
    pub notes: Vec<String>,
    /// The record of the decision: one line of the audit log.
    pub record: Option<serde_json::Value>,
}

/// Something that asks for signatures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct AskReport {
    /// The rule, the budget, `policy` or `unpriced`.
    pub rule: String,
    /// Why it asks.
    pub why: String,
    /// Who may sign.
    pub by: String,
    /// How many different people have to.
    pub count: u32,
    /// Who has, by login name.
    pub signed_by: Vec<String>,
    /// How many signatures are missing.
    pub missing: u32,
    /// Where it is written.
    pub place: String,
}

/// Something somebody said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct StatementReport {
    /// Login name, or that the account is deleted.
    pub by: String,
    /// `comment`, `review`, `approval`, `job`.
    pub with: String,
    /// Where to read it.
    pub url: Option<String>,
    /// The amount it names.
    pub amount: Option<Usd>,
    /// True when it counts as a signature.
    pub accepted: bool,
    /// True when it takes signatures back: it is none, and was not meant as one.
    pub takes_back: bool,
    /// Why it counts, or why not and what to do.
    pub reason: String,
}
