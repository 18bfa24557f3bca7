//! What holds for all policies, facts and statements.

use super::decide_tests::{
    HEAD, OLD, World, amounts, at, comment, decimal, member, person, rule, terms, unsigned,
};
use super::*;
use crate::config::approval::RawWhen;
use crate::config::cost::RawJudge;
use proptest::prelude::*;
use rust_decimal::Decimal;

/// People 1 to 5; 1 and 2 are in the team, 2 and 3 are administrators, 4 and 5 are nobody.
fn anybody() -> impl Strategy<Value = Person> {
    (
        1_u64..6,
        prop_oneof![8 => Just(PersonKind::Human), 1 => Just(PersonKind::Bot), 1 => Just(PersonKind::Unknown)],
    )
        .prop_map(|(id, kind)| Person { kind, ..person(id, &format!("p{id}")) })
}

fn amount() -> impl Strategy<Value = &'static str> {
    prop_oneof![3 => Just("$2,100"), 1 => Just("$2,099.99"), 1 => Just("$3,000.01"), 3 => Just("$9,999"), 1 => Just("€9,999")]
}

fn sha() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just("4f1c9a2b77de"), 2 => Just(HEAD), 1 => Just("00aa11bb22cc"), 1 => Just("4f1c9a2b77df")]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (amount(), sha()).prop_map(|(amount, sha)| format!("/weighbridge approve {amount} {sha}")),
        2 => amount().prop_map(|amount| format!("/weighbridge approve {amount}")),
        4 => (amount(), sha()).prop_map(|(amount, sha)| format!("/weighbridge emergency {amount} {sha} all is on fire")),
        1 => Just("/weighbridge revoke".to_owned()),
        1 => Just("> a\n/weighbridge approve $9,999 4f1c9a2b77de".to_owned()),
        1 => Just("nice".to_owned()),
    ]
}

fn carrier() -> impl Strategy<Value = Carrier> {
    let state = prop_oneof![
        5 => Just(ReviewState::Approved),
        1 => Just(ReviewState::ChangesRequested),
        1 => Just(ReviewState::Commented),
        1 => Just(ReviewState::Dismissed),
        1 => Just(ReviewState::Pending),
    ];
    let commit =
        prop_oneof![4 => Just(Some(HEAD.to_owned())), 1 => Just(Some(OLD.to_owned())), 1 => Just(None)];
    prop_oneof![
        8 => Just(Carrier::Comment),
        4 => (state, commit.clone()).prop_map(|(state, commit)| Carrier::Review { state, commit }),
        1 => commit.clone().prop_map(|commit| Carrier::MergeRequestApproval { commit }),
        1 => commit.prop_map(|commit| Carrier::ProtectedJob { environment: "cost".to_owned(), commit }),
    ]
}

fn statement() -> impl Strategy<Value = Statement> {
    let who = prop::option::weighted(0.95, anybody());
    (carrier(), who, text(), -60_i64..70, prop::bool::weighted(0.1), prop::bool::weighted(0.1)).prop_map(
        |(carrier, person, text, minutes, edited, via_app)| Statement {
            carrier,
            id: 0,
            url: None,
            person,
            via_app,
            created: at(minutes),
            edited,
            text,
        },
    )
}

/// Statements with numbers of their own.
fn statements() -> impl Strategy<Value = Vec<Statement>> {
    prop::collection::vec(statement(), 0..12).prop_map(|mut all| {
        for (id, statement) in (1..).zip(&mut all) {
            statement.id = id;
        }
        all
    })
}

