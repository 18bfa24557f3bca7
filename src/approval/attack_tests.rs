//! Ways around the gate, and accidents that look like them. Each begins with a change that Ana has rightly signed,
//! is changed in one way, and has to end as the table says.

use super::decide_tests::{
    APPROVE, EMERGENCY, HEAD, OLD, World, amounts, ana, at, bo, comment, decimal, dev, member, person,
    review, rule, signed,
};
use super::*;
use crate::config::approval::RawWhen;
use Outcome::{Approved, ApprovedInEmergency, Blocked, NeedsApproval, Undecidable};

/// Name, what is changed, how it has to end, and how the reason of one of the candidates has to begin; empty where no
/// candidate is the point.
type Attack = (&'static str, fn(&mut World), Outcome, &'static str);

fn say(world: &mut World, text: &str) {
    world.facts.statements[0].text = text.to_owned();
}

fn only(world: &mut World, statement: Statement) {
    world.facts.statements = vec![statement];
}

fn also(world: &mut World, statement: Statement) {
    world.facts.statements.push(statement);
}

fn contributor(id: Option<u64>, login: Option<&str>, email: &str) -> Contributor {
    Contributor {
        id,
        login: login.map(str::to_owned),
        email: Some(email.to_owned()),
        part: "co-author of 4f1c9a2b77de".to_owned(),
    }
}

fn bot(kind: PersonKind) -> Person {
    Person { kind, ..ana() }
}

fn earlier(sha: &str) -> EarlierApproval {
    EarlierApproval { sha: sha.to_owned(), digest: "d".to_owned(), policy_digest: "p".to_owned() }
}

fn approval(commit: Option<&str>) -> Statement {
    let carrier = Carrier::MergeRequestApproval { commit: commit.map(str::to_owned) };
    Statement { carrier, ..comment(1, ana(), 30, "") }
}

