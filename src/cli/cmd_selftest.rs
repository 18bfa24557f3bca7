//! `weighbridge selftest`: weakens a copy of the repository's own gate in every way we know, and says what it notices.

use super::args::{InputArgs, ReportArgs, SelftestArgs};
use super::cmd_run::cache;
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use super::settings::Settings;
use super::source;
use crate::base::RepoPath;
use crate::base::text::plural;
use crate::config;
use crate::context;
use crate::host::Host;
use crate::report::escape;
use crate::stage::selftest::{self, Gate, Selftest};
use anyhow::Context as _;
use std::fmt::Write as _;

/// Runs.
pub(super) fn run(args: &SelftestArgs, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let settings = Settings::new(args.path.as_ref(), &InputArgs::default(), &ReportArgs::default(), host)?;
    let root = source::root(settings.path.as_ref(), host)?;
    let tree = host.open_dir(&root)?;
    let config = source::config_of(&*tree)?;
    // What was judged before helps; what weakened copies come to is of no use to anybody.
    let (_, cache) = cache(&settings, &root, host);
    let progress = printer.progress("weakening the gate");
    let found = selftest::run(&Gate {
        tree,
        config: &config,
        clients: &settings.clients,
        // The same wherever it runs.
        context: context::local::detect(host),
        cache: &cache,
        now: host.now(),
        tick: &|| progress.tick(),
    });
    progress.finish();
    let Some(found) = found else {
        printer.remark(&format!(
            "nothing to test: there is no gate here, neither {} nor a pipeline file that runs weighbridge",
            config::FILE_NAME
        ));
        return Ok(Exit::Pass);
    };
    if args.json {
        let text = serde_json::to_string_pretty(&found).context("the result as JSON")?;
        printer.data(&format!("{text}\n"))?;
    } else {
        printer.data(&words(&found))?;
        if !found.always.is_empty() {
            printer.warning(&format!(
                "an unchanged copy does not pass either, so that nothing merges here without a signature: {}",
                found.always.join("; ")
            ));
        }
    }
    Ok(if found.noticed == found.tried { Exit::Pass } else { Exit::Block })
}

/// For people: one line for all, and what was missed.
fn words(found: &Selftest) -> String {
    let apply = if found.not_applicable == 1 { "does" } else { "do" };
    let mut out = format!(
        "{} of {} noticed; {} {apply} not apply here\n",
        found.noticed,
        plural(found.tried, "weakening", "weakenings"),
        found.not_applicable
    );
    for trial in found.missed() {
        let files: Vec<&str> = trial.files.iter().map(RepoPath::as_str).collect();
        let files = escape::terminal(&files.join(", "));
        let _ = write!(
            out,
            "\nmissed: {}\n  {}: {}\n  in     {files}\n  to do  have {files} reviewed by an owner (CODEOWNERS with required review), and \
             report it: the gate should have asked\n",
            trial.id, trial.what, trial.how
        );
    }
    out
}
