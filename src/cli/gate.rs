//! From what was evaluated to what is decided: asks the forge who has signed, and keeps the record.

use super::error::CliError;
use super::printer::Printer;
use crate::approval::command::{self, Command};
use crate::approval::{ApprovalPolicy, Carrier, EarlierApproval, Facts, Record, decide, record, who_to_ask};
use crate::base::text;
use crate::context::{Event, Forge, PipelineContext};
use crate::forge::gate::{Gate, Line};
use crate::host::Host;
use crate::stage::pipeline::Outcome;
use crate::stage::{Evaluated, approval};
use std::path::Path;
use tokio::runtime::Runtime;

/// Earlier commits that are looked up for signatures that outlast a push.
const MAX_EARLIER: usize = 5;
/// Larger audit logs are not read, in bytes.
const MAX_LOG_BYTES: u64 = 256 * 1024 * 1024;

/// What a decision is to do besides deciding.
pub(super) struct Terms<'a> {
    /// Who signs for what.
    pub(super) policy: &'a ApprovalPolicy,
    /// The head of the change that was judged; `None`: that of the context, or in a merge queue what it is now.
    pub(super) head: Option<&'a str>,
    /// File for the record.
    pub(super) audit_log: Option<&'a Path>,
    /// Whether the result is posted.
    pub(super) posts: bool,
}

/// Decides on an evaluated change and puts the decision into its report.
pub(super) fn settle(
    evaluated: &mut Outcome,
    terms: &Terms<'_>,
    runtime: Option<&Runtime>,
    host: &dyn Host,
    printer: &Printer,
) -> Result<(), CliError> {
    let context = evaluated.report.context.clone();
    let policy = terms.policy;
    let number = context.change.as_ref().map(|change| change.number);
    let unknown = "0".repeat(40);
    let head = terms.head.or(context.head_sha.as_deref()).unwrap_or(&unknown);
    let mut facts = evaluated.subject.facts(head, host.now());
    let first = decide(policy, &facts);
    // Without emergencies nobody can lift a finding.
    let asks = !first.asks.is_empty() || (!first.blocked.is_empty() && policy.emergency.is_some());
    // Every file is read for them, and on a laptop there is nothing to be signed.
    if asks || number.is_some() || terms.audit_log.is_some() {
        evaluated.subject.digests(&mut facts);
    }
    let ask = Ask { policy, context: &context, head: terms.head, evaluated: &evaluated.subject.evaluated };
    let (mut twin, mut notes) = (None, Vec::new());
    match (runtime, number) {
        (Some(runtime), Some(number)) if terms.posts || asks => {
            let line = Line::new(host);
            // octocrab needs the runtime from the start.
            let asked = runtime.block_on(async {
                let gate = Gate::new(host, &line, &context)?;
                if terms.posts {
                    twin = ask.twin(&gate, number).await;
                }
                if asks && facts.faults.is_empty() {
                    notes = ask.people(&gate, number, &mut facts).await;
                } else {
                    approval::nobody(&mut facts);
                }
                Ok::<_, String>(())
            });
            if let Err(reason) = asked {
                approval::nobody(&mut facts);
                notes.push(format!("signatures were not looked for: {reason}"));
            }
        }
        // Nobody can sign a push or what lies on a laptop; what would have to be signed is said all the same.
        _ => approval::nobody(&mut facts),
    }
    let shared = twin.is_some();
    facts.faults.extend(twin);
    let mut decision = decide(policy, &facts);
    decision.notes.extend(notes);
    if number.is_none() {
        // There is nothing to write a comment on, and nobody who pushed.
        decision.command.clear();
        decision.notes.clear();
    }
    let previous = terms.audit_log.map(|path| last_hash(path, host)).transpose()?.flatten();
    let change = number.map(|number| match context.forge {
        Forge::Gitlab => format!("!{number}"),
        _ => format!("#{number}"),
    });
    let record = Record::new(&decision, &facts, change, previous.as_deref());
    if let Some(path) = terms.audit_log {
        host.append_file(&host.current_dir().join(path), record.line().as_bytes())?;
        printer.remark(&format!("recorded the decision in {}: {}", path.display(), record.hash));
    }
    approval::conclude(evaluated, &decision, Some(&record), shared);
    Ok(())
}

/// What the forge is asked about.
struct Ask<'a> {
    policy: &'a ApprovalPolicy,
    context: &'a PipelineContext,
    head: Option<&'a str>,
    evaluated: &'a Evaluated,
}

impl Ask<'_> {
    /// Why this commit must not be said to pass, when another change shares it. A check belongs to a commit, not to a
    /// change: what is decided for one would let the other pass, and that one may go to a branch that asks for
    /// nothing. The commit of a merge queue is of one change.
    async fn twin(&self, gate: &Gate<'_>, number: u64) -> Option<String> {
        let sha = self.context.head_sha.as_deref().filter(|_| self.context.event != Event::MergeQueue)?;
        match gate.twin(number, sha).await {
            Ok(None) => None,
            Ok(Some(other)) => Some(format!(
                "change {other} is open too and has the same head commit, and a check belongs to the commit: close \
                 one of the two, or add a commit to one of them"
            )),
            Err(error) => Some(error),
        }
    }

    /// Who said what, and what of it counts. What the forge does not answer is a fault; what the reader should know
    /// comes back.
    async fn people(&self, gate: &Gate<'_>, number: u64, facts: &mut Facts) -> Vec<String> {
        let mut notes = Vec::new();
        if self.context.event == Event::MergeQueue && self.head.is_none() {
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
        if self.policy.rules.iter().any(|rule| rule.terms.keep_when_unchanged)
            || self.policy.terms.keep_when_unchanged
        {
            for commit in earlier_commits(facts) {
                if let Some((sha, tree)) = gate.listed(&commit).await {
                    let digest = self.evaluated.digest(&*tree);
                    // Who may sign and for how much is judged by the policy of today, whatever it was then.
                    let policy_digest = facts.policy_digest.clone();
                    facts.earlier.push(EarlierApproval { sha, digest, policy_digest });
                }
            }
        }
        let inquiry = who_to_ask(self.policy, facts);
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
}

/// Commits other than the head that signatures name, the latest first.
fn earlier_commits(facts: &Facts) -> Vec<String> {
    let mut statements: Vec<_> = facts.statements.iter().collect();
    statements.sort_by_key(|statement| std::cmp::Reverse(statement.created));
    let mut found = Vec::new();
    for statement in statements {
        let of_review = match &statement.carrier {
            Carrier::Review { commit, .. } | Carrier::MergeRequestApproval { commit } => commit.clone(),
            _ => None,
        };
        let said = command::read(&statement.text, of_review.is_some());
        let named = said.commands.into_iter().filter_map(|command| match command {
            Command::Approve { sha, .. } => sha,
            _ => None,
        });
        for sha in named.chain(of_review) {
            if !facts.head_sha.starts_with(&sha) && !found.contains(&sha) {
                found.push(sha);
            }
        }
    }
    found.truncate(MAX_EARLIER);
    found
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
