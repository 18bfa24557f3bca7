//! `weighbridge completions`: what a shell needs to complete commands and options.

use super::args::{Args, CompletionsArgs};
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use clap::{Command, CommandFactory};
use clap_complete::Shell;

/// Runs.
pub(super) fn run(args: CompletionsArgs, printer: &Printer) -> Result<Exit, CliError> {
    printer.data(&script(args.shell))?;
    Ok(Exit::Pass)
}

/// The script for a shell.
fn script(shell: Shell) -> String {
    let all = Args::command();
    // What is hidden in the help is for ourselves; the generators would offer it all the same.
    let shown = all.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    let mut command = Command::new("weighbridge").args(all.get_arguments().cloned()).subcommands(shown);
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut command, "weighbridge", &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn every_shell_has_a_script_with_every_command() {
        assert!(Shell::value_variants().len() >= 5);
        for shell in Shell::value_variants() {
            let script = script(*shell);
            for word in ["validate", "what-if", "new-only", "completions"] {
                assert!(script.contains(word), "{shell}: no {word}");
            }
            assert!(!script.contains("supervise"), "{shell}: what is hidden is offered");
        }
    }
}
