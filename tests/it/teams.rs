//! The teams of the corpus, read as they are.

use crate::common::{files_below, read, source_root};
use weighbridge::agent::team::{self, Team, models};
use weighbridge::base::{Client, RepoPath};
use weighbridge::cost::declared::{Verdict, check, findings};
use weighbridge::cost::rates::{PerMillion, Rates};
use weighbridge::cost::workflow::team::workflow;
use weighbridge::rules::coordination;

#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn teams() -> Option<Vec<Team>> {
    let root = source_root().join("../shared/corpus/agent-foundry");
    if !root.is_dir() {
        println!("skipped: {} is not there", root.display());
        return None;
    }
    let files: Vec<(RepoPath, String)> = files_below(&root)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .filter_map(|path| Some((RepoPath::new(path.to_str()?)?, read(&root.join(&path)))))
        .collect();
    let folders = team::folders(files.iter().map(|(path, _)| path));
    let teams = folders.iter().map(|folder| {
        let of_team: Vec<team::File<'_>> =
            files.iter().map(|(path, text)| team::File { path, text }).collect();
        team::read(folder, &of_team)
    });
    Some(teams.collect())
}

fn book(name: &str) -> Option<Rates> {
    let prices = [("Opus 4.6", 5, 25), ("Sonnet 4.5", 3, 15), ("Haiku 4.5", 1, 5)];
    let (_, input, output) = prices.into_iter().find(|(model, ..)| models::same(model, name))?;
    let plain = PerMillion {
        input: input.into(),
        output: output.into(),
        cache_read: None,
        cache_write_5m: None,
        cache_write_1h: None,
    };
    Some(Rates::flat(plain))
}

fn team(name: &str) -> Option<Team> {
    Some(teams()?.into_iter().find(|team| team.name == name).unwrap_or_else(|| panic!("{name} is not found")))
}

#[test]
fn every_team_is_read_with_its_agents_and_phases() {
    let Some(teams) = teams() else { return };
    let shape = |team: &Team| {
        let flow = workflow(team, Client::ClaudeCode, &|_| None).expect("a workflow");
        let steps: usize = flow.phases.iter().map(|phase| phase.steps.len()).sum();
        let runs = flow.runs_per_month.value.p50.to_string();
        (
            team.name.clone(),
            [team.agents.len(), team.phases.len(), team.profiles.len(), flow.phases.len(), steps],
            runs,
        )
    };
    let found: Vec<(String, [usize; 5], String)> = teams.iter().map(shape).collect();
    let expected = [
        // Agents, phases, configurations; phases and steps that can be priced. The phase "Iteration & Resolution" of
        // the first team has no tokens of its own.
        ("c-suite", [7, 6, 4, 5, 22], "1"),
        ("code-implementation", [6, 4, 3, 4, 7], "1"),
        ("content-creation", [7, 5, 4, 5, 8], "4"),
        ("project-planning", [7, 7, 3, 7, 9], "1"),
    ];
    assert_eq!(found, expected.map(|(name, shape, runs)| (name.to_owned(), shape, runs.to_owned())));
    for team in &teams {
        for agent in &team.agents {
            assert!(
                agent.instructions.is_some() && !agent.models.is_empty() && !agent.budgets.is_empty(),
                "{}",
                agent.name
            );
        }
        assert!(team.prices.len() == 3 && team.limits.len() >= 2, "{}: {:?}", team.name, team.limits);
    }
    let strangers: Vec<&str> =
        teams.iter().flat_map(|team| &team.strangers).map(|cited| cited.value.as_str()).collect();
    assert_eq!(strangers, ["DevOps Specialist"]);
}

/// Confirmed, contradicted, beyond checking; and findings.
#[test]
fn claims_are_counted() {
    let Some(teams) = teams() else { return };
    let count = |team: &Team| {
        let claims = check(team, &book);
        let are = |wanted: fn(&Verdict) -> bool| claims.iter().filter(|claim| wanted(&claim.verdict)).count();
        let confirmed = are(|verdict| *verdict == Verdict::Confirmed);
        let contradicted = are(|verdict| *verdict == Verdict::Contradicted);
        let open = are(|verdict| matches!(verdict, Verdict::Unverifiable(_)));
        (team.name.clone(), [confirmed, contradicted, open, findings(&claims).len()])
    };
    let found: Vec<(String, [usize; 4])> = teams.iter().map(count).collect();
    let expected = [
        ("c-suite", [266, 111, 0, 39]),
        ("code-implementation", [181, 59, 1, 33]),
        ("content-creation", [232, 43, 1, 29]),
        ("project-planning", [242, 81, 2, 47]),
    ];
    assert_eq!(found, expected.map(|(name, counts)| (name.to_owned(), counts)));
}

