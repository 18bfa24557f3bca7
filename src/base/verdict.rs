//! What a stage, or a whole run, concluded.

use serde::{Deserialize, Serialize};

/// The conclusion of a stage or of a run.
///
/// Ordered from harmless to grave, so the verdict of a run is the maximum of its stages.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// There was nothing to check; the report says why.
    Skip,
    /// Checked, nothing to say against it.
    Pass,
    /// Checked, something to look at; does not block.
    Warn,
    /// An authorised person has to sign before the merge.
    NeedsApproval,
    /// Must not merge as it is.
    Block,
    /// We could not tell. Never a pass.
    Error,
}

impl Verdict {
    /// Every verdict, from harmless to grave.
    pub const ALL: [Self; 6] =
        [Self::Skip, Self::Pass, Self::Warn, Self::NeedsApproval, Self::Block, Self::Error];

    /// The name used in output, in `GITHUB_OUTPUT` and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::NeedsApproval => "needs-approval",
            Self::Block => "block",
            Self::Error => "error",
        }
    }

    /// Words for a headline, without colour or symbols.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Skip => "nothing to check",
            Self::Pass => "pass",
            Self::Warn => "pass with warnings",
            Self::NeedsApproval => "needs approval",
            Self::Block => "blocked",
            Self::Error => "could not be checked",
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}
