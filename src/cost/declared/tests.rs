//! Small teams in other words and orders than those of the corpus.

use super::*;
use crate::agent::team::{self, File, models};
use crate::base::RepoPath;
use crate::cost::rates::PerMillion;
use proptest::prelude::*;
use rust_decimal::Decimal;

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

fn marked(files: &[(&str, &str)], mark: &str, part: &str) -> Vec<String> {
    claims(files).into_iter().filter(|claim| claim.starts_with(mark) && claim.contains(part)).collect()
}

#[test]
fn a_remark_that_says_total_is_no_total() {
    let text = "| Agent | Model | Tokens | Notes |\n|--|--|--|--|\n| Writer | Opus 4.6 | 10K | drafts |\n| Total Quality Manager | Opus 4.6 | 10M | checks |\n| Accountant | Opus 4.6 | 15K | checks the total cost |\n| **Total** | | 10,025K | |\n";
    let files = [("t/TEAM_SPEC.md", text)];
    assert_eq!(read(&files).agents.len(), 3);
    assert_eq!(wrong(&files), Vec::<String>::new());
    assert_eq!(marked(&files, "+", "its 3 rows sum to 10,025K").len(), 1);
}

#[test]
fn list_prices_of_every_size_of_prompt_will_do() {
    let tiered = |_: &str| {
        let tier = |above, input: Decimal, output: Decimal| crate::cost::rates::Tier {
            above,
            per_million: PerMillion {
                input,
                output,
                cache_read: None,
                cache_write_5m: None,
                cache_write_1h: None,
            },
        };
        Rates::new(vec![
            tier(0, Decimal::new(1, 1), Decimal::new(5, 1)),
            tier(100_000, Decimal::new(5, 1), Decimal::new(25, 1)),
        ])
    };
    let text = |input: &str, cost: &str| {
        format!(
            "| Model | Input / 1M | Output / 1M |\n|--|--|--|\n| Haiku 5.5 | {input} | $2.50 |\n\n| Agent | Model | Input tokens | Output tokens | Cost |\n|--|--|--|--|--|\n| A | Haiku 5.5 | 1M | 10K | {cost} |\n| B | Haiku 5.5 | 1M | 10K | $0.11 |\n"
        )
    };
    let found = |text: &str| findings(&check(&read(&[("t/TEAM_SPEC.md", text)]), &tiered));
    assert_eq!(found(&text("$0.50", "$0.53")), Vec::new());
    let wrong = found(&text("$0.70", "$0.93"));
    assert!(wrong[0].message.ends_with("the vendor's list has $0.10 to $0.50"), "{wrong:#?}");
    assert_eq!(wrong.len(), 2);
}

#[test]
fn price_tables_in_other_units_and_terms() {
    let text = "## Prices\n\n| Model | Input per token | Output per 100K tokens | Cache read (input) | Batch input |\n|--|--|--|--|--|\n| Opus 4.6 | $0.000005 | $2.50 | $0.50 | $2.50 |\n\n## Lines\n\n| Model | Input / 1M | Output / 1M |\n|--|--|--|\n| Sonnet | $3 | $15 |\n";
    let files = [("t/TEAM_SPEC.md", text)];
    assert_eq!(wrong(&files), Vec::<String>::new());
    assert_eq!(marked(&files, "+", "price of Opus 4.6").len(), 2, "{:#?}", claims(&files));
    assert_eq!(marked(&files, "?", "which version of `Sonnet` is meant").len(), 2);
}

#[test]
fn sums_of_tokens_have_room_for_rounding_and_ranges() {
    let text = "| Stage | Tokens | Cost |\n|--|--|--|\n| Cooking | 30K | $1 |\n| Serving | 98K | $1 |\n\n### Stage 1: Cooking\n\n| Agent | Model | Tokens |\n|--|--|--|\n| Cook | Opus 4.6 | 20-30K |\n\n### Stage 2: Serving\n\n| Agent | Model | Tokens |\n|--|--|--|\n| Waiter | Haiku 4.5 | 0.1M |\n";
    let files =
        [("t/TEAM_SPEC.md", CREW.replace("8K tokens", "98K tokens")), ("t/costs.md", text.to_owned())];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    assert_eq!(marked(&files, "-", "tokens of the phase"), Vec::<String>::new());
    assert_eq!(marked(&files, "+", "tokens of the phase").len(), 2);
    assert_eq!(marked(&files, "+", "the token budget of").len(), 2, "{:#?}", claims(&files));
}

#[test]
fn limits_are_not_totals() {
    let text = "| Stage | Tokens | Cost |\n|--|--|--|\n| Cooking | 30K | $0.40 |\n| Serving | 9K | $0.02 |\n\n### Stage 1: Cooking\n\n| Agent | Model | Tokens |\n|--|--|--|\n| Cook | Opus 4.6 | 30K |\n\n### Stage 2: Serving\n\n| Agent | Model | Tokens |\n|--|--|--|\n| Waiter | Haiku 4.5 | 9K |\n\n```yaml\nmax_total_tokens: 840000 # warn at 700K\nmax_cost_usd: 25 # was $20 before June\nagents:\n  cook: {model: claude-opus-4-6, max_tokens: 8192}\n```\n";
    let files = [("t/TEAM_SPEC.md", CREW), ("t/costs.md", text)];
    // 40K are allowed and 30K taken; the waiter takes more than it may.
    assert_eq!(
        wrong(&files),
        [
            "declared-sum-mismatch 11: the token budget of Waiter is given as 8K tokens; its one phase takes 9K"
        ]
    );
    let buffer = "```yaml\nmax_total_tokens: 900000 # 700K base + 20% buffer\n```\n";
    assert_eq!(marked(&[("t/TEAM_SPEC.md", CREW), ("t/C.md", buffer)], "-", "comes to 840K").len(), 1);
}

