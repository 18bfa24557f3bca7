use super::*;
use crate::agent::team::{self, File};
use crate::cost::assumed::Origin;
use crate::cost::tokens::weigh;

fn read(files: &[(&str, &str)]) -> Team {
    let files: Vec<(RepoPath, &str)> =
        files.iter().map(|(path, text)| (RepoPath::new(path).unwrap(), *text)).collect();
    let files: Vec<File<'_>> = files.iter().map(|(path, text)| File { path, text }).collect();
    team::read(&RepoPath::new("t").unwrap(), &files)
}

fn totals(step: &Step) -> (String, String) {
    let Behaviour::Totals { input, output } = &step.behaviour else { panic!("turns") };
    (input.value.normalize().to_string(), output.value.normalize().to_string())
}

const CREW: &str = "# Crew\n\n### Cook\n- **Model:** Opus 4.6\n- **Token budget:** ~40K\n\n### Waiter\n- **Model:** Haiku 4.5\n- **Token budget:** 8K tokens\n";

#[test]
fn rows_of_a_phase_are_steps() {
    let costs = "| Stage | Tokens in | Tokens out | Cost |\n|--|--|--|--|\n| Cooking | 30K | 10K | $1 |\n| Serving | 5K | 3K | $1 |\n| Washing up | ~included | ~included | ~included |\n\n### Stage 1: Cooking\n\n| Who | LLM | Tokens in | Tokens out |\n|--|--|--|--|\n| Cook | Opus 4.6 | 28K | 10K |\n| Waiter | Haiku 4.5 | 2K | 0.5K |\n";
    let flow = "# Flow\n\n## Stage 2: Serving (one by one)\n\n### Waiter\n";
    let team = read(&[
        ("t/TEAM_SPEC.md", CREW),
        ("t/cost-analysis.md", costs),
        ("t/ORCHESTRATION.md", flow),
        ("t/agents/cook/AGENTS.md", "# Cook\n"),
    ]);
    let found = workflow(&team, Client::ClaudeCode, &|_| Some(weigh("# Cook\n"))).unwrap();
    assert_eq!((found.name.as_str(), found.source.as_str()), ("t", "t/cost-analysis.md:3"));
    let names: Vec<&str> = found.phases.iter().map(|phase| phase.name.as_str()).collect();
    assert_eq!(names, ["Cooking", "Serving"]);
    let cooking = &found.phases[0].steps;
    assert_eq!(totals(&cooking[0]), ("28000".to_owned(), "10000".to_owned()));
    assert_eq!(cooking[0].model.origin.words(), "declared in t/cost-analysis.md:11");
    assert_eq!((cooking[0].sent.len(), cooking[1].sent.len()), (1, 0));
    assert_eq!(totals(&found.phases[1].steps[0]), ("5000".to_owned(), "3000".to_owned()));
    assert!(found.unread.iter().any(|line| line.contains("Washing up")), "{:?}", found.unread);
    assert!(matches!(found.runs_per_month.origin, Origin::Default { .. }));
}

#[test]
fn budgets_take_the_place_of_phases() {
    let team = read(&[("t/TEAM_SPEC.md", CREW)]);
    let found = workflow(&team, Client::Codex, &|_| None).unwrap();
    let steps = &found.phases[0].steps;
    assert_eq!(totals(&steps[0]), ("30000".to_owned(), "10000".to_owned()));
    let Behaviour::Totals { input, .. } = &steps[1].behaviour else { panic!("turns") };
    assert_eq!(input.origin.words(), "default: 75% of t/TEAM_SPEC.md:9: three to one, a choice of ours");
    assert_eq!(workflow(&read(&[("t/TEAM_SPEC.md", "# Nothing\n")]), Client::Codex, &|_| None), None);
}

