//! What can be typed after `weighbridge loads`.

use super::ClapArgs;
use crate::base::Client;
use std::path::PathBuf;

/// `loads`.
#[derive(Clone, Debug, ClapArgs)]
pub struct LoadsArgs {
    /// Folder in which the task is done [default: the current folder]
    pub path: Option<PathBuf>,
    /// Root of the repository [default: that of the git repository around the folder]
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// The client; may be given several times [default: those the repository has files of]
    #[arg(long = "client", value_name = "CLIENT", value_enum)]
    pub clients: Vec<Client>,
    /// What each reader does with each file below the folder instead: loads it, cuts it, skips it, rejects it, and why.
    /// Skills are also held against uploads to the Claude API and the reference validator of agentskills.io
    #[arg(long)]
    pub verdicts: bool,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}
