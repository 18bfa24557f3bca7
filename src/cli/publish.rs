//! Hands a finished report to the forge.

use super::error::CliError;
use super::printer::Printer;
use super::render::without_secrets;
use crate::context::{Forge, PipelineContext};
use crate::forge::{self, CheckReport, FollowUp, Publication, Published};
use crate::host::Host;
use crate::report::markdown::{self, Limit};
use crate::report::{RunReport, annotations, escape};
use crate::secrets::scrub;

/// Tells the comment of this gate from those of others.
const KEY: &str = "main";
/// The marker the forge adds to a comment is shorter than this, in bytes.
const MARKER_BYTES: usize = 512;

/// What is said on the forge about a report.
pub(super) fn publication(report: &RunReport) -> Result<Publication, CliError> {
    let limit = match report.context.forge {
        Forge::Gitlab => Limit::GITLAB_NOTE,
        Forge::Github | Forge::Local => Limit::GITHUB_COMMENT,
    };
    Ok(Publication {
        key: KEY.to_owned(),
        comment: Some(without_secrets(markdown::comment(report, limit.reserve(MARKER_BYTES))?)),
        check: CheckReport {
            name: forge::CHECK_NAME.to_owned(),
            title: markdown::check_title(report),
            summary: without_secrets(markdown::check_summary(report, Limit::CHECK_OUTPUT)?),
            text: Some(without_secrets(markdown::check_text(report, Limit::CHECK_OUTPUT)?)),
            conclusion: report.verdict.into(),
            annotations: annotations::for_check_run(report),
            details_url: None,
        },
        follow_up: follow_up(report),
    })
}

/// An emergency is looked at afterwards: who let what through, and why.
fn follow_up(report: &RunReport) -> Option<FollowUp> {
    let approval = report.approval.as_ref()?;
    let emergency = approval.emergency.as_deref()?;
    let number = report.context.change.as_ref()?.number;
    let sha: String = approval.sha.chars().take(12).collect();
    let change =
        if report.context.forge == Forge::Gitlab { format!("!{number}") } else { format!("#{number}") };
    Some(FollowUp {
        title: format!("Follow up: change {number} was let through in an emergency at {sha}"),
        body: format!(
            "Change {change} was let through by Weighbridge in an emergency.\n\n- Commit: {}\n- Amount: {} a month\n\
             - By and why: {}\n\nSomebody who may sign should look at it now, and close this issue.\n",
            escape::markdown_code(&approval.sha),
            escape::markdown(&approval.amount.with_digits(2)),
            escape::markdown(emergency)
        ),
    })
}

/// Says on the forge that there is no decision. What the forge answers to that is only a warning: the run fails
/// anyway.
pub(super) fn failure(
    context: &PipelineContext,
    words: &str,
    runtime: &tokio::runtime::Runtime,
    host: &dyn Host,
    printer: &Printer,
) {
    let publication = Publication {
        key: KEY.to_owned(),
        comment: None,
        check: super::cmd_decide::failed(&scrub(words)),
        follow_up: None,
    };
    let published = runtime.block_on(forge::publish(host, context, &publication));
    for line in published.failed.iter().chain(&published.degraded) {
        printer.warning(line);
    }
}

/// Posts, and says what was posted. True unless the forge failed us.
pub(super) fn publish(
    report: &RunReport,
    publication: &Publication,
    runtime: &tokio::runtime::Runtime,
    host: &dyn Host,
    printer: &Printer,
) -> Result<bool, CliError> {
    let published: Published = runtime.block_on(forge::publish(host, &report.context, publication));
    for line in published.actions.iter().chain(&published.skipped) {
        printer.remark(line);
    }
    if let Some(reason) = &published.degraded {
        printer.remark(reason);
        if report.context.forge == Forge::Github {
            printer.data(&annotations::workflow_commands(report))?;
        }
    }
    for line in &published.failed {
        printer.warning(line);
    }
    Ok(published.failed.is_empty())
}
