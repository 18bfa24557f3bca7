use super::*;
use crate::config::approval::{RawWhen, Rule, Terms};
use crate::config::cost::RawJudge;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

pub(super) const HEAD: &str = "4f1c9a2b77de0123456789abcdef0123456789ab";
pub(super) const OLD: &str = "00aa11bb22cc33dd44ee55ff66aa77bb88cc99dd";

/// A policy and facts.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) policy: ApprovalPolicy,
    pub(super) facts: Facts,
}

pub(super) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// Minutes from noon of a day.
pub(super) fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + minutes * 60).unwrap()
}

pub(super) fn person(id: u64, login: &str) -> Person {
    Person { id, login: login.to_owned(), kind: PersonKind::Human }
}

pub(super) fn ana() -> Person {
    person(1, "ana")
}

pub(super) fn bo() -> Person {
    person(2, "bo")
}

pub(super) fn dev() -> Person {
    person(9, "dev")
}

pub(super) fn comment(id: u64, person: Person, minutes: i64, text: &str) -> Statement {
    Statement {
        carrier: Carrier::Comment,
        id,
        url: None,
        person: Some(person),
        via_app: false,
        created: at(minutes),
        edited: false,
        text: text.to_owned(),
    }
}

pub(super) fn review(id: u64, person: Person, minutes: i64, state: ReviewState, text: &str) -> Statement {
    let carrier = Carrier::Review { state, commit: Some(HEAD.to_owned()) };
    Statement { carrier, ..comment(id, person, minutes, text) }
}

pub(super) fn member(role: Role, membership: Membership) -> Rights {
    Rights { role: Some(role), teams: [("acme/finops".to_owned(), membership)].into(), fault: None }
}

pub(super) fn amounts(total: &str, increase: &str) -> Amounts {
    let (total, increase) = (decimal(total), decimal(increase));
    let runs = Decimal::ONE_THOUSAND;
    Amounts {
        total_per_month: total,
        total_per_run: total / runs,
        increase_per_month: Some(increase),
        increase_per_run: Some(increase / runs),
        increase_percent: (increase * Decimal::ONE_HUNDRED).checked_div(total - increase),
    }
}

pub(super) fn rule(name: &str, when: RawWhen) -> Rule {
    Rule {
        name: name.to_owned(),
        place: "weighbridge.yaml:3".to_owned(),
        when,
        judge: RawJudge::Expected,
        terms: terms(),
    }
}

pub(super) fn terms() -> Terms {
    Terms {
        by: Signers { teams: ["acme/finops".to_owned()].into(), ..Signers::default() },
        valid_for: SignedDuration::from_hours(14 * 24),
        ..Terms::default()
    }
}

/// A change that costs $500 a month more, of $2,100; before anybody has signed.
pub(super) fn unsigned() -> World {
    let when = RawWhen { increase_per_month: Some(decimal("100")), ..RawWhen::default() };
    let policy = ApprovalPolicy {
        terms: terms(),
        rules: vec![rule("large-increase", when)],
        policy: Terms::default(),
        emergency: Some(Signers::of_role(Role::Admin)),
        ..ApprovalPolicy::default()
    };
    let facts = Facts {
        head_sha: HEAD.to_owned(),
        head_since: Some(at(0)),
        digest: "d".to_owned(),
        price_book: "2026-11-01".to_owned(),
        policy_digest: "p".to_owned(),
        expected: amounts("2100", "500"),
        p90: amounts("3000", "700"),
        base_total: Some(decimal("1600")),
        complete: true,
        exceeded: Vec::new(),
        policy_changes: Vec::new(),
        unpriced: Vec::new(),
        faults: Vec::new(),
        blocked: Vec::new(),
        author: Some(dev()),
        contributors: vec![Contributor {
            id: Some(9),
            login: Some("dev".to_owned()),
            email: Some("dev@example.com".to_owned()),
            part: "author of 4f1c9a2b77de".to_owned(),
        }],
        last_pusher: Some(dev()),
        contributors_complete: true,
        statements: Vec::new(),
        rights: BTreeMap::from([
            (1, member(Role::Write, Membership::Active)),
            (2, member(Role::Admin, Membership::No)),
            (9, member(Role::Admin, Membership::Active)),
        ]),
        now: at(60),
        earlier: Vec::new(),
    };
    World { policy, facts }
}

