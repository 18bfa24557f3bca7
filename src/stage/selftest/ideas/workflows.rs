//! The jobs that run the gate: gone, renamed, switched off, harmless.

use crate::base::RepoPath;
use crate::base::overlay::Put;
use crate::config::yaml::Value;
use crate::stage::selftest::edit::Doc;
use crate::stage::selftest::scene::{Edits, Scene, Weakening};

pub(super) const ALL: &[Weakening] = &[
    Weakening {
        id: "workflow-deleted",
        what: "a file that runs the gate is deleted",
        heads: |scene| scene.pipelines.iter().map(|(path, _)| vec![(path.clone(), Put::Gone)]).collect(),
    },
    Weakening {
        id: "workflow-laid-aside",
        what: "a file that runs the gate gets an ending no forge reads",
        heads: |scene| {
            let moved = |(path, doc): &(RepoPath, Doc)| {
                let aside = RepoPath::new(&format!("{path}.off"))?;
                Some(vec![(path.clone(), Put::Gone), (aside, Put::Text(doc.text().to_owned()))])
            };
            scene.pipelines.iter().filter_map(moved).collect()
        },
    },
    Weakening {
        id: "job-deleted",
        what: "a job that runs the gate is deleted",
        heads: |scene| each_job(scene, &|doc, job| doc.remove(job)),
    },
    Weakening {
        id: "job-renamed",
        what: "a job that runs the gate has another name, so that its check has",
        heads: |scene| each_job(scene, &|doc, job| doc.rename(job, "lint")),
    },
    Weakening {
        id: "check-renamed",
        what: "a job that runs the gate shows another name",
        heads: |scene| each_job_value(scene, &["name"], "Lint"),
    },
    Weakening {
        id: "job-off",
        what: "a job that runs the gate is switched off",
        heads: |scene| github(scene, &["if"], "false"),
    },
    Weakening {
        id: "job-may-fail",
        what: "a job that runs the gate may fail",
        heads: |scene| github(scene, &["continue-on-error"], "true"),
    },
    Weakening {
        id: "job-elsewhere",
        what: "a job that runs the gate runs on a machine of the author's",
        heads: |scene| github(scene, &["runs-on"], "[self-hosted, mallory]"),
    },
    Weakening {
        id: "job-with-another-policy",
        what: "the environment of a job names another configuration",
        heads: |scene| github(scene, &["env", "WEIGHBRIDGE_CONFIG"], "docs/loose.yaml"),
    },
    Weakening {
        id: "rights-widened",
        what: "a workflow may write everything",
        heads: |scene| {
            scene.each_pipeline(|doc| doc.at(&["jobs"]).and_then(|_| doc.set(&["permissions"], "write-all")))
        },
    },
    Weakening {
        id: "rights-of-a-job-widened",
        what: "a job that runs the gate may write everything",
        heads: |scene| github(scene, &["permissions"], "write-all"),
    },
    Weakening {
        id: "rights-dropped",
        what: "a job that runs the gate may not write the check any more",
        heads: |scene| {
            each_job(scene, &|doc, job| {
                let path = [job, &["permissions", "checks"]].concat();
                doc.at(&path).and_then(|_| doc.set(&path, "none"))
            })
        },
    },
    Weakening {
        id: "step-deleted",
        what: "the step that runs the gate is deleted",
        heads: |scene| each_step(scene, &|doc, step| doc.remove(step)),
    },
    Weakening {
        id: "step-off",
        what: "the step that runs the gate is switched off",
        heads: |scene| each_step_value(scene, &["if"], "false"),
    },
    Weakening {
        id: "step-may-fail",
        what: "the step that runs the gate may fail",
        heads: |scene| each_step_value(scene, &["continue-on-error"], "true"),
    },
    Weakening {
        id: "action-unpinned",
        what: "the action is that of a branch",
        heads: |scene| each_uses(scene, &|uses| uses.split_once('@').map(|(name, _)| format!("{name}@main"))),
    },
    Weakening {
        id: "action-of-another",
        what: "the action is that of another account",
        heads: |scene| {
            each_uses(scene, &|uses| uses.split_once('/').map(|(_, rest)| format!("mallory/{rest}")))
        },
    },
    Weakening {
        id: "only-validates",
        what: "the gate only checks files",
        heads: |scene| {
            both(
                each_input(scene, "command", "validate"),
                each_run(scene, &|run| {
                    run.contains("weighbridge run")
                        .then(|| run.replace("weighbridge run", "weighbridge validate"))
                }),
            )
        },
    },
    Weakening {
        id: "exit-zero",
        what: "the gate ends well whatever it finds",
        heads: |scene| {
            each_run(scene, &|run| {
                run.contains("weighbridge run")
                    .then(|| run.replace("weighbridge run", "weighbridge run --exit-zero"))
            })
        },
    },
    Weakening {
        id: "failure-swallowed",
        what: "what the gate ends with is thrown away",
        heads: |scene| each_run(scene, &|run| Some(format!("{} || true", run.trim_end()))),
    },
    Weakening {
        id: "posts-nothing",
        what: "the gate writes no check",
        heads: |scene| {
            both(
                each_input(scene, "post", "never"),
                each_run(scene, &|run| {
                    run.contains("weighbridge run")
                        .then(|| run.replace("weighbridge run", "weighbridge run --post never"))
                }),
            )
        },
    },
    Weakening {
        id: "looks-elsewhere",
        what: "the gate judges a folder without agents",
        heads: |scene| each_input(scene, "path", "docs"),
    },
    Weakening {
        id: "another-policy",
        what: "the gate takes its configuration from another file",
        heads: |scene| each_input(scene, "config", "docs/loose.yaml"),
    },
    Weakening {
        id: "another-base",
        what: "the gate compares the change with itself",
        heads: |scene| each_input(scene, "base", "HEAD"),
    },
    Weakening {
        id: "another-head",
        what: "the gate judges the target branch instead of the change",
        heads: |scene| each_input(scene, "head", "origin/main"),
    },
    Weakening {
        id: "another-client",
        what: "the gate judges for a client that reads next to nothing here",
        heads: |scene| each_input(scene, "clients", "zed"),
    },
    Weakening {
        id: "gitlab-include-deleted",
        what: "GitLab does not include the gate any more",
        heads: |scene| each_include(scene, &|doc, include| doc.remove(include)),
    },
    Weakening {
        id: "gitlab-may-fail",
        what: "the gate may fail in GitLab",
        heads: |scene| {
            both(
                each_include_input(scene, "allow-failure", "true"),
                each_gitlab_job(scene, &|doc, job| doc.set(&[job, "allow_failure"], "true")),
            )
        },
    },
    Weakening {
        id: "gitlab-posts-nothing",
        what: "the gate writes nothing in GitLab",
        heads: |scene| each_include_input(scene, "post", "never"),
    },
    Weakening {
        id: "gitlab-decides-nothing",
        what: "nothing is decided in GitLab",
        heads: |scene| {
            each_include(scene, &|doc, include| doc.remove(&[include, &["inputs", "decide"]].concat()))
        },
    },
    Weakening {
        id: "gitlab-job-off",
        what: "a job that runs the gate never runs in GitLab",
        heads: |scene| each_gitlab_job(scene, &|doc, job| doc.set(&[job, "rules"], "[{when: never}]")),
    },
    Weakening {
        id: "gitlab-pipelines-off",
        what: "GitLab makes no pipelines for merge requests",
        heads: |scene| {
            let only = |doc: &Doc| {
                doc.at(&["jobs"]).is_none().then(|| {
                    doc.set(
                        &["workflow"],
                        "{rules: [{if: '$CI_MERGE_REQUEST_IID', when: never}, {when: always}]}",
                    )
                })?
            };
            let edits = scene.each_pipeline(only).into_iter();
            edits.filter(|edits| edits.iter().all(|(path, _)| path.name().contains("gitlab-ci"))).collect()
        },
    },
];

