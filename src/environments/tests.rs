use super::*;
use crate::agent::{self, Repo, classify};
use crate::base::{BlobId, MemoryTree, Tree};
use crate::config::Declared;
use proptest::prelude::*;

fn environments(files: &[(&str, &str)]) -> Vec<Environments> {
    let tree = MemoryTree::new(files.iter().copied());
    let declared = Declared::default();
    let repo = Repo::new(tree.entries().iter().filter_map(|entry| {
        let kind = classify(&entry.path, &tree, &declared)?;
        let bytes = tree.read(&entry.path, 1 << 20).ok()?;
        Some(agent::read(&entry.path, kind, BlobId([0; 20]), &bytes).file)
    }));
    read(&tree, &repo)
}

fn one(files: &[(&str, &str)]) -> Environments {
    environments(files).remove(0)
}

/// `kind name: cells | standing`.
fn shown(environments: &Environments) -> Vec<String> {
    environments
        .rows()
        .iter()
        .map(|row| {
            let cells: Vec<&str> =
                row.cells.iter().map(|cell| cell.map_or("-", |cell| cell.shown.as_str())).collect();
            format!("{} {}: {} | {:?}", row.kind.name(), row.name, cells.join(", "), row.standing)
        })
        .collect()
}

#[test]
fn the_forms_people_write_are_one_row_each() {
    let found = one(&[
        (
            "environments/ci/model-overrides.yaml",
            "environment: ci\ndefault: haiku\nmodels: {resolver: claude-haiku-5-5}\n",
        ),
        (
            "environments/prod/model-overrides.yaml",
            "overrides:\n  resolver: {model: claude-opus-5-5, temperature: 0.2}\n",
        ),
        ("environments/dev/model-overrides.yaml", "resolver: claude-haiku-5-5\nverbose: true\n"),
        ("environments/ci/budget-limits.yaml", "cost: {per_run: 0.2}\nalerts: {at_percent: [50, 80]}\n"),
        ("environments/prod/budget-limits.yaml", "max_per_run_usd: 0.6\n"),
    ]);
    assert_eq!(found.list.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["dev", "ci", "prod"]);
    assert_eq!(
        shown(&found),
        [
            "model every agent: -, haiku, - | MayDiffer",
            "model resolver: claude-haiku-5-5, claude-haiku-5-5, claude-opus-5-5 | MayDiffer",
            "model resolver.temperature: -, -, 0.2 | MayDiffer",
            "budget alerts.at_percent: -, 50, 80, - | MayDiffer",
            "budget cost.per_run: -, 0.2, 0.6 | MayDiffer",
            "other verbose: true, -, - | MustNotDiffer",
        ]
    );
    let setting = &found.list[2].settings[&(Kind::Model, "resolver".to_owned())];
    assert_eq!(setting.model.as_deref(), Some("claude-opus-5-5"));
    assert_eq!(
        (setting.place.path.as_str(), setting.place.line()),
        ("environments/prod/model-overrides.yaml", 2)
    );
}

#[test]
fn secrets_are_names_and_never_values() {
    let found = one(&[
        (
            "environments/staging/model-overrides.yaml",
            "secrets: [DB_PASSWORD, OPENAI_API_KEY]\napi_key: hunter2-hunter2\nagents: {token: hunter3}\n",
        ),
        ("environments/prod/model-overrides.yaml", "data:\n  orders: postgres://bob:hunter4@db/orders\n"),
        (
            "environments/prod/secrets.yaml",
            "secrets:\n  DB_PASSWORD: hunter5\n  OPENAI_API_KEY: ${PROD_OPENAI}\n  LIST: [hunter6, {name: x y}]\n",
        ),
        ("environments/prod/.env.example", "# a comment=1\nexport LOG_LEVEL=\nGH_TOKEN=hunter7\n"),
        ("environments/prod/.env.production", "GH_TOKEN=hunter8\nEMPTY_TOKEN=\n"),
    ]);
    assert_eq!(
        shown(&found),
        [
            "data source orders: -, postgres://…@db/orders | MayDiffer",
            "secret DB_PASSWORD: named, set | Same",
            "secret EMPTY_TOKEN: -, empty | MayDiffer",
            "secret GH_TOKEN: -, set | MayDiffer",
            "secret LIST: -, set | MayDiffer",
            "secret OPENAI_API_KEY: named, ${PROD_OPENAI} | Same",
            "secret api_key: set, - | MayDiffer",
            "secret token: set, - | MayDiffer",
            "variable LOG_LEVEL: -, named | MayDiffer",
        ]
    );
    assert!(!format!("{found:?}").contains("hunter"), "{found:?}");
}