pub(super) const APPROVE: &str = "/weighbridge approve $2,100 4f1c9a2b77de";
pub(super) const EMERGENCY: &str = "/weighbridge emergency $2,100 4f1c9a2b77de the support line is down";

/// The same, signed by Ana of the team.
pub(super) fn signed() -> World {
    let mut world = unsigned();
    world.facts.statements.push(comment(1, ana(), 30, APPROVE));
    world
}

impl World {
    pub(super) fn decide(&self) -> Decision {
        decide(&self.policy, &self.facts)
    }

    pub(super) fn outcome(&self) -> Outcome {
        self.decide().outcome
    }
}

#[test]
fn the_right_person_signs_for_the_right_amount() {
    let decision = unsigned().decide();
    assert_eq!(decision.outcome, Outcome::NeedsApproval);
    assert_eq!(decision.command, "/weighbridge approve $2,100.00 4f1c9a2b77de");
    assert_eq!(decision.asks[0].missing, 1);
    assert_eq!(
        decision.asks[0].ask.words(),
        "large-increase: the increase of $500.00 a month is more than $100.00. To sign: a member of acme/finops."
    );
    let decision = signed().decide();
    assert_eq!(decision.outcome, Outcome::Approved);
    assert_eq!((decision.asks[0].missing, &decision.asks[0].signed_by[..]), (0, &["ana".to_owned()][..]));
    assert_eq!(decision.candidates[0].reason, Reason::Counts);
    assert_eq!(decision.candidates[0].for_asks, ["large-increase"]);
}

#[test]
fn the_line_that_is_asked_for_is_one_that_counts() {
    let mut world = unsigned();
    for since in [None, Some(at(0))] {
        world.facts.head_since = since;
        let line = world.decide().command;
        assert_eq!(line.ends_with(HEAD), since.is_none(), "short only where no other commit can be meant");
        world.facts.statements = vec![comment(1, ana(), 30, &line)];
        assert_eq!(world.outcome(), Outcome::Approved, "{line}");
    }
}

#[test]
fn a_rounded_amount_covers_the_exact_one() {
    let mut world = unsigned();
    world.facts.expected = amounts("2100.0001", "500");
    let decision = world.decide();
    assert_eq!(decision.amount.to_string(), "2100.01");
    world.facts.statements = vec![comment(1, ana(), 30, APPROVE)];
    assert_eq!(world.outcome(), Outcome::NeedsApproval);
    world.facts.statements = vec![comment(1, ana(), 30, &decision.command)];
    assert_eq!(world.outcome(), Outcome::Approved);
}

#[test]
fn an_amount_without_a_line_to_sign_it_is_said() {
    let mut world = unsigned();
    world.facts.expected = amounts("999999999.99", "500");
    assert!(parse_line(&world.decide().command));
    assert_eq!(world.decide().notes, [""; 0]);
    world.facts.expected = amounts("79228162514264337593543950335", "500");
    assert!(!parse_line(&world.decide().command));
    assert!(world.decide().notes[0].ends_with("is more than anybody can sign in one line."));
}

fn parse_line(line: &str) -> bool {
    command::parse(line, false).is_ok()
}

#[test]
fn every_threshold_asks_by_itself() {
    let cases: [(RawWhen, RawWhen); 5] = [
        (
            RawWhen { increase_per_month: Some(decimal("499.99")), ..RawWhen::default() },
            RawWhen { increase_per_month: Some(decimal("500")), ..RawWhen::default() },
        ),
        (
            RawWhen { increase_percent: Some(decimal("31.24")), ..RawWhen::default() },
            RawWhen { increase_percent: Some(decimal("31.25")), ..RawWhen::default() },
        ),
        (
            RawWhen { total_per_month: Some(decimal("2099.99")), ..RawWhen::default() },
            RawWhen { total_per_month: Some(decimal("2100")), ..RawWhen::default() },
        ),
        (
            RawWhen { increase_per_run: Some(decimal("0.49")), ..RawWhen::default() },
            RawWhen { increase_per_run: Some(decimal("0.5")), ..RawWhen::default() },
        ),
        (
            RawWhen { total_per_run: Some(decimal("2.09")), ..RawWhen::default() },
            RawWhen { total_per_run: Some(decimal("2.1")), ..RawWhen::default() },
        ),
    ];
    for (exceeded, met) in cases {
        let mut world = unsigned();
        world.policy.rules = vec![rule("one", exceeded.clone())];
        assert_eq!(world.outcome(), Outcome::NeedsApproval, "{exceeded:?}");
        world.policy.rules = vec![rule("one", met.clone())];
        assert_eq!(world.outcome(), Outcome::NothingToSign, "{met:?}");
    }
}

