//! What the change of the sample costs: three workflows, one of them new, an added agent, a model that changes,
//! and one without a price.

use super::{path, usd};
use crate::base::{Usd, Verdict};
use crate::report::RunReport;
use crate::report::cost::{
    AgentReport, AssumptionReport, BudgetReport, CauseReport, CostReport, Coverage, Curve, CurvePoint,
    EnvironmentReport, KindReport, UsdPair, UsdRange, UsdRangeEnds, WorkflowReport,
};
use rust_decimal::Decimal;

fn pair(base: &str, head: &str) -> UsdPair {
    UsdPair { base: Some(usd(base)), head: usd(head) }
}

fn times(pair: UsdPair, factor: Decimal) -> UsdPair {
    let times = |amount: Usd| Usd::new(amount.amount() * factor);
    UsdPair { base: pair.base.map(times), head: times(pair.head) }
}

/// An agent whose cost in head is made of these kinds.
fn agent(
    phase: &str,
    name: &str,
    state: &str,
    model: &str,
    base: Option<&str>,
    kinds: &[&str],
) -> AgentReport {
    let names = ["fresh input", "cache read", "cache write (5 min)", "cache write (1 h)", "output"];
    let mut by_kind: Vec<KindReport> = names
        .iter()
        .zip(kinds)
        .map(|(kind, amount)| KindReport {
            kind: (*kind).to_owned(),
            per_run: usd(amount),
            base_per_run: None,
        })
        .filter(|kind| kind.per_run != Usd::ZERO)
        .collect();
    let head = Usd::new(by_kind.iter().map(|kind| kind.per_run.amount()).sum());
    for kind in &mut by_kind {
        // Base by kind: in the proportions of head, which is all that the picture needs.
        let of_base = |base: &str| Usd::new(usd(base).amount() * kind.per_run.amount() / head.amount());
        kind.base_per_run = base.map(of_base);
    }
    AgentReport {
        phase: phase.to_owned(),
        agent: name.to_owned(),
        state: state.to_owned(),
        model: model.to_owned(),
        per_run: base.map(|base| UsdPair { base: Some(usd(base)), head }),
        by_kind,
    }
}

fn workflow(name: &str, source: &str, state: &str, runs: u64, agents: Vec<AgentReport>) -> WorkflowReport {
    let known = || agents.iter().filter_map(|agent| agent.per_run);
    let per_run = UsdPair {
        base: Some(Usd::new(known().filter_map(|pair| pair.base).map(Usd::amount).sum())),
        head: Usd::new(known().map(|pair| pair.head.amount()).sum()),
    };
    let month = times(per_run, Decimal::from(runs));
    let range = |amount: Usd| {
        let part = |percent| Usd::new(amount.amount() * Decimal::new(percent, 2));
        Some(UsdRange { p10: part(71), p50: part(96), p90: part(117) })
    };
    WorkflowReport {
        name: name.to_owned(),
        source: source.to_owned(),
        state: state.to_owned(),
        estimator: "simulated".to_owned(),
        runs_per_month: runs.to_string(),
        per_run,
        run_range: range(per_run.head),
        per_1000_runs: times(per_run, Decimal::ONE_THOUSAND),
        per_day: times(month, Decimal::from(12) / Decimal::from(365)),
        per_month: month,
        month_range: range(month.head),
        agents,
    }
}

