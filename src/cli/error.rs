//! What can go wrong between the command line and the report, and what the user can do about it.

use super::exit::Exit;
use crate::config::ConfigError;
use crate::context::ContextError;
use crate::cost::prices::lock::LockError;
use crate::host::{FileError, GitError};
use crate::provider::count::CountError;
use crate::report::ReportError;

/// A run that ended without a report.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// Arguments that do not fit together or do not fit the place.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        help: String,
    },
    /// What may not be done where this runs.
    #[error("{message}")]
    NotHere {
        /// What, and why.
        message: String,
        /// Where it may be done.
        help: String,
    },
    /// `weighbridge.yaml` is wrong.
    #[error("{}", lines(.0))]
    Config(Vec<ConfigError>),
    /// The CI environment cannot be read.
    #[error(transparent)]
    Context(#[from] ContextError),
    /// Git cannot answer.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The report cannot be rendered.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// Standard output cannot be written.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] std::io::Error),
    /// What only a bug of our own can cause; the chain says what was being done.
    #[error("{0:#}; this is a bug of weighbridge, please report it")]
    Unexpected(#[from] anyhow::Error),
    /// The forge cannot be asked, or does not answer.
    #[error("the forge: {0}")]
    Forge(String),
    /// A provider did not count.
    #[error(transparent)]
    Count(#[from] CountError),
    /// `prices.lock` is wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Lock(Vec<LockError>),
    /// Generated files differ from the code.
    #[error("out of date: {0}")]
    OutOfDate(String),
}

fn lines(errors: &[ConfigError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl CliError {
    /// The exit status.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage { .. } => Exit::Usage,
            Self::Config(_) | Self::Lock(_) => Exit::Configuration,
            Self::OutOfDate(_) => Exit::Block,
            Self::NotHere { .. }
            | Self::Context(_)
            | Self::Git(_)
            | Self::File(_)
            | Self::Output(_)
            | Self::Count(_)
            | Self::Forge(_) => Exit::Environment,
            Self::Report(_) | Self::Unexpected(_) => Exit::Bug,
        }
    }

    /// What to do next, when the message does not say it already.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Usage { help, .. } | Self::NotHere { help, .. } => Some(help.clone()),
            Self::Config(_) => {
                Some("docs/configuration.md says what it may hold; a broken one of the base or target branch is mended there".to_owned())
            }
            Self::Lock(_) => Some(
                "`weighbridge prices update --from FILE MODEL...` writes it; remove a broken one first"
                    .to_owned(),
            ),
            Self::Forge(_) => Some(
                "nothing passes until this works: run the job again, and look at the token and its permissions \
                 (docs/ci.md)"
                    .to_owned(),
            ),
            Self::OutOfDate(_) => Some("run `cargo run -- generate` and commit the result".to_owned()),
            _ => None,
        }
    }

    /// True when the reader of our output has gone away, which is no error.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe)
    }
}
