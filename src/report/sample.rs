//! A rich report whose every text tries to break out of its place: what the renderers are tested on.

pub(crate) mod cost;
pub(crate) mod environments;

use super::{
    ClientLoad, Compared, FileReport, FileState, LoadPiece, PartReport, PricePair, RuleInfo, RunReport,
    SCHEMA_VERSION, StageReport, Tool,
};
use crate::base::{
    Change, Client, Count, Family, Finding, Fingerprint, Method, Place, Position, RepoPath, Severity, Span,
    Usd, Verdict,
};
use crate::context::{BaseRef, ChangeRequest, Event, Forge, PipelineContext, RunOrder};

/// A pull request on GitHub.
pub(crate) fn context() -> PipelineContext {
    PipelineContext {
        forge: Forge::Github,
        event: Event::Change,
        event_name: "pull_request".to_owned(),
        repository: Some("acme/agents".to_owned()),
        project_id: None,
        api_url: Some("https://api.github.com".to_owned()),
        server_url: Some("https://github.com".to_owned()),
        head_sha: Some("4f1c9a2b77de0123456789abcdef0123456789ab".to_owned()),
        base: Some(BaseRef::MergeBaseWith("main".to_owned())),
        change: Some(ChangeRequest {
            number: 12,
            title: Some("Teach triage <!-- weighbridge --> @acme/everyone".to_owned()),
            author: Some("octo".to_owned()),
            source_branch: Some("feature/`x`|y".to_owned()),
            target_branch: Some("main".to_owned()),
            source_repository: Some("acme/agents".to_owned()),
            from_fork: false,
            draft: false,
        }),
        actor: Some("octo".to_owned()),
        run_url: Some("https://github.com/acme/agents/actions/runs/99".to_owned()),
        run: RunOrder { run: 7, attempt: 1 },
        notes: vec![],
    }
}

/// Metadata for some of the rules of the sample.
pub(crate) fn rules(id: &str) -> Option<RuleInfo> {
    (id == "CC-AG-002").then(|| RuleInfo {
        summary: "A sub-agent without a description is never called".to_owned(),
        help_uri: Some("https://example.com/rules/CC-AG-002".to_owned()),
        category: "claude-agents".to_owned(),
    })
}

/// The text of one file of the sample.
pub(crate) fn source(path: &RepoPath) -> Option<std::sync::Arc<str>> {
    (path.as_str() == ".claude/agents/triage.md").then(|| {
        std::sync::Arc::from(
            "---\nname: triage\ntools: [Read, \u{202e}Bash]\n---\n\n::error ::##[group]x\u{1b}[31m\n",
        )
    })
}

fn path(text: &str) -> RepoPath {
    RepoPath::new(text).expect("inside the repository")
}

/// Signatures whose every text tries to break out.
fn cases() -> super::cases::CasesReport {
    use crate::case::Transcript;
    use crate::case::judge::{Held, Judged};
    use crate::case::transcript::Event;
    use crate::chat::Usage;
    use crate::eval::outcome::{CaseResult, CaseState, RunResult};
    let at: jiff::Timestamp = "2026-11-18T09:00:00Z".parse().unwrap();
    let transcript = |answer: &str| Transcript {
        events: vec![
            Event::User { text: "Where is order A-1?".to_owned() },
            Event::Call {
                agent: String::new(),
                tool: "lookup_order".to_owned(),
                arguments: serde_json::json!({"id": "A-1"}),
                result: "{\"status\":\"shipped\"}".to_owned(),
                failed: false,
            },
            Event::Agent { agent: String::new(), text: answer.to_owned() },
        ],
        answer: answer.to_owned(),
        turns: 2,
        usage: Usage { input: 2_400, output: 60, ..Usage::default() },
        cost: Some(rust_decimal::Decimal::new(81, 4)),
        ..Transcript::default()
    };
    let judged = |held: Held| vec![Judged { assertion: "contains".to_owned(), line: 14, held }];
    let case = |id: &str, state, runs: Vec<RunResult>| CaseResult {
        id: format!("evals/orders.eval.yaml#{id}"),
        file: "evals/orders.eval.yaml".to_owned(),
        line: 9,
        model: "claude-sonnet-5-5".to_owned(),
        state,
        passed: u32::from(state == CaseState::Passed),
        judged: u32::from(state != CaseState::NotJudged),
        runs,
    };
    let finished =
        |answer: &str, held| RunResult::finished(1, judged(held), transcript(answer), (Some(at), 2));
    let hostile = "`shipped` is not in the answer, which is `It is on its way. </pre><script>@everyone`";
    let unjudged = Held::NotJudged("a model judges this, and none was asked".to_owned());
    super::cases::CasesReport::new(
        "replay",
        vec![
            case("found", CaseState::Passed, vec![finished("It is shipped.", Held::Pass)]),
            case(
                "late",
                CaseState::Failed,
                vec![finished("It is on its way.", Held::Fail(hostile.to_owned()))],
            ),
            case("tone", CaseState::NotJudged, vec![finished("With pleasure.", unjudged)]),
        ],
        vec!["the case evals/orders.eval.yaml#angry is gone".to_owned()],
        Vec::new(),
        "2026-11-21T12:00:00Z".parse().unwrap(),
    )
}