fn both(mut one: Vec<Edits>, other: Vec<Edits>) -> Vec<Edits> {
    one.extend(other);
    one
}

fn is_ours(text: &str) -> bool {
    text.to_lowercase().contains("weighbridge")
}

/// Where the steps that run the gate stand.
fn steps(doc: &Doc) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for job in doc.keys(&["jobs"]) {
        for step in 0..doc.count(&["jobs", job, "steps"]) {
            let path = ["jobs", job, "steps", &step.to_string()].map(str::to_owned).to_vec();
            let says = |key: &str| {
                let path: Vec<&str> = path.iter().map(String::as_str).chain([key]).collect();
                doc.scalar(&path).is_some_and(is_ours)
            };
            if says("uses") || says("run") {
                found.push(path);
            }
        }
    }
    found
}

/// One copy for each thing of a pipeline file.
fn each(
    scene: &Scene<'_>,
    things: impl Fn(&Doc) -> Vec<Vec<String>>,
    edit: &dyn Fn(&Doc, &[&str]) -> Option<String>,
) -> Vec<Edits> {
    let of = |(path, doc): &(RepoPath, Doc)| {
        let edited = things(doc).into_iter().filter_map(|thing| {
            let thing: Vec<&str> = thing.iter().map(String::as_str).collect();
            let text = edit(doc, &thing).filter(|text| text != doc.text())?;
            Some(vec![(path.clone(), Put::Text(text))])
        });
        edited.collect::<Vec<Edits>>()
    };
    scene.pipelines.iter().flat_map(of).collect()
}

