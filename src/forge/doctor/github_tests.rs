use super::github::{
    Bypass, Classic, ClassicDetails, GithubFacts, RequiredCheck, Reviews, Rule, RuleKind, TokenDefaults,
};
use super::workflow::Workflow;
use super::{Diagnosis, Facts, Level, Protection, Who, diagnose, overall};
use crate::forge::CHECK_NAME;
use std::collections::{BTreeMap, BTreeSet};

const SHA: &str = "0123456789012345678901234567890123456789";
const APP: u64 = 4711;
const ACTIONS: u64 = 15_368;

fn workflow(path: &str, text: &str) -> Workflow {
    Workflow::parse(path, &text.replace("SHA", SHA)).unwrap()
}

const DECIDE: &str = "
on:
  pull_request_target: {types: [opened, synchronize, reopened, edited]}
  issue_comment: {types: [created, deleted]}
  workflow_run: {workflows: [Relay], types: [completed]}
  merge_group:
permissions: {}
jobs:
  decide:
    environment: gate
    permissions: {contents: read, checks: write}
    steps:
      - uses: actions/create-github-app-token@SHA
        with: {private-key: '${{ secrets.GATE_KEY }}'}
      - uses: weighbridge-dev/weighbridge@SHA
";

/// Everything is as it should be.
fn sealed() -> GithubFacts {
    let check = RequiredCheck { context: CHECK_NAME.to_owned(), app: Some(APP) };
    let rule = |kind| Rule { ruleset: 1, kind };
    GithubFacts {
        default_branch: "main".to_owned(),
        takes_forks: true,
        rules: Ok(vec![
            rule(RuleKind::Checks { checks: vec![check], strict: true }),
            rule(RuleKind::PullRequest(Reviews {
                count: 1,
                dismiss_stale: true,
                last_push: true,
                owners: true,
            })),
            rule(RuleKind::NonFastForward),
            rule(RuleKind::MergeQueue),
        ]),
        bypass: BTreeMap::from([(1, Ok(Vec::new()))]),
        classic: Ok(None),
        actions_app: Ok(ACTIONS),
        token: Ok(TokenDefaults { write: false, may_approve: false }),
        workflows: Ok(vec![workflow("gate.yml", DECIDE)]),
        workflows_owned: Ok(true),
        unreadable: Vec::new(),
        environments: BTreeMap::from([("gate".to_owned(), Ok(true))]),
    }
}

fn found(facts: GithubFacts) -> Vec<Diagnosis> {
    diagnose(&Protection {
        repository: "acme/shop".to_owned(),
        branch: "main".to_owned(),
        facts: Facts::Github(Box::new(facts)),
    })
}

fn rules(facts: &mut GithubFacts, keep: impl Fn(&mut RuleKind) -> bool) {
    if let Ok(rules) = &mut facts.rules {
        rules.retain_mut(|rule| keep(&mut rule.kind));
    }
}

fn reviews(facts: &mut GithubFacts, change: impl Fn(&mut Reviews)) {
    rules(facts, |kind| {
        if let RuleKind::PullRequest(reviews) = kind {
            change(reviews);
        }
        true
    });
}

fn source(facts: &mut GithubFacts, app: Option<u64>) {
    rules(facts, |kind| {
        if let RuleKind::Checks { checks, .. } = kind {
            checks[0].app = app;
        }
        true
    });
}

fn add(facts: &mut GithubFacts, path: &str, text: &str) {
    facts.workflows.as_mut().unwrap().push(workflow(path, text));
}

fn replace(facts: &mut GithubFacts, from: &str, to: &str) {
    assert!(DECIDE.contains(from), "{from}");
    facts.workflows = Ok(vec![workflow("gate.yml", &DECIDE.replace(from, to))]);
}

#[test]
fn a_sealed_repository_has_nothing_open() {
    let all = found(sealed());
    for one in &all {
        assert!(one.level == Level::Closed && one.fix.is_none() && one.who.is_none(), "{one:?}");
    }
    assert_eq!(overall(&all), Level::Closed);
    let ids: Vec<&str> = all.iter().map(|one| one.id).collect();
    for id in [
        "required-check",
        "check-source",
        "bypass",
        "pull-request",
        "second-person",
        "stale-review",
        "last-push",
        "force-push",
        "up-to-date",
        "token-default",
        "actions-approve",
        "foreign-code",
        "change-workflow",
        "fork-check",
        "merge-queue",
        "signature-events",
        "path-filter",
        "pinned",
        "gate-secret",
        "job-name",
    ] {
        assert!(ids.contains(&id), "{id} is not judged: {ids:?}");
    }
}