/// Who says it.
const WHO: &[Attack] = &[
    ("nothing is wrong", |_| {}, Approved, "Counts"),
    ("nobody signs", |w| w.facts.statements.clear(), NeedsApproval, ""),
    ("the author signs", |w| only(w, comment(1, dev(), 30, APPROVE)), NeedsApproval, "Author"),
    (
        "the author under a new name",
        |w| only(w, comment(1, person(9, "renamed"), 30, APPROVE)),
        NeedsApproval,
        "Author",
    ),
    ("a member opened the change", |w| w.facts.author = Some(ana()), NeedsApproval, "Author"),
    (
        "a committer signs",
        |w| w.facts.contributors.push(contributor(Some(1), None, "x@y.z")),
        NeedsApproval,
        "Contributor",
    ),
    (
        "a co-author by login",
        |w| w.facts.contributors.push(contributor(None, Some("ANA"), "x@y.z")),
        NeedsApproval,
        "Contributor",
    ),
    (
        "a co-author by address",
        |w| w.facts.contributors.push(contributor(None, None, "1+ana@users.noreply.github.com")),
        NeedsApproval,
        "Contributor",
    ),
    ("the last pusher signs", |w| w.facts.last_pusher = Some(ana()), NeedsApproval, "LastPusher"),
    ("a bot signs", |w| only(w, comment(1, bot(PersonKind::Bot), 30, APPROVE)), NeedsApproval, "NotHuman"),
    (
        "an account of no known kind",
        |w| only(w, comment(1, bot(PersonKind::Unknown), 30, APPROVE)),
        NeedsApproval,
        "NotHuman",
    ),
    (
        "a workflow approves with its token",
        |w| {
            only(w, review(1, bot(PersonKind::Bot), 30, ReviewState::Approved, "/weighbridge approve $2,100"))
        },
        NeedsApproval,
        "NotHuman",
    ),
    ("an app in a person's name", |w| w.facts.statements[0].via_app = true, NeedsApproval, "ViaApp"),
    ("a deleted account", |w| w.facts.statements[0].person = None, NeedsApproval, "DeletedAccount"),
    (
        "a stranger signs",
        |w| only(w, comment(1, person(77, "eve"), 30, APPROVE)),
        NeedsApproval,
        "RightsUnknown",
    ),
    (
        "a stranger with the name of a member",
        |w| only(w, comment(1, person(77, "ana"), 30, APPROVE)),
        NeedsApproval,
        "RightsUnknown",
    ),
    (
        "an administrator who is not in the team",
        |w| only(w, comment(1, bo(), 30, APPROVE)),
        NeedsApproval,
        "NoRight",
    ),
    (
        "removed from the team since",
        |w| drop(w.facts.rights.insert(1, member(Role::Write, Membership::No))),
        NeedsApproval,
        "NoRight",
    ),
    (
        "only invited to the team",
        |w| drop(w.facts.rights.insert(1, member(Role::Write, Membership::Pending))),
        NeedsApproval,
        "NoRight",
    ),
    (
        "the team cannot be read",
        |w| drop(w.facts.rights.insert(1, member(Role::Admin, Membership::Unknown("404".into())))),
        NeedsApproval,
        "RightsUnknown",
    ),
    (
        "the team was not asked about",
        |w| w.facts.rights.get_mut(&1).unwrap().teams.clear(),
        NeedsApproval,
        "RightsUnknown",
    ),
    (
        "the forge fails when asked",
        |w| w.facts.rights.get_mut(&1).unwrap().fault = Some("502".into()),
        NeedsApproval,
        "RightsUnknown",
    ),
    ("nobody was asked about", |w| w.facts.rights.clear(), NeedsApproval, "RightsUnknown"),
    (
        "a role below the one that is wanted",
        |w| w.policy.rules[0].terms.by = Signers::of_role(Role::Maintain),
        NeedsApproval,
        "NoRight",
    ),
    (
        "a role that was not asked for",
        |w| {
            w.policy.rules[0].terms.by = Signers::of_role(Role::Read);
            w.facts.rights.get_mut(&1).unwrap().role = None;
        },
        NeedsApproval,
        "RightsUnknown",
    ),
    ("signers nobody can be", |w| w.policy.rules[0].terms.by = Signers::default(), NeedsApproval, "NoRight"),
    (
        "the same person twice for two",
        |w| {
            w.policy.rules[0].terms.count = 2;
            also(w, review(2, ana(), 31, ReviewState::Approved, "/weighbridge approve $2,100"));
        },
        NeedsApproval,
        "Superseded",
    ),
    (
        "the same account under two names",
        |w| {
            w.policy.rules[0].terms.count = 2;
            also(w, comment(2, person(1, "ana-two"), 31, APPROVE));
        },
        NeedsApproval,
        "Superseded",
    ),
];