fn each_step(scene: &Scene<'_>, edit: &dyn Fn(&Doc, &[&str]) -> Option<String>) -> Vec<Edits> {
    each(scene, steps, edit)
}

fn each_step_value(scene: &Scene<'_>, key: &[&str], value: &str) -> Vec<Edits> {
    each_step(scene, &|doc, step| other(doc, &[step, key].concat(), value))
}

/// With a value that did not stand there.
fn other(doc: &Doc, path: &[&str], value: &str) -> Option<String> {
    (doc.scalar(path) != Some(value)).then(|| doc.set(path, value))?
}

fn each_job(scene: &Scene<'_>, edit: &dyn Fn(&Doc, &[&str]) -> Option<String>) -> Vec<Edits> {
    let jobs = |doc: &Doc| {
        let with_steps = steps(doc);
        let of = |job: &&str| {
            with_steps.iter().any(|step| step.get(1).is_some_and(|name| name == job))
                || doc.scalar(&["jobs", job, "uses"]).is_some_and(is_ours)
        };
        let jobs = doc.keys(&["jobs"]).into_iter().filter(of);
        jobs.map(|job| vec!["jobs".to_owned(), job.to_owned()]).collect()
    };
    each(scene, jobs, edit)
}

fn each_job_value(scene: &Scene<'_>, key: &[&str], value: &str) -> Vec<Edits> {
    each_job(scene, &|doc, job| other(doc, &[job, key].concat(), value))
}

/// What only jobs of GitHub have; its jobs stand under `jobs`.
fn github(scene: &Scene<'_>, key: &[&str], value: &str) -> Vec<Edits> {
    each_job_value(scene, key, value)
}

/// The action of a step, edited.
fn each_uses(scene: &Scene<'_>, edit: &dyn Fn(&str) -> Option<String>) -> Vec<Edits> {
    each_step(scene, &|doc, step| {
        let path = [step, &["uses"]].concat();
        doc.set(&path, &edit(doc.scalar(&path)?)?)
    })
}

/// An input of a step that uses the action.
fn each_input(scene: &Scene<'_>, input: &str, value: &str) -> Vec<Edits> {
    each_step(scene, &|doc, step| {
        doc.at(&[step, &["uses"]].concat())?;
        other(doc, &[step, &["with", input]].concat(), value)
    })
}

/// What a step or a job of GitLab runs, edited.
fn each_run(scene: &Scene<'_>, edit: &dyn Fn(&str) -> Option<String>) -> Vec<Edits> {
    let github = each_step(scene, &|doc, step| {
        let path = [step, &["run"]].concat();
        doc.set(&path, &quoted(&edit(doc.scalar(&path)?)?)?)
    });
    let gitlab = each_gitlab_job(scene, &|doc, job| {
        let mut lines = 0..doc.count(&[job, "script"]);
        lines.find_map(|line| {
            let line = line.to_string();
            let path = [job, "script", &line];
            let text = doc.scalar(&path).filter(|text| is_ours(text))?;
            doc.set(&path, &quoted(&edit(text)?)?)
        })
    });
    both(github, gitlab)
}

/// A text in quotes, on one line.
fn quoted(text: &str) -> Option<String> {
    serde_json::to_string(text).ok()
}

/// What GitLab includes that is the gate.
fn each_include(scene: &Scene<'_>, edit: &dyn Fn(&Doc, &[&str]) -> Option<String>) -> Vec<Edits> {
    let includes = |doc: &Doc| {
        let all = (0..doc.count(&["include"])).map(|at| vec!["include".to_owned(), at.to_string()]);
        all.filter(|path| {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            doc.at(&path).is_some_and(|node| match &node.value {
                Value::Mapping(pairs) => pairs.iter().any(|(_, value)| value.text().is_some_and(is_ours)),
                _ => node.text().is_some_and(is_ours),
            })
        })
        .collect()
    };
    each(scene, includes, edit)
}

fn each_include_input(scene: &Scene<'_>, input: &str, value: &str) -> Vec<Edits> {
    each_include(scene, &|doc, include| {
        doc.at(include).filter(|node| !node.pairs().is_empty())?;
        other(doc, &[include, &["inputs", input]].concat(), value)
    })
}

/// The jobs of GitLab that run the gate themselves.
fn each_gitlab_job(scene: &Scene<'_>, edit: &dyn Fn(&Doc, &str) -> Option<String>) -> Vec<Edits> {
    let jobs = |doc: &Doc| {
        let runs = |job: &&str| {
            let lines = doc.at(&[*job, "script"]).map(crate::config::yaml::Node::strings);
            lines.is_some_and(|lines| lines.iter().any(|line| is_ours(line)))
        };
        doc.keys(&[]).into_iter().filter(runs).map(|job| vec![job.to_owned()]).collect()
    };
    each(scene, jobs, &|doc, job| edit(doc, job.first()?))
}
