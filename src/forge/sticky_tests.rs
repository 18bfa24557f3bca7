//! Tables and properties of the one comment.

use super::*;
use proptest::prelude::*;

const ME: u64 = 7;

fn me() -> Identity {
    Identity::User { id: ME, login: "gate".into() }
}

fn run(run: u64, attempt: u64) -> RunOrder {
    RunOrder { run, attempt }
}

fn marker(number: u64) -> Marker {
    Marker::new("main", "abc123", run(number, 1))
}

fn comment(id: u64, author: u64, body: &str) -> Comment {
    let author = Some(Author { id: author, login: "x".into(), bot: false });
    Comment { id, body: body.to_owned(), author, url: None }
}

fn own(id: u64, number: u64) -> Comment {
    comment(id, ME, &with_marker(&format!("report of {number}"), &marker(number)))
}

fn decided(comments: &[Comment], number: u64) -> Decision {
    decide(comments, &me(), &marker(number), &with_marker(&format!("report of {number}"), &marker(number)))
}

#[test]
fn the_marker_is_read_back_and_only_as_the_last_line() {
    let marker = Marker::new("a b\n-->", "<sha>", run(12, 3));
    assert_eq!(marker.line(), "<!-- weighbridge:v1 key=a-b---- sha=-sha- run=12.3 -->");
    assert_eq!(Marker::of(&with_marker("hello", &marker)), Some(marker.clone()));
    assert_eq!(Marker::of(&format!("hello\r\n{}\r\n\r\n", marker.line())), Some(marker.clone()));
    for forged in [
        format!("{}\nmore", marker.line()),
        format!("quoted: {}", marker.line()),
        format!("> {}", marker.line()),
        marker.line().replace("12.3", "+12.3"),
        marker.line().replace("12.3", "012.3"),
        marker.line().replace("12.3", "99999999999999999999.3"),
        marker.line().replace("v1", "v2"),
        marker.line().replace(" sha=", "  sha="),
    ] {
        assert_eq!(Marker::of(&forged), None, "{forged}");
    }
}

#[test]
fn only_our_own_comments_count() {
    let theirs = comment(1, 8, &own(0, 99).body);
    let mut nobody = own(2, 99);
    nobody.author = None;
    let other_key = comment(3, ME, &with_marker("x", &Marker::new("other", "a", run(99, 1))));
    let unmarked = comment(4, ME, "hello");
    assert_eq!(decided(&[theirs, nobody, other_key, unmarked], 5).action, Action::Create);

    let app = Identity::App { login: "github-actions[bot]".into() };
    let by =
        |login: &str, bot| Comment { author: Some(Author { id: 1, login: login.into(), bot }), ..own(1, 3) };
    let body = with_marker("new", &marker(5));
    let action = |comment: Comment| decide(&[comment], &app, &marker(5), &body).action;
    assert_eq!(action(by("github-actions[bot]", true)), Action::Update { id: 1 });
    assert_eq!(action(by("github-actions[bot]", false)), Action::Create);
    assert_eq!(action(by("other[bot]", true)), Action::Create);
}

#[test]
fn updates_the_lowest_and_never_a_later_run() {
    assert_eq!(decided(&[], 5), Decision { action: Action::Create, delete: vec![] });
    assert_eq!(
        decided(&[own(9, 4), own(3, 4)], 5),
        Decision { action: Action::Update { id: 3 }, delete: vec![9] }
    );
    assert_eq!(decided(&[own(3, 5)], 5).action, Action::Nothing { id: 3, why: "it says the same already" });
    assert_eq!(
        decided(&[own(3, 6), own(4, 5)], 5),
        Decision {
            action: Action::Nothing { id: 3, why: "a later run has reported already" },
            delete: vec![4]
        }
    );
    assert!(matches!(decided(&[own(3, 4), own(4, 6)], 5).action, Action::Nothing { .. }));
}

/// Two runs that list, write and list again, in any order of their steps.
#[derive(Clone, Debug, Default)]
struct World {
    comments: Vec<Comment>,
    next: u64,
}

impl World {
    fn apply(&mut self, decision: &Decision, number: u64, may_create: bool) {
        let body = own(0, number).body;
        match decision.action {
            Action::Create if may_create => {
                self.next += 1;
                self.comments.push(comment(self.next, ME, &body));
            }
            Action::Update { id } => {
                if let Some(found) = self.comments.iter_mut().find(|comment| comment.id == id) {
                    found.body = body;
                }
            }
            Action::Create | Action::Nothing { .. } => {}
        }
        self.comments.retain(|comment| !decision.delete.contains(&comment.id));
    }
}

proptest! {
    #[test]
    fn creation_races_leave_one_comment_with_the_latest_report(order in Just(vec![0_usize, 0, 1, 1, 2, 2]).prop_shuffle()) {
        // All three runs have seen an empty list; then each creates, and later lists again and settles.
        let mut world = World::default();
        let mut created = [false; 3];
        for who in order {
            let number = who as u64 + 1;
            let decision = if created[who] {
                decided(&world.comments, number)
            } else {
                Decision { action: Action::Create, delete: vec![] }
            };
            world.apply(&decision, number, !created[who]);
            created[who] = true;
        }
        prop_assert_eq!(world.comments.len(), 1);
        let lowest = world.comments[0].id;
        prop_assert_eq!(lowest, 1);
        prop_assert_eq!(&world.comments[0].body, &own(0, 3).body);
    }

    #[test]
    fn runs_one_after_another_keep_one_comment(numbers in prop::collection::vec(1_u64..9, 1..12)) {
        let mut world = World::default();
        for number in &numbers {
            let decision = decided(&world.comments, *number);
            world.apply(&decision, *number, true);
        }
        prop_assert_eq!(world.comments.len(), 1);
        let latest = numbers.iter().max().copied().unwrap_or_default();
        prop_assert_eq!(&world.comments[0].body, &own(0, latest).body);
    }

    #[test]
    fn nothing_read_from_comments_panics(body in "(?s).{0,200}", tail in "<!-- weighbridge:v1 key=.{0,20} sha=.{0,20} run=.{0,20} -->") {
        let _read = Marker::of(&body);
        if let Some(marker) = Marker::of(&format!("{body}\n{tail}")) {
            prop_assert_eq!(marker.line(), tail);
        }
    }
}
