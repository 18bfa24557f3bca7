//! `weighbridge environments`: what each environment sets, side by side.

use super::args::EnvironmentsArgs;
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use crate::agent::environment::canonical;
use crate::host::Host;
use crate::report::environments::{EnvironmentsReport, ParityTable};
use crate::report::terminal;
use crate::stage::environments::{report, stand};
use crate::stage::inspect::{Depth, look};
use anyhow::Context as _;

/// Runs.
pub(super) fn run(args: &EnvironmentsArgs, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let here = host.current_dir();
    let root = match &args.path {
        Some(path) => host.real_path(&here.join(path)).map_err(|error| CliError::Usage {
            message: error.to_string(),
            help: "give a folder, such as `weighbridge environments .`".to_owned(),
        })?,
        None => host.open_repository(&here)?.and_then(|repository| repository.work_dir()).unwrap_or(here),
    };
    let inspection = look(&host.open_dir(&root)?, Depth::Read, &|| ());
    let Some(mut found) = report(&inspection, None) else {
        printer.remark(
            "no environments here: no environments/<name>/model-overrides.yaml and no budget-limits.yaml",
        );
        return Ok(Exit::Pass);
    };
    if !args.only.is_empty() {
        keep(&mut found, &args.only)?;
    }
    if args.json {
        let text = serde_json::to_string_pretty(&found).context("the result as JSON")?;
        printer.data(&format!("{text}\n"))?;
    } else {
        printer.data(&terminal::environments(&found))?;
    }
    Ok(Exit::Pass)
}

/// Leaves the environments of these names, which may be short ones.
fn keep(report: &mut EnvironmentsReport, names: &[String]) -> Result<(), CliError> {
    let wanted = |name: &str| names.iter().any(|one| one == name || canonical(one) == canonical(name));
    let there: Vec<String> =
        report.tables.iter().flat_map(|table| &table.environments).map(|one| one.name.clone()).collect();
    let known = |name: &&String| !there.iter().any(|one| one == *name || canonical(one) == canonical(name));
    if let Some(unknown) = names.iter().find(known) {
        return Err(CliError::Usage {
            message: format!("there is no environment `{unknown}` here"),
            help: format!("there are {}", there.join(", ")),
        });
    }
    for table in &mut report.tables {
        only(table, &wanted);
    }
    report.tables.retain(|table| !table.environments.is_empty());
    Ok(())
}

fn only(table: &mut ParityTable, wanted: &dyn Fn(&str) -> bool) {
    let kept: Vec<bool> = table.environments.iter().map(|column| wanted(&column.name)).collect();
    let mut at = kept.iter();
    table.environments.retain(|_| at.next().is_some_and(|kept| *kept));
    for row in &mut table.rows {
        let mut at = kept.iter();
        row.cells.retain(|_| at.next().is_some_and(|kept| *kept));
    }
    stand(table);
}
