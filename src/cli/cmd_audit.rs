//! `weighbridge audit verify`: whether a log of decisions is whole.

use super::args::{AuditArgs, AuditCommand};
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use crate::approval::record::{verify, verify_up_to};
use crate::base::text::plural;
use crate::host::Host;
use crate::report::escape;

/// Larger logs are not read, in bytes.
const MAX_BYTES: u64 = 1024 * 1024 * 1024;

/// Runs.
pub(super) fn run(args: &AuditArgs, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let AuditCommand::Verify(args) = &args.command;
    let bytes = host.read_file(&host.current_dir().join(&args.file), MAX_BYTES)?;
    let text = String::from_utf8_lossy(&bytes);
    let outcome = match &args.last {
        Some(last) => verify_up_to(&text, last),
        None => verify(&text),
    };
    match outcome {
        Ok(0) => printer.remark("nothing to check: the log is empty"),
        Ok(count) => {
            let what = plural(count, "record is", "records are");
            printer.data(&format!("{what} whole and in order\n"))?;
            if args.last.is_none() {
                printer.remark(
                    "whether lines were cut off at the end cannot be told from the file alone: give the last known \
                     digest by --last",
                );
            }
        }
        Err(breaks) => {
            for found in &breaks {
                printer.data(&format!("{}\n", escape::terminal(&found.to_string())))?;
            }
            return Ok(Exit::Block);
        }
    }
    Ok(Exit::Pass)
}
