//! What was typed after the commands that nobody is told about.

use clap::Args as ClapArgs;

/// `supervise`.
#[derive(Clone, Debug, ClapArgs)]
pub struct SuperviseArgs {
    /// Start the program, as this child of the supervisor
    #[arg(long, value_name = "PID")]
    pub launch: Option<u32>,
    /// The program and its arguments
    #[arg(last = true)]
    pub program: Vec<String>,
}

/// `generate`: only in builds of developers, since the schemas take 0.3 MB.
#[cfg(debug_assertions)]
#[derive(Clone, Debug, ClapArgs)]
pub struct GenerateArgs {
    /// Root of the source tree.
    #[arg(default_value = ".")]
    pub root: std::path::PathBuf,
    /// Only say which files are out of date, and fail if any is.
    #[arg(long)]
    pub check: bool,
}