/// For what it is said.
const WHAT: &[Attack] = &[
    (
        "pushed after the signature",
        |w| {
            w.facts.head_sha = OLD.to_owned();
            w.facts.earlier = vec![earlier(HEAD)];
        },
        NeedsApproval,
        "OlderHead",
    ),
    (
        "a commit of another change",
        |w| say(w, "/weighbridge approve $2,100 00aa11bb22cc"),
        NeedsApproval,
        "OtherCommit",
    ),
    (
        "the middle of the commit's name",
        |w| say(w, "/weighbridge approve $2,100 9a2b77de0123"),
        NeedsApproval,
        "OtherCommit",
    ),
    (
        "more than the commit's name",
        |w| say(w, &format!("/weighbridge approve $2,100 {HEAD}{}", "0".repeat(24))),
        NeedsApproval,
        "OtherCommit",
    ),
    (
        "eleven characters of the commit",
        |w| say(w, "/weighbridge approve $2,100 4f1c9a2b77d"),
        NeedsApproval,
        "Malformed(ShortSha",
    ),
    ("two commits made to begin alike", |w| w.facts.head_since = Some(at(31)), NeedsApproval, "BeforeHead"),
    (
        "the full name is enough before that",
        |w| {
            w.facts.head_since = Some(at(31));
            say(w, &format!("/weighbridge approve $2,100 {HEAD}"));
        },
        Approved,
        "Counts",
    ),
    (
        "a cent too little",
        |w| say(w, "/weighbridge approve $2,099.99 4f1c9a2b77de"),
        NeedsApproval,
        "AmountTooSmall",
    ),
    (
        "the cost has risen",
        |w| w.facts.expected = amounts("2100.01", "500.01"),
        NeedsApproval,
        "AmountTooSmall",
    ),
    (
        "only the increase is signed",
        |w| say(w, "/weighbridge approve $500 4f1c9a2b77de"),
        NeedsApproval,
        "AmountTooSmall",
    ),
    ("the cost has fallen", |w| w.facts.expected = amounts("2000", "400"), Approved, "Counts"),
    (
        "another currency",
        |w| say(w, "/weighbridge approve €2,100 4f1c9a2b77de"),
        NeedsApproval,
        "Malformed(Currency",
    ),
    (
        "the code of a currency",
        |w| say(w, "/weighbridge approve $2,100 CAD 4f1c9a2b77de"),
        NeedsApproval,
        "Malformed(Currency",
    ),
    (
        "a digit that looks like one",
        |w| say(w, "/weighbridge approve $2,1𝟢0 4f1c9a2b77de"),
        NeedsApproval,
        "Malformed(Character",
    ),
    (
        "a letter that looks like a digit",
        |w| say(w, "/weighbridge approve $2,1O0 4f1c9a2b77de"),
        NeedsApproval,
        "Malformed(Amount",
    ),
    (
        "text that runs backwards",
        |w| say(w, "/weighbridge approve $\u{202e}0012\u{202c} 4f1c9a2b77de"),
        NeedsApproval,
        "Malformed(Character",
    ),
    (
        "a decimal comma",
        |w| say(w, "/weighbridge approve $2100,00 4f1c9a2b77de"),
        NeedsApproval,
        "Malformed(Amount",
    ),
    (
        "a number too large to be meant",
        |w| say(w, "/weighbridge approve $99999999999 4f1c9a2b77de"),
        NeedsApproval,
        "Malformed(Amount",
    ),
    (
        "more behind the command",
        |w| say(w, "/weighbridge approve $2,100 4f1c9a2b77de if tests pass"),
        NeedsApproval,
        "Malformed(More",
    ),
    (
        "a quoted command",
        |w| say(w, "> I would say\n/weighbridge approve $2,100 4f1c9a2b77de"),
        NeedsApproval,
        "Quoted",
    ),
    (
        "a command shown as code",
        |w| say(w, "Write:\n```\n/weighbridge approve $2,100 4f1c9a2b77de\n```"),
        NeedsApproval,
        "Quoted",
    ),
    (
        "a command nobody sees",
        |w| say(w, "Nice!\n\n<!--\n/weighbridge approve $2,100 4f1c9a2b77de\n-->"),
        NeedsApproval,
        "Quoted",
    ),
    (
        "two amounts in one comment",
        |w| say(w, &format!("{APPROVE}\n/weighbridge approve $9,100 4f1c9a2b77de")),
        NeedsApproval,
        "Ambiguous",
    ),
    (
        "a right line and a wrong one",
        |w| say(w, &format!("{APPROVE}\n/weighbridge aprove $1 4f1c9a2b77de")),
        NeedsApproval,
        "Malformed",
    ),
    (
        "a comment too long to be read",
        |w| say(w, &format!("{APPROVE}\n\n{}", "x".repeat(70_000))),
        NeedsApproval,
        "TooLong",
    ),
    (
        "a signature for one of two asks",
        |w| w.facts.policy_changes = vec!["weighbridge.yaml".into()],
        NeedsApproval,
        "Counts",
    ),
    (
        "the policy is loosened in the same change",
        |w| {
            w.policy.rules.clear();
            w.facts.policy_changes = vec!["weighbridge.yaml".into()];
        },
        NeedsApproval,
        "NoRight",
    ),
    (
        "a model without a price makes it cheap",
        |w| {
            w.facts.expected = amounts("0", "0");
            w.facts.complete = false;
            w.facts.unpriced = vec!["new-model".into()];
            w.facts.statements.clear();
        },
        NeedsApproval,
        "",
    ),
    (
        "the cost of base is not known",
        |w| {
            w.facts.expected.increase_per_month = None;
            w.facts.statements.clear();
        },
        NeedsApproval,
        "",
    ),
    (
        "cheap a month and dear a run",
        |w| {
            w.policy.rules =
                vec![rule("run", RawWhen { total_per_run: Some(decimal("2")), ..RawWhen::default() })];
            w.facts.statements.clear();
        },
        NeedsApproval,
        "",
    ),
];