fn worlds() -> impl Strategy<Value = World> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), prop::bool::weighted(0.5));
    let cost = (1_i64..4_000, -500_i64..1_000, prop::bool::weighted(0.2));
    (statements(), flags, 1_u32..3, cost, prop::bool::weighted(0.1), prop::option::of(-30_i64..30)).prop_map(
        |(
            statements,
            (keep, amount, p90, policy, emergency),
            count,
            (total, increase, unknown),
            blocked,
            since,
        )| {
            let mut world = unsigned();
            let when = RawWhen {
                increase_per_month: Some(decimal("100")),
                total_per_month: Some(decimal("2500")),
                increase_percent: Some(decimal("20")),
                ..RawWhen::default()
            };
            let mut large = rule("large", when);
            large.terms.keep_when_unchanged = keep;
            large.terms.amount_needed = amount;
            large.terms.count = count;
            large.judge = if p90 { RawJudge::P90 } else { RawJudge::Expected };
            world.policy.rules = vec![large];
            world.policy.policy = terms();
            world.policy.emergency = emergency.then(|| Signers::of_role(Role::Admin));
            let facts = &mut world.facts;
            facts.statements = statements;
            facts.policy_changes = if policy { vec!["weighbridge.yaml".to_owned()] } else { Vec::new() };
            facts.blocked = if blocked { vec!["a secret".to_owned()] } else { Vec::new() };
            facts.expected = amounts(&total.to_string(), &increase.to_string());
            facts.p90 = amounts(&(total * 3 / 2).to_string(), &increase.to_string());
            if unknown {
                facts.expected.increase_per_month = None;
                facts.expected.increase_percent = None;
            }
            facts.head_since = since.map(at);
            facts.earlier = vec![EarlierApproval {
                sha: OLD.to_owned(),
                digest: "d".to_owned(),
                policy_digest: "p".to_owned(),
            }];
            facts.rights = (1..6)
                .map(|id| {
                    let team = if id < 3 { Membership::Active } else { Membership::No };
                    (id, member(if id == 2 || id == 3 { Role::Admin } else { Role::Write }, team))
                })
                .collect();
            world
        },
    )
}