#[test]
fn other_tools_keep_their_environments() {
    assert!(
        environments(&[("environments/prod/main.tf", "x"), ("environments/prod/values.yaml", "a: 1\n")])
            .is_empty()
    );
    let found = one(&[
        ("environments/prod/values.yaml", "a: 1\n"),
        ("environments/prod/budget-limits.yaml", "per_run: 1\n"),
        ("environments/prod/deep/budget-limits.yaml", "per_run: 2\n"),
    ]);
    assert_eq!(shown(&found), ["budget cost.per_run: 1 | Same"]);
}

#[test]
fn what_cannot_be_read_is_said_with_its_line() {
    let found = one(&[
        ("environments/ci/model-overrides.yaml", "a: 1\nb: [\n"),
        ("environments/README.md", "- staging: none\n"),
    ]);
    assert!(found.list[0].faults[0].starts_with("environments/ci/model-overrides.yaml:"), "{found:?}");
    assert_eq!(found.absent, ["staging"]);
    let absent = |text: &str| {
        one(&[("environments/prod/budget-limits.yaml", "per_run: 1\n"), ("environments/README.md", text)])
            .absent
    };
    assert_eq!(absent("- local: none, developers use CI\n- prod: none of it is public\n"), ["local"]);
    assert_eq!(absent("There is no staging environment.\n| ci | not needed |\n"), ["ci", "staging"]);
    assert!(absent("Decisions: none. No production data here.\n").is_empty());
    let many: Vec<String> = (0..1500).map(|at| format!("agent-{at}: claude-haiku-5-5\n")).collect();
    let many = many.concat();
    let found = one(&[("environments/ci/model-overrides.yaml", &many)]);
    assert_eq!((found.list[0].settings.len(), found.list[0].faults.len()), (1_000, 1));
}

#[test]
fn amounts_are_compared_as_amounts() {
    let files = |one: &'static str, other: &'static str| {
        one_row(&[
            ("environments/ci/budget-limits.yaml", one),
            ("environments/prod/budget-limits.yaml", other),
        ])
    };
    assert!(files("per_month: 4_000.50\n", "per_month: $4,000.5\n").ends_with("Same"));
    assert!(files("per_month: 4000\n", "per_month: 4001\n").ends_with("MayDiffer"));
    assert!(files("at: soon\n", "at: late\n").ends_with("MayDiffer"));
}

fn one_row(files: &[(&str, &str)]) -> String {
    shown(&one(files)).remove(0)
}

proptest! {
    #[test]
    fn any_text_is_read_and_nothing_that_hides_gets_through(text in "(\\PC|[\u{0}-\u{1f}\u{202a}-\u{202e}\n:]){0,200}") {
        for name in ["model-overrides.yaml", "budget-limits.yaml"] {
            let path = format!("environments/ci/{name}");
            for found in environments(&[(&path, &text), ("environments/ci/.env.example", &text)]) {
                for row in found.rows() {
                    for cell in row.cells.iter().flatten() {
                        prop_assert!(!cell.shown.chars().any(crate::base::text::is_deceptive));
                        // Made visible after it was cut: each character may take ten.
                        prop_assert!(cell.shown.chars().count() <= 1_200);
                    }
                }
            }
        }
    }

    /// Whatever stands beside a name that speaks of a secret, no piece of it is kept.
    #[test]
    fn no_value_of_a_secret_is_kept(value in "[a-zA-Z0-9/+]{12,40}", name in prop::sample::select(vec!["api_key", "DB_PASSWORD", "clientSecret", "GH_TOKEN"])) {
        let value = format!("Zq9{value}");
        let yaml = format!("{name}: {value}\nagents:\n  {name}: {value}\n  a: {{model: haiku, {name}: {value}}}\nsecrets:\n  X: {value}\n  Y: [{value}]\n");
        let env = format!("{name}={value}\nPLAIN={value}\n");
        let found = environments(&[("environments/ci/model-overrides.yaml", &yaml), ("environments/ci/.env", &env), ("environments/ci/secrets.yaml", &yaml)]);
        prop_assert!(!format!("{found:?}").contains("Zq9"), "{found:?}");
    }
}
