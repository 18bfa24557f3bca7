//! What is projected: fewer runs, shorter runs, fewer agents, fewer files, another environment.

use crate::base::RepoPath;
use crate::base::overlay::Put;
use crate::config::yaml::Value;
use crate::stage::selftest::edit::Doc;
use crate::stage::selftest::scene::{Edits, Scene, Weakening};

pub(super) const ALL: &[Weakening] = &[
    Weakening {
        id: "fewer-runs",
        what: "a workflow is said to run once a month",
        heads: |scene| each_workflow(scene, &|doc, path| doc.set(&[path, &["runs_per_month"]].concat(), "1")),
    },
    Weakening {
        id: "fewer-runs-assumed",
        what: "workflows are assumed to run once a month",
        heads: |scene| scene.policy(|doc| doc.set(&["assumptions", "runs_per_month"], "1")),
    },
    Weakening {
        id: "shorter-profile",
        what: "all runs are assumed to be short",
        heads: |scene| scene.policy(|doc| doc.set(&["assumptions", "profile"], "small")),
    },
    Weakening {
        id: "fewer-turns-assumed",
        what: "agents are assumed to take one turn",
        heads: |scene| scene.policy(|doc| doc.set(&["assumptions", "behaviour", "turns"], "1")),
    },
    Weakening {
        id: "fewer-turns",
        what: "an agent is said to take one turn",
        heads: |scene| each_step(scene, "turns", "1"),
    },
    Weakening {
        id: "less-output",
        what: "an agent is said to write ten tokens a turn",
        heads: |scene| each_step(scene, "output_per_turn", "10"),
    },
    Weakening {
        id: "less-input",
        what: "an agent is said to get ten tokens a turn",
        heads: |scene| each_step(scene, "input_per_turn", "10"),
    },
    Weakening {
        id: "cache-always-hit",
        what: "the prompt cache of an agent is said never to miss",
        heads: |scene| each_step(scene, "cache_hit", "1"),
    },
    Weakening {
        id: "seldom-called",
        what: "an agent is said to be called once in a thousand runs",
        heads: |scene| each_step(scene, "probability", "0.001"),
    },
    Weakening {
        id: "fewer-at-a-time",
        what: "agents that work side by side are said to be one",
        heads: |scene| each_step_that(scene, "parallel", &|doc, path| doc.set(path, "1")),
    },
    Weakening {
        id: "no-retries",
        what: "an agent is said never to try again",
        heads: |scene| each_step_that(scene, "retries", &|doc, path| doc.set(path, "0")),
    },
    Weakening {
        id: "fewer-rounds",
        what: "a phase is said to be gone through once",
        heads: |scene| {
            each_workflow(scene, &|doc, path| {
                let path = [path, &["phases", "0", "iterations"]].concat();
                doc.at(&path).and_then(|_| doc.set(&path, "1"))
            })
        },
    },
    Weakening {
        id: "cheaper-model-said",
        what: "an agent is said to run on a cheap model",
        heads: |scene| each_step(scene, "model", "claude-haiku-4-5"),
    },
    Weakening {
        id: "step-dropped",
        what: "one of several agents is dropped from a workflow",
        heads: |scene| {
            each_workflow(scene, &|doc, path| {
                let steps = [path, &["steps"]].concat();
                (doc.count(&steps) > 1).then(|| doc.remove(&[path, &["steps", "0"]].concat()))?
            })
        },
    },
    Weakening {
        id: "workflow-dropped",
        what: "a workflow is not projected any more",
        heads: |scene| each_workflow(scene, &|doc, path| doc.remove(path)),
    },
    Weakening {
        id: "workflows-dropped",
        what: "no workflow is projected any more",
        heads: |scene| scene.policy(|doc| doc.remove(&["workflows"])),
    },
    Weakening {
        id: "judge-expected",
        what: "the mean is held against budgets instead of what nine of ten stay below",
        heads: |scene| {
            scene.policy(|doc| {
                doc.scalar(&["gate", "judge"]).filter(|judge| *judge != "expected")?;
                doc.set(&["gate", "judge"], "expected")
            })
        },
    },
    Weakening {
        id: "unpriced-warns",
        what: "a model without a price is a warning only",
        heads: |scene| {
            scene.policy(|doc| {
                doc.scalar(&["gate", "unpriced"]).filter(|unpriced| *unpriced != "warn")?;
                doc.set(&["gate", "unpriced"], "warn")
            })
        },
    },
    Weakening {
        id: "files-excluded",
        what: "all files are excluded",
        heads: |scene| {
            scene.policy(|doc| match doc.at(&["files", "exclude"]).map(|node| &node.value) {
                Some(Value::Sequence(_)) | None => doc.set(&["files", "exclude"], "['**']"),
                _ => None,
            })
        },
    },
    Weakening {
        id: "agents-undeclared",
        what: "agents in folders of their own are not declared any more",
        heads: |scene| scene.policy(|doc| doc.remove(&["files", "agents"])),
    },
    Weakening {
        id: "commands-undeclared",
        what: "commands in folders of their own are not declared any more",
        heads: |scene| scene.policy(|doc| doc.remove(&["files", "commands"])),
    },
    Weakening {
        id: "client-dropped",
        what: "one of several clients is not judged for any more",
        heads: |scene| {
            scene.policy(|doc| (doc.count(&["clients"]) > 1).then(|| doc.remove(&["clients", "0"]))?)
        },
    },
    Weakening {
        id: "client-swapped",
        what: "it is judged for a client that reads next to nothing here",
        heads: |scene| scene.policy(|doc| doc.set(&["clients"], "[zed]")),
    },
    Weakening {
        id: "environment-switched",
        what: "another environment is in force",
        heads: |scene| scene.policy(|doc| doc.set(&["environment"], "local")),
    },
    Weakening {
        id: "environment-dropped",
        what: "no environment is in force",
        heads: |scene| scene.policy(|doc| doc.remove(&["environment"])),
    },
    Weakening {
        id: "environment-limits-raised",
        what: "the limits of an environment are ten times as high",
        heads: |scene| {
            scene.each_text(&limits(scene), |text| {
                let doc = Doc::parse(text)?;
                let figure =
                    doc.keys(&[]).into_iter().find(|key| doc.scalar(&[*key]).is_some_and(is_figure))?;
                super::budgets::raised(&doc, &[figure])
            })
        },
    },
    Weakening {
        id: "environment-limits-dropped",
        what: "the limits of an environment are deleted",
        heads: |scene| limits(scene).into_iter().map(|path| vec![(path, Put::Gone)]).collect(),
    },
    Weakening {
        id: "environment-limits-linked",
        what: "the limits of an environment are a link to a file of the same text, which is not read as limits",
        heads: |scene| {
            let moved = |path: RepoPath| {
                let target = path.parent().parent().join("limits.yaml")?;
                let text = scene.text(path.as_str())?;
                Some(vec![(target.clone(), Put::Text(text)), (path, Put::Link(target))])
            };
            limits(scene).into_iter().filter_map(moved).collect()
        },
    },
    Weakening {
        id: "environment-overrides-cheaper",
        what: "the overrides of an environment put all agents on a cheap model, and run them once a month",
        heads: |scene| {
            let overrides = scene.paths(|path| path.name().starts_with("model-overrides."));
            scene.each_text(&overrides, |_| Some("default: claude-haiku-4-5\nruns_per_month: 1\n".to_owned()))
        },
    },
    Weakening {
        id: "environment-planted",
        what: "the environment in force gets overrides it did not have",
        heads: |scene| {
            let Some(name) = scene.config.as_ref().and_then(|doc| doc.scalar(&["environment"])) else {
                return Vec::new();
            };
            scene.planted(&format!("environments/{name}/model-overrides.yaml"), "default: claude-haiku-4-5\n")
        },
    },
];

