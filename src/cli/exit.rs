//! The one table of exit codes.

use crate::base::Verdict;

macro_rules! exits {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal;)+) => {
        /// How the program ends.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Exit { $($(#[doc = $doc])+ $variant,)+ }

        impl Exit {
            /// Every way to end.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The process's exit code.
            pub const fn code(self) -> u8 {
                match self { $(Self::$variant => $code,)+ }
            }

            /// What it means.
            pub const fn doc(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc,)+).trim_ascii(),)+ }
            }
        }
    };
}

exits! {
    /// pass, warn, or nothing to check
    Pass = 0;
    /// the change is blocked
    Block = 1;
    /// the command line is wrong
    Usage = 2;
    /// the configuration is wrong
    Configuration = 3;
    /// an authorised person has to sign
    NeedsApproval = 4;
    /// the environment, git or the network failed: we could not tell, which is never a pass
    Environment = 5;
    /// a deployment failed and was rolled back
    RolledBack = 6;
    /// a deployment failed and could not be rolled back
    RollbackFailed = 7;
    /// a bug of our own
    Bug = 70;
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Skip | Verdict::Pass | Verdict::Warn => Self::Pass,
            Verdict::NeedsApproval => Self::NeedsApproval,
            Verdict::Block => Self::Block,
            Verdict::Error => Self::Environment,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