fn approval() -> super::approval::ApprovalReport {
    use super::approval::{ApprovalReport, AskReport, StatementReport};
    let evil = "<!-- weighbridge:v1 --> | ``` @acme/everyone [x](https://evil.example) $1$ ::error::";
    let amount = Usd::new(rust_decimal::Decimal::new(366_012, 2));
    let ask = |missing, signed_by: &[&str]| AskReport {
        rule: "large-increase".to_owned(),
        why: format!("The increase per month is $548.45, above $250.00 {evil}"),
        by: "a member of acme/finops, or the role maintain".to_owned(),
        count: 2,
        signed_by: signed_by.iter().map(|name| (*name).to_owned()).collect(),
        missing,
        place: "weighbridge.yaml:10".to_owned(),
    };
    let said = |by: &str, accepted, reason: &str| StatementReport {
        by: by.to_owned(),
        with: "comment".to_owned(),
        url: Some("https://github.com/acme/agents/pull/12#issuecomment-5".to_owned()),
        amount: Some(amount),
        accepted,
        takes_back: false,
        reason: reason.to_owned(),
    };
    ApprovalReport {
        outcome: "needs-approval".to_owned(),
        passes: false,
        sha: "4f1c9a2b77de0123456789abcdef0123456789ab".to_owned(),
        amount,
        command: "/weighbridge approve $3,660.12 4f1c9a2b77de".to_owned(),
        asks: vec![ask(1, &["ana"]), ask(0, &["ana", "ben"])],
        statements: vec![
            said("mallory`|<b>", false, "It was edited. Write `/weighbridge approve $3,660.12 4f1c9a2b77de`"),
            said("ana", true, "It counts."),
        ],
        emergency: None,
        faults: Vec::new(),
        notes: vec![evil.to_owned()],
        record: Some(serde_json::json!({"sha": "4f1c", "note": evil})),
    }
}

fn at(file: &str, line: u32, columns: (u32, u32)) -> Place {
    let position = |column| Position { line, column };
    Place::span(path(file), Span { start: position(columns.0), end: position(columns.1) })
}

fn usd(text: &str) -> Usd {
    Usd::new(text.parse().expect("a decimal"))
}

