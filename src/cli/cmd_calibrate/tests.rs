use super::*;
use crate::cli::args::{ColorChoice, OutputArgs};
use crate::cost::assumed::Spread;
use crate::cost::calibrate::Monthly;
use crate::host::memory::MemoryHost;
use std::collections::BTreeSet;
use std::path::PathBuf;

fn calibrated(files: &[(&str, &str)]) -> Result<(Exit, Calibration), CliError> {
    let mut host = MemoryHost::new();
    for (name, text) in files {
        let path = host.current_dir().join(name);
        host = host.with_file(path, *text);
    }
    let args = CalibrateArgs {
        files: files.iter().map(|(name, _)| PathBuf::from(name)).collect(),
        mapping: None,
        workflow: None,
        out: Some(PathBuf::from("out.json")),
        backtest: false,
        json: false,
    };
    let output = OutputArgs { color: ColorChoice::Never, quiet: true, verbose: 0 };
    let exit = run(&args, &host, &Printer::new(&output, &host))?;
    let text = host.text(host.current_dir().join("out.json")).expect("written");
    Ok((exit, serde_json::from_str(&text).expect("a calibration")))
}

const LOG: &str = r#"[{"request_id":"q","model":"claude-sonnet-4-6","prompt_tokens":100,"completion_tokens":9,"spend":0.01,"startTime":"2026-09-01 10:00:00"}]"#;

#[test]
fn an_empty_file_among_others_is_no_reason_to_stop() {
    let idle = r#"{"type":"file-history-snapshot","messageId":"x","snapshot":{}}"#;
    let (exit, calibration) =
        calibrated(&[("a", ""), ("b", "hello\n"), ("c", idle), ("d", LOG)]).expect("one can be read");
    assert_eq!((exit, calibration.workflows.len()), (Exit::Pass, 1));
    assert!(matches!(calibrated(&[("a", ""), ("b", "")]), Err(CliError::Usage { .. })));
    let Err(CliError::Usage { message, .. }) = calibrated(&[("c", idle)]) else { panic!("nothing in it") };
    assert!(message.contains("no recorded call"), "{message}");
}

fn workflow() -> WorkflowFit {
    WorkflowFit {
        name: "w".to_owned(),
        config: None,
        runs: 100,
        earlier_runs: 0,
        days: Some(150.0),
        cost_per_run: Some(0.5),
        runs_per_month: None,
        monthly: None,
        unpriced: BTreeSet::new(),
        agents: Vec::new(),
        skills: BTreeMap::new(),
    }
}

fn said(workflow: WorkflowFit) -> String {
    let calibration = Calibration { version: 1, until: None, workflows: vec![workflow] };
    table(&calibration, Some(&BTreeMap::new()))
}

#[test]
fn what_cannot_be_said_is_said_with_its_reason() {
    let text = said(WorkflowFit { days: None, ..workflow() });
    assert!(text.contains("no dates: no month can be forecast; a run costs $0.50 on average"), "{text}");
    assert!(text.contains("back-test: no dates"), "{text}");
    let text = said(WorkflowFit { days: Some(0.4), ..workflow() });
    assert!(text.contains("insufficient data: recorded for 0.4 days"), "{text}");
    assert!(text.contains("fewer than twelve weeks"), "{text}");
    let volume = Spread::constant(Decimal::from(60));
    let unpriced: BTreeSet<String> = (0..9).map(|n| format!("mystery-{n}")).collect();
    let text = said(WorkflowFit { unpriced, cost_per_run: None, runs_per_month: Some(volume), ..workflow() });
    assert!(text.contains("100 runs; 60 a month"), "{text}");
    assert!(text.contains("back-test: no price") && !text.contains("twelve weeks"), "{text}");
    assert!(text.contains("mystery-4 is unknown") && !text.contains("mystery-5"), "{text}");
    assert!(text.contains("nor is that of 4 more"), "{text}");
    let text = said(WorkflowFit { unpriced: BTreeSet::from([UNNAMED.to_owned()]), ..workflow() });
    assert!(text.contains("name no model"), "{text}");
}

#[test]
fn an_amount_that_is_too_large_is_not_nothing() {
    let monthly = Monthly { expected: 1e30, p10: 1.5, p90: 1e300, cv: 1.0, runs: 1.0, runs_needed: None };
    let text = said(WorkflowFit { monthly: Some(monthly), ..workflow() });
    assert!(text.contains("beyond every amount a month (p10 $1.50, p90 beyond every amount)"), "{text}");
}

#[test]
fn names_of_no_model_are_looked_for_a_thousand_times_and_no_more() {
    let book = Book::new("2026-11-21T00:00:00Z".parse().expect("a time"));
    let known = RefCell::default();
    assert!(price(&book, &known, "claude-sonnet-4-6").is_some());
    for number in 0..3_000 {
        assert!(price(&book, &known, &format!("no such model {number}")).is_none());
    }
    assert_eq!(known.borrow().0.len(), 1_001);
    assert!(price(&book, &known, "claude-sonnet-4-6").is_some());
}