fn workflows() -> Vec<WorkflowReport> {
    let (opus, sonnet) = ("claude-opus-5", "claude-sonnet-5");
    vec![
        workflow(
            "support",
            "weighbridge.yaml:4",
            "changed",
            12_000,
            vec![
                agent(
                    "intake",
                    "triage",
                    "changed",
                    sonnet,
                    Some("0.0412"),
                    &["0.0061", "0.0072", "0.0085", "0", "0.0080"],
                ),
                agent(
                    "work",
                    "resolver",
                    "changed",
                    sonnet,
                    Some("0.1012"),
                    &["0.0182", "0.0410", "0.0255", "0", "0.0335"],
                ),
                agent(
                    "review",
                    "auditor",
                    "added",
                    "claude-haiku-5",
                    Some("0"),
                    &["0.0021", "0.0019", "0.0022", "0", "0.0028"],
                ),
            ],
        ),
        workflow(
            "research",
            "teams/research/TEAM_SPEC.md",
            "added",
            200,
            vec![
                agent(
                    "read",
                    "reader",
                    "added",
                    opus,
                    Some("0"),
                    &["0.1210225", "0.21", "0.14", "0", "0.21315"],
                ),
                agent("read", "scout", "added", "acme-llm-7b", None, &[]),
            ],
        ),
        workflow(
            "docs",
            "weighbridge.yaml:14",
            "unchanged",
            30,
            vec![agent(
                "write",
                "writer",
                "unchanged",
                opus,
                Some("0.81"),
                &["0.11", "0.2", "0", "0.16", "0.34"],
            )],
        ),
    ]
}

fn causes() -> Vec<CauseReport> {
    let cause = |file: Option<&str>, words: &str, per_month: &str| CauseReport {
        path: file.map(path),
        words: words.to_owned(),
        per_month: usd(per_month),
    };
    vec![
        cause(Some("AGENTS.md"), "+1,840 tokens, sent again with 11 calls of a run", "161.2547"),
        cause(None, "`triage` moves from `claude-opus-5` to `claude-sonnet-5`", "-136.8"),
        cause(Some("teams/research/TEAM_SPEC.md"), "new workflow `research`", "136.8345"),
        cause(Some(".claude/agents/auditor.md"), "new agent `auditor` in `support`", "108"),
        cause(Some(".mcp.json"), "new server `jira`: 14 tools, 3,900 tokens", "42.7453"),
    ]
}

fn budgets() -> Vec<BudgetReport> {
    let budget =
        |what: &str, place: &str, limit: &str, used: (&str, &str), percent, level: &str| BudgetReport {
            what: what.to_owned(),
            place: place.to_owned(),
            owner: None,
            limit: limit.to_owned(),
            used: used.1.to_owned(),
            used_by_base: (!used.0.is_empty()).then(|| used.0.to_owned()),
            percent,
            level: level.to_owned(),
            verdict: Verdict::Pass,
            remedy: None,
        };
    vec![
        BudgetReport {
            owner: Some("@acme/finops".to_owned()),
            verdict: Verdict::NeedsApproval,
            remedy: Some("take AGENTS.md below 2,900 tokens, or `auditor` out of every run".to_owned()),
            ..budget("increase per month", "weighbridge.yaml:31", "$250", ("", "$312"), Some(125), "exceeded")
        },
        BudgetReport {
            verdict: Verdict::Warn,
            ..budget(
                "tokens of AGENTS.md",
                "weighbridge.yaml:27",
                "6,000 tokens",
                ("3,400 tokens", "5,240 tokens"),
                Some(87),
                "over 70 %",
            )
        },
        BudgetReport {
            verdict: Verdict::Warn,
            remedy: Some("give `acme-llm-7b` a price in `weighbridge.yaml`".to_owned()),
            ..budget(
                "cost per run of research",
                "weighbridge.yaml:33",
                "$1.00",
                ("", "unknown"),
                None,
                "unknown",
            )
        },
        budget(
            "cost per month",
            "weighbridge.yaml:30",
            "$4,000",
            ("$1,733", "$2,045"),
            Some(51),
            "under 70 %",
        ),
        budget(
            "cost per run of support",
            "weighbridge.yaml:32",
            "$0.60",
            ("$0.16", "$0.16"),
            Some(26),
            "under 70 %",
        ),
    ]
}