#[test]
fn volumes_and_shares() {
    let costs = "| Phase | Tokens | Cost |\n|--|--|--|\n| Dinner | 80K | $1 |\n| Supper | 8K | $1 |\n\n| Plan | Cost per run | Monthly (9 runs) |\n|--|--|--|\n| A | $1 | $9 |\n";
    let flow = "Phase 1 (parallel): Cook + Waiter\n";
    let team = read(&[
        ("t/TEAM_SPEC.md", CREW),
        ("t/cost-analysis.md", costs),
        ("t/ORCHESTRATION.md", flow),
        ("t/CONFIG.md", "```yaml\nmax_review_cycles: 3\n```\n"),
    ]);
    let found = workflow(&team, Client::ClaudeCode, &|_| None).unwrap();
    assert_eq!(found.runs_per_month.value.p50, Decimal::from(9));
    assert_eq!(found.phases.len(), 2);
    // Nobody says who is at work there, so nobody knows what it costs.
    assert_eq!(found.phases[1].steps[0].model.value, "unknown: who works in the phase Supper is not said");
    assert_eq!(totals(&found.phases[0].steps[1]), ("30000".to_owned(), "10000".to_owned()));
    assert!(found.phases[0].steps[0].retries.origin.words().contains("max_review_cycles allows 3"));
    assert!(found.unread.iter().any(|line| line.contains("Supper")), "{:?}", found.unread);
}

#[test]
fn what_is_left_out_is_an_unknown_cost() {
    let unknown = |text: &str| -> Vec<String> {
        let found = workflow(&read(&[("t/TEAM_SPEC.md", text)]), Client::ClaudeCode, &|_| None).unwrap();
        assert!(!found.unread.is_empty());
        let steps = found.phases.iter().flat_map(|phase| &phase.steps);
        let models = steps.map(|step| step.model.value.clone());
        models.filter_map(|model| model.strip_prefix(UNKNOWN).map(str::to_owned)).collect()
    };
    let split = "| Phase | Input tokens | Output tokens | Cost |\n|--|--|--|--|\n| Plan | 100K | 20K | $1 |\n| Build | 200K | 40K | $2 |\n\n| Agent | Model |\n|--|--|\n| Planner | Opus 4.6 |\n| Builder | Opus 4.6 |\n";
    assert_eq!(
        unknown(split),
        ["who works in the phase Plan is not said", "who works in the phase Build is not said"]
    );
    let budgets =
        "### Cook\n- **Model:** Opus 4.6\n\n### Waiter\n- **Model:** Haiku 4.5\n- **Token budget:** 8K\n";
    assert_eq!(unknown(budgets), ["the tokens of Cook are not said"]);
    let rows = "| Phase | Agent | Model | Tokens |\n|--|--|--|--|\n| Plan | Ann | Opus 4.6 | 5K |\n| | Bob | | 5K |\n| | Cid | Opus 4.6 | lots |\n| | Dan | Opus 4.6 | ~included |\n";
    assert_eq!(unknown(rows), ["the model of Bob is not said", "the tokens of Cid are not said"]);
    let many = (0..250).fold(String::new(), |text, at| format!("{text}| Agent{at} zz | Opus 4.6 | 5K |\n"));
    let many = unknown(&format!("| Agent | Model | Tokens |\n|--|--|--|\n{many}"));
    assert_eq!(many, ["it was not read"]);
}

#[test]
fn input_and_output_of_a_table_of_agents_are_used() {
    let text = "| Agent | Model | Input tokens | Output tokens | Cost |\n|--|--|--|--|--|\n| Writer | Opus 4.6 | 100K | 20K | $1 |\n| Critic | Opus 4.6 | 50 K | 5K | $1 |\n";
    let found = workflow(&read(&[("t/TEAM_SPEC.md", text)]), Client::ClaudeCode, &|_| None).unwrap();
    let steps = &found.phases[0].steps;
    assert_eq!(totals(&steps[0]), ("100000".to_owned(), "20000".to_owned()));
    assert_eq!(totals(&steps[1]), ("50000".to_owned(), "5000".to_owned()));
}

#[test]
fn a_team_in_the_root_has_a_name() {
    let path = RepoPath::new("TEAM_SPEC.md").unwrap();
    let team = team::read(&RepoPath::root(), &[File { path: &path, text: CREW }]);
    assert_eq!(team.name, "team");
}