fn is_figure(text: &str) -> bool {
    text.parse::<rust_decimal::Decimal>().is_ok()
}

fn limits(scene: &Scene<'_>) -> Vec<RepoPath> {
    scene.paths(|path| {
        path.name().starts_with("budget-limits.") && path.parent().parent().name() == "environments"
    })
}

fn each_workflow(scene: &Scene<'_>, edit: &dyn Fn(&Doc, &[&str]) -> Option<String>) -> Vec<Edits> {
    let Some(doc) = &scene.config else { return Vec::new() };
    let names = doc.keys(&["workflows"]).into_iter();
    names.flat_map(|name| scene.policy(|doc| edit(doc, &["workflows", name]))).collect()
}

/// One copy for each step, with a value it did not have.
fn each_step(scene: &Scene<'_>, key: &str, value: &str) -> Vec<Edits> {
    steps(scene)
        .iter()
        .flat_map(|step| {
            let path: Vec<&str> = step.iter().map(String::as_str).chain([key]).collect();
            scene.policy(|doc| (doc.scalar(&path) != Some(value)).then(|| doc.set(&path, value))?)
        })
        .collect()
}

/// One copy for each step that says something under a key.
fn each_step_that(
    scene: &Scene<'_>,
    key: &str,
    edit: &dyn Fn(&Doc, &[&str]) -> Option<String>,
) -> Vec<Edits> {
    steps(scene)
        .iter()
        .flat_map(|step| {
            let path: Vec<&str> = step.iter().map(String::as_str).chain([key]).collect();
            scene.policy(|doc| doc.at(&path).and_then(|_| edit(doc, &path)))
        })
        .collect()
}

/// Where the steps of workflows stand.
fn steps(scene: &Scene<'_>) -> Vec<Vec<String>> {
    let Some(doc) = &scene.config else { return Vec::new() };
    let mut found = Vec::new();
    for name in doc.keys(&["workflows"]) {
        let phases = doc.count(&["workflows", name, "phases"]);
        let mut around = vec![vec!["workflows".to_owned(), name.to_owned(), "steps".to_owned()]];
        around.extend((0..phases).map(|phase| {
            ["workflows", name, "phases", &phase.to_string(), "steps"].map(str::to_owned).to_vec()
        }));
        for list in around {
            let path: Vec<&str> = list.iter().map(String::as_str).collect();
            for step in 0..doc.count(&path) {
                let mut path = list.clone();
                path.push(step.to_string());
                found.push(path);
            }
        }
    }
    found
}
