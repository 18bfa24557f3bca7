//! `weighbridge mcp`: start the servers that are allowed, list what they offer, and hold it against what is recorded.

mod show;

use super::args::{InputArgs, McpArgs, McpCommand, McpEra, McpFormat, McpServerArgs, ReportArgs};
use super::cmd_run::runtime;
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use super::settings::Settings;
use super::source::{self, Opened};
use crate::agent::mcp::difference::differences;
use crate::agent::mcp::listing::{by_server, path_of, recorded};
use crate::agent::mcp::{Difference, Listing, Recorded, Server, hidden, servers};
use crate::base::text::{plural, visible};
use crate::context;
use crate::host::Host;
use crate::mcp::{Era, Limits, allow, ask, target};
use futures_util::StreamExt as _;
use std::time::Duration;

/// Servers that are asked at the same time.
const AT_ONCE: usize = 4;

/// What became of one server.
struct Asked {
    server: Server,
    outcome: Outcome,
    /// What differs from the recorded list; `None` when there is none, or it cannot be read.
    drift: Option<Vec<Difference>>,
    /// What was done with the recorded list, and what the reader should know.
    remarks: Vec<String>,
}

#[expect(clippy::large_enum_variant, reason = "there are dozens of servers, not thousands")]
enum Outcome {
    /// It was not started.
    Refused(String),
    /// It did not say what it offers.
    Failed(String),
    /// What it offers.
    Listed(Listing),
}

/// Runs.
pub(super) fn run(args: &McpArgs, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let (McpCommand::List(rest) | McpCommand::Record(rest) | McpCommand::Check(rest)) = &args.command;
    let opened = open(rest, host)?;
    let mut asked = all(rest, &opened, host, printer)?;
    let lists = recorded(&*opened.head.tree);
    for one in &mut asked {
        compare(one, &lists);
    }
    if matches!(args.command, McpCommand::Record(_)) {
        for one in &mut asked {
            record(one, &opened, host)?;
        }
    }
    let stale: Vec<String> = lists
        .iter()
        .filter(|list| rest.only.is_empty() && rest.clients.is_empty() && !is_configured(list, &asked))
        .map(|list| format!("{} is the list of a server that no file configures: remove it", list.path))
        .collect();
    for words in &stale {
        printer.warning(words);
    }
    match rest.format {
        McpFormat::Terminal => printer.data(&show::text(&asked, &args.command))?,
        McpFormat::Json => printer.data(&show::json(&asked)?)?,
    }
    Ok(exit(&asked, &args.command))
}

fn is_configured(list: &Recorded, asked: &[Asked]) -> bool {
    let is_it = |one: &Asked| path_of(&one.server.name).as_ref() == Some(&list.path);
    asked.iter().any(is_it)
}

/// Head and policy, unless nothing may be started here at all.
fn open(args: &McpServerArgs, host: &dyn Host) -> Result<Opened, CliError> {
    let context = context::detect(host)?;
    if let Some(message) = allow::forbidden(&context) {
        let help =
            "run it in a job of a push, by hand or by a timer, or on your machine; the recorded lists are \
                    checked by `weighbridge run` in every job"
                .to_owned();
        return Err(CliError::NotHere { message, help });
    }
    let input = InputArgs { config: args.config.clone(), no_cache: true, ..InputArgs::default() };
    let settings = Settings::new(args.path.as_ref(), &input, &ReportArgs::default(), host)?;
    source::open(&settings, &context, host)
}

/// The servers that are meant, in the order of their files; of two with one name the first.
fn wanted(args: &McpServerArgs, opened: &Opened, printer: &Printer) -> Result<Vec<Server>, CliError> {
    let (found, faults) = servers::read(&*opened.head.tree);
    for fault in &faults {
        printer.warning(fault);
    }
    let mut wanted: Vec<Server> = Vec::new();
    let mine = |server: &Server| args.clients.is_empty() || args.clients.contains(&server.client);
    for server in found.into_iter().filter(mine) {
        match wanted.iter().find(|known| known.name == server.name) {
            None => wanted.push(server),
            Some(known) if known.transport == server.transport => {}
            Some(known) => printer.warning(&format!(
                "{} is configured differently in {}:{} and {}:{}; the first is asked, `--client {}` asks the other",
                server.name,
                known.place.path,
                known.place.line(),
                server.place.path,
                server.place.line(),
                server.client
            )),
        }
    }
    let unknown =
        args.only.iter().chain(&args.allow).find(|name| !wanted.iter().any(|one| one.name == **name));
    if let Some(name) = unknown {
        let names: Vec<String> = wanted.iter().map(|server| visible(&server.name)).collect();
        let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        return Err(CliError::Usage {
            message: format!("no file configures a server `{}`", visible(name)),
            help: format!("configured are: {known}"),
        });
    }
    wanted.retain(|server| args.only.is_empty() || args.only.contains(&server.name));
    Ok(wanted)
}

