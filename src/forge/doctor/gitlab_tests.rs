use super::gitlab::{ApprovalSettings, BranchProtection, GitlabFacts, ProjectFacts};
use super::{Diagnosis, Facts, Level, Protection, Who, diagnose, overall};
use std::collections::BTreeSet;

/// Everything is as it should be.
fn sealed() -> GitlabFacts {
    GitlabFacts {
        project: ProjectFacts {
            pipeline_must_succeed: Some(true),
            skipped_counts: Some(false),
            ci_config_path: Some(".gitlab-ci.yml@acme/ci".to_owned()),
            merge_method: Some("merge".to_owned()),
            merge_trains: Some(true),
            may_skip_train: Some(false),
            fork_pipelines_here: Some(false),
            forking: Some("disabled".to_owned()),
            visibility: Some("private".to_owned()),
            checks_must_pass: Some(false),
        },
        protections: Ok(vec![BranchProtection {
            name: "main".to_owned(),
            pushers: vec![],
            force_push: false,
        }]),
        approvals: Ok(ApprovalSettings {
            reset_on_push: Some(true),
            by_author: Some(false),
            not_by_committers: Some(true),
            rules_fixed: Some(true),
        }),
        required_approvals: Ok(1),
        external_checks: Ok(vec![]),
    }
}

fn found(facts: GitlabFacts) -> Vec<Diagnosis> {
    diagnose(&Protection {
        repository: "acme/shop".to_owned(),
        branch: "main".to_owned(),
        facts: Facts::Gitlab(Box::new(facts)),
    })
}

#[test]
fn a_sealed_project_has_nothing_open() {
    let all = found(sealed());
    for one in &all {
        assert!(one.level == Level::Closed && one.fix.is_none() && one.who.is_none(), "{one:?}");
    }
    assert_eq!((overall(&all), all.len()), (Level::Closed, 14), "{all:#?}");
}

