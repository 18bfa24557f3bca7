//! What was typed after `lsp` and `completions`.

use crate::base::Client;
use clap::Args as ClapArgs;

/// `lsp`.
#[derive(Clone, Debug, ClapArgs)]
pub struct LspArgs {
    /// Judge for this client; may be given several times [default: those of weighbridge.yaml, else those the repository has files of]
    #[arg(long = "client", value_name = "CLIENT", value_enum)]
    pub clients: Vec<Client>,
    /// Speak on standard input and output, as always; editors that ask for it by this name get it
    #[arg(long, hide = true)]
    pub stdio: bool,
}

/// `completions`.
#[derive(Clone, Copy, Debug, ClapArgs)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}