#[test]
fn an_old_excess_does_not_ask_and_is_shown() {
    let mut world = unsigned();
    world.policy.rules =
        vec![rule("total", RawWhen { total_per_month: Some(decimal("1000")), ..RawWhen::default() })];
    assert_eq!(world.outcome(), Outcome::NeedsApproval);
    world.facts.expected = amounts("2100", "0");
    let decision = world.decide();
    assert_eq!(decision.outcome, Outcome::NothingToSign);
    assert_eq!(
        decision.notes,
        [
            "total: $2,100.00 a month is more than $1,000.00, as in base, and the change does not make it worse."
        ]
    );
    world.facts.expected.increase_per_month = None;
    assert_eq!(world.outcome(), Outcome::NeedsApproval, "what is not known may be worse");
}

#[test]
fn an_increase_from_nothing_exceeds_every_percentage() {
    let mut world = unsigned();
    let when = RawWhen { increase_percent: Some(decimal("1000000")), ..RawWhen::default() };
    world.policy.rules = vec![rule("percent", when)];
    world.facts.expected.increase_percent = None;
    assert_eq!(world.outcome(), Outcome::NeedsApproval);
    world.facts.expected.increase_per_month = Some(Decimal::ZERO);
    assert_eq!(world.outcome(), Outcome::NothingToSign);
}

#[test]
fn a_rule_that_judges_by_p90_wants_that_amount() {
    let mut world = signed();
    world.policy.rules[0].judge = RawJudge::P90;
    let decision = world.decide();
    assert_eq!((decision.outcome, decision.amount), (Outcome::NeedsApproval, decimal("3000")));
}