type Change = fn(&mut GitlabFacts);
type Expected = (&'static str, Level, Option<Who>);

fn protection(facts: &mut GitlabFacts) -> &mut BranchProtection {
    &mut facts.protections.as_mut().unwrap()[0]
}

/// What is changed in the sealed project, and the one thing that must be said about it.
const CASES: &[(&str, Change, Expected)] = &[
    (
        "a red pipeline merges",
        |f| f.project.pipeline_must_succeed = Some(false),
        ("pipeline-must-succeed", Level::Open, Some(Who::Writer)),
    ),
    (
        "not said",
        |f| f.project.pipeline_must_succeed = None,
        ("pipeline-must-succeed", Level::Unknown, Some(Who::Writer)),
    ),
    (
        "skip ci",
        |f| f.project.skipped_counts = Some(true),
        ("skipped-pipeline", Level::Open, Some(Who::Writer)),
    ),
    (
        "skip ci not said",
        |f| f.project.skipped_counts = None,
        ("skipped-pipeline", Level::Unknown, Some(Who::Writer)),
    ),
    (
        "its own configuration, Ultimate",
        |f| f.project.ci_config_path = Some(String::new()),
        ("ci-config", Level::Unknown, Some(Who::Writer)),
    ),
    (
        "its own configuration, below Ultimate",
        |f| {
            f.project.ci_config_path = Some("ci/gate.yml".to_owned());
            f.external_checks = Err("HTTP 404".to_owned());
        },
        ("ci-config", Level::Open, Some(Who::Writer)),
    ),
    (
        "configuration not said",
        |f| f.project.ci_config_path = None,
        ("ci-config", Level::Unknown, Some(Who::Writer)),
    ),
    (
        "an external check",
        |f| {
            f.external_checks = Ok(vec!["weighbridge".to_owned()]);
            f.project.checks_must_pass = Some(true);
        },
        ("external-check", Level::Open, Some(Who::Writer)),
    ),
    (
        "forks of a public project",
        |f| {
            f.project.forking = Some("enabled".to_owned());
            f.project.visibility = Some("public".to_owned());
        },
        ("fork-pipeline", Level::Open, Some(Who::ForkAuthor)),
    ),
    (
        "forks of a private project",
        |f| f.project.forking = Some("enabled".to_owned()),
        ("fork-pipeline", Level::Open, Some(Who::Writer)),
    ),
    ("forks not said", |f| f.project.forking = None, ("fork-pipeline", Level::Unknown, Some(Who::Writer))),
    (
        "pipelines of forks here",
        |f| {
            f.project.forking = Some("enabled".to_owned());
            f.project.fork_pipelines_here = Some(true);
        },
        ("fork-variables", Level::Open, Some(Who::ForkAuthor)),
    ),
    ("not protected", |f| f.protections = Ok(vec![]), ("protected-branch", Level::Open, Some(Who::Writer))),
    (
        "protection not seen",
        |f| f.protections = Err("HTTP 403".to_owned()),
        ("protected-branch", Level::Unknown, Some(Who::Writer)),
    ),
    (
        "maintainers push",
        |f| protection(f).pushers.push((Who::Maintainer, "every maintainer".to_owned())),
        ("direct-push", Level::Open, Some(Who::Maintainer)),
    ),
    (
        "a wider pattern lets developers push",
        |f| {
            f.protections.as_mut().unwrap().push(BranchProtection {
                name: "m*".to_owned(),
                pushers: vec![(Who::Writer, "every developer".to_owned())],
                force_push: false,
            })
        },
        ("direct-push", Level::Open, Some(Who::Writer)),
    ),
    ("force push", |f| protection(f).force_push = true, ("force-push", Level::Open, Some(Who::Maintainer))),
    ("no train", |f| f.project.merge_trains = Some(false), ("up-to-date", Level::Open, Some(Who::Writer))),
    (
        "off the train",
        |f| f.project.may_skip_train = Some(true),
        ("up-to-date", Level::Open, Some(Who::Maintainer)),
    ),
    (
        "method not said",
        |f| (f.project.merge_trains, f.project.merge_method) = (None, None),
        ("up-to-date", Level::Unknown, Some(Who::Writer)),
    ),
    ("no approval", |f| f.required_approvals = Ok(0), ("second-person", Level::Open, Some(Who::Writer))),
    (
        "rules not seen",
        |f| f.required_approvals = Err("HTTP 404".to_owned()),
        ("second-person", Level::Unknown, Some(Who::Writer)),
    ),
    (
        "settings not seen",
        |f| f.approvals = Err("HTTP 403".to_owned()),
        ("approval-settings", Level::Unknown, Some(Who::Writer)),
    ),
    (
        "stale",
        |f| f.approvals.as_mut().unwrap().reset_on_push = Some(false),
        ("stale-review", Level::Open, Some(Who::Writer)),
    ),
    (
        "author",
        |f| f.approvals.as_mut().unwrap().by_author = Some(true),
        ("author-approval", Level::Open, Some(Who::Writer)),
    ),
    (
        "committers",
        |f| f.approvals.as_mut().unwrap().not_by_committers = Some(false),
        ("committer-approval", Level::Open, Some(Who::Writer)),
    ),
    (
        "editable rules",
        |f| f.approvals.as_mut().unwrap().rules_fixed = Some(false),
        ("approval-rules-fixed", Level::Open, Some(Who::Writer)),
    ),
    (
        "one setting not said",
        |f| f.approvals.as_mut().unwrap().by_author = None,
        ("author-approval", Level::Unknown, Some(Who::Writer)),
    ),
];

/// Every name that can be in a finding.
pub(super) fn ids() -> BTreeSet<&'static str> {
    let sealed: Vec<&str> = found(sealed()).iter().map(|one| one.id).collect();
    CASES.iter().map(|(_, _, (id, ..))| *id).chain(sealed).collect()
}

#[test]
fn every_weakening_is_named_and_nothing_else() {
    for (name, change, (id, level, who)) in CASES {
        let mut facts = sealed();
        change(&mut facts);
        let all: Vec<Diagnosis> = found(facts).into_iter().filter(|one| one.level != Level::Closed).collect();
        let hit = all.iter().find(|one| one.id == *id && one.level == *level && one.who == *who);
        let hit = hit.unwrap_or_else(|| panic!("{name}: no {level:?} {id} in {all:#?}"));
        assert!(hit.fix.as_ref().is_some_and(|fix| fix.len() > 10), "{name}: {hit:?}");
        assert!(all.len() <= 2, "{name}: {all:#?}");
    }
}

#[test]
fn rebasing_does_what_a_train_does() {
    for method in ["ff", "rebase_merge"] {
        let mut facts = sealed();
        facts.project.merge_trains = None;
        facts.project.merge_method = Some(method.to_owned());
        assert_eq!(overall(&found(facts)), Level::Closed, "{method}");
    }
}

#[test]
fn fixes_name_the_project_and_the_setting() {
    let mut facts = sealed();
    facts.project.pipeline_must_succeed = Some(false);
    let all = found(facts);
    let expected =
        "glab api --method PUT projects/acme%2Fshop --raw-field only_allow_merge_if_pipeline_succeeds=true";
    assert_eq!(all[0].fix.as_deref(), Some(expected));
}
