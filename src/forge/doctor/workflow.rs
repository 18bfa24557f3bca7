//! A workflow file of GitHub Actions, as far as it matters to the gate. Pure: text in, value out.

use serde_yaml::Value;
use std::collections::BTreeSet;

/// Names of secrets that are kept of one job.
const MAX_SECRETS: usize = 50;

/// One file of `.github/workflows`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workflow {
    /// Its path.
    pub path: String,
    /// What starts it.
    pub triggers: Vec<Trigger>,
    /// Its jobs.
    pub jobs: Vec<Job>,
}

/// What starts a workflow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trigger {
    /// Name of the event.
    pub event: String,
    /// It has `paths` or `paths-ignore`.
    pub paths: bool,
    /// Literal names and patterns in `branches`.
    pub branches: Vec<String>,
}

/// A job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about a job, each asked for by name")]
pub struct Job {
    /// Its key.
    pub id: String,
    /// Its name, which is the name of its check.
    pub name: Option<String>,
    /// It runs Weighbridge.
    pub gate: bool,
    /// It lets Weighbridge post.
    pub posts: bool,
    /// Actions and reusable workflows it uses, as written.
    pub uses: Vec<String>,
    /// Scopes the token may write; `None` when the file does not say.
    pub writes: Option<BTreeSet<String>>,
    /// Secrets besides the job's own token; `*` for all.
    pub secrets: BTreeSet<String>,
    /// The environment it runs in.
    pub environment: Option<String>,
    /// It checks out something.
    pub checks_out: bool,
    /// It checks out the head of a change by name, which in events of the default branch is foreign code.
    pub checks_out_head: bool,
    /// It, or its step, may fail without failing the run.
    pub may_fail: bool,
}

impl Job {
    /// Whether its token may write, given what the repository gives by default. `None`: cannot be told.
    pub fn may_write(&self, default: Option<bool>) -> Option<bool> {
        self.writes.as_ref().map(|scopes| !scopes.is_empty()).or(default)
    }
}

impl Workflow {
    /// Reads a file.
    ///
    /// # Errors
    /// When it is not YAML, or no workflow.
    pub fn parse(path: &str, text: &str) -> Result<Self, String> {
        let root: Value = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
        // YAML 1.1 readers take the key `on` for a truth value.
        let on = root.get("on").or_else(|| root.get(Value::Bool(true)));
        let on = on.ok_or_else(|| "it has no `on`".to_owned())?;
        let jobs = root.get("jobs").and_then(Value::as_mapping).ok_or_else(|| "it has no jobs".to_owned())?;
        let inherited = Inherited {
            writes: root.get("permissions").map(writes),
            secrets: root.get("env").map(secrets).unwrap_or_default(),
        };
        Ok(Self {
            path: path.to_owned(),
            triggers: triggers(on),
            jobs: jobs.iter().map(|(id, job)| inherited.job(&scalar(id), job)).collect(),
        })
    }

    /// The trigger of an event.
    pub fn trigger(&self, event: &str) -> Option<&Trigger> {
        self.triggers.iter().find(|trigger| trigger.event == event)
    }

    /// Jobs that run Weighbridge.
    pub fn gates(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter().filter(|job| job.gate)
    }
}

/// What jobs take from the top of the file.
struct Inherited {
    writes: Option<BTreeSet<String>>,
    secrets: BTreeSet<String>,
}

impl Inherited {
    fn job(&self, id: &str, job: &Value) -> Job {
        let steps: Vec<&Value> = job
            .get("steps")
            .and_then(Value::as_sequence)
            .map(|steps| steps.iter().collect())
            .unwrap_or_default();
        let uses: Vec<String> =
            std::iter::once(job).chain(steps.iter().copied()).filter_map(|at| text(at, "uses")).collect();
        let gates: Vec<&Value> =
            steps.iter().copied().chain(std::iter::once(job)).filter(|step| is_gate(step)).collect();
        let checkouts = || steps.iter().filter(|step| text(step, "uses").is_some_and(|it| is_checkout(&it)));
        let by_hand = steps.iter().filter_map(|step| text(step, "run")).any(|script| fetches_head(&script));
        let environment = job.get("environment");
        let mut found = secrets(job);
        found.extend(self.secrets.iter().cloned());
        if job.get("secrets").and_then(Value::as_str) == Some("inherit") {
            found.insert("*".to_owned());
        }
        Job {
            id: id.to_owned(),
            name: text(job, "name"),
            gate: !gates.is_empty(),
            posts: gates.iter().any(|step| posts(step)),
            uses,
            writes: job.get("permissions").map(writes).or_else(|| self.writes.clone()),
            secrets: found.into_iter().take(MAX_SECRETS).collect(),
            environment: environment
                .and_then(|it| it.as_str().map(str::to_owned).or_else(|| text(it, "name"))),
            checks_out: by_hand || checkouts().next().is_some(),
            checks_out_head: by_hand || checkouts().any(|step| step.get("with").is_some_and(names_head)),
            may_fail: std::iter::once(job).chain(gates.iter().copied()).any(lets_fail),
        }
    }
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// All strings of a value.
fn strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Sequence(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Mapping(pairs) => pairs.iter().for_each(|(_, item)| strings(item, found)),
        Value::Tagged(tagged) => strings(&tagged.value, found),
        _ => {}
    }
}

