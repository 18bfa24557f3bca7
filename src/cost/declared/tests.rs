//! Small teams in other words and orders than those of the corpus.

use super::*;
use crate::agent::team::{self, File, models};
use crate::base::RepoPath;
use crate::cost::rates::PerMillion;
use proptest::prelude::*;

fn read(files: &[(&str, &str)]) -> Team {
    let files: Vec<(RepoPath, &str)> =
        files.iter().map(|(path, text)| (RepoPath::new(path).unwrap(), *text)).collect();
    let files: Vec<File<'_>> = files.iter().map(|(path, text)| File { path, text }).collect();
    team::read(&RepoPath::new("t").unwrap(), &files)
}

fn book(name: &str) -> Option<Rates> {
    let (_, input, output) = [("Opus 4.6", 5, 25), ("Haiku 4.5", 1, 5)]
        .into_iter()
        .find(|(model, ..)| models::same(model, name))?;
    let (input, output) = (input.into(), output.into());
    Some(Rates::flat(PerMillion {
        input,
        output,
        cache_read: None,
        cache_write_5m: None,
        cache_write_1h: None,
    }))
}

/// The claims of some files, as `rule line: sentence`, marked by what became of them.
fn claims(files: &[(&str, &str)]) -> Vec<String> {
    let claims = check(&read(files), &book);
    let mark = |claim: &Claim| match claim.verdict {
        Verdict::Confirmed => "+",
        Verdict::Contradicted => "-",
        Verdict::Unverifiable(_) => "?",
    };
    claims
        .iter()
        .map(|claim| format!("{} {}: {}", mark(claim), claim.place.line(), claim.sentence()))
        .collect()
}

fn wrong(files: &[(&str, &str)]) -> Vec<String> {
    let found = findings(&check(&read(files), &book));
    found
        .iter()
        .map(|finding| format!("{} {}: {}", finding.rule, finding.place.line(), finding.message))
        .collect()
}

const CREW: &str = "# Crew\n\nThe team consists of 2 agents. One operates on Opus 4.6. One runs on Haiku 4.5.\n\n### 1. Cook / Chef\n- **Model:** Opus 4.6\n- **Token budget:** ~40K (30K cooking + 10K tasting)\n\n### 2. Waiter\n- **Model:** Haiku 4.5\n- **Token budget:** 8K tokens\n";

#[test]
fn a_team_that_is_right_is_left_alone() {
    let costs = "## Plan\n\n| Price | Stage | Who is active | Tokens out | Tokens in | Tokens |\n|--|--|--|--|--|--|\n| ~$0.40 | Cooking | 1 (Chef) | ~10K | ~30K | ~40K |\n| $0.02 | Serving | 1 | 3K | 5K | 8K |\n| **$0.42** | **Total** | | **13K** | **35K** | **48K** |\n\nAdd a 20% buffer: ~$0.50 in total.\n\n### Stage 1: Cooking\n\n| LLM | Who | Tokens in | Tokens out | Price |\n|--|--|--|--|--|\n| claude-opus-4-6 | Chef | 30K | 10K | $0.40 |\n";
    let files = [
        ("t/TEAM_SPEC.md", CREW),
        ("t/cost-analysis.md", costs),
        ("t/agents/waiter/AGENTS.md", "# Waiter Agent\n\n- **Model:** Haiku\n"),
    ];
    assert_eq!(wrong(&files), Vec::<String>::new());
    let all = claims(&files);
    assert!(all.iter().filter(|claim| claim.starts_with('+')).count() >= 20, "{all:#?}");
}

#[test]
fn sums_buffers_and_multiples() {
    let text = "## Bill\n\n| Stage | Tokens | Lean | Rich |\n|--|--|--|--|\n| A | ~10K | $1 | $2 |\n| B | ~20K | $1 | $3 |\n| Subtotal | ~40K | $2 | $5 |\n| + 10% buffer | | $0.20 | $0.90 |\n| Effective total | | $2.20 | $6.90 |\n\n| Size | Multiplier | Tokens |\n|--|--|--|\n| S | 0.6x | ~295K |\n| M | 1.0x | ~490K |\n| L | 2x | ~900K |\n\n| Plan | Cost per run | Monthly (4 runs) | Annual |\n|--|--|--|--|\n| A | $3 | $12 | $120 |\n";
    assert_eq!(
        wrong(&[("t/TEAM_SPEC.md", CREW), ("t/costs.md", text)]),
        [
            "declared-sum-mismatch 7: the total of \"Bill\" in the column Tokens is given as ~40K tokens; its 2 rows sum to 30K",
            "declared-sum-mismatch 8: the buffer of 10% on $5 is given as $0.90; it comes to $0.50",
            "declared-sum-mismatch 9: the total with buffer of \"Bill\" is given as $6.90; total and buffer sum to $5.90",
            "declared-sum-mismatch 15: `L` in the column Tokens is given as ~900K tokens; 2 times ~490K is 980K",
            "declared-sum-mismatch 19: the yearly cost of A is given as $120; 12 times of $12 come to $144.00",
        ]
    );
}

