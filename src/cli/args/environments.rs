//! What can be typed after `weighbridge environments`.

use super::ClapArgs;
use std::path::PathBuf;

/// `environments`.
#[derive(Clone, Debug, ClapArgs)]
pub struct EnvironmentsArgs {
    /// The repository, or a folder of it [default: the repository around the current folder]
    pub path: Option<PathBuf>,
    /// Only these environments, such as `staging,production`
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub only: Vec<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}