#[test]
fn several_asks_are_met_one_by_one_and_one_person_counts_once() {
    let mut world = signed();
    world.facts.policy_changes = vec!["weighbridge.yaml".to_owned()];
    world.policy.rules[0].terms.count = 2;
    let decision = world.decide();
    assert_eq!(decision.outcome, Outcome::NeedsApproval);
    assert_eq!(decision.asks.iter().map(|state| state.missing).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(decision.candidates[0].not_for.len(), 1, "a member with the role write is no maintainer");
    world.facts.statements.push(comment(2, ana(), 31, APPROVE));
    assert_eq!(world.decide().asks[0].missing, 1);
    world.facts.statements.push(comment(3, bo(), 31, APPROVE));
    assert_eq!(world.decide().asks.iter().map(|state| state.missing).collect::<Vec<_>>(), [1, 0]);
    world.facts.rights.insert(2, member(Role::Admin, Membership::Active));
    assert_eq!(world.outcome(), Outcome::Approved);
}

#[test]
fn the_owner_of_a_budget_signs_for_it() {
    let budget = |owner: &str| Exceeded {
        what: "cost per month".to_owned(),
        place: "weighbridge.yaml:9".to_owned(),
        owner: Some(owner.to_owned()),
        amount: "$2,100 of $2,000".to_owned(),
    };
    let mut world = unsigned();
    world.policy.rules.clear();
    for (owner, who) in [
        ("@Bo", "bo"),
        ("bo", "bo"),
        ("acme/platform", "a member of acme/platform"),
        ("the platform team", "a member of acme/finops"),
        ("", "a member of acme/finops"),
    ] {
        world.facts.exceeded = vec![budget(owner)];
        assert_eq!(world.decide().asks[0].ask.by.to_string(), who, "{owner}");
    }
    world.facts.exceeded = vec![budget("bo")];
    world.facts.statements = vec![comment(1, bo(), 30, APPROVE)];
    assert_eq!(world.outcome(), Outcome::Approved);
    // A word that somebody registered as an account.
    world.facts.rights.insert(2, member(Role::Read, Membership::No));
    assert_eq!(world.outcome(), Outcome::NeedsApproval);
    world.policy.terms.count = 2;
    assert_eq!(world.decide().asks[0].ask.by.to_string(), "a member of acme/finops");
}

#[test]
fn what_has_no_price_needs_a_signature() {
    let mut world = unsigned();
    world.policy.rules.clear();
    assert_eq!(world.outcome(), Outcome::NothingToSign);
    world.facts.complete = false;
    world.facts.unpriced = (0..8).map(|number| format!("model-{number}")).collect();
    let decision = world.decide();
    assert_eq!(decision.outcome, Outcome::NeedsApproval);
    assert_eq!(
        decision.asks[0].ask.why,
        "no price is known for model-0, model-1, model-2, model-3, model-4 and 3 others; the amount leaves it out."
    );
}

#[test]
fn without_rules_budgets_and_policy_changes_still_ask() {
    let mut world = unsigned();
    world.policy = ApprovalPolicy::default();
    assert_eq!(world.outcome(), Outcome::NothingToSign);
    world.facts.exceeded = vec![Exceeded { what: "cost per month".to_owned(), ..Exceeded::default() }];
    world.facts.policy_changes = vec!["weighbridge.yaml".to_owned()];
    let decision = world.decide();
    let rules: Vec<&str> = decision.asks.iter().map(|state| state.ask.rule.as_str()).collect();
    assert_eq!(rules, ["budget: cost per month", "policy"]);
    assert_eq!(decision.asks[1].ask.by, Signers::of_role(Role::Maintain));
}

#[test]
fn a_signature_for_an_earlier_commit_is_kept_where_that_is_said() {
    let mut world = signed();
    world.facts.statements[0].text = "/weighbridge approve $2,100 00aa11bb22cc".to_owned();
    assert_eq!(world.outcome(), Outcome::NeedsApproval);
    world.facts.earlier =
        vec![EarlierApproval { sha: OLD.to_owned(), digest: "d".to_owned(), policy_digest: "p".to_owned() }];
    assert_eq!(world.outcome(), Outcome::NeedsApproval);
    world.policy.rules[0].terms.keep_when_unchanged = true;
    assert_eq!(world.outcome(), Outcome::Approved);
    let refused = |change: &dyn Fn(&mut World)| {
        let mut other = world.clone();
        change(&mut other);
        assert_eq!(other.outcome(), Outcome::NeedsApproval);
    };
    refused(&|world| world.facts.digest = "e".to_owned());
    refused(&|world| world.facts.policy_digest = "q".to_owned());
    refused(&|world| world.facts.expected = amounts("2100.01", "500"));
    refused(&|world| {
        let again = EarlierApproval { sha: OLD.replace("99dd", "99de"), ..world.facts.earlier[0].clone() };
        world.facts.earlier.push(again);
    });
    refused(&|world| world.facts.policy_changes.push("weighbridge.yaml".to_owned()));
    refused(&|world| world.facts.complete = false);
}

#[test]
fn an_emergency_lifts_what_is_missing_and_what_blocks_and_no_fault() {
    let mut world = unsigned();
    world.facts.statements = vec![comment(1, bo(), 30, EMERGENCY)];
    let decision = world.decide();
    assert_eq!(decision.outcome, Outcome::ApprovedInEmergency);
    assert_eq!(decision.emergency.unwrap().reason, "the support line is down");
    world.facts.blocked = vec!["a secret".to_owned()];
    assert_eq!(world.outcome(), Outcome::ApprovedInEmergency);
    world.facts.faults = vec!["a page is missing".to_owned()];
    assert_eq!(world.outcome(), Outcome::Undecidable);
    let mut world = signed();
    world.facts.statements.push(comment(2, bo(), 31, EMERGENCY));
    let decision = world.decide();
    assert_eq!((decision.outcome, decision.emergency), (Outcome::Approved, None));
    assert_eq!(decision.candidates[1].reason, Reason::EmergencyNotNeeded);
    assert!(!decision.candidates[1].accepted);
}

#[test]
fn an_approval_of_the_forge_is_enough_where_no_amount_is_needed() {
    let mut world = unsigned();
    let bound = Some(HEAD.to_owned());
    let mut approval = comment(1, ana(), 30, "");
    approval.carrier = Carrier::MergeRequestApproval { commit: bound.clone() };
    let mut job = approval.clone();
    job.carrier = Carrier::ProtectedJob { environment: "cost".to_owned(), commit: bound };
    let plain = review(1, ana(), 30, ReviewState::Approved, "Nice.");
    for statement in [approval, job, plain] {
        world.policy.rules[0].terms.amount_needed = true;
        world.facts.statements = vec![statement];
        assert_eq!(world.outcome(), Outcome::NeedsApproval);
        assert!(matches!(world.decide().candidates[0].reason, Reason::NoAmount { .. }));
        world.policy.rules[0].terms.amount_needed = false;
        assert_eq!(world.outcome(), Outcome::Approved);
        match &mut world.facts.statements[0].carrier {
            Carrier::MergeRequestApproval { commit }
            | Carrier::ProtectedJob { commit, .. }
            | Carrier::Review { commit, .. } => *commit = None,
            Carrier::Comment => {}
        }
        assert_eq!(world.decide().candidates[0].reason, Reason::NoCommit);
    }
}

#[test]
fn asks_the_forge_only_about_people_who_could_count() {
    let mut world = signed();
    world.facts.statements.extend([
        comment(2, dev(), 31, APPROVE),
        comment(3, person(4, "eve"), 31, "nice"),
        comment(4, person(5, "fay"), 31, "/weighbridge approve 5 dollars"),
        comment(5, ana(), 32, APPROVE),
        comment(6, person(6, "gil"), 32, "/weighbridge approve $1 4f1c9a2b77de"),
        comment(7, person(7, "hal"), 32, "/weighbridge approve $2,100 00aa11bb22cc"),
    ]);
    let inquiry = who_to_ask(&world.policy, &world.facts);
    assert_eq!(inquiry.people, [ana()]);
    assert_eq!(inquiry.teams.into_iter().collect::<Vec<_>>(), ["acme/finops"]);
    world.facts.statements.push(comment(8, bo(), 32, EMERGENCY));
    assert_eq!(who_to_ask(&world.policy, &world.facts).people, [ana(), bo()]);
    world.policy.emergency = None;
    assert_eq!(who_to_ask(&world.policy, &world.facts).people, [ana()]);
    world.policy.rules.clear();
    assert_eq!(who_to_ask(&world.policy, &world.facts), Inquiry::default());
}

#[test]
fn contributors_are_recognised_by_the_addresses_of_the_forge() {
    let by = |email: &str| Contributor { email: Some(email.to_owned()), ..Contributor::default() };
    for email in [
        "1+old-name@users.noreply.github.com",
        "ana@users.noreply.github.com",
        "77+Ana@users.noreply.github.com",
        "1-ana@users.noreply.gitlab.com",
        "1-ana@USERS.NOREPLY.gitlab.example",
    ] {
        assert!(by(email).is(&ana()), "{email}");
    }
    for email in ["ana@example.com", "2+bo@users.noreply.github.com", "users.noreply.github.com", ""] {
        assert!(!by(email).is(&ana()), "{email}");
    }
    let mut world = signed();
    world.facts.contributors.push(by("someone@example.com"));
    assert!(world.decide().notes.iter().any(|note| note.contains("someone@example.com")));
}

#[test]
fn five_thousand_comments_are_decided_at_once() {
    let mut world = signed();
    for id in 2..5_000 {
        let text = if id % 2 == 0 { APPROVE } else { "/weighbridge approve 5 4f1c9a2b77de" };
        world.facts.statements.push(comment(id, person(id, "someone"), 31, text));
        world.facts.statements.push(comment(id + 10_000, ana(), 10, "/weighbridge revoke"));
    }
    let started = std::time::Instant::now();
    assert_eq!(world.outcome(), Outcome::Approved);
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
}
