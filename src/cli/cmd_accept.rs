//! `weighbridge validate --accept`: what is found now is accepted, and only what comes after counts.

use super::args::RunArgs;
use super::cmd_run::{Scope, judge};
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use super::settings::Settings;
use super::source;
use crate::base::text::plural;
use crate::context;
use crate::host::Host;
use crate::rules::accepted::{Accepted, FILE};
use crate::stage::accepted_in;

/// Runs.
pub(super) fn run(args: &RunArgs, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let settings = Settings::new(args.path.as_ref(), &args.input, &args.report, host)?;
    let root = source::root(args.path.as_ref(), host)?;
    let context = context::detect(host)?;
    let judged = judge(&settings, Scope::Validation, context, host, printer)?;
    let report = &judged.evaluated.report;
    // What was accepted before is found as well, and does not count; both are what is accepted now.
    let before = accepted_in(&*judged.head).map_err(|reason| CliError::Usage {
        message: reason,
        help: format!("correct or remove {FILE}, then accept anew"),
    })?;
    let by_baseline = report.silenced.iter().filter(|one| one.by == crate::report::SilencedBy::Baseline);
    let found = report.findings.iter().chain(by_baseline.map(|one| &one.finding));
    let accepted = Accepted::of(found, &before.unwrap_or_default());
    let path = root.join(FILE);
    if accepted.findings.is_empty() {
        printer.remark("nothing was found, so there is nothing to accept");
        return Ok(Exit::Pass);
    }
    let text = accepted.text().map_err(anyhow::Error::msg)?;
    host.write_file(&path, text.as_bytes())?;
    let count = plural(accepted.findings.len(), "finding", "findings");
    printer.remark(&format!(
        "accepted {count} in {FILE}: read it, write down why each may stay, then commit it"
    ));
    Ok(Exit::Pass)
}