/// When, and with what.
const HOW: &[Attack] = &[
    ("an edited comment", |w| w.facts.statements[0].edited = true, NeedsApproval, "Edited"),
    ("an expired signature", |w| w.facts.now = at(30 + 14 * 24 * 60 + 1), NeedsApproval, "Expired"),
    ("a signature on its last minute", |w| w.facts.now = at(30 + 14 * 24 * 60), Approved, "Counts"),
    ("a signature from the future", |w| w.facts.now = at(24), NeedsApproval, "FromFuture"),
    ("a clock that is a little slow", |w| w.facts.now = at(25), Approved, "Counts"),
    ("taken back", |w| also(w, comment(2, ana(), 31, "/weighbridge revoke")), NeedsApproval, "Revoked"),
    (
        "taken back at the same time",
        |w| also(w, comment(0, ana(), 30, "/weighbridge revoke")),
        NeedsApproval,
        "Revoked",
    ),
    (
        "signed and taken back in one comment",
        |w| say(w, &format!("{APPROVE}\n/weighbridge revoke")),
        NeedsApproval,
        "Revokes",
    ),
    ("taken back before", |w| also(w, comment(2, ana(), 29, "/weighbridge revoke")), Approved, "Revokes"),
    (
        "taken back by an edit",
        |w| {
            let mut edited = comment(2, ana(), 29, "/weighbridge revoke");
            edited.edited = true;
            also(w, edited);
        },
        NeedsApproval,
        "Revoked",
    ),
    (
        "taken back by somebody else",
        |w| also(w, comment(2, bo(), 31, "/weighbridge revoke")),
        Approved,
        "Revokes",
    ),
    (
        "taken back in a review",
        |w| also(w, review(2, ana(), 31, ReviewState::Commented, "/weighbridge revoke")),
        NeedsApproval,
        "Revoked",
    ),
    (
        "a review at the head",
        |w| only(w, review(1, ana(), 30, ReviewState::Approved, "Fine.\n\n/weighbridge approve $2,100")),
        Approved,
        "Counts",
    ),
    (
        "a review without an amount",
        |w| only(w, review(1, ana(), 30, ReviewState::Approved, "Fine.")),
        NeedsApproval,
        "NoAmount",
    ),
    (
        "a review of an older commit",
        |w| {
            only(w, review(1, ana(), 30, ReviewState::Approved, "/weighbridge approve $2,100"));
            w.facts.statements[0].carrier =
                Carrier::Review { state: ReviewState::Approved, commit: Some(OLD.into()) };
        },
        NeedsApproval,
        "OlderHead",
    ),
    (
        "a review of an older commit that names the head",
        |w| {
            only(w, review(1, ana(), 30, ReviewState::Approved, APPROVE));
            w.facts.statements[0].carrier =
                Carrier::Review { state: ReviewState::Approved, commit: Some(OLD.into()) };
        },
        NeedsApproval,
        "OlderHead",
    ),
    (
        "a review of the head that names another commit",
        |w| {
            only(w, review(1, ana(), 30, ReviewState::Approved, "/weighbridge approve $2,100 00aa11bb22cc"));
        },
        NeedsApproval,
        "OlderHead",
    ),
    (
        "a review of no known commit",
        |w| {
            only(w, review(1, ana(), 30, ReviewState::Approved, APPROVE));
            w.facts.statements[0].carrier = Carrier::Review { state: ReviewState::Approved, commit: None };
        },
        NeedsApproval,
        "NoCommit",
    ),
    (
        "a review that only comments",
        |w| only(w, review(1, ana(), 30, ReviewState::Commented, APPROVE)),
        NeedsApproval,
        "NotApproving",
    ),
    (
        "a review that is not submitted",
        |w| only(w, review(1, ana(), 30, ReviewState::Pending, APPROVE)),
        NeedsApproval,
        "NotApproving",
    ),
    (
        "a dismissed review",
        |w| only(w, review(1, ana(), 30, ReviewState::Dismissed, APPROVE)),
        NeedsApproval,
        "Dismissed",
    ),
    (
        "changes requested later",
        |w| {
            only(w, review(1, ana(), 30, ReviewState::Approved, APPROVE));
            also(w, review(2, ana(), 31, ReviewState::ChangesRequested, ""));
        },
        NeedsApproval,
        "ReviewTakenBack",
    ),
    (
        "a later review dismissed",
        |w| {
            only(w, review(1, ana(), 30, ReviewState::Approved, APPROVE));
            also(w, review(2, ana(), 31, ReviewState::Dismissed, ""));
        },
        NeedsApproval,
        "ReviewTakenBack",
    ),
    (
        "changes requested by somebody else",
        |w| {
            only(w, review(1, ana(), 30, ReviewState::Approved, APPROVE));
            also(w, review(2, bo(), 31, ReviewState::ChangesRequested, ""));
        },
        Approved,
        "ChangesRequested",
    ),
    (
        "changes requested earlier",
        |w| {
            only(w, review(1, ana(), 30, ReviewState::Approved, APPROVE));
            also(w, review(2, ana(), 29, ReviewState::ChangesRequested, ""));
        },
        Approved,
        "Counts",
    ),
    (
        "an approval of the forge where an amount is needed",
        |w| only(w, approval(Some(HEAD))),
        NeedsApproval,
        "NoAmount",
    ),
    (
        "an approval that survived a push",
        |w| {
            w.policy.rules[0].terms.amount_needed = false;
            only(w, approval(Some(OLD)));
        },
        NeedsApproval,
        "OlderHead",
    ),
    (
        "an approval of no known commit",
        |w| {
            w.policy.rules[0].terms.amount_needed = false;
            only(w, approval(None));
        },
        NeedsApproval,
        "NoCommit",
    ),
    (
        "a signature that was kept, not configured",
        |w| {
            say(w, "/weighbridge approve $2,100 00aa11bb22cc");
            w.facts.earlier = vec![earlier(OLD)];
        },
        NeedsApproval,
        "OlderHead",
    ),
    (
        "a kept signature for other content",
        |w| {
            w.policy.rules[0].terms.keep_when_unchanged = true;
            say(w, "/weighbridge approve $2,100 00aa11bb22cc");
            w.facts.earlier = vec![EarlierApproval { digest: "e".into(), ..earlier(OLD) }];
        },
        NeedsApproval,
        "OlderHead",
    ),
    (
        "a kept signature under another policy",
        |w| {
            w.policy.rules[0].terms.keep_when_unchanged = true;
            say(w, "/weighbridge approve $2,100 00aa11bb22cc");
            w.facts.earlier = vec![EarlierApproval { policy_digest: "q".into(), ..earlier(OLD) }];
        },
        NeedsApproval,
        "OlderHead",
    ),
    (
        "a kept signature while nothing has a digest",
        |w| {
            w.policy.rules[0].terms.keep_when_unchanged = true;
            say(w, "/weighbridge approve $2,100 00aa11bb22cc");
            w.facts.digest = String::new();
            w.facts.earlier = vec![EarlierApproval { digest: String::new(), ..earlier(OLD) }];
        },
        NeedsApproval,
        "OlderHead",
    ),
];

