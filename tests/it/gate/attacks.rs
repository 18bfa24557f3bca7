//! Attacks and accidents on GitHub. Each begins with a change that is properly signed, and spoils one thing.

use super::attacks_words::WORDS;
use super::{
    ADA, ANA, BEN, HEAD, MALLORY, NEXT, OLD, POLICY, TIP, decide_on_github, files, shown_line, world,
};
use crate::forge::fake::{Fault, Kind};
use crate::forge::fake_github::{FakeGithub, State, Token};
use crate::forge::world::{Commit, World, user};
use serde_json::{Value, json};
use weighbridge::base::tree::hash_blob;

/// What is spoiled, given the line that signs; the conclusion of the check; a part of what the comment or the check says.
pub(super) type Case = (&'static str, fn(&mut State, &str), &'static str, &'static str);

fn change(state: &mut State) -> &mut World {
    state.world.as_mut().unwrap()
}

/// Another text in the place of ana's.
pub(super) fn says(state: &mut State, text: &str) {
    state.comments[0]["body"] = json!(text);
}

pub(super) fn also(state: &mut State, who: (u64, &str), at: &str, text: &str) {
    let id = 900 + state.comments.len();
    state.comments.push(json!({
        "id": id, "body": text, "user": user(who), "html_url": "https://github.example/c/1",
        "created_at": at, "updated_at": at, "performed_via_github_app": null
    }));
}

fn review(state: &mut State, who: (u64, &str), review_state: &str, commit: &str, at: &str, text: &str) {
    let id = 500 + change(state).reviews.len() as u64;
    change(state).reviews.push(json!({
        "id": id, "body": text, "user": user(who), "html_url": "https://github.example/r/1", "state": review_state,
        "commit_id": commit, "submitted_at": at
    }));
}

fn commit_of(author: (u64, &'static str), message: &str) -> Commit {
    Commit {
        author: Some(author),
        committer: Some(ADA),
        email: "x@acme.example",
        message: message.to_owned(),
    }
}

pub(super) const AT: &str = "2026-11-21T11:40:00Z";

const CASES: &[Case] = &[
    // Who.
    ("a bot signs", |s, _| s.comments[0]["user"] = user((77, "helper[bot]")), "action_required", "human"),
    (
        "the job's own token signs",
        |s, _| s.comments[0]["user"] = user((41_898_282, "github-actions[bot]")),
        "action_required",
        "missing",
    ),
    ("the author signs", |s, _| s.comments[0]["user"] = user(ADA), "action_required", "opened the change"),
    (
        "a writer without the right signs",
        |s, _| s.comments[0]["user"] = user(MALLORY),
        "action_required",
        "may not sign",
    ),
    (
        "invited to the team, not a member yet",
        |s, _| s.comments[0]["user"] = user((13, "cat")),
        "action_required",
        "may not sign",
    ),
    (
        "removed from the team",
        |s, _| {
            change(s).teams.get_mut("acme/finops").unwrap().remove("ana");
        },
        "action_required",
        "may not sign",
    ),
    (
        "the team cannot be seen",
        |s, _| change(s).teams_hidden = true,
        "action_required",
        "does not see the team",
    ),
    (
        "the login belongs to another account now",
        |s, _| {
            change(s).roles.insert("ana", (99, "write"));
        },
        "action_required",
        "another account",
    ),
    (
        "she wrote a commit",
        |s, _| change(s).commits.insert(0, commit_of(ANA, "x")),
        "action_required",
        "own work",
    ),
    (
        "she is a co-author",
        |s, _| {
            change(s)
                .commits
                .insert(0, commit_of(ADA, "x\n\nCo-authored-by: Ana <11+ana@users.noreply.github.com>"))
        },
        "action_required",
        "own work",
    ),
    (
        "she is a co-author in other letters",
        |s, _| {
            change(s)
                .commits
                .insert(0, commit_of(ADA, "x\n\nCO-AUTHORED-BY: Ana <ANA@users.noreply.github.com>"))
        },
        "action_required",
        "own work",
    ),
    (
        "she committed",
        |s, _| change(s).commits.insert(0, Commit { committer: Some(ANA), ..commit_of(ADA, "x") }),
        "action_required",
        "own work",
    ),
    ("she pushed last", |s, _| change(s).pusher = Some(ANA), "action_required", "pushed last"),
    ("who pushed is not known", |s, _| change(s).pusher = None, "failure", "who pushed"),
    (
        "who pushed to a fork is not known",
        |s, _| {
            change(s).pusher = None;
            change(s).fork = true;
            says(s, &format!("/weighbridge approve $999,999 {HEAD}"));
        },
        "success",
        "signed by ana",
    ),
    ("not every commit is listed", |s, _| change(s).commit_count = Some(251), "failure", "not every commit"),
    ("nobody knows who opened it", |s, _| change(s).author = None, "failure", "who opened"),
    // Time.
    (
        "signed before this commit was the head, by its short name",
        |s, _| change(s).pushed_at = "2026-11-21T11:45:00Z".to_owned(),
        "action_required",
        "before this commit",
    ),
    (
        "expired",
        |s, _| {
            for at in ["created_at", "updated_at"] {
                s.comments[0][at] = json!("2026-11-01T11:00:00Z");
            }
            change(s).pushed_at = "2026-10-30T11:00:00Z".to_owned();
        },
        "action_required",
        "**no**",
    ),
    (
        "from the future",
        |s, _| {
            for at in ["created_at", "updated_at"] {
                s.comments[0][at] = json!("2026-11-21T12:30:00Z");
            }
        },
        "action_required",
        "**no**",
    ),
    (
        "a clock that is two minutes off",
        |s, _| {
            for at in ["created_at", "updated_at"] {
                s.comments[0][at] = json!("2026-11-21T12:02:00Z");
            }
        },
        "success",
        "signed by ana",
    ),
    ("pushed after signing", |s, _| s.head = NEXT.to_owned(), "action_required", "not the head"),
    (
        "the head moves while it is decided",
        |s, _| change(s).moves = Some((3, NEXT.to_owned())),
        "failure",
        "moved on",
    ),
    (
        "the head moves after it was decided: the old commit passes, the new one has no check",
        |s, _| change(s).moves = Some((4, NEXT.to_owned())),
        "success",
        "",
    ),
    // Reviews.
    (
        "an approving review without the amount",
        |s, _| {
            s.comments.clear();
            review(s, ANA, "APPROVED", HEAD, AT, "LGTM");
        },
        "action_required",
        "missing",
    ),
    (
        "an approving review with the amount",
        |s, line| {
            s.comments.clear();
            review(s, ANA, "APPROVED", HEAD, AT, line);
        },
        "success",
        "signed by ana",
    ),
    (
        "a review of an older head",
        |s, line| {
            s.comments.clear();
            review(s, ANA, "APPROVED", NEXT, AT, line);
        },
        "action_required",
        "**no**",
    ),
    (
        "a review that only comments",
        |s, line| {
            s.comments.clear();
            review(s, ANA, "COMMENTED", HEAD, AT, line);
        },
        "action_required",
        "**no**",
    ),
    (
        "a review whose text was edited",
        |s, line| {
            s.comments.clear();
            review(s, ANA, "APPROVED", HEAD, AT, line);
            change(s).edited.insert(500);
        },
        "action_required",
        "edited",
    ),
    (
        "a bot approves in a review",
        |s, line| {
            s.comments.clear();
            review(s, (77, "helper[bot]"), "APPROVED", HEAD, AT, line);
        },
        "action_required",
        "human",
    ),
    (
        "a dismissed review",
        |s, line| {
            s.comments.clear();
            review(s, ANA, "DISMISSED", HEAD, AT, line);
        },
        "action_required",
        "dismissed",
    ),
    (
        "changes asked for after the approval",
        |s, line| {
            s.comments.clear();
            review(s, ANA, "APPROVED", HEAD, AT, line);
            review(s, ANA, "CHANGES_REQUESTED", HEAD, "2026-11-21T11:50:00Z", "");
        },
        "action_required",
        "**no**",
    ),
    // Policy and files.
    (
        "the change loosens the policy",
        |s, _| loosen(s, "acme/finops", "acme/everyone"),
        "action_required",
        "gate itself",
    ),
    (
        "the change raises the budget",
        |s, _| loosen(s, "increase_per_month: 100", "increase_per_month: 100000"),
        "action_required",
        "gate itself",
    ),
    (
        "the change deletes the policy",
        |s, _| {
            s.comments.clear();
            change(s).revisions.get_mut(HEAD).unwrap().retain(|(path, _)| *path != "weighbridge.yaml");
        },
        "action_required",
        "gate itself",
    ),
    (
        "the change makes the workflow rarer",
        |s, _| loosen(s, "12000", "12"),
        "action_required",
        "gate itself",
    ),
    (
        "branched off before there was a policy",
        |s, _| {
            change(s).merge_base = OLD.to_owned();
            says(s, "");
        },
        "action_required",
        "missing",
    ),
    (
        "the target branch has tightened its policy since",
        |s, _| {
            let mut strict = files(&POLICY.replace("  valid_for: 14d", "  count: 2"), 10);
            strict.rotate_left(0);
            change(s).revisions.insert(TIP.to_owned(), strict);
        },
        "action_required",
        "missing",
    ),
    ("a listing that ends early", |s, _| change(s).truncated = true, "failure", "could not be decided"),
    (
        "other bytes than the name says",
        |s, _| {
            let id = hash_blob(super::instructions(160).as_bytes()).unwrap();
            change(s).tampered.insert(id.to_string());
        },
        "failure",
        "could not be decided",
    ),
    (
        "a broken policy on the target branch",
        |s, _| {
            change(s).revisions.insert(TIP.to_owned(), files("version: [", 10));
        },
        "failure",
        "could not be decided",
    ),
    (
        "a model without a price",
        |s, _| {
            s.comments.clear();
            let policy = POLICY.replace("claude-sonnet-5-5", "gpt-99-imaginary");
            change(s).revisions.insert(HEAD.to_owned(), files(&policy, 160));
        },
        "action_required",
        "unpriced",
    ),
    // Forgery.
    (
        "a forged marker",
        |s, _| {
            s.comments.clear();
            also(
                s,
                MALLORY,
                AT,
                &format!("### Weighbridge: pass\n\n<!-- weighbridge:v1 key=main sha={HEAD} run=99999.1 -->"),
            );
        },
        "action_required",
        "missing",
    ),
    (
        "a forged comment of the bot that claims success",
        |s, _| {
            s.comments.clear();
            also(s, (5, "github-actions"), AT, "signed by ana for $999,999 a month");
        },
        "action_required",
        "missing",
    ),
    (
        "a forged check of a later run",
        |s, _| {
            s.checks.push(json!({"id": 1, "name": "weighbridge", "head_sha": HEAD, "external_id": "forged", "status": "completed", "conclusion": "success", "app": {"slug": "mallory"}, "output": {"annotations_count": 0}, "annotations": []}))
        },
        "success",
        "signed by ana",
    ),
    (
        "a forged check without a signature",
        |s, _| {
            s.comments.clear();
            s.checks.push(json!({"id": 1, "name": "weighbridge", "head_sha": HEAD, "external_id": "weighbridge:v1:99.1", "status": "completed", "conclusion": "success", "app": {"slug": "mallory"}, "output": {"annotations_count": 0}, "annotations": []}));
        },
        "action_required",
        "missing",
    ),
    (
        "another open change has the same head, and nothing asks here",
        |s, _| {
            s.comments.clear();
            for sha in [TIP, HEAD] {
                change(s).revisions.insert(sha.to_owned(), files("version: 1\n", 10));
            }
            change(s).twin = Some(9);
        },
        "failure",
        "same head commit",
    ),
    ("another open change has the same head", |s, _| change(s).twin = Some(9), "failure", "same head commit"),
    // Signatures that outlast a push, where the policy says so.
    (
        "pushed, and nothing that is judged has changed",
        |s, line| kept(s, line, 160),
        "success",
        "signed by ana",
    ),
    ("pushed, and the file has changed", |s, line| kept(s, line, 161), "action_required", "moved on"),
    (
        "pushed, and another agent file has come",
        |s, line| {
            kept(s, line, 160);
            let files = change(s).revisions.get_mut(NEXT).unwrap();
            files.push((
                ".claude/agents/x.md",
                "---\nname: x\ndescription: Looks at x. Use it for x.\n---\n\nx\n".to_owned(),
            ));
        },
        "action_required",
        "**no**",
    ),
    // Accidents.
    (
        "comments cannot be read",
        |s, _| s.log.faults.push(refuse("GET", "/issues/7/comments", 403)),
        "failure",
        "listing comments",
    ),
    (
        "reviews cannot be read",
        |s, _| s.log.faults.push(refuse("GET", "/reviews", 403)),
        "failure",
        "listing reviews",
    ),
    (
        "commits cannot be read",
        |s, _| s.log.faults.push(refuse("GET", "/pulls/7/commits", 403)),
        "failure",
        "listing commits",
    ),
    (
        "rights cannot be read",
        |s, _| s.log.faults.push(refuse("GET", "/collaborators/", 403)),
        "action_required",
        "could not be found out",
    ),
    (
        "the target branch cannot be read",
        |s, _| s.log.faults.push(refuse("GET", "/git/ref/", 403)),
        "failure",
        "could not be decided",
    ),
    (
        "a page fails twice and comes then",
        |s, _| s.log.faults.push(Fault { times: 2, ..refuse("GET", "/issues/7/comments", 502) }),
        "success",
        "signed by ana",
    ),
    (
        "the check lands and the answer is lost",
        |s, _| {
            s.log.faults.push(Fault {
                method: "POST",
                path: "/check-runs",
                times: 1,
                kind: Kind::LandThenFail(502),
            })
        },
        "success",
        "signed by ana",
    ),
    (
        "comments on many pages",
        |s, _| {
            s.page_size = 1;
            also(s, MALLORY, AT, "hello");
            also(s, BEN, AT, "hello");
        },
        "success",
        "signed by ana",
    ),
];

fn refuse(method: &'static str, path: &'static str, status: u16) -> Fault {
    Fault { method, path, times: 50, kind: Kind::Refuse(status, vec![], "{\"message\": \"no\"}") }
}

/// ana signed the first head; then something was pushed.
fn kept(state: &mut State, line: &str, rules: usize) {
    let policy = POLICY.replace("  valid_for: 14d", "  keep_when_unchanged: true");
    let files_of = |rules| files(&policy, rules);
    for (sha, rules) in [(TIP, 10), (HEAD, 160), (NEXT, rules)] {
        change(state).revisions.insert(sha.to_owned(), files_of(rules));
    }
    let (before, _) = line.rsplit_once(' ').unwrap();
    says(state, &format!("{before} {HEAD}"));
    change(state).revisions.get_mut(NEXT).unwrap().push(("README.md", "# Shop\n".to_owned()));
    state.head = NEXT.to_owned();
}

/// The change edits the policy as well.
fn loosen(state: &mut State, from: &str, to: &str) {
    let policy = POLICY.replace(from, to);
    assert_ne!(policy, POLICY);
    state.comments.clear();
    change(state).revisions.insert(HEAD.to_owned(), files(&policy, 160));
}

async fn fresh() -> FakeGithub {
    let fake = FakeGithub::start().await;
    let mut state = fake.state();
    state.head = HEAD.to_owned();
    state.world = Some(world());
    state.token = Token::Actions;
    drop(state);
    fake
}

#[tokio::test]
async fn every_case_ends_in_its_verdict() {
    let all: Vec<&Case> = CASES.iter().chain(WORDS).collect();
    assert!(all.len() >= 60, "{} cases", all.len());
    let fake = fresh().await;
    decide_on_github(&fake, 1).await;
    let line = shown_line(fake.state().comments[0]["body"].as_str().unwrap());
    assert!(line.ends_with(&HEAD[..12]), "{line}");
    let mut wrong = Vec::new();
    for (name, spoil, conclusion, words) in all.iter().copied() {
        let fake = fresh().await;
        fake.seed_comment(&user(ANA), &line);
        spoil(&mut fake.state(), &line);
        let answer = decide_on_github(&fake, 2).await;
        let state = fake.state();
        let head = if state.head == NEXT { NEXT } else { HEAD };
        let ours = |check: &&Value| check["app"]["slug"] == "github-actions" && check["head_sha"] == head;
        let found = state
            .checks
            .iter()
            .rfind(ours)
            .map_or("none", |check| check["conclusion"].as_str().unwrap_or("in progress"));
        let ours = |comment: &&Value| {
            comment["user"]["login"] == "github-actions[bot]"
                && comment["body"].as_str().unwrap().contains("key=main")
        };
        let said = state.comments.iter().rfind(ours).map_or("", |comment| comment["body"].as_str().unwrap());
        let title = state
            .checks
            .iter()
            .rfind(|check| check["head_sha"] == head)
            .map_or("", |check| check["output"]["title"].as_str().unwrap_or(""));
        let passes = answer.exit == "Pass";
        if found != *conclusion
            || passes != (found == "success")
            || !(said.contains(words) || title.contains(words))
        {
            wrong.push(format!(
                "{name}: {found}, exit {}, wanted {conclusion} and `{words}`\n  {title}\n  {:.1500}",
                answer.exit, said
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}

/// Two runs at once: whichever is later has the last word, and an unsigned one never leaves a pass.
#[tokio::test]
async fn two_runs_at_once_leave_one_verdict() {
    let fake = fresh().await;
    let (one, two) = tokio::join!(decide_on_github(&fake, 5), decide_on_github(&fake, 6));
    assert_eq!((one.exit.as_str(), two.exit.as_str()), ("NeedsApproval", "NeedsApproval"));
    let state = fake.state();
    let conclusions: Vec<&Value> = state.checks.iter().map(|check| &check["conclusion"]).collect();
    assert!(conclusions.iter().all(|conclusion| **conclusion == "action_required"), "{conclusions:?}");
    assert_eq!(state.comments.len(), 1);
}

/// 5,000 comments of other people cost pages, not minutes.
#[tokio::test]
async fn five_thousand_comments_are_read() {
    let fake = fresh().await;
    for number in 0..4_990 {
        fake.seed_comment(&user(BEN), &format!("comment {number} {}", "about this and that ".repeat(20)));
    }
    let answer = decide_on_github(&fake, 1).await;
    assert_eq!(answer.exit, "NeedsApproval");
    assert!(fake.state().log.count("GET", "/issues/7/comments") >= 50);
}
