//! From what was evaluated to what is decided: asks the forge who has signed, and keeps the record.

use super::error::CliError;
use super::printer::Printer;
use crate::approval::{ApprovalPolicy, Facts, Record, decide, record, who_to_ask};
use crate::base::text;
use crate::context::{Event, Forge, PipelineContext};
use crate::forge::gate::{Gate, Line};
use crate::host::Host;
use crate::stage::approval;
use crate::stage::pipeline::Outcome as Evaluated;
use std::path::Path;
use tokio::runtime::Runtime;

/// Larger audit logs are not read, in bytes.
const MAX_LOG_BYTES: u64 = 256 * 1024 * 1024;

/// Decides on an evaluated change and puts the decision into its report.
pub(super) fn settle(
    evaluated: &mut Evaluated,
    policy: &ApprovalPolicy,
    audit_log: Option<&Path>,
    runtime: Option<&Runtime>,
    host: &dyn Host,
    printer: &Printer,
) -> Result<(), CliError> {
    let context = evaluated.report.context.clone();
    let number = context.change.as_ref().map(|change| change.number);
    let unknown = "0".repeat(40);
    let mut facts = evaluated.subject.facts(context.head_sha.as_deref().unwrap_or(&unknown), host.now());
    let first = decide(policy, &facts);
    // Without emergencies nobody can lift a finding.
    let asks_nothing = first.asks.is_empty() && (first.blocked.is_empty() || policy.emergency.is_none());
    let mut notes = Vec::new();
    match (runtime, number) {
        _ if asks_nothing => {}
        (Some(runtime), Some(number)) if facts.faults.is_empty() => {
            let line = Line::new(host);
            // octocrab needs the runtime from the start.
            let asked = runtime.block_on(async {
                let gate = Gate::new(host, &line, &context)?;
                Ok::<_, String>(ask(&gate, policy, &context, number, &mut facts).await)
            });
            match asked {
                Ok(found) => notes.extend(found),
                Err(reason) => {
                    approval::nobody(&mut facts);
                    notes.push(format!("signatures were not looked for: {reason}"));
                }
            }
        }
        // Nobody can sign a push or what lies on a laptop; what would have to be signed is said all the same.
        _ => approval::nobody(&mut facts),
    }
    let mut decision = decide(policy, &facts);
    decision.notes.extend(notes);
    if number.is_none() {
        // There is nothing to write a comment on, and nobody who pushed.
        decision.command.clear();
        decision.notes.clear();
    }
    let previous = audit_log.map(|path| last_hash(path, host)).transpose()?.flatten();
    let change = number.map(|number| match context.forge {
        Forge::Gitlab => format!("!{number}"),
        _ => format!("#{number}"),
    });
    let record = Record::new(&decision, &facts, change, previous.as_deref());
    if let Some(path) = audit_log {
        host.append_file(&host.current_dir().join(path), record.line().as_bytes())?;
        printer.remark(&format!("recorded the decision in {}: {}", path.display(), record.hash));
    }
    approval::conclude(&mut evaluated.report, &decision, Some(&record));
    Ok(())
}

/// Asks the forge. What it does not answer is a fault; what the reader should know comes back.
async fn ask(
    gate: &Gate<'_>,
    policy: &ApprovalPolicy,
    context: &PipelineContext,
    number: u64,
    facts: &mut Facts,
) -> Vec<String> {
    let mut notes = Vec::new();
    if context.event == Event::MergeQueue {
        // What is signed is the head of the change; the queue judges a commit of its own.
        match gate.head_now(number).await {
            Ok(head) => facts.head_sha = head,
            Err(error) => facts.faults.push(error),
        }
    }
    match gate.history(number).await {
        Ok(history) => {
            facts.author = history.author;
            facts.contributors = history.contributors;
            facts.contributors_complete = history.complete;
            facts.last_pusher = history.last_pusher;
            facts.head_since = history.head_since;
            facts.faults.extend(history.faults);
            notes.extend(history.notes);
        }
        Err(error) => facts.faults.push(error),
    }
    match gate.statements(number).await {
        Ok(statements) => facts.statements = statements,
        Err(error) => facts.faults.push(error),
    }
    let inquiry = who_to_ask(policy, facts);
    for person in &inquiry.people {
        let rights = gate.rights(person, &inquiry.teams).await;
        facts.rights.insert(person.id, rights);
    }
    // Last: whatever came in between is for its own run.
    match gate.head_now(number).await {
        Ok(head) if head == facts.head_sha => {}
        Ok(head) => {
            let head = text::visible(&text::truncate_end(&head, 64));
            facts
                .faults
                .push(format!("the change moved on to {head} meanwhile; its own run decides on that"));
        }
        Err(error) => facts.faults.push(error),
    }
    notes
}

/// The digest of the last record of a log; `None` when there is none yet.
fn last_hash(path: &Path, host: &dyn Host) -> Result<Option<String>, CliError> {
    let full = host.current_dir().join(path);
    let folder = full.parent().unwrap_or(&full);
    let name = full.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if !host.list_dir(folder)?.iter().any(|found| found == name) {
        return Ok(None);
    }
    let bytes = host.read_file(&full, MAX_LOG_BYTES)?;
    let content = String::from_utf8_lossy(&bytes);
    record::verify(&content).map_err(|breaks| broken(path, &breaks))?;
    let last = content.lines().rfind(|line| !line.trim().is_empty());
    Ok(last.and_then(|line| serde_json::from_str::<Record>(line).ok()).map(|record| record.hash))
}

/// A broken chain is not continued: that would hide where it broke.
pub(super) fn broken(path: &Path, breaks: &[record::Break]) -> CliError {
    let lines: Vec<String> = breaks.iter().take(10).map(ToString::to_string).collect();
    CliError::Usage {
        message: format!("the audit log {} is broken: {}", path.display(), lines.join("; ")),
        help: "find out who changed it; keep it, and begin another file".to_owned(),
    }
}
