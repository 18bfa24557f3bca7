//! The second half of the attacks: when something is said and with what, what cannot be told, and emergencies.

use super::attack_tests::{Attack, also, approval, earlier, only, say};
use super::decide_tests::{APPROVE, EMERGENCY, HEAD, OLD, ana, at, bo, comment, dev, review};
use super::*;
use Outcome::{Approved, ApprovedInEmergency, Blocked, NeedsApproval, NothingToSign, Undecidable};

/// When, and with what.
pub(super) const HOW: &[Attack] = &[
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
pub(super) const REST: &[Attack] = &[
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
        "an emergency where nothing asks",
        |w| {
            w.policy.rules.clear();
            only(w, comment(1, bo(), 30, EMERGENCY));
        },
        NothingToSign,
        "EmergencyNotNeeded",
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