fn environments() -> Vec<EnvironmentReport> {
    let environment =
        |name: &str, overrides: &[&str], per_month, budget: Option<&str>, verdict| EnvironmentReport {
            name: name.to_owned(),
            overrides: overrides.iter().map(|text| (*text).to_owned()).collect(),
            per_run: pair("0.9524", "1.6511725"),
            per_month,
            budget_per_month: budget.map(usd),
            verdict,
        };
    vec![
        environment(
            "ci",
            &["every agent on `claude-haiku-5`", "400 runs"],
            pair("9.2", "10.75"),
            Some("25"),
            Verdict::Pass,
        ),
        environment("staging", &["900 runs"], pair("128.16", "141.3"), None, Verdict::Skip),
        environment("production", &[], pair("1733.1", "2045.1345"), Some("4000"), Verdict::Pass),
    ]
}

fn assumptions() -> Vec<AssumptionReport> {
    let assumed = |what: &str, value: &str, origin: &str, effect: Option<(&str, &str)>| AssumptionReport {
        what: what.to_owned(),
        value: value.to_owned(),
        origin: origin.to_owned(),
        effect: effect.map(|(low, high)| UsdRangeEnds { low: usd(low), high: usd(high) }),
    };
    vec![
        assumed(
            "turns of support/resolver",
            "p50 6, p90 14",
            "declared in weighbridge.yaml:9",
            Some(("1702.4", "2611.93")),
        ),
        assumed(
            "runs of support",
            "12,000 a month",
            "declared in weighbridge.yaml:5",
            Some(("1840.1", "2250.2")),
        ),
        assumed(
            "cache hits of support/resolver",
            "0.95",
            "default: measured on public transcripts",
            Some(("2001.5", "2144.75")),
        ),
        assumed("runs of research", "200 a month", "default: no figure in the repository", None),
    ]
}

fn curves() -> Vec<Curve> {
    let curve = |workflow: &str, agent: &str, head: (i64, i64), base: Option<(i64, i64)>| {
        let points = |(first, growth): (i64, i64)| -> Vec<CurvePoint> {
            (1..=14)
                .map(|turns: u64| {
                    let n = i64::try_from(turns).expect("small");
                    CurvePoint { turns, usd: Usd::new(Decimal::new(first * n + growth * n * n, 5)) }
                })
                .collect()
        };
        Curve {
            workflow: workflow.to_owned(),
            agent: agent.to_owned(),
            points: points(head),
            base_points: base.map(points).unwrap_or_default(),
        }
    };
    vec![
        curve("support", "resolver", (980, 95), Some((760, 88))),
        curve("support", "triage", (460, 31), Some((720, 60))),
        curve("support", "auditor", (150, 12), None),
    ]
}

/// The cost of the sample.
pub(crate) fn cost() -> CostReport {
    let workflows = workflows();
    let sum = |of: fn(&WorkflowReport) -> Usd| Usd::new(workflows.iter().map(|w| of(w).amount()).sum());
    let per_month = UsdPair {
        base: Some(sum(|workflow| workflow.per_month.base.unwrap_or(Usd::ZERO))),
        head: sum(|workflow| workflow.per_month.head),
    };
    CostReport {
        environment: Some("production".to_owned()),
        per_month,
        month_range: Some(UsdRange { p10: usd("1610.2"), p50: usd("1984.5"), p90: usd("2390.4") }),
        difference_range: Some(UsdRange { p10: usd("241.5"), p50: usd("305.2"), p90: usd("372.9") }),
        workflows,
        causes: causes(),
        price_change: Some(usd("18.2")),
        assumptions: assumptions(),
        coverage: Coverage {
            priced: 5,
            total: 6,
            unpriced: vec!["`acme-llm-7b` (no public price)".to_owned()],
            unread: vec!["teams/legacy/TEAM_SPEC.md:3: two phases have one name".to_owned()],
        },
        environments: environments(),
        budgets: budgets(),
        curves: curves(),
    }
}