fn triggers(on: &Value) -> Vec<Trigger> {
    let plain = |event: String| Trigger { event, ..Trigger::default() };
    match on {
        Value::String(event) => vec![plain(event.clone())],
        Value::Sequence(events) => events.iter().map(|event| plain(scalar(event))).collect(),
        Value::Mapping(events) => events
            .iter()
            .map(|(event, terms)| {
                let mut branches = Vec::new();
                if let Some(listed) = terms.get("branches") {
                    strings(listed, &mut branches);
                }
                let paths = terms.get("paths").is_some() || terms.get("paths-ignore").is_some();
                Trigger { event: scalar(event), paths, branches }
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// What a token may write by a `permissions` value.
fn writes(permissions: &Value) -> BTreeSet<String> {
    match permissions {
        Value::String(word) if word == "write-all" => std::iter::once("everything".to_owned()).collect(),
        Value::Mapping(scopes) => scopes
            .iter()
            .filter(|(_, level)| level.as_str() == Some("write"))
            .map(|(scope, _)| scalar(scope))
            // To ask for an identity writes nothing in the repository.
            .filter(|scope| scope != "id-token")
            .collect(),
        _ => BTreeSet::new(),
    }
}

/// Secrets that expressions name, but for the job's own token.
fn secrets(value: &Value) -> BTreeSet<String> {
    let mut texts = Vec::new();
    strings(value, &mut texts);
    let mut found = BTreeSet::new();
    for expression in texts.iter().flat_map(|text| text.split("${{").skip(1)) {
        let expression = expression.split("}}").next().unwrap_or_default();
        for (at, _) in expression.match_indices("secrets") {
            let before = expression.get(..at).and_then(|start| start.chars().next_back());
            if before.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '\'')) {
                continue;
            }
            let rest = expression.get(at + "secrets".len()..).unwrap_or_default().trim_start();
            let name: String = match (rest.strip_prefix('.'), rest.strip_prefix("['")) {
                (Some(rest), _) | (None, Some(rest)) => {
                    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
                }
                (None, None) => "*".to_owned(),
            };
            if !name.is_empty() && !name.eq_ignore_ascii_case("GITHUB_TOKEN") {
                found.insert(name);
            }
        }
    }
    found
}

/// A step, or a job that calls a reusable workflow, that is Weighbridge.
fn is_gate(step: &Value) -> bool {
    let by_name = text(step, "uses").is_some_and(|uses| {
        let name = uses.split('@').next().unwrap_or_default();
        name.split('/').any(|part| part.split(':').next().unwrap_or_default().contains("weighbridge"))
    });
    by_name || text(step, "run").is_some_and(|script| script.lines().any(runs_gate))
}

/// A line that runs `weighbridge` with a command that judges, by whatever path.
fn runs_gate(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    words.windows(2).any(|pair| {
        let program = pair.first().map_or("", |word| word.rsplit('/').next().unwrap_or(word));
        let command = pair.get(1).copied().unwrap_or_default();
        // `docker run ghcr.io/..weighbridge:TAG run` as well.
        let program = program.split([':', '@']).next().unwrap_or(program);
        program == "weighbridge" && matches!(command, "run" | "validate" | "cost" | "decide")
    })
}

fn posts(step: &Value) -> bool {
    let never = |at: &str, key: &str| {
        step.get(at).and_then(|with| with.get(key)).is_some_and(|value| scalar(value) == "never")
    };
    let script = text(step, "run").unwrap_or_default();
    let quiet = ["--post never", "--post=never", "--dry-run"].iter().any(|option| script.contains(option));
    !(never("with", "post") || never("env", "WEIGHBRIDGE_POST") || quiet)
}

fn is_checkout(uses: &str) -> bool {
    uses.split('@').next().is_some_and(|name| name.ends_with("/checkout"))
}

/// What names the head of a change in the inputs of a checkout.
const MARKS: [&str; 7] = [
    "pull_request.head",
    "head_ref",
    "head_sha",
    "head_branch",
    "refs/pull/",
    "workflow_run.head",
    "merge_commit_sha",
];

/// Whether the inputs of a checkout name the head of a change.
fn names_head(with: &Value) -> bool {
    let mut texts = Vec::new();
    strings(with, &mut texts);
    texts.iter().any(|text| MARKS.iter().any(|mark| text.contains(mark)))
}

/// Whether a script puts the head of a change into the working tree. Fetching it as data does not.
fn fetches_head(script: &str) -> bool {
    script.lines().any(|line| {
        line.contains("gh pr checkout")
            || (line.contains("FETCH_HEAD")
                && ["checkout", "switch", "merge", "reset", "worktree"]
                    .iter()
                    .any(|word| line.contains(word)))
    })
}

fn lets_fail(at: &Value) -> bool {
    // An expression may come out as true.
    at.get("continue-on-error").is_some_and(|value| !matches!(value, Value::Bool(false)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped(name: &str) -> Workflow {
        let text = match name {
            "pull-request" => include_str!("../../../examples/workflows/github-pull-request.yml"),
            "evaluate" => include_str!("../../../examples/workflows/github-fork-safe-evaluate.yml"),
            _ => include_str!("../../../examples/workflows/github-fork-safe-decide.yml"),
        };
        Workflow::parse(name, text).unwrap()
    }

    #[test]
    fn the_shipped_workflows_are_understood() {
        let single = shipped("pull-request");
        let job = single.gates().next().unwrap();
        assert!(job.posts && job.checks_out && !job.checks_out_head && job.secrets.is_empty());
        let scopes: Vec<&str> = job.writes.iter().flatten().map(String::as_str).collect();
        assert_eq!(scopes, ["checks", "pull-requests"]);
        assert!(single.trigger("pull_request").is_some_and(|trigger| !trigger.paths));

        let evaluate = shipped("evaluate");
        let job = evaluate.gates().next().unwrap();
        assert!(!job.posts && job.may_write(Some(true)) == Some(false));

        let decide = shipped("decide");
        let job = decide.gates().next().unwrap();
        assert!(job.posts && !job.checks_out && job.secrets.is_empty(), "{job:?}");
        for event in ["pull_request_target", "issue_comment", "workflow_run", "merge_group"] {
            assert!(decide.trigger(event).is_some(), "{event}");
        }
    }

    #[test]
    fn triggers_have_three_forms() {
        let events = |on: &str| -> Vec<String> {
            let text = format!("{on}\njobs: {{a: {{}}}}");
            Workflow::parse("x", &text).unwrap().triggers.into_iter().map(|trigger| trigger.event).collect()
        };
        assert_eq!(events("on: push"), ["push"]);
        assert_eq!(events("on: [push, merge_group]"), ["push", "merge_group"]);
        assert_eq!(events("'on': {push: , pull_request: {paths: [a]}}"), ["push", "pull_request"]);
        assert_eq!(events("true: push"), ["push"]);
        assert!(Workflow::parse("x", "jobs: {}").is_err() && Workflow::parse("x", "on: [").is_err());
    }

    #[test]
    fn jobs_say_what_they_may() {
        let one = |job: &str| {
            let text = format!("on: push\npermissions: read-all\njobs:\n  a: {job}");
            Workflow::parse("x", &text).unwrap().jobs.remove(0)
        };
        let secrets = |job: &str| one(job).secrets.into_iter().collect::<Vec<_>>();
        assert_eq!(secrets("{env: {A: '${{ secrets.KEY }}', B: '${{ secrets.GITHUB_TOKEN }}'}}"), ["KEY"]);
        assert_eq!(secrets("{env: {A: \"${{ toJSON(secrets) }}\"}}"), ["*"]);
        assert_eq!(secrets("{env: {A: \"${{ secrets['KEY'] }} ${{ inputs.secrets }}\"}}"), ["KEY"]);
        assert_eq!(secrets("{uses: o/r/.github/workflows/x.yml@v1, secrets: inherit}"), ["*"]);
        assert_eq!(secrets("{steps: [{run: 'echo secrets.KEY'}]}"), [""; 0]);
        assert_eq!(one("{permissions: write-all}").may_write(None), Some(true));
        assert_eq!(one("{permissions: {id-token: write}}").may_write(Some(true)), Some(false));
        assert_eq!(one("{}").may_write(Some(true)), Some(false), "the file says read-all");
        assert_eq!(one("{environment: {name: gate}}").environment.as_deref(), Some("gate"));
        assert!(one("{continue-on-error: true}").may_fail && !one("{continue-on-error: false}").may_fail);
        assert!(one("{steps: [{run: 'gh pr checkout 7'}]}").checks_out_head);
        let by_ref = "{steps: [{uses: actions/checkout@v4, with: {ref: '${{ github.event.pull_request.head.sha }}'}}]}";
        assert!(one(by_ref).checks_out_head);
    }

    #[test]
    fn the_gate_is_found_in_every_form() {
        let gate = |step: &str| {
            let text = format!("on: push\njobs:\n  a:\n    steps:\n      - {step}");
            Workflow::parse("x", &text).unwrap().jobs.remove(0)
        };
        for step in [
            "uses: weighbridge-dev/weighbridge@v1",
            "uses: mirror/weighbridge/action@0123",
            "uses: docker://ghcr.io/weighbridge-dev/weighbridge:0.1.0",
            "run: ./bin/weighbridge decide --change 7",
            "run: docker run -v .:/w ghcr.io/weighbridge-dev/weighbridge:0.1.0 run",
        ] {
            assert!(gate(step).gate, "{step}");
        }
        for step in ["run: echo weighbridge is fine", "uses: actions/checkout@v4", "run: weighbridge doctor"]
        {
            assert!(!gate(step).gate, "{step}");
        }
        assert!(!gate("run: weighbridge run --post never").posts && gate("run: weighbridge run").posts);
    }
}
