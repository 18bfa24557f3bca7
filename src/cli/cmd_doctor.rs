//! `weighbridge doctor`: what really enforces the gate here, and what closes what is open.

use super::args::{DoctorArgs, ForgeName};
use super::cmd_run::runtime;
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use crate::context::{self, Forge, PipelineContext};
use crate::forge::doctor::{self, Diagnosis, Level, Protection};
use crate::forge::gate::Line;
use crate::host::{Host, Var};
use crate::report::escape;
use anyhow::Context as _;
use std::fmt::Write as _;

/// Runs.
pub(super) fn run(args: &DoctorArgs, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let context = whereabouts(args, host)?;
    token(&context, host)?;
    let line = Line::new(host);
    let asked = doctor::examine(host, &line, &context, args.branch.as_deref());
    let protection = runtime()?.block_on(asked).map_err(CliError::Forge)?;
    let found = doctor::diagnose(&protection);
    let overall = doctor::overall(&found);
    if args.json {
        let value = serde_json::json!({
            "repository": protection.repository, "branch": protection.branch, "level": overall, "findings": found,
        });
        let text = serde_json::to_string_pretty(&value).context("the result as JSON")?;
        printer.data(&format!("{text}\n"))?;
    } else {
        printer.data(&words(&protection, &found))?;
    }
    Ok(match overall {
        Level::Closed => Exit::Pass,
        Level::Open => Exit::Block,
        Level::Unknown => Exit::Environment,
    })
}

/// The repository: that of the command line, else that of the CI job.
fn whereabouts(args: &DoctorArgs, host: &dyn Host) -> Result<PipelineContext, CliError> {
    let usage = |message: String, help: &str| CliError::Usage { message, help: help.to_owned() };
    let (Some(repository), Some(forge)) = (&args.repository, args.forge) else {
        let context = context::detect(host)?;
        if context.forge == Forge::Local {
            return Err(usage(
                "which repository? This is not running in GitHub Actions or GitLab CI".to_owned(),
                "name it: `--repository owner/name --forge github`",
            ));
        }
        return Ok(context);
    };
    let is_part = |part: &str| {
        !part.is_empty()
            && !matches!(part, "." | "..")
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    let parts = repository.split('/').count();
    let wanted = if forge == ForgeName::Github { parts == 2 } else { parts >= 2 };
    if !wanted || !repository.split('/').all(is_part) {
        let message = format!("{} is no name of a repository", escape::terminal(repository));
        return Err(usage(message, "`owner/name` on GitHub, `group/project` on GitLab, without the server"));
    }
    let (forge, usual) = match forge {
        ForgeName::Github => (Forge::Github, "https://api.github.com"),
        ForgeName::Gitlab => (Forge::Gitlab, "https://gitlab.com/api/v4"),
    };
    let api_url = args.api_url.as_deref().unwrap_or(usual).trim_end_matches('/').to_owned();
    if !context::is_web_url(&api_url) {
        return Err(usage(
            format!("{} is no URL of an API", escape::terminal(&api_url)),
            "such as `https://ghe.example/api/v3` or `https://gitlab.example/api/v4`",
        ));
    }
    let context = context::local::detect(host);
    Ok(PipelineContext { forge, repository: Some(repository.clone()), api_url: Some(api_url), ..context })
}

fn token(context: &PipelineContext, host: &dyn Host) -> Result<(), CliError> {
    let (var, help) = match context.forge {
        Forge::Gitlab => (
            Var::GitlabToken,
            "give a token of a Maintainer with the scope `read_api`; with less, more stays unknown",
        ),
        _ => (
            Var::GithubToken,
            "give the token of an admin, such as `GITHUB_TOKEN=$(gh auth token)`; with that of a job, more stays unknown",
        ),
    };
    if host.secret(var).is_some() {
        return Ok(());
    }
    Err(CliError::Usage { message: format!("{} is not set", var.name()), help: help.to_owned() })
}

/// For people. Nothing relies on colour, so there is none.
fn words(protection: &Protection, found: &[Diagnosis]) -> String {
    let count = |level: Level| found.iter().filter(|one| one.level == level).count();
    let mut out = format!(
        "{}, branch {}: {} open, {} unknown, {} closed\n",
        escape::terminal(&protection.repository),
        escape::terminal(&protection.branch),
        count(Level::Open),
        count(Level::Unknown),
        count(Level::Closed)
    );
    for one in found {
        let _infallible =
            write!(out, "\n{} {}\n  what  {}\n", one.level.name(), one.id, escape::terminal(&one.what));
        if one.level != Level::Closed {
            let who =
                one.who.map_or("nobody gets through, but the gate cannot do its work", doctor::Who::name);
            let _infallible = writeln!(out, "  who   {who}");
        }
        if let Some(fix) = &one.fix {
            let _infallible = writeln!(out, "  fix   {}", escape::terminal(fix));
        }
    }
    out
}