/// A pull request that somebody has to sign for.
pub(crate) fn costly() -> RunReport {
    let mut report = super::report();
    report.verdict = Verdict::NeedsApproval;
    report.findings.retain(|finding| finding.severity < crate::base::Severity::Error);
    report.stages.iter_mut().for_each(|stage| match stage.id.as_str() {
        "validate" => {
            stage.verdict = Verdict::Warn;
            stage.summary = "6 agent files: 2 new warnings, 1 fixed, 2 unchanged".to_owned();
        }
        "cost" => {
            stage.verdict = Verdict::NeedsApproval;
            stage.summary = "+$312 per month (+18 %), budget allows +$250".to_owned();
        }
        _ => {}
    });
    report.hints = vec![
        "a member of @acme/finops comments `/weighbridge approve $2,100 4f1c9a2b77de`, or take AGENTS.md below 2,900 tokens"
            .to_owned(),
    ];
    report.cost = Some(cost());
    report
}

/// The same without anything to compare it with.
pub(crate) fn costly_without_base() -> RunReport {
    let mut report = super::without_base();
    let mut cost = cost();
    let no_base = |pair: &mut UsdPair| pair.base = None;
    no_base(&mut cost.per_month);
    cost.difference_range = None;
    cost.causes.clear();
    cost.price_change = None;
    for workflow in &mut cost.workflows {
        for pair in [&mut workflow.per_run, &mut workflow.per_month, &mut workflow.per_day] {
            no_base(pair);
        }
        workflow.state = "unchanged".to_owned();
        for agent in &mut workflow.agents {
            agent.state = "unchanged".to_owned();
            agent.per_run.iter_mut().for_each(no_base);
        }
    }
    for environment in &mut cost.environments {
        no_base(&mut environment.per_month);
        no_base(&mut environment.per_run);
    }
    cost.budgets.iter_mut().for_each(|budget| budget.used_by_base = None);
    cost.curves.iter_mut().for_each(|curve| curve.base_points.clear());
    report.cost = Some(cost);
    report
}

/// `count` copies of everything with every text replaced by `text`.
pub(crate) fn flooded(count: usize, text: &str) -> CostReport {
    let mut all = cost();
    let owned = || text.to_owned();
    all.environment = Some(owned());
    all.workflows = all.workflows.into_iter().cycle().take(count).collect();
    for workflow in &mut all.workflows {
        (workflow.name, workflow.source, workflow.runs_per_month) = (owned(), owned(), owned());
        for agent in &mut workflow.agents {
            (agent.phase, agent.agent, agent.model) = (owned(), owned(), owned());
            agent.by_kind.iter_mut().for_each(|kind| kind.kind = owned());
        }
    }
    all.causes = all.causes.into_iter().cycle().take(count).collect();
    all.causes.iter_mut().for_each(|cause| cause.words = owned());
    all.assumptions = all.assumptions.into_iter().cycle().take(count).collect();
    for assumption in &mut all.assumptions {
        (assumption.what, assumption.value, assumption.origin) = (owned(), owned(), owned());
    }
    all.budgets = all.budgets.into_iter().cycle().take(count).collect();
    for budget in &mut all.budgets {
        (budget.what, budget.place, budget.limit, budget.used) = (owned(), owned(), owned(), owned());
        (budget.owner, budget.remedy, budget.level) = (Some(owned()), Some(owned()), owned());
    }
    all.environments = all.environments.into_iter().cycle().take(count).collect();
    for environment in &mut all.environments {
        (environment.name, environment.overrides) = (owned(), vec![owned(); 3]);
    }
    all.curves = all.curves.into_iter().cycle().take(count).collect();
    all.curves.iter_mut().for_each(|curve| (curve.workflow, curve.agent) = (owned(), owned()));
    (all.coverage.unpriced, all.coverage.unread) = (vec![owned(); count], vec![owned(); count]);
    all
}

#[test]
fn the_causes_add_up_to_the_difference() {
    let cost = cost();
    let sum: Decimal = cost.causes.iter().map(|cause| cause.per_month.amount()).sum();
    assert_eq!(cost.per_month.difference().map(Usd::amount), Some(sum));
}