type Change = fn(&mut GithubFacts);
type Expected = (&'static str, Level, Option<Who>);

/// What is changed in the sealed repository, and the one thing that must be said about it.
const CASES: &[(&str, Change, Expected)] = &[
    (
        "no required check",
        |f| rules(f, |kind| !matches!(kind, RuleKind::Checks { .. })),
        ("required-check", Level::Open, Some(Who::Writer)),
    ),
    (
        "a check of another name",
        |f| {
            rules(f, |kind| {
                if let RuleKind::Checks { checks, .. } = kind {
                    "Weighbridge".clone_into(&mut checks[0].context);
                }
                true
            })
        },
        ("required-check", Level::Open, Some(Who::Writer)),
    ),
    (
        "rules cannot be read",
        |f| f.rules = Err("HTTP 403".into()),
        ("required-check", Level::Unknown, Some(Who::Writer)),
    ),
    (
        "no rules, and classic cannot be read",
        |f| {
            f.rules = Ok(vec![]);
            f.classic = Err("HTTP 403".into());
        },
        ("required-check", Level::Unknown, Some(Who::Writer)),
    ),
    ("from anybody", |f| source(f, None), ("check-source", Level::Open, Some(Who::Writer))),
    ("from Actions", |f| source(f, Some(ACTIONS)), ("check-source", Level::Open, Some(Who::Writer))),
    (
        "which app is Actions is not known",
        |f| f.actions_app = Err("HTTP 404".into()),
        ("check-source", Level::Unknown, Some(Who::Writer)),
    ),
    (
        "a required workflow that cannot be read",
        |f| {
            f.rules.as_mut().unwrap().push(Rule {
                ruleset: 2,
                kind: RuleKind::Workflows(vec![("w.yml".into(), Err("HTTP 404".into()))]),
            });
        },
        ("check-source", Level::Unknown, Some(Who::Writer)),
    ),
    (
        "writers bypass",
        |f| {
            f.bypass.insert(1, Ok(vec![Bypass { who: Who::Writer, words: "the role write".into() }]));
        },
        ("bypass", Level::Open, Some(Who::Writer)),
    ),
    (
        "admins bypass",
        |f| {
            f.bypass.insert(1, Ok(vec![Bypass { who: Who::Admin, words: "the role admin".into() }]));
        },
        ("bypass", Level::Open, Some(Who::Admin)),
    ),
    (
        "bypass not seen",
        |f| {
            f.bypass.insert(1, Err("not seen".into()));
        },
        ("bypass", Level::Unknown, Some(Who::Writer)),
    ),
    (
        "no pull request",
        |f| rules(f, |kind| !matches!(kind, RuleKind::PullRequest(_))),
        ("pull-request", Level::Open, Some(Who::Writer)),
    ),
    (
        "no approval",
        |f| reviews(f, |reviews| reviews.count = 0),
        ("second-person", Level::Open, Some(Who::Writer)),
    ),
    (
        "stale approvals",
        |f| reviews(f, |reviews| (reviews.dismiss_stale, reviews.last_push) = (false, false)),
        ("stale-review", Level::Open, Some(Who::Writer)),
    ),
    (
        "the pusher approves",
        |f| reviews(f, |reviews| reviews.last_push = false),
        ("last-push", Level::Open, Some(Who::Writer)),
    ),
    (
        "force pushes",
        |f| rules(f, |kind| *kind != RuleKind::NonFastForward),
        ("force-push", Level::Open, Some(Who::Writer)),
    ),
    (
        "no queue",
        |f| rules(f, |kind| *kind != RuleKind::MergeQueue),
        ("same-head", Level::Open, Some(Who::Writer)),
    ),
    ("no owners", |f| f.workflows_owned = Ok(false), ("workflow-owners", Level::Open, Some(Who::Writer))),
    (
        "owners who need not approve",
        |f| reviews(f, |reviews| reviews.owners = false),
        ("workflow-owners", Level::Open, Some(Who::Writer)),
    ),
    (
        "owners not seen",
        |f| f.workflows_owned = Err("HTTP 403".into()),
        ("workflow-owners", Level::Unknown, Some(Who::Writer)),
    ),
    (
        "an old verdict",
        |f| {
            rules(f, |kind| {
                if let RuleKind::Checks { strict, .. } = kind {
                    *strict = false;
                }
                *kind != RuleKind::MergeQueue
            })
        },
        ("up-to-date", Level::Open, Some(Who::Writer)),
    ),
    (
        "tokens write",
        |f| f.token = Ok(TokenDefaults { write: true, may_approve: false }),
        ("token-default", Level::Open, Some(Who::Writer)),
    ),
    (
        "workflows approve",
        |f| f.token = Ok(TokenDefaults { write: false, may_approve: true }),
        ("actions-approve", Level::Open, Some(Who::Writer)),
    ),
    (
        "token settings not seen",
        |f| f.token = Err("HTTP 403".into()),
        ("token-default", Level::Unknown, Some(Who::Writer)),
    ),
    ("no workflow", |f| f.workflows = Ok(vec![]), ("workflow", Level::Unknown, Some(Who::Writer))),
    (
        "workflows not seen",
        |f| f.workflows = Err("HTTP 403".into()),
        ("workflow", Level::Unknown, Some(Who::Writer)),
    ),
    (
        "a broken workflow",
        |f| f.unreadable.push(("x.yml".into(), "no YAML".into())),
        ("workflow", Level::Unknown, Some(Who::Writer)),
    ),
    (
        "a fork's code with a token",
        |f| {
            add(
                f,
                "lint.yml",
                "on: pull_request_target\njobs: {a: {permissions: write-all, steps: [{uses: actions/checkout@v4, with: {ref: '${{ github.head_ref }}'}}]}}",
            )
        },
        ("foreign-code", Level::Open, Some(Who::ForkAuthor)),
    ),
    (
        "a fork's code with a secret",
        |f| {
            add(
                f,
                "lint.yml",
                "on: issue_comment\npermissions: {}\njobs: {a: {env: {K: '${{ secrets.K }}'}, steps: [{run: 'gh pr checkout 7'}]}}",
            )
        },
        ("foreign-code", Level::Open, Some(Who::ForkAuthor)),
    ),
    (
        "a fork's code, and the default not seen",
        |f| {
            f.token = Err("HTTP 403".into());
            add(f, "lint.yml", "on: pull_request_target\njobs: {a: {steps: [{run: 'gh pr checkout 7'}]}}");
        },
        ("foreign-code", Level::Unknown, Some(Who::ForkAuthor)),
    ),
    (
        "the change's own workflow decides",
        |f| {
            f.workflows = Ok(vec![workflow(
                "gate.yml",
                include_str!("../../../examples/workflows/github-pull-request.yml"),
            )]);
        },
        ("change-workflow", Level::Open, Some(Who::Writer)),
    ),
    (
        "a review runs the change's own file",
        |f| replace(f, "  merge_group:", "  merge_group:\n  pull_request_review:"),
        ("change-workflow", Level::Open, Some(Who::Writer)),
    ),
    (
        "only the unprivileged half",
        |f| {
            f.workflows = Ok(vec![workflow(
                "gate.yml",
                include_str!("../../../examples/workflows/github-fork-safe-evaluate.yml"),
            )]);
        },
        ("fork-check", Level::Open, None),
    ),
    ("no merge_group", |f| replace(f, "  merge_group:\n", ""), ("merge-queue", Level::Open, None)),
    (
        "no comments",
        |f| replace(f, "  issue_comment: {types: [created, deleted]}\n", ""),
        ("signature-events", Level::Open, Some(Who::Writer)),
    ),
    (
        "paths",
        |f| replace(f, "{types: [opened, synchronize, reopened, edited]}", "{paths: ['**.md']}"),
        ("path-filter", Level::Open, None),
    ),
    (
        "another branch",
        |f| replace(f, "{types: [opened, synchronize, reopened, edited]}", "{branches: [develop]}"),
        ("path-filter", Level::Open, None),
    ),
    (
        "a tag",
        |f| replace(f, "weighbridge@SHA", "weighbridge@v1"),
        ("pinned", Level::Open, Some(Who::Publisher)),
    ),
    (
        "a secret without an environment",
        |f| replace(f, "    environment: gate\n", ""),
        ("gate-secret", Level::Open, Some(Who::Writer)),
    ),
    (
        "an environment for all branches",
        |f| {
            f.environments.insert("gate".into(), Ok(false));
        },
        ("gate-secret", Level::Open, Some(Who::Writer)),
    ),
    (
        "an environment not seen",
        |f| {
            f.environments.insert("gate".into(), Err("HTTP 403".into()));
        },
        ("gate-secret", Level::Unknown, Some(Who::Writer)),
    ),
    (
        "may fail",
        |f| replace(f, "    environment: gate", "    environment: gate\n    continue-on-error: true"),
        ("continue-on-error", Level::Open, Some(Who::Writer)),
    ),
    (
        "a job of our name",
        |f| add(f, "x.yml", "on: push\njobs: {weighbridge: {}}"),
        ("job-name", Level::Open, Some(Who::Writer)),
    ),
];

/// Every name that can be in a finding.
pub(super) fn ids() -> BTreeSet<&'static str> {
    let sealed: Vec<&str> = found(sealed()).iter().map(|one| one.id).collect();
    CASES.iter().map(|(_, _, (id, ..))| *id).chain(sealed).collect()
}