/// What cannot be told, what no signature lifts, and emergencies.
const REST: &[Attack] = &[
    (
        "a page of comments is missing",
        |w| w.facts.faults = vec!["page 2 of the comments answered 502".into()],
        Undecidable,
        "Counts",
    ),
    ("not every commit could be read", |w| w.facts.contributors_complete = false, Undecidable, "Counts"),
    ("nobody opened the change", |w| w.facts.author = None, Undecidable, "Counts"),
    ("no head commit", |w| w.facts.head_sha = String::new(), Undecidable, "OtherCommit"),
    ("a head that is a branch", |w| w.facts.head_sha = "refs/heads/main".into(), Undecidable, "OtherCommit"),
    (
        "a fault where nothing asks",
        |w| {
            w.policy.rules.clear();
            w.facts.faults = vec!["the policy could not be read".into()];
        },
        Undecidable,
        "NotAsked",
    ),
    ("a finding that no signature lifts", |w| w.facts.blocked = vec!["a secret".into()], Blocked, "Counts"),
    ("an emergency", |w| only(w, comment(1, bo(), 30, EMERGENCY)), ApprovedInEmergency, "Counts"),
    (
        "an emergency that is not configured",
        |w| {
            w.policy.emergency = None;
            only(w, comment(1, bo(), 30, EMERGENCY));
        },
        NeedsApproval,
        "EmergencyOff",
    ),
    (
        "an emergency by a member only",
        |w| only(w, comment(1, ana(), 30, EMERGENCY)),
        NeedsApproval,
        "NoRight",
    ),
    ("an emergency by the author", |w| only(w, comment(1, dev(), 30, EMERGENCY)), NeedsApproval, "Author"),
    (
        "an emergency by a bot",
        |w| only(w, comment(1, Person { kind: PersonKind::Bot, ..bo() }, 30, EMERGENCY)),
        NeedsApproval,
        "NotHuman",
    ),
    (
        "an emergency without a reason",
        |w| only(w, comment(1, bo(), 30, "/weighbridge emergency $2,100 4f1c9a2b77de asap")),
        NeedsApproval,
        "Malformed(NoReason",
    ),
    (
        "an emergency for too little",
        |w| {
            only(
                w,
                comment(1, bo(), 30, "/weighbridge emergency $2,000 4f1c9a2b77de the support line is down"),
            )
        },
        NeedsApproval,
        "AmountTooSmall",
    ),
    (
        "an emergency for another commit",
        |w| {
            only(
                w,
                comment(1, bo(), 30, "/weighbridge emergency $2,100 00aa11bb22cc the support line is down"),
            )
        },
        NeedsApproval,
        "OtherCommit",
    ),
    (
        "an emergency of yesterday",
        |w| {
            only(w, comment(1, bo(), 30, EMERGENCY));
            w.facts.now = at(30 + 24 * 60 + 1);
        },
        NeedsApproval,
        "Expired",
    ),
    (
        "an emergency that was taken back",
        |w| {
            only(w, comment(1, bo(), 30, EMERGENCY));
            also(w, comment(2, bo(), 31, "/weighbridge revoke"));
        },
        NeedsApproval,
        "Revoked",
    ),
    (
        "an edited emergency",
        |w| {
            only(w, comment(1, bo(), 30, EMERGENCY));
            w.facts.statements[0].edited = true;
        },
        NeedsApproval,
        "Edited",
    ),
    (
        "an emergency in a review",
        |w| only(w, review(1, bo(), 30, ReviewState::Approved, EMERGENCY)),
        NeedsApproval,
        "EmergencyInReview",
    ),
    (
        "an emergency and a signature in one comment",
        |w| only(w, comment(1, bo(), 30, &format!("{EMERGENCY}\n{APPROVE}"))),
        NeedsApproval,
        "Ambiguous",
    ),
    (
        "two emergencies",
        |w| {
            only(w, comment(1, bo(), 30, EMERGENCY));
            also(w, comment(2, bo(), 31, EMERGENCY));
        },
        ApprovedInEmergency,
        "Superseded",
    ),
    (
        "an emergency does not lift a fault",
        |w| {
            only(w, comment(1, bo(), 30, EMERGENCY));
            w.facts.contributors_complete = false;
        },
        Undecidable,
        "Counts",
    ),
];