#[test]
fn phases_agents_and_models() {
    let costs = "| Stage | Agents | Tokens | Cost |\n|--|--|--|--|\n| Cooking | 3 parallel | ~60K | $0.40 |\n| Serving | 1 | ~1K | ~included |\n\n### Stage 1: Cooking\n\n| Agent | Model | Tokens in | Tokens out | Cost |\n|--|--|--|--|--|\n| Cook | Opus 4.6 | 30K | 10K | $0.40 |\n| Waiter | Sonnet 4.5 | 6K | 2K | $0.02 |\n";
    let found = wrong(&[
        ("t/TEAM_SPEC.md", &CREW.replace("2 agents", "three agents").replace("30K cooking", "20K cooking")),
        ("t/cost-analysis.md", costs),
        ("t/ORCHESTRATION.md", "## Stage 1: Cooking (parallel)\n\n### Chef\n"),
        ("t/agents/sommelier/AGENTS.md", "# Sommelier\n"),
    ]);
    assert_eq!(
        found,
        [
            "declared-agents-mismatch 3: the number of agents of the team is given as three; 2 are introduced",
            "declared-sum-mismatch 7: the sum is given as ~40K tokens; what stands in parentheses sums to 30K",
            "declared-agents-mismatch 1: an agent of the team is given as Sommelier; the team's 2 agents do not include it",
            "declared-agents-mismatch 3: the number of agents in the phase Cooking is given as 3; its own table has 2",
            "declared-sum-mismatch 3: the tokens of the phase Cooking are given as ~60K tokens; its 2 agents sum to 48K; cost: $0.40, its 2 agents sum to $0.42",
            "declared-agents-mismatch 10: who works in the phase Cooking is given as Cook / Chef, Waiter; t/ORCHESTRATION.md:3 has Cook / Chef",
            "declared-model-mismatch 11: the model of Waiter is given as Sonnet 4.5; t/TEAM_SPEC.md:10 has Haiku 4.5",
        ]
    );
}

#[test]
fn costs_and_prices() {
    let prices = "## What models charge\n\n| Model | Output / 1M | Input / 1M | Blended rate |\n|--|--|--|--|\n| Opus 4.6 | $75 | $15 | ~$3.00 per 100K tokens |\n| Haiku 4.5 | $5 | $1 | $2 per 1M tokens |\n| Nobody 1 | $5 | $1 | |\n\nBlended rates assume a 3:1 input-to-output ratio.\n\n## Bill\n\n| Agent | Tokens | Cost |\n|--|--|--|\n| Cook | 100K | $5 |\n| Waiter | 100K | $0.30 |\n| Nobody | 100K | $7 |\n";
    let files = [("t/TEAM_SPEC.md", CREW), ("t/models.md", prices)];
    let found: Vec<String> = wrong(&files).into_iter().filter(|line| !line.contains("budget")).collect();
    assert_eq!(
        found,
        [
            "declared-price-outdated 5: the output price of Opus 4.6 per million tokens is given as $75; the vendor's list has $25.00",
            "declared-price-outdated 5: the input price of Opus 4.6 per million tokens is given as $15; the vendor's list has $5.00",
            "declared-cost-mismatch 15: the cost of Cook in \"Bill\" is given as $5; 100K tokens, all input to all output, on Opus 4.6 cost $0.50 to $2.50 at list price; it follows from the team's own prices in t/models.md:5",
        ]
    );
    let open: Vec<String> = claims(&files).into_iter().filter(|claim| claim.starts_with('?')).collect();
    assert!(open.iter().any(|claim| claim.contains("`Nobody 1` is not known")), "{open:#?}");
    assert!(open.iter().any(|claim| claim.contains("not said which model")), "{open:#?}");
}

#[test]
fn configurations() {
    let text = "## Presets\n\n### Default preset\n\n| Agent | Model |\n|--|--|\n| Cook | Opus 4.6 |\n| Waiter | Haiku 4.5 |\n\n**Estimated cost:** ~$10\n\n### Lean preset\n\n| Agent | Model |\n|--|--|\n| Cook | Haiku 4.5 |\n| Waiter | Haiku 4.5 |\n\n```yaml\nagents:\n  cook:\n    model: claude-opus-4-6\n```\n\n**Estimated cost:** ~$6\n\n## Comparison\n\n| Preset | Opus agents | Haiku agents | Cost | vs default |\n|--|--|--|--|--|\n| Default | 1 | 1 | ~$12 | baseline |\n| Lean | 1 | 2 | ~$6 | -50% |\n";
    assert_eq!(
        wrong(&[("t/TEAM_SPEC.md", CREW), ("t/MODEL_CONFIGS.md", text)]),
        [
            "declared-model-mismatch 22: the model of Cook / Chef under Lean is given as claude-opus-4-6; t/MODEL_CONFIGS.md:16 has Haiku 4.5",
            "declared-sum-mismatch 31: the cost of the configuration Default is given as ~$12; t/MODEL_CONFIGS.md:10 has $10.00",
            "declared-agents-mismatch 32: the number of agents on Opus under Lean is given as 1; t/MODEL_CONFIGS.md:12 has 0",
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn no_text_makes_it_panic(text in "[#|*`\\-~$0-9KM%xA-Za-z():+.,\n ]{0,400}") {
        let table = format!("| Phase | Agent | Model | Tokens | Cost |\n|--|--|--|--|--|\n{text}\n");
        let team = read(&[("t/TEAM_SPEC.md", &text), ("t/cost-analysis.md", &table), ("t/agents/a/AGENTS.md", &text)]);
        let _ = findings(&check(&team, &book));
    }
}