#[test]
fn every_weakening_is_named() {
    for (name, change, (id, level, who)) in CASES {
        let mut facts = sealed();
        change(&mut facts);
        let all = found(facts);
        let hit = all.iter().find(|one| one.id == *id && one.level == *level && one.who == *who);
        let hit = hit.unwrap_or_else(|| panic!("{name}: no {level:?} {id} in {all:#?}"));
        assert!(hit.fix.as_ref().is_some_and(|fix| fix.len() > 10), "{name}: {hit:?}");
        assert_ne!(overall(&all), Level::Closed, "{name}");
    }
}

#[test]
fn what_is_not_changed_is_not_said() {
    // Each case of the first kind leaves the rest closed: a finding must not drag others along.
    for (name, index) in
        [("from anybody", "check-source"), ("stale approvals", "stale-review"), ("a tag", "pinned")]
    {
        let (_, change, _) = CASES.iter().find(|(case, ..)| *case == name).unwrap();
        let mut facts = sealed();
        change(&mut facts);
        let open: Vec<&str> =
            found(facts).iter().filter(|one| one.level != Level::Closed).map(|one| one.id).collect();
        assert!(open.contains(&index) && open.len() <= 2, "{name}: {open:?}");
    }
}

#[test]
fn a_required_workflow_of_another_repository_closes_it() {
    let mut facts = sealed();
    let required = RuleKind::Workflows(vec![(".github/workflows/gate.yml".into(), Ok(true))]);
    facts.rules = Ok(vec![
        Rule { ruleset: 1, kind: required },
        Rule {
            ruleset: 1,
            kind: RuleKind::PullRequest(Reviews {
                count: 1,
                dismiss_stale: true,
                last_push: true,
                owners: true,
            }),
        },
        Rule { ruleset: 1, kind: RuleKind::NonFastForward },
        Rule { ruleset: 1, kind: RuleKind::MergeQueue },
    ]);
    facts.workflows = Ok(vec![]);
    let all = found(facts);
    assert_eq!(overall(&all), Level::Closed, "{all:#?}");
}

