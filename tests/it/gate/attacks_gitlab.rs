//! Attacks and accidents on GitLab. Each begins with a change that is properly signed, and spoils one thing.

use super::{
    ADA, ANA, BEN, CAT, HEAD, MALLORY, NEXT, POLICY, TIP, decide_on_gitlab, files, shown_line, world,
};
use crate::forge::fake::{Fault, Kind};
use crate::forge::fake_gitlab::{FakeGitlab, State, account};
use crate::forge::world::World;
use serde_json::{Value, json};

/// What is spoiled, given the line that signs; the state of the commit status; a part of what the note or the status says.
type Case = (&'static str, fn(&mut State, &str), &'static str, &'static str);

fn change(state: &mut State) -> &mut World {
    state.world.as_mut().unwrap()
}

fn note(state: &mut State, who: (u64, &str), at: &str, text: &str) {
    let id = 900 + state.notes.len();
    state.notes.push(json!({"id": id, "body": text, "author": account(who), "system": false, "created_at": at, "updated_at": at}));
}

/// Approvals count where the policy says that they need no amount.
fn without_amount(state: &mut State) {
    let policy = format!(
        "{POLICY}  rules:\n    - {{name: small, when: {{increase_per_month: 50}}, amount: not-needed}}\n"
    )
    .replace("  cost: {increase_per_month: 100, owner: acme/finops}", "  cost: {}");
    state.notes.clear();
    change(state).revisions.insert(TIP.to_owned(), files(&policy, 10));
    change(state).revisions.insert(HEAD.to_owned(), files(&policy, 160));
}

fn approve(state: &mut State, who: (u64, &'static str), at: &str) {
    change(state).approvals.push((who.0, who.1, at.to_owned()));
}

const AT: &str = "2026-11-21T11:40:00Z";

const CASES: &[Case] = &[
    ("properly signed", |_, _| {}, "success", "signed by ana"),
    ("edited", |s, _| s.notes[0]["updated_at"] = json!(AT), "failed", "edited"),
    ("a system note", |s, _| s.notes[0]["system"] = json!(true), "failed", "missing"),
    ("the author signs", |s, _| s.notes[0]["author"] = account(ADA), "failed", "opened the change"),
    (
        "a developer without the right",
        |s, _| s.notes[0]["author"] = account(MALLORY),
        "failed",
        "may not sign",
    ),
    (
        "a member who waits for the licence",
        |s, _| s.notes[0]["author"] = account(CAT),
        "failed",
        "may not sign",
    ),
    (
        "a bot of the project",
        |s, _| {
            s.notes[0]["author"] = account((50, "project_12_bot"));
        },
        "failed",
        "human",
    ),
    ("an account that is hidden", |s, _| s.log.faults.push(refuse("/users/11", 404)), "failed", "human"),
    (
        "removed from the group",
        |s, _| {
            change(s).teams.get_mut("acme/finops").unwrap().remove("ana");
        },
        "failed",
        "may not sign",
    ),
    (
        "the group cannot be read",
        |s, _| s.log.faults.push(refuse("/groups/", 403)),
        "failed",
        "could not be found out",
    ),
    ("she pushed last", |s, _| change(s).pusher = Some(ANA), "failed", "pushed last"),
    (
        "her address is in a commit",
        |s, _| change(s).commits[0].email = "11-ana@users.noreply.gitlab.example",
        "failed",
        "own work",
    ),
    ("pushed after signing", |s, _| s.head = NEXT.to_owned(), "failed", "not the head"),
    (
        "the head moves while it is decided",
        |s, _| change(s).moves = Some((2, NEXT.to_owned())),
        "failed",
        "moved on",
    ),
    ("revoked", |s, _| note(s, ANA, AT, "/weighbridge revoke"), "failed", "took"),
    (
        "quoted the way GitLab quotes",
        |s, line| s.notes[0]["body"] = json!(format!(">>>\n{line}\n>>>")),
        "failed",
        "missing",
    ),
    (
        "the change loosens the policy",
        |s, _| {
            s.notes.clear();
            change(s).revisions.insert(HEAD.to_owned(), files(&POLICY.replace("100", "100000"), 160));
        },
        "failed",
        "gate itself",
    ),
    ("notes cannot be read", |s, _| s.log.faults.push(refuse("/notes", 403)), "failed", "listing notes"),
    (
        "an approval without an amount where one is needed",
        |s, _| {
            s.notes.clear();
            approve(s, ANA, AT);
        },
        "failed",
        "missing",
    ),
    (
        "an approval where no amount is needed",
        |s, _| {
            without_amount(s);
            approve(s, ANA, AT);
        },
        "success",
        "signed by ana",
    ),
    (
        "an approval from before the push",
        |s, _| {
            without_amount(s);
            approve(s, ANA, "2026-11-21T10:00:00Z");
        },
        "failed",
        "missing",
    ),
    (
        "an approval of the author",
        |s, _| {
            without_amount(s);
            approve(s, ADA, AT);
        },
        "failed",
        "missing",
    ),
    (
        "two have to sign and one did",
        |s, _| {
            let policy = POLICY.replace("valid_for: 14d", "count: 2");
            change(s).revisions.insert(TIP.to_owned(), files(&policy, 10));
        },
        "failed",
        "missing",
    ),
    (
        "two have to sign and two did",
        |s, line| {
            note(s, BEN, AT, line);
            for sha in [TIP, HEAD] {
                let policy = POLICY.replace("valid_for: 14d", "count: 2");
                let rules = if sha == TIP { 10 } else { 160 };
                change(s).revisions.insert(sha.to_owned(), files(&policy, rules));
            }
        },
        "success",
        "signed by ana, ben",
    ),
];

fn refuse(path: &'static str, status: u16) -> Fault {
    Fault { method: "GET", path, times: 50, kind: Kind::Refuse(status, vec![], "{\"message\": \"no\"}") }
}

async fn fresh() -> FakeGitlab {
    let fake = FakeGitlab::start().await;
    let mut state = fake.state();
    state.head = HEAD.to_owned();
    state.world = Some(world());
    drop(state);
    fake
}

#[tokio::test]
async fn every_case_ends_in_its_verdict() {
    let fake = fresh().await;
    decide_on_gitlab(&fake, HEAD, 1, false).await;
    let line = shown_line(fake.state().notes[0]["body"].as_str().unwrap());
    let mut wrong = Vec::new();
    for (name, spoil, expected, words) in CASES {
        let fake = fresh().await;
        fake.seed_note(&account(ANA), &line, false);
        spoil(&mut fake.state(), &line);
        let head = fake.state().head.clone();
        let answer = decide_on_gitlab(&fake, &head, 2, false).await;
        let state = fake.state();
        let status = state.statuses.iter().rfind(|status| status["sha"] == head);
        let found = status.map_or("none", |status| status["state"].as_str().unwrap());
        let title = status.map_or("", |status| status["description"].as_str().unwrap());
        let said = state
            .notes
            .iter()
            .rfind(|note| note["author"]["id"] == 50 && note["body"].as_str().unwrap().contains("key=main"));
        let said = said.map_or("", |note| note["body"].as_str().unwrap());
        if found != *expected
            || (answer.exit == "Pass") != (found == "success")
            || !(said.contains(words) || title.contains(words))
        {
            wrong.push(format!(
                "{name}: {found}, exit {}, wanted {expected} and `{words}`\n  {title}\n  {said:.1500}",
                answer.exit
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), CASES.len(), wrong.join("\n"));
}

/// Not even a note of our own that shows the line counts, whoever the token belongs to.
#[tokio::test]
async fn our_own_note_is_no_signature() {
    let fake = fresh().await;
    fake.state().world.as_mut().unwrap().bots.clear();
    for run in 1..4 {
        assert_eq!(decide_on_gitlab(&fake, HEAD, run, false).await.exit, "NeedsApproval");
    }
    let state = fake.state();
    assert_eq!(state.notes.len(), 1);
    let body: &Value = &state.notes[0]["body"];
    assert!(
        !body.as_str().unwrap().contains("statement"),
        "it is not listed as a refused one either: {body}"
    );
}