/// What was worked out by hand: file, line, what the figure is about, the figure, whether it is right, and what it
/// should be.
type ByHand<'a> = (&'a str, u32, &'a str, &'a str, bool, &'a str);

fn by_hand(name: &str, expected: &[ByHand<'_>]) {
    let Some(team) = team(name) else { return };
    let claims = check(&team, &book);
    let mut missing = Vec::new();
    for (file, line, what, declared, right, computed) in expected {
        let verdict = if *right { Verdict::Confirmed } else { Verdict::Contradicted };
        let found = claims.iter().any(|claim| {
            claim.place.path.as_str().ends_with(file)
                && claim.place.line() == *line
                && claim.what.contains(what)
                && claim.declared.starts_with(declared)
                && claim.verdict == verdict
                && claim.computed.as_ref().is_some_and(|known| known.text.contains(computed))
        });
        if !found {
            missing.push(format!("{file}:{line} {what} {declared} {right} {computed}"));
        }
    }
    assert!(missing.is_empty() && expected.len() >= 15, "{missing:#?}");
}

#[test]
fn the_c_suite_by_hand() {
    let costs = "cost-analysis.md";
    by_hand(
        "c-suite",
        &[
            (costs, 12, "tokens of the phase Specialist", "~350K", false, "348K"),
            (costs, 12, "input tokens of the phase Specialist", "~210K", false, "228K"),
            (costs, 12, "cost of the phase Specialist", "~$21.00", false, "$20.88"),
            (costs, 14, "input tokens of the phase Board", "~70K", false, "75K"),
            (costs, 14, "output tokens of the phase Board", "~30K", true, "29K"),
            (costs, 14, "cost of the phase Board", "~$10.00", false, "$8.40"),
            (costs, 16, "number of agents in the phase Artifact", "6", false, "7"),
            (costs, 16, "output tokens of the phase Artifact", "~40K", false, "56K"),
            (costs, 17, "column Est. Total Tokens", "~700K", true, "700K"),
            (costs, 17, "column Est. Cost", "~$62.50", true, "$62.50"),
            // 35K at $5 and 15K at $25 a million.
            (costs, 23, "cost of CEO", "~$7.50", false, "$0.55"),
            // 38K at $3 and 20K at $15.
            (costs, 30, "cost of CFO", "~$3.48", false, "$0.41"),
            (costs, 36, "column Cost", "~$20.88", true, "$20.88"),
            (costs, 79, "difference of Budget", "-$35", true, "-$70.00 to -$35.00"),
            (costs, 79, "difference of Budget", "-40%", false, "-46.7% to -43.8%"),
            (costs, 95, "total with buffer", "~$49", true, "$48.84"),
            (costs, 107, "`Simple`", "~$55", false, "$52.50"),
            (costs, 110, "`Very Complex`", "~1,260K", true, "1,260K"),
            ("TEAM_SPEC.md", 16, "token budget of CEO", "~130K", false, "168K"),
            ("TEAM_SPEC.md", 260, "column Est. Cost", "~$40.38", true, "$40.38"),
            ("MODEL_CONFIGS.md", 11, "input price of Claude Opus", "$15.00", false, "$5.00"),
            ("MODEL_CONFIGS.md", 12, "blended rate of Claude Sonnet", "~$6.00", false, "$0.60"),
            ("CONFIG.md", 139, "max_total_tokens", "840000", true, "840K"),
        ],
    );
}

#[test]
fn code_implementation_by_hand() {
    let costs = "cost-analysis.md";
    by_hand(
        "code-implementation",
        &[
            (costs, 12, "tokens of the phase Implementation", "~300K", false, "315K"),
            (costs, 12, "cost of the phase Implementation", "~$19.50", false, "$19.61"),
            (costs, 12, "number of agents in the phase", "3", true, "3"),
            (costs, 13, "tokens of the phase Code Review", "~80K", true, "80K"),
            (costs, 15, "column Est. Cost", "~$25.44", true, "$25.44"),
            (costs, 21, "cost of Coordinator", "~$0.24", false, "$0.21"),
            (costs, 27, "cost of Specialist A", "~$9.75", false, "$1.75"),
            (costs, 29, "cost of Test Engineer", "~$0.11", true, "$0.11"),
            (costs, 30, "column Input Tokens", "~210K", true, "210K"),
            (costs, 46, "cost of Test Engineer", "~$0.48", false, "$0.42"),
            (costs, 58, "agents on Sonnet under Premium", "0", false, "1"),
            (costs, 58, "difference of Premium", "+80%", true, "80%"),
            (costs, 70, "`Simple`", "~295K", true, "294K"),
            (costs, 73, "`Very Complex`", "~$50", true, "$50.00"),
            (costs, 94, "All Opus 4.6", "$30-50", false, "$1.00 to $5.00"),
            ("TEAM_SPEC.md", 11, "number of agents of the team", "6", true, "6"),
            ("TEAM_SPEC.md", 11, "number of agents on Opus 4.6", "Three", true, "3"),
            ("TEAM_SPEC.md", 89, "token budget of Test Engineer", "~60K", false, "75K"),
            ("TEAM_SPEC.md", 141, "total with a buffer of 15-20%", "$30", true, "$29.26 to $30.53"),
            ("agents/code-reviewer/AGENTS.md", 6, "model of Code Reviewer", "Sonnet 4.5", false, "Opus 4.6"),
            (
                "agents/devops-specialist/AGENTS.md",
                1,
                "agent of the team",
                "DevOps Specialist",
                false,
                "6 agents",
            ),
            ("MODEL_CONFIGS.md", 34, "total with a buffer of 20%", "~$30", true, "$30.00"),
        ],
    );
}

#[test]
fn content_creation_by_hand() {
    let costs = "cost-analysis.md";
    by_hand(
        "content-creation",
        &[
            (costs, 11, "cost of the phase Vision", "~$7.00", false, "$6.90"),
            (costs, 13, "cost of the phase Humanize", "~$6.00", true, "$6.00"),
            (costs, 15, "input tokens of the phase Incorporate", "~30K", false, "33K"),
            (costs, 15, "output tokens of the phase Incorporate", "~10K", false, "7K"),
            (costs, 15, "cost of the phase Incorporate", "~$4.75", true, "$4.75"),
            (costs, 16, "column Est. Total Tokens", "~290K", true, "290K"),
            (costs, 22, "cost of Coordinator", "~$4.50", false, "$0.35"),
            (costs, 45, "cost of Fact Checker", "~$0.50", false, "$0.0400"),
            (costs, 62, "difference of Budget", "-19%", true, "-19%"),
            (costs, 65, "difference of Maximum", "+148%", true, "147.6%"),
            (costs, 76, "column Premium", "~$38", false, "$31.75"),
            (costs, 76, "column Maximum", "~$52", false, "$44.75"),
            (costs, 76, "column Budget", "~$17", true, "$17.00"),
            (costs, 119, "total with a buffer", "~$25", true, "$25.20"),
            (costs, 142, "yearly cost of Default", "~$1,008", true, "$1,008"),
            (costs, 151, "monthly cost of Premium", "~$456", true, "$456.00"),
            ("TEAM_SPEC.md", 16, "token budget of Coordinator", "~30K", false, "60K"),
            ("TEAM_SPEC.md", 204, "column Est. Cost", "~$17.25", true, "$17.25"),
            ("TEAM_SPEC.md", 206, "a buffer of 20%", "~$3.50", true, "$3.45"),
            ("TEAM_SPEC.md", 216, "tokens of the phase Incorporate", "~10K", false, "40K"),
        ],
    );
}

#[test]
fn project_planning_by_hand() {
    let costs = "cost-analysis.md";
    by_hand(
        "project-planning",
        &[
            (costs, 14, "cost of the phase Risk + Resource", "~$11.40", true, "$11.40"),
            (costs, 17, "cost of the phase Final Review", "~$1.00", false, "$0.73"),
            (costs, 17, "tokens of the phase Final Review", "~20K", true, "20K"),
            (costs, 18, "column Est. Input Tokens", "~205K", true, "205K"),
            (costs, 18, "column Est. Output Tokens", "~105K", true, "105K"),
            (costs, 18, "column Est. Total Tokens", "~290K", false, "310K"),
            (costs, 18, "column Est. Cost", "~$22.75", true, "$22.75"),
            (costs, 45, "cost of Resource Allocator", "~$9.00", false, "$0.70"),
            (costs, 77, "cost of the configuration Default", "~$23", false, "$25.00"),
            (costs, 78, "agents on Sonnet under Premium", "0", false, "1"),
            (costs, 78, "difference of Premium", "+140%", true, "139.1%"),
            (costs, 91, "column Premium", "~$55", false, "$43.30"),
            (costs, 103, "`Simple`", "~175K", true, "174K"),
            (costs, 119, "total with a buffer", "$27", true, "$26.45"),
            ("MODEL_CONFIGS.md", 186, "column Default", "~$25", false, "$21.75"),
            ("TEAM_SPEC.md", 16, "token budget of Coordinator", "~15K", false, "25K"),
            ("TEAM_SPEC.md", 156, "token budget of Integration Planner", "~30K", false, "40K"),
            ("TEAM_SPEC.md", 270, "column Est. Cost", "~$21.75", true, "$21.75"),
            ("TEAM_SPEC.md", 272, "total with a buffer", "$25", true, "$25.01"),
            (
                "agents/scheduler/AGENTS.md",
                8,
                "a phase in which Scheduler works",
                "phase 7",
                false,
                "Final Review",
            ),
            ("scenarios/cross-team-coordination.md", 97, "column Cost", "~$22.88", false, "$22.78"),
        ],
    );
}

/// The team of the corpus with one text of its documents replaced by another.
fn changed(name: &str, from: &str, to: &str) -> Option<Team> {
    let root = source_root().join("../shared/corpus/agent-foundry/teams").join(name);
    let files: Vec<(RepoPath, String)> = files_below(&root)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .filter_map(|path| Some((RepoPath::new(path.to_str()?)?, read(&root.join(&path)).replace(from, to))))
        .collect();
    let of_team: Vec<team::File<'_>> = files.iter().map(|(path, text)| team::File { path, text }).collect();
    (!files.is_empty()).then(|| team::read(&RepoPath::root(), &of_team))
}

#[test]
fn teams_of_the_corpus_can_work_together_and_broken_ones_cannot() {
    let Some(teams) = teams() else { return };
    for team in &teams {
        let read = team::coordination::read(team);
        assert!(!read.messages.is_empty() && read.types.len() == 1, "{}", team.name);
        assert_eq!(coordination::check(team), [], "{}", team.name);
    }
    let faults = [
        ("code-implementation", "to: impl-specialist-a\n", "to: deploy-bot\n", coordination::UNKNOWN_TARGET),
        (
            "code-implementation",
            "→ Code Reviewer → Test",
            "→ Night Watch → Test",
            coordination::UNKNOWN_TARGET,
        ),
        ("content-creation", "type: DRAFT\n", "type: SCRIBBLE\n", coordination::UNDECLARED_TYPE),
        ("content-creation", "from: content-drafter\n", "from: a: b\n", coordination::UNREADABLE),
        (
            "project-planning",
            "**Depends on:** Phase 3 task list and",
            "**Depends on:** Phase 5 task list and",
            coordination::INCONSISTENT_PHASE,
        ),
        (
            "project-planning",
            "Phase 4 (parallel):",
            "Phase 4 (sequential):",
            coordination::INCONSISTENT_PHASE,
        ),
        ("c-suite", "phase: 1\n", "phase: 9\n", coordination::INCONSISTENT_PHASE),
    ];
    for (name, from, to, rule) in faults {
        let team = changed(name, from, to).expect("the corpus is there");
        let found = coordination::check(&team);
        let rules: Vec<&str> = found.iter().map(|finding| finding.rule.as_str()).collect();
        assert_eq!(rules, [rule], "{name}: {from} -> {to}: {found:#?}");
    }
}