#[test]
fn classic_protection_counts_as_far_as_it_is_seen() {
    let check = RequiredCheck { context: CHECK_NAME.to_owned(), app: Some(APP) };
    let mut facts = sealed();
    facts.rules = Ok(vec![]);
    let whole = ClassicDetails {
        strict: true,
        admins: true,
        reviews: Some(Reviews { count: 2, dismiss_stale: true, last_push: true, owners: true }),
        exempt: false,
        force_pushes: false,
    };
    facts.classic = Ok(Some(Classic { checks: vec![check], details: Ok(whole) }));
    // Classic protection knows no queue that the API would show.
    let rest = |facts| found(facts).into_iter().filter(|one| one.id != "same-head").collect::<Vec<_>>();
    let all = rest(facts.clone());
    assert_eq!(overall(&all), Level::Closed, "{all:#?}");

    let details = |facts: &GithubFacts, details| {
        let mut facts = facts.clone();
        if let Ok(Some(classic)) = &mut facts.classic {
            classic.details = details;
        }
        let all = rest(facts);
        let of =
            |level: Level| all.iter().filter(|one| one.level == level).map(|one| one.id).collect::<Vec<_>>();
        (of(Level::Open), of(Level::Unknown))
    };
    // A reader's token sees the check, and nothing else: that is unknown, not open.
    let (open, unknown) = details(&facts, Err("HTTP 403".into()));
    assert_eq!(open, [""; 0]);
    let dark = [
        "bypass",
        "force-push",
        "last-push",
        "pull-request",
        "second-person",
        "stale-review",
        "up-to-date",
        "workflow-owners",
    ];
    let mut unknown = unknown;
    unknown.sort_unstable();
    assert_eq!(unknown, dark);
    assert_eq!(details(&facts, Ok(ClassicDetails { admins: false, ..whole })).0, ["bypass"]);
    assert_eq!(details(&facts, Ok(ClassicDetails { exempt: true, ..whole })).0, ["bypass"]);
    assert_eq!(details(&facts, Ok(ClassicDetails { force_pushes: true, ..whole })).0, ["force-push"]);
    assert_eq!(details(&facts, Ok(ClassicDetails { strict: false, ..whole })).0, ["up-to-date"]);
}

#[test]
fn a_fix_is_one_command_whatever_the_branch_is_called() {
    let mut facts = sealed();
    facts.rules = Ok(vec![]);
    let all = diagnose(&Protection {
        repository: "acme/shop".to_owned(),
        branch: "x'$(touch pwned)'".to_owned(),
        facts: Facts::Github(Box::new(facts)),
    });
    let fix = all.iter().find(|one| one.id == "required-check").and_then(|one| one.fix.clone()).unwrap();
    assert!(fix.contains("refs/heads/x'\\''$(touch pwned)'\\''"), "{fix}");
    assert!(fix.starts_with("printf %s '{\"name\":\"weighbridge\"") && fix.ends_with("--input -"), "{fix}");
}