fn finding(rule: &str, severity: Severity, change: Change, place: Place, message: &str) -> Finding {
    let print = format!("{:016x}", ((rule.len() + message.len()) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    Finding { change, fingerprint: Fingerprint(print), ..Finding::new(rule, severity, place, message) }
}

fn counts(o200k: u64, claude: u64) -> Vec<Count> {
    vec![
        Count { tokens: claude, family: Family::ClaudeV48, method: Method::Estimated },
        Count { tokens: o200k, family: Family::O200k, method: Method::Exact },
    ]
}

fn piece(file: &str, part: &str, effect: &str, head: u64, base: Option<u64>) -> LoadPiece {
    LoadPiece {
        path: path(file),
        part: part.to_owned(),
        effect: effect.to_owned(),
        head_tokens: head,
        base_tokens: base,
    }
}

fn findings() -> Vec<Finding> {
    use Change::{Fixed, New, Unchanged};
    use Severity::{Error, Info, Warning};
    const HOSTILE: &str = "docs/a|b `x` <!-- weighbridge -->@acme #1 [y](z)/SKILL.md";
    vec![
        finding(
            "CC-AG-002",
            Error,
            New,
            at(".claude/agents/triage.md", 2, (1, 13)),
            "Agent `triage` has no `description`: Claude Code skips it",
        )
        .with_help("Add `description: when to call this agent` to the front matter")
        .with_clients([Client::ClaudeCode]),
        finding(
            "CC-AG-005",
            Warning,
            New,
            at(".claude/agents/triage.md", 3, (15, 20)),
            "Tool \"\u{202e}Bash\" is not known, ask @acme/security or see #42",
        )
        .with_help("Remove it, or spell it `Bash`"),
        finding(
            "secret-literal",
            Error,
            New,
            at(".mcp.json", 14, (17, 60)),
            "`JIRA_TOKEN` holds a literal credential (<!-- weighbridge:forged -->)",
        )
        .with_help("Take it out, revoke it, and refer to it as `${JIRA_TOKEN}`"),
        finding(
            "AS-004",
            Warning,
            New,
            at(HOSTILE, 2, (1, 9)),
            "Name a|b``` must be\n::error::lower case [x](https://evil.example) https://evil.example $(rm -rf)",
        ),
        finding(
            "AGM-006",
            Info,
            New,
            Place::file(path("AGENTS.md")),
            "Several AGENTS.md files: the nearest one wins",
        ),
        finding(
            "XP-001",
            Warning,
            Unchanged,
            at("AGENTS.md", 40, (1, 2)),
            "Client-specific instructions in a shared file",
        ),
        finding("PE-003", Info, Unchanged, at("CLAUDE.md", 4, (3, 7)), "Weak wording \"try to\""),
        finding(
            "AS-010",
            Warning,
            Fixed,
            at("skills/old/SKILL.md", 3, (1, 5)),
            "The description has no trigger",
        ),
    ]
}

fn files() -> Vec<FileReport> {
    let part = |part: &str, when: &str, head, base| PartReport {
        part: part.to_owned(),
        when: when.to_owned(),
        head,
        base,
    };
    let file = |name: &str, kind: &str, state, bytes, parts| FileReport {
        path: path(name),
        renamed_from: None,
        kind: kind.to_owned(),
        state,
        bytes,
        parts,
    };
    vec![
        file(
            ".claude/agents/triage.md",
            "sub-agent",
            FileState::Modified,
            900,
            vec![
                part("listing entry", "always", counts(40, 55), counts(61, 80)),
                part("body", "on demand", counts(210, 280), counts(190, 251)),
            ],
        ),
        file(
            ".mcp.json",
            "mcp",
            FileState::Added,
            700,
            vec![part("whole", "depends", counts(240, 330), vec![])],
        ),
        file(
            "AGENTS.md",
            "agents",
            FileState::Modified,
            22_100,
            vec![part("whole", "always", counts(5_512, 7_400), counts(4_000, 5_390))],
        ),
        file("docs/AGENTS.md", "agents", FileState::Unchanged, 90, vec![]),
        file(
            "CLAUDE.md",
            "claude",
            FileState::Unchanged,
            120,
            vec![part("whole", "always", counts(31, 40), counts(31, 40))],
        ),
        FileReport {
            renamed_from: Some(path("docs/old name.md")),
            ..file(
                "docs/a|b `x` <!-- weighbridge -->@acme #1 [y](z)/SKILL.md",
                "skill",
                FileState::Renamed,
                50,
                vec![part("listing entry", "always", counts(12, 15), counts(12, 15))],
            )
        },
        file(
            "skills/old/SKILL.md",
            "skill",
            FileState::Removed,
            0,
            vec![part("body", "on demand", counts(0, 0), counts(812, 1_090))],
        ),
    ]
}

fn loads() -> Vec<ClientLoad> {
    let count = |tokens, family, method| Count { tokens, family, method };
    vec![
        ClientLoad {
            client: Client::ClaudeCode,
            head: count(7_510, Family::ClaudeV48, Method::Estimated),
            base: Some(count(5_525, Family::ClaudeV48, Method::Estimated)),
            model: "claude-sonnet-5".to_owned(),
            model_reason: "the default, as nothing in the repository names one".to_owned(),
            fresh_per_1000: Some(PricePair { head: usd("22.53"), base: Some(usd("16.575")) }),
            cached_per_1000: Some(PricePair { head: usd("2.253"), base: Some(usd("1.6575")) }),
            pieces: vec![
                piece("CLAUDE.md", "whole", "loaded", 40, Some(40)),
                piece("AGENTS.md", "whole", "loaded", 7_400, Some(5_390)),
                piece(".claude/agents/triage.md", "listing entry", "skipped: no `description`", 0, Some(80)),
                piece(
                    "docs/a|b `x` <!-- weighbridge -->@acme #1 [y](z)/SKILL.md",
                    "listing entry",
                    "loaded",
                    15,
                    Some(15),
                ),
            ],
        },
        ClientLoad {
            client: Client::Codex,
            head: count(5_512, Family::O200k, Method::Exact),
            base: Some(count(4_000, Family::O200k, Method::Exact)),
            model: "gpt-5.4-codex".to_owned(),
            model_reason: "declared in .codex/config.toml".to_owned(),
            fresh_per_1000: Some(PricePair { head: usd("6.89"), base: Some(usd("5")) }),
            cached_per_1000: None,
            pieces: vec![
                piece("AGENTS.md", "whole", "truncated to 32,768 bytes", 5_512, Some(4_000)),
                piece("docs/AGENTS.md", "whole", "shadowed by docs/AGENTS.override.md", 0, Some(0)),
            ],
        },
    ]
}

/// A blocked pull request with something of everything.
pub(crate) fn report() -> RunReport {
    RunReport {
        schema_version: SCHEMA_VERSION,
        tool: Tool {
            name: "weighbridge",
            version: "0.1.0",
            rule_set: "agnix-core 0.60.3".to_owned(),
            price_book: "genai-prices 0.2.1 (2026-11-02)".to_owned(),
        },
        verdict: Verdict::Block,
        context: context(),
        compared: Compared {
            head: "4f1c9a2b77de0123456789abcdef0123456789ab".to_owned(),
            base: Some("0a1b2c3d4e5f60718293a4b5c6d7e8f901234567".to_owned()),
            changed_files: Some(9),
        },
        stages: vec![
            StageReport {
                id: "validate".to_owned(),
                verdict: Verdict::Block,
                summary: "5 agent files and 1 folder: 2 new errors, 2 new warnings, 1 fixed, 2 unchanged"
                    .to_owned(),
            },
            StageReport { id: "dry-run".to_owned(), verdict: Verdict::Block, summary: cases().summary() },
            StageReport {
                id: "cost".to_owned(),
                verdict: Verdict::Warn,
                summary: "+~1,985 tokens on every call of Claude Code; no budget is set".to_owned(),
            },
        ],
        findings: findings(),
        silenced: Vec::new(),
        files: files(),
        always_loaded: loads(),
        cost: None,
        environments: Some(environments::hostile()),
        cases: Some(cases()),
        approval: Some(approval()),
        notes: vec![
            "Tokens of Claude models are estimates: 90 % of files are within -6 % and +7 %".to_owned(),
            "Prices are list prices of 2026-11-02 without discounts".to_owned(),
        ],
        hints: vec!["set a budget: `weighbridge init` writes one at today's figures".to_owned()],
    }
}

/// The same repository without anything to compare it with, on a laptop.
pub(crate) fn without_base() -> RunReport {
    let mut report = report();
    report.context = PipelineContext {
        forge: Forge::Local,
        event: Event::Local,
        change: None,
        base: None,
        run_url: None,
        ..context()
    };
    report.compared = Compared { head: "working tree".to_owned(), base: None, changed_files: None };
    report.findings.retain(|finding| finding.change != Change::Fixed);
    report.findings.iter_mut().for_each(|finding| finding.change = Change::New);
    report.files.retain(|file| file.state != FileState::Removed);
    for file in &mut report.files {
        file.state = FileState::Unchanged;
        file.renamed_from = None;
        file.parts.iter_mut().for_each(|part| part.base.clear());
    }
    for load in &mut report.always_loaded {
        load.base = None;
        for price in [&mut load.fresh_per_1000, &mut load.cached_per_1000].into_iter().flatten() {
            price.base = None;
        }
        load.pieces.iter_mut().for_each(|piece| piece.base_tokens = None);
    }
    report
}

/// A report without agent files.
pub(crate) fn empty() -> RunReport {
    let reason = "no agent configuration files in this repository";
    RunReport {
        verdict: Verdict::Skip,
        stages: vec![StageReport {
            id: "validate".to_owned(),
            verdict: Verdict::Skip,
            summary: reason.to_owned(),
        }],
        findings: vec![],
        files: vec![],
        always_loaded: vec![],
        cost: None,
        environments: None,
        cases: None,
        notes: vec![],
        hints: vec!["`weighbridge init` starts an AGENTS.md".to_owned()],
        ..report()
    }
}

/// A report with nothing to say against the change.
pub(crate) fn clean() -> RunReport {
    let mut report = report();
    report.verdict = Verdict::Pass;
    report.cases = None;
    report.findings.retain(|finding| finding.change == Change::Unchanged);
    report.stages.iter_mut().for_each(|stage| {
        stage.verdict = Verdict::Pass;
        stage.summary = "nothing new".to_owned();
    });
    report
}

/// `count` copies of every finding, file and piece, with every text replaced by `text`.
pub(crate) fn flooded(count: usize, text: &str) -> RunReport {
    let mut report = report();
    let place = |index: usize| path(&format!("{text}/{index}").trim_start_matches('/').replace("..", "_"));
    let mut all = Vec::new();
    for index in 0..count {
        for mut finding in findings() {
            finding.message = text.to_owned();
            finding.help = Some(text.to_owned());
            finding.place.path = place(index);
            all.push(finding);
        }
    }
    report.findings = all;
    report.files = (0..count)
        .flat_map(|index| files().into_iter().map(move |file| (index, file)))
        .map(|(index, file)| FileReport { path: place(index), kind: text.to_owned(), ..file })
        .collect();
    for load in &mut report.always_loaded {
        load.model = text.to_owned();
        load.model_reason = text.to_owned();
        load.pieces = (0..count)
            .map(|index| LoadPiece {
                path: place(index),
                effect: format!("skipped: {text}"),
                ..piece("x", text, "", 5, Some(3))
            })
            .collect();
    }
    report.stages.iter_mut().for_each(|stage| stage.summary = text.to_owned());
    report.notes = vec![text.to_owned(); count];
    report.hints = vec![text.to_owned(); count];
    report.cost = Some(cost::flooded(count, text));
    if let Some(cases) = &mut report.cases {
        let hostile = |mut case: crate::eval::CaseResult| {
            case.id = text.to_owned();
            case.model = text.to_owned();
            for run in &mut case.runs {
                run.transcript.events.push(crate::case::transcript::Event::User { text: text.to_owned() });
                let why = vec![text.to_owned(); 7];
                run.state = crate::eval::RunState::NotRecorded(why);
            }
            case
        };
        cases.cases = cases.cases.iter().cycle().take(count).cloned().map(hostile).collect();
        cases.weakened = vec![text.to_owned(); count];
        cases.faults = vec![text.to_owned(); count];
    }
    report.compared.head = text.to_owned();
    report.compared.base = Some(text.to_owned());
    report
}