#[test]
fn every_attack_ends_as_it_has_to() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (name, change, outcome, reason) in WHO.iter().chain(WHAT).chain(HOW).chain(REST) {
        count += 1;
        let mut world = signed();
        change(&mut world);
        let decision = world.decide();
        let reasons: Vec<String> =
            decision.candidates.iter().map(|candidate| format!("{:?}", candidate.reason)).collect();
        if decision.outcome != *outcome {
            wrong.push(format!("{name}: {:?} and not {outcome:?}, {reasons:?}", decision.outcome));
        }
        if !reason.is_empty() && !reasons.iter().any(|found| found.starts_with(reason)) {
            wrong.push(format!("{name}: no candidate is {reason}: {reasons:?}"));
        }
        for candidate in &decision.candidates {
            let words = candidate.words(&decision.command);
            let shown = crate::base::text::visible(&words);
            if words.chars().count() > 1_000 || shown != words {
                wrong.push(format!("{name}: these words are not for people: {shown}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 100, "{count}");
}

/// Every variant of `Reason` is the answer in one of the attacks, so each is reached and says something.
#[test]
fn every_reason_is_reached() {
    let mut found = std::collections::BTreeSet::new();
    for (_, change, ..) in WHO.iter().chain(WHAT).chain(HOW).chain(REST) {
        let mut world = signed();
        change(&mut world);
        for candidate in world.decide().candidates {
            let name = format!("{:?}", candidate.reason);
            found.insert(name.split([' ', '(', '{']).next().unwrap().to_owned());
            // No reason without a variant here: a new one does not compile until it is added below.
            assert!(!candidate.reason.words("x").is_empty());
        }
    }
    let known = [
        "Ambiguous",
        "AmountTooSmall",
        "Author",
        "BeforeHead",
        "ChangesRequested",
        "Contributor",
        "Counts",
        "DeletedAccount",
        "Dismissed",
        "Edited",
        "EmergencyInReview",
        "EmergencyOff",
        "Expired",
        "FromFuture",
        "LastPusher",
        "Malformed",
        "NoAmount",
        "NoCommit",
        "NoRight",
        "NotApproving",
        "NotAsked",
        "NotHuman",
        "OlderHead",
        "OtherCommit",
        "Quoted",
        "ReviewTakenBack",
        "Revoked",
        "Revokes",
        "RightsUnknown",
        "Superseded",
        "TooLong",
        "ViaApp",
    ];
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), known);
}

#[test]
fn text_of_others_is_short_and_visible_in_what_people_read() {
    let hostile = format!("\u{202e}\n{}", "x".repeat(10_000));
    let mut world = signed();
    world.facts.faults = vec![hostile.clone()];
    world.facts.blocked = vec![hostile.clone()];
    world.facts.policy_changes = vec![hostile.clone(); 50];
    world.facts.unpriced = vec![hostile.clone()];
    world.facts.complete = false;
    world.facts.contributors.push(contributor(None, None, &hostile));
    world.facts.exceeded =
        vec![Exceeded { what: hostile.clone(), amount: hostile.clone(), ..Exceeded::default() }];
    world.facts.statements.push(comment(
        2,
        person(5, &hostile),
        30,
        &format!("/weighbridge approve ${hostile}"),
    ));
    world.facts.statements.push(comment(
        3,
        person(6, &hostile),
        30,
        &format!("/weighbridge {}", "y".repeat(9_999)),
    ));
    world.facts.rights.get_mut(&1).unwrap().fault = Some(hostile);
    let decision = world.decide();
    let mut texts: Vec<String> =
        decision.faults.iter().chain(&decision.blocked).chain(&decision.notes).cloned().collect();
    texts.extend(decision.asks.iter().map(|state| state.ask.words()));
    texts.extend(decision.candidates.iter().map(|candidate| candidate.words(&decision.command)));
    assert!(texts.len() >= 8);
    for text in texts {
        assert!(text.chars().count() < 2_500, "{} characters", text.chars().count());
        assert_eq!(crate::base::text::visible(&text), text);
    }
}