/// True when a decision asks for something, so that only signatures or an emergency can let it pass.
fn asks(decision: &Decision) -> bool {
    !decision.asks.is_empty() || !decision.blocked.is_empty()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    /// Nothing passes that lacks the right.
    #[test]
    fn without_the_right_nothing_passes(mut world in worlds(), how in 0..5) {
        match how {
            0 => world.facts.rights.clear(),
            1 => world.facts.rights.values_mut().for_each(|rights| *rights = member(Role::Write, Membership::Pending)),
            2 => world.facts.rights.values_mut().for_each(|rights| rights.fault = Some("502".to_owned())),
            3 => world.facts.rights.values_mut().for_each(|rights| *rights = Rights::default()),
            _ => for id in 1..6 {
                world.facts.contributors.push(Contributor { id: Some(id), ..Contributor::default() });
            },
        }
        let decision = world.decide();
        prop_assert!(!asks(&decision) || !decision.outcome.passes(), "{:?}", decision);
    }

    /// Nothing passes that lacks the amount.
    #[test]
    fn without_the_amount_nothing_passes(mut world in worlds()) {
        for rule in &mut world.policy.rules {
            rule.terms.amount_needed = true;
        }
        world.facts.expected.total_per_month = decimal("9999.001");
        let decision = world.decide();
        prop_assert!(!asks(&decision) || !decision.outcome.passes(), "{:?}", decision);
    }

    /// Nothing passes that is for another commit.
    #[test]
    fn without_the_commit_nothing_passes(mut world in worlds()) {
        world.facts.head_sha = "ffffffffffffffffffffffffffffffffffffffff".to_owned();
        world.facts.digest = "other".to_owned();
        let decision = world.decide();
        prop_assert!(!asks(&decision) || !decision.outcome.passes(), "{:?}", decision);
    }

    /// Nothing passes by what bots, apps and edits say.
    #[test]
    fn without_a_human_hand_nothing_passes(mut world in worlds(), how in 0..4) {
        for statement in &mut world.facts.statements {
            match how {
                0 => statement.edited = true,
                1 => statement.via_app = true,
                2 => statement.person = None,
                _ => if let Some(person) = &mut statement.person { person.kind = PersonKind::Bot },
            }
        }
        let decision = world.decide();
        prop_assert!(!asks(&decision) || !decision.outcome.passes(), "{:?}", decision);
    }

    /// A statement that is refused changes nothing, wherever it is added.
    #[test]
    fn what_is_refused_changes_nothing(world in worlds(), mut more in statement(), id in prop_oneof![Just(0_u64), Just(99)]) {
        more.id = id;
        let before = world.decide();
        let mut with = world.clone();
        with.facts.statements.push(more.clone());
        let after = with.decide();
        let added = after.candidates.iter().find(|candidate| candidate.id == id);
        if added.is_none_or(|added| !added.accepted && !added.reason.withdraws()) {
            prop_assert_eq!(before.outcome, after.outcome, "{:?}", added);
            prop_assert_eq!(before.asks, after.asks);
        }
    }

    /// What costs more never needs less.
    #[test]
    fn a_higher_cost_never_passes_what_a_lower_one_does_not(world in worlds(), more in 1_i64..200_000) {
        let before = world.outcome();
        let mut dearer = world.clone();
        let more = Decimal::new(more, 2);
        for cost in [&mut dearer.facts.expected, &mut dearer.facts.p90] {
            cost.total_per_month += more;
            cost.total_per_run += more;
            let base = cost.increase_per_month.map(|increase| cost.total_per_month - more - increase);
            cost.increase_per_month = cost.increase_per_month.map(|increase| increase + more);
            cost.increase_per_run = cost.increase_per_run.map(|increase| increase + more);
            cost.increase_percent = cost.increase_per_month.zip(base)
                .and_then(|(increase, base)| (increase * Decimal::ONE_HUNDRED).checked_div(base));
        }
        let after = dearer.outcome();
        prop_assert!(before.passes() || !after.passes(), "{before:?} became {after:?}");
        prop_assert!(before != Outcome::Approved || after != Outcome::NothingToSign);
    }

    /// Taking rights away never lets anything pass.
    #[test]
    fn fewer_rights_never_pass_more(world in worlds(), who in 1_u64..6) {
        let before = world.outcome();
        let mut fewer = world.clone();
        fewer.facts.rights.remove(&who);
        prop_assert!(before.passes() || !fewer.outcome().passes());
        let mut fewer = world;
        fewer.facts.rights.insert(who, member(Role::Read, Membership::No));
        prop_assert!(before.passes() || !fewer.outcome().passes());
    }

    /// The order in which the forge lists statements does not matter.
    #[test]
    fn the_order_does_not_matter(world in worlds(), turn in 0_usize..8) {
        let mut other = world.clone();
        other.facts.statements.reverse();
        let turn = turn.min(other.facts.statements.len());
        other.facts.statements.rotate_left(turn);
        prop_assert_eq!(world.decide(), other.decide());
    }

    /// Nobody counts whom the forge was not asked about, so asking only those whom [`who_to_ask`] names loses nothing.
    #[test]
    fn asking_only_those_who_could_count_decides_the_same(world in worlds()) {
        let mut fewer = world.clone();
        let asked: Vec<u64> = who_to_ask(&world.policy, &world.facts).people.iter().map(|person| person.id).collect();
        fewer.facts.rights.retain(|id, _| asked.contains(id));
        prop_assert_eq!(world.decide(), fewer.decide());
    }

    /// Taking back never lets anything pass.
    #[test]
    fn taking_back_never_passes_more(world in worlds(), who in anybody(), minutes in -60_i64..70) {
        let before = world.outcome();
        let mut other = world;
        other.facts.statements.push(comment(99, who, minutes, "/weighbridge revoke"));
        prop_assert!(before.passes() || !other.outcome().passes());
    }

    /// With a fault nothing passes, and every record of a decision can be verified.
    #[test]
    fn a_fault_never_passes_and_every_record_verifies(world in worlds()) {
        let mut faulty = world.clone();
        faulty.facts.faults = vec!["a page is missing".to_owned()];
        prop_assert_eq!(faulty.outcome(), Outcome::Undecidable);
        let first = Record::new(&world.decide(), &world.facts, Some("7".to_owned()), None);
        let second = Record::new(&faulty.decide(), &faulty.facts, None, Some(&first.hash));
        let text = first.line() + &second.line();
        prop_assert_eq!(verify_up_to(&text, &second.hash), Ok(2));
        let read: Record = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        prop_assert_eq!(read, first);
    }
}

/// The worlds are not all alike: each outcome is among them, and so signatures that count.
#[test]
fn the_worlds_are_of_every_kind() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut outcomes = std::collections::BTreeMap::new();
    for _ in 0..3000 {
        let world = worlds().new_tree(&mut runner).unwrap().current();
        *outcomes.entry(format!("{:?}", world.outcome())).or_insert(0) += 1;
    }
    for (outcome, least) in [
        ("Approved", 100),
        ("NeedsApproval", 300),
        ("NothingToSign", 50),
        ("ApprovedInEmergency", 30),
        ("Blocked", 100),
    ] {
        assert!(outcomes.get(outcome).is_some_and(|count| *count >= least), "{outcomes:?}");
    }
}
