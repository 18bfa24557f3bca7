//! The approval stage: what a decision on signatures means for the report.

use crate::approval::{Candidate, Decision, Facts, Outcome, Person, PersonKind, Record};
use crate::base::text::plural;
use crate::base::{Usd, Verdict};
use crate::report::StageReport;
use crate::report::approval::{ApprovalReport, AskReport, StatementReport};
use crate::stage::pipeline::Outcome as Evaluated;

/// Statements that are shown; the record has more.
const MAX_STATEMENTS: usize = 100;

/// Nothing is known of any person: what asks is said, and nobody has signed.
pub fn nobody(facts: &mut Facts) {
    facts.contributors_complete = true;
    facts.author = Some(Person { id: 0, login: String::new(), kind: PersonKind::Unknown });
}

/// Puts the decision into the report: a stage of its own, the verdict that follows, and what to do about it. Where
/// nothing asks, only when it is `always` wanted.
pub fn conclude(outcome: &mut Evaluated, decision: &Decision, record: Option<&Record>, always: bool) {
    let report = &mut outcome.report;
    let lifted = match decision.outcome {
        Outcome::Approved => Some(Verdict::NeedsApproval),
        Outcome::ApprovedInEmergency => Some(Verdict::Block),
        _ => None,
    };
    if let Some(gravest) = lifted {
        for stage in &mut report.stages {
            if stage.verdict > Verdict::Warn && stage.verdict <= gravest {
                stage.verdict = Verdict::Warn;
            }
        }
    }
    // Where nothing asks there is nothing to say about signatures.
    if !decision.asks.is_empty() || lifted.is_some() || always {
        report.stages.push(StageReport {
            id: "approval".to_owned(),
            verdict: verdict(decision.outcome),
            summary: summary(decision),
        });
        report.approval = Some(approval(decision, record));
    }
    report.verdict = report.stages.iter().map(|stage| stage.verdict).max().unwrap_or(Verdict::Skip);
    let sign = if decision.command.is_empty() {
        "have it signed on the change, by whoever may".to_owned()
    } else {
        format!("have it signed by the comment `{}`", decision.command)
    };
    let hint = match (decision.outcome, outcome.cheaper.take()) {
        (Outcome::NeedsApproval, Some(cheaper)) => Some(format!("{cheaper}, or {sign}")),
        (Outcome::NeedsApproval, None) => Some(sign),
        _ if lifted.is_some() => Some(format!("Nothing stands in the way: {}", summary(decision))),
        (_, cheaper) => cheaper,
    };
    report.hints.splice(0..0, hint);
}

const fn verdict(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::NothingToSign | Outcome::Approved => Verdict::Pass,
        Outcome::ApprovedInEmergency => Verdict::Warn,
        Outcome::NeedsApproval => Verdict::NeedsApproval,
        Outcome::Blocked => Verdict::Block,
        Outcome::Undecidable => Verdict::Error,
    }
}

/// One line: who signed, or what is missing.
fn summary(decision: &Decision) -> String {
    let amount = Usd::new(decision.amount).with_digits(2);
    match decision.outcome {
        Outcome::NothingToSign => "nothing asks for a signature".to_owned(),
        Outcome::Approved => {
            let mut names: Vec<&str> =
                decision.asks.iter().flat_map(|ask| ask.signed_by.iter().map(String::as_str)).collect();
            names.sort_unstable();
            names.dedup();
            format!("signed by {} for {amount} a month", names.join(", "))
        }
        Outcome::ApprovedInEmergency => decision.emergency.as_ref().map_or_else(String::new, |emergency| {
            format!("let through in an emergency by {}: {}", emergency.person.login, emergency.reason)
        }),
        Outcome::NeedsApproval => {
            let missing: u32 = decision.asks.iter().map(|ask| ask.missing).max().unwrap_or(0);
            let count = plural(missing as usize, "signature is", "signatures are");
            let open: Vec<&str> = decision
                .asks
                .iter()
                .filter(|ask| ask.missing > 0)
                .map(|ask| ask.ask.rule.as_str())
                .take(3)
                .collect();
            format!("{count} missing for {amount} a month, asked for by {}", open.join(", "))
        }
        Outcome::Blocked => "what stands in the way is not for anybody to sign".to_owned(),
        Outcome::Undecidable => {
            decision.faults.first().cloned().unwrap_or_else(|| "it cannot be told who has signed".to_owned())
        }
    }
}

fn approval(decision: &Decision, record: Option<&Record>) -> ApprovalReport {
    let outcome = serde_json::to_value(decision.outcome).ok();
    let skip = decision.candidates.len().saturating_sub(MAX_STATEMENTS);
    ApprovalReport {
        outcome: outcome.and_then(|name| Some(name.as_str()?.to_owned())).unwrap_or_default(),
        passes: decision.outcome.passes(),
        sha: decision.sha.clone(),
        amount: Usd::new(decision.amount),
        command: decision.command.clone(),
        asks: decision
            .asks
            .iter()
            .map(|state| AskReport {
                rule: state.ask.rule.clone(),
                why: state.ask.why.clone(),
                by: state.ask.by.to_string(),
                count: state.ask.count,
                signed_by: state.signed_by.clone(),
                missing: state.missing,
                place: state.ask.place.clone(),
            })
            .collect(),
        statements: decision.candidates.iter().skip(skip).map(|one| statement(one, decision)).collect(),
        emergency: decision.emergency.as_ref().map(|one| format!("{}: {}", one.person.login, one.reason)),
        faults: decision.faults.clone(),
        notes: decision.notes.clone(),
        record: record.and_then(|record| serde_json::to_value(record).ok()),
    }
}

fn statement(candidate: &Candidate, decision: &Decision) -> StatementReport {
    let person = candidate.person.as_ref();
    StatementReport {
        by: person.map_or_else(|| "a deleted account".to_owned(), |person| person.login.clone()),
        with: candidate.carrier.name().to_owned(),
        url: candidate.url.clone(),
        amount: candidate.amount.map(Usd::new),
        accepted: candidate.accepted,
        takes_back: candidate.reason.withdraws(),
        reason: candidate.reason.words(&decision.command),
    }
}
