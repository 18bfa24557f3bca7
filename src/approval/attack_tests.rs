//! Ways around the gate, and accidents that look like them. Each begins with a change that Ana has rightly signed,
//! is changed in one way, and has to end as the tables say: here who signs for what, in `attack_how_tests` the rest.

use super::attack_how_tests::{HOW, REST};
use super::decide_tests::{
    APPROVE, HEAD, OLD, World, amounts, ana, at, bo, comment, decimal, dev, member, person, review, rule,
    signed,
};
use super::*;
use crate::config::approval::RawWhen;
use Outcome::{Approved, NeedsApproval};

/// Name, what is changed, how it has to end, and how the reason of one of the candidates has to begin; empty where no
/// candidate is the point.
pub(super) type Attack = (&'static str, fn(&mut World), Outcome, &'static str);

pub(super) fn say(world: &mut World, text: &str) {
    world.facts.statements[0].text = text.to_owned();
}

pub(super) fn only(world: &mut World, statement: Statement) {
    world.facts.statements = vec![statement];
}

pub(super) fn also(world: &mut World, statement: Statement) {
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

pub(super) fn earlier(sha: &str) -> EarlierApproval {
    EarlierApproval { sha: sha.to_owned(), digest: "d".to_owned(), policy_digest: "p".to_owned() }
}

pub(super) fn approval(commit: Option<&str>) -> Statement {
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
        "EmergencyNotNeeded",
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