#[test]
fn other_models_other_files_and_other_teams() {
    let spec =
        CREW.replace("- **Model:** Opus 4.6\n", "- **Model:** Opus 4.6\n- **Fallback model:** Haiku 4.5\n");
    let files = [
        ("t/TEAM_SPEC.md", spec.as_str()),
        (
            "t/README.md",
            "A team of 5 agents like this is typical elsewhere.\n\nA team of 9 agents is large.\n",
        ),
        ("t/agents/_template.md", "# Agent Name\n\n- **Model:** Sonnet 4.5\n"),
        ("t/agents/shared/README.md", "# Shared\n"),
        ("t/agents/waiter/AGENTS.md", "# Waiter\n\n- **Delegation model:** Opus 4.6\n"),
    ];
    assert_eq!(wrong(&files), Vec::<String>::new());
    assert_eq!(read(&files).strangers, Vec::new());
}

#[test]
fn weeks_are_no_months() {
    let text = "| Plan | Cost per run | Weekly cost (5 runs) | Annual cost |\n|--|--|--|--|\n| A | $20 | $100 | $5,200 |\n";
    let files = [("t/TEAM_SPEC.md", CREW), ("t/costs.md", text)];
    assert_eq!(wrong(&files), Vec::<String>::new());
    assert_eq!(read(&files).volumes, Vec::new());
}

#[test]
fn two_figures_of_a_line_are_two_findings() {
    let text = "The work (2 x 20K = 20K tokens) splits as 12K (4K + 4K).\n";
    let found = wrong(&[("t/TEAM_SPEC.md", CREW), ("t/notes.md", text)]);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(
        found.iter().any(|line| line.contains("given as 12K tokens; what stands in parentheses sums to 8K"))
    );
}

#[test]
fn models_in_yaml_outside_a_configuration_are_read() {
    let text = "## Setup of agents\n\n```yaml\nagents:\n  cook: {model: claude-haiku-4-5}\n```\n";
    let found = wrong(&[("t/TEAM_SPEC.md", CREW), ("t/notes.md", &text.replace("Setup", "Models"))]);
    assert!(
        found.iter().any(|line| line.contains("the model of Cook / Chef is given as claude-haiku-4-5")),
        "{found:#?}"
    );
}

/// Texts of a megabyte, each of which took minutes: that they are through at all is what is tested.
#[test]
fn large_texts_are_read_in_one_pass() {
    let fill = |head: &str, row: &str| head.to_owned() + &row.repeat((1 << 20) / row.len());
    let crew = (0..200).fold(String::new(), |text, at| format!("{text}| Agent{at} zz | o1 | 5K |\n"));
    let crew = format!("| Agent | Model | Tokens |\n|--|--|--|\n{crew}\n");
    let phases = (0..100).fold(String::new(), |text, at| format!("{text}| Part{at} zz | 5K | $1 |\n"));
    let phases = format!("| Phase | Tokens | Cost |\n|--|--|--|\n{phases}\n");
    let lines = (0..60_000).fold(String::new(), |text, at| text + &format!("- Phase 1: zz{at},zz,zz\n"));
    let distinct = (0..70_000).fold(String::new(), |text, at| text + &format!("|zz {at}|$1|\n"));
    let keys =
        (0..20_000).fold(String::new(), |text, at| text + &format!("max_cost_{at}: 1 # 5K buffer 3%\n"));
    for text in [
        "~".repeat(1 << 20),
        "1 ".repeat(1 << 19),
        fill("The team 1\n", "1 1 1 1 "),
        fill("| Agent | Model |\n|--|--|\n", "|Writer|o1|\n"),
        fill(&format!("{crew}| Agent | Model |\n|--|--|\n"), "|Writer|o1|\n"),
        fill(&format!("{crew}{phases}| Phase | Cost |\n|--|--|\n"), "|zz|$1|\n"),
        format!("{crew}{phases}| Phase | Cost |\n|--|--|\n{distinct}"),
        fill(&format!("{crew}{phases}Phase 1: "), "zzz,"),
        format!("{crew}{phases}{lines}"),
        fill(&format!("{crew}{phases}"), "- Phase 1: all agents\n"),
        format!("{crew}```yaml\n{keys}```\n"),
        fill("| Phase | Cost |\n|--|--|\n", "|total|$1|\n"),
        fill(
            &(0..50).fold(crew.clone(), |text, at| {
                text + &format!(
                    "## P{at} zz configuration\n\n| Agent | Model |\n|--|--|\n| Agent1 zz | o1 |\n\n"
                )
            }),
            &format!("| Configuration | Cost |\n|--|--|\n{}\n", "|P1 zz other|$1|\n".repeat(999)),
        ),
    ] {
        let team = read(&[("t/TEAM_SPEC.md", &text)]);
        let _ = findings(&check(&team, &book));
    }
}