/// Asks the servers that may be asked.
fn all(
    args: &McpServerArgs,
    opened: &Opened,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Vec<Asked>, CliError> {
    let servers = wanted(args, opened, printer)?;
    // What a name stands for is what the target branch has under it, where there is one.
    let policy = opened.policy.as_ref().or(opened.base.as_ref());
    let trusted = policy.map(|side| servers::read(&*side.tree).0);
    let seconds = args.timeout.or(opened.config.mcp.timeout_seconds);
    let limits = seconds.map_or_else(Limits::default, |seconds| Limits {
        time: Duration::from_secs(seconds.into()),
        ..Limits::default()
    });
    let era = match args.era {
        McpEra::Auto => Era::Auto,
        McpEra::Modern => Era::Discover,
        McpEra::Legacy => Era::Initialize,
    };
    let one = |server: Server| {
        let refused = allow::refused(&server, &args.allow, &opened.config.mcp.allow, trusted.as_deref());
        async move {
            let asked = |outcome, remarks| Asked { server: server.clone(), outcome, drift: None, remarks };
            if let Some(reason) = refused {
                return asked(Outcome::Refused(reason), Vec::new());
            }
            let target = match target(&server, &opened.root, host) {
                Ok(target) => target,
                Err(reason) => return asked(Outcome::Failed(reason), Vec::new()),
            };
            printer.remark(&format!("asking {}", server.name));
            let outcome = match Box::pin(ask(&target, era, limits, host)).await {
                Ok(listing) => Outcome::Listed(listing),
                Err(error) => Outcome::Failed(error.to_string()),
            };
            asked(outcome, target.remarks)
        }
    };
    let asked = futures_util::stream::iter(servers.into_iter().map(one)).buffered(AT_ONCE).collect();
    Ok(runtime()?.block_on(asked))
}

/// Holds what a server offers against what is recorded of it.
fn compare(one: &mut Asked, lists: &[Recorded]) {
    let Outcome::Listed(listing) = &one.outcome else { return };
    let path = path_of(&one.server.name);
    if let Some((list, before)) = by_server(lists).get(one.server.name.as_str()) {
        one.drift = Some(differences(before, listing));
        one.remarks.push(format!("recorded in {}", list.path));
    } else if let Some(list) = lists.iter().find(|list| Some(&list.path) == path.as_ref()) {
        let why = list.listing.as_ref().err().cloned().unwrap_or_default();
        one.remarks.push(format!("{} cannot be read: {why}", list.path));
    } else {
        one.remarks.push("not recorded".to_owned());
    }
    for found in hidden(listing) {
        one.remarks.push(format!(
            "{} {} holds {} that nobody sees, {} the first",
            if found.item.is_empty() { "the server" } else { &found.item },
            found.field,
            plural(found.count, "character", "characters"),
            found.character
        ));
    }
}

/// Writes what a server offers, unless it is written already.
fn record(one: &mut Asked, opened: &Opened, host: &dyn Host) -> Result<(), CliError> {
    let Outcome::Listed(listing) = &one.outcome else { return Ok(()) };
    let Some(path) = path_of(&one.server.name) else {
        one.remarks.push("its name is too long for a file".to_owned());
        return Ok(());
    };
    let text = listing.to_text();
    let file = opened.root.join(path.as_str());
    let limit = crate::agent::mcp::listing::MAX_BYTES;
    let before = host.read_file(&file, limit).ok();
    if before.as_deref() == Some(text.as_bytes()) {
        one.remarks.push(format!("{path} is as it was"));
        return Ok(());
    }
    if text.len() as u64 > limit {
        one.remarks.push(format!("it offers more than the {limit} bytes that are recorded"));
        return Ok(());
    }
    host.write_file(&file, text.as_bytes())?;
    one.remarks.push(format!("wrote {path}: read it, then commit it"));
    Ok(())
}

/// Nothing that could not be asked is a pass.
fn exit(asked: &[Asked], command: &McpCommand) -> Exit {
    let failed = asked.iter().any(|one| matches!(one.outcome, Outcome::Failed(_)));
    let listed = asked.iter().filter(|one| matches!(one.outcome, Outcome::Listed(_)));
    let same = |one: &Asked| one.drift.as_ref().is_some_and(|drift| !drift.iter().any(Difference::is_drift));
    let nothing = asked.iter().all(|one| matches!(one.outcome, Outcome::Refused(_)));
    match command {
        _ if nothing => Exit::Usage,
        McpCommand::Check(_) if failed || !listed.clone().all(same) => Exit::Block,
        McpCommand::List(_) | McpCommand::Record(_) if failed => Exit::Environment,
        _ => Exit::Pass,
    }
}

#[cfg(test)]
mod tests;
